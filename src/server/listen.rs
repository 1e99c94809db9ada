//! The public listener: connections in, bounded in number, patience and the size of their heads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::http::Site;

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
    let router = router(site);
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
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(_) => {
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        // Without it a small response waits for an acknowledgement; where it is refused, it waits.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(router.clone()),
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

/// One type spells every address, so there is one route: [`crate::resource::Resource`] reads the rest.
fn router(site: Arc<Site>) -> Router {
    Router::new().fallback(move |request: Request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(site.respond(request).await.map(axum::body::Body::new)) }
    })
}
