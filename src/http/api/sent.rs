//! An article as it was sent, in one of two forms, taken for the keys of the item file.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::http::Site;
use crate::item::Id;
use crate::item::json::PlacedComplaint;
use crate::item::ninjs::{self, Read, Surroundings};
use crate::publication::Section;
use crate::resource::Resource;

use super::problem::Failure;

pub(super) enum Sent {
    /// With the keys of the item file.
    Item(Map<String, Value>),
    Ninjs {
        object: Map<String, Value>,
        /// Where it is to be filed, if the document names no section.
        section: Option<String>,
    },
}

/// The keys of the item file, whatever was sent.
pub(super) struct Taken {
    pub(super) object: Map<String, Value>,
    pub(super) said: Document,
    pub(super) left_out: Vec<String>,
    /// What was wrong with it before the keys were looked at.
    pub(super) complaints: Vec<PlacedComplaint>,
}

/// What was sent, as far as it is another thing than the object made of it.
#[derive(Default)]
pub(super) struct Document(Option<Box<Read>>);

impl Sent {
    /// Reads what was sent. It looks into the store.
    pub(super) fn take(self, site: &Site) -> Result<Taken, Failure> {
        let (object, section) = match self {
            Self::Item(object) => return Ok(Taken::of(object)),
            Self::Ninjs { object, section } => (object, section),
        };
        let publication = site.store.publication()?;
        let mut called: HashMap<&str, &Section> = HashMap::new();
        for section in &publication.sections {
            called.entry(&section.slug).or_insert(section);
            called.entry(&section.title).or_insert(section);
        }
        let named = |name: &str| {
            let section = called.get(name).copied();
            let section = section.or_else(|| publication.section_formerly(name));
            section.map(|section| section.slug.clone())
        };
        let photograph = |called: &str| photograph(site, called);
        let around = Surroundings {
            section: &named,
            photograph: &photograph,
        };
        let mut read = ninjs::object(&object, &around);
        if let Some(section) = section {
            read.object
                .entry("section")
                .or_insert_with(|| json!(section));
        }
        Ok(Taken {
            object: std::mem::take(&mut read.object),
            left_out: std::mem::take(&mut read.left_out),
            complaints: std::mem::take(&mut read.complaints),
            said: Document(Some(Box::new(read))),
        })
    }
}

impl Taken {
    pub(super) fn of(object: Map<String, Value>) -> Self {
        Self {
            object,
            said: Document::default(),
            left_out: Vec::new(),
            complaints: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> Option<Id> {
        self.object.get("id")?.as_str().and_then(Id::parse)
    }
}

impl Document {
    /// What its address may be made of.
    pub(super) fn slug(&self) -> Option<&str> {
        self.0.as_ref()?.slug.as_deref()
    }

    /// The complaints with the fields that whoever sent it knows.
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
fn photograph(site: &Site, called: &str) -> Option<String> {
    let found = match called.strip_prefix(site.base.as_str()) {
        None => site.store.upload_named(called),
        Some(path) => match Resource::parse(path) {
            Some(Resource::Photograph { hash, .. }) => site.store.upload_of(&hash),
            _ => return None,
        },
    };
    found.ok().flatten().map(|upload| upload.name)
}
