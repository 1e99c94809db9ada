//! What the program takes to keep ten thousand feeds in all formats and codings, under two bounds: what it counts itself
//! beside what the system says of its process.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use courant::config::Limits;

use super::Result;
use super::server::{Client, Server};

/// Readers at once: more than the processors that make answers.
const READERS: usize = 8;

const CODINGS: [&str; 4] = ["br", "zstd", "gzip", "identity"];

/// Longer than idle threads and freed memory are held.
const REST: Duration = Duration::from_secs(15);

/// Between two looks at what is counted.
const LOOK: Duration = Duration::from_millis(200);

/// What the program may take the same at rest, beyond the bound, however many feeds there are and whatever the bound is: itself,
/// what rendering and coding work with, what the store remembers of its database, and what the allocator holds. The
/// example configuration names it.
const BESIDE: u64 = 160 * 1024 * 1024;

/// What one process took, in bytes.
struct Taken {
    bound: u64,
    given: u64,
    counted: u64,
    counted_at_most: u64,
    before: u64,
    peak: u64,
    at_rest: u64,
}

/// Asks for every feed of `paths` in every coding, once, of a process for each bound.
pub fn keep_all(program: &Path, folder: &Path, paths: &[String]) -> Result<()> {
    let bound = Limits::default().cache_bytes;
    let large = keep(program, folder, paths, bound)?;
    let small = keep(program, folder, paths, bound / 4)?;
    println!(
        "{} documents in {} codings, each asked for once by {READERS} readers; MiB\n",
        paths.len(),
        CODINGS.len()
    );
    let row = |what: &str, of: fn(&Taken) -> u64| {
        let mib = |taken| of(taken) as f64 / 1024.0 / 1024.0;
        println!("| {what} | {:.0} | {:.0} |", mib(&large), mib(&small));
    };
    println!("| | | |\n|---|---|---|");
    row("bound of what is kept (cache_bytes)", |taken| taken.bound);
    row("bytes given", |taken| taken.given);
    row("counted as kept, at most", |taken| taken.counted_at_most);
    row("counted as kept at the end", |taken| taken.counted);
    row("memory of the process before", |taken| taken.before);
    row("the same, at most", |taken| taken.peak);
    row("the same at rest, afterwards", |taken| taken.at_rest);
    row("the same at rest, beyond the bound", |taken| {
        taken.at_rest.saturating_sub(taken.bound)
    });
    for taken in [&large, &small] {
        if taken.counted_at_most > taken.bound {
            return Err("more was counted as kept than the bound allows".into());
        }
        if taken.at_rest > taken.bound + BESIDE {
            return Err("the process takes more beside what is kept than was said".into());
        }
    }
    Ok(())
}

fn keep(program: &Path, folder: &Path, paths: &[String], bound: u64) -> Result<Taken> {
    let configuration = format!("[limits]\ncache_bytes = {bound}\n");
    let mut server = Server::start_with(&configuration, program, folder)?;
    server.first_answer("/feed.rss", None)?;
    server.await_look()?;
    thread::sleep(REST);
    let before = server.memory("VmRSS")?;
    let given = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let counted_at_most = thread::scope(|scope| -> Result<u64> {
        let readers: Vec<_> = (0..READERS)
            .map(|first| {
                let (server, given) = (&server, &given);
                let own = paths.iter().skip(first).step_by(READERS);
                scope.spawn(move || read(server, own, given))
            })
            .collect();
        let looks = scope.spawn(|| most_counted(&server, &is_over));
        let read: Vec<_> = readers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Ordering::Release);
        for outcome in read {
            outcome.map_err(|_| "a reader broke off")??;
        }
        looks.join().map_err(|_| "the looks broke off")?
    })?;
    let peak = server.memory("VmHWM")?;
    thread::sleep(REST);
    let taken = Taken {
        bound,
        given: given.into_inner(),
        counted: server.metric("courant_cached_bytes")?,
        counted_at_most,
        before,
        peak,
        at_rest: server.memory("VmRSS")?,
    };
    server.stop()?;
    Ok(taken)
}

fn read<'p>(
    server: &Server,
    paths: impl Iterator<Item = &'p String>,
    given: &AtomicU64,
) -> Result<()> {
    let mut client = Client::new(server.public);
    for path in paths {
        for coding in CODINGS {
            let answer = client.ask_with(path, &format!("Accept-Encoding: {coding}\r\n"))?;
            if answer.status != 200 {
                return Err(format!("{path} was answered with {}", answer.status).into());
            }
            given.fetch_add(answer.bytes.len() as u64, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn most_counted(server: &Server, is_over: &AtomicBool) -> Result<u64> {
    let mut most = 0;
    while !is_over.load(Ordering::Acquire) {
        most = most.max(server.metric("courant_cached_bytes")?);
        thread::sleep(LOOK);
    }
    Ok(most)
}
