//! A paper that moves to another place by a backup.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use serde_json::json;

use crate::support::writer::{Writer, token};
use crate::support::*;

/// A paper with some of everything, what its feeds are, and what its log says; stopped.
fn paper() -> (Paper, SocketAddr, BTreeMap<String, Snapshot>) {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    let story = json!({
        "section": "harbour",
        "headline": "A ship comes in",
        "slug": "a-ship-comes-in",
        "published": "2026-01-03T09:00:00Z",
        "body": "It came in.\n",
    });
    let writer = Writer::new(&server, &token);
    writer.post("/api/v1/articles", &story).expect(201);
    // The timer waits for it, and no reader knows it.
    let later = json!({"section": "harbour", "headline": "Later", "published": "2099-01-03T09:00:00Z", "body": "Then.\n"});
    writer.post("/api/v1/articles", &later).expect(201);
    let (address, feeds) = (server.address, server.feeds());
    assert_eq!(server.stop(), Some(0));
    (paper, address, feeds)
}

#[test]
fn a_paper_that_moves_takes_everything_along_and_readers_see_no_difference() {
    let (paper, address, before) = paper();
    let log = paper.log();
    let (file, place) = (paper.dir.path().join("paper.tar"), tempfile::tempdir());
    let place = place.expect("a folder");
    let (file, old, new) = (text(&file), paper.data(), place.path().join("data"));
    let made = courant(&["backup", file, "--data", text(&old)]);
    assert!(made.status.success(), "{}", said(&made));
    let previous = store_of(&old);
    let restore = ["restore", file, "--yes", "--data", text(&new)];
    // Nothing is there that tells what was done since.
    let refused = courant(&restore);
    assert!(
        !refused.status.success() && said(&refused).contains("--previous-store"),
        "{}",
        said(&refused)
    );
    let elsewhere = courant(&[&restore[..], &["--previous-store", "nowhere"]].concat());
    assert!(!elsewhere.status.success(), "{}", said(&elsewhere));
    assert!(!paper.dir.path().join("nowhere").exists());
    let moved = courant(&[&restore[..], &["--previous-store", &previous]].concat());
    assert!(moved.status.success(), "{}", said(&moved));
    assert!(said(&moved).contains("same rows"), "{}", said(&moved));
    assert_eq!(log_of(&new), log);
    let start = Start::new(&new).items(&paper.items());
    let server = start.at(address).serve();
    assert_eq!(server.feeds(), before);
    assert_eq!(log_of(&new), log);
    // The one that waits waits there as well.
    let token = token_at(&new);
    let waiting = Writer::new(&server, &token).get("/api/v1/articles?status=pending");
    assert!(
        waiting.expect(200).body.to_string().contains("Later"),
        "what waits is not there"
    );
    assert_eq!(server.stop(), Some(0));
    // The one of before is where it was, and what is here is not replaced by mistake.
    assert_eq!(paper.log(), log);
    let again = courant(&[&restore[..], &["--previous-store", &previous]].concat());
    assert!(
        said(&again).contains("expected no store in"),
        "{}",
        said(&again)
    );
}

#[test]
fn what_was_killed_after_the_backup_stays_killed_where_the_paper_moves_to() {
    let (paper, ..) = paper();
    let place = tempfile::tempdir().expect("a folder");
    let file = paper.dir.path().join("paper.tar");
    let (file, old, new) = (text(&file), paper.data(), place.path().join("data"));
    let made = courant(&["backup", file, "--data", text(&old)]);
    assert!(made.status.success(), "{}", said(&made));
    let server = paper.start();
    let killed = courant(&[
        "kill",
        "a-ship-comes-in",
        "--yes",
        "--public-note",
        "Gone",
        "--data",
        text(&old),
    ]);
    assert!(killed.status.success(), "{}", said(&killed));
    assert_eq!(server.stop(), Some(0));
    let restore = [
        "restore",
        file,
        "--yes",
        "--data",
        text(&new),
        "--previous-store",
        &store_of(&old),
    ];
    let moved = courant(&restore);
    assert!(moved.status.success(), "{}", said(&moved));
    let kinds: Vec<String> = log_of(&new)
        .iter()
        .rev()
        .take(2)
        .map(|entry| entry["kind"].to_string())
        .collect();
    assert_eq!(kinds, ["\"restore\"", "\"kill\""], "{}", said(&moved));
    let server = Start::new(&new).items(&paper.items()).serve();
    assert_eq!(server.get("/articles/a-ship-comes-in").status, 410);
    assert!(!server.get("/harbour.atom").has("A ship comes in"));
    drop(server);
    let database = new.join("courant.db");
    if database.exists() {
        let bytes = fs::read(database).expect("a database");
        let text = b"It came in.";
        assert!(!bytes.windows(text.len()).any(|part| part == text));
    }
}

#[test]
fn a_folder_that_had_another_paper_gets_no_other_by_mistake() {
    let (paper, ..) = paper();
    let file = paper.dir.path().join("paper.tar");
    let (file, old) = (text(&file), paper.data());
    let made = courant(&["backup", file, "--data", text(&old)]);
    assert!(made.status.success(), "{}", said(&made));
    // Its database is lost, and its lock tells whose it was.
    let other = Paper::new();
    other.article("city/other", "Another story", "Nothing happened.");
    drop(other.start());
    let data = other.data();
    fs::rename(data.join("courant.db"), data.join("lost.db")).expect("a database");
    let restore = ["restore", file, "--yes", "--data", text(&data)];
    let previous = store_of(&old);
    for more in [
        vec!["--accept-lost-takedowns"],
        vec!["--previous-store", &previous],
    ] {
        let refused = courant(&[&restore[..], &more].concat());
        assert!(!refused.status.success(), "{more:?}");
        assert!(
            said(&refused).contains("of another paper"),
            "{}",
            said(&refused)
        );
        assert!(!data.join("courant.db").exists());
    }
    // As long as a paper moves, no token of the previous store changes, which would be lost.
    fs::create_dir(old.join("restoring")).expect("a sign");
    let lock = fs::File::open(&old).expect("a folder");
    lock.lock().expect("a lock");
    let revoked = courant(&["token", "revoke", "newsdesk", "--data", text(&old)]);
    assert!(
        said(&revoked).contains("being restored"),
        "{}",
        said(&revoked)
    );
}

/// The place of the store of that folder, as a command names it.
fn store_of(data: &std::path::Path) -> String {
    let address = place::store_arguments(data).pop();
    address.unwrap_or_else(|| text(data).to_owned())
}

/// A token for the store of that folder.
fn token_at(data: &std::path::Path) -> String {
    let made = courant(&[
        "token",
        "create",
        "mover",
        "--scope",
        "desk",
        "--data",
        text(data),
    ]);
    assert!(made.status.success(), "{}", said(&made));
    String::from_utf8_lossy(&made.stdout).trim().to_owned()
}
