//! Many readers who ask at once: what they ask for is made once, and what an entry did not touch is not made again.

use std::thread;

use crate::support::{Paper, Server};

const READERS: usize = 32;

fn renders(server: &Server) -> f64 {
    server.metric("courant_renders_total").expect("a number")
}

fn ask_at_once(server: &Server, path: &str, coding: &str) {
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let answer = server.get_with(path, &[("Accept-Encoding", coding)]);
                assert_eq!(answer.status, 200);
            });
        }
    });
}

#[test]
fn what_many_ask_for_at_once_is_rendered_once_also_in_several_codings() {
    let paper = Paper::new();
    paper.article("city/a", "A", &"Some words. ".repeat(2000));
    let server = paper.start();
    let before = renders(&server);
    for coding in ["gzip", "br", "zstd", "identity"] {
        ask_at_once(&server, "/feed.rss", coding);
    }
    assert_eq!(renders(&server) - before, 1.0);
}

#[test]
fn what_an_entry_did_not_touch_is_not_rendered_again_and_what_it_touched_is() {
    let paper = Paper::new();
    paper.article("city/a", "A", "Text.");
    paper.article("harbour/b", "B", "Text.");
    let server = paper.start();
    let feeds = ["/sections/city.rss", "/sections/harbour.rss"];
    for feed in feeds {
        ask_at_once(&server, feed, "gzip");
    }
    let before = renders(&server);
    paper.edit("city/a/article.md", "Text.", "Another text.");
    server.until(feeds[0], |answer| answer.has("Another text."));
    for feed in feeds {
        ask_at_once(&server, feed, "gzip");
    }
    assert_eq!(renders(&server) - before, 1.0);
    assert!(server.get(feeds[1]).has("Text."));
    // Nowhere is not remembered.
    assert_eq!(server.get("/articles/c").status, 404);
    paper.article("city/c", "C", "Text.");
    server.until("/articles/c", |answer| answer.status == 200);
}
