//! How many articles a second the write API takes from eight writers, each acknowledged when it is on disk, beside what the
//! store alone does with the same transactions one after the other: `cargo bench --bench writing`. Both are measured in
//! turns on the same disk. The server runs in this process, with the constructor of the program.
//!
//! Then how long a `withhold` waits beside writers who mean harm: each sends, as fast as it is answered, as much as the
//! limits let through of what costs most, by the API and by the folder.

#[path = "support/desk.rs"]
mod desk;
#[path = "writing/hostile.rs"]
mod hostile;

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use clap::Parser;
use courant::item::file::FileLookup;
use courant::item::json as item_json;
use courant::server::{Journal, Server as Courant};
use courant::store::{Change, Expected, Store};
use serde_json::{Map, Value, json};

use desk::{Desk, Result, post, prepare};

/// Measures writes with durable acknowledgement.
#[derive(Debug, Parser)]
struct Options {
    /// How many write at once
    #[arg(long, default_value_t = 8)]
    writers: usize,
    /// How long each round lasts
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Where the stores lie; the disk is what is measured
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let time = Duration::from_secs_f64(options.seconds);
    let temporary = tempfile::tempdir()?;
    let folder = options.folder.as_deref().unwrap_or(temporary.path());
    println!("writes a second, each on disk before it is acknowledged\n");
    println!(
        "{:>5}  {:>12}  {:>10}  {:>5}",
        "round", "write API", "store alone", "ratio"
    );
    let mut ratios = Vec::new();
    for round in 1..=options.rounds {
        let by_api = by_api(&folder.join(format!("api-{round}")), options.writers, time)?;
        let alone = alone(&folder.join(format!("store-{round}")), time)?;
        ratios.push(by_api / alone);
        println!(
            "{round:>5}  {by_api:>12.0}  {alone:>10.0}  {:>5.2}",
            by_api / alone
        );
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(0.0);
    println!("\nmedian ratio {median:.2} ({} writers)", options.writers);
    hostile::run(&folder.join("hostile"), time)
}

/// 2025-02-28T09:00:00Z, in seconds since 1970.
const FIRST_PUBLISHED: u64 = 1_740_733_200;

/// A story, published a second after the one of the number before.
fn story(number: u64) -> Map<String, Value> {
    let text = "A paragraph of a story, as long as they are. ".repeat(40);
    let published =
        DateTime::<Utc>::from(UNIX_EPOCH + Duration::from_secs(FIRST_PUBLISHED + number));
    let story = json!({
        "headline": format!("Story {number}"),
        "published": published.to_rfc3339(),
        "authors": ["Ada Wells"],
        "tags": ["bridges"],
        "captions": [{"text": format!("Caption {number}"), "credit": "Lin Mu"}],
        "body": text,
    });
    story.as_object().cloned().unwrap_or_default()
}

fn by_api(folder: &Path, writers: usize, time: Duration) -> Result<f64> {
    let desk = Desk::start(folder)?;
    let number = AtomicU64::new(0);
    let done = AtomicU64::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let write = || -> Result<()> {
            let mut stream = TcpStream::connect(desk.address)?;
            let to = ("/api/v1/articles", desk.token.as_str());
            stream.set_nodelay(true)?;
            while began.elapsed() < time {
                let mut story = story(number.fetch_add(1, Ordering::Relaxed));
                story.insert("section".to_owned(), json!("city"));
                let body = Value::Object(story).to_string();
                post(&mut stream, to, "application/json", body.as_bytes())?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let all: Vec<_> = (0..writers).map(|_| scope.spawn(write)).collect();
        all.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|_| Err("a writer panicked".into()))
        })
    })?;
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    desk.stop()?;
    Ok(rate)
}

fn alone(folder: &Path, time: Duration) -> Result<f64> {
    let running = prepare(folder)?;
    // What the folder says of the publication is brought in, and the server is gone.
    drop(Courant::open(
        &running,
        Arc::new(Utc::now),
        Arc::new(Journal::silent()),
    )?);
    let store = Store::open_at(&running.store, Utc::now())?;
    let nothing = |name: &str| {
        Err(courant::item::PhotographError::Missing {
            name: name.to_owned(),
        })
    };
    let mut done = 0_u64;
    let began = Instant::now();
    while began.elapsed() < time {
        let parsed = item_json::parse(&story(done), &FileLookup::photographs_only(&nothing));
        let article = parsed.article.ok_or("the story is refused")?;
        let slug = format!("story-{done}");
        let change = Change::write(article, "city", &slug, Expected::Absent);
        for outcome in store.apply(&Utc::now, "bench", &[change])? {
            outcome?;
        }
        done += 1;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}
