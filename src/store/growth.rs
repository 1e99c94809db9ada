//! Work, not seconds: what a write takes grows as what is written does, up to each limit.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::item::file::FileLookup;
use crate::item::limits::{MAX_CAPTIONS, MAX_PARTS, MAX_TAGS};
use crate::item::{Id, Line, Photograph, PhotographType, Rendition, json as item_json, work};
use crate::publication::{self, Section, Selection};

use super::{
    Act, Action, CaptionDefaults, Change, Entry, Expected, FileReference, Month, Origin, Removal,
    SectionChange, Settings, Since, Store, StoreError, Upload, UploadChange, Version, holders,
    plans,
};

fn now() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().expect("a date")
}

/// A store with some articles, of which each write is measured.
struct MeasuredStore {
    store: Store,
    _folder: tempfile::TempDir,
}

/// The cost of a write in the database: statements, steps of the virtual machine, and comparisons.
#[derive(Clone, Copy, Debug)]
struct Cost {
    statements: usize,
    steps: usize,
    comparisons: usize,
}

impl Cost {
    /// Whether it is no more than `times` another, and a little that every write takes.
    fn is_within(self, times: f64, other: Self) -> bool {
        let within = |own: usize, other: usize| own as f64 <= times * (other as f64) + 60.0;
        within(self.statements, other.statements)
            && within(self.steps / 20, other.steps / 20)
            && within(self.comparisons, other.comparisons)
    }
}

impl MeasuredStore {
    /// One with the publication alone.
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let measured = Self {
            store,
            _folder: folder,
        };
        measured.entries(settings());
        measured
    }

    fn new() -> Self {
        let measured = Self::empty();
        // Windows and segments have something in them.
        for number in 0..60 {
            measured.entries(put(&format!("filler-{number}"), &json!({})));
        }
        measured
    }

    fn apply(&self, change: Change) -> Result<Vec<Entry>, StoreError> {
        let mut outcomes = self.store.apply(&now, "test", &[change]).expect("a store");
        outcomes.pop().expect("an outcome")
    }

    fn entries(&self, change: Change) -> Vec<Entry> {
        self.apply(change).expect("a change")
    }

    fn cost(&self, change: Change) -> Cost {
        self.cost_of(|| {
            self.entries(change);
        })
    }

    fn cost_of(&self, task: impl FnOnce()) -> Cost {
        plans::runs();
        work::comparisons();
        task();
        let runs = plans::runs();
        Cost {
            statements: runs.statements,
            steps: runs.steps,
            comparisons: work::comparisons(),
        }
    }

    /// The captions of a story as they stand, each with what `change` makes of it.
    fn captions(&self, slug: &str, change: impl Fn(usize, &mut Value)) -> Vec<Value> {
        let editable = self.store.editable_article(id(slug)).expect("a store");
        let printed = item_json::print(&editable.expect("a story").article);
        let mut captions = printed["captions"].as_array().cloned().unwrap_or_default();
        for (place, caption) in captions.iter_mut().enumerate() {
            change(place, caption);
        }
        captions
    }
}

fn settings() -> Change {
    let text = "title = \"x\"\nlanguage = \"en\"\nmain_feed = [\"articles\", \"captions\"]\n\
                    [[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
    Change::Settings(Box::new(Settings {
        publication: parsed.publication.expect("a publication"),
        source: String::new(),
        base_url: "https://courier.example.org".to_owned(),
    }))
}

fn id(slug: &str) -> Id {
    Id::default().derive(slug)
}

/// A story with what `more` says of it.
fn put(slug: &str, more: &Value) -> Change {
    let mut story = json!({
        "id": id(slug),
        "headline": format!("The story {slug}"),
        "published": (now() - TimeDelta::hours(2)).to_rfc3339(),
        "body": "Text.\n",
    });
    item_json::merge(&mut story, more.clone());
    let photographs = |name: &str| Ok(photograph(name));
    let object = story.as_object().expect("an object");
    let parsed = item_json::parse(object, &FileLookup::photographs_only(&photographs));
    let article = parsed
        .article
        .unwrap_or_else(|| panic!("{:?}", parsed.complaints));
    Change::write(article, "city", slug, Expected::Anything)
}

fn act(slug: &str, action: Action) -> Change {
    Change::Act(Box::new(Act {
        item: id(slug),
        action,
        public_note: None,
        expected: Expected::Anything,
        section: None,
    }))
}

