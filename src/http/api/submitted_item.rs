//! An article as it was sent, in one of two forms, taken for the keys of the item file.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::http::Site;
use crate::item::json::PlacedComplaint;
use crate::item::ninjs::{self, ParsedNinjs, Surroundings};
use crate::item::{Caption, Id};
use crate::publication::Section;
use crate::resource::Resource;
use crate::store::{EditableArticle, Received, Scope, file_name};

use super::problem::HandlerError;
use super::shape;

/// The article that a request is about.
pub(super) struct About<'a> {
    pub(super) id: Id,
    /// The article as it stands in the store; none where it is new.
    pub(super) stored: Option<&'a EditableArticle>,
    /// The text of which its slug may be made, from the Slug header.
    pub(super) hint: Option<&'a str>,
    /// The scope of the writer's token: what it may know of.
    pub(super) scope: &'a Scope,
}

pub(super) enum SubmittedItem {
    /// A JSON object with the keys of the item file.
    Item(Map<String, Value>),
    Ninjs {
        object: Map<String, Value>,
        /// The slug of the section for it, if the document names none.
        section: Option<String>,
    },
}

/// An item as an object with the keys of the item file, whatever the format in which it was sent.
pub(super) struct ItemKeys {
    pub(super) object: Map<String, Value>,
    pub(super) document: Document,
    pub(super) left_out: Vec<String>,
    /// Complaints from before the keys were read, such as those about ninjs.
    pub(super) complaints: Vec<PlacedComplaint>,
    /// The version of the item, where it is an agency's.
    pub(super) received: Option<Received>,
}

/// The document that was sent, where it was ninjs; none where it was JSON with the keys of the item file.
#[derive(Default)]
pub(super) struct Document(Option<Box<ParsedNinjs>>);

impl SubmittedItem {
    /// The object of the item, where it is a picture by itself.
    pub(super) fn picture(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Ninjs { object, .. } if ninjs::is_picture(object) => Some(object),
            _ => None,
        }
    }

    /// Reads the item that was sent. It reads the store.
    pub(super) fn take(self, site: &Site) -> Result<ItemKeys, HandlerError> {
        let (object, section) = match self {
            Self::Item(object) => return Ok(ItemKeys::of(object)),
            Self::Ninjs { object, section } => (object, section),
        };
        let publication = site.store.publication()?;
        let mut sections_by_name: HashMap<&str, &Section> = HashMap::new();
        for section in &publication.sections {
            sections_by_name.entry(&section.slug).or_insert(section);
            sections_by_name.entry(&section.title).or_insert(section);
        }
        let named = |name: &str| {
            let section = sections_by_name.get(name).copied();
            let section = section.or_else(|| publication.section_formerly(name));
            section.map(|section| section.slug.clone())
        };
        let photograph = |name: &str| photograph(site, name);
        let has_words = |name: &str| {
            let found = site.store.upload_named(name).ok().flatten();
            found.is_some_and(|upload| upload.caption_defaults.text.is_some())
        };
        let around = Surroundings {
            section: &named,
            photograph: &photograph,
            has_words: &has_words,
        };
        let mut read = ninjs::object(&object, &around);
        let named = read.object.get("section").and_then(Value::as_str);
        let received = Received {
            version: read.version.clone(),
            section: named.map(str::to_owned),
        };
        if let Some(section) = section {
            read.object
                .entry("section")
                .or_insert_with(|| json!(section));
        }
        Ok(ItemKeys {
            object: std::mem::take(&mut read.object),
            left_out: std::mem::take(&mut read.left_out),
            complaints: std::mem::take(&mut read.complaints),
            received: Some(received),
            document: Document(Some(Box::new(read))),
        })
    }
}

impl ItemKeys {
    pub(super) fn of(object: Map<String, Value>) -> Self {
        Self {
            object,
            document: Document::default(),
            left_out: Vec::new(),
            complaints: Vec::new(),
            received: None,
        }
    }

    /// Keeps of the article that is there what no item alters: when it was first published, and where it is filed unless
    /// the item names another section than `before`.
    pub(super) fn follow(
        &mut self,
        site: &Site,
        known: &EditableArticle,
        before: Option<&str>,
    ) -> Result<(), HandlerError> {
        self.keep_published(known, (site.clock)());
        let named = self.received.as_ref();
        let named = named.and_then(|received| received.section.as_deref());
        let is_moved = named.is_some() && named != before;
        // The section of a withdrawn article may have been removed.
        let is_there = site.store.publication()?.section(&known.section).is_some();
        if !is_moved && is_there {
            self.object
                .insert("section".to_owned(), json!(known.section));
        }
        Ok(())
    }

