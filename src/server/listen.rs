//! The public listener: connections in, bounded in number, patience and the size of their heads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::http::{Peer, Site};

/// More connections wait until others end.
const MAX_CONNECTIONS: usize = 10_000;

/// A head must have come whole after so long; an idle connection is closed after the same time.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// After an error of the system (no file descriptors left) accepting rests a little.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Accepts and serves until told to stop; returns when the last connection has ended.
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>, mut stop: watch::Receiver<bool>) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&connections).acquire_owned() => permit,
            _ = stop.changed() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok((stream, other)) => (stream, Peer(other.ip())),
            Err(_) => {
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        // Without it a small response waits for an acknowledgement; where it is refused, it waits.
        let _ = stream.set_nodelay(true);
        let site = Arc::clone(&site);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |mut request| {
                    if site.is_limiting() {
                        request.extensions_mut().insert(peer);
                    }
                    let site = Arc::clone(&site);
                    async move { Ok::<_, Infallible>(site.respond(request).await) }
                }),
            );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // What ends a connection early (TLS on the plain port, a reader that left) is the other side's affair.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
