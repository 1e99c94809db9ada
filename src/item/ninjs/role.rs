//! Texts by their roles, as the lists of a document give them and 1.x in its keys, and by what two of them are compared.

use serde_json::{Value, json};

use super::node::{DocumentNotes, Node, words};
use crate::item::alike;

/// A text of a role, where it stands.
pub(super) struct RoleText {
    pub(super) role: String,
    pub(super) value: Value,
    pub(super) path: String,
}

impl RoleText {
    pub(super) fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }
}

/// The members of a list by their roles, and what 1.x has under `{single}` and `{single}_{role}`.
pub(super) fn by_role(
    node: &Node<'_>,
    list: &str,
    single: &str,
    notes: &mut DocumentNotes,
) -> Vec<RoleText> {
    let mut all = Vec::new();
    for (_, member) in node.nodes(list, notes) {
        let role = member.text("role", notes).map(|(role, _)| role);
        if let Some((value, path)) = member.field("value") {
            all.push(RoleText {
                role: role.unwrap_or_default().to_ascii_lowercase(),
                value: member.words(value, notes),
                path,
            });
        }
    }
    for (key, value, path) in node.fields() {
        let Some(rest) = key.strip_prefix(single) else {
            continue;
        };
        let role = match (rest, rest.strip_prefix('_')) {
            ("", _) => "",
            (_, Some(role)) => role,
            (_, None) => continue,
        };
        let is_html = role.contains("html") || role.contains("rich");
        let value = match value {
            Value::String(text) if is_html => json!(words(text)),
            other => other.clone(),
        };
        all.push(RoleText {
            role: role.to_owned(),
            value,
            path,
        });
    }
    // A value that is not text is refused by the parser of the field that takes it.
    all.retain(|role_text| {
        role_text
            .value
            .as_str()
            .is_none_or(|text| !text.trim().is_empty())
    });
    all
}

/// The letters and digits of a text in lower case, by which two spellings of it are compared.
pub(super) fn letters(text: &str) -> String {
    let letters = alike::letters(text);
    letters.chars().flat_map(char::to_lowercase).collect()
}
