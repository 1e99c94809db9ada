//! Requests that come again under their Idempotency-Key: done once, and answered as they were.

use serde_json::{Value, json};

use crate::support;
use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Paper, Server};

const KEY: (&str, &str) = ("Idempotency-Key", "\"4f1d\"");

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

fn story(headline: &str) -> Value {
    json!({
        "section": "city",
        "headline": headline,
        "published": "2025-02-28T09:00:00+08:00",
        "body": "It opened at noon.\n",
        "captions": [{"text": "The bridge at dawn"}],
    })
}

/// Both answers are the same, byte for byte, but for their dates.
#[track_caller]
fn assert_same(first: &Said, again: &Said) {
    assert_eq!(first.status, again.status, "{}", again.whole.text());
    assert_eq!(first.whole.body, again.whole.body);
    assert_eq!(first.etag, again.etag);
    assert_eq!(first.location, again.location);
}

#[test]
fn what_was_answered_is_answered_again_whatever_came_since() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let send = |body: &Value| desk.json("POST", "/api/v1/articles", &[KEY], body);
    let first = send(&story("The bridge opens")).expect(201);
    let path = first.path();
    desk.change("PATCH", &path, first.etag(), &json!({"deck": "At last"}))
        .expect(200);
    let position = paper.last();
    assert_same(&first, &send(&story("The bridge opens")));
    assert_eq!(paper.last(), position);
    send(&story("Another")).expect(422);
    // The same key at another address is another request.
    let section = json!({"title": "Weather"});
    desk.json("POST", "/api/v1/sections", &[KEY], &section)
        .expect(201);
    // The key is one desk's, not everybody's.
    let other = support_token(&paper, "sports");
    let other = Writer::new(&server, &other);
    let made = other
        .json(
            "POST",
            "/api/v1/articles",
            &[KEY],
            &story("The bridge opens"),
        )
        .expect(201);
    assert_ne!(made.id(), first.id());
}

#[test]
fn a_token_is_not_told_what_another_of_its_name_was_answered() {
    let (paper, server, first) = desk();
    let send = |token: &str| {
        let writer = Writer::new(&server, token);
        let said = writer.json(
            "POST",
            "/api/v1/articles",
            &[KEY],
            &story("The bridge opens"),
        );
        said.expect(201)
    };
    let manage = |arguments: &[&str]| {
        let data = paper.data();
        let mut all = vec!["token"];
        all.extend(arguments);
        all.extend(["--data", support::text(&data)]);
        let output = support::courant(&all);
        assert!(output.status.success(), "{}", support::said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let made = send(&first);
    // Both at once.
    let second = manage(&["rotate", "newsdesk"]);
    let other = send(&second);
    assert_ne!(other.id(), made.id());
    assert_same(&made, &send(&first));
    assert_same(&other, &send(&second));
    // And one after the other.
    manage(&["revoke", "newsdesk"]);
    let third = token(&paper, "newsdesk", "desk");
    assert!(![made.id(), other.id()].contains(&send(&third).id()));
}

fn support_token(paper: &Paper, name: &str) -> String {
    token(paper, name, "desk")
}

#[test]
fn every_post_and_every_change_is_done_once() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let key = |key: &'static str| ("Idempotency-Key", key);
    let made = desk
        .post("/api/v1/articles", &story("The bridge opens"))
        .expect(201);
    let path = made.path();
    let twice = |method: &str, path: &str, key: (&str, &str), etag: &str, body: &Value| -> Said {
        let headers = [key, ("If-Match", etag)];
        let first = desk.json(method, path, &headers, body);
        assert!(
            first.status < 300,
            "{method} {path}: {}",
            first.whole.text()
        );
        let position = paper.last();
        assert_same(&first, &desk.json(method, path, &headers, body));
        assert_eq!(paper.last(), position, "{method} {path}");
        first
    };
    let correction = json!({"public_note": "It opened at one.", "body": "It opened at one.\n"});
    let correct = format!("{path}/correct");
    let said = twice("POST", &correct, key("a"), made.etag(), &correction);
    let said = twice(
        "PATCH",
        &path,
        key("b"),
        said.etag(),
        &json!({"deck": "At last"}),
    );
    let said = twice(
        "PUT",
        &path,
        key("c"),
        said.etag(),
        &story("The bridge is open"),
    );
    let caption = said.body["captions"][0]["id"].as_str().unwrap();
    let caption = format!("/api/v1/captions/{}", caption.replace("urn:uuid:", ""));
    let known = desk.get(&caption).expect(200);
    twice(
        "PATCH",
        &caption,
        key("d"),
        known.etag(),
        &json!({"text": "At dusk"}),
    );
    twice(
        "POST",
        &format!("{caption}/correct"),
        key("correct"),
        "*",
        &json!({"public_note": "It was dusk."}),
    );
    twice(
        "POST",
        &format!("{caption}/withhold"),
        key("e"),
        "*",
        &json!({}),
    );
    twice(
        "POST",
        &format!("{path}/withhold"),
        key("f"),
        "*",
        &json!({}),
    );
    let known = desk.get(&path).expect(200);
    twice(
        "POST",
        &format!("{path}/release"),
        key("g"),
        known.etag(),
        &json!({}),
    );
    let known = desk.get(&path).expect(200);
    let notice = json!({"public_note": "It did not open."});
    twice(
        "POST",
        &format!("{path}/retract"),
        key("h"),
        known.etag(),
        &notice,
    );
    twice("POST", &format!("{path}/kill"), key("i"), "*", &json!({}));

    // What never was public is deleted once, too.
    let mut draft = story("A draft");
    draft["draft"] = json!(true);
    let draft = desk.post("/api/v1/articles", &draft).expect(201);
    twice("DELETE", &draft.path(), key("j"), draft.etag(), &json!({}));
}

#[test]
fn a_photograph_that_comes_twice_is_kept_once() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let send = |bytes: &[u8]| {
        let headers = [KEY, ("Content-Type", "image/png")];
        desk.send("POST", "/api/v1/photographs", &headers, bytes)
    };
    let picture = pictures::png(40, 30);
    let first = send(&picture).expect(201);
    assert_same(&first, &send(&picture));
    send(&pictures::png(41, 30)).expect(422);
    let path = format!(
        "/api/v1/photographs/{}",
        first.id().replace("urn:uuid:", "")
    );
    desk.get(&path).expect(200);
}

#[test]
fn an_answer_says_nothing_any_more_of_what_was_killed() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let send = || {
        desk.json(
            "POST",
            "/api/v1/articles",
            &[KEY],
            &story("The bridge opens"),
        )
    };
    let first = send().expect(201);
    desk.post(&format!("{}/kill", first.path()), &json!({}))
        .expect(200);
    let again = send().expect(201);
    assert_eq!(again.id(), first.id());
    assert!(!again.whole.has("bridge opens"), "{}", again.whole.text());
}

#[test]
fn many_at_once_under_one_key_make_one_article() {
    let (paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = || {
            desk.json(
                "POST",
                "/api/v1/articles",
                &[KEY],
                &story("The bridge opens"),
            )
        };
        let all: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        all.into_iter()
            .map(|one| one.join().unwrap().status)
            .collect()
    });
    assert!(statuses.contains(&201), "{statuses:?}");
    // Whoever comes while it is being done is told to ask again.
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    let published = paper.log().into_iter();
    let articles = published.filter(|entry| entry["actor"] == "newsdesk");
    assert_eq!(articles.count(), 1);
}
