//! The Markdown that is read: CommonMark with tables, strikes, task lists, footnotes and bare addresses.
//!
//! Footnotes and tasks, which the library renders with links within the page and with form fields, are changed so that
//! every feed reader shows them.

use std::collections::HashMap;

use comrak::nodes::{Ast, ListDelimType, ListType, NodeLink, NodeList, NodeValue};
use comrak::{Arena, Node, Options};

use super::address::{TextOrAddress, pieces};

/// The highest heading a body may have: the headline is the page's only `h1`.
pub(super) const TOP_HEADING: u8 = 2;
pub(super) const LOWEST_HEADING: u8 = 4;

const DONE: &str = "☑ ";
const TO_DO: &str = "☐ ";

pub(super) fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.cjk_friendly_emphasis = true;
    options.extension.strikethrough = true;
    // One tilde is no strike: `5~10` is a range. Parsed as a subscript, it can be distinguished from two tildes.
    options.extension.subscript = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    // Else a note that nothing refers to would vanish.
    options.parse.leave_footnote_definitions = true;
    // Raw HTML passes here because it is cleaned after, always.
    options.render.r#unsafe = true;
    options
}

/// Reads a body.
pub(super) fn read<'a>(arena: &'a Arena<'a>, body: &str) -> Node<'a> {
    let root = comrak::parse_document(arena, body, &options());
    let mut notes = Footnotes::default();
    let nodes: Vec<Node<'a>> = root.descendants().collect();
    for node in nodes {
        if let NodeValue::Heading(heading) = &mut node.data.borrow_mut().value {
            heading.level = heading.level.clamp(TOP_HEADING, LOWEST_HEADING);
        }
        let value = match &node.data.borrow().value {
            NodeValue::Subscript => NodeValue::Subscript,
            value @ (NodeValue::TaskItem(_)
            | NodeValue::List(_)
            | NodeValue::FootnoteReference(_)
            | NodeValue::FootnoteDefinition(_)
            | NodeValue::Link(_)) => value.clone(),
            _ => continue,
        };
        match value {
            NodeValue::Subscript => unmarked(arena, node),
            NodeValue::TaskItem(task) => {
                task_item(arena, node, task.symbol.is_some());
            }
            NodeValue::List(list) if list.is_task_list => {
                let plain = NodeList {
                    is_task_list: false,
                    ..list
                };
                node.data.borrow_mut().value = NodeValue::List(plain);
            }
            NodeValue::FootnoteReference(reference) => {
                notes.numbers.entry(reference.name).or_insert(reference.ix);
                let mark = format!("<sup>{}</sup>", reference.ix);
                node.data.borrow_mut().value = NodeValue::HtmlInline(mark);
            }
            NodeValue::FootnoteDefinition(definition) => notes.found.push((definition.name, node)),
            NodeValue::Link(link) => bare_address(arena, node, &link),
            _ => {}
        }
    }
    notes.set_at_the_end(arena, root);
    root
}

fn made<'a>(arena: &'a Arena<'a>, value: NodeValue, like: Node<'a>) -> Node<'a> {
    let place = like.data.borrow().sourcepos;
    arena.alloc(Ast::new_with_sourcepos(value, place).into())
}

/// Replaces a node made from text between single tildes by its children and the two tildes: they are no markup.
fn unmarked<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let tilde = || made(arena, NodeValue::Text("~".into()), node);
    node.insert_before(tilde());
    let inner: Vec<Node<'a>> = node.children().collect();
    for child in inner {
        node.insert_before(child);
    }
    node.insert_before(tilde());
    node.detach();
}

/// Turns a task into a list item that begins with [`DONE`] or [`TO_DO`] instead of a form field.
fn task_item<'a>(arena: &'a Arena<'a>, node: Node<'a>, is_done: bool) {
    let sign = if is_done { DONE } else { TO_DO };
    let sign = made(arena, NodeValue::Text(sign.into()), node);
    let first = node.first_child();
    let paragraph = first.filter(|first| matches!(first.data.borrow().value, NodeValue::Paragraph));
    match paragraph {
        Some(paragraph) => paragraph.prepend(sign),
        None => {
            let paragraph = made(arena, NodeValue::Paragraph, node);
            paragraph.append(sign);
            node.prepend(paragraph);
        }
    }
    let list = node
        .parent()
        .and_then(|list| match list.data.borrow().value {
            NodeValue::List(list) => Some(list),
            _ => None,
        });
    let list = list.unwrap_or_default();
    node.data.borrow_mut().value = NodeValue::Item(list);
}

/// Splits a link that was recognised without markup where the address ends and the sentence goes on.
fn bare_address<'a>(arena: &'a Arena<'a>, node: Node<'a>, link: &NodeLink) {
    let only = node
        .first_child()
        .filter(|first| first.next_sibling().is_none());
    let Some(only) = only else {
        return;
    };
    let text = match &only.data.borrow().value {
        NodeValue::Text(text) if link.title.is_empty() => text.to_string(),
        _ => return,
    };
    let Some(scheme) = link.url.strip_suffix(text.as_str()) else {
        return;
    };
    if text.is_ascii() || !["", "http://"].contains(&scheme) || link.url.starts_with("mailto:") {
        return;
    }
    for piece in pieces(&text) {
        let value = match &piece {
            TextOrAddress::Text(text) => NodeValue::Text((*text).to_owned().into()),
            TextOrAddress::Address(address) => NodeValue::Link(Box::new(NodeLink {
                url: match address.contains("://") {
                    true => (*address).to_owned(),
                    false => format!("{scheme}{address}"),
                },
                title: String::new(),
            })),
        };
        let new = made(arena, value, node);
        if let TextOrAddress::Address(address) = piece {
            new.append(made(
                arena,
                NodeValue::Text(address.to_owned().into()),
                node,
            ));
        }
        node.insert_before(new);
    }
    node.detach();
}

/// Footnotes by their names.
#[derive(Default)]
struct Footnotes<'a> {
    numbers: HashMap<String, u32>,
    found: Vec<(String, Node<'a>)>,
}

impl<'a> Footnotes<'a> {
    /// Sets the notes below the text, numbered as they are referred to: a link to their place would lead nowhere in a feed.
    fn set_at_the_end(mut self, arena: &'a Arena<'a>, root: Node<'a>) {
        if self.found.is_empty() {
            return;
        }
        let numbers = &self.numbers;
        self.found
            .sort_by_key(|(name, _)| numbers.get(name).copied().unwrap_or(u32::MAX));
        let list = NodeList {
            list_type: ListType::Ordered,
            start: 1,
            delimiter: ListDelimType::Period,
            tight: false,
            ..NodeList::default()
        };
        let ordered = made(arena, NodeValue::List(list), root);
        for (_, definition) in &self.found {
            let item = made(arena, NodeValue::Item(list), definition);
            let inner: Vec<Node<'a>> = definition.children().collect();
            for child in inner {
                item.append(child);
            }
            definition.detach();
            ordered.append(item);
        }
        root.append(made(arena, NodeValue::ThematicBreak, root));
        root.append(ordered);
    }
}
