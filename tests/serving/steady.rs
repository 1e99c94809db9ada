//! The server says how it is: what `/readyz` tells, what is refused while the store's files are not where they were, and
//! which stores are not begun anew.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::{Writer, token};
use crate::support::*;

fn story(headline: &str) -> Value {
    json!({
        "section": "city",
        "headline": headline,
        "published": "2026-01-03T09:00:00Z",
        "body": format!("{headline}, it was said.\n"),
    })
}

/// Waits until the server is ready, or says what `words` are.
fn ready_when(server: &Server, words: Option<&str>) -> String {
    wait(&format!("/readyz with {words:?}"), || {
        let answer = server.operate("/readyz");
        let is_so = match words {
            None => answer.status == 200 && answer.text() == "ready\n",
            Some(words) => answer.status == 503 && answer.has(words),
        };
        is_so.then(|| answer.text())
    })
}

fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

#[test]
fn a_database_that_is_moved_takes_no_write_until_it_is_back() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    desk.post("/api/v1/articles", &story("Before")).expect(201);
    ready_when(&server, None);
    let data = paper.data();
    for name in ["courant.db", "courant.db-wal", "courant.db-shm", "media"] {
        let (path, away) = (data.join(name), paper.dir.path().join("away"));
        rename(&path, &away);
        let told = ready_when(&server, Some("files: "));
        assert!(
            told.contains(&format!("{} was moved or removed", path.display())),
            "{told}"
        );
        let seq = paper_position(&server);
        let refused = desk
            .post("/api/v1/articles", &story("Meanwhile"))
            .expect(503);
        assert!(refused.whole.header("retry-after").is_some());
        assert!(refused.whole.has("/readyz"), "{}", refused.whole.text());
        assert_eq!(paper_position(&server), seq, "{name}");
        assert!(!path.exists(), "{name} was made anew");
        rename(&away, &path);
        ready_when(&server, None);
        desk.post("/api/v1/articles", &story(&format!("After {name}")))
            .expect(201);
    }
    server.line(&["/api/v1/articles", "courant.db was moved or removed"]);
}

#[test]
fn what_was_acknowledged_outlives_the_file_that_it_was_written_ahead_to() {
    let paper = Paper::new();
    let server = paper.start();
    let secret = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &secret);
    for number in 0..5 {
        let story = story(&format!("Story {number}"));
        desk.post("/api/v1/articles", &story).expect(201);
    }
    let ahead = paper.data().join("courant.db-wal");
    assert!(
        fs::metadata(&ahead).unwrap().len() > 0,
        "it is not brought home yet"
    );
    fs::remove_file(&ahead).unwrap();
    server.line(&[
        "the store's files are not where they were",
        "courant.db-wal was moved",
    ]);
    desk.post("/api/v1/articles", &story("Meanwhile"))
        .expect(503);
    let mut server = server;
    server.running.kill();
    let server = paper.start();
    let feed = server.get("/feed.atom");
    for number in 0..5 {
        assert!(feed.has(&format!("Story {number}")), "{number}");
    }
    ready_when(&server, None);
}

fn paper_position(server: &Server) -> u64 {
    server.metric("courant_log_position").expect("a position") as u64
}

#[test]
fn what_takes_the_place_of_the_database_is_neither_written_nor_read() {
    let paper = Paper::new();
    paper.article("city/story", "A story", "It stands.");
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let data = paper.data();
    let other = Paper::new();
    other.article("city/other", "Another", "Of another paper.");
    assert_eq!(other.start().stop(), Some(0));
    let away = paper.dir.path().join("away");
    rename(&data.join("courant.db"), &away);
    fs::copy(other.data().join("courant.db"), data.join("courant.db")).unwrap();
    ready_when(
        &server,
        Some("is another one than that which this server opened"),
    );
    let before = fs::read(data.join("courant.db")).unwrap();
    let desk = Writer::new(&server, &token);
    desk.post("/api/v1/articles", &story("Meanwhile"))
        .expect(503);
    // Many at once, so that new connections to the database are wanted.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let answer = server.get("/articles/other");
                assert_ne!(answer.status, 200, "the other paper is not served");
            });
        }
    });
    assert_eq!(fs::read(data.join("courant.db")).unwrap(), before);
    rename(&away, &data.join("courant.db"));
    ready_when(&server, None);
    desk.post("/api/v1/articles", &story("After it"))
        .expect(201);
    assert_eq!(server.get("/articles/story").status, 200);
}

