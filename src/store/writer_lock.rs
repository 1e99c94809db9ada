//! The lock of the one writer, and the order in which it is given: decisions that take something away first, all others in the
//! order in which they came. Many decisions do not delay the others for ever: after some of them one of the others goes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Maximum number of decisions that go one after the other while others wait.
const MAX_DECISIONS_IN_A_ROW: usize = 8;

/// The lock, and who waits for it.
#[derive(Default)]
pub(super) struct WriterLock {
    state: Mutex<LockState>,
    released: Condvar,
}

#[derive(Default)]
struct LockState {
    is_taken: bool,
    /// The number of decisions that wait for the lock.
    urgent: usize,
    /// The number of decisions that had the lock since one of the others had it.
    urgent_in_a_row: usize,
    /// The number that the next of the others draws, and the one whose turn it is.
    next: u64,
    serving: u64,
}

/// The lock, given back when this is dropped.
pub(super) struct WriterGuard<'t>(&'t WriterLock);

/// The writers that wait while the lock is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitingWriters {
    None,
    Others,
    /// Something is to be taken away.
    Decisions,
}

impl LockState {
    /// Whether one of the others goes before the decisions that wait.
    fn is_others_turn(&self) -> bool {
        self.urgent_in_a_row >= MAX_DECISIONS_IN_A_ROW && self.next > self.serving
    }
}

impl WriterLock {
    /// Waits for the lock; a decision waits for the one who writes and for decisions alone.
    pub(super) fn take(&self, is_urgent: bool) -> WriterGuard<'_> {
        let mut state = self.state();
        if is_urgent {
            state.urgent += 1;
            state = self.wait(state, |state| state.is_taken || state.is_others_turn());
            state.urgent -= 1;
            state.urgent_in_a_row += 1;
        } else {
            let turn = state.next;
            state.next += 1;
            state = self.wait(state, |state| {
                let is_later = state.urgent > 0 && !state.is_others_turn();
                state.is_taken || is_later || state.serving != turn
            });
            state.serving += 1;
            state.urgent_in_a_row = 0;
        }
        state.is_taken = true;
        WriterGuard(self)
    }

    /// The lock, where it is free and none waits for it.
    pub(super) fn take_at_once(&self) -> Option<WriterGuard<'_>> {
        let mut state = self.state();
        let is_free = !state.is_taken && state.urgent == 0 && state.next == state.serving;
        state.is_taken |= is_free;
        // Not `then_some`: the guard would be made, and dropped, where the lock is another's.
        is_free.then(|| WriterGuard(self))
    }

    /// The writers that wait for the present one.
    pub(super) fn waiting(&self) -> WaitingWriters {
        let state = self.state();
        match (state.urgent, state.next - state.serving) {
            (0, 0) => WaitingWriters::None,
            (0, _) => WaitingWriters::Others,
            _ => WaitingWriters::Decisions,
        }
    }

    fn wait<'t>(
        &self,
        state: MutexGuard<'t, LockState>,
        not_yet: impl FnMut(&mut LockState) -> bool,
    ) -> MutexGuard<'t, LockState> {
        let freed = self.released.wait_while(state, not_yet);
        freed.unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, LockState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WriterGuard<'_> {
    fn drop(&mut self) {
        self.0.state().is_taken = false;
        self.0.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::{MAX_DECISIONS_IN_A_ROW, WriterLock};

    #[test]
    fn who_does_not_wait_leaves_the_lock_to_the_one_who_has_it() {
        let writer_lock = Arc::new(WriterLock::default());
        let held = writer_lock.take(false);
        // In a thread of its own: at fault, it waits for good.
        let (sender, receiver) = mpsc::channel();
        let same_lock = Arc::clone(&writer_lock);
        thread::spawn(move || sender.send(same_lock.take_at_once().is_none()));
        let answer = receiver.recv_timeout(Duration::from_secs(10));
        assert_eq!(answer, Ok(true), "it waited, or was given the lock");
        assert!(writer_lock.state().is_taken);
        drop(held);
        assert!(writer_lock.take_at_once().is_some());
    }

    #[test]
    fn decisions_go_first_and_hold_no_other_up_for_good() {
        let (writer_lock, gone) = (WriterLock::default(), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let held = writer_lock.take(false);
            for is_urgent in [[false; 2].as_slice(), &[true; 12]].concat() {
                let (writer_lock, gone) = (&writer_lock, &gone);
                scope.spawn(move || {
                    let _turn = writer_lock.take(is_urgent);
                    gone.lock().expect("a list").push(is_urgent);
                });
            }
            let all_wait = || {
                let state = writer_lock.state();
                state.urgent == 12 && state.next - state.serving == 2
            };
            while !all_wait() {
                thread::yield_now();
            }
            drop(held);
        });
        let gone = gone.into_inner().expect("a list");
        let mut expected = vec![true; 14];
        *expected.get_mut(MAX_DECISIONS_IN_A_ROW).expect("a place") = false;
        *expected.last_mut().expect("a place") = false;
        assert_eq!(gone, expected);
    }
}
