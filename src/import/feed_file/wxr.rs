//! WordPress eXtended RSS (WXR), the format in which WordPress exports a site.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{FixedOffset, NaiveDateTime, TimeZone};

use crate::item::Attachment;

use super::text::plain_text;
use super::xml::{Element, Records};
use super::{
    Category, Date, FeedFile, FeedFileError, FilePosition, OlderItem, Picture, Prose, Site, Survey,
    Unshown, address, media, people,
};

/// The name that WordPress gives to the category of posts that have none.
const NO_CATEGORY: &str = "uncategorized";

/// The furthest that a place's time is from UTC.
const MAX_OFFSET_MINUTES: i64 = 14 * 60;

pub(super) fn survey(
    file: &FeedFile,
    progress: &dyn Fn(u64, u64),
    each: &mut dyn FnMut(OlderItem),
) -> Result<Survey, FeedFileError> {
    let mut survey = Survey::default();
    let mut site = Site::default();
    let mut records = Records::of(file)?;
    while let Some(record) = records.next()? {
        records.tell(progress);
        match record.name.as_str() {
            "item" => {
                survey.items += 1;
                item_of_site(&record, &mut site);
                each(beginning(&record, &survey));
            }
            "title" => survey.title = record.words().map(|text| plain_text(&text)),
            "language" => survey.language = record.words(),
            "link" => survey.lies_at(record.words()),
            "wp:author" => {
                let login = record.child_text("wp:author_login");
                let name = record.child_text("wp:author_display_name");
                if let (Some(login), Some(name)) = (login, name) {
                    site.people.insert(login, plain_text(&name));
                }
            }
            _ => {}
        }
    }
    survey.site = Arc::new(site);
    Ok(survey)
}

fn item_of_site(item: &Element, site: &mut Site) {
    match item.child_text("wp:post_type").as_deref() {
        Some("attachment") => {
            let number = number_in(item, "wp:post_id");
            if let (Some(number), Some(picture)) = (number, attachment(item)) {
                site.attachments.insert(number, picture);
                if let Some(post) = number_in(item, "wp:post_parent") {
                    site.attached.entry(post).or_default().push(number);
                }
            }
        }
        Some("wp_block") => {
            let number = number_in(item, "wp:post_id");
            if let (Some(number), Some(text)) = (number, item.child_text("content:encoded")) {
                site.blocks.insert(number, text);
            }
        }
        // Co-Authors Plus: people who have no login of WordPress.
        Some("guest-author") => {
            let login = meta(item, "cap-user_login").last();
            let name = meta(item, "cap-display_name").last();
            if let (Some(login), Some(name)) = (login, name) {
                site.people.insert(login, plain_text(&name));
            }
        }
        _ => {}
    }
}

fn number_in(item: &Element, name: &str) -> Option<u64> {
    let number = item.child_text(name)?.parse().ok();
    number.filter(|number| *number != 0)
}

fn attachment(item: &Element) -> Option<Picture> {
    let words = |text: Option<String>| {
        text.map(|text| plain_text(&text))
            .filter(|text| !text.is_empty())
    };
    Some(Picture {
        address: item.child_text("wp:attachment_url")?,
        original: None,
        caption: None,
        library: words(item.child_text("excerpt:encoded")),
        alt: words(meta(item, "_wp_attachment_image_alt").last()),
        credit: words(meta(item, "_media_credit").last()),
        role: None,
    })
}

/// The values of one of the fields that WordPress and its plug-ins keep with an item. A name may come more than once; where
/// one value is meant, it is the last.
fn meta<'e>(item: &'e Element, name: &'e str) -> impl Iterator<Item = String> + 'e {
    let pairs = item.children("wp:postmeta");
    pairs
        .filter(move |pair| pair.says("wp:meta_key", name))
        .filter_map(|pair| pair.child_text("wp:meta_value"))
}

