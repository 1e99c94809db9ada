//! The heads of requests, read from the bytes of a connection. Simple requests, which are a GET or HEAD without a body, as
//! nearly all are, are taken as they stand; the heads of all others are written anew for hyper, which reads their bodies.
//!
//! Requests of both kinds are checked here, by the same rules, so a client cannot tell which way its response came. A
//! request that this server and a proxy in front could understand differently is refused (RFC 9112 §6.3).

use super::fields::write_field;
use super::position::POSITION;
use std::borrow::Cow;
use std::mem::MaybeUninit;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use httparse::{Header, Status};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The reason why a request is refused for its head alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no valid request of HTTP/1: this includes TLS on a port for plain HTTP.
    Broken,
    /// The request has no Host field, or more than one (RFC 9112 §3.2).
    Host,
    /// The head is longer than allowed, or has too many fields.
    TooLarge,
    /// The request target is longer than allowed, which is a limit of its own.
    TargetTooLong,
}

/// Maximum number of header fields of a simple request.
pub const MAX_FIELDS: usize = 48;

/// Maximum number of header fields of any request; one with more is refused.
const MAX_FIELDS_OF_ANY: usize = 100;

/// Maximum length of a request's target. Even percent-encoded, with three bytes for each of these, it is short enough for
/// all libraries behind.
const MAX_TARGET_BYTES: usize = 16 * 1024;

/// The characters that are percent-encoded in a query: all but those that may stand there (RFC 3986 §3.4) and the percent
/// sign, which may belong to an encoded character.
const OUTSIDE_QUERIES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'?')
    .remove(b'%');

/// Memory for the header fields of one request.
pub type Slots<'r> = [MaybeUninit<Header<'r>>; MAX_FIELDS];

/// A GET or HEAD of HTTP/1.1 without a body.
pub struct SimpleRequest<'r> {
    pub is_head: bool,
    /// Path and query, as they stand in the request.
    target: &'r str,
    pub fields: &'r [Header<'r>],
    /// Whether the reader wants the connection to end with the answer.
    pub is_last: bool,
}

/// A request that is not simple.
pub struct OtherRequest {
    /// The head, written anew by the grammar of HTTP.
    pub head: Vec<u8>,
    /// The length of the request's body, which follows the head.
    pub body: Framing,
    /// Whether the connection is to end with the answer.
    pub is_last: bool,
}

/// The length of the body that follows the head of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Bytes(u64),
    /// The body has chunked transfer coding.
    Chunked,
}

/// The result of parsing the bytes that were received so far.
pub enum ParsedHead<'r> {
    /// The bytes are not yet a whole head.
    Partial,
    /// A simple request, and its number of bytes.
    SimpleRequest(SimpleRequest<'r>, usize),
    /// Another request, and the number of bytes of its head as it was received.
    Other(Box<OtherRequest>, usize),
    Refused(Refusal),
}

/// Reads the first request of `bytes`.
pub fn read<'r>(bytes: &'r [u8], slots: &'r mut Slots<'r>) -> ParsedHead<'r> {
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, slots) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return ParsedHead::Partial,
        Err(httparse::Error::TooManyHeaders) => return other(bytes),
        Err(_) => return ParsedHead::Refused(Refusal::Broken),
    };
    let (Some(method), Some(target), Some(1)) = (request.method, request.path, request.version)
    else {
        return other(bytes);
    };
    let mut plain = SimpleRequest {
        is_head: method == "HEAD",
        target,
        fields: request.headers,
        is_last: false,
    };
    let is_asking = plain.is_head || method == "GET";
    if !is_asking || !target.starts_with('/') || target.len() > MAX_TARGET_BYTES {
        return other(bytes);
    }
    let mut hosts = 0;
    for field in plain.fields {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        if is("connection") {
            match field.value {
                value if value.eq_ignore_ascii_case(b"close") => plain.is_last = true,
                value if value.eq_ignore_ascii_case(b"keep-alive") => {}
                _ => return other(bytes),
            }
        }
        let is_of_a_body = is("content-length") || is("transfer-encoding");
        hosts += usize::from(is("host"));
        if is_of_a_body || is("expect") || is("upgrade") || is(POSITION) {
            return other(bytes);
        }
    }
    match hosts {
        1 => ParsedHead::SimpleRequest(plain, length),
        _ => other(bytes),
    }
}

/// Reads a request that is not simple.
fn other(bytes: &[u8]) -> ParsedHead<'static> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS_OF_ANY];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return ParsedHead::Partial,
        Err(httparse::Error::TooManyHeaders) => return ParsedHead::Refused(Refusal::TooLarge),
        Err(_) => return ParsedHead::Refused(Refusal::Broken),
    };
    match spelled_anew(&request) {
        Ok(other) => ParsedHead::Other(Box::new(other), length),
        Err(refusal) => ParsedHead::Refused(refusal),
    }
}

