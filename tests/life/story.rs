//! The life of a story: after each decision every surface says the same, and no other.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use courant::item::Id;
use courant::store::{Action, Change, PubStatus, Removal, StoreError};

use crate::support::desk::{Answer, Desk};

const WITHHOLD: Action = Action::Remove(Removal::Withheld);
const RETRACT: Action = Action::Remove(Removal::Retracted);
const KILL: Action = Action::Remove(Removal::Killed);
const FORBID: Action = Action::Remove(Removal::Forbidden);

const HEADLINE: &str = "The bridge opens";
const CAPTION: &str = "The bridge at dawn";

const KEYS: &str = "id = \"urn:uuid:01a05bfb-7000-7718-a56f-000000000001\"\nheadline = \"The bridge opens\"\n\
    authors = [\"Ada Wells\"]\ntags = [\"bridges\"]\n\n[[captions]]\n\
    id = \"urn:uuid:01a05bfb-7000-7718-a56f-000000000002\"\ntext = \"The bridge at dawn\"\nimage = \"bridge.png\"\n\
    credit = \"Lin Mu\"";

const BODY: &str = "It opened at noon.\n\n![](bridge.png)\n";

fn article() -> Id {
    Id::parse("urn:uuid:01a05bfb-7000-7718-a56f-000000000001").unwrap()
}

fn caption() -> Id {
    Id::parse("urn:uuid:01a05bfb-7000-7718-a56f-000000000002").unwrap()
}

/// A desk with the bridge's story among others, and where its photograph is served.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.write(
        "city/bridge/bridge.png",
        std::fs::read("tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png").unwrap(),
    );
    desk.story("city/bridge", KEYS, BODY);
    desk.story("city/other", "tags = [\"bridges\"]", "Another text.");
    desk.story("harbour/crane", "", "A crane.");
    desk.publish();
    let page = desk.get("/articles/bridge").text();
    let begin = page.find("/media/").expect("a photograph");
    let end = begin + page[begin..].find('"').unwrap();
    (desk, page[begin..end].to_owned())
}

/// Where a story can be seen, by what shows it.
const FEEDS: [&str; 5] = [
    "/feed",
    "/sections/city",
    "/tags/bridges",
    "/authors/ada-wells",
    "/articles/bridge",
];

fn feeds() -> impl Iterator<Item = String> {
    FEEDS
        .into_iter()
        .flat_map(|feed| ["rss", "atom", "json"].map(|format| format!("{feed}.{format}")))
}

/// The tombstones of a feed.
fn tombstones(answer: &Answer) -> usize {
    answer.text().matches("<at:deleted-entry").count()
}

/// Nothing that the story said stands anywhere.
fn nothing_is_said(desk: &Desk) {
    let mut addresses = desk.documents();
    addresses.extend(feeds());
    addresses.extend(
        [
            "/captions.rss",
            "/captions.atom",
            "/captions.json",
            "/authors/lin-mu.atom",
            "/sitemap-news.xml",
        ]
        .map(str::to_owned),
    );
    for address in addresses {
        let answer = desk.get(&address);
        for said in ["at noon", CAPTION, "/media/"] {
            assert!(
                !answer.has(said),
                "{address} says {said}: {}",
                answer.text()
            );
        }
    }
    let sitemaps = sitemaps(desk);
    assert!(!sitemaps.contains("/articles/bridge"), "{sitemaps}");
}

fn sitemaps(desk: &Desk) -> String {
    let addresses = desk.addresses();
    let sitemaps = addresses.iter().filter(|path| path.starts_with("/sitemap"));
    sitemaps.map(|path| desk.get(path).text()).collect()
}

fn tags(desk: &Desk) -> BTreeMap<String, String> {
    let feeds = desk.feeds();
    feeds
        .into_iter()
        .map(|path| (path.clone(), desk.get(&path).etag().to_owned()))
        .collect()
}

