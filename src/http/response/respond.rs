//! Responses for documents and media: their status and headers.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::content_policy::{CARD_POLICY, DOCUMENT_POLICY, PAGE_POLICY};
use super::date::spelled;
use super::front::CacheHeaders;
use super::representation::{DisplayContext, ResponseHeads};

use super::{Body, CachePolicy, Coding, Representation, write_head};
use crate::http::request::{POSITION, Refusal, write_field};

const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Photographs, cards and what they are made with stand on pages that other sites isolate (COEP).
const FOR_OTHER_SITES: HeaderValue = HeaderValue::from_static("cross-origin");

const SUNSET: HeaderName = HeaderName::from_static("sunset");

const METHODS: &str = "GET, HEAD, OPTIONS";

/// Appends the head of `representation`'s 200 or 304 to `head`, dated like a response.
pub(crate) fn write(
    representation: &Representation,
    status: StatusCode,
    settled: DateTime<Utc>,
    now: DateTime<Utc>,
    head: &mut Vec<u8>,
) {
    let written = heads_of(representation);
    let ready = match status {
        StatusCode::NOT_MODIFIED => &written.not_modified,
        _ => &written.full,
    };
    head.extend_from_slice(ready);
    if let Some(moment) = representation.settled_last_modified(settled) {
        write_field(header::LAST_MODIFIED.as_str(), moment.as_bytes(), head);
    }
    write_field(header::DATE.as_str(), spelled(now).as_bytes(), head);
}

/// All of `representation`'s heads but the dates is the same for every answer, and made once.
pub(crate) fn heads_of(representation: &Representation) -> &ResponseHeads {
    let undated = DateTime::<Utc>::MIN_UTC;
    representation
        .head
        .response_heads
        .get_or_init(|| ResponseHeads {
            full: head_of(&ok(representation, undated, true)),
            not_modified: head_of(&not_modified(representation, undated)),
        })
}

fn head_of(response: &Response<Body>) -> Box<[u8]> {
    let mut head = Vec::new();
    write_head(response, &mut head);
    head.into()
}

pub(crate) fn ok(
    representation: &Representation,
    now: DateTime<Utc>,
    is_head: bool,
) -> Response<Body> {
    let body = if is_head {
        Bytes::new()
    } else {
        representation.body.clone()
    };
    let mut response = base_response(StatusCode::OK, body);
    validate(&mut response, representation, now);
    describe(&mut response, representation);
    response
}

/// The response of 304. It has no Content-Type and Content-Length, which would have to be those of the 200 (RFC 9110 §8.6,
/// §15.4.5).
pub(crate) fn not_modified(representation: &Representation, now: DateTime<Utc>) -> Response<Body> {
    let mut response = base_response(StatusCode::NOT_MODIFIED, Bytes::new());
    *response.body_mut() = Body::Absent;
    validate(&mut response, representation, now);
    response
}

/// Sets the headers for caches in front.
fn mark(headers: &mut HeaderMap, front: &CacheHeaders) {
    headers.insert(CDN_CACHE_CONTROL, front.cdn_cache_control.clone());
    for (name, value) in &front.keys {
        headers.insert(name, value.clone());
    }
}

/// Sets the Date of a response, after all its other headers: none of them is later than `now`.
pub(crate) fn date(response: &mut Response<Body>, now: DateTime<Utc>) {
    response.headers_mut().insert(header::DATE, spelled(now));
}

fn validate(response: &mut Response<Body>, representation: &Representation, now: DateTime<Utc>) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, representation.head.etag.clone());
    if let Some(moment) = representation.settled_last_modified(now) {
        headers.insert(header::LAST_MODIFIED, moment.clone());
    }
    let cache_control = representation.head.cache_control.clone();
    headers.insert(header::CACHE_CONTROL, cache_control);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    mark(headers, &representation.head.front);
    if let Some(link) = &representation.head.link {
        headers.insert(header::LINK, link.clone());
    }
    if let Some(sunset) = &representation.head.sunset {
        headers.insert(SUNSET, sunset.clone());
    }
}

