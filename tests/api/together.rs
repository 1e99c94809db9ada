//! Several who write at once, and a server that dies meanwhile: nothing is lost, nothing is done twice, the log has no gap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::writer::{Desk, Writer, token};
use crate::support::{self, Paper, seq_of};

fn story(number: usize) -> Value {
    json!({
        "section": if number.is_multiple_of(2) { "city" } else { "harbour" },
        "slug": format!("story-{number}"),
        "headline": format!("Story {number}"),
        "published": "2025-02-28T09:00:00Z",
        "body": "The first text.\n",
        "captions": [{"text": format!("Caption {number}")}],
    })
}

fn has_no_gap(paper: &Paper) {
    let log = paper.log();
    for (place, entry) in log.iter().enumerate() {
        assert_eq!(seq_of(entry), place as u64 + 1);
    }
    let times: Vec<&str> = log
        .iter()
        .map(|entry| entry["time"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted_by(|one, other| one < other));
}

#[test]
fn of_two_who_change_the_same_one_is_told() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(0)).expect(201);
    for round in 0..20 {
        let known = desk.get(&made.path()).expect(200);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let change = |who: usize| {
                let (token, known, path) = (&token, &known, made.path());
                let server = &server;
                scope.spawn(move || {
                    let text = json!({"body": format!("Round {round}, writer {who}.\n")});
                    Writer::new(server, token).change("PATCH", &path, known.etag(), &text)
                })
            };
            let both = [change(1), change(2)];
            both.map(|writer| writer.join().unwrap())
                .into_iter()
                .collect()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let won = answers.iter().find(|answer| answer.status == 200).unwrap();
        let lost = answers.iter().find(|answer| answer.status == 412).unwrap();
        assert_eq!(won.etag(), lost.etag(), "the loser is told what it is now");
        assert_eq!(
            desk.get(&made.path()).expect(200).body["body"],
            won.body["body"]
        );
    }
    has_no_gap(&paper);
}

#[test]
fn a_thousand_writes_at_once_lose_none() {
    const WRITERS: usize = 8;
    const EACH: usize = 125;
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let begun = paper.last();
    let done = AtomicUsize::new(0);
    let texts: Mutex<BTreeMap<String, String>> = Mutex::default();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (server, token, done, texts) = (&server, &token, &done, &texts);
            scope.spawn(move || {
                let desk = Writer::new(server, token);
                let mut known: Option<(String, String)> = None;
                for step in 0..EACH {
                    let number = writer * EACH + step;
                    let said = match (step % 5, known.take()) {
                        (1, Some((path, etag))) => {
                            let text = json!({"body": format!("Text {number}.\n")});
                            desk.change("PATCH", &path, &etag, &text)
                        }
                        (2, Some((path, _))) => desk.post(&format!("{path}/withhold"), &json!({})),
                        (3, Some((path, etag))) => {
                            desk.change("POST", &format!("{path}/release"), &etag, &json!({}))
                        }
                        (4, Some((path, etag))) => desk.change(
                            "POST",
                            &format!("{path}/correct"),
                            &etag,
                            &json!({"public_note": format!("Note {number}.")}),
                        ),
                        _ => desk.post("/api/v1/articles", &story(number)),
                    };
                    assert!([200, 201].contains(&said.status), "{}", said.whole.text());
                    done.fetch_add(1, Ordering::Relaxed);
                    let path = said.path();
                    let state = format!("{} {}", said.body["state"]["status"], said.body["body"]);
                    texts.lock().unwrap().insert(path.clone(), state);
                    known = Some((path, said.etag().to_owned()));
                }
            });
        }
    });
    assert_eq!(done.load(Ordering::Relaxed), WRITERS * EACH);
    // Each of them is one entry.
    assert_eq!(paper.last() - begun, (WRITERS * EACH) as u64);
    has_no_gap(&paper);
    let desk = Writer::new(&server, &token);
    for (path, state) in &*texts.lock().unwrap() {
        let now = desk.get(path).expect(200);
        assert_eq!(
            format!("{} {}", now.body["state"]["status"], now.body["body"]),
            *state
        );
    }
}

#[test]
fn a_server_that_is_killed_while_it_is_written_to_has_all_of_a_write_or_none() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 4;
    let paper = Paper::new();
    let mut server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let number = AtomicUsize::new(0);
    // Of each step of each story, whether it was acknowledged.
    let sent: Mutex<BTreeMap<(usize, Step), bool>> = Mutex::default();
    for round in 0..ROUNDS {
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                let (server, token, number, sent) = (&server, &token, &number, &sent);
                scope.spawn(move || {
                    loop {
                        let own = number.fetch_add(1, Ordering::Relaxed);
                        for step in steps(own) {
                            sent.lock().unwrap().insert((own, step), false);
                            let Some(status) = take(server, token, own, step) else {
                                return;
                            };
                            assert_eq!(status, step.status(), "story {own}, {step:?}");
                            sent.lock().unwrap().insert((own, step), true);
                        }
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(300 + 130 * round as u64));
            let id = server.running.id().to_string();
            let kill = std::process::Command::new("kill")
                .args(["-9", &id])
                .status();
            assert!(kill.unwrap().success());
        });
        drop(server);
        server = paper.start();
        // Whoever got no answer asks again, and goes on with what was to follow.
        let mut sent = sent.lock().unwrap();
        for own in 0..number.load(Ordering::Relaxed) {
            for step in steps(own) {
                if sent.get(&(own, step)) != Some(&true) {
                    let status = take(&server, &token, own, step);
                    assert_eq!(status, Some(step.status()), "story {own}, {step:?}");
                    sent.insert((own, step), true);
                }
            }
        }
    }
    let count = number.load(Ordering::Relaxed);
    assert!(
        count > WRITERS * ROUNDS,
        "{count} stories are too few to tell"
    );
    // Each step was done once.
    let mut done: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in paper.log() {
        if entry["actor"] == "newsdesk" {
            let said = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            *done.entry((said("item"), said("kind"))).or_default() += 1;
        }
    }
    has_no_gap(&paper);
    for own in 0..count {
        for step in steps(own) {
            let of = (id_of(own), step.kind().to_owned());
            assert_eq!(done.get(&of), Some(&1), "story {own}, {step:?}");
        }
        let (page, feed) = (
            server.get(&format!("/articles/story-{own}")),
            server.get(&format!("/articles/story-{own}.json")),
        );
        let is_killed = steps(own).any(|step| step == Step::Kill);
        assert_eq!(page.status, if is_killed { 410 } else { 200 }, "{own}");
        for said in ["The second text".to_owned(), format!("Caption {own}")] {
            assert_eq!(feed.has(&said), !is_killed, "{own}: {said}");
        }
    }
}

