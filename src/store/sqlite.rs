//! SQLite, embedded: what every connection is set to, and what any of them can be asked. A connection to PostgreSQL may be
//! given as well: what SQLite alone can be set to is not set there.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use super::database::{self, Connection, Fault, fault};
use super::{Position, StoreError, postgres};

/// The number of the schema that this version writes.
pub(super) const SCHEMA: u32 = 10;

/// The application id (`Cour`) by which a database file is known as one of Courant.
pub(super) const APPLICATION_ID: i32 = 0x436f_7572;

/// Maximum time that a command beside the server waits for a lock on the database.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// After this many pages the log that SQLite writes ahead is written into the database (a checkpoint): small steps, so that no reader waits for one.
const CHECKPOINT_PAGES: u32 = 1000;

/// Size of the writer's page cache, in KiB.
const CACHE_KIB: i32 = 2000;

/// Number of bytes of the head of a database's file ("Database File Format" 1.3 of SQLite's documentation).
pub(super) const HEAD_BYTES: usize = 100;

/// The number of the schema in the head of a database file; none where it is no database of Courant.
pub(super) fn schema_in(head: &[u8; HEAD_BYTES]) -> Option<u32> {
    let number = |at: usize| {
        let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    let is_database = head.starts_with(b"SQLite format 3\0");
    let is_own = number(68).is_some_and(|id| i32::try_from(id) == Ok(APPLICATION_ID));
    number(60).filter(|_| is_database && is_own)
}

/// The error of the store for an error of the database.
pub(super) fn opening(path: &Path, error: &database::Error) -> StoreError {
    let path = path.to_owned();
    let reason = error.to_string();
    match fault(error) {
        Fault::Unwritable | Fault::Full => StoreError::Unwritable { path, reason },
        Fault::Busy | Fault::Damaged | Fault::Other => StoreError::Damaged { path, reason },
    }
}

/// The reason why a database is not one of Courant; `None` where it is one, or empty.
pub(super) fn foreign(connection: &Connection) -> database::Result<Option<String>> {
    let application = application_of(connection)?;
    if application != 0 && application != APPLICATION_ID {
        return Ok(Some(format!("its application id is {application}")));
    }
    let has = |sql: &str| connection.exists(sql, ());
    // Stores that were made before there was an id have a set of tables that no other database has.
    let sql =
        "SELECT 1 FROM sqlite_schema a, sqlite_schema b WHERE a.name = 'log' AND b.name = 'touch'";
    let is_foreign = match schema_of(connection)? {
        0 => has("SELECT 1 FROM sqlite_schema")?,
        _ => !has(sql)?,
    };
    Ok(is_foreign.then(|| "it has other tables".to_owned()))
}

pub(super) fn application_of(connection: &Connection) -> database::Result<i32> {
    connection.one("PRAGMA application_id", (), |row| row.get(0))
}

/// Opens the database at that path to write, making it if there is none.
pub(super) fn open_or_make(path: &Path) -> database::Result<Connection> {
    Ok(rusqlite::Connection::open(path)?.into())
}

/// Opens the database at that path to write beside a server that may be running.
pub(super) fn open_beside(path: &Path) -> database::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::from(rusqlite::Connection::open_with_flags(path, flags)?);
    connection.wait_for_others(BUSY)?;
    overwrite_deleted(&connection)?;
    Ok(connection)
}

/// Has SQLite overwrite deleted content with zeros (`secure_delete`), in its place and in pages that become free, so that
/// killed content does not stay in the file.
fn overwrite_deleted(connection: &Connection) -> database::Result<()> {
    set(connection, "secure_delete", "ON")
}

/// Sets the options of the one connection that writes.
pub(super) fn settle_writer(connection: &Connection) -> database::Result<()> {
    set(connection, "journal_mode", "WAL")?;
    wait_for_disk(connection, DiskWait::Always)?;
    overwrite_deleted(connection)?;
    pace_usually(connection)
}

/// The occasions on which a writer waits until its transactions are on disk.
#[derive(Clone, Copy)]
pub(super) enum DiskWait {
    /// Each commit waits until the disk has the transaction.
    Always,
    AtCheckpoints,
}

pub(super) fn wait_for_disk(connection: &Connection, when: DiskWait) -> database::Result<()> {
    let level = match when {
        DiskWait::Always => "FULL",
        DiskWait::AtCheckpoints => "NORMAL",
    };
    set(connection, "synchronous", level)
}

pub(super) fn set_schema(connection: &Connection) -> database::Result<()> {
    set(connection, "user_version", SCHEMA)
}

pub(super) fn set_application(connection: &Connection) -> database::Result<()> {
    set(connection, "application_id", APPLICATION_ID)
}

