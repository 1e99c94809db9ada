//! The store with its connections: one that writes, lent to one after the other, and those that read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::Instant;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::database::{self, Connection, Head};
use super::erasing::{ERASING, Erasing, PendingErasure};
use super::lease::Leases;
use super::media::{Photographs, SharedFiles};
use super::place::StorePlace;
use super::postgres::DatabaseServer;
use super::publication_cache::PublicationCache;
use super::reader_limit::ReaderLimit;
use super::recent::Recent;
use super::sqlite::{checkpoint_log, meta, moment, newest, opening, read_only, remember, settle};
use super::store_files::{Lock, MEDIA, StoreFiles};
use super::trouble::Trouble;
use super::writer_lock::WriterLock;
use super::writer_memory::WriterMemory;
use super::{Position, StoreError};

/// Size of a reader's page cache, in KiB: enough for two windows. The 50 articles of one lie on about 430 pages of a large
/// paper, as many as SQLite's default of 2000 KiB holds, and each page that has fallen out is read from the system again.
const READER_CACHE_KIB: i32 = 4000;

/// Idle connections that are kept for readers, for each processor: one that answers and one that makes documents read at
/// once.
const IDLE_READERS: usize = 2;

/// Statements that a reader keeps ready: a feed takes a dozen, and there are some kinds of pages.
const READER_STATEMENTS: usize = 64;

/// Statements that the writer keeps ready.
const WRITER_STATEMENTS: usize = 256;

const IDLE: i64 = i64::MAX;

/// A clock.
pub type Now<'n> = &'n (dyn Fn() -> DateTime<Utc> + Sync);

/// Marks a write as under way until it is dropped.
pub(super) struct Writing<'s>(&'s AtomicI64);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.store(IDLE, Ordering::Release);
    }
}

/// The store, open. One process writes to a store in a folder, and any number read; to one on a server several may write.
pub struct Store {
    /// The database file; where the database is on a server, its name, for messages.
    pub(super) path: PathBuf,
    /// Where the database is, if it is no file.
    pub(super) server: Option<DatabaseServer>,
    /// Idle connections of readers. They stand before the writer, which is closed last: only then is the write-ahead log
    /// written into the database file.
    readers: Mutex<Vec<Connection>>,
    /// Maximum number of idle connections that are kept for readers. To ask for the number of processors opens files.
    max_idle_readers: usize,
    /// The bound on readers, where each connection takes a place on a server.
    reader_limit: Option<ReaderLimit>,
    writer: Mutex<Writer>,
    pub(super) writer_lock: WriterLock,
    is_stopping: AtomicBool,
    seq: AtomicU64,
    /// The sequence number of the newest entry, for those who wait for it.
    pub(super) changed: watch::Sender<u64>,
    /// The number of writes since the store was opened, public or not.
    writes: AtomicU64,
    /// Threads that are woken after each write.
    awaiting_writes: Mutex<Vec<Thread>>,
    time_ms: AtomicI64,
    /// When the write under way began; nothing is under way at `IDLE`.
    writing_since_ms: AtomicI64,
    /// The second before which no entry may be dated any more, because responses with a Last-Modified promised that.
    promised_s: AtomicI64,
    /// The newest write of any node that is known to those who serve, where the database is on a server.
    pub(super) known_writes: Mutex<u64>,
    /// The newest write of any node when this one wrote, or began to.
    pub(super) last_write: AtomicU64,
    /// The number of the store's life on a server; 0 until it is known.
    pub(super) epoch: AtomicI64,
    pub(super) is_replaced: AtomicBool,
    /// By how many milliseconds the clock of the database's server is ahead of this node's.
    pub(super) clock_ahead_ms: AtomicI64,
    /// When this node last knew all that others had written; `None` where it does not listen.
    pub(super) last_heard: Mutex<Option<Instant>>,
    pub(super) leases: Leases,
    /// Whether the folder of data was used with no store before, and the database is on a server.
    pub(super) is_new_node: bool,
    /// The number of the newest removal of files that this node has followed.
    pub(super) removals: AtomicU64,
    photographs: Photographs,
    pub(super) publication_cache: PublicationCache,
    pub(super) recent: Recent,
    pub(super) erasing: Erasing,
    /// Why the last write failed, until one succeeds.
    pub(super) trouble: Trouble,
    /// The files of a store that is open for writing. They stand behind the connections, which are closed first.
    pub(super) place: Option<StoreFiles>,
    /// The lock of the folder, held as long as the store is open for writing.
    pub(super) lock: Option<Lock>,
}

impl Head {
    pub(super) fn position(&self) -> Position {
        Position {
            seq: self.seq,
            time: moment(self.time_ms),
        }
    }
}

/// The writing connection and what it remembers.
pub struct Writer {
    pub(super) connection: Connection,
    pub(super) memory: WriterMemory,
}

