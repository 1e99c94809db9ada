//! Feeds read back by readers that are not ours, field by field against what was meant.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use courant::resource::{Format, Resource, Subject};
use feed_rs::model::{Entry, Feed};
use roxmltree::{Document, Node};
use serde_json::Value;

use crate::support::copy;
use crate::support::papers::{self, Paper, printed, real_page, seen, squeezed, unmarked};

const MEDIA: &str = "http://search.yahoo.com/mrss/";
const DC: &str = "http://purl.org/dc/elements/1.1/";

fn read(paper: &Paper, subject: &Subject, format: Format) -> Feed {
    let document = paper.document(subject, format);
    feed_rs::parser::parse(document.as_bytes())
        .unwrap_or_else(|error| panic!("{subject}.{}: {error}", format.extension()))
}

fn all(paper: &Paper) -> impl Iterator<Item = (Subject, Format)> {
    let subjects = paper.subjects().into_iter();
    subjects.flat_map(|subject| Format::ALL.map(|format| (subject.clone(), format)))
}

fn entry<'a>(feed: &'a Feed, id: &str) -> &'a Entry {
    let found = feed.entries.iter().find(|entry| entry.id == id);
    found.unwrap_or_else(|| panic!("no entry {id}"))
}

fn title(entry: &Entry) -> &str {
    &entry.title.as_ref().unwrap().content
}

fn content(entry: &Entry) -> &str {
    entry.content.as_ref().unwrap().body.as_ref().unwrap()
}

fn people(entry: &Entry) -> Vec<&str> {
    let names = entry.authors.iter();
    names
        .map(|person| person.name.as_deref().unwrap())
        .collect()
}

/// An element's own text, at any depth below `node`.
fn texts<'a>(node: Node<'a, 'a>, namespace: &str, local: &str) -> Vec<&'a str> {
    node.descendants()
        .filter(|inner| inner.has_tag_name((namespace, local)))
        .map(|inner| inner.text().unwrap_or_default())
        .collect()
}

#[test]
fn the_real_page_comes_back_paragraph_by_paragraph() {
    let page = fs::read_to_string("tests/data/pages/changchun.txt").unwrap();
    let lines: Vec<&str> = page.lines().map(str::trim).collect();
    let begin = lines.iter().position(|line| *line == "写在前面").unwrap();
    let mut meant: Vec<String> = Vec::new();
    for line in &lines[begin..] {
        match meant.last_mut() {
            _ if line.is_empty() || line.starts_with("世纪广场鸟瞰图") => {}
            // The one sentence that a column broke.
            Some(above) if above.ends_with("体现区域特") => above.push_str(line),
            _ => meant.push((*line).to_owned()),
        }
    }
    let kicker = "牢记嘱托 提振信心 鼓足干劲 真抓实干";
    let deck = "以奋发有为的精神状态担当作为争创佳绩 把总书记殷殷嘱托转化为振兴突破实际成效";
    meant.splice(0..0, [kicker.to_owned(), deck.to_owned()]);
    meant.extend(
        [
            "中车长客研制的广东清远磁浮旅游专列。",
            "本版图片均资料来源",
            "世纪广场鸟瞰图。",
            "孙杰 / 本版图片均资料来源",
        ]
        .map(str::to_owned),
    );
    let paper = real_page();
    for format in Format::ALL {
        let feed = read(&paper, &Subject::Publication, format);
        let first = &feed.entries[0];
        assert_eq!(
            title(first),
            "长春：全力打好打赢三年攻坚行动决胜之年决胜之战"
        );
        assert_eq!(seen(content(first)), meant, "{format:?}");
        assert_eq!(
            title(&feed.entries[1]),
            "中车长客研制的广东清远磁浮旅游专列。"
        );
        assert_eq!(title(&feed.entries[2]), "世纪广场鸟瞰图。");
        assert_eq!(people(&feed.entries[2]), ["孙杰"], "{format:?}");
        assert_eq!(
            feed.language.as_deref().map(str::to_lowercase).as_deref(),
            Some("zh-hans")
        );
    }
}

