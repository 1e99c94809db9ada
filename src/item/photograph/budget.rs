//! How much memory pictures may take while they are decoded, all together: those that would take more wait in a row.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Enough for the largest picture that is taken, and for four of 20 megapixels at once.
pub(super) const DECODING_BYTES: u64 = 512 * 1024 * 1024;

static BUDGET: Budget = Budget {
    turn: Mutex::new(()),
    taken: Mutex::new(0),
    given_back: Condvar::new(),
};

struct Budget {
    /// Held by who waits first, so that a large picture is not passed by small ones for ever.
    turn: Mutex<()>,
    taken: Mutex<u64>,
    given_back: Condvar,
}

/// A part of the memory, given back when it is dropped.
pub(super) struct Share(u64);

/// Waits until `bytes` are free, which are not more than all.
pub(super) fn take(bytes: u64) -> Share {
    let bytes = bytes.min(DECODING_BYTES);
    let _turn = BUDGET.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let too_much = |taken: &mut u64| *taken + bytes > DECODING_BYTES;
    let waited = BUDGET.given_back.wait_while(taken(), too_much);
    *waited.unwrap_or_else(PoisonError::into_inner) += bytes;
    Share(bytes)
}

fn taken() -> MutexGuard<'static, u64> {
    BUDGET.taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = taken();
        *taken = taken.saturating_sub(self.0);
        BUDGET.given_back.notify_all();
    }
}
