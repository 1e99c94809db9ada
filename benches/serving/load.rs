//! The readers: one thread, a closed loop over kept connections, each asking again as soon as it was answered.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::histogram::Histogram;

/// So much is read while the head has not come whole.
const HEAD_BYTES: usize = 4096;

/// Linux's `MSG_TRUNC`: what is received is dropped instead of copied, so that readers cost little.
const DROP: i32 = 0x20;

/// At most so much is dropped at once.
const DROP_BYTES: usize = 1024 * 1024;

/// A server that answers nothing for so long has failed.
const LOST: Duration = Duration::from_secs(10);

/// What is asked, and by how many at once.
pub struct Load<'l> {
    pub address: SocketAddr,
    /// Whole requests; each is taken at random.
    pub requests: &'l [Vec<u8>],
    pub status: u16,
    pub connections: usize,
    /// Asked before anything is counted.
    pub warm: Duration,
    pub measured: Duration,
}

#[derive(Default)]
pub struct Outcome {
    pub requests: u64,
    pub seconds: f64,
    pub latencies: Histogram,
}

struct Reader {
    stream: TcpStream,
    asked: Instant,
    head: Vec<u8>,
    /// Bytes of the body that have not come yet, once the head was read.
    left: Option<usize>,
}

impl Load<'_> {
    /// Asks as long as was said; `mark` is called when counting begins and when it ends.
    pub fn run(&self, mut mark: impl FnMut() -> io::Result<()>) -> io::Result<Outcome> {
        let mut poll = Poll::new()?;
        let mut chance = Chance::default();
        let mut readers = self.connect(&poll)?;
        for reader in &mut readers {
            self.ask(reader, &mut chance)?;
        }
        let mut outcome = Outcome::default();
        let mut begun: Option<Instant> = None;
        let start = Instant::now();
        let mut events = Events::with_capacity(1024);
        let mut room = Box::new_uninit_slice(DROP_BYTES);
        let mut heard = start;
        loop {
            let now = Instant::now();
            match begun {
                None if now - start >= self.warm => {
                    mark()?;
                    outcome = Outcome::default();
                    begun = Some(Instant::now());
                }
                Some(moment) if now - moment >= self.measured => {
                    outcome.seconds = (now - moment).as_secs_f64();
                    mark()?;
                    return Ok(outcome);
                }
                _ => {}
            }
            poll.poll(&mut events, Some(Duration::from_millis(50)))?;
            if !events.is_empty() {
                heard = now;
            } else if now - heard > LOST {
                return Err(io::Error::other("no answer comes any more"));
            }
            for event in &events {
                let Some(reader) = readers.get_mut(event.token().0) else {
                    continue;
                };
                if self.read(reader, &mut room)? {
                    let now = Instant::now();
                    outcome.requests += 1;
                    outcome.latencies.add(now - reader.asked);
                    self.ask(reader, &mut chance)?;
                }
            }
        }
    }

    fn connect(&self, poll: &Poll) -> io::Result<Vec<Reader>> {
        let reader = |place| {
            let stream = std::net::TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            let (token, interest) = (Token(place), Interest::READABLE);
            poll.registry().register(&mut stream, token, interest)?;
            Ok(Reader {
                stream,
                asked: Instant::now(),
                head: Vec::with_capacity(2 * HEAD_BYTES),
                left: None,
            })
        };
        (0..self.connections).map(reader).collect()
    }

    fn ask(&self, reader: &mut Reader, chance: &mut Chance) -> io::Result<()> {
        let place = chance.below(self.requests.len());
        let request = self.requests.get(place).map_or(&[][..], Vec::as_slice);
        reader.head.clear();
        reader.left = None;
        reader.asked = Instant::now();
        // A request is far smaller than the system's buffer, which is empty.
        reader.stream.write_all(request)
    }

    /// Takes what has come; whether the answer is whole. A receive that gave less than there was room for took all:
    /// more draws another event.
    fn read(&self, reader: &mut Reader, room: &mut [MaybeUninit<u8>]) -> io::Result<bool> {
        loop {
            if let Some(left) = reader.left {
                let most = left.min(room.len());
                let Some(room) = room.get_mut(..most) else {
                    return Ok(true);
                };
                let dropped = SockRef::from(&reader.stream).recv_with_flags(room, DROP);
                let Some(dropped) = came(dropped)? else {
                    return Ok(false);
                };
                reader.left = Some(left - dropped);
                if left == dropped {
                    return Ok(true);
                }
                if dropped < most {
                    return Ok(false);
                }
                continue;
            }
            let mut piece = [0; HEAD_BYTES];
            let Some(read) = came(reader.stream.read(&mut piece))? else {
                return Ok(false);
            };
            reader.head.extend_from_slice(&piece[..read]);
            if let Some(head) = Head::parse(&reader.head) {
                if head.status != self.status {
                    let said = String::from_utf8_lossy(&reader.head[..head.length]);
                    return Err(io::Error::other(format!("an unexpected answer:\n{said}")));
                }
                let left = (head.length + head.body).saturating_sub(reader.head.len());
                if left == 0 {
                    return Ok(true);
                }
                reader.left = Some(left);
            }
            if read < HEAD_BYTES {
                return Ok(false);
            }
        }
    }
}

/// What a receive gave; nothing where it would have had to wait.
fn came(received: io::Result<usize>) -> io::Result<Option<usize>> {
    match received {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// What has to be known of an answer's head.
struct Head {
    status: u16,
    /// Bytes to the empty line, with it.
    length: usize,
    /// Bytes of the body.
    body: usize,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let length = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
        let status: u16 = text.get(9..12)?.parse().ok()?;
        let mut body = 0;
        if status != 304 {
            for line in text.split("\r\n") {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    body = value.trim().parse().ok()?;
                }
            }
        }
        Some(Self {
            status,
            length,
            body,
        })
    }
}

/// Deterministic chance (xorshift).
pub struct Chance(u64);

impl Default for Chance {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Chance {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
