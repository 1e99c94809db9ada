//! The rules of ninjs 3.1, as far as documents of Courant come near them: which keys there are, and what each may hold.
#![allow(dead_code)]

use courant::item::html::Url;
use serde_json::Value;

pub enum Rule {
    Text,
    /// A URI (RFC 3986).
    Uri,
    /// A date with time and zone (RFC 3339).
    Moment,
    Number,
    OneOf(&'static [&'static str]),
    List(&'static Rule),
    Object(&'static Keys),
}

/// An object has no other keys than these, and all of the needed ones.
pub struct Keys {
    known: &'static [(&'static str, Rule)],
    needed: &'static [&'static str],
}

use Rule::{List, Moment, Number, Object, OneOf, Text, Uri};

/// Of descriptions, headlines and bodies.
const SAID: Keys = Keys {
    known: &[("role", Text), ("contentType", Text), ("value", Text)],
    needed: &["value"],
};

const BODY: Keys = Keys {
    known: &[
        ("role", Text),
        ("contentType", Text),
        ("charCount", Number),
        ("wordCount", Number),
        ("value", Text),
    ],
    needed: &["value"],
};

/// Of people and subjects.
const CONCEPT: Keys = Keys {
    known: &[
        ("name", Text),
        ("rel", Text),
        ("uri", Uri),
        ("literal", Text),
    ],
    needed: &[],
};

const SOURCE: Keys = Keys {
    known: &[
        ("name", Text),
        ("role", Text),
        ("uri", Uri),
        ("literal", Text),
    ],
    needed: &[],
};

const RENDITION: Keys = Keys {
    known: &[
        ("name", Text),
        ("href", Uri),
        ("contentType", Text),
        ("title", Text),
        ("width", Number),
        ("height", Number),
        ("sizeInBytes", Number),
        ("duration", Number),
    ],
    needed: &["name"],
};

const ALT_ID: Keys = Keys {
    known: &[("role", Text), ("value", Text)],
    needed: &[],
};

const STANDARD: Keys = Keys {
    known: &[("name", Text), ("version", Text), ("schema", Uri)],
    needed: &[],
};

const RIGHTS: Keys = Keys {
    known: &[("langId", Uri), ("encodedRights", Text)],
    needed: &["encodedRights"],
};

const ITEM: &[(&str, Rule)] = &[
    ("uri", Uri),
    (
        "type",
        OneOf(&[
            "text",
            "audio",
            "video",
            "picture",
            "graphic",
            "composite",
            "component",
            "event",
            "planning",
        ]),
    ),
    ("representationType", OneOf(&["full", "partial"])),
    ("profile", Text),
    ("version", Text),
    ("firstCreated", Moment),
    ("versionCreated", Moment),
    ("contentCreated", Moment),
    ("embargoedUntil", Moment),
    ("pubStatus", OneOf(&["usable", "withheld", "canceled"])),
    ("copyrightHolder", Text),
    ("copyrightNotice", Text),
    ("usageTerms", Text),
    ("edNote", Text),
    ("language", Text),
    ("descriptions", List(&Object(&SAID))),
    ("bodies", List(&Object(&BODY))),
    ("headlines", List(&Object(&SAID))),
    ("people", List(&Object(&CONCEPT))),
    ("subjects", List(&Object(&CONCEPT))),
    ("infoSources", List(&Object(&SOURCE))),
    ("title", Text),
    ("by", Text),
    ("slugline", Text),
    ("located", Text),
    ("renditions", List(&Object(&RENDITION))),
    ("altIds", List(&Object(&ALT_ID))),
    ("standard", Object(&STANDARD)),
    ("rightsInfo", Object(&RIGHTS)),
    ("expires", Moment),
];

/// Every fault of a document, with where it stands.
pub fn faults(ninjs: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    item(ninjs, "", false, &mut faults);
    faults
}

/// An item; one that is associated has a name besides, and may have a relation.
fn item(value: &Value, at: &str, is_associated: bool, faults: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        faults.push(format!("{at}: not an object"));
        return;
    };
    let needed: &[&str] = match is_associated {
        true => &["name", "uri"],
        false => &["uri"],
    };
    for key in needed.iter().filter(|key| !object.contains_key(**key)) {
        faults.push(format!("{at}: without {key}"));
    }
    for (key, value) in object {
        let at = format!("{at}/{key}");
        let rule = ITEM.iter().find(|(known, _)| known == key);
        match (rule, key.as_str()) {
            (Some((_, rule)), _) => check(value, rule, &at, faults),
            (None, "associations") => match value.as_array() {
                Some(items) => {
                    for (place, value) in items.iter().enumerate() {
                        item(value, &format!("{at}/{place}"), true, faults);
                    }
                }
                None => faults.push(format!("{at}: not a list")),
            },
            (None, "name" | "rel") if is_associated => check(value, &Text, &at, faults),
            _ => faults.push(format!("{at}: no such key")),
        }
    }
}

fn check(value: &Value, rule: &Rule, at: &str, faults: &mut Vec<String>) {
    let text = value.as_str();
    let is_good = match rule {
        Text => text.is_some(),
        Uri => text.is_some_and(|text| text.is_ascii() && Url::parse(text).is_ok()),
        Moment => text.is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()),
        Number => value.is_u64(),
        OneOf(known) => text.is_some_and(|text| known.contains(&text)),
        List(rule) => {
            let items = value.as_array().into_iter().flatten();
            for (place, value) in items.enumerate() {
                check(value, rule, &format!("{at}/{place}"), faults);
            }
            value.is_array()
        }
        Object(keys) => {
            for (key, value) in value.as_object().into_iter().flatten() {
                match keys.known.iter().find(|(known, _)| known == key) {
                    Some((_, rule)) => check(value, rule, &format!("{at}/{key}"), faults),
                    None => faults.push(format!("{at}/{key}: no such key")),
                }
            }
            keys.needed.iter().all(|key| value.get(key).is_some())
        }
    };
    if !is_good {
        faults.push(format!("{at}: not what it has to be: {value}"));
    }
}
