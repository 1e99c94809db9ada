//! What people and machines get wrong: each draws a complaint that says where, what and what to do, and the rest of the
//! paper is served.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::pictures;
use crate::support::*;

const BAD: &str = "city/bad/article.md";

/// A file that is refused: its bytes, the line that is named, and words that the complaint must have.
struct Refused {
    name: &'static str,
    bytes: Vec<u8>,
    line: Option<usize>,
    words: &'static [&'static str],
}

fn refused(
    name: &'static str,
    bytes: impl AsRef<[u8]>,
    line: usize,
    words: &'static [&'static str],
) -> Refused {
    Refused {
        name,
        bytes: bytes.as_ref().to_vec(),
        line: (line > 0).then_some(line),
        words,
    }
}

const GOOD: &str = "+++\nheadline = \"Good\"\npublished = 2026-01-02T03:04:05Z\n+++\nGood text.\n";

fn with_keys(keys: &str) -> String {
    GOOD.replace("published", &format!("{keys}\npublished"))
}

fn with_caption(keys: &str) -> String {
    GOOD.replace("Z\n+++", &format!("Z\n\n[[captions]]\n{keys}\n+++"))
}

fn table() -> Vec<Refused> {
    vec![
        refused(
            "no headline",
            GOOD.replace("headline = \"Good\"\n", ""),
            2,
            &["headline"],
        ),
        refused(
            "a blank headline",
            GOOD.replace("\"Good\"", "\"  \""),
            2,
            &["headline"],
        ),
        refused(
            "no date",
            GOOD.replace("published = 2026-01-02T03:04:05Z\n", ""),
            2,
            &["published"],
        ),
        refused(
            "a date that does not exist",
            GOOD.replace("2026-01-02", "2026-02-30"),
            3,
            &["TOML"],
        ),
        refused(
            "a date that is text",
            GOOD.replace("2026-01-02T03:04:05Z", "\"yesterday\""),
            3,
            &["published", "yesterday"],
        ),
        refused(
            "a date that is a number",
            GOOD.replace("2026-01-02T03:04:05Z", "2026"),
            3,
            &["2026"],
        ),
        refused(
            "a date without zone",
            GOOD.replace("03:04:05Z", "03:04:05"),
            3,
            &["published", "zone", "2026-01-02T03:04:05"],
        ),
        refused(
            "a bare day",
            GOOD.replace("T03:04:05Z", ""),
            3,
            &["published", "zone"],
        ),
        refused(
            "updated before published",
            with_keys("updated = 2025-01-01T00:00:00Z"),
            3,
            &["updated", "later than published"],
        ),
        refused(
            "a year beyond four digits",
            GOOD.replace("2026-01-02T03:04:05Z", "0026-01-02T03:04:05Z"),
            3,
            &["four digits"],
        ),
        refused(
            "an unknown key",
            with_keys("headlin = \"x\""),
            3,
            &["headlin", "headline"],
        ),
        refused(
            "an unknown key of a caption",
            with_caption("text = \"x\"\ncredits = \"y\""),
            7,
            &["credits", "credit"],
        ),
        refused(
            "broken TOML",
            GOOD.replace("\"Good\"", "\"Good"),
            2,
            &["TOML"],
        ),
        refused("a key twice", with_keys("headline = \"x\""), 3, &["TOML"]),
        refused("no front matter", "Just text.\n", 1, &["+++", "Just text."]),
        refused(
            "front matter without end",
            "+++\nheadline = \"x\"\n",
            1,
            &["no closing +++"],
        ),
        refused("an empty file", "", 1, &["an empty file"]),
        refused(
            "not UTF-8",
            b"+++\nheadline = \"\xb3\xa4\xb4\xba\"\n+++\n",
            2,
            &["UTF-8"],
        ),
        refused(
            "UTF-8 cut in a character",
            [GOOD.as_bytes(), &[0xe9, 0x95]].concat(),
            6,
            &["UTF-8"],
        ),
        refused(
            "a lone surrogate escape",
            GOOD.replace("Good\"", "Good \\ud83d\""),
            2,
            &["TOML"],
        ),
        refused(
            "a control character in TOML",
            GOOD.replace("Good\"", "Good \u{1}\""),
            2,
            &["TOML"],
        ),
        refused(
            "a headline that is a list",
            GOOD.replace("\"Good\"", "[\"Good\"]"),
            2,
            &["headline", "a list"],
        ),
        refused(
            "a wrong language",
            with_keys("language = \"zh_CN!\""),
            3,
            &["language", "zh_CN!"],
        ),
        refused(
            "a wrong id",
            with_keys("id = \"urn:uuid:1234\""),
            3,
            &["urn:uuid:1234"],
        ),
        refused(
            "a caption without text",
            with_caption("credit = \"x\""),
            5,
            &["text"],
        ),
        refused(
            "a role that nobody knows",
            with_caption("text = \"x\"\nrole = \"snapper\""),
            7,
            &["role", "snapper", "photographer"],
        ),
        refused(
            "a photograph that is missing",
            with_caption("text = \"x\"\nimage = \"none.jpg\""),
            7,
            &["none.jpg", "there is no file"],
        ),
        refused(
            "a photograph that is no image",
            with_caption("text = \"x\"\nimage = \"text.jpg\""),
            7,
            &["text.jpg", "is not a JPEG"],
        ),
        refused(
            "a photograph of 80 MB",
            with_caption("text = \"x\"\nimage = \"large.jpg\""),
            7,
            &["large.jpg", "83886080 bytes", "smaller than"],
        ),
        refused(
            "a photograph beyond the folder",
            with_caption("text = \"x\"\nimage = \"../../publication.toml\""),
            7,
            &["leads out"],
        ),
        refused(
            "a photograph that is a link out of it",
            with_caption("text = \"x\"\nimage = \"link.png\""),
            7,
            &["link.png", "leads out"],
        ),
        refused(
            "a picture without a caption",
            GOOD.replace("Good text.", "Good text.\n\n![x](none.jpg)"),
            7,
            &["none.jpg", "[[captions]]"],
        ),
    ]
}

