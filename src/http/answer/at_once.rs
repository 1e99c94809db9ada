//! Answers that are given from memory without waiting for anything.

use std::sync::Arc;

use http::StatusCode;

use crate::http::Site;
use crate::http::cache::KeyRef;
use crate::http::cache::{CachedAnswer, ReadyResponses, Whole};
use crate::http::document::Answer;
use crate::http::request::{
    Peer, PreconditionResult, SimpleRequest, evaluate, is_navigation, may_be_feed,
};
use crate::http::response::{negotiate, respond};

/// An answer from memory, whose body is not copied.
pub enum AtOnce {
    /// From [`ReadyResponses`]: head and body in one piece.
    Whole(Whole),
    /// The head was appended to the caller's buffer, and this is the body.
    Parts(KeptBody),
}

/// A body in memory, if the answer has one.
pub struct KeptBody(Option<Arc<CachedAnswer>>);

impl KeptBody {
    pub fn bytes(&self) -> &[u8] {
        match self.0.as_deref() {
            Some(CachedAnswer {
                answer: Answer::Found(found),
                ..
            }) => &found.body,
            _ => &[],
        }
    }
}

impl Site {
    /// The answer, where it is kept in memory, nothing was appended since, and it is the same for all who ask; nearly
    /// always. It waits for nothing. What does not lie `ready` gets its head, but for its end, appended to `head`.
    pub fn at_once(
        &self,
        request: &SimpleRequest<'_>,
        peer: Peer,
        ready: &mut ReadyResponses,
        head: &mut Vec<u8>,
    ) -> Option<AtOnce> {
        let fields = request.fields;
        if self.front.alters(fields) {
            return None;
        }
        // Only who wants a feed whole is limited.
        let is_for_all = request.is_head || !self.is_limiting();
        let coding = negotiate(fields)?;
        let path = request.path();
        if request.names_another() || (may_be_feed(path) && is_navigation(fields)) {
            return None;
        }
        let key = KeyRef { path, coding };
        let position = self.store.position().seq;
        let now = (self.clock)();
        if let Some((found, whole, not_modified)) = ready.find(&key, position, now) {
            let (status, whole) = match evaluate(fields, &found.validators(), now) {
                PreconditionResult::Proceed if is_for_all => (StatusCode::OK, whole),
                PreconditionResult::NotModified => (StatusCode::NOT_MODIFIED, not_modified),
                PreconditionResult::Proceed | PreconditionResult::Failed => return None,
            };
            self.counters.count(status);
            self.note_reader(path, request.is_head, fields, peer, now);
            if request.is_head {
                head.extend_from_slice(whole.parts().0);
                return Some(AtOnce::Parts(KeptBody(None)));
            }
            return Some(AtOnce::Whole(whole.clone()));
        }
        let cached = self.cached(&key)?;
        let Answer::Found(found) = &cached.answer else {
            return None;
        };
        // While a write is under way its entries may still be dated from when it began.
        let settled = self.store.settled(now);
        let (status, has_body) = match evaluate(fields, &found.validators(), now) {
            PreconditionResult::Proceed if is_for_all => (StatusCode::OK, !request.is_head),
            PreconditionResult::NotModified => (StatusCode::NOT_MODIFIED, false),
            PreconditionResult::Proceed | PreconditionResult::Failed => return None,
        };
        respond::write(found, status, settled, now, head);
        if !request.is_head && found.is_settled(settled) {
            ready.missed(&key, position, now, &cached, |status| {
                let mut head = Vec::new();
                respond::write(found, status, settled, now, &mut head);
                head
            });
        }
        self.counters.count(status);
        self.note_reader(path, request.is_head, fields, peer, now);
        Some(AtOnce::Parts(KeptBody(has_body.then_some(cached))))
    }
}
