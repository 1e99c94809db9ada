//! The address of a feed in a browser's window, and for everybody else: people are led to a page, and readers are given what
//! they were always given, byte for byte.

use crate::support::{Answer, Paper, Server};

/// What Chromium 156 sends where somebody types an address.
pub const CHROMIUM: &[(&str, &str)] = &[
    (
        "sec-ch-ua",
        "\"Not:A-Brand\";v=\"8\", \"Chromium\";v=\"156\"",
    ),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", "\"Linux\""),
    ("Upgrade-Insecure-Requests", "1"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    ),
    ("Accept", ACCEPT_OF_CHROMIUM),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
];

const ACCEPT_OF_CHROMIUM: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,\
    image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";

/// What readers send, and browsers where no window is to show the feed.
const READERS: &[&[(&str, &str)]] = &[
    &[
        (
            "User-Agent",
            "feedparser/6.0.14 +https://github.com/kurtmckee/feedparser/",
        ),
        (
            "Accept",
            "application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,application/xml;q=0.9,\
             text/xml;q=0.2,*/*;q=0.1",
        ),
        ("A-IM", "feed"),
    ],
    &[
        ("User-Agent", "newsboat/2.21.0 (Linux x86_64)"),
        ("Accept", "*/*"),
    ],
    // It would take HTML, too: what Accept says is no sign of a person.
    &[
        (
            "User-Agent",
            "Mozilla/5.0 (compatible; Miniflux/2.2.6; +https://miniflux.app)",
        ),
        (
            "Accept",
            "application/xml,application/atom+xml,application/rss+xml,application/rdf+xml,application/feed+json,text/html,\
             */*;q=0.9",
        ),
    ],
    &[
        (
            "User-Agent",
            "FreshRSS/1.26.0 (Linux; https://freshrss.org)",
        ),
        (
            "Accept",
            "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, \
             text/html;q=0.7, unknown/unknown;q=0.1, application/unknown;q=0.1, */*;q=0.1",
        ),
    ],
    &[
        (
            "User-Agent",
            "NetNewsWire (RSS Reader; https://netnewswire.com/)",
        ),
        ("Accept", "*/*"),
    ],
    &[(
        "User-Agent",
        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 462 subscribers; like FeedFetcher-Google)",
    )],
    &[("User-Agent", "curl/7.88.1"), ("Accept", "*/*")],
    // A reader that is a program of Node says how it asks, too.
    &[
        ("User-Agent", "node"),
        ("Accept", "*/*"),
        ("Sec-Fetch-Mode", "cors"),
    ],
    // An old browser, and one on a connection without TLS.
    &[("Accept", ACCEPT_OF_CHROMIUM)],
    // A page or an extension that fetches the feed; what stores a link as a file; a frame; what is fetched beforehand.
    &[
        ("Accept", "*/*"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
    ],
    &[
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "empty"),
    ],
    &[
        ("Accept", ACCEPT_OF_CHROMIUM),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "iframe"),
    ],
    &[
        ("Accept", ACCEPT_OF_CHROMIUM),
        ("Sec-Purpose", "prefetch"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Dest", "empty"),
    ],
];

/// A feed, and where people are led.
const FEEDS: [(&str, &str); 8] = [
    ("/feed.rss", "/subscribe#{feed-rss}"),
    ("/feed.atom", "/subscribe#{feed-atom}"),
    ("/feed.json", "/subscribe#{feed-json}"),
    ("/sections/city.rss", "/subscribe#{sections-city-rss}"),
    ("/captions.json", "/subscribe#{captions-json}"),
    // What is on no list is told of on its own page.
    ("/tags/trams.rss", "/tags/trams#feeds"),
    ("/authors/daniel-osei.atom", "/authors/daniel-osei#feeds"),
    ("/articles/tram-line-four.rss", "/articles/tram-line-four"),
];

/// The address that `place` stands for.
fn led(server: &Server, place: &str) -> String {
    let base = server.base();
    let anchors = base.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let place = place.replace('{', &format!("{anchors}-")).replace('}', "");
    format!("{base}{place}")
}

/// All but the date.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

fn assert_led(answer: &Answer, to: &str, feed: &str) {
    assert_eq!(answer.status, 303, "{feed}");
    assert_eq!(answer.header("location"), Some(to), "{feed}");
    // No cache may give it to a reader.
    for (name, value) in [
        ("cache-control", "private, no-store"),
        ("cdn-cache-control", "no-store"),
        ("vary", "Sec-Fetch-Dest, Sec-Fetch-Mode"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} of {feed}");
    }
    assert!(answer.header("etag").is_none(), "{feed}");
}

