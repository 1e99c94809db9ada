//! `[limits]`: the connections, time and memory that one server grants its readers, so that slow ones take little of it
//! and not for long.
//!
//! They are limits of the whole server: one address may have all connections. Where that is to be feared, the proxy in front
//! limits addresses.

use crate::item::{Complaint, Draft, Reader};

/// Maximum number of connections at once; more wait until others end.
const CONNECTIONS: usize = 10_000;

/// Default maximum size of a request's head. Readers send less than one kilobyte; proxies add addresses, and browsers
/// cookies.
const HEAD_BYTES: usize = 32 * 1024;

/// Default timeout for the head of a request, and for an idle connection until its next request, as proxies keep them.
const HEAD_SECONDS: u64 = 30;

/// Default time in which a reader may take nothing of a response: a mobile line may be interrupted for that long.
const SEND_SECONDS: u64 = 60;

/// Default time in which a sender may send nothing of a body. The whole body may take four times as long.
const BODY_SECONDS: u64 = 30;

/// Default memory for cached responses: about a thousand feeds of fifty full texts in three codings.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;

/// Minimum of the setting for the size of a head: with less, ordinary requests would be refused.
const MIN_HEAD_BYTES: u64 = 1024;

/// Maximum of the setting for the size of a head, which each connection may take in memory.
const MAX_HEAD_BYTES: u64 = 1024 * 1024;

/// Maximum of all timeouts, in seconds.
const MAX_SECONDS: u64 = 3600;

/// Minimum of the setting for cached responses: with less, not one feed of the largest size could be kept.
const MIN_CACHE_BYTES: u64 = 4 * 1024 * 1024;

/// Maximum of the setting for cached responses: a larger number is probably in another unit.
const MAX_CACHE_BYTES: u64 = 1 << 44;

/// The limits of connections and requests, and of memory for cached responses.
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
    /// Seconds during which a sender may send nothing of a body.
    pub body_seconds: u64,
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
            body_seconds: BODY_SECONDS,
            cache_bytes: CACHE_BYTES,
        }
    }
}

pub(super) fn read(draft: Draft, complaints: &mut Vec<Complaint>) -> Limits {
    let mut reader = Reader::new(draft, complaints);
    let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let limits = Limits {
        connections: reader
            .number("connections", 1..=1_000_000)
            .map_or(CONNECTIONS, small),
        head_bytes: reader
            .number("head_bytes", MIN_HEAD_BYTES..=MAX_HEAD_BYTES)
            .map_or(HEAD_BYTES, small),
        head_seconds: reader
            .number("head_seconds", 1..=MAX_SECONDS)
            .unwrap_or(HEAD_SECONDS),
        send_seconds: reader
            .number("send_seconds", 1..=MAX_SECONDS)
            .unwrap_or(SEND_SECONDS),
        body_seconds: reader
            .number("body_seconds", 1..=MAX_SECONDS)
            .unwrap_or(BODY_SECONDS),
        cache_bytes: reader
            .number("cache_bytes", MIN_CACHE_BYTES..=MAX_CACHE_BYTES)
            .unwrap_or(CACHE_BYTES),
    };
    reader.finish();
    limits
}
