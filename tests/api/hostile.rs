//! What is sent to the write API by those who mean harm, or know no better: each gets its status, and nobody else notices.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, Server, connect, without_own_markup};

fn server() -> (Paper, Server, String) {
    let paper = Paper::new();
    paper.article("city/first", "The first", "It was there before.");
    let server = paper.configured("[limits]\nbody_seconds = 1\n");
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

/// What the server's process has in memory, in bytes.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.running.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}

/// Sends a head by hand, and what follows as long as the server takes it.
fn by_hand(server: &Server, head: &str, mut pieces: impl Iterator<Item = Vec<u8>>) -> Answer {
    let mut stream = connect(server.address);
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_nonblocking(false).unwrap();
    while pieces
        .next()
        .is_some_and(|piece| stream.write_all(&piece).is_ok())
    {}
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    Answer::parse(&bytes)
}

fn head(method: &str, path: &str, token: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
    )
}

#[test]
fn an_upload_without_end_is_refused_and_takes_no_memory() {
    let (_paper, server, token) = server();
    let path = "/api/v1/photographs";
    let before = memory(&server);
    // Two gigabytes, as it says before it begins.
    let said = head(
        "POST",
        path,
        &token,
        "Content-Type: image/jpeg\r\nContent-Length: 2147483648\r\n",
    );
    assert_eq!(by_hand(&server, &said, std::iter::empty()).status, 413);
    // And where it does not say: a piece beyond the bound is one too many.
    let said = head(
        "POST",
        path,
        &token,
        "Content-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n",
    );
    let mut piece = b"100000\r\n".to_vec();
    piece.extend(vec![0; 1 << 20]);
    piece.extend(b"\r\n");
    let answer = by_hand(&server, &said, std::iter::repeat_n(piece, 64));
    assert!(
        answer.status == 413 || answer.body.is_empty(),
        "{}",
        answer.text()
    );
    assert!(memory(&server) < before + (96 << 20));
    // Nobody who names no token sends more than a head.
    let said = "POST /api/v1/articles HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
        Content-Length: 4000\r\n\r\n";
    assert_eq!(by_hand(&server, said, std::iter::empty()).status, 401);
    assert_eq!(server.get("/feed.atom").status, 200);
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let (_paper, server, token) = server();
    let said = head(
        "POST",
        "/api/v1/articles",
        &token,
        "Content-Type: application/json\r\nContent-Length: 400\r\n",
    );
    let began = Instant::now();
    assert_eq!(
        by_hand(&server, &said, std::iter::once(b"{".to_vec())).status,
        408
    );
    assert!(began.elapsed() < Duration::from_secs(15));
    // Nor one that comes byte by byte.
    let mut stream = connect(server.address);
    stream.write_all(said.as_bytes()).unwrap();
    let mut sent = 0;
    while sent < 300 && stream.write_all(b" ").is_ok() {
        sent += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(sent < 300, "it was waited for");
}

#[test]
fn what_is_no_photograph_is_refused_with_its_reason() {
    let (_paper, server, token) = server();
    let desk = Writer::new(&server, &token);
    let send = |kind: &str, bytes: &[u8]| {
        desk.send(
            "POST",
            "/api/v1/photographs",
            &[("Content-Type", kind)],
            bytes,
        )
    };
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    send("image/svg+xml", svg).expect(415);
    send("image/png", svg).expect(422);
    send("image/png", b"").expect(422);
    send("text/html", b"<html>").expect(415);
    // A picture of 2^31 pixels a side, by its own account.
    let mut vast = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    vast.extend([
        0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 8, 2, 0, 0, 0, 0, 0, 0, 0,
    ]);
    let before = memory(&server);
    send("image/png", &vast).expect(422);
    assert!(memory(&server) < before + (64 << 20));
    let wrong = [
        ("Content-Type", "image/png"),
        ("Content-Digest", "sha-256=:AAAA:"),
    ];
    let picture =
        std::fs::read("tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png").unwrap();
    desk.send("POST", "/api/v1/photographs", &wrong, &picture)
        .expect(400);
}

#[test]
fn a_photograph_is_uploaded_shown_replaced_and_private_before() {
    let (_paper, server, token) = server();
    let desk = Writer::new(&server, &token);
    let folder = "tests/data/sample/harbour/north-quay-crane-stays";
    let picture = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
    let png = [("Content-Type", "image/png")];
    let made = desk
        .send(
            "POST",
            "/api/v1/photographs",
            &png,
            &picture("crane-plan.png"),
        )
        .expect(201);
    let name = made.body["name"].as_str().unwrap();
    let path = format!("/api/v1/photographs/{}", made.id().replace("urn:uuid:", ""));
    assert_eq!(made.body["state"].get("url"), None, "nothing shows it yet");
    Writer::anybody(&server).get(&path).expect(401);
    let said = json!({"credit": "Lin Mu", "alt": "A drawing of a crane"});
    let known = desk.change("PATCH", &path, made.etag(), &said).expect(200);
    let story = json!({
        "section": "harbour", "headline": "The crane", "published": "2025-02-28T09:00:00Z",
        "body": format!("Look.\n\n![]({name})\n"),
        "captions": [{"text": "The crane's plan", "image": name}],
    });
    let article = desk.post("/api/v1/articles", &story).expect(201);
    let caption = &article.body["captions"][0];
    assert_eq!(caption["credit"], "Lin Mu");
    let address = caption["state"]["photograph"]["url"].as_str().unwrap();
    let address = address.strip_prefix(&server.base()).unwrap().to_owned();
    assert_eq!(server.get(&address).status, 200);
    let jpeg = [("Content-Type", "image/jpeg"), ("If-Match", known.etag())];
    desk.send("PUT", &path, &jpeg, &picture("crane-dusk.jpg"))
        .expect(200);
    assert_eq!(server.get(&address).status, 404);
    let now = desk.get(&article.path()).expect(200);
    let other = now.body["captions"][0]["state"]["photograph"]["url"]
        .as_str()
        .unwrap();
    let other = other.strip_prefix(&server.base()).unwrap();
    assert_ne!(other, address);
    assert!(server.get("/sections/harbour.atom").has(other));
    desk.send("PUT", &path, &jpeg, &picture("crane-dusk.jpg"))
        .expect(412);
}

#[test]
fn markup_in_any_field_stays_text() {
    let (_paper, server, token) = server();
    let desk = Writer::new(&server, &token);
    let evil = "<script>alert(1)</script><img src=https://x.example/x.png onerror=alert(2)>\"'&]]>";
    let mut story = json!({
        "section": "city", "published": "2025-02-28T09:00:00Z", "slug": "evil",
        "authors": [evil], "tags": [evil],
        "body": format!("{evil}\n\n[link](javascript:alert(3))\n\n<iframe src=x></iframe>\n"),
        "captions": [{"text": evil, "alt": evil, "credit": evil, "source": evil, "usage_terms": evil}],
    });
    for key in [
        "headline",
        "kicker",
        "deck",
        "dateline",
        "source",
        "rights",
        "note",
        "public_note",
        "guid",
    ] {
        story[key] = json!(evil);
    }
    let made = desk.post("/api/v1/articles", &story).expect(201);
    desk.get(&made.path()).expect(200);
    for address in server.addresses() {
        if address.starts_with("/media/") {
            continue;
        }
        let answer = server.get(&address);
        let kind = answer.header("content-type").unwrap_or_default().to_owned();
        if kind.contains("html") {
            let text = without_own_markup(&answer.text());
            for markup in [
                "<script",
                "<iframe",
                "onerror=alert(2)>",
                "href=\"javascript",
            ] {
                assert!(!text.contains(markup), "{address} has {markup}");
            }
        }
        if kind.contains("xml") {
            assert!(
                roxmltree::Document::parse(&answer.text()).is_ok(),
                "{address}"
            );
        }
    }
}

#[test]
fn names_that_lead_elsewhere_lead_nowhere() {
    let (paper, server, token) = server();
    let desk = Writer::new(&server, &token);
    let mut story = json!({
        "section": "city", "headline": "A path", "published": "2025-02-28T09:00:00Z",
    });
    for name in [
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\x",
        "a\u{0}b",
        "file:///etc/passwd",
        "ftp://elsewhere.example/x.jpg",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
    ] {
        story["captions"] = json!([{"text": "x", "image": name}]);
        desk.post("/api/v1/articles", &story).expect(422);
    }
    story["captions"] = json!([]);
    for (key, value) in [
        ("slug", "../x"),
        ("slug", "A B"),
        ("section", "../city"),
        ("id", "urn:uuid:x"),
    ] {
        let mut wrong = story.clone();
        wrong[key] = json!(value);
        desk.post("/api/v1/articles", &wrong).expect(422);
    }
    for path in [
        "/api/v1/articles/../../etc",
        "/api/v1/articles/%2e%2e",
        "/api/v1/articles/x",
        "/api/v1//",
        "/api/v1/photographs/x",
    ] {
        let status = desk.get(path).status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
    assert!(paper.data().join("courant.db").exists());
}

#[test]
fn a_head_of_a_megabyte_and_values_of_any_kind_are_survived() {
    let (paper, server, token) = server();
    let long = "x".repeat(1 << 20);
    let said = head(
        "POST",
        "/api/v1/articles",
        &token,
        &format!("X-Long: {long}\r\n"),
    );
    let answer = by_hand(&server, &said, std::iter::empty());
    assert!(answer.status == 431 || answer.body.is_empty());
    let desk = Writer::new(&server, &token);
    let last = paper.last();
    let values: [Value; 9] = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!({"a": {"b": [1, null]}}),
    ];
    let keys = [
        "id",
        "guid",
        "section",
        "slug",
        "headline",
        "kicker",
        "deck",
        "dateline",
        "published",
        "embargo_until",
        "draft",
        "updated",
        "authors",
        "tags",
        "language",
        "source",
        "rights",
        "note",
        "public_note",
        "public_note_kind",
        "body",
        "captions",
        "state",
    ];
    for key in keys {
        for value in &values {
            let mut story = json!({
                "section": "city", "headline": "A value", "published": "2099-02-28T09:00:00Z",
            });
            story[key] = value.clone();
            let said = desk.post("/api/v1/articles", &story);
            assert!(
                [201, 422].contains(&said.status),
                "{key} {value}: {}",
                said.whole.text()
            );
        }
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let kind = [("Content-Type", "application/json")];
    desk.send("POST", "/api/v1/articles", &kind, deep.as_bytes())
        .expect(400);
    // They are of the year 2099 or drafts, so that no reader noticed anything.
    assert_eq!(paper.last(), last);
    assert_eq!(server.get("/feed.atom").status, 200);
}
