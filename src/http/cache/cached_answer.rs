//! What is kept of an answer in memory.

use std::sync::atomic::AtomicU64;

use crate::http::document::Answer;

/// What is known of an answer at a touch, and up to which position it was found to be the newest.
pub(crate) struct CachedAnswer {
    pub(crate) answer: Answer,
    /// The key of the selection that touches it; empty for what never changes while the server runs.
    pub(crate) selection: String,
    pub(crate) touched: u64,
    pub(crate) newest_at: AtomicU64,
}