/// A complaint is a line: path and line, what was expected, what was found, what to do.
fn complaint<'a>(
    lines: &'a str,
    path: &str,
    line: Option<usize>,
    words: &[&str],
) -> Option<&'a str> {
    let place = line.map_or(format!("{path}: "), |line| format!("{path}:{line}: "));
    let whole = |said: &&str| {
        let parts: Vec<&str> = said.split("; ").collect();
        said.contains(": refused: expected ") && said.contains("; found ") && parts.len() >= 3
    };
    let mut said = lines
        .lines()
        .filter(|said| said.contains(&place))
        .filter(whole);
    said.find(|said| words.iter().all(|word| said.contains(word)))
}

fn picture() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("items/logo.png")).expect("a picture")
}

/// What the rows on photographs find beside the article.
fn pictures_of(paper: &Paper, folder: &str) {
    paper.write(&format!("{folder}/text.jpg"), "This is no picture.");
    // Large and sparse: it takes no disk.
    let large = fs::File::create(paper.path(&format!("{folder}/large.jpg"))).expect("a file");
    large.set_len(80 << 20).expect("a sparse file");
    let outside = paper.dir.path().join("outside.png");
    fs::write(&outside, picture()).expect("a picture");
    symlink(outside, paper.path(&format!("{folder}/link.png"))).expect("a link");
}

#[test]
fn a_file_that_is_refused_leaves_the_rest_and_what_it_published_before() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    paper.write(BAD, GOOD);
    pictures_of(&paper, "city/bad");
    let server = paper.start();
    let before = server.feeds();
    let seq = paper.last();
    for row in table() {
        let Refused {
            name,
            bytes,
            line,
            words,
        } = row;
        paper.write(BAD, &bytes);
        wait(
            &format!("the complaint of {name}: {}", server.running.errors()),
            || complaint(&server.running.errors(), BAD, line, words).map(|_| ()),
        );
        // Every complaint is new, so that of the next row cannot be taken for this one's.
        server.running.err.lock().expect("lines").clear();
        assert_eq!(paper.last(), seq, "{name}");
    }
    assert_eq!(server.metric("courant_refused_files"), Some(1.0));
    assert_eq!(server.feeds(), before);
    paper.write(BAD, GOOD);
    server.line(&[BAD, "in order again"]);
    paper.article("harbour/rest", "The rest", "It is followed.");
    server.line(&["minor", "harbour/rest"]);
    assert_eq!(paper.last(), seq + 1);
}

