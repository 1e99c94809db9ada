//! Tells caches in front what changed, until they acknowledge it.
//!
//! A cache is a cursor into the log. What lies between the cursor and the newest entry is purged at once, and once more a
//! little later: an answer from before the change may still have been on its way and come into the cache behind the
//! first purge, and one from the very second of the change has no Last-Modified, which a cache must not keep for a day.
//! Only then does the cursor move, on disk, so that a restart purges again what nobody acknowledged.

mod call;
mod credential;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::config::Purge;
use crate::http::Site;
use crate::store::{Lease, Store, StoreError, TouchKey, Touched};

use super::{Event, Journal};

use call::{Call, Unacknowledged, parts};

/// Time from a purge to its repetition: answers that were on their way at the first have come by then.
const SECOND_PURGE_DELAY: Duration = Duration::from_secs(5);

/// Changes within this time share their second purge.
const SHARED_PURGE_TIME: Duration = Duration::from_secs(1);

/// Time between two looks whether this node is the one that purges.
const LEASE_LOOK: Duration = Duration::from_millis(500);

/// Delay before a failed purge is tried again: the minimum at first, doubled at each failure up to the maximum.
const MIN_RETRY_DELAY: Duration = Duration::from_secs(1);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(60);

/// Maximum number of keys in a purge. In place of more the one key of everything is sent: that many requests would take
/// longer than the cache needs to fill again.
const MAX_KEYS: usize = 1000;

/// Why purges cannot be sent to a cache at all.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    #[error("the credential for {cache} cannot be had from {place}: {reason}")]
    Credential {
        cache: String,
        place: String,
        reason: String,
    },
    #[error("the client for purges cannot be made: {0}")]
    Client(reqwest::Error),
}

