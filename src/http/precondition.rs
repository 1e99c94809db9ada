//! Preconditions as a pure function, in the order of RFC 9110 §13.2.2.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, header};

/// What a representation can be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// With its quotes.
    pub etag: &'a str,
    /// In whole seconds; none where only the tag tells.
    pub last_modified: Option<DateTime<Utc>>,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Proceed,
    NotModified,
    Failed,
}

/// Evaluates the conditions of a GET or HEAD whose answer would otherwise be 200.
pub fn evaluate(headers: &HeaderMap, validators: &Validators<'_>, now: DateTime<Utc>) -> Outcome {
    if headers.contains_key(header::IF_MATCH) {
        if !matches_strongly(headers, validators.etag) {
            return Outcome::Failed;
        }
    } else if let Some(moment) = date(headers, &header::IF_UNMODIFIED_SINCE)
        && validators
            .last_modified
            .is_some_and(|changed| changed > moment)
    {
        return Outcome::Failed;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        return match matches_weakly(headers, validators.etag) {
            true => Outcome::NotModified,
            false => Outcome::Proceed,
        };
    }
    match (
        date(headers, &header::IF_MODIFIED_SINCE),
        validators.last_modified,
    ) {
        // A reader that once latched a future date would otherwise starve.
        (Some(moment), Some(changed)) if changed <= moment && moment <= now => Outcome::NotModified,
        _ => Outcome::Proceed,
    }
}

/// If-None-Match compares weakly (§13.1.2): caches weaken tags. Readers that lost the quotes are understood.
fn matches_weakly(headers: &HeaderMap, etag: &str) -> bool {
    // Nearly every reader sends our one tag back as it was.
    let only = headers.get(header::IF_NONE_MATCH);
    if only.is_some_and(|field| field.as_bytes() == etag.as_bytes()) {
        return true;
    }
    let opaque = etag.trim_matches('"');
    let members = members(headers, &header::IF_NONE_MATCH);
    is_any(&members)
        || members.iter().any(|member| {
            let tag = member.strip_prefix("W/").unwrap_or(member);
            tag == etag || (!tag.contains('"') && tag == opaque)
        })
}

/// An asterisk means any tag only where it stands alone; within a list it means nothing.
fn is_any(members: &[&str]) -> bool {
    matches!(members, ["*"])
}

/// If-Match compares strongly (§13.1.1), with no leniency.
fn matches_strongly(headers: &HeaderMap, etag: &str) -> bool {
    let members = members(headers, &header::IF_MATCH);
    is_any(&members) || members.contains(&etag)
}

/// The members of a list that may span several fields. A quoted tag may hold a comma.
fn members<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h str> {
    let mut members = Vec::new();
    for field in headers.get_all(name) {
        let text = field.to_str().unwrap_or_default();
        let mut quoted = false;
        let pieces = text.split(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        members.extend(pieces.map(str::trim).filter(|piece| !piece.is_empty()));
    }
    members
}

/// The date of a field that stands once and is one of the three forms (§5.6.7); others are ignored.
fn date(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    let mut fields = headers.get_all(name).iter();
    let only = fields.next().filter(|_| fields.next().is_none())?;
    let moment = httpdate::parse_http_date(only.to_str().ok()?).ok()?;
    Some(moment.into())
}
