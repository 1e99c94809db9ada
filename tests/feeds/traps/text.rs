//! Characters, escapes, addresses, captions and excerpts that readers see wrongly: traps 12 to 14, 24 and 27 to 29.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use crate::support::desk::{BASE, Desk};
use crate::support::papers::seen;

/// One item as readers of the three formats get it, after exactly the decoding that the format asks for.
struct Item {
    format: &'static str,
    title: String,
    summary: String,
    html: String,
}

const MEDIA: &str = "http://search.yahoo.com/mrss/";

fn items(desk: &Desk, stem: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for (format, item, summary, content) in [
        ("rss", "item", "description", "encoded"),
        ("atom", "entry", "summary", "content"),
    ] {
        let text = desk.get(&format!("{stem}.{format}")).text();
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let child = |node: Node<'_, '_>, name: &str| {
            let mut found = node
                .children()
                .filter(|c| c.tag_name().name() == name && c.tag_name().namespace() != Some(MEDIA));
            let only = found
                .next()
                .unwrap_or_else(|| panic!("no {name} in {text}"));
            assert!(found.next().is_none(), "{name} twice");
            // A CDATA section that had to be split is several nodes.
            only.children().filter_map(|c| c.text()).collect::<String>()
        };
        for node in document
            .descendants()
            .filter(|n| n.tag_name().name() == item)
        {
            let said = child(node, summary);
            items.push(Item {
                format,
                title: child(node, "title"),
                // RSS has markup there, and Atom and JSON Feed plain text.
                summary: if format == "rss" {
                    seen(&said).join("\n")
                } else {
                    said
                },
                html: child(node, content),
            });
        }
    }
    let json: Value = serde_json::from_slice(&desk.get(&format!("{stem}.json")).body).unwrap();
    for item in json["items"].as_array().unwrap() {
        let text = |name: &str| item[name].as_str().expect(name).to_owned();
        items.push(Item {
            format: "json",
            title: text("title"),
            summary: text("summary"),
            html: text("content_html"),
        });
    }
    items
}

/// Every character that XML 1.0 §2.2 forbids, and what validators call bad beside.
fn forbidden() -> impl Iterator<Item = char> {
    let controls = (0..0x20_u32).filter(|code| ![9, 10, 13].contains(code));
    let others = [0x7f, 0xfffe, 0xffff, 0xfdd0, 0x1_fffe, 0x10_ffff];
    controls.chain(others).filter_map(char::from_u32)
}

/// Trap 12. Characters that XML forbids (miniflux#575, LemmyNet/lemmy#4416, guardian/frontend#3677, FreshRSS#5454).
#[test]
fn illegal_xml_characters() {
    let desk = Desk::new();
    let mut spoilt = String::new();
    for c in forbidden() {
        spoilt.push_str(&format!("\\U{:08X}", c as u32));
    }
    let value = |name: &str| format!("\"{name}{spoilt} end\"");
    let keys = format!(
        "headline = {}\nkicker = {}\ndeck = {}\ndateline = {}\nauthors = [{}]\ntags = [{}]\n\
         source = {}\nrights = {}\npublic_note = {}\nguid = {}\n[[captions]]\ntext = {}\nalt = {}\n\
         credit = {}\nsource = {}\nusage_terms = {}\npublic_note = {}\nimage = \"picture.png\"",
        value("headline"),
        value("kicker"),
        value("deck"),
        value("dateline"),
        value("author"),
        value("tag"),
        value("source"),
        value("rights"),
        value("note"),
        value("guid"),
        value("caption"),
        value("alt"),
        value("credit"),
        value("agency"),
        value("terms"),
        value("wrong"),
    );
    let picture = std::fs::read("items/logo.png").unwrap();
    desk.write("city/spoilt/picture.png", picture);
    // Numeric references name the same characters, and are as illegal.
    let plain: String = forbidden().collect();
    let body = format!("Text{plain} and &#1; &#x8; &#xFFFE; end.\n\n## Part{plain} end\n\nMore.");
    desk.story("city/spoilt", &keys, &body);
    desk.edit(
        "publication.toml",
        "title = \"City\"",
        &format!("title = \"City{spoilt} end\""),
    );
    desk.publish();
    let mut feeds = 0;
    for path in desk.documents() {
        let text = desk.get(&path).text();
        for c in forbidden() {
            assert!(!text.contains(c), "U+{:04X} in {path}", c as u32);
            let code = c as u32;
            for reference in [
                format!("&#{code};"),
                format!("&#x{code:x};"),
                format!("&#x{code:X};"),
            ] {
                assert!(!text.contains(&reference), "{reference} in {path}");
            }
        }
        if [".rss", ".atom", ".opml"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            Document::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            feeds += 1;
        }
    }
    assert!(feeds > 10, "{feeds}");
    let titles = items(&desk, "/feed").into_iter().map(|item| item.title);
    assert_eq!(
        titles.collect::<BTreeSet<_>>(),
        BTreeSet::from(["headline end".to_owned()])
    );
}

