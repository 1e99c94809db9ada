//! A connection's requests are answered in two ways, plain ones without a layer between: whoever asks cannot tell which.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::support::{Answer, Paper, Server, connect, seconds, wait};

/// Takes a request out of the plain ones and means nothing.
const NOT_PLAIN: &str = "Content-Length: 0\r\n";

/// One answer of a connection that stays open.
fn next(stream: &mut TcpStream, is_head: bool) -> Answer {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        bytes.push(byte[0]);
    }
    let mut answer = Answer::parse(&bytes);
    let length = answer.header("content-length");
    let length = length.map_or(0, |length| length.parse().expect("a number"));
    if !is_head && answer.status != 304 {
        answer.body = vec![0; length];
        stream.read_exact(&mut answer.body).expect("a body");
    }
    answer
}

fn ask(stream: &mut TcpStream, head: &str) -> Answer {
    // In one piece: the second of several would wait for the first to be acknowledged.
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .expect("a request is sent");
    next(stream, head.starts_with("HEAD"))
}

/// The answer without what may differ: the moment, and the order of the fields.
fn undated(mut answer: Answer) -> Answer {
    answer.headers.retain(|(name, _)| name != "date");
    answer.headers.sort();
    answer
}

fn sample() -> (Paper, Server) {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    server.dated("/feed.rss");
    (paper, server)
}

#[test]
fn both_ways_give_the_same_answers() {
    let (_paper, server) = sample();
    let feed = server.dated("/feed.rss");
    let (tag, date) = (feed.etag(), feed.header("last-modified").expect("a date"));
    let picture = server
        .addresses()
        .into_iter()
        .find(|path| path.starts_with("/media/"))
        .expect("a photograph");
    let paths = [
        "/feed.rss",
        "/feed.rss?utm_source=reader",
        "/feed.rss?u=%3Cx%3E&&=",
        "/feed.atom",
        "/feed.json",
        "/",
        "/feed",
        "/rss.xml",
        "/feeds.opml",
        "/robots.txt",
        "/nothing/here",
        "/%",
        "//feed.rss",
        &picture,
    ];
    let fields = [
        String::new(),
        "Accept-Encoding: gzip\r\n".to_owned(),
        "accept-encoding: br;q=0.5\r\nACCEPT-ENCODING: zstd\r\n".to_owned(),
        "Accept-Encoding: identity;q=0, *;q=0\r\n".to_owned(),
        format!("If-None-Match: {tag}\r\n"),
        format!("If-None-Match: W/{tag}, \"other\"\r\n"),
        "If-None-Match: *\r\nAccept-Encoding: gzip, br\r\n".to_owned(),
        format!("If-Modified-Since: {date}\r\n"),
        format!("If-Modified-Since: {date}\r\nIf-Modified-Since: {date}\r\n"),
        "If-Match: \"other\"\r\n".to_owned(),
        format!("If-Unmodified-Since: {date}\r\n"),
        "Range: bytes=3-9\r\n".to_owned(),
        "User-Agent: caf\u{e9}\r\nAccept: text/html\r\nConnection: Keep-Alive\r\n".to_owned(),
    ];
    let mut plain = connect(server.address);
    let mut other = connect(server.address);
    for path in paths {
        for fields in &fields {
            for method in ["GET", "HEAD"] {
                let head = format!("{method} {path} HTTP/1.1\r\nHost: paper.example\r\n{fields}");
                let one = undated(ask(&mut plain, &head));
                let two = undated(ask(&mut other, &format!("{head}{NOT_PLAIN}")));
                assert_eq!(one, two, "{head}");
            }
        }
    }
}

#[test]
fn an_answer_asked_for_again_and_again_stays_the_same_but_for_its_date_and_follows_each_change() {
    let (paper, server) = sample();
    for coding in ["identity", "gzip"] {
        server.dated("/feed.atom");
        let mut stream = connect(server.address);
        let head = format!("/feed.atom HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n");
        let other = format!("GET {head}{NOT_PLAIN}");
        let first = ask(&mut stream, &format!("GET {head}"));
        let tag = first.etag().to_owned();
        let conditional = format!("GET {head}If-None-Match: {tag}\r\n");
        let mut dates = BTreeSet::new();
        let until = Instant::now() + Duration::from_millis(1200);
        while Instant::now() < until {
            for request in [
                &format!("GET {head}"),
                &conditional,
                &format!("HEAD {head}"),
            ] {
                let before = Utc::now().timestamp();
                let answer = ask(&mut stream, request);
                let date = i64::try_from(seconds(answer.header("date").expect("a date")));
                let date = date.expect("a moment");
                assert!(
                    (before..=Utc::now().timestamp()).contains(&date),
                    "{request}"
                );
                dates.insert(date);
                let status = if *request == conditional { 304 } else { 200 };
                assert_eq!(answer.status, status, "{request}");
                if request.starts_with("GET") && status == 200 {
                    assert_eq!(undated(answer), undated(first.clone()), "{request}");
                } else {
                    assert_eq!(answer.etag(), tag, "{request}");
                }
            }
        }
        assert!(dates.len() > 1, "{dates:?}");
        let whole = undated(ask(&mut connect(server.address), &other));
        assert_eq!(undated(ask(&mut stream, &format!("GET {head}"))), whole);

        let last = ask(&mut stream, &format!("{conditional}Connection: close\r\n"));
        assert_eq!(
            (last.status, last.header("connection")),
            (304, Some("close"))
        );
        let mut stream = connect(server.address);
        let last = ask(&mut stream, &format!("GET {head}Connection: close\r\n"));
        assert_eq!(last.header("connection"), Some("close"));
        assert_eq!(last.body, first.body);
        assert_eq!(stream.read(&mut [0]).expect("the end"), 0);

        let mut stream = connect(server.address);
        let seq = paper.last();
        paper.article(&format!("city/{coding}"), coding, "Text.");
        wait("the log's next entry", || {
            (paper.last() > seq).then_some(())
        });
        let answer = ask(&mut stream, &conditional);
        assert_eq!(answer.status, 200);
        assert_ne!(answer.etag(), tag);
    }
}

