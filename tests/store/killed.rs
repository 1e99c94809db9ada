//! What is killed is gone: no word of it stands in any file of the store, and no address tells of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support;
use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::{Paper, Random, Running, Server, courant, said, text, wait};

const DATA: &str = "COURANT_TEST_KILLED_READ";

/// Words that stand nowhere else, one in each thing that a killed story says or is called. Those of Chinese are looked for
/// as JSON escapes them, too.
const WORDS: [&str; 30] = [
    "zaqheadline",
    "zaqkicker",
    "zaqdeck",
    "zaqdateline",
    "zaqbody",
    "zaqlongago",
    "zaqshort",
    "zaqheading",
    "zaqtag",
    "zaqauthor",
    "zaqearliertag",
    "zaqearlierauthor",
    "zaqsource",
    "zaqrights",
    "zaqnote",
    "zaqpublic",
    "zaqcaption",
    "zaqalt",
    "zaqcredit",
    "zaqearliercredit",
    "zaqterms",
    "zaqfirstslug",
    "zaqsecondslug",
    "zaqretracted",
    "zaqdraft",
    "zaqpicture",
    "zaqrequest",
    "zaqdecision",
    "桥塌了",
    "孙杰甲",
];

/// Which of the words stand in which files below `folder`, in whatever case.
fn words_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.display().to_string().to_ascii_lowercase();
            // A file may go while it is looked for; a socket has nothing.
            let Ok(bytes) = fs::read(&path) else { continue };
            let bytes = bytes.to_ascii_lowercase();
            for word in WORDS {
                let escaped: String = word
                    .encode_utf16()
                    .map(|unit| format!("\\u{unit:04x}"))
                    .collect();
                let is_in = |word: &str| pictures::holds(&bytes, word.as_bytes());
                if is_in(word) || is_in(&escaped) || name.contains(word) {
                    found.push(format!("{word} in {}", path.display()));
                }
            }
        }
    }
    found
}

fn is_gone(data: &Path, when: &str) {
    let found = words_in(data);
    assert!(found.is_empty(), "{when}: {found:#?}");
}

/// No test, but what the tests here run in a process of its own: reads a store, and stays at what it reads until it is killed. (Locks are
/// a process's: one that reads the files beside them, as the tests do, loses its own.)
#[test]
#[ignore = "no test: the others of this file run it and kill it"]
fn reader() {
    let data = std::env::var_os(DATA).expect("a folder from the test that runs this");
    let reader = rusqlite::Connection::open(Path::new(&data).join("courant.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = "SELECT count(*) FROM revision";
    let found: i64 = reader.query_row(count, [], |row| row.get(0)).unwrap();
    println!("\nreads {found}");
    std::thread::sleep(support::PATIENCE * 3);
}

fn reading(data: &Path) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--ignored",
            "--exact",
            "killed::reader",
            "--nocapture",
            "--test-threads",
            "1",
        ])
        .env(DATA, data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let reader = Running::of(command);
    wait("a reader", || {
        let lines = reader.out.lock().unwrap();
        lines
            .iter()
            .any(|line| line.starts_with("reads "))
            .then_some(())
    });
    reader
}

/// Waits until the server says that nothing is left.
fn is_erased(server: &Server) {
    wait("the end of the erasing", || {
        let ready = server.operate("/readyz");
        (ready.text() == "ready\n").then_some(())
    });
}

fn desk() -> (Paper, Server, String) {
    let paper = Paper::new();
    let server = paper.start();
    let token = token(&paper, "newsdesk", "desk");
    (paper, server, token)
}

fn upload(desk: &Writer<'_>) -> Said {
    let picture = pictures::png(1300, 40);
    let headers = [("Content-Type", "image/png"), ("Slug", "zaqpicture")];
    desk.send("POST", "/api/v1/photographs", &headers, &picture)
        .expect(201)
}

