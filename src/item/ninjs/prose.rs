//! A text as Markdown, with the pictures taken out of it but for those that a caption has.

use std::collections::HashMap;

use dom_query::Document;

use super::Surroundings;
use super::node::DocumentNotes;
use super::picture::CaptionedPhotograph;
use crate::item::html::{Url, reduce, seen};
use crate::item::markup;

/// The schemes that a link may have.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// Plain text as HTML: blank lines part paragraphs; where there are none, each line is one.
pub(super) fn paragraphs(text: &str) -> String {
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
pub(super) fn markdown(
    html: &str,
    around: &Surroundings<'_>,
    pictures: &[CaptionedPhotograph],
    notes: &mut DocumentNotes,
) -> Option<String> {
    let document = markup::parsed(html).ok()?;
    let taken = reduce(&document, None);
    notes.left_out.extend(taken.iter().map(ToString::to_string));
    place_pictures(&document, around, pictures, notes);
    mend_links(&document);
    let text = markup::written(&document).markdown;
    let trimmed = text.trim();
    Some(match trimmed.is_empty() {
        true => String::new(),
        false => format!("{trimmed}\n"),
    })
}

/// Makes of a figure that a caption has its picture alone, since the caption has the texts; the picture of any other
/// figure is left out.
fn place_pictures(
    document: &Document,
    around: &Surroundings<'_>,
    pictures: &[CaptionedPhotograph],
    notes: &mut DocumentNotes,
) {
    let (mut by_address, mut by_name) = (HashMap::new(), HashMap::new());
    for shown in pictures {
        by_name.entry(shown.name.as_str()).or_insert(shown);
        for address in &shown.addresses {
            by_address.entry(address.as_str()).or_insert(shown);
        }
    }
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
        let shown = by_address.get(&*source).or_else(|| {
            let name = (around.photograph)(&source)?;
            by_name.get(name.as_str())
        });
        let image_name = shown.map(|shown| shown.name.clone());
        let below = seen::line(node);
        match image_name {
            Some(name) if node.has_name("img") => node.set_attr("src", &name),
            Some(name) => {
                let alt = picture.attr("alt").unwrap_or_default();
                let alt = quick_xml::escape::escape(&*alt);
                let name = quick_xml::escape::escape(name.as_str());
                // Words of its own, beside those that the caption has.
                let caption_text = shown.map(|shown| shown.text.as_str()).unwrap_or_default();
                let more = quick_xml::escape::partial_escape(below.as_str());
                let is_said = caption_text.contains(below.as_str()) || below.contains(caption_text);
                let more = match is_said || caption_text.is_empty() {
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
