//! The bodies of responses: bytes that are in memory already, or a file that is read at the rate at which the reader
//! receives it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// Size of the pieces in which a file is read, one at a time for each reader.
const PIECE_BYTES: u64 = 64 * 1024;

/// The body of every response.
pub enum Body {
    /// No body, and no Content-Length of zero either: a 304 has the length of the 200 or none, in reply to HEAD as well
    /// (RFC 9110 §8.6).
    Absent,
    /// Bytes in memory that are shared and not copied.
    Memory(Full<Bytes>),
    /// The next `left` bytes of a file.
    File { file: File, left: u64 },
}

impl Body {
    pub fn new(bytes: Bytes) -> Self {
        Self::Memory(Full::new(bytes))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Absent => Poll::Ready(None),
            Self::Memory(full) => {
                let frame = ready!(Pin::new(full).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::File { left: 0, .. } => Poll::Ready(None),
            Self::File { file, left } => {
                let most = usize::try_from(PIECE_BYTES.min(*left)).unwrap_or(usize::MAX);
                let mut piece = vec![0; most];
                let mut buffer = ReadBuf::new(&mut piece);
                ready!(Pin::new(file).poll_read(context, &mut buffer))?;
                let read = buffer.filled().len();
                if read == 0 {
                    // The length is promised already: the connection has to break.
                    return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
                }
                piece.truncate(read);
                *left = left.saturating_sub(read as u64);
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(piece)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Memory(full) => full.is_end_stream(),
            Self::File { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Absent => SizeHint::default(),
            Self::Memory(full) => full.size_hint(),
            Self::File { left, .. } => SizeHint::with_exact(*left),
        }
    }
}
