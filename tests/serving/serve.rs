//! The life of a paper on the wire: what readers get, when it changes, and what stays as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::support::pictures;
use crate::support::*;

const REAL: &str = "2025-02-28-juesheng";
const HEADLINE: &str = "长春：全力打好打赢三年攻坚行动决胜之年决胜之战";
const TRAM: &str = "city/tram-line-four/article.md";

/// What an operator of the sample would call "soon": the issue's second.
const SOON: Duration = Duration::from_secs(1);

fn atom(text: &str) -> roxmltree::Document<'_> {
    roxmltree::Document::parse(text).expect("well-formed XML")
}

fn child<'a>(node: roxmltree::Node<'a, '_>, name: &str) -> Option<&'a str> {
    let child = node.children().find(|c| c.tag_name().name() == name)?;
    child.text()
}

/// The entries of an Atom feed: id, title, published, updated.
fn entries(feed: &str) -> Vec<[String; 4]> {
    let document = atom(feed);
    let entries = document
        .descendants()
        .filter(|n| n.tag_name().name() == "entry");
    let read =
        |n| ["id", "title", "published", "updated"].map(|f| child(n, f).unwrap_or("").into());
    entries.map(read).collect()
}

fn tombstones(feed: &str) -> Vec<(String, String)> {
    let document = atom(feed);
    let gone = document
        .descendants()
        .filter(|n| n.tag_name().name() == "deleted-entry");
    let said =
        |n: roxmltree::Node<'_, '_>, name| n.attribute(name).expect("an attribute").to_owned();
    gone.map(|n| (said(n, "ref"), said(n, "when"))).collect()
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|e| e["kind"].as_str().expect("a kind"))
        .collect()
}

#[test]
fn the_real_page_is_out_in_every_format() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let types = [
        ("/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        (
            "/sections/changchun.atom",
            "application/atom+xml; charset=utf-8",
        ),
    ];
    for (path, content_type) in types {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        for text in [
            HEADLINE,
            "牢记嘱托 提振信心 鼓足干劲 真抓实干",
            "以奋发有为的精神状态担当作为争创佳绩",
            "中车长客研制的广东清远磁浮旅游专列。",
            "世纪广场鸟瞰图。",
            "孙杰",
            "本版图片均资料来源",
            "写在前面",
            "体现区域特色的振兴发展新路子",
        ] {
            assert!(answer.has(text), "{text} in {path}");
        }
    }
    let captions = server.get("/captions.rss");
    assert_eq!(captions.status, 200);
    for text in [
        "中车长客研制的广东清远磁浮旅游专列。",
        "世纪广场鸟瞰图。",
        "孙杰",
    ] {
        assert!(captions.has(text), "{text} in /captions.rss");
    }
    let article = server.get(&format!("/articles/{REAL}.atom"));
    assert_eq!(article.status, 200);
    let titles: Vec<String> = entries(&article.text())
        .into_iter()
        .map(|e| e[1].clone())
        .collect();
    assert!(titles.contains(&"写在前面".to_owned()), "{titles:?}");
    assert!(
        titles.contains(&"世纪广场鸟瞰图。".to_owned()),
        "{titles:?}"
    );
    // Closing headings without text are no parts.
    assert!(
        !titles.contains(&"十个维度看长春全面振兴新突破".to_owned()),
        "{titles:?}"
    );
    assert!(article.has("奋战三年") && article.has("磁浮旅游专列"));
}

#[test]
fn a_second_request_with_the_tag_or_only_the_date_gets_304() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let article = format!("/articles/{REAL}.atom");
    let paths = [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/captions.rss",
        &article,
        "/",
    ];
    for path in paths {
        let whole = server.dated(path);
        let date = whole.header("last-modified").expect("a date").to_owned();
        assert!(seconds(&date) <= seconds(whole.header("date").expect("a Date")));
        for condition in [
            vec![("If-None-Match", whole.etag())],
            vec![("If-Modified-Since", date.as_str())],
            // The tag wins, whatever the date says (RFC 9110 §13.1.3).
            vec![
                ("If-None-Match", whole.etag()),
                ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"),
            ],
        ] {
            let answer = server.get_with(path, &condition);
            assert_eq!(answer.status, 304, "{path} {condition:?}");
            assert!(answer.body.is_empty());
            for absent in ["content-length", "content-type", "content-encoding"] {
                assert_eq!(answer.header(absent), None, "{path}");
            }
            for same in [
                "etag",
                "vary",
                "cache-control",
                "last-modified",
                "cdn-cache-control",
            ] {
                assert_eq!(answer.header(same), whole.header(same), "{same} of {path}");
            }
            assert!(answer.header("date").is_some());
        }
        let stale = [
            ("If-None-Match", "\"other\""),
            ("If-Modified-Since", date.as_str()),
        ];
        assert_eq!(server.get_with(path, &stale).status, 200, "{path}");
        let early = [("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT")];
        assert_eq!(server.get_with(path, &early).status, 200, "{path}");
        let future = [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")];
        assert_eq!(server.get_with(path, &future).status, 200, "{path}");
        assert_eq!(whole.header("vary"), Some("Accept-Encoding"));
        let policy = "max-age=300, stale-while-revalidate=60, stale-if-error=86400";
        assert_eq!(whole.header("cache-control"), Some(policy));
    }
}

