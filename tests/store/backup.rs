//! Backup and restore: a copy made beside a running server, brought back without what was taken down since.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use courant::store::{Act, Action, AddressTarget, BackupStep, Change, Expected, Removal};
use serde_json::{Value, json};

use crate::support::writer::{self, Writer, token};
use crate::support::*;

const CRANE: &str = "tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png";

/// A paper whose desk writes by the API, with a folder of one story that has a photograph.
struct Desk {
    paper: Paper,
    server: Option<Server>,
    token: String,
}

impl Desk {
    fn new() -> Self {
        let paper = Paper::new();
        paper.write("city/bridge/bridge.png", fs::read(CRANE).unwrap());
        paper.write(
            "city/bridge/article.md",
            "+++\nheadline = \"The bridge opens\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
             text = \"The bridge at dawn\"\nimage = \"bridge.png\"\n+++\nIt opened at noon.\n",
        );
        paper.article("city/other", "Another story", "Nothing happened.");
        let server = paper.start();
        let token = token(&paper, "newsdesk", "desk");
        Self {
            paper,
            server: Some(server),
            token,
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("a server that runs")
    }

    fn writer(&self) -> Writer<'_> {
        Writer::new(self.server(), &self.token)
    }

    fn publish(&self, headline: &str) -> writer::Said {
        let story = json!({
            "section": "harbour",
            "headline": headline,
            "published": "2026-01-03T09:00:00Z",
            "body": format!("{headline}, said the harbour master.\n"),
            "captions": [{"text": format!("A picture of: {headline}")}],
        });
        self.writer().post("/api/v1/articles", &story).expect(201)
    }

    fn decide(&self, action: &str, item: &str) {
        let data = self.paper.data();
        let note = format!("{action} for a reason");
        let output = courant(&[
            action,
            item,
            "--yes",
            "--public-note",
            &note,
            "--data",
            text(&data),
        ]);
        assert!(output.status.success(), "{}", said(&output));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.paper.dir.path().join(name)
    }

    fn back_up(&self, name: &str) -> PathBuf {
        let file = self.file(name);
        let output = back_up(&self.paper.data(), &file, &[]);
        assert!(output.status.success(), "{}", said(&output));
        file
    }

    fn stop(&mut self) {
        let server = self.server.take().expect("a server that runs");
        assert_eq!(server.stop(), Some(0));
        // Nobody listens there, and it cannot be copied.
        fs::remove_file(self.paper.data().join("courant.sock")).unwrap();
    }

    /// Stops the server, restores, and starts another at the same address.
    fn restore(&mut self, file: &Path) -> String {
        let address = self.server().address;
        self.stop();
        let output = restore(&self.paper.data(), file, &[]);
        let told = said(&output);
        assert!(output.status.success(), "{told}");
        self.server = Some(self.paper.starting().at(address).serve());
        told
    }

    /// The id of a caption by its text.
    fn caption(&self, text: &str) -> String {
        let feed = self.server().get("/captions.json").text();
        let feed: Value = serde_json::from_str(&feed).unwrap();
        let mut items = feed["items"].as_array().unwrap().iter();
        let found = items.find(|item| item.to_string().contains(text));
        found.expect(text)["id"].as_str().unwrap().to_owned()
    }

    /// The one photograph's address.
    fn photograph(&self) -> String {
        let page = self.server().get("/articles/bridge").text();
        let begin = page.find("/media/").expect("a photograph");
        page[begin..].split('"').next().unwrap().to_owned()
    }
}

fn back_up(data: &Path, file: &Path, more: &[&str]) -> std::process::Output {
    courant(&[&["backup", text(file), "--data", text(data)], more].concat())
}

fn restore(data: &Path, file: &Path, more: &[&str]) -> std::process::Output {
    courant(
        &[
            &["restore", text(file), "--yes", "--data", text(data)],
            more,
        ]
        .concat(),
    )
}

/// A server of what the store has, and of no folder of items that happens to be there.
fn without_items(data: &Path) -> Start {
    Start::new(data).within(data)
}

