//! A request as the handlers take it: who asks, under which conditions, and what was sent.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Query, Request};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::feed::NINJS_TYPE;
use crate::http::respond::Form;
use crate::http::{Peer, Site, accept};
use crate::item::MAX_PHOTOGRAPH_BYTES;
use crate::store::{Drafted, Token};

use super::problem::Failure;
use super::sent::Sent;
use super::{Problem, conditions};

/// An article with all its text is smaller, as a file is.
const MOST_OBJECT_BYTES: u64 = 4 * 1024 * 1024;

/// So many times as long as a sender may send nothing the whole of a body may take…
const WHOLE_PAUSES: u32 = 4;

/// …and as long as it takes at this rate.
const LEAST_BYTES_A_SECOND: u64 = 64 * 1024;

/// Room for a body of unknown length is made in steps.
const STEP_BYTES: usize = 4 * 1024 * 1024;

/// So many photographs come in at once: their bytes are in memory.
pub(in crate::http) const MOST_UPLOADS: usize = 4;

/// What an address says about how an article is written.
#[derive(Clone, Debug, Deserialize)]
struct Choice {
    format: Option<String>,
    section: Option<String>,
}

/// What was asked, read whole.
pub(super) struct Asked {
    pub(super) site: Arc<Site>,
    pub(super) token: Option<Token>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    choice: Result<Choice, String>,
    /// Of the method, the address and the body: what tells one request from another.
    pub(super) fingerprint: String,
    /// The method and the path: keys of requests are told apart by them.
    pub(super) route: String,
    /// A place among the photographs that are read and made at once, as long as this one is.
    _place: Option<OwnedSemaphorePermit>,
}

impl FromRequest<Arc<Site>> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let token = match token(site, &parts).await {
            Ok(token) => token,
            Err(failure) => return Err(site.told(parts.uri.path(), failure)),
        };
        let is_picture =
            content_type(&parts.headers).is_some_and(|kind| kind.starts_with("image/"));
        let most = match is_picture {
            true => MAX_PHOTOGRAPH_BYTES,
            false => MOST_OBJECT_BYTES,
        };
        // Nobody who may not write sends much.
        let most = if token.is_some() { most } else { 0 };
        let place = match is_picture && token.is_some() {
            true => Arc::clone(&site.uploads).acquire_owned().await.ok(),
            false => None,
        };
        if let Some(coding) = parts.headers.get(header::CONTENT_ENCODING)
            && coding != "identity"
        {
            let detail = format!("expected a body that is not compressed; found {coding:?}");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let pause = site.body_pause;
        let body = read(&parts.headers, body, (most, pause), token.is_some()).await?;
        let mut sum = Sha256::new();
        sum.update(parts.method.as_str());
        sum.update(parts.uri.to_string());
        sum.update(&body);
        let fingerprint = hex::encode(sum.finalize());
        let choice = Query::try_from_uri(&parts.uri);
        Ok(Self {
            choice: choice
                .map(|Query(choice)| choice)
                .map_err(|error| error.body_text()),
            site: Arc::clone(site),
            token,
            headers: parts.headers,
            body,
            fingerprint,
            route: format!("{} {}", parts.method, parts.uri.path()),
            _place: place,
        })
    }
}

impl Asked {
    /// Whoever asks, who has to be somebody.
    pub(super) fn writer(&self) -> Result<&Token, Problem> {
        self.token.as_ref().ok_or_else(|| {
            Problem::unauthorized(
                "send Authorization: Bearer with a token; courant token create NAME --scope desk makes one",
            )
        })
    }

    /// The same for a section that it may write in.
    pub(super) fn writer_in(&self, section: &str) -> Result<&Token, Problem> {
        let token = self.writer()?;
        match token.scope.covers(section) {
            true => Ok(token),
            false => Err(Problem::forbidden(format!(
                "this token allows {}, and not to write in the section {section}",
                token.scope
            ))),
        }
    }

    /// The same for an article that there is. Who does not see it is not told that it is there.
    pub(super) fn writer_of(&self, known: &Drafted) -> Result<&Token, Problem> {
        self.writer()?;
        match known.is_public() || self.sees(&known.section) {
            true => self.writer_in(&known.section),
            false => Err(Problem::nowhere()),
        }
    }

    /// Whether the one who asks sees what is not public in a section.
    pub(super) fn sees(&self, section: &str) -> bool {
        let token = self.token.as_ref();
        token.is_some_and(|token| token.scope.covers(section))
    }

    /// How an article is to be written: as the address says, else as is liked best.
    pub(super) fn form(&self) -> Result<Form, Problem> {
        let choice = self.choice.as_ref().map_err(Problem::bad)?;
        match choice.format.as_deref() {
            None if accept::likes_ninjs(&self.headers) => Ok(Form::Ninjs),
            None | Some("json") => Ok(Form::Item),
            Some("ninjs") => Ok(Form::Ninjs),
            Some(found) => Err(Problem::bad(format!(
                "expected format to be json or ninjs; found {found}"
            ))),
        }
    }

