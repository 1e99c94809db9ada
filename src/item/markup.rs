//! HTML that others wrote, read within bounds, to be written as Markdown.

mod markdown;

use dom_query::{Document, NodeRef};

use super::html::{is_too_costly, seen};
use super::legal::{first_illegal, legal};

pub(crate) use markdown::written;

/// Maximum depth of nested elements; a text with more was made to break readers.
pub(crate) const MAX_DEPTH: usize = 100;

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text has more than {MAX_DEPTH} elements in one another, or too many that are never closed"
)]
pub struct TooDeep;

/// Reads `html`.
///
/// # Errors
/// Where that would take too much time or memory.
pub(crate) fn parsed(html: &str) -> Result<Document, TooDeep> {
    if is_too_costly(html) {
        return Err(TooDeep);
    }
    let document = match first_illegal(html) {
        None => Document::fragment(html),
        Some(_) => Document::fragment(legal(html)),
    };
    match is_too_deep(&document) {
        true => Err(TooDeep),
        false => Ok(document),
    }
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

/// The words of HTML, on one line.
pub(crate) fn words(html: &str) -> Result<String, TooDeep> {
    Ok(seen::line(&parsed(html)?.root()))
}
