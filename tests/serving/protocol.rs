//! What the wire must look like, as a table: every case of `tests/data/protocol/*.txt`, asked of the real program with the sample paper.
//!
//! A case is a block of lines: the clause and what it shows, the request, its headers (`>`), and what the answer must be
//! (`<`): the status, headers that are equal (`Name: value`), contain (`Name ~ text`) or are absent (`! Name`), and what
//! is true of the body. What is true of all answers is held for each, and every GET is asked as a HEAD, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Cache, Paper, Server, wait};

struct Case {
    /// Clause and sentence.
    name: String,
    method: String,
    path: String,
    fields: Vec<(String, String)>,
    /// What must be, each a line.
    expected: Vec<String>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/protocol")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("\n\n").map(str::trim);
    let blocks = blocks.filter(|block| block.lines().any(|line| !line.starts_with('#')));
    blocks.map(case).collect()
}

fn case(block: &str) -> Case {
    let mut lines = block.lines().filter(|line| !line.starts_with('#'));
    let name = lines.next().unwrap().to_owned();
    assert!(
        name.starts_with("1."),
        "{name}: a case begins with its clause"
    );
    let request = lines.next().expect(&name);
    let (method, path) = request.split_once(' ').expect(&name);
    let mut fields = Vec::new();
    let mut expected = Vec::new();
    for line in lines {
        match line.split_at(2) {
            ("> ", field) => {
                let (name, value) = field.split_once(':').expect(line);
                fields.push((name.to_owned(), value.trim().to_owned()));
            }
            ("< ", said) => expected.push(said.to_owned()),
            _ => panic!("{name}: {line} is neither > nor <"),
        }
    }
    assert!(!expected.is_empty(), "{name}: nothing is expected");
    Case {
        name,
        method: method.to_owned(),
        path: path.to_owned(),
        fields,
        expected,
    }
}

/// Fills in what only the running server knows, in braces: `{base}`, `{photo}`, `{hash}`, `{caption}`, `{article}`, `{tag gzip /feed.rss}`,
/// `{bare /feed.rss}` (the tag without quotes), `{date /feed.rss}`, `{date -1 /feed.rss}` (in seconds),
/// `{rfc850 /feed.rss}`, `{asctime /feed.rss}`, `{digest PATH}`.
fn filled(server: &Server, known: &BTreeMap<&str, String>, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        let (inside, after) = tail.split_once('}').expect(text);
        out.push_str(before);
        out.push_str(&match known.get(inside) {
            Some(value) => value.clone(),
            None => asked(server, known, inside),
        });
        rest = after;
    }
    out + rest
}

fn asked(server: &Server, known: &BTreeMap<&str, String>, inside: &str) -> String {
    let words: Vec<&str> = inside.split(' ').collect();
    let path = known
        .get(words[words.len() - 1])
        .map_or(words[words.len() - 1], String::as_str);
    let coding: &[(&str, &str)] = &match words[..] {
        ["tag" | "digest", coding, _] => [("Accept-Encoding", coding)],
        _ => [("Accept-Encoding", "identity")],
    };
    let answer = server.get_with(path, coding);
    let date = || -> DateTime<Utc> {
        let said = answer.header("last-modified").expect("a date");
        httpdate::parse_http_date(said).unwrap().into()
    };
    match words[..] {
        ["tag", ..] => answer.etag().to_owned(),
        ["bare", _] => answer.etag().trim_matches('"').to_owned(),
        ["date", _] => http_date(date()),
        ["date", seconds, _] => http_date(date() + TimeDelta::seconds(seconds.parse().unwrap())),
        ["rfc850", _] => date().format("%A, %d-%b-%y %H:%M:%S GMT").to_string(),
        ["offset", _] => date().format("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        ["asctime", _] => date().format("%a %b %e %H:%M:%S %Y").to_string(),
        ["digest", ..] => STANDARD.encode(Sha256::digest(&answer.body)),
        ["length", _] => answer.body.len().to_string(),
        _ => panic!("{{{inside}}} is not known"),
    }
}

fn http_date(moment: DateTime<Utc>) -> String {
    httpdate::fmt_http_date(moment.into())
}

/// What is wrong with the answer, nothing if it is as expected.
fn fault(server: &Server, answer: &Answer, expected: &str) -> Option<String> {
    let shown = |name: &str| format!("{:?}", answer.all(&name.to_ascii_lowercase()));
    if let Ok(status) = expected.parse::<u16>() {
        return (answer.status != status).then(|| format!("{} instead of {status}", answer.status));
    }
    if let Some(name) = expected.strip_prefix("! ") {
        let there = !answer.all(&name.to_ascii_lowercase()).is_empty();
        return there.then(|| format!("{name} is there: {}", shown(name)));
    }
    if let Some(said) = expected.strip_prefix("body ") {
        return (!body_is(server, answer, said)).then(|| {
            let begin: String = answer.text().chars().take(200).collect();
            format!("the body is not {said}: {begin}")
        });
    }
    if let Some((name, text)) = expected.split_once(" ~ ") {
        let values = answer.all(&name.to_ascii_lowercase());
        let holds = values.len() == 1 && values[0].contains(text);
        return (!holds).then(|| format!("{expected}: {}", shown(name)));
    }
    let (name, value) = expected.split_once(": ").expect(expected);
    let same = answer.all(&name.to_ascii_lowercase()) == [value];
    (!same).then(|| format!("{expected}: {}", shown(name)))
}

fn body_is(server: &Server, answer: &Answer, said: &str) -> bool {
    let (what, of) = said.split_once(' ').unwrap_or((said, ""));
    match what {
        "empty" => answer.body.is_empty(),
        "contains" => answer.has(of),
        "lacks" => !answer.has(of),
        "like" => answer.body == server.get(of).body,
        "decodes-to" => decoded(answer) == server.get(of).body,
        "starts" => answer.text().starts_with(of),
        "json" => serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok(),
        "xml" => roxmltree::Document::parse(&answer.text()).is_ok(),
        _ => panic!("body {said} is not known"),
    }
}

fn decoded(answer: &Answer) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    let body = answer.body.as_slice();
    match answer.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_end(&mut out),
        Some("br") => brotli::Decompressor::new(body, 4096).read_to_end(&mut out),
        Some("zstd") => zstd::stream::read::Decoder::new(body)
            .unwrap()
            .read_to_end(&mut out),
        // Not coded at all: unlike what was expected.
        _ => Ok(0),
    }
    .unwrap();
    out
}