    /// The article that was sent, in one of the forms.
    pub(super) fn article(&self) -> Result<Sent, Problem> {
        self.of_type(&["application/json", NINJS_TYPE])?;
        let object = self.parsed()?;
        if content_type(&self.headers).as_deref() != Some(NINJS_TYPE) {
            return Ok(Sent::Item(object));
        }
        let choice = self.choice.as_ref().map_err(Problem::bad)?;
        Ok(Sent::Ninjs {
            object,
            section: choice.section.clone(),
        })
    }

    /// The object that was sent.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Problem> {
        self.of_type(&["application/json"])?;
        self.parsed()
    }

    /// The patch that was sent (RFC 7396).
    pub(super) fn merge_patch(&self) -> Result<Map<String, Value>, Problem> {
        self.of_type(&[MERGE_PATCH])?;
        self.parsed()
    }

    /// An object where there need be none.
    pub(super) fn optional_object(&self) -> Result<Map<String, Value>, Problem> {
        match self.body.is_empty() {
            true => Ok(Map::new()),
            false => self.object(),
        }
    }

    fn parsed(&self) -> Result<Map<String, Value>, Problem> {
        let parsed: Value = serde_json::from_slice(&self.body)
            .map_err(|error| Problem::bad(format!("expected JSON; found {error}")))?;
        match parsed {
            Value::Object(object) => Ok(object),
            _ => Err(Problem::of_field(
                "",
                "a JSON object",
                "another value",
                "send the item's keys in an object",
            )),
        }
    }

    fn of_type(&self, wanted: &[&str]) -> Result<(), Problem> {
        let said = content_type(&self.headers);
        if said.as_deref().is_some_and(|said| wanted.contains(&said)) {
            return Ok(());
        }
        let mut problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!(
                "expected Content-Type {}; found {}",
                wanted.join(" or "),
                said.as_deref().unwrap_or("none")
            ),
        );
        problem.extra.accept_patch = wanted.contains(&MERGE_PATCH).then_some(MERGE_PATCH);
        Err(problem)
    }

    pub(super) fn required(&self) -> Result<crate::store::Expected, Problem> {
        conditions::required(&self.headers)
    }
}

const MERGE_PATCH: &str = "application/merge-patch+json";

/// The media type without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = said.split(';').next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase())
}

/// The token that a request names. A wrong one is not the same as none: its sender takes itself for somebody.
async fn token(site: &Arc<Site>, parts: &http::request::Parts) -> Result<Option<Token>, Failure> {
    let Some(said) = parts.headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let secret = said.to_str().ok().and_then(|said| {
        let (scheme, secret) = said.split_once(' ').unwrap_or((said, ""));
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| secret.trim().to_owned())
    });
    // Another scheme is for somebody else: a proxy in front passes on what it asked for.
    let Some(secret) = secret else {
        return Ok(None);
    };
    let now = (site.clock)();
    let known = site
        .ask(move |site| Ok(site.store.token(&secret, now)?))
        .await?;
    if known.is_some() {
        return Ok(known);
    }
    let peer = parts.extensions.get::<Peer>();
    if let Some(seconds) = peer.and_then(|peer| site.guard.failed(peer.0, now)) {
        let mut problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests with a token that is not one; send a good one, and there is no limit",
        );
        problem.extra.retry_after_seconds = Some(seconds);
        return Err(problem.into());
    }
    Err(Problem::bad_token("this token is not one, or it has ended").into())
}

/// Reads what is sent, as long as it comes and is no more than allowed.
async fn read(
    headers: &HeaderMap,
    body: axum::body::Body,
    (most, pause): (u64, Duration),
    is_known: bool,
) -> Result<Bytes, Problem> {
    let too_large = || match is_known {
        true => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("expected at most {most} bytes; found more"),
        ),
        // Before anything is said of what was sent, it has to be known who sent it.
        false => Problem::unauthorized("whoever sends something has to name a token"),
    };
    let said = headers.get(header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > most) {
        return Err(too_large());
    }
    let reading = async {
        let mut body = body;
        let mut bytes = Vec::new();
        bytes.reserve_exact(usize::try_from(said.unwrap_or(0)).unwrap_or(0));
        loop {
            let frame = tokio::time::timeout(pause, body.frame())
                .await
                .map_err(|_| slow())?;
            let Some(frame) = frame else { break };
            let frame =
                frame.map_err(|error| Problem::bad(format!("the body broke off: {error}")))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if (bytes.len() + data.len()) as u64 > most {
                return Err(too_large());
            }
            if bytes.capacity() - bytes.len() < data.len() {
                // Not twice as much, as it would grow by itself.
                bytes.reserve_exact(data.len().max(STEP_BYTES));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Bytes::from(bytes))
    };
    let by_rate = Duration::from_secs(said.unwrap_or(0) / LEAST_BYTES_A_SECOND);
    tokio::time::timeout(pause * WHOLE_PAUSES + by_rate, reading)
        .await
        .map_err(|_| slow())?
}

fn slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "the body did not come in time; send it again",
    )
}