fn spelled_anew(request: &httparse::Request<'_, '_>) -> Result<OtherRequest, Refusal> {
    let (Some(method), Some(target), Some(version)) =
        (request.method, request.path, request.version)
    else {
        return Err(Refusal::Broken);
    };
    let fields = &*request.headers;
    let is = |field: &Header<'_>, name: &str| field.name.eq_ignore_ascii_case(name);
    let hosts = fields.iter().filter(|field| is(field, "host")).count();
    if hosts > 1 || (version == 1 && hosts == 0) {
        return Err(Refusal::Host);
    }
    if target.len() > MAX_TARGET_BYTES {
        return Err(Refusal::TargetTooLong);
    }
    let target = spelled(target);
    if !is_target(method, &target) {
        return Err(Refusal::Broken);
    }
    let body = framing(version, fields).ok_or(Refusal::Broken)?;
    let mut head = format!("{method} {target} HTTP/1.{version}\r\n").into_bytes();
    // No other protocol is spoken here, and a client that offers one is answered in this one (RFC 9110 §7.8).
    for field in fields.iter().filter(|field| !is(field, "upgrade")) {
        write_field(field.name, field.value, &mut head);
    }
    head.extend_from_slice(b"\r\n");
    let has = |token: &str| {
        let mut options = tokens(fields, "connection");
        options.any(|option| option.eq_ignore_ascii_case(token.as_bytes()))
    };
    let is_last = has("close") || (version == 0 && !has("keep-alive")) || body == Framing::Chunked;
    Ok(OtherRequest {
        head,
        body,
        is_last,
    })
}

/// Whether a target has one of the four forms, for its method (RFC 9112 §3.2).
fn is_target(method: &str, target: &str) -> bool {
    let Ok(uri) = Uri::try_from(target) else {
        return false;
    };
    match method {
        "CONNECT" => uri.scheme().is_none() && uri.authority().is_some(),
        "OPTIONS" if target == "*" => true,
        _ => target.starts_with('/') || (uri.scheme().is_some() && uri.authority().is_some()),
    }
}

/// The members of all fields of that name.
fn tokens<'f>(fields: &'f [Header<'f>], name: &'f str) -> impl Iterator<Item = &'f [u8]> {
    let fields = fields
        .iter()
        .filter(move |field| field.name.eq_ignore_ascii_case(name));
    fields.flat_map(|field| {
        let members = field.value.split(|byte| *byte == b',');
        members.map(<[u8]>::trim_ascii)
    })
}

/// The framing of the body; none where the head can be understood in two ways (RFC 9112 §6.3).
fn framing(version: u8, fields: &[Header<'_>]) -> Option<Framing> {
    let mut lengths = tokens(fields, "content-length");
    let mut codings = tokens(fields, "transfer-encoding");
    match (
        lengths.next(),
        lengths.next(),
        codings.next(),
        codings.next(),
    ) {
        (None, None, None, None) => Some(Framing::Bytes(0)),
        (Some(length), None, None, None) if length.iter().all(u8::is_ascii_digit) => {
            let length: u64 = str::from_utf8(length).ok()?.parse().ok()?;
            i64::try_from(length).ok()?;
            Some(Framing::Bytes(length))
        }
        (None, None, Some(coding), None) if version == 1 => coding
            .eq_ignore_ascii_case(b"chunked")
            .then_some(Framing::Chunked),
        _ => None,
    }
}

/// A target whose query is spelled as the grammar says: readers and trackers write into it what may not stand there, and
/// mean what they write.
fn spelled(target: &str) -> Cow<'_, str> {
    let end = target.find('#').unwrap_or(target.len());
    let target = target.get(..end).unwrap_or(target);
    let Some((path, query)) = target.split_once('?') else {
        return target.into();
    };
    match Cow::from(utf8_percent_encode(query, OUTSIDE_QUERIES)) {
        Cow::Borrowed(_) => target.into(),
        Cow::Owned(query) => format!("{path}?{query}").into(),
    }
}

impl SimpleRequest<'_> {
    pub fn path(&self) -> &str {
        let end = self.target.find(['?', '#']);
        end.and_then(|end| self.target.get(..end))
            .unwrap_or(self.target)
    }

    /// Whether its query, which is ignored otherwise, may name something other than its path does: WordPress has its feeds
    /// and stories there.
    pub fn names_another(&self) -> bool {
        let query = self.target.strip_prefix("/?");
        query.is_some_and(|query| {
            let mut pairs = query.split('&');
            pairs.any(|pair| {
                let names = ["feed=", "p=", "page_id="];
                names.iter().any(|name| pair.starts_with(name))
            })
        })
    }

    /// The request for code that takes any request; none where its path is wrong after all.
    pub fn request(&self) -> Option<Request<()>> {
        let mut request = Request::new(());
        *request.method_mut() = match self.is_head {
            true => Method::HEAD,
            false => Method::GET,
        };
        *request.uri_mut() = Uri::try_from(&*spelled(self.target)).ok()?;
        let headers: &mut HeaderMap = request.headers_mut();
        for field in self.fields {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
        }
        Some(request)
    }
}
