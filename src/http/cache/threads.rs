//! The threads that make documents: as many as there are processors, and the same ones for good.
//!
//! More at once would only wait for each other. And each thread keeps the memory that its documents and their codings
//! needed, so that threads which come and go by the dozen would take several times what is kept of their work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::http::document::RenderError;

type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct RenderThreads {
    jobs: Sender<Job>,
    next: Arc<Mutex<Receiver<Job>>>,
    maximum: usize,
    started: Mutex<usize>,
}

impl RenderThreads {
    /// A pool of at most `maximum` threads, which start when there is work for them and end when this is dropped.
    pub(crate) fn new(maximum: usize) -> Self {
        let (jobs, next) = channel();
        Self {
            jobs,
            next: Arc::new(Mutex::new(next)),
            maximum,
            started: Mutex::new(0),
        }
    }

    /// Does `work` on one of the threads. Once begun it is done, too, where nobody waits for it any more; what was left
    /// before it began is not: readers that come and leave would have others wait behind it.
    ///
    /// # Errors
    /// If the work fails or panics, or the system refuses every thread.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RenderError> + Send + 'static,
    ) -> Result<T, RenderError> {
        self.start()?;
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            if sender.is_closed() {
                return;
            }
            // The receiver is gone: the request waits no more.
            let _ = sender.send(guarded(work));
        });
        let broken = |_| RenderError::Broken("its threads have ended".to_owned());
        self.jobs
            .send(job)
            .map_err(|_| RenderError::Broken("its threads have ended".to_owned()))?;
        result.await.map_err(broken)?
    }

    /// Starts one more thread, until there are enough.
    fn start(&self) -> Result<(), RenderError> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if *started >= self.maximum {
            return Ok(());
        }
        let next = Arc::clone(&self.next);
        let thread = std::thread::Builder::new().name("render".to_owned());
        match thread.spawn(move || work_on(&next)) {
            Ok(_) => *started += 1,
            Err(error) if *started == 0 => {
                return Err(RenderError::Broken(format!("no thread for it: {error}")));
            }
            // The threads that run already take the job.
            Err(_) => {}
        }
        Ok(())
    }
}

/// Does `work` where it stands; a panic in it is an error of it alone.
///
/// # Errors
/// If the work fails or panics.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(RenderError::Broken("the work panicked".to_owned())))
}

fn work_on(next: &Mutex<Receiver<Job>>) {
    loop {
        let job = next.lock().unwrap_or_else(PoisonError::into_inner).recv();
        // All senders are gone: no more jobs come.
        let Ok(job) = job else { return };
        job();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    use super::{RenderError, RenderThreads};

    fn runtime() -> tokio::runtime::Runtime {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.build().expect("a runtime")
    }

    #[test]
    fn no_more_is_made_at_once_than_there_are_threads() {
        let render_threads = Arc::new(RenderThreads::new(2));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Each waits for another, so that two are at once for certain.
        let both = Arc::new(Barrier::new(2));
        runtime().block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let render_threads = Arc::clone(&render_threads);
                let (now, most, both) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&both));
                tasks.spawn(async move {
                    let work = move || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        both.wait();
                        now.fetch_sub(1, Ordering::SeqCst);
                        Ok(())
                    };
                    render_threads.run(work).await
                });
            }
            while let Some(done) = tasks.join_next().await {
                done.expect("a task").expect("the work");
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn work_that_panics_is_an_error_and_the_next_is_done() {
        let render_threads = RenderThreads::new(1);
        let runtime = runtime();
        let broken = runtime.block_on(render_threads.run::<()>(|| panic!("meant by the test")));
        assert!(matches!(broken, Err(RenderError::Broken(_))));
        let done = runtime.block_on(render_threads.run(|| Ok(7)));
        assert_eq!(done.expect("the work"), 7);
    }
}
