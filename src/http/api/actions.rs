//! `/articles/{id}/…`: what a desk decides about an article.

use std::sync::Arc;

use axum::extract::{Path, State};

use crate::http::Site;
use crate::item::{Line, json as item_json};
use crate::store::{Action, Removal};

use super::articles::{optional, write_merged};
use super::asked::Asked;
use super::describe::{ArticleOut, ArticlePatch, Decision, Ninjs};
use super::problem::{Failure, Problem};
use super::writing::{Reply, decide};

/// What a decision says.
pub(super) struct Said {
    pub(super) public_note: Option<Line>,
    pub(super) is_legal: bool,
}

/// Reads a decision; `legal` is a key of kills alone.
pub(super) fn said(asked: &Asked, has_legal: bool) -> Result<Said, Problem> {
    let object = asked.optional_object()?;
    let (said, complaints) = item_json::read(&object, |reader| Said {
        public_note: reader.text("public_note"),
        is_legal: has_legal && reader.flag("legal").unwrap_or(false),
    });
    match complaints.is_empty() {
        true => Ok(said),
        false => Err(Problem::unprocessable(complaints)),
    }
}

/// Correct an article: an error is mended, and the public is told
///
/// Takes the changed keys beside `public_note`, as a merge patch does.
#[utoipa::path(post, path = "/api/v1/articles/{id}/correct", tag = "decisions", request_body = ArticlePatch,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 400, response = super::describe::ProblemResponse),
        (status = 401, response = super::describe::ProblemResponse),
        (status = 403, response = super::describe::ProblemResponse),
        (status = 404, response = super::describe::ProblemResponse),
        (status = 408, response = super::describe::ProblemResponse),
        (status = 409, response = super::describe::ProblemResponse),
        (status = 412, response = super::describe::ProblemResponse),
        (status = 413, response = super::describe::ProblemResponse),
        (status = 415, response = super::describe::ProblemResponse),
        (status = 422, response = super::describe::ProblemResponse),
        (status = 428, response = super::describe::ProblemResponse),
        (status = 429, response = super::describe::ProblemResponse),
    ))]
pub(super) async fn correct(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        asked.writer()?;
        let known = site.find(&id).await?;
        asked.writer_in(&known.section)?;
        let expected = asked.required()?;
        let patch = asked.object()?;
        let note = patch.get("public_note").and_then(|note| note.as_str());
        let is_new = note != known.article.public_note.as_deref();
        if note.is_none_or(|note| note.trim().is_empty()) || !is_new {
            return Err(Failure::from(Problem::of_field(
                "/public_note",
                "public_note to say what was wrong",
                if is_new {
                    "none"
                } else {
                    "the note of the last correction"
                },
                "tell readers what the error was",
            )));
        }
        write_merged(&asked, known, patch, expected).await
    };
    done.await
        .map_err(|failure| site.told("/api/v1/articles", failure))
}

/// Withdraw an article with a notice in its place
#[utoipa::path(post, path = "/api/v1/articles/{id}/retract", tag = "decisions", request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        (status = 400, response = super::describe::ProblemResponse),
        (status = 401, response = super::describe::ProblemResponse),
        (status = 403, response = super::describe::ProblemResponse),
        (status = 404, response = super::describe::ProblemResponse),
        (status = 408, response = super::describe::ProblemResponse),
        (status = 409, response = super::describe::ProblemResponse),
        (status = 412, response = super::describe::ProblemResponse),
        (status = 413, response = super::describe::ProblemResponse),
        (status = 415, response = super::describe::ProblemResponse),
        (status = 422, response = super::describe::ProblemResponse),
        (status = 428, response = super::describe::ProblemResponse),
        (status = 429, response = super::describe::ProblemResponse),
    ))]
pub(super) async fn retract(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        asked.writer()?;
        let known = site.find(&id).await?;
        let token = asked.writer_in(&known.section)?;
        let expected = asked.required()?;
        let said = said(&asked, false)?;
        let action = Action::Remove(Removal::Retracted);
        let of = (known.id, known.id);
        decide(&asked, token, of, action, said.public_note, expected).await
    };
    done.await
        .map_err(|failure| site.told("/api/v1/articles", failure))
}

