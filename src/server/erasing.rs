//! The thread that erases what was killed from the store's files, until nothing of it is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::store::{PendingErasure, Store};

use super::{Event, Journal};

/// Maximum time between two checks whether the server is to stop.
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Delay before erasing is tried again: the minimum at first, doubled at each failure up to the maximum.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(25);
const MAX_RETRY_DELAY: Duration = Duration::from_millis(1600);

pub(super) struct Eraser {
    pub(super) store: Arc<Store>,
    pub(super) journal: Arc<Journal>,
}

impl Eraser {
    /// Erases what is killed until told to stop; what is left then is erased after the next start.
    pub(super) fn run(&self, stopping: &AtomicBool) {
        let mut delay = MIN_RETRY_DELAY;
        let mut reported: Option<PendingErasure> = None;
        while !stopping.load(Ordering::Acquire) {
            if self.store.unerased().is_none() {
                self.store.wait_to_erase(STOP_POLL_INTERVAL);
                continue;
            }
            let left = match self.store.erase() {
                Ok(left) => left,
                Err(error) => Some(PendingErasure::Failing(error.to_string())),
            };
            let Some(left) = left else {
                if reported.take().is_some() {
                    let text = "what was killed is gone from the files of the store".to_owned();
                    self.journal.say(&Event::Note { text });
                }
                delay = MIN_RETRY_DELAY;
                continue;
            };
            // One that reads for a moment is not worth a line.
            if delay == MAX_RETRY_DELAY && reported.as_ref() != Some(&left) {
                let text = format!("what was killed is {left}; this is tried again until it is");
                self.journal.say(&Event::Warning { text });
                reported = Some(left);
            }
            delay = match self.store.pause_erasing(delay) {
                true => MIN_RETRY_DELAY,
                false => (delay * 2).min(MAX_RETRY_DELAY),
            };
        }
    }
}