#[test]
fn a_file_that_was_refused_from_the_start_is_nowhere_and_the_rest_is_served() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    let rows = table();
    for (number, row) in rows.iter().enumerate() {
        let folder = format!("city/bad-{number}");
        paper.write(&format!("{folder}/article.md"), &row.bytes);
        pictures_of_row(&paper, &folder, row);
    }
    // check tells all of it at once.
    let output = paper.check();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let checked = said(&output);
    for (number, row) in rows.iter().enumerate() {
        let path = format!("city/bad-{number}/article.md");
        let found = complaint(&checked, &path, row.line, row.words);
        assert!(found.is_some(), "{} in {checked}", row.name);
    }
    let server = paper.start();
    for (number, row) in rows.iter().enumerate() {
        let path = format!("city/bad-{number}/article.md");
        wait(row.name, || {
            complaint(&server.running.errors(), &path, row.line, row.words).map(|_| ())
        });
        assert_eq!(
            server.get(&format!("/articles/bad-{number}")).status,
            404,
            "{}",
            row.name
        );
    }
    assert!(server.get("/feed.rss").has("It is served."));
    assert!(!server.get("/feed.rss").has("Good"));
    wait("their number", || {
        (server.metric("courant_refused_files") == Some(rows.len() as f64)).then_some(())
    });
}

fn pictures_of_row(paper: &Paper, folder: &str, row: &Refused) {
    if row.name.starts_with("a photograph") {
        let _ = fs::remove_file(paper.dir.path().join("outside.png"));
        pictures_of(paper, folder);
    }
}

#[test]
fn what_xml_forbids_is_mended_and_what_looks_like_markup_survives() {
    let paper = Paper::new();
    paper.write(
        "city/odd/article.md",
        "+++\nheadline = \"A ]]> b <i> & \\u0007bell\\uFFFE 🗞️\"\n\
         deck = \"Deck ]]> &amp; \\u0085\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
         text = \"Caption ]]> <b> & \\u000B.\"\ncredit = \"O'Neil & \\\"Sons\\\" ]]>\"\n+++\n\
         Text ]]> with `<![CDATA[` and & and \u{1}control\u{8}s \u{fffe} and عربى 👩‍👩‍👧.\n",
    );
    let output = paper.check();
    for line in [2, 3, 7, 10] {
        let place = format!("city/odd/article.md:{line}: mended: expected ");
        assert!(
            said(&output).contains(&place),
            "{place} in {}",
            said(&output)
        );
    }
    let server = paper.start();
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/articles/odd.atom",
        "/captions.rss",
        "/sections/city.rss",
    ] {
        let feed = server.get(path).text();
        let document = roxmltree::Document::parse(&feed).unwrap_or_else(|e| panic!("{path}: {e}"));
        let forbidden = |c: char| {
            (c < ' ' && !"\t\n\r".contains(c))
                || ('\u{7f}'..='\u{9f}').contains(&c)
                || c == '\u{fffe}'
        };
        assert!(!feed.contains(forbidden), "{path}");
        let texts: Vec<&str> = document.descendants().filter_map(|n| n.text()).collect();
        let has = |text: &str| texts.iter().any(|t| t.contains(text));
        if path.starts_with("/captions") {
            assert!(has("Caption ]]>") && has("O'Neil & \"Sons\" ]]>"), "{feed}");
        } else if path.starts_with("/articles") {
            assert!(has("]]&gt; with") && has("&lt;![CDATA["), "{feed}");
        } else {
            assert!(
                has("A ]]> b <i> & bell") || has("A ]]> b &#x3C;i> &#x26; bell"),
                "{feed}"
            );
            assert!(has("عربى 👩‍👩‍👧") && has("🗞️") && has("controls"), "{feed}");
        }
    }
    let json: serde_json::Value =
        serde_json::from_slice(&server.get("/feed.json").body).expect("JSON");
    let title = json["items"][0]["title"].as_str().expect("a title");
    assert_eq!(title, "A ]]> b <i> & bell 🗞️");
}