/// What is true of all answers, whatever was asked.
fn faults_of_any(case: &Case, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{what}: {:?}", answer.headers));
        }
    };
    let is = |name: &str, value: &str| answer.all(name) == [value];
    must(
        is("x-content-type-options", "nosniff"),
        "1.7 nosniff is missing",
    );
    must(
        is("access-control-allow-origin", "*"),
        "1.8 any origin may read",
    );
    must(
        is(
            "access-control-expose-headers",
            "ETag, Link, Retry-After, Age",
        ),
        "1.8 headers are exposed",
    );
    must(
        answer.all("date").len() == 1,
        "RFC 9110 §6.6.1 one date is told",
    );
    let age = answer.all("cache-control").join(", ");
    let explicit = age.contains("max-age=") || age == "no-store";
    // Answers to OPTIONS are not cached (RFC 9110 §9.3.7).
    must(
        explicit || case.method == "OPTIONS",
        "1.6 (a) freshness is explicit",
    );
    must(
        !age.contains("s-maxage"),
        "0.7 s-maxage would forbid what is stale",
    );
    must(
        answer.all("expires").is_empty(),
        "1.3 no Expires, which stops readers",
    );
    must(answer.all("set-cookie").is_empty(), "no cookies");
    let coded = answer.all("content-encoding");
    must(!coded.contains(&"deflate"), "1.4 never deflate");
    let varies = is("vary", "Accept-Encoding");
    must(
        coded.is_empty() || varies,
        "1.4 what is coded varies with Accept-Encoding",
    );
    if answer.status == 304 || answer.status == 204 {
        must(answer.body.is_empty(), "no body");
        must(
            answer.all("content-length").is_empty(),
            "1.3 no Content-Length",
        );
    }
    if answer.status == 304 {
        let absent = ["content-type", "content-encoding", "repr-digest"];
        must(
            absent.iter().all(|name| answer.all(name).is_empty()),
            "1.3 nothing about a body",
        );
    }
    if !answer.all("etag").is_empty() {
        let tag = answer.etag();
        let strong = tag.starts_with('"') && tag.ends_with('"') && !tag.contains('\\');
        must(strong, "1.2 a strong tag without backslash");
    }
    let cdn = answer.all("cdn-cache-control");
    let well_formed = cdn.iter().all(|field| {
        field.split(", ").all(|member| {
            let (key, value) = member.split_once('=').unwrap_or((member, ""));
            key.chars().all(|c| c.is_ascii_lowercase() || c == '-') && value.parse::<u32>().is_ok()
        })
    });
    must(
        cdn.len() <= 1 && well_formed,
        "1.6 (c) CDN-Cache-Control is a dictionary",
    );
    faults
}

fn told(answer: &Answer) -> BTreeMap<String, String> {
    let lasting = answer
        .headers
        .iter()
        .filter(|(name, _)| name != "date" && name != "connection");
    lasting.cloned().collect()
}