/// The life of a story with `n` captions, and what each write of it took.
fn life(n: usize) -> Vec<(&'static str, Cost)> {
    let measured = MeasuredStore::new();
    let mut costs = Vec::new();
    let mut write = |name, change| costs.push((name, measured.cost(change)));
    let captions = |text: &dyn Fn(usize) -> String| -> Value {
        let all: Vec<Value> = (0..n).map(|place| json!({"text": text(place)})).collect();
        json!({"captions": all})
    };
    write(
        "published with one text",
        put("a", &captions(&|_| "One text".to_owned())),
    );
    write(
        "the same again",
        put("a", &captions(&|_| "One text".to_owned())),
    );
    let other = |place: &usize| format!("Other {place}");
    let all: Vec<Value> = (1..n).map(|place| json!({"text": other(&place)})).collect();
    write("all of them others", put("a", &json!({"captions": all})));
    let known = measured.captions("a", |place, caption| {
        caption["text"] = json!(format!("Known {place}"));
        caption["credit"] = json!(format!("Person {place}"));
    });
    write(
        "the known with other texts",
        put("a", &json!({"captions": known})),
    );
    let mut known = measured.captions("a", |_, _| {});
    known.reverse();
    write("in another order", put("a", &json!({"captions": known})));
    write("withheld", act("a", Action::Remove(Removal::Withheld)));
    let known = measured.captions("a", |place, caption| {
        caption["text"] = json!(format!("Withheld {place}"));
        caption["public_note"] = json!("It was wrong.");
    });
    write(
        "written while withheld",
        put("a", &json!({"captions": known})),
    );
    write("released", act("a", Action::Release));
    write(
        "corrected headline",
        put("a", &json!({"captions": known, "headline": "Other"})),
    );
    write("without captions", put("a", &json!({})));
    write("retracted", act("a", Action::Remove(Removal::Retracted)));
    write("killed", act("a", Action::Remove(Removal::Killed)));
    let other = captions(&|place| format!("Text {place}"));
    write("another story", put("b", &other));
    write("also withheld", act("b", Action::Remove(Removal::Withheld)));
    let known = measured.captions("b", |_, _| {});
    write(
        "another headline that waits",
        put("b", &json!({"captions": known, "headline": "Other"})),
    );
    write(
        "killed while a change waits",
        act("b", Action::Remove(Removal::Killed)),
    );
    costs
}

#[test]
fn what_a_write_takes_grows_as_its_captions_do() {
    let (some, twice) = (life(MAX_CAPTIONS / 4), life(MAX_CAPTIONS / 2));
    for ((name, some), (_, twice)) in some.into_iter().zip(twice) {
        assert!(
            twice.is_within(2.2, some),
            "{name}: {some:?}, then {twice:?}"
        );
    }
}

#[test]
fn what_a_write_takes_grows_as_its_parts_do() {
    let costs = |n: usize| {
        let measured = MeasuredStore::new();
        let body = |heading: &dyn Fn(usize) -> String| -> Value {
            let parts = (0..n).map(|place| format!("## {}\n\nText.\n\n", heading(place)));
            json!({"body": parts.collect::<String>()})
        };
        [
            ("equal", body(&|_| "Equal".to_owned())),
            ("others", body(&|place| format!("Other {place}"))),
            ("equal again", body(&|_| "Equal".to_owned())),
            ("turned", body(&|place| format!("Other {}", n - place))),
        ]
        .map(|(name, more)| (name, measured.cost(put("a", &more))))
    };
    let (some, twice) = (costs(MAX_PARTS / 2), costs(MAX_PARTS));
    for ((name, some), (_, twice)) in some.into_iter().zip(twice) {
        assert!(
            twice.is_within(2.2, some),
            "{name}: {some:?}, then {twice:?}"
        );
    }
}

#[test]
fn names_that_come_out_as_one_slug_cost_little_more_than_others() {
    let measured = MeasuredStore::new();
    // All of them are `a` in an address, with a number.
    let tags = |story: usize, n: usize| -> Value {
        let name = |place: usize| format!("a{}", "!".repeat(1 + story * MAX_TAGS + place));
        // Short enough for the limit of all texts together.
        let tags: Vec<String> = (0..n).map(name).collect();
        json!({"tags": tags})
    };
    let some = measured.cost(put("a", &tags(0, 20)));
    let twice = measured.cost(put("b", &tags(1, 40)));
    assert!(twice.is_within(2.6, some), "{some:?}, then {twice:?}");
    let late = measured.cost(put("c", &tags(2, 20)));
    assert!(late.is_within(1.5, some), "{some:?}, then {late:?}");
}

#[test]
fn items_of_one_moment_are_told_apart_in_few_steps() {
    let measured = MeasuredStore::new();
    let batch = |from: usize| -> Vec<Change> {
        let stories = from..from + 200;
        stories
            .map(|number| put(&format!("story-{number}"), &json!({})))
            .collect()
    };
    let cost_of_next = |slug: &str| {
        measured.store.forget_writer_memory();
        measured.cost(put(slug, &json!({})))
    };
    measured
        .store
        .apply(&now, "test", &batch(0))
        .expect("a store");
    let some = cost_of_next("one");
    measured
        .store
        .apply(&now, "test", &batch(200))
        .expect("a store");
    measured
        .store
        .apply(&now, "test", &batch(400))
        .expect("a store");
    let more = cost_of_next("other");
    assert!(
        more.statements <= some.statements + 8,
        "{some:?}, then {more:?}"
    );
}

#[test]
fn an_article_of_a_busy_day_costs_no_more_than_one_of_a_quiet_day() {
    let measured = MeasuredStore::new();
    let cost_of_next = |day: &str, slug: &str| {
        let published = json!({"published": format!("2026-10-{day}T09:00:00Z")});
        measured.cost(put(slug, &published))
    };
    for number in 0..20 {
        cost_of_next("05", &format!("quiet-{number}"));
    }
    let quiet = cost_of_next("05", "quiet");
    for number in 0..1000 {
        cost_of_next("06", &format!("busy-{number}"));
    }
    let busy = cost_of_next("06", "busy");
    assert!(
        busy.statements <= quiet.statements,
        "{quiet:?}, then {busy:?}"
    );
    // The steps of SQLite: a count of the day's or the month's articles would take thousands.
    assert!(busy.steps <= quiet.steps + 500, "{quiet:?}, then {busy:?}");
}

