//! The response to a request that fails: a problem document (RFC 9457) that has every complaint with its field.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::item::json::PlacedComplaint;
use crate::store::{EditableArticle, StoreError, TokenError, Version, WriteError};

use crate::http::document::RenderError;
use crate::http::response::Body;
use crate::http::response::respond::base_response;

use super::tags::tag;

/// The Retry-After where the store cannot be written, in seconds: an operator has to free disk space first, or to put the
/// files back.
const HINDERED_SECONDS: u64 = 10;

/// A problem document (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says which kind of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// The explanation: the expectation, the finding, and the advice.
    detail: String,
    /// All complaints about the content of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The current version, where a condition of the request named another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_rev: Option<Box<str>>,
    #[serde(skip)]
    pub(in crate::http) extra: Box<Extra>,
}

/// The headers that a status needs beside the problem document.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Extra {
    /// The item's tag as it is now, for a 412.
    pub(in crate::http) etag: Option<String>,
    /// The media types that are accepted, for a 415.
    pub(in crate::http) accept_patch: Option<&'static str>,
    /// Whether a 415 is about the content coding and not about the media type.
    pub(in crate::http) is_of_coding: bool,
    pub(in crate::http) retry_after_seconds: Option<u64>,
    /// The slug that another article has, for a 409.
    taken_slug: Option<String>,
    /// Whether another article has the guid, for a 409.
    is_guid_taken: bool,
    /// The WWW-Authenticate header of a 401.
    pub(in crate::http) challenge: Option<&'static str>,
}

/// One complaint about the content of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FieldError {
    /// The place that it is about, as a JSON pointer (RFC 6901); empty for the whole body.
    pointer: String,
    /// The line of the text, where it is about the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    expected: String,
    found: String,
    /// Advice on how to correct it.
    advice: String,
}

impl FieldError {
    fn of((pointer, complaint): PlacedComplaint) -> Self {
        Self {
            pointer,
            line: complaint.line,
            expected: complaint.expected,
            found: complaint.found,
            advice: complaint.advice,
        }
    }
}

/// Complaints about a request that was done all the same, as JSON in its reply.
pub(super) fn complaints_json(complaints: Vec<PlacedComplaint>) -> serde_json::Value {
    let errors: Vec<FieldError> = complaints.into_iter().map(FieldError::of).collect();
    serde_json::to_value(errors).unwrap_or_default()
}

impl Problem {
    pub(in crate::http) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: title(status),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            current_rev: None,
            extra: Box::default(),
        }
    }

    /// A problem that passes, with the Retry-After in seconds.
    pub(super) fn later(status: StatusCode, detail: impl Into<String>, seconds: u64) -> Self {
        let mut problem = Self::new(status, detail);
        problem.extra.retry_after_seconds = Some(seconds);
        problem
    }

    pub(in crate::http) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether the problem is that another article has that slug.
    pub(super) fn is_of_slug(&self, slug: &str) -> bool {
        self.extra.taken_slug.as_deref() == Some(slug)
    }

    /// Whether the problem is that another article has the guid.
    pub(super) fn is_of_guid(&self) -> bool {
        self.extra.is_guid_taken
    }

    /// Whether the problem is that the item has another version by now.
    pub(super) fn is_of_version(&self) -> bool {
        self.status() == StatusCode::PRECONDITION_FAILED
    }

    /// This problem, with the version of the article that is there.
    pub(super) fn at(mut self, known: &EditableArticle) -> Self {
        self.current_rev = Some(format!("r{}", known.version).into());
        self.extra.etag = Some(tag(known.version));
        self
    }

    pub(super) fn nowhere() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address")
    }

    pub(super) fn method() -> Self {
        let detail = "this address does not know the method; Allow says which it knows";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// A problem of 422: the request is well formed, and its content cannot be accepted.
    pub(super) fn unprocessable(complaints: Vec<PlacedComplaint>) -> Self {
        let errors: Vec<FieldError> = complaints.into_iter().map(FieldError::of).collect();
        let detail = match errors.as_slice() {
            [only] => format!(
                "expected {}; found {}; {}",
                only.expected, only.found, only.advice
            ),
            several => format!(
                "{} things are to be mended; errors names them",
                several.len()
            ),
        };
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }

    /// A problem of 422 with one complaint about one field.
    pub(super) fn of_field(
        pointer: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let complaint = crate::item::Complaint::refused(None, expected, found, advice);
        Self::unprocessable(vec![(pointer.to_owned(), complaint)])
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(super) fn changed(found: Option<Version>) -> Self {
        let mut problem = Self::new(
            StatusCode::PRECONDITION_FAILED,
            "the item is another by now; fetch it, see what changed, and send its new ETag",
        );
        problem.current_rev = found.map(|version| format!("r{version}").into());
        problem.extra.etag = found.map(tag);
        problem
    }

    /// A problem of 500; the operator's log has the cause, which the client does not learn.
    pub(super) fn fault() -> Self {
        let detail = "the server has a fault; it has been written down";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// The store cannot be written, which is no fault of the client.
    pub(super) fn hindered() -> Self {
        let detail = "the store cannot be written at present, and nothing of this is acknowledged; it has been written down: \
                      see /readyz on the operators' side, and send it again";
        Self::later(StatusCode::SERVICE_UNAVAILABLE, detail, HINDERED_SECONDS)
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, detail);
        problem.extra.challenge = Some("Bearer realm=\"courant\"");
        problem
    }

    /// The problem of a token that is not valid (RFC 6750 §3.1).
    pub(super) fn bad_token(detail: &str) -> Self {
        let mut problem = Self::unauthorized(detail);
        problem.extra.challenge = Some("Bearer realm=\"courant\", error=\"invalid_token\"");
        problem
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }
}

/// A status in words, which RFC 9110 chose anew for two of them (§15.5.14, §15.5.21).
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        other => other.canonical_reason().unwrap_or("Problem"),
    }
}

