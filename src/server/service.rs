//! Whoever answers on one connection.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::Watcher;

use crate::http::api::Api;
use crate::http::{Body, Peer, Ready, Site};

use super::patience::{Due, Patient};

/// hyper's buffers are no smaller.
const LEAST_BUFFER_BYTES: usize = 8192;

pub(super) struct Service {
    pub(super) site: Arc<Site>,
    /// Where writers come in, too.
    pub(super) api: Option<Api>,
    /// What the worker has ready; nobody else takes it.
    pub(super) ready: Arc<Mutex<Ready>>,
    pub(super) peer: Peer,
    pub(super) due: Arc<Due>,
    /// Heads are no longer.
    pub(super) head_bytes: usize,
}

impl Service {
    /// Answers a request that has come whole.
    pub(super) async fn answer<B>(&self, mut request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.due.suspend();
        let api = self.api.as_ref();
        let api = api.filter(|_| Api::has(request.uri().path()));
        request.extensions_mut().insert(self.peer);
        if let Some(api) = api {
            return api.respond(request).await;
        }
        Arc::clone(&self.site).respond(request).await
    }

    /// Answers whatever comes, by hyper, until `watcher` tells the end.
    pub(super) async fn serve(self, stream: Patient, watcher: Watcher) {
        let service = service_fn(async |request| Ok::<_, Infallible>(self.answer(request).await));
        let mut builder = http1::Builder::new();
        builder
            .max_buf_size(self.head_bytes.max(LEAST_BUFFER_BYTES))
            .max_header_size(self.head_bytes);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        // What ends a connection early (TLS on the plain port, a reader that left) is the other side's affair.
        let _ = watcher.watch(connection).await;
    }
}
