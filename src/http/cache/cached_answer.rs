//! What is kept of an answer in memory.

use std::sync::atomic::AtomicU64;

use crate::http::document::Answer;
use crate::http::document::dependencies::DependsOn;

/// What is known of an answer at a touch, and up to which position it was found to be the newest.
pub(crate) struct CachedAnswer {
    pub(crate) answer: Answer,
    pub(crate) depends_on: DependsOn,
    pub(crate) touched: u64,
    pub(crate) newest_at: AtomicU64,
}
