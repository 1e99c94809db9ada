//! Courant beside nginx, Varnish and a bare readiness loop that serve the same bytes: `cargo bench --bench serving`, or
//! `-- --seconds 2 --rounds 1 --only courant,nginx` for a quick look. The servers have one processor, the readers
//! another; in every round each party is measured in turn, and ratios are taken within a round.

#[path = "serving/bare.rs"]
mod bare;
#[path = "serving/files.rs"]
mod files;
#[path = "serving/histogram.rs"]
mod histogram;
#[path = "serving/load.rs"]
mod load;
#[path = "support/paper.rs"]
mod paper;
#[path = "serving/peers.rs"]
mod peers;
#[path = "serving/process.rs"]
mod process;
#[path = "support/server.rs"]
mod server;
#[path = "serving/table.rs"]
mod table;

use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use clap::Parser;

use files::Kind;
use load::Load;
use paper::{Shape, section_slug};
use process::{Family, Owned};
use server::{Client, Server, free_port, pinned};
use table::{Measure, Table};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The servers' processor, and that of the readers.
const SERVER_CORE: usize = 1;
const READER_CORE: usize = 0;

/// Asked before anything is counted, in every run.
const WARM: Duration = Duration::from_millis(300);

/// A server that does not listen after so long has failed.
const LOST: Duration = Duration::from_secs(30);

/// The feed of fifty items with full text.
const WHOLE: &str = "/feed.rss";

const PARTIES: [&str; 4] = ["courant", "nginx", "varnish", "bare loop"];

/// Measures what it costs to serve.
#[derive(Debug, Parser)]
struct Options {
    /// How long each party is asked in each round
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How often the parties take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many sections with a feed of their own the made-up paper has
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    sections: u32,
    /// Only these parties: courant, nginx, varnish, bare
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only the cases whose name has this in it
    #[arg(long, default_value = "")]
    case: String,
    /// Keep paper, store and bytes here for the next run
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Measure another courant
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_courant"))]
    program: PathBuf,
    /// Be the bare loop, on this address, with the bytes of --folder
    #[arg(long, hide = true)]
    be_bare: Option<SocketAddr>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// What the first of the kept addresses are.
const NAMED: [&str; 3] = ["feed", "article page, 200 gzip", "card, 200 gzip"];

/// The first address in a document that begins so.
fn address_in(document: &[u8], begin: &str) -> Result<String> {
    let text = String::from_utf8_lossy(document);
    let at = text
        .find(begin)
        .ok_or_else(|| format!("no address begins with {begin}"))?;
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find(['<', '"', '?', '#', '&']).unwrap_or(rest.len());
    Ok(rest.get(..end).unwrap_or_default().to_owned())
}

/// What is asked for, by how many.
struct Case {
    name: String,
    paths: Vec<String>,
    kind: Kind,
    connections: usize,
}

/// Somebody who serves the bytes.
struct Party {
    name: &'static str,
    address: SocketAddr,
    family: Family,
    _running: Running,
}

/// Held so that it ends when the bench does.
enum Running {
    Courant { _server: Server },
    Other { _child: Owned },
    Behind { _child: Owned, _backend: Owned },
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (folder, _temporary) = paper::folder(options.folder.as_deref())?;
    if let Some(address) = options.be_bare {
        return Ok(bare::serve(&folder, address)?);
    }
    if std::thread::available_parallelism()?.get() < 2 {
        return Err(
            "one processor is too few: servers and readers would wait for each other".into(),
        );
    }
    let machine = machine();
    let bench = Bench { options, folder };
    let paths = bench.prepare()?;
    let parties = bench.start()?;
    // From here on this process is the readers.
    let own = std::process::id().to_string();
    let core = READER_CORE.to_string();
    Command::new("taskset")
        .args(["-pc", &core, &own])
        .output()?;
    for party in &parties {
        bench.compare(party, &paths)?;
    }
    let mut table = Table::new(&machine, bench.options.seconds, bench.options.rounds);
    for case in bench.cases(&paths) {
        bench.measure(&case, &parties, &mut table)?;
    }
    table.print();
    Ok(())
}

struct Bench {
    options: Options,
    folder: PathBuf,
}

impl Bench {
    fn wants(&self, party: &str) -> bool {
        let only = &self.options.only;
        only.is_empty() || only.iter().any(|name| party.starts_with(name.as_str()))
    }

