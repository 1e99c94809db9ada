//! The thread by which this node hears of the other nodes on its store, keeps its leases, and tells when it hears nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use tokio::sync::Notify;

use crate::store::{Clock, NodeListener, Store};

use super::lasting::{LastingFault, wait_to_retry};
use super::{Event, Journal, ServerError};

/// Time from a failure to the next try. What others tell meanwhile does not make it shorter.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The thread, until this is dropped.
pub(super) struct Nodes {
    stopping: Arc<AtomicBool>,
    /// Told when the store is another than this server opened.
    replaced: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Nodes {
    /// Begins to hear of other nodes; `None` where the store has one server.
    ///
    /// # Errors
    /// Where the store fails, or the system refuses a thread.
    pub(super) fn start(
        store: &Arc<Store>,
        own_clock: Clock,
        journal: &Arc<Journal>,
    ) -> Result<Option<Self>, ServerError> {
        let waking: Arc<OnceLock<Thread>> = Arc::default();
        let woken = Arc::clone(&waking);
        let wake = move || woken.get().into_iter().for_each(Thread::unpark);
        let Some(listener) = store.listen(&own_clock, wake)? else {
            return Ok(None);
        };
        let stopping: Arc<AtomicBool> = Arc::default();
        let (store, journal) = (Arc::clone(store), Arc::clone(journal));
        let replaced: Arc<Notify> = Arc::default();
        let (stops, tells) = (Arc::clone(&stopping), Arc::clone(&replaced));
        let work = move || {
            hear_until(&stops, &store, &listener, &own_clock, &journal, &tells);
        };
        let thread = thread::Builder::new()
            .name("nodes".to_owned())
            .spawn(work)?;
        // What was told before is heard at the first look.
        let _ = waking.set(thread.thread().clone());
        Ok(Some(Self {
            stopping,
            replaced,
            thread: Some(thread),
        }))
    }

    /// Waits until the store is another than this server opened.
    pub(super) async fn replaced(&self) {
        self.replaced.notified().await;
    }

    /// Has it look at once, not at its next turn.
    pub(super) fn look(&self) {
        self.thread
            .iter()
            .for_each(|thread| thread.thread().unpark());
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        self.look();
        if let Some(thread) = self.thread.take() {
            // A panic was reported by the thread itself.
            let _ = thread.join();
        }
    }
}

fn hear_until(
    stopping: &AtomicBool,
    store: &Store,
    listener: &NodeListener,
    own_clock: &Clock,
    journal: &Journal,
    replaced: &Notify,
) {
    let mut fault = LastingFault::default();
    while !stopping.load(Ordering::Acquire) {
        match store.hear(listener, own_clock) {
            Ok(wait) => {
                fault.is_mended(journal, "what other nodes write is heard of again");
                thread::park_timeout(wait);
            }
            Err(error) => {
                let what = "what other nodes write is not heard of, and what is served may be old";
                fault.lasts(journal, what, error.to_string());
                if store.is_replaced() {
                    replaced.notify_one();
                }
                wait_to_retry(stopping, RETRY_DELAY);
            }
        }
    }
    // Where it fails, others take over a little later.
    let _ = store.leave(listener);
}

/// Tells why a server waits that another process has the store alone.
pub(super) fn tell_waiting(journal: &Journal, reason: &str) {
    journal.say(&Event::Note {
        text: format!("{reason}; this server waits for that"),
    });
}
