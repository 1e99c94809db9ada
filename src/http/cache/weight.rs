//! The memory that a cached answer takes: its bytes, and everything that is stored beside them.
//!
//! The bound on the cache is to bound the memory of the process. So nothing is left out, and each allocation counts with
//! the size of the block that the allocator gives for it. A test with a counting allocator compares this with the memory
//! that is really taken.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use quick_cache::Weighter;

use super::{CacheKey, CachedAnswer};
use crate::http::document::Answer;
use crate::http::response::representation::Head;
use crate::http::response::{CacheHeaders, Representation};
use crate::memory::block;

/// Bytes that the cache has for each entry: in its list the key, the value, flags and two links, in its table a slot of
/// five bytes, and twice that since both grow ahead.
const SLOT_BYTES: usize =
    2 * (size_of::<(CacheKey, Arc<CachedAnswer>)>() + 2 * size_of::<u64>() + 8);

/// Bytes of the reference counts of an `Arc`.
const COUNTS_BYTES: usize = 2 * size_of::<usize>();

/// Bytes that `Bytes` keep beside their content once they are shared: its start, its length and the reference count.
const SHARING_BYTES: usize = 3 * size_of::<usize>();

/// Maximum number of digits of a length.
const LENGTH_BYTES: usize = 20;

/// Weighs answers for the cache. An answer weighs the same as long as it is kept.
#[derive(Clone)]
pub(crate) struct ByMemory;

impl Weighter<CacheKey, Arc<CachedAnswer>> for ByMemory {
    fn weight(&self, key: &CacheKey, cached: &Arc<CachedAnswer>) -> u64 {
        let fixed_bytes = SLOT_BYTES
            + block(key.path_bytes())
            + block(COUNTS_BYTES + size_of::<CachedAnswer>())
            + cached.depends_on.heap_bytes();
        let answer = match &cached.answer {
            Answer::Found(found) | Answer::Gone(found) | Answer::Forbidden(found) => {
                representation(found)
            }
            Answer::Moved {
                address,
                cache_headers,
            } => block(address.capacity()) + front(cache_headers),
            Answer::Nowhere => 0,
        };
        (fixed_bytes + answer) as u64
    }
}

fn representation(representation: &Representation) -> usize {
    block(COUNTS_BYTES + size_of::<Representation>())
        + shared(representation.body.len())
        + block(representation.hash.capacity())
        + block(representation.etag.capacity())
        + head(&representation.head)
}

/// The values that are not the program's own constants.
fn head(head: &Head) -> usize {
    let values = [
        Some(&head.etag),
        head.last_modified.as_ref(),
        head.link.as_ref(),
        head.sunset.as_ref(),
        head.digest.as_ref(),
    ];
    let values: usize = values.into_iter().flatten().map(value).sum();
    let heads = head.response_heads.get().map_or(0, |written| {
        block(written.full.len()) + block(written.not_modified.len())
    });
    values + shared(LENGTH_BYTES) + front(&head.front) + heads
}

fn front(cache_headers: &CacheHeaders) -> usize {
    let keys: usize = cache_headers.keys.iter().map(|(_, key)| value(key)).sum();
    block(cache_headers.keys.capacity() * size_of::<(HeaderName, HeaderValue)>()) + keys
}

fn value(value: &HeaderValue) -> usize {
    shared(value.len())
}

fn shared(bytes: usize) -> usize {
    block(bytes) + block(SHARING_BYTES)
}
