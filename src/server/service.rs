//! The service that answers the requests of one connection.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};

use crate::http::api::Api;
use crate::http::{Body, Peer, ReadyResponses, Site};

use super::connection_timeouts::Deadline;

pub(super) struct Service {
    pub(super) site: Arc<Site>,
    /// The write API, where this listener serves it.
    pub(super) api: Option<Api>,
    /// The ready responses of this worker alone.
    pub(super) ready: Arc<Mutex<ReadyResponses>>,
    pub(super) peer: Peer,
    pub(super) due: Arc<Deadline>,
    /// Maximum size of a request's head.
    pub(super) head_bytes: usize,
}

impl Service {
    /// Answers a request whose head has come whole.
    pub(super) async fn answer<B>(&self, mut request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.due.suspend();
        let (method, headers) = (request.method(), request.headers());
        if let Some(response) = self.site.wait_for_position(method, headers).await {
            self.due.resume();
            return response;
        }
        let api = self.api.as_ref();
        let api = api.filter(|_| Api::has(request.uri().path()));
        request.extensions_mut().insert(self.peer);
        let response = match api {
            Some(api) => api.respond(request).await,
            None => Arc::clone(&self.site).respond(request).await,
        };
        self.due.resume();
        response
    }
}
