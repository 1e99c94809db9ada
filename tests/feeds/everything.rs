//! The paper with everything in it, read by feed-rs and by a strict parser, compared with what it means.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use courant::http::rendered;
use courant::resource::{Format, Resource, Subject};
use feed_rs::model::{Entry, Feed};
use roxmltree::{Document, Node};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::everything::{self, LAST_EDITION, SECTIONS, TITLE};
use crate::support::papers::{Paper, noon, seen, squeezed};

const MEDIA: &str = "http://search.yahoo.com/mrss/";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// The paper after all its editions, a day apart.
fn paper() -> (Paper, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    everything::write(folder.path(), 1).unwrap();
    let paper = Paper::of(folder.path());
    for edition in 2..=LAST_EDITION {
        everything::write(folder.path(), edition).unwrap();
        paper.look(noon() + TimeDelta::days(i64::from(edition)));
    }
    (paper, folder)
}

/// Every feed and every archive segment that there is, each in all of its formats.
fn resources(paper: &Paper) -> Vec<Vec<(Resource, String)>> {
    let in_formats = |of: &dyn Fn(Format) -> Resource| -> Vec<(Resource, String)> {
        let resources = Format::ALL.into_iter().map(of);
        let found = resources.filter_map(|resource| {
            let made = rendered(&paper.store, paper.base(), &resource).unwrap();
            let document = String::from_utf8(made.body()?.to_vec()).unwrap();
            Some((resource, document))
        });
        found.collect()
    };
    let mut subjects = paper.subjects();
    let named = ["two-correspondents", "right-to-left", "reuters", "no-wire"];
    subjects.extend(named.map(|name| Subject::Named(name.to_owned())));
    let mut all = Vec::new();
    for subject in subjects {
        let documents = in_formats(&|format| Resource::Feed(subject.clone(), format));
        assert!(!documents.is_empty(), "no {subject}");
        all.push(documents);
        for segment in 1.. {
            let documents =
                in_formats(&|format| Resource::Archive(subject.clone(), segment, format));
            if documents.is_empty() {
                break;
            }
            all.push(documents);
        }
    }
    let segments = all.iter().flatten();
    let segments = segments.filter(|(resource, _)| matches!(resource, Resource::Archive(..)));
    assert!(segments.count() >= 3 * 2 * 4, "too few archive segments");
    all
}

/// What the paper means, by id.
struct Meant {
    items: BTreeMap<String, Value>,
    withdrawn: BTreeSet<String>,
    /// What Atom has in place of a guid that is no IRI.
    aliases: Value,
    never: Vec<String>,
}

fn meant() -> Meant {
    let told = everything::meant(LAST_EDITION);
    let items = told["items"].as_array().unwrap().iter();
    Meant {
        items: items
            .map(|item| (said(item, "id").to_owned(), item.clone()))
            .collect(),
        withdrawn: words(&told, "withdrawn")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        aliases: told["aliases"].clone(),
        never: words(&told, "never")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    }
}

impl Meant {
    /// The id that an id of a document of that format stands for.
    fn known(&self, id: &str, format: Format) -> String {
        let alias = self.aliases[id].as_str().filter(|_| format == Format::Atom);
        alias.unwrap_or(id).to_owned()
    }
}

fn said<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {item}"))
}

fn words<'a>(item: &'a Value, key: &str) -> Vec<&'a str> {
    let words = item[key].as_array().unwrap().iter();
    words.map(|word| word.as_str().unwrap()).collect()
}

fn content(entry: &Entry) -> String {
    let html = entry
        .content
        .as_ref()
        .and_then(|content| content.body.as_deref());
    squeezed(&seen(html.unwrap_or_default()).concat())
}

fn title(entry: &Entry) -> &str {
    entry.title.as_ref().map_or("", |title| &title.content)
}

#[test]
fn it_has_all_that_it_should() {
    let told = everything::meant(1);
    let items = told["items"].as_array().unwrap();
    let of = |kind: &str| items.iter().filter(|item| item["kind"] == kind).count();
    assert!(
        of("article") >= 120 && of("caption") >= 30,
        "{} {}",
        of("article"),
        of("caption")
    );
    let wire = items
        .iter()
        .filter(|item| item["section"] == "wire" && item["kind"] == "article");
    assert!(
        wire.count() > 4 * 25,
        "less than four archive segments and what a window holds"
    );
}

