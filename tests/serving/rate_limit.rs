//! Readers that fetch a feed whole again and again, where the operator limits them.

use courant::config::Config;

use crate::support::{Answer, Paper, Server};

fn limited(settings: &str) -> (Paper, Server) {
    let paper = Paper::new();
    paper.article("city/a", "A", "Text.");
    let server = paper.configured(settings);
    (paper, server)
}

/// Two in a row, then one an hour.
const TWO: &str = "[rate_limit]\nburst = 2\nrefill_seconds = 3600\n";

const BEHIND_A_PROXY: &str = "[rate_limit]\nburst = 2\nrefill_seconds = 3600\ntrusted_proxies = [\"127.0.0.0/8\", \"10.0.0.1\"]\n";

fn exhaust(server: &Server, path: &str, headers: &[(&str, &str)]) {
    for _ in 0..2 {
        assert_eq!(
            server.get_with(path, headers).status,
            200,
            "{path} {headers:?}"
        );
    }
    assert_eq!(
        server.get_with(path, headers).status,
        429,
        "{path} {headers:?}"
    );
}

#[test]
fn nobody_is_limited_where_nothing_is_said() {
    let (_paper, server) = limited("");
    for _ in 0..20 {
        assert_eq!(server.get("/feed.rss").status, 200);
    }
}

fn is_refusal(answer: &Answer) {
    assert_eq!(answer.status, 429);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((3000..=3600).contains(&wait), "{wait}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("cdn-cache-control"), None);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert!(answer.has("If-None-Match"), "it says what to do");
}

#[test]
fn only_whole_feeds_to_the_same_reader_are_limited() {
    let (_paper, server) = limited(TWO);
    let tag = server.get("/feed.rss").etag().to_owned();
    assert_eq!(server.get("/feed.rss?_=1").status, 200);
    is_refusal(&server.get("/feed.rss"));
    is_refusal(&server.get("/feed.rss?_=2"));
    // What would be a 304 is never refused, and a reader that asks under a condition has behaved.
    for _ in 0..5 {
        let same = server.get_with("/feed.rss", &[("If-None-Match", &tag)]);
        assert_eq!(same.status, 304);
        let date = ("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT");
        assert_eq!(server.get_with("/feed.rss", &[date]).status, 200);
        let other = ("If-None-Match", "\"older\"");
        assert_eq!(server.get_with("/feed.rss", &[other]).status, 200);
        assert_eq!(server.send("HEAD", "/feed.rss", &[]).status, 200);
        assert_eq!(server.get("/sections/city").status, 200);
        assert_eq!(server.get("/feeds.opml").status, 200);
        assert_eq!(server.get("/sections/nowhere.rss").status, 404);
    }
    assert_eq!(server.get("/feed.atom").status, 200, "another feed");
    let agent = ("User-Agent", "another reader");
    assert_eq!(server.get_with("/feed.rss", &[agent]).status, 200);
    is_refusal(&server.get("/feed.rss"));
    assert_eq!(
        server.metric("courant_responses_total{status=\"429\"}"),
        Some(3.0)
    );
}

#[test]
fn a_reader_is_told_to_wait_a_minute_at_least() {
    let (_paper, server) = limited("[rate_limit]\nburst = 1\nrefill_seconds = 20\n");
    assert_eq!(server.get("/feed.rss").status, 200);
    let refused = server.get("/feed.rss");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("60"))
    );
}

