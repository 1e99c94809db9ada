//! The body as Markdown, with the pictures taken out of it but for those that a caption has.

use dom_query::{Document, NodeRef};
use serde_json::{Value, json};

use super::node::{Node, Notes};
use super::picture::Shown;
use super::{Read, Surroundings};
use crate::item::html::{Url, is_too_costly};

/// More elements in one another were made to break readers.
const MAX_DEPTH: usize = 100;

/// What is no text.
const UNSEEN: &str = "script, style, noscript, template, form, input, button, select, textarea, svg, canvas, map, \
                      meta, link, title, head, base, iframe, video, audio, embed, object";

/// Stand for `&` while Markdown is written, where it would open a reference and where not. No text has them, since they
/// are no characters.
const HELD: char = '\u{fdd0}';
const PLAIN: char = '\u{fdd1}';

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
    if is_too_costly(html) {
        return None;
    }
    let document = Document::fragment(html);
    if is_too_deep(&document) {
        return None;
    }
    document.select(UNSEEN).remove();
    place_pictures(&document, around, pictures, notes);
    mend_links(&document);
    hold_references(&document);
    let text = document.md(None).replace(HELD, "\\&").replace(PLAIN, "&");
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
        match known {
            Some(name) if node.has_name("img") => node.set_attr("src", &name),
            Some(name) => {
                let alt = picture.attr("alt").unwrap_or_default();
                let alt = quick_xml::escape::escape(&*alt);
                let name = quick_xml::escape::escape(name.as_str());
                node.replace_with_html(format!("<p><img src=\"{name}\" alt=\"{alt}\"></p>"));
            }
            None => {
                notes
                    .left_out
                    .push(format!("the picture {source} in the text"));
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
        match is_good {
            // The writer would spell it `&amp;`, which leads to the same and is not what was written.
            true => node.set_attr("href", &held(&address)),
            false => node.remove_attr("href"),
        }
    }
}

/// The writer of Markdown escapes all but what would be read as a reference: `&amp;amp;` would lose its end.
fn hold_references(document: &Document) {
    for node in document.root().descendants() {
        let is_code = |around: &NodeRef<'_>| around.has_name("code") || around.has_name("pre");
        if !node.is_text() || node.ancestors(None).iter().any(is_code) {
            continue;
        }
        let text = node.text();
        if text.contains('&') {
            let held = held(&text);
            let escaped = quick_xml::escape::partial_escape(held.as_str());
            node.replace_with_html(escaped.into_owned());
        }
    }
}

/// The text with a stand-in for each `&`.
fn held(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut held = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let name = piece.strip_prefix('#').unwrap_or(piece);
        let behind = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let opens = behind.len() < name.len() && behind.starts_with(';');
        held.push(if opens { HELD } else { PLAIN });
        held.push_str(piece);
    }
    held
}

fn is_too_deep(document: &Document) -> bool {
    let mut ahead: Vec<(NodeRef<'_>, usize)> = vec![(document.root(), 0)];
    while let Some((node, depth)) = ahead.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        ahead.extend(node.children_it(false).map(|child| (child, depth + 1)));
    }
    false
}
