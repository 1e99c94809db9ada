//! A session with a PostgreSQL server. Its requests are sent by a runtime of its own, and the thread that asks waits for the
//! answer; it may be a thread that blocks, but not one that serves.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error as StdError;
use std::time::Duration;

use bytes::BytesMut;
use quick_cache::unsync::Cache;
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{self, FromSql, IsNull, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use super::{Error, Fault, Result, ToSql, Value};

/// Maximum time to connect to a server.
const CONNECT: Duration = Duration::from_secs(10);

/// Number of statements that a session keeps ready until it is set otherwise.
const STATEMENTS: usize = 64;

/// A connection to one schema of a database.
pub(super) struct Session {
    /// None only while it is dropped: a runtime may not be waited for where a request is served.
    runtime: Option<Runtime>,
    client: Client,
    /// What the server has prepared, by the statement's text with `?1` for the first parameter.
    statements: RefCell<Cache<String, Statement>>,
    /// Whether a statement of the transaction failed, and was not undone with its savepoint.
    has_failed: Cell<bool>,
}

impl Session {
    /// Connects to the server, and finds all tables in that schema.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses.
    pub(super) fn connect(config: &Config, schema: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|problem| Error::Value(format!("no runtime could be made: {problem}")))?;
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} -c search_path={schema}");
        let mut config = config.clone();
        config.application_name("courant").options(options);
        let connecting = async { tokio::time::timeout(CONNECT, config.connect(NoTls)).await };
        let connected = runtime.block_on(connecting).map_err(|_| {
            let seconds = CONNECT.as_secs();
            Error::Value(format!(
                "the server did not answer within {seconds} seconds"
            ))
        })?;
        let (client, connection) = connected?;
        runtime.spawn(connection);
        Ok(Self {
            runtime: Some(runtime),
            client,
            statements: RefCell::new(Cache::new(STATEMENTS)),
            has_failed: Cell::new(false),
        })
    }

    /// Sets the maximum time for which a statement waits for a lock.
    pub(super) fn wait_for_locks(&self, most: Duration) -> Result<()> {
        self.run_all(&format!("SET lock_timeout = {}", most.as_millis()))
    }

    /// Keeps about this many statements ready.
    pub(super) fn keep_statements(&self, count: usize) {
        *self.statements.borrow_mut() = Cache::new(count);
    }

    /// The answer of the server, for which the thread waits.
    fn wait<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let runtime = self.runtime.as_ref().ok_or(Error::NoRow)?;
        let answer = runtime.block_on(work);
        if answer.is_err() {
            self.has_failed.set(true);
        }
        Ok(answer?)
    }

    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.prepare(&numbered(sql)))?;
        self.statements
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Changes rows, and gives how many.
    pub(super) fn change(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize> {
        let statement = self.prepared(sql)?;
        let values = bound(values)?;
        let changed = self.wait(self.client.execute(&statement, &lent(&values)))?;
        if sql.starts_with("ROLLBACK TO ") {
            self.has_failed.set(false);
        }
        usize::try_from(changed).map_err(|problem| Error::Value(problem.to_string()))
    }

    /// All rows. What is asked while one of them is looked at is a request of its own, so that all are here before.
    pub(super) fn rows(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let values = bound(values)?;
        self.wait(self.client.query(&statement, &lent(&values)))
    }

    /// Does several statements without parameters, divided by semicolons.
    pub(super) fn run_all(&self, sql: &str) -> Result<()> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Begins or ends a transaction.
    ///
    /// # Errors
    /// Where a transaction is to be kept of which a statement failed, too: the server would undo it, and tell of success.
    pub(super) fn control(&self, sql: &str) -> Result<()> {
        let has_failed = self.has_failed.replace(false);
        if sql == "COMMIT" && has_failed {
            self.run_all("ROLLBACK")?;
            let problem = "a statement failed before, so that the transaction was undone";
            return Err(Error::Value(problem.to_owned()));
        }
        self.run_all(sql)
    }
}

/// The error with its cause, which the library leaves out. Not with the detail that a server adds: it has the values of
/// rows, which may be killed text.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => error
            .source()
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