#[test]
fn a_script_is_gone_from_every_feed_and_page_with_a_complaint() {
    let paper = Paper::new();
    paper.write(
        "city/script/article.md",
        "+++\nheadline = \"Scripted\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
         text = \"A picture.\"\n+++\n\
         Before.\n\n<script>evil()</script>\n\nIn <b onclick=\"evil()\">line</b>, \
         <iframe src=\"https://frames.example/\" onload=\"evil()\"></iframe>.\n\n\
         [link](javascript:evil()) <a href=\"data:text/html,evil()\">x</a>\n\n\
         <svg onload=\"evil()\"></svg>\n\n<style>evil</style>\n\nAfter.\n",
    );
    let output = paper.check();
    for line in [10, 12, 14, 16, 18] {
        let place = format!("city/script/article.md:{line}: mended: expected ");
        assert!(
            said(&output).contains(&place),
            "{place} in {}",
            said(&output)
        );
    }
    let server = paper.start();
    for path in server.addresses() {
        if path.starts_with("/oembed") {
            // What it gives is a frame, and a test of its own looks at that.
            continue;
        }
        let answer = without_own_markup(&server.get(&path).text());
        for trace in [
            "evil",
            "<script",
            "&lt;script",
            "onclick",
            "javascript:",
            "<iframe",
            "&lt;iframe",
        ] {
            assert!(!answer.contains(trace), "{trace} in {path}");
        }
    }
    let feed = server.get("/feed.rss").text();
    assert!(feed.contains("Before.") && feed.contains("After.") && feed.contains("line"));
    server.line(&["city/script/article.md:10", "mended", "<script>"]);
}

#[test]
fn a_relative_link_is_absolute_in_every_feed() {
    let paper = Paper::new();
    paper.write("city/links/picture.png", picture());
    paper.write(
        "city/links/article.md",
        "+++\nheadline = \"Links\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
         text = \"A picture.\"\nimage = \"picture.png\"\n+++\n\
         [other](other) [root](/sections/city) [up](../sections/harbour) [query](?a=b) [part](#part)\n\
         [net](//example.org/x) [whole](https://example.org/y) [mail](mailto:desk@example.org)\n\n\
         <a href=\"raw\">raw</a>\n\nWith ![inline](picture.png) text.\n\n![alone](picture.png)\n",
    );
    let output = paper.check();
    assert!(
        said(&output).contains("city/links/article.md:9: mended: expected an absolute address")
    );
    let server = paper.start();
    let base = server.base();
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/articles/links.atom",
        "/articles/links.json",
    ] {
        let feed = server.get(path).text();
        // The stylesheet of the prologue is the browser's affair; what follows is the feed.
        let plain = feed
            .replace("href=\"/feed.css\"", "")
            .replace("&quot;", "\"")
            .replace("\\\"", "\"")
            .replace("&lt;", "<");
        let mut found = 0;
        for attribute in [" href=\"", " src=\""] {
            for piece in plain.split(attribute).skip(1) {
                let address = piece.split('"').next().expect("an address");
                let whole = ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|s| address.starts_with(s));
                assert!(whole, "{address} in {path}");
                found += 1;
            }
        }
        assert!(found >= 11, "{found} in {path}: {plain}");
        for address in [
            format!("{base}/articles/other\""),
            format!("{base}/sections/city\""),
            format!("{base}/sections/harbour\""),
            format!("{base}/articles/links?a=b\""),
            format!("{base}/articles/links#part\""),
            format!("{base}/articles/raw\""),
            "http://example.org/x\"".to_owned(),
        ] {
            assert!(
                plain.contains(&format!("href=\"{address}")),
                "{address} in {path}: {plain}"
            );
        }
        assert!(!plain.contains("src=\"picture.png"));
    }
}

#[test]
fn two_items_cannot_have_one_id() {
    let id = "urn:uuid:01a1f24a-a5ac-70db-8770-000000000001";
    let story = |text: &str| {
        format!(
            "+++\nid = \"{id}\"\nheadline = \"{text} headline\"\npublished = 2026-01-02T03:04:05Z\n+++\n{text} text.\n"
        )
    };
    // The second comes while the server runs: the first stays as it was.
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    paper.write("harbour/first/article.md", story("First"));
    let server = paper.start();
    let before = server.feeds();
    let seq = paper.last();
    paper.write("city/second/article.md", story("Second"));
    server.line(&[
        "city/second/article.md: refused: expected an id of its own",
        id,
        "harbour/first",
        "check --fix",
    ]);
    assert_eq!(server.feeds(), before);
    assert_eq!(server.get("/articles/second").status, 404);
    // Nor does a restart turn them over.
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    server.line(&["city/second/article.md: refused", id]);
    assert_eq!(paper.last(), seq);
    let output = paper.check();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("an id of its own"),
        "{}",
        said(&output)
    );
    drop(server);

    // Both are there at the first sight of the folder: one is published and stays, the other is refused.
    let paper = Paper::new();
    paper.write("city/first/article.md", story("First"));
    paper.write("harbour/second/article.md", story("Second"));
    paper.article("harbour/rest", "The rest", "It is served.");
    let server = paper.start();
    server.line(&[
        "harbour/second/article.md: refused: expected an id of its own",
        id,
        "city/first",
    ]);
    let feed = server.get("/feed.atom");
    assert!(feed.has("First text.") && !feed.has("Second text.") && feed.has("It is served."));
    let entries = paper.log();
    let of_it = entries.iter().filter(|e| e["item"] == id).count();
    assert_eq!(of_it, 1, "{entries:?}");
    assert_eq!(server.get("/articles/second").status, 404);
}

