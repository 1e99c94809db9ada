//! The first path from end to end with a full store: `cargo bench --bench first_path`, or `-- --articles 5000` for a
//! quick look. A made-up paper in a temporary folder, the real program as a child, one table.

#[path = "support/paper.rs"]
mod paper;
#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;
use courant::http::{Coding, rendered};
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::Store;
use indicatif::{ProgressBar, ProgressStyle};

use paper::Shape;
use server::{BASE, Client, Server};

/// How often a changed feed is asked for.
const POLL: Duration = Duration::from_millis(2);

/// An edit that no feed shows after so long is lost.
const LOST: Duration = Duration::from_secs(60);

/// Between an edit seen and the next, so that each meets a server at rest.
const BETWEEN_EDITS: Duration = Duration::from_millis(150);

/// Memory at rest is read so long after the last work.
const REST: Duration = Duration::from_secs(10);

const COLD_RENDERS: usize = 20;
const WARM_RENDERS: usize = 60;
const ENCODINGS: usize = 15;

const SECTIONS: usize = 20;

const MAIN_FEED: &str = "/feed.rss";

/// The feed that is rendered: a section of articles alone, so that 50 items are 50 articles.
const RENDERED_SECTION: usize = 7;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures import, start, following and rendering with a full store.
#[derive(Debug, Parser)]
struct Options {
    /// How many articles of 5 KB the made-up paper has
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..))]
    articles: u32,
    /// How often the server is started anew
    #[arg(long, default_value_t = 7)]
    starts: usize,
    /// How many articles are edited
    #[arg(long, default_value_t = 50)]
    edits: usize,
    /// Keep the paper here for the next run; its store is made anew
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Measure another courant
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_courant"))]
    program: PathBuf,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (folder, _temporary) = paper::folder(options.folder.as_deref())?;
    let bench = Bench {
        articles: options.articles as usize,
        folder,
        options,
    };
    bench.write_paper()?;
    let mut table = Table::new(&bench);
    bench.import(&mut table)?;
    bench.start(&mut table)?;
    bench.edit(&mut table)?;
    table.print();
    bench.render()
}

struct Bench {
    articles: usize,
    folder: PathBuf,
    options: Options,
}

impl Bench {
    fn items(&self) -> PathBuf {
        self.folder.join("items")
    }

    fn shape(&self) -> Shape {
        Shape {
            articles: self.articles,
            sections: SECTIONS,
            body_bytes: 4600,
            captions: 2,
            tags: 200,
            main_feed: "[\"articles\", \"captions\"]",
        }
    }