/// Trap 13. Text that is escaped twice or not at all, and the end of a CDATA section within one (OrchardCore#7260,
/// spatie/laravel-feed#193, simplepie#637 and #575, feedbin#232).
#[test]
fn double_escaping_and_cdata_ends() {
    let desk = Desk::new();
    let plain = "AT&T <div> &amp; ]]> \"quoted\" <![CDATA[x]]> &#38; end";
    let quoted = serde_json::to_string(plain).unwrap();
    let keys = format!(
        "headline = {quoted}\ndeck = {quoted}\nkicker = {quoted}\nauthors = [{quoted}]\n[[captions]]\ntext = {quoted}"
    );
    let body = "Fish &amp; chips cost &lt;5 in `a ]]> b` & <b>more</b>.";
    desk.story("city/marks", &keys, body);
    desk.publish();
    let items = items(&desk, "/feed");
    assert_eq!(items.len(), 3);
    for item in items {
        let format = item.format;
        assert_eq!(item.title, plain, "{format}");
        let lines = seen(&item.html);
        let deck = lines.iter().filter(|line| **line == plain).count();
        assert_eq!(deck, 3, "kicker, deck and caption in {format}: {lines:?}");
        let body = "Fish & chips cost <5 in a ]]> b & more.";
        assert!(lines.contains(&body.to_owned()), "{format}: {lines:?}");
        assert_eq!(item.summary, body, "{format}");
    }
}

/// Trap 14. Relative addresses, left to `xml:base` or to the reader's guess, also in srcset, poster and track
/// (jekyll-feed#185, RSS-Bridge#2981, FreshRSS#3411, XRay#98).
#[test]
fn relative_addresses_in_content() {
    let desk = Desk::new();
    let body = "[one](other) <a href=\"/two\">two</a> [three](//example.org/three) [four](#four)\n\n\
        <img src=\"https://example.org/x.jpg\" srcset=\"small.jpg 1x, /large.jpg 2x\" alt=\"\">\n\n\
        <video src=\"film.mp4\" poster=\"poster.jpg\"><track src=\"words.vtt\"></video>\n\n\
        <picture><source srcset=\"x.webp\"><img src=\"https://example.org/y.jpg\" alt=\"\"></picture>\n\n\
        <blockquote cite=\"where\">Said.</blockquote>\n\n<a href=\"&#x2e;/five\">five</a>";
    desk.story("city/links", "", body);
    desk.publish();
    for stem in ["/feed", "/articles/links"] {
        for item in items(&desk, stem) {
            let mut found = 0;
            for attribute in ["href", "src", "srcset", "poster", "cite", "data", "action"] {
                for piece in item.html.split(&format!(" {attribute}=\"")).skip(1) {
                    let address = piece.split('"').next().unwrap();
                    assert!(
                        address.starts_with("https://"),
                        "{attribute} {address} in {} of {stem}",
                        item.format
                    );
                    assert!(["href", "src"].contains(&attribute), "{}", item.html);
                    found += 1;
                }
            }
            assert!(found >= 7, "{found} in {}", item.html);
            for address in [
                "/articles/other",
                "/two",
                "/articles/five",
                "/articles/links#four",
            ] {
                assert!(
                    item.html.contains(&format!("\"{BASE}{address}\"")),
                    "{}",
                    item.html
                );
            }
        }
        for format in ["rss", "atom"] {
            assert!(!desk.get(&format!("{stem}.{format}")).has("xml:base"));
        }
    }
}