    /// Fifty items of the whole publication come to about 150 KB; sections have four each.
    fn shape(&self) -> Shape {
        let sections = self.options.sections as usize;
        Shape {
            articles: sections * 4,
            sections,
            body_bytes: 2_000,
            captions: 0,
            tags: 200,
            main_feed: "[\"articles\"]",
        }
    }

    /// Brings the paper into a store and keeps the bytes that a server gives; the addresses, the whole feed first.
    fn prepare(&self) -> Result<Vec<String>> {
        let shape = self.shape();
        let mark = self.folder.join(format!("bytes-of-{}", shape.sections));
        if !mark.exists() {
            eprintln!("making a paper of {} articles", shape.articles);
            shape.write(&self.folder.join("items"), &AtomicUsize::new(0))?;
        }
        // Also where all was kept: another version may give other bytes.
        let mut server = Server::start(&self.options.program, &self.folder)?;
        let answer = server.first_answer(WHOLE, None)?;
        let page = address_in(&answer.bytes, "/articles/")?;
        let card = address_in(&server.first_answer(&page, None)?.bytes, "/embed/a/")?;
        let sections = (0..shape.sections).map(|n| format!("/sections/{}.rss", section_slug(n)));
        let paths: Vec<String> = [WHOLE.to_owned(), page, card]
            .into_iter()
            .chain(sections)
            .collect();
        let kept = fs::read_to_string(files::head(&self.folder, WHOLE, Kind::Identity));
        if mark.exists() && kept.is_ok_and(|head| tag_in(&head) == tag_in(&answer.head)) {
            server.stop()?;
            return Ok(paths);
        }
        eprintln!("keeping the bytes of {} feeds", paths.len());
        // Dates are told once their second is over.
        std::thread::sleep(Duration::from_millis(1100));
        files::keep(&self.folder, &paths, &mut Client::new(server.public))?;
        server.stop()?;
        fs::write(mark, "")?;
        Ok(paths)
    }

    fn start(&self) -> Result<Vec<Party>> {
        let mut parties = Vec::new();
        for name in PARTIES {
            if !self.wants(name) {
                continue;
            }
            match self.party(name)? {
                Some(party) => parties.push(party),
                None => {
                    println!("{name} is not installed and left out: apt-get install {name}");
                }
            }
        }
        Ok(parties)
    }

    fn party(&self, name: &'static str) -> Result<Option<Party>> {
        let other = |(child, address): (Owned, SocketAddr)| (child.id(), address, child);
        let (id, address, running) = match name {
            "courant" => {
                let server = Server::start_on(SERVER_CORE, &self.options.program, &self.folder)?;
                await_port(server.public)?;
                server.await_look()?;
                let running = (server.id(), server.public);
                (running.0, running.1, Running::Courant { _server: server })
            }
            "nginx" => {
                let Some(program) = peers::find("nginx") else {
                    return Ok(None);
                };
                let (id, address, child) =
                    other(peers::nginx(SERVER_CORE, &program, &self.folder)?);
                (id, address, Running::Other { _child: child })
            }
            "varnish" => {
                let Some(program) = peers::find("varnishd") else {
                    return Ok(None);
                };
                // What it keeps comes from the bare loop, which is there wherever the bench is.
                let (backend, from) = self.bare()?;
                await_port(from)?;
                let started = peers::varnish(SERVER_CORE, &program, &self.folder, from)?;
                let (id, address, child) = other(started);
                let running = Running::Behind {
                    _child: child,
                    _backend: backend,
                };
                (id, address, running)
            }
            _ => {
                let (id, address, child) = other(self.bare()?);
                (id, address, Running::Other { _child: child })
            }
        };
        await_port(address)?;
        Ok(Some(Party {
            name,
            address,
            family: Family::of(id)?,
            _running: running,
        }))
    }

    fn bare(&self) -> Result<(Owned, SocketAddr)> {
        let address = free_port()?;
        let mut command = pinned(SERVER_CORE, &std::env::current_exe()?);
        command
            .args(["--be-bare", &address.to_string(), "--folder"])
            .arg(&self.folder);
        let log = self.folder.join("bare.log");
        Ok((Owned::start(command, &log)?, address))
    }

    /// All give the same bytes; asking also fills their caches.
    fn compare(&self, party: &Party, paths: &[String]) -> Result<()> {
        let mut client = Client::new(party.address);
        for path in paths {
            let kinds: &[Kind] = match path == WHOLE {
                // Varnish keeps the coded one, and knows the other's length once it has it whole.
                true => &[Kind::Gzip, Kind::Identity],
                false => &[Kind::Gzip],
            };
            for kind in kinds {
                let answer = client.ask_with(path, &kind.lines(""))?;
                let file = files::body(&self.folder, path, *kind).unwrap_or_default();
                if answer.bytes != fs::read(file)? {
                    let name = party.name;
                    return Err(
                        format!("{name} gives other bytes for {path}:\n{}", answer.head).into(),
                    );
                }
            }
        }
        Ok(())
    }

