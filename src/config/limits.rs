//! The limits that one server keeps, so that no reader, however slow or greedy, takes it from the others.

/// So many connections at once; more wait until others end.
const CONNECTIONS: usize = 10_000;

/// Heads of readers are below one kilobyte; a proxy adds cookies of other sites and addresses on the way.
const HEAD_BYTES: usize = 32 * 1024;

/// A head comes in one packet or two. The same time suits proxies that keep idle connections for the next request.
const HEAD_SECONDS: u64 = 30;

/// A reader on a lossy mobile line that comes back to it.
const SEND_SECONDS: u64 = 60;

/// About a thousand feeds of fifty full texts in three codings.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;

/// What a server grants its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Seconds until a request's head must have come whole, from the connection's or the last answer's end.
    pub head_seconds: u64,
    /// Seconds during which a reader may take nothing of an answer.
    pub send_seconds: u64,
    /// Bytes of representations that are kept in memory.
    pub cache_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            head_bytes: HEAD_BYTES,
            head_seconds: HEAD_SECONDS,
            send_seconds: SEND_SECONDS,
            cache_bytes: CACHE_BYTES,
        }
    }
}