fn soon(hours: i64) -> String {
    let moment = Utc::now() + TimeDelta::hours(hours);
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A story that says each of the words at one time or another.
fn story(picture: &Said) -> Value {
    let long: String = (0..2500)
        .map(|n| format!("zaqlongago {n} 桥塌了 "))
        .collect();
    json!({
        "section": "city",
        "slug": "zaqfirstslug",
        "headline": "Zaqheadline 桥塌了",
        "kicker": "Zaqkicker",
        "deck": "Zaqdeck",
        "dateline": "Zaqdateline",
        "published": "2025-02-28T09:00:00+08:00",
        "body": format!("Zaqbody.\n\n## Zaqheading\n\n{long}\n"),
        "tags": ["Zaqtag", "Zaqearliertag", "Harbour works"],
        "authors": ["Zaqauthor", "Zaqearlierauthor", "孙杰甲", "Ada Wells"],
        "source": "Zaqsource",
        "rights": "Zaqrights",
        "note": "Zaqnote",
        "captions": [{
            "text": "Zaqcaption", "alt": "Zaqalt", "credit": "Zaqearliercredit", "usage_terms": "Zaqterms",
            "image": picture.body["name"],
        }],
    })
}

fn shorter(known: &Said) -> Value {
    let mut story = known.body.clone();
    let object = story.as_object_mut().unwrap();
    object.remove("state");
    object.insert("body".to_owned(), json!("Zaqshort.\n"));
    object.insert("slug".to_owned(), json!("zaqsecondslug"));
    object.insert("tags".to_owned(), json!(["Zaqtag", "Harbour works"]));
    object.insert(
        "authors".to_owned(),
        json!(["Zaqauthor", "孙杰甲", "Ada Wells"]),
    );
    object.insert("public_note".to_owned(), json!("Zaqpublic."));
    let whole = json!([object["headline"]]);
    object.insert("headline_lines".to_owned(), whole);
    object["captions"][0]["credit"] = json!("Zaqcredit");
    object["captions"][0]["public_note"] = json!("Zaqpublic.");
    story
}

/// Writes a story that lives through all that a store keeps of one, and another that shares a tag and a person with it.
fn lived_through(desk: &Writer<'_>) -> Said {
    let mut other = story(&upload(desk));
    for key in [
        "slug", "kicker", "deck", "dateline", "source", "rights", "note", "captions",
    ] {
        other.as_object_mut().unwrap().remove(key);
    }
    other["headline"] = json!("The crane stays");
    other["body"] = json!("It stays.\n");
    other["tags"] = json!(["Harbour works"]);
    other["authors"] = json!(["Ada Wells"]);
    desk.post("/api/v1/articles", &other).expect(201);
    let key = [("Idempotency-Key", "\"zaqrequest\"")];
    let first = story(&upload(desk));
    let made = desk
        .json("POST", "/api/v1/articles", &key, &first)
        .expect(201);
    let known = desk.get(&made.path()).expect(200);
    let changed = desk.change("PUT", &made.path(), known.etag(), &shorter(&known));
    let changed = changed.expect(200);
    let path = format!("{}/retract", made.path());
    let retracted = desk.change(
        "POST",
        &path,
        changed.etag(),
        &json!({"public_note": "Zaqretracted."}),
    );
    let retracted = retracted.expect(200);
    let path = format!("{}/release", made.path());
    desk.change("POST", &path, retracted.etag(), &json!({}))
        .expect(200)
}

#[test]
fn no_word_of_what_is_killed_is_in_any_file_of_the_store() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    assert!(server.get("/articles/zaqsecondslug").has("Zaqshort"));
    assert!(!words_in(&data).is_empty());
    let kill = || {
        let key = [("Idempotency-Key", "\"zaqdecision\"")];
        let path = format!("{}/kill", made.path());
        desk.json("POST", &path, &key, &json!({})).expect(200);
    };
    kill();
    is_gone(&data, "when it was acknowledged");
    is_erased(&server);
    // It is known when it comes again.
    kill();
    is_gone(&data, "when it was asked again");
    // Its addresses say that it is gone, as they would if they were known.
    for slug in ["zaqfirstslug", "zaqsecondslug"] {
        assert_eq!(
            server.get(&format!("/articles/{slug}")).status,
            410,
            "{slug}"
        );
    }
    // The same story again is another, and has another address.
    let again = desk.post(
        "/api/v1/articles",
        &json!({
            "section": "city", "slug": "zaqsecondslug", "headline": "Anew", "body": "Anew.\n",
            "published": "2025-02-28T09:00:00+08:00",
        }),
    );
    again.expect(409);
    is_gone(&data, "after somebody asked for its address");
    let mut server = server;
    let address = server.address;
    server.running.kill();
    is_gone(&data, "after kill -9");
    let server = paper.starting().at(address).serve();
    is_gone(&data, "after the next start");
    assert_eq!(server.get("/articles/zaqfirstslug").status, 410);
    for path in server.addresses() {
        let answer = server.get(&path).text().to_ascii_lowercase();
        let told = WORDS.iter().find(|word| answer.contains(*word));
        assert_eq!(told, None, "{path}");
    }
    assert_eq!(server.stop(), Some(0));
    is_gone(&data, "after the server stopped");
}

