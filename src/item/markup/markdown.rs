//! A tree of HTML as Markdown that is read as the same words.
//!
//! What the writer of the library does not guard is guarded here, by characters that stand in for others meanwhile.

use dom_query::{Document, NodeRef};

use crate::item::Markdown;
use crate::item::html::words;

/// Stand for an ampersand while Markdown is written, where it would open a reference and where not; no text has them,
/// since they are no characters.
const HELD: char = '\u{fdd0}';
const PLAIN: char = '\u{fdd5}';

const EMPHASIS: &str = "strong, b, em, i";

/// What stands for tags while Markdown is written, and the tags.
const STRONG: [&str; 4] = ["\u{fdd1}", "\u{fdd2}", "<strong>", "</strong>"];
const EM: [&str; 4] = ["\u{fdd3}", "\u{fdd4}", "<em>", "</em>"];

/// Writes the tree as Markdown that is read as the same words.
pub(in crate::item) fn written(document: &Document) -> String {
    hold_references(document);
    let markdown = as_it_stands(document);
    let emphasis = document.select(EMPHASIS);
    if emphasis.is_empty() || bare(&words(&Markdown::parse(&markdown))) == bare(&document.text()) {
        return markdown;
    }
    // Beside punctuation the stars of emphasis are read as stars; HTML's tags are not.
    for node in emphasis.nodes() {
        let is_strong = node.has_name("strong") || node.has_name("b");
        let [open, close, ..] = if is_strong { STRONG } else { EM };
        node.prepend_html(open.to_string());
        node.append_html(close.to_string());
        node.rename("span");
    }
    as_it_stands(document)
}

/// The letters and marks of a text.
fn bare(text: &str) -> String {
    let told = |c: char| match c {
        HELD | PLAIN => '&',
        other => other,
    };
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(told)
        .collect()
}

fn as_it_stands(document: &Document) -> String {
    let mut markdown = document.md(None).replace(HELD, "\\&").replace(PLAIN, "&");
    for [open, close, opened, closed] in [STRONG, EM] {
        if markdown.contains(open) {
            markdown = markdown.replace(open, opened).replace(close, closed);
        }
    }
    markdown
}

/// The Markdown's writer escapes all but what would be read as a reference: `&amp;amp;` would lose its end.
fn hold_references(document: &Document) {
    for node in document.select("a[href]").nodes() {
        // The writer would spell it `&amp;`, which leads to the same and is not what was written.
        let address = node.attr("href").unwrap_or_default();
        let held = with_references_held(&address).unwrap_or_else(|| address.to_string());
        node.set_attr("href", &held.replace('&', PLAIN.encode_utf8(&mut [0; 4])));
    }
    for node in document.root().descendants() {
        if node.is_text() {
            if let Some(held) = with_references_held(&node.text())
                && !is_in_code(&node)
            {
                let html = quick_xml::escape::partial_escape(held.as_str());
                node.replace_with_html(html.into_owned());
            }
        } else if let Some(alt) = node.attr("alt")
            && let Some(held) = with_references_held(&alt)
        {
            node.set_attr("alt", &held);
        }
    }
}

fn is_in_code(node: &NodeRef<'_>) -> bool {
    let around = node.ancestors(None);
    around
        .iter()
        .any(|node| node.has_name("code") || node.has_name("pre"))
}

/// The text with a stand-in for each `&` that opens a reference, if there is one.
fn with_references_held(text: &str) -> Option<String> {
    let opens = |rest: &str| {
        let name = rest.strip_prefix('#').unwrap_or(rest);
        let letters = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        letters.len() < name.len() && letters.starts_with(';')
    };
    let mut held = String::new();
    let mut pieces = text.split('&');
    held.push_str(pieces.next().unwrap_or_default());
    let mut found = false;
    for piece in pieces {
        held.push(if opens(piece) { HELD } else { '&' });
        found |= opens(piece);
        held.push_str(piece);
    }
    found.then_some(held)
}
