//! Fields that are too large: each is refused by its name, by the write API and in files alike, and what is let through
//! stays within the window of a feed.

use courant::item::limits;
use serde_json::{Map, Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{Paper, said};

/// Google reads so much of a feed.
const MAX_FEED_BYTES: usize = 2_000_000;

/// Fields that are larger than they may be: the pointer that the API says, and what the complaint of a file says.
fn too_large() -> Vec<(&'static str, &'static str, Value)> {
    let line = "a".repeat(limits::MAX_LINE_BYTES + 1);
    let name = "a".repeat(limits::MAX_NAME_BYTES + 1);
    let statement = "a".repeat(limits::MAX_STATEMENT_BYTES + 1);
    let names = |many: usize| -> Vec<String> { (0..=many).map(|n| format!("n{n}")).collect() };
    let captions: Vec<Value> = (0..=limits::MAX_CAPTIONS)
        .map(|_| json!({"text": "One."}))
        .collect();
    let mut fields = vec![
        ("/rights", "rights", json!({"rights": statement})),
        (
            "/note",
            "note",
            json!({"note": "a".repeat(limits::MAX_NOTE_BYTES + 1)}),
        ),
        ("/tags", "tags", json!({"tags": [name]})),
        ("/authors", "authors", json!({"authors": [name]})),
        ("/tags", "tags", json!({"tags": names(limits::MAX_TAGS)})),
        (
            "/authors",
            "authors",
            json!({"authors": names(limits::MAX_AUTHORS)}),
        ),
        (
            // Half of the texts have marks that are written with six characters.
            "/rights",
            "together",
            json!({"rights": "a&".repeat(1600), "headline": "A headline"}),
        ),
        ("/captions/300", "captions", json!({"captions": captions})),
        (
            "/body",
            "headings",
            json!({"body": "## One\n\n".repeat(limits::MAX_PARTS + 1)}),
        ),
    ];
    for key in ["headline", "kicker", "deck", "dateline", "source"] {
        let pointer: &'static str = format!("/{key}").leak();
        fields.push((pointer, key, json!({key: line})));
    }
    for key in ["guid", "public_note"] {
        let pointer: &'static str = format!("/{key}").leak();
        fields.push((pointer, key, json!({key: line})));
    }
    for (key, text) in [
        ("text", &statement),
        ("alt", &statement),
        ("usage_terms", &statement),
        ("credit", &name),
        ("source", &line),
        ("public_note", &line),
    ] {
        let pointer: &'static str = format!("/captions/0/{key}").leak();
        let mut caption = json!({"text": "One."});
        caption[key] = json!(text);
        fields.push((pointer, key, json!({"captions": [caption]})));
    }
    fields
}

fn story(more: &Value) -> Map<String, Value> {
    let mut story = json!({
        "headline": "Story", "section": "city", "published": "2026-01-02T03:04:05Z", "body": "Text."
    });
    courant::item::json::merge(&mut story, more.clone());
    story.as_object().cloned().unwrap()
}

#[test]
fn the_api_refuses_what_is_too_large_by_its_field() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let before = paper.last();
    for (pointer, _, more) in too_large() {
        let answer = desk.post("/api/v1/articles", &Value::Object(story(&more)));
        let answer = answer.expect(422);
        let errors = answer.body["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let pointers: Vec<&str> = errors
            .iter()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        assert_eq!(pointers, [pointer], "{}", answer.whole.text());
        // What was sent is not sent back.
        assert!(answer.whole.body.len() < 2000, "{pointer}");
    }
    let long = json!({"public_note": "a".repeat(limits::MAX_LINE_BYTES + 1)});
    let made = desk.post("/api/v1/articles", &Value::Object(story(&json!({}))));
    let path = made.expect(201).path();
    let answer = desk.post(&format!("{path}/kill"), &long).expect(422);
    assert_eq!(answer.body["errors"][0]["pointer"], "/public_note");
    assert_eq!(paper.last(), before + 1);
}

/// An item file of an object of the API.
fn file(more: &Value) -> String {
    let mut story = story(more);
    story.remove("section");
    let body = story.remove("body").unwrap();
    let mut front = String::new();
    let captions = story.remove("captions");
    for (key, value) in story {
        front.push_str(&format!("{key} = {value}\n"));
    }
    for caption in captions.iter().flat_map(|all| all.as_array().unwrap()) {
        front.push_str("[[captions]]\n");
        for (key, value) in caption.as_object().unwrap() {
            front.push_str(&format!("{key} = {value}\n"));
        }
    }
    format!("+++\n{front}+++\n{}\n", body.as_str().unwrap())
}

#[test]
fn files_are_refused_likewise_with_the_line() {
    let paper = Paper::new();
    for (number, (_, _, more)) in too_large().iter().enumerate() {
        paper.write(&format!("city/story-{number}/article.md"), file(more));
    }
    let told = said(&paper.check());
    let server = paper.start();
    for (number, (_, word, _)) in too_large().iter().enumerate() {
        let path = format!("city/story-{number}/article.md:");
        let lines = told.lines().filter(|line| line.contains("refused"));
        let own: Vec<&str> = lines.filter(|line| line.contains(&path)).collect();
        let [own] = own.as_slice() else {
            panic!("{path} {own:?}");
        };
        let (_, behind) = own.split_once(&path).unwrap();
        assert!(behind.starts_with(|c: char| c.is_ascii_digit()), "{own}");
        assert!(own.contains("refused") && own.contains(word), "{own}");
        assert!(own.len() < 1000, "{own}");
        let slug = format!("/articles/story-{number}");
        assert_eq!(server.get(&slug).status, 404, "{word}");
    }
}

#[test]
fn settings_are_bounded_too() {
    let paper = Paper::new();
    let known = paper.read("publication.toml");
    let feeds = |many: usize, kinds: &str| -> String {
        let feed = |n: usize| format!("[[feeds]]\nname = \"f{n}\"\ntitle = \"F\"\n{kinds}");
        (0..many).map(feed).collect()
    };
    let listed = |key: &str, many: usize| -> String {
        let all: Vec<String> = (0..many).map(|n| format!("\"s{n}\"")).collect();
        format!("{key} = [{}]\n", all.join(", "))
    };
    for (word, more) in [
        ("500 feeds", feeds(501, "")),
        (
            "20 feeds with captions",
            feeds(21, "kinds = [\"captions\"]\n"),
        ),
        ("200 tags", feeds(1, &listed("tags", 201))),
        (
            "100 former",
            format!(
                "[[sections]]\nslug = \"x\"\ntitle = \"X\"\n{}",
                listed("former", 101)
            ),
        ),
    ] {
        paper.write("publication.toml", format!("{known}{more}"));
        let told = said(&paper.check());
        assert!(told.contains(&format!("at most {word}")), "{word}: {told}");
    }
}

#[test]
fn what_is_let_through_stays_within_the_window_of_a_feed() {
    // As much as may stand beside a body: in letters, and in characters that escaping makes longest.
    feeds_stay_small("a", 1600, 4990, "/tags/a0");
    feeds_stay_small("&", 270, 4990, "/tags/0");
}

fn feeds_stay_small(mark: &str, line: usize, statement: usize, tag: &str) {
    let paper = Paper::new();
    let (line, statement) = (mark.repeat(line), mark.repeat(statement));
    let tags: Vec<String> = (0..100).map(|n| format!("{mark}{n}")).collect();
    for number in 0..130 {
        let more = json!({
            "headline": format!("{number} {line}"), "kicker": line, "deck": line, "dateline": line,
            "public_note": line, "tags": tags, "authors": ["Ada Ben"],
            "captions": [{"text": statement, "alt": statement, "credit": mark.repeat(500)}],
        });
        paper.write(&format!("city/story-{number}/article.md"), file(&more));
    }
    let server = paper.start();
    for path in [
        "/feed",
        "/sections/city",
        tag,
        "/captions",
        "/authors/ada-ben",
    ] {
        for format in ["rss", "atom", "json"] {
            let answer = server.get(&format!("{path}.{format}"));
            assert_eq!(answer.status, 200, "{path}.{format}");
            let bytes = answer.body.len();
            assert!(bytes > 100_000, "{path}.{format} has {bytes} bytes");
            println!("{path}.{format}: {bytes} bytes");
            assert!(bytes <= MAX_FEED_BYTES, "{path}.{format} has {bytes} bytes");
        }
    }
}
