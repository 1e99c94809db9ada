//! Whoever reads the API without a token is served as readers of feeds are: what did not change is not sent, pages are bounded,
//! those who fetch everything again and again are limited where feeds are, and those who take nothing hold little memory.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::available_parallelism;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::support::writer::{Writer, token};
use crate::support::{Answer, Paper, Server};

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The addresses that anybody may read.
fn addresses(server: &Server) -> Vec<String> {
    let listed = json_of(&server.get("/api/v1/articles"));
    let bare = |value: &Value| value.as_str().expect("an id").replace("urn:uuid:", "");
    let articles = listed["articles"].as_array().expect("articles");
    let pictured = articles
        .iter()
        .find(|article| article["captions"].is_array());
    let pictured = pictured.expect("an article with captions");
    let (article, caption) = (bare(&pictured["id"]), bare(&pictured["captions"][0]["id"]));
    let mut all = vec!["/api/v1".to_owned()];
    let paths = [
        "openapi.json".to_owned(),
        "articles".to_owned(),
        "articles?limit=3&format=ninjs".to_owned(),
        "articles?section=city".to_owned(),
        format!("articles/{article}"),
        format!("articles/{article}?format=ninjs"),
        format!("articles/{article}/revisions"),
        format!("captions/{caption}"),
        "sections".to_owned(),
        "sections/city".to_owned(),
    ];
    all.extend(paths.map(|path| format!("/api/v1/{path}")));
    all
}

#[test]
fn what_did_not_change_is_not_sent_and_what_did_is() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let mut tags = Vec::new();
    for path in addresses(&server) {
        let whole = server.get(&path);
        assert_eq!(whole.status, 200, "{path}");
        assert_eq!(whole.body, server.get(&path).body, "{path}");
        let known = [("If-None-Match", whole.etag())];
        let same = server.get_with(&path, &known);
        assert_eq!((same.status, same.body.len()), (304, 0), "{path}");
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(same.header(name), whole.header(name), "{path} {name}");
        }
        let head = server.send("HEAD", &path, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(
            head.header("content-length"),
            whole.header("content-length")
        );
        let other = server.get_with(&path, &[("If-Match", "\"other\"")]);
        assert_eq!(other.status, 412, "{path}");
        tags.push((path, whole.etag().to_owned()));
    }
    let secret = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &secret);
    let story = json!({
        "section": "city", "headline": "A story", "published": chrono::Utc::now(), "body": "It opened.",
        "captions": [{"text": "At dawn"}],
    });
    let made = desk.post("/api/v1/articles", &story).expect(201);
    let anybody = |path: &str| server.get(path);
    for path in [
        "/api/v1/articles",
        "/api/v1/articles?section=city",
        "/api/v1/articles?limit=3&format=ninjs",
    ] {
        let before = tags.iter().find(|(known, _)| known == path).expect(path);
        assert_ne!(anybody(path).etag(), before.1, "{path}");
    }
    // The next look finds each change, of an article and of its captions, and what is taken away.
    let path = made.path();
    let first = anybody(&path);
    let revisions = format!("{path}/revisions");
    let told = json_of(&anybody(&revisions))["revisions"]
        .as_array()
        .map(Vec::len);
    desk.change("PATCH", &path, made.etag(), &json!({"deck": "At last"}))
        .expect(200);
    let second = anybody(&path);
    assert_ne!(second.etag(), first.etag());
    assert_eq!(json_of(&second)["deck"], "At last");
    assert_eq!(
        json_of(&anybody(&revisions))["revisions"]
            .as_array()
            .map(Vec::len),
        told.map(|told| told + 1)
    );
    let caption = made.body["captions"][0]["id"]
        .as_str()
        .expect("an id")
        .replace("urn:uuid:", "");
    let caption = format!("/api/v1/captions/{caption}");
    assert_eq!(anybody(&caption).status, 200);
    desk.post(&format!("{path}/withhold"), &json!({}))
        .expect(200);
    for gone in [&path, &revisions, &caption] {
        assert_eq!(anybody(gone).status, 404, "{gone}");
    }
    let listed = json_of(&anybody("/api/v1/articles"));
    assert!(!listed.to_string().contains("A story"));
}

