//! kill -9 at any moment: what was acknowledged is there after the restart, and the log has no gap.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::Utc;
use courant::http::rendered;
use courant::item::{PhotographError, file};
use courant::publication::Publication;
use courant::resource::{BaseUrl, Resource};
use courant::store::{AddressTarget, Change, Entry, Origin, PubStatus, Settings, Store};
use serde_json::Value;

use crate::support::*;

const CHANGES: u64 = 1000;

/// At most this many changes pass between two kills, so that there are many.
const MAX_BETWEEN: u64 = 110;

/// The article slugs are these many, so that most changes are of something that is there.
const STORIES: u64 = 13;

const DATA: &str = "COURANT_TEST_KILLED_DATA";

/// What a change makes of the stories: their texts, or nothing where they are taken back.
fn alterations(number: u64) -> Vec<(String, Option<String>)> {
    let slug = |number: u64| format!("story-{}", number % STORIES);
    let text = format!("Change {number}.");
    match number % 11 {
        0 => vec![(slug(number), None)],
        _ => vec![
            (slug(number), Some(text.clone())),
            (slug(number * 5 + 1), Some(text)),
        ],
    }
}

/// All stories after this many changes.
fn model(changes: u64) -> BTreeMap<String, Option<String>> {
    let mut stories = BTreeMap::new();
    for (slug, text) in (1..=changes).flat_map(alterations) {
        if text.is_some() || stories.contains_key(&slug) {
            stories.insert(slug, text);
        }
    }
    stories
}

fn commands(store: &Store, number: u64) -> Vec<Change> {
    let command = |(slug, text): (String, Option<String>)| match text {
        None => match store.find_article(&slug).expect("a store that reads") {
            AddressTarget::Here(id) => Some(Change::Withdraw(id)),
            _ => None,
        },
        Some(text) => {
            let source = format!(
                "+++\nheadline = \"{slug}\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
                 text = \"A picture.\"\n+++\n{text}\n"
            );
            let none = |name: &str| {
                Err(PhotographError::Missing {
                    name: name.to_owned(),
                })
            };
            let article = file::parse(source.as_bytes(), &none)
                .article
                .expect("an article");
            let origin = Origin {
                path: format!("city/{slug}"),
                stat: number.to_string(),
                digest: number.to_string(),
            };
            Some(Change::put(article, "city", &slug, origin))
        }
    };
    alterations(number)
        .into_iter()
        .filter_map(command)
        .collect()
}

fn settings() -> Settings {
    let source =
        "title = \"Killed\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    let none = |name: &str| {
        Err(PhotographError::Missing {
            name: name.to_owned(),
        })
    };
    let publication: Option<Publication> =
        courant::publication::parse(source.as_bytes(), &none).publication;
    Settings {
        publication: publication.expect("a publication"),
        source: source.to_owned(),
        base_url: "http://killed.example".to_owned(),
    }
}

/// How far the stories came: exactly one number of changes makes them what they are.
fn standing(store: &Store, candidates: [u64; 2]) -> Option<u64> {
    let mut stories = BTreeMap::new();
    for slug in (0..STORIES).map(|number| format!("story-{number}")) {
        if let AddressTarget::Here(id) = store.find_article(&slug).expect("a store that reads") {
            let known = store
                .article(id)
                .expect("a store that reads")
                .expect("the article");
            let usable = known.state.status == PubStatus::Usable;
            stories.insert(slug, usable.then(|| known.article.body.trim().to_owned()));
        }
    }
    candidates
        .into_iter()
        .find(|changes| model(*changes) == stories)
}

fn spelled(entry: &Entry) -> String {
    let item = entry.item.map(|id| id.to_string()).unwrap_or_default();
    format!(
        "{} {} {item} {}",
        entry.position.seq,
        entry.kind.name(),
        entry.revision.unwrap_or_default()
    )
}

/// No test, but what the tests here run in a process of its own, which is killed: applies change after change and tells
/// each when `apply` has returned.
#[test]
#[ignore = "no test: the others of this file run it and kill it"]
fn writer() {
    let data = std::env::var_os(DATA).expect("a folder from the test that runs this");
    let store =
        crate::support::place::open_store(Path::new(&data), Utc::now()).expect("the store opens");
    let mut out = std::io::stdout().lock();
    // The harness has begun a line of its own.
    writeln!(out).expect("a line");
    let settings = [Change::Settings(Box::new(settings()))];
    store.apply(&Utc::now, "test", &settings).expect("settings");
    let begin = std::env::var("COURANT_TEST_BEGIN").expect("where to begin");
    let begin: u64 = begin.parse().expect("a number");
    for number in begin..=CHANGES {
        let outcomes = store.apply(&Utc::now, "test", &commands(&store, number));
        for outcome in outcomes.expect("a change") {
            for entry in outcome.expect("a change") {
                writeln!(out, "entry {}", spelled(&entry)).expect("a line");
            }
        }
        writeln!(out, "done {number}").expect("a line");
    }
}