    /// Where the newest article of `section` lies.
    fn newest_of(&self, section: usize) -> Option<String> {
        let number = (0..self.articles)
            .rev()
            .find(|number| number % SECTIONS == section)?;
        Some(self.shape().path_of(number))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn server(&self) -> Result<Server> {
        Ok(Server::start(&self.options.program, &self.folder)?)
    }

    fn write_paper(&self) -> Result<()> {
        // The mark is written last: half a paper is written anew.
        let mark = self.folder.join(format!("paper-of-{}", self.articles));
        for old in [self.data(), self.folder.join("courant.log")] {
            remove(&old)?;
        }
        if mark.exists() {
            return Ok(());
        }
        remove(&self.items())?;
        let done = AtomicUsize::new(0);
        watched(
            "writing the paper",
            self.articles,
            &|| done.load(Ordering::Relaxed),
            || self.shape().write(&self.items(), &done),
        )?;
        fs::write(mark, "")?;
        Ok(())
    }

    /// The first start: everything is in before anything is answered.
    fn import(&self, table: &mut Table) -> Result<()> {
        let mut server = self.server()?;
        let data = self.data();
        let imported = || position(&data);
        let seconds = watched(
            "first start",
            self.articles,
            &imported,
            || -> Result<f64> {
                let answer = server.first_answer(MAIN_FEED, None)?;
                if answer.status != 200 {
                    return Err(format!("the first answer was {}", answer.status).into());
                }
                Ok(server.started.elapsed().as_secs_f64())
            },
        )?;
        let found = position(&data);
        if found < self.articles {
            return Err(format!("{found} of {} articles came in", self.articles).into());
        }
        table.row("first start, until it answers", format!("{seconds:.1} s"));
        let rate = self.articles as f64 / seconds;
        table.row("import", format!("{rate:.0} articles/s"));
        let work = server.processor()?.as_secs_f64();
        table.row("import, processor time", format!("{work:.1} s"));
        table.row("import, peak memory", mib(server.memory("VmHWM")?));
        let size = disk(&data)?;
        table.row("store on disk", mib(size));
        server.stop()?;
        Ok(())
    }

    /// Later starts: the store is full and answers at once, the folder is looked at behind the open port.
    fn start(&self, table: &mut Table) -> Result<()> {
        let server = self.server()?;
        let etag = etag_of(&mut Client::new(server.public), MAIN_FEED)?;
        server.stop()?;
        let mut times = Vec::new();
        let bar = bar("starts", self.options.starts);
        for _ in 0..self.options.starts {
            let mut server = self.server()?;
            let answer = server.first_answer(MAIN_FEED, Some(&etag))?;
            if answer.status != 304 {
                return Err(format!("a start answered {} to the old tag", answer.status).into());
            }
            times.push(server.started.elapsed());
            server.stop()?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let slowest = times.iter().max().copied().unwrap_or_default();
        table.row(
            "start with a full store, until the first 304, median",
            ms(quantile(&mut times, 0.5)),
        );
        table.row("the slowest of them", ms(slowest));
        Ok(())
    }

    fn edit(&self, table: &mut Table) -> Result<()> {
        let server = self.server()?;
        let mut client = Client::new(server.public);
        etag_of(&mut client, MAIN_FEED)?;
        let at_start = self.change(&mut client, 0)?;
        server.await_look()?;
        table.row(
            "look at the whole folder behind the open port, from the start",
            ms(server.started.elapsed()),
        );
        sleep(REST);
        let before = server.processor()?;
        sleep(REST);
        let idle = server.processor()?.saturating_sub(before).as_secs_f64() / REST.as_secs_f64();
        table.row("memory at rest", mib(server.memory("VmRSS")?));
        table.row("peak memory since the start", mib(server.memory("VmHWM")?));
        table.row("processor at rest", format!("{:.1} %", idle * 100.0));
        let mut times = Vec::new();
        let bar = bar("edits", self.options.edits);
        for number in 0..self.options.edits {
            sleep(BETWEEN_EDITS);
            times.push(self.change(&mut client, number)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        table.row(
            "file saved to feed changed, p50",
            ms(quantile(&mut times, 0.5)),
        );
        table.row(
            "file saved to feed changed, p99",
            ms(quantile(&mut times, 0.99)),
        );
        table.row("the same right after the start", ms(at_start));
        server.stop()?;
        Ok(())
    }

    /// Saves an article with a new paragraph and asks for its section's feed until that has changed.
    fn change(&self, client: &mut Client, number: usize) -> Result<Duration> {
        let section = number % SECTIONS;
        let feed = format!("/sections/{}.rss", paper::section_slug(section));
        let path = self.newest_of(section).ok_or("a section is empty")?;
        let file = self.items().join(path).join("article.md");
        let etag = etag_of(client, &feed)?;
        let text = fs::read_to_string(&file)?;
        let said = format!("Saved {}.", chrono::Utc::now().to_rfc3339());
        // The last paragraph is replaced, so that a kept paper does not grow from run to run.
        let kept = text.split("\n\nSaved ").next().unwrap_or(&text).trim_end();
        fs::write(&file, format!("{kept}\n\n{said}\n"))?;
        let saved = Instant::now();
        loop {
            let answer = client.ask(&feed, Some(&etag))?;
            if answer.status == 200 && answer.text().contains(&said) {
                return Ok(saved.elapsed());
            }
            if saved.elapsed() > LOST {
                return Err(format!("{feed} never showed the edit").into());
            }
            sleep(POLL);
        }
    }

    fn render(&self) -> Result<()> {
        let base = BaseUrl::parse(BASE)?;
        let warm_store = Store::open_beside(&self.data())?;
        println!(
            "\n{:<8}{:>11}{:>12}{:>12}  {:>22}{:>22}{:>22}",
            "50 items", "size", "cold", "warm", "gzip", "zstd", "br"
        );
        let section = || Subject::Section(paper::section_slug(RENDERED_SECTION));
        let feeds = Format::ALL.map(|format| {
            let resource = Resource::Feed(section(), format);
            (format.extension(), resource)
        });
        let pages = [
            ("front", Resource::Page(Subject::Publication)),
            ("section", Resource::Page(section())),
        ];
        for (name, resource) in feeds.into_iter().chain(pages) {
            self.render_one(&warm_store, &base, name, &resource)?;
        }
        println!(
            "cold: a store opened for the one document, the system's cache of the file warm; medians"
        );
        Ok(())
    }

    /// Renders a feed or a page again and again, and prints a line.
    fn render_one(
        &self,
        store: &Store,
        base: &BaseUrl,
        name: &str,
        resource: &Resource,
    ) -> Result<()> {
        let mut cold = repeated(COLD_RENDERS, || {
            let store = Store::open_beside(&self.data())?;
            rendered(&store, base, resource)?;
            Ok(())
        })?;
        let mut warm = repeated(WARM_RENDERS, || {
            rendered(store, base, resource)?;
            Ok(())
        })?;
        let made = rendered(store, base, resource)?;
        let body = made.body().ok_or("there is no such document")?;
        print!(
            "{name:<8}{:>11}{:>12}{:>12}  ",
            kib(body.len()),
            ms(quantile(&mut cold, 0.5)),
            ms(quantile(&mut warm, 0.5))
        );
        for coding in [Coding::Gzip, Coding::Zstd, Coding::Brotli] {
            let mut times = repeated(ENCODINGS, || {
                coding.encode(body)?;
                Ok(())
            })?;
            let size = kib(coding.encode(body)?.len());
            print!(
                "{:>22}",
                format!("{} {size}", ms(quantile(&mut times, 0.5)))
            );
        }
        println!();
        Ok(())
    }
}

/// The rows, printed when all are known.
struct Table {
    title: String,
    rows: Vec<(&'static str, String)>,
}

impl Table {
    fn new(bench: &Bench) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("?").to_owned();
        Self {
            title: format!(
                "{} articles, {threads} processors, load {load} at the start",
                bench.articles
            ),
            rows: Vec::new(),
        }
    }

    fn row(&mut self, what: &'static str, value: String) {
        if std::io::stderr().is_terminal() {
            eprintln!("{what}: {value}");
        }
        self.rows.push((what, value));
    }

    fn print(&self) {
        println!("\n{}", self.title);
        for (what, value) in &self.rows {
            println!("  {what:<62}{value:>16}");
        }
    }
}

/// Runs `work` with a bar that asks `done` how far it is.
fn watched<T: Send>(
    what: &'static str,
    total: usize,
    done: &(dyn Fn() -> usize + Sync),
    work: impl FnOnce() -> T + Send,
) -> T {
    let bar = bar(what, total);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !ended.load(Ordering::Acquire) {
                bar.set_position(done() as u64);
                std::thread::park_timeout(Duration::from_secs(1));
            }
        });
        let result = work();
        ended.store(true, Ordering::Release);
        watcher.thread().unpark();
        bar.finish_and_clear();
        result
    })
}

