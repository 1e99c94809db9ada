//! The bytes between the rows of pages, which belong to none.

use crate::store::database::{self, Connection};
use crate::store::{Store, StoreError};

use super::PendingErasure;
use super::pages::{MAX_PAGES, NumberedPage, PageLayout};

/// Maximum number of pages that are looked at in one snapshot, which holds up what is written ahead meanwhile.
pub(super) const PAGES_IN_LOOK: u32 = 1000;

/// Maximum number of pages that are overwritten in one transaction: one that waits behind it waits a few milliseconds.
const PAGES_IN_STEP: usize = 64;

impl Store {
    /// Overwrites what lies between the rows of pages and belongs to none.
    pub(super) fn overwrite_between_rows(&self) -> Result<(), StoreError> {
        let form = self.reading(|connection| {
            let first = page_of(connection, 1).ok().flatten();
            let count = page_count(connection)?;
            Ok(first
                .and_then(|first| PageLayout::of(&first))
                .filter(|_| count < MAX_PAGES))
        })?;
        let Some(form) = form else {
            // This SQLite shows no pages, or there are too many to tell them apart.
            return self.write_anew();
        };
        let mut done = 0;
        loop {
            let (found, of) = self.reading(|connection| look(connection, form, done))?;
            for numbers in found.chunks(PAGES_IN_STEP) {
                if self.is_stopping() {
                    return Ok(());
                }
                self.overwrite(form, numbers)?;
            }
            done = (done + PAGES_IN_LOOK).min(of);
            self.erasing.set(Some(PendingErasure::Pages { done, of }));
            if done == of || self.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Writes the whole database anew, which leaves nothing between its rows; others wait for it.
    pub(super) fn write_anew(&self) -> Result<(), StoreError> {
        // Made in a file, since it may be too large for memory: nothing that was killed is in it.
        let sql = "PRAGMA temp_store = FILE; VACUUM";
        self.with_writer(|writer| {
            let written = writer.connection.run_all(sql);
            writer.connection.run_all("PRAGMA temp_store = MEMORY")?;
            Ok(written?)
        })
    }

    fn overwrite(&self, form: PageLayout, numbers: &[u32]) -> Result<(), StoreError> {
        self.with_writer(|writer| {
            let transaction = writer.connection.write()?;
            for number in numbers {
                // As it is now: others wrote since it was looked at.
                for (number, page) in cleaned(&transaction, form, *number)? {
                    transaction.run(
                        "UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1",
                        (number, page),
                    )?;
                }
            }
            Ok(transaction.commit()?)
        })
    }
}

/// The pages after `done` that are to be overwritten, as far as one look goes, and how many pages there are.
pub(super) fn look(
    connection: &Connection,
    form: PageLayout,
    done: u32,
) -> Result<(Vec<u32>, u32), StoreError> {
    let of = page_count(connection)?;
    let mut found = Vec::new();
    for number in done + 1..=(done + PAGES_IN_LOOK).min(of) {
        if !cleaned(connection, form, number)?.is_empty() {
            found.push(number);
        }
    }
    Ok((found, of))
}

fn cleaned(
    connection: &Connection,
    form: PageLayout,
    number: u32,
) -> database::Result<Vec<NumberedPage>> {
    let Some(page) = page_of(connection, number)? else {
        return Ok(Vec::new());
    };
    form.cleaned(number, &page, &|number| page_of(connection, number))
}

pub(super) fn page_count(connection: &Connection) -> database::Result<u32> {
    connection.one("PRAGMA page_count", (), |row| row.get(0))
}

pub(super) fn page_of(connection: &Connection, number: u32) -> database::Result<Option<Vec<u8>>> {
    connection.row(
        "SELECT data FROM sqlite_dbpage WHERE pgno = ?1",
        [number],
        |row| row.get(0),
    )
}
