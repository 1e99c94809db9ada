//! Several servers on one PostgreSQL database. `tests/judges/postgres.py` names a server of it in COURANT_POSTGRES and runs these.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::postgres::{Way, asked};
use crate::support::place::store_arguments;
use crate::support::writer::{Writer, token};
use crate::support::{
    Answer, COURANT, Paper, Random, Server, Start, free_port, links, output_of, pictures, request,
    seq_of, text, wait,
};
use crate::varnish::varnish;

/// Number of those who write at once, and of all their changes.
const WRITERS: usize = 8;
const CHANGES: usize = 600;

/// Number of times that a node is killed during writes.
const KILLS: usize = 30;

/// The public's name of the paper, which is the same on all nodes.
const BASE: &str = "https://paper.example";

/// A paper with several nodes on its store, each with a folder of data of its own.
struct Nodes {
    paper: Paper,
    token: String,
    servers: Vec<Server>,
}

impl Nodes {
    fn of(paper: Paper, count: usize) -> Self {
        let mut nodes = Self {
            paper,
            token: String::new(),
            servers: Vec::new(),
        };
        for number in 0..count {
            let server = nodes.starting(number).serve();
            nodes.servers.push(server);
        }
        nodes.token = token(&nodes.paper, "newsdesk", "desk");
        nodes
    }

    fn store(&self) -> String {
        store_arguments(&self.paper.data())
            .pop()
            .expect("an address")
    }

    fn starting(&self, number: usize) -> Start {
        self.starting_by(number, &self.store())
    }

    /// The node with that number, whose store is reached by that address.
    fn starting_by(&self, number: usize, store: &str) -> Start {
        let items = self.paper.items();
        let data = match number {
            0 => self.paper.data(),
            _ => self.paper.dir.path().join(format!("data-{number}")),
        };
        let arguments = [
            "--data",
            text(&data),
            "--items",
            text(&items),
            "--store",
            store,
        ];
        let start = Start::bare().with(&arguments).at(free_port());
        start.with(&["--base-url", BASE])
    }

    fn data(&self, number: usize) -> PathBuf {
        match number {
            0 => self.paper.data(),
            _ => self.paper.dir.path().join(format!("data-{number}")),
        }
    }

    /// The name of its schema.
    fn schema(&self) -> String {
        let store = self.store();
        store.split("schema=").nth(1).expect("a schema").to_owned()
    }

    /// The addresses of pictures that a page of a node names.
    fn media(&self, number: usize, page: &str) -> Vec<String> {
        let page = self.servers[number]
            .until(page, |page| page.status == 200)
            .text();
        let found = page
            .split(['"', ' ', ','])
            .filter_map(|piece| piece.split("/media/").nth(1));
        let found: BTreeSet<String> = found.map(|name| format!("/media/{name}")).collect();
        found.into_iter().collect()
    }

    /// Publishes a story by a node that may end meanwhile; gives its path where that was acknowledged.
    fn try_publish(&self, number: usize, slug: &str) -> Option<String> {
        let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
        let answer = self.try_post(number, "/api/v1/articles", &story)?;
        let location = answer.header("location")?;
        let path = location.split(BASE).last().unwrap_or(location);
        (answer.status == 201).then(|| path.to_owned())
    }

    /// Whether a decision on the article at that path was acknowledged.
    fn try_act(&self, number: usize, path: &str, action: &str) -> bool {
        let answer = self.try_post(number, &format!("{path}/{action}"), &json!({}));
        answer.is_some_and(|answer| answer.status == 200)
    }

