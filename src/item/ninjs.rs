//! A ninjs document (IPTC, 1.x to 3.x) as the object that [`super::json`] reads.
//!
//! The generations differ in spelling: 3.x writes `pubStatus` and lists, 2.x `pubstatus` and lists, 1.x single texts
//! (`body_xhtml`, `headline`) and objects in place of lists. Keys are therefore compared without case, and each place
//! is looked for under all its names. Whatever else a document has is for others: the standard lets providers add keys.

mod concept;
mod node;
mod others;
mod picture;
mod policy;
mod prose;
mod role;
mod text;
mod version;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::json::PlacedComplaint;
use super::{Complaint, Id};

use node::{DocumentNotes, Node};

pub use version::ItemVersion;

/// The publication's sections and photographs, by which names in a ninjs document are resolved.
pub struct Surroundings<'s> {
    /// The slug of the section that has this slug or title.
    pub section: &'s dyn Fn(&str) -> Option<String>,
    /// The name of the uploaded photograph that has this name, or to which this address leads.
    pub photograph: &'s dyn Fn(&str) -> Option<String>,
    /// Whether a text is known that may stand below the photograph with this name.
    pub has_words: &'s dyn Fn(&str) -> bool,
}

/// A document as it was understood.
#[derive(Debug, Default)]
pub struct ParsedNinjs {
    pub object: Map<String, Value>,
    pub complaints: Vec<PlacedComplaint>,
    /// The text of which the article's slug may be made.
    pub slug: Option<String>,
    /// The names of fields that are no part of the article.
    pub left_out: Vec<String>,
    pub version: ItemVersion,
    /// The names of the captions' pictures, in their order.
    pub pictures: Vec<Option<String>>,
    origins: Vec<(String, String)>,
}

impl ParsedNinjs {
    fn take(&mut self, key: &str, found: Option<(Value, String)>) {
        if let Some((value, origin)) = found {
            self.object.insert(key.to_owned(), value);
            self.origins.push((format!("/{key}"), origin));
        }
    }