#[test]
fn a_page_is_bounded_and_the_next_ones_have_the_rest_once_each() {
    const ARTICLES: usize = 45;
    let paper = Paper::new();
    for number in 0..ARTICLES {
        let text = format!("Words of story {number}. ").repeat(1500);
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            &text,
        );
    }
    let server = paper.start();
    for form in ["json", "ninjs"] {
        let mut seen = BTreeSet::new();
        let mut address = format!("/api/v1/articles?limit=100&format={form}");
        let mut pages = 0;
        loop {
            let page = server.get(&address);
            assert_eq!(page.status, 200, "{address}");
            assert!(page.body.len() < 400 * 1024, "{} bytes", page.body.len());
            let said = json_of(&page);
            let list = said["articles"]
                .as_array()
                .or(said["associations"].as_array());
            let found: Vec<String> = match list {
                Some(list) => list.iter().map(|article| article.to_string()).collect(),
                None => {
                    let associations = said["associations"].as_object().expect("associations");
                    associations.values().map(Value::to_string).collect()
                }
            };
            assert!(!found.is_empty());
            for article in found {
                assert!(seen.insert(article), "one stands on two pages");
            }
            pages += 1;
            let next = match form {
                "json" => said["next"]
                    .as_str()
                    .map(|cursor| format!("/api/v1/articles?limit=100&cursor={cursor}")),
                _ => page.header("link").map(|link| {
                    let address = link
                        .trim_start_matches('<')
                        .split('>')
                        .next()
                        .expect("an address");
                    address
                        .strip_prefix(&server.base())
                        .expect("a path")
                        .to_owned()
                }),
            };
            match next {
                Some(next) => address = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), ARTICLES, "{form}");
        assert!(pages > 3, "{pages}");
    }
}

#[test]
fn whoever_fetches_it_whole_again_and_again_is_limited_as_for_feeds() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.configured("[rate_limit]\nburst = 2\nrefill_seconds = 3600\n");
    let secret = token(&paper, "newsdesk", "desk");
    for path in addresses(&server) {
        // What was fetched to learn the addresses counts.
        let mut answers: Vec<Answer> = (0..3).map(|_| server.get(&path)).collect();
        let last = answers.pop().expect("an answer");
        assert_eq!(last.status, 429, "{path}");
        let wait: u64 = last
            .header("retry-after")
            .expect("a wait")
            .parse()
            .expect("seconds");
        assert!((3000..=3600).contains(&wait), "{wait}");
        assert!(last.has("If-None-Match"));
        // Whatever else stands in the address.
        let more = if path.contains('?') { "&" } else { "?" };
        assert_eq!(
            server.get(&format!("{path}{more}_=1")).status,
            429,
            "{path}"
        );
        let tag = answers.first().expect("an answer").etag();
        assert_eq!(
            server.get_with(&path, &[("If-None-Match", tag)]).status,
            304
        );
        assert_eq!(server.send("HEAD", &path, &[]).status, 200, "{path}");
        if !path.contains("openapi") && path != "/api/v1" {
            Writer::new(&server, &secret).get(&path).expect(200);
        }
    }
}

#[test]
fn whoever_invents_cursors_is_limited_before_anything_is_made() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.configured("[rate_limit]\nburst = 1\nrefill_seconds = 3600\n");
    // The folder's first look is over then, and nothing is written any more.
    paper.article("city/mark", "A mark", "It is looked at.");
    server.until("/articles/mark", |page| page.status == 200);
    let article = json_of(&server.get("/api/v1/articles?limit=1"))["articles"][0]["id"]
        .as_str()
        .expect("an id")
        .replace("urn:uuid:", "");
    let invented = |number: usize| format!("/api/v1/articles?cursor={number}.{article}");
    let answers: Vec<Answer> = (0..40)
        .map(|number| {
            // A condition is no way around it, nor is a question for the head alone.
            let known = [("If-None-Match", "\"x\"")];
            match number % 2 {
                0 => server.get_with(&invented(number), &known),
                _ => server.send("HEAD", &invented(number), &[]),
            }
        })
        .collect();
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(made, 19, "one was made before");
    let last = answers.last().expect("an answer");
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").is_some());
    // What lies ready costs nothing, and other kinds are not hindered.
    let ready = server.get("/api/v1/articles?limit=1&_=1");
    assert_eq!(ready.status, 429, "it was had whole");
    assert_eq!(
        server.send("HEAD", "/api/v1/articles?limit=1", &[]).status,
        200
    );
    assert_eq!(server.get("/api/v1/sections").status, 200);
}

