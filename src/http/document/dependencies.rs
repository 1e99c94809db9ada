//! What a document depends on: the keys whose touches alter what was made of a selection.

use std::ops::Deref;

use crate::store::{Position, Store, StoreError, key};

/// The key of the whole publication's feed.
const ALL: &str = "all";

/// The key of the front page, which shows the newest items and the list of sections.
pub(crate) const FRONT: &str = "front";

/// Before the key of what a card shows.
pub(crate) const CARD: &str = "card:";

/// The keys whose touches alter something.
pub(crate) enum Keys<'k> {
    None,
    One([&'k str; 1]),
    Two([&'k str; 2]),
}

impl<'k> Deref for Keys<'k> {
    type Target = [&'k str];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::None => &[],
            Self::One(keys) => keys,
            Self::Two(keys) => keys,
        }
    }
}

/// The keys whose touches alter what was made of `selection`.
pub(crate) fn depends_on(selection: &str) -> Keys<'_> {
    match selection {
        FRONT => Keys::Two([ALL, key::LISTS]),
        "" => Keys::None,
        _ => match selection.strip_prefix(CARD) {
            Some(shown) => Keys::Two([shown, key::CARDS]),
            None => Keys::One([selection]),
        },
    }
}

/// The newest touch of what was made of `selection`.
pub(crate) fn touch_of(store: &Store, selection: &str) -> Result<Position, StoreError> {
    let mut newest = Position::default();
    for key in depends_on(selection).iter() {
        newest = newest.max(store.touch(key)?);
    }
    Ok(newest)
}
