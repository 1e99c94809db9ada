//! Feeds that look new when they are old, or old when they are new: traps 1 to 7, 19 and 30.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use http::Method;

use crate::support::desk::{Answer, Desk};
use crate::support::{is_feed, seconds};

/// A reader that kept what it got: the whole answers, by address.
type Kept = BTreeMap<String, Answer>;

fn fetch(desk: &Desk, paths: &BTreeSet<String>) -> Kept {
    let got = |path: &String| (path.clone(), desk.get(path));
    paths.iter().map(got).collect()
}

/// The addresses whose tag is not the one that was kept.
fn moved(desk: &Desk, kept: &Kept) -> BTreeSet<String> {
    let differs = |(path, was): &(&String, &Answer)| {
        let is = desk.get(path);
        // A page's date may move while its text stays; a feed says its date, so that the two are one.
        if is_feed(path) {
            let same = is.last_modified() == was.last_modified();
            assert_eq!(same, is.etag() == was.etag(), "{path}");
        }
        is.etag() != was.etag()
    };
    let moved = kept.iter().filter(differs);
    moved.map(|(path, _)| path.clone()).collect()
}

/// Trap 1. "Now" in the document, so that every validator changes all the time (dylang/node-rss#52, jekyll/jekyll-feed#90,
/// google/WebFundamentals#1581).
#[test]
fn timestamp_of_now_in_the_document() {
    let mut desk = Desk::sample();
    let paths = desk.documents();
    let before = fetch(&desk, &paths);
    desk.pass(TimeDelta::days(40));
    // Another process: what stands in memory would not show a clock that is read.
    desk.restart();
    for (path, was) in &before {
        assert_eq!(was.status, 200, "{path}");
        assert_eq!(desk.get(path), *was, "{path}");
    }
}

/// Trap 2. A section's feed validated by the time of the whole site, or by what the desk notes for itself
/// (avelino/liquidluck#40, WordPress/wordpress-develop#12573).
#[test]
fn section_feed_validated_by_site_wide_time() {
    let desk = Desk::new();
    desk.story("city/tram", "tags = [\"trams\"]", "Text.");
    desk.story("harbour/crane", "", "Text.");
    desk.publish();
    let paths = desk.documents();
    let before = fetch(&desk, &paths);
    desk.edit("city/tram/article.md", "Text.", "Other text.");
    desk.publish();
    let after = moved(&desk, &before);
    for path in ["/sections/city.rss", "/feed.atom", "/tags/trams.json"] {
        assert!(after.contains(path), "{path} carries what changed");
    }
    let elsewhere = paths.iter().filter(|path| {
        path.starts_with("/sections/harbour") || path.starts_with("/articles/crane")
    });
    for path in elsewhere {
        assert!(!after.contains(path), "{path} carries nothing that changed");
    }
    let before = fetch(&desk, &paths);
    desk.edit(
        "city/tram/article.md",
        "tags =",
        "note = \"Ask Maeve.\"\ntags =",
    );
    desk.publish();
    assert_eq!(moved(&desk, &before), BTreeSet::new(), "the desk's note");
}

/// Trap 3. What is taken away makes the newest date older, and readers keep it behind a 304 (damoang/angple#2233,
/// GoogleChrome/web.dev#3949).
#[test]
fn newest_date_goes_back_when_an_item_is_withdrawn() {
    let desk = Desk::new();
    desk.story("city/older", "published = 2026-11-01T08:00:00Z", "Text.");
    desk.story("city/newer", "published = 2026-11-20T08:00:00Z", "Text.");
    desk.publish();
    let paths = [
        "/feed.rss",
        "/feed.atom",
        "/sections/city.json",
        "/",
        "/sections/city",
    ];
    let before: Vec<Answer> = paths.iter().map(|path| desk.get(path)).collect();
    desk.pass(TimeDelta::days(1));
    desk.remove("city/newer");
    desk.publish();
    for (path, was) in paths.iter().zip(before) {
        let reader = [("if-modified-since", was.last_modified())];
        let is = desk.get_with(path, &reader);
        assert_eq!(is.status, 200, "{path}");
        assert!(!is.has("city/newer"), "{path}");
        assert!(
            seconds(is.last_modified()) > seconds(was.last_modified()),
            "{path}"
        );
    }
}