/// Trap 14, for the paper's logo.
#[test]
fn address_of_the_logo_that_readers_cannot_fetch() {
    let logo = |address: &str| {
        let address = serde_json::to_string(address).unwrap();
        let text = format!("title = \"x\"\nlanguage = \"en\"\nlogo = {address}\n");
        courant::publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"))
    };
    for wrong in [
        "https://",
        "http://a b/logo.png",
        "https://example.org:port/logo.png",
    ] {
        let parsed = logo(wrong);
        assert!(parsed.publication.is_none(), "{wrong}");
        assert_eq!(parsed.complaints[0].line, Some(3), "{wrong}");
    }
    let desk = Desk::with(
        "title = \"x\"\nlanguage = \"en\"\nlogo = \"https://example.org/le logo é.png\"\n",
    );
    for path in ["/feed.atom", "/feed.json"] {
        assert!(
            desk.get(path)
                .has("https://example.org/le%20logo%20%C3%A9.png"),
            "{path}"
        );
    }
}

/// Trap 24. What is said of a photograph lost, said twice, or in the excerpt (rss-bridge#3032, satellytes#344,
/// pixelfed#5945, flatpress#809, distributor#1134).
#[test]
fn caption_lost_doubled_or_in_the_excerpt() {
    let desk = Desk::new();
    let picture = std::fs::read("items/logo.png").unwrap();
    desk.write("city/tram/tram.png", &picture);
    let keys = "[[captions]]\ntext = \"The first tram leaves.\"\nalt = \"A green tram in the rain.\"\n\
        image = \"tram.png\"\ncredit = \"Tomás Breen\"\nsource = \"Harbour Press\"\n\
        usage_terms = \"Not for sale.\"";
    desk.story(
        "city/tram",
        keys,
        "Lead of the story.\n\n![](tram.png)\n\nMore of it.",
    );
    desk.publish();
    for item in items(&desk, "/feed") {
        let format = item.format;
        for (text, times) in [
            ("The first tram leaves.", 1),
            ("alt=\"A green tram in the rain.\"", 1),
            ("Tomás Breen / Harbour Press", 1),
            ("<img ", 1),
        ] {
            assert_eq!(
                item.html.matches(text).count(),
                times,
                "{text} in {format}: {}",
                item.html
            );
        }
        assert_eq!(item.summary, "Lead of the story. More of it.", "{format}");
    }
    for item in items(&desk, "/captions") {
        assert_eq!(item.title, "The first tram leaves.");
        assert!(item.html.contains("alt=\"A green tram in the rain.\""));
        assert!(item.html.contains("Tomás Breen / Harbour Press"));
    }
    for path in ["/feed.rss", "/feed.atom", "/captions.rss", "/captions.atom"] {
        let text = desk.get(path).text();
        let document = Document::parse(&text).unwrap();
        let media = |name: &'static str| {
            let found = document
                .descendants()
                .filter(move |node| node.has_tag_name((MEDIA, name)));
            found.map(|node| node.text().unwrap_or_default().to_owned())
        };
        assert_eq!(media("content").count(), 1, "{path}");
        assert_eq!(
            media("description").collect::<Vec<_>>(),
            ["The first tram leaves."]
        );
        assert_eq!(
            media("credit").collect::<Vec<_>>(),
            ["Tomás Breen", "Harbour Press"]
        );
        assert_eq!(media("copyright").collect::<Vec<_>>(), ["Not for sale."]);
        // What is said of a picture stands within it: beside it, readers take it for the item's own.
        let outside = document.descendants().filter(|node| {
            node.tag_name().namespace() == Some(MEDIA)
                && !node.has_tag_name((MEDIA, "content"))
                && node
                    .parent()
                    .is_none_or(|parent| parent.tag_name().name() != "content")
        });
        assert_eq!(outside.count(), 0, "{path}");
    }
}

