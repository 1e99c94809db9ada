//! SQLite, embedded: opening, locking, durability.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;

use crate::item::Id;

use super::apply::{Ties, close_all, gather};
use super::erase::{self, Erasing};
use super::gone;
use super::paper::Paper;
use super::place::{self, Lock, Place};
use super::probe::Trouble;
use super::recent::Recent;
use super::restore;
use super::turn::Turns;
use super::{Photographs, Position, Settings, StoreError};

/// The schema that this version writes.
pub(super) const SCHEMA: u32 = 7;

/// By these bytes (`Cour`) a database says whose it is.
const APPLICATION_ID: i32 = 0x436f_7572;

/// The database in the folder of the store.
pub(super) const DATABASE: &str = "courant.db";

/// The folder of photographs beside it.
pub(super) const MEDIA: &str = "media";

/// How long a command beside the server waits for the writer.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// After this many pages the log that SQLite writes ahead is brought home: small steps, so that no reader waits for one.
const CHECKPOINT_PAGES: u32 = 1000;

/// What the writer remembers of the database, in KiB.
const CACHE_KIB: i32 = 2000;

/// The same while a whole paper is brought in, and the pages after which the log is brought home: small steps and a small
/// memory would write each page of an index once for every few articles.
const BULK_CACHE_KIB: i32 = 64 * 1024;
const BULK_CHECKPOINT_PAGES: u32 = 64 * 1024;

/// What a reader remembers of the database, in KiB: two windows. The 50 articles of one lie on about 430 pages of a large
/// paper, as many as SQLite's own measure of 2000 KiB holds, and each that has fallen out is read from the system again.
const READER_CACHE_KIB: i32 = 4000;

/// Idle connections that are kept for readers, for each processor: one that answers and one that makes documents read at
/// once.
const IDLE_READERS: usize = 2;

const IDLE: i64 = i64::MAX;

/// Stands in `meta` while a whole paper is brought in, so that a start after a broken one finishes it.
const BULK: &str = "bulk";

/// Marks a write as under way until it is dropped.
pub(super) struct Writing<'s>(&'s AtomicI64);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.store(IDLE, Ordering::Release);
    }
}

/// The store, open. One process writes; any number read.
pub struct Store {
    pub(super) path: PathBuf,
    /// Before the writer, so that it is closed last: only then is what was written ahead brought home into the one file.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Writer>,
    pub(super) turns: Turns,
    is_stopping: AtomicBool,
    seq: AtomicU64,
    /// The same, for those who wait.
    pub(super) changed: watch::Sender<u64>,
    /// How often something was written, public or not.
    writes: AtomicU64,
    time_ms: AtomicI64,
    /// When the write under way began; nothing is under way at `IDLE`.
    writing_since_ms: AtomicI64,
    /// The second before which nothing will be appended, because readers were told so.
    promised_s: AtomicI64,
    photographs: Photographs,
    pub(super) paper: Paper,
    pub(super) recent: Recent,
    pub(super) erasing: Erasing,
    /// Why the last write failed, until one succeeds.
    pub(super) trouble: Trouble,
    /// Where the files are of a store that is open for writing. Behind the connections, which are closed first.
    pub(super) place: Option<Place>,
    /// Held as long as the store is open for writing.
    _lock: Option<Lock>,
}

/// The writing connection and what it remembers.
pub struct Writer {
    pub(super) connection: Connection,
    pub(super) ties: Ties,
}

