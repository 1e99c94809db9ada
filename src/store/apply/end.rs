//! The end of a batch: it closes full segments, writes the touches, and forgets old places of items.

use std::collections::HashMap;

use crate::store::window_changes::MAX_ENTRIES_BACK;
use crate::store::{Position, StoreError, TouchKey};

use super::batch::{AfterCommit, Batch, write_touches};

/// The result of a batch whose transaction is not committed yet.
pub(super) struct FinishedBatch {
    pub(super) newest: Position,
    pub(super) touches: HashMap<TouchKey, Position>,
    pub(super) after_commit: AfterCommit,
}

/// Number of entries after which former places of items are deleted that are too old to be needed.
const FORGET_EVERY: u64 = 16;

/// Maximum number of former places that are deleted in one transaction, since other writers wait for it. The rest is
/// deleted with the next ones, and does no harm: former windows are read only as of newer entries.
const MAX_FORGOTTEN: u64 = 4096;

impl Batch<'_> {
    /// Forgets where items were filed before the entries whose windows can be asked about.
    fn forget_former_places(&self) -> Result<(), StoreError> {
        if self.first / FORGET_EVERY == (self.newest().seq + 1) / FORGET_EVERY {
            return Ok(());
        }
        let floor = self.newest().seq.saturating_sub(MAX_ENTRIES_BACK);
        let sql = "DELETE FROM filing_before WHERE (selection, item, since) IN
                     (SELECT selection, item, since FROM filing_before WHERE until <= ?1 ORDER BY until LIMIT ?2)";
        self.transaction.run(sql, (floor, MAX_FORGOTTEN))?;
        Ok(())
    }

    /// Writes everything that a batch leaves to its end.
    pub(super) fn end(mut self) -> Result<FinishedBatch, StoreError> {
        self.restore_slugs()?;
        self.leave_to_eraser()?;
        match self.memory.bulk {
            true => self.touch_lists(),
            false => self.close_segments()?,
        }
        write_touches(self.transaction, &self.touches)?;
        self.forget_former_places()?;
        Ok(FinishedBatch {
            newest: self.newest(),
            touches: self.touches,
            after_commit: self.after_commit,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use crate::item::Id;
    use crate::store::{Store, StoreError};

    use super::Batch;

    #[test]
    fn what_is_refused_leaves_nothing_to_be_done_behind_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), DateTime::UNIX_EPOCH).expect("a store");
        store.with_writer(|writer| {
            let publication = store
                .publication_in(&writer.connection)
                .expect("a publication");
            let transaction = writer.connection.transaction().expect("a transaction");
            let memory = &mut writer.memory;
            let now = DateTime::UNIX_EPOCH;
            let mut batch = Batch::begin(&transaction, memory, now, publication).expect("a batch");
            batch.after_commit.dropped.push("before".to_owned());
            let refused: Result<(), _> = batch.whole(|batch| {
                batch.after_commit.dropped.push("refused".to_owned());
                batch.overwriting(|_| Ok(()))?;
                let id = Id::default();
                Err(StoreError::Unknown { id })
            });
            assert!(refused.is_err());
            let ended = batch.end().expect("an end");
            assert_eq!(ended.after_commit.dropped, ["before"]);
            assert!(!ended.after_commit.has_killed);
        });
    }
}
