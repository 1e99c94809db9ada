//! What a proxy in front sees: whichever of its ways the server takes, whatever came before on the connection, and whether the
//! answer lies in memory or not, a request has one answer, byte for byte.

use std::io::{Read, Write};

use crate::support::{Answer, PATIENCE, Paper, Server, connect, wait};

/// Takes a request out of the plain ones and means nothing.
const NOT_PLAIN: &str = "Content-Length: 0\r\n";

/// Which request goes before on the same connection, if one does.
const BEFORE: [Option<&str>; 4] = [
    None,
    Some("GET /page.css HTTP/1.1\r\nHost: a\r\n\r\n"),
    Some("GET /page.css HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
    Some("POST /page.css HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
];

/// Everything that comes for `raw`, sent behind `before`, but the answer to that.
fn answer(server: &Server, before: Option<&str>, raw: &[u8]) -> Vec<u8> {
    let mut stream = connect(server.address);
    if let Some(before) = before {
        stream.write_all(before.as_bytes()).expect("a request");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let length = Answer::parse(&head);
        let length = length.header("content-length").expect("a length").parse();
        let mut body = vec![0; length.expect("a number")];
        stream.read_exact(&mut body).expect("a body");
    }
    // What is refused may be answered before all of it was sent.
    let _ = stream.write_all(raw);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// An answer without its date, its fields in an order of their own: a head that is kept has another.
fn undated(bytes: &[u8]) -> (Vec<String>, Vec<u8>) {
    let split = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = bytes.split_at(split.unwrap_or(bytes.len()));
    let head = String::from_utf8_lossy(head);
    let mut lines: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
    lines.retain(|line| !line.starts_with("date: "));
    lines.sort();
    (lines, body.to_vec())
}

fn status(bytes: &[u8]) -> u16 {
    let status = bytes
        .get(9..12)
        .and_then(|text| std::str::from_utf8(text).ok());
    status.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The same with a field behind the request line, where nothing else says how long the body is.
fn not_plain(raw: &[u8]) -> Option<Vec<u8>> {
    let lower = raw.to_ascii_lowercase();
    let has = |part: &[u8]| lower.windows(part.len()).any(|bytes| bytes == part);
    let end = raw.windows(2).position(|bytes| bytes == b"\r\n")? + 2;
    let is_whole = raw.ends_with(b"\r\n\r\n");
    if !is_whole || has(b"content-length") || has(b"transfer-encoding") {
        return None;
    }
    let (line, rest) = raw.split_at(end);
    Some([line, NOT_PLAIN.as_bytes(), rest].concat())
}

/// Asks in every way, and gives the one answer.
#[track_caller]
fn alike(server: &Server, raw: &[u8]) -> Vec<u8> {
    // Cold, then from memory, then as it lies ready.
    let one = answer(server, None, raw);
    let others = BEFORE.iter().map(|before| answer(server, *before, raw));
    let not_plain = not_plain(raw).map(|raw| answer(server, None, &raw));
    let mut wrong = Vec::new();
    for (way, other) in others.chain(not_plain).enumerate() {
        if undated(&one) != undated(&other) {
            let text = String::from_utf8_lossy(&other);
            wrong.push(format!(
                "way {way}: {}",
                text.chars().take(900).collect::<String>()
            ));
        }
    }
    let text = |bytes: &[u8]| -> String {
        let text = String::from_utf8_lossy(bytes);
        text.chars().take(900).collect()
    };
    assert!(
        wrong.is_empty(),
        "{}\nfirst: {}\n{}",
        text(raw),
        text(&one),
        wrong.join("\n")
    );
    one
}

fn sample() -> (Paper, Server) {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    // Dates are told by now.
    server.dated("/subscribe");
    server.dated("/feed.json");
    (paper, server)
}

/// The date of every document that is asked for has come.
fn settle(server: &Server, paths: &[&str]) {
    for path in paths {
        wait(path, || {
            let answer = server.get(path);
            (answer.header("last-modified").is_some() || answer.header("etag").is_none())
                .then_some(())
        });
    }
}

#[test]
fn a_request_has_one_answer_whatever_stands_in_its_address() {
    let (_paper, server) = sample();
    let base = server.base();
    settle(&server, &["/feed.atom"]);
    let page = format!("{base}/articles/night-ferry-returns");
    let paths = [
        "/feed.atom",
        "/sections/harbour",
        "/oembed",
        "/api/v1/articles",
        "/nothing",
    ];
    let long = "x".repeat(9000);
    let queries = [
        "".to_owned(),
        "?".to_owned(),
        "??".to_owned(),
        "?a=1?b=2".to_owned(),
        "?a=<b>&limit=1".to_owned(),
        "?limit=1&\"".to_owned(),
        "?limit=1&a={b}|c\\d^e`f".to_owned(),
        "?limit=1&a=[b]".to_owned(),
        "?limit=1&a=caf\u{e9}\u{5b59}".to_owned(),
        "?limit=1&a=%zz%".to_owned(),
        "?limit=1#part".to_owned(),
        "?limit=1&a=#<".to_owned(),
        "#part".to_owned(),
        "#part?limit=1".to_owned(),
        format!("?url={page}&maxwidth=<"),
        format!("?url={page}&format=xml&a=<b>"),
        format!("?limit=1&a={long}"),
        format!("?limit=1&a={}", "<".repeat(9000)),
        format!("?a={}", "<".repeat(20_000)),
    ];
    for path in paths {
        for query in &queries {
            for method in ["GET", "HEAD"] {
                let raw = format!("{method} {path}{query} HTTP/1.1\r\nHost: a\r\n\r\n");
                alike(&server, raw.as_bytes());
            }
        }
    }
    // What may not stand in a query does not take the rest with it.
    let asked = |query: &str| {
        let raw = format!("GET {query} HTTP/1.1\r\nHost: a\r\n\r\n");
        alike(&server, raw.as_bytes())
    };
    let xml = asked(&format!("/oembed?a=<b>&url={page}&format=xml"));
    assert!(String::from_utf8_lossy(&xml).contains("text/xml"));
    let one = asked("/api/v1/articles?a=<b>&limit=1");
    assert_eq!(
        undated(&one).1,
        undated(&asked("/api/v1/articles?limit=1")).1
    );
    let too_long = asked(&format!("/feed.atom?a={}", "x".repeat(20_000)));
    assert_eq!(status(&too_long), 414);
    for target in [
        "/feed.atom<",
        "/caf\u{e9}",
        "/%",
        "//feed.atom",
        "/feed.atom/",
        "/./feed.atom",
        "/a b",
        "*",
        "feed.atom",
        "a:80",
        "http://other.example/feed.atom",
        "HTTP://other.example/feed.atom?a=<",
        "http://",
        "http:///feed.atom",
        "mailto:a@b",
        "http://other.example",
        "?",
        "",
    ] {
        for method in [
            "GET", "HEAD", "OPTIONS", "CONNECT", "TRACE", "get", "G{T", "PURGE",
        ] {
            let raw = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n");
            let said = status(&alike(&server, raw.as_bytes()));
            let is_no_target =
                ["*", "feed.atom", "a:80", "mailto:a@b", "?", "", "http://"].contains(&target);
            if method == "GET" && is_no_target {
                assert_eq!(said, 400, "{raw}");
            }
        }
    }
    let whole = asked("http://other.example/feed.atom");
    assert_eq!(undated(&whole), undated(&asked("/feed.atom")));
    assert_eq!(
        status(&alike(&server, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")),
        204
    );
    assert_eq!(
        status(&alike(&server, b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")),
        405
    );
}

#[test]
fn a_request_has_one_answer_whatever_its_fields_say() {
    let (_paper, server) = sample();
    settle(&server, &["/feed.atom", "/feed.rss"]);
    let feed = server.dated("/feed.atom");
    let (tag, date) = (feed.etag(), feed.header("last-modified").expect("a date"));
    let picture = server
        .addresses()
        .into_iter()
        .find(|path| path.starts_with("/media/"));
    let picture = picture.expect("a photograph");
    let fields: Vec<Vec<u8>> = [
        "Expect: 100-continue\r\n",
        "Expect: 200-maybe\r\n",
        "Range: bytes=0-3\r\n",
        "Range: bytes=-3\r\n",
        "Range: bytes=3-\r\n",
        "Range: bytes=0-1,3-4\r\n",
        "Range: bytes=99999999-\r\n",
        "Range: lines=1-2\r\n",
        "Range: bytes=0-3\r\nIf-Range: \"other\"\r\n",
        "Range: bytes=0-3\r\nRange: bytes=4-5\r\n",
        "Upgrade: h2c\r\nConnection: Upgrade\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive, close\r\n",
        "Connection: close\r\nConnection: keep-alive\r\n",
        "Connection: keep-alive\r\n",
        "Accept-Encoding: gzip\r\naccept-ENCODING: br;q=0\r\n",
        "Accept-Encoding: \r\n",
        "Accept-Encoding: identity;q=0\r\n",
        "If-None-Match:\r\n",
        "If-None-Match: *\r\nIf-None-Match: \"a\"\r\n",
        "If-Modified-Since: yesterday\r\n",
        "If-Match: *\r\n",
        "X: \r\n",
        "X:\r\n",
        ": x\r\n",
        "X : x\r\n",
        "X\r\n",
        "X: a\r\n b\r\n",
        "X: a\r\n\tb\r\n",
        " X: a\r\n",
        "X(y): a\r\n",
        "X: a\n",
        "Host: a\r\n",
        "Host: b\r\n",
        "TE: trailers\r\nTrailer: X\r\n",
        "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into_iter()
    .chain([
        b"X: caf\xe9\r\n".to_vec(),
        b"X: a\x00b\r\n".to_vec(),
        b"X: a\x7fb\r\n".to_vec(),
        b"X: a\rb\r\n".to_vec(),
        b"X\xe9: a\r\n".to_vec(),
        b"If-None-Match: \"\xe9\"\r\n".to_vec(),
        b"Accept-Encoding: gz\xefp\r\n".to_vec(),
        format!("If-None-Match: {tag}\r\n").into_bytes(),
        format!("If-None-Match: {tag}\r\nExpect: 100-continue\r\n").into_bytes(),
        format!("If-Modified-Since: {date}\r\nRange: bytes=1-2\r\n").into_bytes(),
        "X: a\r\n".repeat(47).into_bytes(),
        "X: a\r\n".repeat(60).into_bytes(),
        "X: a\r\n".repeat(130).into_bytes(),
        format!("X: {}\r\n", "a".repeat(40_000)).into_bytes(),
    ])
    .collect();
    let paths = [
        "/feed.atom",
        "/feed.rss",
        "/sections/city",
        "/robots.txt",
        "/nothing",
        "/api/v1/sections",
        &picture,
    ];
    for path in paths {
        for field in &fields {
            for method in ["GET", "HEAD"] {
                let line = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n");
                let raw = [line.as_bytes(), field, b"\r\n"].concat();
                alike(&server, &raw);
            }
        }
    }
    // RFC 9112 §5.1, §5.2: no space before the colon, no field on two lines.
    for wrong in ["X : x\r\n", "X: a\r\n b\r\n", ": x\r\n", "Host: b\r\n"] {
        let raw = format!("GET /feed.atom HTTP/1.1\r\nHost: a\r\n{wrong}\r\n");
        assert_eq!(status(&alike(&server, raw.as_bytes())), 400, "{wrong}");
    }
}

#[test]
fn a_request_has_one_answer_in_every_version_and_framing() {
    let (_paper, server) = sample();
    settle(&server, &["/feed.atom", "/sections/city"]);
    let paths = [
        "/feed.atom",
        "/sections/city",
        "/nothing",
        "/api/v1/articles",
        "/api/v1/nothing",
    ];
    for path in paths {
        for version in [
            "HTTP/1.0",
            "HTTP/1.1",
            "HTTP/1.2",
            "HTTP/2.0",
            "HTTP/0.9",
            "http/1.1",
            "HTTP/1.1x",
            "HTTP/11",
            "",
        ] {
            for host in ["", "Host: a\r\n", "Host:\r\n", "Host: a\r\nHost: a\r\n"] {
                for method in ["GET", "HEAD"] {
                    let raw = format!("{method} {path} {version}\r\n{host}\r\n");
                    alike(&server, raw.as_bytes());
                    let stays = format!(
                        "{method} {path} {version}\r\n{host}Connection: keep-alive\r\n\r\n"
                    );
                    alike(&server, stays.as_bytes());
                }
            }
        }
        for host in ["", "Host: a\r\nHost: a\r\n"] {
            let raw = format!("GET {path} HTTP/1.1\r\n{host}\r\n");
            assert_eq!(status(&alike(&server, raw.as_bytes())), 400, "{raw}");
        }
        for (framing, body, is_taken) in [
            ("Content-Length: 3\r\n", "abc", true),
            ("Content-Length: 3\r\nContent-Length: 3\r\n", "abc", false),
            ("Content-Length: 3, 3\r\n", "abc", false),
            ("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd", false),
            ("Content-Length: +3\r\n", "abc", false),
            ("Content-Length: -3\r\n", "abc", false),
            ("Content-Length: 0x3\r\n", "abc", false),
            ("Content-Length: 3 \r\n", "abc", true),
            ("Content-Length:\r\n", "", false),
            ("Content-Length: 99999999999999999999\r\n", "", false),
            (
                "Transfer-Encoding: chunked\r\n",
                "3\r\nabc\r\n0\r\n\r\n",
                true,
            ),
            ("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n", true),
            ("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", false),
            ("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n", false),
            ("Transfer-Encoding: identity\r\n", "", false),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n",
                false,
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "0\r\n\r\n",
                false,
            ),
            (
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n",
                false,
            ),
            ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", false),
            ("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n", false),
        ] {
            for method in ["GET", "POST"] {
                let raw = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n{body}");
                let said = status(&alike(&server, raw.as_bytes()));
                assert_eq!(said != 400, is_taken, "{said} to {raw}");
            }
            // A length in HTTP/1.0 is understood, chunks are not.
            let raw = format!("POST {path} HTTP/1.0\r\n{framing}\r\n{body}");
            alike(&server, raw.as_bytes());
        }
    }
}

#[test]
fn what_comes_behind_a_body_is_the_next_request_and_nothing_else_is() {
    let (_paper, server) = sample();
    settle(&server, &["/feed.atom"]);
    let next = "HEAD /page.css HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (first, answers) in [
        (
            "GET /page.css HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            2,
        ),
        (
            "GET /page.css HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            2,
        ),
        (
            "POST /api/v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
            2,
        ),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 2),
        (
            "GET /page.css HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            2,
        ),
        ("GET http://a/page.css HTTP/1.1\r\nHost: a\r\n\r\n", 2),
        (
            "HEAD /page.css HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            2,
        ),
        // Whoever sends chunks, or wants to leave, is not listened to any longer.
        (
            "GET /page.css HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            1,
        ),
        ("GET /page.css HTTP/1.0\r\n\r\n", 1),
        (
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            1,
        ),
        // Nor is whoever was misunderstood.
        (
            "GET /page.css HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\n",
            1,
        ),
        ("GET /page.css\r\n\r\n", 1),
    ] {
        let mut stream = connect(server.address);
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
            .write_all(format!("{first}{next}").as_bytes())
            .expect("requests");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let heads = text.matches("HTTP/1.1 ").count() + text.matches("HTTP/1.0 ").count();
        assert_eq!(heads, answers, "{first}: {text}");
    }
}