#[test]
fn a_trusted_proxy_says_who_asks_and_nobody_else_does() {
    let (_paper, server) = limited(BEHIND_A_PROXY);
    let from = |address: &'static str| [("X-Forwarded-For", address)];
    exhaust(&server, "/feed.rss", &from("192.0.2.1"));
    assert_eq!(server.get_with("/feed.rss", &from("192.0.2.2")).status, 200);
    // What the reader itself put before the proxy's word counts for nothing.
    let spoofed = from("198.51.100.7, 192.0.2.1");
    assert_eq!(server.get_with("/feed.rss", &spoofed).status, 429);
    let twice = [
        ("X-Forwarded-For", "198.51.100.8"),
        ("X-Forwarded-For", "192.0.2.1"),
    ];
    assert_eq!(server.get_with("/feed.rss", &twice).status, 429);
    // Through two proxies that are both trusted, and with a port.
    let through_two = from("192.0.2.1:4711, 10.0.0.1");
    assert_eq!(server.get_with("/feed.rss", &through_two).status, 429);
    // The other header is the reader's own.
    let forwarded = [
        ("Forwarded", "for=192.0.2.9"),
        ("X-Forwarded-For", "192.0.2.1"),
    ];
    assert_eq!(server.get_with("/feed.rss", &forwarded).status, 429);
    // A home has a network of the newer addresses.
    exhaust(&server, "/feed.atom", &from("2001:db8:1:2::1"));
    let neighbour = from("2001:db8:1:2:ffff::9");
    assert_eq!(server.get_with("/feed.atom", &neighbour).status, 429);
    assert_eq!(
        server
            .get_with("/feed.atom", &from("2001:db8:1:3::1"))
            .status,
        200
    );
    // What is no address is said of the proxy itself.
    exhaust(&server, "/feed.json", &from("unknown"));
    assert_eq!(server.get_with("/feed.json", &from("hidden")).status, 429);
}

#[test]
fn the_header_of_rfc_7239_is_read_where_the_proxy_writes_it() {
    let settings = format!("{BEHIND_A_PROXY}address_header = \"Forwarded\"\n");
    let (_paper, server) = limited(&settings);
    let from = |said: &'static str| [("Forwarded", said)];
    exhaust(
        &server,
        "/feed.rss",
        &from("proto=https;for=192.0.2.1;by=10.0.0.1"),
    );
    let quoted = from("for=198.51.100.1, For=\"192.0.2.1:4711\"");
    assert_eq!(server.get_with("/feed.rss", &quoted).status, 429);
    exhaust(&server, "/feed.atom", &from("for=\"[2001:db8::1]:4711\""));
    assert_eq!(
        server
            .get_with("/feed.atom", &from("for=\"[2001:db8::1]\""))
            .status,
        429
    );
    let other = [
        ("X-Forwarded-For", "192.0.2.77"),
        ("Forwarded", "for=192.0.2.1"),
    ];
    assert_eq!(server.get_with("/feed.rss", &other).status, 429);
}

#[test]
fn nobody_is_believed_where_no_proxy_is_trusted() {
    let (_paper, server) = limited(TWO);
    for address in ["192.0.2.1", "192.0.2.2"] {
        let answer = server.get_with("/feed.rss", &[("X-Forwarded-For", address)]);
        assert_eq!(answer.status, 200);
    }
    let third = server.get_with("/feed.rss", &[("X-Forwarded-For", "192.0.2.3")]);
    assert_eq!(third.status, 429);
}

#[test]
fn what_is_wrong_with_the_settings_of_limits_is_said_with_its_line() {
    let cases = [
        ("[rate_limit]\nburst = 0", "a whole number from 1"),
        ("[rate_limit]\nburst = \"five\"", "a whole number from 1"),
        ("[rate_limit]\nrefill = 600", "refill_seconds"),
        (
            "[rate_limit]\ntrusted_proxies = [\"proxy.example\"]",
            "addresses or networks",
        ),
        (
            "[rate_limit]\naddress_header = \"Client-IP\"",
            "X-Forwarded-For or Forwarded",
        ),
    ];
    for (text, expected) in cases {
        let complaints = Config::parse(text).expect_err(text);
        let said = complaints[0].to_string();
        assert!(
            said.contains(expected) && said.starts_with(":2:"),
            "{text}: {said}"
        );
    }
    let defaults = Config::parse("[rate_limit]\n").unwrap().rate_limit.unwrap();
    assert_eq!((defaults.burst.get(), defaults.refill.as_secs()), (5, 600));
}