#[test]
fn what_another_process_reads_is_erased_when_it_leaves() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    let mut reader = reading(&data);
    let killed = courant(&["kill", &made.id(), "--yes", "--data", text(&data)]);
    assert_eq!(killed.status.code(), Some(1), "{}", said(&killed));
    for words in [
        "entry ",
        "write-ahead log: a reader holds it",
        "the server goes on trying",
    ] {
        assert!(said(&killed).contains(words), "{}", said(&killed));
    }
    assert_eq!(server.get("/articles/zaqsecondslug").status, 410);
    let ready = server.operate("/readyz").text();
    assert!(
        ready.contains("write-ahead log: a reader holds it"),
        "{ready}"
    );
    assert!(!words_in(&data).is_empty(), "the reader held nothing");
    // Neither a crash nor a start forgets it.
    let mut server = server;
    let address = server.address;
    server.running.kill();
    let server = paper.starting().at(address).serve();
    wait("the word of it", || {
        let ready = server.operate("/readyz").text();
        ready
            .contains("write-ahead log: a reader holds it")
            .then_some(())
    });
    server.line(&["what was killed", "tried again"]);
    reader.kill();
    is_erased(&server);
    is_gone(&data, "when the reader left");
    server.line(&["what was killed is gone"]);
}

#[test]
fn a_kill_that_is_not_ended_is_taken_up_at_the_next_start() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    let mut reader = reading(&data);
    desk.post(&format!("{}/kill", made.path()), &json!({"legal": true}))
        .expect(200);
    let mut server = server;
    let address = server.address;
    server.running.kill();
    reader.kill();
    let server = paper.starting().at(address).serve();
    is_erased(&server);
    is_gone(&data, "after the next start");
    assert_eq!(server.get("/articles/zaqsecondslug").status, 451);
}

#[test]
fn drafts_and_what_waits_go_without_a_word() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    for (key, value) in [("draft", json!(true)), ("embargo_until", json!(soon(2)))] {
        let mut draft = story(&upload(&desk));
        draft[key] = value;
        let made = desk.post("/api/v1/articles", &draft).expect(201);
        let known = desk.get(&made.path()).expect(200);
        let mut short = shorter(&known);
        short["body"] = json!("Zaqdraft.\n");
        desk.change("PUT", &made.path(), known.etag(), &short)
            .expect(200);
        // A caption alone.
        let id = made.body["captions"][0]["id"]
            .as_str()
            .unwrap()
            .replace("urn:uuid:", "");
        desk.post(&format!("/api/v1/captions/{id}/kill"), &json!({}))
            .expect(204);
        let found = words_in(&data);
        assert!(
            !found.iter().any(|word| word.contains("zaqcaption")),
            "{found:#?}"
        );
        desk.post(&format!("{}/kill", made.path()), &json!({}))
            .expect(204);
        is_gone(&data, key);
    }
    let mut server = server;
    server.running.kill();
    is_gone(&data, "after kill -9");
}

