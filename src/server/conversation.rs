//! A connection's requests, one after the other. Plain ones are read, answered and written here, without a layer between the
//! bytes that are kept and those that go out; hyper reads and answers the others, each by itself.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Empty};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::http::{
    AtOnce, MAX_FIELDS, OtherRequest, ParsedHead, Refusal, Whole, read, write_field, write_head,
};

use super::connection_timeouts::TimedStream;
use super::hyper_request::serve_request;
use super::service::Service;

/// Bytes of a read. Most heads are smaller; a larger one takes several reads.
const READ_BYTES: usize = 1024;

/// Time for which what comes behind the last answer is read and dropped (lingering close).
const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Conversation {
    service: Service,
    stream: TimedStream,
    /// Bytes that were received and belong to no request answered so far.
    incoming: Vec<u8>,
    /// The head of the response that is being sent.
    outgoing: Vec<u8>,
    /// Whether the connection ends after the response under way.
    is_last: bool,
}

/// The next step of a conversation.
enum Step {
    Listen,
    /// Send the response: its head is in `outgoing`, and this is its body.
    Tell(AtOnce),
    More(More),
}

/// The work for a request whose response does not lie ready in memory.
enum More {
    Make(Box<Request<()>>),
    Pass(Box<OtherRequest>),
    Refuse(Refusal),
}

fn refused(refusal: Refusal) -> Step {
    Step::More(More::Refuse(refusal))
}

impl Conversation {
    pub(super) fn new(service: Service, stream: TimedStream) -> Self {
        Self {
            service,
            stream,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            is_last: false,
        }
    }

    /// Goes on until the reader leaves or the server ends.
    pub(super) async fn hold(mut self) {
        loop {
            match self.step() {
                Step::Listen if self.incoming.is_empty() && self.stream.is_ending() => return,
                Step::Listen if self.incoming.len() < self.service.head_bytes => {
                    if !self.listen().await {
                        return;
                    }
                    continue;
                }
                Step::Tell(AtOnce::Whole(whole)) => {
                    if self.write_whole(&whole).await.is_err() {
                        return;
                    }
                }
                Step::Tell(AtOnce::Parts(body)) => {
                    if self.write_answer(body.bytes()).await.is_err() {
                        return;
                    }
                }
                Step::Listen => {
                    if self.refuse(Refusal::TooLarge).await.is_err() {
                        return;
                    }
                }
                Step::More(more) => {
                    if self.take(more).await.is_err() {
                        return;
                    }
                }
            }
            if self.is_last {
                return self.end().await;
            }
        }
    }

    async fn take(&mut self, more: More) -> io::Result<()> {
        match more {
            More::Make(request) => self.make(*request).await,
            More::Pass(request) => {
                let Self {
                    service,
                    stream,
                    incoming,
                    ..
                } = self;
                // Boxed: few requests come so, and all connections would have its size.
                self.is_last = !Box::pin(serve_request(service, stream, incoming, *request)).await;
                Ok(())
            }
            More::Refuse(refusal) => self.refuse(refusal).await,
        }
    }

    fn step(&mut self) -> Step {
        if self.incoming.is_empty() {
            return Step::Listen;
        }
        let mut slots = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let most = self.service.head_bytes;
        let (step, length) = match read(&self.incoming, &mut slots) {
            ParsedHead::Partial => return Step::Listen,
            ParsedHead::SimpleRequest(request, length) if length <= most => {
                self.is_last = request.is_last;
                let service = &self.service;
                let mut ready = service.ready.lock().unwrap_or_else(PoisonError::into_inner);
                let answer = service.site.at_once(
                    &request,
                    self.service.peer,
                    &mut ready,
                    &mut self.outgoing,
                );
                match answer {
                    Some(answer) => (Step::Tell(answer), length),
                    None => match request.request() {
                        Some(made) => (Step::More(More::Make(Box::new(made))), length),
                        None => {
                            return refused(Refusal::Broken);
                        }
                    },
                }
            }
            ParsedHead::Other(request, length) if length <= most => {
                (Step::More(More::Pass(request)), length)
            }
            ParsedHead::SimpleRequest(..) | ParsedHead::Other(..) => {
                return refused(Refusal::TooLarge);
            }
            ParsedHead::Refused(refusal) => return refused(refusal),
        };
        self.incoming.drain(..length);
        step
    }

