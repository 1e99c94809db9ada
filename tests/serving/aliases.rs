//! The addresses that people try lead to the feed.

use crate::support::Paper;

#[test]
fn the_usual_addresses_lead_to_their_format_for_good() {
    let paper = Paper::new();
    let server = paper.start();
    let cases = [
        ("/rss", "/feed.rss"),
        ("/rss.xml", "/feed.rss"),
        ("/feed.xml", "/feed.rss"),
        ("/index.xml", "/feed.rss"),
        ("/atom.xml", "/feed.atom"),
    ];
    for (alias, feed) in cases {
        let answer = server.get(alias);
        assert_eq!(answer.status, 301, "{alias}");
        assert_eq!(
            answer.header("location"),
            Some(format!("{}{feed}", server.base()).as_str())
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("max-age=86400"),
            "{alias}"
        );
    }
}

#[test]
fn feed_leads_to_the_format_that_the_request_likes_best() {
    let paper = Paper::new();
    let server = paper.start();
    // As readers really ask, and the corners of the clause.
    let cases = [
        (None, "rss"),
        (Some("*/*"), "rss"),
        (
            Some(
                "application/xml,application/atom+xml,application/rss+xml,application/rdf+xml,application/feed+json,text/html,*/*;q=0.9",
            ),
            "rss",
        ),
        (Some("application/atom+xml"), "atom"),
        (Some("application/feed+json"), "json"),
        (Some("application/json"), "json"),
        (Some("text/xml"), "rss"),
        (
            Some("application/rss+xml;q=0.5, application/atom+xml;q=0.8"),
            "atom",
        ),
        (Some("application/rss+xml;q=0, */*"), "atom"),
        (
            Some("application/*;q=0.2, application/feed+json;q=0.3"),
            "json",
        ),
        (Some("image/png"), "rss"),
    ];
    for (accept, format) in cases {
        let headers: Vec<(&str, &str)> = accept.iter().map(|accept| ("Accept", *accept)).collect();
        for alias in ["/feed", "/feed/"] {
            let answer = server.get_with(alias, &headers);
            assert_eq!(answer.status, 302, "{accept:?}");
            let address = format!("{}/feed.{format}", server.base());
            assert_eq!(
                answer.header("location"),
                Some(address.as_str()),
                "{accept:?}"
            );
            assert_eq!(answer.header("vary"), Some("Accept"));
            assert_eq!(answer.header("cache-control"), Some("max-age=3600"));
        }
    }
}
