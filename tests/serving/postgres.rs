//! A real PostgreSQL server as the store, by the program itself. `tests/judges/postgres.py` names one in COURANT_POSTGRES and runs
//! these, and other tests with their stores there.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::support::place::store_arguments;
use crate::support::writer::Writer;
use crate::support::{Paper, Random, Server, Start, courant, output_of, said, text, wait};

/// Number of times that the way to the server is cut during writes.
const CUTS: usize = 12;

/// The folder of the server's socket.
fn socket() -> String {
    let address = std::env::var("COURANT_POSTGRES").expect("a server, by COURANT_POSTGRES");
    let host = address
        .split('@')
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let folder = host.expect("a host").replace("%2F", "/");
    format!("{folder}/.s.PGSQL.5432")
}

/// What a way does with a COMMIT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Commit {
    #[default]
    Passes,
    /// It goes through, and its answer does not.
    LosesAnswer,
    /// It does not go through.
    IsLost,
}

/// A way to the server that a test can cut.
pub struct Way {
    address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    /// What comes of the COMMIT of the story `Doubtful`.
    commit: Arc<Mutex<Commit>>,
    open: Arc<Mutex<Vec<(TcpStream, UnixStream)>>>,
}

impl Way {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let way = Self {
            address: listener.local_addr().expect("its address"),
            is_cut: Arc::default(),
            commit: Arc::default(),
            open: Arc::default(),
        };
        let (is_cut, open) = (Arc::clone(&way.is_cut), Arc::clone(&way.open));
        let commit = Arc::clone(&way.commit);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                // As the server does: else a small answer behind another waits until the first is acknowledged.
                near.set_nodelay(true).expect("a way without delay");
                let far = UnixStream::connect(socket()).expect("the server");
                let ends = || {
                    (
                        near.try_clone().expect("an end"),
                        far.try_clone().expect("an end"),
                    )
                };
                open.lock().expect("connections").push(ends());
                let ((a, b), (c, d)) = (ends(), ends());
                let (e, f) = ends();
                let commit = Arc::clone(&commit);
                std::thread::spawn(move || {
                    ask(a, b, &commit);
                    let _ = f.shutdown(Shutdown::Both);
                });
                std::thread::spawn(move || {
                    pass(d, c);
                    let _ = e.shutdown(Shutdown::Both);
                });
            }
        });
        way
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for (near, far) in self.open.lock().expect("connections").drain(..) {
            let _ = (near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both));
        }
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }

    /// The address of the store of `paper` by this way.
    pub fn store(&self, paper: &Paper) -> String {
        let direct = store_arguments(&paper.data()).pop().expect("an address");
        let (_, rest) = direct.split_once("/postgres").expect("a database");
        format!("postgres://courant@{}/postgres{rest}", self.address)
    }
}

/// Passes on what is asked. Where an answer is to be lost, the asking end is closed before the COMMIT of the story `Doubtful`.
fn ask(mut near: TcpStream, mut far: UnixStream, commit: &Mutex<Commit>) {
    let mut buffer = [0; 16 * 1024];
    let mut is_doubtful = false;
    while let Ok(length @ 1..) = near.read(&mut buffer) {
        let asked = &buffer[..length];
        is_doubtful |= asked.windows(8).any(|word| word == b"Doubtful");
        let is_commit = asked.windows(7).any(|word| word == b"COMMIT\0");
        if is_doubtful && is_commit {
            let fate = std::mem::take(&mut *commit.lock().expect("what comes of it"));
            if fate != Commit::Passes {
                let _ = near.shutdown(Shutdown::Both);
            }
            if fate == Commit::IsLost {
                break;
            }
        }
        if far.write_all(asked).is_err() {
            break;
        }
    }
}

fn pass(mut from: impl Read, mut to: impl Write) {
    let _ = io::copy(&mut from, &mut to);
}

fn start(paper: &Paper, store: &str) -> Server {
    starting(paper, store).serve()
}

