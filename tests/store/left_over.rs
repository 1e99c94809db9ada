//! Files of photographs that nothing names go, at start and from time to time; whatever is named stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use courant::item::clean_photograph;
use courant::store::SweepReport;
use serde_json::json;

use crate::support::pictures;
use crate::support::writer::{Said, Writer, token};
use crate::support::*;

/// As long as a server spares what it kept.
const SPARE: Duration = Duration::from_secs(600);

fn files(media: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for shelf in fs::read_dir(media).into_iter().flatten() {
        for file in fs::read_dir(shelf.unwrap().path()).into_iter().flatten() {
            found.insert(file.unwrap().path());
        }
    }
    found
}

fn upload(desk: &Writer, picture: &[u8]) -> Said {
    let kind = [("Content-Type", "image/png")];
    desk.send("POST", "/api/v1/photographs", &kind, picture)
        .expect(201)
}

/// A file that looks like a photograph and is nobody's.
fn orphan(media: &Path, number: u32) -> PathBuf {
    let shelf = media.join(format!("{:02x}", number % 256));
    fs::create_dir_all(&shelf).unwrap();
    let path = shelf.join(format!("{:02x}{number:030x}.jpg", number % 256));
    fs::write(&path, "nobody's").unwrap();
    path
}

/// A paper with a photograph in each place that names one: shown, withheld, withdrawn, waiting, uploaded and shown by nothing,
/// the logo.
fn paper() -> (Paper, BTreeSet<PathBuf>) {
    let paper = Paper::new();
    paper.write("logo.png", pictures::png(64, 64));
    paper.edit(
        "publication.toml",
        "language = \"en\"\n",
        "language = \"en\"\nlogo = \"logo.png\"\n",
    );
    for (number, slug) in ["shown", "withheld", "withdrawn"].into_iter().enumerate() {
        let width = 900 + 10 * u32::try_from(number).unwrap();
        paper.write(&format!("city/{slug}/a.jpg"), pictures::jpeg(width, 300));
        paper.write(
            &format!("city/{slug}/article.md"),
            format!(
                "+++\nheadline = \"{slug}\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\ntext = \"A picture\"\n\
                 image = \"a.jpg\"\n+++\nText.\n"
            ),
        );
    }
    let server = paper.start();
    let secret = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &secret);
    let unused = upload(&desk, &pictures::png(930, 300));
    let waiting = upload(&desk, &pictures::png(940, 300));
    let draft = json!({
        "section": "city", "headline": "A draft", "draft": true, "body": "Text.",
        "published": "2026-01-02T03:04:05Z",
        "captions": [{"text": "A picture", "image": waiting.body["name"]}],
    });
    desk.post("/api/v1/articles", &draft).expect(201);
    assert!(unused.body["name"].is_string());
    let data = paper.data();
    let output = courant(&["withhold", "withheld", "--yes", "--data", text(&data)]);
    assert!(output.status.success(), "{}", said(&output));
    paper.remove("city/withdrawn");
    server.until("/articles/withdrawn", |answer| answer.status == 410);
    assert_eq!(server.stop(), Some(0));
    let kept = files(&paper.data().join("media"));
    assert!(kept.len() > 12, "{kept:?}");
    (paper, kept)
}

#[test]
fn what_anything_names_stays_and_the_rest_goes() {
    let (paper, kept) = paper();
    let media = paper.data().join("media");
    let store = crate::support::place::open_store(&paper.data(), Utc::now()).unwrap();
    let found = SweepReport {
        files: kept.len(),
        left_over: 0,
        removed: 0,
    };
    assert_eq!(store.sweep(Duration::ZERO, &|| false).unwrap(), found);
    assert_eq!(files(&media), kept);
    for number in 1..=53 {
        orphan(&media, number);
    }
    // What is of others is left alone.
    fs::write(media.join("00/notes.txt"), "of the operator").unwrap_or_default();
    fs::write(media.join("ab.jpg"), "of the operator").unwrap();
    let swept = store.sweep(SPARE, &|| false).unwrap();
    assert_eq!((swept.left_over, swept.removed), (53, 53));
    let left: BTreeSet<PathBuf> = files(&media);
    assert!(left.is_superset(&kept) && media.join("ab.jpg").exists());
    close(store);
    let server = paper.start();
    assert_eq!(server.get("/articles/shown").status, 200);
    let data = paper.data();
    let output = courant(&["release", "withheld", "--yes", "--data", text(&data)]);
    assert!(output.status.success(), "{}", said(&output));
    for slug in ["shown", "withheld"] {
        let page = server.get(&format!("/articles/{slug}")).text();
        let pictures = links(&page, &server.base())
            .into_iter()
            .filter(|path| path.starts_with("/media/"));
        let pictures: Vec<String> = pictures.collect();
        assert!(pictures.len() > 1, "{slug}: {pictures:?}");
        for path in pictures {
            assert_eq!(server.get(&path).status, 200, "{slug}: {path}");
        }
    }
}

