//! Files that wait for their time or for a decision: what is known of them, and what is told once at the start.

use crate::folder::{AwaitedArticle, Report};
use crate::store::{Store, StoreError};

use super::super::{Event, Journal};
use super::Follower;

/// Maximum number of articles that wait and are told of at the start.
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

    /// Tells once what waits.
    pub(super) fn tell_awaited(&self) {
        let files = self.health.awaited().values().cloned().collect();
        // Where the store fails, that is told as such.
        let _ = tell(self.writes.store(), &self.journal, files);
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
