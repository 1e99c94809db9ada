//! Work, not seconds: what a write takes grows as what is written does, up to each limit.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::item::limits::{MAX_CAPTIONS, MAX_PARTS, MAX_TAGS};
use crate::item::{Id, PhotographError, json as item_json, work};
use crate::publication;

use super::{Act, Action, Change, Entry, Expected, Removal, Settings, Store, StoreError, plans};

fn now() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().expect("a date")
}

struct Paper {
    store: Store,
    _folder: tempfile::TempDir,
}

/// What a write took.
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

impl Paper {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let text = "title = \"x\"\nlanguage = \"en\"\nmain_feed = [\"articles\", \"captions\"]\n\
                    [[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
        let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
        let settings = Settings {
            publication: parsed.publication.expect("a publication"),
            source: String::new(),
            base_url: "https://courier.example.org".to_owned(),
        };
        let paper = Self {
            store,
            _folder: folder,
        };
        paper.entries(Change::Settings(Box::new(settings)));
        // Windows and segments have something in them.
        for number in 0..60 {
            paper.entries(put(&format!("filler-{number}"), &json!({})));
        }
        paper
    }

    fn apply(&self, change: Change) -> Result<Vec<Entry>, StoreError> {
        let mut outcomes = self.store.apply(&now, "test", &[change]).expect("a store");
        outcomes.pop().expect("an outcome")
    }

    fn entries(&self, change: Change) -> Vec<Entry> {
        self.apply(change).expect("a change")
    }

    fn cost(&self, change: Change) -> Cost {
        plans::runs();
        work::comparisons();
        self.entries(change);
        let runs = plans::runs();
        Cost {
            statements: runs.statements,
            steps: runs.steps,
            comparisons: work::comparisons(),
        }
    }

    /// The captions of a story as they stand, each with what `change` makes of it.
    fn captions(&self, slug: &str, change: impl Fn(usize, &mut Value)) -> Vec<Value> {
        let drafted = self.store.drafted(id(slug)).expect("a store");
        let printed = item_json::print(&drafted.expect("a story").article);
        let mut captions = printed["captions"].as_array().cloned().unwrap_or_default();
        for (place, caption) in captions.iter_mut().enumerate() {
            change(place, caption);
        }
        captions
    }
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
    let photographs = |name: &str| {
        Err(PhotographError::Missing {
            name: name.to_owned(),
        })
    };
    let object = story.as_object().expect("an object");
    let parsed = item_json::parse(object, &photographs);
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
    let paper = Paper::new();
    let mut costs = Vec::new();
    let mut write = |name, change| costs.push((name, paper.cost(change)));
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
    let known = paper.captions("a", |place, caption| {
        caption["text"] = json!(format!("Known {place}"));
        caption["credit"] = json!(format!("Person {place}"));
    });
    write(
        "the known with other texts",
        put("a", &json!({"captions": known})),
    );
    let mut known = paper.captions("a", |_, _| {});
    known.reverse();
    write("in another order", put("a", &json!({"captions": known})));
    write("withheld", act("a", Action::Remove(Removal::Withheld)));
    let known = paper.captions("a", |place, caption| {
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
        let paper = Paper::new();
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
        .map(|(name, more)| (name, paper.cost(put("a", &more))))
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
    let paper = Paper::new();
    // All of them are `a` in an address, with a number.
    let tags = |story: usize, n: usize| -> Value {
        let name = |place: usize| format!("a{}", "!".repeat(1 + story * MAX_TAGS + place));
        // Short enough for the limit of all texts together.
        let tags: Vec<String> = (0..n).map(name).collect();
        json!({"tags": tags})
    };
    let some = paper.cost(put("a", &tags(0, 20)));
    let twice = paper.cost(put("b", &tags(1, 40)));
    assert!(twice.is_within(2.6, some), "{some:?}, then {twice:?}");
    let late = paper.cost(put("c", &tags(2, 20)));
    assert!(late.is_within(1.5, some), "{some:?}, then {late:?}");
}

#[test]
fn items_of_one_moment_are_told_apart_in_few_steps() {
    let paper = Paper::new();
    let batch = |from: usize| -> Vec<Change> {
        let stories = from..from + 200;
        stories
            .map(|number| put(&format!("story-{number}"), &json!({})))
            .collect()
    };
    let cost_of_next = |slug: &str| {
        paper.store.forget_ties();
        paper.cost(put(slug, &json!({})))
    };
    paper.store.apply(&now, "test", &batch(0)).expect("a store");
    let some = cost_of_next("one");
    paper
        .store
        .apply(&now, "test", &batch(200))
        .expect("a store");
    paper
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
fn items_that_want_the_moment_of_another_that_is_not_written_yet_get_their_own() {
    let paper = Paper::new();
    let later = json!({"updated": (now() + TimeDelta::milliseconds(80)).to_rfc3339()});
    for number in 0..20 {
        paper.entries(put(&format!("future-{number}"), &later));
    }
    // Their entries come at just these moments.
    for round in 0..30 {
        let captions: Vec<Value> = (0..5)
            .map(|place| json!({"text": format!("Round {round}, {place}")}))
            .collect();
        paper.entries(put("a", &json!({"captions": captions})));
    }
}

#[test]
fn an_article_has_so_many_captions_in_its_life() {
    let paper = Paper::new();
    let mut refused = None;
    for round in 0..5 {
        // Never as many as before: then they would be known by their places.
        let captions: Vec<Value> = (round..MAX_CAPTIONS)
            .map(|place| json!({"text": format!("Round {round}, {place}")}))
            .collect();
        refused = paper.apply(put("a", &json!({"captions": captions}))).err();
    }
    let said = refused.expect("a refusal");
    assert!(matches!(said, StoreError::TooManyCaptions { .. }), "{said}");
    // What it has can be changed, and taken away.
    let known = paper.captions("a", |_, caption| caption["text"] = json!("Other"));
    paper.entries(put("a", &json!({"captions": known})));
    paper.entries(act("a", Action::Remove(Removal::Withheld)));
}

#[test]
fn what_is_due_is_done_a_little_at_a_time() {
    let paper = Paper::new();
    let later = json!({"embargo_until": (now() + TimeDelta::hours(1)).to_rfc3339()});
    for number in 0..40 {
        paper.entries(put(&format!("waiting-{number}"), &later));
    }
    let then = || now() + TimeDelta::hours(2);
    let done = || {
        let outcomes = paper
            .store
            .apply(&then, "test", &[Change::Due])
            .expect("a store");
        outcomes.into_iter().flatten().flatten().count()
    };
    assert_eq!([done(), done(), done(), done()], [16, 16, 8, 0]);
}

#[test]
fn a_decision_goes_before_the_orders_that_are_left_of_a_batch() {
    let paper = Paper::new();
    paper.entries(put("bad", &json!({})));
    let last = paper.store.position().seq;
    let stories = (0..200).map(|number| put(&format!("story-{number}"), &json!({})));
    let stories: Vec<Change> = stories.collect();
    let has_begun = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let store = &paper.store;
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
        let outcomes = store.apply(&clock, "test", &stories).expect("a store");
        assert_eq!(outcomes.len(), stories.len());
        assert!(outcomes.iter().all(Result::is_ok));
    });
    let entries = paper.store.log_after(last, 300).expect("a store");
    let place = entries.iter().position(|entry| entry.actor == "desk");
    assert_eq!(place, Some(1), "behind the one that was under way");
    assert_eq!(entries.len(), 201);
}