impl Store {
    /// Opens the store in `folder` for the one server, making it if there is none.
    ///
    /// # Errors
    /// If another server has it, if it is damaged or newer, or if the folder cannot be written.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let lock = Lock::take(folder)?;
        restore::clear(folder).map_err(|error| unwritable(folder, &error))?;
        Self::open_locked(folder, lock, now)
    }

    /// The same for whoever has the lock.
    pub(super) fn open_locked(
        folder: &Path,
        lock: Lock,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        restore::settle(folder).map_err(|error| unwritable(folder, &error))?;
        let path = folder.join(DATABASE);
        place::expect_paper(folder, &lock)?;
        let place = Place::hold(folder)?;
        let connection = Connection::open(&path).map_err(|error| opening(&path, &error))?;
        check_application(&path, &connection)?;
        let store = Self::assemble(folder, path, connection)?;
        let store = Self {
            place: Some(place),
            _lock: Some(lock.clone()),
            ..store
        };
        store.prepare(now)?;
        let id = store.reading(|connection| store.minted_id(connection))?;
        let held = store.place.as_ref().map_or(Ok(()), Place::remember);
        held.and_then(|()| lock.name(id))
            .map_err(|error| unwritable(folder, &error))?;
        store.photographs().forget_drafts();
        store.forget_dropped()?;
        store.take_up_erasing()?;
        let newest = store.refresh()?;
        if newest.seq > 0 {
            // What the server before this one told is not known: at most the second behind its last entry.
            store.promise(newest.time.timestamp() + 1);
        }
        Ok(store)
    }

    /// Opens the store beside a server that may be running, to read only.
    ///
    /// # Errors
    /// If there is none, or it is damaged or newer.
    pub fn open_beside(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE);
        match std::fs::metadata(&path) {
            Ok(found) if found.len() > 0 => {}
            Ok(_) => {
                let reason = "it is empty".to_owned();
                return Err(StoreError::Damaged { path, reason });
            }
            Err(_) => {
                let path = folder.to_owned();
                return Err(StoreError::Absent { path });
            }
        }
        let connection = read_only(&path)?;
        check_application(&path, &connection)?;
        let store = Self::assemble(folder, path, connection)?;
        let schema = store.with_writer(|writer| schema_of(&writer.connection));
        let found = store.check_schema(schema)?;
        if found < SCHEMA {
            return Err(StoreError::Older {
                path: store.path,
                found,
                known: SCHEMA,
            });
        }
        store.refresh()?;
        Ok(store)
    }

    fn assemble(
        folder: &Path,
        path: PathBuf,
        mut connection: Connection,
    ) -> Result<Self, StoreError> {
        settle(&mut connection)?;
        let trouble = Trouble::default();
        Ok(Self {
            path,
            writer: Mutex::new(Writer {
                connection,
                ties: Ties::default(),
            }),
            turns: Turns::default(),
            is_stopping: AtomicBool::new(false),
            readers: Mutex::new(Vec::new()),
            seq: AtomicU64::new(0),
            changed: watch::Sender::new(0),
            writes: AtomicU64::new(0),
            time_ms: AtomicI64::new(0),
            writing_since_ms: AtomicI64::new(IDLE),
            promised_s: AtomicI64::new(i64::MIN),
            photographs: Photographs::telling(folder.join(MEDIA), trouble.clone()),
            paper: Paper::default(),
            recent: Recent::default(),
            trouble,
            place: None,
            _lock: None,
            erasing: Erasing::default(),
        })
    }

    fn prepare(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let found = self.with_writer(|writer| {
            let connection = &writer.connection;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            // What is deleted or killed does not stay where it lay, nor in pages that become free.
            connection.pragma_update(None, "secure_delete", "ON")?;
            pace(connection, CACHE_KIB, CHECKPOINT_PAGES)?;
            schema_of(connection)
        });
        self.check_schema(found)?;
        self.with_writer(|writer| {
            let transaction = writer.connection.transaction()?;
            let found = schema_of(&transaction)?;
            if found == 0 {
                transaction.execute_batch(include_str!("schema.sql"))?;
                let id = Id::mint(now).to_string();
                transaction.execute(
                    "INSERT INTO meta (key, value) VALUES ('publication', ?1)",
                    [id],
                )?;
            }
            if found < 2 {
                transaction.execute_batch(include_str!("schema_2.sql"))?;
                gather(&transaction)?;
            }
            if found < 3 {
                transaction.execute_batch(include_str!("schema_3.sql"))?;
                transaction.execute_batch(include_str!("schema_3_media.sql"))?;
            }
            if found < 4 {
                transaction.execute_batch(include_str!("schema_4.sql"))?;
            }
            if found < 5 {
                transaction.execute_batch(include_str!("schema_5.sql"))?;
            }
            if found < 6 {
                transaction.execute_batch(include_str!("schema_6.sql"))?;
            }
            if found < 7 {
                transaction.execute_batch(include_str!("schema_7.sql"))?;
            }
            if found < 5 {
                let seq = newest(&transaction)?.seq;
                gone::forget_older(&transaction, seq)?;
                if found > 0 {
                    erase::ask_all(&transaction)?;
                }
            }
            if found != SCHEMA {
                transaction.pragma_update(None, "user_version", SCHEMA)?;
            }
            if application_of(&transaction)? != APPLICATION_ID {
                transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            }
            // Else what is full was closed by the entry that filled it.
            if found < 2 || meta(&transaction, BULK)?.is_some() {
                end_bulk(&transaction)?;
            }
            transaction.commit()
        })
        .map_err(|error| self.opening(&error))
    }

    fn check_schema(&self, found: rusqlite::Result<u32>) -> Result<u32, StoreError> {
        let found = found.map_err(|error| self.opening(&error))?;
        if found > SCHEMA {
            return Err(StoreError::Newer {
                path: self.path.clone(),
                found,
                known: SCHEMA,
            });
        }
        Ok(found)
    }

    fn opening(&self, error: &rusqlite::Error) -> StoreError {
        opening(&self.path, error)
    }

    pub(super) fn with_writer<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> T {
        self.with_writer_in_turn(false, work)
    }

    /// The same before all others who wait, where it is urgent.
    pub(super) fn with_writer_in_turn<T>(
        &self,
        is_urgent: bool,
        work: impl FnOnce(&mut Writer) -> T,
    ) -> T {
        let _turn = self.turns.take(is_urgent);
        let mut writer: MutexGuard<'_, Writer> =
            self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut writer)
    }

    /// The writer where none writes or waits to; `None` where one does.
    pub(super) fn with_idle_writer<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> Option<T> {
        let _turn = self.turns.take_at_once()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Some(work(&mut writer))
    }

    /// Has batches of changes end behind the one that is under way.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    /// Whether the store's background work is to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Lets the writer take large steps while `work` runs; for a paper that is brought in before anybody reads.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn in_bulk<T>(&self, work: impl FnOnce() -> T) -> Result<T, StoreError> {
        self.with_writer(|writer| {
            writer.ties.bulk = true;
            let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, '')";
            writer.connection.execute(sql, [BULK])?;
            pace(&writer.connection, BULK_CACHE_KIB, BULK_CHECKPOINT_PAGES)
        })?;
        let result = work();
        self.with_writer(|writer| {
            writer.ties.bulk = false;
            let transaction = writer.connection.transaction()?;
            end_bulk(&transaction)?;
            transaction.commit()?;
            let connection = &writer.connection;
            bring_log_home(connection)?;
            pace(connection, CACHE_KIB, CHECKPOINT_PAGES)?;
            connection.execute_batch("PRAGMA shrink_memory")
        })?;
        Ok(result)
    }

    /// Brings home what was written ahead, so that the database is one file.
    pub(super) fn bring_home(&self) -> Result<(), StoreError> {
        self.idle().clear();
        self.with_writer(|writer| {
            bring_log_home(&writer.connection)?;
            Ok(())
        })
    }

    /// Whether something is to be taken away, and waits for the one who writes.
    #[cfg(test)]
    pub(crate) fn decisions_wait(&self) -> bool {
        self.turns.waiting() == super::turn::Waiting::Decisions
    }

    /// Forgets what the writer remembers between changes, as a start does.
    #[cfg(test)]
    pub(super) fn forget_ties(&self) {
        self.with_writer(|writer| writer.ties = Ties::default());
    }

    /// Lends a reading connection, whose reads all see one position.
    pub(super) fn reading<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                // What stands there instead is nothing that readers may be told.
                self.check_place()?;
                let mut connection = read_only(&self.path)?;
                settle(&mut connection)?;
                connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
                connection
            }
        };
        let result = {
            let snapshot = connection.transaction()?;
            work(&snapshot)
        };
        let mut idle = self.idle();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        if idle.len() < IDLE_READERS * processors {
            idle.push(connection);
        }
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The position of the newest entry, without asking the database.
    pub fn position(&self) -> Position {
        Position {
            seq: self.seq.load(Ordering::Acquire),
            time: moment(self.time_ms.load(Ordering::Acquire)),
        }
    }

    /// How often something was written since the store was opened, public or not: as long as it is the same, whatever was read
    /// since is as it was.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// Marks a write as under way, and gives the time by which it dates its entries: `now`, unless the clock stepped
    /// back behind what readers were told.
    pub(super) fn writing(&self, now: DateTime<Utc>) -> (Writing<'_>, DateTime<Utc>) {
        let now_ms = now.timestamp_millis();
        self.writing_since_ms.store(now_ms, Ordering::SeqCst);
        let promised = self.promised_s.load(Ordering::SeqCst);
        let time = moment(promised.saturating_mul(1000).max(now_ms));
        (Writing(&self.writing_since_ms), time)
    }

    /// The moment before which nothing can be appended any more: `now`, or the beginning of the write under way. A clock
    /// that steps back does not alter that, or two bodies could share one Last-Modified.
    pub fn settled(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        // Nothing is told that is later than the second behind the newest entry, so that a clock which leaps forward and
        // back does no harm. Before the look for a write: one that begins between the two finds what was promised.
        let newest = self.position().time.timestamp() + 1;
        self.promise(now.timestamp().min(newest));
        match self.writing_since_ms.load(Ordering::SeqCst) {
            IDLE => now,
            since => moment(since).min(now),
        }
    }

    /// Dates of HTTP have steps of a second, so there is one write a second at most.
    fn promise(&self, second: i64) {
        if self.promised_s.load(Ordering::SeqCst) < second {
            self.promised_s.fetch_max(second, Ordering::SeqCst);
        }
    }

    pub(super) fn advance(&self, position: Position) {
        self.time_ms
            .store(position.time.timestamp_millis(), Ordering::Release);
        self.seq.store(position.seq, Ordering::Release);
        self.writes.fetch_add(1, Ordering::AcqRel);
        self.changed.send_replace(position.seq);
    }

    /// Reads the position from the database.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn refresh(&self) -> Result<Position, StoreError> {
        let newest = self.reading(|connection| Ok(newest(connection)?));
        let position = newest.map_err(|error| match error {
            StoreError::Sqlite(error) => self.opening(&error),
            other => other,
        })?;
        self.recent.begin(position.seq);
        self.advance(position);
        Ok(position)
    }

    /// The photographs kept beside the database.
    pub fn photographs(&self) -> &Photographs {
        &self.photographs
    }

    /// The settings by which the newest bytes were made; none in a store that never served.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let json = self.reading(|connection| Ok(meta(connection, "settings")?))?;
        Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
    }
}

