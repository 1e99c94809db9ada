//! The thread that erases what was killed from the store's files, until nothing of it is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::store::{PendingErasure, Store};

use super::{Event, Journal};

/// Between two looks whether the server is to stop.
const LOOK: Duration = Duration::from_millis(200);

/// Pauses between tries: the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LAST_PAUSE: Duration = Duration::from_millis(1600);

pub(super) struct Eraser {
    pub(super) store: Arc<Store>,
    pub(super) journal: Arc<Journal>,
}

impl Eraser {
    /// Erases what is killed until told to stop. What is ahead then, the next server takes up.
    pub(super) fn run(&self, stopping: &AtomicBool) {
        let mut pause = FIRST_PAUSE;
        let mut told: Option<PendingErasure> = None;
        while !stopping.load(Ordering::Acquire) {
            if self.store.unerased().is_none() {
                self.store.wait_to_erase(LOOK);
                continue;
            }
            let left = match self.store.erase() {
                Ok(left) => left,
                Err(error) => Some(PendingErasure::Failing(error.to_string())),
            };
            let Some(left) = left else {
                if told.take().is_some() {
                    let text = "what was killed is gone from the files of the store".to_owned();
                    self.journal.say(&Event::Note { text });
                }
                pause = FIRST_PAUSE;
                continue;
            };
            // One that reads for a moment is not worth a line.
            if pause == LAST_PAUSE && told.as_ref() != Some(&left) {
                let text = format!("what was killed is {left}; this is tried again until it is");
                self.journal.say(&Event::Warning { text });
                told = Some(left);
            }
            pause = match self.store.pause_erasing(pause) {
                true => FIRST_PAUSE,
                false => (pause * 2).min(LAST_PAUSE),
            };
        }
    }
}
