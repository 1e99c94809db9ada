//! Sound and film that are kept here: a file beside an article or an upload, served with it and gone with it.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use courant::item::file::{self, FileLookup};
use courant::item::{PhotographError, RecordingError};
use courant::store::{Change, Expected, ReceiveError, Settings, Store};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::writer::{Desk, Writer, token};
use crate::support::{self, Paper, Server, courant, said, text, wait};

const ARTICLES: &str = "/api/v1/articles";
const RECORDINGS: &str = "/api/v1/recordings";

/// An MP3 by its first bytes.
fn mp3(mark: &str) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0\0\0\0\0".to_vec();
    bytes.extend(mark.bytes().cycle().take(200_000));
    bytes
}

fn article(tables: &str) -> String {
    format!("+++\nheadline = \"Talk\"\npublished = 2026-01-02T03:04:05Z\n{tables}+++\nWords.\n")
}

fn table(more: &str) -> String {
    article(&format!("\n[[attachments]]\n{more}\n"))
}

/// The path under which the article's one recording is served.
fn media(server: &Server, slug: &str) -> String {
    let feed = server.get(&format!("/articles/{slug}.json"));
    let feed: Value = serde_json::from_slice(&feed.body).expect("a feed");
    let url = feed["items"][0]["attachments"][0]["url"].as_str();
    let url = url.expect("an attachment");
    url.strip_prefix(&server.base()).expect(url).to_owned()
}

/// The files that are kept.
fn kept(data: &Path) -> Vec<PathBuf> {
    let shelves = fs::read_dir(data.join("media")).expect("a folder");
    let shelves = shelves.map(|shelf| shelf.expect("a shelf").path());
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf).expect("a shelf"));
    files.map(|file| file.expect("a file").path()).collect()
}