impl Store {
    /// A store over the one connection, which writes where it may.
    pub(super) fn assemble(
        place: &StorePlace,
        path: PathBuf,
        mut connection: Connection,
    ) -> Result<Self, StoreError> {
        settle(&mut connection)?;
        // A writer has more kinds of statements than a library's own measure keeps.
        connection.keep_statements(WRITER_STATEMENTS);
        let trouble = Trouble::default();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let server = place.server().cloned();
        let reader_limit = server
            .as_ref()
            .map(|server| ReaderLimit::new(server.max_readers()));
        Ok(Self {
            path,
            max_idle_readers: reader_limit
                .as_ref()
                .map_or(IDLE_READERS * processors, ReaderLimit::most),
            reader_limit,
            server,
            writer: Mutex::new(Writer {
                connection,
                memory: WriterMemory::default(),
            }),
            writer_lock: WriterLock::default(),
            is_stopping: AtomicBool::new(false),
            readers: Mutex::new(Vec::new()),
            seq: AtomicU64::new(0),
            changed: watch::Sender::new(0),
            writes: AtomicU64::new(0),
            awaiting_writes: Mutex::default(),
            time_ms: AtomicI64::new(0),
            writing_since_ms: AtomicI64::new(IDLE),
            promised_s: AtomicI64::new(i64::MIN),
            known_writes: Mutex::default(),
            last_write: AtomicU64::new(0),
            epoch: AtomicI64::new(0),
            is_replaced: AtomicBool::new(false),
            clock_ahead_ms: AtomicI64::new(0),
            last_heard: Mutex::default(),
            leases: Leases::default(),
            is_new_node: false,
            removals: AtomicU64::new(0),
            photographs: Photographs::telling(place.folder().join(MEDIA), trouble.clone())
                .sharing(place.server().map(SharedFiles::of)),
            publication_cache: PublicationCache::default(),
            recent: Recent::default(),
            trouble,
            place: None,
            lock: None,
            erasing: Erasing::default(),
        })
    }

    /// The store as the one that has the folder, and the database file where it is one.
    pub(super) fn holding(self, place: Option<StoreFiles>, lock: Lock) -> Self {
        Self {
            place,
            lock: Some(lock),
            ..self
        }
    }

    /// Whether the database is on a server, so that each question waits for the network.
    pub fn is_on_server(&self) -> bool {
        self.server.is_some()
    }

    /// Whether the database is on a server, and each write to it is counted by [`Store::writes`], whichever node wrote.
    pub(super) fn hears_all_writes(&self) -> bool {
        self.last_heard().is_some()
    }

    /// Whether the database's server dates entries.
    pub(super) fn is_dated_by_server(&self) -> bool {
        let server = self.server.as_ref();
        self.lock.is_some() && server.is_some_and(DatabaseServer::dates_entries)
    }

    /// When this node last knew all that others had written; `None` where it does not listen.
    pub(super) fn last_heard(&self) -> Option<Instant> {
        *self
            .last_heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the newest write that is known to those who serve.
    pub(super) fn known_writes(&self) -> MutexGuard<'_, u64> {
        self.known_writes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a store that another was put in the place of, or that has lost writes which this node knows: what is in memory is of
    /// the one before.
    pub(super) fn expect_epoch(&self, head: &Head, known_before: u64) -> database::Result<()> {
        let known = self
            .epoch
            .compare_exchange(0, head.epoch, Ordering::AcqRel, Ordering::Acquire);
        let is_same = known.map_or_else(|known| known == head.epoch, |_| true);
        match is_same && head.writes >= known_before {
            true => Ok(()),
            false => {
                self.is_replaced.store(true, Ordering::Release);
                Err(database::Error::Replaced)
            }
        }
    }

    /// Whether the store is another than this server opened, which has to start anew.
    pub fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }

    /// Begins to know the store as it is, where it is opened, or where a connection broke.
    pub(super) fn begin_to_know(&self, writer: &mut Writer) -> database::Result<bool> {
        let known_before = *self.known_writes();
        let Some(head) = writer.connection.head()? else {
            return Ok(false);
        };
        writer.memory.forget();
        self.expect_epoch(&head, known_before)?;
        if self.is_dated_by_server() {
            self.promise(head.promised_s);
        }
        self.last_write.store(head.writes, Ordering::Release);
        let mut known = self.known_writes();
        if head.writes >= *known {
            *known = head.writes;
            self.recent.begin(head.seq);
            self.advance(head.position());
        }
        Ok(true)
    }

    /// Whether all files of the store are where this server opened them.
    ///
    /// # Errors
    /// Which of them is not.
    pub fn check_files(&self) -> Result<(), StoreError> {
        self.place.as_ref().map_or(Ok(()), |place| place.check())
    }

    pub(super) fn opening(&self, error: &database::Error) -> StoreError {
        match &self.server {
            Some(server) => server.refused(error),
            None => opening(&self.path, error),
        }
    }

    pub(super) fn with_writer<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> T {
        self.with_writer_lock(false, work)
    }

