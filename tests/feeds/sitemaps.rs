//! Sitemaps and robots.txt: they list every public article once, and move only with what they say.

use std::collections::BTreeSet;

use chrono::{Datelike, TimeDelta, Utc};

use crate::support::{Answer, Paper, Server};

fn locations(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let document = roxmltree::Document::parse(&text).unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.sitemaps.org/schemas/sitemap/0.9", "loc")))
        .filter_map(|node| node.text())
        .map(ToOwned::to_owned)
        .collect()
}

fn path(server: &Server, url: &str) -> String {
    url.strip_prefix(&server.base()).expect(url).to_owned()
}

#[test]
fn the_sitemaps_list_every_page_once_and_each_answers() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let index = server.get("/sitemap.xml");
    assert_eq!(
        index.header("content-type"),
        Some("application/xml; charset=utf-8")
    );
    let mut pages = Vec::new();
    for part in locations(&index) {
        let part = server.get(&path(&server, &part));
        assert_eq!(part.status, 200);
        pages.extend(locations(&part));
    }
    let unique: BTreeSet<&String> = pages.iter().collect();
    assert_eq!(unique.len(), pages.len(), "{pages:?}");
    let articles = pages.iter().filter(|url| url.contains("/articles/"));
    let folders = paper.items().read_dir().unwrap().flatten();
    let stories = folders
        .filter(|entry| entry.path().is_dir())
        .map(|section| section.path().read_dir().unwrap().count())
        .sum::<usize>();
    assert_eq!(articles.count(), stories);
    for url in &pages {
        assert_eq!(server.get(&path(&server, url)).status, 200, "{url}");
    }
    for expected in ["/", "/captions", "/sections/harbour"] {
        assert!(unique.contains(&format!("{}{expected}", server.base())));
    }
    let robots = server.get("/robots.txt").text();
    for line in robots.lines().filter_map(|it| it.strip_prefix("Sitemap: ")) {
        assert_eq!(server.get(&path(&server, line)).status, 200, "{line}");
    }
    assert!(robots.contains("/sitemap-news.xml"));
    for nowhere in [
        "/sitemap-1999-01.xml",
        "/sitemap-2026-11-2.xml",
        "/sitemap-2026-13.xml",
        "/sitemap-2026-1.xml",
        "/sitemap-2026-01-1.xml",
    ] {
        assert_eq!(server.get(nowhere).status, 404, "{nowhere}");
    }
}

#[test]
fn a_sitemap_moves_with_what_it_says_and_a_withdrawn_story_leaves_it() {
    let paper = Paper::new();
    paper.article("city/one", "One", "Text.");
    paper.article("city/two", "Two", "Text.");
    let server = paper.start();
    let month = "/sitemap-2026-01.xml";
    let (before, index) = (server.snapshot(month), server.snapshot("/sitemap.xml"));
    let feed = server.snapshot("/feed.rss");
    paper.edit("city/one/article.md", "Text.", "Another text.");
    server.until("/feed.rss", |answer| answer.etag() != feed.etag);
    assert_eq!(
        server.snapshot(month),
        before,
        "a minor edit is nothing to search engines"
    );
    assert_eq!(server.snapshot("/sitemap.xml"), index);
    paper.remove("city/two");
    server.until(month, |answer| !answer.has("/articles/two"));
    assert_ne!(server.snapshot("/sitemap.xml").etag, index.etag);
    paper.remove("city/one");
    server.until("/sitemap.xml", |answer| !answer.has("2026-01"));
    assert_eq!(server.get(month).status, 404);
}

#[test]
fn the_news_are_those_of_the_last_two_days_with_headline_name_and_date() {
    let paper = Paper::new();
    paper.article("city/old", "Old", "Text.");
    let now = Utc::now() - TimeDelta::hours(3);
    let said = now.format("%Y-%m-%dT%H:%M:%SZ");
    paper.write(
        "city/fresh/article.md",
        format!("+++\nheadline = \"Fresh & new\"\nlanguage = \"zh-Hans\"\npublished = {said}\n+++\nText.\n"),
    );
    let server = paper.start();
    let news = server.get("/sitemap-news.xml");
    assert_eq!(
        locations(&news),
        [format!("{}/articles/fresh", server.base())]
    );
    let text = news.text();
    for expected in [
        "<news:name>The Courier</news:name>",
        "<news:language>zh-cn</news:language>",
        "<news:title>Fresh &amp; new</news:title>",
        &format!("<news:publication_date>{said}</news:publication_date>"),
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(text.contains(&format!("{}", now.year())));
    let before = server.snapshot("/sitemap-news.xml");
    let feed = server.snapshot("/feed.rss");
    paper.edit("city/old/article.md", "Text.", "Another text.");
    server.until("/feed.rss", |answer| answer.etag() != feed.etag);
    assert_eq!(server.snapshot("/sitemap-news.xml"), before);
    paper.edit("city/fresh/article.md", "Fresh & new", "Fresher");
    server.until("/sitemap-news.xml", |answer| answer.has("Fresher"));
}
