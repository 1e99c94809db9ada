//! The memory that all pictures together may take: those for which it does not suffice wait in a queue.
//!
//! It has two parts: one for the files themselves, one for decoding and scaling. A reader that needs both takes of the
//! files' part first, and of each part once. So none holds what another waits for while it waits for more of the same.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::MAX_PHOTOGRAPH_BYTES;

/// Memory for decoding and scaling: enough for 100 megapixels, and for four photographs of 20 megapixels at once.
pub const DECODING_BYTES: u64 = 512 * 1024 * 1024;

/// Memory for the files: enough for two of the largest, each with the copy that is published.
pub const FILE_BYTES: u64 = 4 * MAX_PHOTOGRAPH_BYTES;

/// The part of [`FILE_BYTES`] that pictures may take which are not the desk's: the desk always finds room for one of
/// the largest.
const FILE_BYTES_OF_OTHERS: u64 = FILE_BYTES / 2;

static DECODING: Budget = Budget::of(DECODING_BYTES, DECODING_BYTES);
static FILES: Budget = Budget::of(FILE_BYTES, FILE_BYTES_OF_OTHERS);

/// Whose picture it is: those of the desk's tokens do not wait behind those of the folder and of other tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    Desk,
    #[default]
    Others,
}

struct Budget {
    capacity: u64,
    /// Maximum number of bytes that all but the desk have together.
    most_of_others: u64,
    desk: Queue,
    others: Queue,
    in_use: Mutex<MemoryInUse>,
    released: Condvar,
}

/// Held by the first that waits, so that a large picture is not passed by small ones for ever.
type Queue = Mutex<()>;

#[derive(Clone, Copy)]
struct MemoryInUse {
    all: u64,
    by_others: u64,
    /// The number of waiting pictures of the desk; others get nothing meanwhile.
    desk_waits: usize,
}

/// A part of the memory, given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Share {
    budget: &'static Budget,
    precedence: Precedence,
    bytes: u64,
}

/// Waits until there is memory for a photograph's file of this many bytes, and for the copy of it that is published. Take it
/// before the file is read, and hold it until both are dropped.
pub fn photograph_room(file_bytes: u64) -> Share {
    FILES.take(Precedence::Others, file_bytes.saturating_mul(2))
}

/// Waits until there is memory for a photograph's file of the desk, before those of others; see [`photograph_room`].
pub fn desk_photograph_room(file_bytes: u64) -> Share {
    FILES.take(Precedence::Desk, file_bytes.saturating_mul(2))
}

/// Waits until `bytes` of the memory for decoding are free, and reserves them; they may not be more than
/// [`DECODING_BYTES`].
pub(super) fn take(precedence: Precedence, bytes: u64) -> Share {
    DECODING.take(precedence, bytes)
}

impl Budget {
    const fn of(all: u64, most_of_others: u64) -> Self {
        Self {
            capacity: all,
            most_of_others,
            desk: Mutex::new(()),
            others: Mutex::new(()),
            in_use: Mutex::new(MemoryInUse {
                all: 0,
                by_others: 0,
                desk_waits: 0,
            }),
            released: Condvar::new(),
        }
    }

    fn take(&'static self, precedence: Precedence, bytes: u64) -> Share {
        match precedence {
            Precedence::Desk => self.take_for_desk(bytes.min(self.capacity)),
            Precedence::Others => self.take_for_others(bytes.min(self.most_of_others)),
        }
    }

    fn take_for_desk(&'static self, bytes: u64) -> Share {
        self.in_use().desk_waits += 1;
        let _first = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let has_to_wait = |taken: &mut MemoryInUse| taken.all + bytes > self.capacity;
        let mut taken = self.wait_while(has_to_wait);
        taken.all += bytes;
        taken.desk_waits -= 1;
        drop(taken);
        // Others may take of what is left.
        self.released.notify_all();
        Share {
            budget: self,
            precedence: Precedence::Desk,
            bytes,
        }
    }

    fn take_for_others(&'static self, bytes: u64) -> Share {
        let _first = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let has_to_wait = |taken: &mut MemoryInUse| {
            taken.desk_waits > 0
                || taken.all + bytes > self.capacity
                || taken.by_others + bytes > self.most_of_others
        };
        let mut taken = self.wait_while(has_to_wait);
        taken.all += bytes;
        taken.by_others += bytes;
        Share {
            budget: self,
            precedence: Precedence::Others,
            bytes,
        }
    }

    fn wait_while(
        &self,
        has_to_wait: impl FnMut(&mut MemoryInUse) -> bool,
    ) -> MutexGuard<'_, MemoryInUse> {
        let waited = self.released.wait_while(self.in_use(), has_to_wait);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn in_use(&self) -> MutexGuard<'_, MemoryInUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} of {} bytes",
            self.in_use().all,
            self.capacity
        )
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.budget.in_use();
        taken.all = taken.all.saturating_sub(self.bytes);
        if self.precedence == Precedence::Others {
            taken.by_others = taken.by_others.saturating_sub(self.bytes);
        }
        let is_idle = taken.all == 0;
        drop(taken);
        self.budget.released.notify_all();
        if is_idle {
            give_back_later();
        }
    }
}

/// The allocator keeps what is freed for a second, and then waits for the next time that a large block is freed.
const KEPT_BY_ALLOCATOR: Duration = Duration::from_millis(1500);

/// Number of times that the allocator is made to give memory back: threads that wait for work hold some of what they freed,
/// and end after ten seconds.
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::{Budget, Precedence};

    #[test]
    fn the_desk_comes_before_others_that_have_waited_longer() {
        let budget: &'static Budget = Box::leak(Box::new(Budget::of(10, 10)));
        let held = budget.take(Precedence::Others, 10);
        let (sender, served) = channel();
        let wait = |precedence| {
            let sender = sender.clone();
            thread::spawn(move || {
                let share = budget.take(precedence, 10);
                sender.send(precedence).expect("a listener");
                drop(share);
            })
        };
        let mut waiting: Vec<_> = (0..8).map(|_| wait(Precedence::Others)).collect();
        // One of them is first of its queue.
        while budget.others.try_lock().is_ok() {
            thread::yield_now();
        }
        waiting.push(wait(Precedence::Desk));
        while budget.in_use().desk_waits == 0 {
            thread::yield_now();
        }
        drop(held);
        assert_eq!(served.recv(), Ok(Precedence::Desk));
        for thread in waiting {
            thread.join().expect("an end");
        }
        assert_eq!(budget.in_use().all, 0);
    }

    #[test]
    fn others_leave_room_for_the_desk() {
        let budget: &'static Budget = Box::leak(Box::new(Budget::of(10, 5)));
        let others = budget.take(Precedence::Others, 9);
        assert_eq!(others.bytes, 5);
        let desk = budget.take(Precedence::Desk, 5);
        drop((others, desk));
    }
}
