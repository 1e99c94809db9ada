//! Locks around the making of documents, so that many requests for one document at the same time have it made once.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Among this many, two that are made at the same time seldom have to wait for each other.
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
    /// Waits for the lock of `path`.
    pub(crate) async fn of(&self, path: &str) -> Option<MutexGuard<'_, ()>> {
        let place = self.hashes.hash_one(path) % STRIPES as u64;
        let stripe = self.stripes.get(usize::try_from(place).unwrap_or(0))?;
        Some(stripe.lock().await)
    }
}
