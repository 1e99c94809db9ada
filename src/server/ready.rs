//! Whether the server does what it is there for, and in plain words why not. Each reason ends by itself with its cause.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::store::Store;

use super::operations::Health;

/// With less free disk than this where the data lie nothing goes well for long: it is room for the largest photograph with
/// its renditions and for what is written ahead.
const LEAST_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// What is due is written within a second; so long after its time it is overdue.
const OVERDUE_SECONDS: i64 = 5;

/// The folder is looked at every minute at least; without a completed look for so long, its follower stands.
const STANDING_SECONDS: i64 = 180;

/// One reason why the server is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    /// What it concerns, in one word.
    pub(super) what: &'static str,
    pub(super) reason: String,
}

/// How following the folder goes.
#[derive(Default)]
pub(super) struct Looks {
    /// Seconds since 1970 of the last look that was completed, or of the start. Nothing follows where it is 0.
    at: AtomicI64,
    /// Why the last look failed, if it did.
    trouble: Mutex<Option<String>>,
}

impl Looks {
    /// A look was completed, or the first is to come.
    pub(super) fn complete(&self, now: DateTime<Utc>) {
        self.at.store(now.timestamp(), Ordering::Relaxed);
        *self.trouble() = None;
    }

    pub(super) fn fail(&self, reason: String) {
        *self.trouble() = Some(reason);
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the folder is not followed at present.
    fn standing(&self, now: DateTime<Utc>) -> Option<String> {
        if let Some(reason) = &*self.trouble() {
            return Some(format!(
                "the folder of items cannot be brought in: {reason}"
            ));
        }
        let at = self.at.load(Ordering::Relaxed);
        let seconds = now.timestamp() - at;
        (at > 0 && seconds > STANDING_SECONDS)
            .then(|| format!("no look at the folder of items was completed for {seconds} s"))
    }
}

/// Why the server is not ready; nothing where it is. Asks the disk and the store.
pub(super) fn reasons(store: &Store, health: &Health, now: DateTime<Utc>) -> Vec<Reason> {
    let found = [
        ("store", answers(store)),
        (
            "files",
            store.check_place().err().map(|error| error.to_string()),
        ),
        (
            "disk",
            short_of_disk(health).or_else(|| store.write_trouble()),
        ),
        ("embargo", overdue(store, now)),
        ("folder", health.looks.standing(now)),
        (
            "erasure",
            store
                .unerased()
                .map(|left| format!("what was killed is {left}")),
        ),
    ];
    let found = found.into_iter();
    found
        .filter_map(|(what, reason)| {
            Some(Reason {
                what,
                reason: reason?,
            })
        })
        .collect()
}

fn answers(store: &Store) -> Option<String> {
    let error = store.touch("all").err()?;
    Some(format!("the store does not answer: {error}"))
}

fn short_of_disk(health: &Health) -> Option<String> {
    // Where the folder is gone, that is told as such.
    let free = fs4::available_space(&health.data).ok()?;
    (free < LEAST_FREE_BYTES).then(|| {
        let least = LEAST_FREE_BYTES / 1024 / 1024;
        format!(
            "{} has {free} bytes of free disk, where {least} MiB are the least; free some",
            health.data.display()
        )
    })
}

fn overdue(store: &Store, now: DateTime<Utc>) -> Option<String> {
    // Where the store fails, that is told as such.
    let due = store.next_due().ok()??;
    (now - due > TimeDelta::seconds(OVERDUE_SECONDS)).then(|| {
        format!(
            "what was due at {} is not written yet: an embargo that ended, or a right that did",
            due.to_rfc3339()
        )
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Looks, STANDING_SECONDS};

    #[test]
    fn a_follower_stands_when_no_look_is_completed_for_long() {
        let begin = DateTime::from_timestamp(1_764_000_000, 0).expect("a moment");
        let after = |seconds| begin + TimeDelta::seconds(seconds);
        let looks = Looks::default();
        assert_eq!(looks.standing(after(100_000)), None, "nothing is followed");
        looks.complete(begin);
        assert_eq!(looks.standing(after(STANDING_SECONDS)), None);
        let told = looks.standing(after(STANDING_SECONDS + 1));
        assert!(told.is_some_and(|told| told.contains("181 s")));
        looks.complete(after(200));
        assert_eq!(looks.standing(after(201)), None);
        looks.fail("it is locked".to_owned());
        assert!(
            looks
                .standing(after(202))
                .is_some_and(|told| told.contains("it is locked"))
        );
        looks.complete(after(203));
        assert_eq!(looks.standing(after(204)), None);
    }
}
