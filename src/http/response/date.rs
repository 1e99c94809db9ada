//! Date, the moment of an answer (RFC 9110 §6.6.1).
//!
//! Written here and not left to the connection, which remembers its own for up to a second: Last-Modified may not be later
//! than Date (§8.8.2.1).

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use http::HeaderValue;

thread_local! {
    /// The last second that was formatted, with its text.
    static SPELLED: RefCell<(i64, HeaderValue)> = const { RefCell::new((i64::MIN, HeaderValue::from_static(""))) };
}

pub(crate) fn spelled(now: DateTime<Utc>) -> HeaderValue {
    SPELLED.with_borrow_mut(|(second, value)| {
        if *second != now.timestamp()
            && let Ok(spelled) = HeaderValue::from_str(&httpdate::fmt_http_date(now.into()))
        {
            (*second, *value) = (now.timestamp(), spelled);
        }
        value.clone()
    })
}