#[test]
fn a_caption_alone_goes_with_its_photograph_and_whom_it_names() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    assert_eq!(server.get("/authors/zaqcredit.atom").status, 200);
    let id = made.body["captions"][0]["id"]
        .as_str()
        .unwrap()
        .replace("urn:uuid:", "");
    desk.post(&format!("/api/v1/captions/{id}/kill"), &json!({}))
        .expect(200);
    let found = words_in(&data);
    for word in [
        "zaqcaption",
        "zaqalt",
        "zaqcredit",
        "zaqearliercredit",
        "zaqterms",
        "zaqpicture",
    ] {
        assert!(
            !found.iter().any(|found| found.starts_with(word)),
            "{found:#?}"
        );
    }
    assert_eq!(server.get("/authors/zaqcredit.atom").status, 404);
    assert!(server.get("/articles/zaqsecondslug").has("Zaqshort"));
}

#[test]
fn a_file_that_stays_does_not_bring_it_back_into_the_store() {
    let paper = Paper::new();
    let data = paper.data();
    let at = "city/zaqfirstslug";
    paper.write(&format!("{at}/zaqpicture.png"), pictures::png(40, 30));
    paper.write(
        &format!("{at}/article.md"),
        "+++\nheadline = \"Zaqheadline\"\npublished = 2026-01-02T03:04:05Z\ntags = [\"Zaqtag\"]\n\
         [[captions]]\ntext = \"Zaqcaption\"\nimage = \"zaqpicture.png\"\n+++\nZaqbody.\n",
    );
    paper.article("city/crane", "The crane", "It stays.");
    let server = paper.start();
    assert_eq!(server.get("/tags/zaqtag.atom").status, 200);
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let killed = courant(&["kill", "zaqfirstslug", "--yes", "--data", text(&data)]);
    assert!(killed.status.success(), "{}", said(&killed));
    assert!(said(&killed).contains("backups"), "{}", said(&killed));
    is_gone(&data, "without a server");
    let server = paper.starting().at(address).serve();
    paper.edit(&format!("{at}/article.md"), "Zaqbody.", "Zaqlongago.");
    // The same under another name is the same.
    paper.article("city/tower", "The tower", "It stands.");
    server.until("/articles/tower", |answer| answer.status == 200);
    is_gone(&data, "with its file");
    assert_eq!(server.get("/articles/zaqfirstslug").status, 410);
    assert_eq!(server.get("/tags/zaqtag.atom").status, 404);
    let media = fs::read_dir(data.join("media")).unwrap();
    let pictures = media.flat_map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap());
    assert_eq!(pictures.count(), 0, "its photograph was kept again");
    let again = courant(&["kill", "zaqfirstslug", "--yes", "--data", text(&data)]);
    assert!(
        said(&again).contains("it was so already"),
        "{}",
        said(&again)
    );
}

#[test]
fn a_name_that_nothing_public_has_is_told_nowhere() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    let names = ["/tags/zaqtag", "/authors/zaqauthor", "/authors/zaqcredit"];
    let formats = ["rss", "atom", "json"];
    let at_once = |status: u16, page: u16| {
        for name in names {
            assert_eq!(server.get(name).status, page, "{name}");
            for format in formats {
                let answer = server.get(&format!("{name}.{format}"));
                assert_eq!(answer.status, status, "{name}.{format}");
                let told = answer.text();
                let is_told = ["Zaqtag", "Zaqauthor", "Zaqcredit"]
                    .iter()
                    .any(|word| told.contains(word));
                assert_eq!(is_told, page == 200, "{name}.{format}: {told}");
            }
        }
    };
    at_once(200, 200);
    // Whoever follows it is told that what it had is taken away, and no name.
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    at_once(200, 404);
    assert!(server.get("/tags/zaqtag.atom").has("at:deleted-entry"));
    let known = desk.get(&made.path()).expect(200);
    let release = format!("{}/release", made.path());
    let known = desk
        .change("POST", &release, known.etag(), &json!({}))
        .expect(200);
    at_once(200, 200);
    let retract = format!("{}/retract", made.path());
    desk.change(
        "POST",
        &retract,
        known.etag(),
        &json!({"public_note": "No."}),
    )
    .expect(200);
    at_once(200, 404);
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    at_once(404, 404);
    // What another story has, too, stays.
    for name in ["/tags/harbour-works", "/authors/ada-wells"] {
        assert!(
            server.get(&format!("{name}.atom")).has("The crane stays"),
            "{name}"
        );
    }
    // One that a draft alone has was never there.
    let mut draft = story(&upload(&desk));
    draft["draft"] = json!(true);
    draft.as_object_mut().unwrap().remove("slug");
    desk.post("/api/v1/articles", &draft).expect(201);
    at_once(404, 404);
}

