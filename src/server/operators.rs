//! The operators' connections: few at once, none for long, and only under names of this listener's own.
//!
//! A browser on the operator's machine asks whatever address a page elsewhere names; a page whose own name is made to lead
//! here (DNS rebinding) could read what is answered. It cannot make the browser say another name than its own.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use tokio::task::AbortHandle;
use tower_service::Service as _;

/// Maximum number of connections: a monitoring system has one or two, an operator's browser six.
const MAX_CONNECTIONS: u32 = 64;

/// Maximum time for the head of a request, which comes in one packet, and for an idle connection until the next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum age of a connection. It ends then, after the answer under way.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);

/// Maximum time for the answer that is under way when its connection ends.
const LAST_ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Time until accepting is tried again after an error of the system (no file descriptors left).
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Timeouts of a connection.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) head: Duration,
    pub(super) whole: Duration,
    pub(super) last_answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: HEAD_TIMEOUT,
            whole: CONNECTION_TIMEOUT,
            last_answer: LAST_ANSWER_TIMEOUT,
        }
    }
}

/// A connection that was accepted.
struct OpenConnection {
    /// Whether a request has come whole and is not answered yet.
    is_asking: Arc<AtomicBool>,
    task: AbortHandle,
}

/// Closes the oldest idle connection where there are [`MAX_CONNECTIONS`], so that a new one need not wait.
fn close_idle(held: &mut Vec<OpenConnection>) {
    held.retain(|held| !held.task.is_finished());
    if held.len() < MAX_CONNECTIONS as usize {
        return;
    }
    let is_idle = |held: &OpenConnection| !held.is_asking.load(Ordering::Relaxed);
    if let Some(oldest) = held.iter().position(is_idle) {
        held.remove(oldest).task.abort();
    }
}

/// The server of the operations listener.
pub(super) struct Operators {
    pub(super) router: Router,
    /// The host names under which requests are accepted, beside addresses and `localhost`.
    pub(super) names: Vec<String>,
    pub(super) times: Timeouts,
}

impl Operators {
    /// Accepts and serves until told to stop.
    pub(super) async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let operators = Arc::new(self);
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
        let mut held = Vec::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.changed() => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                continue;
            };
            close_idle(&mut held);
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                _ = stop.changed() => break,
            };
            let (operators, stop) = (Arc::clone(&operators), stop.clone());
            let is_asking = Arc::new(AtomicBool::new(false));
            let asking = Arc::clone(&is_asking);
            let task = tokio::spawn(async move {
                operators.hold(stream, &asking, stop).await;
                drop(place);
            });
            let task = task.abort_handle();
            held.push(OpenConnection { is_asking, task });
        }
        drop(listener);
        // All connections have the signal to stop, and each frees its place.
        let _ = places.acquire_many(MAX_CONNECTIONS).await;
    }

    async fn hold(
        &self,
        stream: TcpStream,
        is_asking: &AtomicBool,
        mut stop: watch::Receiver<bool>,
    ) {
        let answer = service_fn(async |request| {
            is_asking.store(true, Ordering::Relaxed);
            let response = self.answer(request).await;
            is_asking.store(false, Ordering::Relaxed);
            Ok::<_, Infallible>(response)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.times.head);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        // Errors of the connection concern the client alone.
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    use super::{MAX_CONNECTIONS, Operators, Timeouts};

    const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

    async fn served(times: Timeouts) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let operators = Operators {
            router: Router::new().route("/", get(|| async { "ok\n" })),
            names: vec!["Courant.internal".to_owned()],
            times,
        };
        let (sender, stop) = watch::channel(false);
        tokio::spawn(operators.serve(listener, stop));
        (address, sender)
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let reading = stream.read_to_end(&mut bytes);
        // A client that is cut off may see it as an error.
        let _ = tokio::time::timeout(ANSWER_TIMEOUT, reading)
            .await
            .expect("the connection's end");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn ask(address: SocketAddr, hosts: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("a request");
        rest(&mut stream).await
    }

    fn run(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(test);
    }

    #[test]
    fn a_request_that_names_another_host_is_not_answered() {
        run(async {
            let (address, _tell) = served(Timeouts::default()).await;
            let port = address.port();
            for own in [
                format!("127.0.0.1:{port}"),
                "127.0.0.1".to_owned(),
                format!("[::1]:{port}"),
                "10.1.2.3:80".to_owned(),
                format!("localhost:{port}"),
                "LOCALHOST.".to_owned(),
                "courant.internal:8081".to_owned(),
            ] {
                let answer = ask(address, &format!("Host: {own}\r\n")).await;
                assert!(answer.starts_with("HTTP/1.1 200 "), "{own}: {answer}");
            }
            for other in [
                "attacker.example",
                "attacker.example:8081",
                "127.0.0.1.attacker.example",
                "localhost.attacker.example",
                "sub.localhost",
                "localhost@attacker.example",
                "attacker.example@127.0.0.1",
                "a b",
                "",
                "internal",
                "2130706433",
            ] {
                let answer = ask(address, &format!("Host: {other}\r\n")).await;
                assert!(answer.starts_with("HTTP/1.1 421 "), "{other}: {answer}");
                assert!(answer.contains("operations_names") && !answer.contains("ok\n"));
            }
            let both = "Host: localhost\r\nHost: attacker.example\r\n";
            let answer = ask(address, both).await;
            assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
        });
    }

    /// Connections on which nothing is asked, or half of it.
    async fn silent(address: SocketAddr, count: u32) -> Vec<TcpStream> {
        let mut held = Vec::new();
        for number in 0..count {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let half = match number % 2 {
                0 => "GET / HTTP/1.1\r\nHost: local",
                _ => "",
            };
            let sent = stream.write_all(half.as_bytes()).await;
            sent.expect("half a head");
            held.push(stream);
        }
        held
    }

    #[test]
    fn half_heads_and_connections_that_stay_end() {
        run(async {
            let moment = Duration::from_millis(100);
            let times = Timeouts {
                head: moment,
                whole: 2 * moment,
                last_answer: moment,
            };
            let (address, _tell) = served(times).await;
            for mut stream in silent(address, 10).await {
                assert!(!rest(&mut stream).await.contains("200 OK"));
            }
        });
    }

    #[test]
    fn a_request_does_not_wait_for_connections_that_only_hold_places() {
        run(async {
            let hour = Duration::from_secs(3600);
            let times = Timeouts {
                head: hour,
                whole: hour,
                last_answer: hour,
            };
            let (address, _tell) = served(times).await;
            let held = silent(address, 3 * MAX_CONNECTIONS).await;
            let answer =
                tokio::time::timeout(ANSWER_TIMEOUT, ask(address, "Host: localhost\r\n")).await;
            let answer = answer.expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            drop(held);
        });
    }

    #[test]
    fn told_to_stop_it_ends_with_its_connections() {
        run(async {
            let (address, sender) = served(Timeouts::default()).await;
            let mut idle = TcpStream::connect(address).await.expect("a connection");
            assert!(ask(address, "Host: localhost\r\n").await.contains("200 OK"));
            sender.send(true).expect("the listener runs");
            assert_eq!(rest(&mut idle).await, "");
        });
    }
}