#[test]
fn a_person_who_opens_a_feed_is_led_to_the_page_about_it() {
    let server = Paper::copy_of("tests/data/sample").start();
    for (feed, place) in FEEDS {
        let to = led(&server, place);
        // Before the feed lies in memory, and after; whatever of it the browser has.
        assert_led(&server.get_with(feed, CHROMIUM), &to, feed);
        let etag = server.get(feed).etag().to_owned();
        for _ in 0..3 {
            assert_led(&server.get_with(feed, CHROMIUM), &to, feed);
        }
        for known in [
            ("If-None-Match", etag.as_str()),
            ("If-Modified-Since", "Sun, 29 Nov 2126 10:00:00 GMT"),
            ("Cache-Control", "max-age=0"),
            // Takes the request out of the plain ones.
            ("Content-Length", "0"),
        ] {
            let asked = [CHROMIUM, &[known]].concat();
            assert_led(&server.get_with(feed, &asked), &to, feed);
        }
        let head = server.send("HEAD", feed, CHROMIUM);
        assert_led(&head, &to, feed);
        assert!(head.body.is_empty());
        // The place is there, and tells of the feed.
        let page = server.get(place.split('#').next().unwrap());
        assert_eq!(page.status, 200, "{feed}");
        if let Some((_, anchor)) = to.split_once('#') {
            assert!(page.has(&format!("id=\"{anchor}\"")), "{to}");
            let file = format!("<a href=\"{}{feed}\" download>", server.base());
            assert!(page.has(&file), "{file}");
        }
    }
    // What is not there is not there for a browser either, and pages are as they were.
    assert_eq!(server.get_with("/tags/none.rss", CHROMIUM).status, 404);
    for page in ["/", "/subscribe", "/feeds.opml", "/articles/tram-line-four"] {
        let coded = [("Accept-Encoding", "gzip, deflate, br, zstd")];
        for _ in 0..3 {
            let opened = server.get_with(page, CHROMIUM);
            assert_eq!(
                told(&opened),
                told(&server.get_with(page, &coded)),
                "{page}"
            );
        }
    }
}

#[test]
fn a_person_reads_a_notice_where_a_feed_is_of_nothing_any_more_or_nowhere() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    paper.remove("city/tram-line-four");
    let feed = "/articles/tram-line-four.rss";
    server.until("/articles/tram-line-four", |page| page.status == 410);
    let before = server.get(feed);
    assert_eq!(before.status, 200);
    let page = led(&server, "/articles/tram-line-four");
    assert_led(&server.get_with(feed, CHROMIUM), &page, feed);
    assert_eq!(told(&server.get(feed)), told(&before));
    // Where nothing is, a page says so, which no cache gives to a reader.
    for nowhere in [
        "/articles/never-was.atom",
        "/tags/none.rss",
        "/archive/9.json",
    ] {
        let before = server.get(nowhere);
        assert_eq!(
            before.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        let opened = server.get_with(nowhere, CHROMIUM);
        assert_eq!((opened.status, before.status), (404, 404), "{nowhere}");
        assert!(opened.has("There is nothing at this address."), "{nowhere}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "private, no-store"),
            ("cdn-cache-control", "no-store"),
            ("vary", "Sec-Fetch-Dest, Sec-Fetch-Mode"),
        ] {
            assert_eq!(opened.header(name), Some(value), "{name} of {nowhere}");
        }
        assert!(server.send("HEAD", nowhere, CHROMIUM).body.is_empty());
        assert_eq!(told(&server.get(nowhere)), told(&before));
    }
}

#[test]
fn readers_are_given_the_same_whoever_opened_the_feed_before() {
    let server = Paper::copy_of("tests/data/sample").start();
    for (feed, _) in FEEDS {
        // Later answers have a date that the first of its second has not.
        server.dated(feed);
        for coding in ["identity", "gzip, deflate", "br"] {
            let coding = ("Accept-Encoding", coding);
            let plain = server.get_with(feed, &[coding]);
            assert_eq!(plain.status, 200, "{feed}");
            assert_eq!(plain.header("vary"), Some("Accept-Encoding"), "{feed}");
            let known = ("If-None-Match", plain.etag());
            let same = server.get_with(feed, &[coding, known]);
            assert_eq!(same.status, 304, "{feed}");
            for reader in READERS {
                server.get_with(feed, CHROMIUM);
                let asked = [*reader, &[coding]].concat();
                let given = server.get_with(feed, &asked);
                assert_eq!(told(&given), told(&plain), "{feed} for {reader:?}");
                let asked = [*reader, &[coding, known]].concat();
                let given = server.get_with(feed, &asked);
                assert_eq!(told(&given), told(&same), "{feed} for {reader:?}");
            }
        }
    }
}
