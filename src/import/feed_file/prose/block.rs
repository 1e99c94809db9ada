//! WordPress's blocks that stand for text kept elsewhere: reusable blocks and footnotes.

use super::super::{OlderItem, Survey};

/// The most reusable blocks that may stand in one another.
const MAX_NESTED: usize = 5;

/// With what they stand for, a text has at most this many bytes more: blocks that name one another twice grow fast.
const MAX_ADDED_BYTES: usize = 4 * 1024 * 1024;

/// Where blocks begin, and the kinds that stand for something.
const BEGIN: &str = "<!-- wp:";
const END: &str = "-->";
const REUSABLE: &[&str] = &["block", "core/block"];
const FOOTNOTES: &[&str] = &["footnotes", "core/footnotes"];

/// Writes the text with what its blocks stand for.
pub(super) fn expand(
    html: &str,
    item: &OlderItem,
    survey: &Survey,
    left_out: &mut Vec<String>,
) -> String {
    let mut expanding = Expanding {
        item,
        survey,
        left_out,
        added: 0,
        has_notes: false,
    };
    let mut out = String::with_capacity(html.len());
    expanding.write(html, &mut out, 0);
    if !expanding.has_notes {
        out.push_str(&notes(item));
    }
    out
}

struct Expanding<'e> {
    item: &'e OlderItem,
    survey: &'e Survey,
    left_out: &'e mut Vec<String>,
    added: usize,
    has_notes: bool,
}

impl Expanding<'_> {
    fn write(&mut self, html: &str, out: &mut String, nested: usize) {
        let mut rest = html;
        while let Some(at) = rest.find(BEGIN) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let Some(end) = from.find(END) else {
                rest = from;
                break;
            };
            let (comment, behind) = from.split_at(end + END.len());
            rest = behind;
            let inner = comment.trim_start_matches(BEGIN).trim_end_matches(END);
            let inner = inner.trim().trim_end_matches('/');
            let (name, attributes) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            if REUSABLE.contains(&name) {
                self.reusable(attributes, out, nested);
            } else if FOOTNOTES.contains(&name) && !self.has_notes {
                self.has_notes = true;
                out.push_str(&notes(self.item));
            } else {
                out.push_str(comment);
            }
        }
        out.push_str(rest);
    }

    fn reusable(&mut self, attributes: &str, out: &mut String, nested: usize) {
        let reference: Option<serde_json::Value> = serde_json::from_str(attributes.trim()).ok();
        let number = reference
            .as_ref()
            .and_then(|reference| reference.get("ref")?.as_u64());
        let block = number.and_then(|number| self.survey.site.blocks.get(&number));
        let Some(text) = block else {
            self.left_out
                .push("reusable block that the export does not have".to_owned());
            return;
        };
        self.added += text.len();
        if nested >= MAX_NESTED || self.added > MAX_ADDED_BYTES {
            self.left_out
                .push("reusable block within others that name it".to_owned());
            return;
        }
        out.push_str("\n\n");
        self.write(text, out, nested + 1);
        out.push_str("\n\n");
    }
}

/// The notes as a list, numbered as their marks in the text are.
fn notes(item: &OlderItem) -> String {
    if item.notes.is_empty() {
        return String::new();
    }
    let notes = item.notes.iter().map(|note| format!("<li>{note}</li>"));
    format!("\n\n<hr>\n<ol>{}</ol>\n", notes.collect::<String>())
}
