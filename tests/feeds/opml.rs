//! `/feeds.opml`: what it lists answers, and it moves only with what it lists.

use crate::support::Paper;

#[test]
fn the_list_of_feeds_is_nested_by_section_and_every_address_in_it_answers() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let answer = server.get("/feeds.opml");
    assert_eq!(
        answer.header("content-type"),
        Some("text/x-opml; charset=utf-8")
    );
    let text = answer.text();
    let document = roxmltree::Document::parse(&text).unwrap();
    let outlines: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("outline"))
        .collect();
    let listed: Vec<_> = outlines
        .iter()
        .filter(|node| node.has_attribute("xmlUrl"))
        .collect();
    assert_eq!(
        listed.len(),
        6,
        "the paper, its photographs and four sections: {text}"
    );
    for outline in listed {
        for needed in ["text", "title", "type", "xmlUrl", "htmlUrl", "language"] {
            assert!(outline.has_attribute(needed), "{needed} is missing: {text}");
        }
        for address in ["xmlUrl", "htmlUrl"] {
            let url = outline.attribute(address).unwrap();
            let path = url.strip_prefix(&server.base()).unwrap();
            assert_eq!(server.get(path).status, 200, "{url}");
        }
    }
    let nested = outlines.iter().filter(|node| {
        node.parent()
            .is_some_and(|parent| parent.has_tag_name("outline"))
    });
    assert_eq!(nested.count(), 4);
}

#[test]
fn a_changed_story_does_not_touch_the_list_and_a_new_section_does() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let before = server.snapshot("/feeds.opml");
    let feed = server.snapshot("/sections/city.rss");
    paper.edit(
        "city/tram-line-four/article.md",
        "+++\n\n",
        "+++\n\nOne more line.\n\n",
    );
    server.until("/sections/city.rss", |answer| {
        answer.header("etag") != Some(feed.etag.as_str())
    });
    assert_eq!(server.snapshot("/feeds.opml"), before);
    let more = format!(
        "{}\n[[sections]]\nslug = \"sport\"\ntitle = \"Sport\"\n",
        paper.read("publication.toml")
    );
    paper.write("publication.toml", more);
    let listed = server.until("/feeds.opml", |answer| {
        answer.text().contains("/sections/sport.rss")
    });
    assert_ne!(listed.header("etag"), Some(before.etag.as_str()));
}