#[test]
fn what_was_kept_lately_is_spared_also_where_it_was_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = pictures::jpeg(900, 300);
    let picture = clean_photograph("a", &bytes).unwrap();
    let store = crate::support::place::open_store(folder.path(), Utc::now()).unwrap();
    let media = folder.path().join("media");
    store
        .photographs()
        .keep_with_renditions("a", &picture)
        .unwrap();
    let kept = files(&media);
    assert!(kept.len() > 2, "{kept:?}");
    assert_eq!(store.sweep(SPARE, &|| false).unwrap().removed, 0);
    assert_eq!(files(&media), kept);
    close(store);
    // Left by a server that was killed, and kept again by the next: nothing is written, and all the same it is held.
    let store = crate::support::place::open_store(folder.path(), Utc::now()).unwrap();
    store
        .photographs()
        .keep_with_renditions("a", &picture)
        .unwrap();
    assert_eq!(store.sweep(SPARE, &|| false).unwrap().removed, 0);
    close(store);
    let store = crate::support::place::open_store(folder.path(), Utc::now()).unwrap();
    assert_eq!(
        store.sweep(SPARE, &|| true).unwrap().removed,
        0,
        "it is to stop"
    );
    assert_eq!(store.sweep(SPARE, &|| false).unwrap().removed, kept.len());
    assert_eq!(files(&media), BTreeSet::new());
}

#[test]
fn more_than_half_of_all_is_not_believed_to_be_left_over() {
    let paper = Paper::new();
    assert_eq!(paper.start().stop(), Some(0));
    let media = paper.data().join("media");
    let orphans: BTreeSet<PathBuf> = (1..=100).map(|number| orphan(&media, number)).collect();
    let server = paper.start();
    server.line(&["100 of 100 files are", "none was removed"]);
    assert_eq!(files(&media), orphans);
    assert_eq!(server.stop(), Some(0));
    fs::remove_file(orphans.first().unwrap()).unwrap();
    let server = paper.start();
    server.line(&["99 files of photographs and recordings that nothing named were removed"]);
    assert_eq!(files(&media), BTreeSet::new());
}

#[test]
fn what_refused_uploads_left_goes_also_where_it_is_more_than_all_the_rest() {
    let paper = Paper::new();
    let server = paper.start();
    let secret = token(&paper, "newsdesk", "desk");
    let desk = Writer::new(&server, &secret);
    let shown = upload(&desk, &pictures::png(900, 40));
    let media = paper.data().join("media");
    let kept = files(&media);
    let replace = |tag: &str, picture: &[u8], status| {
        let headers = [("Content-Type", "image/png"), ("If-Match", tag)];
        let path = shown.path().replace("articles", "photographs");
        desk.send("PUT", &path, &headers, picture).expect(status)
    };
    // Nothing is kept of what is refused anyhow.
    replace("\"r1\"", &pictures::png(901, 40), 412);
    assert_eq!(files(&media), kept);
    // Shown too often to be replaced, which only the writer finds out.
    for number in 0..6 {
        let captions: Vec<_> = (0..90)
            .map(|place| json!({"text": format!("Picture {place}"), "image": shown.body["name"]}))
            .collect();
        let story = json!({
            "section": "city", "headline": format!("Story {number}"), "body": "Text.",
            "published": "2026-01-02T03:04:05Z", "captions": captions,
        });
        desk.post("/api/v1/articles", &story).expect(201);
    }
    for number in 0..35 {
        replace("*", &pictures::png(1000 + number, 40), 409);
    }
    let left = files(&media).len();
    assert!(left - kept.len() >= 100, "{left}");
    wait("what was left over is noted", || {
        let database = rusqlite::Connection::open(paper.data().join("courant.db")).ok()?;
        let sql = "SELECT count(*) FROM left_over";
        let noted: i64 = database.query_row(sql, [], |row| row.get(0)).ok()?;
        (noted > 100).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
    let server = paper.start();
    server.line(&["files of photographs and recordings that nothing named were removed"]);
    assert_eq!(files(&media), kept);
    wait("nothing is left over any more", || {
        let database = rusqlite::Connection::open(paper.data().join("courant.db")).ok()?;
        let sql = "SELECT count(*) FROM left_over";
        let noted: i64 = database.query_row(sql, [], |row| row.get(0)).ok()?;
        (noted == 0).then_some(())
    });
}
