//! The sizes of a photograph on every surface: made once, shown where they fit, and gone with it.

use std::collections::BTreeSet;
use std::fs;

use courant::item::clean_photograph;
use courant::store::{KeepError, Photographs};

use crate::support::pictures::{self, exif, jpeg, with_segment};
use crate::support::*;

const ARTICLE: &str = "+++\nheadline = \"A bridge\"\npublished = 2026-10-01T10:00:00Z\n\
    [[captions]]\ntext = \"The bridge.\"\nimage = \"bridge.jpg\"\n+++\n\nText.\n";

/// A paper with one story and the photograph of it.
fn paper_with(photograph: &[u8]) -> Paper {
    let paper = Paper::new();
    paper.write("city/bridge/bridge.jpg", photograph);
    paper.write("city/bridge/article.md", ARTICLE);
    paper
}

/// Where photographs are served, as `document` names them.
fn pictured(document: &str) -> BTreeSet<String> {
    let places = document.match_indices("/media/");
    let address = |(at, _): (usize, &str)| {
        let rest = &document[at..];
        rest[..rest.find(|c| "\"' \\&<".contains(c)).unwrap()].to_owned()
    };
    places.map(address).collect()
}

fn page_of(server: &Server) -> String {
    server
        .until("/articles/bridge", |page| page.status == 200)
        .text()
}

#[test]
fn a_page_lets_the_browser_choose_and_every_size_is_served() {
    let paper = paper_with(&jpeg(1000, 500));
    let server = paper.start();
    let page = page_of(&server);
    let sizes = page
        .split("srcset=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let widths: Vec<&str> = sizes
        .split(", ")
        .map(|size| size.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(widths, ["200w", "400w", "800w", "1000w"]);
    assert!(page.contains("sizes=\"(max-width: 42rem) calc(100vw - 2rem), 40rem\""));
    assert_eq!(pictured(&page).len(), 4);
    for (place, path) in pictured(sizes).iter().enumerate() {
        let answer = server.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("image/jpeg")),
            "{place}"
        );
        let width = image::load_from_memory(&answer.body).unwrap().width();
        assert!(
            sizes.contains(&format!("{path} {width}w")),
            "{path} is {width} wide: {sizes}"
        );
    }
    let caption = page_with_caption(&server);
    assert!(caption.contains("srcset="));
    // Among others it is small, and telephones need not load the whole.
    let gallery = server.get("/captions").text();
    let (_, tile) = gallery.split_once("<img class=\"u-photo\"").unwrap();
    let tile = tile.split('>').next().unwrap();
    assert!(
        tile.contains(&format!("srcset=\"{sizes}\"")) && tile.contains("sizes=\"(max-width"),
        "{tile}"
    );
    let small = sizes.split(", ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(tile.contains(&format!(" src=\"{small}\"")), "{tile}");
}

fn page_with_caption(server: &Server) -> String {
    let feed = server.get("/captions.json").text();
    let at = feed.find("/captions/").unwrap();
    server.get(&feed[at..at + "/captions/".len() + 36]).text()
}

#[test]
fn feeds_show_a_photograph_as_it_is_and_one_thumbnail() {
    let paper = paper_with(&jpeg(1000, 500));
    let server = paper.start();
    page_of(&server);
    let original = clean_photograph("a", &jpeg(1000, 500)).unwrap().photograph;
    let address = format!("/media/{}.jpg", original.hash);
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/captions.rss",
        "/articles/bridge.atom",
    ] {
        let feed = server.get(path).text();
        assert!(!feed.contains("srcset"), "{path}");
        assert!(pictured(&feed).contains(&address), "{path}");
        assert_eq!(pictured(&feed).len(), 2, "{path}");
        let document = roxmltree::Document::parse(&feed).unwrap();
        let thumbnail = document
            .descendants()
            .find(|node| node.has_tag_name(("http://search.yahoo.com/mrss/", "thumbnail")))
            .unwrap_or_else(|| panic!("{path} has no thumbnail"));
        assert_eq!(thumbnail.attribute("width"), Some("400"));
        assert_eq!(thumbnail.attribute("height"), Some("200"));
        assert!(
            thumbnail
                .parent()
                .unwrap()
                .has_tag_name(("http://search.yahoo.com/mrss/", "content"))
        );
    }
    assert_eq!(
        pictured(&server.get("/feed.json").text()),
        BTreeSet::from([address])
    );
}

