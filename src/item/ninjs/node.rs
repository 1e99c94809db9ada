//! An object of a document with its place, read without regard to the case of its keys.

use serde_json::{Map, Value, json};

use super::PlacedComplaint;
use crate::item::json::kind;
use crate::item::markup;

/// Complaints and names of left out fields that are gathered while a document is read.
#[derive(Debug, Default)]
pub(super) struct DocumentNotes {
    pub(super) complaints: Vec<PlacedComplaint>,
    pub(super) left_out: Vec<String>,
}

/// Maximum number of characters of a text that are reported when it is left out.
const MAX_TOLD: usize = 120;

impl DocumentNotes {
    /// Reports that `what` is no part of the article, with the beginning of its `text`.
    pub(super) fn leave_out(&mut self, what: &str, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let beginning: String = text.chars().take(MAX_TOLD).collect();
        let more = if beginning.len() < text.len() {
            "…"
        } else {
            ""
        };
        self.left_out.push(match beginning.is_empty() {
            true => what.to_owned(),
            false => format!("{what}: {beginning}{more}"),
        });
    }

    fn wrong(&mut self, at: &str, expected: &str, found: &Value) {
        self.refuse(at.to_owned(), expected, kind(found), "correct the value");
    }
}

pub(super) struct Node<'v> {
    object: &'v Map<String, Value>,
    /// A JSON pointer (RFC 6901).
    path: String,
}

impl<'v> Node<'v> {
    pub(super) fn top(object: &'v Map<String, Value>) -> Self {
        Self {
            object,
            path: String::new(),
        }
    }

    pub(super) fn at(&self) -> &str {
        &self.path
    }

    fn below(&self, key: &str) -> String {
        format!(
            "{}/{}",
            self.path,
            key.replace('~', "~0").replace('/', "~1")
        )
    }

    /// The value of that name, which is lower-case, and where it stands; null is none.
    pub(super) fn field(&self, name: &str) -> Option<(&'v Value, String)> {
        let entry = self.object.get_key_value(name);
        let entry = entry.or_else(|| {
            let mut fields = self.object.iter();
            fields.find(|(key, _)| key.eq_ignore_ascii_case(name))
        });
        let (key, value) = entry.filter(|(_, value)| !value.is_null())?;
        Some((value, self.below(key)))
    }

    /// All fields that are there, with their names in small letters; null is none.
    pub(super) fn fields(&self) -> impl Iterator<Item = (String, &'v Value, String)> {
        let fields = self.object.iter().filter(|(_, value)| !value.is_null());
        fields.map(|(key, value)| (key.to_ascii_lowercase(), value, self.below(key)))
    }

    /// The first of several fields that is there; a blank text is not.
    pub(super) fn first(&self, names: &[&str]) -> Option<(&'v Value, String)> {
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        let found = names.iter().filter_map(|name| self.field(name));
        found.into_iter().find(|(value, _)| !is_blank(value))
    }

    /// A text that is not blank.
    pub(super) fn text(&self, name: &str, notes: &mut DocumentNotes) -> Option<(String, String)> {
        let (value, at) = self.field(name)?;
        match value {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some((text.trim().to_owned(), at)),
            other => {
                notes.wrong(&at, &format!("{name} to be text"), other);
                None
            }
        }
    }

    /// The objects of a list, or the named ones of an object as 1.x has them.
    pub(super) fn nodes(
        &self,
        name: &str,
        notes: &mut DocumentNotes,
    ) -> Vec<(Option<&'v str>, Node<'v>)> {
        let Some((value, path)) = self.field(name) else {
            return Vec::new();
        };
        let of = Self {
            object: self.object,
            path,
        };
        let members: Vec<(Option<&'v str>, &'v Value, String)> = match value {
            Value::Array(values) => values
                .iter()
                .enumerate()
                .map(|(place, value)| (None, value, of.below(&place.to_string())))
                .collect(),
            Value::Object(object) => object
                .iter()
                .map(|(key, value)| (Some(key.as_str()), value, of.below(key)))
                .collect(),
            other => {
                notes.wrong(&of.path, &format!("{name} to be a list of objects"), other);
                return Vec::new();
            }
        };
        let mut nodes = Vec::new();
        for (key, value, path) in members {
            match value {
                Value::Object(object) => nodes.push((key, Node { object, path })),
                Value::Null => {}
                other => notes.wrong(&path, &format!("an object in {name}"), other),
            }
        }
        nodes
    }

    /// Pairs of names and texts: a list of objects, or an object of texts as 1.x has it.
    pub(super) fn named_values(
        &self,
        list: &str,
        name: &str,
        value: &str,
        notes: &mut DocumentNotes,
    ) -> Vec<(String, String, String)> {
        if let Some((Value::Object(object), path)) = self.field(list) {
            let of = Self { object, path };
            let pairs = object.iter().filter_map(|(key, value)| {
                let text = value.as_str()?;
                Some((key.to_ascii_lowercase(), text.to_owned(), of.below(key)))
            });
            return pairs.collect();
        }
        let mut pairs = Vec::new();
        for (_, node) in self.nodes(list, notes) {
            let label = node.text(name, notes);
            if let (Some((label, _)), Some((value, path))) = (label, node.text(value, notes)) {
                pairs.push((label.to_ascii_lowercase(), value, path));
            }
        }
        pairs
    }

    /// The words of a value, which is HTML if this object declares that; a value that is no text is passed on, to draw
    /// a complaint.
    pub(super) fn words(&self, value: &Value, notes: &mut DocumentNotes) -> Value {
        let kind = self.text("contenttype", notes);
        match value {
            Value::String(text) if kind.is_some_and(|(kind, _)| kind.contains("html")) => {
                json!(words(text))
            }
            other => other.clone(),
        }
    }
}

/// The words of HTML, on one line; none where it was made to break readers.
pub(super) fn words(html: &str) -> String {
    markup::words(html).unwrap_or_default()
}
