//! The window rule: which of a selection's items a feed gives.

use crate::publication::{Publication, Selection};

/// Minimum number of items in a window, if the selection has them and the publication sets no other number.
pub const MIN_WINDOW_ITEMS: usize = 50;

/// Age up to which all items are in a window, in milliseconds before its newest touch: two days, so that a burst pushes out
/// nothing that readers have not seen.
const WINDOW_AGE_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Maximum size of a window in bytes of stored content. Google reads 2 MB of a feed, and the formats add to the content.
pub const MAX_WINDOW_BYTES: i64 = 1_400_000;

/// Bytes for which an item counts that is larger than a whole window may be: feeds give its summary, beside texts that are
/// bounded ([`crate::item::limits::MAX_BESIDE_BYTES`]) and stand there three times at most.
const OVERSIZED_COUNTS: i64 = 30_000;

/// Whether an item is too large for any window.
pub fn is_oversized(size: i64) -> bool {
    size > MAX_WINDOW_BYTES
}

/// Age up to which a withdrawn item's stub and tombstone stay, in milliseconds before the newest touch.
const STUB_AGE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// An item's place in the order of feeds, and what the rule asks of it.
#[derive(Clone, Debug)]
pub struct Filing {
    pub activity: i64,
    pub position: i64,
    pub item: String,
    pub size: i64,
    pub withdrawn: bool,
    /// When it was published, in milliseconds, if it stands in the list of the selection for people: those have no captions without a
    /// photograph, and an article's own selection has no such list.
    pub listed: Option<i64>,
    /// The entry of the log that last altered what the selection says of the item.
    pub touched: u64,
}

impl Filing {
    /// Whether both have the same place, and count as much there.
    pub fn is_as(&self, other: &Self) -> bool {
        self.activity == other.activity
            && self.position == other.position
            && self.item == other.item
            && self.size == other.size
            && self.withdrawn == other.withdrawn
            && self.listed == other.listed
    }
}

/// Walks a selection from its newest item on and tells for each whether it stands in the window.
pub struct Rule {
    touched_ms: i64,
    extent: Extent,
    items: usize,
    bytes: i64,
}

/// The extent of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The window has all items.
    Whole,
    /// The window has this many items at least, and further ones by their age.
    Newest(usize),
}

impl Extent {
    /// The extent of a selection's window. A named query may have one of its own.
    pub fn of(selection: &Selection, publication: Option<&Publication>) -> Self {
        match selection {
            Selection::Article(_) | Selection::Archive(..) => Self::Whole,
            Selection::Named(name) => {
                let query = publication.and_then(|publication| publication.query(name));
                Self::Newest(
                    query
                        .and_then(|query| query.window)
                        .unwrap_or(MIN_WINDOW_ITEMS),
                )
            }
            Selection::All
            | Selection::Section(_)
            | Selection::Tag(_)
            | Selection::Author(_)
            | Selection::Captions => Self::Newest(MIN_WINDOW_ITEMS),
        }
    }
}

/// The number of bytes that an item counts for in its window.
pub fn counted_bytes(size: i64) -> i64 {
    if is_oversized(size) {
        OVERSIZED_COUNTS
    } else {
        size
    }
}

/// The verdict of the window's rule about one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowVerdict {
    In,
    /// Passed over; an older one may still be in.
    Skipped,
    /// Neither this nor any older one is in.
    Past,
}

impl Rule {
    /// `touched_ms` is the time of the selection's newest touch. `held_bytes` is what the items count for that stand in no
    /// closed segment of its archive: they are in the window whatever comes, so their room is taken before all other.
    pub fn new(touched_ms: i64, extent: Extent, held_bytes: i64) -> Self {
        Self {
            touched_ms,
            extent,
            items: 0,
            bytes: held_bytes,
        }
    }

    /// Decides about the next older item. `held` says that its bytes were counted when the rule was created.
    pub fn next(&mut self, activity: i64, size: i64, withdrawn: bool, held: bool) -> WindowVerdict {
        if withdrawn && activity < self.touched_ms - STUB_AGE_MS {
            return WindowVerdict::Skipped;
        }
        let Extent::Newest(at_least) = self.extent else {
            return WindowVerdict::In;
        };
        if held {
            self.items += 1;
            return WindowVerdict::In;
        }
        let size = counted_bytes(size);
        let recent = activity >= self.touched_ms - WINDOW_AGE_MS;
        let room = self.bytes + size <= MAX_WINDOW_BYTES;
        if !room || (self.items >= at_least && !recent) {
            return WindowVerdict::Past;
        }
        self.items += 1;
        self.bytes += size;
        WindowVerdict::In
    }
}
