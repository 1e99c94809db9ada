//! A feed too large for readers, or so small that stories are lost: trap 18.

use serde_json::Value;

use crate::support::desk::Desk;

/// Google reads so much of a feed; other readers stop later.
const MAX_BYTES: usize = 2_000_000;

fn count(desk: &Desk, stem: &str) -> usize {
    let json: Value = serde_json::from_slice(&desk.get(&format!("{stem}.json")).body).unwrap();
    json["items"].as_array().unwrap().len()
}

fn assert_bounded(desk: &Desk, stem: &str) {
    for format in ["rss", "atom", "json"] {
        let path = format!("{stem}.{format}");
        let bytes = desk.get(&path).body.len();
        assert!(bytes < MAX_BYTES, "{path} has {bytes} bytes");
    }
}

/// Trap 18. Too large, so that readers drop the feed, or too small, so that a burst loses stories (oktadeveloper#1221,
/// rweekly#658, papr#100, feedlynx#9).
#[test]
fn too_big_is_dropped_and_too_small_is_lost_in_a_burst() {
    // A quiet year: the window has its fifty, however old they are.
    let desk = Desk::new();
    for number in 0..70 {
        let published = format!(
            "published = 2025-{:02}-{:02}T08:00:00Z",
            1 + number % 12,
            1 + number / 12
        );
        desk.story(&format!("city/old-{number:02}"), &published, "Text.");
    }
    desk.publish();
    assert_eq!(count(&desk, "/feed"), 50);
    // A burst: all of it is there, though it is more than fifty.
    for number in 0..120 {
        let published = format!(
            "published = 2026-11-24T{:02}:{:02}:00Z",
            number / 60,
            number % 60
        );
        desk.story(&format!("harbour/new-{number:03}"), &published, "Text.");
    }
    desk.publish();
    assert_eq!(count(&desk, "/feed"), 120);
    assert_eq!(count(&desk, "/sections/harbour"), 120);
    assert_eq!(count(&desk, "/sections/city"), 50);
    // A burst of long stories, in the characters that take most bytes once they are escaped and those that take most
    // as they stand: the document stays within what is read.
    let long = ["长春".repeat(8_000), "<&\" ".repeat(8_000)].map(|text| format!("{text}\n"));
    for number in 0..40 {
        desk.story(&format!("city/long-{number:02}"), "", &long[number % 2]);
    }
    desk.publish();
    for stem in ["/feed", "/sections/city"] {
        assert_bounded(&desk, stem);
        assert!(count(&desk, stem) >= 5, "{stem}");
    }
}

/// Trap 18, for the one story that is larger than any feed may be: it is told, and the others with it.
#[test]
fn one_story_too_big_for_any_feed() {
    let desk = Desk::new();
    let lead = "The minutes of the council, in full.";
    let body = format!("{lead}\n\n{}", "Word after word. ".repeat(120_000));
    desk.story("city/minutes", "tags = [\"council\"]", &body);
    desk.story("city/tram", "published = 2026-11-01T08:00:00Z", "Text.");
    desk.publish();
    for stem in ["/feed", "/sections/city", "/tags/council"] {
        assert_bounded(&desk, stem);
        assert!(desk.get(&format!("{stem}.rss")).has(lead), "{stem}");
    }
    assert_eq!(count(&desk, "/feed"), 2);
    assert!(desk.get("/articles/minutes").body.len() > MAX_BYTES);
}