/// Sets how much of the database a connection keeps in memory, in KiB.
pub(super) fn remember(connection: &Connection, kib: i32) -> database::Result<()> {
    // Negative: SQLite counts a positive number in pages.
    set(connection, "cache_size", -kib)
}

pub(super) fn read_only(path: &Path) -> database::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(rusqlite::Connection::open_with_flags(path, flags)?.into())
}

/// A database in memory, which goes with the connection.
pub(super) fn in_memory() -> database::Result<Connection> {
    Ok(rusqlite::Connection::open_in_memory()?.into())
}

/// Opens a database to be filled that is of no use to anybody before it is whole: the disk is not waited for.
pub(super) fn to_be_filled(path: &Path) -> database::Result<Connection> {
    let connection = open_or_make(path)?;
    set(&connection, "journal_mode", "MEMORY")?;
    set(&connection, "synchronous", "OFF")?;
    Ok(connection)
}

/// Sets the options of a connection that every connection needs.
pub(super) fn settle(connection: &mut Connection) -> database::Result<()> {
    #[cfg(test)]
    if let Some(sqlite) = connection.sqlite_mut() {
        super::plans::record_statements(sqlite)?;
    }
    connection.wait_for_others(BUSY)?;
    // Else SQLite keeps pages as they were before a savepoint in a file of the system's folder for such, where nothing
    // overwrites what was killed.
    set(connection, "temp_store", "MEMORY")?;
    // Plans that do not depend on what is bound: without it a statement on a table with a partial index is planned anew
    // for every value.
    if let Some(sqlite) = connection.sqlite() {
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    }
    Ok(())
}

/// Sets an option that SQLite alone has.
fn set(connection: &Connection, option: &str, value: impl rusqlite::ToSql) -> database::Result<()> {
    let sqlite = connection.sqlite();
    sqlite.map_or(Ok(()), |sqlite| {
        Ok(sqlite.pragma_update(None, option, value)?)
    })
}

/// Sets the options of a writer of small transactions.
pub(super) fn pace_usually(connection: &Connection) -> database::Result<()> {
    pace(connection, CACHE_KIB, CHECKPOINT_PAGES)
}

pub(super) fn pace(
    connection: &Connection,
    cache_kib: i32,
    checkpoint_pages: u32,
) -> database::Result<()> {
    remember(connection, cache_kib)?;
    set(connection, "wal_autocheckpoint", checkpoint_pages)
}

/// Gives memory back that the connection does not need at present.
pub(super) fn release_memory(connection: &Connection) -> database::Result<()> {
    let sqlite = connection.sqlite();
    sqlite.map_or(Ok(()), |_| connection.run_all("PRAGMA shrink_memory"))
}

/// Copies the write-ahead log into the database and empties its file; false where a reader holds it for longer than a
/// connection waits.
pub(super) fn checkpoint_log(connection: &Connection) -> database::Result<bool> {
    if connection.sqlite().is_none() {
        return Ok(true);
    }
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_held: bool = connection.one(sql, (), |row| row.get(0))?;
    Ok(!is_held)
}

pub(super) fn schema_of(connection: &Connection) -> database::Result<u32> {
    if connection.sqlite().is_none() {
        return postgres::schema_of(connection);
    }
    connection.one("PRAGMA user_version", (), |row| row.get(0))
}

/// The names of all tables in a database in a file, each with those of its columns.
pub(super) fn tables(connection: &Connection) -> database::Result<Vec<(String, Vec<String>)>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let names: Vec<String> = connection.rows(sql, (), |row| row.get(0))?;
    let tables = names.into_iter().map(|name| {
        let sql = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";
        let columns = connection.rows(sql, [&*name], |row| row.get(0))?;
        Ok((name, columns))
    });
    tables.collect()
}

/// The statement that makes an index of that name in a database in a file.
pub(super) fn index_definition(connection: &Connection, name: &str) -> database::Result<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1";
    connection.one(sql, [name], |row| row.get(0))
}

/// Whether there is an index of that name.
pub(super) fn has_index(connection: &Connection, name: &str) -> database::Result<bool> {
    let sql = match connection.sqlite() {
        Some(_) => "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1",
        None => "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = ?1",
    };
    connection.exists(sql, [name])
}

/// The position of the newest entry; the log's beginning where there is none.
pub(super) fn newest(connection: &Connection) -> database::Result<Position> {
    let sql = "SELECT seq, time FROM log ORDER BY seq DESC LIMIT 1";
    let newest = connection.row(sql, (), |row| {
        Ok(Position {
            seq: row.get(0)?,
            time: moment(row.get(1)?),
        })
    })?;
    Ok(newest.unwrap_or_default())
}

pub(super) fn meta(connection: &Connection, key: &str) -> database::Result<Option<String>> {
    connection.row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
        row.get(0)
    })
}

pub(super) fn moment(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}
