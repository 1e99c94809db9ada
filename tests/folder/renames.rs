//! Folders change their names in all the ways that a checkout or a desk makes them: stories are known again by their
//! ids, and nothing that is there is withdrawn.

use std::fs;

use crate::support::{self, Paper, Server, wait};

const A: &str = "urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c0a";
const B: &str = "urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c0b";

fn paper() -> Paper {
    let paper = Paper::new();
    for (slug, id) in [("a", A), ("b", B)] {
        paper.write(
            &format!("city/{slug}/article.md"),
            format!(
                "+++\nid = \"{id}\"\nheadline = \"Story {slug}\"\npublished = 2026-10-01T10:00:00Z\n+++\n\nText of {slug}.\n"
            ),
        );
    }
    paper
}

fn rename(paper: &Paper, names: &[(&str, &str)]) {
    for (from, to) in names {
        fs::rename(
            paper.items().join("city").join(from),
            paper.items().join("city").join(to),
        )
        .unwrap();
    }
}

fn is_at(server: &Server, slug: &str, headline: &str) {
    wait(&format!("{headline} at {slug}"), || {
        let page = server.get(&format!("/articles/{slug}"));
        (page.status == 200 && page.text().contains(headline)).then_some(())
    });
}

fn nothing_was_withdrawn(paper: &Paper) {
    let kinds: Vec<String> = paper
        .log()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(!kinds.contains(&"withdraw".to_owned()), "{kinds:?}");
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "publish").count(),
        2,
        "{kinds:?}"
    );
}

#[test]
fn two_folders_renamed_at_once_are_two_stories_that_moved() {
    let paper = paper();
    let server = paper.start();
    is_at(&server, "a", "Story a");
    rename(&paper, &[("b", "c"), ("a", "b")]);
    is_at(&server, "b", "Story a");
    is_at(&server, "c", "Story b");
    assert_eq!(server.get("/articles/a").status, 301);
    drop(server);
    let server = paper.start();
    is_at(&server, "b", "Story a");
    nothing_was_withdrawn(&paper);
}

#[test]
fn two_folders_may_change_their_names_for_one_anothers() {
    let paper = paper();
    let server = paper.start();
    is_at(&server, "a", "Story a");
    rename(&paper, &[("a", "x"), ("b", "a"), ("x", "b")]);
    is_at(&server, "b", "Story a");
    is_at(&server, "a", "Story b");
    nothing_was_withdrawn(&paper);
}

#[test]
fn a_story_that_was_copied_and_then_removed_at_its_old_place_has_moved() {
    let paper = paper();
    let server = paper.start();
    is_at(&server, "a", "Story a");
    support::copy(
        &paper.items().join("city/a"),
        &paper.items().join("city/copy"),
    );
    server.line(&["city/copy/article.md", "an id of its own"]);
    paper.remove("city/a");
    is_at(&server, "copy", "Story a");
    assert_eq!(server.get("/articles/a").status, 301);
    nothing_was_withdrawn(&paper);
}

#[test]
fn a_loss_in_small_steps_is_one_loss() {
    let paper = Paper::new();
    for number in 0..20 {
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            "Text.",
        );
    }
    let server = paper.start();
    is_at(&server, "story-19", "Story 19");
    for number in 0..20 {
        paper.remove(&format!("city/story-{number}"));
        std::thread::sleep(std::time::Duration::from_millis(70));
    }
    server.line(&["vanished at once"]);
    assert_eq!(server.get("/articles/story-0").status, 200);
    for number in 0..20 {
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            "Text.",
        );
    }
    paper.write("mark.png", "A whole look.");
    server.line(&["the articles that had vanished are there again"]);
}

#[test]
fn a_second_item_with_a_guid_is_refused() {
    let paper = paper();
    let text = paper
        .read("city/a/article.md")
        .replace(A, "urn:uuid:01a05bfb-7000-7718-a56f-62f784e61c0c");
    let with_guid =
        |text: &str| text.replace("headline", "guid = \"http://old.example/?p=1\"\nheadline");
    paper.write(
        "city/a/article.md",
        with_guid(&paper.read("city/a/article.md")),
    );
    paper.write("city/other/article.md", with_guid(&text));
    let server = paper.start();
    is_at(&server, "a", "Story a");
    server.line(&["city/other/article.md", "http://old.example/?p=1"]);
    assert_eq!(server.get("/articles/other").status, 404);
}
