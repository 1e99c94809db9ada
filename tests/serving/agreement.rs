//! Servers agree: those on copies of one store, one before and after a restart, and two versions that render alike.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use courant::feed::RENDERING;
use courant::http::Coding;
use courant::store::Change;
use http::Method;

use crate::support::desk::{Answer, Desk};
use crate::support::papers;
use crate::support::seconds;

const CODINGS: [Coding; 4] = [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd];

/// What a server answers at every address that it names, and at some that it does not, in every coding.
fn everything(desk: &Desk) -> BTreeMap<(String, &'static str), Answer> {
    let mut addresses = desk.addresses();
    let more = [
        "/feed",
        "/rss.xml",
        "/nothing",
        "/articles/three-days-of-fog",
        "/articles/three-days-of-fog.atom",
        "/articles/fog",
        "/feeds.opml",
        "/sitemap.xml",
        "/robots.txt",
    ];
    addresses.extend(more.map(str::to_owned));
    let mut answers = BTreeMap::new();
    for path in addresses {
        for coding in CODINGS {
            let headers = [("accept-encoding", coding.name())];
            let answer = desk.ask(Method::GET, &path, &headers);
            assert!(answer.status < 500, "{path}");
            answers.insert((path.clone(), coding.name()), answer);
        }
    }
    answers
}

/// The sample after a day's work: corrected, moved, renamed and taken back.
fn worked_on() -> Desk {
    let desk = Desk::sample();
    // Enough for closed segments of the archives.
    for number in 0..60 {
        let published = format!("published = 2026-10-{:02}T08:00:00Z", 1 + number / 2);
        desk.story(&format!("city/old-{number:02}"), &published, "Text.");
    }
    desk.publish();
    desk.edit(
        "city/tram-line-four/article.md",
        "gave away the bell",
        "kept the bell",
    );
    desk.publish();
    desk.rename("harbour/night-ferry-returns", "city/the-night-ferry");
    desk.publish();
    desk.pass(TimeDelta::hours(3));
    desk.remove("harbour/three-days-of-fog");
    desk.story(
        "city/new",
        "tags = [\"trams\"]\nauthors = [\"孙洁\", \"孙杰\"]",
        "Text.",
    );
    desk.publish();
    desk
}

#[test]
fn two_servers_on_copies_of_one_store_give_the_same_bytes_and_tags() {
    let one = worked_on();
    let answers = everything(&one);
    for path in [
        "/archive/2.atom",
        "/sections/city/archive/1.json",
        "/sitemap.xml",
        "/sitemap-2026-10.xml",
    ] {
        assert_eq!(answers[&(path.to_owned(), "gzip")].status, 200, "{path}");
    }
    assert!(answers.len() > 1200, "{}", answers.len());
    let found = answers.values().filter(|answer| answer.status == 200);
    assert!(found.count() > 350);
    // Later, with another clock, and with whatever a start does.
    let other = one.copied(TimeDelta::days(3));
    assert_eq!(other.paper.store.position(), one.paper.store.position());
    for ((path, coding), answer) in everything(&other) {
        let key = (path, coding);
        assert!(answers.get(&key) == Some(&answer), "{key:?}");
    }
    // And they go on to agree: the same decision at the same time.
    for desk in [&one, &other] {
        desk.pass(TimeDelta::days(4) - (desk.now() - papers::noon()));
        desk.edit("city/new/article.md", "Text.", "Other text.");
        desk.publish();
    }
    let answers = everything(&one);
    for ((path, coding), answer) in everything(&other) {
        let key = (path, coding);
        assert!(answers.get(&key) == Some(&answer), "{key:?}");
    }
}

#[test]
fn a_server_gives_the_same_after_a_restart() {
    let mut desk = worked_on();
    let before = everything(&desk);
    desk.restart();
    // In another order, so that nothing depends on what was asked first.
    for ((path, coding), was) in before.iter().rev() {
        let headers = [("accept-encoding", *coding)];
        assert!(desk.ask(Method::GET, path, &headers) == *was, "{path}");
    }
}

#[test]
fn an_upgrade_that_renders_alike_touches_nothing() {
    let desk = worked_on();
    // The store knows the generation of rendering and nothing else of the version that runs.
    let position = desk.paper.store.position();
    let now = desk.now();
    let rendering = [Change::Rendering(RENDERING)];
    let outcomes = desk.paper.store.apply(&|| now, "courant", &rendering);
    assert!(
        outcomes
            .unwrap()
            .iter()
            .all(|done| done.as_ref().unwrap().is_empty())
    );
    assert_eq!(desk.paper.store.position(), position);
    // And no document names the version.
    let version = env!("CARGO_PKG_VERSION");
    for ((path, coding), answer) in everything(&desk) {
        let named = |text: &str| {
            text.contains(&format!("ourant {version}"))
                || text.contains(&format!("ourant/{version}"))
        };
        if coding == "identity" && !path.starts_with("/media/") {
            assert!(!named(&answer.text()), "{path}");
            assert!(!answer.has(&format!("version=\"{version}\"")), "{path}");
        }
        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains(version), "{path}: {headers}");
    }
    for path in ["/feed.rss", "/feed.atom"] {
        let text = desk.get(path).text();
        assert!(text.contains("<generator>Courant</generator>"), "{path}");
    }
}

#[test]
fn an_upgrade_that_renders_otherwise_reaches_every_reader() {
    let desk = worked_on();
    let before = everything(&desk);
    let now = desk.now();
    let rendering = [Change::Rendering(RENDERING + 1)];
    desk.paper
        .store
        .apply(&|| now, "courant", &rendering)
        .unwrap();
    desk.pass(TimeDelta::seconds(2));
    let mut dated = 0;
    for ((path, coding), was) in before {
        let Some(date) = was.header("last-modified").filter(|_| was.status == 200) else {
            continue;
        };
        let reader = [("accept-encoding", coding), ("if-modified-since", date)];
        let is = desk.ask(Method::GET, &path, &reader);
        assert_eq!(is.status, 200, "{path}");
        assert!(seconds(is.last_modified()) > seconds(date), "{path}");
        dated += 1;
    }
    assert!(dated > 350, "{dated}");
}