#[test]
fn each_coding_has_a_tag_of_its_own_and_decodes_to_the_same_bytes() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    for path in ["/feed.rss", "/feed.atom", "/feed.json", "/"] {
        let plain = server.dated(path);
        assert_eq!(plain.header("content-encoding"), None);
        let mut tags = BTreeSet::from([plain.etag().to_owned()]);
        for (coding, suffix) in [("gzip", ".gz1\""), ("br", ".br1\""), ("zstd", ".zst1\"")] {
            let accept = [("Accept-Encoding", coding)];
            let coded = server.get_with(path, &accept);
            assert_eq!(coded.status, 200);
            assert_eq!(coded.header("content-encoding"), Some(coding));
            assert!(coded.etag().ends_with(suffix), "{}", coded.etag());
            assert!(
                tags.insert(coded.etag().to_owned()),
                "{} twice",
                coded.etag()
            );
            for same in ["vary", "last-modified", "content-type"] {
                assert_eq!(coded.header(same), plain.header(same), "{same} of {path}");
            }
            assert_eq!(
                decoded(coding, &coded.body),
                plain.body,
                "{coding} of {path}"
            );
            assert!(coded.body.len() < plain.body.len());
            assert_eq!(server.get_with(path, &accept).body, coded.body);
            let held = [("Accept-Encoding", coding), ("If-None-Match", coded.etag())];
            assert_eq!(server.get_with(path, &held).status, 304);
            // A client that holds the coded bytes and now asks for plain ones has not got them.
            let other = [("If-None-Match", coded.etag())];
            assert_eq!(server.get_with(path, &other).status, 200);
        }
        let refused = server.get_with(path, &[("Accept-Encoding", "identity;q=0")]);
        assert_eq!(refused.status, 406, "{path}");
        let any = server.get_with(path, &[("Accept-Encoding", "gzip, br, zstd")]);
        assert_eq!(any.header("content-encoding"), Some("br"));
    }
}

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain),
        "zstd" => zstd::stream::read::Decoder::new(bytes)
            .and_then(|mut decoder| decoder.read_to_end(&mut plain)),
        other => panic!("no decoder for {other}"),
    }
    .expect(coding);
    plain
}

#[test]
fn head_has_the_headers_of_get() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let article = format!("/articles/{REAL}");
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        &article,
        "/nothing",
        "/page.css",
    ] {
        if server.get(path).status == 200 && path != "/page.css" {
            server.dated(path);
        }
        for coding in ["identity", "gzip", "br", "zstd"] {
            let accept = [("Accept-Encoding", coding)];
            let get = server.get_with(path, &accept);
            let head = server.send("HEAD", path, &accept);
            let without_date = |answer: &Answer| -> Vec<(String, String)> {
                let mut headers = answer.headers.clone();
                headers.retain(|(name, _)| name != "date");
                headers.sort();
                headers
            };
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(without_date(&head), without_date(&get), "{path} {coding}");
            assert!(head.body.is_empty());
            assert_eq!(
                head.header("content-length"),
                Some(get.body.len().to_string().as_str())
            );
        }
        if let Some(tag) = server.get(path).header("etag") {
            let conditional = server.send("HEAD", path, &[("If-None-Match", tag)]);
            assert_eq!(conditional.status, 304, "{path}");
        }
    }
}

#[test]
fn what_is_not_there_is_404_and_other_methods_are_405() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    for path in [
        "/nothing",
        "/feed.xml.rss",
        "/sections/nowhere.atom",
        "/articles/none.json",
        "/articles/none",
        "/tags/none.rss",
        "/captions/01a20fc9-85cf-77e4-b325-000000000000",
        "/media/00000000000000000000000000000000.jpg",
        "/sections/../feed.rss",
        "/%2e%2e/publication.toml",
        "/feed.RSS",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), Some("max-age=60"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        for path in ["/feed.rss", "/", "/nothing"] {
            let answer = server.send(method, path, &[("Content-Length", "0")]);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
        }
    }
    // A condition does not outrank the method (RFC 9110 §13.2.1).
    let tag = server.get("/feed.rss").etag().to_owned();
    let answer = server.send(
        "POST",
        "/feed.rss",
        &[("If-None-Match", &tag), ("Content-Length", "0")],
    );
    assert_eq!(answer.status, 405);
    assert_eq!(server.send("OPTIONS", "/feed.rss", &[]).status, 204);
}

#[test]
fn unknown_query_parameters_change_nothing() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    for path in [
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/captions.rss",
        "/",
    ] {
        let plain = server.dated(path);
        for query in [
            "?null",
            "?_=123",
            "?utm_source=x&utm_medium=y",
            "?",
            "?a=%zz&=&&",
        ] {
            let answer = server.get(&format!("{path}{query}"));
            assert_eq!(answer.status, 200, "{path}{query}");
            assert_eq!(answer.body, plain.body, "{path}{query}");
            assert_eq!(answer.etag(), plain.etag());
            assert_eq!(
                answer.header("last-modified"),
                plain.header("last-modified")
            );
        }
    }
    assert_eq!(server.get("/nothing?x=/feed.rss").status, 404);
}

#[test]
fn every_address_that_a_feed_names_answers() {
    for folder in ["items", "tests/data/sample"] {
        let paper = Paper::copy_of(folder);
        let server = paper.start();
        let addresses = server.addresses();
        let feeds = addresses.iter().filter(|path| is_feed(path)).count();
        assert!(feeds >= 12, "{addresses:?}");
        for path in &addresses {
            assert_eq!(server.get(path).status, 200, "{path} of {folder}");
        }
        if folder == "tests/data/sample" {
            let photographs = addresses
                .iter()
                .filter(|path| path.starts_with("/media/"))
                .count();
            assert!(photographs >= 12, "{photographs}");
        }
    }
}

