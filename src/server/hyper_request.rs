//! One request that hyper reads: all of its bytes and none of the next one's, after which the connection goes on as before.
//!
//! hyper sees the end of its input as soon as the answer has gone out. So each request of a connection is first looked at in
//! one place, whatever came before it.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};

use crate::http::{Body, Framing, OtherRequest};

use super::connection_timeouts::TimedStream;
use super::service::Service;

/// Minimum size of hyper's buffers.
const MIN_BUFFER_BYTES: usize = 8192;

/// Maximum growth of a head when it is spelled anew: this many times the bytes that came.
const SPELLED_ANEW: usize = 3;

/// The progress of the response, as shared with the task of the connection.
#[derive(Default)]
struct Progress {
    /// Bytes of the request's body that were not read yet.
    unread_bytes: AtomicU64,
    /// All of the answer stands in hyper's buffer or went out.
    is_buffered: AtomicBool,
    /// All of the response was sent.
    is_sent: AtomicBool,
}

/// A stream that hyper takes for the connection, and that has one request in it.
struct RequestStream<'s> {
    stream: Take<&'s mut TimedStream>,
    /// Bytes that were received before hyper took over.
    received: Bytes,
    progress: Arc<Progress>,
    /// The task that waits for the end of the input.
    waiting: Option<Waker>,
}

/// Has the request answered whose body begins `incoming`, and leaves there what comes behind it. Returns whether the
/// connection can go on.
pub(super) async fn serve_request(
    service: &Service,
    stream: &mut TimedStream,
    incoming: &mut Vec<u8>,
    request: OtherRequest,
) -> bool {
    let came = match request.body {
        Framing::Bytes(length) => usize::try_from(length).unwrap_or(usize::MAX),
        Framing::Chunked => usize::MAX,
    };
    let came = came.min(incoming.len());
    let mut received = request.head;
    received.extend(incoming.drain(..came));
    let to_come = match request.body {
        Framing::Bytes(length) => length - came as u64,
        Framing::Chunked => u64::MAX - received.len() as u64,
    };
    let progress = Arc::new(Progress::default());
    let timeouts = stream.timeouts();
    let passage = RequestStream::new(stream.take(to_come), received.into(), Arc::clone(&progress));
    let is_last = AtomicBool::new(request.is_last);
    let answer = service_fn(|request: Request<Incoming>| {
        let (progress, timeouts, is_last) = (&progress, &timeouts, &is_last);
        Box::pin(async move {
            let mut response = service.answer(request).await;
            let is_unread = progress.unread_bytes.load(Ordering::Relaxed) > 0;
            if is_unread || timeouts.is_ending() {
                is_last.store(true, Ordering::Relaxed);
            }
            if is_last.load(Ordering::Relaxed) {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            let progress = Arc::clone(progress);
            Ok::<_, Infallible>(response.map(|body| AnswerBody { body, progress }))
        })
    });
    let mut builder = http1::Builder::new();
    builder
        .half_close(true)
        .max_buf_size((SPELLED_ANEW * service.head_bytes).max(MIN_BUFFER_BYTES));
    let mut connection = builder.serve_connection(TokioIo::new(passage), answer);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let rest = connection.into_parts().read_buf;
    let is_read = progress.unread_bytes.load(Ordering::Relaxed) == 0 && rest.is_empty();
    let is_out = progress.is_sent.load(Ordering::Relaxed);
    ended.is_ok() && is_read && is_out && !is_last.load(Ordering::Relaxed)
}

impl<'s> RequestStream<'s> {
    fn new(stream: Take<&'s mut TimedStream>, received: Bytes, progress: Arc<Progress>) -> Self {
        let passage = Self {
            stream,
            received,
            progress,
            waiting: None,
        };
        passage.note();
        passage
    }

    fn note(&self) {
        let left = self.received.len() as u64 + self.stream.limit();
        self.progress.unread_bytes.store(left, Ordering::Relaxed);
    }
}

impl AsyncRead for RequestStream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.progress.is_sent.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        if !self.received.is_empty() {
            let length = self.received.len().min(buffer.remaining());
            buffer.put_slice(&self.received.split_to(length));
            self.note();
            return Poll::Ready(Ok(()));
        }
        if self.stream.limit() == 0 {
            self.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.note();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RequestStream<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self.stream.get_mut()).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self.stream.get_mut()).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut **self.stream.get_mut()).poll_flush(context))?;
        // hyper flushes what lies under its buffer when that is empty.
        if self.progress.is_buffered.load(Ordering::Relaxed) {
            self.progress.is_sent.store(true, Ordering::Relaxed);
            if let Some(waiting) = self.waiting.take() {
                waiting.wake();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.stream.get_mut()).poll_shutdown(context)
    }
}

/// The answer's body, which tells when hyper has taken all of it.
struct AnswerBody {
    body: Body,
    progress: Arc<Progress>,
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.progress.is_buffered.store(true, Ordering::Relaxed);
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
