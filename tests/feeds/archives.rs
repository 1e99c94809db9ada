//! Archives (RFC 5005 §4): a walk from the live feed misses no published item, and what is closed stays.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::support::{self, Paper, Server};

/// A paper with `count` stories in turns in its two sections; older ones have higher numbers.
fn paper_of(count: usize) -> Paper {
    let paper = Paper::new();
    let settings = paper.read("publication.toml").replace(
        "main_feed = [\"articles\", \"captions\"]",
        "main_feed = [\"articles\"]",
    );
    paper.write("publication.toml", settings);
    for number in 0..count {
        write(&paper, number);
    }
    paper
}

fn write(paper: &Paper, number: usize) {
    let section = ["city", "harbour"][number % 2];
    let (month, day) = (12 - number / 28 % 12, 28 - number % 28);
    paper.write(
        &format!("{section}/story-{number}/article.md"),
        format!(
            "+++\nheadline = \"Story {number}.\"\npublished = 2025-{month:02}-{day:02}T08:00:00Z\n+++\nText {number}.\n"
        ),
    );
}

/// The headlines that a document holds.
fn stories(document: &str) -> BTreeSet<String> {
    document
        .split("Story ")
        .skip(1)
        .filter_map(|piece| piece.split_once('.'))
        .map(|(number, _)| number.to_owned())
        .collect()
}

/// The address of the next older document.
fn older(document: &str, extension: &str) -> Option<String> {
    if extension == "json" {
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        return document["next_url"].as_str().map(ToOwned::to_owned);
    }
    link(document, "prev-archive")
}

fn link(document: &str, rel: &str) -> Option<String> {
    let document = roxmltree::Document::parse(document).unwrap();
    let found: Vec<_> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "link" && node.attribute("rel") == Some(rel))
        .filter_map(|node| node.attribute("href"))
        .collect();
    assert!(found.len() < 2, "{rel} twice: {found:?}");
    found.first().map(ToString::to_string)
}

/// Every document from the live feed to the oldest segment.
fn walk(server: &Server, feed: &str, extension: &str) -> Vec<String> {
    let mut documents = Vec::new();
    let mut next = Some(format!("{}{feed}.{extension}", server.base()));
    while let Some(url) = next {
        let answer = server.get(url.strip_prefix(&server.base()).unwrap());
        assert_eq!(answer.status, 200, "{url}");
        next = older(&answer.text(), extension);
        documents.push(answer.text());
        assert!(documents.len() < 100, "{feed} goes round in circles");
    }
    documents
}

#[test]
fn walking_from_the_live_feed_misses_no_published_item() {
    let paper = paper_of(137);
    let server = paper.start();
    for (feed, expected) in [
        ("/feed", (0..137).collect::<Vec<_>>()),
        ("/sections/city", (0..137).step_by(2).collect()),
        ("/sections/harbour", (1..137).step_by(2).collect()),
    ] {
        let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
        for extension in ["rss", "atom", "json"] {
            let documents = walk(&server, feed, extension);
            let found: BTreeSet<String> = documents.iter().flat_map(|it| stories(it)).collect();
            assert_eq!(found, expected, "{feed}.{extension}");
            assert_eq!(documents.len() - 1, expected.len() / 25, "closed segments");
            for segment in &documents[1..] {
                assert_eq!(stories(segment).len(), 25, "{feed}.{extension}");
            }
        }
    }
}

#[test]
fn a_segment_says_what_it_is_and_links_only_to_closed_ones() {
    let paper = paper_of(80);
    let server = paper.start();
    let url = |path: &str| format!("{}{path}", server.base());
    for extension in ["rss", "atom"] {
        let live = server.get(&format!("/feed.{extension}"));
        assert!(!live.has("archive/>") && !live.has("<fh:archive"));
        let newest = url(&format!("/archive/3.{extension}"));
        assert_eq!(link(&live.text(), "prev-archive"), Some(newest));
        assert_eq!(link(&live.text(), "current"), None);
        for number in 1..=3 {
            let path = |number: i32| format!("/archive/{number}.{extension}");
            let segment = server.get(&path(number));
            let text = segment.text();
            assert!(text.contains("fh:archive"), "{text}");
            let is = |rel: &str| link(&text, rel);
            assert_eq!(is("self"), Some(url(&path(number))));
            assert_eq!(is("current"), Some(url(&format!("/feed.{extension}"))));
            let previous = (number > 1).then(|| url(&path(number - 1)));
            assert_eq!(is("prev-archive"), previous);
            let next = (number < 3).then(|| url(&path(number + 1)));
            assert_eq!(is("next-archive"), next);
            assert_eq!(
                segment.header("cache-control"),
                Some("max-age=3600, stale-if-error=604800")
            );
        }
        for nowhere in [
            "/archive/4",
            "/archive/0",
            "/archive/01",
            "/tags/a/archive/1",
        ] {
            let answer = server.get(&format!("{nowhere}.{extension}"));
            assert_eq!(answer.status, 404, "{nowhere}");
        }
    }
    let oldest = stories(&server.get("/archive/1.rss").text());
    let youngest = stories(&server.get("/archive/3.rss").text());
    assert!(
        oldest.is_disjoint(&youngest) && oldest.contains("79") && !youngest.contains("79"),
        "a paper that is brought in whole is archived by its dates: {oldest:?} {youngest:?}"
    );
}

