//! The statements that were really run, and the plans that SQLite has for them; for tests alone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, StatementStatus};

use super::{Store, StoreError};

thread_local! {
    static HEARD: RefCell<BTreeMap<String, i32>> = const { RefCell::new(BTreeMap::new()) };
}

/// Writes down what `connection` runs.
pub(super) fn listen(connection: &mut Connection) -> rusqlite::Result<()> {
    let hear = |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let steps = statement.get_status(StatementStatus::VmStep);
            HEARD.with_borrow_mut(|heard| heard.insert(statement.sql().into_owned(), steps));
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(hear))
}

/// What this thread ran since it last asked: each statement once, with the steps of SQLite's machine that all its runs
/// took since it was prepared.
pub(crate) fn heard() -> BTreeMap<String, i32> {
    HEARD.take()
}

impl Store {
    /// The steps by which SQLite runs a statement, for whatever is bound.
    ///
    /// # Errors
    /// Where it is no statement of this database.
    pub(crate) fn plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let rows = statement.raw_query().mapped(|row| row.get("detail"));
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
