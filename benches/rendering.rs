//! Rendering a feed of 50 items with full Chinese text beside other people's libraries: `cargo bench --bench rendering`.
//!
//! Everybody gets the same fields and gives one document. In every round each builds each of its formats once, in turn,
//! so that what else the machine does falls on all alike; the ratios are to be trusted before the times.
//! `benches/rendering/install` puts the peers of PyPI and npm into target/; without it they are left out.

#[path = "rendering/bare.rs"]
mod bare;
#[path = "rendering/fields.rs"]
mod fields;
#[path = "support/filled.rs"]
mod filled;
#[path = "support/paper.rs"]
#[allow(dead_code)]
mod paper;
#[path = "rendering/peer.rs"]
mod peer;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use clap::Parser;
use courant::feed::{Entries, Feed, Source};
use courant::http::{TextCache, rendered_with};
use courant::publication::Selection;
use courant::resource::{BaseUrl, Format, Resource, Subject};
use courant::store::Store;

use fields::Fields;
use paper::Shape;
use peer::Peer;

const BASE: &str = "https://paper.example";

/// For entries that are kept: more than fifty take.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Rounds before the clock counts: peers that compile while they run are as fast as they get.
const WARM_UP: usize = 30;

/// About 150 KB of RSS: what a paper sends that gives its texts whole.
const SHAPE: Shape = Shape {
    articles: 60,
    sections: 1,
    body_bytes: 2_000,
    captions: 1,
    tags: 200,
    main_feed: "[\"articles\"]",
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures rendering beside other libraries.
#[derive(Debug, Parser)]
struct Options {
    /// How often each builds each document
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(5..))]
    rounds: u32,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// Somebody who makes a document of the fields.
trait Maker {
    fn name(&self) -> &'static str;
    /// What the others' documents have and this one's do not.
    fn lacks(&self) -> &'static str;
    fn makes(&self, format: Format) -> bool;
    fn make(&mut self, format: Format) -> Result<Made>;
    /// The document itself, to be read back.
    fn show(&mut self, format: Format) -> Result<String>;
}

/// How long a document took, and how long it is.
struct Made {
    time: Duration,
    bytes: usize,
}

fn timed(build: impl FnOnce() -> Vec<u8>) -> Made {
    let started = Instant::now();
    let document = black_box(build());
    Made {
        time: started.elapsed(),
        bytes: document.len(),
    }
}

/// Courant from the store: reading, Markdown and all.
struct FromStore<'a> {
    store: &'a Store,
    base: BaseUrl,
    /// Entries that earlier documents made; one of fifty items changes before each document then.
    kept: Option<TextCache>,
    revisions: u64,
}

impl FromStore<'_> {
    fn document(&self, format: Format) -> Result<Vec<u8>> {
        let made = rendered_with(
            self.store,
            &self.base,
            self.kept.as_ref(),
            &Resource::Feed(Subject::Publication, format),
        )?;
        Ok(made.body().ok_or("there is no such feed")?.to_vec())
    }
}

impl Maker for FromStore<'_> {
    fn name(&self) -> &'static str {
        match self.kept {
            None => "Courant, from the store",
            Some(_) => "Courant, from the store, one item changed",
        }
    }

    fn lacks(&self) -> &'static str {
        "nothing; reads the store and renders Markdown as well"
    }

    fn makes(&self, _format: Format) -> bool {
        true
    }

    fn make(&mut self, format: Format) -> Result<Made> {
        if self.kept.is_some() {
            // Before the clock: what a write costs is measured elsewhere.
            self.revisions += 1;
            filled::revise(self.store, &SHAPE, 0, self.revisions)?;
        }
        let started = Instant::now();
        let document = black_box(self.document(format)?);
        Ok(Made {
            time: started.elapsed(),
            bytes: document.len(),
        })
    }

    fn show(&mut self, format: Format) -> Result<String> {
        Ok(String::from_utf8(self.document(format)?)?)
    }
}

/// Courant from the same fields as the others.
struct FromFields<'a>(&'a Feed);

