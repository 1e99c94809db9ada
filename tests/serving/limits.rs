//! Readers that are slow, greedy or mistaken about the protocol: the server ends them by its limits and goes on.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use courant::config::{Config, Limits};
use socket2::{Domain, Socket, Type};

use crate::support::{PATIENCE, Paper, Server, wait};

const STEP: Duration = Duration::from_millis(100);

fn server(limits: &str) -> (Paper, Server) {
    let paper = Paper::new();
    paper.article("city/a", "A", &"Some words of a long text. ".repeat(4000));
    let server = paper.configured(&format!("[limits]\n{limits}\n"));
    (paper, server)
}

fn connected(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// A connection that the system holds back little for.
fn narrow(server: &Server) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket
        .connect(&server.address.into())
        .expect("a connection");
    socket.into()
}

fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
}

/// What comes until the server ends the connection.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        // Ended while something of ours was still unread.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the server did not end the connection: {error}"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn goes_on(server: &Server) {
    assert_eq!(server.get("/feed.rss").status, 200);
}

/// Sends one byte after the other until the server has ended the connection.
fn send_until_ended(stream: &mut TcpStream) {
    stream.set_nonblocking(true).expect("a mode");
    wait("the end of a connection", || {
        std::thread::sleep(STEP);
        match stream.write(b"a") {
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(_) => Some(()),
        }
    });
}

#[test]
fn a_head_that_does_not_come_whole_ends_the_connection_however_busily_it_comes() {
    let (_paper, server) = server("head_seconds = 1");
    let mut slow = connected(&server);
    slow.write_all(b"GET /feed.rss HTTP/1.1\r\nHost: ").unwrap();
    send_until_ended(&mut slow);
    goes_on(&server);
}

#[test]
fn a_connection_on_which_nothing_is_asked_is_closed() {
    let (_paper, server) = server("head_seconds = 1");
    let mut silent = connected(&server);
    assert_eq!(rest(&mut silent), "");
    // Also after an answer, which came whole.
    let mut idle = connected(&server);
    ask(&mut idle, "/page.css");
    let answer = rest(&mut idle);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    goes_on(&server);
}

#[test]
fn a_reader_that_stops_reading_is_given_up() {
    let (_paper, server) = server("send_seconds = 1\nhead_seconds = 600");
    let mut stuck = narrow(&server);
    // More than the system takes on the way.
    for _ in 0..200 {
        ask(&mut stuck, "/articles/a");
    }
    // What it sends meanwhile gains it no time.
    send_until_ended(&mut stuck);
    // Nor does the system keep anything for it.
    let port = stuck.local_addr().expect("an address").port();
    wait("the connection's end", || {
        let known = std::fs::read_to_string("/proc/net/tcp").expect("the connections");
        let ours = format!("{:04X} ", server.address.port());
        let theirs = format!("{port:04X} ");
        let held = known.lines().any(|line| {
            let mut ends = line.split(':').skip(2);
            ends.next().is_some_and(|end| end.starts_with(&ours))
                && ends.next().is_some_and(|end| end.starts_with(&theirs))
        });
        (!held).then_some(())
    });
    goes_on(&server);
}

#[test]
fn a_reader_that_reads_slowly_gets_everything() {
    // Far more than the system takes on the way, in twice the time for which nothing may move.
    const ANSWERS: usize = 300;
    const STEPS: usize = 60;
    let (_paper, server) = server("send_seconds = 3\nhead_seconds = 600");
    let bytes = server.get("/articles/a").body.len() * ANSWERS;
    let mut slow = connected(&server);
    for _ in 0..ANSWERS {
        ask(&mut slow, "/articles/a");
    }
    let mut piece = vec![0; bytes / STEPS];
    for step in 0..STEPS {
        std::thread::sleep(STEP);
        slow.read_exact(&mut piece)
            .unwrap_or_else(|error| panic!("step {step}: {error}"));
    }
    goes_on(&server);
}

#[test]
fn an_oversized_head_is_refused() {
    let (_paper, server) = server("head_bytes = 8192");
    for field in ["X-Long", "Cookie", "If-None-Match"] {
        let mut stream = connected(&server);
        let head = format!(
            "GET /feed.rss HTTP/1.1\r\nHost: a\r\n{field}: {}\r\n\r\n",
            "a".repeat(9000)
        );
        stream.write_all(head.as_bytes()).unwrap();
        let answer = rest(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{field}: {answer}");
        assert!(answer.contains("too long"), "{field}: {answer}");
    }
    // The answer to a HEAD has no body, whatever is wrong with its head.
    let long = format!("X-Long: {}", "a".repeat(9000));
    for field in [&long, "No colon", "Host: b"] {
        let mut stream = connected(&server);
        let head = format!("HEAD /feed.rss HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let answer = rest(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 4"), "{field}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{field}: {answer}");
    }
    // A head that never ends is refused when it has become too large.
    let mut endless = connected(&server);
    endless.write_all(b"GET /feed.rss HTTP/1.1\r\n").unwrap();
    while endless.write_all(b"X-More: and more\r\n").is_ok() {}
    goes_on(&server);
}