#[test]
fn nobody_is_sent_more_than_1600_pixels_who_does_not_ask_for_the_original() {
    let picture = jpeg(2000, 300);
    let paper = paper_with(&picture);
    let server = paper.start();
    let page = page_of(&server);
    let original = clean_photograph("a", &picture).unwrap().photograph;
    let address = format!("/media/{}.jpg", original.hash);
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/captions.rss",
        "/captions.json",
    ] {
        let feed = server.get(path).text();
        assert!(!feed.contains(&address), "{path}");
        for path in pictured(&feed) {
            let answer = server.get(&path);
            assert_eq!(answer.status, 200, "{path}");
            let width = image::load_from_memory(&answer.body).unwrap().width();
            assert!([400, 1600].contains(&width), "{path} is {width} wide");
        }
    }
    // What a feed tells of the enclosure is true of the file that it names.
    let feed = server.get("/captions.rss").text();
    let document = roxmltree::Document::parse(&feed).unwrap();
    let enclosure = document
        .descendants()
        .find(|node| node.has_tag_name("enclosure"))
        .unwrap();
    let url = enclosure.attribute("url").unwrap();
    let served = server.get(url.strip_prefix(&server.base()).unwrap());
    assert_eq!(
        enclosure.attribute("length"),
        Some(served.body.len().to_string().as_str())
    );
    assert!(page.contains("width=\"1600\" height=\"240\""), "{page}");
    assert!(!page.contains(&address));
    assert_eq!(
        server.get(&address).body,
        picture,
        "the original is there for who asks"
    );
}

#[test]
fn renditions_go_with_their_photograph_and_come_again_with_it() {
    let paper = paper_with(&jpeg(1000, 500));
    let server = paper.start();
    let shown = pictured(&page_of(&server));
    assert_eq!(shown.len(), 4);
    let article = paper.read("city/bridge/article.md");
    paper.edit(
        "city/bridge/article.md",
        "[[captions]]\ntext = \"The bridge.\"\nimage = \"bridge.jpg\"\n",
        "",
    );
    for path in &shown {
        server.until(path, |answer| answer.status == 404);
    }
    paper.write("city/bridge/article.md", &article);
    for path in &shown {
        server.until(path, |answer| answer.status == 200);
    }
    paper.remove("city/bridge");
    for path in &shown {
        server.until(path, |answer| answer.status == 404);
    }
}

#[test]
fn a_photograph_that_cannot_be_decoded_is_refused_and_the_rest_is_served() {
    let mut damaged = pictures::png(300, 200);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    let paper = Paper::new();
    paper.article("city/other", "Another", "It is served.");
    paper.write("city/bridge/bridge.jpg", &damaged);
    paper.write("city/bridge/article.md", ARTICLE);
    let server = paper.start();
    server.line(&[
        "city/bridge/article.md",
        "bridge.jpg is damaged",
        "save it again",
    ]);
    assert_eq!(server.get("/articles/other").status, 200);
    assert_eq!(server.get("/articles/bridge").status, 404);
    let checked = paper.check();
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        said(&checked).contains("bridge.jpg is damaged"),
        "{}",
        said(&checked)
    );
    paper.write("city/bridge/bridge.jpg", jpeg(300, 200));
    page_of(&server);
}

