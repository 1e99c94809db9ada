//! Free pages that a version left which did not overwrite what it deleted.

use crate::store::database;
use crate::store::sqlite::meta;
use crate::store::{Store, StoreError};

use super::PendingErasure;

/// Stands there as long as free pages may hold what was deleted by a version that did not overwrite it.
pub(super) const FREE_PAGES: &str = "free_pages";

/// Maximum number of free pages that are overwritten in one transaction.
const FREE_IN_STEP: u32 = 256;

impl Store {
    /// Overwrites what an older version left in free pages: all of them are taken for zeros, and given back.
    pub(super) fn overwrite_free_pages(&self) -> Result<(), StoreError> {
        if self
            .with_writer(|writer| meta(&writer.connection, FREE_PAGES))?
            .is_none()
        {
            return Ok(());
        }
        let step = |sql: &str| self.with_writer(|writer| writer.connection.run_all(sql));
        step("CREATE TABLE IF NOT EXISTS zeros (bytes BLOB NOT NULL) STRICT")?;
        loop {
            let pages: u32 = self.with_writer(|writer| {
                let connection = &writer.connection;
                let page: u32 = connection.one("PRAGMA page_size", (), |row| row.get(0))?;
                let free: u32 = connection.one("PRAGMA freelist_count", (), |row| row.get(0))?;
                let bytes = free.min(FREE_IN_STEP) * page;
                if free > 0 {
                    connection.run("INSERT INTO zeros (bytes) VALUES (zeroblob(?1))", [bytes])?;
                }
                Ok::<_, database::Error>(free)
            })?;
            self.erasing.set(Some(PendingErasure::Free { pages }));
            if self.is_stopping() {
                return Ok(());
            }
            if pages == 0 {
                break;
            }
        }
        let one = "DELETE FROM zeros WHERE rowid = (SELECT min(rowid) FROM zeros)";
        while self.with_writer(|writer| writer.connection.change(one, ()))? > 0 {
            if self.is_stopping() {
                return Ok(());
            }
        }
        step("DROP TABLE zeros")?;
        self.with_writer(|writer| {
            let sql = "DELETE FROM meta WHERE key = ?1";
            Ok(writer.connection.change(sql, [FREE_PAGES]).map(|_| ())?)
        })
    }
}
