//! How soon readers see what the desk was told is done, with ten thousand feeds live and readers polling at full load:
//! `cargo bench --bench visible`. The server runs in this process with the constructor of the program, so that "done" is
//! the return of apply. With `-- --memory` instead what keeping ten thousand feeds in all formats and codings takes: then
//! it is the program itself, with nothing beside it in its process.

#[path = "serving/histogram.rs"]
mod histogram;
#[path = "serving/load.rs"]
mod load;
#[path = "visible/memory.rs"]
mod memory;
#[path = "support/paper.rs"]
mod paper;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use chrono::Utc;
use clap::Parser;
use courant::config::{Cdn, Limits};
use courant::http::Site;
use courant::item::{Id, Line};
use courant::publication::Selection;
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::server::{Journal, Options as Running, Server as Courant};
use courant::store::{Change, Origin, Store, TouchKey};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use histogram::Histogram;
use load::{Chance, Load};
use paper::Shape;
use server::{BASE, Client, Server};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Between two changes, in which readers find everything else unchanged.
const BETWEEN: Duration = Duration::from_millis(20);

const READERS: usize = 64;

/// Measures how soon a change is visible.
#[derive(Debug, Parser)]
struct Options {
    /// How many feeds are live: those of tags
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    feeds: u32,
    /// How long readers poll and the desk works
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Measure what it takes to keep all feeds in three formats and four codings
    #[arg(long)]
    memory: bool,
    /// Keep paper and store here for the next run
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The program that brings the paper in
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_courant"))]
    program: PathBuf,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (folder, _temporary) = paper::folder(options.folder.as_deref())?;
    prepare(&options, &folder)?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\n{threads} processors, load {load} at the start");
    if options.memory {
        let store = Store::open_beside(&folder.join("data"))?;
        let paths = paths(&tags(&store)?, &Format::ALL);
        drop(store);
        return memory::keep_all(&options.program, &folder, &paths);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let running = Running {
        items: None,
        store: courant::store::StorePlace::in_folder(&folder.join("data")),
        base: BaseUrl::parse(BASE)?,
        allow_mass_removal: false,
        cdn: Cdn::default(),
        rate_limit: None,
        limits: Limits::default(),
    };
    let journal = Arc::new(Journal::silent());
    let server = Courant::open(&running, Arc::new(Utc::now), journal)?;
    let site = Arc::clone(server.site());
    let (stop, stopped) = oneshot::channel::<()>();
    let (public, operations) = runtime.block_on(async {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Ok::<_, std::io::Error>((TcpListener::bind(any).await?, TcpListener::bind(any).await?))
    })?;
    let address = public.local_addr()?;
    let served = runtime.spawn(server.run(public, operations, async {
        let _ = stopped.await;
    }));
    Desk::of(&site)?.change(address, options.seconds)?;
    let _ = stop.send(());
    runtime.block_on(served)??;
    Ok(())
}

/// Writes the paper and has the program bring it in.
fn prepare(options: &Options, folder: &Path) -> Result<()> {
    let mark = folder.join(format!("store-of-{}", options.feeds));
    if mark.exists() {
        return Ok(());
    }
    let feeds = options.feeds as usize;
    let shape = Shape {
        articles: feeds * 2,
        sections: 20,
        body_bytes: 2_000,
        captions: 0,
        tags: feeds as u64,
        main_feed: "[\"articles\"]",
    };
    eprintln!("making a paper of {} articles", shape.articles);
    shape.write(&folder.join("items"), &AtomicUsize::new(0))?;
    let mut server = Server::start(&options.program, folder)?;
    server.first_answer("/feed.rss", None)?;
    server.stop()?;
    fs::write(mark, "")?;
    Ok(())
}

/// The slugs of all tags.
fn tags(store: &Store) -> Result<BTreeSet<String>> {
    let mut tags = BTreeSet::new();
    for (id, _) in store.files()?.into_values() {
        let story = store.article(id)?.ok_or("a story is lost")?;
        tags.extend(story.tags.into_iter().map(|tag| tag.slug));
    }
    Ok(tags)
}

/// Where their feeds are.
fn paths(tags: &BTreeSet<String>, formats: &[Format]) -> Vec<String> {
    let of = |tag: &String| {
        let subject = Subject::Tag(tag.clone());
        let feed = |format: &Format| Resource::Feed(subject.clone(), *format).to_string();
        formats.iter().map(feed).collect::<Vec<_>>()
    };
    tags.iter().flat_map(of).collect()
}

/// Who changes stories.
struct Desk<'s> {
    site: &'s Site,
    stories: Vec<(Id, Origin)>,
}

