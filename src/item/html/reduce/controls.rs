//! Form fields, into which people type or in which they choose: they have no place in an article, and their words are
//! reported.

use dom_query::{Document, NodeRef};

use super::{RemovedMarkup, elements, replace_with_text, seen};

/// Fields whose value is not shown.
const SILENT: &[&str] = &["hidden", "color", "range", "file", "password"];

/// Takes the fields out. Texts within a form stay: some systems put whole pages into one.
pub(crate) fn take_out(document: &Document, taken: &mut Vec<RemovedMarkup>) {
    for node in elements(document) {
        let name = node.node_name().unwrap_or_default();
        match &*name {
            "input" => field(&node, taken),
            "select" => {
                taken.push(RemovedMarkup::gone("<select>", &seen::line(&node)));
                replace_with_text(&node, " ");
            }
            // It shows its text as it is written.
            "textarea" => node.rename("pre"),
            _ => {}
        }
    }
}

fn field(node: &NodeRef<'_>, taken: &mut Vec<RemovedMarkup>) {
    let attribute = |name: &str| node.attr(name).unwrap_or_default();
    let kind = attribute("type").to_ascii_lowercase();
    if kind == "checkbox" || kind == "radio" {
        let sign = if node.has_attr("checked") {
            "☑ "
        } else {
            "☐ "
        };
        replace_with_text(node, sign);
        return;
    }
    let words = match kind.as_str() {
        kind if SILENT.contains(&kind) => String::new(),
        "image" => attribute("alt").to_string(),
        _ => format!("{} {}", attribute("value"), attribute("placeholder")),
    };
    if !words.trim().is_empty() {
        taken.push(RemovedMarkup::gone("<input>", &words));
    }
    replace_with_text(node, " ");
}
