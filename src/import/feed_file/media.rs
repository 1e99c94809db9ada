//! Pictures, sound and film that a feed of XML gives beside the text: Media RSS and enclosures.

use std::collections::HashMap;

use super::size::{has_picture_name, picture_key};
use super::text::plain_text;
use super::xml::Element;
use super::{Picture, Prose};
use crate::item::{Attachment, Line, known_bytes, known_seconds};

/// The most pictures that are taken of one item.
const MAX_PICTURES: usize = 500;

/// The pictures of an item, each once, in the widest size that is given.
pub(super) fn pictures(item: &Element) -> Vec<Picture> {
    let mut found = PictureList::default();
    for group in item.children("media:group") {
        // A group is one picture in several sizes.
        let contents = group.children("media:content");
        let sizes = contents.filter_map(|content| {
            let picture = picture(content, &[group, item])?;
            Some((width_of(content), picture))
        });
        // Of equal widths the first counts.
        let widest = sizes.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((width, picture)) = widest {
            found.add(picture, width);
        }
    }
    for content in item.children("media:content") {
        if let Some(picture) = picture(content, &[item]) {
            found.add(picture, width_of(content));
        }
    }
    let enclosures = item.children("enclosure").map(|element| (element, "url"));
    let links = item.children("atom:link");
    let links = links.filter(|link| link.attribute("rel") == Some("enclosure"));
    for (element, name) in enclosures.chain(links.map(|link| (link, "href"))) {
        if let Some(picture) = enclosed(element, name) {
            found.add(picture, 0);
        }
    }
    if found.pictures.is_empty()
        && let Some(thumbnail) = item.child("media:thumbnail")
        && let Some(address) = thumbnail.attribute("url")
    {
        found.add(described(address, &[thumbnail, item]), 0);
    }
    found
        .pictures
        .into_iter()
        .map(|(_, picture)| picture)
        .collect()
}

/// The texts of an item that shows no picture, as feeds of videos have them; else they are captions.
pub(super) fn texts(item: &Element, pictures: &[Picture]) -> Vec<Prose> {
    if !pictures.is_empty() {
        return Vec::new();
    }
    let around = item.children("media:group").chain([item]);
    let contents = around.flat_map(|around| around.children("media:content").chain([around]));
    let descriptions = contents.flat_map(|holder| {
        let texts = holder.children("media:text");
        texts.chain(holder.children("media:description"))
    });
    let html = descriptions.filter_map(Element::html);
    html.map(|html| match html.contains('<') {
        true => Prose::Html(html),
        false => Prose::Plain(html),
    })
    .collect()
}

fn width_of(content: &Element) -> u32 {
    let width = content
        .attribute("width")
        .and_then(|width| width.parse().ok());
    width.unwrap_or(0)
}

/// The pictures that were found, with their widths.
#[derive(Default)]
struct PictureList {
    pictures: Vec<(u32, Picture)>,
    /// The indexes of the pictures by [`picture_key`], which is the same for all sizes of a picture.
    places: HashMap<String, usize>,
}

impl PictureList {
    fn add(&mut self, picture: Picture, width: u32) {
        let key = picture_key(&picture.address);
        let is_full = self.pictures.len() >= MAX_PICTURES;
        let place = self.places.get(&key);
        match place.and_then(|place| self.pictures.get_mut(*place)) {
            Some((widest, known)) => {
                if width > *widest {
                    *widest = width;
                    known.address = picture.address;
                }
                known.caption = known.caption.take().or(picture.caption);
                known.credit = known.credit.take().or(picture.credit);
                known.role = known.role.take().or(picture.role);
            }
            None if !is_full => {
                self.places.insert(key, self.pictures.len());
                self.pictures.push((width, picture));
            }
            None => {}
        }
    }
}

