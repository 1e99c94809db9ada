//! The limit: a bare readiness loop that knows its answers beforehand, heads and all, and only writes them.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::Path;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::files::{self, Kind};

const LISTENER: Token = Token(usize::MAX);

/// The three answers of an address, each a head and a body in one piece.
#[derive(Default)]
struct Answers {
    identity: Vec<u8>,
    gzip: Vec<u8>,
    not_modified: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    /// Which answer is under way, and how much of it is written.
    under_way: Option<(usize, Kind, usize)>,
}

/// Answers, and where each address has its own.
#[derive(Default)]
struct Known {
    places: HashMap<String, usize>,
    answers: Vec<Answers>,
}

/// Serves what lies in `folder` until it is killed.
pub fn serve(folder: &Path, address: SocketAddr) -> io::Result<()> {
    let known = read(folder)?;
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(address)?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut connections)?;
                continue;
            }
            if let Some(place) = connections.get_mut(event.token().0)
                && let Some(connection) = place
                && connection.proceed(&known).is_err()
            {
                *place = None;
            }
        }
    }
}

fn read(folder: &Path) -> io::Result<Known> {
    let mut known = Known::default();
    for path in files::paths(folder)? {
        let whole = |kind: Kind| -> io::Result<Vec<u8>> {
            let head = fs::read(files::head(folder, &path, kind));
            let mut whole = match head {
                Ok(head) => head,
                // Not every address is asked for in every way.
                Err(_) => return Ok(Vec::new()),
            };
            if let Some(body) = files::body(folder, &path, kind) {
                whole.extend(fs::read(body)?);
            }
            Ok(whole)
        };
        let answers = Answers {
            identity: whole(Kind::Identity)?,
            gzip: whole(Kind::Gzip)?,
            not_modified: whole(Kind::NotModified)?,
        };
        known.places.insert(path, known.answers.len());
        known.answers.push(answers);
    }
    Ok(known)
}

fn accept(
    listener: &TcpListener,
    poll: &Poll,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        let free = connections.iter().position(Option::is_none);
        let place = free.unwrap_or(connections.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry()
            .register(&mut stream, Token(place), interest)?;
        let connection = Some(Connection {
            stream,
            request: Vec::with_capacity(4096),
            under_way: None,
        });
        match connections.get_mut(place) {
            Some(place) => *place = connection,
            None => connections.push(connection),
        }
    }
}

impl Connection {
    /// Reads and writes as far as the system goes along; an error ends the connection.
    fn proceed(&mut self, known: &Known) -> io::Result<()> {
        let mut drained = false;
        loop {
            if let Some((place, kind, written)) = &mut self.under_way {
                let Some(answers) = known.answers.get(*place) else {
                    return Err(io::ErrorKind::NotFound.into());
                };
                let answer = match kind {
                    Kind::Identity => &answers.identity,
                    Kind::Gzip => &answers.gzip,
                    Kind::NotModified => &answers.not_modified,
                };
                while let Some(rest) = answer.get(*written..).filter(|rest| !rest.is_empty()) {
                    match self.stream.write(rest) {
                        Ok(bytes) => *written += bytes,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                        Err(error) => return Err(error),
                    }
                }
                self.under_way = None;
                self.request.clear();
            }
            if drained {
                return Ok(());
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    // What comes after a read that did not fill its room draws another event.
                    drained = bytes < piece.len();
                    self.request.extend_from_slice(&piece[..bytes]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            if !self.request.ends_with(b"\r\n\r\n") {
                continue;
            }
            let text = std::str::from_utf8(&self.request).map_err(io::Error::other)?;
            let path = text.split(' ').nth(1).unwrap_or_default();
            let Some(place) = known.places.get(path) else {
                return Err(io::ErrorKind::NotFound.into());
            };
            let kind = if text.contains("\r\nIf-None-Match: ") {
                Kind::NotModified
            } else if text.contains("\r\nAccept-Encoding: gzip") {
                Kind::Gzip
            } else {
                Kind::Identity
            };
            self.under_way = Some((*place, kind, 0));
        }
    }
}
