//! A whole paper that is brought in before anybody reads: the writer takes large steps, and what it left open is closed.

use rusqlite::Connection;

use super::apply::close_all;
use super::sqlite::{checkpoint_log, meta, newest, pace, pace_usually, release_memory};
use super::{Store, StoreError};

/// What the writer remembers of the database meanwhile, in KiB, and the pages after which there is a checkpoint: small
/// steps and a small memory would write each page of an index once for every few articles.
const BULK_CACHE_KIB: i32 = 64 * 1024;
const BULK_CHECKPOINT_PAGES: u32 = 64 * 1024;

/// Stands in `meta` while a whole paper is brought in, so that a start after a broken one finishes it.
const BULK: &str = "bulk";

impl Store {
    /// Lets the writer take large steps while `work` runs; for a paper that is brought in before anybody reads.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn in_bulk<T>(&self, work: impl FnOnce() -> T) -> Result<T, StoreError> {
        self.with_writer(|writer| {
            writer.memory.bulk = true;
            let sql = "INSERT INTO meta (key, value) VALUES (?1, '')
                       ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            writer.connection.execute(sql, [BULK])?;
            let connection = &writer.connection;
            // The disk has what a checkpoint has written. After a loss of power the rest is brought in again.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            pace(connection, BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES)
        })?;
        let result = work();
        self.with_writer(|writer| {
            writer.memory.bulk = false;
            writer.memory.slugs.clear();
            let transaction = writer.connection.transaction()?;
            end_bulk(&transaction)?;
            transaction.commit()?;
            let connection = &writer.connection;
            checkpoint_log(connection)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            pace_usually(connection)?;
            release_memory(connection)
        })?;
        Ok(result)
    }
}

/// Whether a paper is being brought in, or was when the program ended.
pub(super) fn is_under_way(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(meta(connection, BULK)?.is_some())
}

/// Closes the segments that bringing in a whole paper left open.
pub(super) fn end_bulk(connection: &Connection) -> rusqlite::Result<()> {
    close_all(connection, newest(connection)?)?;
    connection.execute("DELETE FROM meta WHERE key = ?1", [BULK])?;
    Ok(())
}