/// Sound and film of an item, each address once. Other enclosures, except pictures, are reported.
pub(super) fn attachments(item: &Element, left_out: &mut Vec<String>) -> Vec<Attachment> {
    let mut found = Playing::default();
    let links = item.children("atom:link");
    let links = links.filter(|link| link.attribute("rel") == Some("enclosure"));
    let enclosed = item
        .children("enclosure")
        .map(|element| (element, "url"))
        .chain(links.map(|element| (element, "href")));
    for (element, address) in enclosed {
        let Some(address) = element
            .attribute(address)
            .filter(|address| !address.is_empty())
        else {
            continue;
        };
        let media_type = element.attribute("type");
        match Attachment::at(address, media_type) {
            Some(attachment) => found.add(Attachment {
                bytes: element.attribute("length").and_then(size),
                title: element.attribute("title").and_then(Line::parse),
                ..attachment
            }),
            None if media_type.is_none_or(|media_type| !media_type.starts_with("image/")) => {
                left_out.push(format!("enclosure {address}"));
            }
            None => {}
        }
    }
    let groups = item.children("media:group");
    let in_groups = groups.filter_map(|group| Some((best(group)?, group)));
    let alone = item
        .children("media:content")
        .map(|content| (content, item));
    for (content, around) in in_groups.chain(alone) {
        if let Some(attachment) = content
            .attribute("url")
            .and_then(|address| Attachment::at(address, content.attribute("type")))
        {
            found.add(with_metadata(attachment, content, around));
        }
    }
    found.all
}

/// The film of a group, which has it in several sizes: the default one, else the first.
fn best(group: &Element) -> Option<&Element> {
    let plays = |content: &&Element| {
        let address = content.attribute("url").unwrap_or_default();
        Attachment::at(address, content.attribute("type")).is_some()
    };
    let is_meant = |content: &&Element| content.attribute("isDefault") == Some("true");
    let mut all = group.children("media:content").filter(plays);
    all.find(is_meant)
        .or_else(|| group.children("media:content").find(plays))
}

fn with_metadata(attachment: Attachment, content: &Element, around: &Element) -> Attachment {
    let words = |name: &str| {
        let text = content
            .child_text(name)
            .or_else(|| around.child_text(name))?;
        Line::parse(&plain_text(&text))
    };
    // Some write `182.4`.
    let seconds = content.attribute("duration");
    let seconds = seconds.and_then(|text| known_seconds(text.split('.').next()?.parse().ok()?));
    Attachment {
        bytes: content.attribute("fileSize").and_then(size),
        title: words("media:title"),
        seconds,
        credit: words("media:credit"),
        ..attachment
    }
}

pub(super) fn size(text: &str) -> Option<u64> {
    known_bytes(text.parse().ok()?)
}

/// The sound and film that was found.
#[derive(Default)]
struct Playing {
    all: Vec<Attachment>,
    /// Their places by their addresses.
    places: HashMap<String, usize>,
}

impl Playing {
    /// Adds an attachment; of two with the same address, the fields are joined.
    fn add(&mut self, new: Attachment) {
        let place = self.places.entry(new.url.to_string());
        let place = place.or_insert(self.all.len());
        let Some(known) = self.all.get_mut(*place) else {
            self.all.push(new);
            return;
        };
        known.bytes = known.bytes.or(new.bytes);
        known.seconds = known.seconds.or(new.seconds);
        known.title = known.title.take().or(new.title);
        known.credit = known.credit.take().or(new.credit);
    }
}

fn enclosed(element: &Element, address: &str) -> Option<Picture> {
    let is_picture = element.attribute("type")?.starts_with("image/");
    let address = element.attribute(address).filter(|_| is_picture)?;
    Some(Picture {
        address: address.to_owned(),
        ..Picture::default()
    })
}

fn picture(content: &Element, around: &[&Element]) -> Option<Picture> {
    let is_picture = match (content.attribute("medium"), content.attribute("type")) {
        (Some(medium), _) => medium == "image",
        (None, Some(kind)) => kind.starts_with("image/"),
        (None, None) => has_picture_name(content.attribute("url")?),
    };
    let address = content.attribute("url").filter(|_| is_picture)?;
    let mut around = around.to_vec();
    around.insert(0, content);
    Some(described(address, &around))
}

/// The picture at `address` with its texts; of several texts the one nearest to it counts.
fn described(address: &str, around: &[&Element]) -> Picture {
    let text_of = |name: &str| {
        let texts = around.iter().find_map(|element| element.child_text(name));
        texts
            .map(|text| plain_text(&text))
            .filter(|text| !text.is_empty())
    };
    let credit = around
        .iter()
        .find_map(|element| element.child("media:credit"));
    Picture {
        address: address.to_owned(),
        original: None,
        caption: text_of("media:description"),
        library: None,
        alt: None,
        credit: credit
            .and_then(Element::words)
            .map(|text| plain_text(&text))
            .filter(|text| !text.is_empty()),
        role: credit
            .and_then(|credit| credit.attribute("role"))
            .map(str::to_ascii_lowercase),
    }
}
