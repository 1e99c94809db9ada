//! The fields of a document that an article has no place for, which are reported to its sender.

use serde_json::Value;

use super::node::{DocumentNotes, Node};

/// Keys that are read elsewhere, or that tell machines about the document and say nothing to readers.
const KNOWN: &[&str] = &[
    "uri",
    "standard",
    "$standard",
    "type",
    "mimetype",
    "representationtype",
    "profile",
    "version",
    "versioncreated",
    "firstcreated",
    "contentcreated",
    "pubstatus",
    "altids",
    "language",
    "located",
    "ednote",
    "embargoed",
    "embargoeduntil",
    "people",
    "person",
    "by",
    "byline",
    "subjects",
    "subject",
    "keywords",
    "infosources",
    "infosource",
    "source",
    "copyrightnotice",
    "usageterms",
    "headlines",
    "headline",
    "descriptions",
    "bodies",
    "associations",
    "charcount",
    "wordcount",
    "etag",
    "slugline",
];

/// Families of keys that 1.x has, whose members are read elsewhere.
const FAMILIES: &[&str] = &["headline_", "body_", "description_"];

/// Maximum number of names of concepts that are reported of one key.
const MAX_NAMES: usize = 10;

/// Reports every key that is not read, with its value.
pub(super) fn tell(node: &Node<'_>, notes: &mut DocumentNotes) {
    let has_headline = node.field("headlines").is_some()
        || node.fields().any(|(key, ..)| key.starts_with("headline"));
    let has_source = ["infosources", "infosource", "source"]
        .iter()
        .any(|name| node.field(name).is_some());
    for (key, value, _) in node.fields() {
        let is_known = KNOWN.contains(&key.as_str())
            || FAMILIES.iter().any(|family| key.starts_with(family))
            || key == "title" && !has_headline
            || key == "copyrightholder" && !has_source
            || key == "rightsinfo";
        if !is_known {
            let text = text_of(value);
            if !text.is_empty() {
                notes.leave_out(&key, &text);
            }
        }
    }
}

/// Keys of a picture by itself that need no report, or are reported where its texts are read.
const OF_PICTURES: &[&str] = &["renditions", "title", "expires", "alttext", "description"];

/// Keys that an article has a place for, and a picture has none.
const OF_ARTICLES: &[&str] = &[
    "ednote",
    "located",
    "embargoed",
    "embargoeduntil",
    "subjects",
    "subject",
    "keywords",
];

/// Reports every key of a picture by itself that is left out, with its value.
pub(super) fn tell_of_picture(node: &Node<'_>, notes: &mut DocumentNotes) {
    for (key, value, _) in node.fields() {
        let key = key.as_str();
        let is_known = KNOWN.contains(&key) || OF_PICTURES.contains(&key) || key == "rightsinfo";
        let is_known = is_known || key == "copyrightholder";
        let is_handled = is_known || FAMILIES.iter().any(|family| key.starts_with(family));
        if !is_handled || OF_ARTICLES.contains(&key) {
            let text = text_of(value);
            if !text.is_empty() {
                notes.leave_out(key, &text);
            }
        }
    }
}

/// The words in a value that people can read; of a list, at most [`MAX_NAMES`] names.
fn text_of(value: &Value) -> String {
    let name = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => ["name", "title", "literal", "href", "uri", "value"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str().map(str::to_owned)),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    };
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(values) => {
            let names: Vec<String> = values.iter().filter_map(name).take(MAX_NAMES).collect();
            match names.is_empty() && !values.is_empty() {
                true => format!("{} entries", values.len()),
                false => names.join(", "),
            }
        }
        Value::Object(object) => {
            let names: Vec<String> = object.values().filter_map(name).take(MAX_NAMES).collect();
            names.join(", ")
        }
        Value::Null => String::new(),
    }
}
