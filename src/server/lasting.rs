//! Faults that last: each is told when it begins, and once more when it is mended, not at each try.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Event, Journal};

/// A fault that may last for many tries.
#[derive(Default)]
pub(super) struct LastingFault {
    reported: Option<String>,
}

impl LastingFault {
    /// Tells what failed, unless the same was told before and lasts.
    pub(super) fn lasts(&mut self, journal: &Journal, what: &str, reason: String) {
        if self.reported.as_ref() == Some(&reason) {
            return;
        }
        self.reported = Some(reason.clone());
        let what = what.to_owned();
        journal.say(&Event::Trouble { what, reason });
    }

    /// Tells that it is over, if it was told of.
    pub(super) fn is_mended(&mut self, journal: &Journal, text: &str) {
        if self.reported.take().is_some() {
            let text = text.to_owned();
            journal.say(&Event::Note { text });
        }
    }
}

/// Waits on this thread after a failure, until it is to stop. What unparks the thread otherwise does not make it shorter.
pub(super) fn wait_to_retry(stopping: &AtomicBool, delay: Duration) {
    let end = Instant::now() + delay;
    while !stopping.load(Ordering::Acquire) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}

/// A fault of an address is reported again when it has not occurred for this time.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Maximum number of addresses that are remembered.
const MAX_ADDRESSES: usize = 1000;

/// Faults by the addresses of the requests that met them: readers ask again and again.
#[derive(Default)]
pub(super) struct RequestFaults(Mutex<HashMap<String, (String, Instant)>>);

impl RequestFaults {
    /// Whether the fault is worth a line: it was not met at this address a while ago.
    pub(super) fn is_new(&self, path: &str, reason: &str, now: Instant) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((was, last)) = known.get_mut(path) {
            let lasts = was == reason && now.duration_since(*last) < FORGET_AFTER;
            reason.clone_into(was);
            *last = now;
            return !lasts;
        }
        if known.len() >= MAX_ADDRESSES {
            known.clear();
        }
        known.insert(path.to_owned(), (reason.to_owned(), now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_an_address_is_told_when_it_begins_changes_and_comes_again_later() {
        let faults = RequestFaults::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(faults.is_new("/a", "broken", at(0)));
        // However long it lasts.
        for seconds in [1, 500, 1000, 1500] {
            assert!(!faults.is_new("/a", "broken", at(seconds)), "{seconds}");
        }
        assert!(faults.is_new("/b", "broken", at(1500)));
        assert!(faults.is_new("/a", "otherwise", at(1501)));
        assert!(faults.is_new("/a", "otherwise", at(2200)));
        for other in 0..5000 {
            faults.is_new(&format!("/{other}"), "broken", at(2200));
        }
        assert!(faults.0.lock().expect("faults").len() <= MAX_ADDRESSES);
    }
}
