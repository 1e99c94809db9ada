//! What a person at a terminal may call an item: ids, addresses as browsers show them, slugs of now and of before; and what is said
//! where nothing, or more than one thing, has the name.

use std::process::{Command, Stdio};

use crate::support::{self, COURANT, Paper, Running, Server, output_of, said, text, wait};

/// What a decision of which nobody says that it is meant tells of its item.
fn shown(paper: &Paper, name: &str) -> String {
    let data = paper.data();
    let output = support::courant(&["withhold", name, "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(1), "{name}");
    said(&output)
}

/// A paper whose crane was renamed, moved to another section, and came from an older system.
fn paper() -> (Paper, Server) {
    let paper = Paper::new();
    let head = "+++\nid = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c01\"\nheadline = \"The crane stays\"\n\
                published = 2026-01-02T03:04:05Z\nformer = [\"/2024/03/old-crane/\", \"/?p=77\"]\n\n\
                [[captions]]\nid = \"urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c02\"\ntext = \"The crane at dawn\"\n+++\nIt stays.\n";
    paper.write("city/crane/article.md", head);
    paper.article("city/fog", "Three days of fog", "Nothing was seen.");
    let server = paper.start();
    let page = server.get("/articles/crane");
    assert_eq!(page.status, 200);
    std::fs::create_dir_all(paper.path("harbour")).unwrap();
    std::fs::rename(paper.path("city/crane"), paper.path("harbour/big-crane")).unwrap();
    server.until("/articles/big-crane", |answer| answer.status == 200);
    (paper, server)
}

const CAPTION: &str = "/captions/01a05bfb-7000-7718-a56f-62f784e61c02";

const NAMES: [&str; 19] = [
    "urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c01",
    "01a05bfb-7000-7718-a56f-62f784e61c01",
    "big-crane",
    "crane",
    "harbour/big-crane",
    "harbour/big-crane/article.md",
    "city/crane",
    "/articles/big-crane",
    "/articles/crane/",
    "articles/big-crane",
    "/articles/big-crane.atom#top",
    "/articles/big-crane/more",
    "articles/crane/more/",
    "/2024/03/old-crane",
    "/2024/03/old-crane/feed/",
    "/?p=77",
    "old-crane",
    "/items/01a05bfb-7000-7718-a56f-62f784e61c01",
    "/api/v1/articles/01a05bfb-7000-7718-a56f-62f784e61c01",
];

#[test]
fn a_story_is_found_by_all_that_it_is_and_was_called() {
    let (paper, server) = paper();
    let look = |is_running: bool| {
        for name in NAMES {
            let told = shown(&paper, name);
            assert!(
                told.contains("the article The crane stays\n")
                    && told.contains("harbour/big-crane"),
                "{name} ({is_running}): {told}"
            );
        }
        let caption = shown(&paper, CAPTION);
        assert!(
            caption.contains("the caption The crane at dawn"),
            "{caption}"
        );
    };
    look(true);
    let base = server.base();
    for address in [
        format!("{base}/articles/big-crane?utm_source=letter#part"),
        format!("{}/articles/crane", base.replace("127.0.0.1", "localhost")),
        format!("{base}/?p=77"),
        base.replace("http://", "") + "/articles/big-crane/",
    ] {
        let told = shown(&paper, &address);
        assert!(
            told.contains("the article The crane stays\n"),
            "{address}: {told}"
        );
    }
    let told = shown(&paper, &format!("{base}{CAPTION}"));
    assert!(told.contains("the caption The crane at dawn"), "{told}");
    let data = paper.data();
    let address = format!("{base}/articles/crane");
    let done = support::courant(&["withhold", &address, "--yes", "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(server.get("/articles/big-crane").status, 404);
    // What is withheld leads nowhere, and is found all the same.
    look(true);
    assert_eq!(server.stop(), Some(0));
    look(false);
    let freed = support::courant(&[
        "release",
        "/2024/03/old-crane/",
        "--yes",
        "--data",
        text(&data),
    ]);
    assert!(freed.status.success(), "{}", said(&freed));
    let server = paper.start();
    assert_eq!(server.get("/articles/big-crane").status, 200);
}

#[test]
fn a_name_that_nothing_has_is_refused_with_what_is_near_it() {
    let (paper, server) = paper();
    let told = shown(&paper, "big-carne");
    assert!(
        told.contains("there is no big-carne: expected an id"),
        "{told}"
    );
    assert!(
        told.contains("near it are:\n  harbour/big-crane  The crane stays"),
        "{told}"
    );
    assert!(!told.contains("fog"), "{told}");
    let told = shown(&paper, &format!("{}/articles/days-of-fog", server.base()));
    assert!(told.contains("  city/fog  Three days of fog"), "{told}");
    let told = shown(&paper, "elephant");
    assert!(!told.contains("near it"), "{told}");
    // The same path is another story elsewhere.
    let told = shown(&paper, "https://other.example/articles/fog");
    assert!(
        told.contains("expected an address of this paper") && told.contains("other.example"),
        "{told}"
    );
    // So it is behind another port of this machine, and at whatever is no address of the web.
    for other in [
        "http://127.0.0.1:9/articles/fog",
        "ftp://other.example/articles/fog",
    ] {
        let told = shown(&paper, other);
        assert!(told.contains("expected an address of this paper"), "{told}");
    }
    let upper = server.base().replace("http:", "HTTP:");
    let told = shown(&paper, &format!("{upper}/articles/fog"));
    assert!(told.contains("Three days of fog"), "{told}");
    let told = shown(&paper, "/sections/city");
    assert!(
        told.contains("/sections/city is the address of none of these"),
        "{told}"
    );
    let waiting = "+++\nheadline = \"Later\"\npublished = 2090-01-02T03:04:05Z\n+++\nLater.\n";
    paper.write("city/later/article.md", waiting);
    let told = wait("the file that waits", || {
        let told = shown(&paper, "later");
        told.contains("city/later has not been public")
            .then_some(told)
    });
    assert!(told.contains("its file waits for its time"), "{told}");
}

#[test]
fn a_name_that_several_have_is_refused_with_all_of_them() {
    let paper = Paper::new();
    for (slug, year) in [("one", "2019"), ("two", "2020")] {
        let text = format!(
            "+++\nheadline = \"Story {slug}\"\npublished = 2026-01-02T03:04:05Z\nformer = [\"/{year}/review/\"]\n+++\nText.\n"
        );
        paper.write(&format!("city/{slug}/article.md"), text);
    }
    let server = paper.start();
    let told = shown(&paper, "review");
    assert!(
        told.contains("review may be any of these; say which"),
        "{told}"
    );
    for line in ["city/one  Story one", "city/two  Story two"] {
        assert!(told.contains(line), "{told}");
    }
    assert!(shown(&paper, "/2020/review").contains("the article Story two"));
    assert_eq!(server.stop(), Some(0));
}

/// Runs a command at a terminal of its own, whose keyboard types `typed`.
fn at_a_terminal(arguments: &str, typed: &str) -> (Option<i32>, String) {
    let mut shell = Command::new("sh");
    let line = format!("printf '{typed}' | script -qec '{COURANT} {arguments}' /dev/null");
    shell
        .args(["-c", &line])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running::of(shell);
    let status = wait("the end of a command", || running.ended());
    running.drain();
    let told = running.out.lock().unwrap().join("\n");
    (status.code(), told + &running.errors())
}

#[test]
fn a_retraction_asks_what_readers_are_told_where_somebody_is_there() {
    let paper = Paper::new();
    paper.article("city/crane", "The crane", "It stays.");
    let server = paper.start();
    let data = paper.data();
    let refused = support::courant(&["retract", "crane", "--yes", "--data", text(&data)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("give it as --public-note"),
        "{}",
        said(&refused)
    );
    assert!(server.get("/articles/crane").has("It stays."));
    let has_script = output_of(Command::new("script").arg("--version")).is_ok();
    if !has_script {
        return;
    }
    let retract = format!("retract crane --data {}", text(&data));
    let (code, told) = at_a_terminal(&retract, "\\n");
    assert!(told.contains("what shall readers be told?"), "{told}");
    assert!(
        told.contains("nothing was done") && code == Some(1),
        "{code:?} {told}"
    );
    assert!(server.get("/articles/crane").has("It stays."));
    let (code, told) = at_a_terminal(&retract, "It left.\\ny\\n");
    assert_eq!(code, Some(0), "{told}");
    assert!(server.get("/articles/crane").has("It left."));
}

#[test]
fn a_slug_that_another_had_before_is_refused_with_both() {
    let (paper, server) = paper();
    paper.article("city/crane", "Another crane", "It is new.");
    server.until("/articles/crane", |page| page.has("Another crane"));
    for name in ["crane", "city/crane"] {
        let told = shown(&paper, name);
        assert!(
            told.contains("may be any of these; say which")
                && told.contains("Another crane")
                && told.contains("The crane stays"),
            "{name}: {told}"
        );
    }
}

#[test]
fn a_public_note_is_bounded_at_the_terminal_as_in_the_api() {
    let (paper, _server) = paper();
    let data = paper.data();
    for length in [2_001, 100_000] {
        let note = "a".repeat(length);
        let output = support::courant(&[
            "retract",
            "fog",
            "--yes",
            "--public-note",
            &note,
            "--data",
            text(&data),
        ]);
        assert!(!output.status.success());
        let told = said(&output);
        assert!(
            told.contains(&format!("at most 2000 bytes, found {length}")),
            "{told}"
        );
    }
}