/// Trap 4. A 304 for hours after a real change, or a date that never moves (Podcastindex-org/podping-hivewriter#24,
/// GoogleChrome/web.dev#4382).
#[test]
fn not_modified_long_after_a_real_change() {
    let desk = Desk::new();
    let keys = "authors = [\"Maeve Corrigan\"]\n[[captions]]\ntext = \"The first tram.\"";
    desk.story("city/tram", keys, "Text.");
    desk.publish();
    let file = "city/tram/article.md";
    let changes: [(&str, &dyn Fn()); 7] = [
        ("text", &|| desk.edit(file, "Text.", "Other text.")),
        ("caption", &|| desk.edit(file, "first tram", "last tram")),
        ("author", &|| desk.edit(file, "Corrigan", "O'Hara")),
        ("section", &|| desk.rename("city/tram", "harbour/tram")),
        ("settings", &|| {
            desk.edit("publication.toml", "The Courier", "The Evening Courier")
        }),
        ("another story", &|| desk.story("city/ferry", "", "Text.")),
        ("withdrawal", &|| desk.remove("harbour/tram")),
    ];
    for (what, change) in changes {
        let feeds = ["/feed.rss", "/feed.atom", "/feed.json"].map(|path| (path, desk.get(path)));
        desk.pass(TimeDelta::minutes(1));
        change();
        desk.publish();
        for (path, was) in feeds {
            let readers = [
                ("if-none-match", was.etag()),
                ("if-modified-since", was.last_modified()),
            ];
            for reader in readers {
                let is = desk.get_with(path, &[reader]);
                assert_eq!(is.status, 200, "{what}: {path} {reader:?}");
            }
        }
    }
}

/// Trap 5. A tag without quotes, one that is the address, one that is made and never sent, or sent and never compared
/// (joomla/joomla-cms#17192, xurble/recast#75, DIYgod/RSSHub#5721, tailscale/tailscale#4336).
#[test]
fn tag_unquoted_or_never_sent_or_never_compared() {
    let desk = Desk::sample();
    let mut tags = BTreeMap::new();
    for path in desk.addresses() {
        let got = desk.get(&path);
        let tag = got.etag().to_owned();
        let opaque = tag
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .unwrap_or_else(|| panic!("{tag} of {path} has no quotes"));
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        assert!(opaque.len() >= 20 && opaque.chars().all(legal), "{tag}");
        assert!(!path.contains(opaque) || path.starts_with("/media/"));
        let head = desk.ask(Method::HEAD, &path, &[]);
        assert_eq!(head.etag(), tag, "{path}");
        let again = desk.get_with(&path, &[("if-none-match", &tag)]);
        assert_eq!((again.status, again.etag()), (304, &*tag), "{path}");
        let other = desk.get_with(&path, &[("if-none-match", "\"AAAAAAAAAAAAAAAAAAAAAA\"")]);
        assert_eq!(other.status, 200, "{path}");
        if let Some(twin) = tags.insert(tag, got.body.clone()) {
            assert_eq!(twin, got.body, "{path} has another's tag");
        }
    }
}

/// Trap 6. Tags that caches weaken or mark by coding, compared as strings (rails/rails#19056, jshttp/fresh#17,
/// cloudflare/cloudflare-docs#11662, MarginaliaSearch#159).
#[test]
fn tag_weakened_or_shared_between_codings() {
    let desk = Desk::sample();
    let codings = ["identity", "gzip", "br", "zstd"];
    for path in ["/feed.rss", "/feed.atom", "/feed.json", "/", "/feeds.opml"] {
        let tags = codings.map(|coding| {
            let got = desk.get_with(path, &[("accept-encoding", coding)]);
            assert_eq!(got.header("vary"), Some("Accept-Encoding"), "{path}");
            got.etag().to_owned()
        });
        for (place, held) in tags.iter().enumerate() {
            for (other, coding) in codings.iter().enumerate() {
                let expected = if place == other { 304 } else { 200 };
                for tag in [held.clone(), format!("W/{held}")] {
                    let request = [("accept-encoding", *coding), ("if-none-match", &tag)];
                    let got = desk.get_with(path, &request);
                    assert_eq!(got.status, expected, "{path} {request:?}");
                }
            }
        }
    }
}

