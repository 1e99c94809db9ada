//! The writer's cache between changes, so that a bulk import does not ask the database the same again and again.

use std::collections::HashMap;

use crate::publication::{NameKind, Selection};

use super::filed::FeedPlace;

/// The writer's cache of data that the database has, kept between changes: it can be cleared at any time.
#[derive(Default)]
pub struct WriterMemory {
    /// For a wished moment, the last one that was given in its place.
    pub(super) stamps: HashMap<i64, i64>,
    /// For a selection, the place from which on nothing stands in its window as long as items are only added.
    pub(super) floors: HashMap<Selection, FeedPlace>,
    /// The slugs of tags and of people by kind and name, while a whole paper is brought in: no kill removes one then.
    pub(super) slugs: HashMap<(NameKind, String), String>,
    /// A whole paper is being brought in, and nobody reads before it is done.
    pub(super) bulk: bool,
}

/// Maximum number of stamps that are remembered: imports write moments in runs, so few are asked for again.
const MAX_REMEMBERED: usize = 100_000;

impl WriterMemory {
    pub(super) fn forget(&mut self) {
        self.stamps.clear();
        self.floors.clear();
        self.slugs.clear();
    }

    pub(super) fn bound(&mut self) {
        let lengths = [self.stamps.len(), self.floors.len(), self.slugs.len()];
        if lengths.into_iter().any(|length| length > MAX_REMEMBERED) {
            self.forget();
        }
    }
}