/// A feed without the date of its newest touch.
fn undated(body: &str) -> String {
    let mut text = body.to_owned();
    let marks = [
        ("<updated>", "</updated>"),
        ("<lastBuildDate>", "</lastBuildDate>"),
        ("\"updated\":\"", "\"}"),
    ];
    for (begin, end) in marks {
        if let Some(at) = text.find(begin) {
            let until = at + text[at..].find(end).expect(end);
            text.replace_range(at..until, "");
        }
    }
    text
}

fn members(file: &Path) -> Vec<String> {
    let output = output_of(std::process::Command::new("tar").arg("tf").arg(file));
    let names = String::from_utf8(output.unwrap().stdout).unwrap();
    names.lines().map(str::to_owned).collect()
}

/// Every file below a folder with what is in it.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => ahead.push(path),
                false => found.push((path.clone(), fs::read(path).unwrap_or_default())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_backup_is_a_tar_that_sha256sum_confirms() {
    let desk = Desk::new();
    let file = desk.back_up("paper.tar");
    let names = members(&file);
    assert_eq!(names.first().unwrap(), "manifest.json");
    assert_eq!(names.last().unwrap(), "SHA256SUMS");
    assert!(names.contains(&"courant.db".to_owned()), "{names:?}");
    let photograph = desk.photograph().replace("/media/", "");
    let kept = format!("media/{}/{photograph}", &photograph[..2]);
    assert!(names.contains(&kept), "{kept} in {names:?}");
    let folder = desk.file("unpacked");
    fs::create_dir(&folder).unwrap();
    let script = format!("tar xf {} && sha256sum -c SHA256SUMS", text(&file));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(&folder);
    let output = output_of(&mut shell).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    // It stands for its owner alone.
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    // What is there is not written over unasked.
    let output = back_up(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success() && said(&output).contains("--replace"));
    let output = back_up(&desk.paper.data(), &file, &["--replace"]);
    assert!(output.status.success(), "{}", said(&output));
    let left = fs::read_dir(desk.paper.dir.path()).unwrap();
    let parts = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".part")
    });
    assert_eq!(parts.count(), 0);
}

#[test]
fn an_orphaned_photograph_is_not_in_a_backup() {
    let desk = Desk::new();
    let shelf = desk.paper.data().join("media/00");
    fs::create_dir_all(&shelf).unwrap();
    fs::write(
        shelf.join("00000000000000000000000000000000.png"),
        "nobody's",
    )
    .unwrap();
    let names = members(&desk.back_up("paper.tar"));
    assert!(names.iter().any(|name| name.starts_with("media/")));
    assert!(
        !names.iter().any(|name| name.contains("media/00/")),
        "{names:?}"
    );
}

#[test]
fn a_missing_photograph_is_told_and_the_rest_is_backed_up() {
    let desk = Desk::new();
    let hash = desk.photograph().replace("/media/", "");
    fs::remove_file(desk.paper.data().join("media").join(&hash[..2]).join(&hash)).unwrap();
    let file = desk.file("paper.tar");
    let output = back_up(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    let stem = hash.split('.').next().unwrap();
    assert!(said(&output).contains(stem), "{}", said(&output));
    assert_eq!(members(&file).last().unwrap(), "SHA256SUMS");
}

#[test]
fn a_backup_made_while_the_desk_writes_is_of_one_moment_and_comes_back_whole() {
    let mut desk = Desk::new();
    let mut files = Vec::new();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 1..=60 {
                desk.publish(&format!("Ship {number} comes in"));
            }
        });
        for number in 0.. {
            files.push(desk.back_up(&format!("{number}.tar")));
            if writing.is_finished() {
                break;
            }
        }
    });
    assert!(files.len() > 1, "no backup was made while the desk wrote");
    // As many stories as the manifest says, each with its caption and its filing.
    let address = desk.server().address;
    desk.stop();
    for file in files {
        let data = desk.file("elsewhere");
        let output = restore(&data, &file, &["--accept-lost-takedowns"]);
        assert!(output.status.success(), "{}", said(&output));
        let server = without_items(&data).at(address).serve();
        let said = said(&output);
        let count = |words: &str| -> usize {
            let before = said.split(words).next().unwrap();
            before.rsplit(' ').next().unwrap().parse().expect(words)
        };
        // The first two came by files.
        let ships = count(" article") - 2;
        assert_eq!(count(" caption"), ships + 1);
        let listed = "/api/v1/articles?section=harbour&limit=100";
        let listed = Writer::anybody(&server).get(listed).expect(200);
        assert_eq!(listed.body["articles"].as_array().unwrap().len(), ships);
        if ships > 0 {
            let newest = format!("Ship {ships} comes in");
            assert!(server.get("/sections/harbour.atom").has(&newest));
        }
        assert_eq!(server.stop(), Some(0));
        fs::remove_dir_all(&data).unwrap();
    }
}

