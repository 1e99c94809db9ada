//! Files that wait for their time or for a decision: what is known of them, and what is told of each once.

use std::collections::BTreeMap;

use crate::folder::{AwaitedArticle, Report};
use crate::store::{Store, StoreError};

use super::super::{Event, Journal};
use super::Follower;

/// The files that wait, by their paths.
pub(super) type AwaitedFiles = BTreeMap<String, AwaitedArticle>;

/// Maximum number of articles that wait and are told of at once.
const MAX_TOLD: usize = 20;

/// Maximum number of articles of the API that are looked through for those.
const MAX_READ: usize = 1000;

impl Follower {
    /// Notes which of the files that were looked at wait.
    pub(super) fn note_awaited(&self, report: &mut Report, whole: bool) {
        let mut known = self.health.awaited();
        match whole {
            true => known.clear(),
            false => known.retain(|path, _| !report.looked.contains(path)),
        }
        known.append(&mut report.awaited);
    }

    /// Tells once what waits; later the files of which that was not `told`, or otherwise.
    pub(super) fn tell_awaited(&self, told: &mut Option<AwaitedFiles>) {
        let files = self.health.awaited().clone();
        let known = told.as_ref();
        // A headline that is still worked on is no news.
        let same = |one: &AwaitedArticle, other: &AwaitedArticle| {
            (one.status, one.due) == (other.status, other.due)
        };
        let is_told = |path, article| {
            let told = known.and_then(|told| told.get(path));
            told.is_some_and(|told| same(told, article))
        };
        let new = files
            .iter()
            .filter(|(path, article)| !is_told(*path, *article));
        let new: Vec<AwaitedArticle> = new.map(|(_, article)| article.clone()).collect();
        let (store, journal) = (self.writes.store(), &self.journal);
        // Where the store fails, that is told as such.
        let _ = match told {
            None => tell(store, journal, new),
            Some(_) => tell_some(store, journal, new),
        };
        *told = Some(files);
    }
}

/// Tells what waits, of the API and of `files`, what is due first before all else.
///
/// # Errors
/// Where the store fails.
pub(in super::super) fn tell(
    store: &Store,
    journal: &Journal,
    files: Vec<AwaitedArticle>,
) -> Result<(), StoreError> {
    let mut waiting = AwaitedArticle::of_store(store, MAX_READ)?;
    waiting.extend(files);
    tell_some(store, journal, waiting)
}

fn tell_some(
    store: &Store,
    journal: &Journal,
    mut waiting: Vec<AwaitedArticle>,
) -> Result<(), StoreError> {
    waiting.sort_by(AwaitedArticle::order);
    let zone = store.publication()?.timezone;
    let more = waiting.len().saturating_sub(MAX_TOLD);
    for article in waiting.into_iter().take(MAX_TOLD) {
        journal.say(&Event::Waits { article, zone });
    }
    if more > 0 {
        let wait = match more {
            1 => "1 more article waits".to_owned(),
            more => format!("{more} more articles wait"),
        };
        let text = format!("{wait}: courant waiting shows all");
        journal.say(&Event::Note { text });
    }
    Ok(())
}