fn describe(response: &mut Response<Body>, representation: &Representation) {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        representation.head.content_type.clone(),
    );
    headers.insert(header::CONTENT_LENGTH, representation.head.length.clone());
    if let Some(digest) = &representation.head.digest {
        headers.insert(REPR_DIGEST, digest.clone());
    }
    if representation.coding != Coding::Identity {
        let name = HeaderValue::from_static(representation.coding.name());
        headers.insert(header::CONTENT_ENCODING, name);
    }
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    let policy = match (representation.display, &representation.head.framed_by) {
        (DisplayContext::Document, _) => HeaderValue::from_static(DOCUMENT_POLICY),
        (DisplayContext::Page, _) => HeaderValue::from_static(PAGE_POLICY),
        (DisplayContext::Card, None) => HeaderValue::from_static(CARD_POLICY),
        (DisplayContext::Card, Some(policy)) => policy.clone(),
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if representation.policy == CachePolicy::Script {
        headers.insert(RESOURCE_POLICY, FOR_OTHER_SITES);
    }
    if representation.display == DisplayContext::Card {
        headers.insert(RESOURCE_POLICY, FOR_OTHER_SITES);
        headers.insert(EMBEDDER_POLICY, HeaderValue::from_static("require-corp"));
        let referrer = HeaderValue::from_static("strict-origin-when-cross-origin");
        headers.insert(header::REFERRER_POLICY, referrer);
    }
}

