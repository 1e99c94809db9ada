//! What a desk decides on the command line, beside a server that runs or without one.

use std::process::Output;

use crate::support::{self, Cache, Paper, said};

fn decide(paper: &Paper, words: &[&str]) -> Output {
    let data = paper.data();
    let mut arguments = words.to_vec();
    arguments.extend(["--data", support::text(&data)]);
    support::courant(&arguments)
}

#[test]
fn a_story_is_withheld_and_released_beside_a_running_server() {
    let paper = Paper::new();
    paper.article("city/crane", "The crane", "It stays.");
    let server = paper.start();
    assert_eq!(server.get("/articles/crane").status, 200);
    // Nobody is there to be asked.
    let asked = decide(&paper, &["withhold", "crane"]);
    assert_eq!(asked.status.code(), Some(1));
    assert!(said(&asked).contains("give --yes"), "{}", said(&asked));
    assert_eq!(server.get("/articles/crane").status, 200);
    let done = decide(
        &paper,
        &[
            "withhold",
            "crane",
            "--yes",
            "--public-note",
            "We are looking into it.",
        ],
    );
    assert!(done.status.success(), "{}", said(&done));
    for word in ["The crane", "section/city", "withhold"] {
        assert!(said(&done).contains(word), "{}", said(&done));
    }
    // It is so at once.
    assert_eq!(server.get("/articles/crane").status, 404);
    server.line(&["withhold", "operator"]);
    let again = decide(
        &paper,
        &[
            "withhold",
            "crane",
            "--yes",
            "--public-note",
            "We are looking into it.",
        ],
    );
    assert!(
        said(&again).contains("it was so already"),
        "{}",
        said(&again)
    );
    let id = paper.log().last().unwrap()["item"]
        .as_str()
        .unwrap()
        .to_owned();
    let free = decide(&paper, &["release", &id, "--yes"]);
    assert!(free.status.success(), "{}", said(&free));
    assert_eq!(server.get("/articles/crane").status, 200);
    let wrong = decide(&paper, &["kill", "nowhere", "--yes"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        said(&wrong).contains("there is no nowhere"),
        "{}",
        said(&wrong)
    );
    let killed = decide(&paper, &["kill", "crane", "--legal", "--yes"]);
    assert!(killed.status.success(), "{}", said(&killed));
    assert_eq!(server.get("/articles/crane").status, 451);
    let refused = decide(&paper, &["release", "crane", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("for good"), "{}", said(&refused));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_story_is_retracted_while_no_server_runs() {
    let paper = Paper::new();
    paper.article("city/crane", "The crane", "It stays.");
    let server = paper.start();
    assert_eq!(server.stop(), Some(0));
    let done = decide(
        &paper,
        &["retract", "crane", "--public-note", "It left.", "--yes"],
    );
    assert!(done.status.success(), "{}", said(&done));
    assert!(said(&done).contains("no server runs"), "{}", said(&done));
    let server = paper.start();
    assert!(server.get("/articles/crane").has("It left."));
    assert!(!server.get("/feed.json").has("It stays."));
}

#[test]
fn whether_the_caches_in_front_know_is_told() {
    let paper = Paper::new();
    paper.article("city/crane", "The crane", "It stays.");
    let cache = Cache::start();
    let server = paper.configured(&format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    ));
    let done = decide(&paper, &["withhold", "crane", "--yes"]);
    assert!(done.status.success(), "{}", said(&done));
    assert!(said(&done).contains("purged"), "{}", said(&done));
    cache.answers(503);
    let missed = decide(&paper, &["release", "crane", "--yes"]);
    assert_eq!(missed.status.code(), Some(1));
    assert!(
        said(&missed).contains("has not acknowledged"),
        "{}",
        said(&missed)
    );
    assert_eq!(server.get("/articles/crane").status, 200);
}

#[test]
fn the_write_api_has_a_listener_of_its_own_where_that_is_said() {
    let paper = Paper::new();
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = probe.local_addr().unwrap();
    drop(probe);
    let server = paper.configured(&format!("api = \"{address}\"\n"));
    assert_eq!(server.get("/api/v1/articles").status, 404);
    let answer = support::request(address, "GET", "/api/v1/articles", &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(server.stop(), Some(0));
}
