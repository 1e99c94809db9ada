//! Requests that may come twice and are done once, with the same answer each time
//! (draft-ietf-httpapi-idempotency-key-header). What was refused was not done, and may be asked again under its key.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::responses::ItemFormat;
use crate::item::Id;
use crate::store::{CompletedRequest, IdempotencyKey, StoreError};

use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::request::{ApiRequest, IDEMPOTENCY_KEY};

/// Maximum length of an idempotency key in bytes.
const MAX_KEY_BYTES: usize = 255;

/// The requests with an idempotency key that are being executed, by token and key.
#[derive(Default)]
pub(in crate::http) struct RunningRequests(Mutex<HashSet<(String, String)>>);

/// The mark that a request is being executed; it is removed when this is dropped.
struct RunningRequest<'r> {
    running: &'r RunningRequests,
    key: (String, String),
}

impl RunningRequests {
    fn begin(&self, key: (String, String)) -> Result<RunningRequest<'_>, Problem> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.insert(key.clone()) {
            return Ok(RunningRequest { running: self, key });
        }
        let detail =
            "the same request is being done at this moment; ask again for what comes of it";
        Err(Problem::later(StatusCode::CONFLICT, detail, 1))
    }
}

impl Drop for RunningRequest<'_> {
    fn drop(&mut self) {
        let all = self.running.0.lock();
        all.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

/// A response as the store keeps it for repeated requests.
#[derive(Serialize, Deserialize)]
struct StoredResponse {
    status: u16,
    is_ninjs: bool,
    etag: Option<String>,
    location: Option<String>,
    body: Value,
}

impl ApiRequest {
    /// The idempotency key of the request with the hash of its content; `None` where it has no Idempotency-Key.
    pub(super) fn idempotency_key(
        &self,
        status: StatusCode,
        item: Id,
    ) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(value) = self.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(None);
        };
        let key = value.to_str().unwrap_or_default().trim();
        let key = key
            .strip_prefix('"')
            .and_then(|key| key.strip_suffix('"'))
            .unwrap_or(key);
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(Problem::bad(
                "expected an Idempotency-Key of 1 to 255 characters in double quotes; found another",
            ));
        }
        Ok(Some(IdempotencyKey {
            token: self.writer()?.id.clone(),
            key: format!("{} {key}", self.route),
            fingerprint: self.fingerprint.clone(),
            status: status.as_u16(),
            item,
        }))
    }

    /// Does `work` once for each idempotency key. A repeated request gets the stored response, or that of `again` where the
    /// response is not stored any more.
    pub(super) async fn answer(
        &self,
        work: impl Future<Output = Result<Reply, HandlerError>>,
        again: impl AsyncFnOnce(CompletedRequest) -> Result<Reply, HandlerError>,
    ) -> Result<Reply, HandlerError> {
        let Some(key) = self.idempotency_key(StatusCode::OK, Id::default())? else {
            return work.await;
        };
        let of = (key.token.clone(), key.key.clone());
        let _run = self.site.running.begin(of)?;
        match self.done_before(key.clone()).await? {
            None => {
                let reply = work.await?;
                self.keep_reply(key, &reply).await?;
                Ok(reply)
            }
            Some(CompletedRequest {
                answer: Some(answer),
                ..
            }) => {
                let answer: StoredResponse =
                    serde_json::from_str(&answer).map_err(StoreError::from)?;
                Ok(answer.reply())
            }
            Some(done) => again(done).await,
        }
    }

    async fn done_before(
        &self,
        key: IdempotencyKey,
    ) -> Result<Option<CompletedRequest>, HandlerError> {
        self.site
            .ask(move |site| Ok(site.store.completed_request(&*site.clock, &key)?))
            .await
    }

    async fn keep_reply(&self, key: IdempotencyKey, reply: &Reply) -> Result<(), HandlerError> {
        let answer = serde_json::to_string(&StoredResponse::of(reply)).map_err(StoreError::from)?;
        self.site
            .ask(move |site| Ok(site.store.keep_answer(&key, &answer)?))
            .await
    }
}

impl StoredResponse {
    fn of(reply: &Reply) -> Self {
        Self {
            status: reply.status.as_u16(),
            is_ninjs: matches!(reply.form, ItemFormat::Ninjs),
            etag: reply.etag.clone(),
            location: reply.location.clone(),
            body: reply.body.clone(),
        }
    }

    fn reply(self) -> Reply {
        let form = match self.is_ninjs {
            true => ItemFormat::Ninjs,
            false => ItemFormat::Item,
        };
        Reply {
            etag: self.etag,
            location: self.location,
            ..Reply::of(status(self.status), self.body).written_as(form)
        }
    }
}

/// The status with this stored code.
pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::OK)
}