    /// Sends the response to a refused request, and ends the connection.
    async fn refuse(&mut self, refusal: Refusal) -> io::Result<()> {
        // The refused request is still in `incoming`. The response to a HEAD has no body, even where the rest of its head is
        // broken.
        let is_head = self.incoming.trim_ascii_start().starts_with(b"HEAD ");
        let response = self.service.site.refuse(refusal);
        write_head(&response, &mut self.outgoing);
        let body = match is_head {
            true => Bytes::new(),
            false => response.into_body().collect().await?.to_bytes(),
        };
        self.is_last = true;
        self.write_answer(&body).await
    }

    /// Waits a moment for the reader to end, too: a connection that is closed on what was not read is reset, and the answer
    /// lost with it (RFC 9112 §9.6).
    async fn end(&mut self) {
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let left = async {
            let mut unread = [0; READ_BYTES];
            while matches!(self.stream.read(&mut unread).await, Ok(1..)) {}
        };
        // A client that has not closed by then has read the response or does not want it.
        let _ = tokio::time::timeout(LINGER, left).await;
    }

    /// Reads from the connection; false where the reader has closed it.
    async fn listen(&mut self) -> bool {
        if self.incoming.is_empty() && self.incoming.capacity() > READ_BYTES {
            // A connection may stay for hours: the room of one large head is not kept for the next small one.
            self.incoming = Vec::new();
        }
        self.service.due.set_idle(self.incoming.is_empty());
        self.incoming.reserve(READ_BYTES);
        let read = self.stream.read_buf(&mut self.incoming).await;
        self.service.due.set_idle(false);
        matches!(read, Ok(1..))
    }

    /// Writes the head that stands ready, and `body`.
    async fn write_answer(&mut self, body: &[u8]) -> io::Result<()> {
        self.is_last |= self.stream.is_ending();
        if self.is_last {
            write_field("connection", b"close", &mut self.outgoing);
        }
        self.outgoing.extend_from_slice(b"\r\n");
        write(&mut self.stream, &self.outgoing, body).await?;
        self.outgoing.clear();
        Ok(())
    }

    /// Writes an answer that lies ready.
    async fn write_whole(&mut self, whole: &Whole) -> io::Result<()> {
        if self.is_last || self.stream.is_ending() {
            let (head, body) = whole.parts();
            self.outgoing.extend_from_slice(head);
            return self.write_answer(body).await;
        }
        write(&mut self.stream, whole.bytes(), &[]).await
    }

    async fn make(&mut self, request: Request<()>) -> io::Result<()> {
        let is_head = request.method() == Method::HEAD;
        let request = request.map(|()| Empty::<Bytes>::new());
        let response = Box::pin(self.service.answer(request)).await;
        write_head(&response, &mut self.outgoing);
        let mut body = response.into_body();
        let mut piece = Bytes::new();
        if !is_head && let Some(first) = body.frame().await {
            piece = first?.into_data().unwrap_or_default();
        }
        self.write_answer(&piece).await?;
        while !is_head && let Some(next) = body.frame().await {
            let piece = next?.into_data().unwrap_or_default();
            write(&mut self.stream, &piece, &[]).await?;
        }
        Ok(())
    }
}

/// Writes both, as far as possible in one call of the system.
async fn write(stream: &mut TimedStream, head: &[u8], body: &[u8]) -> io::Result<()> {
    let (mut head, mut body) = (head, body);
    poll_fn(|context| {
        while !head.is_empty() || !body.is_empty() {
            let stream = Pin::new(&mut *stream);
            let written = match (head, body) {
                ([], only) | (only, []) => ready!(stream.poll_write(context, only))?,
                (head, body) => {
                    let pieces = [IoSlice::new(head), IoSlice::new(body)];
                    ready!(stream.poll_write_vectored(context, &pieces))?
                }
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = written.min(head.len());
            head = head.get(of_head..).unwrap_or_default();
            body = body.get(written - of_head..).unwrap_or_default();
        }
        Poll::Ready(Ok(()))
    })
    .await
}
