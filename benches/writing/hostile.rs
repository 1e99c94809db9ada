//! How long a decision waits beside writers who send what costs most.

use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use courant::item::limits::{MAX_CAPTIONS, MAX_PARTS, MAX_TAGS};
use serde_json::{Value, json};

use super::desk::{Desk, Result, post, send};

const JSON: &str = "application/json";

/// What each hostile writer sends, by its number and that of the round: first a story, then the same story otherwise.
type Attack = (&'static str, fn(u64) -> [Value; 2]);

const ATTACKS: [Attack; 4] = [
    ("captions that are all others each time", |round| {
        [0, 1].map(|turn| {
            let captions = (0..MAX_CAPTIONS).map(|place| {
                json!({"text": format!("{round} {turn} {place}"), "credit": format!("Person {place}")})
            });
            json!({"captions": captions.collect::<Vec<_>>()})
        })
    }),
    ("equal headings", |round| {
        ["Equal", "Other"].map(|heading| {
            let part = format!("## {heading}\n\nText {round}.\n\n");
            json!({"body": part.repeat(MAX_PARTS)})
        })
    }),
    ("tags of one slug", |round| {
        [0, 1].map(|turn| {
            let tag = |place: usize| {
                format!(
                    "tag{}{}",
                    "!".repeat(place % 10),
                    "?".repeat(1 + place / 10)
                )
            };
            let marks = "~".repeat(usize::try_from(2 * round + turn).unwrap_or(0) % 40);
            let tags = (0..MAX_TAGS).map(|place| format!("{}{marks}", tag(place)));
            json!({"tags": tags.collect::<Vec<_>>()})
        })
    }),
    ("long texts", |round| {
        [0, 1].map(|turn| json!({"body": format!("Words {round} {turn}. ").repeat(50_000)}))
    }),
];

/// Stories that one copy brings into the folder.
const FOLDER_STORIES: usize = 300;

/// As many copies lie in the folder before the oldest of them is removed at once: the loss of more than half is not believed.
const FOLDER_COPIES: usize = 3;

/// Long drafts that wait while others are killed.
const DRAFTS: usize = 400;

/// Captions of a story that is killed, each with a photograph.
const KILLED_CAPTIONS: usize = 20;

const PICTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/sample/harbour/north-quay-crane-stays/crane-plan.png"
);

/// Stories that are there to be withheld.
const STORIES: usize = 400;

/// Between two decisions.
const PAUSE: Duration = Duration::from_millis(10);

/// Measures `withhold` of one story after the other for that time, and prints what was found.
pub fn run(folder: &Path, time: Duration) -> Result<()> {
    let desk = Desk::start(folder)?;
    let done = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let stories = written(&desk)?;
    write_drafts(&desk)?;
    let waits = std::thread::scope(|scope| {
        for (_, attack) in ATTACKS {
            let (desk, done, is_over) = (&desk, &done, &is_over);
            for number in 0..2 {
                scope.spawn(move || attack_with(desk, attack, number, (done, is_over)));
            }
        }
        scope.spawn(|| {
            if let Err(error) = fill(&folder.join("items/city"), &is_over) {
                eprintln!("the folder is not changed any more: {error}");
            }
        });
        scope.spawn(|| {
            if let Err(error) = kill(&desk, (&done, &is_over)) {
                eprintln!("nothing is killed any more: {error}");
            }
        });
        let waits = decide(&desk, &stories, time);
        is_over.store(true, Ordering::Relaxed);
        waits
    });
    let mut waits = waits?;
    waits.sort_unstable();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize);
    let milliseconds = |wait: Option<&Duration>| wait.map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    println!(
        "\nwithhold beside {} hostile writers, kills beside {DRAFTS} drafts and a folder that grows and loses a third at \
         once: {:.1} ms (median), {:.1} ms (99 of 100), {:.1} ms (the \
         longest of {}); {} hostile writes meanwhile",
        2 * ATTACKS.len(),
        milliseconds(at(0.5)),
        milliseconds(at(0.99)),
        milliseconds(waits.last()),
        waits.len(),
        done.load(Ordering::Relaxed),
    );
    for (what, _) in ATTACKS {
        println!("  they send {what}");
    }
    desk.stop()
}

fn story(more: Value) -> Vec<u8> {
    let mut story = json!({
        "headline": "A story", "section": "city", "published": "2025-02-28T09:00:00Z", "body": "Text."
    });
    courant::item::json::merge(&mut story, more);
    story.to_string().into_bytes()
}

