//! Answers as they go out, head and body in one piece, of what one thread is asked for again and again.
//!
//! Within a second, and while the log stands still, an answer is the same for all who ask, its date too. In one piece the
//! system takes it with less work than in two, and most requests are for few feeds.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;

use super::CachedAnswer;
use super::key::KeyRef;
use crate::http::document::Answer;
use crate::http::response::{Coding, Representation};

/// Maximum number of answers that are kept ready. Each address has one slot, which it may lose to another.
const SLOTS: usize = 64;

/// The end of a head.
const END: &[u8] = b"\r\n";

/// Maximum size of the two heads of a response together.
const HEADS_BYTES: usize = 4096;

/// One thread's cache of whole responses, written out with their heads.
pub struct ReadyResponses {
    slots: Vec<Slot>,
    most_bytes: usize,
}

#[derive(Default)]
struct Slot {
    /// The hash of the path that missed this slot last: a response is kept only when its path misses twice, since one
    /// request alone is not worth the copy.
    missed: u64,
    response: Option<ReadyResponse>,
}

/// The two usual answers of an address, as they are at a position in a second.
struct ReadyResponse {
    path: Box<str>,
    coding: Coding,
    position: u64,
    second: i64,
    answer: Arc<CachedAnswer>,
    full: Whole,
    not_modified: Whole,
}

/// An answer in one piece.
#[derive(Clone)]
pub struct Whole {
    bytes: Bytes,
    head_bytes: usize,
}

impl Whole {
    fn new(mut head: Vec<u8>, body: &[u8]) -> Self {
        head.reserve_exact(END.len() + body.len());
        head.extend_from_slice(END);
        let head_bytes = head.len();
        head.extend_from_slice(body);
        Self {
            bytes: head.into(),
            head_bytes,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The head without its final empty line, so that fields can be added, and the body.
    pub fn parts(&self) -> (&[u8], &[u8]) {
        let (head, body) = self.bytes.split_at(self.head_bytes);
        (head.strip_suffix(END).unwrap_or(head), body)
    }
}

impl ReadyResponses {
    /// An empty cache for at most `most_bytes`.
    pub(crate) fn new(most_bytes: u64) -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            most_bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX),
        }
    }

    /// Finds the ready responses of this position and second: the representation, its 200 and its 304.
    pub(crate) fn find(
        &self,
        key: &KeyRef<'_>,
        position: u64,
        now: DateTime<Utc>,
    ) -> Option<(&Representation, &Whole, &Whole)> {
        let slot = self.slots.get(slot_of(key.name()))?;
        let piece = slot.response.as_ref()?;
        let is_it = piece.position == position
            && piece.second == now.timestamp()
            && piece.coding == key.coding
            && *piece.path == *key.path;
        let Answer::Found(found) = &piece.answer.answer else {
            return None;
        };
        is_it.then_some((found, &piece.full, &piece.not_modified))
    }

    /// Lays an answer ready, if it was the last to be missed at its place already; `write` gives its heads.
    pub(crate) fn missed(
        &mut self,
        key: &KeyRef<'_>,
        position: u64,
        now: DateTime<Utc>,
        cached: &Arc<CachedAnswer>,
        write: impl Fn(StatusCode) -> Vec<u8>,
    ) {
        let name = key.name();
        let at = slot_of(name);
        let (Some(slot), Answer::Found(found)) = (self.slots.get_mut(at), &cached.answer) else {
            return;
        };
        if std::mem::replace(&mut slot.missed, name) != name {
            return;
        }
        slot.response = None;
        let second = now.timestamp();
        if !self.has_room(2 * found.body.len() + HEADS_BYTES, second) {
            return;
        }
        let piece = ReadyResponse {
            path: key.path.into(),
            coding: key.coding,
            position,
            second,
            answer: Arc::clone(cached),
            full: Whole::new(write(StatusCode::OK), &found.body),
            not_modified: Whole::new(write(StatusCode::NOT_MODIFIED), &[]),
        };
        if let Some(slot) = self.slots.get_mut(at) {
            slot.response = Some(piece);
        }
    }

    /// Whether there is room for so much more; what is out of date makes some.
    fn has_room(&mut self, more: usize, second: i64) -> bool {
        if self.bytes_taken() + more > self.most_bytes {
            for slot in &mut self.slots {
                slot.response.take_if(|piece| piece.second != second);
            }
        }
        self.bytes_taken() + more <= self.most_bytes
    }

    fn bytes_taken(&self) -> usize {
        let pieces = self.slots.iter().filter_map(|slot| slot.response.as_ref());
        pieces.map(ReadyResponse::bytes_taken).sum()
    }
}

impl ReadyResponse {
    /// The bytes that it takes, with those that it holds on to.
    fn bytes_taken(&self) -> usize {
        let body_bytes = match &self.answer.answer {
            Answer::Found(found) => found.body.len(),
            _ => 0,
        };
        body_bytes + self.full.bytes.len() + self.not_modified.bytes.len()
    }
}

fn slot_of(name: u64) -> usize {
    usize::try_from(name % SLOTS as u64).unwrap_or_default()
}