#[test]
fn what_is_restored_gives_the_same_feeds_and_dates_only_go_forward() {
    let mut desk = Desk::new();
    desk.publish("A ship comes in");
    let before = desk.server().feeds();
    let photograph = desk.photograph();
    let file = desk.back_up("paper.tar");
    desk.publish("A second ship comes in");
    let lost = desk.paper.last();
    let last = desk.server().feeds();
    desk.restore(&file);
    let after = desk.server().feeds();
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    for (path, feed) in &after {
        let was = undated(&before[path].body);
        assert_eq!(undated(&feed.body), was, "{path}");
        for earlier in [&before, &last] {
            assert!(
                seconds(&feed.last_modified) > seconds(&earlier[path].last_modified),
                "{path}"
            );
            let known = [("If-None-Match", earlier[path].etag.as_str())];
            let answer = desk.server().get_with(path, &known);
            let same = earlier[path].body == feed.body;
            assert_eq!(answer.status == 304, same, "{path}: {}", answer.status);
            let since = earlier[path].last_modified.as_str();
            let answer = desk
                .server()
                .get_with(path, &[("If-Modified-Since", since)]);
            assert_eq!(answer.status, 200, "{path} leaves a reader behind");
        }
    }
    assert_eq!(desk.server().get(&photograph).status, 200);
    // Whoever read the log to its end reads on, and is told.
    let changes = format!("/api/v1/changes?after={lost}");
    let changes = desk.writer().get(&changes).expect(200);
    let kinds: Vec<&Value> = changes.body["changes"].as_array().unwrap().iter().collect();
    assert_eq!(kinds.len(), 1, "{kinds:?}");
    assert_eq!(kinds[0]["kind"], "restore");
    assert_eq!(kinds[0]["seq"], lost + 1);
    // The desk goes on.
    desk.publish("A third ship comes in");
    assert!(desk.server().get("/feed.atom").has("A third ship"));
}