/// Asks every case of a file and tells all that is wrong, not the first.
fn hold(file: &str, server: &Server, known: &BTreeMap<&str, String>) {
    let mut faults = Vec::new();
    let cases = cases(file);
    for case in &cases {
        let fill = |text: &str| filled(server, known, text);
        let path = fill(&case.path);
        let fields: Vec<(String, String)> = case
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = server.send(&case.method, &path, &fields);
        let mut tell = |fault: String| {
            faults.push(format!(
                "{}\n    {} {path}: {fault}",
                case.name, case.method
            ));
        };
        for expected in &case.expected {
            if let Some(fault) = fault(server, &answer, &fill(expected)) {
                tell(fault);
            }
        }
        faults_of_any(case, &answer).into_iter().for_each(&mut tell);
        if case.method == "GET" && answer.status != 206 && answer.status != 416 {
            let head = server.send("HEAD", &path, &fields);
            if head.status != answer.status || told(&head) != told(&answer) {
                tell(format!(
                    "1.3 HEAD has the headers of GET: {head:?} beside {:?}",
                    answer.headers
                ));
            }
            if !head.body.is_empty() {
                tell("HEAD has a body".to_owned());
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} cases fail\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}

/// The sample paper with a story withdrawn, one renamed, and one that waits for its day, served with a configuration.
fn sample(settings: &str) -> (Paper, Server, BTreeMap<&'static str, String>) {
    let paper = Paper::copy_of("tests/data/sample");
    paper.write(
        "city/not-yet/article.md",
        "+++\nheadline = \"Not yet\"\npublished = 2099-01-01T00:00:00Z\n+++\nLater.\n",
    );
    let own = paper.read("publication.toml");
    let named = "\n[[feeds]]\nname = \"harbour-and-city\"\ntitle = \"Harbour and city\"\n\
                 sections = [\"harbour\", \"city\"]\nformats = [\"json\"]\nsunset = 2098-12-31T23:00:00+01:00\n\n\
                 [[retired]]\nsection = \"sport\"\nsuccessor = \"https://courier.example.org/feed.rss\"\n";
    paper.write("publication.toml", own + named);
    let server = paper.configured(settings);
    change(&paper, &server);
    let known = known(&server);
    (paper, server, known)
}

fn change(paper: &Paper, server: &Server) {
    let withdrawn = "/articles/three-days-of-fog";
    server.until(withdrawn, |answer| answer.status == 200);
    paper.remove("harbour/three-days-of-fog");
    fs::rename(
        paper.path("city/market-hall-roof"),
        paper.path("city/market-roof"),
    )
    .unwrap();
    server.until(withdrawn, |answer| answer.status == 410);
    server.until("/articles/market-hall-roof", |answer| answer.status == 301);
}

fn known(server: &Server) -> BTreeMap<&'static str, String> {
    let captions = server.get("/captions.json").text();
    let after = |mark: &str, length: usize| {
        let at = captions.find(mark).expect(mark);
        captions[at..at + length].to_owned()
    };
    let photo = after("/media/", "/media/".len() + 36);
    let caption = after("/captions/", "/captions/".len() + 36);
    // Until then no document tells its date; one second more, so that a date after it is not in the future.
    let dated = server.dated("/feed.rss");
    let date = httpdate::parse_http_date(dated.header("last-modified").unwrap()).unwrap();
    let later = DateTime::<Utc>::from(date) + TimeDelta::seconds(2);
    wait("two seconds after the newest change", || {
        (Utc::now() >= later).then_some(())
    });
    BTreeMap::from([
        ("base", server.base()),
        (
            "article",
            // Of the story about the tram.
            "01a1f24a-a5ac-70db-8770-588eb71ed78a".to_owned(),
        ),
        ("hash", photo["/media/".len()..][..32].to_owned()),
        ("photo", photo),
        ("caption", caption),
    ])
}

#[test]
fn every_answer_is_as_the_protocol_says() {
    let (_paper, server, known) = sample("");
    hold("plain.txt", &server, &known);
}

#[test]
fn archive_segments_are_as_the_protocol_says() {
    let paper = Paper::new();
    for number in 0..120 {
        let at = format!("city/story-{number}");
        paper.article(&at, &format!("Story {number}"), "Text.");
    }
    let server = paper.start();
    server.dated("/sections/city/archive/1.rss");
    hold(
        "archive.txt",
        &server,
        &BTreeMap::from([("base", server.base())]),
    );
}

#[test]
fn behind_a_cache_that_is_purged_answers_have_keys_and_may_be_kept() {
    let cache = Cache::start();
    let settings = format!(
        "[cdn]\nkey_headers = [\"Cache-Tag\", \"Surrogate-Key\", \"xkey\"]\ntag_suffixes = [\"-gzip\", \";gzip\"]\n\
         [[cdn.purge]]\nkind = \"varnish\"\nurl = \"{}\"\n",
        cache.url()
    );
    let (_paper, server, known) = sample(&settings);
    hold("purged.txt", &server, &known);
}
