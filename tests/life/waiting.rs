//! What no reader may see yet is told to the desk: at the start, on the operators' page and by a command, in the paper's time.

use serde_json::{Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{self, Paper, said, text};

/// Each that waits: why, where, and under which headline.
const WAITING: [(&str, &str, &str); 5] = [
    (
        "embargo, public at 2090-07-01 08:00 Europe/Dublin",
        "harbour/secret/article.md",
        "Secret",
    ),
    (
        "scheduled, public at 2091-01-02 03:04 Europe/Dublin",
        "city/later/article.md",
        "Later",
    ),
    (
        "scheduled, public at 2092-01-02 03:04 Europe/Dublin",
        "city/api-later",
        "API later",
    ),
    ("draft", "city/api-draft", "API draft"),
    ("draft", "city/draft/article.md", "Draft"),
];

fn paper() -> Paper {
    let paper = Paper::new();
    paper.edit(
        "publication.toml",
        "language = \"en\"",
        "language = \"en\"\ntimezone = \"Europe/Dublin\"",
    );
    paper.article("city/public", "Public", "Text.");
    for (place, keys) in [
        (
            "city/later",
            "headline = \"Later\"\npublished = 2091-01-02T03:04:00Z",
        ),
        (
            "harbour/secret",
            "headline = \"Secret\"\npublished = 2026-01-02T03:04:05Z\nembargo_until = 2090-07-01T07:00:00Z",
        ),
        (
            "city/draft",
            "headline = \"Draft\"\npublished = 2026-01-02T03:04:05Z\ndraft = true",
        ),
    ] {
        paper.write(
            &format!("{place}/article.md"),
            format!("+++\n{keys}\n+++\nText.\n"),
        );
    }
    paper
}

#[test]
fn what_waits_is_told_at_the_start_and_shown_by_a_command() {
    let paper = paper();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let article = |slug: &str, more: Value| {
        let mut body = json!({"section": "city", "slug": slug, "body": "Text.", "published": "2026-01-02T03:04:00Z"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        desk.post("/api/v1/articles", &body).expect(201);
    };
    article("api-draft", json!({"headline": "API draft", "draft": true}));
    article(
        "api-later",
        json!({"headline": "API later", "published": "2092-01-02T03:04:00Z"}),
    );
    let (items, data) = (paper.items(), paper.data());
    let shown = |more: &[&str]| {
        let mut arguments = vec!["waiting", "--items", text(&items), "--data", text(&data)];
        arguments.extend(more);
        let output = support::courant(&arguments);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let lines = WAITING.map(|(until, place, headline)| format!("{until}  {place}  {headline}\n"));
    let expected = format!("{}5 articles wait\n", lines.concat());
    assert_eq!(shown(&[]), expected);
    // Files that were just written are taken when they have rested.
    let page = support::wait("the files on the operators' page", || {
        let page = server.operate("/");
        page.has("harbour/secret/article.md").then(|| page.text())
    });
    for (until, place, _) in WAITING {
        assert!(
            page.contains(&format!("{place}, {until}")),
            "{place}: {page}"
        );
    }
    let waiting = page.split("<h2>Newest").next().unwrap();
    assert!(!waiting.contains("Public <"), "{page}");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(shown(&[]), expected);
    let first: Value = serde_json::from_str(shown(&["--json"]).lines().next().unwrap()).unwrap();
    let secret = json!({
        "filed": "harbour/secret", "headline": "Secret", "status": "embargo", "due": "2090-07-01T07:00:00Z", "by": "file",
    });
    assert_eq!(first, secret);
    let server = paper.start();
    for (until, place, headline) in WAITING {
        server.line(&[&format!("waits: {place} ({headline}): {until}")]);
    }
    // Once, however often the folder is looked at.
    paper.write("mark.png", "A whole look.");
    paper.article("city/mark", "Mark", "Looked.");
    server.until("/articles/mark", |answer| answer.status == 200);
    let told = server.running.errors();
    assert_eq!(told.matches("waits: ").count(), 5, "{told}");
    // What is public, or gone, waits no more.
    paper.edit("city/draft/article.md", "draft = true\n", "");
    server.until("/articles/draft", |answer| answer.status == 200);
    paper.remove("city/later");
    support::wait("the page without them", || {
        let page = server.operate("/").text();
        (!page.contains("city/draft/article.md") && !page.contains("city/later/article.md"))
            .then_some(())
    });
}

#[test]
fn very_many_that_wait_are_told_in_bounds() {
    let paper = Paper::new();
    for number in 0..30 {
        let text = format!(
            "+++\nheadline = \"Story {number}\"\npublished = 2091-01-02T03:04:00Z\n+++\nText.\n"
        );
        paper.write(&format!("city/story-{number}/article.md"), text);
    }
    let server = paper.start();
    server.line(&["10 more articles wait: courant waiting shows all"]);
    assert_eq!(server.running.errors().matches("waits: ").count(), 20);
    let none = Paper::new();
    let server = none.start();
    assert_eq!(server.stop(), Some(0));
    let (items, data) = (none.items(), none.data());
    let output = support::courant(&["waiting", "--items", text(&items), "--data", text(&data)]);
    assert_eq!(said(&output), "nothing waits\n");
}

#[test]
fn a_file_that_comes_to_wait_is_told_once_and_again_when_its_time_is_another() {
    let paper = paper();
    let server = paper.start();
    server.line(&["waits: city/later/article.md"]);
    let later = |year: u32| {
        let text =
            format!("+++\nheadline = \"New\"\npublished = {year}-01-02T03:04:00Z\n+++\nText.\n");
        paper.write("city/new/article.md", text);
    };
    later(2093);
    server.line(&[
        "waits: city/new/article.md (New)",
        "2093-01-02 03:04 Europe/Dublin",
    ]);
    later(2094);
    server.line(&[
        "waits: city/new/article.md (New)",
        "2094-01-02 03:04 Europe/Dublin",
    ]);
    // A headline that is worked on is no news.
    let text = "+++\nheadline = \"Newer\"\npublished = 2094-01-02T03:04:00Z\n+++\nText.\n";
    paper.write("city/new/article.md", text);
    paper.article("city/public", "Public", "Another text.");
    server.until("/articles/public", |page| {
        page.text().contains("Another text")
    });
    let said = server.running.errors();
    for day in ["2091-01-02", "2094-01-02"] {
        let told = |line: &&str| line.contains("waits: ") && line.contains(day);
        assert_eq!(said.lines().filter(told).count(), 1, "{day} in {said}");
    }
}

#[test]
fn what_comes_to_wait_by_the_api_is_told_once_and_again_when_its_time_is_another() {
    let paper = paper();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let story = |slug: &str, headline: &str, more: Value| {
        let mut body = json!({"section": "city", "slug": slug, "headline": headline, "body": "Text.",
            "published": "2026-01-02T03:04:00Z"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let draft = story("a", "First", json!({"draft": true}));
    let made = desk.post("/api/v1/articles", &draft).expect(201);
    server.line(&["waits: city/a (First): draft"]);
    // A headline that is worked on is no news.
    let draft = story("a", "Second", json!({"draft": true}));
    desk.change("PUT", &made.path(), "*", &draft).expect(200);
    let scheduled = json!({"published": "2091-01-02T03:04:00Z"});
    for (year, headline) in [(2091, "Third"), (2091, "Fourth"), (2092, "Fifth")] {
        let time = json!({"published": format!("{year}-01-02T03:04:00Z")});
        desk.change("PUT", &made.path(), "*", &story("a", headline, time))
            .expect(200);
        if headline == "Third" {
            server.line(&[
                "waits: city/a (Third): scheduled, public at 2091-01-02 03:04 Europe/Dublin",
            ]);
        }
    }
    server.line(&["waits: city/a (Fifth): scheduled, public at 2092-01-02 03:04 Europe/Dublin"]);
    let until = json!({"embargo_until": "2090-07-01T07:00:00Z"});
    desk.post("/api/v1/articles", &story("b", "Secret", until))
        .expect(201);
    server.line(&["waits: city/b (Secret): embargo, public at 2090-07-01 08:00 Europe/Dublin"]);
    // What is public at once waits for nothing, and is told when it waits afterwards, however it waited before.
    let draft = json!({"draft": true});
    let made = desk
        .post("/api/v1/articles", &story("c", "Before", draft.clone()))
        .expect(201);
    server.line(&["waits: city/c (Before): draft"]);
    let public = story("c", "Public", json!({}));
    desk.change("PUT", &made.path(), "*", &public).expect(200);
    desk.change("DELETE", &made.path(), "*", &json!({}))
        .expect(200);
    desk.change("PUT", &made.path(), "*", &story("c", "After", draft))
        .expect(200);
    server.line(&["waits: city/c (After): canceled"]);
    desk.post("/api/v1/articles", &story("d", "Last", scheduled))
        .expect(201);
    server.line(&["waits: city/d (Last)"]);
    let said = server.running.errors();
    let told = |line: &&str| line.contains("waits: city/") && !line.contains("article.md");
    assert_eq!(said.lines().filter(told).count(), 7, "{said}");
}