#[test]
fn every_document_is_well_formed_and_tells_nothing_that_is_not_public() {
    let (paper, _folder) = paper();
    let meant = meant();
    for (resource, text) in resources(&paper).into_iter().flatten() {
        for word in &meant.never {
            assert!(!text.contains(word), "{word} in {resource}");
        }
        if resource.to_string().ends_with(".json") {
            let json: Value = serde_json::from_str(&text).unwrap();
            assert!(!json["items"].as_array().unwrap().is_empty(), "{resource}");
        } else {
            Document::parse(&text).unwrap_or_else(|error| panic!("{resource}: {error}"));
        }
    }
}

#[test]
fn every_item_comes_back_as_meant_from_every_feed() {
    let (paper, _folder) = paper();
    let meant = meant();
    let mut met = BTreeSet::new();
    for resources in resources(&paper) {
        let mut before: Option<Vec<String>> = None;
        for (resource, document) in resources {
            let at = resource.to_string();
            let (Resource::Feed(subject, format) | Resource::Archive(subject, _, format)) =
                &resource
            else {
                panic!("{at} is no feed");
            };
            let feed = feed_rs::parser::parse(document.as_bytes())
                .unwrap_or_else(|error| panic!("{at}: {error}"));
            let mut parts = Vec::new();
            let mut ids = Vec::new();
            for entry in &feed.entries {
                let id = meant.known(&entry.id, *format);
                match meant.items.get(&id) {
                    Some(item) => {
                        compare(&at, item, entry, *format);
                        photographs(&at, item, &entry.id, &document, *format);
                        met.insert(id.clone());
                    }
                    None if meant.withdrawn.contains(&id) => {
                        assert_eq!(title(entry), "Withdrawn", "{at}");
                        assert_eq!(content(entry), "Thisitemwaswithdrawn.", "{at}");
                    }
                    None => parts.push(content(entry)),
                }
                ids.push(id);
            }
            whole(&at, subject, &meant, &parts);
            assert_eq!(before.as_ref().unwrap_or(&ids), &ids, "{at}");
            before = Some(ids);
            if *subject == Subject::Publication {
                assert_eq!(feed.title.as_ref().unwrap().content, TITLE, "{at}");
            }
            named(&at, subject, &feed);
        }
    }
    let all: BTreeSet<String> = meant.items.keys().cloned().collect();
    let lost: Vec<&String> = all.difference(&met).collect();
    assert!(lost.is_empty(), "in no feed: {lost:?}");
}

/// A section's feed is called after it, whatever characters its name has.
fn named(at: &str, subject: &Subject, feed: &Feed) {
    if let Subject::Section(slug) = subject {
        let section = SECTIONS.iter().find(|(known, _)| known == slug).unwrap();
        let found = &feed.title.as_ref().unwrap().content;
        assert_eq!(*found, format!("{} – {TITLE}", section.1), "{at}");
    }
}

fn compare(at: &str, item: &Value, entry: &Entry, format: Format) {
    let at = format!("{at} {}", said(item, "id"));
    if item["kind"] == "article" {
        assert_eq!(title(entry), said(item, "title"), "{at}");
    } else {
        let shown = title(entry).trim_end_matches('…');
        assert!(
            said(item, "title").starts_with(shown) && !shown.is_empty(),
            "{at}: {shown}"
        );
    }
    assert_eq!(content(entry), squeezed(said(item, "text")), "{at}");
    let published = DateTime::parse_from_rfc3339(said(item, "published")).unwrap();
    assert_eq!(entry.published, Some(published.to_utc()), "{at}");
    if let Some(updated) = item["updated"].as_str() {
        let updated = DateTime::parse_from_rfc3339(updated).unwrap().to_utc();
        // Two that moved at one moment are told apart by fractions.
        if format != Format::Rss {
            let moved = entry.updated.unwrap() - updated;
            assert!(
                moved >= TimeDelta::zero() && moved < TimeDelta::seconds(1),
                "{at}: {moved}"
            );
        }
    }
    let people: Vec<&str> = entry
        .authors
        .iter()
        .filter_map(|person| person.name.as_deref())
        .collect();
    let authors = words(item, "authors");
    // JSON Feed and feed-rs give an item without authors those of the feed.
    if !authors.is_empty() || format != Format::Json {
        assert_eq!(people, authors, "{at}");
    }
    let labels: BTreeSet<&str> = entry
        .categories
        .iter()
        .map(|category| category.label.as_deref().unwrap_or(&category.term))
        .collect();
    for tag in words(item, "tags") {
        assert!(labels.contains(tag), "{at}: {tag} not in {labels:?}");
    }
}

