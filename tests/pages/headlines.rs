//! Where the desk lets a headline be broken: on pages, and nowhere else.

use serde_json::{Value, json};

use crate::support::Paper;
use crate::support::writer::Desk;

#[test]
fn pages_keep_the_lines_of_a_headline_and_nothing_else_tells_of_them() {
    let paper = Paper::new();
    let story = |more: &str| {
        let lines = format!(
            "+++\nheadline = \"坚守北疆　守望 & 相助\"\n{more}published = 2026-01-02T09:00:00Z\n+++\n文。\n"
        );
        paper.write("city/story/article.md", lines);
    };
    story("");
    let server = paper.start();
    let whole = "坚守北疆　守望 &amp; 相助";
    let page = server.get("/articles/story");
    assert!(page.has(&format!("<h1 class=\"p-name\">{whole}</h1>")));
    let before = server.feeds();
    story("headline_lines = [\"坚守北疆\", \"守望 &\", \"相助\"]\n");
    let broken = "<span class=\"line\">坚守北疆</span>　<span class=\"line\">守望 &amp;</span> \
        <span class=\"line\">相助</span>";
    let page = server.until("/articles/story", |page| page.has("class=\"line\""));
    let headed = format!("<h1 class=\"p-name\">{broken}</h1>");
    assert!(page.has(&headed), "{}", page.text());
    assert!(page.has(&format!("<title>{whole}")));
    let front = server.get("/");
    assert!(front.has(&format!(
        "<h2 class=\"p-name\"><a class=\"u-url\" href=\"/articles/story\">{broken}</a></h2>"
    )));
    // Other columns are narrower, and other documents have no lines.
    for path in [
        "/sections/city",
        "/embed/articles/story",
        "/days/2026-01-02",
    ] {
        let list = server.get(path);
        assert!(list.has(whole) && !list.has("class=\"line\""), "{path}");
    }
    for path in before.keys() {
        let feed = server.get(path).text();
        assert!(!feed.contains("class=\"line\""), "{path}");
        assert!(!feed.contains("headline_lines"), "{path}");
    }
    let feed: Value = serde_json::from_str(&server.get("/feed.json").text()).unwrap();
    assert_eq!(feed["items"][0]["title"], "坚守北疆　守望 & 相助");
    // Whoever changes the headline is told of its lines.
    paper.edit("city/story/article.md", "北疆　", "南疆　");
    server.line(&["headline_lines", "坚守北疆"]);
    assert!(server.get("/articles/story").has(&headed));
}

/// The script that keeps the words of headlines together comes before a Chinese page is seen.
#[test]
fn only_a_chinese_paper_waits_for_the_script() {
    let paper = Paper::new();
    paper.article("city/story", "坚守北疆", "文。");
    let blocks = "defer blocking=\"render\"></script>";
    let server = paper.start();
    let page = server.get("/articles/story");
    assert!(page.has(" defer></script>") && !page.has(blocks));
    let settings = paper.read("publication.toml");
    let language = settings.lines().find(|line| line.starts_with("language"));
    let language = language.expect("a language");
    paper.edit("publication.toml", language, "language = \"zh-Hant\"");
    server.until("/articles/story", |page| page.has(blocks));
}

#[test]
fn a_program_says_the_lines_of_a_headline_and_an_export_has_them() {
    let desk = Desk::new();
    let writer = desk.writer();
    let story = json!({"section": "city", "slug": "bridge", "headline": "The bridge opens at noon",
        "headline_lines": ["The bridge opens", "at noon"],
        "published": "2025-02-28T09:00:00Z", "body": "It opened.\n"});
    let made = writer.post("/api/v1/articles", &story).expect(201);
    assert_eq!(made.body["headline_lines"], story["headline_lines"]);
    let path = made.path();
    let page = desk.server.get("/articles/bridge");
    assert!(page.has("opens</span> <span class=\"line\">at noon</span></h1>"));
    let other = json!({"headline": "The bridge opens at one"});
    let refused = writer
        .change("PATCH", &path, made.etag(), &other)
        .expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/headline_lines");
    let both = json!({"headline": "The bridge opens at one", "headline_lines": null});
    let changed = writer
        .change("PATCH", &path, made.etag(), &both)
        .expect(200);
    assert_eq!(changed.body.get("headline_lines"), None);
    let again = json!({"headline_lines": ["The bridge", "opens at one"]});
    writer
        .change("PATCH", &path, changed.etag(), &again)
        .expect(200);
    let page = desk.server.get("/articles/bridge");
    assert!(page.has("The bridge</span> <span class=\"line\">opens at one</span></h1>"));
    // Nothing of a killed headline stays.
    writer.post(&format!("{path}/kill"), &json!({})).expect(200);
    assert!(!desk.server.get("/").has("opens at one"));
}
