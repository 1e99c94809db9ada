//! Several servers on one store (nodes): each hears of what the others write, at once where they tell, and by asking where that
//! fails. A node reads the touches behind its position and then advances, so that no answer in memory passes for newer than it is.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::database::{self, Connection, Head, random_name};
use super::erasing::{ERASING, PendingErasure};
use super::holders;
use super::killed::NAMES_FORGOTTEN;
use super::media::SharedFiles;
use super::recent::GENERATION;
use super::sqlite::{BUSY, meta, moment};
use super::{Clock, Position, Store, StoreError, TouchKey};

/// Time after which a node asks for what others wrote, where it heard nothing.
const ASK_INTERVAL: Duration = Duration::from_secs(1);

/// A node that heard nothing for this time says so.
const SILENCE: Duration = Duration::from_secs(3);

/// The connection by which a node hears of the writes of others.
pub struct NodeListener {
    connection: Connection,
    /// The name of this node, which no other has.
    node: String,
}

/// Touches behind a position.
struct LaterTouches {
    /// `None` where they are too many, or one is not to be told from none.
    touches: Option<HashMap<TouchKey, Position>>,
    /// Whether something was killed whose remains are not erased yet.
    is_to_erase: bool,
}

impl LaterTouches {
    /// Reads those behind `seq`; some may belong to entries that came after the head was read, which does no harm.
    fn read(connection: &Connection, seq: u64) -> database::Result<Self> {
        let sql = "SELECT selection, seq, time FROM touch WHERE seq > ?1 LIMIT ?2";
        let touches = connection.rows(sql, (seq, GENERATION + 1), |row| {
            let at = Position {
                seq: row.get(1)?,
                time: moment(row.get(2)?),
            };
            Ok((row.get(0)?, at))
        })?;
        // The touch of a name that was forgotten is erased.
        let forgotten = meta(connection, NAMES_FORGOTTEN)?;
        let forgotten = forgotten.and_then(|seq| seq.parse::<u64>().ok());
        let is_known = touches.len() <= GENERATION && forgotten.is_none_or(|at| at <= seq);
        Ok(Self {
            touches: is_known.then(|| touches.into_iter().collect()),
            is_to_erase: meta(connection, ERASING)?.is_some(),
        })
    }
}

impl Store {
    /// The clock by which this node goes: that of the database's server where it dates the entries, so that a wrong clock of the
    /// node harms nothing. It is compared with the node's own as often as the node hears of others.
    pub fn clock(self: &Arc<Self>, own: Clock) -> Clock {
        if !self.is_dated_by_server() {
            return own;
        }
        let store = Arc::clone(self);
        Arc::new(move || {
            let ahead = store.clock_ahead_ms.load(Ordering::Relaxed);
            moment(own().timestamp_millis().saturating_add(ahead))
        })
    }

    /// Begins to hear of what other nodes write, and calls `wake` when they do; `None` where the store is in a folder, which has
    /// one server.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn listen(
        &self,
        own_clock: &Clock,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Option<NodeListener>, StoreError> {
        let Some(server) = &self.server else {
            return Ok(None);
        };
        let refused = |error: database::Error| server.refused(&error);
        let connection = server.listen(Arc::new(wake)).map_err(refused)?;
        connection.wait_for_others(BUSY).map_err(refused)?;
        let listener = NodeListener {
            connection,
            node: random_name().map_err(refused)?,
        };
        self.hear(&listener, own_clock)?;
        Ok(Some(listener))
    }

