//! Paragraphs of text and simple elements, which are moved into them: to read them once more would give the same.

use dom_query::NodeRef;

use super::blank_lines;

/// Elements that stand in a paragraph as they stand anywhere, where only such are in them.
const SIMPLE: &[&str] = &[
    "a", "b", "br", "code", "em", "i", "img", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// A piece of a paragraph.
enum Piece<'n> {
    Text(String),
    Break,
    Element(NodeRef<'n>),
}

/// Whether the node is the same once it has been written as HTML and read again.
pub(super) fn is_simple(node: &NodeRef<'_>) -> bool {
    let is_bare = node
        .element_ref()
        .is_none_or(|element| &*element.name.local != "br" || element.attrs.is_empty());
    is_bare && stays_itself(node, false)
}

fn stays_itself(node: &NodeRef<'_>, is_in_link: bool) -> bool {
    if node.is_text() {
        // The ends of lines are read as others, but for those between elements, which are mended here.
        let is_inner = node.parent().is_some_and(|parent| is_element_of(&parent));
        return !is_inner || !node.text().contains('\r');
    }
    let Some(element) = node.element_ref() else {
        return false;
    };
    let name: &str = &element.name.local;
    let is_link = name == "a";
    // A link ends where another begins.
    if !SIMPLE.contains(&name) || (is_link && is_in_link) {
        return false;
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let are_plain = element.attrs.iter().all(|attribute| {
        attribute.name.local.chars().all(is_plain) && !attribute.value.contains('\r')
    });
    let mut children = node.children_it(false);
    are_plain && children.all(|child| stays_itself(&child, is_link || is_in_link))
}

/// Whether it is an element of [`SIMPLE`], and none that holds paragraphs.
fn is_element_of(node: &NodeRef<'_>) -> bool {
    let element = node.element_ref();
    element.is_some_and(|element| SIMPLE.contains(&&*element.name.local))
}

/// Makes paragraphs of simple nodes that stand side by side.
pub(super) fn wrap(run: &[NodeRef<'_>]) {
    let Some(first) = run.first() else {
        return;
    };
    let paragraphs: Vec<_> = parted(run).into_iter().filter_map(trimmed).collect();
    let made: Vec<NodeRef<'_>> = paragraphs
        .iter()
        .map(|_| {
            let paragraph = first.tree.new_element("p");
            first.insert_before(&paragraph);
            paragraph
        })
        .collect();
    // Elements are moved; what is left becomes pieces of its own.
    for node in run {
        if node.is_text() || node.has_name("br") {
            node.remove_from_parent();
        }
    }
    for (paragraph, pieces) in made.iter().zip(paragraphs) {
        for piece in pieces {
            let node = match piece {
                Piece::Text(text) => paragraph.tree.new_text(text),
                Piece::Break => paragraph.tree.new_element("br"),
                Piece::Element(node) => node,
            };
            paragraph.append_child(&node);
        }
    }
}

/// The pieces between blank lines.
fn parted<'n>(run: &[NodeRef<'n>]) -> Vec<Vec<Piece<'n>>> {
    let mut done = Vec::new();
    let mut pieces = Vec::new();
    for node in run {
        if node.has_name("br") {
            pieces.push(Piece::Break);
            continue;
        }
        if !node.is_text() {
            pieces.push(Piece::Element(*node));
            continue;
        }
        let text = node.text().replace("\r\n", "\n").replace('\r', "\n");
        for (place, text) in blank_lines(&text).into_iter().enumerate() {
            if place > 0 {
                done.push(std::mem::take(&mut pieces));
            }
            push_lines(&mut pieces, &text);
        }
    }
    done.push(pieces);
    done
}

fn push_lines(pieces: &mut Vec<Piece<'_>>, text: &str) {
    let text = match pieces.last() {
        Some(Piece::Break) => text.trim_start_matches('\n'),
        _ => text,
    };
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            pieces.push(Piece::Break);
        }
        match pieces.last_mut() {
            _ if line.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(line),
            _ => pieces.push(Piece::Text(line.to_owned())),
        }
    }
}

/// A paragraph without blanks and line breaks at its ends, if there is anything in it but these.
fn trimmed(mut pieces: Vec<Piece<'_>>) -> Option<Vec<Piece<'_>>> {
    if let Some(Piece::Text(text)) = pieces.first_mut() {
        text.drain(..text.len() - text.trim_start().len());
    }
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        text.truncate(text.trim_end().len());
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    if matches!(pieces.as_slice(), [] | [Piece::Break]) {
        return None;
    }
    let is_break = |piece: &Piece<'_>| matches!(piece, Piece::Break);
    while pieces.last().is_some_and(is_break) {
        pieces.pop();
    }
    let breaks = pieces.iter().take_while(|piece| is_break(piece)).count();
    pieces.drain(..breaks);
    Some(pieces)
}