#[test]
fn who_may_not_know_what_waits_learns_nothing_of_its_address_and_cannot_take_its_ids() {
    let (paper, server, desk_token) = desk();
    let desk = Writer::new(&server, &desk_token);
    let harbour_token = token(&paper, "harbour", "section:harbour");
    let harbour = Writer::new(&server, &harbour_token);
    let waiting = |headline: &str, slug: Option<&str>| {
        let mut story = json!({
            "section": "city", "headline": headline, "body": "It waits.\n",
            "published": "2025-02-28T09:00:00Z", "embargo_until": soon(2), "captions": [{"text": "A man"}],
        });
        if let Some(slug) = slug {
            story["slug"] = json!(slug);
        }
        desk.post("/api/v1/articles", &story).expect(201)
    };
    let ask = |story: Value| {
        let mut whole = json!({
            "section": "harbour", "headline": "Another", "body": "It is here.\n", "published": "2025-02-28T09:00:00Z",
        });
        for (key, value) in story.as_object().unwrap() {
            whole[key] = value.clone();
        }
        harbour.post("/api/v1/articles", &whole)
    };
    let made = waiting("The minister resigns", None);
    let slug = made.body["slug"].as_str().unwrap().to_owned();
    assert_eq!(slug, "2025-02-28-the-minister-resigns");
    // The same headline gets the address that it would get if nothing waited, and so does the same slug.
    let newcomer = ask(json!({"headline": "The minister resigns"})).expect(201);
    assert_eq!(newcomer.body["slug"], slug.as_str());
    let chosen = waiting("Chosen", Some("resigned"));
    let second = ask(json!({"slug": "resigned"})).expect(201);
    assert_eq!(second.body["slug"], "resigned");
    // What waits has addresses of its own, and comes.
    for (waits, slug) in [(&made, slug.as_str()), (&chosen, "resigned")] {
        let known = desk.get(&waits.path()).expect(200);
        let own = known.body["slug"].as_str().unwrap();
        assert!(own.starts_with(slug) && own.len() > slug.len(), "{own}");
        assert_ne!(known.etag(), waits.etag(), "its writer has to look");
        let mut now = known.body.clone();
        now.as_object_mut().unwrap().remove("embargo_until");
        let public = desk
            .change("PUT", &waits.path(), known.etag(), &now)
            .expect(200);
        assert_eq!(public.body["state"]["status"], "usable");
    }
    // Who sees it is told.
    let kept = waiting("Kept", Some("kept"));
    let mut own = json!({"section": "city", "headline": "Own", "slug": "kept", "body": "Own.\n", "published": "2025-02-28T09:00:00Z"});
    desk.post("/api/v1/articles", &own).expect(409);
    // Its ids are its own, whoever asks.
    let caption = kept.body["captions"][0]["id"].clone();
    own["slug"] = json!("free");
    own["captions"] = json!([{"id": caption, "text": "Taken"}]);
    desk.post("/api/v1/articles", &own).expect(409);
    ask(json!({"captions": [{"id": caption, "text": "Taken"}]})).expect(409);
    ask(json!({"id": caption})).expect(409);
    ask(json!({"captions": [{"id": kept.body["id"], "text": "Taken"}]})).expect(409);
    ask(json!({"id": kept.body["id"]})).expect(409);
    let known = desk.get(&kept.path()).expect(200);
    assert_eq!(known.body["captions"][0]["id"], caption);
    assert_eq!(known.body["slug"], "kept");
}

