//! Timeouts of connections: for the head of a request to arrive, and for a reader to take more of a response.
//!
//! A timer for each connection would be set anew at each request and each write. Instead each connection notes the tick at
//! which its time is over, and the worker's sweep looks at all of them at every tick.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::config::Limits;

/// The precision of deadlines.
pub(super) const TICK: Duration = Duration::from_millis(250);

const TICKS_PER_SECOND: u64 = 4;

/// The deadline while the server itself works on the request: none.
const NEVER: u64 = u64::MAX;

/// A worker's clock, and the timeouts of its connections in ticks of it.
pub(super) struct TimeoutClock {
    now: AtomicU64,
    is_ending: AtomicBool,
    head: u64,
    send: u64,
}

impl TimeoutClock {
    pub(super) fn new(limits: Limits) -> Self {
        // One more: the first tick may be over already.
        let ticks = |seconds: u64| seconds.saturating_mul(TICKS_PER_SECOND).saturating_add(1);
        Self {
            now: AtomicU64::new(0),
            is_ending: AtomicBool::new(false),
            head: ticks(limits.head_seconds),
            send: ticks(limits.send_seconds),
        }
    }

    pub(super) fn advance(&self) {
        self.now.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes each answer from now on the last of its connection, since the server ends.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    pub(super) fn is_over(&self, due: &Deadline) -> bool {
        due.tick.load(Ordering::Relaxed) <= self.now.load(Ordering::Relaxed)
    }

    fn after(&self, ticks: u64) -> u64 {
        self.now.load(Ordering::Relaxed).saturating_add(ticks)
    }
}

/// The deadline of a connection in ticks, and whether a request is under way on it.
pub(super) struct Deadline {
    tick: AtomicU64,
    is_idle: AtomicBool,
    /// The handler of the request waits for its body by limits of its own.
    is_answering: AtomicBool,
}

impl Deadline {
    /// The head of a request has come whole: it is the server's turn.
    pub(super) fn suspend(&self) {
        self.is_answering.store(true, Ordering::Relaxed);
        self.set(NEVER);
    }

    /// The answer is there, and is to go out.
    pub(super) fn resume(&self) {
        self.is_answering.store(false, Ordering::Relaxed);
    }

    fn set(&self, tick: u64) {
        self.tick.store(tick, Ordering::Relaxed);
    }

    pub(super) fn set_idle(&self, is_idle: bool) {
        self.is_idle.store(is_idle, Ordering::Relaxed);
    }

    /// Whether the connection is idle, so that closing it loses nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.is_idle.load(Ordering::Relaxed)
    }
}

/// A connection's stream, which sets the deadline of the connection as it is read and written.
pub(super) struct TimedStream {
    stream: TcpStream,
    timeouts: Arc<TimeoutClock>,
    due: Arc<Deadline>,
    /// Where the reader takes nothing: when it has to have taken something. Kept here, so that nothing else that
    /// happens on the connection puts it off.
    stuck_until: Option<u64>,
}

impl TimedStream {
    pub(super) fn new(stream: TcpStream, timeouts: Arc<TimeoutClock>) -> (Self, Arc<Deadline>) {
        let due = Arc::new(Deadline {
            tick: AtomicU64::new(timeouts.after(timeouts.head)),
            is_idle: AtomicBool::new(false),
            is_answering: AtomicBool::new(false),
        });
        let patient = Self {
            stream,
            timeouts,
            due: Arc::clone(&due),
            stuck_until: None,
        };
        (patient, due)
    }

    /// Whether an answer that goes out now is the last.
    pub(super) fn is_ending(&self) -> bool {
        self.timeouts.is_ending()
    }

    pub(super) fn timeouts(&self) -> Arc<TimeoutClock> {
        Arc::clone(&self.timeouts)
    }

    /// Notes what became of a write: progress, after which the next head is waited for, or none. What is written before there
    /// is an answer, the word to go on (RFC 9110 §15.2.1), is followed by a body and not by a head.
    fn note(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(_) => {
                self.stuck_until = None;
                let next = match self.due.is_answering.load(Ordering::Relaxed) {
                    true => NEVER,
                    false => self.timeouts.after(self.timeouts.head),
                };
                self.due.set(next);
            }
            Poll::Pending => {
                let timeouts = &self.timeouts;
                let until = self
                    .stuck_until
                    .get_or_insert_with(|| timeouts.after(timeouts.send));
                self.due.set(*until);
            }
        }
        written
    }
}

impl Drop for TimedStream {
    fn drop(&mut self) {
        if self.stuck_until.is_some() {
            // A client that reads nothing is reset: after a plain close the system would keep the unread bytes for minutes.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match pieces {
            // Most answers are a head alone, and the system writes one piece faster than a list of one.
            [only] => Pin::new(&mut self.stream).poll_write(context, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        };
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
