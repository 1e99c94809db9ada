//! No answer reads a whole table, however large the paper: the plans of all statements that requests run. The store records
//! them in unit tests alone, so that these tests stand here.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::item::{Id, MediaType, RecordingType, file};
use crate::publication::{self, Selection};
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{Change, Origin, Settings, Store, TouchKey, plans};

use super::rendered;

const BASE: &str = "https://courier.example.org";

/// Addresses that no document leads to.
const UNLINKED: [&str; 9] = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-news.xml",
    "/articles/nowhere",
    "/articles/tramway.rss",
    "/tags/nothing.atom",
    "/captions/01a20fc9-85cf-77e4-b325-000000000000",
    "/items/01a20fc9-85cf-77e4-b325-000000000000",
    "/archive/1.atom",
];

/// The tables that do not grow with the paper, or by a row a month, and what is asked within a statement for one row.
const SMALL: [&str; 5] = ["meta", "sitemap", "within0", "before0", "after0"];

fn put(slug: &str, number: i64, now: DateTime<Utc>) -> Change {
    let published = (now - TimeDelta::hours(1 + number)).to_rfc3339();
    let text = format!(
        "+++\nid = \"{}\"\nheadline = \"Story {number}\"\npublished = {published}\n\
         authors = [\"Maeve Corrigan\"]\ntags = [\"trams\"]\n[[captions]]\ntext = \"A tram.\"\n\
         credit = \"Tomás Breen\"\n+++\nLead.\n\n## Part\n\nText.\n",
        Id::default().derive(&number.to_string())
    );
    let parsed = file::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    let article = parsed.article.expect("an article");
    let origin = Origin {
        path: format!("city/{slug}"),
        stat: String::new(),
        digest: String::new(),
    };
    Change::put(article, "city", slug, origin)
}

/// A paper with more stories than a window has, one that has moved and one that was taken back.
fn paper(folder: &Path, stories: i64) -> Store {
    let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().expect("a date");
    let store = Store::open(folder, now).expect("a store");
    let text =
        "title = \"x\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    let settings = Settings {
        publication: parsed.publication.expect("a publication"),
        source: String::new(),
        base_url: BASE.to_owned(),
    };
    let mut changes = vec![Change::Settings(Box::new(settings))];
    changes.extend((0..stories).map(|number| put(&format!("story-{number}"), number, now)));
    changes.push(put("tramway", 1, now));
    changes.push(put("tram", 1, now));
    changes.push(Change::Withdraw(Id::default().derive("2")));
    for outcome in store.apply(&|| now, "test", &changes).expect("a batch") {
        outcome.expect("a change");
    }
    store
}

/// Asks for everything that documents lead to, as requests do, and gives how many documents there were.
fn ask_for_everything(store: &Store) -> usize {
    let base = BaseUrl::parse(BASE).expect("a base URL");
    let mut known: BTreeSet<String> = UNLINKED.iter().map(ToString::to_string).collect();
    known.insert("/".to_owned());
    let mut ahead: Vec<String> = known.iter().cloned().collect();
    let mut found = 0;
    while let Some(path) = ahead.pop() {
        let Some(resource) = Resource::parse(&path) else {
            continue;
        };
        if let Resource::Media { hash, kind } = &resource {
            store.media_status(hash, *kind).expect("an answer");
        }
        let made = rendered(store, &base, &resource).expect("an answer");
        let Some(body) = made.body() else { continue };
        found += 1;
        let text = String::from_utf8_lossy(body);
        for mark in [BASE, "href=\"", "src=\""] {
            for piece in text.split(mark).skip(1).filter(|p| p.starts_with('/')) {
                let path = piece.split(|c| "\"'<>&#\\ ".contains(c)).next();
                let path = path.unwrap_or_default().to_owned();
                if known.insert(path.clone()) {
                    ahead.push(path);
                }
            }
        }
    }
    found
}

