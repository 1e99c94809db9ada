//! `/articles/{id}/…`: what a desk decides about an article.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::http::Site;
use crate::item::{Line, NoteKind, PublicNote, json as item_json};
use crate::store::{Action, Expected, Removal};

use super::articles::{optional, repeated_reply, write_merged};
use super::describe::{ArticleOut, ArticlePatch, Decision, DecisionName, Ninjs, WriteProblems};
use super::problem::Problem;
use super::reply::Reply;
use super::request::ApiRequest;
use super::writing::{decide, standing};

impl DecisionName {
    pub(super) fn parse(name: &str) -> Result<Self, Problem> {
        match name {
            "withhold" => Ok(Self::Withhold),
            "release" => Ok(Self::Release),
            "retract" => Ok(Self::Retract),
            "kill" => Ok(Self::Kill),
            _ => Err(Problem::nowhere()),
        }
    }
}

/// Reads a decision: what is done, what the public is told, and what is taken for granted. `legal` is a key of kills alone.
pub(super) fn read_decision(
    request: &ApiRequest,
    decision: DecisionName,
) -> Result<(Action, Option<Line>, Expected), Problem> {
    let expected = match decision {
        // In a hurry nobody has to know what it was.
        DecisionName::Kill | DecisionName::Withhold => optional(request)?,
        DecisionName::Retract | DecisionName::Release => request.required()?,
    };
    let object = request.optional_object()?;
    let kills = decision == DecisionName::Kill;
    let ((note, is_legal), complaints) = item_json::read(&object, |reader| {
        let note = reader.text("public_note");
        (note, kills && reader.flag("legal").unwrap_or(false))
    });
    if !complaints.is_empty() {
        return Err(Problem::unprocessable(complaints));
    }
    let action = match decision {
        DecisionName::Withhold => Action::Remove(Removal::Withheld),
        DecisionName::Release => Action::Release,
        DecisionName::Retract => Action::Remove(Removal::Retracted),
        DecisionName::Kill if is_legal => Action::Remove(Removal::Forbidden),
        DecisionName::Kill => Action::Remove(Removal::Killed),
    };
    Ok((action, note, expected))
}

/// Whether a patch has another public note than the last one.
pub(super) fn corrects(
    patch: &Map<String, Value>,
    last: Option<PublicNote<'_>>,
) -> Result<(), Problem> {
    let text = |key: &str| patch.get(key).and_then(Value::as_str);
    let kind = text("public_note_kind").and_then(NoteKind::parse);
    let kind = kind.unwrap_or_default();
    // As it will stand.
    let found = match text("public_note").and_then(Line::parse) {
        None => "none",
        Some(text) if PublicNote { kind, text: &text }.is_new(last) => return Ok(()),
        Some(_) => "the note that stands there",
    };
    Err(Problem::of_field(
        "/public_note",
        "public_note to say what was wrong",
        found,
        "tell readers what the error was",
    ))
}

/// The patch with the kind of its note, which is a correction where it names none, whatever the last note was.
pub(super) fn with_kind(mut patch: Map<String, Value>) -> Map<String, Value> {
    patch.entry("public_note_kind").or_insert(Value::Null);
    patch
}

/// Correct an article: an error is mended, and the public is told
///
/// Takes the changed keys beside `public_note`, as a merge patch does. Without `public_note_kind` the note is a correction.
#[utoipa::path(post, path = "/api/v1/articles/{id}/correct", operation_id = "correctArticle", tag = "decisions", request_body = ArticlePatch,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn correct(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let known = site.find(&id).await?;
        request.writer_of(&known)?;
        let expected = request.required()?;
        let patch = request.object()?;
        corrects(&patch, known.article.told())?;
        write_merged(&request, known, with_kind(patch), expected).await
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Decide about an article with its captions
///
/// Withhold takes it away until it is released, retract leaves a notice in its place, kill takes it away for good with its text
/// and photographs. Kill and withhold need no `If-Match`.
#[utoipa::path(post, path = "/api/v1/articles/{id}/{decision}", operation_id = "decideArticle", tag = "decisions",
    request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("decision" = inline(DecisionName), Path, description = "What is decided"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        WriteProblems,
    ))]
pub(super) async fn decide_article(
    State(site): State<Arc<Site>>,
    Path((id, decision)): Path<(String, String)>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let decision = DecisionName::parse(&decision)?;
        let known = site.find(&id).await?;
        request.writer_of(&known)?;
        let references = decide(
            &request,
            (&known, known.id),
            read_decision(&request, decision)?,
        )
        .await?;
        let reply = standing(&request, known.id, StatusCode::OK).await?;
        Ok(reply.keeping(references))
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}