#[test]
fn a_story_is_told_alike_everywhere_through_its_whole_life() {
    let (desk, media) = desk();
    // Published.
    for feed in feeds() {
        assert!(desk.get(&feed).has(HEADLINE), "{feed}");
    }
    assert_eq!(desk.get(&media).status, 200);
    assert!(sitemaps(&desk).contains("/articles/bridge"));
    let first = desk.get("/sections/city.json").text();

    // A minor edit: the text, and no date.
    desk.edit("city/bridge/article.md", "at noon", "at noon sharp");
    desk.publish();
    assert_eq!(last_kind(&desk), "minor");
    let minor = desk.get("/sections/city.json").text();
    assert!(minor.contains("noon sharp"));
    assert_eq!(date_modified(&first), date_modified(&minor));

    // A correction: its note comes first, and its date is that of the entry.
    desk.edit(
        "city/bridge/article.md",
        "authors =",
        "public_note = \"An earlier version had the wrong hour.\"\nauthors =",
    );
    desk.publish();
    assert_eq!(last_kind(&desk), "correct");
    assert_eq!(
        last_note(&desk).as_deref(),
        Some("An earlier version had the wrong hour.")
    );
    for feed in feeds() {
        assert!(desk.get(&feed).has("the wrong hour"), "{feed}");
    }
    assert!(desk.get("/articles/bridge").has("the wrong hour"));
    let corrected = desk.get("/sections/city.json").text();
    assert_ne!(date_modified(&minor), date_modified(&corrected));

    // A correction of a photograph: that of its caption, and the article keeps its date.
    desk.edit(
        "city/bridge/article.md",
        "credit =",
        "public_note = \"An earlier version named another photographer.\"\ncredit =",
    );
    desk.publish();
    assert_eq!(last_kind(&desk), "correct");
    assert_eq!(last(&desk).item, Some(caption()));
    for feed in feeds().chain(["/captions.rss", "/captions.atom"].map(str::to_owned)) {
        assert!(desk.get(&feed).has("another photographer"), "{feed}");
    }
    let photograph = desk.get("/sections/city.json").text();
    assert_eq!(date_modified(&corrected), date_modified(&photograph));

    // Moved.
    desk.rename("city/bridge", "harbour/bridge");
    desk.publish();
    desk.publish();
    assert_eq!(last_kind(&desk), "move");
    assert!(!desk.get("/sections/city.atom").has(HEADLINE));
    assert!(desk.get("/sections/harbour.atom").has(HEADLINE));
    desk.rename("harbour/bridge", "city/bridge");
    desk.publish();
    desk.publish();

    // Withheld: the page is as if it never was, readers that know tombstones forget it, all others are given a stub.
    let never = desk.get("/articles/never");
    assert_eq!(desk.act(article(), WITHHOLD, None), ["withhold"]);
    assert_eq!(desk.get("/articles/bridge"), never);
    assert_eq!(desk.get(&media).status, 404);
    for feed in FEEDS {
        let atom = desk.get(&format!("{feed}.atom"));
        assert!(tombstones(&atom) > 0, "{feed}");
        assert!(atom.has("Withdrawn"), "{feed}");
        assert!(desk.get(&format!("{feed}.rss")).has("Withdrawn"), "{feed}");
        assert!(desk.get(&format!("{feed}.json")).has("Withdrawn"), "{feed}");
    }
    nothing_is_said(&desk);

    // Released: later than the tombstone, which is gone.
    assert_eq!(desk.act(article(), Action::Release, None), ["release"]);
    for feed in feeds() {
        let answer = desk.get(&feed);
        assert!(answer.has(HEADLINE), "{feed}");
        assert_eq!(tombstones(&answer), 0, "{feed}");
    }
    assert_eq!(desk.get("/articles/bridge").status, 200);
    assert_eq!(desk.get(&media).status, 200);
    assert!(desk.get("/captions.atom").has(CAPTION));

    // Retracted: the notice stays.
    assert_eq!(
        desk.act(article(), RETRACT, Some("The interview never took place.")),
        ["retract"]
    );
    let page = desk.get("/articles/bridge");
    assert_eq!(page.status, 200);
    assert!(
        page.has("The interview never took place.") && page.has("noindex") && page.has("Retracted")
    );
    for feed in FEEDS {
        let atom = desk.get(&format!("{feed}.atom"));
        assert!(
            tombstones(&atom) > 0 && atom.has("Retracted: The bridge opens"),
            "{feed}"
        );
        assert!(
            desk.get(&format!("{feed}.rss"))
                .has("The interview never took place."),
            "{feed}"
        );
        assert!(
            desk.get(&format!("{feed}.json"))
                .has("The interview never took place."),
            "{feed}"
        );
    }
    assert_eq!(desk.get(&media).status, 404);
    nothing_is_said(&desk);

    // Killed: gone, for good.
    assert_eq!(desk.act(article(), KILL, None), ["kill"]);
    assert_eq!(desk.get("/articles/bridge").status, 410);
    assert_eq!(desk.get(&media).status, 410);
    nothing_is_said(&desk);
    for address in desk.documents().into_iter().chain(feeds()) {
        assert!(!desk.get(&address).has(HEADLINE), "{address}");
    }
    for action in [Action::Release, WITHHOLD, RETRACT] {
        let refused = desk.try_act(article(), action, None);
        assert!(
            matches!(refused, Err(StoreError::Killed { .. })),
            "{refused:?}"
        );
    }
    // Its file changes, and changes nothing.
    desk.edit("city/bridge/article.md", "at noon sharp", "at one");
    desk.publish();
    assert_eq!(last_kind(&desk), "kill");
    assert_eq!(desk.get("/articles/bridge").status, 410);
}