#[test]
fn two_captions_cannot_have_one_id() {
    let id = "urn:uuid:01a1f24a-a5ac-70db-8770-000000000002";
    let story = |name: &str| {
        format!(
            "+++\nheadline = \"{name}\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\nid = \"{id}\"\n\
             text = \"Caption of {name}.\"\n+++\nText of {name}.\n"
        )
    };
    let paper = Paper::new();
    paper.write("city/first/article.md", story("first"));
    paper.write("city/second/article.md", story("second"));
    let server = paper.start();
    server.line(&["city/second/article.md: refused: ", id]);
    let feed = server.get("/feed.atom");
    assert!(feed.has("Text of first.") && feed.has("Caption of first.") && !feed.has("of second."));
    assert!(said(&paper.check()).contains(id));
}

#[test]
fn two_sections_cannot_have_one_slug() {
    // In either order of the alphabet the one that was there first stays as it was.
    for (first, second) in [("city", "harbour"), ("harbour", "city")] {
        let paper = Paper::new();
        paper.article(&format!("{first}/same"), "First headline", "First text.");
        paper.article("harbour/rest", "The rest", "It is served.");
        let server = paper.start();
        let before = server.feeds();
        let seq = paper.last();
        paper.article(&format!("{second}/same"), "Second headline", "Second text.");
        server.line(&[&format!("{second}/same"), "refused", "slug", "rename"]);
        assert_eq!(paper.last(), seq, "{:?}", paper.log());
        assert_eq!(server.feeds(), before);
        let output = paper.check();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains("a slug that no other article has"),
            "{}",
            said(&output)
        );
        let address = server.address;
        assert_eq!(server.stop(), Some(0));
        let server = paper.starting().at(address).serve();
        server.line(&[&format!("{second}/same"), "refused", "slug"]);
        paper.article("harbour/rest", "The rest", "It is followed.");
        server.line(&["minor", "harbour/rest"]);
        assert_eq!(paper.last(), seq + 1, "{:?}", paper.log());
        // Once it has a name of its own, it is published.
        fs::rename(
            paper.path(&format!("{second}/same")),
            paper.path(&format!("{second}/other")),
        )
        .expect("renamed");
        server.until("/articles/other.atom", |answer| answer.has("Second text."));
        assert!(server.get("/articles/same.atom").has("First text."));
        let kinds: Vec<String> = paper
            .log_after(seq + 1)
            .iter()
            .map(|e| e["kind"].to_string())
            .collect();
        assert_eq!(kinds, ["\"publish\""]);
    }
}

#[test]
fn names_that_cannot_be_addresses_and_undeclared_sections_are_refused() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    paper.article("nowhere/story", "Nowhere", "Undeclared text.");
    paper.article("city/A Story!", "A name", "Badly named text.");
    paper.write("city/empty/notes.txt", "No article.md here.");
    paper.article("city/.hidden", "Hidden", "Hidden text.");
    let output = paper.check();
    assert_eq!(output.status.code(), Some(1));
    for (path, words) in [
        (
            "nowhere",
            [
                "publication.toml (city, harbour)",
                "[[sections]] with slug = \"nowhere\"",
            ],
        ),
        ("city/A Story!", ["a folder name", "a-story"]),
        ("city/empty", ["article.md", "write it"]),
    ] {
        let found = complaint(&said(&output), path, None, &words).is_some();
        assert!(found, "{path} in {}", said(&output));
    }
    let server = paper.start();
    server.line(&["nowhere: refused"]);
    server.line(&["city/A Story!: refused"]);
    server.line(&["city/empty: refused"]);
    let feed = server.get("/feed.rss");
    assert!(
        feed.has("It is served.")
            && !feed.has("Undeclared")
            && !feed.has("Badly")
            && !feed.has("Hidden")
    );
    assert_eq!(server.get("/sections/nowhere.rss").status, 404);
    let toml = paper.read("publication.toml");
    paper.write(
        "publication.toml",
        toml + "\n[[sections]]\nslug = \"nowhere\"\ntitle = \"Nowhere\"\n",
    );
    server.until("/sections/nowhere.rss", |answer| {
        answer.has("Undeclared text.")
    });
    paper.remove("city/A Story!");
    paper.remove("city/empty");
    wait("no complaint", || {
        (server.metric("courant_refused_files") == Some(0.0)).then_some(())
    });
}

