//! RSS 2.0 with Media RSS, Dublin Core terms and Atom links.

use std::collections::BTreeMap;
use std::io::{self, Write};

use maud::html;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Image, Item};

use crate::resource::Format;

use super::extension::{
    ATOM, CONTENT, DC, DCTERMS, Element, HISTORY, MEDIA, media, played, rfc822, rfc3339,
};
use super::{Entry, Feed, PROLOGUE};

/// Readers may ask again after this many minutes: the age that responses name, in the unit of RSS.
const TTL_MINUTES: &str = "5";

/// The widest and tallest that a channel's image may be (RSS 2.0, `<image>`).
const MAX_IMAGE: (u32, u32) = (144, 400);

pub(super) fn render(feed: &Feed) -> Vec<u8> {
    let mut extensions = ExtensionMap::new();
    let link = Element::new("atom", "link")
        .with("href", feed.self_url(Format::Rss))
        .with("rel", "self")
        .with("type", Format::Rss.media_type());
    add(&mut extensions, link);
    for (rel, href) in feed.history_links(Format::Rss) {
        let link = Element::new("atom", "link").with("href", href);
        add(
            &mut extensions,
            link.with("rel", rel).with("type", Format::Rss.media_type()),
        );
    }
    if feed.history.segment.is_some() {
        add(&mut extensions, Element::new("fh", "archive"));
    }
    if feed.complete {
        add(&mut extensions, Element::new("fh", "complete"));
    }
    let mut channel = Channel {
        title: feed.title.clone(),
        link: feed.page_url(),
        description: feed.subtitle.clone().unwrap_or_else(|| feed.title.clone()),
        language: Some(feed.language.to_string()),
        copyright: feed.rights.as_ref().map(ToString::to_string),
        last_build_date: Some(rfc822(feed.updated)),
        ttl: Some(TTL_MINUTES.to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        generator: Some("Courant".to_owned()),
        image: image(feed),
        extensions,
        items: feed.entries.iter().map(|entry| item(entry)).collect(),
        ..Channel::default()
    };
    channel.namespaces = namespaces(&channel);
    // Writing into memory cannot fail.
    let written = channel.write_to(Document::new());
    written.map(|document| document.bytes).unwrap_or_default()
}

/// Takes what the crate writes, and puts `&` and `<` as references by number, not by name: readers that take a title for HTML
/// leave those alone, and validators know by them that `<` in plain text is meant (RSS profile of the RSS Advisory Board).
/// The crate can only write names. It writes each text, each tag and each mark that begins or ends something as one piece.
struct Document {
    bytes: Vec<u8>,
    within: Within,
}

/// The element that the next piece of the document belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// The crate begins with a declaration of its own, in place of which the prologue stands.
    Declaration,
    Element,
    /// CDATA has no references.
    Data,
}

impl Document {
    fn new() -> Self {
        Self {
            bytes: PROLOGUE.as_bytes().to_vec(),
            within: Within::Declaration,
        }
    }

    fn refer_by_number(&mut self, piece: &[u8]) {
        let mut parts = piece.split(|byte| *byte == b'&');
        self.bytes.extend(parts.next().unwrap_or_default());
        for part in parts {
            let (reference, rest) = match (part.strip_prefix(b"amp;"), part.strip_prefix(b"lt;")) {
                (Some(rest), _) => ("&#x26;", rest),
                (_, Some(rest)) => ("&#x3C;", rest),
                _ => ("&", part),
            };
            self.bytes.extend(reference.as_bytes());
            self.bytes.extend(rest);
        }
    }
}

