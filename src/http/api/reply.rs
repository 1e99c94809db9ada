//! The result of a handler of the API: a status, a JSON body and its entity tag, before it becomes an HTTP response.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::http::Site;
use crate::http::request::PreconditionResult;
use crate::store::Version;

use super::problem::Problem;
use super::responses::{self, ItemFormat};
use super::{shape, tags};

/// A reply of the API that is not yet an HTTP response.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) form: ItemFormat,
    /// The address of the next page of a list, where its form has no place for it.
    pub(super) next: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    /// Whether the reply is public, so that others may see it, too.
    pub(super) is_public: bool,
}

impl Reply {
    pub(super) fn of(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            form: ItemFormat::Item,
            next: None,
            etag: None,
            location: None,
            is_public: false,
        }
    }

    pub(super) fn written_as(self, form: ItemFormat) -> Self {
        Self { form, ..self }
    }

    pub(super) fn at(self, version: Version) -> Self {
        Self {
            etag: Some(tags::tag_in(self.form, version)),
            ..self
        }
    }

    /// The same reply with what keeps the files of photographs that were killed.
    pub(super) fn keeping(mut self, references: Vec<Value>) -> Self {
        if let Some(Value::Object(state)) = self.body.get_mut(shape::STATE)
            && !references.is_empty()
        {
            state.insert("kept".to_owned(), references.into());
        }
        self
    }

    /// The same reply as a public one.
    pub(super) fn seen_by_all(self) -> Self {
        Self {
            is_public: true,
            etag: self.etag.map(|tag| tags::public(&tag)),
            ..self
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let reply = responses::ApiReply {
            form: self.form,
            next: self.next,
            status: self.status,
            body: serde_json::to_vec(&self.body).unwrap_or_default().into(),
            etag: self.etag,
            location: self.location,
            is_public: self.is_public,
        };
        responses::reply(reply).map(axum::body::Body::new)
    }
}

/// Answers a GET under its conditions.
pub(super) fn conditional(
    site: &Site,
    headers: &HeaderMap,
    found: Result<Reply, Problem>,
) -> Response {
    let reply = match found {
        Ok(reply) => reply,
        Err(problem) => return problem.into_response(),
    };
    let etag = reply.etag.clone().unwrap_or_default();
    match site.evaluate_conditions(headers, &etag) {
        PreconditionResult::Proceed => reply.into_response(),
        PreconditionResult::NotModified => {
            responses::not_modified(&etag, reply.is_public).map(axum::body::Body::new)
        }
        PreconditionResult::Failed => Problem::changed(None).into_response(),
    }
}