/// Trap 7. Readers that send odd pairs: a date of their own making, or a tag kept from another answer (FreshRSS#6056,
/// commafeed#1746, commafeed#1037).
#[test]
fn validators_that_do_not_belong_together() {
    let desk = Desk::new();
    desk.story("city/tram", "", "Text.");
    desk.publish();
    let old = desk.get("/feed.rss");
    desk.pass(TimeDelta::hours(3));
    desk.edit("city/tram/article.md", "Text.", "Other text.");
    desk.publish();
    let new = desk.get("/feed.rss");
    desk.pass(TimeDelta::hours(1));
    // Both moved, so that neither half of a mixed pair can be current by accident.
    assert_ne!(old.etag(), new.etag());
    assert_ne!(old.last_modified(), new.last_modified());
    let invented = "Tue, 24 Nov 2026 15:30:00 GMT";
    assert!(seconds(new.last_modified()) < seconds(invented));
    let (tag, date) = ("if-none-match", "if-modified-since");
    let cases: [(&[(&str, &str)], u16); 6] = [
        // The tag wins, whatever the date.
        (&[(tag, old.etag()), (date, new.last_modified())], 200),
        (&[(tag, old.etag()), (date, invented)], 200),
        (&[(tag, new.etag()), (date, old.last_modified())], 304),
        // A date is compared by age, not letter by letter.
        (&[(date, invented)], 304),
        (&[(date, old.last_modified())], 200),
        (&[(date, new.last_modified())], 304),
    ];
    for (headers, expected) in cases {
        let got = desk.get_with("/feed.rss", headers);
        assert_eq!(got.status, expected, "{headers:?}");
        assert_eq!(got.etag(), new.etag());
        assert_eq!(got.last_modified(), new.last_modified());
    }
}

/// Trap 19. Caches that know only the articles they hold, so that a new one never shows (pantheon-advanced-page-cache#82,
/// wp-super-cache#337, concretecms/concretecms#3636); ages that are too long (Xe/site#329).
#[test]
fn new_item_never_shows_behind_a_cache() {
    let desk = Desk::new();
    desk.story("city/tram", "tags = [\"trams\"]", "Text.");
    desk.story("harbour/crane", "", "Text.");
    desk.publish();
    let paths = [
        "/",
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/sections/city",
        "/sections/city.rss",
        "/tags/trams.atom",
        "/tags/trams",
    ];
    let held: Vec<Answer> = paths.iter().map(|path| desk.get(path)).collect();
    desk.story("city/ferry", "tags = [\"trams\"]", "Text.");
    desk.publish();
    for (path, held) in paths.iter().zip(held) {
        // A cache that asks again with what it holds gets the new story, though it holds nothing of it.
        let answer = desk.get_with(path, &[("if-none-match", held.etag())]);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.has("city/ferry"), "{path}");
        // And it does ask: without a purge within a minute, and readers within five.
        for (field, most) in [("cache-control", 300), ("cdn-cache-control", 60)] {
            let said = answer.header(field).expect(field);
            let age = said
                .split(", ")
                .find_map(|part| part.strip_prefix("max-age="));
            assert!(age.is_some_and(|age| age.parse::<u32>().unwrap() <= most));
            assert!(!said.contains("immutable") && !said.contains("s-maxage"));
        }
    }
}

/// Trap 30. Aggregates over the whole paper at every request (vip-go-mu-plugins#200). That no statement reads a whole
/// table is held beside the store; here, that an answer costs something only where a change touched it.
#[test]
fn stock_aggregates_at_every_request() {
    let desk = Desk::sample();
    let feeds = desk.feeds();
    let before = fetch(&desk, &feeds);
    let rendered = desk.site().counters().renders();
    desk.edit(
        "city/tram-line-four/article.md",
        "gave away the bell",
        "kept the bell",
    );
    desk.publish();
    let moved = moved(&desk, &before);
    let untouched = feeds.len() - moved.len();
    assert!(moved.len() > 6 && untouched > 30, "{moved:?} of {feeds:?}");
    for path in &feeds {
        for _ in 0..3 {
            let held = desk.get(path).etag().to_owned();
            let answer = desk.get_with(path, &[("if-none-match", &held)]);
            assert_eq!(answer.status, 304, "{path}");
        }
    }
    let once = u64::try_from(moved.len()).unwrap();
    assert_eq!(desk.site().counters().renders() - rendered, once);
}