#[test]
fn every_article_comes_back_as_its_file_says() {
    for paper in [real_page(), sample()] {
        let publication = paper.store.publication().unwrap();
        for filed in paper.filed() {
            let article = &filed.article;
            let id = match &article.guid {
                Some(guid) => guid.to_string(),
                None => article.id.unwrap().to_string(),
            };
            // Everything that the article's content must say, in its order.
            let lines = [
                &article.public_note,
                &article.kicker,
                &article.deck,
                &article.dateline,
            ];
            let mut meant: String = lines
                .into_iter()
                .flatten()
                .map(|line| squeezed(line))
                .collect();
            meant.push_str(&unmarked(&article.body));
            for line in article.captions.iter().flat_map(printed) {
                meant.push_str(&squeezed(&line));
            }
            meant.extend(article.source.iter().map(|source| squeezed(source)));
            let section = Subject::Section(filed.section.clone());
            for (subject, format) in [Subject::Publication, section]
                .into_iter()
                .flat_map(|subject| Format::ALL.map(|format| (subject.clone(), format)))
            {
                let at = format!("{} in {subject}.{}", filed.slug, format.extension());
                let feed = read(&paper, &subject, format);
                let entry = entry(&feed, &id);
                assert_eq!(title(entry), &*article.headline, "{at}");
                assert_eq!(squeezed(&seen(content(entry)).concat()), meant, "{at}");
                assert_eq!(entry.published, Some(article.published.to_utc()), "{at}");
                let page = paper.url(&Resource::Page(Subject::Article(filed.slug.clone())));
                assert_eq!(entry.links[0].href, page, "{at}");
                let authors: Vec<&str> = article.authors.iter().map(|name| &**name).collect();
                // JSON Feed and feed-rs give an item without authors those of the feed.
                if !authors.is_empty() || format != Format::Json {
                    assert_eq!(people(entry), authors, "{at}");
                }
                let summary = &entry.summary.as_ref().unwrap().content;
                assert!(
                    !summary.is_empty() && summary.len() < 1200,
                    "{at}: {summary}"
                );
                if format == Format::Atom {
                    let updated = article.significant().to_utc();
                    let moved = entry.updated.unwrap() - updated;
                    assert!(
                        moved >= TimeDelta::zero() && moved < TimeDelta::seconds(1),
                        "{at}"
                    );
                    let other = article
                        .language
                        .as_deref()
                        .filter(|language| *language != &*publication.language);
                    assert_eq!(entry.language.as_deref(), other, "{at}");
                }
                let labels: BTreeSet<String> = entry
                    .categories
                    .iter()
                    .map(|category| category.label.clone().unwrap_or(category.term.clone()))
                    .collect();
                for tag in &article.tags {
                    assert!(labels.contains(&**tag), "{at}: {labels:?}");
                }
                let named = publication
                    .section(&filed.section)
                    .unwrap()
                    .title
                    .to_string();
                assert!(labels.contains(&named), "{at}: {labels:?}");
            }
        }
    }
}

#[test]
fn photographs_keep_caption_and_credit_in_content_and_media_rss() {
    for paper in [real_page(), sample()] {
        for filed in paper.filed() {
            let article = &filed.article;
            let id = article
                .guid
                .as_ref()
                .map_or_else(|| article.id.unwrap().to_string(), ToString::to_string);
            for caption in &article.captions {
                for format in Format::ALL {
                    let feed = read(&paper, &Subject::Captions, format);
                    let entry = entry(&feed, &caption.id.unwrap().to_string());
                    assert_eq!(seen(content(entry)), printed(caption));
                    assert!(caption.text.starts_with(title(entry).trim_end_matches('…')));
                }
            }
            for format in [Format::Rss, Format::Atom] {
                let text = paper.document(&Subject::Publication, format);
                let document = Document::parse(&text).unwrap();
                let item = document
                    .descendants()
                    .find(|node| {
                        let local = node.tag_name().name();
                        (local == "guid" || local == "id") && node.text() == Some(&id)
                    })
                    .and_then(|node| node.parent())
                    .unwrap();
                let with_photograph: Vec<_> = article
                    .captions
                    .iter()
                    .filter(|caption| caption.image.is_some())
                    .collect();
                let contents: Vec<Node<'_, '_>> = item
                    .children()
                    .filter(|node| node.has_tag_name((MEDIA, "content")))
                    .collect();
                assert_eq!(
                    contents.len(),
                    with_photograph.len(),
                    "{} {format:?}",
                    filed.slug
                );
                for (content, caption) in contents.into_iter().zip(with_photograph) {
                    let photograph = &caption.image.as_ref().unwrap().photograph;
                    let names: Vec<&str> = caption
                        .credit
                        .iter()
                        .chain(&caption.source)
                        .map(|name| &**name)
                        .collect();
                    assert_eq!(texts(content, MEDIA, "description"), [&*caption.text]);
                    assert_eq!(texts(content, MEDIA, "credit"), names);
                    let terms: Vec<&str> =
                        caption.usage_terms.iter().map(|terms| &**terms).collect();
                    assert_eq!(texts(content, MEDIA, "copyright"), terms);
                    assert_eq!(
                        content.attribute("type"),
                        Some(photograph.kind.media_type())
                    );
                    assert_eq!(
                        content.attribute("width"),
                        Some(photograph.width.to_string().as_str())
                    );
                    assert_eq!(
                        content.attribute("fileSize"),
                        Some(photograph.bytes.to_string().as_str())
                    );
                    let address = content.attribute("url").unwrap();
                    assert!(
                        text.contains(&format!("src=\"{address}\""))
                            || text.contains(&format!("src=&quot;{address}&quot;"))
                    );
                }
            }
        }
    }
}

