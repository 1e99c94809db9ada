//! Histograms of how long work took, for operators.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in milliseconds; what took longer is in a last bucket.
const BOUNDS_MS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// A histogram of durations, since it was made.
#[derive(Default)]
pub struct Latency {
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    total_us: AtomicU64,
}

/// A bucket of a histogram: the number of durations up to a bound.
pub struct Bucket {
    /// In milliseconds; none for the last bucket, which has all that took longer.
    pub bound_ms: Option<u64>,
    /// The number of durations in this bucket and in those before it.
    pub count: u64,
}

impl Latency {
    pub fn observe(&self, took: Duration) {
        let bucket = BOUNDS_MS.partition_point(|bound| Duration::from_millis(*bound) < took);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        let counts = self.counts.iter();
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// The sum of all durations.
    pub fn total(&self) -> Duration {
        Duration::from_micros(self.total_us.load(Ordering::Relaxed))
    }

    /// The buckets, each with the number of durations up to its bound.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut sum = 0;
        let bounds = BOUNDS_MS.into_iter().map(Some).chain([None]);
        let buckets = bounds.zip(&self.counts).map(|(bound_ms, count)| {
            sum += count.load(Ordering::Relaxed);
            Bucket {
                bound_ms,
                count: sum,
            }
        });
        buckets.collect()
    }

    /// The bound below which a share of the durations lies, in words, such as `up to 5 ms`; `None` where there are none.
    pub fn quantile(&self, share: f64) -> Option<String> {
        let buckets = self.buckets();
        let all = buckets.last().map_or(0, |last| last.count);
        if all == 0 {
            return None;
        }
        let wanted = (all as f64 * share).ceil() as u64;
        let bucket = buckets.iter().find(|bucket| bucket.count >= wanted)?;
        Some(match bucket.bound_ms {
            Some(bound) => format!("up to {bound} ms"),
            None => format!("over {} ms", BOUNDS_MS.last().copied().unwrap_or(0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_told_by_the_bound_of_their_bucket() {
        let latency = Latency::default();
        assert_eq!(latency.quantile(0.5), None);
        for ms in [0, 1, 1, 3, 3, 3, 3, 3, 3, 20_000] {
            latency.observe(Duration::from_millis(ms));
        }
        assert_eq!(latency.quantile(0.3).as_deref(), Some("up to 1 ms"));
        assert_eq!(latency.quantile(0.5).as_deref(), Some("up to 5 ms"));
        assert_eq!(latency.quantile(0.99).as_deref(), Some("over 10000 ms"));
        assert_eq!(latency.total(), Duration::from_millis(20_020));
        let last = latency.buckets().pop().expect("a bucket");
        assert_eq!((last.bound_ms, last.count), (None, 10));
    }
}
