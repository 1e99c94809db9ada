//! Locks around the making of documents, so that many requests for one document at the same time have it made once.

use std::hash::{BuildHasher, Hash, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Number of locks, over which all keys are spread; large, so that two documents seldom share one.
const STRIPES: usize = 64;

pub(crate) struct MakeLocks {
    stripes: [Mutex<()>; STRIPES],
    hashes: RandomState,
}

impl Default for MakeLocks {
    fn default() -> Self {
        Self {
            stripes: std::array::from_fn(|_| Mutex::new(())),
            hashes: RandomState::new(),
        }
    }
}

impl MakeLocks {
    /// Waits for the lock of what `key` names.
    pub(crate) async fn of(&self, key: &(impl Hash + ?Sized)) -> Option<MutexGuard<'_, ()>> {
        Some(self.stripes.get(self.stripe(key))?.lock().await)
    }

    /// The number of the lock that `key` shares with others.
    pub(crate) fn stripe(&self, key: &(impl Hash + ?Sized)) -> usize {
        let stripe = self.hashes.hash_one(key) % STRIPES as u64;
        usize::try_from(stripe).unwrap_or(0)
    }
}