#[test]
fn a_file_beside_an_article_is_in_every_format_and_is_served_in_parts() {
    let paper = Paper::new();
    paper.write("city/talk/talk.mp3", mp3("one"));
    paper.write(
        "city/talk/article.md",
        table("file = \"talk.mp3\"\ntitle = \"The talk\"\nseconds = 61"),
    );
    let server = paper.start();
    let path = media(&server, "talk");
    assert!(
        path.starts_with("/media/") && path.ends_with(".mp3"),
        "{path}"
    );
    let url = format!("{}{path}", server.base());
    let bytes = mp3("one").len();
    for (feed, part) in [
        (
            "/feed.rss",
            format!("<enclosure url=\"{url}\" length=\"{bytes}\" type=\"audio/mpeg\""),
        ),
        ("/feed.atom", format!("href=\"{url}\"")),
        ("/feed.json", format!("\"size_in_bytes\":{bytes}")),
        ("/articles/talk", format!("<audio src=\"{url}\"")),
        ("/articles/talk", format!("\"contentUrl\":\"{url}\"")),
    ] {
        let given = server.get(feed).text().replace("&#x2F;", "/");
        assert!(
            given.replace(": ", ":").contains(&part),
            "{feed}: {part}\n{given}"
        );
    }
    let whole = server.get(&path);
    assert_eq!((whole.status, &whole.body), (200, &mp3("one")));
    assert_eq!(whole.header("content-type"), Some("audio/mpeg"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let part = server.get_with(&path, &[("Range", "bytes=10-19")]);
    assert_eq!((part.status, part.body.len()), (206, 10));
    let held = server.get_with(&path, &[("If-None-Match", whole.etag())]);
    assert_eq!(held.status, 304);
    // Its name says what it is; under another there is nothing.
    assert_eq!(server.get(&path.replace(".mp3", ".mp4")).status, 404);

    // Another file in its place is at another address, and the first is gone from the feeds.
    paper.write("city/talk/talk.mp3", mp3("two"));
    let other = wait("the other file", || {
        Some(media(&server, "talk")).filter(|other| *other != path)
    });
    assert_eq!(server.get(&other).body, mp3("two"));
    assert_eq!(server.get(&path).status, 404);
    // Who takes the article away takes its file away.
    paper.remove("city/talk");
    server.until(&other, |gone| gone.status == 404);
}

#[test]
fn what_cannot_be_played_is_refused_with_the_line() {
    let paper = Paper::new();
    paper.write("city/talk/talk.mp3", mp3("one"));
    paper.write("city/talk/page.mp3", "<html>a page</html>");
    paper.write("city/talk/notes.mp3/inner", "a folder");
    let outside = paper.dir.path().join("outside.mp3");
    fs::write(&outside, mp3("secret")).expect("written");
    symlink(&outside, paper.path("city/talk/out.mp3")).expect("a link");
    for (keys, wrong) in [
        ("file = \"missing.mp3\"", "there is no file missing.mp3"),
        ("file = \"page.mp3\"", "page.mp3 is none of MP3"),
        ("file = \"notes.mp3\"", "notes.mp3 is none of MP3"),
        (
            "file = \"out.mp3\"",
            "out.mp3 leads out of the item's folder",
        ),
        (
            "file = \"../talk/talk.mp3\"",
            "leads out of the item's folder",
        ),
        (
            "file = \"talk.mp3\"\ntype = \"video/ogg\"",
            "a type of what talk.mp3 is, audio/mpeg",
        ),
        (
            "file = \"talk.mp3\"\nbytes = 5",
            "200010 bytes that talk.mp3 has; found 5",
        ),
        (
            "file = \"talk.mp3\"\nurl = \"https://a.example/a.mp3\"",
            "one of file and url",
        ),
        ("title = \"Nothing\"", "say where it lies, or name its file"),
    ] {
        paper.write("city/talk/article.md", table(keys));
        let checked = said(&paper.check());
        assert!(checked.contains("city/talk/article.md:"), "{checked}");
        assert!(checked.contains(wrong), "{keys}: {checked}");
    }
    paper.write(
        "city/talk/article.md",
        table("file = \"talk.mp3\"\ntype = \"audio/MPEG\"\nbytes = 200010"),
    );
    let checked = paper.check();
    let checked = said(&checked);
    assert!(checked.contains("complaints: 0 refused"), "{checked}");
}

fn upload(writer: &Writer<'_>, bytes: &[u8]) -> String {
    let made = writer.send("POST", RECORDINGS, &[("Content-Type", "audio/mpeg")], bytes);
    let made = made.expect(201);
    made.body["file"].as_str().expect("a name").to_owned()
}

fn story(file: &str) -> Value {
    json!({"section": "city", "headline": "Talk", "published": "2026-01-02T03:04:05Z", "body": "Words.",
           "attachments": [{"file": file, "title": "The talk"}]})
}

#[test]
fn an_upload_is_named_by_an_article_and_is_public_with_it() {
    let desk = Desk::new();
    let (server, writer) = (&desk.server, desk.writer());
    let digest = STANDARD.encode(Sha256::digest(mp3("one")));
    let headers = [
        ("Content-Type", "audio/mpeg"),
        ("Content-Digest", &*format!("sha-256=:{digest}:")),
    ];
    let made = writer
        .send("POST", RECORDINGS, &headers, &mp3("one"))
        .expect(201);
    assert_eq!(made.body["type"], "audio/mpeg");
    assert_eq!(made.body["bytes"], 200_010);
    let file = made.body["file"].as_str().expect("a name").to_owned();
    let path = format!("/media/{file}");
    assert_eq!(server.get(&path).status, 404, "nothing public has it");
    assert_eq!(upload(&writer, &mp3("one")), file, "the same once more");

    let mut draft = story(&file);
    draft["draft"] = json!(true);
    let waits = writer.post(ARTICLES, &draft).expect(201);
    assert_eq!(server.get(&path).status, 404, "it waits with its article");
    assert_eq!(
        waits.body["attachments"][0]["state"],
        json!({"bytes": 200_010})
    );
    let patch = json!({"draft": false});
    let public = writer
        .change("PATCH", &waits.path(), waits.etag(), &patch)
        .expect(200);
    let state = json!({"bytes": 200_010, "url": format!("{}{path}", server.base())});
    assert_eq!(public.body["attachments"][0]["state"], state);
    assert_eq!(server.get(&path).body, mp3("one"));
    // What was given comes back as it was: nothing changes.
    let again = writer
        .change("PUT", &waits.path(), public.etag(), &public.body)
        .expect(200);
    assert_eq!(again.body["attachments"], public.body["attachments"]);
    assert_eq!(again.etag(), public.etag());
    // So does what went out as ninjs, by its address.
    let ninjs = writer
        .send("GET", &format!("{}?format=ninjs", waits.path()), &[], b"")
        .expect(200);
    let kind = [
        ("Content-Type", "application/vnd.iptc.ninjs+json"),
        ("If-Match", again.etag()),
    ];
    let body = ninjs.body.to_string();
    let taken = writer
        .send("PUT", &waits.path(), &kind, body.as_bytes())
        .expect(200);
    assert_eq!(taken.body["attachments"][0]["file"], json!(file));
    // Without its attachment the article has no more of it.
    let none = json!({"attachments": null});
    writer
        .change("PATCH", &waits.path(), taken.etag(), &none)
        .expect(200);
    assert_eq!(server.get(&path).status, 404);
}

#[test]
fn an_upload_that_is_none_is_refused_and_leaves_nothing() {
    let desk = Desk::new();
    let (server, writer) = (&desk.server, desk.writer());
    let send =
        |headers: &[(&str, &str)], bytes: &[u8]| writer.send("POST", RECORDINGS, headers, bytes);
    let kind = ("Content-Type", "audio/mpeg");
    send(&[("Content-Type", "text/html")], b"<html>").expect(415);
    let refused = send(&[kind], b"<html><script>alert(1)</script>").expect(422);
    assert!(
        refused.body.to_string().contains("none of MP3"),
        "{}",
        refused.body
    );
    send(&[kind], b"").expect(422);
    let wrong = format!("sha-256=:{}:", STANDARD.encode([0; 32]));
    send(&[kind, ("Content-Digest", &wrong)], &mp3("wrong")).expect(400);
    desk.anybody()
        .send("POST", RECORDINGS, &[kind], &mp3("nobody"))
        .expect(401);
    let reads = token(&desk.paper, "partner", "changes");
    Writer::new(server, &reads)
        .send("POST", RECORDINGS, &[kind], &mp3("reads"))
        .expect(403);
    let section = token(&desk.paper, "city", "section:city");
    upload(&Writer::new(server, &section), &mp3("section"));
    // What is too large is told before anything of it is read.
    let bearer = format!("Bearer {section}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "video/mp4"),
        ("Content-Length", "536870913"),
    ];
    let refused = support::request(server.address, "POST", RECORDINGS, &headers);
    assert_eq!(refused.status, 413);
    // One that breaks off leaves nothing behind.
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    let half = mp3("half");
    write!(
        stream,
        "POST {RECORDINGS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {section}\r\nContent-Type: audio/mpeg\r\nContent-Length: 400000\r\n\r\n"
    )
    .expect("sent");
    stream.write_all(&half).expect("sent");
    let drafts = desk.paper.data().join("media/new");
    let count = || fs::read_dir(&drafts).map_or(0, Iterator::count);
    wait("the first of it", || (count() == 1).then_some(()));
    drop(stream);
    wait("its end", || (count() == 0).then_some(()));
    let unknown = story("00000000000000000000000000000000.mp3");
    let refused = writer.post(ARTICLES, &unknown).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/attachments/0/file");
    for name in [
        "../../store.db",
        "a.mp3",
        "00000000000000000000000000000000.jpg",
    ] {
        writer.post(ARTICLES, &story(name)).expect(422);
    }
}

#[test]
fn a_killed_article_takes_its_recording_with_it_unless_another_has_it() {
    let desk = Desk::new();
    let (server, writer) = (&desk.server, desk.writer());
    let (own, shared) = (
        upload(&writer, &mp3("own")),
        upload(&writer, &mp3("shared")),
    );
    let mut first = story(&own);
    first["attachments"] = json!([{"file": own}, {"file": shared}]);
    let first = writer.post(ARTICLES, &first).expect(201);
    let second = writer.post(ARTICLES, &story(&shared)).expect(201);
    let withheld = writer
        .send("POST", &format!("{}/withhold", first.path()), &[], b"")
        .expect(200);
    assert_eq!(server.get(&format!("/media/{own}")).status, 404);
    assert_eq!(server.get(&format!("/media/{shared}")).status, 200);
    let released = writer
        .send(
            "POST",
            &format!("{}/release", first.path()),
            &[("If-Match", withheld.etag())],
            b"",
        )
        .expect(200);
    assert_eq!(server.get(&format!("/media/{own}")).status, 200);
    let killed = writer
        .send(
            "POST",
            &format!("{}/kill", first.path()),
            &[("If-Match", released.etag())],
            b"",
        )
        .expect(200);
    assert_eq!(server.get(&format!("/media/{own}")).status, 410);
    let kept_by = killed.body["state"]["kept"].to_string();
    assert!(kept_by.contains(&second.id()), "{kept_by}");
    assert_eq!(server.get(&format!("/media/{shared}")).body, mp3("shared"));
    wait("the file to go", || {
        let files = kept(&desk.paper.data());
        let is_there = |name: &str| files.iter().any(|file| file.ends_with(name));
        assert!(is_there(&shared));
        // Not under another name either.
        (!is_there(&own) && files.len() == 1).then_some(())
    });
    // One that waits and is killed takes its own with it, too.
    let waits = upload(&writer, &mp3("waits"));
    let mut draft = story(&waits);
    draft["draft"] = json!(true);
    let draft = writer.post(ARTICLES, &draft).expect(201);
    writer
        .send(
            "POST",
            &format!("{}/kill", draft.path()),
            &[("If-Match", draft.etag())],
            b"",
        )
        .expect(204);
    wait("the file to go", || {
        let files = kept(&desk.paper.data());
        (!files.iter().any(|file| file.ends_with(&waits))).then_some(())
    });
}

#[test]
fn a_backup_and_an_export_have_them() {
    let desk = Desk::new();
    let writer = desk.writer();
    let (public, waits, alone) = (
        upload(&writer, &mp3("public")),
        upload(&writer, &mp3("waits")),
        upload(&writer, &mp3("alone")),
    );
    writer.post(ARTICLES, &story(&public)).expect(201);
    let mut draft = story(&waits);
    draft["draft"] = json!(true);
    writer.post(ARTICLES, &draft).expect(201);
    let data = desk.paper.data();
    let folder = desk.paper.dir.path();
    let (file, out) = (folder.join("paper.tar"), folder.join("out"));
    let done = courant(&["backup", text(&file), "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    let done = courant(&["export", text(&out), "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(
        fs::read(out.join("city/2026-01-02-talk").join(&public)).expect("a file"),
        mp3("public")
    );

    assert_eq!(desk.server.stop(), Some(0));
    for file in kept(&data) {
        fs::remove_file(file).expect("removed");
    }
    let done = courant(&["restore", text(&file), "--yes", "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    let names: Vec<String> = kept(&data)
        .iter()
        .map(|file| {
            file.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    for file in [&public, &waits, &alone] {
        assert!(names.contains(file), "{file} of {names:?}");
    }
    let server = desk.paper.start();
    assert_eq!(server.get(&format!("/media/{public}")).body, mp3("public"));
    // Neither is left over, though nothing public names the others.
    assert_eq!(server.stop(), Some(0));
    // A folder that was exported is a paper.
    let other = Paper::new();
    fs::remove_dir_all(other.items()).expect("removed");
    fs::rename(&out, other.items()).expect("moved");
    let server = other.start();
    assert_eq!(
        server.get(&media(&server, "2026-01-02-talk")).body,
        mp3("public")
    );
}

#[test]
fn a_story_that_was_withheld_since_a_backup_has_its_recording_after_a_restore() {
    let desk = Desk::new();
    let writer = desk.writer();
    writer.post(ARTICLES, &json!({"section": "city", "headline": "Before", "published": "2026-01-02T03:04:05Z", "body": "Words."})).expect(201);
    let (data, folder) = (desk.paper.data(), desk.paper.dir.path());
    let backup = folder.join("paper.tar");
    let done = courant(&["backup", text(&backup), "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));
    let file = upload(&writer, &mp3("since"));
    let made = writer.post(ARTICLES, &story(&file)).expect(201);
    let path = made.path();
    writer
        .send("POST", &format!("{path}/withhold"), &[], b"")
        .expect(200);
    assert_eq!(desk.server.stop(), Some(0));
    let done = courant(&["restore", text(&backup), "--yes", "--data", text(&data)]);
    assert!(done.status.success(), "{}", said(&done));

    let server = desk.paper.start();
    let writer = Writer::new(&server, &desk.token);
    let known = writer.get(&path).expect(200);
    let patched = writer.change("PATCH", &path, known.etag(), &json!({"headline": "Talks"}));
    let patched = patched.expect(200);
    writer
        .send(
            "POST",
            &format!("{path}/release"),
            &[("If-Match", patched.etag())],
            b"",
        )
        .expect(200);
    assert_eq!(server.get(&format!("/media/{file}")).body, mp3("since"));
}

#[test]
fn a_name_is_taken_of_those_who_may_know_it() {
    let desk = Desk::new();
    let writer = desk.writer();
    let file = upload(&writer, &mp3("withheld"));
    let made = writer.post(ARTICLES, &story(&file)).expect(201);
    let path = format!("/media/{file}");
    // As if it had been uploaded long ago.
    let database =
        rusqlite::Connection::open(desk.paper.data().join("courant.db")).expect("a store");
    database
        .execute("DELETE FROM uploaded_recording", [])
        .expect("rows");
    let sport = token(&desk.paper, "sport", "section:harbour");
    let sport = Writer::new(&desk.server, &sport);
    let mut other = story(&file);
    other["section"] = json!("harbour");
    let withheld = writer
        .send("POST", &format!("{}/withhold", made.path()), &[], b"")
        .expect(200);
    let refused = sport.post(ARTICLES, &other).expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/attachments/0/file");
    assert_eq!(desk.server.get(&path).status, 404);
    // Its own writers may go on, and what is public anybody may name.
    let kept = writer.change(
        "PATCH",
        &made.path(),
        withheld.etag(),
        &json!({"headline": "Later"}),
    );
    let kept = kept.expect(200);
    assert_eq!(kept.body["attachments"][0]["file"], json!(file));
    let release = [("If-Match", kept.etag())];
    writer
        .send("POST", &format!("{}/release", made.path()), &release, b"")
        .expect(200);
    sport.post(ARTICLES, &other).expect(201);
}

#[test]
fn what_is_not_named_any_more_is_swept_however_much_it_is() {
    let desk = Desk::new();
    let writer = desk.writer();
    let kind = ("Content-Type", "audio/mpeg");
    let wrong = format!("sha-256=:{}:", STANDARD.encode([0; 32]));
    for number in 0..120 {
        let bytes = format!("ID3\x04\0\0\0\0\0\0{number}");
        let sent = [kind, ("Content-Digest", &*wrong)];
        writer
            .send("POST", RECORDINGS, &sent, bytes.as_bytes())
            .expect(400);
    }
    // One that an article had and has no more.
    let (first, second) = (
        upload(&writer, &mp3("first")),
        upload(&writer, &mp3("second")),
    );
    let made = writer.post(ARTICLES, &story(&first)).expect(201);
    let change = json!({"attachments": [{"file": second}]});
    writer
        .change("PATCH", &made.path(), made.etag(), &change)
        .expect(200);
    let data = desk.paper.data();
    let database = rusqlite::Connection::open(data.join("courant.db")).expect("a store");
    database
        .execute("DELETE FROM uploaded_recording", [])
        .expect("rows");
    drop(database);
    assert_eq!(kept(&data).len(), 122);
    assert_eq!(desk.server.stop(), Some(0));
    let server = desk.paper.start();
    server.line(&["121 files of photographs and recordings that nothing named were removed"]);
    assert_eq!(kept(&data).len(), 1);
    assert_eq!(server.get(&format!("/media/{second}")).body, mp3("second"));
}

#[test]
fn a_digest_is_compared_however_it_is_written() {
    let desk = Desk::new();
    let writer = desk.writer();
    let right = STANDARD.encode(Sha256::digest(mp3("one")));
    let wrong = STANDARD.encode([0; 32]);
    for (digest, status) in [
        (format!("sha-256=:{right}:"), 201),
        (format!("sha-256=:{right}:;x=1"), 201),
        (format!("md5=:AAAA:, sha-256=:{right}:"), 201),
        (format!("md5=:AAAA:, sha-256=:{wrong}:"), 400),
        ("md5=:AAAA:".to_owned(), 400),
    ] {
        let sent = [("Content-Type", "audio/mpeg"), ("Content-Digest", &*digest)];
        let said = writer.send("POST", RECORDINGS, &sent, &mp3("one"));
        assert_eq!(said.status, status, "{digest}: {}", said.body);
    }
}

/// The bytes that the server's process has read so far.
fn read_bytes(server: &Server) -> u64 {
    let path = format!("/proc/{}/io", server.running.id());
    let counters = fs::read_to_string(path).expect("counters");
    let line = counters
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "));
    line.expect("a line").parse().expect("a number")
}

#[test]
fn a_recording_is_read_once_as_long_as_it_does_not_change() {
    const BYTES: usize = 20 << 20;
    let paper = Paper::new();
    let mut sound = mp3("long");
    sound.resize(BYTES, b'a');
    paper.write("city/talk/talk.mp3", &sound);
    let waits = table("file = \"talk.mp3\"").replace("2026-01-02", "2096-01-02");
    paper.write("city/talk/article.md", &waits);
    let server = paper.start();
    let mut number = 0;
    // The bytes that were read for a look at everything, which tells of a file that is no article.
    let mut look = || {
        let before = read_bytes(&server);
        number += 1;
        let name = format!("note-{number}.txt");
        paper.write(&name, "Everything is looked at.");
        server.line(&[&name]);
        read_bytes(&server) - before
    };
    // What changed just now may change once more with the same time; the first look behind that notes what it reads.
    wait("a look that does not read the recording", || {
        (look() < BYTES as u64).then_some(())
    });
    let read: u64 = (0..6).map(|_| look()).sum();
    assert!(read < BYTES as u64, "{read}");
    // Another word beside it does not have it read again, and it comes out whole.
    paper.write("city/talk/article.md", table("file = \"talk.mp3\""));
    server.until("/articles/talk", |page| page.status == 200);
    assert_eq!(server.get(&media(&server, "talk")).body.len(), BYTES);
}

#[test]
fn a_recording_that_is_copied_for_long_comes_out_once_and_whole() {
    let paper = Paper::new();
    let server = paper.start();
    fs::create_dir_all(paper.path("city/talk")).expect("a folder");
    let sound = mp3("slow");
    let mut copy = fs::File::create(paper.path("city/talk/talk.mp3")).expect("a file");
    copy.write_all(&sound[..100_000]).expect("written");
    paper.write("city/talk/article.md", table("file = \"talk.mp3\""));
    // A copy of several minutes is tested with a clock of its own, beside the rule.
    for piece in sound[100_000..].chunks(20_000) {
        copy.write_all(piece).expect("written");
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(server.get("/articles/talk").status, 404);
    }
    drop(copy);
    server.until("/articles/talk", |page| page.status == 200);
    assert_eq!(server.get(&media(&server, "talk")).body, sound);
    let log = paper.log();
    let entries = log.iter().filter(|entry| entry["after"] == "city/talk");
    assert_eq!(entries.count(), 1, "{log:?}");
}

#[test]
fn a_sweep_spares_what_becomes_public_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let now: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().expect("a date");
    let store = Store::open(folder.path(), now).expect("a store");
    let settings =
        "title = \"Swept\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
    let none = |name: &str| {
        let name = name.to_owned();
        Err(PhotographError::Missing { name })
    };
    let apply = |change: Change| {
        let outcomes = store.apply(&|| now, "test", &[change]).expect("a store");
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    };
    let publication = courant::publication::parse(settings.as_bytes(), &none).publication;
    apply(Change::Settings(Box::new(Settings {
        publication: publication.expect("a publication"),
        source: settings.to_owned(),
        base_url: "http://swept.example".to_owned(),
    })));
    let received = store
        .photographs()
        .receive::<ReceiveError>("talk.mp3", None, |take| take(&mp3("swept")));
    let recording = received.expect("a recording").recording;
    let put = |draft: bool| {
        let source = table("file = \"talk.mp3\"").replace(
            "headline",
            &format!(
                "id = \"urn:uuid:01a22593-dfa1-7c58-87b2-12316727dd50\"\ndraft = {draft}\nheadline"
            ),
        );
        let lookup = FileLookup {
            photographs: &none,
            recordings: &|_| Ok(recording.clone()),
        };
        let parsed = file::parse_with(source.as_bytes(), &lookup);
        let article = parsed.article.expect("an article");
        Change::write(article, "city", "talk", Expected::Anything)
    };
    apply(put(true));
    // Another shelf, so that there is a step behind the one that finds the file shown by nothing.
    fs::create_dir_all(folder.path().join("media/ff")).expect("a shelf");
    let is_begun = std::cell::Cell::new(0);
    let stop = || {
        is_begun.set(is_begun.get() + 1);
        if is_begun.get() == 2 {
            apply(put(false));
        }
        false
    };
    store.sweep(Duration::ZERO, &stop).expect("a sweep");
    assert!(is_begun.get() > 2);
    assert_eq!(kept(folder.path()).len(), 1);
}

#[test]
fn a_container_is_what_its_writer_says_and_both_are_served() {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\0\0mp42isom\0\0\0\x08free".to_vec();
    bytes.extend([7; 5000]);
    let paper = Paper::new();
    for (slug, name) in [("sound", "talk.m4a"), ("film", "talk.mp4")] {
        paper.write(&format!("city/{slug}/{name}"), &bytes);
        paper.write(
            &format!("city/{slug}/article.md"),
            table(&format!("file = \"{name}\"")),
        );
    }
    // Both in one article, too.
    paper.write("city/both/a.m4a", &bytes);
    paper.write("city/both/b.mp4", &bytes);
    let both = "file = \"a.m4a\"\n\n[[attachments]]\nfile = \"b.mp4\"";
    paper.write("city/both/article.md", table(both));
    let server = paper.start();
    for (slug, kind) in [
        ("sound", "audio/mp4"),
        ("film", "video/mp4"),
        ("both", "audio/mp4"),
    ] {
        let answer = server.get(&media(&server, slug));
        assert_eq!((answer.status, &answer.body), (200, &bytes), "{slug}");
        assert_eq!(answer.header("content-type"), Some(kind), "{slug}");
    }
    assert!(server.get("/articles/sound").has("<audio"));
    assert!(server.get("/articles/film").has("<video"));

    let token = token(&paper, "newsdesk", "desk");
    let writer = Writer::new(&server, &token);
    let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm".to_vec();
    webm.extend([0; 300]);
    for (said, kind) in [
        ("audio/webm", "audio/webm"),
        ("video/webm", "video/webm"),
        ("audio/mpeg", "video/webm"),
    ] {
        let made = writer.send("POST", RECORDINGS, &[("Content-Type", said)], &webm);
        assert_eq!(made.expect(201).body["type"], kind);
    }
    paper.write(
        "city/film/film.ogv",
        b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x2a\x80theora",
    );
    paper.write("city/film/article.md", table("file = \"film.ogv\""));
    server.until("/articles/film.atom", |feed| feed.has("type=\"video/ogg\""));
}

#[test]
fn of_more_recordings_than_an_article_may_have_none_is_read() {
    let tables = "\n[[attachments]]\nfile = \"talk.mp3\"\n".repeat(5000);
    let read = std::cell::Cell::new(0);
    let lookup = FileLookup {
        photographs: &|_| unreachable!("no photographs"),
        recordings: &|name| {
            read.set(read.get() + 1);
            let name = name.to_owned();
            Err(RecordingError::Missing { name })
        },
    };
    let parsed = file::parse_with(article(&tables).as_bytes(), &lookup);
    assert!(parsed.article.is_none());
    let told = parsed.complaints.iter().map(ToString::to_string);
    assert!(
        told.into_iter()
            .any(|told| told.contains("at most 20 attachments"))
    );
    assert!(read.get() <= 20, "{}", read.get());
}
