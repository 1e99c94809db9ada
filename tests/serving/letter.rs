//! Small things of the wire, to the letter.

use serde_json::{Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{Paper, Server};

fn served(language: &str, more: &str, body: &str) -> (Paper, Server) {
    let paper = Paper::new();
    if language != "en" {
        paper.edit(
            "publication.toml",
            "language = \"en\"",
            &format!("language = \"{language}\""),
        );
    }
    paper.write(
        "city/story/article.md",
        format!("+++\nheadline = \"Story\"\npublished = 2026-01-02T03:04:05Z\n{more}+++\n{body}\n"),
    );
    let server = paper.start();
    (paper, server)
}

#[test]
fn dates_in_rss_and_opml_have_two_digits_for_the_day() {
    let (_paper, server) = served("en", "", "Words.");
    let rss = server.get("/feed.rss").text();
    assert!(
        rss.contains("<pubDate>Fri, 02 Jan 2026 03:04:05 +0000</pubDate>"),
        "{rss}"
    );
    for (path, name) in [
        ("/feed.rss", "lastBuildDate"),
        ("/feeds.opml", "dateModified"),
    ] {
        let text = server.get(path).text();
        let date = text.split(&format!("<{name}>")).nth(1).unwrap();
        let day: Vec<&str> = date.split(' ').take(2).collect();
        assert!(day[1].len() == 2 && day[1].parse::<u8>().is_ok(), "{date}");
    }
}

#[test]
fn content_that_runs_from_right_to_left_says_so_in_every_feed() {
    let arabic = "language = \"ar\"\n\n[[captions]]\ntext = \"رصيف الميناء\"\n";
    let (_paper, server) = served("en", arabic, "فتح الميناء أبوابه (2026) ABC.");
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/articles/story.rss",
        "/captions.rss",
    ] {
        let text = server
            .get(path)
            .text()
            .replace("&lt;", "<")
            .replace("&quot;", "\"")
            .replace("\\\"", "\"")
            .replace("&gt;", ">");
        assert!(
            text.contains("<div lang=\"ar\" dir=\"rtl\">"),
            "{path}: {text}"
        );
    }
    // In a paper that runs so itself, the other direction is said.
    let (_paper, server) = served("ar", "language = \"en\"\n", "Words.");
    let rss = server.get("/feed.rss").text();
    assert!(rss.contains("<div lang=\"en\" dir=\"ltr\">"), "{rss}");
    let (_paper, server) = served("en", "", "Words.");
    assert!(!server.get("/feed.rss").text().contains("dir="));
}

#[test]
fn a_news_sitemap_without_news_is_valid() {
    let paper = Paper::new();
    let server = paper.start();
    let sitemap = server.get("/sitemap-news.xml").text();
    let front = format!("<url><loc>{}/</loc></url>", server.base());
    assert!(sitemap.contains(&front), "{sitemap}");
    assert_eq!(sitemap.matches("<url>").count(), 1);
}

#[test]
fn nothing_is_advertised_that_nobody_answers() {
    let (_paper, server) = served("en", "", "Words.");
    for answer in [
        server.get("/feed.rss"),
        server.send("OPTIONS", "/feed.rss", &[]),
    ] {
        for (name, value) in &answer.headers {
            let value = value.to_ascii_lowercase();
            assert!(
                !value.contains("a-im") && !value.contains("delta-base"),
                "{name}: {value}"
            );
        }
    }
}

#[test]
fn the_height_that_oembed_says_follows_the_width_that_is_asked_for() {
    let headline = "A headline of a usual length that takes two lines on a telephone";
    let (_paper, server) = served(
        "en",
        &format!("deck = \"{}\"\n", headline.repeat(3)),
        "Words.",
    );
    let page = format!("{}/articles/story", server.base());
    let asked = |more: &str| -> Value {
        let answer = server.get(&format!("/oembed?url={page}{more}"));
        serde_json::from_str(&answer.text()).unwrap()
    };
    let heights: Vec<u64> = [600, 400, 300, 220, 1]
        .map(|width| {
            let said = asked(&format!("&maxwidth={width}"));
            assert_eq!(said["width"], width);
            said["height"].as_u64().unwrap()
        })
        .to_vec();
    assert!(
        heights.windows(2).all(|pair| pair[0] < pair[1]),
        "{heights:?}"
    );
    let usual = asked("")["height"].as_u64().unwrap();
    assert!(
        usual > heights[0],
        "a telephone is thought of where nothing is said"
    );
    assert_eq!(asked("&maxwidth=9000")["width"], 600);
    assert_eq!(asked("&maxwidth=220&maxheight=100")["height"], 100);
}

#[test]
fn what_is_wide_is_moved_by_keys_and_links_around_photographs_have_names() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let writer = Writer::new(&server, &token);
    let picture = support_picture();
    let kind = [("Content-Type", "image/png")];
    let upload = writer
        .send("POST", "/api/v1/photographs", &kind, &picture)
        .expect(201);
    let story = json!({"section": "city", "headline": "Wide", "published": "2026-01-02T03:04:05Z",
        "body": "```\nmon 06:10\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "captions": [{"text": "The quay", "image": upload.body["name"]},
                     {"text": "The mole", "alt": "A mole", "image": upload.body["name"]}]});
    writer.post("/api/v1/articles", &story).expect(201);
    let page = server.get("/articles/2026-01-02-wide").text();
    assert!(
        page.contains("<pre tabindex=\"0\">") && page.contains("<table tabindex=\"0\">"),
        "{page}"
    );
    assert!(page.contains("aria-label=\"The quay\"><img"), "{page}");
    assert!(
        !page.contains("aria-label=\"The mole\""),
        "its alternative text names it"
    );
}

/// A picture of one pixel.
fn support_picture() -> Vec<u8> {
    use base64::Engine as _;
    let text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}