#[test]
fn caches_in_front_purge_names_before_they_are_forgotten() {
    let paper = Paper::new();
    let cache = support::Cache::start();
    let server = paper.configured(&format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    ));
    let token = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    let killed = courant(&["kill", &made.id(), "--yes", "--data", text(&paper.data())]);
    assert!(killed.status.success(), "{}", said(&killed));
    let ready = server.operate("/readyz").text();
    assert!(ready.contains("caches in front"), "{ready}");
    is_erased(&server);
    is_gone(&paper.data(), "when the cache was told");
    let told: Vec<String> = cache
        .told()
        .into_iter()
        .flat_map(|told| told.keys())
        .collect();
    for key in ["t-zaqtag", "u-zaqauthor", "former.zaqfirstslug"] {
        let times = told.iter().filter(|told| *told == key).count();
        assert!(times >= 2, "{key} was purged {times} times: {told:?}");
    }
}

#[test]
fn what_an_older_version_left_goes_at_the_first_start() {
    let (paper, server, token) = desk();
    let data = paper.data();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let database = rusqlite::Connection::open(data.join("courant.db")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA secure_delete = OFF;
             DROP TABLE gone; DROP TABLE forgotten; DROP TABLE reserved;
             DROP TABLE waiting_file; DROP TABLE left_over; DROP INDEX unseen_miss; DROP INDEX item_filed;
             DROP TABLE pending_photograph; DROP TABLE upload_photograph; DROP TABLE expired_photograph;
             DROP INDEX pending_guid; DROP INDEX pending_section;
             DROP TABLE received; DROP TABLE called; DROP TABLE awaited; DROP TABLE awaited_name;
             DROP TABLE former_path; DROP TABLE recording; DROP TABLE uploaded_recording; ALTER TABLE item DROP COLUMN is_elsewhere;
             ALTER TABLE pending DROP COLUMN guid; ALTER TABLE pending DROP COLUMN is_slug_made;
             DROP INDEX upload_hash; ALTER TABLE upload DROP COLUMN hash;
             DROP INDEX filing_listed; ALTER TABLE filing DROP COLUMN listed;
             DROP TABLE filing_before; ALTER TABLE filing DROP COLUMN touched; ALTER TABLE filing DROP COLUMN since;
             DROP INDEX archived_seq; ALTER TABLE archived DROP COLUMN seq; DROP INDEX log_whole;
             DELETE FROM meta WHERE key = 'changes_known_from'; ALTER TABLE once DROP COLUMN is_print;
             UPDATE item SET slug = 'zaqsecondslug' WHERE id = '{id}';
             UPDATE log SET before = 'city/zaqsecondslug' WHERE item = '{id}' AND before IS NOT NULL;
             INSERT INTO former VALUES ('zaqfirstslug', '{id}');
             INSERT INTO name VALUES ('tag', 'zaqtag', 'Zaqtag');
             INSERT INTO filing SELECT 'tag/zaqtag', activity, article, position, item, size, withdrawn
                 FROM filing WHERE selection = 'section/city' AND item = '{id}';
             CREATE TABLE long (text TEXT);
             INSERT INTO long VALUES ('{long}'); DELETE FROM long; DROP TABLE long;
             PRAGMA user_version = 4;",
            id = made.id(),
            long = "zaqlongago ".repeat(20_000),
        ))
        .unwrap();
    drop(database);
    assert!(words_in(&data).len() > 3);
    let server = paper.starting().at(address).serve();
    server.line(&["the store is of schema 4", "brought up to date"]);
    is_erased(&server);
    is_gone(&data, "after the first start");
    assert_eq!(server.get("/articles/zaqfirstslug").status, 410);
    assert_eq!(server.get("/tags/zaqtag.atom").status, 404);
}