/// Take an article away for good, its text and photographs too
#[utoipa::path(post, path = "/api/v1/articles/{id}/kill", tag = "decisions", request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        (status = 400, response = super::describe::ProblemResponse),
        (status = 401, response = super::describe::ProblemResponse),
        (status = 403, response = super::describe::ProblemResponse),
        (status = 404, response = super::describe::ProblemResponse),
        (status = 408, response = super::describe::ProblemResponse),
        (status = 409, response = super::describe::ProblemResponse),
        (status = 412, response = super::describe::ProblemResponse),
        (status = 413, response = super::describe::ProblemResponse),
        (status = 415, response = super::describe::ProblemResponse),
        (status = 422, response = super::describe::ProblemResponse),
        (status = 428, response = super::describe::ProblemResponse),
        (status = 429, response = super::describe::ProblemResponse),
    ))]
pub(super) async fn kill(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        asked.writer()?;
        let known = site.find(&id).await?;
        let token = asked.writer_in(&known.section)?;
        let expected = optional(&asked)?;
        let said = said(&asked, true)?;
        let action = match said.is_legal {
            true => Action::Remove(Removal::Forbidden),
            false => Action::Remove(Removal::Killed),
        };
        let of = (known.id, known.id);
        decide(&asked, token, of, action, said.public_note, expected).await
    };
    done.await
        .map_err(|failure| site.told("/api/v1/articles", failure))
}

/// Take an article away until it is released
#[utoipa::path(post, path = "/api/v1/articles/{id}/withhold", tag = "decisions", request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        (status = 400, response = super::describe::ProblemResponse),
        (status = 401, response = super::describe::ProblemResponse),
        (status = 403, response = super::describe::ProblemResponse),
        (status = 404, response = super::describe::ProblemResponse),
        (status = 408, response = super::describe::ProblemResponse),
        (status = 409, response = super::describe::ProblemResponse),
        (status = 412, response = super::describe::ProblemResponse),
        (status = 413, response = super::describe::ProblemResponse),
        (status = 415, response = super::describe::ProblemResponse),
        (status = 422, response = super::describe::ProblemResponse),
        (status = 428, response = super::describe::ProblemResponse),
        (status = 429, response = super::describe::ProblemResponse),
    ))]
pub(super) async fn withhold(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        asked.writer()?;
        let known = site.find(&id).await?;
        let token = asked.writer_in(&known.section)?;
        let expected = optional(&asked)?;
        let said = said(&asked, false)?;
        let action = Action::Remove(Removal::Withheld);
        let of = (known.id, known.id);
        decide(&asked, token, of, action, said.public_note, expected).await
    };
    done.await
        .map_err(|failure| site.told("/api/v1/articles", failure))
}

/// Make usable again an article that was withheld or retracted
#[utoipa::path(post, path = "/api/v1/articles/{id}/release", tag = "decisions", request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        (status = 400, response = super::describe::ProblemResponse),
        (status = 401, response = super::describe::ProblemResponse),
        (status = 403, response = super::describe::ProblemResponse),
        (status = 404, response = super::describe::ProblemResponse),
        (status = 408, response = super::describe::ProblemResponse),
        (status = 409, response = super::describe::ProblemResponse),
        (status = 412, response = super::describe::ProblemResponse),
        (status = 413, response = super::describe::ProblemResponse),
        (status = 415, response = super::describe::ProblemResponse),
        (status = 422, response = super::describe::ProblemResponse),
        (status = 428, response = super::describe::ProblemResponse),
        (status = 429, response = super::describe::ProblemResponse),
    ))]
pub(super) async fn release(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        asked.writer()?;
        let known = site.find(&id).await?;
        let token = asked.writer_in(&known.section)?;
        let expected = asked.required()?;
        let said = said(&asked, false)?;
        let action = Action::Release;
        let of = (known.id, known.id);
        decide(&asked, token, of, action, said.public_note, expected).await
    };
    done.await
        .map_err(|failure| site.told("/api/v1/articles", failure))
}