#[test]
fn nothing_of_a_killed_text_is_left_in_the_store() {
    let (desk, media) = desk();
    desk.edit("city/bridge/article.md", "at noon", "at one o'clock");
    desk.publish();
    // A long text lies on pages of its own, which become free.
    let long: String = (0..2000)
        .map(|number| format!("The bridge's stay number {number}. "))
        .collect();
    desk.edit("city/bridge/article.md", "at one o'clock", &long);
    desk.publish();
    desk.act(article(), FORBID, None);
    assert_eq!(desk.get("/articles/bridge").status, 451);
    let name = media.strip_prefix("/media/").unwrap();
    let file = desk
        .paper
        .data
        .path()
        .join("media")
        .join(&name[..2])
        .join(name);
    assert!(!file.exists(), "{}", file.display());
    for found in std::fs::read_dir(desk.paper.data.path()).unwrap() {
        let path = found.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for said in ["It opened at noon", "one o'clock", "stay number 1", CAPTION] {
            let is_there = bytes
                .windows(said.len())
                .any(|piece| piece == said.as_bytes());
            assert!(!is_there, "{said} is in {}", path.display());
        }
    }
}

#[test]
fn a_caption_goes_and_comes_alone() {
    let (desk, media) = desk();
    let before = tags(&desk);
    assert_eq!(desk.act(caption(), WITHHOLD, None), ["withhold"]);
    let page = desk.get("/articles/bridge");
    assert!(page.has("It opened") && !page.has(CAPTION) && !page.has("/media/"));
    assert_eq!(desk.get(&media).status, 404);
    let now = tags(&desk);
    let moved: Vec<&str> = now
        .iter()
        .filter(|(path, tag)| before.get(*path) != Some(tag))
        .map(|(path, _)| path.as_str())
        .collect();
    for path in &moved {
        assert!(
            !path.contains("/other") && !path.contains("/crane") && !path.contains("/harbour"),
            "{path}"
        );
    }
    assert!(
        moved.iter().any(|path| path.starts_with("/captions")),
        "{moved:?}"
    );
    // What its file makes of it meanwhile comes with the release, and not before.
    desk.edit(
        "city/bridge/article.md",
        "text = \"The bridge at dawn\"",
        "text = \"The bridge at dusk\"",
    );
    desk.publish();
    assert!(!desk.get("/articles/bridge").has("at dusk"));
    assert_eq!(desk.act(caption(), Action::Release, None), ["release"]);
    assert!(desk.get("/articles/bridge").has("The bridge at dusk"));
    assert_eq!(desk.get(&media).status, 200);
    // It stays away where its article goes and comes.
    desk.act(caption(), RETRACT, Some("It shows another bridge."));
    desk.act(article(), WITHHOLD, None);
    let refused = desk.try_act(caption(), Action::Release, None);
    assert!(
        matches!(refused, Err(StoreError::ArticleRemoved { .. })),
        "{refused:?}"
    );
    desk.act(article(), Action::Release, None);
    let page = desk.get("/articles/bridge");
    assert!(page.has("It opened") && !page.has("at dusk"));
    assert!(
        desk.get(&format!("/captions/{}", caption().bare()))
            .has("It shows another bridge.")
    );
}

#[test]
fn a_killed_caption_does_not_come_back_under_another_id() {
    let (desk, media) = desk();
    // A file that names no ids.
    let id = "id = \"urn:uuid:01a05bfb-7000-7718-a56f-000000000002\"\n";
    desk.edit("city/bridge/article.md", id, "");
    desk.publish();
    assert_eq!(desk.act(caption(), KILL, None), ["kill"]);
    assert_eq!(desk.get(&media).status, 410);
    desk.edit(
        "city/bridge/article.md",
        "[[captions]]",
        "[[captions]]\ntext = \"A new one\"\n\n[[captions]]",
    );
    desk.publish();
    let page = desk.get("/articles/bridge");
    assert!(
        page.has("A new one") && !page.has(CAPTION),
        "{}",
        page.text()
    );
    assert!(!desk.get("/captions.json").has(CAPTION));
    assert_eq!(desk.get(&media).status, 410);
}