#[test]
fn items_that_want_the_moment_of_another_that_is_not_written_yet_get_their_own() {
    let measured = MeasuredStore::new();
    let later = json!({"updated": (now() + TimeDelta::milliseconds(80)).to_rfc3339()});
    for number in 0..20 {
        measured.entries(put(&format!("future-{number}"), &later));
    }
    // Their entries come at just these moments.
    for round in 0..30 {
        let captions: Vec<Value> = (0..5)
            .map(|place| json!({"text": format!("Round {round}, {place}")}))
            .collect();
        measured.entries(put("a", &json!({"captions": captions})));
    }
}

#[test]
fn an_article_has_so_many_captions_in_its_life() {
    let measured = MeasuredStore::new();
    let mut refused = None;
    for round in 0..5 {
        // Never as many as before: then they would be known by their places.
        let captions: Vec<Value> = (round..MAX_CAPTIONS)
            .map(|place| json!({"text": format!("Round {round}, {place}")}))
            .collect();
        refused = measured
            .apply(put("a", &json!({"captions": captions})))
            .err();
    }
    let error = refused.expect("a refusal");
    assert!(
        matches!(error, StoreError::TooManyCaptions { .. }),
        "{error}"
    );
    // The captions that it has can be changed, and withheld.
    let known = measured.captions("a", |_, caption| caption["text"] = json!("Other"));
    measured.entries(put("a", &json!({"captions": known})));
    measured.entries(act("a", Action::Remove(Removal::Withheld)));
}

#[test]
fn what_is_due_is_done_a_little_at_a_time() {
    let measured = MeasuredStore::new();
    let later = json!({"embargo_until": (now() + TimeDelta::hours(1)).to_rfc3339()});
    for number in 0..40 {
        measured.entries(put(&format!("waiting-{number}"), &later));
    }
    let then = || now() + TimeDelta::hours(2);
    let done = || {
        let outcomes = measured
            .store
            .apply(&then, "test", &[Change::Due])
            .expect("a store");
        outcomes.into_iter().flatten().flatten().count()
    };
    assert_eq!([done(), done(), done(), done()], [16, 16, 8, 0]);
}

/// Applies `changes`, of which all succeed, while a decision comes; gives the actors of the entries in their order.
fn beside_a_decision(measured: &MeasuredStore, changes: &[Change]) -> Vec<String> {
    measured.entries(put("bad", &json!({})));
    let last = measured.store.position().seq;
    let has_begun = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let store = &measured.store;
        // The clock is read by the one who has the writer.
        let clock = || {
            if !has_begun.swap(true, Ordering::SeqCst) {
                scope.spawn(move || {
                    let change = act("bad", Action::Remove(Removal::Withheld));
                    let outcomes = store.apply(&now, "desk", &[change]).expect("a store");
                    assert!(outcomes.iter().all(Result::is_ok));
                });
                while !store.decisions_wait() {
                    std::thread::yield_now();
                }
            }
            now()
        };
        let outcomes = store.apply(&clock, "test", changes).expect("a store");
        assert_eq!(outcomes.len(), changes.len());
        assert!(outcomes.iter().all(Result::is_ok));
    });
    let entries = measured.store.log_after(last, 300).expect("a store");
    entries.into_iter().map(|entry| entry.actor).collect()
}

fn stories(numbers: std::ops::Range<usize>) -> Vec<Change> {
    numbers
        .map(|number| put(&format!("story-{number}"), &json!({})))
        .collect()
}

#[test]
fn a_decision_goes_before_the_orders_that_are_left_of_a_batch() {
    let measured = MeasuredStore::new();
    let actors = beside_a_decision(&measured, &stories(0..200));
    let place = actors.iter().position(|actor| actor == "desk");
    assert_eq!(place, Some(1), "behind the one that was under way");
    assert_eq!(actors.len(), 201);
}

#[test]
fn a_decision_goes_before_the_files_that_are_still_to_be_taken_back() {
    let measured = MeasuredStore::new();
    for story in stories(0..50) {
        measured.entries(story);
    }
    let gone = (0..50).map(|number| Change::Withdraw(id(&format!("story-{number}"))));
    let actors = beside_a_decision(&measured, &gone.collect::<Vec<_>>());
    let place = actors.iter().position(|actor| actor == "desk");
    assert_eq!(place, Some(1), "behind the one that was under way");
    assert_eq!(actors.len(), 51);
}

#[test]
fn a_decision_goes_before_a_batch_in_which_two_stories_exchange_their_addresses() {
    let measured = MeasuredStore::new();
    for story in stories(0..3) {
        measured.entries(story);
    }
    let moved = |number: usize, slug: &str| {
        let Change::Put(mut story) = put(&format!("story-{number}"), &json!({})) else {
            unreachable!("a put");
        };
        slug.clone_into(&mut story.slug);
        Change::Put(story)
    };
    let mut changes = stories(10..50);
    // The first waits for the address that the second leaves, which takes that of another.
    changes.insert(5, moved(0, "story-1"));
    changes.insert(15, moved(2, "story-0"));
    changes.push(moved(1, "story-2"));
    let actors = beside_a_decision(&measured, &changes);
    let place = actors.iter().position(|actor| actor == "desk");
    assert_eq!(place, Some(3), "behind those three alone");
    for (number, slug) in [(0, "story-1"), (1, "story-2"), (2, "story-0")] {
        let editable = measured
            .store
            .editable_article(id(&format!("story-{number}")));
        let editable = editable.expect("a store").expect("a story");
        assert_eq!(editable.slug, slug);
    }
}

