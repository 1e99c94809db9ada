//! Plain requests, read from the bytes of a connection: a GET or HEAD with a head and nothing else, as nearly all are.
//!
//! Only what cannot be mistaken counts as plain. All else, wrong requests too, is for hyper, which gets the same bytes.

use std::mem::MaybeUninit;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use httparse::{Header, Status};

/// Requests with more header fields are not plain.
pub const MOST_FIELDS: usize = 48;

/// Room for the fields of one request.
pub type Slots<'r> = [MaybeUninit<Header<'r>>; MOST_FIELDS];

/// A GET or HEAD of HTTP/1.1 without a body.
pub struct Plain<'r> {
    pub is_head: bool,
    /// Path and query, as they stand in the request.
    target: &'r str,
    pub fields: &'r [Header<'r>],
    /// Whether the reader wants the connection to end with the answer.
    pub is_last: bool,
}

/// What the bytes that came so far are.
pub enum Reading<'r> {
    /// Not yet a whole head.
    Partial,
    /// A plain request, and how many bytes it takes.
    Plain(Plain<'r>, usize),
    Other,
    /// No request of HTTP/1.1, whatever follows.
    Broken,
}

/// Reads the first request of `bytes`.
pub fn read<'r>(bytes: &'r [u8], slots: &'r mut Slots<'r>) -> Reading<'r> {
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, slots) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Reading::Partial,
        Err(httparse::Error::TooManyHeaders) => return Reading::Other,
        Err(_) => return Reading::Broken,
    };
    let (Some(method), Some(target), Some(1)) = (request.method, request.path, request.version)
    else {
        return Reading::Other;
    };
    let mut plain = Plain {
        is_head: method == "HEAD",
        target,
        fields: request.headers,
        is_last: false,
    };
    if (!plain.is_head && method != "GET") || !target.starts_with('/') {
        return Reading::Other;
    }
    let mut hosts = 0;
    for field in plain.fields {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        if is("connection") {
            match field.value {
                value if value.eq_ignore_ascii_case(b"close") => plain.is_last = true,
                value if value.eq_ignore_ascii_case(b"keep-alive") => {}
                _ => return Reading::Other,
            }
        }
        let is_of_a_body = is("content-length") || is("transfer-encoding");
        hosts += usize::from(is("host"));
        if is_of_a_body || is("expect") || is("upgrade") {
            return Reading::Other;
        }
    }
    match hosts {
        1 => Reading::Plain(plain, length),
        _ => Reading::Other,
    }
}

impl Plain<'_> {
    pub fn path(&self) -> &str {
        let end = self.target.find(['?', '#']);
        end.and_then(|end| self.target.get(..end))
            .unwrap_or(self.target)
    }

    /// The same for those who take any request; none where its path is wrong after all. Where readers ask nothing depends on
    /// the query, which need not be a right one.
    pub fn request(&self) -> Option<Request<()>> {
        let mut request = Request::new(());
        *request.method_mut() = match self.is_head {
            true => Method::HEAD,
            false => Method::GET,
        };
        let whole = Uri::try_from(self.target);
        *request.uri_mut() = whole.or_else(|_| Uri::try_from(self.path())).ok()?;
        let headers: &mut HeaderMap = request.headers_mut();
        for field in self.fields {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
        }
        Some(request)
    }
}
