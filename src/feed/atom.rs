//! Atom (RFC 4287) with Media RSS, tombstones (RFC 6721) and feed history (RFC 5005).
//!
//! This module makes up for limits of `atom_syndication`, which writes an XML declaration without the encoding, a feed's
//! extensions after the entries, where validators want metadata first, and the attributes of extensions unescaped. So the
//! crate writes two documents, one with the head and one with the entries, which [`join`] puts together behind
//! [`PROLOGUE`], and [`attribute`] escapes.

use std::collections::BTreeMap;

use atom_syndication as atom;
use atom_syndication::extension::{Extension, ExtensionMap};
use chrono::{DateTime, FixedOffset, Utc};

use crate::resource::Format;

use super::extension::{DCTERMS, Element, HISTORY, MEDIA, TOMBSTONES, media, played, rfc3339};
use super::{Entry, Feed, PROLOGUE};

pub(super) fn render(feed: &Feed) -> Vec<u8> {
    let mut extensions = ExtensionMap::new();
    if feed.history.segment.is_some() {
        add(&mut extensions, Element::new("fh", "archive"));
    }
    if feed.complete {
        add(&mut extensions, Element::new("fh", "complete"));
    }
    for tombstone in &feed.tombstones {
        let gone = Element::new("at", "deleted-entry").with("ref", &tombstone.iri);
        add(&mut extensions, gone.with("when", rfc3339(tombstone.when)));
    }
    let entries: Vec<atom::Entry> = feed.entries.iter().map(|made| entry(made)).collect();
    let namespaces = namespaces(&extensions, &entries);
    let mut links = vec![
        link(
            "self",
            feed.self_url(Format::Atom),
            Format::Atom.media_type(),
        ),
        link("alternate", feed.page_url(), "text/html"),
    ];
    let history = feed.history_links(Format::Atom).into_iter();
    links.extend(history.map(|(rel, href)| link(rel, href, Format::Atom.media_type())));
    let head = atom::Feed {
        title: atom::Text::plain(feed.title.clone()),
        id: feed.id.to_string(),
        updated: fixed(feed.updated),
        authors: vec![person(&feed.publisher)],
        generator: Some(atom::Generator {
            value: "Courant".to_owned(),
            uri: None,
            version: None,
        }),
        links,
        logo: feed.logo.as_ref().map(|logo| logo.url.clone()),
        rights: feed
            .rights
            .as_ref()
            .map(|rights| atom::Text::plain(rights.to_string())),
        subtitle: feed.subtitle.clone().map(atom::Text::plain),
        lang: Some(feed.language.to_string()),
        extensions,
        namespaces,
        ..atom::Feed::default()
    };
    let tail = atom::Feed {
        entries,
        ..atom::Feed::default()
    };
    join(&element(&head), &element(&tail)).into_bytes()
}

/// The feed as the crate writes it, without an XML declaration.
fn element(feed: &atom::Feed) -> String {
    let config = atom::WriteConfig {
        write_document_declaration: false,
        indent_size: None,
    };
    // Writing to memory cannot fail, and the crate writes text alone.
    let bytes = feed.write_with_config(Vec::new(), config);
    String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
}

/// Puts the entries of `tail` behind the head and extensions of `head`.
fn join(head: &str, tail: &str) -> String {
    const END: &str = "</feed>";
    let mut joined = String::with_capacity(PROLOGUE.len() + head.len() + tail.len());
    joined.push_str(PROLOGUE);
    // Within text `<` is escaped, so the first of these is markup.
    match (head.strip_suffix(END), tail.find("<entry>")) {
        (Some(head), Some(first)) => {
            joined.push_str(head);
            joined.push_str(tail.get(first..).unwrap_or(END));
        }
        _ => joined.push_str(head),
    }
    joined
}

