//! An article as a JSON object: the keys of the item file, and its text under `body`. One parser reads both.

use serde_json::{Map, Value, json};

use super::draft::{Pointers, draft_of_json};
use super::file::{FileLookup, FindPhotograph, article_of, caption_of};
use super::{Article, Caption, Complaint, Draft, Reader, is_refused};

/// A complaint with the JSON pointer (RFC 6901) of the field that it is about.
pub type PlacedComplaint = (String, Complaint);

/// Lines of the text are counted from here, where no number of a field can be.
const BODY_LINE: usize = 1 << 32;

/// A request's object as it was understood.
#[derive(Debug)]
pub struct ParsedJsonItem {
    pub article: Option<Article>,
    pub complaints: Vec<PlacedComplaint>,
}

/// Reads an article; `body` and the other keys are those of [`super::file`].
pub fn parse(object: &Map<String, Value>, lookup: &FileLookup<'_>) -> ParsedJsonItem {
    let mut complaints = Vec::new();
    let mut noted = Vec::new();
    let mut object = object.clone();
    let body = match object.remove("body") {
        Some(Value::String(body)) => body,
        None | Some(Value::Null) => String::new(),
        Some(other) => {
            complaints.push((
                "/body".to_owned(),
                Complaint::refused(
                    None,
                    "body to be text (Markdown)",
                    kind(&other),
                    "correct the value",
                ),
            ));
            String::new()
        }
    };
    let draft = draft_of_json(&object, &mut Pointers::new(&mut noted));
    let mut found = Vec::new();
    let article = article_of(draft, &body, BODY_LINE, lookup, &mut found);
    let is_whole = complaints.is_empty() && !is_refused(&found);
    complaints.extend(placed(found, &noted));
    ParsedJsonItem {
        article: article.filter(|_| is_whole),
        complaints,
    }
}

/// Reads one caption, with the keys of an entry of `captions`.
pub fn parse_caption(
    object: &Map<String, Value>,
    photographs: &FindPhotograph<'_>,
) -> (Option<Caption>, Vec<PlacedComplaint>) {
    let mut noted = Vec::new();
    let draft = draft_of_json(object, &mut Pointers::new(&mut noted));
    let mut found = Vec::new();
    let caption = caption_of(draft, photographs, &mut found);
    let is_whole = !is_refused(&found);
    (caption.filter(|_| is_whole), placed(found, &noted))
}

/// Lets `read` take what it knows of an object, and complains of the rest.
pub fn read<T>(
    object: &Map<String, Value>,
    read: impl FnOnce(&mut Reader<'_>) -> T,
) -> (T, Vec<PlacedComplaint>) {
    let mut noted = Vec::new();
    let draft: Draft = draft_of_json(object, &mut Pointers::new(&mut noted));
    let mut found = Vec::new();
    let mut reader = Reader::new(draft, &mut found);
    let value = read(&mut reader);
    reader.finish();
    (value, placed(found, &noted))
}

/// Prints `article` as the object that parses back to it.
pub fn print(article: &Article) -> Map<String, Value> {
    let mut object = match serde_json::to_value(article) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        name_picture(caption);
    }
    let attachments = object.get_mut("attachments").and_then(Value::as_array_mut);
    let attachments = attachments.into_iter().flatten();
    for attachment in attachments.filter_map(Value::as_object_mut) {
        if let Some(file) = attachment.get_mut("file") {
            *file = json!(file.get("name"));
            // Both are read from the file.
            attachment.remove("url");
            attachment.remove("bytes");
        }
    }
    object
}

/// Prints one caption, as an entry of `captions`.
pub fn print_caption(caption: &Caption) -> Value {
    let mut printed = json!(caption);
    name_picture(&mut printed);
    printed
}

/// Puts the name or the address of a caption's picture under one key, as in item files.
fn name_picture(caption: &mut Value) {
    if let Some(image) = caption.get_mut("image") {
        *image = json!(image.get("name"));
    }
    if let Some(caption) = caption.as_object_mut()
        && let Some(address) = caption.remove("address")
    {
        caption.entry("image").or_insert(address);
    }
}

/// Merges `patch` into `target`: fields that it names are replaced, and removed by null (RFC 7396 §2).
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(object) = target {
        for (key, value) in patch {
            match value {
                Value::Null => {
                    object.remove(&key);
                }
                value => merge(object.entry(key).or_insert(Value::Null), value),
            }
        }
    }
}

/// Merges a patch of an article or a caption. A patch that removes the public note also removes the note's kind, which
/// it need not name.
pub fn merge_item(target: &mut Value, mut patch: Map<String, Value>) {
    if patch.get("public_note").is_some_and(Value::is_null) {
        patch.entry("public_note_kind").or_insert(Value::Null);
    }
    merge(target, Value::Object(patch));
}

fn placed(complaints: Vec<Complaint>, noted: &[String]) -> Vec<PlacedComplaint> {
    let place = |mut complaint: Complaint| {
        let line = complaint.line.take();
        let pointer = match line {
            Some(line) if line >= BODY_LINE => {
                complaint.line = Some(line - BODY_LINE + 1);
                "/body".to_owned()
            }
            Some(number) => noted.get(number).cloned().unwrap_or_default(),
            None => String::new(),
        };
        (pointer, complaint)
    };
    complaints.into_iter().map(place).collect()
}

/// The kind of a JSON value, in the words of a complaint.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FileLookup, parse, print};
    use crate::item::{PhotographError, file};

    fn object(value: Value) -> serde_json::Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    fn none(name: &str) -> Result<crate::item::Photograph, PhotographError> {
        Err(PhotographError::Missing {
            name: name.to_owned(),
        })
    }

    #[test]
    fn an_object_and_an_item_file_are_the_same_article() {
        let parsed = parse(
            &object(json!({
                "headline": "The bridge opens",
                "published": "2025-02-28T09:00:00+08:00",
                "authors": ["Ada Wells"],
                "note": null,
                "captions": [{"text": "The bridge at dawn", "credit": "Lin Mu"}],
                "body": "It opened.\n",
            })),
            &FileLookup::photographs_only(&none),
        );
        assert_eq!(parsed.complaints, Vec::new());
        let article = parsed.article.expect("an article");
        let printed = file::print(&article);
        let again = file::parse(printed.as_bytes(), &none);
        assert_eq!(again.article.as_ref(), Some(&article));
        let again = parse(&print(&article), &FileLookup::photographs_only(&none));
        assert_eq!(again.article, Some(article));
    }

    #[test]
    fn every_complaint_names_its_field() {
        let parsed = parse(
            &object(json!({
                "headlin": "x",
                "published": "yesterday",
                "captions": [{"text": "one"}, {"credit": 7}],
                "body": "one\n\n![](missing.jpg)\n",
            })),
            &FileLookup::photographs_only(&none),
        );
        assert_eq!(parsed.article, None);
        let mut places: Vec<&str> = parsed
            .complaints
            .iter()
            .map(|(place, _)| place.as_str())
            .collect();
        places.sort_unstable();
        let expected = [
            "",
            "/body",
            "/captions/1",
            "/captions/1/credit",
            "/headlin",
            "/published",
        ];
        assert_eq!(places, expected);
        let body = parsed.complaints.iter().find(|(place, _)| place == "/body");
        assert_eq!(body.and_then(|(_, complaint)| complaint.line), Some(3));
    }
}