fn bar(what: &'static str, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(what);
    if let Ok(style) =
        ProgressStyle::with_template("{msg:>18} {bar:32} {human_pos}/{human_len} {elapsed}")
    {
        bar.set_style(style);
    }
    bar
}

/// How far the log has come; nothing while there is no store yet.
fn position(data: &Path) -> usize {
    let store = Store::open_beside(data);
    store.map_or(0, |store| {
        usize::try_from(store.position().seq).unwrap_or(usize::MAX)
    })
}

fn etag_of(client: &mut Client, path: &str) -> Result<String> {
    let answer = client.ask(path, None)?;
    answer
        .etag
        .ok_or_else(|| format!("{path} gave {} and no tag", answer.status).into())
}

fn repeated(times: usize, mut work: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    let timed = |_| {
        let started = Instant::now();
        work()?;
        Ok(started.elapsed())
    };
    (0..times).map(timed).collect()
}

fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let place = (times.len() as f64 * share) as usize;
    let place = place.min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or_default()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

fn disk(path: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let found = entry.metadata()?;
        bytes += if found.is_dir() {
            disk(&entry.path())?
        } else {
            found.len()
        };
    }
    Ok(bytes)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / 1024.0 / 1024.0)
}

fn kib(bytes: usize) -> String {
    format!("{:.0} KiB", bytes as f64 / 1024.0)
}
