//! Blocks and the words in them: text that stood apart stays apart, with the elements that an article may have.

use std::collections::HashSet;

use dom_query::{Document, NodeId, NodeRef};

use super::{elements, replace_with_text, top, unwrap};
use crate::item::html::allowed::is_allowed;
use crate::item::html::seen::is_apart;

/// Elements that contain paragraphs and other blocks side by side.
const HOLDERS: &[&str] = &[
    "ul",
    "ol",
    "li",
    "dl",
    "dd",
    "blockquote",
    "figure",
    "figcaption",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
];

/// Inline elements that may stand around blocks.
const AROUND_BLOCKS: &[&str] = &["a", "del", "ins"];

/// Inline elements that are given up where blocks stand in them.
const GIVEN_UP: &[&str] = &["strong", "em", "small", "mark", "cite"];

/// The separator that stands for a block's limits in an element that may not contain blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Blank,
    Break,
    LineEnd,
}

/// Arranges the whole tree.
pub(crate) fn arrange(document: &Document) {
    let mut arranging = Arranging {
        around_blocks: around_blocks(document),
        boxes: Vec::new(),
        breaks: Vec::new(),
    };
    let top = top(document);
    let mut ahead: Vec<(NodeRef<'_>, Option<Gap>)> = Vec::new();
    ahead.extend(top.children_it(true).map(|child| (child, None)));
    while let Some((node, gap)) = ahead.pop() {
        if !node.is_element() {
            if !node.is_text() {
                node.remove_from_parent();
            }
            continue;
        }
        let children: Vec<NodeRef<'_>> = node.children_it(true).collect();
        let gap = arranging.element(&node, gap);
        ahead.extend(children.into_iter().map(|child| (child, gap)));
    }
    let Arranging { boxes, breaks, .. } = arranging;
    for node in boxes.iter().rev() {
        settle_box(node);
    }
    for node in &breaks {
        drop_needless(node);
    }
    wrap_runs(&top);
    for node in elements(document) {
        let is_text = ["p", "h2", "h3", "h4"]
            .iter()
            .any(|name| node.has_name(name));
        if is_text && is_blank(&node) {
            // Words around it stay apart.
            replace_with_text(&node, " ");
        }
    }
}

/// The elements with blocks somewhere in them.
fn around_blocks(document: &Document) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    for node in elements(document) {
        if !is_block(&node) {
            continue;
        }
        let mut around = node.parent();
        while let Some(holder) = around.filter(|holder| found.insert(holder.id)) {
            around = holder.parent();
        }
    }
    found
}

/// Whether no words run on into the element, or out of it.
fn stands_alone(node: &NodeRef<'_>) -> bool {
    let parts = |beside: Option<NodeRef<'_>>| beside.is_none_or(|beside| is_block(&beside));
    parts(neighbour(node, false)) && parts(neighbour(node, true))
}

/// Whether the element stands apart and is no picture or line break.
fn is_block(node: &NodeRef<'_>) -> bool {
    node.element_ref().is_some_and(|element| {
        let name: &str = &element.name.local;
        is_apart(name) && !["img", "br", "wbr"].contains(&name)
    })
}

struct Arranging<'d> {
    around_blocks: HashSet<NodeId>,
    /// Blocks that an article has no element for.
    boxes: Vec<NodeRef<'d>>,
    /// Line breaks that were inserted.
    breaks: Vec<NodeRef<'d>>,
}

impl<'d> Arranging<'d> {
    /// Arranges one element; returns the separator for its content, or `None` where that may contain blocks.
    fn element(&mut self, node: &NodeRef<'d>, gap: Option<Gap>) -> Option<Gap> {
        let name = node.node_name().unwrap_or_default();
        let name: &str = &name;
        match gap {
            Some(Gap::LineEnd) if name == "br" => {
                let end = node.tree.new_text("\n");
                node.replace_with(&end);
                return gap;
            }
            Some(gap) if is_block(node) => {
                self.set(gap, node, true);
                self.set(gap, node, false);
                unwrap(node);
                return Some(gap);
            }
            _ => {}
        }
        if !is_allowed(name) {
            match is_block(node) {
                true => self.boxes.push(*node),
                false => unwrap(node),
            }
            return gap;
        }
        self.orphan(node, name);
        match name {
            "pre" => Some(Gap::LineEnd),
            "h2" | "h3" | "h4" | "dt" | "caption" => Some(Gap::Blank),
            _ if HOLDERS.contains(&name) => None,
            "p" => Some(Gap::Break),
            _ if gap.is_some() || !self.around_blocks.contains(&node.id) => {
                gap.or(Some(Gap::Break))
            }
            // One that is never closed stands around all that follows.
            _ if GIVEN_UP.contains(&name) => {
                unwrap(node);
                None
            }
            _ if AROUND_BLOCKS.contains(&name) && stands_alone(node) => None,
            _ => Some(Gap::Break),
        }
    }