#[test]
fn a_folder_of_data_that_is_moved_gets_no_successor() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let (data, away) = (paper.data(), paper.dir.path().join("away"));
    rename(&data, &away);
    ready_when(&server, Some("was moved or removed"));
    desk.post("/api/v1/articles", &story("Meanwhile"))
        .expect(503);
    let kind = [("Content-Type", "image/png")];
    desk.send(
        "POST",
        "/api/v1/photographs",
        &kind,
        &pictures::noise(40, 40),
    )
    .expect(503);
    assert!(!data.exists());
    rename(&away, &data);
    ready_when(&server, None);
    desk.send(
        "POST",
        "/api/v1/photographs",
        &kind,
        &pictures::noise(40, 40),
    )
    .expect(201);
}

#[test]
fn a_disk_that_fills_up_is_told_and_so_is_its_end() {
    let paper = Paper::new();
    let data = paper.data();
    let disk = Disk::mount(&data, "size=96m");
    let server = match disk {
        Some(_) => paper.start(),
        // Files that may not grow are what is left where mounting is not allowed (blocks of 512 bytes).
        None => paper
            .starting()
            .after("trap '' XFSZ; ulimit -S -f 1000")
            .serve(),
    };
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    ready_when(&server, None);
    if disk.is_some() {
        // It is told before anything fails.
        let half = vec![1_u8; 40 << 20];
        fs::write(data.join("filling"), half).expect("there is room");
        let told = ready_when(&server, Some("disk: "));
        assert!(told.contains("64 MiB are the least"), "{told}");
        desk.post("/api/v1/articles", &story("The last"))
            .expect(201);
        let room = fs4::available_space(&data).expect("a disk");
        let rest = vec![1_u8; usize::try_from(room).expect("a small disk")];
        let _ = fs::write(data.join("rest"), rest);
    }
    let mut long = story("Too long");
    long["body"] = json!("A long text. ".repeat(60_000));
    desk.post("/api/v1/articles", &long).expect(503);
    let kind = [("Content-Type", "image/png")];
    desk.send(
        "POST",
        "/api/v1/photographs",
        &kind,
        &pictures::noise(700, 700),
    )
    .expect(503);
    let told = ready_when(&server, Some("disk: "));
    assert!(told.contains("disk"), "{told}");
    match disk {
        Some(_) => {
            fs::remove_file(data.join("filling")).expect("room");
            fs::remove_file(data.join("rest")).expect("room");
        }
        None => {
            let id = server.running.id().to_string();
            let status = Command::new("prlimit")
                .args(["--pid", &id, "--fsize=unlimited"])
                .status();
            assert!(status.is_ok_and(|status| status.success()), "prlimit");
        }
    }
    // Nobody has written since.
    ready_when(&server, None);
    desk.post("/api/v1/articles", &long).expect(201);
    drop(server);
}

#[test]
fn an_embargo_that_cannot_be_written_is_told_as_overdue() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let mut later = story("Embargoed");
    let due = Utc::now() + TimeDelta::milliseconds(1500);
    later["embargo_until"] = json!(due.to_rfc3339());
    desk.post("/api/v1/articles", &later).expect(201);
    // Another program holds the database.
    let other = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = ready_when(&server, Some("embargo: what was due at"));
    assert!(!told.contains("Embargoed"), "{told}");
    let json = [("Accept", "application/json")];
    let answer = request(server.operations, "GET", "/readyz", &json);
    let told: Value = serde_json::from_str(&answer.text()).expect("JSON");
    assert_eq!((answer.status, &told["ready"]), (503, &json!(false)));
    assert_eq!(told["reasons"][0]["what"], "embargo");
    other.execute_batch("ROLLBACK").unwrap();
    ready_when(&server, None);
    server.until("/feed.atom", |feed| feed.has("Embargoed"));
}

#[test]
fn a_follower_whose_looks_fail_is_told_until_one_is_completed() {
    let paper = Paper::new();
    let server = paper.start();
    ready_when(&server, None);
    let away = paper.dir.path().join("away");
    assert_eq!(server.metric("courant_ready"), Some(1.0));
    rename(&paper.path("publication.toml"), &away);
    ready_when(&server, Some("folder: "));
    assert_eq!(server.metric("courant_ready"), Some(0.0));
    let overview = server.operate("/").text();
    assert!(
        overview.contains("Not ready</p>") && overview.contains("folder: "),
        "{overview}"
    );
    rename(&away, &paper.path("publication.toml"));
    ready_when(&server, None);
}