#[test]
fn a_segment_tells_the_digest_of_what_is_sent() {
    let paper = paper_of(30);
    let server = paper.start();
    for coding in ["identity", "gzip", "br", "zstd"] {
        let fields = [("Accept-Encoding", coding)];
        let segment = server.get_with("/archive/1.atom", &fields);
        let digest = STANDARD.encode(Sha256::digest(&segment.body));
        let expected = format!("sha-256=:{digest}:");
        assert_eq!(segment.header("repr-digest"), Some(expected.as_str()));
        let head = server.send("HEAD", "/archive/1.atom", &fields);
        assert_eq!(head.header("repr-digest"), Some(expected.as_str()));
        let tag = [fields[0], ("If-None-Match", segment.etag())];
        let unchanged = server.get_with("/archive/1.atom", &tag);
        assert_eq!(
            (unchanged.status, unchanged.header("repr-digest")),
            (304, None)
        );
    }
    assert_eq!(server.get("/feed.atom").header("repr-digest"), None);
}

#[test]
fn a_closed_segment_stays_while_the_paper_goes_on() {
    let paper = paper_of(60);
    let server = paper.start();
    let first = server.snapshot("/archive/1.atom");
    let second = server.snapshot("/archive/2.atom");
    assert_eq!(link(&second.body, "next-archive"), None);
    for number in 60..80 {
        write(&paper, number);
    }
    server.until("/archive/3.atom", |answer| answer.status == 200);
    assert_eq!(server.snapshot("/archive/1.atom"), first);
    let linked = server.snapshot("/archive/2.atom");
    assert!(link(&linked.body, "next-archive").is_some());
    assert_eq!(stories(&linked.body), stories(&second.body));
    assert_ne!(linked.etag, second.etag);
    assert!(support::seconds(&linked.last_modified) >= support::seconds(&second.last_modified));
}

