//! The store's interface to a database, the same for all engines: the connection caches prepared statements, and no result
//! set is left open when a call returns.

mod driver;
mod head;
mod postgres;
mod tls;
mod value;

use std::borrow::Cow;
use std::ops::Deref;
use std::time::Duration;

use rusqlite::ErrorCode;
use rusqlite::types::{ToSqlOutput, ValueRef};

pub(super) use head::{CLOCK_MS, Head};
use postgres::Session;
pub(super) use postgres::{Hold, Wake, random_name};
pub(super) use value::{FromSql, Null, ToSql, Value};

/// An error of a statement or a connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("{}", postgres::words(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// A statement gave no row where one was expected.
    #[error("the database gave no row")]
    NoRow,
    #[error(
        "the server did not answer within {seconds} seconds; check that it runs, and that [store] url names it"
    )]
    Silent { seconds: u64 },
    #[error("the connection broke, and it is not known yet what became of the last transaction")]
    Unsettled,
    #[error(
        "another process has this schema alone by now, to restore a backup or to bring in a whole paper; restart this server when it is done"
    )]
    NotHeld,
    #[error(
        "the store is another than it was: a backup was restored, or the database lost what was written last; restart this server"
    )]
    Replaced,
    #[error("all {most} connections for readers are in use; allow more with [store] connections")]
    NoConnection { most: usize },
    /// A value that the database cannot keep, or that does not read.
    #[error("{0}")]
    Value(String),
}

pub(super) type Result<T> = std::result::Result<T, Error>;

/// One row of an answer.
pub(super) struct Row<'r>(EngineRow<'r>);

enum EngineRow<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// The value in this column, counted from 0.
    ///
    /// # Errors
    /// Where there is none, or another one than expected.
    pub(super) fn get<T: FromSql>(&self, column: usize) -> Result<T> {
        T::from_sql(self.value(column)?).map_err(|error| match error {
            Error::Value(problem) => Error::Value(format!("column {column}: {problem}")),
            error => error,
        })
    }

    /// The text in this column, which stays in the row.
    ///
    /// # Errors
    /// Where there is no text.
    pub(super) fn text(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(Cow::Borrowed(text)) => Ok(text),
            other => Err(Error::Value(format!(
                "column {column}: {}",
                other.unexpected("a text")
            ))),
        }
    }

    fn value(&self, column: usize) -> Result<Value<'_>> {
        let row = match self.0 {
            EngineRow::Sqlite(row) => row,
            EngineRow::Postgres(row) => return postgres::value(row, column),
        };
        let found = row.get_ref(column)?;
        Ok(match found {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(_) => {
                let text = found.as_str();
                let text =
                    text.map_err(|problem| Error::Value(format!("column {column}: {problem}")))?;
                Value::Text(Cow::Borrowed(text))
            }
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
            ValueRef::Real(_) => {
                let problem = format!("column {column} has a number that is not whole");
                return Err(Error::Value(problem));
            }
        })
    }
}

/// A value as SQLite's library takes it.
struct Bound<'v>(&'v dyn ToSql);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let failure = |error: Error| rusqlite::Error::ToSqlConversionFailure(error.into());
        Ok(match self.0.to_sql().map_err(failure)? {
            Value::Null => rusqlite::types::Null.into(),
            Value::Integer(number) => number.into(),
            Value::Text(Cow::Borrowed(text)) => ToSqlOutput::Borrowed(text.into()),
            Value::Text(Cow::Owned(text)) => text.into(),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(bytes.into()),
        })
    }
}

/// The values as SQLite's library takes them.
fn bound<'v>(values: &'v [&dyn ToSql]) -> impl rusqlite::Params + use<'v> {
    rusqlite::params_from_iter(values.iter().map(|value| Bound(*value)))
}

/// The kinds of database errors that somebody can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The disk has no room.
    Full,
    /// Another program holds the database.
    Busy,
    /// The file is no database, or is damaged.
    Damaged,
    /// The database cannot be opened or reached, or may not be written.
    Unwritable,
    Other,
}

/// Whether the database is on a server that cannot be reached.
pub(super) fn is_unreachable(error: &Error) -> bool {
    match error {
        Error::Postgres(error) => postgres::is_unreachable(error),
        Error::Silent { .. }
        | Error::Unsettled
        | Error::NotHeld
        | Error::Replaced
        | Error::NoConnection { .. } => true,
        Error::Sqlite(_) | Error::NoRow | Error::Value(_) => false,
    }
}