fn attack_with(
    desk: &Desk,
    attack: fn(u64) -> [Value; 2],
    number: u64,
    (done, is_over): (&AtomicU64, &AtomicBool),
) -> Result<()> {
    let mut stream = TcpStream::connect(desk.address)?;
    stream.set_nodelay(true)?;
    let token = desk.token.as_str();
    for round in 0.. {
        let [first, second] = attack(1000 * number + round).map(story);
        let answer = post(&mut stream, ("/api/v1/articles", token), JSON, &first)?;
        let path = path_of(&answer)?;
        for body in [&second, &first, &second] {
            if is_over.load(Ordering::Relaxed) {
                return Ok(());
            }
            send(&mut stream, "PUT", (&path, token), JSON, body)?;
            done.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn path_of(answer: &[u8]) -> Result<String> {
    let said: Value = serde_json::from_slice(answer)?;
    let id = said["id"].as_str().ok_or("an article without an id")?;
    Ok(format!(
        "/api/v1/articles/{}",
        id.trim_start_matches("urn:uuid:")
    ))
}

fn write_drafts(desk: &Desk) -> Result<()> {
    let mut stream = TcpStream::connect(desk.address)?;
    stream.set_nodelay(true)?;
    let to = ("/api/v1/articles", desk.token.as_str());
    let draft = story(json!({"draft": true, "body": "Words that wait. ".repeat(1_200)}));
    for _ in 0..DRAFTS {
        post(&mut stream, to, JSON, &draft)?;
    }
    Ok(())
}

/// Kills one story with photographs after the other; what was uploaded goes with it.
fn kill(desk: &Desk, (done, is_over): (&AtomicU64, &AtomicBool)) -> Result<()> {
    let mut stream = TcpStream::connect(desk.address)?;
    stream.set_nodelay(true)?;
    let token = desk.token.as_str();
    let picture = std::fs::read(PICTURE)?;
    for round in 0_u64.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let answer = post(
            &mut stream,
            ("/api/v1/photographs", token),
            "image/png",
            &picture,
        )?;
        let said: Value = serde_json::from_slice(&answer)?;
        let captions = (0..KILLED_CAPTIONS)
            .map(|number| json!({"text": format!("Picture {number}"), "image": said["name"]}));
        // A headline of its own: where all have the same, the made slug may be taken too often to be tried again.
        let headline = format!("Killed {round}");
        let shown = story(json!({"headline": headline, "captions": captions.collect::<Vec<_>>()}));
        let answer = post(&mut stream, ("/api/v1/articles", token), JSON, &shown)?;
        let path = format!("{}/kill", path_of(&answer)?);
        let (status, answer) = send(&mut stream, "POST", (&path, token), JSON, b"{}")?;
        if status != 200 {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Copies many stories at once into the folder that the server follows, and removes as many.
fn fill(section: &Path, is_over: &AtomicBool) -> std::io::Result<()> {
    for copy in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let story = |copy: usize, number: usize| section.join(format!("file-{copy}-{number}"));
        for number in 0..FOLDER_STORIES {
            let story = story(copy, number);
            std::fs::create_dir_all(&story)?;
            let front =
                format!("headline = \"File {copy} {number}\"\npublished = 2025-02-28T09:00:00Z\n");
            let text = format!("+++\n{front}+++\n{}\n", "Words of a story. ".repeat(200));
            std::fs::write(story.join("article.md"), text)?;
        }
        if let Some(oldest) = (copy + 1).checked_sub(FOLDER_COPIES) {
            for number in 0..FOLDER_STORIES {
                std::fs::remove_dir_all(story(oldest, number))?;
            }
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}

/// The addresses of stories that nobody has anything against.
fn written(desk: &Desk) -> Result<Vec<String>> {
    let mut stream = TcpStream::connect(desk.address)?;
    stream.set_nodelay(true)?;
    let to = ("/api/v1/articles", desk.token.as_str());
    let write = |_| path_of(&post(&mut stream, to, JSON, &story(json!({})))?);
    (0..STORIES).map(write).collect()
}

fn decide(desk: &Desk, stories: &[String], time: Duration) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(desk.address)?;
    stream.set_nodelay(true)?;
    let began = Instant::now();
    let mut waits = Vec::new();
    for path in stories {
        if began.elapsed() > time {
            break;
        }
        let asked = Instant::now();
        let to = (&*format!("{path}/withhold"), desk.token.as_str());
        let (status, answer) = send(&mut stream, "POST", to, JSON, b"")?;
        waits.push(asked.elapsed());
        if status != 200 {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(waits)
}