/// What is done with a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Create,
    Change,
    Kill,
}

impl Step {
    fn status(self) -> u16 {
        if self == Self::Create { 201 } else { 200 }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Create => "publish",
            Self::Change => "minor",
            Self::Kill => "kill",
        }
    }
}

/// Every third story ends badly.
fn steps(number: usize) -> impl Iterator<Item = Step> {
    let kill = number.is_multiple_of(3).then_some(Step::Kill);
    [Step::Create, Step::Change].into_iter().chain(kill)
}

fn id_of(number: usize) -> String {
    format!("urn:uuid:01a05bfb-7000-7718-a56f-{number:012x}")
}

/// Asks for a step under a key of its own; none where the server gave no answer.
fn take(server: &support::Server, token: &str, number: usize, step: Step) -> Option<u16> {
    use std::io::{Read, Write};
    let id = id_of(number).replace("urn:uuid:", "");
    let mut story = story(number);
    story["id"] = json!(id_of(number));
    let (method, path, kind, body) = match step {
        Step::Create => (
            "POST",
            "/api/v1/articles".to_owned(),
            "application/json",
            story,
        ),
        Step::Change => (
            "PATCH",
            format!("/api/v1/articles/{id}"),
            "application/merge-patch+json",
            json!({"body": "The second text.\n"}),
        ),
        Step::Kill => (
            "POST",
            format!("/api/v1/articles/{id}/kill"),
            "application/json",
            json!({}),
        ),
    };
    let body = body.to_string();
    let mut stream = std::net::TcpStream::connect(server.address).ok()?;
    let condition = if step == Step::Change {
        "If-Match: *\r\n"
    } else {
        ""
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{condition}\
         Content-Type: {kind}\r\nIdempotency-Key: \"{step:?}-{number}\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

#[test]
fn a_caption_is_given_under_the_tag_of_its_own_text() {
    const WRITES: usize = 150;
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = desk.post("/api/v1/articles", &story(0)).expect(201);
    let id = made.body["captions"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/captions/{}", id.replace("urn:uuid:", ""));
    let known = desk.get(&path).expect(200);
    let tags = Mutex::new(BTreeMap::from([(known.etag().to_owned(), 0)]));
    let written = AtomicUsize::new(0);
    let read = std::thread::scope(|scope| {
        let (server, token, path, written) = (&server, &token, &path, &written);
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(move || {
                    let desk = Writer::new(server, token);
                    let mut read = Vec::new();
                    while written.load(Ordering::Acquire) < WRITES {
                        let known = desk.get(path).expect(200);
                        let text = known.body["text"].as_str().unwrap().to_owned();
                        let state = known.body["state"]["etag"].as_str().unwrap().to_owned();
                        assert_eq!(state, known.etag());
                        read.push((state, text));
                    }
                    read
                })
            })
            .collect();
        let mut etag = known.etag().to_owned();
        for number in 1..=WRITES {
            let text = json!({"text": format!("Text {number}")});
            let done = desk.change("PATCH", path, &etag, &text).expect(200);
            done.etag().clone_into(&mut etag);
            tags.lock().unwrap().insert(etag.clone(), number);
            written.store(number, Ordering::Release);
        }
        readers
            .into_iter()
            .flat_map(|reader| reader.join().unwrap())
            .collect::<Vec<_>>()
    });
    let tags = tags.into_inner().unwrap();
    let text = |number: usize| match number {
        0 => "Caption 0".to_owned(),
        number => format!("Text {number}"),
    };
    for (etag, found) in &read {
        assert_eq!(
            tags.get(etag).map(|number| text(*number)).as_ref(),
            Some(found)
        );
    }
    assert!(read.len() > 20, "{} reads", read.len());
}

#[test]
fn many_who_write_under_one_headline_get_an_address_each() {
    const WRITERS: usize = 40;
    let desk = Desk::new();
    let slugs: Mutex<BTreeSet<String>> = Mutex::default();
    let mut story = story(1);
    story["slug"] = Value::Null;
    for _ in 0..3 {
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    let made = desk.writer().post("/api/v1/articles", &story).expect(201);
                    let slug = made.body["slug"].as_str().expect("a slug").to_owned();
                    slugs.lock().unwrap().insert(slug);
                });
            }
        });
    }
    assert_eq!(slugs.lock().unwrap().len(), 3 * WRITERS);
}