#[test]
fn no_address_leads_to_what_is_withheld() {
    let (_paper, server, token) = desk();
    let desk = Writer::new(&server, &token);
    let made = lived_through(&desk);
    let page = server.get("/articles/zaqsecondslug").text();
    let links = support::links(&page, &server.base());
    let media: Vec<&String> = links
        .iter()
        .filter(|path| path.starts_with("/media/"))
        .collect();
    assert!(!media.is_empty());
    let caption = made.body["captions"][0]["id"]
        .as_str()
        .unwrap()
        .replace("urn:uuid:", "");
    let id = made.id().replace("urn:uuid:", "");
    let address = format!("{}/articles/zaqsecondslug", server.base());
    let mut paths = vec![
        "/articles/zaqfirstslug".to_owned(),
        "/articles/zaqsecondslug".to_owned(),
        format!("/captions/{caption}"),
        format!("/embed/a/{id}"),
        format!("/embed/captions/{caption}"),
        format!("/oembed?url={address}"),
        format!("/api/v1/articles/{id}"),
        format!("/api/v1/articles/{id}/revisions"),
        format!("/api/v1/captions/{caption}"),
    ];
    paths.extend(media.into_iter().cloned());
    for path in &paths {
        let status = server.get(path).status;
        assert!(status == 200 || status == 301, "{path}: {status}");
    }
    desk.post(&format!("{}/withhold", made.path()), &json!({}))
        .expect(200);
    for path in &paths {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    desk.post(&format!("{}/kill", made.path()), &json!({}))
        .expect(200);
    for path in &paths {
        let answer = server.get(path);
        assert!(
            answer.status == 410 || answer.status == 404 || path.ends_with("/revisions"),
            "{path}: {}",
            answer.status
        );
        let told = answer.text().to_ascii_lowercase();
        assert!(!told.contains("zaq"), "{path}: {told}");
    }
}

/// What became of a story of which each text says one word of its own.
struct Told {
    word: String,
    path: String,
    is_killed: bool,
}

/// Writes stories over one another and kills some until the server is gone; gives what was acknowledged.
fn work(address: std::net::SocketAddr, token: &str, begin: u64) -> Vec<Told> {
    let bearer = format!("Bearer {token}");
    let ask = |method: &str, path: &str, body: &Value| -> Option<(u16, Value)> {
        let body = serde_json::to_vec(body).unwrap();
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("If-Match", "*"),
        ];
        let headers = &headers[..if method == "PUT" { 3 } else { 2 }];
        // Its end breaks off what is asked.
        let sent = || support::sending(address, method, path, headers, &body);
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(sent)).ok()?;
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        Some((answer.status, body))
    };
    let mut random = Random(0x5eed_c0de_2026_1129 + begin);
    let mut told: Vec<Told> = Vec::new();
    for number in 0.. {
        let word = format!("zaq{begin}n{number}q");
        let lengths = [40, 400, 1500, 9000];
        let mut text = || {
            let length = lengths[usize::try_from(random.below(4)).unwrap()];
            format!("{word} ").repeat(length / word.len())
        };
        let mut story = json!({
            "section": "city", "headline": format!("The {word}"), "body": text(), "tags": [word],
            "published": "2025-02-28T09:00:00Z",
        });
        story["draft"] = json!(number % 4 == 0);
        let Some((201, made)) = ask("POST", "/api/v1/articles", &story) else {
            return told;
        };
        let id = made["id"].as_str().unwrap().replace("urn:uuid:", "");
        let path = format!("/api/v1/articles/{id}");
        told.push(Told {
            word: word.clone(),
            path: path.clone(),
            is_killed: false,
        });
        story["body"] = json!(text());
        if ask("PUT", &path, &story).is_none() {
            return told;
        }
        let place = usize::try_from(random.below(told.len() as u64)).unwrap();
        if number % 2 == 0 && !told[place].is_killed {
            let path = format!("{}/kill", told[place].path);
            match ask("POST", &path, &json!({})) {
                Some((200 | 204, _)) => told[place].is_killed = true,
                Some(other) => panic!("{path}: {other:?}"),
                None => {
                    // Nobody knows whether it was.
                    told.remove(place);
                    return told;
                }
            }
        }
    }
    told
}