#[test]
fn what_a_file_makes_of_a_withheld_story_comes_with_its_release() {
    let (desk, _) = desk();
    desk.act(article(), WITHHOLD, None);
    desk.edit("city/bridge/article.md", "at noon", "at midnight");
    desk.publish();
    assert_eq!(last_kind(&desk), "withhold");
    nothing_is_said(&desk);
    assert_eq!(
        desk.act(article(), Action::Release, None),
        ["release", "minor"]
    );
    assert!(desk.get("/articles/bridge").has("at midnight"));
    // Its folder goes while it is withheld: it is withdrawn, and the release is refused.
    desk.act(article(), WITHHOLD, None);
    desk.remove("city/bridge");
    desk.publish();
    assert_eq!(last_kind(&desk), "withdraw");
    let refused = desk.try_act(article(), Action::Release, None);
    assert!(
        matches!(refused, Err(StoreError::Withdrawn { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_right_that_ends_takes_the_photograph_and_only_it() {
    let (desk, media) = desk();
    let end = desk.now() + TimeDelta::hours(2);
    let ends = format!("credit = \"Lin Mu\"\nusage_ends = {}", end.to_rfc3339());
    desk.edit("city/bridge/article.md", "credit = \"Lin Mu\"", &ends);
    desk.publish();
    assert_eq!(desk.write_due(), [""; 0]);
    assert_eq!(desk.get(&media).status, 200);
    let other = desk.get("/articles/other.atom").etag().to_owned();
    desk.pass(TimeDelta::hours(2));
    assert_eq!(desk.write_due(), ["expire"]);
    assert_eq!(desk.get(&media).status, 404);
    for address in desk.documents().into_iter().chain(feeds()) {
        assert!(!desk.get(&address).has("/media/"), "{address}");
    }
    assert!(desk.get("/articles/bridge").has(CAPTION));
    assert!(desk.get("/captions.rss").has(CAPTION));
    assert_eq!(desk.get("/articles/other.atom").etag(), other);
    // The right is given anew.
    let more = format!("usage_ends = {}", (end + TimeDelta::days(30)).to_rfc3339());
    desk.edit(
        "city/bridge/article.md",
        &format!("usage_ends = {}", end.to_rfc3339()),
        &more,
    );
    desk.publish();
    assert_eq!(desk.get(&media).status, 200);
    assert!(desk.get("/captions.rss").has("/media/"));
}

#[test]
fn an_embargo_outranks_the_date_of_publication() {
    let desk = Desk::new();
    desk.story("harbour/crane", "", "A crane.");
    let until = desk.now() + TimeDelta::hours(1);
    desk.story(
        "city/bridge",
        &format!("embargo_until = {}", until.to_rfc3339()),
        "It opened.",
    );
    desk.story("city/draft", "draft = true", "Nobody knows.");
    desk.publish();
    let absent = |desk: &Desk| {
        desk.documents()
            .iter()
            .all(|path| !desk.get(path).has("It opened"))
    };
    assert!(absent(&desk));
    assert_eq!(desk.get("/articles/bridge"), desk.get("/articles/never"));
    assert_eq!(desk.get("/articles/draft"), desk.get("/articles/never"));
    desk.pass(TimeDelta::hours(1));
    desk.publish();
    let feed = desk.get("/feed.json").text();
    let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
    let bridge = feed["items"].as_array().unwrap().iter();
    let bridge = bridge
        .rev()
        .find(|item| item["url"].as_str().unwrap().ends_with("/bridge"));
    let published = bridge.unwrap()["date_published"].as_str().unwrap();
    let published = chrono::DateTime::parse_from_rfc3339(published).unwrap();
    assert_eq!(published, until, "it was public from then on");
    assert_eq!(desk.get("/articles/draft").status, 404);
}

#[test]
fn what_was_due_while_no_server_ran_is_published_at_once_and_dated_so() {
    let desk = Desk::new();
    desk.story("harbour/crane", "", "A crane.");
    desk.publish();
    let article = |slug: &str, due: chrono::DateTime<chrono::Utc>| {
        let text = format!(
            "+++\nheadline = \"{slug}\"\npublished = {}\n[[captions]]\ntext = \"Of {slug}\"\n+++\nIts text.\n",
            due.to_rfc3339()
        );
        let none = |name: &str| unreachable!("{name}");
        let parsed = courant::item::file::parse(text.as_bytes(), &none);
        let article = courant::item::Article {
            id: Some(Id::default().derive(slug)),
            ..parsed.article.unwrap()
        };
        Change::write(article, "city", slug, courant::store::Expected::Absent)
    };
    let due = desk.now() + TimeDelta::hours(1);
    let before = tags(&desk);
    assert_eq!(desk.apply(article("late", due)).unwrap(), [""; 0]);
    assert_eq!(
        desk.apply(article("later", due + TimeDelta::hours(9)))
            .unwrap(),
        [""; 0]
    );
    assert_eq!(tags(&desk), before);
    assert_eq!(desk.paper.store.next_due().unwrap(), Some(due));
    desk.pass(TimeDelta::hours(3));
    let now = desk.now();
    assert_eq!(desk.write_due(), ["publish"]);
    let id = desk.id("late");
    let stored = desk.paper.store.article(id).unwrap().unwrap();
    assert_eq!(stored.state.published, now, "nobody could read it before");
    assert_eq!(stored.captions.len(), 1);
    assert!(desk.get("/sections/city.atom").has("Its text."));
    assert_eq!(desk.get("/articles/later").status, 404);
    // Its address is kept for it meanwhile.
    desk.story("city/later", "", "Another.");
    assert_eq!(desk.publish_refused(), 1);
}

#[test]
fn a_clock_that_steps_back_loses_and_reorders_nothing() {
    let (desk, _) = desk();
    let mut newest = desk.paper.store.position();
    for step in [-7200, 5, -60, 3600, -1] {
        desk.pass(TimeDelta::seconds(step));
        for action in [WITHHOLD, Action::Release] {
            assert_eq!(desk.act(article(), action, None).len(), 1);
            let now = desk.paper.store.position();
            assert!(
                now.seq == newest.seq + 1 && now.time > newest.time,
                "{newest:?} {now:?}"
            );
            newest = now;
        }
    }
}

#[test]
fn the_state_of_an_item_is_told_by_the_words_of_the_press() {
    let (desk, _) = desk();
    let status = |desk: &Desk| {
        desk.paper
            .store
            .article(article())
            .unwrap()
            .unwrap()
            .state
            .status
    };
    assert_eq!(status(&desk).name(), "usable");
    desk.act(article(), WITHHOLD, None);
    assert_eq!(status(&desk).name(), "withheld");
    desk.act(article(), RETRACT, None);
    assert_eq!(status(&desk).name(), "canceled");
    assert!(matches!(
        status(&desk),
        PubStatus::Removed {
            how: Removal::Retracted,
            ..
        }
    ));
    // The same again is nothing.
    let before = desk.paper.store.position();
    assert_eq!(desk.act(article(), RETRACT, None), [""; 0]);
    assert_eq!(desk.apply(Change::Due).unwrap(), [""; 0]);
    assert_eq!(desk.paper.store.position(), before);
}

fn last(desk: &Desk) -> courant::store::Entry {
    let seq = desk.paper.store.position().seq;
    desk.paper.store.log_after(seq - 1, 1).unwrap().remove(0)
}

fn last_kind(desk: &Desk) -> &'static str {
    last(desk).kind.name()
}

fn last_note(desk: &Desk) -> Option<String> {
    last(desk).note
}

fn date_modified(feed: &str) -> Option<String> {
    let feed: serde_json::Value = serde_json::from_str(feed).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    let mut bridge = items.rev();
    let item = bridge.find(|item| item["url"].as_str().unwrap().ends_with("/bridge"))?;
    item["date_modified"].as_str().map(str::to_owned)
}

#[test]
fn a_caption_that_is_withheld_stays_so_where_its_article_leaves_and_comes_back() {
    let (desk, _) = desk();
    desk.act(caption(), WITHHOLD, None);
    desk.remove("city/bridge");
    desk.publish();
    assert_eq!(desk.get("/articles/bridge").status, 410);
    let noted = "public_note = \"It is another bridge.\"\ncredit =";
    desk.story("city/bridge", &KEYS.replace("credit =", noted), BODY);
    desk.write(
        "city/bridge/bridge.png",
        std::fs::read("tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png").unwrap(),
    );
    desk.publish();
    assert_eq!(desk.get("/articles/bridge").status, 200);
    assert!(!desk.get("/captions.atom").has(CAPTION));
    // What was corrected meanwhile is told with its return.
    assert_eq!(
        desk.act(caption(), Action::Release, None),
        ["release", "correct"]
    );
    assert_eq!(last_note(&desk).as_deref(), Some("It is another bridge."));
    let page = desk.get("/captions.atom");
    assert!(page.has(CAPTION) && page.has("It is another bridge."));
}