/// A connection that the system holds back little for.
fn narrow(server: &Server) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket
        .connect(&server.address.into())
        .expect("a connection");
    socket.into()
}

/// What the server's process has in memory, in bytes.
fn memory(server: &Server) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", server.running.id())).expect("a status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("memory");
    let kilobytes: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number");
    kilobytes * 1024
}

#[test]
fn readers_that_take_nothing_hold_bounded_memory_whatever_they_ask_for() {
    // Each is more than the system takes on the way.
    const BYTES: usize = 3 << 20;
    const ARTICLES: usize = 7;
    const READERS: usize = 100;
    // What is on the way to slow readers, one that is being made, and the pages that the store's readers keep: 4 MB each, and
    // two readers for each processor.
    let processors = available_parallelism().expect("a number").get() as u64;
    let bound: u64 = ((16 + 16) << 20) + processors * 2 * 4_096_000;
    let paper = Paper::new();
    for number in 0..ARTICLES {
        // Little work to read, whatever its size.
        let line = format!("{}{number}\n", "words ".repeat(10_000));
        let text = format!("```\n{}```", line.repeat(BYTES / line.len()));
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            &text,
        );
    }
    // What was given back is no longer counted: the allocator keeps nothing large for later.
    let server = paper
        .configuring("[limits]\ncache_bytes = 8388608\n")
        .after("export MALLOC_MMAP_THRESHOLD_=131072")
        .serve();
    let listed = json_of(&server.get("/api/v1/articles?limit=1"));
    assert_eq!(listed["articles"].as_array().map(Vec::len), Some(1));
    let ids: Vec<String> = {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = json_of(&server.get(&format!("/api/v1/articles?limit=1{cursor}")));
            let id = page["articles"][0]["id"].as_str().expect("an id");
            ids.push(id.replace("urn:uuid:", ""));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break ids,
            }
        }
    };
    assert_eq!(ids.len(), ARTICLES);
    let ask = |id: &str| {
        let mut stream = narrow(&server);
        let request = format!("GET /api/v1/articles/{id} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("a status");
        let code: u16 = String::from_utf8_lossy(&status[9..])
            .parse()
            .expect("a number");
        (stream, code)
    };
    ask(&ids[0]);
    let before = memory(&server);
    // Many take nothing of one, and hold it once.
    let mut stuck: Vec<_> = (0..READERS).map(|_| ask(&ids[0])).collect();
    assert!(stuck.iter().all(|(_, code)| *code == 200));
    // Others take nothing of others, until there is no more room.
    stuck.extend(ids.iter().map(|id| ask(id)));
    let given: usize = stuck.iter().filter(|(_, code)| *code == 200).count();
    assert!(
        (READERS + 3..READERS + ARTICLES).contains(&given),
        "{given}"
    );
    let now = memory(&server);
    assert!(
        now < before + bound,
        "{} MiB more",
        now.saturating_sub(before) >> 20
    );
    // Whoever finds no room is told when to come again.
    let refused = stuck
        .iter()
        .zip(std::iter::repeat_n("", READERS).chain(ids.iter().map(String::as_str)));
    let (_, id) = refused
        .filter(|((_, code), _)| *code == 503)
        .last()
        .expect("one that was refused");
    let path = format!("/api/v1/articles/{id}");
    let refused = server.get(&path);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("5"))
    );
    assert_eq!(server.get("/sections/harbour").status, 200);
    drop(stuck);
    server.until(&path, |answer| answer.status == 200);
}