fn spawn_writer(data: &Path, begin: u64) -> Running {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args([
            "--ignored",
            "--exact",
            "interrupted::writer",
            "--nocapture",
            "--test-threads",
            "1",
        ])
        .env(DATA, data)
        .env("COURANT_TEST_BEGIN", begin.to_string())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    Running::of(command)
}

fn whole_log(store: &Store) -> Vec<Entry> {
    let entries = store.log_after(0, usize::MAX >> 1).expect("a log");
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(entry.position.seq, place as u64 + 1, "a gap in the log");
    }
    for pair in entries.windows(2) {
        assert!(
            pair[0].position.time < pair[1].position.time,
            "time runs backwards"
        );
    }
    entries
}

fn well_formed(store: &Store) {
    let base = BaseUrl::parse("http://killed.example").expect("a base");
    let is_told = store.settings().expect("a store that reads").is_some();
    let articles = (0..STORIES).map(|number| format!("/articles/story-{number}"));
    let stems = ["/feed", "/captions", "/sections/city"].map(String::from);
    for stem in stems.into_iter().chain(articles) {
        for format in ["rss", "atom", "json"] {
            let path = format!("{stem}.{format}");
            let resource = Resource::parse(&path).expect("a resource");
            let rendered = rendered(store, &base, &resource).expect("a document");
            let Some(body) = rendered.body() else {
                // A store that died before its settings knows no section, one that died early not every story.
                let is_early = stem.starts_with("/sections") && !is_told;
                assert!(stem.starts_with("/articles") || is_early, "{path}");
                continue;
            };
            check_document(&path, body);
        }
    }
}

