//! A client that keeps failing to authenticate has to wait; one with a valid token never.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;

/// Maximum number of wrong tokens that an address may try in a minute.
const MAX_FAILURES: u64 = 10;

const WINDOW_SECONDS: u64 = 60;

/// Maximum number of addresses that are remembered; beyond, some are forgotten and begin anew.
const MAX_REMEMBERED: usize = 10_000;

/// Failed attempts by address.
pub(in crate::http) struct Guard {
    /// The current minute and the number of failures in it, packed into one number.
    failures: Cache<IpAddr, Arc<AtomicU64>>,
}

impl Guard {
    pub(in crate::http) fn new() -> Self {
        Self {
            failures: Cache::new(MAX_REMEMBERED),
        }
    }

    /// Notes a failed attempt. The number of seconds to wait where there were too many.
    pub(super) fn failed(&self, address: IpAddr, now: DateTime<Utc>) -> Option<u64> {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let minute = seconds / WINDOW_SECONDS;
        let made = || Ok::<_, std::convert::Infallible>(Arc::default());
        let Ok(counter) = self.failures.get_or_insert_with(&address, made);
        let next = |before: u64| match before >> 16 == minute {
            true => Some(before.saturating_add(u64::from(before & 0xffff < 0xffff))),
            false => Some((minute << 16) + 1),
        };
        let before = counter
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .unwrap_or_else(|before| before);
        let count = next(before).unwrap_or(0) & 0xffff;
        (count > MAX_FAILURES).then(|| WINDOW_SECONDS - seconds % WINDOW_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::Guard;

    #[test]
    fn ten_failures_a_minute_are_borne() {
        let guard = Guard::new();
        let address = [192, 0, 2, 1].into();
        let now = DateTime::from_timestamp(1_764_000_000, 0).expect("a moment");
        for _ in 0..10 {
            assert_eq!(guard.failed(address, now), None);
        }
        assert_eq!(guard.failed(address, now), Some(60));
        assert_eq!(guard.failed([192, 0, 2, 2].into(), now), None);
        assert_eq!(guard.failed(address, now + TimeDelta::minutes(1)), None);
    }
}
