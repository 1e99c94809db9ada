//! Preconditions as a pure function, in the order of RFC 9110 §13.2.2.

use super::fields::Fields;
use chrono::{DateTime, Utc};

/// The validators of a representation, which preconditions are evaluated against.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// The entity tag with its quotes.
    pub etag: &'a str,
    /// The modification date, to the second; none for a representation that only its tag tells apart.
    pub last_modified: Option<DateTime<Utc>>,
}

/// The result of the preconditions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreconditionResult {
    Proceed,
    NotModified,
    Failed,
}

/// Evaluates the conditions of a GET or HEAD whose answer would otherwise be 200.
pub fn evaluate<F: Fields + ?Sized>(
    fields: &F,
    validators: &Validators<'_>,
    now: DateTime<Utc>,
) -> PreconditionResult {
    if fields.has("if-match") {
        if !matches_strongly(fields, validators.etag) {
            return PreconditionResult::Failed;
        }
    } else if let Some(moment) = date(fields, "if-unmodified-since")
        && validators
            .last_modified
            .is_some_and(|changed| changed > moment)
    {
        return PreconditionResult::Failed;
    }
    if fields.has("if-none-match") {
        return match matches_weakly(fields, validators.etag) {
            true => PreconditionResult::NotModified,
            false => PreconditionResult::Proceed,
        };
    }
    match (date(fields, "if-modified-since"), validators.last_modified) {
        // A reader that once latched a future date would otherwise starve.
        (Some(moment), Some(changed)) if changed <= moment && moment <= now => {
            PreconditionResult::NotModified
        }
        _ => PreconditionResult::Proceed,
    }
}

/// If-None-Match compares weakly (§13.1.2): caches weaken tags. Readers that lost the quotes are understood.
fn matches_weakly<F: Fields + ?Sized>(fields: &F, etag: &str) -> bool {
    // Nearly every reader sends our one tag back as it was.
    if fields.texts("if-none-match").next() == Some(etag) {
        return true;
    }
    let opaque = etag.trim_matches('"');
    let members = members(fields, "if-none-match");
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
fn matches_strongly<F: Fields + ?Sized>(fields: &F, etag: &str) -> bool {
    let members = members(fields, "if-match");
    is_any(&members) || members.contains(&etag)
}

/// The members of a list that may span several fields. A quoted tag may hold a comma.
fn members<'f, F: Fields + ?Sized>(fields: &'f F, name: &'f str) -> Vec<&'f str> {
    let mut members = Vec::new();
    for text in fields.texts(name) {
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
fn date<F: Fields + ?Sized>(fields: &F, name: &str) -> Option<DateTime<Utc>> {
    let mut texts = fields.texts(name);
    let only = texts.next().filter(|_| texts.next().is_none())?;
    let moment = httpdate::parse_http_date(only).ok()?;
    Some(moment.into())
}
