//! Counters of responses by status and of rendered documents, for the operator's metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::latency::Latency;

/// The number of responses by status, and of documents that were rendered for them, since the start.
pub struct Counters {
    statuses: [AtomicU64; 600],
    renders: Latency,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            statuses: std::array::from_fn(|_| AtomicU64::new(0)),
            renders: Latency::default(),
        }
    }
}

impl Counters {
    pub(super) fn count(&self, status: StatusCode) {
        if let Some(counter) = self.statuses.get(usize::from(status.as_u16())) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn count_render(&self, took: Duration) {
        self.renders.observe(took);
    }

    /// The number of responses of each status, by ascending status; without those that never went out.
    pub fn statuses(&self) -> Vec<(usize, u64)> {
        let counted = self.statuses.iter().enumerate();
        counted
            .map(|(status, counter)| (status, counter.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// The number of documents rendered since the start.
    pub fn renders(&self) -> u64 {
        self.renders.count()
    }

    /// The histogram of the time that it took to render each of these documents.
    pub fn render_latency(&self) -> &Latency {
        &self.renders
    }
}
