//! Reports of articles that wait for their time or for a decision: each file that waits, and each such article of the API,
//! is reported once.

use std::collections::BTreeMap;

use crate::folder::{AwaitedArticle, Report};
use crate::item::Id;
use crate::store::{PrivateEntry, PrivateKind, Store, StoreError};

use super::super::{Event, Journal};
use super::Follower;

/// The files that wait, by their paths.
pub(super) type AwaitedFiles = BTreeMap<String, AwaitedArticle>;

/// Maximum number of waiting articles that are reported one by one at a time.
const MAX_TOLD: usize = 20;

/// Maximum number of the API's waiting articles, or of entries of the private log, that are read at a time.
const MAX_READ: usize = 1000;

impl Follower {
    /// Notes which of the files that were looked at wait.
    pub(super) fn note_awaited(&self, report: &mut Report, whole: bool) {
        let mut known = self.health.awaited();
        match whole {
            true => known.clear(),
            false => known.retain(|path, _| !report.scanned.contains(path)),
        }
        known.append(&mut report.awaited);
    }

    /// Reports each file that waits once, and again where its time or status is another.
    pub(super) fn tell_awaited(&self, known: &mut AwaitedFiles) {
        let files = self.health.awaited().clone();
        // A headline that is still worked on is no news.
        let same = |one: &AwaitedArticle, other: &AwaitedArticle| {
            (one.status, one.due) == (other.status, other.due)
        };
        let new = files
            .iter()
            .filter(|(path, article)| !known.get(*path).is_some_and(|known| same(known, article)));
        let new: Vec<AwaitedArticle> = new.map(|(_, article)| article.clone()).collect();
        // A store that fails is reported elsewhere.
        let _ = report(self.writes.store(), &self.journal, new);
        *known = files;
    }
}

/// Reports the articles of the API that wait.
///
/// # Errors
/// Where the store fails.
pub(in super::super) fn tell_of_api(store: &Store, journal: &Journal) -> Result<(), StoreError> {
    report(store, journal, AwaitedArticle::of_store(store, MAX_READ)?)
}

/// Reports the articles of the API that began to wait after the entry `after` of the private log, except those that waited
/// before in the same way, until the same time, and were not public since. Gives the number of the last entry that was
/// looked at.
///
/// # Errors
/// Where the store fails.
pub(in super::super) fn tell_of_api_after(
    store: &Store,
    journal: &Journal,
    mut after: u64,
) -> Result<u64, StoreError> {
    loop {
        let entries = store.private_after(after, MAX_READ)?;
        let waiting = entries
            .iter()
            .filter(|entry| matches!(entry.kind, PrivateKind::Draft | PrivateKind::Schedule));
        // The last entry of each item.
        let items: BTreeMap<Id, &PrivateEntry> = waiting.map(|entry| (entry.item, entry)).collect();
        let mut new = Vec::new();
        for (item, last) in items {
            let kind_and_due = |entry: &PrivateEntry| (entry.kind, entry.due);
            let known = store.last_private(item, after)?;
            if known.as_ref().map(kind_and_due) != Some(kind_and_due(last)) {
                new.extend(AwaitedArticle::of_api(store, item)?);
            }
        }
        report(store, journal, new)?;
        after = entries.last().map_or(after, |entry| entry.seq);
        if entries.len() < MAX_READ {
            return Ok(after);
        }
    }
}

/// Reports waiting articles, first those that are due first.
fn report(
    store: &Store,
    journal: &Journal,
    mut waiting: Vec<AwaitedArticle>,
) -> Result<(), StoreError> {
    if waiting.is_empty() {
        return Ok(());
    }
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