#[test]
fn a_section_with_many_articles_moves_by_a_few_statements_for_each() {
    let costs = [50, 100].map(|n: usize| {
        let measured = MeasuredStore::new();
        let known = measured.store.publication().expect("a publication");
        let mut section = known.sections.first().cloned().expect("a section");
        section.slug = "town".to_owned();
        section.by_api = true;
        let section_change = |slug: &str, section: publication::Section| {
            Change::Section(Box::new(super::SectionChange {
                slug: slug.to_owned(),
                section: Some(section),
                expected: Expected::Anything,
                base_url: "https://courier.example.org".to_owned(),
            }))
        };
        measured.entries(section_change("town", section.clone()));
        for number in 0..n {
            let slug = format!("story-{number}");
            let Change::Put(mut story) = put(&slug, &json!({})) else {
                unreachable!("a put");
            };
            "town".clone_into(&mut story.section);
            measured.entries(Change::Put(story));
        }
        section.slug = "village".to_owned();
        section.former = vec!["town".to_owned()];
        let cost = measured.cost(section_change("town", section));
        let moved = measured
            .store
            .newest_articles(Some("village"), None, 200)
            .expect("a store");
        assert_eq!(moved.len(), n);
        cost
    });
    let [some, twice] = costs;
    assert!(twice.is_within(2.2, some), "{some:?}, then {twice:?}");
    assert!(twice.statements < 100 * 8, "{twice:?}");
}

#[test]
fn what_a_write_takes_does_not_grow_with_what_waits() {
    let costs = [20, 80].map(|n: usize| {
        let measured = MeasuredStore::new();
        for number in 0..n {
            let waiting = json!({"draft": true, "guid": format!("older/{number}")});
            measured.entries(put(&format!("waiting-{number}"), &waiting));
        }
        measured.cost(put("a", &json!({"guid": "older/a"})))
    });
    let [few, many] = costs;
    assert!(many.is_within(1.1, few), "{few:?}, then {many:?}");
}

#[test]
fn a_batch_ends_behind_the_change_under_way_where_the_store_is_stopped() {
    let measured = MeasuredStore::new();
    for story in stories(0..20) {
        measured.entries(story);
    }
    let gone = (0..20).map(|number| Change::Withdraw(id(&format!("story-{number}"))));
    let batches = [stories(20..70), gone.collect()];
    for changes in batches {
        let last = measured.store.position().seq;
        let clock = || {
            measured.store.stop();
            now()
        };
        let outcomes = measured
            .store
            .apply(&clock, "test", &changes)
            .expect("a store");
        assert_eq!(measured.store.position().seq, last + 1);
        // The change that was applied is reported all the same.
        let [done, left @ ..] = outcomes.as_slice() else {
            panic!("an outcome for each");
        };
        let done = done.as_ref().expect("a change");
        assert_eq!(done.first().map(|entry| entry.position.seq), Some(last + 1));
        assert_eq!(left.len(), changes.len() - 1);
        for outcome in left {
            assert!(matches!(outcome, Err(StoreError::Stopping)), "{outcome:?}");
        }
    }
}

/// A photograph of which nothing is on the disk, with its renditions.
fn photograph(name: &str) -> Photograph {
    let hash = |number: usize| {
        let bytes = format!("{number}{name}")
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        format!("{bytes:0<32}").chars().take(32).collect::<String>()
    };
    let renditions = (1..5).map(|number| Rendition {
        hash: hash(number),
        kind: PhotographType::Jpeg,
        width: 100,
        height: 100,
        bytes: 1000,
    });
    Photograph {
        hash: hash(0),
        kind: PhotographType::Jpeg,
        width: 1000,
        height: 1000,
        bytes: 1000,
        renditions: renditions.collect(),
    }
}

fn upload(photograph: Option<Photograph>) -> Change {
    Change::Upload(Box::new(UploadChange {
        id: id("upload"),
        upload: photograph.map(|photograph| Upload {
            id: id("upload"),
            name: "u.jpg".to_owned(),
            photograph,
            caption_defaults: CaptionDefaults::default(),
            version: Version::default(),
        }),
        name: None,
        expected: Expected::Anything,
    }))
}

/// Beside `n` drafts and as many captions whose right has ended: a story with photographs killed, and an upload replaced and
/// taken away.
fn costs_of_photographs(n: usize) -> Vec<(&'static str, Cost)> {
    let measured = MeasuredStore::new();
    let shows = |names: &[String]| -> Value {
        let captions = names
            .iter()
            .map(|name| json!({"text": name, "image": name}));
        json!({"captions": captions.collect::<Vec<_>>()})
    };
    for number in 0..n {
        let mut draft = shows(&[format!("w{number}.jpg")]);
        draft["draft"] = json!(true);
        draft["body"] = json!("Words that wait. ".repeat(1000));
        measured.entries(put(&format!("waiting-{number}"), &draft));
        let mut ended = shows(&[format!("e{number}.jpg")]);
        ended["captions"][0]["usage_ends"] = json!("2025-01-01T00:00:00Z");
        measured.entries(put(&format!("ended-{number}"), &ended));
    }
    let names: Vec<String> = (0..10).map(|number| format!("p{number}.jpg")).collect();
    measured.entries(put("bad", &shows(&names)));
    measured.entries(upload(Some(photograph("u.jpg"))));
    let mut costs = Vec::new();
    costs.push((
        "looked for",
        measured.cost_of(|| looks_for_waiting(&measured)),
    ));
    let mut write = |name, change| costs.push((name, measured.cost(change)));
    write("killed", act("bad", Action::Remove(Removal::Killed)));
    write("replaced", upload(Some(photograph("v.jpg"))));
    write("taken away", upload(None));
    costs
}

