//! What was touched of late, as far as it is known in memory.
//!
//! After each entry of the log every kept answer has to be found current once more. Asked of the store one by one, ten
//! thousand of them would keep the reader waiting whose feed did change; asked once for all, they cost a look into memory.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::store::{Touched, key};

/// More selections than these are not remembered: what is older is then asked for one by one.
pub(super) const MOST_SELECTIONS: usize = 10_000;

#[derive(Default)]
pub(super) struct Newer(RwLock<Known>);

/// All touches after `from`, up to `to`.
#[derive(Default)]
struct Known {
    from: u64,
    to: u64,
    /// The position at which each was found touched: its touch is not newer.
    touched: HashMap<String, u64>,
}

impl Newer {
    /// Up to where touches are known.
    pub(super) fn known_to(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).to
    }

    /// Whether it is known that none of `keys` was touched after `since` and up to `position`.
    pub(super) fn are_untouched(&self, keys: &[&str], since: u64, position: u64) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_covered = since >= known.from && position <= known.to;
        let touched = |key: &&str| known.touched.get(*key).is_some_and(|at| *at > since);
        is_covered && !keys.iter().any(touched)
    }

    /// Adds what the store told when it was asked for at most [`MOST_SELECTIONS`] after [`Self::known_to`].
    pub(super) fn learn(&self, news: Touched) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let seq = news.seq;
        if seq <= known.to {
            return;
        }
        let many = known.touched.len() + news.selections.len() >= MOST_SELECTIONS;
        if many || news.selections.contains(key::EVERYTHING) {
            known.touched.clear();
            known.from = seq;
        } else {
            let news = news.selections.into_iter().map(|key| (key, seq));
            known.touched.extend(news);
        }
        known.to = seq;
    }
}