#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let paper = Paper::new();
    let outside = paper.dir.path().join("outside");
    fs::create_dir_all(outside.join("section/story")).expect("a folder");
    fs::write(outside.join("section/story/article.md"), GOOD).expect("a file");
    fs::write(outside.join("secret.png"), picture()).expect("a file");
    paper.article("harbour/rest", "The rest", "It is served.");
    paper.article("harbour/linked", "Linked", "Before it was linked.");
    paper.write("city/kept/article.md", GOOD.replace("Good", "Kept"));
    let server = paper.start();
    let before = server.feeds();
    let seq = paper.last();
    symlink(outside.join("section/story"), paper.path("harbour/folder")).expect("a link");
    fs::create_dir_all(paper.path("harbour/file")).expect("a folder");
    symlink(
        outside.join("section/story/article.md"),
        paper.path("harbour/file/article.md"),
    )
    .expect("a link");
    fs::remove_file(paper.path("harbour/linked/article.md")).expect("removed");
    symlink(
        outside.join("section/story/article.md"),
        paper.path("harbour/linked/article.md"),
    )
    .expect("a link");
    paper.write(
        "harbour/picture/article.md",
        with_caption("text = \"x\"\nimage = \"secret.png\""),
    );
    symlink(
        outside.join("secret.png"),
        paper.path("harbour/picture/secret.png"),
    )
    .expect("a link");
    fs::rename(paper.path("city"), paper.dir.path().join("city")).expect("away");
    symlink(outside.join("section"), paper.path("city")).expect("a link");
    for path in [
        "harbour/folder",
        "harbour/file",
        "harbour/linked",
        "harbour/picture/article.md:7",
        "city",
    ] {
        server.line(&[&format!("{path}: refused: expected "), "leads out"]);
    }
    paper.article("harbour/rest", "The rest", "It is followed.");
    server.line(&["minor", "harbour/rest"]);
    let checked = said(&paper.check());
    for path in [
        "harbour/folder",
        "harbour/file",
        "harbour/linked",
        "harbour/picture/article.md:7",
        "city",
    ] {
        assert!(
            checked.contains(&format!("{path}: refused: expected ")),
            "{path} in {checked}"
        );
    }
    assert!(
        server
            .get("/articles/linked.rss")
            .has("Before it was linked.")
    );
    assert_eq!(server.get("/articles/story").status, 404);
    assert_eq!(server.get("/articles/file").status, 404);
    assert!(!server.get("/feed.rss").has("Good text."));
    // A section that became a link is refused; its articles are neither there nor taken back.
    let log = paper.log_after(seq);
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(
        server.snapshot("/articles/kept.atom"),
        before["/articles/kept.atom"]
    );
}