#[test]
fn an_edit_changes_the_feeds_that_carry_it_within_a_second_and_no_other() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let before = server.feeds();
    let sentence = "the conductor gave away the bell";
    let expected = carriers(&before, sentence);
    for path in [
        "/feed.rss",
        "/sections/city.json",
        "/articles/tram-line-four.atom",
    ] {
        assert!(expected.contains(path), "{expected:?}");
    }
    assert!(!expected.contains("/sections/harbour.atom") && !expected.contains("/captions.atom"));
    let seq = paper.last();
    // Another program may have the processors just then: one of three has to be in time.
    let mut took = Vec::new();
    let words = [
        "the conductor kept the bell",
        "the conductor sold the bell",
        "the conductor hid the bell",
    ];
    let mut from = sentence;
    for to in words {
        let saved = Instant::now();
        paper.edit(TRAM, from, to);
        server.until("/feed.atom", |answer| answer.has(to));
        took.push(saved.elapsed());
        from = to;
    }
    assert!(took.iter().any(|took| *took <= SOON), "{took:?}");
    let entries = paper.log_after(seq);
    assert_eq!(kinds(&entries), ["minor"; 3]);
    let after = server.feeds();
    assert_eq!(changed(&before, &after), expected);
    for path in &expected {
        let (was, is) = (&before[path], &after[path]);
        assert_ne!(was.etag, is.etag, "{path}");
        assert!(
            seconds(&is.last_modified) > seconds(&was.last_modified),
            "{path}"
        );
        assert!(
            !is.body.contains(sentence) && is.body.contains(words[2]),
            "{path}"
        );
        let old = server.get_with(path, &[("If-Modified-Since", &was.last_modified)]);
        assert_eq!(old.status, 200, "{path}");
    }
    // A minor change moves no entry's date.
    let dates = |feed: &str| -> Vec<[String; 4]> { entries_of(feed) };
    assert_eq!(
        dates(&before["/feed.atom"].body),
        dates(&after["/feed.atom"].body)
    );
}

fn entries_of(feed: &str) -> Vec<[String; 4]> {
    entries(feed)
}

#[test]
fn a_deleted_folder_is_gone_everywhere_and_comes_back_as_the_same_item() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let texts = [
        "First tram to North Quay since 1958",
        "For one week nobody pays.",
        "the conductor gave away the bell",
        "A trial run of line 4 in Cooper Street",
        "A red tram marked 4 North Quay",
        "What passengers should know",
    ];
    let article_id = "urn:uuid:01a1f24a-a5ac-70db-8770-588eb71ed78a";
    let caption_id = "urn:uuid:01a1f24b-f009-7e84-b216-5e5766c164e7";
    let before = server.feeds();
    let addresses = server.addresses();
    let carrying: BTreeSet<String> = texts
        .iter()
        .flat_map(|text| carriers(&before, text))
        .collect();
    let article_feed = &before["/articles/tram-line-four.atom"].body;
    let photographs: Vec<String> = addresses
        .iter()
        .filter(|path| path.ends_with(".jpg") && article_feed.contains(*path))
        .cloned()
        .collect();
    assert_eq!(photographs.len(), 1, "the logo is another kind of file");
    // Its page gives it in more sizes.
    let page = server.get("/articles/tram-line-four").text();
    let is_size = |path: &str| path.ends_with(".jpg") && page.contains(path);
    let of = |feed: &str, id: &str| entries(feed).into_iter().find(|e| e[0] == id);
    let published = of(&before["/feed.atom"].body, article_id).expect("the article");
    let parts: Vec<String> = entries(article_feed)
        .into_iter()
        .map(|e| e[0].clone())
        .collect();
    let kept = paper.dir.path().join("kept");
    copy(&paper.path("city/tram-line-four"), &kept);

    paper.remove("city/tram-line-four");
    server.line(&["withdraw", "city/tram-line-four", article_id]);
    for path in &addresses {
        let answer = server.get(path);
        for text in texts {
            assert!(!answer.has(text), "{text} in {path}");
        }
        // Photographs, the day and the tag that had no other story, and what other sites ask for are there no more.
        let gone = is_size(path)
            || path == "/tags/trams"
            || path == "/days/2026-11-19"
            || (path.starts_with("/oembed")
                && (path.contains("tram-line-four") || path.contains("01a1f24b-f009")));
        let page = path == "/articles/tram-line-four"
            || path == "/articles/tram-line-four/more"
            || path.contains("01a1f24b-f009")
            || path.contains("/embed/a/01a1f24a-a5ac");
        let expected = if gone {
            404
        } else if page {
            410
        } else {
            200
        };
        assert_eq!(answer.status, expected, "{path}");
    }
    // What was withdrawn is named by no feed any more, and its feeds answer still.
    let again = || -> BTreeMap<String, Snapshot> {
        before
            .keys()
            .map(|path| (path.clone(), server.snapshot(path)))
            .collect()
    };
    let without = again();
    for path in &carrying {
        // What the reader's date let pass before, it must get now (the classic trap: the newest item went).
        let date = [("If-Modified-Since", before[path].last_modified.as_str())];
        assert_eq!(server.get_with(path, &date).status, 200, "{path}");
        let tag = [("If-None-Match", before[path].etag.as_str())];
        assert_eq!(server.get_with(path, &tag).status, 200, "{path}");
        let feed = server.get(path).text();
        let has_caption = path.starts_with("/captions") || path.contains("tram-line-four");
        let id = if path.starts_with("/captions") {
            caption_id
        } else {
            article_id
        };
        assert!(feed.contains(id), "no stub in {path}");
        assert!(
            !has_caption || feed.contains(caption_id),
            "no stub in {path}"
        );
        if path.ends_with(".atom") {
            let stub = of(&feed, id).unwrap_or_else(|| panic!("no stub in {path}"));
            let (_, when) = tombstones(&feed)
                .into_iter()
                .find(|(of, _)| of == id)
                .unwrap_or_else(|| panic!("no tombstone in {path}"));
            assert!(moment(&when) >= moment(&stub[3]), "{when} {stub:?}");
            let document = atom(&feed);
            for stone in document
                .descendants()
                .filter(|n| n.tag_name().name() == "deleted-entry")
            {
                assert!(!stone.has_children(), "feedparser takes them as the feed's");
            }
        }
    }
    // Parts have readers of their own, who would keep their text for ever.
    let gone = &without["/articles/tram-line-four.atom"].body;
    for part in parts {
        let stubbed =
            of(gone, &part).is_some() && tombstones(gone).iter().any(|(id, _)| *id == part);
        assert!(stubbed, "neither stub nor tombstone of {part}");
    }
    let untouched = before.keys().filter(|path| !carrying.contains(*path));
    for path in untouched {
        assert_eq!(before[path], without[path], "{path}");
    }
    let when = moment(&tombstones(&without["/feed.atom"].body)[0].1);

    copy(&kept, &paper.path("city/tram-line-four"));
    server.until("/articles/tram-line-four", |answer| answer.status == 200);
    let with = again();
    let back = of(&with["/feed.atom"].body, article_id).expect("the article again");
    assert_eq!(back[1], published[1]);
    assert_eq!(back[2], published[2], "the first publication stays");
    assert!(moment(&back[3]) > when, "{} after {when}", back[3]);
    for path in &carrying {
        let feed = &with[path];
        assert!(!feed.body.contains("deleted-entry"), "{path}");
        let old = [("If-Modified-Since", without[path].last_modified.as_str())];
        assert_eq!(server.get_with(path, &old).status, 200, "{path}");
        assert!(seconds(&feed.last_modified) > seconds(&without[path].last_modified));
    }
    for path in &photographs {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let captions = &with["/captions.atom"].body;
    assert!(of(captions, caption_id).is_some_and(|e| e[1].starts_with("A trial run")));
}