impl Maker for FromFields<'_> {
    fn name(&self) -> &'static str {
        "Courant"
    }

    fn lacks(&self) -> &'static str {
        "nothing"
    }

    fn makes(&self, _format: Format) -> bool {
        true
    }

    fn make(&mut self, format: Format) -> Result<Made> {
        Ok(timed(|| self.0.render(format)))
    }

    fn show(&mut self, format: Format) -> Result<String> {
        Ok(String::from_utf8(self.0.render(format))?)
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path(), chrono::Utc::now())?;
    filled::fill(&store, &SHAPE, BASE, &|_| {})?;
    let base = BaseUrl::parse(BASE)?;
    let publication = store.publication()?;
    let window = store.window(&Selection::All)?;
    let source = Source {
        publication: &publication,
        base: &base,
    };
    let feed = Feed::at(
        source,
        Subject::Publication,
        &Selection::All,
        None,
        &window,
        &mut Entries::none(),
    );
    let fields = Fields::of(&feed);
    let file = folder.path().join("fields.json");
    fs::write(&file, serde_json::to_vec(&fields.to_json())?)?;

    let mut makers: Vec<Box<dyn Maker + '_>> = vec![
        Box::new(FromFields(&feed)),
        Box::new(FromStore {
            store: &store,
            base: base.clone(),
            kept: None,
            revisions: 0,
        }),
        Box::new(FromStore {
            store: &store,
            base: base.clone(),
            kept: Some(TextCache::new(CACHE_BYTES)),
            revisions: 0,
        }),
        Box::new(bare::Bare(&fields)),
    ];
    let mut absent = Vec::new();
    for peer in peer::PEERS {
        match Peer::start(peer, &file)? {
            Some(peer) => makers.push(Box::new(peer)),
            None => absent.push(peer.name),
        }
    }
    for maker in &mut makers {
        for format in Format::ALL {
            if maker.makes(format) {
                fields.hold(&maker.show(format)?, maker.name())?;
            }
        }
    }
    let measured = measure(&mut makers, options.rounds as usize)?;
    print(&makers, &measured, options.rounds, feed.entries.len());
    for name in absent {
        println!("{name} is left out: benches/rendering/install has not been run");
    }
    Ok(())
}

/// The times of each maker in each format, and how long its document is.
type Measured = Vec<[Option<(Vec<Duration>, usize)>; 3]>;

fn measure(makers: &mut [Box<dyn Maker + '_>], rounds: usize) -> Result<Measured> {
    let mut measured: Measured = makers.iter().map(|_| [None, None, None]).collect();
    for round in 0..WARM_UP + rounds {
        for (place, format) in Format::ALL.into_iter().enumerate() {
            for (maker, told) in makers.iter_mut().zip(&mut measured) {
                if !maker.makes(format) {
                    continue;
                }
                let made = maker.make(format)?;
                if round >= WARM_UP {
                    let (times, bytes) = told[place].get_or_insert_default();
                    times.push(made.time);
                    *bytes = made.bytes;
                }
            }
        }
    }
    Ok(measured)
}

fn print(makers: &[Box<dyn Maker + '_>], measured: &Measured, rounds: u32, items: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    println!(
        "\n{items} items, {threads} processors, load {load} at the end; medians of {rounds} rounds in turn"
    );
    println!("  {:<26}{:>9}{:>11}{:>9}", "", "ms", "size", "ratio");
    for (place, format) in Format::ALL.into_iter().enumerate() {
        println!("{}", format.name());
        let mut first = None;
        for (maker, told) in makers.iter().zip(measured) {
            let Some((times, bytes)) = &told[place] else {
                continue;
            };
            let mut times = times.clone();
            times.sort_unstable();
            let median = times[times.len() / 2].as_secs_f64() * 1000.0;
            let ratio = median / *first.get_or_insert(median);
            let kib = format!("{:.0} KiB", *bytes as f64 / 1024.0);
            println!("  {:<26}{median:>9.2}{kib:>11}{ratio:>9.2}", maker.name());
        }
    }
    println!(
        "What the documents lack that Courant's have, for the fields are those that all makers know:"
    );
    for maker in makers {
        println!("  {:<26}{}", maker.name(), maker.lacks());
    }
}
