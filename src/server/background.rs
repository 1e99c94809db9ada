//! The threads that work beside the listeners: they follow the folder, write what is due, remove what nothing names, and erase
//! what was killed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::erasing::Eraser;
use super::follow::Follower;
use super::sweep::Sweeper;
use super::timer::Timer;
use super::{Event, Journal};

/// Maximum time that stopping waits for the follower of the folder.
const FOLLOWER_GRACE: Duration = Duration::from_secs(3);

pub(super) struct Background {
    stopping: Arc<AtomicBool>,
    /// Tells when the folder is not followed any more. Its thread is not joined: it may wait for a disk that does not
    /// answer, and ends with the program.
    following: Option<oneshot::Receiver<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts a thread for each.
    ///
    /// # Errors
    /// If the system refuses one.
    pub(super) fn start(
        follower: Option<Follower>,
        timer: Timer,
        sweeper: Sweeper,
        eraser: Eraser,
    ) -> io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let following = match follower {
            None => None,
            Some(follower) => {
                let (sender, ended) = oneshot::channel();
                begin("follow", &stopping, move |stops| {
                    follower.follow(stops);
                    // The last that has the store closes it, which the end of the program must not cut off.
                    drop(follower);
                    // If the server ended before, nothing waits.
                    let _ = sender.send(());
                })?;
                Some(ended)
            }
        };
        let threads = vec![
            begin("timer", &stopping, move |stops| timer.run(stops))?,
            begin("sweep", &stopping, move |stops| sweeper.run(stops))?,
            begin("erase", &stopping, move |stops| eraser.run(stops))?,
        ];
        Ok(Self {
            stopping,
            following,
            threads,
        })
    }

    /// Tells all threads to stop.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        for thread in &self.threads {
            thread.thread().unpark();
        }
    }

    /// Waits until they have stopped; for the follower no longer than its grace.
    pub(super) async fn ended(self, journal: &Journal) {
        if let Some(following) = self.following
            && !ends_within(FOLLOWER_GRACE, following).await
        {
            let text = "the folder of items does not answer and is not waited for".to_owned();
            journal.say(&Event::Warning { text });
        }
        let threads = self.threads;
        let join = move || threads.into_iter().for_each(|thread| drop(thread.join()));
        let _ = tokio::task::spawn_blocking(join).await;
    }
}

/// Whether the thread that tells of its end ends in time; one that ended without a word has ended, too.
async fn ends_within(grace: Duration, ended: oneshot::Receiver<()>) -> bool {
    tokio::time::timeout(grace, ended).await.is_ok()
}

/// Starts a thread that works until it is told to stop.
fn begin(
    name: &str,
    stopping: &Arc<AtomicBool>,
    work: impl FnOnce(&AtomicBool) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let stopping = Arc::clone(stopping);
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(move || work(&stopping))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_that_waits_for_a_disk_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let (stuck, ended) = tokio::sync::oneshot::channel();
        let grace = Duration::from_millis(1);
        assert!(!runtime.block_on(ends_within(grace, ended)));
        drop(stuck);
        let (panicked, ended) = tokio::sync::oneshot::channel::<()>();
        drop(panicked);
        assert!(runtime.block_on(ends_within(grace, ended)));
    }
}