#[test]
fn many_requests_in_one_piece_are_answered_in_their_order() {
    let (_paper, server) = sample();
    let mut stream = connect(server.address);
    let paths = ["/feed.rss", "/nothing", "/feed.json", "/feed.atom"];
    let mut requests = String::new();
    for path in paths {
        requests.push_str(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        requests.push_str(&format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        // From the third on by the other way.
        if path == "/feed.json" {
            requests.push_str(&format!(
                "GET {path} HTTP/1.1\r\nHost: a\r\n{NOT_PLAIN}\r\n"
            ));
        }
    }
    stream
        .write_all(requests.as_bytes())
        .expect("requests are sent");
    for path in paths {
        let alone = server.get(path);
        for is_head in [false, true] {
            let answer = next(&mut stream, is_head);
            assert_eq!(answer.status, alone.status, "{path}");
            assert_eq!(answer.header("etag"), alone.header("etag"), "{path}");
            assert!(is_head || answer.body == alone.body, "{path}");
        }
        if path == "/feed.json" {
            assert_eq!(next(&mut stream, false).body, alone.body);
        }
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let (_paper, server) = sample();
    for more in ["", NOT_PLAIN] {
        let mut stream = connect(server.address);
        stream.set_nodelay(true).expect("a mode");
        let request = format!("GET /feed.rss HTTP/1.1\r\nHost: a\r\n{more}\r\n");
        for byte in request.bytes() {
            stream.write_all(&[byte]).expect("a byte is sent");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(next(&mut stream, false).body, server.get("/feed.rss").body);
    }
}

#[test]
fn whoever_closes_after_asking_is_answered_and_whoever_asks_to_close_sees_the_end() {
    let (_paper, server) = sample();
    let mut stream = connect(server.address);
    write!(stream, "GET /feed.rss HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request is sent");
    stream.shutdown(Shutdown::Write).expect("an end");
    assert_eq!(next(&mut stream, false).status, 200);

    let mut stream = connect(server.address);
    let head = "GET /feed.rss HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n";
    let answer = ask(&mut stream, head);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
}

#[test]
fn at_the_end_idle_connections_are_closed_and_an_answer_under_way_comes_whole() {
    let paper = Paper::new();
    let long = "Some words of a long text. ".repeat(40_000);
    paper.article("city/a", "A", &long);
    let server = paper.start();
    let whole = server.get("/articles/a");
    let mut idle = connect(server.address);
    let head = "GET /feed.rss HTTP/1.1\r\nHost: a\r\n";
    assert_eq!(ask(&mut idle, head).status, 200);
    let mut fresh = connect(server.address);
    // More than the system holds for it: it goes on only as it is read.
    let mut busy = connect(server.address);
    let request = "GET /articles/a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(32);
    busy.write_all(request.as_bytes())
        .expect("requests are sent");
    let first = next(&mut busy, false);
    assert_eq!(first.body.len(), whole.body.len());
    let code = std::thread::spawn(move || server.stop());
    for stream in [&mut idle, &mut fresh] {
        assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
    }
    let last = wait("an answer that says it is the last", || {
        let answer = next(&mut busy, false);
        assert_eq!(answer.body, whole.body);
        (answer.header("connection") == Some("close")).then_some(answer)
    });
    assert_eq!(last.status, 200);
    assert_eq!(code.join().expect("a thread"), Some(0));
}

#[test]
fn whatever_the_query_says_the_feed_is_the_same_kept_or_not() {
    let (_paper, server) = sample();
    for path in ["/feed.atom", "/feed.json"] {
        let strange = format!("{path}?u=<x>&\"y\"={{}}|^`");
        let first = server.get(&strange);
        assert_eq!(first.status, 200, "{strange}");
        assert_eq!(first.body, server.get(path).body);
        assert_eq!(server.get(&strange).body, first.body);
    }
}

#[test]
fn the_last_answer_comes_whole_whatever_comes_behind_the_request() {
    let (_paper, server) = sample();
    let whole = server.get("/feed.rss");
    for more in ["", NOT_PLAIN] {
        let mut stream = connect(server.address);
        let last = format!("GET /feed.rss HTTP/1.1\r\nHost: a\r\n{more}Connection: close\r\n\r\n");
        let behind = "GET /feed.atom HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
        stream
            .write_all(format!("{last}{behind}").as_bytes())
            .expect("requests are sent");
        std::thread::sleep(Duration::from_millis(100));
        let answer = next(&mut stream, false);
        assert!(answer.body == whole.body, "{more}");
        if more.is_empty() {
            assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
        }
    }
}

#[test]
fn a_request_has_one_host() {
    let (_paper, server) = sample();
    for more in ["", NOT_PLAIN] {
        for hosts in ["", "Host: a\r\nHost: a\r\n"] {
            let mut stream = connect(server.address);
            let head = format!("GET /feed.rss HTTP/1.1\r\n{hosts}{more}");
            let answer = ask(&mut stream, &head);
            assert_eq!(answer.status, 400, "{head}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert!(answer.has("one Host"), "{head}");
        }
    }
    let mut stream = connect(server.address);
    stream
        .write_all(b"GET /feed.rss HTTP/1.0\r\n\r\n")
        .expect("a request is sent");
    let mut status = [0; 12];
    stream.read_exact(&mut status).expect("an answer");
    assert_eq!(&status, b"HTTP/1.0 200");
}
