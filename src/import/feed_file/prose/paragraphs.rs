//! Paragraphs of a text that marks them by blank lines, as WordPress kept them before its blocks.

mod pieces;

use dom_query::{Document, NodeRef};

use crate::item::html::top;

/// Elements that a paragraph cannot contain.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "iframe",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
    "video",
];

/// Elements that may contain paragraphs beside other blocks.
const HOLDERS: &str = "article, aside, blockquote, div, section";

/// Makes paragraphs of the text between blank lines and between blocks, and line breaks of single line ends.
pub(super) fn split(document: &Document) {
    let mut holders = vec![top(document)];
    holders.extend(document.select(HOLDERS).nodes().iter().copied());
    for holder in holders {
        split_children(&holder);
    }
}

fn split_children(holder: &NodeRef<'_>) {
    let mut run: Vec<NodeRef<'_>> = Vec::new();
    for child in holder.children() {
        let is_block = child
            .node_name()
            .is_some_and(|name| BLOCKS.contains(&name.as_ref()));
        if is_block {
            wrap(&std::mem::take(&mut run));
        } else {
            run.push(child);
        }
    }
    wrap(&run);
}

fn wrap(run: &[NodeRef<'_>]) {
    match run.iter().all(pieces::is_simple) {
        true => pieces::wrap(run),
        false => wrap_anew(run),
    }
}

/// Makes the paragraphs by parsing their HTML once more, so that every element in them stands where a parser of HTML
/// puts it.
fn wrap_anew(run: &[NodeRef<'_>]) {
    let Some((first, rest)) = run.split_first() else {
        return;
    };
    let mut paragraphs = vec![String::new()];
    for node in run {
        let Some(paragraph) = paragraphs.last_mut() else {
            return;
        };
        if !node.is_text() {
            paragraph.push_str(&node.try_html().unwrap_or_default());
            continue;
        }
        let text = node.text().replace("\r\n", "\n").replace('\r', "\n");
        let mut pieces = blank_lines(&text).into_iter();
        push_lines(paragraph, &pieces.next().unwrap_or_default());
        for piece in pieces {
            let mut paragraph = String::new();
            push_lines(&mut paragraph, &piece);
            paragraphs.push(paragraph);
        }
    }
    let html: String = paragraphs
        .iter()
        .map(|paragraph| paragraph.trim())
        .filter(|paragraph| !paragraph.is_empty() && *paragraph != "<br>")
        .map(|paragraph| {
            let inner = paragraph
                .trim_start_matches("<br>")
                .trim_end_matches("<br>");
            format!("<p>{inner}</p>")
        })
        .collect();
    for node in rest {
        node.remove_from_parent();
    }
    if html.is_empty() {
        first.remove_from_parent();
    } else {
        first.replace_with_html(html);
    }
}

/// The pieces between blank lines; a line of blanks is blank.
fn blank_lines(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let is_blank = line.trim().is_empty() && line.ends_with('\n');
        let begun = pieces.last().is_some_and(|piece| piece.ends_with('\n'));
        match pieces.last_mut() {
            Some(piece) if !(is_blank && begun) => piece.push_str(line),
            _ => pieces.push(String::new()),
        }
    }
    pieces
}

fn push_lines(paragraph: &mut String, text: &str) {
    let had_break = paragraph.ends_with("<br>");
    let text = match had_break {
        true => text.trim_start_matches('\n'),
        false => text,
    };
    let escaped = quick_xml::escape::partial_escape(text);
    paragraph.push_str(&escaped.replace('\n', "<br>"));
}
