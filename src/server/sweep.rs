//! A thread that removes files of photographs and recordings that nothing names: once behind the open port, then from time
//! to time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::count::count_as;
use crate::store::Clock;
use crate::store::{SPARE, Store, SweepError};

use super::lasting::LastingFault;
use super::{Event, Journal};

/// Time between two sweeps. Each looks at the name of every file, so it is rare.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Time between two checks whether the server is to stop.
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(200);

pub(super) struct Sweeper {
    store: Arc<Store>,
    journal: Arc<Journal>,
    clock: Clock,
}

impl Sweeper {
    pub(super) fn of(store: &Arc<Store>, journal: &Arc<Journal>, clock: &Clock) -> Self {
        Self {
            store: Arc::clone(store),
            journal: Arc::clone(journal),
            clock: Arc::clone(clock),
        }
    }

    /// Sweeps until told to stop.
    pub(super) fn run(&self, stopping: &AtomicBool) {
        let stops = || stopping.load(Ordering::Acquire);
        let mut failure = LastingFault::default();
        while !stops() {
            self.sweep(&stops, &mut failure);
            let next = Instant::now() + SWEEP_INTERVAL;
            while !stops() && Instant::now() < next {
                std::thread::sleep(STOP_POLL_INTERVAL);
            }
        }
    }

    /// Sweeps once, and tells of what was removed or of a fault that begins or ends.
    fn sweep(&self, stops: &dyn Fn() -> bool, failure: &mut LastingFault) {
        let forgotten = self.store.forget_old_uploads((self.clock)());
        let swept = forgotten
            .map_err(SweepError::from)
            .and_then(|()| self.store.sweep(SPARE, stops));
        let what = "files of photographs and recordings that nothing names are not removed";
        match swept {
            Ok(swept) if swept.is_too_many() => {
                let reason = format!(
                    "{} of {} files are, which is taken for a mistake: none was removed; check that the database is the one of these files",
                    swept.left_over, swept.files
                );
                failure.lasts(&self.journal, what, reason);
                return;
            }
            Ok(swept) if swept.removed > 0 => {
                let text = format!(
                    "{} removed",
                    count_as(
                        swept.removed,
                        "file of photographs and recordings that nothing named was",
                        "files of photographs and recordings that nothing named were"
                    )
                );
                self.journal.say(&Event::Note { text });
            }
            Ok(_) => {}
            Err(error) => {
                failure.lasts(&self.journal, what, error.to_string());
                return;
            }
        }
        let text = "files of photographs and recordings that nothing names are removed again";
        failure.is_mended(&self.journal, text);
    }
}
