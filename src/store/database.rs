//! The store's interface to a database, the same for all engines: the connection caches prepared statements, and no result
//! set is left open when a call returns.

mod value;

use std::borrow::Cow;
use std::ops::Deref;

use rusqlite::ErrorCode;
use rusqlite::types::{ToSqlOutput, ValueRef};

pub(super) use value::{FromSql, Null, ToSql, Value};

/// An error of a statement or a connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A statement gave no row where one was expected.
    #[error("the database gave no row")]
    NoRow,
    /// A value that the database cannot keep, or that does not read.
    #[error("{0}")]
    Value(String),
}

pub(super) type Result<T> = std::result::Result<T, Error>;

/// One row of an answer.
pub(super) struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    /// The value in this column, counted from 0.
    ///
    /// # Errors
    /// Where there is none, or another one than expected.
    pub(super) fn get<T: FromSql>(&self, column: usize) -> Result<T> {
        let value = match self.0.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(_) => Value::Text(Cow::Borrowed(self.text(column)?)),
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
            ValueRef::Real(_) => {
                let told = format!("column {column} has a number that is not whole");
                return Err(Error::Value(told));
            }
        };
        T::from_sql(value).map_err(|error| match error {
            Error::Value(problem) => Error::Value(format!("column {column}: {problem}")),
            error => error,
        })
    }

    /// The text in this column, which stays in the row.
    ///
    /// # Errors
    /// Where there is no text.
    pub(super) fn text(&self, column: usize) -> Result<&str> {
        let text = self.0.get_ref(column)?.as_str();
        text.map_err(|problem| Error::Value(format!("column {column}: {problem}")))
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
    /// The database cannot be opened, or may not be written.
    Unwritable,
    Other,
}

/// The kind of fault that is behind an error of the database.
pub(super) fn fault(error: &Error) -> Fault {
    let Error::Sqlite(error) = error else {
        return Fault::Other;
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

/// A connection to the store's database.
pub struct Connection(rusqlite::Connection);

impl From<rusqlite::Connection> for Connection {
    fn from(connection: rusqlite::Connection) -> Self {
        Self(connection)
    }
}

impl Connection {
    /// The connection where it is one to SQLite, for what SQLite alone knows.
    pub(super) fn sqlite(&self) -> &rusqlite::Connection {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn sqlite_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.0
    }

    /// Keeps this many statements ready, those that were used last.
    pub(super) fn keep_statements(&self, count: usize) {
        self.0.set_prepared_statement_cache_capacity(count);
    }

    /// Does what gives no answer.
    pub(super) fn run(&self, sql: &str, parameters: impl Params) -> Result<()> {
        self.change(sql, parameters).map(|_| ())
    }

    /// Changes rows, and gives how many.
    pub(super) fn change(&self, sql: &str, parameters: impl Params) -> Result<usize> {
        parameters.lend(|values| {
            self.0
                .prepare_cached(sql)?
                .execute(bound(values))
                .map_err(Error::from)
        })
    }

    /// Whether there is any row.
    pub(super) fn exists(&self, sql: &str, parameters: impl Params) -> Result<bool> {
        parameters.lend(|values| {
            self.0
                .prepare_cached(sql)?
                .exists(bound(values))
                .map_err(Error::from)
        })
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
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(bound(values))?;
        while let Some(row) = rows.next()? {
            if !see(&Row(row))? {
                break;
            }
        }
        Ok(())
    }

    /// Does several statements without parameters, divided by semicolons.
    pub(super) fn run_all(&self, sql: &str) -> Result<()> {
        Ok(self.0.execute_batch(sql)?)
    }

    /// Begins a transaction that reads, and may write if no other connection does.
    pub(super) fn transaction(&mut self) -> Result<Transaction<'_>> {
        Transaction::begin(self, "BEGIN")
    }

    /// Begins a transaction that writes; no other connection does until it ends.
    pub(super) fn write(&mut self) -> Result<Transaction<'_>> {
        Transaction::begin(self, "BEGIN IMMEDIATE")
    }
}

/// A transaction, undone where it is dropped without [`Transaction::commit`].
#[must_use]
pub(super) struct Transaction<'c> {
    connection: &'c mut Connection,
    is_open: bool,
}

impl<'c> Transaction<'c> {
    fn begin(connection: &'c mut Connection, sql: &str) -> Result<Self> {
        connection.run(sql, ())?;
        Ok(Self {
            connection,
            is_open: true,
        })
    }

    pub(super) fn commit(mut self) -> Result<()> {
        self.connection.run("COMMIT", ())?;
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
        // After some faults it is undone already.
        if self.is_open && !self.connection.0.is_autocommit() {
            let _ = self.connection.run("ROLLBACK", ());
        }
    }
}