fn check_document(path: &str, body: &[u8]) {
    let text = std::str::from_utf8(body).expect("UTF-8");
    if path.ends_with(".json") {
        let feed: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(feed["items"].is_array(), "{path}");
    } else {
        roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
}

#[test]
fn every_change_that_apply_acknowledged_survives_kill_9() {
    let paper = Paper::new();
    let data = paper.data();
    let mut random = Random(0x5eed_c0de_2026_1124);
    let mut told: BTreeMap<u64, String> = BTreeMap::new();
    let mut done = 0;
    let mut rounds = 0;
    let mut in_flight = 0;
    while done < CHANGES {
        rounds += 1;
        let mut writer = spawn_writer(&data, done + 1);
        // The first rounds die while the store is being made.
        let until = if rounds <= 3 {
            0
        } else {
            done + random.below(MAX_BETWEEN)
        };
        let lines = writer.out.clone();
        let newest = |from: u64| -> u64 {
            let lines = lines.lock().expect("lines");
            let numbers = lines
                .iter()
                .filter_map(|line| line.strip_prefix("done ")?.parse().ok());
            numbers.max().unwrap_or(from)
        };
        wait("changes to be made", || {
            let ended = writer.ended();
            assert!(
                ended.is_none_or(|status| status.success()),
                "{}",
                writer.errors()
            );
            (newest(done) >= until.min(CHANGES)).then_some(())
        });
        // Anywhere within a change: they take a few milliseconds each.
        std::thread::sleep(Duration::from_micros(random.below(12_000)));
        writer.kill();
        let acknowledged = newest(done);
        for line in writer.out.lock().expect("lines").iter() {
            if let Some(entry) = line.strip_prefix("entry ") {
                let seq = entry.split(' ').next().and_then(|seq| seq.parse().ok());
                told.insert(seq.expect("a number"), entry.to_owned());
            }
        }
        let store = crate::support::place::open_store(&data, Utc::now())
            .expect("the store opens after a kill");
        let log: BTreeMap<u64, String> = whole_log(&store)
            .iter()
            .map(|e| (e.position.seq, spelled(e)))
            .collect();
        for (seq, entry) in &told {
            assert_eq!(
                log.get(seq),
                Some(entry),
                "round {rounds}: it was acknowledged"
            );
        }
        // A change under way is there whole or not at all.
        let found = standing(&store, [acknowledged, acknowledged + 1]);
        done = found.unwrap_or_else(|| panic!("round {rounds}: torn behind change {acknowledged}"));
        in_flight += done - acknowledged;
        well_formed(&store);
        close(store);
    }
    println!("{rounds} rounds, {in_flight} changes kept that no one was told of");
    assert!(rounds >= 8, "{rounds} rounds");
    assert!(told.len() as u64 > CHANGES, "{} entries", told.len());
    // Some kills fell between the commit and its word; all the same nothing was torn.
    assert!(in_flight <= rounds, "{in_flight}");
    let store = crate::support::place::open_store(&data, Utc::now()).expect("the store");
    assert_eq!(standing(&store, [CHANGES, CHANGES]), Some(CHANGES));
}

/// Entries that the server told on standard error: number, kind, item and revision.
fn told_by(server: &Server) -> Vec<(u64, String)> {
    let lines = server.running.err.lock().expect("lines");
    let entry = |line: &String| {
        let mut words = line.split(' ').skip(1);
        let seq = words.next()?.strip_prefix('#')?.parse().ok()?;
        let kind = words.next()?;
        let _filed = words.next()?;
        let item = words
            .next()
            .filter(|word| word.starts_with("urn:"))
            .unwrap_or("-");
        let revision = words
            .next()
            .and_then(|word| word.strip_prefix('r'))
            .unwrap_or("-");
        Some((seq, format!("{kind} {item} {revision}")))
    };
    lines.iter().filter_map(entry).collect()
}

#[test]
fn a_server_killed_while_it_follows_its_folder_has_all_that_it_told() {
    const ROUNDS: u64 = 8;
    const EDITS: u64 = CHANGES / ROUNDS;
    let paper = Paper::new();
    let name = |story: u64| format!("city/story-{story}");
    let mut texts: BTreeMap<u64, String> = BTreeMap::new();
    for story in 0..60 {
        texts.insert(story, "Change 0.".to_owned());
        paper.article(&name(story), &format!("Story {story}"), "Change 0.");
    }
    let mut random = Random(0xc0de_5eed_1124_2026);
    let mut told: BTreeMap<u64, String> = BTreeMap::new();
    let mut start = paper.starting();
    for round in 0..ROUNDS {
        let mut server = start.serve();
        start = paper.starting().at(server.address);
        let dies_at = random.below(EDITS);
        for number in 0..EDITS {
            let story = random.below(texts.len() as u64);
            let text = format!("Change {}.", round * EDITS + number + 1);
            paper.article(&name(story), &format!("Story {story}"), &text);
            texts.insert(story, text);
            if number == dies_at {
                std::thread::sleep(Duration::from_micros(random.below(400_000)));
                server.running.kill();
            }
            // Edits come in bursts with pauses, so that the folder is brought in many times.
            if random.below(8) == 0 {
                std::thread::sleep(Duration::from_millis(random.below(110)));
            }
        }
        for (seq, entry) in told_by(&server) {
            assert!(told.insert(seq, entry).is_none(), "#{seq} was told twice");
        }
        let log = paper.log();
        for (place, entry) in log.iter().enumerate() {
            assert_eq!(seq_of(entry), place as u64 + 1, "a gap in the log");
        }
        for (seq, entry) in &told {
            let kept = log
                .get(usize::try_from(*seq).expect("a place") - 1)
                .expect("it was told");
            let word = |key: &str| kept[key].as_str().unwrap_or("-").to_owned();
            let revision = kept["revision"]
                .as_u64()
                .map_or("-".to_owned(), |n| n.to_string());
            assert_eq!(
                *entry,
                format!("{} {} {revision}", word("kind"), word("item"))
            );
        }
    }
    let server = start.serve();
    for (story, text) in &texts {
        server.until(&format!("/articles/story-{story}.json"), |answer| {
            answer.has(text)
        });
    }
    for path in server.addresses().iter().filter(|path| is_feed(path)) {
        check_document(path, &server.get(path).body);
    }
    assert!(told.len() as u64 > 100, "{} entries were told", told.len());
    let last = paper.last();
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    wait("a look", || {
        server
            .metric("courant_last_scan_seconds")
            .filter(|t| *t > 0.0)
    });
    assert_eq!(paper.last(), last, "all that was missed came in, and once");
}
