//! A bound on the connections that read at once, where each takes a place on a server.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::database::{self, Error};

/// Maximum time for which a reader waits for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

pub(super) struct ReaderLimit {
    most: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

/// The right to read by one connection until it is dropped.
pub(super) struct ReaderPermit<'l>(&'l ReaderLimit);

impl ReaderLimit {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            used: Mutex::new(0),
            freed: Condvar::new(),
        }
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Waits until fewer than the bound read.
    ///
    /// # Errors
    /// Where that takes too long.
    pub(super) fn permit(&self) -> database::Result<ReaderPermit<'_>> {
        let is_full = |used: &mut usize| *used >= self.most;
        let waited = self
            .freed
            .wait_timeout_while(self.used(), LONGEST_WAIT, is_full);
        let (mut used, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && *used >= self.most {
            return Err(Error::NoConnection { most: self.most });
        }
        *used += 1;
        Ok(ReaderPermit(self))
    }

    fn used(&self) -> MutexGuard<'_, usize> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReaderPermit<'_> {
    fn drop(&mut self) {
        *self.0.used() -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::ReaderLimit;

    #[test]
    fn no_more_read_at_once_than_are_allowed_and_all_come_to_it() {
        let limit = ReaderLimit::new(3);
        let (now, most, done) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let _permit = limit.permit().expect("a turn");
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert_eq!(done.into_inner(), 800);
    }
}
