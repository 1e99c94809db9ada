//! The progress of erasing killed content, shared by the thread that erases and those that wait for it.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::count::count;

/// Stands in `meta` from a kill until nothing of it is left in the files; counts the kills meanwhile.
pub(super) const ERASING: &str = "erasing";

/// The part of the erasing that is still ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingErasure {
    /// Erasing has just begun.
    Begun,
    /// A reader holds the write-ahead log.
    Log,
    /// The bytes between rows: this many pages of this many are done.
    Pages { done: u32, of: u32 },
    /// Free pages of an older version.
    Free { pages: u32 },
    /// Files that the system does not let go.
    Photographs { files: usize },
    /// Caches in front have not yet acknowledged the purge of the names under which it stood.
    Caches,
    /// The database or the disk fails.
    Failing(String),
}

impl fmt::Display for PendingErasure {
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
                "not yet overwritten in {} of the database, which an older version left",
                count(*pages, "free page")
            ),
            Self::Photographs { files } => write!(
                f,
                "not yet gone from the folder of photographs: {} cannot be removed; check the folder's owner and mode",
                count(*files, "file")
            ),
            Self::Caches => f.write_str(
                "not yet gone from the list of what caches in front are to purge: one has not acknowledged it",
            ),
            Self::Failing(reason) => write!(f, "not yet gone from the files of the store: {reason}"),
        }
    }
}

/// The shared state of erasing: the work that is still ahead, and the means to wait for it.
#[derive(Default)]
pub(super) struct Erasing {
    state: Mutex<ErasureState>,
    /// Notified when there is something to erase.
    pub(super) wake: Condvar,
    /// Held while something is erased.
    pub(super) pass_lock: Mutex<()>,
    /// The result of the last pass, for those who wait for it.
    pub(super) last_pass: watch::Sender<ErasurePass>,
}

#[derive(Default)]
pub(super) struct ErasureState {
    pub(super) pending: Option<PendingErasure>,
    /// The number of kills since the store was opened.
    pub(super) kills: u64,
    /// The caches in front that have to acknowledge a purge first; `None` where none are configured.
    pub(super) caches: Option<Vec<String>>,
    /// The kill for which all pages were cleaned already.
    pub(super) cleaned_for: Option<String>,
}

/// A pass that has ended.
#[derive(Default)]
pub(super) struct ErasurePass {
    /// The number of kills since the store was opened, when the pass began.
    pub(super) kills: u64,
    pending: Option<PendingErasure>,
}

impl ErasurePass {
    /// Whether what is left takes longer than a request may wait.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(
            self.pending,
            Some(PendingErasure::Log | PendingErasure::Begun)
        )
    }
}

impl Erasing {
    /// Has the one who erases begin after a kill; `left` is still ahead.
    pub(super) fn begin(&self, left: PendingErasure) {
        let mut known = self.known();
        known.pending = Some(left);
        known.kills += 1;
        drop(known);
        self.wake.notify_all();
    }

    /// Reports the result of a pass that began after this many kills. Content that was killed meanwhile is still ahead.
    pub(super) fn end(&self, kills: u64, pending: Option<PendingErasure>) {
        let mut known = self.known();
        if pending.is_some() || known.kills == kills {
            known.pending.clone_from(&pending);
        }
        drop(known);
        self.last_pass.send_replace(ErasurePass { kills, pending });
    }

    pub(super) fn known(&self) -> MutexGuard<'_, ErasureState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, left: Option<PendingErasure>) {
        self.known().pending = left;
    }
}
