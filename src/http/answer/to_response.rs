//! The response of an answer: a representation under the request's conditions, or a redirect, a notice or a fault.

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Response, StatusCode};

use crate::http::Site;
use crate::http::document::{Answer, RenderError};
use crate::http::request::{PreconditionResult, evaluate};
use crate::http::response::{Body, Representation, respond};

impl Site {
    /// The response where the answer is not a representation: a redirect, 404, 410, 451, or 500.
    pub(crate) fn respond_answer(
        &self,
        request: &http::request::Parts,
        answer: Result<Answer, RenderError>,
    ) -> Response<Body> {
        let path = request.uri.path();
        let is_head = request.method == Method::HEAD;
        match answer {
            Err(error) => self.respond_fault(path, &error, is_head),
            // A document is found, but the request came by an address that is not the document's own.
            Ok(Answer::Nowhere | Answer::Found(_)) => self.not_found(path, is_head),
            Ok(Answer::Moved {
                address,
                cache_headers,
            }) => respond::moved(&address, &cache_headers),
            Ok(Answer::Gone(notice)) => respond::gone(StatusCode::GONE, &notice, is_head),
            Ok(Answer::Forbidden(notice)) => {
                respond::gone(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, &notice, is_head)
            }
        }
    }

    /// The answer to a GET or HEAD of what is there, as far as the request's conditions let it go; `allowed` says after
    /// how many seconds the reader may have it whole, where not at once.
    pub(crate) fn conditional(
        &self,
        headers: &HeaderMap,
        representation: &Representation,
        is_head: bool,
        now: DateTime<Utc>,
        allowed: impl FnOnce() -> Result<(), u64>,
    ) -> Response<Body> {
        // While a write is under way its entries may still be dated from when it began.
        let settled = self.store.settled(now);
        let headers = self.front.as_given_out(headers);
        match evaluate(&*headers, &representation.validators(), now) {
            PreconditionResult::Proceed => match allowed() {
                Ok(()) => respond::ok(representation, settled, is_head),
                Err(seconds) => respond::too_many_requests(seconds),
            },
            PreconditionResult::NotModified => respond::not_modified(representation, settled),
            PreconditionResult::Failed => respond::precondition_failed(),
        }
    }
}