#[test]
fn what_was_killed_since_stays_killed_with_its_photograph() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    let photograph = desk.photograph();
    desk.decide("kill", "bridge");
    assert_eq!(desk.server().get(&photograph).status, 410);
    let killed = desk.server().get("/articles/bridge").status;
    let told = desk.restore(&file);
    assert!(told.contains("kill"), "{told}");
    let server = desk.server();
    assert_eq!(server.get("/articles/bridge").status, killed);
    assert_eq!(server.get(&photograph).status, 410);
    for path in server.addresses() {
        let text = server.get(&path).text();
        assert!(
            !text.contains("at noon") && !text.contains("at dawn"),
            "{path}"
        );
    }
    // Neither the database nor the folder of photographs has anything of it.
    desk.stop();
    for (path, bytes) in tree(&desk.paper.data()) {
        for word in ["It opened at noon", "The bridge at dawn"] {
            let found = bytes
                .windows(word.len())
                .any(|piece| piece == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
        let is_photograph = path.extension().is_some_and(|extension| extension == "png");
        assert!(!is_photograph, "{}", path.display());
    }
}

#[test]
fn a_story_that_the_backup_does_not_know_is_not_brought_in_again_by_its_file() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    for (slug, word) in [
        ("killed", "Murder"),
        ("retracted", "Robbery"),
        ("withheld", "Fire"),
    ] {
        desk.paper
            .article(&format!("city/{slug}"), word, &format!("{word} at night."));
        desk.server().until("/feed.atom", |feed| feed.has(word));
    }
    desk.paper.edit(
        "city/withheld/article.md",
        "+++\nFire at night.",
        "\n[[captions]]\ntext = \"A victim\"\n+++\nFire at night.",
    );
    desk.server()
        .until("/captions.atom", |feed| feed.has("A victim"));
    desk.decide("kill", &desk.caption("A victim"));
    desk.decide("kill", "killed");
    desk.decide("retract", "retracted");
    desk.decide("withhold", "withheld");
    // A caption of a story that the backup does know.
    desk.paper.edit(
        "city/bridge/article.md",
        "+++\nIt opened",
        "\n[[captions]]\ntext = \"A face\"\n+++\nIt opened",
    );
    desk.server()
        .until("/captions.atom", |feed| feed.has("A face"));
    desk.decide("kill", &desk.caption("A face"));
    desk.restore(&file);
    let server = desk.server();
    for (slug, status) in [("killed", 410), ("withheld", 404)] {
        let found = server.get(&format!("/articles/{slug}")).status;
        assert!(found == status || found == 410, "{slug}: {found}");
    }
    // The scan of the folder has come by when what it brings is there.
    desk.paper.article("city/marker", "The marker", "Here.");
    server.until("/feed.atom", |feed| feed.has("The marker"));
    for path in server.addresses() {
        let text = server.get(&path).text();
        for word in ["at night", "A face"] {
            assert!(!text.contains(word), "{word} in {path}");
        }
    }
    assert!(
        server
            .get("/articles/retracted")
            .has("retract for a reason")
    );
    // What was withheld can be released, without what was killed of it.
    desk.decide("release", "withheld");
    server.until("/feed.atom", |feed| feed.has("Fire"));
    desk.paper.edit(
        "city/withheld/article.md",
        "Fire at night.",
        "Fire at noon.",
    );
    server.until("/feed.atom", |feed| feed.has("Fire at noon."));
    for path in ["/articles/withheld", "/captions.atom"] {
        assert!(!server.get(path).has("A victim"), "{path}");
    }
}

#[test]
fn what_was_withheld_retracted_or_withdrawn_since_stays_so() {
    let mut desk = Desk::new();
    let withdrawn = desk.publish("A ship that goes");
    let released = desk.publish("A ship that returns");
    desk.decide("withhold", "other");
    let file = desk.back_up("paper.tar");
    desk.decide("release", "other");
    desk.decide("withhold", "other");
    desk.decide("retract", "bridge");
    desk.decide("withhold", &released.id());
    desk.decide("release", &released.id());
    let path = withdrawn.path();
    desk.writer()
        .send("DELETE", &path, &[("If-Match", withdrawn.etag())], b"");
    let before = desk.server().get("/feed.atom").text();
    desk.restore(&file);
    let feed = desk.server().get("/feed.atom").text();
    assert_eq!(
        undated(&before).matches("<entry>").count(),
        undated(&feed).matches("<entry>").count()
    );
    assert!(feed.contains("A ship that returns"));
    assert!(!feed.contains("A ship that goes, said"));
    assert!(!feed.contains("Nothing happened"));
    assert!(!feed.contains("at noon"));
    assert!(
        desk.server()
            .get("/articles/bridge")
            .has("retract for a reason")
    );
}

