//! What only a killed story had, its tags and people: nothing that was made of them before is served once they are forgotten.

use std::time::Duration;

use courant::store::{Action, Removal};

use crate::support::desk::Desk;

/// What the settings say and then say otherwise, after which documents of a tag depend on something newer than the tag itself:
/// the list of sections alone, and everything there is.
const SETTINGS: [[&str; 2]; 2] = [
    ["title = \"City\"", "title = \"The City\""],
    ["title = \"The Courier\"", "title = \"The Bay Courier\""],
];

const ADDRESSES: [&str; 9] = [
    "/tags/hush",
    "/tags/hush.rss",
    "/tags/hush.atom",
    "/tags/hush.json",
    "/tags/hush/2025-02",
    "/authors/eve-quiet",
    "/authors/eve-quiet.rss",
    "/authors/eve-quiet/2025-02",
    "/authors/eve-quiet.json",
];

#[test]
fn nothing_that_was_kept_of_a_forgotten_name_is_served() {
    for [from, to] in SETTINGS {
        let desk = Desk::new();
        let keys = "headline = \"A secret\"\npublished = 2025-02-01T09:00:00Z\ntags = [\"Hush\"]\nauthors = [\"Eve Quiet\"]";
        desk.story("city/secret", keys, "Text.");
        desk.story("city/other", "tags = [\"Noise\"]", "Text.");
        desk.publish();
        desk.edit("publication.toml", from, to);
        desk.publish();
        let kept: Vec<String> = ADDRESSES
            .iter()
            .map(|path| {
                let found = desk.get(path);
                assert!(found.text().contains("A secret"), "{path}");
                found.etag().to_owned()
            })
            .collect();
        let noise = desk.get("/tags/noise.rss");
        desk.act(desk.id("secret"), Action::Remove(Removal::Killed), None);
        let left = desk
            .paper
            .store
            .erase_within(Duration::from_secs(60))
            .unwrap();
        assert_eq!(left.as_ref().map(ToString::to_string), None);
        for (path, etag) in ADDRESSES.iter().zip(&kept) {
            for headers in [
                &[][..],
                &[("accept-encoding", "gzip")],
                &[("if-none-match", etag.as_str())],
            ] {
                let found = desk.get_with(path, headers);
                assert_eq!(found.status, 404, "{path} after {to}, with {headers:?}");
            }
        }
        // Another name's feed is what it was.
        let same = desk.get_with("/tags/noise.rss", &[("if-none-match", noise.etag())]);
        assert_eq!(same.status, 304);
        assert_eq!(same.header("last-modified"), noise.header("last-modified"));
    }
}
