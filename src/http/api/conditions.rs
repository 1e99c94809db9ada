//! The conditions of requests (RFC 9110 §13.1): of a write, what its writer knows of the item; of a read, what a client has.

use http::{HeaderMap, StatusCode, header};

use crate::http::Site;
use crate::http::request::{PreconditionResult, Validators, evaluate};
use crate::store::{Expected, Version};

use super::problem::Problem;
use super::tags::{NINJS, PUBLIC};

/// The expected version, which a change of an existing item must state; else a problem of 428 (RFC 6585 §3).
pub(super) fn required(headers: &HeaderMap) -> Result<Expected, Problem> {
    match expected_of(headers)? {
        Some(expected) => Ok(expected),
        None => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send If-Match with the ETag that you know the item by, so that nobody's change is lost",
        )),
    }
}

/// The condition of a patch: what the merge begins with is what is replaced.
pub(super) fn of_merge(expected: Expected, known: Version) -> Expected {
    match expected {
        Expected::Anything | Expected::Present => Expected::Version(known),
        other => other,
    }
}

/// The condition of the request, if it has one. A weak tag never matches (§8.8.3.2), nor does one that is not of this
/// server.
pub(super) fn expected_of(headers: &HeaderMap) -> Result<Option<Expected>, Problem> {
    let all = |name| {
        let values: Vec<&str> = headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap_or_default().trim())
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    match (all(header::IF_MATCH), all(header::IF_NONE_MATCH)) {
        (None, None) => Ok(None),
        (Some(value), None) => match value.as_str() {
            "*" => Ok(Some(Expected::Present)),
            tags => Ok(Some(version(tags)?)),
        },
        (None, Some(value)) if value == "*" => Ok(Some(Expected::Absent)),
        _ => Err(Problem::bad(
            "expected If-Match with one ETag, or If-None-Match: * to make what is not there; found something else",
        )),
    }
}

fn version(tags: &str) -> Result<Expected, Problem> {
    let versions: Vec<Version> = tags
        .split(',')
        .filter_map(|tag| {
            let digits = tag.trim().strip_prefix("\"r")?.strip_suffix('"')?;
            let digits = digits.strip_suffix(PUBLIC).unwrap_or(digits);
            Version::parse(digits.strip_suffix(NINJS).unwrap_or(digits))
        })
        .collect();
    let is_tag = |member: &str| {
        let opaque = member.trim().trim_start_matches("W/");
        opaque.len() > 1 && opaque.starts_with('"') && opaque.ends_with('"')
    };
    match versions.as_slice() {
        [] if tags.split(',').any(is_tag) => Err(Problem::changed(None)),
        [] => Err(Problem::bad(
            "expected If-Match with an ETag in its quotes; found none",
        )),
        [only] => Ok(Expected::Version(*only)),
        _ => Err(Problem::bad("expected one ETag in If-Match; found several")),
    }
}

impl Site {
    /// Evaluates the conditions of a GET against the entity tag of the present reply.
    pub(super) fn evaluate_conditions(
        &self,
        headers: &HeaderMap,
        etag: &str,
    ) -> PreconditionResult {
        let validators = Validators {
            etag,
            last_modified: None,
        };
        let headers = self.front.as_given_out(headers);
        evaluate(&*headers, &validators, (self.clock)())
    }
}
