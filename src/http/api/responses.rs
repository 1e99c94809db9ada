//! HTTP responses of the API, made from the reply of a handler or of the cache: status, headers, JSON bytes.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::feed::NINJS_TYPE;
use crate::http::response::Body;
use crate::http::response::content_policy::PAGE_POLICY;
use crate::http::response::respond::{self, base_response};

/// The format of an item in a reply of the write API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ItemFormat {
    /// JSON with the keys of the item file.
    Item,
    Ninjs,
}

impl ItemFormat {
    fn content_type(self) -> &'static str {
        match self {
            Self::Item => "application/json",
            Self::Ninjs => NINJS_TYPE,
        }
    }
}

/// An answer of the write API.
pub(super) struct ApiReply {
    pub(super) form: ItemFormat,
    /// The address of the next page of a list, for the Link header (RFC 8288).
    pub(super) next: Option<String>,
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    /// Whether the reply is public: the same for everybody without a token.
    pub(super) is_public: bool,
}

/// Public answers are revalidated at each use, since no purge reaches the API; answers to a token are not stored.
fn caching(headers: &mut HeaderMap, is_public: bool) {
    let cache = match is_public {
        true => "public, no-cache",
        false => "no-store",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("Authorization, Accept"),
    );
}

pub(super) fn reply(reply: ApiReply) -> Response<Body> {
    let has_body = reply.status != StatusCode::NO_CONTENT;
    let length = reply.body.len();
    let body = match has_body {
        true => reply.body,
        false => Bytes::new(),
    };
    let mut response = base_response(reply.status, body);
    let headers = response.headers_mut();
    if has_body {
        let content_type = HeaderValue::from_static(reply.form.content_type());
        headers.insert(header::CONTENT_TYPE, content_type);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let next = reply.next.map(|next| format!("<{next}>; rel=\"next\""));
    caching(headers, reply.is_public);
    for (name, value) in [
        (header::ETAG, reply.etag),
        (header::LOCATION, reply.location),
        (header::LINK, next),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

pub(super) fn not_modified(etag: &str, is_public: bool) -> Response<Body> {
    let mut response = base_response(StatusCode::NOT_MODIFIED, Bytes::new());
    *response.body_mut() = Body::Absent;
    let headers = response.headers_mut();
    caching(headers, is_public);
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The description of the API, for programs or for people; without it that it is as the request knows it.
pub(super) fn document(
    bytes: Option<Bytes>,
    (etag, content_type): (&str, &'static str),
) -> Response<Body> {
    let mut response = match bytes {
        Some(bytes) => {
            let length = HeaderValue::from(bytes.len());
            let mut response = base_response(StatusCode::OK, bytes);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.insert(header::CONTENT_LENGTH, length);
            let policy = HeaderValue::from_static(PAGE_POLICY);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        None => {
            let mut response = base_response(StatusCode::NOT_MODIFIED, Bytes::new());
            *response.body_mut() = Body::Absent;
            response
        }
    };
    let headers = response.headers_mut();
    let cache = HeaderValue::from_static("public, max-age=3600");
    headers.insert(header::CACHE_CONTROL, cache);
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Other sites read what is public; they do not write.
pub(super) fn options(allow: Option<&HeaderValue>) -> Response<Body> {
    let mut response = respond::options();
    let allow = allow.cloned();
    response.headers_mut().insert(
        header::ALLOW,
        allow.unwrap_or_else(|| HeaderValue::from_static("GET, HEAD")),
    );
    response
}
