//! Rewrites any HTML with the elements that an article may have, so that no word is lost and no two run together.
//!
//! Elements that an article cannot have (players, form fields) are returned with their words, to be reported to the
//! writer.

mod controls;
mod embed;
mod flow;
mod formula;
mod picture;

use std::fmt;

use dom_query::{Document, NodeRef};

use ammonia::Url;

use super::seen;

pub(crate) use flow::settle_box;

/// Elements by the names that an article has for them.
const NAMES: &[(&str, &str)] = &[
    ("b", "strong"),
    ("i", "em"),
    ("dfn", "em"),
    ("var", "em"),
    ("s", "del"),
    ("strike", "del"),
    ("u", "ins"),
    ("tt", "code"),
    ("samp", "code"),
    ("h1", "h2"),
    ("h5", "h4"),
    ("h6", "h4"),
    ("xmp", "pre"),
    ("listing", "pre"),
    ("plaintext", "pre"),
    ("menu", "ul"),
    ("dir", "ul"),
];

/// Markup that was removed from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RemovedMarkup {
    /// A player or a frame, in whose place a link stands.
    Linked(String),
    /// Something that was removed, with the words of it that people saw.
    Gone { what: String, words: String },
}

impl RemovedMarkup {
    fn gone(what: impl Into<String>, words: &str) -> Self {
        Self::Gone {
            what: what.into(),
            words: seen::joined(words),
        }
    }
}

impl fmt::Display for RemovedMarkup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linked(what) => write!(f, "{what} (a link to it stays)"),
            Self::Gone { what, words } if words.is_empty() => f.write_str(what),
            Self::Gone { what, words } => write!(f, "{what}, with the words: {words}"),
        }
    }
}

/// Rewrites the tree with the elements that an article may have, and returns what was removed. Relative addresses are
/// resolved against `base`.
pub(crate) fn reduce(document: &Document, base: Option<&Url>) -> Vec<RemovedMarkup> {
    let mut taken = Vec::new();
    let kinds = look_through(document, &mut taken);
    // Most texts have none of these.
    if kinds.formulas {
        formula::written_out(document);
    }
    if kinds.pictures {
        picture::settle(document, base, &mut taken);
    }
    if kinds.embeds {
        embed::link_instead(document, base, &mut taken);
    }
    if kinds.controls {
        controls::take_out(document, &mut taken);
    }
    flow::arrange(document);
    taken
}

/// The kinds of content other than text that a document contains.
#[derive(Default)]
struct Kinds {
    formulas: bool,
    pictures: bool,
    embeds: bool,
    controls: bool,
}

/// Removes elements that are not shown, and renames others to those that an article may have (see [`NAMES`]).
fn look_through(document: &Document, taken: &mut Vec<RemovedMarkup>) -> Kinds {
    let mut kinds = Kinds::default();
    for node in elements(document) {
        let name = node.node_name().unwrap_or_default();
        let name: &str = &name;
        if seen::is_unseen(&node) && !VOID.contains(&name) {
            if name == "script" {
                taken.push(RemovedMarkup::gone("<script>", ""));
            }
            node.remove_from_parent();
            continue;
        }
        kinds.formulas |= name == "math" || name == "svg";
        kinds.pictures |= ["img", "image", "noscript", "amp-img", "amp-anim"].contains(&name);
        kinds.embeds |= embed::is_embed(name);
        kinds.controls |= ["input", "select", "textarea"].contains(&name);
        if let Some((_, known)) = NAMES.iter().find(|(other, _)| *other == name) {
            node.rename(known);
        }
    }
    kinds
}

/// Void elements that are not removed here, although nothing of them is shown: pictures and players are read together
/// with them.
const VOID: &[&str] = &["source", "param", "track", "area", "col"];

/// The element around a whole fragment.
pub(crate) fn top(document: &Document) -> NodeRef<'_> {
    let root = document.root();
    let only = root.first_child().filter(|first| first.has_name("html"));
    only.unwrap_or(root)
}

/// The elements of these names, in the order of the text.
pub(crate) fn named<'d>(document: &'d Document, names: &[&str]) -> Vec<NodeRef<'d>> {
    let top = top(document);
    let is_named = |node: &NodeRef<'_>| {
        let element = node.element_ref();
        element.is_some_and(|element| names.contains(&&*element.name.local))
    };
    top.descendants_it().filter(is_named).collect()
}

/// All elements in the order of the text, as they stand now.
fn elements(document: &Document) -> Vec<NodeRef<'_>> {
    let top = top(document);
    let all = top.descendants_it();
    all.filter(NodeRef::is_element).collect()
}

/// Replaces the node by its children.
fn unwrap(node: &NodeRef<'_>) {
    for child in node.children() {
        node.insert_before(&child);
    }
    node.remove_from_parent();
}

/// Puts text in the place of the node.
fn replace_with_text(node: &NodeRef<'_>, text: &str) {
    let text = node.tree.new_text(text.to_owned());
    node.replace_with(&text);
}

/// The absolute form of `address`; `None` unless it is an `http` or `https` address. Without a base, `//host/…` is read
/// as `https`.
pub(crate) fn absolute(address: &str, base: Option<&Url>) -> Option<String> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    let whole = match base {
        Some(base) => base.join(address).ok()?,
        None => match address.strip_prefix("//") {
            Some(rest) => Url::parse(&format!("https://{rest}")).ok()?,
            None => Url::parse(address).ok()?,
        },
    };
    ["http", "https"]
        .contains(&whole.scheme())
        .then(|| whole.to_string())
}
