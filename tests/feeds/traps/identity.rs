//! Ids that change, and one id for two stories: traps 8 and 9.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use roxmltree::Document;
use serde_json::Value;

use crate::support::desk::{BASE, Desk};

const FORMATS: [&str; 3] = ["rss", "atom", "json"];

/// The ids of a feed's items in their order, as a reader of that format keeps them.
fn ids(desk: &Desk, stem: &str, format: &str) -> Vec<String> {
    let text = desk.get(&format!("{stem}.{format}")).text();
    if format == "json" {
        let json: Value = serde_json::from_str(&text).unwrap();
        let items = json["items"].as_array().unwrap();
        let id = |item: &Value| item["id"].as_str().expect("a string").to_owned();
        return items.iter().map(id).collect();
    }
    let document = Document::parse(&text).unwrap();
    let (item, name) = match format {
        "rss" => ("item", "guid"),
        _ => ("entry", "id"),
    };
    let items = document
        .descendants()
        .filter(|node| node.tag_name().name() == item);
    let id = |item: roxmltree::Node<'_, '_>| {
        let id = item
            .children()
            .find(|child| child.tag_name().name() == name)
            .expect(name);
        id.text().unwrap_or_default().to_owned()
    };
    items.map(id).collect()
}

fn every_format(desk: &Desk, stem: &str) -> BTreeSet<String> {
    let [rss, atom, json] = FORMATS.map(|format| ids(desk, stem, format));
    assert_eq!(rss, atom, "{stem}");
    assert_eq!(rss, json, "{stem}");
    let once: BTreeSet<String> = rss.iter().cloned().collect();
    assert_eq!(once.len(), rss.len(), "{stem} has an id twice: {rss:?}");
    once
}

/// Trap 8. Ids that change: at each build, with http or another host in the address, with every request
/// (newrelic/docs-website#1271, LeaVerou/blog#18, feedbin/support#541 and #580, NetNewsWire#3835).
#[test]
fn guid_churn() {
    let mut desk = Desk::with(
        "title = \"The Courier\"\nlanguage = \"en\"\nmain_feed = [\"articles\", \"captions\"]\n\
         [[sections]]\nslug = \"city\"\ntitle = \"City\"\n\
         [[sections]]\nslug = \"harbour\"\ntitle = \"Harbour\"\n",
    );
    // Nothing gives an id: neither the paper nor the story nor the caption.
    let keys = "[[captions]]\ntext = \"The first tram.\"\n[[captions]]\ntext = \"The depot.\"";
    desk.story("city/tram", keys, "Lead.\n\n## Part\n\nText.");
    desk.publish();
    let main = every_format(&desk, "/feed");
    let own = every_format(&desk, "/articles/tram");
    assert_eq!((main.len(), own.len()), (3, 4));
    assert!(main.iter().all(|id| id.starts_with("urn:uuid:")));
    let same = |desk: &Desk, slug: &str, what: &str| {
        assert_eq!(every_format(desk, "/feed"), main, "{what}");
        assert_eq!(
            every_format(desk, &format!("/articles/{slug}")),
            own,
            "{what}"
        );
    };
    desk.get("/feed.rss?again");
    same(&desk, "tram", "another request");
    desk.restart();
    same(&desk, "tram", "another process");
    for base in ["http://courier.example.org", "https://www.example.net:8443"] {
        desk.move_to(base);
        same(&desk, "tram", base);
    }
    desk.move_to(BASE);
    desk.edit("city/tram/article.md", "Text.", "Other text.");
    desk.publish();
    same(&desk, "tram", "an edit");
    desk.edit("city/tram/article.md", "first tram", "last tram");
    desk.publish();
    same(&desk, "tram", "a corrected caption");
    desk.rename("city/tram", "harbour/tram");
    desk.publish();
    same(&desk, "tram", "another section");
    desk.rename("harbour/tram", "harbour/tramway");
    desk.publish();
    same(&desk, "tramway", "another address");
    desk.rename("harbour/tramway", ".tramway");
    desk.publish();
    desk.pass(TimeDelta::hours(5));
    desk.rename(".tramway", "harbour/tramway");
    desk.publish();
    same(&desk, "tramway", "a return");
}

/// Trap 9. One id for two stories, an empty one, or one that looks like an address and is none (feedbin/support#604,
/// drop-feeds#132, MOFA#24, brief#470).
#[test]
fn guid_reused_or_empty() {
    let desk = Desk::new();
    desk.story("city/tram", "published = 2026-11-01T08:00:00Z", "Text.");
    desk.story("city/ferry", "guid = \"http://old.example/?p=7\"", "Text.");
    desk.publish();
    let before = every_format(&desk, "/feed");
    assert!(before.contains("http://old.example/?p=7"));
    let rss = desk.get("/feed.rss").text();
    assert_eq!(
        rss.matches("<guid isPermaLink=\"false\">").count(),
        2,
        "{rss}"
    );
    desk.remove("city/tram");
    desk.publish();
    // A month later another story comes under the same address. Readers that have seen the first must see the second.
    desk.pass(TimeDelta::days(31));
    desk.story("city/tram", "headline = \"Another tram\"", "Another text.");
    desk.publish();
    let after = every_format(&desk, "/feed");
    let fresh: Vec<&String> = after.difference(&before).collect();
    assert_eq!(fresh.len(), 1, "{before:?} {after:?}");
    let answer = desk.get("/articles/tram");
    assert_eq!(answer.status, 200);
    assert!(answer.has("Another text."));
    let empty = courant::item::file::parse(
        b"+++\nheadline = \"x\"\npublished = 2026-01-01T00:00:00Z\nguid = \" \"\n+++\n",
        &|_| unreachable!("no photographs"),
    );
    assert!(empty.article.is_none(), "an empty guid is refused");
}