/// The problem that an error of the store is for the client; `None` for faults, which are a 500.
pub(super) fn of_store(error: &StoreError) -> Option<Problem> {
    let problem = match error {
        StoreError::Unknown { .. } | StoreError::NoSection { .. } => Problem::nowhere(),
        StoreError::Changed { found } => Problem::changed(*found),
        StoreError::OtherRequest => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
        }
        StoreError::SlugTaken { slug, .. } => {
            let mut problem = Problem::conflict(format!(
                "another article has the slug {slug}; choose another, or leave it out to have one made"
            ));
            problem.extra.taken_slug = Some(slug.clone());
            problem
        }
        StoreError::TooManyCaptions { known, most, .. } => Problem::of_field(
            "/captions",
            format!(
                "an article to have at most {most} captions in its life, those included that were taken back"
            ),
            format!("{known}"),
            "send captions with the ids that they have",
        ),
        StoreError::ShownTooOften { .. }
        | StoreError::SectionTooLarge { .. }
        | StoreError::TooManySections { .. } => Problem::conflict(error.to_string()),
        // The article that has it may not be public, so its id is not given.
        StoreError::GuidTaken { guid, .. } => {
            let mut problem = Problem::conflict(format!(
                "another article has the guid {guid}; readers would take the two for one: take it out of one"
            ));
            problem.extra.is_guid_taken = true;
            problem
        }
        StoreError::FormerTaken {
            is_public: false,
            path,
            ..
        } => Problem::conflict(format!(
            "another article has the former address {path}; take it out of one of the two"
        )),
        StoreError::FormerTaken { .. }
        | StoreError::IdTaken { .. }
        | StoreError::Killed { .. }
        | StoreError::Withdrawn { .. }
        | StoreError::ArticleRemoved { .. }
        | StoreError::NotPublic { .. }
        | StoreError::Public { .. }
        | StoreError::OfFile { .. }
        | StoreError::OfApi { .. }
        | StoreError::UploadShown { .. }
        | StoreError::SectionOfFile { .. }
        | StoreError::LeadsOfFile
        | StoreError::SectionTaken { .. }
        | StoreError::SectionInUse { .. }
        | StoreError::FilesInSection { .. } => Problem::conflict(error.to_string()),
        StoreError::Damaged { .. }
        | StoreError::Newer { .. }
        | StoreError::Older { .. }
        | StoreError::InUse { .. }
        | StoreError::HeldAlone { .. }
        | StoreError::Restoring { .. }
        | StoreError::Moving { .. }
        | StoreError::Lost { .. }
        | StoreError::Foreign { .. }
        | StoreError::Server { .. }
        | StoreError::Misplaced { .. }
        | StoreError::Absent { .. }
        | StoreError::OnServer { .. }
        | StoreError::Unwritable { .. }
        | StoreError::Stopping
        | StoreError::NoWriter(_)
        | StoreError::Database(_)
        | StoreError::Content(_) => return None,
    };
    Some(problem)
}

/// The error of a handler: a problem for the client, or a fault for the operator's log.
#[derive(Debug)]
pub(super) enum HandlerError {
    Told(Problem),
    Fault(RenderError),
}

impl From<Problem> for HandlerError {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl From<StoreError> for HandlerError {
    fn from(error: StoreError) -> Self {
        match of_store(&error) {
            Some(problem) => Self::Told(problem),
            None => Self::Fault(error.into()),
        }
    }
}

impl From<TokenError> for HandlerError {
    fn from(error: TokenError) -> Self {
        Self::Fault(RenderError::Broken(error.to_string()))
    }
}

impl From<WriteError> for HandlerError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(error) => error.into(),
            WriteError::Failed(error) => Self::Fault(RenderError::Broken(error)),
        }
    }
}

impl From<RenderError> for HandlerError {
    fn from(error: RenderError) -> Self {
        Self::Fault(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        response(&self).map(axum::body::Body::new)
    }
}

/// A problem document (RFC 9457).
pub(super) fn response(problem: &Problem) -> http::Response<Body> {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let length = body.len();
    let mut response = base_response(problem.status(), Bytes::from(body));
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let extra = &problem.extra;
    if let Some(etag) = extra
        .etag
        .as_deref()
        .and_then(|etag| HeaderValue::from_str(etag).ok())
    {
        headers.insert(header::ETAG, etag);
    }
    if let Some(types) = extra.accept_patch {
        headers.insert(
            HeaderName::from_static("accept-patch"),
            HeaderValue::from_static(types),
        );
    }
    if extra.is_of_coding {
        // RFC 9110 §15.5.16: by this a sender tells that its type is not at fault.
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
    }
    if let Some(seconds) = extra.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = extra.challenge {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        );
    }
    response
}

/// The Retry-After of a request for which there is no memory or permit, in seconds.
const BUSY_SECONDS: u64 = 5;

/// A problem of 503 that passes soon.
pub(super) fn busy(detail: &str) -> Problem {
    Problem::later(StatusCode::SERVICE_UNAVAILABLE, detail, BUSY_SECONDS)
}
