//! Whose turn it is to write: decisions that take something away before all else, the others in the order in which they came.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Those who wait for the writer.
#[derive(Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    is_taken: bool,
    /// How many decisions wait.
    urgent: usize,
    /// The number that the next of the others draws, and the one whose turn it is.
    next: u64,
    turn: u64,
}

/// The turn, until it is dropped.
pub(super) struct Turn<'t>(&'t Turns);

/// Who waits while somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    Nobody,
    Others,
    /// Something is to be taken away.
    Decisions,
}

impl Turns {
    /// Waits for the turn; a decision waits for the one who writes and for decisions alone.
    pub(super) fn take(&self, is_urgent: bool) -> Turn<'_> {
        let mut state = self.state();
        if is_urgent {
            state.urgent += 1;
            state = self.wait(state, |state| state.is_taken);
            state.urgent -= 1;
        } else {
            let own = state.next;
            state.next += 1;
            state = self.wait(state, |state| {
                state.is_taken || state.urgent > 0 || state.turn != own
            });
            state.turn += 1;
        }
        state.is_taken = true;
        Turn(self)
    }

    /// Who waits for the one who writes.
    pub(super) fn waiting(&self) -> Waiting {
        let state = self.state();
        match (state.urgent, state.next - state.turn) {
            (0, 0) => Waiting::Nobody,
            (0, _) => Waiting::Others,
            _ => Waiting::Decisions,
        }
    }

    fn wait<'t>(
        &self,
        state: MutexGuard<'t, State>,
        not_yet: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'t, State> {
        let freed = self.freed.wait_while(state, not_yet);
        freed.unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().is_taken = false;
        self.0.freed.notify_all();
    }
}
