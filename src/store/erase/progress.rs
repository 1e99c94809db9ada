//! Waiting: until killed content is erased, or until there is something to erase.

use std::time::Duration;

use crate::store::Store;
use crate::store::erasing::{ErasurePass, ErasureState, PendingErasure};

impl Store {
    /// The part of the erasing that is still ahead; `None` where no killed content is left in the files. It does not read
    /// the database.
    pub fn unerased(&self) -> Option<PendingErasure> {
        self.erasing.known().pending.clone()
    }

    /// Waits, for the time `most` at most, until another thread has erased the content that was killed so far, or found that
    /// this takes longer. Gives the part that is still ahead.
    pub async fn erased_within(&self, most: Duration) -> Option<PendingErasure> {
        let kills = self.erasing.known().kills;
        let mut passed = self.erasing.last_pass.subscribe();
        let is_over = |passed: &ErasurePass| passed.kills >= kills && passed.is_settled();
        // Without a report in time, the remaining work decides.
        let _ = tokio::time::timeout(most, passed.wait_for(is_over)).await;
        self.unerased()
    }

    /// Waits for the time `most` before the next pass; true, at once, where something was killed since the last pass began.
    pub fn pause_erasing(&self, most: Duration) -> bool {
        let passed = self.erasing.last_pass.borrow().kills;
        let known = self.erasing.known();
        let is_idle = |known: &mut ErasureState| known.kills == passed;
        let waited = self.erasing.wake.wait_timeout_while(known, most, is_idle);
        waited.is_ok_and(|(known, _)| known.kills != passed)
    }

    /// Waits, for the time `most` at most, until there is something to erase.
    pub fn wait_to_erase(&self, most: Duration) {
        let known = self.erasing.known();
        let is_idle = |known: &mut ErasureState| known.pending.is_none();
        let waited = self.erasing.wake.wait_timeout_while(known, most, is_idle);
        drop(waited);
    }
}