/// The kind of fault that is behind an error of the database.
pub(super) fn fault(error: &Error) -> Fault {
    let error = match error {
        Error::Sqlite(error) => error,
        Error::Postgres(error) => return postgres::fault(error),
        Error::Silent { .. } | Error::Unsettled | Error::NotHeld | Error::Replaced => {
            return Fault::Unwritable;
        }
        Error::NoConnection { .. } => return Fault::Busy,
        Error::NoRow | Error::Value(_) => return Fault::Other,
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Fault::Full,
        Some(ErrorCode::DatabaseBusy) => Fault::Busy,
        Some(ErrorCode::DatabaseCorrupt) => Fault::Damaged,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Fault::Unwritable
        }
        _ => Fault::Other,
    }
}

/// The values of a statement's parameters, in their order.
pub(super) trait Params {
    fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T;
}

impl<V: ToSql, const N: usize> Params for [V; N] {
    fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        work(&self.each_ref().map(|value| value as &dyn ToSql))
    }
}

/// As many values as there are.
impl<V: ToSql> Params for Vec<V> {
    fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        let values: Vec<&dyn ToSql> = self.iter().map(|value| value as &dyn ToSql).collect();
        work(&values)
    }
}

impl Params for &[&dyn ToSql] {
    fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        work(self)
    }
}

/// No values.
impl Params for () {
    fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        work(&[])
    }
}

/// Values of several types.
macro_rules! tuples {
    ($($name:ident)+; $($rest:tt)*) => {
        impl<$($name: ToSql),+> Params for ($($name,)+) {
            fn lend<T>(&self, work: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
                #[allow(non_snake_case, reason = "a value is called as its type is")]
                let ($($name,)+) = self;
                work(&[$($name as &dyn ToSql),+])
            }
        }
        tuples!($($rest)*);
    };
    () => {};
}

tuples!(
    A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; A B C D E F G H I;
    A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K L; A B C D E F G H I J K L M;
    A B C D E F G H I J K L M N;
);

/// Number of rows that a server sends at once of a statement whose rows are many.
const ROWS_AT_ONCE: usize = 200;

/// A connection to the store's database.
pub struct Connection(Engine);

enum Engine {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

impl From<rusqlite::Connection> for Connection {
    fn from(connection: rusqlite::Connection) -> Self {
        Self(Engine::Sqlite(connection))
    }
}

impl Connection {
    /// Connects to a server of PostgreSQL, where all tables are in that schema. Where there is something to `wake`, it listens to
    /// what others tell of their writes.
    ///
    /// # Errors
    /// Where it cannot be reached, or refuses.
    pub(super) fn to_postgres(
        config: &tokio_postgres::Config,
        schema: &str,
        has_tls: bool,
        wake: Option<Wake>,
    ) -> Result<Self> {
        let session = Session::connect(config, schema, has_tls, wake)?;
        Ok(Self(Engine::Postgres(Box::new(session))))
    }

    /// Holds a server's schema; false where another holds it and one of the two would be alone.
    pub(super) fn hold(&self, hold: Hold) -> Result<bool> {
        match &self.0 {
            // A file has locks of its own.
            Engine::Sqlite(_) => Ok(true),
            Engine::Postgres(session) => session.hold(hold),
        }
    }

