//! A request as the handlers take it: who asks, under which conditions, and what was sent.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Query, Request};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::responses::ItemFormat;
use crate::feed::NINJS_TYPE;
use crate::http::Site;
use crate::http::request::{Peer, accept};
use crate::store::{EditableArticle, Token};

use super::admission::{
    AcceptedBody, JSON, Length, MERGE_PATCH, SMALL_BODY_BYTES, admit, check_type, content_type,
    no_token, too_large,
};
use super::body_memory::BodyShare;
use super::problem::HandlerError;
use super::submitted_item::SubmittedItem;
use super::{Problem, conditions};

/// Maximum time for a whole body, as a multiple of the time in which its sender may send nothing; [`MIN_BYTES_A_SECOND`]
/// adds to it.
const WHOLE_PAUSES: u32 = 4;

/// The rate in bytes per second that a large body needs: each byte that was received adds its time at this rate.
const MIN_BYTES_A_SECOND: u64 = 64 * 1024;

/// Memory for a body of unknown length is made in steps of this size.
const STEP_BYTES: usize = 4 * 1024 * 1024;

/// The header with the idempotency key of a request.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The query of an address that chooses the format of an article.
#[derive(Clone, Debug, Deserialize)]
struct Choice {
    format: Option<String>,
    section: Option<String>,
}

/// A request with its whole body.
pub(super) struct ApiRequest {
    pub(super) site: Arc<Site>,
    pub(super) token: Option<Token>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    choice: Result<Choice, String>,
    /// A hash of the method, the address and the body, which tells requests with one Idempotency-Key apart. Empty without a
    /// key.
    pub(super) fingerprint: String,
    /// The method and the path: keys of requests are told apart by them.
    pub(super) route: String,
    pub(super) peer: Option<Peer>,
    pub(super) is_head: bool,
    /// The memory of the body, given back with the request.
    _room: Option<BodyShare>,
}

impl FromRequest<Arc<Site>> for ApiRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let (token, admitted) = judge(site, &parts).await?;
        let pause = site.body_pause;
        let mut room = token
            .as_ref()
            .map(|token| site.body_memory.of(token, admitted, pause));
        let body = read(body, admitted, pause, room.as_mut()).await?;
        // The thread that answers readers must not hash a large body.
        let fingerprint = match parts.headers.contains_key(IDEMPOTENCY_KEY) {
            true => {
                let (head, body) = (format!("{}{}", parts.method, parts.uri), body.clone());
                let sum = move |_: &Site| {
                    let sum = Sha256::new().chain_update(head).chain_update(body);
                    Ok(hex::encode(sum.finalize()))
                };
                let sum: Result<_, HandlerError> = site.ask(sum).await;
                sum.map_err(|failure| site.problem_of(parts.uri.path(), failure))?
            }
            false => String::new(),
        };
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
            peer: parts.extensions.get::<Peer>().copied(),
            is_head: parts.method == Method::HEAD,
            _room: room,
        })
    }
}

impl ApiRequest {
    /// The problem that the client learns of an error; a fault is reported to the operator with the path.
    pub(super) fn problem_of(&self, failure: HandlerError) -> Problem {
        let path = self.route.split_once(' ').map_or("", |(_, path)| path);
        self.site.problem_of(path, failure)
    }

    /// The token of the request, which has to have one.
    pub(super) fn writer(&self) -> Result<&Token, Problem> {
        self.token.as_ref().ok_or_else(|| {
            Problem::unauthorized(
                "send Authorization: Bearer with a token; courant token create NAME --scope desk makes one",
            )
        })
    }

    /// The token, where it may write in the section.
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

    /// The token, where it may write to the article. A token that does not see it is not told that it is there.
    pub(super) fn writer_of(&self, known: &EditableArticle) -> Result<&Token, Problem> {
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

    /// The format of the reply's article: as the address says, else by the Accept header.
    pub(super) fn form(&self) -> Result<ItemFormat, Problem> {
        let choice = self.choice.as_ref().map_err(Problem::bad)?;
        match choice.format.as_deref() {
            None if accept::likes_ninjs(&self.headers) => Ok(ItemFormat::Ninjs),
            None | Some("json") => Ok(ItemFormat::Item),
            Some("ninjs") => Ok(ItemFormat::Ninjs),
            Some(found) => Err(Problem::bad(format!(
                "expected format to be json or ninjs; found {found}"
            ))),
        }
    }

    /// The article that was sent, in one of the forms.
    pub(super) fn article(&self) -> Result<SubmittedItem, Problem> {
        check_type(&self.headers, &[JSON, NINJS_TYPE])?;
        let object = self.parsed()?;
        if content_type(&self.headers).as_deref() != Some(NINJS_TYPE) {
            return Ok(SubmittedItem::Item(object));
        }
        let choice = self.choice.as_ref().map_err(Problem::bad)?;
        Ok(SubmittedItem::Ninjs {
            object,
            section: choice.section.clone(),
        })
    }

    /// The object that was sent.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Problem> {
        check_type(&self.headers, &[JSON])?;
        self.parsed()
    }

