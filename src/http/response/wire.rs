//! The head of a response as HTTP/1.1 writes it (RFC 9112 §4, §5), but for the empty line at its end.

use http::{Response, StatusCode, header};
use hyper::body::Body as _;

use super::body::Body;
use crate::http::request::write_field;

/// Appends the status line and the fields of `response` to `head`.
pub fn write_head(response: &Response<Body>, head: &mut Vec<u8>) {
    let status = response.status();
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(status.as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    head.extend_from_slice(b"\r\n");
    for (name, value) in response.headers() {
        write_field(name.as_str(), value.as_bytes(), head);
    }
    let has_length = response.headers().contains_key(header::CONTENT_LENGTH);
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if !has_length && !has_none {
        // Every body that we have knows its length.
        let length = response.body().size_hint().lower().to_string();
        write_field(header::CONTENT_LENGTH.as_str(), length.as_bytes(), head);
    }
}
