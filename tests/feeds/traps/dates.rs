//! Dates that move, that readers cannot read, or that bring old stories up again: traps 10, 11, 15, 16 and 17.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::Document;
use serde_json::Value;

use crate::support::desk::Desk;

/// What readers of the three formats are told of an item: published, and updated where anything is said.
type Told = BTreeMap<&'static str, (DateTime<Utc>, Option<DateTime<Utc>>)>;

fn told(desk: &Desk, stem: &str, title: &str) -> Told {
    let mut told = Told::new();
    for (format, item, published, updated) in [
        ("rss", "item", "pubDate", "modified"),
        ("atom", "entry", "published", "updated"),
    ] {
        let text = desk.get(&format!("{stem}.{format}")).text();
        let document = Document::parse(&text).unwrap();
        let child = |node: roxmltree::Node<'_, '_>, name: &str| {
            let found = node.children().find(|c| c.tag_name().name() == name)?;
            found.text().map(str::to_owned)
        };
        let found = document
            .descendants()
            .filter(|node| node.has_tag_name(item) || node.tag_name().name() == item)
            .find(|node| child(*node, "title").is_some_and(|said| said == title))
            .unwrap_or_else(|| panic!("no {title} in {text}"));
        let date = |text: String| {
            let read = DateTime::parse_from_rfc2822(&text);
            read.or_else(|_| DateTime::parse_from_rfc3339(&text))
                .unwrap()
                .to_utc()
        };
        let published = date(child(found, published).unwrap());
        told.insert(format, (published, child(found, updated).map(date)));
    }
    let json: Value = serde_json::from_slice(&desk.get(&format!("{stem}.json")).body).unwrap();
    let items = json["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["title"] == title).unwrap();
    let date = |name: &str| item[name].as_str().map(|text| text.parse().unwrap());
    told.insert(
        "json",
        (date("date_published").unwrap(), date("date_modified")),
    );
    told
}

/// The titles of a feed's items in their order.
fn titles(desk: &Desk, stem: &str) -> Vec<String> {
    let json: Value = serde_json::from_slice(&desk.get(&format!("{stem}.json")).body).unwrap();
    let items = json["items"].as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

const PUBLISHED: &str = "2026-11-20T08:00:00Z";

/// Trap 10. The date of publication moves with an edit, and every aggregator posts the story again
/// (open-telemetry.io#6204, nextcloud/news#3796, astro-theme-pure#167).
#[test]
fn publication_date_moved_by_an_edit() {
    let desk = Desk::new();
    desk.story("city/tram", &format!("published = {PUBLISHED}"), "Text.");
    desk.publish();
    let first = told(&desk, "/feed", "city/tram");
    let published: DateTime<Utc> = PUBLISHED.parse().unwrap();
    assert!(first.values().all(|(told, _)| *told == published));
    assert_eq!(first["rss"].1, None);
    // A minor edit moves no date at all.
    desk.edit("city/tram/article.md", "Text.", "Other text.");
    desk.publish();
    assert_eq!(told(&desk, "/feed", "city/tram"), first);
    // A significant one moves the other date alone.
    let updated = "updated = 2026-11-21T08:00:00Z\n+++\nOther";
    desk.edit(
        "city/tram/article.md",
        "\n+++\nOther",
        &format!("\n{updated}"),
    );
    desk.publish();
    let later = told(&desk, "/feed", "city/tram");
    assert!(later.values().all(|(told, _)| *told == published));
    let updated = later.values().map(|(_, updated)| updated.unwrap());
    assert!(updated.into_iter().all(|updated| updated > published));
    // Nor do another section, or a return.
    desk.rename("city/tram", "harbour/tram");
    desk.publish();
    desk.rename("harbour/tram", ".tram");
    desk.publish();
    desk.rename(".tram", "harbour/tram");
    desk.publish();
    let last = told(&desk, "/feed", "city/tram");
    assert!(last.values().all(|(told, _)| *told == published));
}

/// Trap 11. An edit that never arrives, because only the date of publication is looked at (feedbin#634, status-app#17889,
/// changedetection.io#239).
#[test]
fn edit_never_reaches_consumers() {
    let desk = Desk::new();
    desk.story("city/tram", &format!("published = {PUBLISHED}"), "Text.");
    let many = 60;
    for number in 0..many {
        let published = format!("published = 2026-11-{:02}T09:{number:02}:00Z", 21);
        desk.story(&format!("city/story-{number:02}"), &published, "Text.");
    }
    desk.publish();
    // It has left the window; a minor edit is its page's and its own feed's affair.
    assert!(!titles(&desk, "/feed").contains(&"city/tram".to_owned()));
    let before = desk.get("/articles/tram.rss");
    desk.edit("city/tram/article.md", "Text.", "Corrected text.");
    desk.publish();
    let answer = desk.get_with(
        "/articles/tram.rss",
        &[("if-modified-since", before.last_modified())],
    );
    assert_eq!(answer.status, 200);
    assert!(answer.has("Corrected text."));
    // A significant one brings it back to the top of every feed, with a date that says so in each format.
    let held = desk.get("/feed.atom");
    desk.edit(
        "city/tram/article.md",
        "\n+++\nCorrected",
        "\nupdated = 2026-11-24T11:00:00Z\n+++\nCorrected",
    );
    desk.publish();
    let reader = [("if-modified-since", held.last_modified())];
    assert_eq!(desk.get_with("/feed.atom", &reader).status, 200);
    for stem in ["/feed", "/sections/city"] {
        assert_eq!(titles(&desk, stem)[0], "city/tram");
        let updated = "2026-11-24T11:00:00Z".parse().unwrap();
        for (format, (_, said)) in told(&desk, stem, "city/tram") {
            assert_eq!(said, Some(updated), "{format}");
        }
    }
}

/// Trap 15. Dates that some reader cannot read: other offsets, "UTC", no zone, an order of their own (superdesk#3269,
/// nixos-homepage#842, wallabag#3448, NetNewsWire#2109).
#[test]
fn dates_in_a_form_that_readers_misread() {
    let desk = Desk::new();
    let spelled = [
        "2026-11-20T08:00:00+02:00",
        "2026-11-20T08:00:00+05:45",
        "2026-11-20T08:00:00-11:00",
        "2026-11-20 08:00:00Z",
        "2026-11-19T23:59:59.999Z",
        "1066-10-14T09:00:00Z",
    ];
    for (number, date) in spelled.iter().enumerate() {
        desk.story(
            &format!("city/story-{number}"),
            &format!("published = {date}"),
            "Text.",
        );
    }
    desk.publish();
    let mut meant: Vec<(DateTime<Utc>, String)> = Vec::new();
    for (number, date) in spelled.iter().enumerate() {
        let date = DateTime::parse_from_rfc3339(date).unwrap().to_utc();
        meant.push((date, format!("city/story-{number}")));
    }
    for (date, title) in &meant {
        for (format, (said, _)) in told(&desk, "/feed", title) {
            // RSS has whole seconds.
            let near = (said - date).num_milliseconds().abs();
            assert!(near < 1000, "{format}: {said} for {date}");
        }
    }
    meant.sort_by(|one, other| other.cmp(one));
    let order: Vec<String> = meant.into_iter().map(|(_, title)| title).collect();
    assert_eq!(titles(&desk, "/feed"), order);
    let rss = desk.get("/feed.rss").text();
    for piece in rss.split("<pubDate>").skip(1) {
        let date = piece.split('<').next().unwrap();
        assert!(date.ends_with(" +0000") || date.ends_with(" GMT"), "{date}");
    }
    let atom = desk.get("/feed.atom").text();
    for tag in ["<published>", "<updated>"] {
        for piece in atom.split(tag).skip(1) {
            let date = piece.split('<').next().unwrap();
            let zoned = date.ends_with('Z') || date.ends_with("+00:00");
            assert!(zoned && date.contains('T'), "{date}");
        }
    }
    let zoneless = b"+++\nheadline = \"x\"\npublished = 2026-11-20T08:00:00\n+++\n";
    let parsed = courant::item::file::parse(zoneless, &|_| unreachable!("no photographs"));
    assert!(parsed.article.is_none(), "a date without a zone is refused");
}

/// Trap 16. A date in the future stands on top and hides what comes after it (valkey-io#322).
#[test]
fn future_dated_item_at_the_top() {
    let desk = Desk::new();
    desk.story("city/tram", "", "Text.");
    desk.publish();
    let before = desk.get("/feed.rss");
    desk.story("city/tomorrow", "published = 2026-11-25T12:00:00Z", "Text.");
    desk.publish();
    assert_eq!(desk.get("/feed.rss"), before);
    desk.pass(TimeDelta::hours(1));
    desk.story("city/ferry", "", "Text.");
    desk.publish();
    assert_eq!(titles(&desk, "/feed"), ["city/ferry", "city/tram"]);
    // A story that is public cannot be dated forward, whichever date it is.
    for key in ["published", "updated"] {
        let keys = match key {
            "published" => "published = 2027-01-01T00:00:00Z".to_owned(),
            _ => format!("published = {PUBLISHED}\nupdated = 2027-01-01T00:00:00Z"),
        };
        desk.story("city/tram", &keys, "Text from the future.");
        assert_eq!(desk.publish_refused(), 1, "{key} in the future");
        assert!(!desk.get("/feed.rss").has("Text from the future."));
    }
    desk.story("city/tram", "published = 2026-11-24T11:00:00Z", "Text.");
    // It comes when its time has come, and not above what is newer by then.
    desk.pass(TimeDelta::hours(30));
    desk.story("city/newest", "published = 2026-11-25T15:00:00Z", "Text.");
    desk.publish();
    assert_eq!(
        titles(&desk, "/feed"),
        ["city/newest", "city/tomorrow", "city/ferry", "city/tram"]
    );
}

/// Trap 17. Old stories come up again, because a feed shows what is curated, touched or filed last
/// (guardian/frontend#16601, istio.io#1537).
#[test]
fn old_stories_resurface() {
    let desk = Desk::new();
    let names = ["one", "two", "three", "four"];
    for (day, name) in (10..).zip(names) {
        let keys = format!("published = 2026-11-{day}T08:00:00Z\ntags = [\"{name}\"]");
        desk.story(&format!("city/{name}"), &keys, "Text.");
    }
    desk.publish();
    let order = ["city/four", "city/three", "city/two", "city/one"];
    assert_eq!(titles(&desk, "/sections/city"), order);
    desk.pass(TimeDelta::hours(9));
    desk.edit("city/one/article.md", "Text.", "Other text.");
    desk.edit("city/two/article.md", "\"two\"", "\"two\", \"four\"");
    desk.publish();
    assert_eq!(titles(&desk, "/sections/city"), order);
    assert_eq!(titles(&desk, "/tags/four"), ["city/four", "city/two"]);
    // What is moved, or brought in late from an archive, stands where its date puts it.
    desk.story("harbour/new", "published = 2026-11-12T09:00:00Z", "Text.");
    desk.rename("city/one", "harbour/one");
    desk.publish();
    assert_eq!(
        titles(&desk, "/sections/harbour"),
        ["harbour/new", "city/one"]
    );
    let all = [
        "city/four",
        "harbour/new",
        "city/three",
        "city/two",
        "city/one",
    ];
    assert_eq!(titles(&desk, "/feed"), all);
}