    fn cases(&self, paths: &[String]) -> Vec<Case> {
        let whole = vec![WHOLE.to_owned()];
        let sections: Vec<String> = paths.iter().skip(NAMED.len()).cloned().collect();
        let many = format!("{} feeds, 200 gzip", sections.len());
        let mut cases = Vec::new();
        for (name, kind) in [
            ("304", Kind::NotModified),
            ("200 gzip", Kind::Gzip),
            ("200 identity", Kind::Identity),
        ] {
            for connections in [64, 512] {
                cases.push(Case {
                    name: name.to_owned(),
                    paths: whole.clone(),
                    kind,
                    connections,
                });
            }
        }
        for (name, path) in NAMED.iter().zip(paths).skip(1) {
            cases.push(Case {
                name: (*name).to_owned(),
                paths: vec![path.clone()],
                kind: Kind::Gzip,
                connections: 64,
            });
        }
        cases.push(Case {
            name: many,
            paths: sections,
            kind: Kind::Gzip,
            connections: 64,
        });
        let wanted = |case: &Case| {
            format!("{} {}", case.name, case.connections).contains(&self.options.case)
        };
        cases.into_iter().filter(wanted).collect()
    }

    fn measure(&self, case: &Case, parties: &[Party], table: &mut Table) -> Result<()> {
        let size = match case.kind {
            Kind::NotModified => None,
            kind => case
                .paths
                .iter()
                .filter_map(|path| files::body(&self.folder, path, kind))
                .filter_map(|body| fs::metadata(body).ok())
                .map(|found| found.len())
                .max(),
        };
        table.case(&case.name, size, case.connections);
        for round in 0..self.options.rounds {
            // Another one begins each round, so that none always follows the same.
            let turn = (0..parties.len()).map(|place| (place + round) % parties.len());
            for party in turn.filter_map(|place| parties.get(place)) {
                table.add(party.name, self.run(case, party)?);
            }
        }
        Ok(())
    }

    fn run(&self, case: &Case, party: &Party) -> Result<Measure> {
        let mut client = Client::new(party.address);
        let mut requests = Vec::new();
        for path in &case.paths {
            let etag = match case.kind {
                Kind::NotModified => client.ask_with(path, &Kind::Gzip.lines(""))?.etag,
                _ => None,
            };
            let lines = case.kind.lines(&etag.unwrap_or_default());
            requests.push(
                format!("GET {path} HTTP/1.1\r\nHost: paper.example\r\nUser-Agent: bench\r\nAccept: */*\r\n{lines}\r\n")
                    .into_bytes(),
            );
        }
        let mut spent = Vec::new();
        let load = Load {
            address: party.address,
            requests: &requests,
            status: if case.kind == Kind::NotModified {
                304
            } else {
                200
            },
            connections: case.connections,
            warm: WARM,
            measured: Duration::from_secs_f64(self.options.seconds),
        };
        let outcome = load.run(|| {
            spent.push(party.family.processor()?);
            Ok(())
        });
        let outcome = outcome.map_err(|error| format!("{}, {}: {error}", party.name, case.name))?;
        let processor = match spent.as_slice() {
            [before, after] => after.saturating_sub(*before),
            _ => Duration::ZERO,
        };
        Ok(Measure {
            rate: outcome.requests as f64 / outcome.seconds,
            p50: outcome.latencies.quantile(0.5),
            p99: outcome.latencies.quantile(0.99),
            processor: processor.as_secs_f64() * 100_000.0 / outcome.requests.max(1) as f64,
            memory: party.family.memory()?,
        })
    }
}

fn tag_in(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("etag: "))
}

fn await_port(address: SocketAddr) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if begun.elapsed() > LOST {
            return Err(format!("nobody listens on {address}; the logs say why").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The machine, and who serves on it.
fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let versions = [("nginx", "-v"), ("varnishd", "-V")].map(|(name, option)| {
        let program = peers::find(name);
        program.map_or_else(String::new, |program| {
            format!("; {}", peers::version(&program, option))
        })
    });
    let versions = versions.concat();
    format!("{threads} processors, load {load} at the start{versions}")
}