#[test]
fn language_and_extensions_are_said_where_feed_rs_does_not_look() {
    let paper = sample();
    let rss = paper.document(&Subject::Publication, Format::Rss);
    let rss = Document::parse(&rss).unwrap();
    let json: Value =
        serde_json::from_str(&paper.document(&Subject::Publication, Format::Json)).unwrap();
    for filed in paper.filed() {
        let Some(language) = &filed.article.language else {
            continue;
        };
        let id = filed.article.id.unwrap().to_string();
        let guid = rss
            .descendants()
            .find(|node| node.has_tag_name("guid") && node.text() == Some(&id));
        let item = guid.and_then(|node| node.parent()).unwrap();
        assert_eq!(texts(item, DC, "language"), [&**language]);
        let items = json["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["id"] == id.as_str()).unwrap();
        assert_eq!(item["language"], **language);
        let kicker = filed.article.kicker.as_deref();
        assert_eq!(item["_courant"]["kicker"].as_str(), kicker);
    }
}

#[test]
fn ids_and_their_order_are_the_same_in_all_three_formats() {
    for paper in [real_page(), sample()] {
        for subject in paper.subjects() {
            let [rss, atom, json] = Format::ALL.map(|format| {
                let feed = read(&paper, &subject, format);
                feed.entries
                    .into_iter()
                    .map(|entry| entry.id)
                    .collect::<Vec<_>>()
            });
            assert_eq!(rss, atom, "{subject}");
            assert_eq!(rss, json, "{subject}");
            assert!(!rss.is_empty(), "{subject}");
            let once: BTreeSet<&String> = rss.iter().collect();
            assert_eq!(once.len(), rss.len(), "{subject} names an id twice");
        }
    }
}

#[test]
fn an_article_comes_before_its_captions() {
    let paper = real_page();
    let filed = &paper.filed()[0].article;
    let captions = filed
        .captions
        .iter()
        .map(|caption| caption.id.unwrap().to_string());
    let mut meant = vec![filed.id.unwrap().to_string()];
    meant.extend(captions);
    for format in Format::ALL {
        let feed = read(&paper, &Subject::Publication, format);
        let ids: Vec<String> = feed.entries.into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, meant, "{format:?}");
    }
}

#[test]
fn the_feed_of_an_article_is_its_parts_with_text_and_its_captions() {
    for paper in [real_page(), sample()] {
        for filed in paper.filed() {
            let article = &filed.article;
            let subject = Subject::Article(filed.slug.clone());
            for format in Format::ALL {
                let feed = read(&paper, &subject, format);
                let captions = article.captions.len();
                let (parts, shown) = feed.entries.split_at(feed.entries.len() - captions);
                assert!(!parts.is_empty(), "{subject}");
                let text: String = parts
                    .iter()
                    .map(|part| squeezed(&seen(content(part)).concat()))
                    .collect();
                // A correction stands before the parts.
                let note = article.public_note.as_deref().unwrap_or_default();
                let body = squeezed(note) + &unmarked(&article.body);
                assert!(body.starts_with(&text), "{subject} {format:?}");
                // What is left are headings without text.
                assert!(body[text.len()..].chars().count() < 40, "{subject}");
                for (entry, caption) in shown.iter().zip(&article.captions) {
                    assert_eq!(entry.id, caption.id.unwrap().to_string());
                }
            }
        }
    }
}

