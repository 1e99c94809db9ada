//! The public listener: accepts connections, bounded in number, and hands each to the worker with the fewest.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::config::Limits;
use crate::http::api::Api;
use crate::http::{Peer, Site};

use super::Journal;
use super::lasting::LastingFault;
use super::worker::{Accepted, Worker};

/// Time until accepting is tried again after an error of the system (no file descriptors left).
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// A fault of accepting is over when accepting has not failed for this time.
const ACCEPT_RECOVERY_TIME: Duration = Duration::from_secs(10);

/// Accepts and serves until told to stop; returns when the last connection has ended.
///
/// One listener, not one per worker on a shared port: the system would spread connections by their addresses, and a
/// proxy's few would crowd on some workers; and a second program could take the port unnoticed.
///
/// # Errors
/// If the system refuses the workers' threads.
pub(super) async fn serve(
    listener: TcpListener,
    (site, api): (Arc<Site>, Option<Api>),
    journal: Arc<Journal>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = (0..threads)
        .map(|_| Worker::start(Arc::clone(&site), api.clone(), limits))
        .collect::<io::Result<Vec<_>>>()?;
    let connections = Arc::new(Semaphore::new(limits.connections));
    let mut failure = LastingFault::default();
    let mut failed_at = None;
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&connections).acquire_owned() => permit,
            _ = stop.changed() => break,
        };
        // The semaphore is never closed.
        let Ok(permit) = permit else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        // Its worker's runtime is to watch it, not this one.
        let accepted = accepted.and_then(|(stream, address)| {
            Ok(Accepted {
                stream: stream.into_std()?,
                peer: Peer(address.ip()),
                permit,
            })
        });
        match accepted {
            Ok(accepted) => {
                // Some connections succeed between those that fail.
                if failed_at.is_some_and(|at: Instant| at.elapsed() > ACCEPT_RECOVERY_TIME) {
                    failure.is_mended(&journal, "connections are accepted again");
                    failed_at = None;
                }
                if let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) {
                    worker.hand(accepted);
                }
            }
            // A client that closed before its connection was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                let what = "no connection can be accepted, which is tried again";
                failure.lasts(&journal, what, error.to_string());
                failed_at = Some(Instant::now());
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
    drop(listener);
    // All get the signal to end before the first is waited for.
    let ends: Vec<_> = workers.into_iter().map(Worker::end).collect();
    for end in ends {
        end.await;
    }
    Ok(())
}