#[test]
fn renditions_are_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let photographs = Photographs::new(folder.path().to_owned());
    let bytes = jpeg(900, 600);
    let picture = clean_photograph("a", &bytes).unwrap();
    let first = photographs.keep_with_renditions("a", &picture).unwrap();
    assert_eq!(first.renditions.len(), 3);
    for file in first.renditions.iter().chain([&first.original()]) {
        let kept = fs::read(photographs.path(&file.hash, file.kind.extension())).unwrap();
        assert_eq!(kept.len() as u64, file.bytes);
    }
    // What another version made of it stands, as long as it is there.
    let fewer = serde_json::to_vec(&first.renditions[..1]).unwrap();
    fs::write(photographs.path(&first.hash, "json"), fewer).unwrap();
    let again = photographs.keep_with_renditions("a", &picture).unwrap();
    assert_eq!(again.renditions, first.renditions[..1]);
    let gone = &first.renditions[0];
    fs::remove_file(photographs.path(&gone.hash, gone.kind.extension())).unwrap();
    assert_eq!(
        photographs.keep_with_renditions("a", &picture).unwrap(),
        first
    );
}

#[test]
fn nothing_is_kept_of_a_photograph_that_cannot_be_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let photographs = Photographs::new(folder.path().to_owned());
    let bytes = pictures::claiming(300, 300, 8, 2, 100);
    let picture = clean_photograph("a", &bytes).unwrap();
    let error = photographs.keep_with_renditions("a", &picture).unwrap_err();
    assert!(matches!(error, KeepError::Photograph(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_store_that_knew_no_renditions_changes_only_what_told_of_places() {
    let paper = paper_with(&jpeg(1000, 500));
    let taken = with_segment(&jpeg(900, 500), 0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    paper.write("city/tower/tower.jpg", &taken);
    paper.write("city/tower/article.md", ARTICLE.replace("bridge", "tower"));
    let server = paper.start();
    page_of(&server);
    server.until("/articles/tower", |page| page.status == 200);
    let (address, last) = (server.address, paper.last());
    assert_eq!(server.stop(), Some(0));
    as_schema_2(&paper);
    let server = paper.starting().at(address).serve();
    let page = server
        .until("/articles/tower", |page| page.has("srcset"))
        .text();
    let entries = paper.log_after(last);
    let items = entries.iter().filter(|entry| entry["kind"] != "rendering");
    assert_eq!(items.count(), 1, "{entries:?}");
    for path in pictured(&page) {
        assert!(
            !pictures::holds(&server.get(&path).body, b"43.8171"),
            "{path}"
        );
    }
    // It is shown as it was, until its story changes.
    let page = page_of(&server);
    assert_eq!(pictured(&page).len(), 1);
    paper.edit("city/bridge/article.md", "Text.", "Another text.");
    server.until("/articles/bridge", |page| page.has("srcset"));
}

/// Turns the store into what the version before this would have made of the same folder.
fn as_schema_2(paper: &Paper) {
    let database = rusqlite::Connection::open(paper.data().join("courant.db")).unwrap();
    let mut statement = database
        .prepare(
            "SELECT item, revision, content FROM revision WHERE content LIKE '%\"renditions\"%'",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let rows: Vec<(String, i64, String)> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 2);
    for (item, revision, content) in rows {
        let mut caption: serde_json::Value = serde_json::from_str(&content).unwrap();
        let photograph = caption["image"]["photograph"].as_object_mut().unwrap();
        assert!(photograph.remove("renditions").is_some());
        database
            .execute(
                "UPDATE revision SET content = ?3 WHERE item = ?1 AND revision = ?2",
                (item, revision, caption.to_string()),
            )
            .unwrap();
    }
    // It gave the photograph with all that it tells, under another hash, and so the article had another digest.
    database
        .execute_batch(
            "UPDATE file SET digest = 'another' WHERE path = 'city/tower';
             UPDATE revision SET content = replace(content, '\"hash\":\"', '\"hash\":\"0') WHERE content LIKE '%tower.jpg%';",
        )
        .unwrap();
    database
        .execute_batch(include_str!("../support/down_to_2.sql"))
        .unwrap();
}
