//! Items as JSON: the keys of the item file, and under `state` what the server alone says of them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::item::{Article, Attachment, Id, MediaType, Photograph, json as item_json};
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{
    EditableArticle, Entry, FileReference, PrivateEntry, PubStatus, State, StoredArticle,
    StoredCaption, Upload, Version,
};

use super::tags::tag;

/// The key under which the server adds its own facts to an item; it is ignored when it is sent back.
pub(super) const STATE: &str = "state";

pub(super) fn moment(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A public article, as anybody sees it.
pub(super) fn public(stored: &StoredArticle, version: Version, base: &BaseUrl) -> Value {
    let captions = stored.usable_captions();
    let mut article = stored.article.clone();
    article.id = Some(stored.state.id);
    article.captions = captions.map(|caption| caption.caption.clone()).collect();
    // For the desk alone.
    article.note = None;
    article.embargo_until = None;
    let mut object = item_json::print(&article);
    place(&mut object, &stored.section, &stored.slug);
    object.insert(
        STATE.to_owned(),
        state_of(&stored.state, &stored.slug, base, version),
    );
    tell_files(&mut object, &article.attachments, Some(stored), base);
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        let known = id_in(caption).and_then(|id| known_caption(stored, id));
        if let (Value::Object(caption), Some(known)) = (caption, known) {
            caption.insert(STATE.to_owned(), caption_state(known, base));
        }
    }
    Value::Object(object)
}

/// The JSON of an article for its writers, with what is not public.
pub(super) fn editable_article(editable: &EditableArticle, base: &BaseUrl) -> Value {
    let mut object = writable(editable);
    let mut state = match editable.state() {
        Some(state) => state_of(state, &editable.slug, base, editable.version),
        None => json!({"etag": tag(editable.version)}),
    };
    if let Value::Object(state) = &mut state {
        state.insert("status".to_owned(), json!(editable.status()));
        if let Some(how) = editable.removal() {
            state.insert("removal".to_owned(), json!(how.name()));
        }
        if let Some(due) = editable.due {
            state.insert("due".to_owned(), json!(moment(due)));
        }
    }
    object.insert(STATE.to_owned(), state);
    let stored = editable.stored.as_ref();
    tell_files(&mut object, &editable.article.attachments, stored, base);
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        let known = id_in(caption).and_then(|id| editable.stored_caption(id));
        if let (Value::Object(caption), Some(known)) = (caption, known) {
            caption.insert(STATE.to_owned(), caption_state(known, base));
        }
    }
    Value::Object(object)
}

/// Says of each attachment whose file is kept here how large it is, and where it is public.
fn tell_files(
    object: &mut Map<String, Value>,
    attachments: &[Attachment],
    stored: Option<&StoredArticle>,
    base: &BaseUrl,
) {
    let public = stored.filter(|stored| stored.state.status == PubStatus::Usable);
    let public = public.map_or(&[][..], |stored| &stored.article.attachments);
    let values = object.get_mut("attachments").and_then(Value::as_array_mut);
    for (value, attachment) in values.into_iter().flatten().zip(attachments) {
        let (Value::Object(object), Some(file)) = (value, &attachment.file) else {
            continue;
        };
        let mut state = json!({"bytes": file.recording.bytes});
        if public.iter().any(|shown| shown.url == attachment.url) {
            state["url"] = json!(base.at(&attachment.url));
        }
        object.insert(STATE.to_owned(), state);
    }
}

/// The keys of an article that a writer may change: what a merge patch is applied to.
pub(super) fn writable(editable: &EditableArticle) -> Map<String, Value> {
    let article = Article {
        id: Some(editable.id),
        ..editable.article.clone()
    };
    let mut object = item_json::print(&article);
    place(&mut object, &editable.section, &editable.slug);
    object
}

/// One caption of an article.
pub(super) fn caption(
    of: &EditableArticle,
    id: Id,
    version: Version,
    base: &BaseUrl,
) -> Option<Value> {
    let stored = of.stored_caption(id);
    let mut captions = of.article.captions.iter();
    let mut caption = match captions.find(|caption| caption.id == Some(id)) {
        Some(caption) => item_json::print_caption(caption),
        // The version that waits has removed the caption.
        None => json!({"id": id, "text": stored?.caption.text}),
    };
    let object = caption.as_object_mut()?;
    if let Some(stored) = stored {
        object.insert(STATE.to_owned(), caption_state(stored, base));
    }
    object.insert("article".to_owned(), json!(of.id));
    let state = object
        .entry(STATE)
        .or_insert_with(|| json!({"status": of.status()}));
    if let Value::Object(state) = state {
        state.insert("etag".to_owned(), json!(tag(version)));
    }
    Some(caption)
}

