//! The readiness of the server, and in plain words the reasons why it is not ready. Each reason ends with its cause.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::folder::ARTICLE_FILE;
use crate::store::{Store, TouchKey};

use super::health::Health;

/// Minimum free disk space for the store, in bytes: room for the largest photograph with its renditions and for the
/// write-ahead log.
const MIN_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// Seconds after which a change that was due and is not written counts as overdue. It is written within a second else.
const OVERDUE_SECONDS: i64 = 5;

/// One reason why the server is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    /// The subject of the reason in one word, such as `disk`.
    #[serde(rename = "what")]
    pub(super) subject: &'static str,
    pub(super) reason: String,
}

/// The reasons why the server is not ready; none where it is. Reads the disk and the store.
pub(super) fn reasons(store: &Store, health: &Health, now: DateTime<Utc>) -> Vec<Reason> {
    let found = [
        ("store", answers(store)),
        (
            "files",
            store.check_files().err().map(|error| error.to_string()),
        ),
        (
            "disk",
            short_of_disk(health).or_else(|| store.write_trouble()),
        ),
        ("nodes", store.node_trouble()),
        ("embargo", overdue(store, now)),
        ("folder", health.follower.trouble(Instant::now())),
    ];
    let found = found.into_iter();
    found
        .filter_map(|(subject, reason)| {
            Some(Reason {
                subject,
                reason: reason?,
            })
        })
        .collect()
}

/// Work that is still ahead and does not keep requests from being served: a reader of the database may delay it for long.
pub(super) fn notes(store: &Store) -> Vec<Reason> {
    let erasure = store.unerased();
    let erasure = erasure.map(|left| Reason {
        subject: "erasure",
        reason: format!("what was killed is {left}"),
    });
    erasure.into_iter().collect()
}

fn answers(store: &Store) -> Option<String> {
    let error = store.touch(&TouchKey::Everything).err()?;
    Some(format!("the store does not answer: {error}"))
}

fn short_of_disk(health: &Health) -> Option<String> {
    // A missing folder is reported by another check.
    let free = fs4::available_space(&health.data).ok()?;
    (free < MIN_FREE_BYTES).then(|| {
        let least = MIN_FREE_BYTES / 1024 / 1024;
        format!(
            "{} has {free} bytes of free disk, where {least} MiB are the least; free some",
            health.data.display()
        )
    })
}

fn overdue(store: &Store, now: DateTime<Utc>) -> Option<String> {
    // A store that fails is reported by another check.
    let late = now - TimeDelta::seconds(OVERDUE_SECONDS);
    if let Some(file) = store.overdue_file(late).ok()? {
        return Some(format!(
            "{}/{ARTICLE_FILE} was due at {} and is not published: it is refused or cannot be read (courant check says why); \
             mend it, or remove its folder",
            file.filed,
            file.due.to_rfc3339()
        ));
    }
    if let Some(miss) = store.undecided_miss().ok()? {
        return Some(format!(
            "{} was due at {} and could not be published (courant log --private says why): it waits for a decision; publish, \
             save or delete it",
            miss.filed,
            miss.due.to_rfc3339()
        ));
    }
    let due = store.next_due().ok()??;
    (now - due > TimeDelta::seconds(OVERDUE_SECONDS)).then(|| {
        format!(
            "what was due at {} is not written yet: an embargo that ended, or a right that did",
            due.to_rfc3339()
        )
    })
}