/// What a server says that does not start on `paper`.
fn refused(paper: &Paper) -> String {
    let (code, errors) = paper.starting().fail();
    assert_eq!(code, Some(1), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

#[test]
fn an_empty_or_missing_database_where_there_was_a_paper_is_not_begun_anew() {
    let paper = Paper::new();
    let crane = "tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png";
    paper.write("city/bridge/bridge.png", fs::read(crane).unwrap());
    paper.write(
        "city/bridge/article.md",
        "+++\nheadline = \"The bridge\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
         text = \"At dawn\"\nimage = \"bridge.png\"\n+++\nIt opened.\n",
    );
    assert_eq!(paper.start().stop(), Some(0));
    let data = paper.data();
    let (database, lock) = (data.join("courant.db"), data.join("courant.lock"));
    let whole = fs::read(&database).unwrap();
    let named = fs::read(&lock).unwrap();
    for is_there in [true, false] {
        match is_there {
            true => fs::write(&database, "").unwrap(),
            false => fs::remove_file(&database).unwrap(),
        }
        let found = if is_there { "is empty" } else { "is not there" };
        // The lock names the paper; without it the photographs tell; without them what was written ahead.
        fs::write(&lock, &named).unwrap();
        let errors = refused(&paper);
        assert!(
            errors.contains("names the paper") && errors.contains(found),
            "{errors}"
        );
        assert!(
            errors.contains("courant restore") && errors.contains("begin anew"),
            "{errors}"
        );
        fs::remove_file(&lock).unwrap();
        let errors = refused(&paper);
        assert!(errors.contains("photographs in media"), "{errors}");
        let away = paper.dir.path().join("away");
        rename(&data.join("media"), &away);
        let ahead = data.join("courant.db-wal");
        fs::write(&ahead, "frames").unwrap();
        let errors = refused(&paper);
        assert!(errors.contains("written last"), "{errors}");
        assert_eq!(fs::read(&ahead).unwrap(), b"frames", "it is left as it was");
        fs::remove_file(&ahead).unwrap();
        rename(&away, &data.join("media"));
        assert_eq!(database.exists(), is_there, "nothing was made");
        for command in ["log", "token"] {
            let arguments = match command {
                "log" => vec!["log", "--data", text(&data)],
                _ => vec!["token", "list", "--data", text(&data)],
            };
            let output = courant(&arguments);
            assert!(!output.status.success(), "{command}: {}", said(&output));
        }
    }
    fs::write(&database, &whole).unwrap();
    let server = paper.start();
    assert_eq!(server.get("/articles/bridge").status, 200);
    assert_eq!(server.stop(), Some(0));
    // Moved away, another begins.
    rename(&data, &paper.dir.path().join("old"));
    assert_eq!(paper.start().get("/articles/bridge").status, 200);
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    for sql in [
        "CREATE TABLE bookmark (url TEXT)",
        "CREATE TABLE bookmark (url TEXT); PRAGMA user_version = 3",
        "PRAGMA application_id = 252006674; PRAGMA user_version = 4; CREATE TABLE log (x); CREATE TABLE touch (x)",
    ] {
        let paper = Paper::new();
        fs::create_dir(paper.data()).unwrap();
        let path = paper.data().join("courant.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch(sql).unwrap();
        drop(other);
        let before = fs::read(&path).unwrap();
        let errors = refused(&paper);
        assert!(errors.contains("is of another program"), "{errors}");
        assert_eq!(fs::read(&path).unwrap(), before, "{sql}");
    }
}

#[test]
fn two_servers_never_have_one_store_whatever_it_is_called() {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let data = paper.data();
    let link = paper.dir.path().join("link");
    symlink(&data, &link).unwrap();
    let within = |data: &Path| Start::new(data).items(&paper.items());
    for removed in [false, true] {
        if removed {
            fs::remove_file(data.join("courant.lock")).unwrap();
        }
        for folder in [&data, &link] {
            let (code, errors) = within(folder).fail();
            assert_eq!(code, Some(1));
            assert!(errors.contains("another server uses"), "{errors}");
        }
    }
    // The same database in folders of other names: by a link, and by a second name of the file.
    for hard in [false, true] {
        let other = paper.dir.path().join(if hard { "hard" } else { "soft" });
        fs::create_dir(&other).unwrap();
        let (from, to) = (data.join("courant.db"), other.join("courant.db"));
        match hard {
            true => fs::hard_link(&from, &to).unwrap(),
            false => symlink(&from, &to).unwrap(),
        }
        let (code, errors) = within(&other).fail();
        assert_eq!(code, Some(1));
        assert!(errors.contains("another server uses"), "{errors}");
    }
    let desk = Writer::new(&server, &token);
    desk.post("/api/v1/articles", &story("It goes on"))
        .expect(201);
    ready_when(&server, None);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(within(&link).serve().stop(), Some(0));
}

#[test]
fn a_first_start_says_that_it_waits_for_settings_that_may_not_be_whole() {
    let paper = Paper::new();
    let settings = paper.read("publication.toml");
    paper.write("publication.toml", settings.trim_end());
    let server = paper.start();
    server.line(&[
        "publication.toml may not be written to its end yet",
        "nothing is served",
    ]);
    ready_when(&server, None);
}
