//! JSON Feed 1.0 and 1.1, read as items of an older system.

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::item::{Attachment as Played, Line, known_bytes, known_seconds};

use super::decode::utf8;
use super::text::plain_text;
use super::{
    Category, Date, FeedFile, FeedFileError, FilePosition, OlderItem, Picture, Prose, Survey,
    address, people, unreadable,
};

/// Maximum size of a JSON Feed in bytes; each text in it is held in memory whole.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// The fields of a feed beside its items.
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
    /// The id of the item: a text, but some feeds write a number.
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
    size_in_bytes: Option<Value>,
    duration_in_seconds: Option<Value>,
}

pub(super) fn survey(
    file: &FeedFile,
    on_item: &mut dyn FnMut(OlderItem),
) -> Result<Survey, FeedFileError> {
    let head: Head =
        serde_json::from_reader(source(file)?).map_err(|error| broken(file, &error))?;
    let mut survey = Survey {
        title: head.title.map(|title| plain_text(&title)),
        language: head.language,
        authors: names(head.authors, head.author),
        ..Survey::default()
    };
    survey.lies_at(head.home_page_url);
    let mut items = 0;
    each(file, &mut |mut item| {
        items += 1;
        on_item(beginning(&mut item, FilePosition::Number(items), &survey));
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
        take(older(item, FilePosition::Number(number), survey))
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
    utf8(opened, file.encoding).map_err(|error| unreadable(&file.path, &error))
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

/// The fields that decide where the item will stand; the others are still in `item`.
fn beginning(item: &mut Item, place: FilePosition, survey: &Survey) -> OlderItem {
    let mut older = OlderItem::at(place);
    older.link = item.url.take();
    older.guid = match item.id.take() {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => older.link.clone(),
    };
    // Systems that write all their titles as HTML do so here, too.
    older.title = item.title.take().map(|title| plain_text(&title));
    older.published = date(item.date_published.as_deref());
    let link = older.link.as_deref();
    older.former = link
        .and_then(|link| address::path_of(link, survey.home.as_ref()))
        .into_iter()
        .collect();
    if older.is_untitled() {
        let text = item.content_text.as_ref().or(item.summary.as_ref());
        older.prose = match &item.content_html {
            Some(html) => Prose::Html(html.clone()),
            None => Prose::Plain(text.cloned().unwrap_or_default()),
        };
    }
    older
}

fn date(text: Option<&str>) -> Option<Date> {
    Date::parse(text?)
}

fn older(mut item: Item, place: FilePosition, survey: &Survey) -> OlderItem {
    let mut older = beginning(&mut item, place, survey);
    older.updated = date(item.date_modified.as_deref());
    older.authors = names(item.authors, item.author);
    if older.authors.is_empty() {
        older.authors.clone_from(&survey.authors);
    }
    older.authors = people::named(older.authors.drain(..), &mut older.left_out);
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
    let enclosed = item.attachments.unwrap_or_default();
    older.attachments = attachments(&enclosed, &mut older.left_out);
    let lead = [item.banner_image, item.image].into_iter().flatten();
    older.pictures = lead
        .map(|address| (address, None))
        .chain(enclosed.into_iter().filter_map(|attachment| {
            let is_picture = attachment.mime_type?.starts_with("image/");
            is_picture.then_some((attachment.url, attachment.title))
        }))
        .map(|(address, caption)| Picture {
            address,
            caption,
            ..Picture::default()
        })
        .collect();
    older.base = older.link.clone().or_else(|| survey.base.clone());
    older
}

/// Sound and film; other attachments, except pictures, are reported.
fn attachments(enclosed: &[Attachment], left_out: &mut Vec<String>) -> Vec<Played> {
    let whole = |number: &Option<Value>| {
        let number = number.as_ref()?;
        number.as_u64().or_else(|| Some(number.as_f64()? as u64))
    };
    let mut found = Vec::new();
    for attachment in enclosed {
        let media_type = attachment.mime_type.as_deref();
        match Played::at(&attachment.url, media_type) {
            Some(played) => found.push(Played {
                bytes: whole(&attachment.size_in_bytes).and_then(known_bytes),
                title: attachment.title.as_deref().and_then(Line::parse),
                seconds: whole(&attachment.duration_in_seconds).and_then(known_seconds),
                ..played
            }),
            None if media_type.is_none_or(|media_type| !media_type.starts_with("image/")) => {
                left_out.push(format!("attachment {}", attachment.url));
            }
            None => {}
        }
    }
    found
}

/// The names of the authors: version 1.0 has one author, 1.1 several.
fn names(authors: Option<Vec<Author>>, author: Option<Author>) -> Vec<String> {
    let authors = authors.into_iter().flatten();
    let names = authors.filter_map(|author| author.name);
    let names: Vec<String> = names.collect();
    match names.is_empty() {
        true => author.and_then(|author| author.name).into_iter().collect(),
        false => names,
    }
}
