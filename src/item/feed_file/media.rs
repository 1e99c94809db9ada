//! Pictures that a feed of XML gives beside the text: Media RSS and enclosures.

use super::Picture;
use super::text::plain;
use super::xml::Element;

/// The most pictures that are taken of one item.
const MAX_PICTURES: usize = 500;

/// The pictures of an item, each address once.
pub(super) fn pictures(item: &Element) -> Vec<Picture> {
    let mut found: Vec<Picture> = Vec::new();
    let mut add = |picture: Option<Picture>| {
        if let Some(picture) = picture
            && found.len() < MAX_PICTURES
            && !found.iter().any(|known| known.address == picture.address)
        {
            found.push(picture);
        }
    };
    for group in item.children("media:group") {
        // A group is one picture in several sizes; the first is the one that is meant.
        add(group
            .children("media:content")
            .find_map(|content| picture(content, &[group, item])));
    }
    for content in item.children("media:content") {
        add(picture(content, &[item]));
    }
    for enclosure in item.children("enclosure") {
        add(enclosed(enclosure, "url"));
    }
    for link in item.children("atom:link") {
        if link.attribute("rel") == Some("enclosure") {
            add(enclosed(link, "href"));
        }
    }
    if found.is_empty()
        && let Some(thumbnail) = item.child("media:thumbnail")
        && let Some(address) = thumbnail.attribute("url")
    {
        found.push(described(address, &[thumbnail, item]));
    }
    found
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

pub(super) fn has_picture_name(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".webp", ".gif"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// What is said of it nearest to it counts.
fn described(address: &str, around: &[&Element]) -> Picture {
    let said = |name: &str| {
        let texts = around.iter().find_map(|element| element.said(name));
        texts
            .map(|text| plain(&text))
            .filter(|text| !text.is_empty())
    };
    let credit = around
        .iter()
        .find_map(|element| element.child("media:credit"));
    Picture {
        address: address.to_owned(),
        original: None,
        caption: said("media:description"),
        alt: None,
        credit: credit
            .and_then(Element::words)
            .map(|text| plain(&text))
            .filter(|text| !text.is_empty()),
        role: credit
            .and_then(|credit| credit.attribute("role"))
            .map(str::to_ascii_lowercase),
    }
}