#[test]
fn a_restart_gives_the_same_bytes_and_tags() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    paper.edit(TRAM, "gave away the bell", "kept the bell");
    server.until("/feed.atom", |answer| answer.has("kept the bell"));
    let before = server.feeds();
    let log = paper.log();
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    assert_eq!(server.feeds(), before);
    probe(
        &paper,
        &server,
        "city/library-open-on-sundays/article.md",
        log.len() as u64,
    );
    assert_eq!(paper.log()[..log.len()], log[..]);
}

/// Makes one real change and waits for it: looks come one after another, so what was changed before has been seen.
/// Nothing but the change may stand in the log after `seq`.
fn probe(paper: &Paper, server: &Server, name: &str, seq: u64) {
    let text = paper.read(name);
    paper.write(
        name,
        format!("{}\n\nOne more paragraph.\n", text.trim_end()),
    );
    server.line(&["minor", name.trim_end_matches("/article.md")]);
    let entries = paper.log_after(seq);
    assert_eq!(kinds(&entries), ["minor"], "{entries:?}");
    assert_eq!(
        format!(
            "{}/article.md",
            entries[0]["after"].as_str().expect("a place")
        ),
        name
    );
}

#[test]
fn a_touched_file_or_a_new_checkout_is_no_change() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let before = server.feeds();
    let seq = paper.last();
    for name in [TRAM, "city/tram-line-four/tram-4.jpg", "publication.toml"] {
        let bytes = fs::read(paper.path(name)).expect(name);
        paper.write(name, bytes);
        let file = fs::File::options()
            .append(true)
            .open(paper.path(name))
            .expect(name);
        file.set_modified(std::time::SystemTime::now())
            .expect("a new time");
    }
    // Line ends that a checkout turned over are no other text.
    let text = paper.read("zh/yehang-huilai/article.md");
    paper.write("zh/yehang-huilai/article.md", text.replace('\n', "\r\n"));
    probe(&paper, &server, "city/market-hall-roof/article.md", seq);
    paper.write(
        "city/market-hall-roof/article.md",
        fs::read(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/data/sample/city/market-hall-roof/article.md"),
        )
        .expect("the sample"),
    );
    wait("the sample as it was", || {
        (paper.last() == seq + 2).then_some(())
    });
    let address = server.address;
    assert_eq!(server.stop(), Some(0));

    fs::rename(paper.items(), paper.dir.path().join("old")).expect("moved away");
    copy(&paper.dir.path().join("old"), &paper.items());
    let server = paper.starting().at(address).serve();
    probe(
        &paper,
        &server,
        "city/library-open-on-sundays/article.md",
        seq + 2,
    );
    let after = server.feeds();
    for path in [
        "/sections/harbour.atom",
        "/sections/zh.rss",
        "/captions.json",
    ] {
        assert_eq!(before[path], after[path], "{path}");
    }
}

#[test]
fn a_corrected_caption_changes_its_revision_and_the_feeds_that_carry_it() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let caption = "A trial run of line 4 in Cooper Street on Wednesday.";
    let id = "urn:uuid:01a1f24b-f009-7e84-b216-5e5766c164e7";
    let before = server.feeds();
    let expected = carriers(&before, caption);
    assert!(
        expected.contains("/captions.rss") && expected.contains("/articles/tram-line-four.json")
    );
    assert!(expected.contains("/authors/daniel-osei.atom"));
    let revision = |entries: &[Value]| {
        let of = entries.iter().rev().find(|e| e["item"] == id);
        of.and_then(|e| e["revision"].as_u64())
    };
    let seq = paper.last();
    paper.edit(
        TRAM,
        "in Cooper Street on Wednesday.",
        "in Cooper Street on Thursday.",
    );
    server.line(&["minor", id, "r2"]);
    let entries = paper.log_after(seq);
    assert_eq!(kinds(&entries), ["minor"], "{entries:?}");
    assert_eq!(revision(&entries), Some(2));
    let after = server.feeds();
    assert_eq!(changed(&before, &after), expected);
    assert!(carriers(&after, caption).is_empty());
    let new = carriers(
        &after,
        "A trial run of line 4 in Cooper Street on Thursday.",
    );
    assert_eq!(new, expected);
}