#[test]
fn an_old_story_that_no_segment_has_yet_stands_in_the_live_feed() {
    let paper = paper_of(110);
    let server = paper.start();
    // Its date puts it behind all others, and no full segment has room for it.
    paper.write(
        "city/found/article.md",
        "+++\nheadline = \"Story found.\"\npublished = 1999-01-01T08:00:00Z\n+++\nText.\n",
    );
    for extension in ["rss", "atom", "json"] {
        let feed = format!("/feed.{extension}");
        server.until(&feed, |answer| answer.has("Story found."));
    }
    let order: Vec<String> = server
        .get("/feed.rss")
        .text()
        .split("<title>Story ")
        .skip(1)
        .map(|piece| piece.split('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(order.last().map(String::as_str), Some("found"), "{order:?}");
}

#[test]
fn withdrawn_and_moved_stories_leave_their_segment_and_come_back_to_it() {
    let paper = paper_of(60);
    let server = paper.start();
    let home = "/sections/harbour/archive/1.rss";
    let whole = stories(&server.get(home).text());
    let one = whole.iter().next().unwrap().clone();
    let (at, away) = (format!("harbour/story-{one}"), format!("city/story-{one}"));
    let lacks = |path: &str| {
        server.until(path, |answer| !stories(&answer.text()).contains(&one));
    };
    std::fs::rename(paper.path(&at), paper.path(&away)).unwrap();
    lacks(home);
    server.until("/sections/city.rss", |it| {
        stories(&it.text()).contains(&one)
    });
    std::fs::rename(paper.path(&away), paper.path(&at)).unwrap();
    server.until(home, |it| stories(&it.text()) == whole);
    let gone = paper.dir.path().join("gone");
    std::fs::rename(paper.path(&at), &gone).unwrap();
    lacks(home);
    lacks("/archive/1.rss");
    lacks("/archive/2.rss");
    assert_eq!(
        server.get("/archive/2.rss").status,
        200,
        "nothing is renumbered"
    );
    std::fs::rename(&gone, paper.path(&at)).unwrap();
    server.until(home, |it| stories(&it.text()) == whole);
}

#[test]
fn a_section_under_a_new_slug_keeps_its_archive() {
    let paper = paper_of(60);
    let server = paper.start();
    let before = stories(&server.get("/sections/harbour/archive/1.rss").text());
    let settings = paper.read("publication.toml");
    std::fs::rename(paper.path("harbour"), paper.path("port")).unwrap();
    paper.write(
        "publication.toml",
        settings.replace(
            "slug = \"harbour\"",
            "slug = \"port\"\nformer = [\"harbour\"]",
        ),
    );
    server.until("/sections/port/archive/1.rss", |answer| {
        answer.status == 200 && stories(&answer.text()) == before
    });
    let old = server.get("/sections/harbour/archive/1.rss");
    assert_eq!(old.status, 301);
    assert_eq!(
        old.header("location"),
        Some(format!("{}/sections/port/archive/1.rss", server.base()).as_str())
    );
}

#[test]
fn a_store_of_the_first_schema_gets_its_archives() {
    let paper = paper_of(60);
    let server = paper.start();
    let expected = server.get("/archive/2.json").text();
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    database
        .execute_batch(include_str!("../support/down_to_2.sql"))
        .unwrap();
    database
        .execute_batch(
            "DROP TABLE archived; DROP TABLE unarchived; DROP INDEX item_published; DROP INDEX touch_seq;
             DROP TABLE sitemap; DROP INDEX former_article;
             DROP INDEX filing_article; CREATE INDEX filing_article ON filing (article);
             PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(database);
    let server = paper.starting().at(address).serve();
    assert_eq!(server.get("/archive/2.json").text(), expected);
}

#[test]
fn what_no_segment_has_leaves_the_newest_their_room() {
    let paper = paper_of(50);
    let server = paper.start();
    let newest = stories(&server.get("/feed.json").text());
    assert_eq!(newest.len(), 50);
    let text = "An old text. ".repeat(4_500);
    for number in 0..23 {
        paper.write(
            &format!("city/late-{number}/article.md"),
            format!("+++\nheadline = \"Late {number}.\"\npublished = 1999-01-01T08:00:00Z\n+++\n{text}\n"),
        );
    }
    for number in 0..23 {
        let late = format!("Late {number}.");
        let held = |answer: &support::Answer| {
            let segments = 1..=4;
            answer.has(&late)
                || segments
                    .into_iter()
                    .any(|n| server.get(&format!("/archive/{n}.json")).has(&late))
        };
        server.until("/feed.json", held);
    }
    let found = stories(&server.get("/feed.json").text());
    assert!(newest.is_subset(&found), "{newest:?} {found:?}");
}

#[test]
fn stories_that_grow_while_they_wait_for_a_segment_get_one_before_they_are_too_large() {
    let paper = paper_of(10);
    let server = paper.start();
    let text = "A long text. ".repeat(50_000);
    // The oldest first: a segment takes all that are older than the second one that has grown, however many at a time are
    // noticed.
    for number in (0..10).rev() {
        let section = ["city", "harbour"][number % 2];
        paper.edit(
            &format!("{section}/story-{number}/article.md"),
            &format!("Text {number}."),
            &text,
        );
    }
    server.until("/archive/4.atom", |answer| answer.status == 200);
    let sizes = |path: String| server.get(&path).body.len();
    assert!(sizes("/feed.atom".to_owned()) < 2_000_000);
    for number in 1..=4 {
        assert!(sizes(format!("/archive/{number}.atom")) < 2_000_000);
    }
}

#[test]
fn commands_beside_a_store_of_the_first_schema_say_what_to_do() {
    let paper = paper_of(1);
    assert_eq!(paper.start().stop(), Some(0));
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 1;").unwrap();
    drop(database);
    let output = support::courant(&["render", "all", "--data", support::text(&paper.data())]);
    assert_eq!(output.status.code(), Some(1));
    let said = support::said(&output);
    assert!(
        said.contains("has schema 1") && said.contains("run courant serve once"),
        "{said}"
    );
}
