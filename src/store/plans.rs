//! The statements that were really run, and the plans that SQLite has for them; for tests alone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, StatementStatus};

use super::database;

thread_local! {
    static RECORDED: RefCell<BTreeMap<String, i32>> = const { RefCell::new(BTreeMap::new()) };
    static RUNS: Cell<Runs> = const { Cell::new(Runs { statements: 0, steps: 0 }) };
    /// The steps that each statement had taken when it was last run.
    static TAKEN: RefCell<BTreeMap<String, i32>> = const { RefCell::new(BTreeMap::new()) };
}

/// Statements that were run, and the steps of SQLite's machine that they took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Runs {
    pub(crate) statements: usize,
    pub(crate) steps: usize,
}

/// The statements that this thread ran since its last call.
pub(crate) fn runs() -> Runs {
    RUNS.take()
}

fn count(sql: String, steps: i32) {
    let before = TAKEN.with_borrow_mut(|taken| taken.insert(sql, steps));
    // A statement that was prepared again counts from zero.
    let more = steps - before.filter(|before| *before <= steps).unwrap_or(0);
    let runs = RUNS.get();
    RUNS.set(Runs {
        statements: runs.statements + 1,
        steps: runs.steps + usize::try_from(more).unwrap_or(0),
    });
}

/// Writes a statement that was not run before into the file that COURANT_STATEMENTS names, as a line of JSON, for another
/// engine to prepare.
fn write_down(sql: &str) {
    static WRITTEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let Some(path) = std::env::var_os("COURANT_STATEMENTS") else {
        return;
    };
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if written.insert(sql.to_owned()) {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let line = serde_json::json!(sql);
        opened
            .and_then(|mut file| writeln!(file, "{line}"))
            .expect("COURANT_STATEMENTS names a file that can be written");
    }
}

/// Records the statements that `connection` runs.
pub(super) fn record_statements(connection: &mut Connection) -> rusqlite::Result<()> {
    let record = |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let steps = statement.get_status(StatementStatus::VmStep);
            write_down(&statement.sql());
            count(statement.sql().into_owned(), steps);
            RECORDED
                .with_borrow_mut(|recorded| recorded.insert(statement.sql().into_owned(), steps));
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(record))
}

/// The statements that this thread ran since its last call, each once, with the steps of SQLite's virtual machine that all
/// its runs took since it was prepared.
pub(crate) fn take_recorded() -> BTreeMap<String, i32> {
    RECORDED.take()
}

/// The steps by which SQLite runs a statement, for whatever is bound.
pub(super) fn steps(connection: &database::Connection, sql: &str) -> database::Result<Vec<String>> {
    let sqlite = connection.sqlite().expect("a plan of SQLite");
    let mut statement = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let rows = statement.raw_query().mapped(|row| row.get("detail"));
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