#[test]
fn a_renamed_folder_is_one_article_and_its_old_address_leads_to_the_new() {
    for (at, other) in [
        ("city/tram-line-four", "city/line-four-opens"),
        // Without an id in the file the text tells that it is the same.
        ("city/plain", "city/plainer"),
    ] {
        let paper = Paper::copy_of("tests/data/sample");
        paper.article(
            "city/plain",
            "A plain story",
            "Nothing in it but this sentence.",
        );
        let server = paper.start();
        let (slug, new) = (&at[5..], &other[5..]);
        let id = |path: &str| -> Vec<String> {
            let feed = server.get(path).text();
            entries(&feed).into_iter().map(|e| e[0].clone()).collect()
        };
        let ids = id("/feed.atom");
        let seq = paper.last();
        fs::rename(paper.path(at), paper.path(other)).expect("renamed");
        server.line(&["move", other]);
        let log = paper.log_after(seq);
        assert_eq!(kinds(&log), ["move"], "{log:?}");
        assert_eq!(
            (log[0]["before"].as_str(), log[0]["after"].as_str()),
            (Some(at), Some(other))
        );
        assert_eq!(id("/feed.atom"), ids, "{at}");
        for (old, now) in [
            (format!("/articles/{slug}"), format!("/articles/{new}")),
            (
                format!("/articles/{slug}.rss"),
                format!("/articles/{new}.rss"),
            ),
            (
                format!("/articles/{slug}.atom?x=1"),
                format!("/articles/{new}.atom"),
            ),
        ] {
            leads(&server, &old, &now);
        }
        // Another rename still takes one hop, and the way back is no loop.
        fs::rename(paper.path(other), paper.path("city/third")).expect("renamed");
        server.line(&["move", "city/third"]);
        leads(&server, &format!("/articles/{slug}"), "/articles/third");
        leads(&server, &format!("/articles/{new}"), "/articles/third");
        fs::rename(paper.path("city/third"), paper.path(at)).expect("renamed");
        server.until(&format!("/articles/{slug}"), |answer| answer.status == 200);
        leads(&server, "/articles/third", &format!("/articles/{slug}"));
    }
}

fn leads(server: &Server, from: &str, to: &str) {
    for method in ["GET", "HEAD"] {
        let answer = server.send(method, from, &[("If-None-Match", "*")]);
        assert_eq!(answer.status, 301, "{from}");
        let target = format!("{}{to}", server.base());
        assert_eq!(answer.header("location"), Some(target.as_str()));
        assert_eq!(answer.header("cache-control"), Some("max-age=86400"));
    }
    assert_eq!(server.get(to).status, 200, "{to}");
}

#[test]
fn an_article_moved_to_another_section_moves_both_feeds() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    let before = server.feeds();
    let headline = "First tram to North Quay since 1958";
    let seq = paper.last();
    fs::rename(
        paper.path("city/tram-line-four"),
        paper.path("harbour/tram-line-four"),
    )
    .expect("moved");
    server.line(&["move", "harbour/tram-line-four"]);
    assert_eq!(kinds(&paper.log_after(seq)), ["move"]);
    let after = server.feeds();
    for format in ["rss", "atom", "json"] {
        let (city, harbour) = (
            format!("/sections/city.{format}"),
            format!("/sections/harbour.{format}"),
        );
        assert!(before[&city].body.contains(headline) && !after[&city].body.contains(headline));
        assert!(
            !before[&harbour].body.contains(headline) && after[&harbour].body.contains(headline)
        );
        for path in [city, harbour] {
            let date = [("If-Modified-Since", before[&path].last_modified.as_str())];
            assert_eq!(server.get_with(&path, &date).status, 200, "{path}");
        }
        let culture = format!("/sections/culture.{format}");
        assert_eq!(before[&culture], after[&culture]);
        let captions = format!("/captions.{format}");
        assert_eq!(before[&captions], after[&captions]);
    }
}

#[test]
fn a_former_section_leads_to_the_present_one() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.start();
    for end in ["", ".rss", ".atom", ".json"] {
        leads(
            &server,
            &format!("/sections/port{end}"),
            &format!("/sections/harbour{end}"),
        );
    }
    // A section is renamed while the server runs: folder and declaration.
    let id = |path: &str| {
        let feed = server.get(path).text();
        child(atom(&feed).root_element(), "id")
            .expect("an id")
            .to_owned()
    };
    let was = id("/sections/city.atom");
    fs::rename(paper.path("city"), paper.path("town")).expect("renamed");
    paper.edit(
        "publication.toml",
        "slug = \"city\"\ntitle = \"City\"",
        "slug = \"town\"\ntitle = \"Town\"\nformer = [\"city\"]",
    );
    server.line(&["move", "town/tram-line-four"]);
    server.until("/sections/town.atom", |answer| {
        answer.has("First tram to North Quay")
    });
    for end in ["", ".rss", ".atom", ".json"] {
        leads(
            &server,
            &format!("/sections/city{end}"),
            &format!("/sections/town{end}"),
        );
    }
    assert_eq!(id("/sections/town.atom"), was, "the feed's id stays");
    let withdrawn = paper.log().iter().any(|e| e["kind"] == "withdraw");
    assert!(!withdrawn, "a renamed section takes nothing back");
}

