//! Those who wait for the erasing of what was killed, or for something to erase.

use std::time::Duration;

use crate::store::Store;
use crate::store::erasing::{ErasurePass, ErasureState, PendingErasure};

impl Store {
    /// What of the erasing of what was killed is still ahead; none where nothing killed is left in the files. Asks no
    /// database.
    pub fn unerased(&self) -> Option<PendingErasure> {
        self.erasing.known().left.clone()
    }

    /// Waits until another thread has erased what was killed by now, or found that this takes longer, at most so long; gives
    /// what is still ahead.
    pub async fn erased_within(&self, most: Duration) -> Option<PendingErasure> {
        let kills = self.erasing.known().kills;
        let mut passed = self.erasing.passed.subscribe();
        let is_over = |passed: &ErasurePass| passed.kills >= kills && passed.is_settled();
        // Where no report comes in time, what is left tells.
        let _ = tokio::time::timeout(most, passed.wait_for(is_over)).await;
        self.unerased()
    }

    /// Waits so long before the next pass; true where something was killed since the last one began, which does not wait.
    pub fn pause_erasing(&self, most: Duration) -> bool {
        let passed = self.erasing.passed.borrow().kills;
        let known = self.erasing.known();
        let is_idle = |known: &mut ErasureState| known.kills == passed;
        let waited = self.erasing.woken.wait_timeout_while(known, most, is_idle);
        waited.is_ok_and(|(known, _)| known.kills != passed)
    }

    /// Waits until there is something to erase, at most so long.
    pub fn wait_to_erase(&self, most: Duration) {
        let known = self.erasing.known();
        let is_idle = |known: &mut ErasureState| known.left.is_none();
        let waited = self.erasing.woken.wait_timeout_while(known, most, is_idle);
        drop(waited);
    }
}
