//! What the writer remembers between changes, so that a bulk import does not ask the same again and again.

use std::collections::HashMap;

use crate::publication::Selection;

/// Remembered between changes; forgetting it is always safe.
#[derive(Default)]
pub struct WriterMemory {
    /// For a wished moment, the last one that was given in its place.
    pub(super) stamps: HashMap<i64, i64>,
    /// For a selection, an activity below which nothing stands in its window as long as items are only added.
    pub(super) floors: HashMap<Selection, i64>,
    /// A whole paper is being brought in, and nobody reads before it is done.
    pub(super) bulk: bool,
}

/// More would be memory for nothing: imports work in runs.
const MAX_REMEMBERED: usize = 100_000;

impl WriterMemory {
    pub(super) fn forget(&mut self) {
        self.stamps.clear();
        self.floors.clear();
    }

    pub(super) fn bound(&mut self) {
        if self.stamps.len() > MAX_REMEMBERED || self.floors.len() > MAX_REMEMBERED {
            self.forget();
        }
    }
}
