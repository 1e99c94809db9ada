//! Associated pictures as captions. Their files are not fetched: a caption has the photograph that was uploaded before.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::concept::{byline, source};
use super::node::{Node, Notes, words};
use super::{Read, Surroundings};
use crate::item::Id;
use crate::item::file::EBU_ROLES;

/// What pictures are called.
const PICTURES: &[&str] = &["picture", "graphic"];

/// The roles of a description that stands for a picture with those who do not see it.
const ALTS: &[&str] = &["alt", "alttext", "alt-text", "accessibility"];

/// A photograph that a caption has, and where its files lie: the text may show it by any of them.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) addresses: Vec<String>,
    /// What its caption says.
    pub(super) said: String,
}

/// Reads the associations; gives the photographs that the captions have.
pub(super) fn captions(
    node: &Node<'_>,
    around: &Surroundings<'_>,
    notes: &mut Notes,
    read: &mut Read,
) -> Vec<Shown> {
    let mut captions = Vec::new();
    let mut shown = Vec::new();
    for (key, association) in node.nodes("associations", notes) {
        let name = association.text("name", notes).map(|(name, _)| name);
        let name = name.or_else(|| key.map(str::to_owned)).unwrap_or_default();
        let kind = association.text("type", notes).map(|(kind, _)| kind);
        let is_picture = match &kind {
            Some(kind) => PICTURES.contains(&kind.as_str()),
            None => association.field("renditions").is_some(),
        };
        if !is_picture {
            let kind = kind.as_deref().unwrap_or("no type");
            notes
                .left_out
                .push(format!("the association {name:?} ({kind})"));
            continue;
        }
        let status = association.text("pubstatus", notes);
        if let Some((status, _)) = status.filter(|(status, _)| status != "usable") {
            notes
                .left_out
                .push(format!("the picture {name:?} ({status})"));
            continue;
        }
        let Some((caption, image)) = caption(&association, &name, around, notes) else {
            let why = "without a caption";
            notes.left_out.push(format!("the picture {name:?} ({why})"));
            continue;
        };
        shown.extend(image);
        let place = captions.len();
        let origin = (format!("/captions/{place}"), association.at().to_owned());
        read.origins.push(origin);
        captions.push(Value::Object(caption));
    }
    if !captions.is_empty() {
        let at = node.field("associations").map(|(_, at)| at);
        read.take("captions", at.map(|at| (Value::Array(captions), at)));
    }
    shown
}

fn caption(
    picture: &Node<'_>,
    name: &str,
    around: &Surroundings<'_>,
    notes: &mut Notes,
) -> Option<(Map<String, Value>, Option<Shown>)> {
    let mut caption = Map::new();
    let said = descriptions(picture, notes);
    caption.insert("text".to_owned(), json!(said.text?));
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            caption.insert(key.to_owned(), json!(value));
        }
    };
    set("alt", said.alt);
    set("public_note", said.correction);
    let uri = picture.text("uri", notes).map(|(uri, _)| uri);
    set(
        "id",
        uri.filter(|uri| uri.starts_with("urn:uuid:") && Id::parse(uri).is_some()),
    );
    let (credit, role) = credit(picture, notes);
    set("credit", credit);
    set("role", role);
    set("source", source(picture, notes).map(|(source, _)| source));
    let terms: Vec<String> = ["copyrightnotice", "usageterms"]
        .iter()
        .filter_map(|name| picture.text(name, notes))
        .map(|(terms, _)| terms)
        .collect();
    set("usage_terms", (!terms.is_empty()).then(|| terms.join(" ")));
    // Of a picture it is taken as the end of its use: rather too early than too late.
    let ends = picture.text("expires", notes);
    if let Some((ends, at)) = ends {
        if DateTime::parse_from_rfc3339(&ends).is_err() {
            notes.refuse(
                at,
                "expires to be a date with time and zone, such as 2025-02-28T09:00:00+08:00",
                format!("{ends:?}"),
                "correct the value",
            );
        }
        set("usage_ends", Some(ends));
    }
    let addresses = addresses(picture, notes);
    let image = std::iter::once(name)
        .chain(addresses.iter().map(String::as_str))
        .find_map(|called| (around.photograph)(called));
    if image.is_none() && !addresses.is_empty() {
        let why = "its files, which are not fetched; upload one under that name";
        notes
            .left_out
            .push(format!("of the picture {name:?}: {why}"));
    }
    set("image", image.clone());
    let said = caption
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let said = said.to_owned();
    let shown = image.map(|name| Shown {
        name,
        addresses,
        said,
    });
    Some((caption, shown))
}

/// What is said of a picture.
#[derive(Default)]
struct Said {
    /// Below it.
    text: Option<String>,
    /// In its place.
    alt: Option<String>,
    correction: Option<String>,
}

fn descriptions(picture: &Node<'_>, notes: &mut Notes) -> Said {
    let mut told = Said::default();
    for (_, description) in picture.nodes("descriptions", notes) {
        let role = description.text("role", notes).map(|(role, _)| role);
        let role = role.unwrap_or_default().to_ascii_lowercase();
        let Some((value, at)) = description.field("value") else {
            continue;
        };
        let Value::String(said) = description.words(value, notes) else {
            notes.refuse(at, "value to be text", "another value", "correct the value");
            continue;
        };
        if said.trim().is_empty() {
            continue;
        }
        if ALTS.contains(&role.as_str()) {
            told.alt = Some(said);
        } else if role == "correction" {
            told.correction = Some(said);
        } else if told.text.is_none() || role == "caption" {
            told.text = Some(said);
        }
    }
    let mut text = |name: &str| picture.text(name, notes).map(|(text, _)| text);
    let plain = told.text.or_else(|| text("description_text"));
    told.text = plain
        .or_else(|| text("description_xhtml").map(|html| words(&html)))
        .or_else(|| text("description_html").map(|html| words(&html)))
        .or_else(|| text("headline"))
        .filter(|caption| !caption.is_empty());
    told.alt = told.alt.or_else(|| text("alttext"));
    told
}

/// Who made the picture, and what they did.
fn credit(picture: &Node<'_>, notes: &mut Notes) -> (Option<String>, Option<String>) {
    for (_, person) in picture.nodes("people", notes) {
        let rel = person.text("rel", notes).map(|(rel, _)| rel);
        let role = rel.filter(|rel| EBU_ROLES.contains(&rel.as_str()));
        if let (Some((name, _)), Some(role)) = (person.text("name", notes), role) {
            let is_told = role != crate::item::DEFAULT_ROLE;
            return (Some(name), is_told.then_some(role));
        }
    }
    (byline(picture, notes).map(|(by, _)| by), None)
}

fn addresses(picture: &Node<'_>, notes: &mut Notes) -> Vec<String> {
    let renditions = picture.nodes("renditions", notes);
    let hrefs = renditions
        .iter()
        .filter_map(|(_, rendition)| rendition.text("href", notes));
    hrefs.map(|(href, _)| href).collect()
}