/// The reads of requests, and of what follows the log, that no document stands for.
fn ask_the_rest(store: &Store) {
    let id = Id::default().derive("3");
    let city = Selection::Section("city".to_owned());
    store.touch(&TouchKey::from(city)).expect("an answer");
    store
        .media_status("00", MediaType::Recording(RecordingType::Mp3))
        .expect("an answer");
    store.log_after(3, 10).expect("an answer");
    store.touched_after(3, 10).expect("an answer");
    store.cursor("a cache").expect("an answer");
    store.articles_after(Some(id), 10).expect("an answer");
    store.owner_of_caption(id).expect("an answer");
    store.find_article("nowhere").expect("an answer");
    store
        .name(&Selection::Tag(Subject::Captions.to_string()))
        .expect("an answer");
    store.file_of(id).expect("an answer");
    let near = ["city/tram".to_owned()];
    store.files_near(&near).expect("an answer");
}

/// The faulty steps of a query plan: those that scan a table that grows with the paper.
fn faults(plan: &[String]) -> Vec<&String> {
    let is_fault = |step: &&String| match step.split_once(' ') {
        Some(("SCAN", rest)) => {
            let table = rest.split(' ').next().unwrap_or_default();
            !SMALL.contains(&table) && rest != "CONSTANT ROW"
        }
        // A max() that goes through the table as far as it must, which may be to its end.
        Some(("SEARCH", rest)) => !rest.contains('('),
        _ => false,
    };
    plan.iter().filter(is_fault).collect()
}

#[test]
fn no_statement_that_a_request_runs_reads_a_whole_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = paper(folder.path(), 70);
    plans::take_recorded();
    let found = ask_for_everything(&store);
    assert!(found > 250, "only {found} documents");
    ask_the_rest(&store);
    let recorded = plans::take_recorded().into_keys();
    let reads = recorded.filter(|sql| sql.trim_start().starts_with("SELECT"));
    let reads: Vec<String> = reads.collect();
    assert!(reads.len() >= 12, "{reads:#?}");
    for sql in reads {
        let plan = store.plan(&sql).expect("a plan");
        assert!(!plan.is_empty(), "{sql}");
        assert!(faults(&plan).is_empty(), "{sql}\n{plan:#?}");
        // Two touches may be sorted, and what one segment has or lacks.
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        let few = ["FROM touch", "FROM unarchived", "FROM archived"];
        let is_few = few.iter().any(|of| sql.contains(of));
        assert!(!sorts || is_few, "{sql}\n{plan:#?}");
    }
}

#[test]
fn a_statement_that_reads_a_whole_table_would_be_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = paper(folder.path(), 3);
    for sql in [
        "SELECT max(time) FROM log WHERE kind = ?1",
        "SELECT max(activity) FROM filing",
        "SELECT i.id FROM item i WHERE i.section = ?1",
    ] {
        let plan = store.plan(sql).expect("a plan");
        assert!(!faults(&plan).is_empty(), "{sql}\n{plan:#?}");
    }
}

/// The steps that SQLite's machine takes for one request of a server that was just started.
fn steps(folder: &Path, path: &str) -> i64 {
    let store = Store::open_beside(folder).expect("a store");
    let base = BaseUrl::parse(BASE).expect("a base URL");
    plans::take_recorded();
    let resource = Resource::parse(path).expect("a resource");
    let made = rendered(&store, &base, &resource).expect("an answer");
    assert!(made.body().is_some(), "{path}");
    plans::take_recorded().into_values().map(i64::from).sum()
}

#[test]
fn what_a_request_takes_does_not_grow_with_the_paper() {
    let [small, large] = [100, 1000].map(|stories| {
        let folder = tempfile::tempdir().expect("a folder");
        drop(paper(folder.path(), stories));
        folder
    });
    for path in [
        "/feed.rss",
        "/sections/city.atom",
        "/tags/trams.json",
        "/authors/maeve-corrigan.rss",
        "/captions.atom",
        "/tags/trams",
        "/tags/trams/2026-11",
        "/archive/2.atom",
        "/sections/city/archive/1.json",
        "/articles/story-5.rss",
        "/articles/story-5",
        "/",
        "/feeds.opml",
    ] {
        let (few, many) = (steps(small.path(), path), steps(large.path(), path));
        assert!(few > 0, "{path}");
        // Ten times the stories, and hardly a step more: an index is a little deeper.
        assert!(many * 100 <= few * 105, "{path}: {few} steps, and {many}");
    }
}