impl<'s> Desk<'s> {
    fn of(site: &'s Site) -> Result<Self> {
        Ok(Self {
            site,
            stories: site.store().files()?.into_values().collect(),
        })
    }

    /// Changes stories one after the other while readers ask for all feeds.
    fn change(&self, address: SocketAddr, seconds: f64) -> Result<()> {
        let paths = paths(&tags(self.site.store())?, &[Format::Rss]);
        let ask = |path: &String| {
            format!("GET {path} HTTP/1.1\r\nHost: paper.example\r\nAccept-Encoding: gzip\r\n\r\n")
                .into_bytes()
        };
        let requests: Vec<Vec<u8>> = paths.iter().map(ask).collect();
        // Once, so that all are live.
        let mut client = Client::new(address);
        for path in &paths {
            client.ask_with(path, "Accept-Encoding: gzip\r\n")?;
        }
        let load = Load {
            address,
            requests: &requests,
            status: 200,
            connections: READERS,
            warm: Duration::from_millis(500),
            measured: Duration::from_secs_f64(seconds),
        };
        let before = self.site.counters().renders();
        let began = self.site.store().position().seq;
        let mut latencies = Histogram::default();
        let (mut changes, mut touched) = (0, 0);
        let outcome = std::thread::scope(|scope| -> Result<load::Outcome> {
            let readers = scope.spawn(|| load.run(|| Ok(())));
            let mut chance = Chance::default();
            let mut seq = began;
            while !readers.is_finished() {
                std::thread::sleep(BETWEEN);
                latencies.add(self.change_one(changes, &mut chance, &mut client)?);
                changes += 1;
                let news = self.site.store().touched_after(seq, usize::MAX >> 1)?;
                let of_tags =
                    |key: &&TouchKey| matches!(key, TouchKey::Selection(Selection::Tag(_)));
                touched += news.keys.iter().filter(of_tags).count();
                seq = news.seq;
            }
            Ok(readers.join().map_err(|_| "the readers broke off")??)
        })?;
        let renders = self.site.counters().renders() - before;
        let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        println!(
            "{} feeds live, {READERS} readers, {changes} changes\n",
            paths.len()
        );
        println!("| | |\n|---|---|");
        println!(
            "| change acknowledged to first response with it, p50 | {} |",
            ms(latencies.quantile(0.5))
        );
        println!("| the same, p99 | {} |", ms(latencies.quantile(0.99)));
        println!(
            "| responses a second meanwhile | {:.0} |",
            outcome.requests as f64 / outcome.seconds
        );
        println!("| their p99 | {} |", ms(outcome.latencies.quantile(0.99)));
        println!("| feeds of tags touched | {touched} |");
        println!("| documents rendered | {renders} |");
        Ok(())
    }

    /// Gives one story another headline and asks for a feed that has it until it shows.
    fn change_one(
        &self,
        number: u64,
        chance: &mut Chance,
        client: &mut Client,
    ) -> Result<Duration> {
        let place = chance.below(self.stories.len());
        let (id, origin) = self.stories.get(place).ok_or("no such story")?;
        let story = self.site.store().article(*id)?.ok_or("a story is lost")?;
        let said = format!("Changed {number} at {}", Utc::now().timestamp_micros());
        let mut article = story.article;
        article.id = Some(*id);
        article.headline = Line::parse(&said).ok_or("an empty headline")?;
        let tag = story.tags.first().ok_or("a story without a tag")?;
        let path = Resource::Feed(Subject::Tag(tag.slug.clone()), Format::Rss).to_string();
        let change = Change::put(article, &story.section, &story.slug, origin.clone());
        for outcome in self.site.store().apply(&Utc::now, "desk", &[change])? {
            outcome?;
        }
        let acknowledged = Instant::now();
        loop {
            let answer = client.ask_with(&path, "")?;
            if answer.text().contains(&said) {
                return Ok(acknowledged.elapsed());
            }
            if acknowledged.elapsed() > Duration::from_secs(10) {
                return Err(format!("{path} never showed the change").into());
            }
        }
    }
}