    /// Shares a server's schema with others again, after it was held alone.
    pub(super) fn share(&self) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(session) => session.share(),
        }
    }

    /// What the head of a server's schema has at present, from which on all is known; `None` for a file. A broken connection is made
    /// anew.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub(super) fn head(&self) -> Result<Option<Head>> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(session) => {
                session.mend()?;
                let head = session.head()?;
                session.settle();
                Ok(Some(head))
            }
        }
    }

    /// Promises that no entry is dated before the second behind the newest entry, if that is `seq` and the second is over by the
    /// server's clock. Gives what is promised then.
    pub(super) fn promise(&self, seq: u64) -> Result<Option<i64>> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(session) => session.promise(seq),
        }
    }

    /// Makes a broken connection anew; whether it broke since [`Connection::settle`], so that it is to be asked what became of
    /// the last transaction.
    ///
    /// # Errors
    /// Where the server cannot be reached, or another process has the schema alone by now.
    pub(super) fn mend(&self) -> Result<bool> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(false),
            Engine::Postgres(session) => session.mend(),
        }
    }

    /// Notes that what came of the last transaction is known.
    pub(super) fn settle(&self) {
        if let Engine::Postgres(session) = &self.0 {
            session.settle();
        }
    }

    /// The connection where it is one to SQLite, for what SQLite alone knows.
    pub(super) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.0 {
            Engine::Sqlite(connection) => Some(connection),
            Engine::Postgres(_) => None,
        }
    }

    #[cfg(test)]
    pub(super) fn sqlite_mut(&mut self) -> Option<&mut rusqlite::Connection> {
        match &mut self.0 {
            Engine::Sqlite(connection) => Some(connection),
            Engine::Postgres(_) => None,
        }
    }

    /// Sets the maximum time for which a statement waits for another connection that holds the database, or a row of it.
    pub(super) fn wait_for_others(&self, most: Duration) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(connection) => Ok(connection.busy_timeout(most)?),
            Engine::Postgres(session) => session.wait_for_locks(most),
        }
    }

    /// Keeps about this many statements ready.
    pub(super) fn keep_statements(&self, count: usize) {
        match &self.0 {
            Engine::Sqlite(connection) => connection.set_prepared_statement_cache_capacity(count),
            Engine::Postgres(session) => session.keep_statements(count),
        }
    }

    /// Does what gives no answer.
    pub(super) fn run(&self, sql: &str, parameters: impl Params) -> Result<()> {
        self.change(sql, parameters).map(|_| ())
    }

    /// Changes rows, and gives how many.
    pub(super) fn change(&self, sql: &str, parameters: impl Params) -> Result<usize> {
        parameters.lend(|values| match &self.0 {
            Engine::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                Ok(statement.execute(bound(values))?)
            }
            Engine::Postgres(session) => session.change(sql, values),
        })
    }

    /// Whether there is any row.
    pub(super) fn exists(&self, sql: &str, parameters: impl Params) -> Result<bool> {
        if let Engine::Postgres(_) = &self.0 {
            // It would send all rows.
            let sql = format!("SELECT EXISTS ({sql})");
            return self.one(&sql, parameters, |row| row.get(0));
        }
        let mut is_there = false;
        parameters.lend(|values| {
            self.show(sql, values, &mut |_| {
                is_there = true;
                Ok(false)
            })
        })?;
        Ok(is_there)
    }

    /// The first row, if there is any.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut read = Some(read);
        let mut found = None;
        parameters.lend(|values| {
            self.show(sql, values, &mut |row| {
                found = read.take().map(|read| read(row)).transpose()?;
                Ok(false)
            })
        })?;
        Ok(found)
    }

    /// The first row of a statement that always gives one, such as a count.
    ///
    /// # Errors
    /// Where there is none, too.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.row(sql, parameters, read)?.ok_or(Error::NoRow)
    }

    /// All rows.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        parameters.lend(|values| {
            self.show(sql, values, &mut |row| {
                found.push(read(row)?);
                Ok(true)
            })
        })?;
        Ok(found)
    }

    /// Shows all rows, one after another, unless `see` fails.
    pub(super) fn each<E: From<Error>>(
        &self,
        sql: &str,
        parameters: impl Params,
        mut see: impl FnMut(&Row<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let never = |row: &Row<'_>| see(row).map(|()| None::<()>);
        self.until(sql, parameters, never).map(|_| ())
    }

    /// Shows rows, one after another, until `see` gives something, which is given on.
    pub(super) fn until<T, E: From<Error>>(
        &self,
        sql: &str,
        parameters: impl Params,
        mut see: impl FnMut(&Row<'_>) -> std::result::Result<Option<T>, E>,
    ) -> std::result::Result<Option<T>, E> {
        let mut outcome = Ok(None);
        parameters.lend(|values| {
            self.show(sql, values, &mut |row| {
                outcome = see(row);
                Ok(matches!(outcome, Ok(None)))
            })
        })?;
        outcome
    }

    /// Shows rows, one after another, until `see` fails or gives false. It stands once in the program, whatever the types.
    fn show(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        see: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(bound(values))?;
                while let Some(row) = rows.next()? {
                    if !see(&Row(EngineRow::Sqlite(row)))? {
                        break;
                    }
                }
            }
            Engine::Postgres(session) => {
                for row in session.rows(sql, values)? {
                    if !see(&Row(EngineRow::Postgres(&row)))? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows all rows of a statement without parameters, of which a bounded number is in memory at once. A transaction has to
    /// be open, and `cursor` be the name of no other such statement in it.
    pub(super) fn stream<E: From<Error>>(
        &self,
        cursor: &str,
        sql: &str,
        mut see: impl FnMut(&Row<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        if let Engine::Sqlite(_) = &self.0 {
            return self.each(sql, (), see);
        }
        self.run_all(&format!("DECLARE {cursor} NO SCROLL CURSOR FOR {sql}"))?;
        let fetch = format!("FETCH {ROWS_AT_ONCE} FROM {cursor}");
        let mut count = ROWS_AT_ONCE;
        while count == ROWS_AT_ONCE {
            count = 0;
            self.each(&fetch, (), |row| {
                count += 1;
                see(row)
            })?;
        }
        Ok(self.run_all(&format!("CLOSE {cursor}"))?)
    }

    /// Does several statements without parameters, divided by semicolons.
    pub(super) fn run_all(&self, sql: &str) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Engine::Postgres(session) => session.run_all(sql),
        }
    }

    /// Begins or ends a transaction.
    fn control(&self, sql: &str) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(_) => self.run(sql, ()),
            // Not prepared, which would be a request of its own.
            Engine::Postgres(session) => session.control(sql).map(|_| ()),
        }
    }

    /// Whether a transaction is open. SQLite undoes one by itself after some faults.
    fn is_open(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(connection) => !connection.is_autocommit(),
            Engine::Postgres(_) => true,
        }
    }

    /// Begins a transaction that reads, and may write if no other connection does.
    pub(super) fn transaction(&mut self) -> Result<Transaction<'_>> {
        match &self.0 {
            Engine::Sqlite(_) => return Transaction::begin(self, "BEGIN"),
            Engine::Postgres(session) => session.begin_read()?,
        }
        Ok(Transaction {
            connection: self,
            is_open: true,
            head: None,
        })
    }

    /// Begins a transaction that writes; no other connection does until it ends.
    pub(super) fn write(&mut self) -> Result<Transaction<'_>> {
        let head = match &self.0 {
            Engine::Sqlite(_) => return Transaction::begin(self, "BEGIN IMMEDIATE"),
            Engine::Postgres(session) => session.begin_write()?,
        };
        Ok(Transaction {
            connection: self,
            is_open: true,
            head: Some(head),
        })
    }

    /// Begins the transaction that makes or alters tables; no other connection is in such a one until it ends.
    pub(super) fn prepare(&mut self) -> Result<Transaction<'_>> {
        match &self.0 {
            Engine::Sqlite(_) => return Transaction::begin(self, "BEGIN IMMEDIATE"),
            Engine::Postgres(session) => session.begin_alone()?,
        }
        Ok(Transaction {
            connection: self,
            is_open: true,
            head: None,
        })
    }

    /// Whether a commit got no answer, so that it is not known whether it was done.
    pub(super) fn is_in_doubt(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(_) => false,
            Engine::Postgres(session) => session.is_in_doubt(),
        }
    }

    /// Whether the last transaction of [`Connection::write`] was committed. A broken connection is made anew.
    ///
    /// # Errors
    /// Where the server cannot be reached, or another process has the schema alone by now.
    pub(super) fn has_kept_last(&self) -> Result<bool> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(false),
            Engine::Postgres(session) => session.has_kept_last(),
        }
    }
}