/// Runs the reads that a kill of a waiting caption does first.
fn looks_for_waiting(measured: &MeasuredStore) {
    let editable = measured
        .store
        .editable_article(id("waiting-0"))
        .expect("a store");
    let captions = editable.expect("a draft").article.captions;
    let caption = captions[0].id.expect("an id");
    let owner = measured
        .store
        .owner_of_any_caption(caption)
        .expect("a store");
    assert_eq!(owner, Some(id("waiting-0")));
    let hashes = measured.store.photographs_of(caption).expect("a store");
    assert_eq!(hashes.len(), 5);
    let references = measured.store.references(&hashes).expect("a store");
    let waits = FileReference::Waiting {
        article: id("waiting-0"),
        section: "city".to_owned(),
    };
    assert_eq!(references.into_iter().collect::<Vec<_>>(), [waits]);
}

#[test]
fn what_a_kill_or_an_upload_takes_does_not_grow_with_what_waits() {
    let (few, many) = (costs_of_photographs(10), costs_of_photographs(60));
    for ((name, few), (_, many)) in few.into_iter().zip(many) {
        assert!(many.is_within(1.1, few), "{name}: {few:?}, then {many:?}");
    }
}

#[test]
fn photographs_that_were_dropped_go_unless_something_has_them() {
    let measured = MeasuredStore::new();
    let file = |hash: &str| measured.store.photographs().path(hash, "jpg");
    let keep = |name: &str| {
        for hash in holders::hashes(&photograph(name)) {
            let path = file(hash);
            std::fs::create_dir_all(path.parent().expect("a hash folder")).expect("a hash folder");
            std::fs::write(path, b"pixels").expect("a file");
        }
    };
    let exists = |name: &str| {
        let photograph = photograph(name);
        let mut files = holders::hashes(&photograph).map(|hash| file(hash).exists());
        let first = files.next().expect("a file");
        assert!(files.all(|other| other == first));
        first
    };
    // More than go at once.
    let names: Vec<String> = (0..30).map(|number| format!("p{number}.jpg")).collect();
    let shows = |names: &[String]| -> Value {
        let captions = names
            .iter()
            .map(|name| json!({"text": name, "image": name}));
        json!({"captions": captions.collect::<Vec<_>>()})
    };
    names.iter().for_each(|name| keep(name));
    measured.entries(put("bad", &shows(&names)));
    let mut draft = shows(&names[..1]);
    draft["draft"] = json!(true);
    measured.entries(put("waits", &draft));
    measured.entries(put("good", &shows(&names[1..2])));
    measured.entries(act("bad", Action::Remove(Removal::Killed)));
    assert_eq!(measured.store.erase().expect("a pass"), None);
    let left: Vec<&String> = names.iter().filter(|name| exists(name)).collect();
    assert_eq!(left, [&names[0], &names[1]]);
    measured.entries(act("waits", Action::Remove(Removal::Killed)));
    measured.entries(act("good", Action::Remove(Removal::Killed)));
    assert_eq!(measured.store.erase().expect("a pass"), None);
    assert!(!exists(&names[0]) && !exists(&names[1]));
}

/// Beside `n` articles of another section: one that the API made gets another slug, and is taken away.
fn costs_of_sections(n: usize) -> Vec<(&'static str, Cost)> {
    let measured = MeasuredStore::new();
    for number in 0..n {
        measured.entries(put(&format!("other-{number}"), &json!({})));
    }
    let section = |was: &str, slug: &str, former: &[&str]| {
        let section = Section {
            slug: slug.to_owned(),
            title: Line::parse("Harbour").expect("a title"),
            description: None,
            former: former.iter().map(ToString::to_string).collect(),
            sunset: None,
            by_api: true,
        };
        Change::Section(Box::new(SectionChange {
            slug: was.to_owned(),
            section: Some(section),
            expected: Expected::Anything,
            base_url: "https://courier.example.org".to_owned(),
        }))
    };
    measured.entries(section("harbour", "harbour", &[]));
    let mut gone = section("port", "port", &[]);
    if let Change::Section(change) = &mut gone {
        change.section = None;
    }
    let mut costs = Vec::new();
    let mut write = |name, change| costs.push((name, measured.cost(change)));
    write("named anew", section("harbour", "port", &["harbour"]));
    write("taken away", gone);
    costs
}

#[test]
fn what_a_section_takes_does_not_grow_with_the_articles_of_others() {
    let (few, many) = (costs_of_sections(10), costs_of_sections(300));
    for ((name, few), (_, many)) in few.into_iter().zip(many) {
        assert!(many.is_within(1.1, few), "{name}: {few:?}, then {many:?}");
    }
}

