//! A cache in front is told of every change until it acknowledges it, and of nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use courant::config::Config;
use courant::http::Front;
use courant::store::Store;

use crate::support::{Answer, Cache, Paper, Server, wait};

fn varnish(cache: &Cache) -> String {
    format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    )
}

fn metric(server: &Server, name: &str) -> f64 {
    let text = server.operate("/metrics").text();
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name}{{")));
    let value = line.and_then(|line| line.rsplit(' ').next());
    value.and_then(|value| value.parse().ok()).expect(name)
}

#[test]
fn an_edit_is_purged_where_it_shows_and_once_more_a_little_later() {
    let cache = Cache::start();
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.configured(&varnish(&cache));
    assert!(cache.told().is_empty(), "a new cache holds nothing old");
    paper.edit(
        "city/tram-line-four/article.md",
        "headline = \"",
        "headline = \"Late: ",
    );
    let told = cache.told_times(1);
    assert_eq!(told[0].line, "PURGE /purge HTTP/1.1");
    let keys = told[0].keys();
    for key in ["all", "s-city", "a-01a1f24a-a5ac-70db-8770-588eb71ed78a"] {
        assert!(keys.contains(key), "{key} in {keys:?}");
    }
    for key in ["s-harbour", "s-zh", "sections"] {
        assert!(!keys.contains(key), "{key} in {keys:?}");
    }
    let everything = |key: &String| key.starts_with("p-");
    assert!(!keys.iter().any(everything), "{keys:?}");
    // An answer of before the change, still on its way at the first purge, came into the cache behind it.
    assert_eq!(cache.told_times(2)[1].keys(), keys);
    let last = paper.last() as f64;
    wait("the measures", || {
        (metric(&server, "courant_purge_position") == last).then_some(())
    });
    assert_eq!(metric(&server, "courant_purges_total"), 2.0);
    assert_eq!(metric(&server, "courant_purge_failures_total"), 0.0);
}

/// Addresses that nothing leads to any more, or not yet.
const BESIDE: [&str; 9] = [
    "/sitemap.xml",
    "/sitemap-news.xml",
    "/robots.txt",
    "/feeds.opml",
    "/sections/port",
    "/sections/port.rss",
    "/articles/market-hall-roof",
    "/articles/market-hall-roof.atom",
    "/articles/night-ferry-returns",
];

/// What stands at every address.
fn everything(server: &Server) -> BTreeMap<String, Answer> {
    let mut paths = server.addresses();
    paths.extend(BESIDE.map(str::to_owned));
    for part in server.get("/sitemap.xml").text().split("<loc>").skip(1) {
        let address = part.split('<').next().unwrap();
        paths.insert(address.strip_prefix(&server.base()).unwrap().to_owned());
    }
    let asked = paths.into_iter().map(|path| {
        let answer = server.get(&path);
        (path, answer)
    });
    asked.collect()
}

/// What a cache in front would go on giving.
fn shown(answer: &Answer) -> (u16, Option<&str>, &[u8]) {
    (answer.status, answer.header("location"), &answer.body)
}

fn rename(paper: &Paper, from: &str, to: &str) {
    fs::rename(paper.path(from), paper.path(to)).unwrap();
}

type Alteration = (&'static str, fn(&Paper));

const ALTERATIONS: [Alteration; 14] = [
    ("a story is moved to another section", |paper| {
        rename(paper, "city/tram-line-four", "harbour/tram-line-four");
    }),
    ("a story with a photograph is withdrawn", |paper| {
        rename(paper, "harbour/night-ferry-returns", "../withdrawn");
    }),
    ("a story is renamed", |paper| {
        rename(paper, "city/market-hall-roof", "city/market-roof");
    }),
    ("a renamed story is renamed again", |paper| {
        rename(paper, "city/market-roof", "city/roof");
    }),
    ("a withdrawn story comes back", |paper| {
        rename(paper, "../withdrawn", "harbour/night-ferry-returns");
    }),
    ("a story is new", |paper| {
        paper.article("zh/xin", "New", "Text.");
    }),
    ("a caption is corrected", |paper| {
        let file = "harbour/north-quay-crane-stays/article.md";
        let text = paper.read(file);
        paper.write(file, text.replacen("text = \"", "text = \"Corrected: ", 1));
    }),
    ("a section is new", |paper| {
        let settings = paper.read("publication.toml");
        let more = "\n[[sections]]\nslug = \"sport\"\ntitle = \"Sport\"\n";
        paper.write("publication.toml", settings + more);
    }),
    ("a new story takes the old address of another", |paper| {
        paper.article("city/market-hall-roof", "Another roof", "Text.");
    }),
    ("a named feed is new", |paper| {
        let settings = paper.read("publication.toml");
        let more = "\n[[feeds]]\nname = \"both\"\ntitle = \"Both\"\nkinds = [\"articles\", \"captions\"]\n";
        paper.write("publication.toml", settings + more);
    }),
    ("a named feed takes other items", |paper| {
        paper.edit(
            "publication.toml",
            "kinds = [\"articles\", \"captions\"]\n",
            "sections = [\"city\"]\n",
        );
    }),
    // So many items at once that segments of the archive are closed.
    ("the main feed takes captions", |paper| {
        let settings = paper.read("publication.toml");
        let taken = format!("main_feed = [\"articles\", \"captions\"]\n{settings}");
        paper.write(
            "publication.toml",
            taken.replace("\nmain_feed = [\"articles\"]", ""),
        );
    }),
    ("a section has another title", |paper| {
        paper.edit("publication.toml", "title = \"City\"", "title = \"Town\"");
    }),
    ("a named feed is gone", |paper| {
        let settings = paper.read("publication.toml");
        let (rest, _) = settings.split_once("[[feeds]]").unwrap();
        paper.write("publication.toml", rest);
    }),
];

#[test]
fn whatever_a_change_alters_had_a_key_that_is_purged() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.configured("[cdn]\nkey_headers = [\"xkey\"]\n");
    let store = Store::open_beside_at(&crate::support::place::store_place(&paper.data())).unwrap();
    let front = Front::new(
        Vec::new(),
        Vec::new(),
        true,
        store.publication().unwrap().id(),
    );
    for (what, alter) in ALTERATIONS {
        let before = everything(&server);
        let last = paper.last();
        alter(&paper);
        wait(what, || (paper.last() > last).then_some(()));
        let after: Vec<Answer> = before.keys().map(|path| server.get(path)).collect();
        store.refresh().unwrap();
        let touched = store.touched_after(last, usize::MAX >> 1).unwrap();
        let purged: BTreeSet<String> = touched.keys.iter().map(|key| front.key(key)).collect();
        let mut altered = 0;
        // What was not there is kept for a minute alone, and must not say what it waits for.
        for ((path, answer), now) in before.iter().zip(after) {
            if answer.status == 404 || shown(answer) == shown(&now) {
                continue;
            }
            altered += 1;
            let keys = answer.header("xkey").unwrap_or_default();
            assert!(
                keys.split(' ').any(|key| purged.contains(key)),
                "{what}: {path} was {} and is {}; its keys {keys} are none of {purged:?}",
                answer.status,
                now.status
            );
        }
        assert!(altered > 0, "{what}: nothing is altered");
    }
}

#[test]
fn a_cache_that_fails_is_told_again_and_said_once() {
    let cache = Cache::start();
    cache.answers(503);
    let paper = Paper::new();
    paper.article("city/a", "A", "One.");
    let secret = paper.dir.path().join("secret");
    fs::write(&secret, "Fastly-Key: hush-hush\n").unwrap();
    let server = paper.configured(&format!(
        "[cdn]\nkey_headers = [\"Surrogate-Key\"]\n[[cdn.purge]]\nkind = \"generic\"\nmethod = \"BAN\"\n\
         url = \"{}?token=hidden\"\nheader = \"X-Keys\"\nseparator = \"comma\"\ncredential_file = \"{}\"\n",
        cache.url(),
        secret.display()
    ));
    paper.article("city/a", "A", "Two.");
    let told = cache.told_times(1);
    assert_eq!(told[0].line, "BAN /purge?token=hidden HTTP/1.1");
    assert_eq!(told[0].header("fastly-key"), Some("hush-hush"));
    let keys = told[0].header("x-keys").unwrap();
    assert!(keys.split(',').any(|key| key == "s-city"), "{keys}");
    server.line(&["did not acknowledge", "503"]);
    // A redirect is no acknowledgement, and is not followed.
    cache.told_times(2);
    cache.answers(302);
    let count = cache.told().len();
    cache.told_times(count + 1);
    cache.answers(204);
    server.line(&["takes purges again"]);
    assert!(cache.told().iter().all(|told| told.line.contains("/purge")));
    assert!(metric(&server, "courant_purge_failures_total") >= 2.0);
    let said = server.running.errors();
    assert_eq!(said.matches("did not acknowledge").count(), 1, "{said}");
    let metrics = server.operate("/metrics").text();
    for secret in ["hush", "hidden"] {
        assert!(!said.contains(secret) && !metrics.contains(secret));
    }
}

#[test]
fn what_was_not_acknowledged_is_purged_after_a_restart() {
    let cache = Cache::start();
    cache.answers(500);
    let paper = Paper::new();
    paper.article("city/a", "A", "One.");
    let settings = varnish(&cache);
    let server = paper.configured(&settings);
    paper.article("city/a", "A", "Two.");
    server.line(&["did not acknowledge"]);
    // Another port would be another base URL, which touches everything.
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let before = cache.told().len();
    cache.answers(200);
    let server = paper.configuring(&settings).at(address).serve();
    let told = cache.told_times(before + 1);
    assert!(told[before].keys().contains("s-city"));
    // Once it is acknowledged twice, a restart says nothing any more.
    cache.told_times(before + 2);
    let name = "courant_purge_position";
    let newest = paper.last() as f64;
    wait("the cursor", || {
        (metric(&server, name) == newest).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
    let before = cache.told().len();
    let server = paper.configuring(&settings).at(address).serve();
    paper.article("harbour/b", "B", "New.");
    let told = cache.told_times(before + 1);
    let keys = told[before].keys();
    assert!(
        keys.contains("s-harbour") && !keys.contains("s-city"),
        "{keys:?}"
    );
    drop(server);
}

#[test]
fn a_change_of_settings_purges_everything() {
    let cache = Cache::start();
    let paper = Paper::new();
    paper.article("city/a", "A", "One.");
    let _server = paper.configured(&varnish(&cache));
    paper.edit(
        "publication.toml",
        "title = \"The Courier\"",
        "title = \"The Herald\"",
    );
    let keys = cache.told_times(1)[0].keys();
    let publication = "p-01a05bfb-7000-7718-a56f-62f784e61c00".to_owned();
    assert_eq!(keys, BTreeSet::from([publication]));
}

#[test]
fn a_credential_that_is_not_there_is_said_before_anything_is_served() {
    let paper = Paper::new();
    let (code, said) = paper
        .configuring(
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\n\
             url = \"http://127.0.0.1:1/\"\ncredential_env = \"COURANT_TEST_OF_NO_SUCH_VARIABLE\"\n",
        )
        .fail();
    assert_eq!(code, Some(1));
    assert!(said.contains("COURANT_TEST_OF_NO_SUCH_VARIABLE"), "{said}");
}

#[test]
fn what_is_wrong_with_the_settings_of_caches_is_said_with_its_line() {
    let cases = [
        (
            "[cdn]\nkey_header = [\"xkey\"]",
            "did you mean key_headers?",
        ),
        (
            "[cdn]\nkey_headers = [\"Edge-Tag\"]",
            "Cache-Tag, Surrogate-Key, xkey",
        ),
        (
            "[cdn]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"http://a/\"",
            "key_headers in [cdn]",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"squid\"\nurl = \"http://a/\"\nheader = \"K\"",
            "varnish or generic",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"a.example\"",
            "url to be an address",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"",
            "the key url",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nurl = \"http://a/\"\nkind = \"generic\"",
            "the key header",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nurl = \"http://a/\"\nkind = \"varnish\"\n\
             credential_file = \"a\"\ncredential_env = \"B\"",
            "found both",
        ),
        (
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nurl = \"http://a/\"\nkind = \"varnish\"\n\
             [[cdn.purge]]\nurl = \"http://a/\"\nkind = \"varnish\"",
            "each cache once",
        ),
        ("cdn = \"varnish\"", "cdn to be a table"),
    ];
    for (text, expected) in cases {
        let complaints = Config::parse(text).expect_err(text);
        let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|said| said.contains(expected)),
            "{text}: {said:?}"
        );
        assert!(
            complaints.iter().all(|complaint| complaint.line.is_some()),
            "{said:?}"
        );
    }
}