#[test]
fn a_wrong_publication_file_leaves_the_settings_as_they_were() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    let server = paper.start();
    let before = server.feeds();
    let good = paper.read("publication.toml");
    for (bad, line, words) in [
        (
            good.replace("language = \"en\"", "language = \"english!\""),
            3,
            "language",
        ),
        (good.replace("title = \"The Courier\"\n", ""), 1, "title"),
        (
            good.replace("slug = \"city\"", "slug = \"Ci ty\""),
            6,
            "slug",
        ),
        (good.replace("main_feed", "mainfeed"), 4, "main_feed"),
        (
            good.replace("language = \"en\"", "language = \"en"),
            3,
            "TOML",
        ),
        (
            good.replace(
                "language = \"en\"",
                "language = \"en\"\ntimezone = \"Mars/Base\"",
            ),
            4,
            "Mars/Base",
        ),
        (
            good.replace(
                "language = \"en\"",
                "language = \"en\"\nlogo = \"none.png\"",
            ),
            4,
            "none.png",
        ),
    ] {
        paper.write("publication.toml", &bad);
        server.line(&[
            &format!("publication.toml:{line}: refused: expected "),
            words,
        ]);
        let output = paper.check();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains(&format!("publication.toml:{line}: refused")),
            "{}",
            said(&output)
        );
    }
    paper.article("harbour/rest", "The rest", "It is followed.");
    server.line(&["minor", "harbour/rest"]);
    let after = server.feeds();
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    paper.write("publication.toml", &good);
    server.line(&["publication.toml: in order again"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_an_error_that_names_it() {
    let paper = Paper::new();
    // Whoever may write anything (root) is not stopped by modes; a file in its place stops everyone.
    fs::write(paper.data(), "not a folder").expect("a file");
    let (code, errors) = paper.starting().fail();
    assert_eq!(code, Some(1));
    assert!(
        errors.contains(text(&paper.data())) && errors.contains("cannot be written"),
        "{errors}"
    );
    assert!(errors.contains("check its owner"), "{errors}");
    fs::remove_file(paper.data()).expect("removed");
    fs::create_dir(paper.data()).expect("a folder");
    let mode = |mode| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(paper.data(), permissions).expect("a mode");
    };
    mode(0o555);
    if fs::write(paper.data().join("probe"), "x").is_err() {
        let (code, errors) = paper.starting().fail();
        assert_eq!(code, Some(1));
        assert!(errors.contains("cannot be written"), "{errors}");
    }
    mode(0o755);
    assert_eq!(paper.start().get("/feed.rss").status, 200);
}

#[test]
fn a_database_on_a_read_only_disk_is_an_error_that_names_it() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    assert_eq!(paper.start().stop(), Some(0));
    let Some(_disk) = Disk::mount(&paper.data(), "size=8m") else {
        return;
    };
    fs::write(paper.data().join("courant.lock"), "").expect("a lock");
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro", text(&paper.data())])
        .status();
    assert!(remounted.is_ok_and(|status| status.success()));
    let (code, errors) = paper.starting().fail();
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("cannot be written") && errors.contains(text(&paper.data())),
        "{errors}"
    );
}

#[test]
fn a_damaged_or_newer_database_is_an_error_that_says_what_to_do() {
    let paper = Paper::new();
    for number in 0..50 {
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            &"Text. ".repeat(200),
        );
    }
    assert_eq!(paper.start().stop(), Some(0));
    let path = paper.data().join("courant.db");
    let good = fs::read(&path).expect("the database");
    assert!(
        good.len() > 100_000,
        "{} bytes: it was brought home at the end",
        good.len()
    );
    let sound = fs::read_dir(paper.data()).expect("the data").flatten();
    assert!(
        !sound
            .map(|e| e.file_name())
            .any(|name| name == "courant.db-wal"),
        "no log is left beside it"
    );
    let damaged = [
        ("garbage", b"This is no database at all. ".repeat(500)),
        ("a cut in the middle", good[..good.len() / 2].to_vec()),
        ("a cut in the head", good[..50].to_vec()),
        (
            "garbage behind a good head",
            [&good[..100], &vec![0xa5; good.len() - 100]].concat(),
        ),
    ];
    for (name, bytes) in damaged {
        fs::write(&path, &bytes).expect("damage");
        let (code, errors) = paper.starting().fail();
        assert_eq!(code, Some(1), "{name}: {errors}");
        assert!(
            errors.contains(text(&path)) && errors.contains("backup"),
            "{name}: {errors}"
        );
        assert!(!errors.contains("panicked"), "{name}: {errors}");
        assert_eq!(
            fs::read(&path).expect("the database"),
            bytes,
            "{name}: it was left as it was"
        );
        for command in [
            ["log", "--data"],
            ["export", "--data"],
            ["render", "--data"],
        ] {
            let mut arguments = command.to_vec();
            arguments.push(
                text(paper.dir.path())
                    .strip_suffix('/')
                    .unwrap_or(text(paper.dir.path())),
            );
            let data = paper.data();
            arguments[2] = text(&data);
            let out = paper.dir.path().join("out");
            match command[0] {
                "export" => arguments.insert(1, text(&out)),
                "render" => arguments.insert(1, "feed"),
                _ => {}
            }
            let output = courant(&arguments);
            assert_eq!(output.status.code(), Some(1), "{name}: {arguments:?}");
            assert!(
                said(&output).contains(text(&path)),
                "{name} {arguments:?}: {}",
                said(&output)
            );
        }
    }
    fs::write(&path, &good).expect("restored");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    let schema: u32 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .expect("a schema");
    connection
        .pragma_update(None, "user_version", 99)
        .expect("a newer one");
    drop(connection);
    let (code, errors) = paper.starting().fail();
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("has schema 99") && errors.contains("newer courant"),
        "{errors}"
    );
    let output = courant(&["log", "--data", text(&paper.data())]);
    assert!(said(&output).contains("has schema 99"), "{}", said(&output));
    let connection = rusqlite::Connection::open(&path).expect("a database");
    connection
        .pragma_update(None, "user_version", schema)
        .expect("the one that was");
    drop(connection);
    assert!(paper.start().get("/feed.rss").has("Story 7"));
}