fn opening(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(
            rusqlite::ErrorCode::ReadOnly
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::PermissionDenied,
        ) => StoreError::Unwritable { path, reason },
        _ => StoreError::Damaged { path, reason },
    }
}

pub(super) fn unwritable(folder: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unwritable {
        path: folder.to_owned(),
        reason: error.to_string(),
    }
}

/// Refuses the database of another program, before anything is changed in it.
fn check_application(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let found = foreign(connection).map_err(|error| opening(path, &error))?;
    found.map_or(Ok(()), |found| {
        Err(StoreError::Foreign {
            path: path.to_owned(),
            found,
        })
    })
}

/// What shows that a database is not Courant's, if anything does.
pub(super) fn foreign(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let application = application_of(connection)?;
    if application != 0 && application != APPLICATION_ID {
        return Ok(Some(format!("its application id is {application}")));
    }
    let has = |sql: &str| connection.prepare(sql)?.exists([]);
    // Stores that were made before there was an id have a set of tables that no other database has.
    let own =
        "SELECT 1 FROM sqlite_schema a, sqlite_schema b WHERE a.name = 'log' AND b.name = 'touch'";
    let is_foreign = match schema_of(connection)? {
        0 => has("SELECT 1 FROM sqlite_schema")?,
        _ => !has(own)?,
    };
    Ok(is_foreign.then(|| "it has other tables".to_owned()))
}

