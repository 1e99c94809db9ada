//! The body as Markdown, with the pictures taken out of it but for those that a caption has.

use dom_query::Document;
use serde_json::{Value, json};

use super::node::{Node, Notes};
use super::picture::Shown;
use super::{Read, Surroundings};
use crate::item::html::{Url, reduce, seen};
use crate::item::markup::{self, MAX_DEPTH};

/// The schemes that a link may have.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Html,
    Markdown,
    Plain,
}

/// A body among others.
struct Body<'v> {
    is_main: bool,
    kind: Kind,
    text: &'v str,
    at: String,
}

/// Bodies of 1.x, the richest first.
const SINGLE: &[(&str, Kind)] = &[
    ("body_xhtml", Kind::Html),
    ("body_html", Kind::Html),
    ("body_text", Kind::Plain),
];

/// Whether there is any text.
pub(super) fn has_body(node: &Node<'_>) -> bool {
    let mut names = SINGLE.iter().map(|(name, _)| *name).chain(["bodies"]);
    names.any(|name| node.field(name).is_some())
}

/// Reads the body: that of the main role, the richest where it is given in several ways.
pub(super) fn body(
    node: &Node<'_>,
    around: &Surroundings<'_>,
    pictures: &[Shown],
    notes: &mut Notes,
    read: &mut Read,
) {
    let mut bodies = Vec::new();
    for (_, body) in node.nodes("bodies", notes) {
        bodies.extend(one_of_several(&body, notes));
    }
    for (name, kind) in SINGLE {
        if let Some((Value::String(text), at)) = node.field(name) {
            bodies.push(Body {
                is_main: true,
                kind: *kind,
                text,
                at,
            });
        } else {
            // Complains of what is no text.
            node.text(name, notes);
        }
    }
    bodies.retain(|body| !body.text.trim().is_empty());
    let Some(body) = bodies
        .into_iter()
        .min_by_key(|body| (!body.is_main, body.kind))
    else {
        return;
    };
    let markdown = match body.kind {
        Kind::Markdown => Some(body.text.to_owned()),
        Kind::Html => markdown(body.text, around, pictures, notes),
        Kind::Plain => markdown(&paragraphs(body.text), around, pictures, notes),
    };
    match markdown {
        Some(markdown) => read.take("body", Some((json!(markdown), body.at))),
        None => notes.refuse(
            body.at,
            format!("at most {MAX_DEPTH} elements in one another, each closed where it ends"),
            "more, or too many that stay open",
            "send the text with less markup",
        ),
    }
}

fn one_of_several<'v>(body: &Node<'v>, notes: &mut Notes) -> Option<Body<'v>> {
    let role = body.text("role", notes).map(|(role, _)| role);
    let said = body.text("contenttype", notes).map(|(said, _)| said);
    let (value, at) = body.field("value")?;
    let Value::String(text) = value else {
        // Complains of it.
        body.text("value", notes);
        return None;
    };
    let kind = match said.as_deref() {
        Some(said) if said.contains("html") => Kind::Html,
        Some(said) if said.contains("markdown") => Kind::Markdown,
        Some(said) if said.starts_with("text/plain") => Kind::Plain,
        None if text.trim_start().starts_with('<') => Kind::Html,
        None => Kind::Plain,
        Some(said) => {
            notes.left_out.push(format!("a body of type {said}"));
            return None;
        }
    };
    let is_main = role.is_none_or(|role| ["main", "body"].contains(&role.as_str()));
    Some(Body {
        is_main,
        kind,
        text,
        at,
    })
}

/// Plain text as HTML: blank lines part paragraphs; where there are none, each line is one.
fn paragraphs(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let separator = match unix.trim().contains("\n\n") {
        true => "\n\n",
        false => "\n",
    };
    let paragraphs = unix.split(separator).map(str::trim);
    paragraphs
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!("<p>{}</p>", quick_xml::escape::partial_escape(paragraph)))
        .collect()
}

/// HTML as Markdown; `None` where it is too deep to be read.
fn markdown(
    html: &str,
    around: &Surroundings<'_>,
    pictures: &[Shown],
    notes: &mut Notes,
) -> Option<String> {
    let document = markup::parsed(html).ok()?;
    let taken = reduce(&document, None);
    notes.left_out.extend(taken.iter().map(ToString::to_string));
    place_pictures(&document, around, pictures, notes);
    mend_links(&document);
    let text = markup::written(&document);
    let trimmed = text.trim();
    Some(match trimmed.is_empty() {
        true => String::new(),
        false => format!("{trimmed}\n"),
    })
}

/// A figure of a caption becomes its picture alone, since the caption says the rest; another's picture is left out.
fn place_pictures(
    document: &Document,
    around: &Surroundings<'_>,
    pictures: &[Shown],
    notes: &mut Notes,
) {
    for node in document.select("figure, img").nodes() {
        let inner = node.find(&["img"]);
        let picture = match node.has_name("img") {
            true => Some(node),
            false => inner.first(),
        };
        let Some(picture) = picture else {
            // A table or a quotation.
            for caption in node.children() {
                if caption.has_name("figcaption") {
                    caption.rename("p");
                }
            }
            node.rename("div");
            continue;
        };
        let Some(source) = picture.attr("src") else {
            node.remove_from_parent();
            continue;
        };
        let is_at = |shown: &&Shown| shown.addresses.iter().any(|at| **at == *source);
        let shown = pictures.iter().find(is_at).or_else(|| {
            let name = (around.photograph)(&source)?;
            pictures.iter().find(|shown| shown.name == name)
        });
        let known = shown.map(|shown| shown.name.clone());
        let below = seen::line(node);
        match known {
            Some(name) if node.has_name("img") => node.set_attr("src", &name),
            Some(name) => {
                let alt = picture.attr("alt").unwrap_or_default();
                let alt = quick_xml::escape::escape(&*alt);
                let name = quick_xml::escape::escape(name.as_str());
                // Words of its own, beside those that the caption has.
                let said = shown.map(|shown| shown.said.as_str()).unwrap_or_default();
                let more = quick_xml::escape::partial_escape(below.as_str());
                let is_said = said.contains(below.as_str()) || below.contains(said);
                let more = match is_said || said.is_empty() {
                    true => String::new(),
                    false => format!("<p>{more}</p>"),
                };
                node.replace_with_html(format!("<p><img src=\"{name}\" alt=\"{alt}\"></p>{more}"));
            }
            None => {
                let words = match below.is_empty() {
                    true => String::new(),
                    false => format!(", with the words: {below}"),
                };
                notes
                    .left_out
                    .push(format!("the picture {source} in the text{words}"));
                node.remove_from_parent();
            }
        }
    }
}

/// A link leads somewhere by itself, or is none.
fn mend_links(document: &Document) {
    for node in document.select("a[href]").nodes() {
        let address = node.attr("href").unwrap_or_default();
        let is_good =
            Url::parse(address.trim()).is_ok_and(|address| SCHEMES.contains(&address.scheme()));
        if !is_good {
            node.remove_attr("href");
        }
    }
}
