//! Text kept in memory from one document to the next.

use crate::content::Openings;
use crate::feed::EntryCache;

/// One part in this many of the memory is for first sentences, which are short beside whole entries.
const OPENING_SHARE: u64 = 8;

/// A cache of text that several documents use: entries for feeds, and the first sentences of stories for pages that list
/// them. An article's own page shares no text with other documents, and is cached as a whole elsewhere.
pub struct TextCache {
    pub entries: EntryCache,
    pub openings: Openings,
}

impl TextCache {
    /// An empty cache for at most `bytes`.
    pub fn new(bytes: u64) -> Self {
        let openings = bytes / OPENING_SHARE;
        Self {
            entries: EntryCache::new(bytes - openings),
            openings: Openings::new(openings),
        }
    }

    /// The bytes that it takes in memory.
    pub fn bytes(&self) -> u64 {
        self.entries.bytes() + self.openings.bytes()
    }
}
