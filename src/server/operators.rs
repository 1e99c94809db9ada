//! The operators' connections: few at once, none for long, and only under names of this listener's own.
//!
//! A browser on the operator's machine asks whatever address a page elsewhere names; a page whose own name is made to lead
//! here (DNS rebinding) could read what is answered. It cannot make the browser say another name than its own.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::uri::Authority;
use http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_service::Service as _;

/// A monitoring system has one or two, an operator's browser six.
const MOST_CONNECTIONS: u32 = 64;

/// A head comes in one packet; whoever keeps a connection asks again within the same time or makes another.
const HEAD: Duration = Duration::from_secs(10);

/// After so long a connection ends with the answer under way…
const WHOLE: Duration = Duration::from_secs(60);

/// …for which its reader has so long.
const LAST_ANSWER: Duration = Duration::from_secs(10);

/// After an error of the system (no file descriptors left) accepting rests a little.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How long a connection may last.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) head: Duration,
    pub(super) whole: Duration,
    pub(super) last_answer: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            head: HEAD,
            whole: WHOLE,
            last_answer: LAST_ANSWER,
        }
    }
}

/// What operators are served by.
pub(super) struct Operators {
    pub(super) router: Router,
    /// By which names, beside addresses and `localhost`, the listener is known.
    pub(super) names: Vec<String>,
    pub(super) times: Times,
}

impl Operators {
    /// Accepts and serves until told to stop.
    pub(super) async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let operators = Arc::new(self);
        let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS as usize));
        loop {
            let accepting = async {
                let place = Arc::clone(&connections).acquire_owned().await;
                (listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                accepted = accepting => accepted,
                _ = stop.changed() => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            };
            let (operators, told) = (Arc::clone(&operators), stop.clone());
            tokio::spawn(async move {
                operators.hold(stream, told).await;
                drop(place);
            });
        }
        drop(listener);
        // All have been told, too, and each gives its place back.
        let _ = connections.acquire_many(MOST_CONNECTIONS).await;
    }

    async fn hold(&self, stream: TcpStream, mut stop: watch::Receiver<bool>) {
        let answer = service_fn(async |request| Ok::<_, Infallible>(self.answer(request).await));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.times.head);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        // What ends a connection early is the other side's affair.
        tokio::select! {
            _ = &mut connection => return,
            _ = stop.changed() => {}
            () = tokio::time::sleep(self.times.whole) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(self.times.last_answer, connection).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<axum::body::Body> {
        if !self.is_known_as(request.headers()) {
            let text = "This listener answers to addresses, to localhost and to the operations_names of the configuration. \
                        The request names another host.\n";
            let mut response = Response::new(axum::body::Body::from(text));
            *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            let kind = http::HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            return response;
        }
        match self.router.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Whether every host that a request names is this one. Programs may name none; browsers always do.
    fn is_known_as(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        hosts.all(|host| host.to_str().is_ok_and(|host| self.is_own(host)))
    }

    fn is_own(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        if host.contains('@') {
            return false;
        }
        let name = authority.host();
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        if bare.unwrap_or(name).parse::<IpAddr>().is_ok() {
            return true;
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        let names = self.names.iter().map(String::as_str).chain(["localhost"]);
        names.into_iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}
