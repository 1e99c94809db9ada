//! The name under which an answer is kept: the path that spells its resource, and the coding. A request's own path finds
//! it, so that what is kept is found before anything is parsed.

use quick_cache::Equivalent;

use crate::http::response::Coding;

/// A path that spelled a resource when its answer was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    path: Box<str>,
    coding: Coding,
}

impl CacheKey {
    pub(crate) fn new(path: &str, coding: Coding) -> Self {
        Self {
            path: path.into(),
            coding,
        }
    }

    /// The number of bytes on the heap that the path takes.
    pub(crate) fn path_bytes(&self) -> usize {
        self.path.len()
    }
}

/// A cache key as a request brings it, without an allocation. Its fields stand in the same order and hash alike.
#[derive(Hash)]
pub(crate) struct KeyRef<'p> {
    pub(crate) path: &'p str,
    pub(crate) coding: Coding,
}

impl KeyRef<'_> {
    /// A number that tells names apart well enough where a mistake does no harm: names differ at their ends.
    pub(crate) fn name(&self) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let start = (self.path.len() as u64) << 2 | self.coding as u64;
        let chunks = self.path.as_bytes().rchunks(8).take(3);
        chunks.fold(start, |name, chunk| {
            let word = chunk
                .iter()
                .fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
            // The product mixes upwards: its upper half is brought down for what follows.
            let mixed = (name ^ word).wrapping_mul(ODD);
            mixed ^ mixed >> 32
        })
    }
}

impl Equivalent<CacheKey> for KeyRef<'_> {
    fn equivalent(&self, key: &CacheKey) -> bool {
        self.coding == key.coding && *self.path == *key.path
    }
}
