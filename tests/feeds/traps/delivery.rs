//! Robots shut out, refused methods, redirects in a circle, and embargoes that leak: traps 20 to 23.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use http::Method;

use crate::support::desk::{Answer, BASE, Desk};

/// Trap 20. A wall against robots on the path of the feed (commafeed#1362, PCSX2#233, miniflux#3140, feedbin/support#605).
#[test]
fn bot_wall_on_the_feed_path() {
    let desk = Desk::sample();
    let agents = [
        "",
        "curl/8.5.0",
        "python-requests/2.31",
        "Feedbin feed-id:1 - 102 subscribers",
        "Mozilla/5.0 (compatible; GPTBot/1.0)",
        "FreshRSS/1.24 (Linux; https://freshrss.org)",
    ];
    for path in ["/feed.rss", "/feed.atom", "/feed.json", "/feeds.opml"] {
        let first = desk.get(path);
        for number in 0..200 {
            let agent = agents[number % agents.len()];
            let headers = [
                ("user-agent", agent),
                ("x-forwarded-for", "203.0.113.7"),
                ("cookie", "session=1"),
            ];
            let answer = desk.get_with(path, if agent.is_empty() { &[] } else { &headers });
            assert_eq!(answer, first, "{path} for {agent} the {number}th time");
        }
        assert_eq!(first.status, 200);
        assert_eq!(first.header("set-cookie"), None);
        assert!(!first.has("<html"), "{path}");
    }
}