fn namespaces(feed: &ExtensionMap, entries: &[atom::Entry]) -> BTreeMap<String, String> {
    let uses = |prefix: &str| {
        feed.contains_key(prefix)
            || entries
                .iter()
                .any(|entry| entry.extensions.contains_key(prefix))
    };
    [
        ("at", TOMBSTONES),
        ("dcterms", DCTERMS),
        ("fh", HISTORY),
        ("media", MEDIA),
    ]
    .into_iter()
    .filter(|(prefix, _)| uses(prefix))
    .map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()))
    .collect()
}

fn entry(entry: &Entry) -> atom::Entry {
    let mut extensions = ExtensionMap::new();
    let mut links = vec![link("alternate", entry.url.clone(), "text/html")];
    if let Some(canonical) = &entry.canonical {
        // The validator knows no rel=canonical in feeds; via is where it came from (RFC 4287 §4.2.7.2).
        links.push(link("via", canonical.to_string(), "text/html"));
    }
    if let Some((id, url)) = &entry.part_of {
        links.push(link("up", url.clone(), "text/html"));
        add(
            &mut extensions,
            Element::text("dcterms", "isPartOf", &id.iri),
        );
    }
    for photo in &entry.photographs {
        add(&mut extensions, media(photo));
        if entry.encloses {
            links.push(atom::Link {
                length: Some(photo.file.bytes.to_string()),
                ..link("enclosure", photo.url.clone(), photo.file.kind.media_type())
            });
        }
    }
    for attachment in &entry.attachments {
        add(&mut extensions, played(attachment));
        links.push(atom::Link {
            length: attachment.bytes.map(|bytes| bytes.to_string()),
            title: attachment.title.as_ref().map(ToString::to_string),
            ..link(
                "enclosure",
                attachment.url.to_string(),
                &attachment.media_type,
            )
        });
    }
    let lang = entry.language.as_ref().map(ToString::to_string);
    let text = |value: &str| atom::Text {
        lang: lang.clone(),
        ..atom::Text::plain(value)
    };
    atom::Entry {
        title: text(&entry.title),
        id: entry.id.iri.clone(),
        updated: fixed(entry.updated),
        authors: entry.authors.iter().map(|name| person(name)).collect(),
        categories: entry
            .categories
            .iter()
            .map(|category| atom::Category {
                term: category.term.clone(),
                scheme: Some(category.scheme.clone()),
                label: Some(category.label.clone()),
            })
            .collect(),
        contributors: entry.contributors.iter().map(|name| person(name)).collect(),
        links,
        published: Some(fixed(entry.published)),
        rights: entry.rights.as_ref().map(|rights| text(rights)),
        source: None,
        summary: Some(text(&entry.summary)),
        content: Some(atom::Content {
            base: None,
            lang: lang.clone(),
            value: Some(entry.html.clone()),
            src: None,
            content_type: Some("html".to_owned()),
        }),
        extensions,
        ..atom::Entry::default()
    }
}

fn person(name: &str) -> atom::Person {
    atom::Person {
        name: name.to_owned(),
        ..atom::Person::default()
    }
}

fn link(rel: &str, href: String, media_type: &str) -> atom::Link {
    atom::Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(media_type.to_owned()),
        ..atom::Link::default()
    }
}

fn fixed(moment: DateTime<Utc>) -> DateTime<FixedOffset> {
    moment.fixed_offset()
}

/// The crate writes attributes of extensions as they come.
fn attribute(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn extension(element: Element) -> Extension {
    let mut children: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    let name = element.name();
    for child in element.children {
        children
            .entry(child.local.to_owned())
            .or_default()
            .push(extension(child));
    }
    let attributes = element.attributes.into_iter();
    Extension {
        name,
        value: element.value,
        attrs: attributes
            .map(|(key, value)| (key.to_owned(), attribute(&value)))
            .collect(),
        children,
    }
}

fn add(extensions: &mut ExtensionMap, element: Element) {
    let prefixed = extensions.entry(element.prefix.to_owned()).or_default();
    prefixed
        .entry(element.local.to_owned())
        .or_default()
        .push(extension(element));
}
