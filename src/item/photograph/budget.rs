//! How much memory pictures may take, all together: those that would take more wait in a row.
//!
//! It has two parts: one for the files themselves, one for decoding and scaling. Whoever needs both takes of the files'
//! part first, and of each part once. So nobody holds what another waits for while he himself waits for more of the same.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::MAX_PHOTOGRAPH_BYTES;

/// For decoding and scaling: enough for 100 megapixels, and for four of 20 megapixels at once.
pub const DECODING_BYTES: u64 = 512 * 1024 * 1024;

/// For the files: enough for two of the largest, each with the copy that is published.
pub const FILE_BYTES: u64 = 4 * MAX_PHOTOGRAPH_BYTES;

static DECODING: Budget = Budget::of(DECODING_BYTES);
static FILES: Budget = Budget::of(FILE_BYTES);

struct Budget {
    all: u64,
    /// Held by who waits first, so that a large picture is not passed by small ones for ever.
    turn: Mutex<()>,
    taken: Mutex<u64>,
    given_back: Condvar,
}

/// A part of the memory, given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Share {
    of: &'static Budget,
    bytes: u64,
}

/// Waits until there is memory for a photograph's file of so many bytes, and for the copy of it that is published. Take it
/// before the file is read, and hold it until both are dropped.
pub fn photograph_room(file_bytes: u64) -> Share {
    FILES.take(file_bytes.saturating_mul(2))
}

/// Waits until `bytes` are free to decode with, which are not more than all.
pub(super) fn take(bytes: u64) -> Share {
    DECODING.take(bytes)
}

impl Budget {
    const fn of(all: u64) -> Self {
        Self {
            all,
            turn: Mutex::new(()),
            taken: Mutex::new(0),
            given_back: Condvar::new(),
        }
    }

    fn take(&'static self, bytes: u64) -> Share {
        let bytes = bytes.min(self.all);
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let too_much = |taken: &mut u64| *taken + bytes > self.all;
        let waited = self.given_back.wait_while(self.taken(), too_much);
        *waited.unwrap_or_else(PoisonError::into_inner) += bytes;
        Share { of: self, bytes }
    }

    fn taken(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} of {} bytes", self.taken(), self.all)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        *taken = taken.saturating_sub(self.bytes);
        let is_idle = *taken == 0;
        drop(taken);
        self.of.given_back.notify_all();
        if is_idle {
            give_back_later();
        }
    }
}

/// The allocator keeps what is freed for a second, and then waits for the next time that a large block is freed.
const KEPT_BY_ALLOCATOR: Duration = Duration::from_millis(1500);

/// So often it is made to look: threads that wait for work hold some of what they freed, and end after ten seconds.
const LOOKS: u32 = 8;

/// Large enough for the allocator to look at its free memory when it is freed. It is never written, so it takes none.
const LARGE_BLOCK_BYTES: usize = 64 * 1024 * 1024;

/// Has the allocator give freed memory back to the system though nothing else happens: a server without readers would hold
/// what its last pictures took.
fn give_back_later() {
    static LEFT: AtomicU32 = AtomicU32::new(0);
    if LEFT.swap(LOOKS, Ordering::AcqRel) > 0 {
        return;
    }
    let look = || loop {
        thread::sleep(KEPT_BY_ALLOCATOR);
        drop(black_box(Vec::<u8>::with_capacity(LARGE_BLOCK_BYTES)));
        if LEFT.fetch_sub(1, Ordering::AcqRel) == 1 {
            break;
        }
    };
    if thread::Builder::new().spawn(look).is_err() {
        LEFT.store(0, Ordering::Release);
    }
}
