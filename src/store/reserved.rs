//! Ids that belong to what waits for its time: no other article takes them meanwhile, or the one that waits would miss it.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use crate::item::Id;

use super::{Store, StoreError};

/// What stands before the path of a file in the place of an article's id.
const FILE: &str = "file:";

/// A file of the folder of items whose time has not come, with the ids that it names.
#[derive(Clone, Debug)]
pub struct WaitingFile {
    pub path: String,
    pub ids: Vec<Id>,
}

impl Store {
    /// Keeps the ids that files name whose time has not come. Where these `are_all` there are, those of others are free.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn reserve_for_files(
        &self,
        waiting: &[WaitingFile],
        are_all: bool,
    ) -> Result<(), StoreError> {
        let wanted: BTreeSet<(String, String)> = waiting
            .iter()
            .flat_map(|file| {
                let own = format!("{FILE}{}", file.path);
                file.ids.iter().map(move |id| (id.to_string(), own.clone()))
            })
            .collect();
        let known = self.reading(|connection| Ok(of_files(connection)?))?;
        let freed: Vec<_> = known.difference(&wanted).filter(|_| are_all).collect();
        let fresh: Vec<_> = wanted.difference(&known).collect();
        if freed.is_empty() && fresh.is_empty() {
            return Ok(());
        }
        self.with_writer(|writer| {
            let transaction = writer
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            for row in freed {
                transaction
                    .prepare_cached("DELETE FROM reserved WHERE id = ?1 AND article = ?2")?
                    .execute((&row.0, &row.1))?;
            }
            for row in fresh {
                transaction
                    .prepare_cached("INSERT OR IGNORE INTO reserved (id, article) VALUES (?1, ?2)")?
                    .execute((&row.0, &row.1))?;
            }
            Ok(transaction.commit()?)
        })
    }
}

fn of_files(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, article FROM reserved WHERE article >= 'file:' AND article < 'file;'",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Whether an article that waits has reserved `id`, other than `own`. A file is not kept from what files have: it may have
/// another name now.
pub(super) fn is_reserved(
    connection: &Connection,
    id: Id,
    own: Id,
    is_of_file: bool,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM reserved WHERE id = ?1 AND article <> ?2
             AND NOT (?3 AND article >= 'file:' AND article < 'file;')",
        )?
        .exists((id.to_string(), own.to_string(), is_of_file))
}
