//! Latencies counted in steps of one in thirty-two, so that any number of them takes the same memory.

use std::time::Duration;

/// Each power of two has this many steps, as a power of two itself.
const STEPS: u32 = 5;

const PLACES: usize = 64 << STEPS;

pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; PLACES],
            total: 0,
        }
    }
}

impl Histogram {
    pub fn add(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(place(ns)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// The latency that `share` of all do not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return Duration::from_nanos(upper(place));
            }
        }
        Duration::ZERO
    }
}

fn place(ns: u64) -> usize {
    let ns = ns.max(1 << STEPS);
    let power = ns.ilog2();
    let step = (ns >> (power - STEPS)) as usize & ((1 << STEPS) - 1);
    ((power as usize) << STEPS) + step
}

/// The largest number of nanoseconds that has this place.
fn upper(place: usize) -> u64 {
    let (power, step) = ((place >> STEPS) as u32, (place & ((1 << STEPS) - 1)) as u64);
    if power < STEPS {
        return 1 << STEPS;
    }
    let width = 1u64 << (power - STEPS);
    (1u64 << power) + (step + 1).saturating_mul(width) - 1
}