    /// Learns what other nodes wrote, keeps the leases, and promises what Last-Modified does. Gives the time until this is to be
    /// called again, if nothing wakes before.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn hear(&self, listener: &NodeListener, own_clock: &Clock) -> Result<Duration, StoreError> {
        let NodeListener { connection, node } = listener;
        let begin = Instant::now();
        let known_before = *self.known_writes();
        let Some(head) = connection.head()? else {
            return Ok(ASK_INTERVAL);
        };
        if self.is_dated_by_server() {
            // Read on the server about half-way between the question and the answer.
            let half = i64::try_from(begin.elapsed().as_millis() / 2).unwrap_or(0);
            let ahead = head.clock_ms + half - own_clock().timestamp_millis();
            self.clock_ahead_ms.store(ahead, Ordering::Relaxed);
        }
        self.expect_epoch(&head, known_before)?;
        self.learn(connection, &head)?;
        self.renew_leases(connection, node)?;
        let wait = self.promise_to_all(connection, &head)?;
        *self
            .last_heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(begin);
        if let Err(error) = self.follow_removals(connection) {
            // It is tried again. What others write is heard of all the same.
            self.trouble.note(&error);
        }
        Ok(wait.min(ASK_INTERVAL))
    }

    /// Gives other nodes the files that this one has in its folder, and removes what was removed meanwhile. `progress` gets the number
    /// of hash folders that are done, and of all.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn share_files(&self, progress: &dyn Fn(usize, usize)) -> Result<(), StoreError> {
        let is_named = |hash: &str| self.names_file(hash).map_err(io::Error::other);
        let newest = self.photographs().share_all(&is_named, progress);
        let newest = newest.map_err(|error| self.unshared(&error))?;
        self.removals.store(newest, Ordering::Release);
        Ok(())
    }

    /// Removes the copies of files that other nodes removed.
    fn follow_removals(&self, connection: &Connection) -> Result<(), StoreError> {
        let known = self.removals.load(Ordering::Acquire);
        let mut failed = None;
        for removed in SharedFiles::removed_after(connection, known)? {
            match self.photographs().follow_removal(&removed) {
                Ok(()) if failed.is_none() => {
                    self.removals.store(removed.number, Ordering::Release);
                }
                Ok(()) => {}
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| Err(self.unshared(&error)))
    }

    /// Whether anything names the file of that hash, public or not.
    fn names_file(&self, hash: &str) -> Result<bool, StoreError> {
        self.reading(|connection| {
            let is_named = self.publication_in(connection)?.has_picture(hash)
                || holders::is_had(connection, hash)?
                || holders::is_kept_ahead(connection, hash)?;
            Ok(is_named)
        })
    }

    fn unshared(&self, error: &io::Error) -> StoreError {
        StoreError::Unwritable {
            path: self.photographs().folder().to_owned(),
            reason: error.to_string(),
        }
    }

    /// The time since this node knew all that others had written; none where it has no others.
    pub fn silence(&self) -> Duration {
        self.last_heard()
            .map_or(Duration::ZERO, |heard| heard.elapsed())
    }

    /// Why what is served may be older than what other nodes wrote, where it may.
    pub fn node_trouble(&self) -> Option<String> {
        let silent = self.silence();
        (silent > SILENCE).then(|| {
            let seconds = silent.as_secs();
            format!("nothing was heard of the writes of other nodes for {seconds} s: what is served may be old")
        })
    }

    /// Leaves to other nodes what this one alone did.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn leave(&self, listener: &NodeListener) -> Result<(), StoreError> {
        Ok(self.give_leases_up(&listener.connection, &listener.node)?)
    }

    /// Promises that nothing is dated before the second behind the newest entry, once it is over; gives the time until then.
    fn promise_to_all(&self, connection: &Connection, head: &Head) -> database::Result<Duration> {
        if !self.is_dated_by_server() {
            return Ok(ASK_INTERVAL);
        }
        self.promise(head.promised_s);
        let second = head.time_ms.div_euclid(1000) + 1;
        if head.seq == 0 || head.promised_s >= second {
            return Ok(ASK_INTERVAL);
        }
        let left = second.saturating_mul(1000) - head.clock_ms;
        if let Ok(left @ 1..) = u64::try_from(left) {
            return Ok(Duration::from_millis(left));
        }
        if let Some(promised) = connection.promise(head.seq)? {
            self.promise(promised);
        }
        Ok(ASK_INTERVAL)
    }

    /// Takes over what others wrote up to that head. Reads before it locks: what is known is known by those who serve, too.
    fn learn(&self, connection: &Connection, head: &Head) -> database::Result<()> {
        let (known, seq) = {
            let known = self.known_writes();
            (*known, self.position().seq)
        };
        if head.writes <= known {
            return Ok(());
        }
        let later = match head.seq > seq {
            true => Some(LaterTouches::read(connection, seq)?),
            false => None,
        };
        let mut known = self.known_writes();
        // Meanwhile this node may have written.
        if head.writes > *known {
            *known = head.writes;
            self.add_later(later, head.position());
        }
        Ok(())
    }

    fn add_later(&self, later: Option<LaterTouches>, newest: Position) {
        // The node that killed it may have gone since.
        let is_to_erase = later.as_ref().is_some_and(|later| later.is_to_erase);
        if is_to_erase && self.erasing.known().pending.is_none() {
            self.erasing.begin(PendingErasure::Begun);
        }
        match later.map(|later| later.touches) {
            Some(Some(touches)) => self.recent.add(newest.seq, touches),
            Some(None) => self.recent.begin(newest.seq),
            None => {}
        }
        self.advance(newest);
    }

    /// Before a transaction that has the head: what others wrote since this node's last is learned, and what the writer remembers is
    /// forgotten then.
    pub(super) fn learn_before_write(
        &self,
        connection: &Connection,
        head: &Head,
    ) -> database::Result<bool> {
        // Under the lock of the head, nothing is known that is not in it.
        self.expect_epoch(head, *self.known_writes())?;
        self.learn(connection, head)?;
        Ok(self.last_write.swap(head.writes, Ordering::AcqRel) == head.writes)
    }

    /// After the commit of a transaction that had the head: its touches are known before anything else is told.
    pub(super) fn learn_own_write(
        &self,
        head: &Head,
        newest: Position,
        touches: HashMap<TouchKey, Position>,
    ) {
        let own = head.writes + 1;
        self.last_write.store(own, Ordering::Release);
        let mut known = self.known_writes();
        if *known < own {
            *known = own;
            self.recent.add(newest.seq, touches);
            self.advance(newest);
        }
    }

    /// The time by which a transaction dates its entries that began with that head; `now` is the node's.
    pub(super) fn dated(&self, head: Option<Head>, now: DateTime<Utc>) -> DateTime<Utc> {
        match head {
            Some(head) if self.is_dated_by_server() => {
                moment(head.clock_ms.max(head.promised_s.saturating_mul(1000)))
            }
            _ => now,
        }
    }
}
