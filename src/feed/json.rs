//! JSON Feed 1.1, with what it has no key for in an extension of our own.

use serde_json::{Map, Value, json};

use crate::resource::Format;

use super::{Entry, Feed, NAMESPACE};
use crate::item::{Attachment, Line};

pub(super) fn render(feed: &Feed) -> Vec<u8> {
    let mut document = Map::new();
    let mut set = |key: &str, value: Value| document.insert(key.to_owned(), value);
    set("version", json!("https://jsonfeed.org/version/1.1"));
    set("title", json!(feed.title));
    set("home_page_url", json!(feed.page_url()));
    set("feed_url", json!(feed.self_url(Format::Json)));
    if let Some(older) = feed.history.previous {
        set("next_url", json!(feed.segment_url(older, Format::Json)));
    }
    if let Some(subtitle) = &feed.subtitle {
        set("description", json!(subtitle));
    }
    if feed.expired && feed.history.segment.is_none() {
        set("expired", json!(true));
    }
    set("language", json!(feed.language));
    set("authors", authors(std::slice::from_ref(&feed.publisher)));
    set("author", json!({ "name": feed.publisher }));
    if let Some(logo) = &feed.logo {
        set("icon", json!(logo.url));
    }
    set(
        "_courant",
        json!({ "about": NAMESPACE, "id": feed.id, "updated": feed.updated.to_rfc3339_opts(chrono::SecondsFormat::Millis, true) }),
    );
    set(
        "items",
        feed.entries.iter().map(|entry| item(entry)).collect(),
    );
    // A map of strings and values always serializes.
    serde_json::to_vec(&Value::Object(document)).unwrap_or_default()
}

fn authors(names: &[Line]) -> Value {
    names.iter().map(|name| json!({ "name": name })).collect()
}

fn item(entry: &Entry) -> Value {
    let mut item = Map::new();
    let mut set = |key: &str, value: Value| item.insert(key.to_owned(), value);
    let date = |moment: chrono::DateTime<chrono::Utc>| {
        json!(moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    };
    set("id", json!(entry.id.guid));
    set("url", json!(entry.url));
    set("title", json!(entry.title));
    set("content_html", json!(entry.html));
    set("summary", json!(entry.summary));
    set("date_published", date(entry.published));
    if entry.was_updated {
        set("date_modified", date(entry.updated));
    }
    if !entry.authors.is_empty() {
        set("authors", authors(&entry.authors));
    }
    if let Some(first) = entry.authors.first() {
        set("author", json!({ "name": first }));
    }
    if let Some(language) = &entry.language {
        set("language", json!(language));
    }
    let mut tags: Vec<&str> = Vec::new();
    for category in &entry.categories {
        // The kicker has its own place; a label twice would make the document invalid.
        if !category.scheme.starts_with(NAMESPACE) && !tags.contains(&category.label.as_str()) {
            tags.push(&category.label);
        }
    }
    if !tags.is_empty() {
        set("tags", json!(tags));
    }
    if let Some(first) = entry.photographs.first() {
        set("image", json!(first.url));
    }
    // A photograph that stands in the text would be shown twice.
    let enclosed = entry.photographs.iter().filter(|_| entry.encloses);
    let attachments: Vec<Value> = enclosed
        .map(|photo| {
            json!({
                "url": photo.url,
                "mime_type": photo.file.kind.media_type(),
                "title": photo.title,
                "size_in_bytes": photo.file.bytes,
            })
        })
        .chain(entry.attachments.iter().map(attachment))
        .collect();
    if !attachments.is_empty() {
        set("attachments", Value::Array(attachments));
    }
    if let Some(extension) = extension(entry) {
        set("_courant", extension);
    }
    Value::Object(item)
}

fn attachment(attachment: &Attachment) -> Value {
    let mut object = Map::new();
    let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
    set("url", json!(attachment.url));
    set("mime_type", json!(attachment.media_type));
    if let Some(title) = &attachment.title {
        set("title", json!(title));
    }
    if let Some(bytes) = attachment.bytes {
        set("size_in_bytes", json!(bytes));
    }
    if let Some(seconds) = attachment.seconds {
        set("duration_in_seconds", json!(seconds));
    }
    Value::Object(object)
}

fn extension(entry: &Entry) -> Option<Value> {
    let mut object = Map::new();
    if let Some(kicker) = &entry.kicker {
        object.insert("kicker".to_owned(), json!(kicker));
    }
    if let Some(canonical) = &entry.canonical {
        // As external_url it would be what readers open, and the text is whole here.
        object.insert("canonical".to_owned(), json!(canonical));
    }
    if let Some((id, url)) = &entry.part_of {
        object.insert("part_of".to_owned(), json!({ "id": id.guid, "url": url }));
    }
    let photographs: Vec<Value> = entry
        .photographs
        .iter()
        .map(|photo| {
            let mut photograph = json!({
                "url": photo.url,
                "caption": photo.caption,
                "credit": photo.credit,
                "role": photo.role,
                "source": photo.source,
                "usage_terms": photo.usage_terms,
            });
            if let Some(copyright) = &photo.copyright {
                photograph["copyright"] = json!(copyright);
            }
            photograph
        })
        .collect();
    if !photographs.is_empty() {
        object.insert("photographs".to_owned(), Value::Array(photographs));
    }
    if object.is_empty() {
        return None;
    }
    object.insert("about".to_owned(), json!(NAMESPACE));
    Some(Value::Object(object))
}