/// A transaction, undone where it is dropped without [`Transaction::commit`].
#[must_use]
pub(super) struct Transaction<'c> {
    connection: &'c mut Connection,
    is_open: bool,
    head: Option<Head>,
}

impl<'c> Transaction<'c> {
    fn begin(connection: &'c mut Connection, sql: &str) -> Result<Self> {
        connection.control(sql)?;
        Ok(Self {
            connection,
            is_open: true,
            head: None,
        })
    }

    /// What the head of a server's schema had when a transaction that writes began.
    pub(super) fn head(&self) -> Option<Head> {
        self.head
    }

    /// Whether a transaction that writes to a server has changed something.
    pub(super) fn has_changed(&self) -> bool {
        match &self.connection.0 {
            Engine::Sqlite(_) => true,
            Engine::Postgres(session) => session.has_changed(),
        }
    }

    /// Commits a transaction that writes, after which the newest entry is that one. Other nodes are told.
    pub(super) fn commit_at(mut self, seq: u64, time_ms: i64) -> Result<()> {
        match &self.connection.0 {
            Engine::Sqlite(_) => return self.commit(),
            Engine::Postgres(session) => session.commit_write(seq, time_ms)?,
        }
        self.is_open = false;
        Ok(())
    }

    pub(super) fn commit(mut self) -> Result<()> {
        self.connection.control("COMMIT")?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.is_open || !self.connection.is_open() {
            return;
        }
        match &self.connection.0 {
            Engine::Sqlite(_) => {
                let _ = self.connection.control("ROLLBACK");
            }
            Engine::Postgres(session) => session.roll_back(),
        }
    }
}

