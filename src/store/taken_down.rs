//! Items that were removed recently and are not back yet, for the operators' overview.

use std::collections::HashSet;

use super::read::entry_of;
use super::sqlite::newest;
use super::{Entry, Store, StoreError};

/// Number of entries of the log that are looked through, so that a paper that takes nothing away pays little.
const ENTRIES_BACK: u64 = 10_000;

impl Store {
    /// The last decisions that took an article or a caption away that did not come back since, at most `limit`, the newest
    /// first, of each item the last; among the last 10,000 entries.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn taken_down(&self, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.reading(|connection| {
            let behind = newest(connection)?.seq.saturating_sub(ENTRIES_BACK);
            let sql = "SELECT seq, time, kind, item, revision, before, after, actor, note FROM log
                 WHERE seq > ?1 AND kind IN ('withdraw', 'withhold', 'retract', 'kill')
                   AND NOT EXISTS (SELECT 1 FROM item WHERE item.id = log.item AND item.status = 'usable')
                 ORDER BY seq DESC LIMIT ?2";
            let mut entries = connection.rows(sql, (behind, limit), entry_of)?;
            let mut seen = HashSet::new();
            entries.retain(|entry| seen.insert(entry.item));
            Ok(entries)
        })
    }
}
