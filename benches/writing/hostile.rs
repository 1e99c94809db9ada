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
    let waits = std::thread::scope(|scope| {
        for (_, attack) in ATTACKS {
            let (desk, done, is_over) = (&desk, &done, &is_over);
            for number in 0..2 {
                scope.spawn(move || attack_with(desk, attack, number, (done, is_over)));
            }
        }
        scope.spawn(|| fill(&folder.join("items/city"), &is_over));
        let waits = decide(&desk, &stories, time);
        is_over.store(true, Ordering::Relaxed);
        waits
    });
    let mut waits = waits?;
    waits.sort_unstable();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize);
    let milliseconds = |wait: Option<&Duration>| wait.map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    println!(
        "\nwithhold beside {} hostile writers and a folder that grows: {:.1} ms (median), {:.1} ms (99 of 100), {:.1} ms (the \
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

/// Copies many stories at once into the folder that the server follows.
fn fill(section: &Path, is_over: &AtomicBool) -> std::io::Result<()> {
    let mut number = 0;
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..FOLDER_STORIES {
            let story = section.join(format!("file-{number}"));
            std::fs::create_dir_all(&story)?;
            let front = format!("headline = \"File {number}\"\npublished = 2025-02-28T09:00:00Z\n");
            let text = format!("+++\n{front}+++\n{}\n", "Words of a story. ".repeat(200));
            std::fs::write(story.join("article.md"), text)?;
            number += 1;
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