/// On the engine that has the stores of the unit tests.
#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::store::Store;

    fn with_connection(work: impl FnOnce(&mut Connection)) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), DateTime::UNIX_EPOCH).expect("a store");
        store.with_writer(|writer| work(&mut writer.connection));
    }

    #[test]
    fn values_come_back_as_they_went() {
        with_connection(|connection| {
            let sql = "SELECT CAST(?1 AS BIGINT), CAST(?2 AS TEXT)";
            for number in [Some(i64::MIN), Some(-1), Some(i64::MAX), None] {
                for text in ["", "港口'\"?1;--", "\u{10FFFF}\u{301}\n\t"] {
                    let found = connection
                        .one(sql, (number, text), |row| {
                            Ok((row.get::<Option<i64>>(0)?, row.get::<String>(1)?))
                        })
                        .expect("a row");
                    assert_eq!(found, (number, text.to_owned()));
                }
            }
            let nothing = connection.one(sql, (1_i64, Null), |row| row.get::<Option<String>>(1));
            assert_eq!(nothing.expect("a row"), None);
            let wrong = connection.one(sql, (1_i64, "a"), |row| row.get::<String>(0));
            let wrong = wrong.expect_err("a number is no text").to_string();
            assert_eq!(wrong, "column 0: expected a text; found a number");
            let sql = "INSERT INTO meta (key, value) VALUES ('sample/a', ''), ('sample/b', '')";
            assert_eq!(connection.change(sql, ()).expect("a number"), 2);
            let sql = "SELECT 1 FROM meta WHERE value = ?1";
            assert!(connection.exists(sql, [""]).expect("an answer"));
            assert!(!connection.exists(sql, ["none"]).expect("an answer"));
        });
    }

    #[test]
    fn a_transaction_that_is_dropped_is_undone_and_one_with_a_fault_does_not_pass_for_kept() {
        with_connection(|connection| {
            let insert = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
            let count = "SELECT count(*) FROM meta WHERE key = 'sample'";
            let rows = |connection: &Connection| -> i64 {
                let count = connection.one(count, (), |row| row.get(0));
                count.expect("a count")
            };
            let transaction = connection.write().expect("a transaction");
            transaction.run(insert, ("sample", "a")).expect("a row");
            drop(transaction);
            assert_eq!(rows(connection), 0);

            let transaction = connection.write().expect("a transaction");
            transaction.run(insert, ("sample", "a")).expect("a row");
            transaction
                .run(insert, ("sample", "b"))
                .expect_err("the key is there");
            // SQLite keeps the first row, PostgreSQL nothing: what matters is that the answer is true.
            let is_kept = transaction.commit().is_ok();
            assert_eq!(rows(connection), i64::from(is_kept));

            let transaction = connection.write().expect("a transaction");
            transaction.run("SAVEPOINT whole", ()).expect("a savepoint");
            transaction
                .run(insert, ("publication", "b"))
                .expect_err("the key is there");
            transaction
                .run("ROLLBACK TO whole", ())
                .expect("a way back");
            transaction.run(insert, ("after", "c")).expect("a row");
            transaction.commit().expect("a commit");
            let sql = "SELECT 1 FROM meta WHERE key = 'after'";
            assert!(connection.exists(sql, ()).expect("an answer"));
        });
    }
}
