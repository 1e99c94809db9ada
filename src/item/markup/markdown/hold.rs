//! Placeholders for HTML that the Markdown writer has no markup for: characters stand for it while Markdown is written.

use dom_query::{Document, NodeId, NodeRef, Selection};

use super::on_lines;
use crate::item::html::{cleaned, named, seen};

/// Stand for an ampersand while Markdown is written, where it would open a reference and where not; no text has them,
/// since Unicode reserves them as noncharacters.
const HELD: char = '\u{fdd0}';
const PLAIN: char = '\u{fdd5}';

/// The characters that begin and end the number of a piece of HTML, and the first of the sixteen that are its digits.
const BEGIN: char = '\u{fdd1}';
const END: char = '\u{fdd2}';
const ZERO: u32 = 0xfdd8;

const EMPHASIS: &str = "strong, em";

/// Elements within a line that Markdown has no mark for.
const INLINE: &[&str] = &[
    "sup", "sub", "del", "ins", "mark", "small", "q", "cite", "ruby", "rb", "rt", "rp", "kbd",
    "code",
];

/// Blocks that Markdown has no mark for, and those of which it can only write some.
const BLOCKS: &[&str] = &["dl", "figure", "table", "ol", "ul", "pre"];

/// Pieces of HTML by their numbers.
#[derive(Default)]
pub(super) struct HtmlPlaceholders {
    pieces: Vec<String>,
}

impl HtmlPlaceholders {
    fn stand_in(&mut self, html: String) -> String {
        let mut number = self.pieces.len();
        self.pieces.push(html);
        let mut digits = Vec::new();
        loop {
            let digit = u32::try_from(number % 16).unwrap_or_default();
            digits.extend(char::from_u32(ZERO + digit));
            number /= 16;
            if number == 0 {
                break;
            }
        }
        digits.push(BEGIN);
        let digits: String = digits.iter().rev().collect();
        digits + END.encode_utf8(&mut [0; 4])
    }

    /// Replaces each block that only HTML can express by a placeholder; returns the ids of these blocks, each with that
    /// of its placeholder.
    pub(super) fn hold_blocks(
        &mut self,
        document: &Document,
        top: &NodeRef<'_>,
    ) -> Vec<(NodeId, NodeId)> {
        let mut replaced = Vec::new();
        let mut done: Vec<NodeRef<'_>> = Vec::new();
        for node in &named(document, BLOCKS) {
            let is_within =
                |done: &NodeRef<'_>| node.ancestors_it(None).any(|around| around.id == done.id);
            if !needs_html(node) || done.last().is_some_and(is_within) {
                self.part_lists(node);
                continue;
            }
            let is_alone = node.parent().is_some_and(|parent| parent.id == top.id);
            let html = on_lines(&cleaned(&node.html()), is_alone);
            let paragraph = node.tree.new_element("p");
            let text = node.tree.new_text(self.stand_in(html));
            paragraph.append_child(&text);
            node.replace_with(&paragraph);
            replaced.push((node.id, paragraph.id));
            done.push(*node);
        }
        replaced
    }

    /// Puts a comment between two lists in a row, which would otherwise be read as one, with other numbers.
    fn part_lists(&mut self, node: &NodeRef<'_>) {
        let next = node.next_element_sibling();
        let is_list = node.has_name("ol") || node.has_name("ul");
        if is_list && next.is_some_and(|next| next.node_name() == node.node_name()) {
            let paragraph = node.tree.new_element("p");
            let text = node.tree.new_text(self.stand_in("<!-- -->".to_owned()));
            paragraph.append_child(&text);
            node.insert_after(&paragraph);
        }
    }