/// The kind of fault that is behind an error of a session.
pub(super) fn fault(error: &tokio_postgres::Error) -> Fault {
    let Some(code) = error.code() else {
        // Either a value did not fit, or the server cannot be reached.
        let is_value = error
            .source()
            .is_some_and(|cause| !cause.is::<std::io::Error>());
        return match is_value && !error.is_closed() {
            true => Fault::Other,
            false => Fault::Unwritable,
        };
    };
    // The class of an error is the beginning of its code ("PostgreSQL Error Codes", appendix A of its documentation).
    if ["08", "28", "3D", "57"]
        .iter()
        .any(|class| code.code().starts_with(class))
    {
        return Fault::Unwritable;
    }
    match code {
        &SqlState::DISK_FULL => Fault::Full,
        &SqlState::LOCK_NOT_AVAILABLE
        | &SqlState::TOO_MANY_CONNECTIONS
        | &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED => Fault::Busy,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => Fault::Damaged,
        &SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE => {
            Fault::Unwritable
        }
        _ => Fault::Other,
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn bound<'v>(values: &'v [&dyn ToSql]) -> Result<Vec<Value<'v>>> {
    values.iter().map(|value| value.to_sql()).collect()
}

fn lent<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn types::ToSql + Sync)> {
    let lend = |value| value as &(dyn types::ToSql + Sync);
    values.iter().map(lend).collect()
}

/// The statement with `$1` for its first parameter, where SQLite's has `?1`.
fn numbered(sql: &str) -> String {
    let mut is_text = false;
    sql.chars()
        .map(|c| {
            is_text ^= c == '\'';
            if c == '?' && !is_text { '$' } else { c }
        })
        .collect()
}

impl types::ToSql for Value<'_> {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, wanted) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => types::ToSql::to_sql(number, wanted, out),
            (Self::Integer(number), &Type::INT4) => {
                types::ToSql::to_sql(&i32::try_from(*number)?, wanted, out)
            }
            (Self::Integer(number), &Type::BOOL) => {
                types::ToSql::to_sql(&(*number != 0), wanted, out)
            }
            (Self::Text(text), &Type::TEXT | &Type::NAME) if text.contains('\0') => {
                Err("a text with U+0000, which PostgreSQL cannot keep".into())
            }
            (Self::Text(text), &Type::TEXT | &Type::NAME) => {
                types::ToSql::to_sql(&text.as_ref(), wanted, out)
            }
            (Self::Bytes(bytes), &Type::BYTEA) => types::ToSql::to_sql(bytes, wanted, out),
            _ => Err(format!("{} where {wanted} is expected", self.kind()).into()),
        }
    }

    // Which value fits which type is looked at with the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value of a column.
///
/// # Errors
/// Where there is no such column, or its type is none of the store's.
pub(super) fn value(row: &Row, column: usize) -> Result<Value<'_>> {
    let kind = row.columns().get(column).map(tokio_postgres::Column::type_);
    Ok(match kind {
        Some(&Type::INT8) => got(row, column, Value::Integer)?,
        Some(&Type::INT4) => got(row, column, |number: i32| Value::Integer(number.into()))?,
        Some(&Type::BOOL) => got(row, column, |is: bool| Value::Integer(is.into()))?,
        Some(&Type::TEXT) => got(row, column, |text| Value::Text(Cow::Borrowed(text)))?,
        Some(&Type::BYTEA) => got(row, column, Value::Bytes)?,
        Some(other) => {
            let problem = format!("column {column} is of the type {other}, which is not read");
            return Err(Error::Value(problem));
        }
        None => return Err(Error::Value(format!("there is no column {column}"))),
    })
}

fn got<'r, T: FromSql<'r>>(
    row: &'r Row,
    column: usize,
    value: impl FnOnce(T) -> Value<'r>,
) -> Result<Value<'r>> {
    Ok(row
        .try_get::<_, Option<T>>(column)?
        .map_or(Value::Null, value))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_question_mark_within_a_text_is_no_parameter() {
        let sql = "SELECT '?1', 'it''s ?' FROM meta WHERE key = ?12";
        let expected = "SELECT '?1', 'it''s ?' FROM meta WHERE key = $12";
        assert_eq!(super::numbered(sql), expected);
    }
}