#[test]
fn what_was_acknowledged_as_killed_is_gone_after_any_kill_9() {
    const ROUNDS: u64 = 6;
    let (paper, server, token) = desk();
    let data = paper.data();
    let mut random = Random(0xc0de_2026);
    let mut told: Vec<Told> = Vec::new();
    let mut server = server;
    let address = server.address;
    for round in 0..ROUNDS {
        let workers: Vec<_> = (0..2)
            .map(|worker| {
                let token = token.clone();
                std::thread::spawn(move || work(address, &token, round * 10 + worker))
            })
            .collect();
        let enough = server.metric("courant_log_position").unwrap() + 20.0;
        wait("writes", || {
            server
                .metric("courant_log_position")
                .filter(|at| *at > enough)
        });
        std::thread::sleep(std::time::Duration::from_micros(random.below(300_000)));
        server.running.kill();
        for worker in workers {
            told.extend(worker.join().expect("a writer"));
        }
        server = paper.starting().at(address).serve();
        is_erased(&server);
        let bytes = fs::read(data.join("courant.db")).unwrap();
        let ahead = fs::read(data.join("courant.db-wal")).unwrap_or_default();
        for story in told.iter().filter(|story| story.is_killed) {
            let is_in = |bytes: &[u8]| pictures::holds(bytes, story.word.as_bytes());
            assert!(
                !is_in(&bytes) && !is_in(&ahead),
                "round {round}: {}",
                story.word
            );
        }
        let desk = Writer::new(&server, &token);
        for story in told.iter().filter(|story| !story.is_killed) {
            let known = desk.get(&story.path).expect(200);
            assert!(
                known.whole.has(&story.word),
                "round {round}: {}",
                story.word
            );
        }
    }
    assert_eq!(server.stop(), Some(0));
    let database = rusqlite::Connection::open(data.join("courant.db")).unwrap();
    let check = "PRAGMA integrity_check";
    let sound: String = database.query_row(check, [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let killed = told.iter().filter(|story| story.is_killed).count();
    assert!(
        killed > 20 && told.len() > killed,
        "{killed} of {}",
        told.len()
    );
}

#[test]
fn the_ids_of_a_file_whose_time_has_not_come_are_its_own() {
    let (paper, server, token) = desk();
    let (id, caption) = (
        "urn:uuid:01a05bfb-7000-7718-a56f-00000000000a",
        "urn:uuid:01a05bfb-7000-7718-a56f-00000000000b",
    );
    paper.write(
        "city/waits/article.md",
        format!(
            "+++\nid = \"{id}\"\nheadline = \"It waits\"\npublished = 2026-01-02T03:04:05Z\nembargo_until = {}\n\
             [[captions]]\nid = \"{caption}\"\ntext = \"A man\"\n+++\nIt waits.\n",
            soon(3)
        ),
    );
    paper.article("city/crane", "The crane", "It stays.");
    server.until("/articles/crane", |answer| answer.status == 200);
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    let reserved = "SELECT count(*) FROM reserved";
    wait("ids that are kept", || {
        let kept: i64 = database.query_row(reserved, [], |row| row.get(0)).ok()?;
        (kept == 2).then_some(())
    });
    let desk = Writer::new(&server, &token);
    let mut quicker = json!({
        "section": "city", "headline": "Quicker", "body": "It is here.\n", "published": "2025-02-28T09:00:00Z",
    });
    for taken in [id, caption] {
        quicker["id"] = json!(taken);
        desk.post("/api/v1/articles", &quicker).expect(409);
    }
    quicker.as_object_mut().unwrap().remove("id");
    quicker["captions"] = json!([{"id": caption, "text": "Another man"}]);
    desk.post("/api/v1/articles", &quicker).expect(409);
    // It goes elsewhere and comes all the same.
    let text = paper.read("city/waits/article.md");
    paper.remove("city/waits");
    let (head, tail) = text.split_once("embargo_until").unwrap();
    let (_, tail) = tail.split_once('\n').unwrap();
    paper.write("city/comes/article.md", format!("{head}{tail}"));
    server.until("/articles/comes", |answer| answer.has("It waits"));
}
