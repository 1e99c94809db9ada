//! The first sentences of articles, kept in memory for the lists that show them: a change of one story has one text read anew,
//! and not those of all that stand beside it on the front page.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::item::Id;
use crate::memory::block;
use crate::resource::BaseUrl;
use crate::store::StoredArticle;

use super::body::opening;

/// The number of bytes of an opening that the cache is laid out for, not a bound.
const EXPECTED_BYTES: u64 = 512;

/// Bytes that the cache has for each opening beside its text; its table and its lists may have grown ahead.
const SLOT_BYTES: usize = 2 * (size_of::<(Revision, Opening)>() + 2 * size_of::<u64>() + 8);

/// Bytes of the reference counts of an `Arc`.
const COUNTS_BYTES: usize = 2 * size_of::<usize>();

/// Openings by the revisions that they come from, whose text never changes, bounded by the memory that they take. The
/// opening of an older revision is never asked for again, and is evicted.
pub struct Openings(Cache<Revision, Opening, ByMemory>);

/// An article and the number of its revision.
type Revision = (Id, u64);

/// The first sentence of an article's text; none where the text has no sentence.
type Opening = Option<Arc<str>>;

impl Openings {
    /// An empty cache for openings of at most `bytes` in memory.
    pub fn new(bytes: u64) -> Self {
        let openings = usize::try_from(bytes / EXPECTED_BYTES).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(openings, bytes, ByMemory))
    }

    /// The bytes that the openings take in memory.
    pub fn bytes(&self) -> u64 {
        self.0.weight()
    }

    /// The first sentence of an article's text.
    pub fn of(&self, stored: &StoredArticle, base: &BaseUrl) -> Opening {
        let revision = (stored.state.id, stored.state.revision);
        if let Some(cached) = self.0.get(&revision) {
            return cached;
        }
        let made = opening(stored, base).map(Arc::from);
        self.0.insert(revision, made.clone());
        made
    }
}

#[derive(Clone)]
struct ByMemory;

impl Weighter<Revision, Opening> for ByMemory {
    fn weight(&self, _: &Revision, opening: &Opening) -> u64 {
        let text = opening
            .as_ref()
            .map_or(0, |text| block(COUNTS_BYTES + text.len()));
        (SLOT_BYTES + text) as u64
    }
}