#[test]
fn who_has_which_photograph_is_found_in_what_an_older_version_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), now()).expect("a store");
    let apply = |change: Change| {
        let mut outcomes = store.apply(&now, "test", &[change]).expect("a store");
        outcomes.pop().expect("an outcome").expect("a change");
    };
    apply(settings());
    let shows = |name: &str| json!({"captions": [{"text": name, "image": name}]});
    let mut draft = shows("w.jpg");
    draft["draft"] = json!(true);
    draft["guid"] = json!("older/w");
    apply(put("waits", &draft));
    let mut ended = shows("e.jpg");
    ended["captions"][0]["usage_ends"] = json!("2025-01-01T00:00:00Z");
    apply(put("ended", &ended));
    apply(put("shown", &shows("s.jpg")));
    apply(upload(Some(photograph("u.jpg"))));
    let rows = |store: &Store| {
        store.reading(|connection| {
            let sql = "SELECT hash || ' ' || name || ' ' || article FROM pending_photograph
                       UNION ALL SELECT hash || ' ' || upload FROM upload_photograph
                       UNION ALL SELECT caption || ' ' || name FROM expired_photograph ORDER BY 1";
            let rows = connection.rows(sql, (), |row| row.get::<String>(0))?;
            Ok(rows)
        })
    };
    let listed = |store: &Store| {
        store.reading(|connection| {
            let sql = "SELECT selection || ' ' || item || ' ' || listed FROM filing WHERE listed IS NOT NULL ORDER BY 1";
            let rows = connection.rows(sql, (), |row| row.get::<String>(0))?;
            Ok(rows)
        })
    };
    let lists = listed(&store).expect("rows");
    let known = rows(&store).expect("rows");
    assert_eq!(known.len(), 5 + 5 + 1, "{known:?}");
    store.with_writer(|writer| {
        let sql = "DROP TABLE gone; DROP TABLE forgotten; DROP TABLE reserved;
                   DROP TABLE waiting_file; DROP TABLE left_over; DROP INDEX unseen_miss; DROP INDEX item_filed;
                   DROP TABLE pending_photograph; DROP TABLE upload_photograph; DROP TABLE expired_photograph;
                   DROP TABLE received; DROP TABLE called; DROP TABLE awaited; DROP TABLE awaited_name;
                   DROP TABLE former_path; DROP TABLE recording; DROP TABLE uploaded_recording; ALTER TABLE item DROP COLUMN is_elsewhere;
                   DROP INDEX pending_guid; DROP INDEX pending_section;
                   ALTER TABLE pending DROP COLUMN guid; ALTER TABLE pending DROP COLUMN is_slug_made;
                   DROP INDEX upload_hash; ALTER TABLE upload DROP COLUMN hash;
                   DROP INDEX filing_listed; ALTER TABLE filing DROP COLUMN listed;
                   DROP TABLE filing_before; ALTER TABLE filing DROP COLUMN touched; ALTER TABLE filing DROP COLUMN since;
                   DROP INDEX archived_seq; ALTER TABLE archived DROP COLUMN seq; DROP INDEX log_whole;
                   DELETE FROM meta WHERE key = 'changes_known_from'; ALTER TABLE once DROP COLUMN is_print;
                   PRAGMA user_version = 4;";
        writer.connection.run_all(sql).expect("an older store");
    });
    drop(store);
    let store = Store::open(folder.path(), now()).expect("a store");
    assert_eq!(rows(&store).expect("rows"), known);
    assert!(!lists.is_empty());
    assert_eq!(listed(&store).expect("rows"), lists);
    // The content of windows is known from the newest entry on.
    let mut positions = store.log_after(0, 100).expect("a log").into_iter();
    let newest = positions.next_back().expect("an entry").position;
    let older = positions.next_back().expect("an entry").position;
    let since = |position| {
        store
            .window_since(&Selection::All, position)
            .expect("a store")
    };
    assert!(matches!(since(newest), Since::Changes(_)));
    assert!(matches!(since(older), Since::Whole));
    let waits = store.known_by_guid("older/w").expect("a store");
    assert_eq!(waits, Some(id("waits")));
    let uploaded = store.upload_of(&photograph("u.jpg").hash).expect("a store");
    assert_eq!(uploaded.map(|upload| upload.id), Some(id("upload")));
}

/// A store of `stories`, the names of every `differing` of which are different, and what it costs to read its window.
fn cost_of_window(measured: &MeasuredStore, stories: usize, differing: usize) -> Cost {
    for number in 0..stories {
        let name = |kind: &str, place: usize| format!("{kind} {} {place}", number % differing);
        let more = json!({
            "tags": [name("Tag", 1), name("Tag", 2), name("Tag", 3)],
            "authors": [name("Author", 1), name("Author", 2)],
            "captions": [
                {"text": "At dawn", "credit": name("Author", 3), "image": format!("{number}.jpg")},
                {"text": "At dusk"},
            ],
        });
        measured.entries(put(&format!("story-{number}"), &more));
    }
    let mut window = None;
    let cost = measured.cost_of(|| window = measured.store.window(&Selection::All).ok());
    let window = window.expect("a window");
    let shown = window
        .articles
        .iter()
        .filter(|article| article.tags.len() == 3);
    assert!(
        shown.clone().count() >= stories.min(25),
        "{}",
        window.articles.len()
    );
    for article in shown {
        let names = article.tags.iter().chain(&article.authors);
        let credits = article
            .captions
            .iter()
            .filter_map(|caption| caption.credit.as_ref());
        assert!(names.chain(credits).all(|named| !named.slug.is_empty()));
        let images = article.captions.iter();
        let image = images
            .filter_map(|caption| caption.caption.image.as_ref())
            .next();
        assert_eq!(
            image.map(|image| image.photograph.renditions.len()),
            Some(4)
        );
    }
    cost
}