/// Trap 27. A summary in place of the full text for those who had the text, or the reverse (hugo#3219, godot-website#988).
#[test]
fn summary_swapped_for_full_text() {
    let desk = Desk::new();
    let long: Vec<String> = (1..60)
        .map(|number| format!("This is paragraph {number} of the story, and it says something."))
        .collect();
    desk.story("city/long", "", &long.join("\n\n"));
    desk.story("city/short", "", "A single line.");
    desk.story("city/deck", "deck = \"Only a deck so far.\"", "");
    desk.story("city/headline", "", "");
    desk.publish();
    let check = |desk: &Desk| {
        for item in items(desk, "/feed") {
            let (format, lines) = (item.format, seen(&item.html));
            assert!(!item.summary.is_empty() && !lines.is_empty(), "{format}");
            if item.title == "city/long" {
                assert_eq!(lines.len(), long.len(), "{format}");
                assert!(item.summary.len() < 300, "{format}: {}", item.summary);
                assert!(!item.summary.contains('<'));
                assert!(
                    long.join(" ")
                        .starts_with(item.summary.trim_end_matches('…'))
                );
            }
        }
    };
    check(&desk);
    // Nor does one become the other with time, or when the feed grows.
    for number in 0..60 {
        desk.story(
            &format!("harbour/story-{number}"),
            "published = 2026-11-01T08:00:00Z",
            "Text.",
        );
    }
    desk.publish();
    check(&desk);
}

/// Trap 28. Excerpts that count words, and give the whole of a text that has no spaces (pelican#2863, hubpress#161).
#[test]
fn word_count_excerpts_of_han_text() {
    let desk = Desk::new();
    let sentence = "长春市召开加力推进高质量发展动员部署大会,吹响冲锋号角。";
    desk.story(
        "city/chinese",
        "language = \"zh-Hans\"",
        &sentence.repeat(200),
    );
    desk.story(
        "city/japanese",
        "language = \"ja\"",
        &"港の朝市は四時に始まる。".repeat(200),
    );
    desk.story(
        "city/thai",
        "language = \"th\"",
        &"ตลาดเช้าที่ท่าเรือเริ่มตีสี่".repeat(200),
    );
    desk.publish();
    let mut seen_items = 0;
    for item in items(&desk, "/feed") {
        let length = item.summary.graphemes(true).count();
        assert!((20..=281).contains(&length), "{length}: {}", item.summary);
        assert!(item.html.len() > 4000, "the text itself is whole");
        if item.title != "city/thai" {
            assert!(item.summary.ends_with('。'), "{}", item.summary);
        }
        seen_items += 1;
    }
    assert_eq!(seen_items, 9);
}

/// Trap 29. A namespace with another URI than it has, or elements that have none (Arc's MSN feed, Newspack's RSS).
#[test]
fn wrong_namespace_uris() {
    let desk = Desk::sample();
    desk.remove("harbour/three-days-of-fog");
    desk.publish();
    let known = BTreeSet::from([
        "http://www.w3.org/2005/Atom",
        "http://www.w3.org/XML/1998/namespace",
        "http://purl.org/rss/1.0/modules/content/",
        "http://purl.org/dc/elements/1.1/",
        "http://purl.org/dc/terms/",
        "http://purl.org/syndication/history/1.0",
        MEDIA,
        "http://purl.org/atompub/tombstones/1.0",
    ]);
    let channel = [
        "title",
        "link",
        "description",
        "language",
        "copyright",
        "lastBuildDate",
        "ttl",
        "docs",
        "generator",
        "image",
        "item",
        "cloud",
    ];
    let item = [
        "title",
        "link",
        "description",
        "category",
        "enclosure",
        "guid",
        "pubDate",
        "source",
    ];
    let mut used = BTreeSet::new();
    for path in desk.feeds().iter().filter(|path| !path.ends_with(".json")) {
        let text = desk.get(path).text();
        let document = Document::parse(&text).unwrap();
        for node in document.descendants().filter(Node::is_element) {
            for namespace in node.namespaces() {
                assert!(
                    known.contains(namespace.uri()),
                    "{} in {path}",
                    namespace.uri()
                );
            }
            let name = node.tag_name();
            if let Some(uri) = name.namespace() {
                used.insert(uri.to_owned());
                continue;
            }
            assert!(path.ends_with(".rss"), "{} in {path}", name.name());
            let of = node.parent().map(|parent| parent.tag_name().name());
            let allowed: &[&str] = match of {
                Some("channel") => &channel,
                Some("item") => &item,
                Some("image") => &["url", "title", "link", "width", "height"],
                _ => &["rss", "channel"],
            };
            assert!(
                allowed.contains(&name.name()),
                "{} in {of:?} of {path}",
                name.name()
            );
        }
    }
    // All but that of xml:lang, which no element is of.
    assert_eq!(used.len(), known.len() - 1, "{used:?}");
}
