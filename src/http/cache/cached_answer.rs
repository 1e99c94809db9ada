//! Answers in the memory cache, with the facts that show whether they are still the newest.

use std::sync::atomic::AtomicU64;

use crate::http::document::Answer;
use crate::http::document::dependencies::DependsOn;

/// An answer in the cache: what it depends on, its touch, and the position up to which it is known to be the newest.
pub(crate) struct CachedAnswer {
    pub(crate) answer: Answer,
    pub(crate) depends_on: DependsOn,
    pub(crate) touched: u64,
    pub(crate) newest_at: AtomicU64,
}
