//! Elements of other namespaces, as both XML formats say them; each format hands them to its crate.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::content::Photo;
use crate::item::Attachment;

pub(super) const ATOM: &str = "http://www.w3.org/2005/Atom";
pub(super) const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
pub(super) const DC: &str = "http://purl.org/dc/elements/1.1/";
pub(super) const DCTERMS: &str = "http://purl.org/dc/terms/";
pub(super) const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// The slash belongs to it.
pub(super) const MEDIA: &str = "http://search.yahoo.com/mrss/";
pub(super) const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// An element with a prefix.
pub(super) struct Element {
    pub(super) prefix: &'static str,
    pub(super) local: &'static str,
    pub(super) value: Option<String>,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn new(prefix: &'static str, local: &'static str) -> Self {
        Self {
            prefix,
            local,
            value: None,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    pub(super) fn text(prefix: &'static str, local: &'static str, value: &str) -> Self {
        Self {
            value: Some(value.to_owned()),
            ..Self::new(prefix, local)
        }
    }

    pub(super) fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((attribute, value.into()));
        self
    }

    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.prefix, self.local)
    }
}

/// A moment by RFC 3339, with as many digits of the second as it has.
pub(super) fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A moment by RFC 822, with the two digits of the day that the grammar asks for.
pub(super) fn rfc822(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A photograph as Media RSS says it.
pub(super) fn media(photo: &Photo) -> Element {
    let file = &photo.file;
    let mut content = Element::new("media", "content")
        .with("url", &photo.url)
        .with("type", file.kind.media_type())
        .with("medium", "image")
        .with("width", file.width.to_string())
        .with("height", file.height.to_string())
        .with("fileSize", file.bytes.to_string());
    let plain = |local, text: &str| Element::text("media", local, text).with("type", "plain");
    let credit = |role: &str, name: &str| {
        Element::text("media", "credit", name)
            .with("role", role)
            .with("scheme", "urn:ebu")
    };
    content.children.push(plain("title", &photo.title));
    content.children.push(plain("description", &photo.caption));
    content
        .children
        .extend(photo.credit.iter().map(|name| credit(&photo.role, name)));
    content.children.extend(
        photo
            .source
            .iter()
            .map(|name| credit("distribution company", name)),
    );
    // One element has both: Media RSS has no other for terms that the feed validator takes.
    let rights = [&photo.copyright, &photo.usage_terms].into_iter().flatten();
    let rights: Vec<&str> = rights.map(|text| &**text).collect();
    if !rights.is_empty() {
        let rights = Element::text("media", "copyright", &rights.join(" "));
        content.children.push(rights);
    }
    content
        .children
        .extend(photo.thumbnail.iter().map(|(url, thumbnail)| {
            Element::new("media", "thumbnail")
                .with("url", url)
                .with("width", thumbnail.width.to_string())
                .with("height", thumbnail.height.to_string())
        }));
    content
}

/// Sound or film as Media RSS says it.
pub(super) fn played(attachment: &Attachment) -> Element {
    let medium = if attachment.is_film() {
        "video"
    } else {
        "audio"
    };
    let mut content = Element::new("media", "content")
        .with("url", &*attachment.url)
        .with("type", &*attachment.media_type)
        .with("medium", medium);
    if let Some(seconds) = attachment.seconds {
        content = content.with("duration", seconds.to_string());
    }
    if let Some(bytes) = attachment.bytes {
        content = content.with("fileSize", bytes.to_string());
    }
    let title = attachment.title.iter();
    content
        .children
        .extend(title.map(|title| Element::text("media", "title", title).with("type", "plain")));
    let credit = attachment.credit.iter();
    content
        .children
        .extend(credit.map(|name| Element::text("media", "credit", name)));
    content
}