    /// The patch that was sent (RFC 7396).
    pub(super) fn merge_patch(&self) -> Result<Map<String, Value>, Problem> {
        check_type(&self.headers, &[MERGE_PATCH])?;
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

    pub(super) fn required(&self) -> Result<crate::store::Expected, Problem> {
        conditions::required(&self.headers)
    }
}

/// Authenticates a request, and decides from its head which body may be read.
pub(super) async fn judge(
    site: &Arc<Site>,
    parts: &http::request::Parts,
) -> Result<(Option<Token>, AcceptedBody), Problem> {
    let token = token(site, parts).await;
    let token = token.map_err(|failure| site.problem_of(parts.uri.path(), failure))?;
    let head = (&parts.method, parts.uri.path(), &parts.headers);
    let admitted = admit(head, token.as_ref())?;
    Ok((token, admitted))
}

/// The token that a request names. A wrong one is not the same as none: its sender takes itself for somebody.
async fn token(
    site: &Arc<Site>,
    parts: &http::request::Parts,
) -> Result<Option<Token>, HandlerError> {
    let Some(authorization) = parts.headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let secret = authorization.to_str().ok().and_then(|authorization| {
        let (scheme, secret) = authorization.split_once(' ').unwrap_or((authorization, ""));
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
    let home = parts.extensions.get::<Peer>();
    let home = home.map(|peer| site.home(*peer, &parts.headers));
    if let Some(seconds) = home.and_then(|home| site.guard.failed(home, now)) {
        let detail = "too many requests with a token that is not one; send a good one, and there is no limit";
        return Err(Problem::later(StatusCode::TOO_MANY_REQUESTS, detail, seconds).into());
    }
    Err(Problem::bad_token("this token is not one, or it has ended").into())
}

/// Reads what is sent, as long as it comes, not too slowly, and is no more than allowed; what is not sent takes no room.
async fn read(
    mut body: axum::body::Body,
    admitted: AcceptedBody,
    pause: Duration,
    mut room: Option<&mut BodyShare>,
) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    if let (Length::Said(length), Some(room)) = (admitted.length, &mut room) {
        // The first bytes may come once there is room for some.
        room.grow_to(length.min(1 + SMALL_BODY_BYTES)).await?;
    }
    let mut pace = Pace::begin(pause);
    loop {
        let until = pace.until(bytes.len() as u64);
        let Some(frame) = frame(&mut body, until, room.as_deref()).await? else {
            break;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let wanted = (bytes.len() + data.len()) as u64;
        let Some(room) = room.as_mut().filter(|_| wanted <= admitted.maximum) else {
            return Err(match room {
                Some(_) => too_large(admitted.maximum),
                None => no_token(),
            });
        };
        let waits = Instant::now();
        room.grow_to(wanted).await?;
        pace.waited += waits.elapsed();
        if bytes.capacity() - bytes.len() < data.len() {
            // Not twice as much, as it would grow by itself; what is not written yet takes no memory.
            let more = match admitted.length {
                Length::Said(length) => {
                    let length = usize::try_from(length).unwrap_or(0);
                    length.saturating_sub(bytes.len())
                }
                Length::Unsaid => STEP_BYTES,
            };
            bytes.reserve_exact(data.len().max(more));
        }
        bytes.extend_from_slice(&data);
        room.came(wanted);
    }
    if let Some(room) = room {
        room.is_whole();
    }
    Ok(Bytes::from(bytes))
}

/// Passes on what is sent as it comes, and none behind it, as long as it comes, not too slowly, and is no more than allowed.
/// It ends early where the receiver of the channel is closed.
pub(super) async fn pass_on(
    mut body: axum::body::Body,
    admitted: AcceptedBody,
    pause: Duration,
    to: &Sender<Option<Bytes>>,
) -> Result<(), Problem> {
    let (mut pace, mut came) = (Pace::begin(pause), 0);
    while let Some(frame) = frame(&mut body, pace.until(came), None).await? {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        came += data.len() as u64;
        if came > admitted.maximum {
            return Err(too_large(admitted.maximum));
        }
        let waits = Instant::now();
        if to.send(Some(data)).await.is_err() {
            return Ok(());
        }
        pace.waited += waits.elapsed();
    }
    // The receiver reports itself why it takes no more.
    let _ = to.send(None).await;
    Ok(())
}

/// The timeouts of a body while it is received.
struct Pace {
    began: Instant,
    /// The time that it waited for the server, which does not count.
    waited: Duration,
    pause: Duration,
}

impl Pace {
    fn begin(pause: Duration) -> Self {
        Self {
            began: Instant::now(),
            waited: Duration::ZERO,
            pause,
        }
    }

    /// The deadline for the next bytes of a body of which `came` bytes have arrived.
    fn until(&self, came: u64) -> Instant {
        let by_rate = Duration::from_secs(came / MIN_BYTES_A_SECOND);
        let until = self.began + self.waited + self.pause * WHOLE_PAUSES + by_rate;
        until.min(Instant::now() + self.pause)
    }
}

/// The next piece of a body; a problem if it takes too long or has to give way.
async fn frame(
    body: &mut axum::body::Body,
    until: Instant,
    room: Option<&BodyShare>,
) -> Result<Option<Frame<Bytes>>, Problem> {
    let gives_way = async {
        match room {
            Some(room) => room.gives_way().await,
            None => std::future::pending().await,
        }
    };
    let frame = tokio::select! {
        // A piece that was received counts, even where the body has to give way by now.
        biased;
        frame = tokio::time::timeout_at(until, body.frame()) => frame.map_err(|_| slow())?,
        problem = gives_way => return Err(problem),
    };
    let broken = |error| Problem::bad(format!("the body broke off: {error}"));
    frame.transpose().map_err(broken)
}

fn slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "the body did not come in time; send it again",
    )
}

/// The Slug header, decoded (RFC 5023 §9.7.1).
pub(super) fn slug_hint(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("slug")?.as_bytes();
    let decoded = percent_encoding::percent_decode(value).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