    fn try_post(&self, number: usize, path: &str, body: &Value) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("Authorization", &*bearer),
            ("Content-Type", "application/json"),
        ];
        try_request(self.servers[number].address, &headers, path, body)
    }

    fn writer(&self, number: usize) -> Writer<'_> {
        Writer::new(&self.servers[number], &self.token)
    }

    /// Publishes a story by a node.
    fn publish(&self, number: usize, slug: &str) {
        let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
        self.writer(number)
            .post("/api/v1/articles", &story)
            .expect(201);
    }

    /// Waits until all nodes are at the same position.
    fn settle(&self) {
        wait("one position on all nodes", || {
            let positions: Vec<_> = self.servers.iter().map(position).collect();
            let first = positions.first().copied().flatten();
            let is_same = first.is_some() && positions.iter().all(|at| *at == first);
            is_same.then_some(())
        });
    }

    /// Embargoes a story by a node, and watches that it is on all nodes once, and on none before its time.
    fn expect_embargo(&self, number: usize) {
        let slug = format!("embargoed-{number}");
        let slug = &slug;
        let at = Utc::now() + TimeDelta::seconds(3);
        let embargoed = json!({
            "section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z",
            "embargo_until": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        self.writer(1)
            .post("/api/v1/articles", &embargoed)
            .expect(201);
        // The clock of this machine is the database's, too.
        let seen: Vec<_> = std::thread::scope(|scope| {
            let looks = self.servers.iter().map(|server| {
                scope.spawn(move || {
                    loop {
                        let is_shown = server.get("/feed.atom").has(slug);
                        if is_shown {
                            return Utc::now();
                        }
                        std::thread::sleep(Duration::from_millis(100));
                    }
                })
            });
            let looks: Vec<_> = looks.collect();
            let ended = looks.into_iter().map(|look| look.join());
            ended.map(|seen| seen.expect("a look")).collect()
        });
        for (place, seen) in seen.iter().enumerate() {
            assert!(*seen >= at, "node {place} showed it at {seen}, before {at}");
        }
        let log = self.paper.log();
        let is_of = |entry: &&Value| entry.to_string().contains(&format!("/{slug}\""));
        let published = log.iter().filter(is_of).count();
        assert_eq!(published, 1, "{log:?}");
    }

    /// What the nodes answer at every address, of which there are more than `least`, is the same.
    fn expect_same(&self, least: usize) {
        self.settle();
        let addresses = addresses(&self.servers[0]);
        assert!(addresses.len() > least, "{addresses:?}");
        for path in &addresses {
            let answers: Vec<_> = self.servers.iter().map(|server| server.get(path)).collect();
            for (number, answer) in answers.iter().enumerate() {
                let shown = |answer: &Answer| {
                    let etag = answer.header("etag").map(str::to_owned);
                    (answer.status, etag, answer.body.clone())
                };
                assert!(
                    shown(answer) == shown(&answers[0]),
                    "{path} of node {number}: {answer:?}"
                );
            }
            // Last-Modified is sent by each when its second is over.
            wait(path, || {
                let answers = self.servers.iter().map(|server| headers(&server.get(path)));
                let answers: Vec<_> = answers.collect();
                answers
                    .iter()
                    .all(|answer| *answer == answers[0])
                    .then_some(())
            });
        }
    }
}

/// All headers but the time of the answer.
fn headers(answer: &Answer) -> BTreeMap<String, String> {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date");
    headers.cloned().collect()
}

/// All addresses that pages and feeds of a server name, found by following them.
fn addresses(server: &Server) -> BTreeSet<String> {
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut ahead = vec!["/".to_owned()];
    while let Some(path) = ahead.pop() {
        if path.starts_with("/media/") || path.starts_with("/preview.png") {
            continue;
        }
        for found in links(&server.get(&path).text(), BASE) {
            if known.insert(found.clone()) {
                ahead.push(found);
            }
        }
    }
    known
}

/// What a server answers that may end meanwhile; `None` where it did not.
fn try_request(
    address: SocketAddr,
    headers: &[(&str, &str)],
    path: &str,
    body: &Value,
) -> Option<Answer> {
    let body = body.to_string();
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    write!(stream, "{head}\r\n{body}").ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // Whole, or it was never said.
    let is_whole = text.split_once("\r\n\r\n").is_some();
    is_whole.then(|| Answer::parse(&bytes))
}

fn time_of(entry: &Value) -> DateTime<Utc> {
    let time = entry["time"].as_str().expect("a time");
    time.parse().expect("a date")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => found.extend(files_in(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

fn kill(id: u32) {
    let killed = output_of(Command::new("kill").args(["-9", &id.to_string()]));
    assert!(killed.expect("kill").status.success());
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn what_is_asked_of_several_nodes_at_once_is_done_once() {
    let nodes = Nodes::of(Paper::new(), 3);
    let ask = |slug: &str, headers: &[(&str, &str)]| -> Vec<_> {
        let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
        std::thread::scope(|scope| {
            let asking = (0..3).map(|number| {
                let (nodes, story) = (&nodes, &story);
                scope.spawn(move || {
                    nodes
                        .writer(number)
                        .json("POST", "/api/v1/articles", headers, story)
                })
            });
            let asking: Vec<_> = asking.collect();
            let answers = asking
                .into_iter()
                .map(|asked| asked.join().expect("an answer"));
            answers
                .map(|said| (said.status, said.body["id"].clone()))
                .collect()
        })
    };
    for round in 0..5 {
        let key = format!("\"key-{round}\"");
        let answers = ask(&format!("once-{round}"), &[("Idempotency-Key", &key)]);
        assert!(
            answers
                .iter()
                .all(|answer| answer.0 == 201 && *answer == answers[0]),
            "{answers:?}"
        );
        let mut statuses: Vec<u16> = ask(&format!("taken-{round}"), &[])
            .iter()
            .map(|answer| answer.0)
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409]);
    }
    assert_eq!(
        nodes
            .paper
            .log()
            .iter()
            .filter(|entry| entry["kind"] == "publish")
            .count(),
        10
    );
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_recording_of_several_pieces_is_taken_and_played_by_other_nodes() {
    let nodes = Nodes::of(Paper::new(), 3);
    let mut random = Random(0x2026_1201_feed_cafe);
    let mut sound = b"ID3\x04\0\0\0\0\0\0".to_vec();
    // Whole pieces of a MiB: that none follows is seen only when more is asked for.
    sound.resize_with(3 * 1024 * 1024, || {
        u8::try_from(random.below(256)).unwrap_or_default()
    });
    let kind = [("Content-Type", "audio/mpeg")];
    let kept = nodes
        .writer(0)
        .send("POST", "/api/v1/recordings", &kind, &sound)
        .expect(201);
    let file = kept.body["file"].as_str().expect("a name");
    let story = json!({
        "section": "city", "slug": "talk", "headline": "A talk", "published": "2026-11-20T08:00:00Z",
        "attachments": [{"file": file, "title": "A talk"}],
    });
    let said = nodes.writer(1).post("/api/v1/articles", &story).expect(201);
    let path = format!("/media/{file}");
    nodes.settle();
    let part = nodes.servers[2].get_with(&path, &[("Range", "bytes=1048570-1048585")]);
    assert_eq!(
        (part.status, &*part.body),
        (206, &sound[1_048_570..=1_048_585])
    );
    for server in &nodes.servers {
        assert!(server.get(&path).body == sound);
    }
    nodes
        .writer(2)
        .post(&format!("{}/kill", said.path()), &json!({}))
        .expect(200);
    for (number, server) in nodes.servers.iter().enumerate() {
        server.until(&path, |answer| answer.status == 410);
        let folder = nodes.data(number).join("media");
        wait("no copy of what was killed", || {
            files_in(&folder).is_empty().then_some(())
        });
    }
}

/// Ends what runs beside, also where the test fails meanwhile.
struct EndOnDrop<'d>(&'d AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The judge restarts its server when this file is there, and removes it when that is done. Nothing else runs then.
#[test]
#[ignore = "restarts the PostgreSQL server; tests/judges/postgres.py runs it alone"]
fn restarting_postgresql_under_load_loses_nothing_that_was_acknowledged() {
    let restart =
        PathBuf::from(std::env::var("COURANT_POSTGRES_RESTART").expect("a file, by the judge"));
    let nodes = Nodes::of(Paper::new(), 3);
    nodes.publish(0, "known");
    nodes.settle();
    for server in &nodes.servers {
        server.until("/articles/known", |page| page.status == 200);
    }
    let (done, kept) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let refused = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (number, server) in nodes.servers.iter().enumerate() {
            let (nodes, done, kept, refused) = (&nodes, &done, &kept, &refused);
            scope.spawn(move || {
                for count in 0.. {
                    if done.load(Ordering::SeqCst) {
                        break;
                    }
                    let slug = format!("story-{number}-{count}");
                    match nodes.try_publish(number, &slug) {
                        Some(_) => kept.lock().expect("slugs").push(slug),
                        None => {
                            refused.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(50));
                        }
                    }
                }
            });
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    assert_eq!(
                        server.get("/articles/known").status,
                        200,
                        "what is in memory is served on"
                    );
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
        let _end = EndOnDrop(&done);
        let written = || kept.lock().expect("slugs").len();
        wait("some stories", || (written() > 10).then_some(()));
        fs::write(&restart, "").expect("a wish");
        wait("a restarted server", || (!restart.exists()).then_some(()));
        let before = written();
        wait("stories after it", || {
            (written() > before + 10).then_some(())
        });
        done.store(true, Ordering::SeqCst);
    });
    assert!(refused.into_inner() > 0, "the server was never away");
    nodes.settle();
    for slug in kept.into_inner().expect("slugs") {
        for server in &nodes.servers {
            assert_eq!(
                server.get(&format!("/articles/{slug}")).status,
                200,
                "{slug} is lost"
            );
        }
    }
    for server in &nodes.servers {
        server.until("/feed.atom", |feed| {
            feed.header("etag") == nodes.servers[0].get("/feed.atom").header("etag")
        });
        let ready = wait("what is ready", || {
            Some(server.operate("/readyz")).filter(|ready| ready.status == 200)
        });
        assert_eq!(ready.text(), "ready\n");
    }
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_node_with_another_base_url_says_so() {
    let mut nodes = Nodes::of(Paper::new(), 1);
    let (items, data) = (nodes.paper.items(), nodes.data(1));
    let other = Start::bare().with(&[
        "--items",
        text(&items),
        "--data",
        text(&data),
        "--store",
        &nodes.store(),
    ]);
    nodes.servers.push(other.serve());
    nodes.servers[1].line(&["warning", "the base URL", BASE, "--base-url"]);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn who_wrote_by_one_node_reads_it_by_another_at_once() {
    let nodes = Nodes::of(Paper::new(), 3);
    for number in 0..30 {
        let slug = format!("story-{number}");
        let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
        let said = nodes
            .writer(number % 3)
            .post("/api/v1/articles", &story)
            .expect(201);
        let position = said
            .whole
            .header("courant-position")
            .expect("a position")
            .to_owned();
        let wanted = [("Courant-Position", &*position)];
        for server in &nodes.servers {
            let page = server.get_with(&format!("/articles/{slug}"), &wanted);
            assert_eq!(page.status, 200, "{slug}");
            assert!(server.get_with("/feed.json", &wanted).has(&slug));
        }
    }
    let server = &nodes.servers[0];
    let far = server.get_with("/feed.json", &[("Courant-Position", "1000000")]);
    assert_eq!((far.status, far.header("retry-after")), (503, Some("1")));
    let malformed = server.get_with("/feed.json", &[("Courant-Position", "newest")]);
    assert_eq!(malformed.status, 400);
}

fn position(server: &Server) -> Option<u64> {
    let value = server.metric("courant_log_position")?;
    format!("{value}").parse().ok()
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn what_one_node_writes_the_others_show_with_the_same_bytes() {
    let nodes = Nodes::of(Paper::copy_of("tests/data/sample"), 3);
    for number in 0..3 {
        let slug = format!("by-node-{number}");
        nodes.publish(number, &slug);
        for server in &nodes.servers {
            server.until("/feed.atom", |feed| feed.has(&slug));
        }
    }
    // By the folder, which one of them follows.
    nodes.paper.article("city/by-a-file", "By a file", "Text.");
    for server in &nodes.servers {
        server.until("/sections/city.json", |feed| feed.has("By a file"));
    }
    nodes.expect_same(100);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn another_node_follows_the_folder_when_the_one_that_did_is_gone() {
    let mut nodes = Nodes::of(Paper::new(), 3);
    nodes.paper.article("city/first", "First", "Text.");
    for server in &nodes.servers {
        server.until("/feed.atom", |feed| feed.has("First"));
    }
    for count in (1..3).rev() {
        // The first one has it, then the next.
        nodes.servers.remove(0).running.kill();
        let slug = format!("city/after-{count}");
        nodes
            .paper
            .article(&slug, &format!("After {count}"), "Text.");
        for server in &nodes.servers {
            server.until("/feed.atom", |feed| feed.has(&format!("After {count}")));
        }
    }
    assert!(nodes.servers[0].has_said(&["follows the folder of items now"]));
    assert_eq!(
        nodes
            .paper
            .log()
            .iter()
            .filter(|entry| entry["kind"] == "publish")
            .count(),
        3
    );
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_node_that_was_cut_off_comes_back_right() {
    let mut nodes = Nodes::of(Paper::new(), 1);
    let way = Way::new();
    let start = nodes.starting_by(1, &way.store(&nodes.paper));
    nodes.servers.push(start.serve());
    nodes.publish(0, "before");
    nodes.settle();
    let cut_off = &nodes.servers[1];
    let known = cut_off.until("/feed.atom", |feed| feed.has("before"));
    way.cut();
    nodes.publish(0, "meanwhile");
    nodes.servers[0].until("/feed.atom", |feed| feed.has("meanwhile"));
    let stale = cut_off.get("/feed.atom");
    assert_eq!(
        (stale.status, stale.header("etag")),
        (200, known.header("etag")),
        "{}",
        cut_off.running.errors()
    );
    wait("what is wrong", || {
        let ready = cut_off.operate("/readyz");
        (ready.status == 503 && ready.has("other nodes")).then_some(())
    });
    way.mend();
    cut_off.until("/feed.atom", |feed| feed.has("meanwhile"));
    nodes.publish(1, "afterwards");
    nodes.servers[0].until("/feed.atom", |feed| feed.has("afterwards"));
    nodes.expect_same(20);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_photograph_is_shown_by_all_nodes_and_killed_on_all() {
    let nodes = Nodes::of(Paper::new(), 3);
    let bytes = pictures::png(1600, 900);
    let kind = [("Content-Type", "image/png")];
    let uploaded = nodes
        .writer(0)
        .send("POST", "/api/v1/photographs", &kind, &bytes);
    let uploaded = uploaded.expect(201);
    let story = json!({
        "section": "city", "slug": "bridge", "headline": "The bridge", "published": "2026-11-20T08:00:00Z",
        "captions": [{"text": "The bridge", "credit": "Gil Gold", "image": uploaded.body["name"]}],
    });
    // What one node has, another takes into a story.
    let said = nodes.writer(1).post("/api/v1/articles", &story).expect(201);
    let media = nodes.media(2, "/articles/bridge");
    assert!(media.len() > 2, "{media:?}");
    for server in &nodes.servers {
        server.until("/articles/bridge", |page| page.status == 200);
        for path in &media {
            let answer = server.get(path);
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.body, nodes.servers[0].get(path).body, "{path}");
        }
    }
    let pieces = || {
        asked(&format!(
            "SELECT count(*) FROM {}.media_piece",
            nodes.schema()
        ))
    };
    assert_ne!(pieces(), "0");
    // What its folder does not have, a node gets for a backup.
    let folder = nodes.data(2).join("media");
    fs::remove_dir_all(&folder).expect("a folder");
    let file = nodes.paper.dir.path().join("paper.tar");
    let mut backup = Command::new(COURANT);
    let backup = backup.args([
        "backup",
        text(&file),
        "--data",
        text(&nodes.data(2)),
        "--store",
        &nodes.store(),
    ]);
    let told = output_of(backup).expect("the program");
    assert!(told.status.success(), "{}", crate::support::said(&told));
    assert!(files_in(&folder).len() >= media.len());
    let killed = format!("{}/kill", said.path());
    nodes.writer(2).post(&killed, &json!({})).expect(200);
    for (number, server) in nodes.servers.iter().enumerate() {
        for path in &media {
            server.until(path, |answer| answer.status == 410);
        }
        let folder = nodes.data(number).join("media");
        wait("no copy of what was killed", || {
            files_in(&folder).is_empty().then_some(())
        });
    }
    assert_eq!(pieces(), "0");
    let text = format!(
        "SELECT count(*) FROM {}.revision WHERE content LIKE '%bridge%'",
        nodes.schema()
    );
    assert_eq!(asked(&text), "0");
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn nodes_that_are_killed_during_writes_lose_nothing_that_was_acknowledged() {
    let mut nodes = Nodes::of(Paper::new(), 3);
    let mut random = Random(0x2026_1130_0020_aced);
    let mut kept: BTreeMap<String, bool> = BTreeMap::new();
    for round in 0..KILLS {
        let victim = round % 3;
        let (done, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let pause = Duration::from_millis(random.below(150));
        let address = nodes.servers[victim].address;
        std::thread::scope(|scope| {
            for number in 0..3 {
                let (nodes, done, acknowledged) = (&nodes, &done, &acknowledged);
                scope.spawn(move || {
                    let mut count = 0;
                    while !done.load(Ordering::SeqCst) || count == 0 {
                        count += 1;
                        let slug = format!("story-{round}-{number}-{count}");
                        if let Some(said) = nodes.try_publish(number, &slug) {
                            acknowledged
                                .lock()
                                .expect("slugs")
                                .push((slug.clone(), true));
                            if count % 3 == 0 && nodes.try_act(number, &said, "withhold") {
                                acknowledged.lock().expect("slugs").push((slug, false));
                            }
                        }
                    }
                });
            }
            std::thread::sleep(pause);
            kill(nodes.servers[victim].running.id());
            done.store(true, Ordering::SeqCst);
        });
        nodes.servers[victim].running.kill();
        kept.extend(acknowledged.into_inner().expect("slugs"));
        nodes.servers[victim] = nodes.starting(victim).at(address).serve();
    }
    assert!(kept.len() > KILLS, "{}", kept.len());
    nodes.settle();
    for (slug, is_public) in &kept {
        let path = format!("/articles/{slug}");
        let statuses: Vec<u16> = nodes
            .servers
            .iter()
            .map(|server| server.get(&path).status)
            .collect();
        assert!(
            statuses.iter().all(|status| *status == statuses[0]),
            "{slug}: {statuses:?}"
        );
        // One whose withdrawal was not acknowledged may have been withdrawn all the same.
        let is_shown = statuses[0] == 200;
        assert!(*is_public || !is_shown, "{slug} was withheld: {statuses:?}");
        assert!(
            is_shown || [404, 410].contains(&statuses[0]),
            "{slug}: {statuses:?}"
        );
        if *is_public && !is_shown {
            let log = nodes.paper.log();
            let is_known = |entry: &&Value| entry.to_string().contains(&format!("/{slug}\""));
            let kinds: Vec<_> = log
                .iter()
                .filter(is_known)
                .map(|entry| entry["kind"].clone())
                .collect();
            assert_eq!(kinds, ["publish", "withhold"], "{slug} is lost");
        }
    }
    let sequence: Vec<u64> = nodes.paper.log().iter().map(seq_of).collect();
    let whole: Vec<u64> = (1..=sequence.len() as u64).collect();
    assert_eq!(sequence, whole, "the log has a gap");
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn what_waits_for_its_time_is_published_once_at_it_on_all_nodes() {
    let nodes = Nodes::of(Paper::new(), 3);
    nodes.expect_embargo(1);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn nodes_with_wrong_clocks_harm_nothing() {
    let begun = Utc::now();
    let mut nodes = Nodes::of(Paper::new(), 1);
    for (number, error) in [(1, "+10m"), (2, "-10m")] {
        let told =
            output_of(Command::new("sh").args(["-c", &format!("{}; date +%s", with_clock(error))]));
        let told = String::from_utf8(told.expect("a shell").stdout).expect("text");
        let told: i64 = told.trim().parse().expect("a time");
        assert!(
            (told - begun.timestamp()).abs() > 500,
            "the clock is not wrong: {told}"
        );
        let start = nodes.starting(number).after(&with_clock(error));
        nodes.servers.push(start.serve());
    }
    for (number, slug) in ["one", "two", "three", "four", "five", "six"]
        .iter()
        .enumerate()
    {
        nodes.publish(number % 3, slug);
    }
    for number in 0..3 {
        nodes.expect_embargo(number);
    }
    nodes.expect_same(20);
    let log = nodes.paper.log();
    let times: Vec<_> = log.iter().map(time_of).collect();
    assert!(
        times.len() >= 9 && times.is_sorted_by(|one, next| one < next),
        "{times:?}"
    );
    // The database rounds down to milliseconds.
    let first = begun - TimeDelta::milliseconds(1);
    assert!(
        times.iter().all(|time| (first..Utc::now()).contains(time)),
        "{begun}: {times:?}"
    );
    for server in &nodes.servers {
        let date = server
            .dated("/feed.atom")
            .header("last-modified")
            .map(str::to_owned);
        let date = DateTime::parse_from_rfc2822(&date.expect("a date")).expect("a date");
        assert!(date <= Utc::now() && date > begun, "{date}");
    }
}

/// Has a program see a clock that is wrong by so much.
fn with_clock(error: &str) -> String {
    format!(
        "export LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1) FAKETIME={error} FAKETIME_DONT_FAKE_MONOTONIC=1"
    )
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn writers_on_two_nodes_make_one_log_that_all_read_alike() {
    let nodes = Nodes::of(Paper::new(), 2);
    let done = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|number| {
                let (nodes, done) = (&nodes, &done);
                scope.spawn(move || {
                    let mut read: Vec<Value> = Vec::new();
                    loop {
                        // Looked at before: what is there then is read to its end.
                        let is_last = done.load(Ordering::SeqCst);
                        let after = read.last().map_or(0, seq_of);
                        let path = format!("/api/v1/changes?after={after}&limit=1000&wait=1");
                        let said = nodes.writer(number).get(&path).expect(200);
                        let changes = said.body["changes"].as_array().expect("changes").clone();
                        if changes.is_empty() && is_last {
                            return read;
                        }
                        read.extend(changes);
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let nodes = &nodes;
                scope.spawn(move || {
                    for number in 0..CHANGES / WRITERS {
                        nodes.publish(writer % 2, &format!("story-{writer}-{number}"));
                    }
                })
            })
            .collect();
        writers
            .into_iter()
            .for_each(|writer| writer.join().expect("a writer"));
        done.store(true, Ordering::SeqCst);
        let read: Vec<_> = readers
            .into_iter()
            .map(|reader| reader.join().expect("a reader"))
            .collect();
        read
    });
    assert_eq!(read[0], read[1]);
    let sequence: Vec<u64> = read[0].iter().map(seq_of).collect();
    let whole: Vec<u64> = (1..=sequence.len() as u64).collect();
    assert_eq!(sequence, whole, "the log has a gap");
    assert!(sequence.len() >= CHANGES, "{}", sequence.len());
    let times: Vec<_> = read[0].iter().map(time_of).collect();
    assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
    nodes.settle();
    for path in [
        "/feed.atom",
        "/feed.rss",
        "/sections/city.json",
        "/archive/1.atom",
    ] {
        let answers: Vec<_> = nodes
            .servers
            .iter()
            .map(|server| server.get(path))
            .collect();
        assert_eq!(
            answers[0].header("etag"),
            answers[1].header("etag"),
            "{path}"
        );
        assert_eq!(answers[0].body, answers[1].body, "{path}");
    }
}

#[test]
#[ignore = "needs a PostgreSQL server and Varnish; tests/judges/postgres.py runs it where both are"]
fn varnish_before_nodes_is_purged_by_one_of_them_and_then_by_another() {
    let cache = free_port();
    let paper = Paper::new();
    let settings = format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"http://{cache}/\"\n"
    );
    fs::write(paper.dir.path().join("courant.toml"), settings).expect("a configuration");
    let mut nodes = Nodes::of(paper, 0);
    let config = nodes.paper.dir.path().join("courant.toml");
    for number in 0..3 {
        let start = nodes.starting(number).with(&["--config", text(&config)]);
        nodes.servers.push(start.serve());
        let leases = format!(
            "SELECT count(*) FROM {}.lease WHERE name LIKE 'purge/%'",
            nodes.schema()
        );
        wait("one that purges", || (asked(&leases) == "1").then_some(()));
    }
    // The first one has the lease; Varnish asks the last, so that the first may go.
    let _varnish = varnish(
        nodes.paper.dir.path(),
        cache,
        nodes.servers[2].address,
        |vcl| vcl,
    );
    let shown = |slug: &str| {
        wait(slug, || {
            request(cache, "GET", "/feed.atom", &[])
                .has(slug)
                .then_some(())
        });
    };
    let purges = |server: &Server| {
        let text = server.operate("/metrics").text();
        let lines = text
            .lines()
            .filter(|line| line.starts_with("courant_purges_total{"));
        lines
            .filter_map(|line| line.split(' ').next_back()?.parse::<u64>().ok())
            .sum::<u64>()
    };
    for round in 0..6 {
        let slug = format!("first-{round}");
        nodes.publish(round % 3, &slug);
        shown(&slug);
    }
    let counts: Vec<u64> = nodes.servers.iter().map(purges).collect();
    assert!(counts[0] > 0 && counts[1..] == [0, 0], "{counts:?}");
    nodes.servers.remove(0).running.kill();
    // Nobody purges for some seconds; what was missed then is purged by the next.
    for round in 0..4 {
        let slug = format!("second-{round}");
        nodes.publish(round % 2, &slug);
        shown(&slug);
    }
    assert!(nodes.servers.iter().map(purges).sum::<u64>() > 0);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_node_ends_where_its_store_is_another_or_lost_what_was_written() {
    for change in ["epoch = epoch + 1", "writes = writes - 1"] {
        let mut nodes = Nodes::of(Paper::new(), 2);
        nodes.publish(0, "one");
        nodes.settle();
        asked(&format!("UPDATE {}.head SET {change}", nodes.schema()));
        for server in &mut nodes.servers {
            let status = wait("the end", || server.running.ended());
            assert_eq!(status.code(), Some(1), "{change}");
            server.line(&["start this server again"]);
        }
    }
}