fn starting(paper: &Paper, store: &str) -> Start {
    let data = paper.data();
    let items = paper.items();
    let arguments = ["--data", text(&data), "--items", text(&items)];
    Start::bare().with(&arguments).with(&["--store", store])
}

/// What `psql` says to a statement.
pub fn asked(sql: &str) -> String {
    let socket = socket();
    let folder = socket.trim_end_matches("/.s.PGSQL.5432");
    let mut psql = std::process::Command::new("psql");
    let psql = psql.args([
        "-X", "-A", "-t", "-q", "-h", folder, "-U", "courant", "-d", "postgres", "-c", sql,
    ]);
    let output = output_of(psql).expect("psql");
    assert!(output.status.success(), "{sql}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn token(paper: &Paper) -> String {
    let data = paper.data();
    let made = courant(&[
        "token",
        "create",
        "newsdesk",
        "--scope",
        "desk",
        "--data",
        text(&data),
    ]);
    assert!(made.status.success(), "{}", said(&made));
    String::from_utf8(made.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_server_that_goes_away_leaves_what_is_in_memory_and_loses_nothing_that_was_acknowledged() {
    let (paper, way) = (Paper::copy_of("tests/data/sample"), Way::new());
    let server = start(&paper, &way.store(&paper));
    let desk = Writer::new(&server, &token(&paper));
    let story = |slug: &str| json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
    desk.post("/api/v1/articles", &story("before")).expect(201);
    let known = server.dated("/feed.atom");
    assert!(known.has("before"));

    way.cut();
    let refused = desk.post("/api/v1/articles", &story("meanwhile"));
    let refused = refused.expect(503);
    assert!(refused.whole.header("retry-after").is_some());
    let feed = server.get("/feed.atom");
    assert_eq!(
        (feed.status, feed.header("etag")),
        (200, known.header("etag"))
    );
    let unknown = server.get("/tags/trams.json");
    assert_eq!(unknown.status, 503);
    assert!(unknown.header("retry-after").is_some());
    assert!(server.operate("/readyz").has("the store does not answer"));

    way.mend();
    wait("the store", || {
        (server.operate("/readyz").status == 200).then_some(())
    });
    desk.post("/api/v1/articles", &story("afterwards"))
        .expect(201);
    assert_eq!(server.get("/tags/trams.json").status, 200);
    let feed = server.until("/feed.atom", |feed| feed.has("afterwards"));
    assert!(feed.has("before") && !feed.has("meanwhile"));

    let before = server.feeds();
    let address = server.address;
    drop(server);
    // The same store by a configuration, with few connections.
    let path = paper.dir.path().join("courant.toml");
    let settings = format!(
        "[store]\nurl = \"{}\"\nconnections = 3\n",
        way.store(&paper)
    );
    fs::write(&path, settings).expect("a configuration");
    let (data, items) = (paper.data(), paper.items());
    let named = [
        "--config",
        text(&path),
        "--data",
        text(&data),
        "--items",
        text(&items),
    ];
    let again = Start::bare().with(&named).at(address).serve();
    let shown = again.running.out.lock().expect("lines").join("\n");
    assert!(shown.contains("store        schema test_"), "{shown}");
    assert_eq!(again.feeds(), before);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_write_whose_commit_got_no_answer_is_answered_by_what_came_of_it() {
    let (paper, way) = (Paper::new(), Way::new());
    let server = start(&paper, &way.store(&paper));
    let desk = Writer::new(&server, &token(&paper));
    let story = |slug: &str| json!({"section": "city", "headline": "Doubtful", "slug": slug, "published": "2026-11-20T08:00:00Z"});
    let post = |slug: &str| {
        let key = format!("\"{slug}\"");
        let once = [("Idempotency-Key", key.as_str())];
        desk.json("POST", "/api/v1/articles", &once, &story(slug))
    };
    let published = || {
        let log = paper.log();
        let kinds = log.iter().filter(|entry| entry["kind"] == "publish");
        kinds.count()
    };
    post("before").expect(201);
    for (number, (slug, fate, status)) in [
        ("kept", Commit::LosesAnswer, 201),
        ("lost", Commit::IsLost, 503),
    ]
    .into_iter()
    .enumerate()
    {
        *way.commit.lock().expect("what comes of it") = fate;
        let answer = post(slug);
        assert_eq!(answer.status, status, "{slug}: {:?}", answer.body);
        let left = *way.commit.lock().expect("what comes of it");
        assert_eq!(left, Commit::Passes, "no COMMIT was seen");
        let path = format!("/articles/{slug}");
        let is_there = status == 201;
        assert_eq!(server.get(&path).status == 200, is_there, "{slug}");
        assert_eq!(published(), 1 + number + usize::from(is_there), "{slug}");
        // Sent again, it is there once.
        post(slug).expect(201);
        assert_eq!(server.get(&path).status, 200, "{slug}");
        assert_eq!(published(), 2 + number, "{slug}");
    }
    let feed = server.get("/sections/city.json").text();
    for slug in ["before", "kept", "lost"] {
        let link = format!("/articles/{slug}\"");
        assert_eq!(feed.matches(&link).count(), 1, "{slug}: {feed}");
    }
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn writes_go_on_with_connections_that_break_and_the_log_has_no_gap() {
    let (paper, way) = (Paper::new(), Way::new());
    let server = start(&paper, &way.store(&paper));
    let desk = Writer::new(&server, &token(&paper));
    let mut acknowledged = Vec::new();
    let written = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // However slow the machine is, something is written between two cuts; where in a write they come is chance.
        let cutter = scope.spawn(|| {
            let mut random = Random(7);
            let mut seen = 0;
            for _ in 0..CUTS {
                seen = wait("a write that is acknowledged", || {
                    let now = written.load(Ordering::SeqCst);
                    (now > seen).then_some(now)
                });
                std::thread::sleep(Duration::from_millis(random.below(300)));
                way.cut();
                way.mend();
            }
        });
        let mut number = 0;
        while !cutter.is_finished() {
            let slug = format!("story-{number}");
            number += 1;
            let story = json!({"section": "city", "slug": slug, "headline": slug, "published": "2026-11-20T08:00:00Z"});
            if desk.post("/api/v1/articles", &story).status == 201 {
                acknowledged.push(slug);
                written.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    assert!(acknowledged.len() >= CUTS);
    desk.post(
        "/api/v1/articles",
        &json!({"section": "city", "headline": "Last", "published": "2026-11-20T08:00:00Z"}),
    )
    .expect(201);
    let log = paper.log();
    for (number, entry) in log.iter().enumerate() {
        assert_eq!(entry["seq"], json!(number + 1));
    }
    let all: String = log.iter().map(ToString::to_string).collect();
    for slug in &acknowledged {
        assert!(all.contains(&format!("city/{slug}\"")), "{slug} is lost");
    }
    // What may have been written though nobody was told is shown as well.
    let feed = server.until("/sections/city.json", |feed| feed.has("Last"));
    let mut shown = 0;
    for entry in log.iter().rev().take(20) {
        let filed = entry["after"].as_str().unwrap_or_default();
        if let Some(slug) = filed.strip_prefix("city/story-") {
            assert!(
                feed.has(&format!("/articles/story-{slug}\"")),
                "{slug} is not shown"
            );
            shown += 1;
        }
    }
    assert!(shown > 5, "{shown} entries were looked for");
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_store_that_cannot_be_used_is_an_error_that_says_what_to_do() {
    let way = Way::new();
    let paper = Paper::new();
    let store = way.store(&paper);
    let fails = |paper: &Paper, store: &str, words: &[&str]| {
        let (code, told) = starting(paper, store).fail();
        assert_eq!(code, Some(1), "{store}: {told}");
        for word in words {
            assert!(told.contains(word), "{store}: {told}");
        }
        assert!(!told.contains("s3cret"), "{store}: {told}");
    };
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let closed = format!("postgres://desk@{}/paper", closed.expect("a port"));
    fails(
        &paper,
        &closed,
        &["[store] url", "check that the server runs"],
    );
    let other = store.replace("/postgres?", "/paper?");
    fails(
        &paper,
        &other,
        &["database \"paper\" does not exist", "createdb"],
    );
    fails(
        &paper,
        "mysql://desk@localhost/paper",
        &["postgres://user@host"],
    );
    let told_password = store.replace("courant@", "courant:s3cret@");
    fails(
        &paper,
        &told_password,
        &["no password in --store", "PGPASSWORD"],
    );
    fails(
        &paper,
        &store.replace("schema=", "schema=A-"),
        &["name for the schema"],
    );

    // Another paper on one schema, whose server runs or not, with a folder of data that is new or had its own.
    let first = start(&paper, &store);
    let second = Paper::copy_of("tests/data/sample");
    fails(
        &second,
        &store,
        &["it has the paper", "is of the paper", "--items"],
    );
    drop(first);
    fails(&second, &store, &["it has the paper"]);
    let third = Paper::copy_of("tests/data/sample");
    drop(start(&third, &way.store(&third)));
    fails(&third, &store, &["it has the paper", "names the paper"]);

    // A folder that has a store of its own, and one whose store is on a server.
    let own = Paper::new();
    let begun = Start::bare().with(&["--data", text(&own.data()), "--items", text(&own.items())]);
    drop(begun.serve());
    fails(
        &own,
        &way.store(&own),
        &["has a store of its own", "courant restore"],
    );
    let moved = Start::bare().with(&[
        "--data",
        text(&paper.data()),
        "--items",
        text(&paper.items()),
    ]);
    let (code, told) = moved.fail();
    assert!(
        code == Some(1) && told.contains("which [store] url of the configuration has to name"),
        "{told}"
    );

    // A schema of another program, and one where this folder's paper is not.
    let (address, schema) = store.split_once("schema=").expect("a schema");
    let (foreign, none) = (
        schema.replace("test_", "other_"),
        schema.replace("test_", "none_"),
    );
    asked(&format!(
        "CREATE SCHEMA {foreign} CREATE TABLE wares (name text)"
    ));
    let fresh = Paper::new();
    let of_another = format!("{address}schema={foreign}");
    fails(&fresh, &of_another, &["another program (wares)"]);
    let nowhere = format!("{address}schema={none}");
    fails(
        &paper,
        &nowhere,
        &["there is no store yet", "names the paper"],
    );
    let sql = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{none}'");
    assert_eq!(asked(&sql), "0");

    // A database of another encoding, one that may only be read, and a user who may make nothing.
    let (latin, closed, user) = (
        format!("latin_{schema}"),
        format!("closed_{schema}"),
        format!("user_{schema}"),
    );
    asked(&format!(
        "CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0"
    ));
    asked(&format!("CREATE DATABASE {closed}"));
    asked(&format!(
        "ALTER DATABASE {closed} SET default_transaction_read_only = on"
    ));
    asked(&format!("CREATE ROLE {user} LOGIN"));
    let of = |database: &str| store.replace("/postgres?", &format!("/{database}?"));
    fails(&fresh, &of(&latin), &["encoding LATIN1", "expected UTF8"]);
    fails(&fresh, &of(&closed), &["the server only reads"]);
    let poor = address.replace("courant@", &format!("{user}@"));
    fails(
        &Paper::new(),
        &format!("{poor}schema=poor"),
        &["permission denied", "GRANT CREATE"],
    );

    // The configuration names the line, never the password.
    let path = fresh.dir.path().join("courant.toml");
    fs::write(
        &path,
        "[store]\nurl = \"postgres://desk:s3cret@db/paper?sslmode=no\"\n",
    )
    .expect("a file");
    let (code, told) = Start::bare().with(&["--config", text(&path)]).fail();
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(":2") && told.contains("sslmode") && !told.contains("s3cret"),
        "{told}"
    );
}
