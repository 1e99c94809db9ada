//! RSS 2.0 and its forerunners, with Dublin Core, `content:encoded`, Media RSS and Atom's elements.

use std::ops::ControlFlow;

use super::text::plain_text;
use super::xml::{Element, Records};
use super::{
    Category, Date, FeedFile, FeedFileError, FilePosition, OlderItem, Picture, Prose, Survey,
    address, first, media, people,
};

pub(super) fn survey(
    file: &FeedFile,
    progress: &dyn Fn(u64, u64),
    each: &mut dyn FnMut(OlderItem),
) -> Result<Survey, FeedFileError> {
    let mut survey = Survey::default();
    let mut records = Records::of(file)?;
    while let Some(record) = records.next()? {
        records.tell(progress);
        match record.name.as_str() {
            "item" => {
                survey.items += 1;
                each(beginning(&record, &survey));
            }
            "title" => survey.title = record.words().map(|text| plain_text(&text)),
            "language" | "dc:language" => survey.language = record.words(),
            "link" if survey.base.is_none() => survey.lies_at(record.words()),
            // RSS 1.0 has its items beside the channel.
            "channel" => {
                survey.title = record.child_text("title").map(|text| plain_text(&text));
                survey.language = record.child_text("dc:language");
                survey.lies_at(record.child_text("link"));
            }
            _ => {}
        }
    }
    Ok(survey)
}

pub(super) fn read(
    file: &FeedFile,
    survey: &Survey,
    take: &mut dyn FnMut(OlderItem) -> ControlFlow<()>,
) -> Result<(), FeedFileError> {
    let mut records = Records::of(file)?;
    while let Some(record) = records.next()? {
        if record.name == "item" && take(item(&record, survey)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The fields that decide where the item will stand: the survey needs no others, and texts are long.
fn beginning(item: &Element, survey: &Survey) -> OlderItem {
    let mut older = OlderItem::at(FilePosition::Line(item.line));
    older.is_garbled = !item.is_readable();
    let guid = item.child("guid");
    let is_address = |text: &String| text.starts_with("http://") || text.starts_with("https://");
    older.link = item.child_text("link").or_else(|| {
        let links = guid.filter(|guid| guid.attribute("isPermaLink") != Some("false"));
        links.and_then(Element::words).filter(is_address)
    });
    // RSS 1.0 has an item's identifier as an attribute.
    let about = || item.attribute("rdf:about").map(str::to_owned);
    older.guid = item
        .child_text("guid")
        .or_else(about)
        .or_else(|| older.link.clone());
    older.title = item
        .child("title")
        .and_then(Element::html)
        .map(|html| plain_text(&html));
    older.published = ["pubDate", "dc:date", "dcterms:created", "atom:published"]
        .iter()
        .find_map(|name| Date::parse(&item.child_text(name)?));
    let site = survey.home.as_ref();
    let addresses = [&older.link, &older.guid].into_iter().flatten();
    older.former = addresses
        .filter_map(|address| address::path_of(address, site))
        .collect();
    if older.is_untitled() {
        older.prose = first(texts(item, &media::pictures(item))).0;
    }
    older
}

fn item(item: &Element, survey: &Survey) -> OlderItem {
    let mut older = beginning(item, survey);
    older.updated = ["atom:updated", "dcterms:modified"]
        .iter()
        .find_map(|name| Date::parse(&item.child_text(name)?));
    older.authors = authors(item, &mut older.left_out);
    older.categories = item
        .children("category")
        .chain(item.children("dc:subject"))
        .filter_map(Element::words)
        .map(|text| Category {
            name: plain_text(&text),
            slug: None,
        })
        .collect();
    older.language = item.child_text("dc:language");
    older.rights = item.child_text("dc:rights").map(|text| plain_text(&text));
    older.source = item.child_text("source").map(|text| plain_text(&text));
    older.pictures = media::pictures(item);
    (older.prose, older.more) = first(texts(item, &older.pictures));
    older.attachments = media::attachments(item, &mut older.left_out);
    older.base = older.link.clone().or_else(|| survey.base.clone());
    older
}

/// Elements in which feeds have the whole text of an item, or a summary of it; the fullest first.
const TEXTS: &[&str] = &[
    "content:encoded",
    "atom:content",
    "body",
    "yandex:full-text",
    "turbo:content",
    "content",
    "description",
    "atom:summary",
    "itunes:summary",
    "dcterms:abstract",
    "dc:description",
];

/// The texts of an item.
fn texts(item: &Element, pictures: &[Picture]) -> Vec<Prose> {
    let mut texts = Vec::new();
    for name in TEXTS {
        texts.extend(item.children(name).filter_map(text));
    }
    texts.extend(media::texts(item, pictures));
    texts
}

fn text(element: &Element) -> Option<Prose> {
    let is_plain = match element.name.as_str() {
        "atom:content" | "atom:summary" => matches!(element.attribute("type"), None | Some("text")),
        _ => false,
    };
    // Many write HTML where text is meant.
    let html = element.html()?;
    Some(match is_plain && !html.contains('<') {
        true => Prose::Plain(html),
        false => Prose::Html(html),
    })
}

/// The names of people. RSS has an address in `author`, with the name in brackets behind it.
fn authors(item: &Element, left_out: &mut Vec<String>) -> Vec<String> {
    let texts_of = |name| item.children(name).filter_map(Element::words);
    let bracketed = |author: String| match author.split_once('(') {
        Some((address, name)) if address.contains('@') => {
            name.trim_end().trim_end_matches(')').to_owned()
        }
        _ => author,
    };
    let persons = item.children("atom:author");
    let names = texts_of("dc:creator")
        .chain(texts_of("author").map(bracketed))
        .map(|text| plain_text(&text))
        .chain(persons.filter_map(|author| author.child_text("atom:name")));
    people::named(names, left_out)
}
