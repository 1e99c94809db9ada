//! Runs a handler's work on a thread that may wait for the disk, and makes of its failure what the client may learn.

use std::any::Any;
use std::sync::Arc;

use crate::http::Site;
use crate::http::document::RenderError;

use super::problem::{HandlerError, Problem, busy};

impl Site {
    /// Runs work that waits for the disk on a blocking thread.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, HandlerError> + Send + 'static,
    ) -> Result<T, HandlerError> {
        let site = Arc::clone(self);
        let done = on_blocking_thread(Box::new(move || Box::new(work(&site)))).await?;
        let broken = |_| RenderError::Broken("another request's work was done".to_owned());
        *done.downcast().map_err(broken)?
    }

    /// The problem that the client learns of an error; a fault is reported to the operator.
    pub(super) fn problem_of(&self, path: &str, failure: HandlerError) -> Problem {
        match failure {
            HandlerError::Told(problem) => problem,
            HandlerError::Fault(error) => {
                (self.fault)(path, &error);
                match self.store.is_hindered() {
                    true => Problem::hindered(),
                    false if error.is_unreachable() => {
                        busy("the store cannot be reached at present; send it again")
                    }
                    false => Problem::fault(),
                }
            }
        }
    }
}

/// Runs work on a blocking thread. Its result has no static type, so that the runtime's part is compiled once and not for
/// each kind of request.
async fn on_blocking_thread(
    work: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>,
) -> Result<Box<dyn Any + Send>, HandlerError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| RenderError::Broken(error.to_string()))?)
}
