//! The thread that sends and receives what sessions with servers say. Others wait for its answers, whatever runtime of their own
//! they have.

use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::{Builder, Handle, Runtime};

use super::{Error, Result};

/// Begun with the first session, and there until the program ends.
static DRIVER: Mutex<Option<Runtime>> = Mutex::new(None);

/// # Errors
/// Where the system grants no thread.
pub(super) fn driver() -> Result<Handle> {
    let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = &*driver {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("database")
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|problem| Error::Value(format!("the system grants no thread: {problem}")))?;
    let handle = runtime.handle().clone();
    *driver = Some(runtime);
    Ok(handle)
}

/// Whether the work is to be looked at again. Not by parking the thread: others unpark it for what they have to say.
#[derive(Default)]
struct Signal {
    is_given: Mutex<bool>,
    given: Condvar,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        *self.is_given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.given.notify_one();
    }
}

impl Signal {
    fn wait(&self) {
        let is_given = self.is_given.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.given.wait_while(is_given, |is_given| !*is_given);
        *waited.unwrap_or_else(PoisonError::into_inner) = false;
    }
}

/// Waits on this thread for what the driver does.
pub(super) fn wait_for<T>(work: impl Future<Output = T>) -> T {
    let signal = Arc::new(Signal::default());
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => signal.wait(),
        }
    }
}
