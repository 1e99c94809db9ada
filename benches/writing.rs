//! How many articles a second the write API takes from eight writers, each acknowledged when it is on disk, beside what the
//! store alone does with the same transactions one after the other: `cargo bench --bench writing`. Both are measured in
//! turns on the same disk. The server runs in this process, with the constructor of the program.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use clap::Parser;
use courant::config::{Cdn, Limits};
use courant::item::json as item_json;
use courant::resource::BaseUrl;
use courant::server::{Journal, Options as Running, Server as Courant};
use courant::store::{Change, Expected, Scope, Store, Tokens};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PUBLICATION: &str = "title = \"The Courier\"\nlanguage = \"en\"\n\n\
    [[sections]]\nslug = \"city\"\ntitle = \"City\"\n";

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
    Ok(())
}

fn story(number: u64) -> Map<String, Value> {
    let text = "A paragraph of a story, as long as they are. ".repeat(40);
    let story = json!({
        "headline": format!("Story {number}"),
        "published": "2025-02-28T09:00:00Z",
        "authors": ["Ada Wells"],
        "tags": ["bridges"],
        "captions": [{"text": format!("Caption {number}"), "credit": "Lin Mu"}],
        "body": text,
    });
    story.as_object().cloned().unwrap_or_default()
}

/// A store with its section, as the folder of items makes it.
fn prepare(folder: &Path) -> Result<()> {
    let items = folder.join("items");
    fs::create_dir_all(&items)?;
    fs::write(items.join("publication.toml"), PUBLICATION)?;
    Ok(())
}

fn running(folder: &Path) -> Result<Running> {
    Ok(Running {
        items: Some(folder.join("items")),
        data: folder.join("data"),
        base: BaseUrl::parse("https://courier.example.org")?,
        allow_mass_removal: false,
        cdn: Cdn::default(),
        rate_limit: None,
        limits: Limits::default(),
    })
}

fn by_api(folder: &Path, writers: usize, time: Duration) -> Result<f64> {
    prepare(folder)?;
    let mut tokens = Tokens::open(&folder.join("data"), Utc::now())?;
    let token = tokens.create("bench", &Scope::Desk, None, Utc::now())?;
    drop(tokens);
    let runtime = tokio::runtime::Runtime::new()?;
    let journal = Arc::new(Journal::silent());
    let server = Courant::open(&running(folder)?, Arc::new(Utc::now), journal)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let (public, operations) = runtime.block_on(async {
        Ok::<_, std::io::Error>((TcpListener::bind(any).await?, TcpListener::bind(any).await?))
    })?;
    let address = public.local_addr()?;
    let served = runtime.spawn(server.run(public, operations, async {
        let _ = stopped.await;
    }));
    let number = AtomicU64::new(0);
    let done = AtomicU64::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let write = || -> Result<()> {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            while began.elapsed() < time {
                let mut story = story(number.fetch_add(1, Ordering::Relaxed));
                story.insert("section".to_owned(), json!("city"));
                let body = Value::Object(story).to_string();
                let head = format!(
                    "POST /api/v1/articles HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes())?;
                answered(&mut stream)?;
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
    let _ = stop.send(());
    runtime.block_on(served)??;
    Ok(rate)
}

/// Reads an answer whole, and wants it to be a 201.
fn answered(stream: &mut TcpStream) -> Result<()> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err("the server left".into());
        }
        bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_lowercase();
        if !head.starts_with("http/1.1 201") {
            return Err(String::from_utf8_lossy(&bytes).into());
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap_or("0").trim().parse()?;
        if bytes.len() >= end + 4 + length {
            return Ok(());
        }
    }
}

fn alone(folder: &Path, time: Duration) -> Result<f64> {
    prepare(folder)?;
    // What the folder says of the publication is brought in, and the server is gone.
    drop(Courant::open(
        &running(folder)?,
        Arc::new(Utc::now),
        Arc::new(Journal::silent()),
    )?);
    let store = Store::open(&folder.join("data"), Utc::now())?;
    let nothing = |name: &str| {
        Err(courant::item::PhotographError::Missing {
            name: name.to_owned(),
        })
    };
    let mut done = 0_u64;
    let began = Instant::now();
    while began.elapsed() < time {
        let parsed = item_json::parse(&story(done), &nothing);
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
