//! A paper that moves from its folder to a PostgreSQL server, and back. `tests/judges/postgres.py` names one in COURANT_POSTGRES.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use super::postgres::asked;
use crate::support::place::store_arguments;
use crate::support::writer::Writer;
use crate::support::{COURANT, Paper, Server, Start, output_of, said, text};

/// Runs a command with these words alone: what it does not name is in a folder.
fn courant(words: &[&str]) -> Output {
    output_of(Command::new(COURANT).args(words)).expect("the program")
}

fn done(words: &[&str]) -> String {
    let output = courant(words);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn start(paper: &Paper, data: &Path, store: &[&str]) -> Start {
    let items = paper.items();
    let words = ["--data", text(data), "--items", text(&items)];
    Start::bare().with(&words).with(store)
}

fn publish(server: &Server, token: &str, headline: &str) {
    let story = json!({
        "section": "harbour",
        "headline": headline,
        "slug": headline,
        "published": "2026-01-03T09:00:00Z",
        "body": "Said the harbour master.\n",
        "tags": [headline],
    });
    Writer::new(server, token)
        .post("/api/v1/articles", &story)
        .expect(201);
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_paper_moves_to_a_server_and_back_and_nobody_sees_a_difference() {
    let paper = Paper::copy_of("tests/data/sample");
    let (data, folder) = (paper.data(), paper.dir.path());
    let server = start(&paper, &data, &[]).serve();
    let address = server.address;
    let token = done(&[
        "token",
        "create",
        "desk",
        "--scope",
        "desk",
        "--data",
        text(&data),
    ]);
    let token = token.trim();
    publish(&server, token, "one");
    publish(&server, token, "two");
    done(&["withhold", "two", "--yes", "--data", text(&data)]);
    done(&["kill", "one", "--yes", "--data", text(&data)]);
    let before = server.feeds();
    let log = |words: &[&str]| done(&[&["log", "--json", "--data", text(&data)], words].concat());
    let known = log(&[]);
    assert_eq!(server.stop(), Some(0));

    // To the server. The folder has the store until now, and need not be named.
    let first = folder.join("first.tar");
    done(&["backup", text(&first), "--data", text(&data)]);
    let store = store_arguments(&data);
    let store: Vec<&str> = store.iter().map(String::as_str).collect();
    let restore = ["restore", text(&first), "--yes", "--data", text(&data)];
    let told = done(&[&restore[..], &store].concat());
    assert!(told.contains("same rows"), "{told}");
    assert!(told.contains("before-restore-"), "{told}");
    assert!(!data.join("courant.db").exists());
    let forgotten = courant(&restore);
    assert!(
        said(&forgotten).contains("name it with --store"),
        "{}",
        said(&forgotten)
    );
    let nowhere = courant(&["log", "--data", text(&data)]);
    assert!(
        said(&nowhere).contains("name it with --store"),
        "{}",
        said(&nowhere)
    );
    assert_eq!(log(&store), known);
    let server = start(&paper, &data, &store).at(address).serve();
    assert_eq!(server.feeds(), before);
    assert_eq!(log(&store), known);
    assert_eq!(server.stop(), Some(0));

    // The program was killed when the rows were there, and the file was not put aside yet. A file that nobody moved is in the
    // way, as it should be.
    let aside = fs::read_dir(&data).expect("a folder").flatten();
    let mut aside = aside.map(|entry| entry.path());
    let aside = aside.find(|path| text(path).contains("before-restore-"));
    let aside = aside.expect("the store before").join("courant.db");
    fs::copy(&aside, data.join("courant.db")).expect("a copy");
    let (code, told) = start(&paper, &data, &store).fail();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("has a store of its own"), "{told}");
    let again = courant(&[&restore[..], &store].concat());
    assert!(
        said(&again).contains("has a store of its own"),
        "{}",
        said(&again)
    );
    // A note of a move to another schema moves nothing, and the folder is not served before it is known what came of a move.
    let note = data.join("moving-20261130T120000000Z");
    let lock = fs::read_to_string(data.join("courant.lock")).expect("a lock");
    let elsewhere = lock.replace("schema ", "schema of_");
    assert_ne!(elsewhere, lock);
    fs::write(&note, elsewhere).expect("a note");
    let (_, told) = start(&paper, &data, &store).fail();
    assert!(told.contains("has a store of its own"), "{told}");
    fs::write(&note, &lock).expect("a note");
    let (_, told) = start(&paper, &data, &[]).fail();
    assert!(told.contains("was broken off"), "{told}");
    let server = start(&paper, &data, &store).at(address).serve();
    assert!(!data.join("courant.db").exists());
    assert!(
        data.join("before-restore-20261130T120000000Z/courant.db")
            .exists()
    );
    assert_eq!(server.feeds(), before);

    // Numbers that the database gives go on, and a backup is made beside the server.
    publish(&server, token, "three");
    done(
        &[
            &["withhold", "three", "--yes", "--data", text(&data)],
            &store[..],
        ]
        .concat(),
    );
    done(
        &[
            &["release", "three", "--yes", "--data", text(&data)],
            &store[..],
        ]
        .concat(),
    );
    let second = folder.join("second.tar");
    done(
        &[
            &["backup", text(&second), "--data", text(&data)],
            &store[..],
        ]
        .concat(),
    );
    let before = server.feeds();
    let known = log(&store);
    assert_eq!(server.stop(), Some(0));

    // And back, into another folder.
    let back = folder.join("back");
    let restore = ["restore", text(&second), "--yes", "--data", text(&back)];
    let told = done(&[&restore[..], &["--previous-store", store[1]]].concat());
    assert!(told.contains("same rows"), "{told}");
    let server = start(&paper, &back, &[]).at(address).serve();
    assert_eq!(server.feeds(), before);
    assert_eq!(done(&["log", "--json", "--data", text(&back)]), known);
    publish(&server, token, "four");
    assert_eq!(server.stop(), Some(0));
}

#[test]
#[ignore = "needs a PostgreSQL server; tests/judges/postgres.py runs it"]
fn a_store_on_a_server_that_is_restored_is_kept_aside_and_what_was_killed_stays_so() {
    let paper = Paper::new();
    paper.article("city/other", "Another story", "Nothing happened.");
    let (data, store) = (paper.data(), store_arguments(&paper.data()));
    let store: Vec<&str> = store.iter().map(String::as_str).collect();
    let run = |words: &[&str]| courant(&[words, &["--data", text(&data)], &store].concat());
    let server = start(&paper, &data, &store).serve();
    let made = run(&["token", "create", "desk", "--scope", "desk"]);
    let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    publish(&server, &token, "one");
    publish(&server, &token, "two");
    let file = paper.dir.path().join("paper.tar");
    let backup = run(&["backup", text(&file)]);
    assert!(backup.status.success(), "{}", said(&backup));
    let killed = run(&["kill", "one", "--yes"]);
    assert!(killed.status.success(), "{}", said(&killed));
    publish(&server, &token, "three");
    let restore = ["restore", text(&file), "--yes"];
    let refused = run(&restore);
    assert!(
        said(&refused).contains("another server uses"),
        "{}",
        said(&refused)
    );
    assert_eq!(server.stop(), Some(0));
    let restored = run(&restore);
    let told = said(&restored);
    assert!(restored.status.success(), "{told}");
    assert!(
        told.contains("_before_") && told.contains("DROP SCHEMA"),
        "{told}"
    );
    let server = start(&paper, &data, &store).serve();
    for (slug, status) in [("one", 410), ("two", 200), ("three", 404), ("other", 200)] {
        let found = server.get(&format!("/articles/{slug}")).status;
        assert_eq!(found, status, "{slug}");
    }
    publish(&server, &token, "four");
    // What is killed is in the schema that was put aside, too, and what the server plans by has no word of any story.
    let killed = run(&["kill", "two", "--yes"]);
    assert!(said(&killed).contains("DROP SCHEMA"), "{}", said(&killed));
    assert_eq!(server.stop(), Some(0));
    let schema = store[1].split("schema=").nth(1).expect("a schema");
    asked(&format!(
        "ANALYZE {schema}.item, {schema}.revision, {schema}.filing, {schema}.touch, {schema}.name"
    ));
    let planned = asked(&format!(
        "SELECT s.* FROM pg_stats s WHERE schemaname = '{schema}'"
    ));
    assert!(planned.contains("usable"), "{planned}");
    for word in ["two", "four", "Said"] {
        assert!(!planned.contains(word), "{word}: {planned}");
    }
}