#[test]
fn a_right_that_ended_since_stays_ended() {
    let mut desk = Desk::new();
    let photograph = desk.photograph();
    let file = desk.back_up("paper.tar");
    desk.paper.edit(
        "city/bridge/article.md",
        "image =",
        "usage_ends = 2026-02-01T00:00:00Z\nimage =",
    );
    desk.server()
        .until(&photograph, |answer| answer.status != 200);
    // Its file says what the backup has, so that only the store before knows.
    let address = desk.server().address;
    desk.stop();
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("expire"), "{}", said(&output));
    let server = without_items(&desk.paper.data()).at(address).serve();
    assert_ne!(server.get(&photograph).status, 200);
    assert!(server.get("/captions.atom").has("The bridge at dawn"));
}

#[test]
fn what_waits_does_not_come_earlier_than_it_would_have() {
    let mut desk = Desk::new();
    let schedule = |headline: &str| {
        let story = json!({
            "section": "harbour", "headline": headline, "body": "Soon.\n",
            "published": "2099-01-03T09:00:00Z",
        });
        desk.writer().post("/api/v1/articles", &story).expect(201)
    };
    let deleted = schedule("The deleted one");
    let made_draft = schedule("The one that waits");
    let file = desk.back_up("paper.tar");
    let writer = desk.writer();
    let known = [("If-Match", deleted.etag())];
    let gone = writer.send("DELETE", &deleted.path(), &known, b"");
    assert!(gone.status < 300, "{}", gone.whole.text());
    let draft = json!({"draft": true});
    writer
        .change("PATCH", &made_draft.path(), made_draft.etag(), &draft)
        .expect(200);
    desk.restore(&file);
    let writer = desk.writer();
    assert_eq!(writer.get(&deleted.path()).status, 404);
    let waits = writer.get(&made_draft.path()).expect(200);
    assert_eq!(waits.body["state"]["status"], "draft", "{}", waits.body);
}

#[test]
fn a_token_that_was_revoked_since_stays_revoked_and_a_new_one_stays_good() {
    let mut desk = Desk::new();
    let old = token(&desk.paper, "freelance", "desk");
    let file = desk.back_up("paper.tar");
    let data = desk.paper.data();
    let output = courant(&["token", "revoke", "freelance", "--data", text(&data)]);
    assert!(output.status.success(), "{}", said(&output));
    let new = token(&desk.paper, "partner", "desk");
    desk.restore(&file);
    let asks = |token: &str| {
        Writer::new(desk.server(), token)
            .get("/api/v1/changes")
            .status
    };
    assert_eq!(asks(&old), 401);
    assert_eq!(asks(&new), 200);
}

#[test]
fn no_token_changes_while_a_backup_is_restored_and_would_lose_it() {
    let mut desk = Desk::new();
    desk.stop();
    let data = desk.paper.data();
    let revoke = ["token", "revoke", "newsdesk", "--data", text(&data)];
    // As a restore does that waits for an answer.
    let lock = fs::File::open(&data).unwrap();
    lock.lock().unwrap();
    fs::create_dir(data.join("restoring")).unwrap();
    let output = courant(&revoke);
    assert!(!output.status.success() && said(&output).contains("being restored"));
    drop(lock);
    let output = courant(&revoke);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn without_a_store_to_replace_it_refuses_unless_lost_takedowns_are_accepted() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    let data = desk.file("elsewhere");
    let output = restore(&data, &file, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("--accept-lost-takedowns"),
        "{}",
        said(&output)
    );
    assert!(!data.join("courant.db").exists());
    let output = restore(&data, &file, &["--accept-lost-takedowns"]);
    assert!(output.status.success(), "{}", said(&output));
    let server = without_items(&data).serve();
    assert!(server.get("/feed.atom").has("It opened at noon"));
    assert_eq!(server.stop(), Some(0));
    // Beyond all that the lost log can have had: each entry has a millisecond of its own.
    let last = log_of(&data).last().map_or(0, seq_of);
    assert!(last > desk.paper.last(), "{last}");
}