#[test]
fn a_section_with_many_articles_moves_by_a_few_statements_for_each() {
    let costs = [50, 100].map(|n: usize| {
        let paper = Paper::new();
        let known = paper.store.publication().expect("a publication");
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
        paper.entries(section_change("town", section.clone()));
        for number in 0..n {
            let slug = format!("story-{number}");
            let Change::Put(mut story) = put(&slug, &json!({})) else {
                unreachable!("a put");
            };
            "town".clone_into(&mut story.section);
            paper.entries(Change::Put(story));
        }
        section.slug = "village".to_owned();
        section.former = vec!["town".to_owned()];
        let cost = paper.cost(section_change("town", section));
        let moved = paper
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
        let paper = Paper::new();
        for number in 0..n {
            let waiting = json!({"draft": true, "guid": format!("older/{number}")});
            paper.entries(put(&format!("waiting-{number}"), &waiting));
        }
        paper.cost(put("a", &json!({"guid": "older/a"})))
    });
    let [few, many] = costs;
    assert!(many.is_within(1.1, few), "{few:?}, then {many:?}");
}

#[test]
fn a_batch_ends_behind_the_change_under_way_where_the_store_is_stopped() {
    let paper = Paper::new();
    let last = paper.store.position().seq;
    let stories = (0..50).map(|number| put(&format!("story-{number}"), &json!({})));
    let stories: Vec<Change> = stories.collect();
    let clock = || {
        paper.store.stop();
        now()
    };
    let outcome = paper.store.apply(&clock, "test", &stories);
    assert!(matches!(outcome, Err(StoreError::Stopping)), "{outcome:?}");
    assert_eq!(paper.store.position().seq, last + 1);
}