    fn set(&mut self, gap: Gap, node: &NodeRef<'d>, is_before: bool) {
        let new = match gap {
            Gap::Blank => node.tree.new_text(" "),
            Gap::LineEnd => node.tree.new_text("\n"),
            Gap::Break => node.tree.new_element("br"),
        };
        match is_before {
            true => node.insert_before(&new),
            false => node.insert_after(&new),
        }
        if gap == Gap::Break {
            self.breaks.push(new);
        }
    }

    /// Makes a plain block of a list item or figure caption that stands outside a list or figure.
    fn orphan(&mut self, node: &NodeRef<'d>, name: &str) {
        let homes: &[&str] = match name {
            "li" => &["ul", "ol"],
            "dt" | "dd" => &["dl", "div"],
            "figcaption" => &["figure", "div"],
            _ => return,
        };
        let parent = node.parent().and_then(|parent| parent.node_name());
        if !parent.is_some_and(|parent| homes.contains(&&*parent)) {
            node.rename("div");
            self.boxes.push(*node);
        }
    }
}

/// Makes a paragraph or list item of a block that an article has no element for; unwraps it where it contains other
/// blocks.
pub(crate) fn settle_box(node: &NodeRef<'_>) {
    if node.parent().is_none() {
        return;
    }
    if node.children_it(false).any(|child| holds_blocks(&child)) {
        wrap_runs(node);
        unwrap(node);
        return;
    }
    if is_blank(node) {
        // The text before it does not run on into the text behind it.
        replace_with_text(node, " ");
        return;
    }
    let parent = node.parent().and_then(|parent| parent.node_name());
    let is_alone = neighbour(node, false).is_none() && neighbour(node, true).is_none();
    match parent.as_deref() {
        Some("ul" | "ol") => node.rename("li"),
        Some("li" | "td" | "th" | "dd" | "figcaption") if is_alone => unwrap(node),
        _ => {
            node.retain_attrs(&["lang", "dir"]);
            node.rename("p");
        }
    }
}

/// Whether it is a block, or a link around blocks.
fn holds_blocks(node: &NodeRef<'_>) -> bool {
    let inner = |node: &NodeRef<'_>| node.children_it(false).any(|child| is_block(&child));
    is_block(node) || (AROUND_BLOCKS.iter().any(|name| node.has_name(name)) && inner(node))
}

/// Puts each run of words between blocks into a paragraph.
fn wrap_runs(holder: &NodeRef<'_>) {
    let mut run: Vec<NodeRef<'_>> = Vec::new();
    for child in holder.children() {
        match holds_blocks(&child) {
            true => wrap(&std::mem::take(&mut run)),
            false => run.push(child),
        }
    }
    wrap(&run);
}

fn wrap(run: &[NodeRef<'_>]) {
    let Some(first) = run.first().filter(|_| !run.iter().all(is_blank)) else {
        return;
    };
    let paragraph = first.tree.new_element("p");
    first.insert_before(&paragraph);
    for node in run {
        paragraph.append_child(node);
    }
}

/// Whether there is nothing to see in it.
fn is_blank(node: &NodeRef<'_>) -> bool {
    let shows = |node: &NodeRef<'_>| match node.is_text() {
        true => !node.text().trim().is_empty(),
        false => node.has_name("img") || node.has_name("hr"),
    };
    !shows(node) && !node.descendants_it().any(|node| shows(&node))
}

/// The sibling behind the node (`is_next`) or before it; one text of blanks between them is skipped.
fn neighbour<'n>(node: &NodeRef<'n>, is_next: bool) -> Option<NodeRef<'n>> {
    let step = |node: &NodeRef<'n>| match is_next {
        true => node.next_sibling(),
        false => node.prev_sibling(),
    };
    let first = step(node)?;
    let is_empty = first.is_text() && first.text().trim().is_empty();
    match is_empty {
        true => step(&first),
        false => Some(first),
    }
}

/// Removes a line break at either end of a block or beside another break, where it separates nothing.
fn drop_needless(node: &NodeRef<'_>) {
    let needless = |beside: Option<NodeRef<'_>>| beside.is_none_or(|beside| beside.has_name("br"));
    let in_block = node.parent().is_some_and(|parent| is_block(&parent));
    let before = neighbour(node, false);
    if before.is_some_and(|before| before.has_name("br"))
        || (in_block && (needless(before) || needless(neighbour(node, true))))
    {
        node.remove_from_parent();
    }
}
