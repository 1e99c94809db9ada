//! Slow is not hostile, hostile is not slow: an upload that makes progress goes on, and bodies that make none stop nobody else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support;
use crate::support::pictures;
use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, Server, connect};

/// Many of these make more than the limit of a head.
const STEP: Duration = Duration::from_millis(100);

fn configured(limits: &str) -> (Paper, Server) {
    let paper = Paper::new();
    paper.article("city/first", "The first", "It was there before.");
    let server = paper.configured(&format!("[limits]\n{limits}\n"));
    (paper, server)
}

fn head(method: &str, path: &str, token: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
    )
}

/// A request of which the head alone is sent.
fn begun(server: &Server, head: &str) -> TcpStream {
    let mut stream = connect(server.address);
    stream.write_all(head.as_bytes()).expect("a head");
    stream
}

fn rest(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    Answer::parse(&bytes)
}

fn is_told_to_go_on(stream: &mut TcpStream) {
    let mut told = [0; 25];
    stream.read_exact(&mut told).expect("the word to go on");
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn an_upload_that_makes_progress_goes_on_however_slow_it_is() {
    const STEPS: usize = 25;
    let (paper, server) = configured("head_seconds = 1\nsend_seconds = 1\nbody_seconds = 5");
    let secret = token(&paper, "newsdesk", "desk");
    let picture = pictures::jpeg(640, 480);
    let kind = "Content-Type: image/jpeg\r\nExpect: 100-continue\r\n";
    let length = format!("{kind}Content-Length: {}\r\n", picture.len());
    let chunked = format!("{kind}Transfer-Encoding: chunked\r\n");
    let pieces: Vec<&[u8]> = picture.chunks(picture.len().div_ceil(STEPS)).collect();
    let mut uploads: Vec<(TcpStream, bool)> = [(length, false), (chunked, true)]
        .into_iter()
        .map(|(more, is_chunked)| {
            let said = head("POST", "/api/v1/photographs", &secret, &more);
            let mut stream = begun(&server, &said);
            is_told_to_go_on(&mut stream);
            (stream, is_chunked)
        })
        .collect();
    for piece in pieces {
        std::thread::sleep(STEP);
        for (stream, is_chunked) in &mut uploads {
            let sent = match is_chunked {
                true => [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat(),
                false => piece.to_vec(),
            };
            if let Err(error) = stream.write_all(&sent) {
                panic!(
                    "the server does not go on reading: {error}: {}",
                    rest(stream).text()
                );
            }
        }
    }
    for (mut stream, is_chunked) in uploads {
        if is_chunked {
            stream.write_all(b"0\r\n\r\n").expect("the last chunk");
        }
        let answer = rest(&mut stream);
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

/// A head that promises as much as is allowed, and nothing behind it.
fn promise(path: &str, token: &str, kind: &str, bytes: u64) -> String {
    let more = format!("Content-Type: {kind}\r\nContent-Length: {bytes}\r\n");
    head("POST", path, token, &more)
}

#[test]
fn bodies_that_do_not_come_hold_neither_the_desk_nor_other_tokens() {
    const LARGEST: u64 = 32 << 20;
    let (paper, server) = configured("body_seconds = 20");
    let secret = |name: &str, scope: &str| token(&paper, name, scope);
    let (hostile, other) = (
        secret("hostile", "section:city"),
        secret("other", "section:city"),
    );
    let desk = secret("newsdesk", "desk");
    let slow_desk = secret("slow", "desk");
    let mut held = Vec::new();
    for token in [&hostile, &slow_desk] {
        for _ in 0..6 {
            held.push(begun(
                &server,
                &promise("/api/v1/photographs", token, "image/jpeg", LARGEST),
            ));
            held.push(begun(
                &server,
                &promise("/api/v1/articles", token, "application/json", 4 << 20),
            ));
            let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
            held.push(begun(
                &server,
                &head("POST", "/api/v1/articles", token, chunked),
            ));
        }
    }
    // More than fits into the buffers that every connection has.
    let story = json!({
        "section": "city", "headline": "A story", "published": "2025-02-28T09:00:00+08:00",
        "body": "It was seen by all. ".repeat(2000),
    });
    for token in [&desk, &other] {
        let writer = Writer::new(&server, token);
        let picture = pictures::jpeg(320, 200);
        let kind = [("Content-Type", "image/jpeg")];
        writer
            .send("POST", "/api/v1/photographs", &kind, &picture)
            .expect(201);
        writer.post("/api/v1/articles", &story).expect(201);
    }
    // Decisions are small and wait for nobody, not even behind the token's own.
    let known = Writer::new(&server, &other)
        .get("/api/v1/articles?limit=1")
        .expect(200);
    let id = known.body["articles"][0]["id"]
        .as_str()
        .expect("an id")
        .replace("urn:uuid:", "");
    let decided = format!("/api/v1/articles/{id}/withhold");
    Writer::new(&server, &hostile)
        .post(&decided, &json!({}))
        .expect(200);
    drop(held);
}

#[test]
fn several_tokens_that_send_slowly_do_not_hold_the_others_of_their_kind() {
    const LARGEST: usize = 32 << 20;
    let (paper, server) = configured("body_seconds = 20");
    let picture = pictures::jpeg(320, 200);
    let kind = [("Content-Type", "image/jpeg")];
    for (scope, names) in [
        ("section:city", ["one", "two", "three", "honest"]),
        ("desk", ["first", "second", "third", "newsdesk"]),
    ] {
        let secrets = names.map(|name| token(&paper, name, scope));
        let (honest, hostile) = secrets.split_last().expect("a token");
        let path = "/api/v1/photographs";
        let mut held: Vec<TcpStream> = Vec::new();
        let honest = Writer::new(&server, honest);
        for hostile in hostile {
            held.push(begun(
                &server,
                &promise(path, hostile, "image/jpeg", LARGEST as u64),
            ));
        }
        // Promises take nothing of others.
        honest.send("POST", path, &kind, &picture).expect(201);
        // What came and is not yet whole gives way where all is taken. Of the third not all comes in.
        for stream in &mut held[..2] {
            stream.write_all(&vec![0; LARGEST - 1]).expect("a body");
        }
        for stream in &held {
            stream.set_nonblocking(true).expect("a mode");
        }
        let is_answered = |stream: &&TcpStream| stream.peek(&mut [0]).is_ok();
        support::wait("one gives way, and is told", || {
            honest.send("POST", path, &kind, &picture).expect(201);
            (held.iter().filter(is_answered).count() == 1).then_some(())
        });
    }
}

#[test]
fn what_will_be_refused_is_refused_before_its_body_comes() {
    let (paper, server) = configured("");
    let changes = token(&paper, "follower", "changes");
    let city = token(&paper, "city", "section:city");
    let json = "application/json";
    for (path, secret, kind, bytes, status) in [
        ("/api/v1/photographs", &changes, "image/jpeg", 30 << 20, 403),
        ("/api/v1/articles", &changes, json, 1 << 20, 403),
        ("/api/v1/sections", &city, json, 1 << 20, 403),
        ("/api/v1/photographs", &city, "image/svg+xml", 1 << 20, 415),
        ("/api/v1/photographs", &city, json, 1 << 20, 415),
        ("/api/v1/articles", &city, "image/jpeg", 1 << 20, 415),
        ("/api/v1/articles", &city, json, 5 << 20, 413),
        ("/api/v1/photographs", &city, "image/jpeg", 33 << 20, 413),
    ] {
        let mut stream = begun(&server, &promise(path, secret, kind, bytes));
        let answer = rest(&mut stream);
        assert_eq!(answer.status, status, "{path} {kind}: {}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"));
    }
    // Nor is whoever waits for the word to go on told to.
    let more = "Content-Type: image/jpeg\r\nContent-Length: 30000\r\nExpect: 100-continue\r\n";
    let mut stream = begun(
        &server,
        &head("POST", "/api/v1/photographs", &changes, more),
    );
    assert_eq!(rest(&mut stream).status, 403);
}

#[test]
fn one_token_has_a_bounded_number_of_waits_for_changes() {
    const ASKED: usize = 30;
    const WAITING: usize = 16;
    let (paper, server) = configured("");
    let (follower, desk) = (
        token(&paper, "follower", "changes"),
        token(&paper, "newsdesk", "desk"),
    );
    let last = paper.last();
    let path = format!("/api/v1/changes?after={last}&wait=30");
    let mut waiting: Vec<TcpStream> = (0..ASKED)
        .map(|_| begun(&server, &head("GET", &path, &follower, "")))
        .collect();
    // Those that are refused are so at once.
    support::wait("refusals", || {
        let is_answered = |stream: &&mut TcpStream| {
            stream.set_nonblocking(true).expect("a mode");
            let is_answered = stream.peek(&mut [0]).is_ok();
            stream.set_nonblocking(false).expect("a mode");
            is_answered
        };
        (waiting.iter_mut().filter(is_answered).count() == ASKED - WAITING).then_some(())
    });
    // Whoever does not wait is answered, and so is another token.
    let now = format!("/api/v1/changes?after={last}");
    Writer::new(&server, &follower).get(&now).expect(200);
    let mut of_desk = begun(&server, &head("GET", &path, &desk, ""));
    let story = json!({
        "section": "city", "headline": "A story", "published": "2025-02-28T09:00:00+08:00", "body": "It opened.",
    });
    Writer::new(&server, &desk)
        .post("/api/v1/articles", &story)
        .expect(201);
    let mut told = 0;
    for stream in waiting.iter_mut().chain([&mut of_desk]) {
        let answer = rest(stream);
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), Some("10"));
            continue;
        }
        assert_eq!(answer.status, 200);
        let said: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(said["changes"][0]["seq"], last + 1);
        told += 1;
    }
    assert_eq!(told, WAITING + 1);
}