fn place(object: &mut Map<String, Value>, section: &str, slug: &str) {
    object.insert("section".to_owned(), json!(section));
    object.insert("slug".to_owned(), json!(slug));
}

fn id_in(object: &Value) -> Option<Id> {
    object.get("id")?.as_str().and_then(Id::parse)
}

fn known_caption(stored: &StoredArticle, id: Id) -> Option<&StoredCaption> {
    stored
        .captions
        .iter()
        .find(|caption| caption.state.id == id)
}

fn state_of(state: &State, slug: &str, base: &BaseUrl, version: Version) -> Value {
    let subject = Subject::Article(slug.to_owned());
    let mut object = json!({
        "status": state.status.name(),
        "revision": state.revision,
        "published": moment(state.published),
        "updated": moment(state.updated),
        "url": base.url(&Resource::Page(subject)),
        "etag": tag(version),
    });
    if let (Value::Object(object), Some(notice)) = (&mut object, &state.notice) {
        object.insert("notice".to_owned(), json!(notice));
    }
    object
}

fn caption_state(caption: &StoredCaption, base: &BaseUrl) -> Value {
    let state = &caption.state;
    let mut object = json!({
        "status": state.status.name(),
        "revision": state.revision,
        "published": moment(state.published),
        "updated": moment(state.updated),
        "url": base.url(&Resource::CaptionPage(state.id)),
    });
    if let Value::Object(object) = &mut object {
        if let Some(notice) = &state.notice {
            object.insert("notice".to_owned(), json!(notice));
        }
        let image = caption.caption.image.as_ref();
        if let Some(image) = image.filter(|_| state.status == PubStatus::Usable) {
            object.insert(
                "photograph".to_owned(),
                picture(&image.photograph, Some(base)),
            );
        }
    }
    object
}

/// The JSON of a photograph; with its address only where it is public.
fn picture(photograph: &Photograph, base: Option<&BaseUrl>) -> Value {
    let mut object = json!({
        "type": photograph.kind.media_type(),
        "width": photograph.width,
        "height": photograph.height,
        "bytes": photograph.bytes,
    });
    if let (Value::Object(object), Some(base)) = (&mut object, base) {
        let resource = Resource::Media {
            hash: photograph.hash.clone(),
            kind: MediaType::Photograph(photograph.kind),
        };
        object.insert("url".to_owned(), json!(base.url(&resource)));
    }
    object
}

/// A reference that keeps the file of a killed photograph, as JSON.
pub(super) fn file_reference(reference: &FileReference, base: &BaseUrl) -> Value {
    let mut object = match reference {
        FileReference::Caption {
            id,
            article,
            is_public,
            ..
        } => {
            let page = is_public.then(|| base.url(&Resource::CaptionPage(*id)));
            json!({"caption": id, "article": article, "url": page})
        }
        FileReference::Article { id, .. } => json!({"article": id}),
        FileReference::Waiting { article, .. } => json!({"article": article}),
        FileReference::Logo => json!({"logo": true}),
        FileReference::Portrait => json!({"portrait": true}),
    };
    object["reason"] = json!(reference.to_string());
    object
}

pub(super) fn upload(upload: &Upload) -> Value {
    json!({
        "id": upload.id,
        "name": upload.name,
        "said": upload.caption_defaults,
        STATE: picture(&upload.photograph, None),
    })
}

pub(super) fn entry(entry: &Entry) -> Value {
    json!({
        "seq": entry.position.seq,
        "time": moment(entry.position.time),
        "kind": entry.kind.name(),
        "item": entry.item,
        "revision": entry.revision,
        "before": entry.before,
        "after": entry.after,
        "actor": entry.actor,
        "public_note": entry.note,
    })
}

/// An entry of the private log, as JSON among the revisions.
pub(super) fn private(private: &PrivateEntry) -> Value {
    json!({
        "time": moment(private.time),
        "kind": private.kind.name(),
        "item": private.item,
        "revision": null,
        "filed": private.filed,
        "due": private.due.map(moment),
        "actor": private.actor,
        "public_note": null,
        "note": private.note,
    })
}
