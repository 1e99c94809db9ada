//! Formulas and drawings as text: a fraction that is only stripped of its marks is another number.

use dom_query::{Document, NodeRef, Selection};

use super::{elements, replace_with_text, seen};

/// Formulas that nest deeper are written without marks.
const MAX_DEPTH: usize = 40;

/// Writes formulas (MathML) and the words of drawings (SVG) as the article's own text.
pub(crate) fn written_out(document: &Document) {
    for node in elements(document) {
        if node.has_name("math") {
            let mut html = String::new();
            write(&node, &mut html, 0);
            let html = html.trim().to_owned();
            // Raised and lowered parts are the article's own elements.
            node.replace_with_html(format!("<span>{html}</span>"));
        } else if node.has_name("svg") {
            let texts = Selection::from(node).select("text, foreignObject, foreignobject");
            let words: Vec<String> = texts.nodes().iter().map(seen::line).collect();
            replace_with_text(&node, &format!(" {} ", words.join(" ")));
        }
    }
}

fn write(node: &NodeRef<'_>, html: &mut String, depth: usize) {
    if node.is_text() {
        html.push_str(&quick_xml::escape::partial_escape(&*node.text()));
        return;
    }
    if depth > MAX_DEPTH || seen::is_unseen(node) {
        let text = if depth > MAX_DEPTH {
            seen::line(node)
        } else {
            String::new()
        };
        html.push_str(&quick_xml::escape::partial_escape(text.as_str()));
        return;
    }
    let parts = node.element_children();
    let name = node.node_name().unwrap_or_default();
    let mut inner = |part: &NodeRef<'_>| {
        let mut html = String::new();
        write(part, &mut html, depth + 1);
        html.trim().to_owned()
    };
    let parts_of = |inner: &mut dyn FnMut(&NodeRef<'_>) -> String| -> Vec<String> {
        parts.iter().map(inner).collect()
    };
    match (&*name, parts.as_slice()) {
        ("mfrac", [over, under]) => {
            let (over, under) = (inner(over), inner(under));
            html.push_str(&format!(" {}/{} ", grouped(&over), grouped(&under)));
        }
        ("msup" | "mover", [base, above]) => {
            let (base, above) = (inner(base), inner(above));
            html.push_str(&format!("{base}<sup>{above}</sup>"));
        }
        ("msub" | "munder", [base, below]) => {
            let (base, below) = (inner(base), inner(below));
            html.push_str(&format!("{base}<sub>{below}</sub>"));
        }
        ("msubsup" | "munderover", [base, below, above]) => {
            let (base, below, above) = (inner(base), inner(below), inner(above));
            html.push_str(&format!("{base}<sub>{below}</sub><sup>{above}</sup>"));
        }
        ("msqrt", _) => {
            let inside = parts_of(&mut inner).join("");
            html.push_str(&format!("√({inside})"));
        }
        ("mroot", [inside, degree]) => {
            let (inside, degree) = (inner(inside), inner(degree));
            html.push_str(&format!("<sup>{degree}</sup>√({inside})"));
        }
        ("mtr" | "mlabeledtr", _) => {
            html.push_str(&format!(" {}; ", parts_of(&mut inner).join(", ")))
        }
        _ => {
            // The writer set blanks between elements for the eye.
            for child in node.children() {
                if child.is_text() && !parts.is_empty() && child.text().trim().is_empty() {
                    continue;
                }
                write(&child, html, depth + 1);
            }
        }
    }
}

/// In brackets, where it is more than one sign or number.
fn grouped(html: &str) -> String {
    match html.chars().all(char::is_alphanumeric) {
        true => html.to_owned(),
        false => format!("({html})"),
    }
}