/// Trap 21. HEAD refused, an Accept that ends in 404 or 406, no Content-Type or a wrong one (dasblog-core#473,
/// halo-dev/plugin-feed#19, rss-parser#129, philomena#169, crater.io#11).
#[test]
fn head_refused_accept_obeyed_or_content_type_wrong() {
    let desk = Desk::sample();
    let types = [
        ("/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        (
            "/sections/harbour.rss",
            "application/rss+xml; charset=utf-8",
        ),
        (
            "/articles/tram-line-four.atom",
            "application/atom+xml; charset=utf-8",
        ),
        ("/captions.json", "application/feed+json"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/feed.css", "text/css; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/articles/tram-line-four", "text/html; charset=utf-8"),
    ];
    for (path, media_type) in types {
        let get = desk.get(path);
        assert_eq!(get.status, 200, "{path}");
        assert_eq!(get.header("content-type"), Some(media_type), "{path}");
        let head = desk.ask(Method::HEAD, path, &[]);
        let bare = Answer {
            body: Vec::new(),
            ..get.clone()
        };
        assert_eq!(head, bare, "HEAD of {path}");
        for accept in [
            "text/html",
            "application/json",
            "application/atom+xml",
            "image/png;q=1, */*;q=0",
            "nonsense",
            "",
        ] {
            assert_eq!(
                desk.get_with(path, &[("accept", accept)]),
                get,
                "{path} {accept}"
            );
        }
    }
    let pictures = desk.addresses().into_iter();
    for path in pictures.filter(|path| path.starts_with("/media/")) {
        let media_type = match path.rsplit('.').next().unwrap() {
            "jpg" => "image/jpeg",
            "png" => "image/png",
            "webp" => "image/webp",
            "gif" => "image/gif",
            other => panic!("{other}"),
        };
        assert_eq!(desk.get(&path).header("content-type"), Some(media_type));
        assert_eq!(desk.ask(Method::HEAD, &path, &[]).status, 200, "{path}");
    }
}

/// Trap 22. Redirects in a circle, between http and https, or of a kind that readers do not follow for good (FreshRSS#3435,
/// commafeed#978, feedbin#100, ForumMagnum#519).
#[test]
fn redirects_in_a_circle() {
    let desk = Desk::new();
    desk.story(
        "city/tram",
        "id = \"urn:uuid:01a20fc9-85cf-77e4-b325-53d5c2d0a001\"",
        "Text.",
    );
    desk.publish();
    // There and back again, and on.
    for (from, to) in [
        ("tram", "tramway"),
        ("tramway", "tram"),
        ("tram", "streetcar"),
    ] {
        desk.rename(&format!("city/{from}"), &format!("city/{to}"));
        desk.publish();
    }
    desk.edit(
        "publication.toml",
        "slug = \"harbour\"",
        "slug = \"docks\"\nformer = [\"port\", \"harbour\"]",
    );
    desk.publish();
    let mut leads = 0;
    for path in [
        "/articles/tram",
        "/articles/tramway.rss",
        "/articles/tram.json",
        "/articles/streetcar",
        "/sections/harbour",
        "/sections/port.atom",
        "/sections/docks.atom",
        "/feed",
        "/feed/",
        "/rss",
        "/rss.xml",
        "/atom.xml",
        "/index.xml",
        "/feed.xml",
    ] {
        // The proxy ends TLS: what it says of the scheme must not make a redirect.
        let headers = [("x-forwarded-proto", "http"), ("host", "elsewhere.example")];
        let answer = desk.get_with(path, &headers);
        if answer.status == 200 {
            continue;
        }
        leads += 1;
        // 302 only where the request chose the format; 307 and 308 nowhere.
        let expected = if path.trim_end_matches('/') == "/feed" {
            302
        } else {
            301
        };
        assert_eq!(answer.status, expected, "{path}");
        let address = answer.header("location").expect("an address");
        let next = address
            .strip_prefix(BASE)
            .expect("the address that the paper has");
        assert_eq!(desk.get(next).status, 200, "{path} leads to {next} and on");
    }
    assert_eq!(leads, 12);
    let circle = "title = \"x\"\nlanguage = \"en\"\n\
        [[sections]]\nslug = \"a\"\ntitle = \"A\"\nformer = [\"b\"]\n\
        [[sections]]\nslug = \"b\"\ntitle = \"B\"\nformer = [\"a\"]\n";
    let parsed = courant::publication::parse(circle.as_bytes(), &|_| unreachable!());
    assert!(
        parsed.publication.is_none(),
        "sections that lead to each other are refused"
    );
}

/// Trap 23. What is under embargo leaks through a feed, a list or its own address (MuckRock#52).
#[test]
fn embargo_leaks_through_the_feed() {
    let desk = Desk::new();
    desk.story(
        "city/tram",
        "tags = [\"trams\"]\nauthors = [\"Maeve Corrigan\"]",
        "Text.",
    );
    desk.publish();
    let picture = std::fs::read("items/logo.png").unwrap();
    let before: BTreeMap<String, Answer> = desk
        .documents()
        .into_iter()
        .map(|path| (path.clone(), desk.get(&path)))
        .collect();
    desk.write("city/secret/picture.png", picture);
    let keys = "headline = \"The secret story\"\npublished = 2026-11-24T18:00:00Z\n\
        id = \"urn:uuid:01a20fc9-85cf-77e4-b325-53d5c2d0a002\"\ntags = [\"trams\", \"secrets\"]\n\
        authors = [\"Maeve Corrigan\", \"A Secret Author\"]\n[[captions]]\n\
        id = \"urn:uuid:01a20fc9-85cf-77e4-b325-53d5c2d0a003\"\ntext = \"The secret picture.\"\n\
        image = \"picture.png\"\ncredit = \"A Secret Photographer\"";
    desk.story("city/secret", keys, "The secret text.");
    desk.publish();
    // No document is another, so that not even a validator tells that something is coming.
    for (path, was) in &before {
        assert_eq!(desk.get(path), *was, "{path}");
    }
    // Of the same kind: programs get a line, people a page.
    let never = |path: &str| match path.contains('.') {
        true => desk.get("/articles/never.rss"),
        false => desk.get("/articles/never"),
    };
    let hidden = [
        "/articles/secret",
        "/articles/secret.rss",
        "/articles/secret.atom",
        "/articles/secret.json",
        "/tags/secrets",
        "/tags/secrets.rss",
        "/authors/a-secret-author.atom",
        "/authors/a-secret-photographer",
        "/captions/01a20fc9-85cf-77e4-b325-53d5c2d0a003",
    ];
    for path in hidden {
        assert_eq!(desk.get(path), never(path), "{path}");
    }
    desk.pass(TimeDelta::hours(7));
    desk.publish();
    for path in hidden {
        assert_eq!(desk.get(path).status, 200, "{path} once its time has come");
    }
    let fresh: BTreeSet<String> = desk.addresses();
    assert!(fresh.iter().any(|path| path.starts_with("/media/")));
}