/// Caption, names and type of each photograph. feed-rs makes one thing of all photographs of an item, and knows nothing
/// of what JSON Feed says beyond its own, so the document itself is asked.
fn photographs(at: &str, item: &Value, id: &str, document: &str, format: Format) {
    let meant = item["photographs"].as_array().unwrap().iter();
    let meant: Vec<Shown> = meant.map(Shown::meant).collect();
    let found: Vec<Shown> = match format {
        Format::Json => {
            let json: Value = serde_json::from_str(document).unwrap();
            let items = json["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["id"] == id).unwrap();
            // One that stands in the text of its article is not attached besides.
            let attached = item["attachments"].as_array().into_iter().flatten();
            let is_caption = item["_courant"]["part_of"].is_object();
            let told = item["_courant"]["photographs"].as_array();
            let told = told.into_iter().flatten();
            assert_eq!(
                attached.count(),
                if is_caption { told.clone().count() } else { 0 },
                "{at}"
            );
            told.map(Shown::json).collect()
        }
        Format::Rss | Format::Atom => {
            let document = Document::parse(document).unwrap();
            let named = |node: &Node<'_, '_>| matches!(node.tag_name().name(), "guid" | "id");
            let item = document
                .descendants()
                .find(|node| named(node) && node.text() == Some(id));
            let item = item.and_then(|node| node.parent()).unwrap();
            let contents = item
                .children()
                .filter(|node| node.has_tag_name((MEDIA, "content")));
            contents.map(Shown::media).collect()
        }
    };
    assert_eq!(found, meant, "{at}");
}

#[derive(Debug, PartialEq)]
struct Shown {
    caption: String,
    names: Vec<String>,
    terms: Option<String>,
    kind: String,
}

impl Shown {
    fn meant(photograph: &Value) -> Self {
        Self {
            caption: said(photograph, "caption").to_owned(),
            names: words(photograph, "credits")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            terms: photograph["terms"].as_str().map(str::to_owned),
            kind: said(photograph, "type").to_owned(),
        }
    }

    fn json(told: &Value) -> Self {
        let (_, extension) = said(told, "url").rsplit_once('.').unwrap();
        let names = [&told["credit"], &told["source"]]
            .into_iter()
            .filter_map(Value::as_str);
        Self {
            caption: said(told, "caption").to_owned(),
            names: names.map(str::to_owned).collect(),
            terms: told["usage_terms"].as_str().map(str::to_owned),
            kind: format!("image/{}", extension.replace("jpg", "jpeg")),
        }
    }

    fn media(content: Node<'_, '_>) -> Self {
        let texts = |local: &str| -> Vec<String> {
            let inner = content
                .children()
                .filter(|node| node.has_tag_name((MEDIA, local)));
            inner
                .map(|node| node.text().unwrap_or_default().to_owned())
                .collect()
        };
        Self {
            caption: texts("description").concat(),
            names: texts("credit"),
            terms: texts("copyright").pop(),
            kind: content.attribute("type").unwrap().to_owned(),
        }
    }
}

/// The parts of an article's own feed make up its text; headings without text stand only in the whole.
fn whole(at: &str, subject: &Subject, meant: &Meant, parts: &[String]) {
    let Subject::Article(slug) = subject else {
        assert!(parts.is_empty(), "{at}: {parts:?}");
        return;
    };
    let Some(article) = meant
        .items
        .values()
        .find(|item| item["slug"] == slug.as_str())
    else {
        return;
    };
    let body = squeezed(said(article, "body"));
    let told = parts.concat();
    assert!(body.starts_with(&told), "{at}\n{told}\n{body}");
    assert!(body.len() - told.len() < 40 || parts.is_empty(), "{at}");
}

#[test]
fn what_was_withdrawn_has_a_stub_and_a_tombstone_and_what_came_back_has_none() {
    let (paper, _folder) = paper();
    let meant = meant();
    let text = paper.document(&Subject::Publication, Format::Atom);
    let document = Document::parse(&text).unwrap();
    let deleted: BTreeSet<String> = document
        .descendants()
        .filter(|node| node.has_tag_name((TOMBSTONES, "deleted-entry")))
        .map(|node| meant.known(node.attribute("ref").unwrap(), Format::Atom))
        .collect();
    assert_eq!(deleted, meant.withdrawn);
    assert!(meant.withdrawn.len() >= 5);
    for format in Format::ALL {
        let text = paper.document(&Subject::Publication, format);
        let feed = feed_rs::parser::parse(text.as_bytes()).unwrap();
        let ids = feed
            .entries
            .iter()
            .map(|entry| meant.known(&entry.id, format));
        let ids: BTreeSet<String> = ids.collect();
        for id in &meant.withdrawn {
            assert!(ids.contains(id), "{id} in {format:?}");
        }
        let back = feed
            .entries
            .iter()
            .find(|entry| entry.id == everything::id("put-back"));
        if let Some(back) = back {
            assert_eq!(title(back), "Withdrawn, and put back", "{format:?}");
        }
    }
}
