//! kill -9 during writes, uploads, kills and edits of the folder, all at once: what was acknowledged is there after the next
//! start, no file of a photograph is left over, and of what was killed no word is in any file of the store.
//!
//! A few rounds in every run; a hundred by `COURANT_CRASHES=100 cargo test --test store crashes -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::pictures;
use crate::support::writer::token;
use crate::support::*;

/// This many rounds where nothing else is said.
const ROUNDS: u64 = 8;

/// Who writes at once.
const WRITERS: u64 = 3;

/// This many are killed when no server is killed any more.
const KILLED_LAST: usize = 10;

/// So soon after its acknowledgement nothing of what was killed is left.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// What was acknowledged of one article.
#[derive(Clone, Debug)]
struct Known {
    /// The word that its newest acknowledged text has.
    word: String,
    /// One that may stand there instead: it was sent, and the answer did not come.
    sent: Option<String>,
    etag: String,
    /// Its picture's name, if it has one.
    picture: Option<String>,
    is_killed: bool,
    /// A kill was sent, and the answer did not come.
    may_be_killed: bool,
}

/// All that a round's writers were told.
#[derive(Default)]
struct Told {
    articles: BTreeMap<String, Known>,
    /// Every word that an article had, by its id.
    words: BTreeMap<String, Vec<String>>,
    /// The articles that were written since the last comparison.
    touched: BTreeSet<String>,
    /// Names of uploads.
    uploads: BTreeSet<String>,
    writes: u64,
    kills: u64,
    edits: BTreeMap<String, String>,
}

/// A program of the desk that bears that the server dies.
struct Desk<'t> {
    address: std::net::SocketAddr,
    token: &'t str,
}

impl Desk<'_> {
    /// None where no whole answer came.
    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<(Answer, Value)> {
        let mut stream = std::net::TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.address,
            self.token,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(b"\r\n").ok()?;
        stream.write_all(body).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        bytes.windows(4).find(|end| end == b"\r\n\r\n")?;
        let answer = Answer::parse(&bytes);
        let length: usize = answer.header("content-length")?.parse().ok()?;
        (answer.body.len() == length).then_some(())?;
        let value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        Some((answer, value))
    }

    fn json(
        &self,
        method: &str,
        path: &str,
        etag: Option<&str>,
        body: &Value,
    ) -> Option<(Answer, Value)> {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(etag.map(|etag| ("If-Match", etag)));
        self.send(method, path, &headers, body.to_string().as_bytes())
    }
}

fn path_of(id: &str) -> String {
    format!("/api/v1/articles/{}", id.replace("urn:uuid:", ""))
}

/// A word that stands nowhere else.
fn word(numbers: &AtomicU64) -> String {
    format!("quokka{:08}zither", numbers.fetch_add(1, Ordering::Relaxed))
}

/// Writes until the server is gone.
fn write(desk: &Desk, told: &Mutex<Told>, numbers: &AtomicU64, seed: u64, over: &AtomicBool) {
    let mut random = Random(seed);
    let mut own: Vec<String> = Vec::new();
    while !over.load(Ordering::Acquire) {
        let done = match random.below(10) {
            0..=2 => publish(desk, told, numbers, None).map(|id| own.extend(id)),
            3..=4 => upload(desk, numbers, told).and_then(|(name, again, etag)| {
                refuse(desk, &again, &stale(&etag), numbers)?;
                let id = publish(desk, told, numbers, Some(name))?;
                own.extend(id);
                Some(())
            }),
            5..=7 if !own.is_empty() => {
                let id = &own[random.below(own.len() as u64) as usize];
                change(desk, told, numbers, id)
            }
            8..=9 if own.len() > 2 => {
                let id = own.swap_remove(random.below(own.len() as u64) as usize);
                kill(desk, told, &id)
            }
            _ => Some(()),
        };
        if done.is_none() {
            return;
        }
    }
}

