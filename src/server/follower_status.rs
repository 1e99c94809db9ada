//! Whether the follower of the folder goes on, for `/readyz`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::folder::Unfinished;

/// A follower that has made no progress for this time waits for a disk or a network that does not answer. Its longest step
/// is to scale one photograph.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// Whether the follower runs, makes progress and succeeds.
pub(super) struct FollowerStatus {
    unfinished: Arc<Unfinished>,
    state: Mutex<FollowerState>,
}

#[derive(Default)]
struct FollowerState {
    /// Whether it has begun and was not told to stop.
    is_running: bool,
    fault: Option<String>,
    /// When a scan last succeeded.
    last_scan: Option<Instant>,
}

impl FollowerStatus {
    pub(super) fn new() -> Self {
        Self {
            unfinished: Arc::default(),
            state: Mutex::default(),
        }
    }

    /// The files that are being written. The follower notes there, too, that it makes progress.
    pub(super) fn unfinished(&self) -> &Arc<Unfinished> {
        &self.unfinished
    }

    pub(super) fn begin(&self) {
        self.unfinished.step();
        self.state().is_running = true;
    }

    pub(super) fn end(&self) {
        self.state().is_running = false;
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().is_running
    }

    /// Notes that a scan failed. Whether the reason is another than that of the last failure.
    pub(super) fn note_failure(&self, reason: &str) -> bool {
        let mut state = self.state();
        let is_new = state.fault.as_deref() != Some(reason);
        state.fault = Some(reason.to_owned());
        is_new
    }

    /// Notes that a scan succeeded. Whether the one before had failed.
    pub(super) fn note_success(&self) -> bool {
        let mut state = self.state();
        state.last_scan = Some(Instant::now());
        state.fault.take().is_some()
    }

    /// Why the folder is not followed at present, if it is to be.
    pub(super) fn trouble(&self, now: Instant) -> Option<String> {
        let state = self.state();
        if !state.is_running {
            return None;
        }
        let stood = now.saturating_duration_since(self.unfinished.last_step());
        if stood >= STALLED_AFTER {
            let scanned = match state.last_scan {
                Some(at) => format!("the last look ended {} s ago", (now - at).as_secs()),
                None => "no look has ended yet".to_owned(),
            };
            return Some(format!(
                "the folder has not answered for {} s; {scanned}",
                stood.as_secs()
            ));
        }
        let trouble = state.fault.as_ref();
        trouble.map(|reason| format!("the folder cannot be brought in: {reason}"))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, FollowerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_that_fails_or_does_not_go_on_is_told_of() {
        let standing = FollowerStatus::new();
        let later = |seconds| Instant::now() + Duration::from_secs(seconds);
        assert_eq!(standing.trouble(later(3600)), None, "there is no folder");
        standing.begin();
        assert_eq!(standing.trouble(later(30)), None);
        assert!(
            standing.note_failure("gone")
                && !standing.note_failure("gone")
                && standing.note_failure("locked")
        );
        let trouble = standing.trouble(later(30)).expect("trouble");
        assert!(trouble.contains("locked"), "{trouble}");
        assert!(standing.note_success() && !standing.note_success());
        assert_eq!(standing.trouble(later(30)), None);
        let trouble = standing.trouble(later(61)).expect("trouble");
        assert!(trouble.contains("has not answered"), "{trouble}");
        standing.end();
        assert_eq!(standing.trouble(later(61)), None);
    }
}