    /// An update never moves the date of publication: what the item says of it is when it was updated.
    pub(super) fn keep_published(&mut self, known: &EditableArticle, now: DateTime<Utc>) {
        let Some(received) = &self.received else {
            return;
        };
        let was = shape::writable(known);
        let first = known.article.published;
        // An invalid date stays, so that it is refused.
        let is_date = |value: &Value| {
            let text = value.as_str().unwrap_or_default();
            DateTime::parse_from_rfc3339(text).is_ok()
        };
        let created = received.version.created;
        match created.filter(|created| *created > first) {
            Some(created) => {
                let created = shape::moment(created);
                self.object.insert("updated".to_owned(), json!(created));
            }
            None if self.object.get("updated").is_some_and(is_date) => {
                self.object.remove("updated");
            }
            None => {}
        }
        let until = self.object.get("embargo_until").and_then(Value::as_str);
        let until = until.and_then(|until| DateTime::parse_from_rfc3339(until).ok());
        let is_over = until.is_none_or(|until| until <= now);
        let is_wrong = self
            .object
            .get("published")
            .is_some_and(|value| !is_date(value));
        let mut keep = |key: &str| match was.get(key) {
            Some(value) => drop(self.object.insert(key.to_owned(), value.clone())),
            None => drop(self.object.remove(key)),
        };
        if !is_wrong {
            keep("published");
        }
        // An embargo that is over counts for the date, too; a new one is refused where the article is public.
        if is_over && known.stored.is_some() {
            keep("embargo_until");
        }
    }

    pub(super) fn id(&self) -> Option<Id> {
        self.object.get("id")?.as_str().and_then(Id::parse)
    }
}

impl Document {
    /// The text in the document of which a slug may be made, if there is one.
    pub(super) fn slug(&self) -> Option<&str> {
        self.0.as_ref()?.slug.as_deref()
    }

    /// Gives each caption an id by the uri of its picture, so that it is the same caption in the next version, whatever is
    /// said of it then. One that is known by its text or its photograph keeps the id that it has.
    pub(super) fn name_captions(&self, object: &mut Map<String, Value>, about: &About<'_>) {
        let Some(read) = &self.0 else { return };
        let known = about
            .stored
            .map_or(&[][..], |known| &known.article.captions);
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let captions = object.get_mut("captions").and_then(Value::as_array_mut);
        for (caption, uri) in captions.into_iter().flatten().zip(&read.pictures) {
            let (Value::Object(caption), Some(uri)) = (caption, uri) else {
                continue;
            };
            if caption.contains_key("id") {
                continue;
            }
            let number = counts.entry(uri).or_default();
            let id = about.id.derive(&format!("picture/{number}/{uri}"));
            *number += 1;
            let text = |key: &str| caption.get(key).and_then(Value::as_str);
            let is_like = |known: &Caption| {
                let name = known.image.as_ref().map(|image| image.name.as_str());
                Some(&*known.text) == text("text") || (name.is_some() && name == text("image"))
            };
            let is_known = known.iter().any(|known| known.id == Some(id));
            if is_known || !known.iter().any(is_like) {
                caption.insert("id".to_owned(), json!(id));
            }
        }
    }

    /// The complaints with the names of fields in the document that was sent.
    pub(super) fn of_document(&self, complaints: Vec<PlacedComplaint>) -> Vec<PlacedComplaint> {
        let Some(read) = &self.0 else {
            return complaints;
        };
        let complaints = complaints.into_iter();
        complaints
            .map(|(pointer, complaint)| (read.origin(&pointer), complaint))
            .collect()
    }
}

/// The name of the photograph that was uploaded under that name, or that is served at that address.
fn photograph(site: &Site, name: &str) -> Option<String> {
    let found = match name.strip_prefix(site.base.as_str()) {
        None => match site.store.upload_called(name) {
            // An agency names the file by its whole address, and its uploader by its own name.
            Ok(None) => file_name(name).map_or(Ok(None), |name| site.store.upload_called(name)),
            found => found,
        },
        Some(path) => match Resource::parse(path) {
            Some(Resource::Media { hash, .. }) => site.store.upload_of(&hash),
            _ => return None,
        },
    };
    found.ok().flatten().map(|upload| upload.name)
}