fn publish(
    desk: &Desk,
    told: &Mutex<Told>,
    numbers: &AtomicU64,
    picture: Option<String>,
) -> Option<Option<String>> {
    let word = word(numbers);
    let mut story = json!({
        "section": "harbour", "headline": format!("Of {word}"), "published": "2026-01-03T09:00:00Z",
        "note": format!("A remark on {word}"), "authors": [format!("By {word}")], "tags": [format!("tag {word}")],
        "body": format!("It was about {word}. {}", "A long text. ".repeat(300)),
    });
    if let Some(name) = &picture {
        story["captions"] = json!([{"text": format!("A picture of {word}"), "image": name}]);
    }
    let (answer, body) = desk.json("POST", "/api/v1/articles", None, &story)?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = body["id"].as_str().expect("an id").to_owned();
    let mut told = told.lock().unwrap();
    let known = Known {
        word: word.clone(),
        sent: None,
        etag: answer.etag().to_owned(),
        picture,
        is_killed: false,
        may_be_killed: false,
    };
    told.articles.insert(id.clone(), known);
    told.words.insert(id.clone(), vec![word]);
    told.touched.insert(id.clone());
    told.writes += 1;
    Some(Some(id))
}

/// Uploads a picture that nobody else has; gives its name, the address at which it is replaced, and its ETag.
fn upload(
    desk: &Desk,
    numbers: &AtomicU64,
    told: &Mutex<Told>,
) -> Option<(String, String, String)> {
    let (answer, body) = desk.send(
        "POST",
        "/api/v1/photographs",
        &[("Content-Type", "image/png")],
        &picture(numbers),
    )?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let name = body["name"].as_str().expect("a name").to_owned();
    let id = body["id"].as_str().expect("an id").replace("urn:uuid:", "");
    let mut told = told.lock().unwrap();
    told.uploads.insert(name.clone());
    told.writes += 1;
    let etag = answer.etag().to_owned();
    Some((name, format!("/api/v1/photographs/{id}"), etag))
}

/// One of its own colours, wide enough for a rendition.
fn picture(numbers: &AtomicU64) -> Vec<u8> {
    let number = numbers.fetch_add(1, Ordering::Relaxed);
    let mut picture = pictures::drawn(400, 60);
    for (place, byte) in number.to_le_bytes().iter().enumerate() {
        picture.put_pixel(place as u32, 0, image::Rgb([*byte, 7, 9]));
    }
    let mut bytes = Vec::new();
    let whole = image::DynamicImage::ImageRgb8(picture);
    let mut end = std::io::Cursor::new(&mut bytes);
    whole.write_to(&mut end, image::ImageFormat::Png).unwrap();
    bytes
}

/// An ETag that the same photograph might have had before.
fn stale(etag: &str) -> String {
    let (digit, other) = match etag.contains('1') {
        true => ('1', "2"),
        false => ('0', "1"),
    };
    etag.replacen(digit, other, 1)
}

/// A replacement that is refused when its files are kept already.
fn refuse(desk: &Desk, path: &str, etag: &str, numbers: &AtomicU64) -> Option<()> {
    let headers = [("Content-Type", "image/png"), ("If-Match", etag)];
    let (answer, _) = desk.send("PUT", path, &headers, &picture(numbers))?;
    assert_eq!(answer.status, 412, "{}", answer.text());
    Some(())
}

fn change(desk: &Desk, told: &Mutex<Told>, numbers: &AtomicU64, id: &str) -> Option<()> {
    let word = word(numbers);
    let etag = {
        let mut told = told.lock().unwrap();
        told.touched.insert(id.to_owned());
        told.words
            .get_mut(id)
            .expect("its words")
            .push(word.clone());
        let known = told.articles.get_mut(id).expect("it was told");
        known.sent = Some(word.clone());
        known.etag.clone()
    };
    let patch =
        json!({"body": format!("It is about {word} now."), "headline": format!("Of {word}")});
    let (answer, _) = desk.json("PATCH", &path_of(id), Some(&etag), &patch)?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut told = told.lock().unwrap();
    told.writes += 1;
    let known = told.articles.get_mut(id).expect("it was told");
    known.word = word;
    known.sent = None;
    known.etag = answer.etag().to_owned();
    Some(())
}

fn kill(desk: &Desk, told: &Mutex<Told>, id: &str) -> Option<()> {
    {
        let mut told = told.lock().unwrap();
        told.touched.insert(id.to_owned());
        let known = told.articles.get_mut(id).expect("it was told");
        known.may_be_killed = true;
    }
    let (answer, _) = desk.json("POST", &format!("{}/kill", path_of(id)), None, &json!({}))?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut told = told.lock().unwrap();
    told.kills += 1;
    told.articles.get_mut(id).expect("it was told").is_killed = true;
    Some(())
}

