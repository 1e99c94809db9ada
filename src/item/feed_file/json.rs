//! JSON Feed 1.0 and 1.1.

use std::fmt;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::text::plain;
use super::{
    Category, Date, FeedFile, FeedFileError, FeedFormat, OlderItem, Picture, Place, Prose, Survey,
    unreadable,
};

/// A feed of more bytes is no JSON Feed; a text in it is held whole.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// Every version's address has it (<https://jsonfeed.org/version/1.1>).
const VERSION: &str = "jsonfeed.org/version/";

pub(super) fn recognise(head: &[u8]) -> Option<FeedFormat> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let plain = text.replace("\\/", "/");
    (text.starts_with('{') && plain.contains(VERSION)).then_some(FeedFormat::JsonFeed)
}

/// What stands beside the items.
#[derive(Deserialize)]
struct Head {
    title: Option<String>,
    language: Option<String>,
    home_page_url: Option<String>,
    authors: Option<Vec<Author>>,
    author: Option<Author>,
}

#[derive(Clone, Deserialize)]
struct Author {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    /// A text, but some feeds write a number.
    id: Option<Value>,
    url: Option<String>,
    title: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    summary: Option<String>,
    image: Option<String>,
    banner_image: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    language: Option<String>,
    authors: Option<Vec<Author>>,
    author: Option<Author>,
    tags: Option<Vec<String>>,
    attachments: Option<Vec<Attachment>>,
}

#[derive(Deserialize)]
struct Attachment {
    url: String,
    mime_type: Option<String>,
    title: Option<String>,
}

pub(super) fn survey(file: &FeedFile) -> Result<Survey, FeedFileError> {
    let head: Head =
        serde_json::from_reader(source(file)?).map_err(|error| broken(file, &error))?;
    let mut survey = Survey {
        title: head.title.map(|title| plain(&title)),
        language: head.language,
        base: head.home_page_url,
        authors: names(head.authors, head.author),
        ..Survey::default()
    };
    let mut items = 0;
    each(file, &mut |_| {
        items += 1;
        ControlFlow::Continue(())
    })?;
    survey.items = items;
    Ok(survey)
}

pub(super) fn read(
    file: &FeedFile,
    survey: &Survey,
    take: &mut dyn FnMut(OlderItem) -> ControlFlow<()>,
) -> Result<(), FeedFileError> {
    let mut number = 0;
    each(file, &mut |item| {
        number += 1;
        take(older(item, Place::Number(number), survey))
    })
}

fn each(
    file: &FeedFile,
    take: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<(), FeedFileError> {
    let mut stopped = false;
    let items = Feed {
        take,
        stopped: &mut stopped,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(source(file)?);
    match items.deserialize(&mut deserializer) {
        Ok(()) => Ok(()),
        // Breaking off is an error to the deserializer only.
        Err(_) if stopped => Ok(()),
        Err(error) => Err(broken(file, &error)),
    }
}

fn source(file: &FeedFile) -> Result<impl Read, FeedFileError> {
    let opened = file.open()?;
    let length = opened.metadata().map_or(0, |found| found.len());
    if length > MAX_BYTES {
        let gigabytes = MAX_BYTES / 1024 / 1024 / 1024;
        return Err(FeedFileError::BrokenJson {
            path: file.path.clone(),
            reason: format!("{length} bytes, more than {gigabytes} GiB"),
        });
    }
    let mut source = BufReader::new(opened);
    let buffer = std::io::BufRead::fill_buf(&mut source);
    let mark = match buffer.map_err(|error| unreadable(&file.path, &error))? {
        head if head.starts_with(b"\xef\xbb\xbf") => 3,
        _ => 0,
    };
    std::io::BufRead::consume(&mut source, mark);
    Ok(source)
}

fn broken(file: &FeedFile, error: &serde_json::Error) -> FeedFileError {
    FeedFileError::BrokenJson {
        path: file.path.clone(),
        reason: error.to_string(),
    }
}

/// Walks a feed and gives its items one by one.
struct Feed<'t> {
    take: &'t mut dyn FnMut(Item) -> ControlFlow<()>,
    stopped: &'t mut bool,
}

impl<'de> DeserializeSeed<'de> for Feed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Feed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                map.next_value_seed(Items {
                    take: &mut *self.take,
                    stopped: &mut *self.stopped,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Items<'t> {
    take: &'t mut dyn FnMut(Item) -> ControlFlow<()>,
    stopped: &'t mut bool,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Item>()? {
            if (self.take)(item).is_break() {
                *self.stopped = true;
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn older(item: Item, place: Place, survey: &Survey) -> OlderItem {
    let mut older = OlderItem::at(place);
    older.link = item.url;
    older.guid = match item.id {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => older.link.clone(),
    };
    // Systems that write all their titles as HTML do so here, too.
    older.title = item.title.map(|title| plain(&title));
    let date = |text: Option<String>| Date::parse(&text?);
    older.published = date(item.date_published);
    older.updated = date(item.date_modified);
    older.authors = names(item.authors, item.author);
    if older.authors.is_empty() {
        older.authors.clone_from(&survey.authors);
    }
    let category = |name| Category { name, slug: None };
    older.categories = item.tags.into_iter().flatten().map(category).collect();
    older.language = item.language;
    (older.prose, older.summary) = match (item.content_html, item.content_text) {
        (Some(html), text) => {
            older.more.extend(text.map(Prose::Plain));
            (Prose::Html(html), item.summary)
        }
        (None, Some(text)) => (Prose::Plain(text), item.summary),
        (None, None) => (Prose::Plain(item.summary.unwrap_or_default()), None),
    };
    let lead = [item.banner_image, item.image].into_iter().flatten();
    older.pictures = lead
        .map(|address| (address, None))
        .chain(
            item.attachments
                .into_iter()
                .flatten()
                .filter_map(|attachment| {
                    let is_picture = attachment.mime_type?.starts_with("image/");
                    is_picture.then_some((attachment.url, attachment.title))
                }),
        )
        .map(|(address, caption)| Picture {
            address,
            caption,
            ..Picture::default()
        })
        .collect();
    older.base = older.link.clone().or_else(|| survey.base.clone());
    older
}

/// Version 1.0 has one author, 1.1 several.
fn names(authors: Option<Vec<Author>>, author: Option<Author>) -> Vec<String> {
    let authors = authors.into_iter().flatten();
    let names = authors.filter_map(|author| author.name);
    let names: Vec<String> = names.collect();
    match names.is_empty() {
        true => author.and_then(|author| author.name).into_iter().collect(),
        false => names,
    }
}