#[test]
fn a_window_is_read_by_a_few_statements() {
    // The beginning, the touch with the number of segments, what no segment has, the items, their articles with captions
    // and photographs, their names, the end.
    let of_one_day = cost_of_window(&MeasuredStore::empty(), 21, 5);
    assert!(of_one_day.statements <= 7, "{of_one_day:?}");
    // Behind the first 64 items two statements read the next 256; 64 articles are read at once, and 64 names.
    let few_names = cost_of_window(&MeasuredStore::new(), 60, 10);
    assert!(few_names.statements <= 10, "{few_names:?}");
    let many_names = cost_of_window(&MeasuredStore::new(), 60, 60);
    assert!(many_names.statements <= 15, "{many_names:?}");
}

#[test]
fn what_names_take_does_not_grow_with_those_of_others() {
    let [few, many] = [1, 30].map(|others| {
        let measured = MeasuredStore::empty();
        for number in 0..others {
            let tags: Vec<String> = (0..30)
                .map(|place| format!("Of {number} {place}"))
                .collect();
            let older = json!({"tags": tags, "published": "2026-01-02T12:00:00Z"});
            measured.entries(put(&format!("older-{number}"), &older));
        }
        let written = measured.cost(put("a", &json!({"tags": ["One", "Two", "Three"]})));
        let mut article = None;
        let read = measured.cost_of(|| article = measured.store.article(id("a")).ok().flatten());
        assert_eq!(article.expect("an article").tags.len(), 3);
        (written, read)
    });
    assert!(many.0.steps <= few.0.steps + 500, "{few:?}, then {many:?}");
    assert!(many.1.steps <= few.1.steps + 100, "{few:?}, then {many:?}");
}

/// A story with this many captions, each with a photograph, renditions and a credit.
fn picture_state(slug: &str, captions: usize) -> Change {
    let caption = |place: usize| {
        let image = format!("{slug}-{place}.jpg");
        json!({"text": format!("Text {place}"), "image": image, "credit": "Person"})
    };
    let more = json!({
        "tags": ["One", "Two", "Three"],
        "authors": ["Ann", "Bob"],
        "captions": (0..captions).map(caption).collect::<Vec<_>>(),
    });
    put(slug, &more)
}

#[test]
fn an_article_is_written_by_a_few_statements() {
    let measured = MeasuredStore::new();
    // New names are looked for and written; whether the day is new to the calendar is one question. Where items stand in the
    // lists for people is asked in few parts, too, and of each list that has many of one moment by itself.
    let first = measured.cost(picture_state("first", 4));
    assert!(first.statements <= 58, "{first:?}");
    let new = measured.cost(picture_state("new", 4));
    assert!(new.statements <= 53, "{new:?}");
    // Of 16 times as many captions the rows are inserted by a few statements more, and three segments are closed.
    let large = measured.cost(picture_state("large", 64));
    assert!(large.statements <= new.statements + 35, "{large:?}");
    let Change::Put(mut story) = picture_state("new", 4) else {
        unreachable!("a put");
    };
    story.article.deck = Line::parse("More of it.");
    let changed = measured.cost(Change::Put(story));
    assert!(changed.statements <= 63, "{changed:?}");
}

/// The steps of SQLite's machine that bringing in a whole paper of `count` stories takes for each, without what is made in
/// the end.
fn steps_of_a_story_in_bulk(count: usize) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), now()).expect("a store");
    let apply = |changes: &[Change]| {
        let outcomes = store.apply(&now, "test", changes).expect("a store");
        outcomes.into_iter().for_each(|outcome| {
            outcome.expect("a change");
        });
    };
    apply(&[settings()]);
    let all = (0..count).map(|number| {
        let caption = json!({"captions": [{"text": "One"}, {"text": "Another"}]});
        from_file(&format!("story-{number}"), number, &caption)
    });
    let all: Vec<Change> = all.collect();
    let (first, second) = all.split_at(count / 2);
    let steps = store.in_bulk(|| {
        apply(first);
        plans::runs();
        apply(second);
        plans::runs().steps
    });
    steps.expect("a store") / second.len()
}

/// A story of a file, published this number of minutes ago.
fn from_file(slug: &str, minutes: usize, more: &Value) -> Change {
    let Change::Put(put) = put(slug, more) else {
        unreachable!("a story")
    };
    let mut article = put.article;
    let ago = TimeDelta::minutes(i64::try_from(minutes).expect("a number"));
    article.published = (now() - ago).fixed_offset();
    let origin = Origin {
        path: format!("city/{slug}.md"),
        stat: slug.to_owned(),
        digest: slug.to_owned(),
    };
    Change::put(article, "city", slug, origin)
}

#[test]
fn a_whole_paper_takes_the_same_work_for_each_story() {
    let (few, many) = (
        steps_of_a_story_in_bulk(100),
        steps_of_a_story_in_bulk(1000),
    );
    assert!(
        many * 10 < few * 12,
        "{few} steps for a story of a small paper, {many} of a large one"
    );
}