#[test]
fn connections_beyond_the_limit_wait_until_others_end() {
    let (_paper, server) = server("connections = 2");
    let mut first = connected(&server);
    let second = connected(&server);
    ask(&mut first, "/page.css");
    let mut byte = [0];
    first.read_exact(&mut byte).unwrap();
    let mut third = connected(&server);
    ask(&mut third, "/page.css");
    third.set_read_timeout(Some(5 * STEP)).unwrap();
    assert!(third.read_exact(&mut byte).is_err());
    drop((first, second));
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    third.read_exact(&mut byte).unwrap();
    drop(third);
    goes_on(&server);
}

#[test]
fn a_low_soft_limit_of_open_files_is_raised() {
    let paper = Paper::new();
    let server = paper.starting().after("ulimit -S -n 64").serve();
    let readers: Vec<TcpStream> = (0..150)
        .map(|_| {
            let mut reader = connected(&server);
            ask(&mut reader, "/page.css");
            reader.read_exact(&mut [0]).expect("an answer");
            reader
        })
        .collect();
    goes_on(&server);
    drop(readers);
}

#[test]
fn connections_leave_open_files_for_the_rest_and_a_line_says_it() {
    let paper = Paper::copy_of("tests/data/sample");
    let server = paper.starting().after("ulimit -n 120").serve();
    server.line(&["warning", "60 connections", "10000", "ulimit -Hn"]);
    let pages = server.get("/articles/night-ferry-returns").text();
    let at = pages.find("/media/").expect("a photograph");
    let photograph = &pages[at..at + "/media/".len() + 36];
    let mut readers: Vec<TcpStream> = (0..200).map(|_| connected(&server)).collect();
    for reader in readers.iter_mut().take(60) {
        ask(reader, photograph);
        let mut head = [0; 15];
        reader.read_exact(&mut head).expect("an answer");
        assert_eq!(&head, b"HTTP/1.1 200 OK");
    }
    drop(readers);
    goes_on(&server);
}

#[test]
fn what_comes_to_the_plain_port_by_mistake_is_survived() {
    let (_paper, server) = server("");
    let hello = [
        &[
            0x16, 0x03, 0x01, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x2b, 0x03, 0x03,
        ][..],
        &[0x5a; 32],
        &[0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00],
    ]
    .concat();
    for mistaken in [
        &hello[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let mut stream = connected(&server);
        stream.write_all(mistaken).unwrap();
        let answer = rest(&mut stream);
        assert!(
            answer.starts_with("HTTP/1.1 400 "),
            "{mistaken:?}: {answer}"
        );
        assert!(answer.contains("cache-control: no-store"), "{answer}");
        assert!(answer.contains("the proxy in front"), "{answer}");
        goes_on(&server);
    }
}

#[test]
fn an_offer_to_speak_http_2_is_answered_in_http_1_1() {
    let (_paper, server) = server("");
    let offer = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
    ];
    let answer = server.get_with("/feed.rss", &offer);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, server.get("/feed.rss").body);
}

#[test]
fn requests_under_way_end_well_and_idle_connections_are_closed_when_the_server_stops() {
    let (_paper, server) = server("");
    let whole = server.get("/articles/a").text();
    let mut idle = connected(&server);
    ask(&mut idle, "/page.css");
    let mut slow = narrow(&server);
    ask(&mut slow, "/articles/a");
    let mut byte = [0];
    idle.read_exact(&mut byte).unwrap();
    slow.read_exact(&mut byte).unwrap();
    server.signal("-TERM");
    assert!(rest(&mut idle).contains("\r\n\r\n"));
    assert!(rest(&mut slow).ends_with(&whole));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn limits_are_read_with_complaints_that_say_what_to_do() {
    let config = Config::parse("[limits]\nconnections = 7\ncache_bytes = 8388608\n").unwrap();
    let expected = Limits {
        connections: 7,
        cache_bytes: 8_388_608,
        ..Limits::default()
    };
    assert_eq!(config.limits, expected);
    for (text, said) in [
        ("[limits]\nhead_second = 1", "did you mean head_seconds?"),
        (
            "[limits]\nsend_seconds = 0",
            "a whole number from 1 to 3600",
        ),
        ("[limits]\nhead_bytes = \"8k\"", "a whole number from 1024"),
        ("limits = 3", "a table"),
    ] {
        let complaints = Config::parse(text).unwrap_err();
        let complaints: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        assert!(complaints.join("\n").contains(said), "{complaints:?}");
    }
}
