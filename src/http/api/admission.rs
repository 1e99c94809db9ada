//! The checks before any byte of a request body is read: its token, whether that token may write there, the body's size and
//! its media type. Only a request that passes them takes a permit or memory.

use http::{HeaderMap, Method, StatusCode, header};

use crate::feed::NINJS_TYPE;
use crate::item::{MAX_PHOTOGRAPH_BYTES, MAX_RECORDING_BYTES, PhotographType, RecordingType};
use crate::store::{Scope, Token};

use super::{Problem, ROOT};

/// Maximum size of a JSON body. An article with all its text is smaller, as an item file is.
const MAX_OBJECT_BYTES: u64 = 4 * 1024 * 1024;

/// Maximum size of a body that needs no share of the memory for bodies: the buffers of a connection are not much smaller.
/// Decisions are that small.
pub(super) const SMALL_BODY_BYTES: u64 = 16 * 1024;

pub(super) const JSON: &str = "application/json";
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The length of a request's body, as the head states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Said(u64),
    Unsaid,
}

/// The kind of body that an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Article,
    Object,
    Patch,
    Picture,
    Recording,
}

/// A request body that may be received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AcceptedBody {
    pub(super) length: Length,
    pub(super) maximum: u64,
    pub(super) is_picture: bool,
}

impl Takes {
    fn of(method: &Method, path: &str) -> Self {
        let mut segments = path.strip_prefix(ROOT).unwrap_or(path).split('/').skip(1);
        let kind = segments.next().unwrap_or_default();
        let is_about_one = segments.next().is_some();
        match (kind, method) {
            (_, &Method::PATCH) => Self::Patch,
            ("photographs", &Method::POST | &Method::PUT) => Self::Picture,
            ("recordings", &Method::POST) => Self::Recording,
            ("articles", &Method::PUT) => Self::Article,
            ("articles", &Method::POST) if !is_about_one => Self::Article,
            (_, &Method::POST | &Method::PUT) => Self::Object,
            _ => Self::Nothing,
        }
    }

    fn most_bytes(self) -> u64 {
        match self {
            Self::Nothing => SMALL_BODY_BYTES,
            Self::Article | Self::Object | Self::Patch => MAX_OBJECT_BYTES,
            Self::Picture => MAX_PHOTOGRAPH_BYTES,
            Self::Recording => MAX_RECORDING_BYTES,
        }
    }

    fn check_type(self, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::Nothing => Ok(()),
            Self::Article => check_type(headers, &[JSON, NINJS_TYPE]),
            Self::Object => check_type(headers, &[JSON]),
            Self::Patch => check_type(headers, &[MERGE_PATCH]),
            Self::Picture => check_type(
                headers,
                &PhotographType::ALL.map(PhotographType::media_type),
            ),
            Self::Recording => {
                let media_type = content_type(headers).unwrap_or_default();
                // The first bytes of the file decide its type later.
                match RecordingType::ALL
                    .iter()
                    .any(|kind| kind.may_be(&media_type))
                {
                    true => Ok(()),
                    false => {
                        check_type(headers, &RecordingType::ALL.map(RecordingType::media_type))
                    }
                }
            }
        }
    }
}

/// Lets a body come, or says why not.
pub(super) fn admit(
    (method, path, headers): (&Method, &str, &HeaderMap),
    token: Option<&Token>,
) -> Result<AcceptedBody, Problem> {
    let length = length(headers);
    let has_body = length != Length::Said(0);
    let takes = Takes::of(method, path);
    let Some(token) = token else {
        // Without a token no error about the body is reported.
        return match has_body {
            true => Err(no_token()),
            false => Ok(AcceptedBody {
                length,
                maximum: 0,
                is_picture: false,
            }),
        };
    };
    if is_change(method) {
        may_change(token, path)?;
    }
    let maximum = takes.most_bytes();
    if matches!(length, Length::Said(bytes) if bytes > maximum) {
        return Err(too_large(maximum));
    }
    if let Some(coding) = headers.get(header::CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let detail = format!("expected a body that is not compressed; found {coding:?}");
        let mut problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
        problem.extra.is_of_coding = true;
        return Err(problem);
    }
    if has_body {
        takes.check_type(headers)?;
    }
    Ok(AcceptedBody {
        length,
        maximum,
        is_picture: takes == Takes::Picture,
    })
}

fn is_change(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
}

/// Whether a token may change anything there at all. Of which section an article is, is asked when it is known.
fn may_change(token: &Token, path: &str) -> Result<(), Problem> {
    let is_of_sections = path
        .strip_prefix(ROOT)
        .is_some_and(|rest| rest == "/sections" || rest.starts_with("/sections/"));
    match &token.scope {
        Scope::Changes => Err(Problem::forbidden(
            "this token allows to read the change log, and nothing else",
        )),
        scope @ Scope::Sections(_) if is_of_sections => Err(Problem::forbidden(format!(
            "this token allows {scope}, and sections are changed by the desk"
        ))),
        Scope::Sections(_) | Scope::Desk => Ok(()),
    }
}

/// The length of the body by the head. Heads that can be understood in two ways were refused before.
fn length(headers: &HeaderMap) -> Length {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Length::Unsaid;
    }
    let content_length = headers.get(header::CONTENT_LENGTH);
    let content_length =
        content_length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    Length::Said(content_length.unwrap_or(0))
}

pub(super) fn no_token() -> Problem {
    Problem::unauthorized("a request that sends something needs a token")
}

pub(super) fn too_large(most: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("expected at most {most} bytes; found more"),
    )
}

/// The media type without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split(';').next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase())
}

/// Refuses a body whose media type is none of `wanted`.
pub(super) fn check_type(headers: &HeaderMap, wanted: &[&str]) -> Result<(), Problem> {
    let media_type = content_type(headers);
    if media_type
        .as_deref()
        .is_some_and(|media_type| wanted.contains(&media_type))
    {
        return Ok(());
    }
    let mut problem = Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!(
            "expected Content-Type {}; found {}",
            wanted.join(" or "),
            media_type.as_deref().unwrap_or("none")
        ),
    );
    problem.extra.accept_patch = wanted.contains(&MERGE_PATCH).then_some(MERGE_PATCH);
    Err(problem)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::Takes;

    #[test]
    fn each_operation_takes_what_its_handler_reads() {
        for (method, path, takes) in [
            (Method::POST, "/api/v1/articles", Takes::Article),
            (Method::PUT, "/api/v1/articles/1", Takes::Article),
            (Method::PATCH, "/api/v1/articles/1", Takes::Patch),
            (Method::POST, "/api/v1/articles/1/correct", Takes::Object),
            (Method::POST, "/api/v1/articles/1/kill", Takes::Object),
            (Method::POST, "/api/v1/captions/1/withhold", Takes::Object),
            (Method::POST, "/api/v1/recordings", Takes::Recording),
            (Method::POST, "/api/v1/photographs", Takes::Picture),
            (Method::PUT, "/api/v1/photographs/1", Takes::Picture),
            (Method::PATCH, "/api/v1/photographs/1", Takes::Patch),
            (Method::POST, "/api/v1/sections", Takes::Object),
            (Method::PUT, "/api/v1/sections/city", Takes::Object),
            (Method::DELETE, "/api/v1/sections/city", Takes::Nothing),
            (Method::GET, "/api/v1/articles", Takes::Nothing),
        ] {
            assert_eq!(Takes::of(&method, path), takes, "{method} {path}");
        }
    }
}