#[test]
fn the_loss_of_more_than_half_is_believed_only_when_told_to() {
    let paper = Paper::new();
    for number in 0..12 {
        let section = if number < 8 { "city" } else { "harbour" };
        paper.article(
            &format!("{section}/story-{number}"),
            &format!("Story {number}"),
            "Text.",
        );
    }
    let server = paper.start();
    let before = server.feeds();
    let seq = paper.last();
    fs::rename(paper.path("city"), paper.dir.path().join("city")).expect("away");
    server.line(&["8 of 12", "--allow-mass-removal"]);
    paper.article("harbour/story-9", "Story 9", "Other text.");
    server.line(&["minor", "harbour/story-9"]);
    assert_eq!(kinds(&paper.log_after(seq)), ["minor"]);
    assert_eq!(
        server.get("/articles/story-0.rss").body,
        before["/articles/story-0.rss"].body.as_bytes()
    );
    // Neither after a restart; then it is back, and nothing happened.
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let server = paper.starting().at(address).serve();
    server.line(&["8 of 12", "--allow-mass-removal"]);
    fs::rename(paper.dir.path().join("city"), paper.path("city")).expect("back");
    paper.article("city/story-1", "Story 1", "Other text.");
    server.line(&["minor", "city/story-1"]);
    assert_eq!(kinds(&paper.log_after(seq)), ["minor"; 2]);
    fs::rename(paper.path("city"), paper.dir.path().join("city")).expect("away");
    assert_eq!(server.stop(), Some(0));

    let server = paper
        .starting()
        .at(address)
        .with(&["--allow-mass-removal"])
        .serve();
    server.until("/articles/story-0", |answer| answer.status == 410);
    wait("eight withdrawals", || {
        (kinds(&paper.log_after(seq))
            .iter()
            .filter(|k| **k == "withdraw")
            .count()
            == 8)
            .then_some(())
    });
    assert_eq!(server.get("/articles/story-11").status, 200);
}

#[test]
fn half_or_fewer_may_go_without_being_told() {
    let paper = Paper::new();
    for number in 0..10 {
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            "Text.",
        );
    }
    let server = paper.start();
    for number in 0..5 {
        paper.remove(&format!("city/story-{number}"));
    }
    for number in 0..5 {
        server.until(&format!("/articles/story-{number}"), |answer| {
            answer.status == 410
        });
    }
    assert_eq!(server.get("/articles/story-5").status, 200);
    assert!(!server.has_said(&["--allow-mass-removal"]));
}

#[test]
fn a_folder_that_lost_its_publication_is_not_believed() {
    let paper = Paper::new();
    for number in 0..3 {
        paper.article(
            &format!("city/story-{number}"),
            &format!("Story {number}"),
            "Text.",
        );
    }
    let server = paper.start();
    let seq = paper.last();
    fs::rename(paper.items(), paper.dir.path().join("away")).expect("unmounted");
    fs::create_dir(paper.items()).expect("the mount point");
    server.line(&["publication.toml"]);
    assert_eq!(server.get("/articles/story-0").status, 200);
    fs::remove_dir(paper.items()).expect("the mount point");
    fs::rename(paper.dir.path().join("away"), paper.items()).expect("mounted again");
    wait("the whole look after it", || {
        paper.article("city/story-1", "Story 1", "Other text.");
        server.has_said(&["minor", "city/story-1"]).then_some(())
    });
    assert_eq!(kinds(&paper.log_after(seq)), ["minor"]);
}