#[test]
fn a_full_disk_is_survived_and_what_waited_comes_when_there_is_room() {
    let paper = Paper::new();
    paper.article("harbour/rest", "The rest", "It is served.");
    let data = paper.data();
    let disk = Disk::mount(&data, "size=8m");
    let server = match disk {
        Some(_) => paper.start(),
        // Files that may not grow are what is left where mounting is not allowed (blocks of 512 bytes).
        None => paper
            .starting()
            .after("trap '' XFSZ; ulimit -S -f 1000")
            .serve(),
    };
    if disk.is_some() {
        let room = fs4::available_space(&data).expect("a disk");
        let filling = vec![1_u8; usize::try_from(room).expect("a small disk")];
        // The last bytes are refused; all before them are there.
        let _ = fs::write(data.join("filling"), filling);
    }
    let before = server.feeds();
    let seq = paper.last();
    paper.write("city/pictured/picture.png", pictures::noise(600, 600));
    paper.write(
        "city/pictured/article.md",
        with_caption("text = \"A picture.\"\nimage = \"picture.png\""),
    );
    server.line(&[
        "looked at again soon",
        "picture.png",
        "could not be kept",
        "check the free disk",
    ]);
    for number in 0..4 {
        paper.article(
            &format!("city/story-{number}"),
            "Long",
            &"A long text. ".repeat(30_000),
        );
    }
    fs::remove_file(paper.path("city/pictured/article.md")).expect("removed");
    server.line(&["looked at again soon", "disk"]);
    // What was published before is served, compressed or not, and readers beside the server read.
    assert_eq!(server.feeds(), before);
    for coding in ["gzip", "br"] {
        assert_eq!(
            server
                .get_with("/feed.atom", &[("Accept-Encoding", coding)])
                .status,
            200
        );
    }
    assert_eq!(paper.last(), seq);
    assert!(
        server
            .metric("courant_troubles_total")
            .is_some_and(|n| n >= 1.0)
    );

    paper.write(
        "city/pictured/article.md",
        with_caption("text = \"A picture.\"\nimage = \"picture.png\""),
    );
    match disk {
        Some(_) => fs::remove_file(data.join("filling")).expect("room"),
        None => {
            let id = server.running.id().to_string();
            let status = Command::new("prlimit")
                .args(["--pid", &id, "--fsize=unlimited"])
                .status();
            assert!(
                status.is_ok_and(|status| status.success()),
                "prlimit raises the limit again"
            );
        }
    }
    server.until("/articles/pictured", |answer| answer.status == 200);
    let feed = server.get("/articles/pictured.json").text();
    let media = feed
        .split("/media/")
        .nth(2)
        .and_then(|rest| rest.split('"').next());
    assert!(media.is_some(), "{feed}");
    for number in 0..2 {
        server.until(&format!("/articles/story-{number}"), |answer| {
            answer.status == 200
        });
    }
    let log = paper.log();
    let seqs: Vec<u64> = log.iter().map(seq_of).collect();
    assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>());
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    assert_eq!(server.get("/articles/pictured").status, 200);
    drop(server);
    drop(disk);
}

#[test]
fn a_paper_without_a_name_yet_is_not_served_under_another() {
    let paper = Paper::new();
    let good = paper.read("publication.toml");
    paper.write("publication.toml", format!("{good}\ncolour = 1\n"));
    let (code, said) = paper.starting().fail();
    assert_eq!(code, Some(1));
    for expected in [
        "the unknown key colour",
        "publication.toml is refused, and the store knows no earlier one",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    paper.write("publication.toml", good);
    let server = paper.start();
    let names = |server: &Server| {
        let feed = server.get("/feed.atom").text();
        let entry = feed.find("<entry>").unwrap_or(feed.len());
        let ids = feed[..entry].matches("urn:uuid:").count();
        let id = feed.find("<id>").map(|at| feed[at..at + 54].to_owned());
        (ids, id, feed.contains("The Courier"))
    };
    let before = names(&server);
    // Once there is a name, a file that is wrong leaves it.
    server.stop();
    paper.write("publication.toml", "colour = 1");
    let server = paper.start();
    assert_eq!(names(&server), before);
    assert!(before.2);
}
