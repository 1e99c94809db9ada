//! Pages point to feeds in their heads, in HTML and in HTTP alike.

use std::collections::BTreeSet;

use crate::support::Paper;

/// Address, type and title of the feeds that a page points to.
fn pointed_to(html: &str) -> Vec<(String, String, String)> {
    let value = |tag: &str, name: &str| {
        let from = tag
            .split_once(&format!(" {name}=\""))
            .unwrap_or_else(|| panic!("{name} in {tag}"))
            .1;
        from.split_once('"').unwrap().0.to_owned()
    };
    html.split("<link ")
        .skip(1)
        .map(|rest| format!(" {}", rest.split_once('>').unwrap().0))
        .filter(|tag| tag.contains("rel=\"alternate\"") && !tag.contains("oembed"))
        .map(|tag| {
            (
                value(&tag, "href"),
                value(&tag, "type"),
                value(&tag, "title"),
            )
        })
        .collect()
}

#[test]
fn pages_point_to_their_feeds_the_most_specific_first() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let cases = [
        ("/", vec!["/feed"]),
        ("/sections/city", vec!["/sections/city", "/feed"]),
        ("/captions", vec!["/captions", "/feed"]),
        (
            "/articles/tram-line-four",
            vec!["/sections/city", "/feed", "/articles/tram-line-four"],
        ),
    ];
    for (page, stems) in cases {
        let answer = server.get(page);
        let expected: Vec<String> = stems
            .iter()
            .flat_map(|stem| {
                ["rss", "atom", "json"].map(|end| format!("{}{stem}.{end}", server.base()))
            })
            .collect();
        let found = pointed_to(&answer.text());
        let addresses: Vec<String> = found
            .iter()
            .map(|(address, _, _)| address.clone())
            .collect();
        assert_eq!(addresses, expected, "{page}");
        let titles: BTreeSet<&String> = found.iter().map(|(_, _, title)| title).collect();
        assert_eq!(
            titles.len(),
            found.len(),
            "{page} has a title twice: {titles:?}"
        );
        let link = answer
            .header("link")
            .unwrap_or_else(|| panic!("no Link on {page}"));
        for (address, media_type, _) in &found {
            let said = format!("<{address}>; rel=\"alternate\"; type=\"{media_type}\"");
            assert!(link.contains(&said), "{page}: {link}");
        }
        let head = server.send("HEAD", page, &[("Accept-Encoding", "gzip")]);
        assert_eq!(head.header("link"), Some(link), "{page}");
        let tag = head.header("etag").unwrap().to_owned();
        let again = server.get_with(
            page,
            &[("Accept-Encoding", "gzip"), ("If-None-Match", tag.as_str())],
        );
        assert_eq!(
            (again.status, again.header("link")),
            (304, Some(link)),
            "{page}"
        );
    }
}

#[test]
fn a_browser_that_shows_a_feed_is_told_what_it_is_in_the_publications_language() {
    for (paper, words) in [
        (Paper::copy_of("tests/data/sample"), "This is a feed"),
        (Paper::copy_of("items"), "这是订阅源"),
    ] {
        let server = paper.start();
        for path in ["/feed.rss", "/feed.atom"] {
            let lines: Vec<String> = server
                .get(path)
                .text()
                .lines()
                .take(2)
                .map(str::to_owned)
                .collect();
            assert_eq!(
                lines[0], "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
                "{path}"
            );
            assert_eq!(
                lines[1], "<?xml-stylesheet type=\"text/css\" href=\"/feed.css\"?>",
                "{path}"
            );
        }
        let style = server.get("/feed.css");
        assert_eq!(
            style.header("content-type"),
            Some("text/css; charset=utf-8")
        );
        let text = style.text();
        assert!(
            text.contains(words) && text.contains(&format!("{}/", server.base())),
            "{text}"
        );
    }
}