#[test]
fn one_server_at_a_time_and_readers_beside_it() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let (code, errors) = paper.starting().fail();
    assert_eq!(code, Some(1));
    assert!(errors.contains("another server uses"), "{errors}");
    assert!(errors.contains("--data"), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    let data = paper.data();
    let out = paper.dir.path().join("out");
    for arguments in [
        vec!["log", "--data", text(&data)],
        vec!["render", "feed", "--format", "rss", "--data", text(&data)],
        vec!["export", text(&out), "--data", text(&data)],
    ] {
        let output = courant(&arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }
    let rendered = courant(&["render", "feed", "--format", "rss", "--data", text(&data)]);
    assert_eq!(rendered.stdout, server.get("/feed.rss").body);
    assert_eq!(server.get("/feed.rss").status, 200);
}

#[test]
fn a_stop_finishes_what_is_under_way_and_exits_promptly() {
    let paper = Paper::new();
    // More than sockets hold, and so narrow that it is given in no other size.
    let picture = pictures::noise(190, 29_000);
    assert!(picture.len() > 12 << 20);
    paper.write("city/big/big.png", &picture);
    paper.write(
        "city/big/article.md",
        "+++\nheadline = \"Big\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
         text = \"A big one.\"\nimage = \"big.png\"\n+++\nText.\n",
    );
    let mut server = paper.start();
    let addresses = server.addresses();
    let path = addresses
        .iter()
        .find(|path| path.starts_with("/media/"))
        .expect("it");
    let mut reading = connect(server.address);
    write!(reading, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    let mut bytes = vec![0; 1000];
    reading.read_exact(&mut bytes).expect("the head");
    // A reader that keeps its connection does not hold the server up.
    let mut idle = connect(server.address);
    write!(idle, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    let mut one = [0; 12];
    idle.read_exact(&mut one).expect("its head");
    // Neither does one that connected ahead of time and asked nothing.
    let _silent = connect(server.address);
    std::thread::sleep(Duration::from_millis(50));

    let told = Instant::now();
    server.signal("-TERM");
    server.line(&["stopping"]);
    assert!(server.running.ended().is_none(), "a request is under way");
    reading.read_to_end(&mut bytes).expect("the rest");
    let answer = Answer::parse(&bytes);
    assert_eq!((answer.status, answer.body.len()), (200, picture.len()));
    assert!(answer.body == picture, "the bytes are those of the picture");
    let status = wait("the end", || server.running.ended());
    assert_eq!(status.code(), Some(0), "{}", server.running.errors());
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
    assert!(
        !server.has_said(&["broken off"]),
        "{}",
        server.running.errors()
    );
}

#[test]
fn a_named_folder_that_is_missing_is_an_error_and_an_unnamed_one_is_not() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let before = server.feeds();
    let address = server.address;
    assert_eq!(server.stop(), Some(0));
    let missing = paper.dir.path().join("nowhere");
    let (code, errors) = Start::new(&paper.data()).items(&missing).fail();
    assert_eq!(code, Some(1));
    assert!(
        errors.contains(text(&missing)) && errors.contains("--items"),
        "{errors}"
    );

    let server = Start::new(&paper.data())
        .within(paper.dir.path())
        .at(address);
    fs::rename(paper.items(), paper.dir.path().join("elsewhere")).expect("away");
    let server = server.serve();
    assert!(server.has_said(&["there is no folder ./items", "what the store has is served"]));
    assert_eq!(server.feeds(), before);
    // A store of nothing at all serves an empty paper.
    let blank = tempfile::TempDir::new().expect("a folder");
    let server = Start::new(&blank.path().join("data"))
        .within(blank.path())
        .serve();
    for path in [
        "/",
        "/feed.rss",
        "/feed.atom",
        "/feed.json",
        "/captions.rss",
    ] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}

#[test]
fn an_export_serves_the_same_paper() {
    let paper = Paper::copy_of("tests/data/sample");
    paper.article(
        "city/no-id",
        "A story without an id",
        "It has one in the store.",
    );
    let server = paper.start();
    let before = server.feeds();
    let log = paper.log();
    let address = server.address;
    let out = paper.dir.path().join("out");
    let output = courant(&["export", text(&out), "--data", text(&paper.data())]);
    assert!(output.status.success(), "{}", said(&output));
    let checked = courant(&["check", "--items", text(&out)]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert_eq!(server.stop(), Some(0));

    // Over the same store it is no change at all.
    let server = Start::new(&paper.data()).items(&out).at(address).serve();
    assert_eq!(server.feeds(), before);
    wait("the first look", || {
        server
            .metric("courant_last_scan_seconds")
            .filter(|t| *t > 0.0)
    });
    assert_eq!(paper.log(), log);
    assert_eq!(server.stop(), Some(0));

    // A store of its own tells another time of the feed's last change, and nothing else differs.
    let server = Start::new(&paper.dir.path().join("fresh"))
        .items(&out)
        .at(address)
        .serve();
    let fresh = server.feeds();
    assert_eq!(
        fresh.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    for (path, feed) in fresh {
        let (is, was) = (undated(&feed.body), undated(&before[&path].body));
        let differs = is.bytes().zip(was.bytes()).position(|(is, was)| is != was);
        let around = |text: &str| -> String {
            text.chars()
                .skip(differs.unwrap_or(0).saturating_sub(200))
                .take(300)
                .collect()
        };
        assert!(is == was, "{path}:\n{}\n{}", around(&is), around(&was));
    }
}

/// A feed without the time of its last change, which is the log's.
fn undated(feed: &str) -> String {
    let mut text = feed.to_owned();
    for (begin, end) in [
        ("<lastBuildDate>", "</lastBuildDate>"),
        ("<updated>", "</updated>"),
        ("\"updated\":\"", "\""),
    ] {
        let head = text
            .find("<entry>")
            .or(text.find("\"items\":"))
            .unwrap_or(text.len());
        if let Some(from) = text.find(begin).filter(|from| *from < head) {
            let value = from + begin.len();
            let to = value + text[value..].find(end).expect(end);
            text.replace_range(value..to, "");
        }
    }
    text
}

#[test]
fn what_is_not_due_yet_is_nowhere_and_comes_on_time() {
    let paper = Paper::new();
    paper.article("city/now", "Now", "Text.");
    let picture = fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("items/logo.png"))
        .expect("a picture");
    let server = paper.start();
    let addresses = server.addresses();
    let before = server.feeds();
    let seq = paper.last();
    // Programs get a line, people a page.
    let (never_page, never_feed) = (
        server.get("/articles/never"),
        server.get("/articles/never.rss"),
    );
    let spelled =
        (Utc::now() + chrono::TimeDelta::seconds(3)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let due = moment(&spelled);
    paper.write("city/later/picture.png", &picture);
    paper.write(
        "city/later/article.md",
        format!(
            "+++\nheadline = \"Later story\"\npublished = {spelled}\nauthors = [\"Late Author\"]\n\
             tags = [\"latecomer\"]\n\n[[captions]]\ntext = \"A later picture.\"\nimage = \"picture.png\"\n\
             +++\nThe embargoed text.\n"
        ),
    );
    // A real change beside it: so the file has been looked at.
    paper.article("city/now", "Now", "Other text.");
    server.until("/articles/now.json", |answer| answer.has("Other text."));
    let tests = [
        "/articles/later",
        "/articles/later.rss",
        "/tags/latecomer.atom",
        "/authors/late-author",
    ];
    let mut seen = 0;
    for path in tests {
        let answer = server.get(path);
        let is_feed = path.contains('.');
        let never = if is_feed { &never_feed } else { &never_page };
        if Utc::now() < due {
            seen += 1;
            assert_eq!((answer.status, &answer.body), (404, &never.body), "{path}");
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| name != "date");
            let mut other = never.headers.clone();
            other.retain(|(name, _)| name != "date");
            assert_eq!(headers, other, "what is not due is as if it never was");
        }
    }
    for path in &addresses {
        let answer = server.get(path);
        if Utc::now() < due {
            seen += 1;
            for text in [
                "Later story",
                "embargoed",
                "later picture",
                "latecomer",
                "Late Author",
            ] {
                assert!(!answer.has(text), "{text} in {path}");
            }
        }
    }
    assert!(seen > tests.len(), "{seen}");
    let published = wait("the story", || {
        let asked = Utc::now();
        let answer = server.get("/articles/later");
        let answered = Utc::now();
        match answer.status {
            200 => {
                assert!(answered >= due, "{answered} before {due}");
                Some(answered)
            }
            _ => {
                assert!(
                    asked < due + chrono::TimeDelta::seconds(4),
                    "not out by {asked}"
                );
                None
            }
        }
    });
    let late = (published - due).to_std().expect("a time after it was due");
    assert!(late < Duration::from_millis(1500), "{late:?} late");
    let log = paper.log_after(seq);
    let entry = log
        .iter()
        .find(|e| e["kind"] == "publish")
        .expect("the publication");
    assert!(
        moment(entry["time"].as_str().expect("a time")) >= due,
        "{entry}"
    );
    let after = server.feeds();
    assert!(after["/feed.atom"].body.contains("Later story"));
    assert_ne!(before["/feed.atom"].etag, after["/feed.atom"].etag);
    assert_eq!(server.get("/tags/latecomer.atom").status, 200);
}

#[test]
fn operators_see_how_it_stands() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.operate(path).status, 200, "{path}");
        assert_eq!(server.get(path).status, 404, "{path} is not for the public");
    }
    server.get("/feed.rss");
    server.get("/nothing");
    wait("a look", || {
        server
            .metric("courant_last_scan_seconds")
            .filter(|t| *t > 0.0)
    });
    assert_eq!(
        server.metric("courant_log_position"),
        Some(paper.last() as f64)
    );
    assert_eq!(server.metric("courant_refused_files"), Some(0.0));
    assert!(
        server
            .metric("courant_free_disk_bytes")
            .is_some_and(|free| free > 0.0)
    );
    assert!(
        server
            .metric("courant_responses_total{status=\"200\"}")
            .is_some_and(|n| n >= 1.0)
    );
    assert!(
        server
            .metric("courant_responses_total{status=\"404\"}")
            .is_some_and(|n| n >= 3.0)
    );
    paper.write("changchun/bad/article.md", "no front matter");
    server.line(&["changchun/bad/article.md:1", "refused"]);
    wait("a refused file counted", || {
        (server.metric("courant_refused_files") == Some(1.0)).then_some(())
    });
    paper.remove("changchun/bad");
    wait("none any more", || {
        (server.metric("courant_refused_files") == Some(0.0)).then_some(())
    });
    assert_eq!(server.operate("/feed.rss").status, 404);
    assert_eq!(server.operate("/metrics").status, 200);
}

