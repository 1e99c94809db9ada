//! Entries of Atom (RFC 4287) as items of an older feed.

use std::ops::ControlFlow;

use crate::item::html::Url;

use super::text::plain_text;
use super::xml::{Element, Records};
use super::{
    Category, Date, FeedFile, FeedFileError, FilePosition, OlderItem, Picture, Prose, Survey,
    Unshown, address, first, media, people,
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
        survey.language = survey
            .language
            .or_else(|| records.inherited("xml:lang").map(str::to_owned));
        match record.name.as_str() {
            "atom:entry" => {
                survey.items += 1;
                let base = records.inherited("xml:base").map(str::to_owned);
                each(beginning(&record, base, &survey));
            }
            "atom:title" => survey.title = text(&record),
            "atom:author" => survey.authors.extend(record.child_text("atom:name")),
            "atom:link" if is_alternate(&record) => {
                survey.lies_at(record.attribute("href").map(str::to_owned));
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
        if record.name != "atom:entry" {
            continue;
        }
        let base = records.inherited("xml:base").map(str::to_owned);
        if take(entry(&record, base, survey)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The fields that decide where the entry will stand: the survey needs no others, and texts are long.
fn beginning(entry: &Element, feed_base: Option<String>, survey: &Survey) -> OlderItem {
    let mut older = OlderItem::at(FilePosition::Line(entry.line));
    older.is_garbled = !entry.is_readable();
    let mut links = entry.children("atom:link");
    let alternate = links.find(|link| is_alternate(link));
    let base = base_of(entry, feed_base, survey);
    older.link = alternate
        .and_then(|link| link.attribute("href"))
        .map(|address| whole(address, base.as_deref()));
    older.guid = entry.child_text("atom:id").or_else(|| older.link.clone());
    older.title = entry.child("atom:title").and_then(text);
    let date = |name: &str| Date::parse(&entry.child_text(name)?);
    // Atom 0.3 calls the two `modified` and `issued`.
    older.updated = date("atom:updated").or_else(|| date("atom:modified"));
    // `updated` must be there and `published` need not (§4.1.2): then it is the one date that is known.
    older.published = date("atom:published")
        .or_else(|| date("atom:issued"))
        .or_else(|| date("atom:created"))
        .or(older.updated);
    older.base = base.or_else(|| older.link.clone());
    let site = survey.home.as_ref();
    let link = older.link.as_deref();
    older.former = link
        .and_then(|link| address::path_of(link, site))
        .into_iter()
        .collect();
    let control = entry.child("app:control");
    let is_draft = control
        .and_then(|control| control.child_text("app:draft"))
        .as_deref()
        == Some("yes");
    older.unshown = is_draft.then(|| Unshown {
        reason: "a draft there".to_owned(),
        is_scheduled: false,
    });
    if older.is_untitled() {
        older.prose = first(texts(entry, &media::pictures(entry), &mut Vec::new())).0;
    }
    older
}

fn entry(entry: &Element, feed_base: Option<String>, survey: &Survey) -> OlderItem {
    let mut older = beginning(entry, feed_base, survey);
    let source = entry.child("atom:source");
    older.authors = names(entry);
    if older.authors.is_empty() {
        older.authors = source.map(names).unwrap_or_default();
    }
    if older.authors.is_empty() {
        older.authors.clone_from(&survey.authors);
    }
    older.authors = people::named(older.authors.drain(..), &mut older.left_out);
    older.categories = entry
        .children("atom:category")
        .filter_map(category)
        .collect();
    let content = entry.child("atom:content");
    older.language = [Some(entry), content]
        .into_iter()
        .flatten()
        .find_map(|element| element.attribute("xml:lang"))
        .map(str::to_owned);
    older.rights = entry.child("atom:rights").and_then(text);
    older.source = source
        .and_then(|source| source.child("atom:title"))
        .and_then(text);
    older.pictures = media::pictures(entry);
    (older.prose, older.more) = first(texts(entry, &older.pictures, &mut older.left_out));
    older.attachments = media::attachments(entry, &mut older.left_out);
    older
}

/// The base URL of relative addresses (`xml:base`, else the feed's); `None` where none is given.
fn base_of(entry: &Element, feed_base: Option<String>, survey: &Survey) -> Option<String> {
    let content = entry.child("atom:content");
    let bases = [content, Some(entry)].into_iter().flatten();
    let mut bases = bases.filter_map(|element| element.attribute("xml:base"));
    let around = feed_base.or_else(|| survey.base.clone());
    match bases.next() {
        Some(base) => Some(whole(base, around.as_deref())),
        None => around,
    }
}

fn whole(address: &str, base: Option<&str>) -> String {
    let base = base.and_then(|base| Url::parse(base).ok());
    let joined = base.and_then(|base| base.join(address).ok());
    joined.map_or_else(|| address.to_owned(), |joined| joined.to_string())
}

fn is_alternate(link: &Element) -> bool {
    link.attribute("rel").is_none_or(|rel| rel == "alternate")
}

fn names(element: &Element) -> Vec<String> {
    let persons = element.children("atom:author");
    persons
        .filter_map(|person| person.child_text("atom:name"))
        .collect()
}

fn category(category: &Element) -> Option<Category> {
    let term = category.attribute("term").filter(|term| !term.is_empty());
    let label = category
        .attribute("label")
        .filter(|label| !label.is_empty());
    Some(Category {
        name: label.or(term)?.to_owned(),
        slug: term.filter(|_| label.is_some()).map(str::to_owned),
    })
}

/// A text construct (§3.1) as words.
fn text(element: &Element) -> Option<String> {
    let words = match element.attribute("type") {
        Some("html" | "text/html") => plain_text(&element.text()),
        Some("xhtml" | "application/xhtml+xml") => plain_text(&element.markup()),
        _ => element.words()?,
    };
    (!words.is_empty()).then_some(words)
}

/// The texts of an entry: its content, its summary, and those of Media RSS.
fn texts(entry: &Element, pictures: &[Picture], left_out: &mut Vec<String>) -> Vec<Prose> {
    let written = ["atom:content", "atom:summary"].iter();
    let written = written.filter_map(|name| entry.child(name));
    let mut texts: Vec<Prose> = written
        .filter_map(|element| prose(element, left_out))
        .collect();
    texts.extend(media::texts(entry, pictures));
    texts
}

/// Content (§4.1.3) as text, HTML or XHTML; content that lies elsewhere is not fetched, and content that is no text is
/// left out.
fn prose(element: &Element, left_out: &mut Vec<String>) -> Option<Prose> {
    if element.attribute("src").is_some() {
        left_out.push("content that lies at another address".to_owned());
        return None;
    }
    let prose = match element.attribute("type") {
        None | Some("text" | "text/plain") => Prose::Plain(element.words()?),
        Some("html" | "text/html") => Prose::Html(element.words()?),
        Some("xhtml" | "application/xhtml+xml") => Prose::Html(element.markup()),
        Some(_) => {
            left_out.push("content that is no text".to_owned());
            return None;
        }
    };
    Some(prose)
}