    /// Lends the writer, before all others who wait where it is urgent.
    pub(super) fn with_writer_lock<T>(
        &self,
        is_urgent: bool,
        work: impl FnOnce(&mut Writer) -> T,
    ) -> T {
        let _guard = self.writer_lock.take(is_urgent);
        let mut writer: MutexGuard<'_, Writer> =
            self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // What fails here fails once more with the work.
        let _ = self.settle_doubt(&mut writer);
        work(&mut writer)
    }

    /// Where the connection broke, its last transaction may have been done, and others may have written: what is there is what
    /// is known from now on. Where the server cannot say, no transaction begins.
    fn settle_doubt(&self, writer: &mut Writer) -> database::Result<()> {
        let connection = &writer.connection;
        if !connection.mend()? {
            return Ok(());
        }
        // Of a kill whose end was not heard.
        let is_to_erase = meta(connection, ERASING)?.is_some();
        self.begin_to_know(writer)?;
        if is_to_erase {
            self.erasing.begin(PendingErasure::Begun);
        }
        Ok(())
    }

    /// Makes the writer's connection to a server anew, where a write failed and none is under way, and learns what is there.
    pub fn settle_failed_write(&self) {
        if self.is_on_server() && self.trouble.get().is_some() {
            self.with_idle_writer(|_| ());
        }
    }

    /// The writer where none writes or waits to; `None` where one does.
    pub(super) fn with_idle_writer<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> Option<T> {
        let _guard = self.writer_lock.take_at_once()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.settle_doubt(&mut writer);
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

    /// Lends the writer, and notes where the disk refuses what is done with it.
    pub(super) fn with_noted_writer<T>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with_writer(work)
            .inspect_err(|error| self.trouble.note(error))
    }

    /// Writes the write-ahead log into the database (a checkpoint), so that the database is one file.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        self.idle().clear();
        self.with_writer(|writer| {
            checkpoint_log(&writer.connection)?;
            Ok(())
        })
    }

    /// Whether something is to be taken away, and waits for the one who writes.
    #[cfg(test)]
    pub(crate) fn decisions_wait(&self) -> bool {
        self.writer_lock.waiting() == super::writer_lock::WaitingWriters::Decisions
    }

    /// Whether anybody waits for the one who writes.
    #[cfg(test)]
    pub(crate) fn others_wait(&self) -> bool {
        self.writer_lock.waiting() != super::writer_lock::WaitingWriters::None
    }

    /// Forgets what the writer remembers between changes, as a start does.
    #[cfg(test)]
    pub(super) fn forget_writer_memory(&self) {
        self.with_writer(|writer| writer.memory = WriterMemory::default());
    }

    /// Lends a reading connection, whose reads all see one position.
    pub(super) fn reading<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let limit = self.reader_limit.as_ref();
        let _permit = limit.map(ReaderLimit::permit).transpose()?;
        let mut connection = self.take_reader()?;
        let result = {
            let snapshot = connection.transaction()?;
            work(&snapshot)
        };
        self.give_back(connection);
        result
    }

    fn take_reader(&self) -> Result<Connection, StoreError> {
        let idle = self.idle().pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        // Another file at this path must not be served to readers.
        self.check_files()?;
        let mut connection = match &self.server {
            Some(server) => server.connect()?,
            None => read_only(&self.path)?,
        };
        settle(&mut connection)?;
        connection.keep_statements(READER_STATEMENTS);
        remember(&connection, READER_CACHE_KIB)?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < self.max_idle_readers {
            idle.push(connection);
        }
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

    /// The number of writes since the store was opened, of public and other data. As long as it is the same, everything that
    /// was read is still valid.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// Marks a write as under way, and gives the time by which it dates its entries: `now`, unless the clock stepped back
    /// before the second that was promised to readers.
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
        if self.is_dated_by_server() {
            // Each node asks the server for the promise, once for each entry.
            let promised = self.promised_s.load(Ordering::SeqCst);
            return moment(promised.saturating_mul(1000)).min(now);
        }
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
    pub(super) fn promise(&self, second: i64) {
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
        let awaiting = self.awaiting_writes.lock();
        for thread in &*awaiting.unwrap_or_else(PoisonError::into_inner) {
            thread.unpark();
        }
    }

    /// Has `thread` unparked after each write, for as long as the store is open.
    pub fn wake_after_writes(&self, thread: Thread) {
        let awaiting = self.awaiting_writes.lock();
        awaiting
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
    }

    /// Reads the position from the database.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn refresh(&self) -> Result<Position, StoreError> {
        let newest = self.reading(|connection| Ok(newest(connection)?));
        let position = newest.map_err(|error| match error {
            StoreError::Database(error) => self.opening(&error),
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

    /// The steps by which SQLite runs a statement, for whatever is bound.
    ///
    /// # Errors
    /// Where it is no statement of this database.
    #[cfg(test)]
    pub(crate) fn plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        self.reading(|connection| Ok(super::plans::steps(connection, sql)?))
    }
}