fn application_of(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

pub(super) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// What every connection is set to.
fn settle(connection: &mut Connection) -> rusqlite::Result<()> {
    #[cfg(test)]
    super::plans::listen(connection)?;
    connection.busy_timeout(BUSY)?;
    // Else SQLite keeps pages as they were before a savepoint in a file of the system's folder for such, where nothing
    // overwrites what was killed.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Plans that do not depend on what is bound: without it a statement on a table with a partial index is planned anew
    // for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn pace(connection: &Connection, cache_kib: i32, checkpoint_pages: u32) -> rusqlite::Result<()> {
    // Negative: SQLite counts a positive number in pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "wal_autocheckpoint", checkpoint_pages)
}

/// Brings home what was written ahead and empties its file; false where a reader holds it for longer than a connection waits.
pub(super) fn bring_log_home(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_held: bool = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(!is_held)
}

pub(super) fn schema_of(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Closes the segments that bringing in a whole paper left open.
fn end_bulk(connection: &Connection) -> rusqlite::Result<()> {
    close_all(connection, newest(connection)?)?;
    connection.execute("DELETE FROM meta WHERE key = ?1", [BULK])?;
    Ok(())
}

/// The position of the newest entry; the log's beginning where there is none.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<Position> {
    let newest = connection
        .prepare_cached("SELECT seq, time FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(Position {
                seq: row.get(0)?,
                time: moment(row.get(1)?),
            })
        })
        .optional()?;
    Ok(newest.unwrap_or_default())
}

pub(super) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

pub(super) fn moment(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}