/// The cost of correcting a story, right after the store was opened, in a paper that has `count` stories of one day long
/// ago. All of them were changed at the moment `updated`, if there is one.
fn correction_among(count: usize, updated: Option<&str>) -> Cost {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = || Store::open(folder.path(), now()).expect("a store");
    let mut day = json!({"published": "2026-01-02T00:00:00Z"});
    if let Some(updated) = updated {
        day["updated"] = json!(updated);
    }
    let stories = (0..count).map(|number| put(&format!("story-{number}"), &day));
    let changes: Vec<Change> = std::iter::once(settings()).chain(stories).collect();
    let outcomes = opened().apply(&now, "test", &changes).expect("a store");
    assert!(outcomes.iter().all(Result::is_ok));
    let store = opened();
    let corrected = put(
        "story-50",
        &json!({"published": "2026-01-02T00:00:00Z", "body": "Other text.\n"}),
    );
    let measured = MeasuredStore {
        store,
        _folder: folder,
    };
    measured.cost(corrected)
}

#[test]
fn a_write_takes_the_same_among_any_number_of_stories_of_one_day() {
    for updated in [None, Some("2026-03-04T00:00:00Z")] {
        let few = correction_among(300, updated);
        let many = correction_among(900, updated);
        assert!(
            many.is_within(1.2, few),
            "{few:?} among few, {many:?} among many, updated {updated:?}"
        );
    }
}

/// The steps that the database takes to read the list of a section with `count` old stories, all of which were changed at one
/// moment.
fn steps_of_a_list(count: usize) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), now()).expect("a store");
    let times = json!({"published": "2026-01-02T00:00:00Z", "updated": "2026-03-04T00:00:00Z"});
    let stories = (0..count).map(|number| put(&format!("story-{number}"), &times));
    let changes: Vec<Change> = std::iter::once(settings()).chain(stories).collect();
    store.apply(&now, "test", &changes).expect("a store");
    plans::runs();
    let section = Selection::Section("city".to_owned());
    let list = store.list(&section).expect("a store");
    assert!(list.items.len() >= super::window::MIN_WINDOW_ITEMS);
    plans::runs().steps
}

#[test]
fn a_list_takes_the_same_among_any_number_of_stories() {
    let (few, many) = (steps_of_a_list(300), steps_of_a_list(900));
    assert!(many * 10 < few * 12, "{few} among few, {many} among many");
}

/// The costs of reading a month of a tag that has `count` stories in it, of writing a story of an older month behind the
/// tag's list, and of withholding that story again.
fn costs_of_months(count: usize) -> [(&'static str, Cost); 3] {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), now()).expect("a store");
    let of = |day: &str| json!({"published": format!("{day}T00:00:00Z"), "tags": ["Bridges"], "authors": ["Ada"]});
    let stories = (0..count).map(|number| put(&format!("story-{number}"), &of("2026-01-02")));
    let changes: Vec<Change> = std::iter::once(settings()).chain(stories).collect();
    store.apply(&now, "test", &changes).expect("a store");
    let measured = MeasuredStore {
        store,
        _folder: folder,
    };
    let tag = Selection::Tag("bridges".to_owned());
    let zone = measured.store.publication().expect("a store").timezone;
    let month = |month: &str| {
        let month = Month::parse(month).expect("a month");
        let page = measured.store.month_page(&tag, (month, 1), zone);
        page.expect("a store")
    };
    let written = measured.cost(put("old", &of("2025-06-02")));
    let taken = measured.cost(act("old", Action::Remove(Removal::Withheld)));
    assert!(month("2025-06").is_none());
    // Read last: the writer has statements of the same text, whose steps are counted on.
    let read = measured.cost_of(|| {
        let page = month("2026-01").expect("a page");
        assert!(page.has_more && page.window.items.len() == super::older::MONTH_PAGE_ITEMS);
    });
    [("read", read), ("written", written), ("taken away", taken)]
}

#[test]
fn months_take_the_same_among_any_number_of_stories() {
    let (few, many) = (costs_of_months(200), costs_of_months(800));
    for ((name, few), (_, many)) in few.into_iter().zip(many) {
        assert!(
            many.statements <= few.statements,
            "{name}: {few:?}, then {many:?}"
        );
        assert!(many.is_within(1.1, few), "{name}: {few:?}, then {many:?}");
    }
}

/// The cost of correcting an old story behind a full list, when `count` stories like it were corrected on the same day.
fn correction_behind(count: usize) -> Cost {
    let measured = MeasuredStore::new();
    let old = |number: usize, text: &str| {
        let mut story = json!({"published": "2026-01-02T00:00:00Z", "body": text});
        if text != "Text.\n" {
            story["updated"] = json!(now().to_rfc3339());
        }
        put(&format!("old-{number}"), &story)
    };
    for number in 0..=count {
        measured.entries(old(number, "Text.\n"));
    }
    for number in 0..count {
        measured.entries(old(number, "Other text.\n"));
    }
    measured.cost(old(count, "Other text.\n"))
}

#[test]
fn a_correction_behind_a_list_does_not_read_the_list() {
    let (few, many) = (correction_behind(40), correction_behind(160));
    // The window of the feed holds what was corrected, and is gone through; by this many statements the list would be.
    assert_eq!(many.statements, few.statements, "{few:?} {many:?}");
}
