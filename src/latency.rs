//! How long work took, counted in classes, for operators.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the classes, in milliseconds; what took longer is in a last class.
const BOUNDS_MS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// Counts of durations by classes, since it was made.
#[derive(Default)]
pub struct Latency {
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    total_us: AtomicU64,
}

/// The durations up to a bound.
pub struct LatencyClass {
    /// In milliseconds; none for the last class, which has all that took longer.
    pub bound_ms: Option<u64>,
    /// The number of durations in this class and in those before it.
    pub count: u64,
}

impl Latency {
    pub fn note(&self, took: Duration) {
        let class = BOUNDS_MS.partition_point(|bound| Duration::from_millis(*bound) < took);
        if let Some(count) = self.counts.get(class) {
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

    /// The classes, each with the number of durations up to its bound.
    pub fn classes(&self) -> Vec<LatencyClass> {
        let mut sum = 0;
        let bounds = BOUNDS_MS.into_iter().map(Some).chain([None]);
        let classes = bounds.zip(&self.counts).map(|(bound_ms, count)| {
            sum += count.load(Ordering::Relaxed);
            LatencyClass {
                bound_ms,
                count: sum,
            }
        });
        classes.collect()
    }

    /// In words how long a share of the work took at most, such as `up to 5 ms`; `None` as long as there was none.
    pub fn share(&self, share: f64) -> Option<String> {
        let classes = self.classes();
        let all = self.count();
        let wanted = (all as f64 * share).ceil() as u64;
        let class = classes
            .iter()
            .find(|class| class.count >= wanted && class.count > 0)?;
        Some(match class.bound_ms {
            Some(bound) => format!("up to {bound} ms"),
            None => format!("over {} ms", BOUNDS_MS.last().copied().unwrap_or(0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_by_the_bound_of_their_class() {
        let latency = Latency::default();
        assert_eq!(latency.share(0.5), None);
        for ms in [0, 1, 1, 3, 3, 3, 3, 3, 3, 20_000] {
            latency.note(Duration::from_millis(ms));
        }
        assert_eq!(latency.share(0.3).as_deref(), Some("up to 1 ms"));
        assert_eq!(latency.share(0.5).as_deref(), Some("up to 5 ms"));
        assert_eq!(latency.share(0.99).as_deref(), Some("over 10000 ms"));
        assert_eq!(latency.total(), Duration::from_millis(20_020));
        let last = latency.classes().pop().expect("a class");
        assert_eq!((last.bound_ms, last.count), (None, 10));
    }
}