pub(super) fn read(
    file: &FeedFile,
    survey: &Survey,
    take: &mut dyn FnMut(OlderItem) -> ControlFlow<()>,
) -> Result<(), FeedFileError> {
    let mut records = Records::of(file)?;
    while let Some(record) = records.next()? {
        if record.name == "item" && take(post(&record, survey)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The fields that decide where the item will stand: the survey needs no others, and texts are long.
fn beginning(item: &Element, survey: &Survey) -> OlderItem {
    let mut older = OlderItem::at(FilePosition::Line(item.line));
    older.is_garbled = !item.is_readable();
    older.unpublished = unpublished(item);
    older.title = item.child_text("title").map(|text| plain_text(&text));
    older.link = item.child_text("link");
    older.guid = item.child_text("guid").or_else(|| older.link.clone());
    if older.unpublished.is_some() {
        return older;
    }
    older.unshown = unshown(item);
    older.number = number_in(item, "wp:post_id");
    older.former = former(item, &older, survey);
    older.slug = item.child_text("wp:post_name");
    older.published =
        date(item, "wp:post_date").or_else(|| Date::parse(&item.child_text("pubDate")?));
    if older.is_untitled() {
        older.prose = prose(item);
    }
    older
}

fn prose(item: &Element) -> Prose {
    Prose::WordPress(item.child_text("content:encoded").unwrap_or_default())
}

fn post(item: &Element, survey: &Survey) -> OlderItem {
    let mut older = beginning(item, survey);
    if older.unpublished.is_some() {
        return older;
    }
    older.canonical = canonical(item, &older);
    older.updated = date(item, "wp:post_modified");
    terms(item, survey, &mut older);
    older.summary = item.child_text("excerpt:encoded");
    older.more = item
        .child_text("description")
        .map(Prose::Html)
        .into_iter()
        .collect();
    older.prose = prose(item);
    let comments = item.children("wp:comment");
    older
        .left_out
        .extend(comments.map(|_| "comment of a reader".to_owned()));
    older.notes = notes(meta(item, "footnotes").last(), &mut older.left_out);
    let featured = meta(item, "_thumbnail_id")
        .last()
        .and_then(|text| text.parse().ok())
        .filter(|number| *number != 0_u64);
    if let Some(number) = featured {
        match survey.site.attachments.get(&number) {
            Some(picture) => older.pictures.push(picture.clone()),
            None => older
                .left_out
                .push("featured picture that the export does not have".to_owned()),
        }
    }
    older.attachments = enclosures(item, &mut older.left_out);
    older.base = older.link.clone().or_else(|| survey.base.clone());
    older
}

/// WordPress keeps an enclosure as a field of three lines: address, length, type.
fn enclosures(item: &Element, left_out: &mut Vec<String>) -> Vec<Attachment> {
    let mut found = media::attachments(item, left_out);
    let mut seen: HashSet<String> = found.iter().map(|known| known.url.to_string()).collect();
    for value in meta(item, "enclosure") {
        let mut lines = value.lines().map(str::trim);
        let address = lines.next().unwrap_or_default();
        let bytes = lines.next().and_then(media::size);
        match Attachment::at(address, lines.next()) {
            Some(attachment) if seen.insert(attachment.url.to_string()) => {
                found.push(Attachment {
                    bytes,
                    ..attachment
                });
            }
            Some(_) => {}
            None => left_out.push(format!("enclosure {address}")),
        }
    }
    found
}

/// The texts of the footnotes, in their order, which are kept as JSON.
fn notes(text: Option<String>, left_out: &mut Vec<String>) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Note {
        content: String,
    }
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Vec::new();
    };
    match serde_json::from_str::<Vec<Note>>(&text) {
        Ok(notes) => notes.into_iter().map(|note| note.content).collect(),
        Err(_) => {
            left_out.push(format!("footnotes that cannot be read: {text}"));
            Vec::new()
        }
    }
}

/// The reason why an item is no article at all, or a deleted one; `None` for any other.
fn unpublished(item: &Element) -> Option<String> {
    let kind = item.child_text("wp:post_type").unwrap_or_default();
    if kind != "post" {
        return Some(format!("WordPress's type {kind}, no post"));
    }
    let status = item.child_text("wp:status").unwrap_or_default();
    let is_kept = ["publish", "draft", "pending", "future", "private"].contains(&status.as_str());
    (!is_kept).then(|| format!("WordPress's status {status}"))
}

/// The reason why WordPress does not show an item to everybody; `None` where it does.
fn unshown(item: &Element) -> Option<Unshown> {
    let status = item.child_text("wp:status").unwrap_or_default();
    let reason = match item.child_text("wp:post_password") {
        None if status == "publish" => return None,
        Some(_) if status == "publish" => "protected by a password".to_owned(),
        _ => format!("WordPress's status {status}"),
    };
    Some(Unshown {
        reason,
        is_scheduled: status == "future",
    })
}

/// The addresses that led to an item: its permalink, those with names that it had before, and its number, by which
/// WordPress finds every story. An item that was never public had none.
fn former(item: &Element, older: &OlderItem, survey: &Survey) -> Vec<String> {
    let status = item.child_text("wp:status").unwrap_or_default();
    if ["draft", "pending", "future"].contains(&status.as_str()) {
        return Vec::new();
    }
    let site = survey.home.as_ref();
    let link_path = older.link.as_deref();
    let link_path = link_path.and_then(|link| address::path_of(link, site));
    let names = meta(item, "_wp_old_slug");
    let renamed = names.filter_map(|name| {
        let path = link_path.as_deref().filter(|path| !path.contains('?'))?;
        address::renamed(path, &name)
    });
    let number = older.number.filter(|_| address::is_at_root(site));
    let number = number.map(|number| format!("/?p={number}"));
    link_path
        .clone()
        .into_iter()
        .chain(renamed)
        .chain(number)
        .collect()
}

/// The address at which an item was first published, as plug-ins for search engines give it.
fn canonical(item: &Element, older: &OlderItem) -> Option<String> {
    let url = ["_yoast_wpseo_canonical", "rank_math_canonical_url"]
        .iter()
        .find_map(|name| meta(item, name).last());
    address::canonical(url, older.link.as_deref())
}

/// WordPress gives a time by the site's clock and by UTC: the difference is the offset.
fn date(item: &Element, name: &str) -> Option<Date> {
    let read = |name: &str| {
        let text = item.child_text(name)?;
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok()
    };
    let (local, utc) = (read(name), read(&format!("{name}_gmt")));
    let Some(utc) = utc else {
        return local.map(Date::Local);
    };
    let minutes = local.map_or(0, |local| (local - utc).num_minutes());
    // Anything else was typed in by hand.
    let is_offset = minutes.abs() <= MAX_OFFSET_MINUTES && minutes % 15 == 0;
    let minutes = i32::try_from(minutes).ok().filter(|_| is_offset);
    let offset = FixedOffset::east_opt(minutes.unwrap_or(0) * 60)?;
    Some(Date::Exact(offset.from_utc_datetime(&utc)))
}

/// Categories, tags and people by the taxonomies that WordPress and Co-Authors Plus keep them in.
fn terms(item: &Element, survey: &Survey, older: &mut OlderItem) {
    let person = |login: &str| {
        let person_name = survey.site.people.get(login);
        person_name.cloned().unwrap_or_else(|| plain_text(login))
    };
    for term in item.children("category") {
        let Some(name) = term.words() else {
            continue;
        };
        let slug = term.attribute("nicename").unwrap_or_default();
        match term.attribute("domain") {
            Some("category") if slug == NO_CATEGORY => {}
            Some("category") => older.categories.push(Category {
                name: plain_text(&name),
                slug: Some(slug.to_owned()),
            }),
            Some("post_tag") => older.tags.push(plain_text(&name)),
            Some("author") => {
                let login = slug.strip_prefix("cap-").unwrap_or(slug);
                let person_name = survey.site.people.get(login);
                older
                    .authors
                    .push(person_name.cloned().unwrap_or_else(|| person(&name)));
            }
            Some("post_format") | None => {}
            Some(other) => older.left_out.push(format!("term of the taxonomy {other}")),
        }
    }
    if older.authors.is_empty() {
        older.authors = item
            .child_text("dc:creator")
            .map(|login| person(&login))
            .into_iter()
            .collect();
    }
    older.authors = people::named(older.authors.drain(..), &mut older.left_out);
}
