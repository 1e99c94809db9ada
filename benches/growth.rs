//! What must not grow with the paper, measured with a small store and a large one in turn: `cargo bench --bench growth`,
//! or `-- --articles 1000000` for the largest that is meant.
//!
//! In every round each of the two answers once, one right after the other, so that what else the machine does falls on
//! both alike. What it takes on disk is about 10 KB for each article.

#[path = "support/filled.rs"]
mod filled;
#[path = "support/paper.rs"]
#[allow(dead_code)]
mod paper;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use clap::Parser;
use courant::feed::{Entries, Feed, Source};
use courant::http::Site;
use courant::item::Id;
use courant::publication::{Publication, Selection};
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::{Store, WriteQueue};
use http::{Request, StatusCode, header};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;

use paper::Shape;

const BASE: &str = "https://paper.example";

/// The paper that the large one is compared with.
const SMALL: u32 = 1_000;

/// Rounds before the clock counts.
const WARM_UP: usize = 10;

/// A request takes microseconds: this many are one measure.
const REQUESTS: u32 = 1_000;

/// More than the one feed takes that is asked for.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// The section that is asked for; both papers have 50 articles in it at least.
const SECTION: usize = 7;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures a small store and a large one side by side.
#[derive(Debug, Parser)]
struct Options {
    /// How many articles the large paper has
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(2_000..))]
    articles: u32,
    /// How often each measure is taken
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..))]
    rounds: u32,
    /// Keep the stores here for the next run
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let temporary = tempfile::tempdir()?;
    let folder = options.folder.as_deref().unwrap_or(temporary.path());
    let small = filled_store(folder, SMALL)?;
    let large = filled_store(folder, options.articles)?;
    let rounds = options.rounds as usize;
    let mut table = Table::new(&small, &large)?;
    table.row(
        "start-up: the store opened",
        start_up(&small, &large, rounds)?,
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut stands = [
        Stand::open(&small, &runtime)?,
        Stand::open(&large, &runtime)?,
    ];
    let window = measured(&mut stands, rounds, |stand| {
        black_box(stand.store.window(&stand.section)?);
        Ok(1)
    })?;
    table.row("the newest 50 of a section", window);
    let onward = measured(&mut stands, rounds, |stand| {
        black_box(stand.store.onward(stand.article)?);
        Ok(1)
    })?;
    table.row("the stories behind an article of it", onward);
    for format in Format::ALL {
        let document = measured(&mut stands, rounds, |stand| {
            black_box(stand.document(format)?);
            Ok(1)
        })?;
        table.row(
            match format {
                Format::Rss => "that section's feed from the store, RSS",
                Format::Atom => "the same, Atom",
                Format::Json => "the same, JSON Feed",
            },
            document,
        );
    }
    let conditional = measured(&mut stands, rounds, |stand| {
        for _ in 0..REQUESTS {
            let status = stand.ask(&runtime, Some(&stand.etag))?;
            if status != StatusCode::NOT_MODIFIED {
                return Err(format!("a conditional request got {status}").into());
            }
        }
        Ok(REQUESTS)
    })?;
    table.row("a conditional request through Site", conditional);
    table.print();
    Ok(())
}

/// A store with a paper of that size, kept from the last run or filled anew.
fn filled_store(folder: &Path, articles: u32) -> Result<PathBuf> {
    let data = folder.join(format!("store-of-{articles}"));
    // The mark is written last: half a store is filled anew.
    let mark = folder.join(format!("filled-{articles}"));
    if mark.exists() {
        return Ok(data);
    }
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    let shape = Shape {
        articles: articles as usize,
        sections: 20,
        body_bytes: 2_000,
        captions: 1,
        tags: 200,
        main_feed: "[\"articles\"]",
    };
    let bar = ProgressBar::new(u64::from(articles)).with_message("filling");
    if let Ok(style) =
        ProgressStyle::with_template("{msg:>10} {bar:32} {human_pos}/{human_len} {elapsed}")
    {
        bar.set_style(style);
    }
    let store = Store::open(&data, Utc::now())?;
    filled::fill(&store, &shape, BASE, &|done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    drop(store);
    fs::write(mark, "")?;
    Ok(data)
}

/// What took how long with the small store and with the large one.
type Pair = [Duration; 2];

/// Opens each store anew; the operating system has its files at hand.
fn start_up(small: &Path, large: &Path, rounds: usize) -> Result<Pair> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (place, data) in [small, large].into_iter().enumerate() {
            let started = Instant::now();
            let store = Store::open(data, Utc::now())?;
            black_box(store.position());
            times[place].push(started.elapsed());
        }
    }
    Ok(times.map(median))
}

