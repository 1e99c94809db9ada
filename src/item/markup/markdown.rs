//! A tree of HTML as Markdown that is read as the same words.
//!
//! Elements that Markdown has no markup for stay HTML: some within a line, some as separate blocks. Placeholders stand
//! for them while a library writes the rest. A block that would not be read as the same words is written wholly as
//! HTML.

mod hold;

use std::collections::HashMap;

use dom_query::{Document, NodeId, NodeRef};

use crate::item::alike::same_words;
use crate::item::html::{cleaned, seen, top, words};
use hold::HtmlPlaceholders;

/// A tree that was written.
pub(crate) struct WrittenMarkdown {
    pub(crate) markdown: String,
    /// The visible text of the tree, on one line.
    pub(crate) seen: String,
}

/// Writes the tree, which has only elements of an article, as Markdown that is read as the same words.
pub(crate) fn written(document: &Document) -> WrittenMarkdown {
    let top = top(document);
    let blocks = top.children_it(false);
    let blocks: Vec<(NodeId, String)> =
        blocks.map(|block| (block.id, seen::text(&block))).collect();
    let seen: String = blocks.iter().map(|(_, text)| text.as_str()).collect();
    let seen = seen::joined(&seen);
    let mut held = HtmlPlaceholders::default();
    let replaced = held.hold_blocks(document, &top);
    held.hold_lines(document);
    let whole = held.released(&document.md(None));
    // Blocks part words, too.
    let wanted: Vec<&str> = blocks.iter().map(|(_, text)| text.as_str()).collect();
    let markdown = match same_words(&words(&whole), &wanted.join(" ")) {
        true => whole,
        false => one_by_one(&top, blocks, replaced, &mut held),
    };
    WrittenMarkdown { markdown, seen }
}

/// Writes each block by itself. `blocks` are the original blocks with their words; `replaced` gives the placeholders of
/// some of them.
fn one_by_one(
    top: &NodeRef<'_>,
    blocks: Vec<(NodeId, String)>,
    replaced: Vec<(NodeId, NodeId)>,
    held: &mut HtmlPlaceholders,
) -> String {
    let mut wanted: HashMap<NodeId, String> = blocks.into_iter().collect();
    for (before, after) in replaced {
        if let Some(words) = wanted.remove(&before) {
            wanted.insert(after, words);
        }
    }
    let mut written = Vec::new();
    for block in top.children() {
        let words = wanted.remove(&block.id).unwrap_or_default();
        written.push(written_alone(&block, &words, held));
    }
    written.retain(|text| !text.is_empty());
    written.join("\n\n")
}

/// A block by itself: with emphasis as stars, with it as tags, or as HTML, whichever is read as the same words first.
fn written_alone(block: &NodeRef<'_>, wanted: &str, held: &mut HtmlPlaceholders) -> String {
    let is_right = |written: &str| same_words(&words(written), wanted);
    let html = match block.is_text() {
        true => quick_xml::escape::partial_escape(&*block.text()).into_owned(),
        false => block.html().to_string(),
    };
    // The library writes what is in an element, not the element.
    let holder = block.tree.new_element("div");
    block.insert_before(&holder);
    holder.append_child(block);
    let first = held.released(&holder.md(None)).trim().to_owned();
    if is_right(&first) {
        return first;
    }
    held.hold_emphasis(&holder);
    let second = held.released(&holder.md(None)).trim().to_owned();
    if is_right(&second) {
        return second;
    }
    let html = cleaned(&held.released_html(&html));
    let begins = |name: &&str| html.starts_with(&format!("<{name}"));
    match BEGINNINGS.iter().any(begins) {
        true => on_lines(&html, true),
        false => on_lines(&format!("<div>{html}</div>"), true),
    }
}

/// Elements with which HTML begins a block in Markdown, whatever follows on the line.
const BEGINNINGS: &[&str] = &[
    "p>",
    "p ",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "dl",
    "blockquote",
    "figure",
    "table",
    "hr",
    "pre",
];

/// Tags before which a new line begins in a block of HTML.
const LINES: &[&str] = &[
    "<tr>",
    "<thead>",
    "<tbody>",
    "<tfoot>",
    "<dt>",
    "<dd>",
    "<li",
    "<figcaption>",
    "<caption>",
    "</table>",
    "</dl>",
    "</ol>",
    "</ul>",
    "</figure>",
];

/// HTML that may stand as a block in Markdown: no blank line ends it early. Within other blocks it stands on one line.
fn on_lines(html: &str, is_alone: bool) -> String {
    // Only its end tag ends such a block.
    if is_alone && html.starts_with("<pre") && html.matches("</pre>").count() == 1 {
        return html.trim_end().replace('\r', "");
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<pre") {
        let end = rest.get(start..).and_then(|from| from.find("</pre>"));
        let end = end.map_or(rest.len(), |end| start + end);
        let (before, from) = rest.split_at(start);
        let (pre, behind) = from.split_at(end - start);
        out.push_str(&before.replace(['\n', '\r'], " "));
        out.push_str(&pre.replace('\r', "").replace('\n', "&#10;"));
        rest = behind;
    }
    out.push_str(&rest.replace(['\n', '\r'], " "));
    if is_alone {
        for begin in LINES {
            out = out.replace(begin, &format!("\n{begin}"));
        }
    }
    // A blank before a line's end would be a blank line where nothing else stands on it.
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