    /// Puts placeholders for tags within lines, and for ampersands.
    pub(super) fn hold_lines(&mut self, document: &Document) {
        hold_references(document);
        for node in &named(document, INLINE) {
            let is_code = node.has_name("code");
            let in_code = node.ancestors_it(None).any(|around| around.has_name("pre"));
            if in_code || (is_code && node.first_element_child().is_none()) {
                continue;
            }
            self.hold_tags(node);
        }
        let breaks = named(document, &["br"]);
        let in_heading = |node: &&NodeRef<'_>| {
            let mut around = node.ancestors_it(None);
            around.any(|around| ["h2", "h3", "h4"].iter().any(|name| around.has_name(name)))
        };
        for node in breaks.iter().filter(in_heading) {
            let text = node.tree.new_text(self.stand_in("<br>".to_owned()));
            node.replace_with(&text);
        }
    }

    /// Puts placeholders for the tags of emphasis, for text where Markdown's stars would be read as stars, beside
    /// punctuation.
    pub(super) fn hold_emphasis(&mut self, block: &NodeRef<'_>) {
        for node in Selection::from(*block).select(EMPHASIS).nodes() {
            self.hold_tags(node);
        }
    }

    fn hold_tags(&mut self, node: &NodeRef<'_>) {
        let name = node.node_name().unwrap_or_default();
        let open = node.tree.new_text(self.stand_in(format!("<{name}>")));
        node.prepend_child(&open);
        let close = node.tree.new_text(self.stand_in(format!("</{name}>")));
        node.append_child(&close);
        node.rename("span");
    }

    /// The Markdown with the HTML and ampersands that its placeholders stand for.
    pub(super) fn released(&self, markdown: &str) -> String {
        self.put_back(&markdown.replace(HELD, "\\&").replace(PLAIN, "&"))
    }

    /// The HTML with the pieces and ampersands that its placeholders stand for.
    pub(super) fn released_html(&self, html: &str) -> String {
        // A block stands in a paragraph only while it is held.
        let html = html
            .replace(&format!("<p>{BEGIN}"), BEGIN.encode_utf8(&mut [0; 4]))
            .replace(&format!("{END}</p>"), END.encode_utf8(&mut [0; 4]));
        self.put_back(&html.replace([HELD, PLAIN], "&amp;"))
    }

    fn put_back(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut pieces = text.split(BEGIN);
        out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (digits, rest) = piece.split_once(END).unwrap_or((piece, ""));
            let number = digits.chars().fold(0_usize, |number, digit| {
                let digit = u32::from(digit).saturating_sub(ZERO);
                number * 16 + usize::try_from(digit).unwrap_or_default()
            });
            out.push_str(self.pieces.get(number).map_or("", String::as_str));
            out.push_str(rest);
        }
        out
    }
}

/// Whether a block has more than Markdown can express.
fn needs_html(node: &NodeRef<'_>) -> bool {
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "dl" | "figure" => true,
        "table" => !is_grid(node),
        // Markdown counts on by one, in digits.
        "ol" => {
            let has_value = Selection::from(*node).select("li[value]");
            node.has_attr("reversed")
                || node.attr("type").is_some_and(|kind| &*kind != "1")
                || !has_value.is_empty()
        }
        "pre" => match node.element_children().as_slice() {
            [] => false,
            [code] => !code.has_name("code") || code.first_element_child().is_some(),
            _ => true,
        },
        _ => false,
    }
}

/// Whether each row has as many cells as the others, of one line each.
fn is_grid(table: &NodeRef<'_>) -> bool {
    let is_inner = table.ancestors_it(None).any(|around| {
        ["li", "dd", "blockquote"]
            .iter()
            .any(|name| around.has_name(name))
    });
    let mut widths = Vec::new();
    let mut heads = 0;
    for node in table.descendants_it().filter(NodeRef::is_element) {
        let name = node.node_name().unwrap_or_default();
        match &*name {
            "tr" => {
                let cells = node.element_children();
                let is_head = !cells.is_empty() && cells.iter().all(|cell| cell.has_name("th"));
                heads += usize::from(is_head);
                // A row of heads is only one at the top.
                if is_head && !widths.is_empty() {
                    return false;
                }
                widths.push(cells.len());
            }
            "td" | "th" if spans(&node) => return false,
            "td" | "th" | "thead" | "tbody" | "tfoot" | "br" | "img" => {}
            name if seen::is_apart(name) => return false,
            _ => {}
        }
    }
    let first = widths.first().copied().unwrap_or_default();
    !is_inner && heads < 2 && first > 0 && widths.iter().all(|width| *width == first)
}

fn spans(cell: &NodeRef<'_>) -> bool {
    ["colspan", "rowspan"]
        .iter()
        .filter_map(|name| cell.attr(name))
        .any(|span| span.trim() != "1")
}

/// Puts placeholders for ampersands that would be read as the beginning of a reference, which the Markdown writer does
/// not escape: `&amp;amp;` would lose its end.
fn hold_references(document: &Document) {
    for node in named(document, &["a"]) {
        // The writer would spell it `&amp;`, which leads to the same and is not what was written.
        let Some(address) = node.attr("href") else {
            continue;
        };
        let held = with_references_held(&address).unwrap_or_else(|| address.to_string());
        node.set_attr("href", &held.replace('&', PLAIN.encode_utf8(&mut [0; 4])));
    }
    for node in document.root().descendants() {
        if node.is_text() {
            if let Some(held) = with_references_held(&node.text())
                && !is_in_code(&node)
            {
                let text = node.tree.new_text(held);
                node.replace_with(&text);
            }
        } else if let Some(alt) = node.attr("alt")
            && let Some(held) = with_references_held(&alt)
        {
            node.set_attr("alt", &held);
        }
    }
}

fn is_in_code(node: &NodeRef<'_>) -> bool {
    let mut around = node.ancestors_it(None);
    around.any(|node| node.has_name("code") || node.has_name("pre"))
}

/// The text with a placeholder for each `&` that opens a reference; `None` if there is none.
fn with_references_held(text: &str) -> Option<String> {
    if !text.contains('&') {
        return None;
    }
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