/// A store that is open, with everything to ask it.
struct Stand {
    store: Arc<Store>,
    site: Arc<Site>,
    base: BaseUrl,
    publication: Arc<Publication>,
    section: Selection,
    /// The oldest that stands in the window: what is before it lies in closed segments.
    article: Id,
    subject: Subject,
    path: String,
    etag: String,
}

impl Stand {
    fn open(data: &Path, runtime: &Runtime) -> Result<Self> {
        let store = Arc::new(Store::open(data, Utc::now())?);
        let base = BaseUrl::parse(BASE)?;
        let slug = paper::section_slug(SECTION);
        let subject = Subject::Section(slug.clone());
        let writes = WriteQueue::new(Arc::clone(&store), Arc::new(Utc::now), Box::new(|_| {}));
        let site = Site::new(
            Arc::new(writes),
            base.clone(),
            CACHE_BYTES,
            Box::new(|path, error| eprintln!("{path}: {error}")),
        );
        let section = Selection::Section(slug);
        let window = store.window(&section)?;
        let oldest = window.articles.last().ok_or("an empty section")?;
        let mut stand = Self {
            article: oldest.state.id,
            publication: store.publication()?,
            path: Resource::Feed(subject.clone(), Format::Rss).to_string(),
            section,
            etag: String::new(),
            site: Arc::new(site),
            store,
            base,
            subject,
        };
        let answer = runtime.block_on(Arc::clone(&stand.site).respond(stand.request(None)?));
        let etag = answer.headers().get(header::ETAG);
        stand.etag = etag.ok_or("no ETag")?.to_str()?.to_owned();
        Ok(stand)
    }

    fn request(&self, etag: Option<&str>) -> Result<Request<()>> {
        let mut request = Request::get(&self.path).header(header::HOST, "paper.example");
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        Ok(request.body(())?)
    }

    fn ask(&self, runtime: &Runtime, etag: Option<&str>) -> Result<StatusCode> {
        let request = self.request(etag)?;
        let answer = runtime.block_on(Arc::clone(&self.site).respond(request));
        Ok(answer.status())
    }

    fn document(&self, format: Format) -> Result<Vec<u8>> {
        let window = self.store.window(&self.section)?;
        let source = Source {
            publication: &self.publication,
            base: &self.base,
        };
        let feed = Feed::at(
            source,
            self.subject.clone(),
            &self.section,
            None,
            &window,
            &mut Entries::none(),
        );
        if feed.entries.len() != 50 {
            return Err(format!("the feed has {} items", feed.entries.len()).into());
        }
        Ok(feed.render(format))
    }
}

/// The medians of `work` with the two stands in turn; it says how much of what is measured it did.
fn measured(
    stands: &mut [Stand; 2],
    rounds: usize,
    work: impl Fn(&Stand) -> Result<u32>,
) -> Result<Pair> {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..WARM_UP + rounds {
        for (stand, times) in stands.iter().zip(&mut times) {
            let started = Instant::now();
            let done = work(stand)?;
            if round >= WARM_UP {
                times.push(started.elapsed() / done);
            }
        }
    }
    Ok(times.map(median))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

struct Table {
    sizes: [String; 2],
    disk: [u64; 2],
    rows: Vec<(&'static str, Pair)>,
}

impl Table {
    fn new(small: &Path, large: &Path) -> Result<Self> {
        let articles = |data: &Path| -> String {
            let name = data.file_name().unwrap_or_default().to_string_lossy();
            name.trim_start_matches("store-of-").to_owned()
        };
        Ok(Self {
            sizes: [articles(small), articles(large)],
            disk: [disk(small)?, disk(large)?],
            rows: Vec::new(),
        })
    }

    fn row(&mut self, what: &'static str, pair: Pair) {
        self.rows.push((what, pair));
    }

    fn print(&self) {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("?").to_owned();
        println!("\n{threads} processors, load {load} at the end; medians, the two in turn");
        println!(
            "  {:<44}{:>12}{:>12}{:>8}",
            "articles", self.sizes[0], self.sizes[1], "ratio"
        );
        for (what, [small, large]) in &self.rows {
            let ratio = large.as_secs_f64() / small.as_secs_f64();
            println!(
                "  {what:<44}{:>12}{:>12}{ratio:>8.2}",
                spelled(*small),
                spelled(*large)
            );
        }
        let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / 1024.0 / 1024.0);
        println!(
            "  {:<44}{:>12}{:>12}",
            "the store on disk",
            mib(self.disk[0]),
            mib(self.disk[1])
        );
    }
}

fn spelled(time: Duration) -> String {
    if time < Duration::from_micros(100) {
        format!("{:.2} µs", time.as_secs_f64() * 1e6)
    } else {
        format!("{:.2} ms", time.as_secs_f64() * 1e3)
    }
}

fn disk(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
