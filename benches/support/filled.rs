//! A store filled with a made-up paper without a folder of items: as many as the store can take, not the file system.

use std::error::Error;

use chrono::Utc;
use courant::item::{PhotographError, file, read_photograph};
use courant::publication;
use courant::store::{Change, Origin, Settings, Store};

use super::paper::Shape;

/// This many articles in one transaction.
const BATCH: usize = 512;

/// Fills an empty store; `done` is told how many articles stand in it.
pub fn fill(
    store: &Store,
    shape: &Shape,
    base_url: &str,
    done: &dyn Fn(usize),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let source = shape.publication();
    let parsed = publication::parse(source.as_bytes(), &missing);
    let settings = Settings {
        publication: parsed.publication.ok_or("no publication")?,
        source,
        base_url: base_url.to_owned(),
    };
    let changes = [Change::Settings(Box::new(settings))];
    for outcome in store.apply(&Utc::now, "bench", &changes)? {
        outcome?;
    }
    store.in_bulk(|| {
        for first in (0..shape.articles).step_by(BATCH) {
            let end = shape.articles.min(first + BATCH);
            let changes = side_by_side(shape, first, end)?;
            for outcome in store.apply(&Utc::now, "bench", &changes)? {
                outcome?;
            }
            done(end);
        }
        Ok(())
    })?
}

/// Making articles ready is work for all processors; the store has one writer.
fn side_by_side(
    shape: &Shape,
    first: usize,
    end: usize,
) -> Result<Vec<Change>, Box<dyn Error + Send + Sync>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = (end - first).div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let starts = (first..end).step_by(share);
        let workers: Vec<_> = starts
            .map(|start| {
                let numbers = start..end.min(start + share);
                scope.spawn(move || {
                    let changes = numbers.map(|number| change(shape, number, ""));
                    changes.collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        let mut changes = Vec::new();
        for worker in workers {
            changes.extend(worker.join().map_err(|_| "a worker panicked")??);
        }
        Ok(changes)
    })
}

/// Writes one article anew, with the number of its revision in its text.
#[allow(dead_code)]
pub fn revise(
    store: &Store,
    shape: &Shape,
    number: usize,
    revision: u64,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let change = change(shape, number, &format!("\n\nRevision {revision}.\n"))?;
    for outcome in store.apply(&Utc::now, "bench", &[change])? {
        outcome?;
    }
    Ok(())
}

fn change(
    shape: &Shape,
    number: usize,
    more: &str,
) -> Result<Change, Box<dyn Error + Send + Sync>> {
    let (text, photographs) = shape.article(number)?;
    let text = text + more;
    let find = |name: &str| {
        let found = photographs.iter().find(|(known, _)| known == name);
        let (_, bytes) = found.ok_or_else(|| PhotographError::Missing {
            name: name.to_owned(),
        })?;
        read_photograph(name, bytes)
    };
    let parsed = file::parse(text.as_bytes(), &find);
    let article = parsed.article.ok_or("a made-up article was refused")?;
    let path = shape.path_of(number);
    let (section, slug) = path.split_once('/').ok_or("no section")?;
    let origin = Origin {
        path: path.clone(),
        stat: String::new(),
        digest: String::new(),
    };
    Ok(Change::put(article, section, slug, origin))
}

fn missing(name: &str) -> Result<courant::item::Photograph, PhotographError> {
    Err(PhotographError::Missing {
        name: name.to_owned(),
    })
}