    /// Where in the document stands what the object has at `pointer`.
    pub fn origin(&self, pointer: &str) -> String {
        let within = |key: &str| {
            pointer
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let known = self.origins.iter().filter(|(key, _)| within(key));
        match known.max_by_key(|(key, _)| key.len()) {
            Some((_, origin)) => origin.clone(),
            None => String::new(),
        }
    }
}

/// A document that is a picture by itself.
#[derive(Debug, Default)]
pub struct Picture {
    pub uri: String,
    /// The addresses of its files.
    pub addresses: Vec<String>,
    /// The texts and rights of the picture, under the keys of a caption.
    pub object: Map<String, Value>,
    pub version: ItemVersion,
    pub complaints: Vec<PlacedComplaint>,
    pub left_out: Vec<String>,
}

/// Whether `ninjs` is a picture by itself.
pub fn is_picture(ninjs: &Map<String, Value>) -> bool {
    let kind = Node::top(ninjs).field("type");
    let kind = kind.and_then(|(value, _)| value.as_str());
    kind.is_some_and(|kind| picture::PICTURES.contains(&kind.trim()))
}

/// Reads `ninjs` as a picture. Its files are not fetched.
pub fn picture(ninjs: &Map<String, Value>) -> Picture {
    let mut notes = DocumentNotes::default();
    let node = Node::top(ninjs);
    status(&node, &mut notes);
    let version = ItemVersion::of(&node, &mut notes);
    let uri = required_uri(&node, &mut notes);
    let object = picture::words(&node, "", &mut notes);
    let addresses = picture::addresses(&node, &mut notes);
    others::tell_of_picture(&node, &mut notes);
    Picture {
        uri: uri.map(|(uri, _)| uri).unwrap_or_default(),
        addresses,
        object,
        version,
        complaints: notes.complaints,
        left_out: notes.left_out,
    }
}

/// Reads `ninjs` as an article. A value that is not understood draws a complaint, here or from the parser that it is
/// passed on to.
pub fn object(ninjs: &Map<String, Value>, around: &Surroundings<'_>) -> ParsedNinjs {
    let mut notes = DocumentNotes::default();
    let node = Node::top(ninjs);
    let mut read = ParsedNinjs::default();
    status(&node, &mut notes);
    kind(&node, &mut notes);
    read.version = ItemVersion::of(&node, &mut notes);
    identity(&node, &mut notes, &mut read);
    text::headlines(&node, &mut notes, &mut read);
    dates(&node, &mut read);
    for (key, names) in [
        ("language", &["language"][..]),
        ("dateline", &["located"]),
        ("note", &["ednote"]),
    ] {
        let found = node.first(names).map(|(value, at)| (value.clone(), at));
        read.take(key, found);
    }
    concept::people(&node, &mut notes, &mut read);
    concept::subjects(&node, around, &mut notes, &mut read);
    concept::rights(&node, &mut notes, &mut read);
    let pictures = picture::captions(&node, around, &mut notes, &mut read);
    text::body_and_deck(&node, (around, &pictures), &mut notes, &mut read);
    note_once(&mut read);
    others::tell(&node, &mut notes);
    read.complaints = notes.complaints;
    read.left_out = notes.left_out;
    read
}

/// Refuses a document whose `pubstatus` is not `usable`: it is not to be published.
fn status(node: &Node<'_>, notes: &mut DocumentNotes) {
    if let Some((status, at)) = node.text("pubstatus", notes)
        && status != "usable"
    {
        let advice = match status.as_str() {
            "canceled" | "cancelled" => {
                "what is published is taken back by POST /api/v1/articles/{id}/retract, or for good by …/kill"
            }
            "withheld" => {
                "what is published is withheld by POST /api/v1/articles/{id}/withhold; send the rest when it is usable"
            }
            _ => "correct the value",
        };
        notes.refuse(at, "pubstatus to be usable", format!("{status:?}"), advice);
    }
}

fn kind(node: &Node<'_>, notes: &mut DocumentNotes) {
    if let Some((kind, at)) = node.text("type", notes) {
        let has_body = text::has_body(node);
        let is_text = kind == "text" || kind == "composite" && has_body;
        if !is_text {
            notes.refuse(
                at,
                "an item of type text",
                format!("{kind:?}"),
                "send articles with their pictures as associations, or items of type picture",
            );
        }
    }
}

fn required_uri(node: &Node<'_>, notes: &mut DocumentNotes) -> Option<(String, String)> {
    let uri = node.text("uri", notes);
    if uri.is_none() && node.field("uri").is_none() {
        notes.refuse(
            "/uri".to_owned(),
            "the key uri",
            "none",
            "every ninjs document names what it is of",
        );
    }
    uri
}

/// The id of the article where it is a UUID, else the guid by which readers know it.
fn identity(node: &Node<'_>, notes: &mut DocumentNotes, read: &mut ParsedNinjs) {
    let uri = required_uri(node, notes);
    let mut slug = node.text("slugline", notes).map(|(slugline, _)| slugline);
    for (role, value, at) in node.named_values("altids", "role", "value", notes) {
        match role.as_str() {
            "slug" => slug = Some(value),
            "guid" => read.take("guid", Some((json!(value), at))),
            "id" if Id::parse(&value).is_some() => read.take("id", Some((json!(value), at))),
            _ => {}
        }
    }
    read.slug = slug;
    if let Some((uri, at)) = uri {
        let is_own = uri.starts_with("urn:uuid:") && Id::parse(&uri).is_some();
        read.take(if is_own { "id" } else { "guid" }, Some((json!(uri), at)));
    }
}

/// The dates: first created is first published (IPTC, since 1.2); a later version is an update.
fn dates(node: &Node<'_>, read: &mut ParsedNinjs) {
    let names = ["firstcreated", "versioncreated", "contentcreated"];
    let found = node.first(&names).map(|(value, at)| (value.clone(), at));
    let moment = |value: &Value| {
        let text = value.as_str()?;
        DateTime::parse_from_rfc3339(text).ok()
    };
    let published = found.as_ref().and_then(|(value, _)| moment(value));
    if let Some((version, at)) = node.field("versioncreated") {
        // An invalid date is passed on, so that it is refused.
        let is_later = moment(version).is_none_or(|version| Some(version) > published);
        if is_later && found.as_ref().is_some_and(|(_, of)| *of != at) {
            read.take("updated", Some((version.clone(), at)));
        }
    }
    read.take("published", found);
    let embargo = node.first(&["embargoeduntil", "embargoed"]);
    read.take(
        "embargo_until",
        embargo.map(|(value, at)| (value.clone(), at)),
    );
}

/// Removes the note to editors where it is the same as the public note.
fn note_once(read: &mut ParsedNinjs) {
    if read.object.get("note") == read.object.get("public_note") {
        read.object.remove("note");
    }
}

impl DocumentNotes {
    fn refuse(
        &mut self,
        at: String,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let complaint = Complaint::refused(None, expected, found, advice);
        self.complaints.push((at, complaint));
    }
}