#[test]
fn a_store_of_another_history_does_not_count_as_the_one_to_replace() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    fs::rename(desk.paper.data(), desk.file("lost")).unwrap();
    // Somebody began anew from the folder, and killed a story there.
    desk.server = Some(desk.paper.start());
    desk.decide("kill", "bridge");
    desk.stop();
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("did not grow from this backup"),
        "{}",
        said(&output)
    );
    let output = restore(&desk.paper.data(), &file, &["--accept-lost-takedowns"]);
    assert!(output.status.success(), "{}", said(&output));
    desk.server = Some(desk.paper.start());
    assert_eq!(desk.server().get("/articles/bridge").status, 410);
    assert_eq!(desk.server().get("/articles/other").status, 200);
}

#[test]
fn a_backup_of_another_paper_and_a_server_that_runs_are_refused() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("another server uses"),
        "{}",
        said(&output)
    );
    desk.stop();
    let other = Paper::new();
    other.edit(
        "publication.toml",
        "01a05bfb-7000-7718-a56f-62f784e61c00",
        "01a05bfb-7000-7718-a56f-62f784e61c01",
    );
    assert_eq!(other.start().stop(), Some(0));
    let before = tree(&other.data());
    let output = restore(&other.data(), &file, &["--accept-lost-takedowns"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("another paper"), "{}", said(&output));
    assert_eq!(tree(&other.data()), before);
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_changed() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    let whole = fs::read(&file).unwrap();
    let before = tree(&desk.paper.data());
    let find = |word: &str| {
        let at = whole
            .windows(word.len())
            .position(|piece| piece == word.as_bytes());
        at.expect(word)
    };
    let edited = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        assert_ne!(bytes[at], byte);
        bytes[at] = byte;
        bytes
    };
    let sums = find("SHA256SUMS\0");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("another thing", b"A letter to the editor.".repeat(100)),
        ("the first half", whole[..whole.len() / 2].to_vec()),
        ("all but the sums", whole[..sums].to_vec()),
        ("half of the sums", whole[..sums + 600].to_vec()),
        ("another text", edited(find("It opened at noon"), b'X')),
        ("another picture", edited(find("IDAT") + 9, 0)),
        ("another manifest", edited(find("\"seq\": ") + 7, b'9')),
        ("another name", edited(find("media/"), b'M')),
    ];
    for (what, bytes) in cases {
        fs::write(&file, bytes).unwrap();
        let output = restore(&desk.paper.data(), &file, &["--accept-lost-takedowns"]);
        assert!(!output.status.success(), "{what}: {}", said(&output));
        assert_eq!(tree(&desk.paper.data()), before, "{what}");
    }
}