/// A response with the headers that all responses have.
pub(crate) fn base_response(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Link, Retry-After, Age"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

pub(crate) fn short_text(
    status: StatusCode,
    text: &'static str,
    cache: &'static str,
    is_head: bool,
) -> Response<Body> {
    let body = if is_head {
        Bytes::new()
    } else {
        Bytes::from_static(text.as_bytes())
    };
    let mut response = base_response(status, body);
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// The response of 404 without a page. It is the same for what never was and for what is not public yet, so that they
/// cannot be told apart.
pub(crate) fn not_found(front: &CacheHeaders, is_head: bool) -> Response<Body> {
    let text = "There is nothing at this address.\n";
    let age = CachePolicy::Absent.cache_control();
    let mut response = short_text(StatusCode::NOT_FOUND, text, age, is_head);
    mark(response.headers_mut(), front);
    response
}

/// The response of 404 with a page for people.
pub(crate) fn absent(
    notice: &Representation,
    front: &CacheHeaders,
    is_head: bool,
) -> Response<Body> {
    let age = CachePolicy::Absent.cache_control();
    let mut response = in_place(StatusCode::NOT_FOUND, notice, age, is_head);
    mark(response.headers_mut(), front);
    response
}

/// The response of 410, or of 451 for what the law took away. Caches may keep both.
pub(crate) fn gone(status: StatusCode, notice: &Representation, is_head: bool) -> Response<Body> {
    let age = notice.policy.of_gone().cache_control();
    let mut response = in_place(status, notice, age, is_head);
    let headers = response.headers_mut();
    mark(headers, &notice.head.front);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

/// A response with a notice in the place of an item that is not there.
fn in_place(
    status: StatusCode,
    notice: &Representation,
    cache: &'static str,
    is_head: bool,
) -> Response<Body> {
    let body = if is_head {
        Bytes::new()
    } else {
        notice.body.clone()
    };
    let mut response = base_response(status, body);
    describe(&mut response, notice);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// Sets the Location of a redirect, unless the address cannot stand in a header.
fn set_location(headers: &mut HeaderMap, address: &str) {
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
}

/// The response of 301, for pages and feeds: feed readers take no other status for permanent.
pub(crate) fn moved(address: &str, front: &CacheHeaders) -> Response<Body> {
    let text = "The address has changed for good.\n";
    let age = CachePolicy::Lasting.cache_control();
    let mut response = short_text(StatusCode::MOVED_PERMANENTLY, text, age, false);
    let headers = response.headers_mut();
    mark(headers, front);
    set_location(headers, address);
    response
}

/// The response of 302, where the format was chosen for this request alone.
pub(crate) fn redirect_found(address: &str) -> Response<Body> {
    let text = "The feed is at another address.\n";
    let mut response = short_text(StatusCode::FOUND, text, "max-age=3600", false);
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    set_location(headers, address);
    response
}

/// The response of 404 with a page for people, where a browser opened the address of a feed that does not exist.
pub(crate) fn absent_where_opened(notice: &Representation, is_head: bool) -> Response<Body> {
    let mut response = in_place(StatusCode::NOT_FOUND, notice, FOR_BROWSERS, is_head);
    keep_from_readers(response.headers_mut());
    response
}

/// The Cache-Control of what browsers alone get at the address of a feed.
const FOR_BROWSERS: &str = "private, no-store";

/// Keeps caches from storing a response for browsers at the address of a feed, which feed readers would get, too.
fn keep_from_readers(headers: &mut HeaderMap) {
    headers.insert(CDN_CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A cache may remember this answer as uncacheable for browsers only.
    let vary = HeaderValue::from_static("Sec-Fetch-Dest, Sec-Fetch-Mode");
    headers.insert(header::VARY, vary);
}

/// The response of 303, which leads a person's browser to the page about a feed.
pub(crate) fn see_other(address: &str, is_head: bool) -> Response<Body> {
    let text = "This is the address of a feed, for feed readers.\n";
    let mut response = short_text(StatusCode::SEE_OTHER, text, FOR_BROWSERS, is_head);
    let headers = response.headers_mut();
    keep_from_readers(headers);
    set_location(headers, address);
    response
}

pub(crate) fn options() -> Response<Body> {
    let mut response = base_response(StatusCode::NO_CONTENT, Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(METHODS));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("If-None-Match, If-Modified-Since, Authorization"),
    );
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    response
}

pub(crate) fn method_not_allowed() -> Response<Body> {
    let text = "Only GET, HEAD and OPTIONS are possible here.\n";
    let mut response = short_text(StatusCode::METHOD_NOT_ALLOWED, text, "no-store", false);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(METHODS));
    response
}

/// The response of 406, a problem document (RFC 9457): a client that refuses every coding is a program, which reads those.
pub(crate) fn not_acceptable(is_head: bool) -> Response<Body> {
    let text = concat!(
        r#"{"type":"about:blank","title":"Not Acceptable","status":406,"#,
        r#""detail":"None of the codings br, zstd, gzip and identity is accepted."}"#,
    );
    let mut response = short_text(StatusCode::NOT_ACCEPTABLE, text, "no-store", is_head);
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

pub(crate) fn refused(refusal: Refusal) -> Response<Body> {
    let (status, text) = match refusal {
        Refusal::Broken => (
            StatusCode::BAD_REQUEST,
            "This is no request of HTTP/1.1. Encrypted connections end at the proxy in front of this server.\n",
        ),
        Refusal::Host => (
            StatusCode::BAD_REQUEST,
            "A request of HTTP/1.1 has one Host field (RFC 9112, section 3.2).\n",
        ),
        Refusal::TooLarge => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The address and the header fields of this request are too long.\n",
        ),
        Refusal::TargetTooLong => (
            StatusCode::URI_TOO_LONG,
            "The address of this request is too long.\n",
        ),
    };
    short_text(status, text, "no-store", false)
}

pub(crate) fn precondition_failed() -> Response<Body> {
    let text = "A condition of the request does not hold.\n";
    short_text(StatusCode::PRECONDITION_FAILED, text, "no-store", false)
}

/// The response of 429, with a Retry-After in whole seconds: many readers understand no date there.
pub(crate) fn too_many_requests(seconds: u64) -> Response<Body> {
    let text = "This feed was fetched whole too often. Send If-None-Match or If-Modified-Since with what the last answer \
                said: then there is no limit.\n";
    later(StatusCode::TOO_MANY_REQUESTS, text, seconds, false)
}

/// A response that says after how many seconds the request is worth another try.
fn later(status: StatusCode, text: &'static str, seconds: u64, is_head: bool) -> Response<Body> {
    let mut response = short_text(status, text, "no-store", is_head);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The response of 500; the server's log has the cause, which the client does not learn.
pub(crate) fn fault(is_head: bool) -> Response<Body> {
    let text = "The server has a fault; it has been written down.\n";
    short_text(StatusCode::INTERNAL_SERVER_ERROR, text, "no-store", is_head)
}

/// Seconds after which a document is asked for again whose store could not be reached.
const UNREACHABLE_SECONDS: u64 = 5;

/// The response of 503 where the store's server cannot be reached.
pub(crate) fn unreachable(is_head: bool) -> Response<Body> {
    let text = "The store cannot be reached at present. Ask again in some seconds.\n";
    later(
        StatusCode::SERVICE_UNAVAILABLE,
        text,
        UNREACHABLE_SECONDS,
        is_head,
    )
}

/// Seconds after which a node is asked again that had not come to a position.
const BEHIND_SECONDS: u64 = 1;

/// The response of 503 where this node does not show the position yet that a request wants.
pub(crate) fn behind(is_head: bool) -> Response<Body> {
    let text = "This server has not come to the Courant-Position yet that was asked for. Ask again, or another server.\n";
    later(
        StatusCode::SERVICE_UNAVAILABLE,
        text,
        BEHIND_SECONDS,
        is_head,
    )
}

/// The response of 400 where Courant-Position has no position.
pub(crate) fn no_position(is_head: bool) -> Response<Body> {
    let text = "Courant-Position is to be the sequence number of an entry, as an answer to a write gives it.\n";
    short_text(StatusCode::BAD_REQUEST, text, "no-store", is_head)
}

/// Says up to which entry this server shows what was written.
pub(crate) fn position(response: &mut Response<Body>, seq: u64) {
    response
        .headers_mut()
        .insert(POSITION, HeaderValue::from(seq));
}

/// A photograph, or the part of it that was asked for.
pub(crate) struct MediaResponse {
    pub(crate) content_type: &'static str,
    pub(crate) etag: String,
    pub(crate) whole: u64,
    /// The positions of the first and the last byte, where only a part is sent.
    pub(crate) range: Option<(u64, u64)>,
    /// The SHA-256 of the whole file, as Repr-Digest spells it (RFC 9530); a 304 has none.
    pub(crate) digest: Option<String>,
    pub(crate) front: CacheHeaders,
}

pub(crate) fn picture(picture: &MediaResponse, body: Body, length: u64) -> Response<Body> {
    let status = match picture.range {
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let mut response = base_response(status, Bytes::new());
    *response.body_mut() = body;
    describe_picture(&mut response, picture);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(picture.content_type),
    );
    if let Some(digest) = &picture.digest
        && let Ok(digest) = HeaderValue::from_str(&format!("sha-256=:{digest}:"))
    {
        headers.insert(REPR_DIGEST, digest);
    }
    if let Some((first, last)) = picture.range {
        let content_range = format!("bytes {first}-{last}/{}", picture.whole);
        if let Ok(content_range) = HeaderValue::from_str(&content_range) {
            headers.insert(header::CONTENT_RANGE, content_range);
        }
    }
    response
}

/// The response of 410 for a killed photograph, which caches may keep.
pub(crate) fn picture_gone(front: &CacheHeaders, is_head: bool) -> Response<Body> {
    let text = "This file is gone.\n";
    let age = CachePolicy::Lasting.cache_control();
    let mut response = short_text(StatusCode::GONE, text, age, is_head);
    mark(response.headers_mut(), front);
    response
}

pub(crate) fn picture_not_modified(picture: &MediaResponse) -> Response<Body> {
    let mut response = base_response(StatusCode::NOT_MODIFIED, Bytes::new());
    *response.body_mut() = Body::Absent;
    describe_picture(&mut response, picture);
    response
}

pub(crate) fn range_not_satisfiable(picture: &MediaResponse) -> Response<Body> {
    let text = "The file has fewer bytes.\n";
    let mut response = short_text(StatusCode::RANGE_NOT_SATISFIABLE, text, "no-store", false);
    if let Ok(content_range) = HeaderValue::from_str(&format!("bytes */{}", picture.whole)) {
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, content_range);
    }
    response
}

fn describe_picture(response: &mut Response<Body>, picture: &MediaResponse) {
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&picture.etag) {
        headers.insert(header::ETAG, etag);
    }
    let policy = CachePolicy::Media;
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(policy.cache_control()),
    );
    mark(headers, &picture.front);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(RESOURCE_POLICY, FOR_OTHER_SITES);
}