/// Why a purge has to be tried again.
#[derive(Debug, thiserror::Error)]
enum RetryReason {
    #[error(transparent)]
    Unacknowledged(#[from] Unacknowledged),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the work was broken off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// The state of one cache in front, for metrics and the overview.
pub(super) struct CacheHealth {
    pub(super) name: String,
    /// The newest entry up to which the cache has acknowledged all purges.
    pub(super) acknowledged: AtomicU64,
    pub(super) purges: AtomicU64,
    pub(super) failures: AtomicU64,
}

impl CacheHealth {
    pub(super) fn of(purge: &Purge) -> Self {
        Self {
            name: purge.name(),
            acknowledged: AtomicU64::new(0),
            purges: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }
}

/// Sends one cache the purges of all entries, in their order.
pub(super) struct Purger {
    site: Arc<Site>,
    journal: Arc<Journal>,
    health: Arc<CacheHealth>,
    call: Call,
    /// The newest entry before the first answer of this run.
    begun_at: u64,
}

/// Entries that were purged once.
struct SentPurge {
    since: Instant,
    due: Instant,
    seq: u64,
}

impl Purger {
    /// # Errors
    /// If the credential is not where it should be.
    pub(super) fn new(
        site: Arc<Site>,
        journal: Arc<Journal>,
        purge: Purge,
        health: Arc<CacheHealth>,
    ) -> Result<Self, PurgeError> {
        let call = Call::new(purge, &health.name)?;
        let begun_at = site.store().position().seq;
        Ok(Self {
            begun_at,
            site,
            journal,
            health,
            call,
        })
    }

    /// Tells the cache of what changes until the work is broken off.
    pub(super) async fn run(self) {
        let mut positions = self.site.store().watch();
        let mut pause = MIN_RETRY_DELAY;
        let mut cursor = None;
        let mut sent = VecDeque::new();
        let lease = Lease::Purge(self.health.name.clone());
        let store = Arc::clone(self.site.store());
        store.want_lease(lease.clone());
        loop {
            if !store.has_lease(&lease) {
                // Another node purges it, and has come to where it says.
                (cursor, sent) = (None, VecDeque::new());
                self.read_acknowledged().await;
                tokio::time::sleep(LEASE_LOOK).await;
                continue;
            }
            match self.catch_up(&mut cursor, &mut sent).await {
                Ok(()) => {
                    if pause > MIN_RETRY_DELAY {
                        pause = MIN_RETRY_DELAY;
                        self.say(|name| Event::Note {
                            text: format!("the cache {name} takes purges again"),
                        });
                    }
                    wait(&mut positions, sent.front()).await;
                }
                Err(missed) => {
                    self.health.failures.fetch_add(1, Ordering::Relaxed);
                    if pause == MIN_RETRY_DELAY {
                        self.say(|name| Event::Trouble {
                            what: format!(
                                "the cache {name} did not acknowledge a purge and may give what is old; it is told again \
                                 until it does"
                            ),
                            reason: missed.to_string(),
                        });
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(MAX_RETRY_DELAY);
                }
            }
        }
    }

    fn say(&self, event: impl FnOnce(&str) -> Event) {
        self.journal.say(&event(&self.health.name));
    }

    /// Purges what is due: first what is new, then for the second time what was purged a while ago.
    async fn catch_up(
        &self,
        cursor: &mut Option<u64>,
        sent: &mut VecDeque<SentPurge>,
    ) -> Result<(), RetryReason> {
        let acknowledged = match *cursor {
            Some(acknowledged) => acknowledged,
            None => self.begin().await?,
        };
        *cursor = Some(acknowledged);
        let last_sent = sent.back().map_or(acknowledged, |last| last.seq);
        if self.site.store().position().seq > last_sent {
            let touched = self.touched_after(last_sent).await?;
            self.send_purge(&touched).await?;
            note(sent, touched.seq, Instant::now());
        }
        while let Some(first) = sent.front().filter(|first| first.due <= Instant::now()) {
            let seq = first.seq;
            let touched = self.touched_after(cursor.unwrap_or(acknowledged)).await?;
            self.send_purge(&touched).await?;
            self.keep(seq).await?;
            *cursor = Some(seq);
            sent.pop_front();
        }
        Ok(())
    }

    /// The cursor of the cache when the server last stopped. A cache that is new begins at the newest entry, since it holds
    /// nothing that has a key.
    async fn begin(&self) -> Result<u64, RetryReason> {
        let name = self.health.name.clone();
        let stored = self.store(move |store| store.cursor(&name)).await?;
        let cursor = match stored {
            Some(stored) => stored,
            None => {
                self.keep(self.begun_at).await?;
                self.begun_at
            }
        };
        self.health.acknowledged.store(cursor, Ordering::Relaxed);
        Ok(cursor)
    }

    /// Reads how far the node has come that purges the cache.
    async fn read_acknowledged(&self) {
        let name = self.health.name.clone();
        if self.health.acknowledged.load(Ordering::Relaxed) == self.site.store().position().seq {
            return;
        }
        if let Ok(Some(seq)) = self.store(move |store| store.cursor(&name)).await {
            self.health.acknowledged.store(seq, Ordering::Relaxed);
        }
    }

    async fn touched_after(&self, seq: u64) -> Result<Touched, RetryReason> {
        self.store(move |store| store.touched_after(seq, MAX_KEYS + 1))
            .await
    }

    async fn keep(&self, seq: u64) -> Result<(), RetryReason> {
        let name = self.health.name.clone();
        self.store(move |store| store.keep_cursor(&name, seq)).await
    }

    async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RetryReason> {
        let store = Arc::clone(self.site.store());
        Ok(tokio::task::spawn_blocking(move || work(&store)).await??)
    }

    /// Sends the keys of what was touched; done when all of them are acknowledged.
    async fn send_purge(&self, touched: &Touched) -> Result<(), RetryReason> {
        let front = self.site.front();
        let everything =
            touched.keys.contains(&TouchKey::Everything) || touched.keys.len() > MAX_KEYS;
        let keys: Vec<String> = match everything {
            true => vec![front.publication().to_owned()],
            false => touched.keys.iter().map(|key| front.key(key)).collect(),
        };
        for part in parts(&keys) {
            self.call.send(&part).await?;
            self.health.purges.fetch_add(1, Ordering::Relaxed);
        }
        self.health
            .acknowledged
            .fetch_max(touched.seq, Ordering::Relaxed);
        Ok(())
    }
}

/// Notes what was purged once. Changes that come close together are purged the second time together, after the last.
fn note(sent: &mut VecDeque<SentPurge>, seq: u64, now: Instant) {
    let due = now + SECOND_PURGE_DELAY;
    match sent
        .back_mut()
        .filter(|last| now < last.since + SHARED_PURGE_TIME)
    {
        Some(last) => {
            last.due = due;
            last.seq = seq;
        }
        None => sent.push_back(SentPurge {
            since: now,
            due,
            seq,
        }),
    }
}

/// Until there is a new entry, or a second purge is due.
async fn wait(positions: &mut watch::Receiver<u64>, first: Option<&SentPurge>) {
    let due = async {
        match first {
            Some(first) => tokio::time::sleep_until(first.due).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        // The sender lives as long as the store, which this work holds.
        _ = positions.changed() => {}
        () = due => {}
    }
}