#[test]
fn a_file_that_leads_out_of_the_folder_is_refused() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    let folder = desk.file("unpacked");
    fs::create_dir(&folder).unwrap();
    fs::write(desk.file("outside"), "stays").unwrap();
    let script = format!(
        "tar xf {file} -C unpacked && cd unpacked && tar cPf {file} manifest.json courant.db ../outside SHA256SUMS",
        file = text(&file)
    );
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &script])
        .current_dir(desk.paper.dir.path());
    let output = output_of(&mut shell).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("does not belong in it"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_restore_that_is_broken_off_at_any_step_leaves_a_store_that_opens() {
    let mut desk = Desk::new();
    desk.publish("A ship comes in");
    let file = desk.back_up("paper.tar");
    desk.publish("A second ship comes in");
    desk.stop();
    let data = desk.paper.data();
    let old = desk.file("old");
    copy(&data, &old);
    let output = restore(&data, &file, &[]);
    assert!(output.status.success(), "{}", said(&output));
    let new = desk.file("new");
    fs::create_dir(&new).unwrap();
    copy(&data.join("media"), &new.join("media"));
    fs::copy(data.join("courant.db"), new.join("courant.db")).unwrap();
    let restored = log_of(&data);
    let before = log_of(&old);
    assert_ne!(restored, before);
    let state = |ready: &[&str], aside: &[&str], here: &[&str]| {
        fs::remove_dir_all(&data).unwrap();
        fs::create_dir_all(data.join("restored-T")).unwrap();
        fs::create_dir_all(data.join("before-restore-T")).unwrap();
        let place = |from: &Path, to: PathBuf, name: &str| match from.join(name).is_dir() {
            true => copy(&from.join(name), &to.join(name)),
            false => drop(fs::copy(from.join(name), to.join(name)).unwrap()),
        };
        for name in ready {
            place(&new, data.join("restored-T"), name);
        }
        for name in aside {
            place(&old, data.join("before-restore-T"), name);
        }
        for name in here {
            let is_old = ready.contains(name) || name.ends_with("-wal");
            let from = if is_old { &old } else { &new };
            place(from, data.clone(), name);
        }
    };
    // The old database has a part that was written ahead, and goes nowhere without it.
    let (db, ahead, media) = ("courant.db", "courant.db-wal", "media");
    assert!(old.join(ahead).exists());
    for (ready, aside, here) in [
        (&[db, media][..], &[][..], &[db, ahead, media][..]),
        (&[db, media], &[ahead], &[db, media]),
        (&[db, media], &[ahead, db], &[media]),
        (&[media], &[ahead, db], &[db, media]),
        (&[media], &[ahead, db, media], &[db]),
        (&[], &[ahead, db, media], &[db, media]),
    ] {
        state(ready, aside, here);
        let server = without_items(&data).serve();
        assert!(server.get("/feed.atom").has("A ship comes in"));
        assert!(!server.get("/feed.atom").has("A second ship"));
        let photograph = server.get("/articles/bridge").text();
        let photograph = photograph.split("/media/").nth(1).unwrap();
        let photograph = photograph.split('"').next().unwrap();
        assert_eq!(server.get(&format!("/media/{photograph}")).status, 200);
        assert_eq!(server.stop(), Some(0));
        // The address of this server is another, which is an entry more.
        assert!(log_of(&data).starts_with(&restored), "{ready:?} {aside:?}");
        assert!(!data.join("restored-T").exists());
        assert_eq!(log_of(&data.join("before-restore-T")), before);
    }
}

#[test]
fn kill_9_of_a_restore_leaves_the_old_store_or_the_new_one() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.publish("A ship comes in");
    desk.stop();
    let data = desk.paper.data();
    let old = desk.file("old");
    copy(&data, &old);
    let before = log_of(&data);
    for millis in (0..400).step_by(12) {
        fs::remove_dir_all(&data).unwrap();
        copy(&old, &data);
        let mut command = std::process::Command::new(COURANT);
        command
            .args(["restore", text(&file), "--yes", "--data", text(&data)])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut running = Running::of(command);
        std::thread::sleep(std::time::Duration::from_millis(millis));
        running.kill();
        // Whoever opens the store next finishes what was begun.
        let output = courant(&["token", "list", "--data", text(&data)]);
        assert!(output.status.success(), "{}", said(&output));
        let log = log_of(&data);
        let is_new = log.last().unwrap()["kind"] == "restore";
        assert!(is_new || log == before, "{log:?}");
    }
}

#[test]
fn a_photograph_that_is_killed_while_a_backup_is_made_is_left_out() {
    let mut desk = Desk::new();
    desk.stop();
    let file = desk.file("paper.tar");
    let store = place::open_store(&desk.paper.data(), Utc::now()).unwrap();
    let AddressTarget::Here(bridge) = store.find_article("bridge").unwrap() else {
        panic!("the article is not there");
    };
    let kill = Act {
        item: bridge,
        action: Action::Remove(Removal::Killed),
        public_note: None,
        expected: Expected::Anything,
        section: None,
    };
    let kill = [Change::Act(Box::new(kill))];
    // Its name was found, and its bytes were not read yet.
    let made = store.backup(&file, false, Utc::now(), &|step, done, total| {
        if step != BackupStep::Photographs {
            return;
        }
        assert!(done < total);
        store.apply(&Utc::now, "test", &kill).unwrap();
    });
    let made = made.unwrap();
    assert!(made.missing.is_empty(), "{:?}", made.missing);
    let names = members(&file);
    assert!(
        !names.iter().any(|name| name.starts_with("media/")),
        "{names:?}"
    );
    close(store);
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(output.status.success(), "{}", said(&output));
    let store = place::open_store(&desk.paper.data(), Utc::now()).unwrap();
    let article = store.article(bridge).unwrap().unwrap();
    assert_eq!(article.state.status.name(), "canceled");
}