#[test]
fn json_lines_on_standard_error_say_the_same() {
    let paper = Paper::copy_of("items");
    paper.write("changchun/bad/article.md", "no front matter");
    let server = paper.starting().with(&["--log-format", "json"]).serve();
    server.line(&["\"event\":\"complaint\"", "changchun/bad/article.md"]);
    server.line(&["\"event\":\"entry\"", "\"kind\":\"publish\""]);
    let lines = server.running.err.lock().expect("lines").clone();
    let entries: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect(line))
        .filter(|line: &Value| line["event"] == "entry")
        .collect();
    let told: Vec<u64> = entries.iter().map(seq_of).collect();
    assert_eq!(told, (1..=paper.last()).collect::<Vec<_>>());
}

#[test]
fn what_is_no_plain_http_is_survived() {
    let paper = Paper::copy_of("items");
    let server = paper.start();
    let hello =
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\x00\x00\x00\r\n\r\n\r\n";
    let junk = [0xff_u8; 100_000];
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
    let smuggled = "GET /feed.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for bytes in [
        &hello[..],
        &junk,
        long.as_bytes(),
        smuggled.as_bytes(),
        b"\r\n\r\n\0",
        b"GET",
    ] {
        let mut stream = connect(server.address);
        // The server may close before all of it is sent.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(server.get("/feed.rss").status, 200);
    }
    let upgrade = [
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
    ];
    let answer = server.get_with("/feed.rss", &upgrade);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("upgrade"), None);
    assert_eq!(answer.body, server.get("/feed.rss").body);
    assert_eq!(server.operate("/healthz").status, 200);
}

#[test]
fn an_articles_own_feed_tells_its_correction_first() {
    let paper = Paper::new();
    paper.article("city/one", "One", "Lead.\n\n## Part\n\nText.");
    let server = paper.start();
    paper.edit(
        "city/one/article.md",
        "published",
        "public_note = \"Corrected: the year.\"\npublished",
    );
    for path in ["/articles/one.json", "/feed.json"] {
        let feed = server.until(path, |answer| answer.has("Corrected"));
        let feed: serde_json::Value = serde_json::from_str(&feed.text()).unwrap();
        let first = feed["items"][0]["content_html"].as_str().unwrap();
        assert!(
            first.starts_with("<p><em>Corrected: the year.</em></p>"),
            "{first}"
        );
    }
}