/// Edits the folder until the server is gone.
fn edit(paper: &Paper, told: &Mutex<Told>, numbers: &AtomicU64, over: &AtomicBool) {
    let mut number = 0;
    while !over.load(Ordering::Acquire) {
        let (slug, word) = (format!("story-{}", number % 7), word(numbers));
        paper.article(
            &format!("city/{slug}"),
            &format!("Of {word}"),
            &format!("About {word}."),
        );
        told.lock().unwrap().edits.insert(slug, word);
        number += 1;
        std::thread::sleep(Duration::from_millis(40));
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type().expect("a kind") {
                kind if kind.is_dir() => ahead.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

/// Those of `words` that stand in a file of the store, with the file.
fn found_in(data: &Path, words: &BTreeSet<String>) -> Vec<(String, PathBuf)> {
    let mark = b"quokka";
    let length = "quokka00000000zither".len();
    let mut found = Vec::new();
    for path in files(data) {
        let bytes = fs::read(&path).unwrap_or_default();
        for at in 0..bytes.len().saturating_sub(length) {
            if bytes[at..].starts_with(mark)
                && let Ok(word) = std::str::from_utf8(&bytes[at..at + length])
                && words.contains(word)
            {
                found.push((word.to_owned(), path.clone()));
            }
        }
    }
    found
}

/// The files of photographs that no row of the database names.
fn left_over(data: &Path) -> Vec<PathBuf> {
    let database = rusqlite::Connection::open_with_flags(
        data.join("courant.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    );
    let database = database.expect("the database");
    let mut named = String::new();
    for sql in [
        "SELECT photograph FROM upload",
        "SELECT content FROM pending",
        "SELECT r.content FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
    ] {
        let mut statement = database.prepare(sql).expect(sql);
        let rows = statement
            .query_map([], |row| row.get::<_, String>(0))
            .expect(sql);
        for row in rows {
            named.push_str(&row.expect(sql));
        }
    }
    let of_nobody = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        !named.contains(stem)
    };
    files(&data.join("media"))
        .into_iter()
        .filter(of_nobody)
        .collect()
}

/// What stands after a start is what was acknowledged, or what was sent when the server died.
fn compare(desk: &Desk, told: &mut Told, ids: &BTreeSet<String>) {
    for id in ids {
        let known = told.articles[id].clone();
        let (answer, body) = desk.send("GET", &path_of(id), &[], b"").expect("an answer");
        if known.is_killed || known.may_be_killed {
            let is_killed = answer.status == 410 || body["state"]["status"] == "canceled";
            assert!(
                is_killed || !known.is_killed,
                "{id} was killed: {}",
                answer.status
            );
            let known = told.articles.get_mut(id).expect("it was told");
            (known.is_killed, known.may_be_killed) = (is_killed, false);
            if is_killed {
                continue;
            }
        }
        assert_eq!(
            answer.status,
            200,
            "{id} was acknowledged: {}",
            answer.text()
        );
        let text = body["body"].as_str().unwrap_or_default();
        let newest = [Some(&known.word), known.sent.as_ref()];
        let newest = newest
            .into_iter()
            .flatten()
            .find(|word| text.contains(*word));
        let newest = newest.unwrap_or_else(|| panic!("{id} has not {}: {text}", known.word));
        if let Some(name) = &known.picture {
            assert_eq!(body["captions"][0]["image"], json!(name), "{id}");
            let url = body["captions"][0]["state"]["photograph"]["url"].as_str();
            let url = url.expect("an address");
            let path = url.split_once("/media/").expect("a photograph").1;
            let (shown, _) = desk
                .send("GET", &format!("/media/{path}"), &[], b"")
                .expect("an answer");
            assert_eq!(shown.status, 200, "{path}");
        }
        let (word, etag) = (newest.clone(), answer.etag().to_owned());
        let known = told.articles.get_mut(id).expect("it was told");
        (known.word, known.sent, known.etag) = (word, None, etag);
    }
}

/// Some articles that are not killed.
fn alive(told: &Told) -> Vec<String> {
    let alive = told.articles.iter().filter(|(_, known)| !known.is_killed);
    alive.map(|(id, _)| id.clone()).take(KILLED_LAST).collect()
}

/// All words that articles had which are killed.
fn killed_words(told: &Told) -> BTreeSet<String> {
    let killed = told.articles.iter().filter(|(_, known)| known.is_killed);
    killed.flat_map(|(id, _)| told.words[id].clone()).collect()
}

fn nothing_killed_is_left(data: &Path, words: &BTreeSet<String>, when: &str) {
    let end = Instant::now() + GONE_WITHIN;
    loop {
        let found = found_in(data, words);
        if found.is_empty() {
            return;
        }
        assert!(
            Instant::now() < end,
            "{when}: {:?} of {} killed words",
            found,
            words.len()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_was_acknowledged_stays_and_nothing_is_left_over_after_kill_9() {
    crash(0x5eed_0bad_cafe_1128, |_, _, _| {});
}

#[test]
fn of_what_was_killed_no_word_is_left_after_kill_9() {
    crash(0x5eed_0bad_cafe_1129, nothing_killed_is_left);
}

/// Kills a server again and again at random moments; `look` is told the folder of data, the words that were killed, and when
/// it looks.
fn crash(seed: u64, look: impl Fn(&Path, &BTreeSet<String>, &str)) {
    let rounds = std::env::var("COURANT_CRASHES").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let paper = Paper::new();
    let mut start = paper.starting();
    let mut random = Random(seed);
    let told = Mutex::new(Told::default());
    let numbers = AtomicU64::new(0);
    let mut secret = None;
    let mut most_left_over = 0;
    for round in 0..rounds {
        let mut server = start.serve();
        start = paper.starting().at(server.address);
        let secret = secret.get_or_insert_with(|| token(&paper, "newsdesk", "desk"));
        let desk = Desk {
            address: server.address,
            token: secret,
        };
        {
            let mut told = told.lock().unwrap();
            let touched = std::mem::take(&mut told.touched);
            compare(&desk, &mut told, &touched);
        }
        wait("no file of a photograph left over", || {
            left_over(&paper.data()).is_empty().then_some(())
        });
        let words = killed_words(&told.lock().unwrap());
        look(&paper.data(), &words, &format!("after kill {round}"));
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let seed = (round + 1) * 7919 + writer * 104_729 + 1;
                let (desk, told, numbers, over) = (&desk, &told, &numbers, &over);
                scope.spawn(move || write(desk, told, numbers, seed, over));
            }
            scope.spawn(|| edit(&paper, &told, &numbers, &over));
            // Some writes later; without a panic, for which the writers would not end.
            let enough = numbers.load(Ordering::Relaxed) + 30 + random.below(150);
            let end = Instant::now() + PATIENCE;
            while numbers.load(Ordering::Relaxed) < enough && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
            server.running.kill();
            over.store(true, Ordering::Release);
        });
        most_left_over = most_left_over.max(left_over(&paper.data()).len());
    }
    let server = start.serve();
    let desk = Desk {
        address: server.address,
        token: secret.as_deref().expect("a token"),
    };
    {
        let mut told = told.lock().unwrap();
        let all = told.articles.keys().cloned().collect();
        compare(&desk, &mut told, &all);
    }
    // Some more are killed by a server that lives on.
    let last = alive(&told.lock().unwrap());
    for id in last {
        kill(&desk, &told, &id).expect("an answer");
    }
    let told = told.into_inner().unwrap();
    for (slug, word) in &told.edits {
        server.until(&format!("/articles/{slug}"), |answer| answer.has(word));
    }
    wait("no file of a photograph left over", || {
        left_over(&paper.data()).is_empty().then_some(())
    });
    let words = killed_words(&told);
    look(&paper.data(), &words, "at the end");
    let log = paper.log();
    for (place, entry) in log.iter().enumerate() {
        assert_eq!(seq_of(entry), place as u64 + 1, "a gap in the log");
    }
    println!(
        "{rounds} times killed: {} writes and {} kills acknowledged, {} uploads, none lost; at most {most_left_over} files \
         left over by one, none after the next start; {} words killed",
        told.writes,
        told.kills,
        told.uploads.len(),
        words.len()
    );
    assert!(
        told.writes > rounds && told.kills > 0,
        "{} writes",
        told.writes
    );
    assert_eq!(server.stop(), Some(0));
    look(&paper.data(), &words, "after a stop");
}