#[test]
fn a_store_that_does_not_read_is_replaced_only_where_lost_takedowns_are_accepted() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    let database = desk.paper.data().join("courant.db");
    for suffix in ["-wal", "-shm"] {
        // Some are there, some are not.
        let _ = fs::remove_file(desk.paper.data().join(format!("courant.db{suffix}")));
    }
    let broken = b"This is no database any more. ".repeat(1000);
    fs::write(&database, &broken).unwrap();
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    assert!(said(&output).contains("does not read"), "{}", said(&output));
    assert_eq!(fs::read(&database).unwrap(), broken);
    let output = restore(&desk.paper.data(), &file, &["--accept-lost-takedowns"]);
    assert!(output.status.success(), "{}", said(&output));
    let aside = fs::read_dir(desk.paper.data())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let aside: Vec<PathBuf> = aside
        .filter(|path| text(path).contains("before-restore-"))
        .collect();
    assert_eq!(fs::read(aside[0].join("courant.db")).unwrap(), broken);
    assert!(said(&output).contains(text(&aside[0])), "{}", said(&output));
    desk.server = Some(desk.paper.start());
    assert!(desk.server().get("/feed.atom").has("at noon"));
}

#[test]
fn a_backup_of_an_older_schema_is_brought_up_to_date_and_a_newer_one_is_refused() {
    let mut desk = Desk::new();
    let file = desk.back_up("paper.tar");
    desk.stop();
    let unpacked = desk.file("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let shell = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-ec", script]).current_dir(&unpacked);
        let output = output_of(&mut shell).unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    shell(&format!("tar xf {}", text(&file)));
    let repack = |from: &str, to: &str| {
        let manifest = fs::read_to_string(unpacked.join("manifest.json")).unwrap();
        assert_eq!(manifest.matches(from).count(), 1, "{from} in {manifest}");
        fs::write(unpacked.join("manifest.json"), manifest.replace(from, to)).unwrap();
        shell(&format!(
            "files=\"manifest.json courant.db $(find media -type f)\"
             sha256sum $files > SHA256SUMS
             tar cf {} $files SHA256SUMS",
            text(&file)
        ));
    };
    repack("\"schema\": 10", "\"schema\": 11");
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("use the newer courant"),
        "{}",
        said(&output)
    );
    repack("\"schema\": 11", "\"schema\": 2");
    let database = rusqlite::Connection::open(unpacked.join("courant.db")).unwrap();
    database
        .execute_batch(include_str!("../support/down_to_2.sql"))
        .unwrap();
    drop(database);
    let sum = shell("sha256sum courant.db | cut -c1-64");
    let manifest = fs::read_to_string(unpacked.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    repack(manifest["sha256"].as_str().unwrap(), sum.trim());
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(output.status.success(), "{}", said(&output));
    desk.server = Some(desk.paper.start());
    assert!(desk.server().get("/feed.atom").has("at noon"));
    desk.publish("A ship comes in");
}

#[test]
fn caches_in_front_are_told_to_forget_everything() {
    let cache = Cache::start();
    let mut desk = Desk::new();
    desk.stop();
    let settings = format!(
        "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    );
    let server = desk.paper.configured(&settings);
    let address = server.address;
    desk.server = Some(server);
    let file = desk.back_up("paper.tar");
    desk.publish("A ship comes in");
    cache.told_times(2);
    desk.stop();
    let output = restore(&desk.paper.data(), &file, &[]);
    assert!(output.status.success(), "{}", said(&output));
    let told = cache.told().len();
    desk.server = Some(desk.paper.configuring(&settings).at(address).serve());
    let keys = cache.told_times(told + 1)[told].keys();
    assert!(keys.iter().any(|key| key.starts_with("p-")), "{keys:?}");
}
