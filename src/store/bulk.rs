//! A whole paper that is brought in before anybody reads: the writer takes large steps, and what it left open is closed.

use super::apply::archive_all;
use super::database::{self, Connection, Hold};
use super::sqlite::{
    DiskWait, checkpoint_log, has_index, in_memory, meta, newest, pace, pace_usually,
    release_memory, wait_for_disk,
};
use super::tables::add_tables;
use super::{Store, StoreError, postgres, sqlite};

/// Size of the writer's page cache meanwhile, in KiB, and the number of pages after which there is a checkpoint: with less,
/// each page of an index would be written once for every few articles.
const BULK_CACHE_KIB: i32 = 64 * 1024;
const BULK_CHECKPOINT_PAGES: u32 = 64 * 1024;

/// Stands in `meta` while a whole paper is brought in, so that a start after a broken one finishes it.
const BULK: &str = "bulk";

/// Indexes that no step of bringing in a paper reads. Most go by ids, which are random: written with each article, they
/// cost a page for each row, and made from all rows in the end they are written in their order.
const LEFT_OUT: [&str; 6] = [
    "archived_item",
    "filing_listed",
    "item_filed",
    "item_section",
    "log_item",
    "touch_seq",
];

impl Store {
    /// Lets the writer take large steps while `work` runs; for a paper that is brought in before anybody reads. Where other nodes use
    /// the store, the steps are the usual ones.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn in_bulk<T>(&self, work: impl FnOnce() -> T) -> Result<T, StoreError> {
        if !self.with_writer(|writer| writer.connection.hold(Hold::Alone))? {
            return Ok(work());
        }
        self.with_writer(|writer| {
            let transaction = writer.connection.transaction()?;
            begin_bulk(&transaction)?;
            transaction.commit()?;
            writer.memory.bulk = true;
            let connection = &writer.connection;
            // The disk has what a checkpoint has written. After a loss of power the rest is brought in again.
            wait_for_disk(connection, DiskWait::AtCheckpoints)?;
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
            wait_for_disk(connection, DiskWait::Always)?;
            pace_usually(connection)?;
            release_memory(connection)?;
            connection.share()
        })?;
        Ok(result)
    }
}

/// Whether a paper is being brought in, or was when the program ended.
pub(super) fn is_under_way(connection: &Connection) -> database::Result<bool> {
    Ok(meta(connection, BULK)?.is_some())
}

fn begin_bulk(connection: &Connection) -> database::Result<()> {
    for name in LEFT_OUT {
        connection.run_all(&format!("DROP INDEX {name}"))?;
    }
    let sql = "INSERT INTO meta (key, value) VALUES (?1, '') ON CONFLICT (key) DO NOTHING";
    connection.run(sql, [BULK])
}

/// Makes what bringing in a whole paper left out: indexes, and segments of archives.
pub(super) fn end_bulk(connection: &Connection) -> database::Result<()> {
    archive_all(connection, newest(connection)?)?;
    if is_under_way(connection)? {
        for name in LEFT_OUT {
            if !has_index(connection, name)? {
                connection.run_all(&index_definition(connection, name)?)?;
            }
        }
    }
    connection.run("DELETE FROM meta WHERE key = ?1", [BULK])?;
    Ok(())
}

/// The statement that makes an index, by this version's schema: a database may come from a backup, and what stands in it is not
/// run.
fn index_definition(connection: &Connection, name: &str) -> database::Result<String> {
    if connection.sqlite().is_none() {
        return postgres::index_definition(name);
    }
    let empty = in_memory()?;
    add_tables(&empty, 0)?;
    sqlite::index_definition(&empty, name)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn indexes(store: &Store) -> Vec<(String, String)> {
        store.with_writer(|writer| {
            let sql = "SELECT name, sql FROM sqlite_schema
                       WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
            let rows = writer
                .connection
                .rows(sql, (), |row| Ok((row.get(0)?, row.get(1)?)));
            rows.expect("rows")
        })
    }

    #[test]
    fn indexes_that_were_left_out_stand_again_in_the_end_and_after_a_kill() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), NOW).expect("a store");
        let before = indexes(&store);
        store.in_bulk(|| ()).expect("a store");
        assert_eq!(indexes(&store), before);
        // The state of the disk if the program is killed meanwhile.
        store.with_writer(|writer| begin_bulk(&writer.connection).expect("a store"));
        assert_eq!(indexes(&store).len(), before.len() - LEFT_OUT.len());
        drop(store);
        let store = Store::open(folder.path(), NOW).expect("a store");
        assert_eq!(indexes(&store), before);
        assert!(!store.with_writer(|writer| is_under_way(&writer.connection).expect("a store")));
    }
}
