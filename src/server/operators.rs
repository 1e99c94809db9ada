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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    use super::{MOST_CONNECTIONS, Operators, Times};

    const PATIENCE: Duration = Duration::from_secs(20);

    async fn served(times: Times) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let operators = Operators {
            router: Router::new().route("/", get(|| async { "ok\n" })),
            names: vec!["Courant.internal".to_owned()],
            times,
        };
        let (tell, told) = watch::channel(false);
        tokio::spawn(operators.serve(listener, told));
        (address, tell)
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let reading = stream.read_to_end(&mut bytes);
        // Whoever is cut off may see it as an error.
        let _ = tokio::time::timeout(PATIENCE, reading)
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
            let (address, _tell) = served(Times::default()).await;
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
                let said = ask(address, &format!("Host: {own}\r\n")).await;
                assert!(said.starts_with("HTTP/1.1 200 "), "{own}: {said}");
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
                let said = ask(address, &format!("Host: {other}\r\n")).await;
                assert!(said.starts_with("HTTP/1.1 421 "), "{other}: {said}");
                assert!(said.contains("operations_names") && !said.contains("ok\n"));
            }
            let both = "Host: localhost\r\nHost: attacker.example\r\n";
            let said = ask(address, both).await;
            assert!(said.starts_with("HTTP/1.1 421 "), "{said}");
        });
    }

    #[test]
    fn half_heads_and_connections_that_stay_end_and_others_get_their_places() {
        run(async {
            let moment = Duration::from_millis(100);
            let times = Times {
                head: moment,
                whole: 2 * moment,
                last_answer: moment,
            };
            let (address, _tell) = served(times).await;
            let mut held = Vec::new();
            for number in 0..2 * MOST_CONNECTIONS {
                let mut stream = TcpStream::connect(address).await.expect("a connection");
                let half = match number % 2 {
                    0 => "GET / HTTP/1.1\r\nHost: local",
                    _ => "",
                };
                stream
                    .write_all(half.as_bytes())
                    .await
                    .expect("half a head");
                held.push(stream);
            }
            let said = ask(address, "Host: localhost\r\n").await;
            assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
            for mut stream in held {
                assert!(!rest(&mut stream).await.contains("200 OK"));
            }
        });
    }

    #[test]
    fn told_to_stop_it_ends_with_its_connections() {
        run(async {
            let (address, tell) = served(Times::default()).await;
            let mut idle = TcpStream::connect(address).await.expect("a connection");
            assert!(ask(address, "Host: localhost\r\n").await.contains("200 OK"));
            tell.send(true).expect("somebody listens");
            assert_eq!(rest(&mut idle).await, "");
        });
    }
}