impl Write for Document {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match (self.within, piece) {
            (Within::Declaration, b"?>") => self.within = Within::Element,
            (Within::Declaration, _) => {}
            (Within::Element, b"<![CDATA[") => {
                self.bytes.extend(piece);
                self.within = Within::Data;
            }
            (Within::Element, _) => self.refer_by_number(piece),
            (Within::Data, _) => {
                self.bytes.extend(piece);
                if piece == b"]]>" {
                    self.within = Within::Element;
                }
            }
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Only what the document uses: validators warn of any other.
fn namespaces(channel: &Channel) -> BTreeMap<String, String> {
    let uses = |prefix: &str| {
        channel.extensions.contains_key(prefix)
            || channel
                .items
                .iter()
                .any(|item| item.extensions.contains_key(prefix))
    };
    [
        ("atom", ATOM),
        ("dc", DC),
        ("dcterms", DCTERMS),
        ("fh", HISTORY),
        ("media", MEDIA),
    ]
    .into_iter()
    .filter(|(prefix, _)| uses(prefix))
    .chain((!channel.items.is_empty()).then_some(("content", CONTENT)))
    .map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()))
    .collect()
}

fn image(feed: &Feed) -> Option<Image> {
    let logo = feed.logo.as_ref()?;
    let (width, height) = logo
        .size
        .filter(|(width, height)| *width <= MAX_IMAGE.0 && *height <= MAX_IMAGE.1)?;
    Some(Image {
        url: logo.url.clone(),
        // The image is the channel's own: same title, same link.
        title: feed.title.clone(),
        link: feed.page_url(),
        width: Some(width.to_string()),
        height: Some(height.to_string()),
        description: None,
    })
}

fn item(entry: &Entry) -> Item {
    let mut extensions = ExtensionMap::new();
    for author in &entry.authors {
        add(&mut extensions, Element::text("dc", "creator", author));
    }
    for contributor in &entry.contributors {
        add(
            &mut extensions,
            Element::text("dc", "contributor", contributor),
        );
    }
    if let Some(language) = &entry.language {
        add(&mut extensions, Element::text("dc", "language", language));
    }
    if entry.was_updated {
        add(
            &mut extensions,
            Element::text("dcterms", "modified", &rfc3339(entry.updated)),
        );
    }
    if let Some(rights) = &entry.rights {
        add(&mut extensions, Element::text("dc", "rights", rights));
    }
    if let Some(canonical) = &entry.canonical {
        // RSS's own source names a feed, not a page.
        let link = Element::new("atom", "link")
            .with("href", &**canonical)
            .with("rel", "via");
        add(&mut extensions, link.with("type", "text/html"));
    }
    if let Some((id, url)) = &entry.part_of {
        add(
            &mut extensions,
            Element::text("dcterms", "isPartOf", &id.guid),
        );
        let link = Element::new("atom", "link")
            .with("href", url)
            .with("rel", "up");
        add(&mut extensions, link.with("type", "text/html"));
    }
    for photo in &entry.photographs {
        add(&mut extensions, media(photo));
    }
    for attachment in &entry.attachments {
        add(&mut extensions, played(attachment));
    }
    Item {
        title: Some(entry.title.clone()),
        link: Some(entry.url.clone()),
        description: Some(markup(&entry.summary)),
        categories: entry
            .categories
            .iter()
            .map(|category| Category {
                name: category.label.clone(),
                domain: Some(category.scheme.clone()),
            })
            .collect(),
        enclosure: enclosure(entry),
        guid: Some(Guid {
            value: entry.id.guid.clone(),
            permalink: false,
        }),
        pub_date: Some(rfc822(entry.published)),
        content: Some(entry.html.clone()),
        extensions,
        ..Item::default()
    }
}

/// RSS has one at most: the photograph that is the item, else the first that plays. An unknown length is 0.
fn enclosure(entry: &Entry) -> Option<Enclosure> {
    let photo = entry.photographs.first().filter(|_| entry.encloses);
    let photo = photo.map(|photo| Enclosure {
        url: photo.url.clone(),
        length: photo.file.bytes.to_string(),
        mime_type: photo.file.kind.media_type().to_owned(),
    });
    photo.or_else(|| {
        let first = entry.attachments.first()?;
        Some(Enclosure {
            url: first.url.to_string(),
            length: first.bytes.unwrap_or(0).to_string(),
            mime_type: first.media_type.to_string(),
        })
    })
}

/// Text as HTML: that is what readers take an item's description for, and `nitrate <5 mg` would lose its end.
fn markup(text: &str) -> String {
    html! { (text) }.into_string()
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
            .map(|(key, value)| (key.to_owned(), value))
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