#[test]
fn every_document_is_well_formed_and_names_its_own_address() {
    for paper in [real_page(), sample()] {
        for (subject, format) in all(&paper) {
            let text = paper.document(&subject, format);
            let own = paper.url(&Resource::Feed(subject.clone(), format));
            assert!(text.contains(&own), "{own}");
            if format == Format::Json {
                let json: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
                assert_eq!(json["feed_url"], own);
                continue;
            }
            assert!(
                text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
                "{own}"
            );
            if let Err(error) = Document::parse(&text) {
                panic!("{own}: {error}");
            }
        }
    }
}

#[test]
fn nothing_in_a_feed_is_later_than_the_feed() {
    for paper in [real_page(), sample()] {
        for (subject, format) in all(&paper) {
            let feed = read(&paper, &subject, format);
            let newest = papers::noon() + TimeDelta::seconds(1);
            for entry in &feed.entries {
                let dates = [entry.published, entry.updated];
                assert!(
                    dates.into_iter().flatten().all(|date| date < newest),
                    "{subject}"
                );
            }
            assert!(
                feed.updated
                    .is_none_or(|date: chrono::DateTime<Utc>| date <= newest)
            );
        }
    }
}

#[test]
fn a_withdrawn_story_is_a_stub_under_every_id_that_readers_had() {
    let items = tempfile::tempdir().unwrap();
    copy(Path::new("tests/data/sample"), items.path());
    let paper = Paper::of(items.path());
    let filed = paper.filed();
    let gone = filed
        .iter()
        .find(|filed| filed.slug == "north-quay-crane-stays")
        .unwrap();
    let own = Subject::Article(gone.slug.clone());
    let subjects = [
        Subject::Publication,
        Subject::Section(gone.section.clone()),
        Subject::Captions,
        own,
    ];
    let before: Vec<Vec<String>> = subjects
        .iter()
        .map(|subject| ids_of_story(&paper, subject, gone))
        .collect();
    fs::remove_dir_all(items.path().join(&gone.section).join(&gone.slug)).unwrap();
    paper.look(papers::noon() + TimeDelta::minutes(5));
    for (subject, before) in subjects.iter().zip(before) {
        assert!(!before.is_empty());
        for format in Format::ALL {
            let feed = read(&paper, subject, format);
            for id in &before {
                let entry = entry(&feed, id);
                assert_eq!(title(entry), "Withdrawn");
                assert_eq!(seen(content(entry)), ["This item was withdrawn."]);
            }
            let text = paper.document(subject, format);
            assert!(
                !text.contains(&*gone.article.headline),
                "{subject} {format:?}"
            );
            for caption in &gone.article.captions {
                assert!(!text.contains(&*caption.text), "{subject} {format:?}");
            }
        }
        let atom = paper.document(subject, Format::Atom);
        let atom = Document::parse(&atom).unwrap();
        let tombstones: BTreeSet<&str> = atom
            .descendants()
            .filter(|node| {
                node.has_tag_name(("http://purl.org/atompub/tombstones/1.0", "deleted-entry"))
            })
            .map(|node| node.attribute("ref").unwrap())
            .collect();
        assert!(
            before.iter().all(|id| tombstones.contains(id.as_str())),
            "{subject}"
        );
    }
}

fn ids_of_story(paper: &Paper, subject: &Subject, story: &papers::FiledArticle) -> Vec<String> {
    let mut known = vec![story.article.id.unwrap().to_string()];
    known.extend(
        story
            .article
            .captions
            .iter()
            .map(|caption| caption.id.unwrap().to_string()),
    );
    let entries = read(paper, subject, Format::Json).entries.into_iter();
    let ids = entries.map(|entry| entry.id);
    ids.filter(|id| matches!(subject, Subject::Article(_)) || known.contains(id))
        .collect()
}

/// The sample paper with small photographs.
fn sample() -> Paper {
    let items = tempfile::tempdir().unwrap();
    copy(Path::new("tests/data/sample"), items.path());
    Paper::with(items)
}

#[test]
fn two_stores_render_the_same_bytes() {
    let (one, other) = (sample(), sample());
    for (subject, format) in all(&one) {
        assert_eq!(
            one.document(&subject, format),
            other.document(&subject, format),
            "{subject}"
        );
    }
}
