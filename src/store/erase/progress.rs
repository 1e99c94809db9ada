//! How far the erasing of what was killed is, and those who wait for it.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::store::Store;

/// What of the erasing is still ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unerased {
    /// It has just begun.
    Begun,
    /// A reader holds what was written ahead.
    Log,
    /// The bytes between rows: this many pages of this many are done.
    Pages { done: u32, of: u32 },
    /// Free pages of an older version.
    Free { pages: u32 },
    /// Files that the system does not let go.
    Photographs { files: usize },
    /// Caches in front are to be told under which names it stood.
    Caches,
    /// The database or the disk fails.
    Failing(String),
}

impl fmt::Display for Unerased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun => f.write_str("not yet gone from the files of the store"),
            Self::Log => f.write_str("not yet gone from the write-ahead log: a reader holds it"),
            Self::Pages { done, of } => write!(
                f,
                "not yet overwritten between the rows of the database: {done} of {of} pages are done"
            ),
            Self::Free { pages } => write!(
                f,
                "not yet overwritten in {pages} free pages of the database, which an older version left"
            ),
            Self::Photographs { files } => write!(
                f,
                "not yet gone from the folder of photographs: {files} files cannot be removed; check the folder's owner and mode"
            ),
            Self::Caches => f.write_str(
                "not yet gone from the list of what caches in front are to purge: one has not acknowledged it",
            ),
            Self::Failing(reason) => write!(f, "not yet gone from the files of the store: {reason}"),
        }
    }
}

/// How far the erasing is.
#[derive(Default)]
pub(in crate::store) struct Erasing {
    known: Mutex<Known>,
    /// Is told when there is something to erase.
    pub(super) woken: Condvar,
    /// Held while something is erased.
    pub(super) turn: Mutex<()>,
    /// What the last pass came to, for those who wait.
    passed: watch::Sender<Passed>,
}

#[derive(Default)]
pub(super) struct Known {
    pub(super) left: Option<Unerased>,
    /// How many kills came since the store was opened.
    pub(super) kills: u64,
    /// The caches in front that have to know of it first. None where none are configured.
    pub(super) caches: Option<Vec<String>>,
    /// For which kill the pages were all looked at.
    pub(super) clean_for: Option<String>,
}

/// A pass that has ended.
#[derive(Default)]
struct Passed {
    /// How many kills had come when it began.
    kills: u64,
    left: Option<Unerased>,
}

impl Passed {
    /// Whether what is left takes longer than a request may wait.
    fn is_settled(&self) -> bool {
        !matches!(self.left, Some(Unerased::Log | Unerased::Begun))
    }
}

impl Erasing {
    /// Tells what a pass came to that began after this many kills. What was killed meanwhile is still ahead.
    pub(super) fn end(&self, kills: u64, left: Option<Unerased>) {
        let mut known = self.known();
        if left.is_some() || known.kills == kills {
            known.left.clone_from(&left);
        }
        drop(known);
        self.passed.send_replace(Passed { kills, left });
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, left: Option<Unerased>) {
        self.known().left = left;
    }
}

impl Store {
    /// What of the erasing of what was killed is still ahead; none where nothing killed is left in the files. Asks no
    /// database.
    pub fn unerased(&self) -> Option<Unerased> {
        self.erasing.known().left.clone()
    }

    /// Waits until another thread has erased what was killed by now, or found that this takes longer, at most so long; gives
    /// what is still ahead.
    pub async fn erased_within(&self, most: Duration) -> Option<Unerased> {
        let kills = self.erasing.known().kills;
        let mut passed = self.erasing.passed.subscribe();
        let is_over = |passed: &Passed| passed.kills >= kills && passed.is_settled();
        // Where no report comes in time, what is left tells.
        let _ = tokio::time::timeout(most, passed.wait_for(is_over)).await;
        self.unerased()
    }

    /// Waits so long before the next pass; true where something was killed since the last one began, which does not wait.
    pub fn pause_erasing(&self, most: Duration) -> bool {
        let passed = self.erasing.passed.borrow().kills;
        let known = self.erasing.known();
        let is_idle = |known: &mut Known| known.kills == passed;
        let waited = self.erasing.woken.wait_timeout_while(known, most, is_idle);
        waited.is_ok_and(|(known, _)| known.kills != passed)
    }

    /// Waits until there is something to erase, at most so long.
    pub fn wait_to_erase(&self, most: Duration) {
        let known = self.erasing.known();
        let is_idle = |known: &mut Known| known.left.is_none();
        let waited = self.erasing.woken.wait_timeout_while(known, most, is_idle);
        drop(waited);
    }
}
