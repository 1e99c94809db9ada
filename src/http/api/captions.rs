//! `/captions`: fetched, patched, decided about. A caption belongs to an article, and is written with it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::Site;
use crate::item::{Id, PublicNote, json as item_json};
use crate::store::{EditableArticle, Expected, Removal, StoreError, Version};

use super::actions::{corrects, read_decision, with_kind};
use super::articles::{gone, public};
use super::describe::{
    CaptionOut, CaptionPatch, Decision, DecisionName, ReadProblems, WriteProblems,
};
use super::problem::{HandlerError, Problem};
use super::reply::{Reply, conditional};
use super::reply_key::ReplyKey;
use super::request::ApiRequest;
use super::shape;
use super::submitted_item::About;
use super::writing::{decide, fill_caption, parse_id, store, with_caption};

/// A caption with its article.
struct CaptionInArticle {
    id: Id,
    article: EditableArticle,
    version: Version,
}

impl CaptionInArticle {
    /// The public note of its last correction, if there is one.
    fn last_note(&self) -> Option<PublicNote<'_>> {
        let mut captions = self.article.article.captions.iter();
        let caption = captions.find(|caption| caption.id == Some(self.id))?;
        caption.told()
    }

    fn removal(&self) -> Option<Removal> {
        self.article.stored_caption(self.id)?.state.status.removal()
    }
}

async fn find(site: &Arc<Site>, id: &str) -> Result<CaptionInArticle, HandlerError> {
    let id = parse_id(id)?;
    site.ask(move |site| find_caption(site, id)).await
}

fn find_caption(site: &Site, id: Id) -> Result<CaptionInArticle, HandlerError> {
    let found = site.store.editable_caption(id)?;
    let (article, version) = found.ok_or_else(Problem::nowhere)?;
    Ok(CaptionInArticle {
        id,
        article,
        version,
    })
}

fn caption_json(site: &Site, known: &CaptionInArticle) -> Result<Value, Problem> {
    let found = shape::caption(&known.article, known.id, known.version, &site.base);
    found.ok_or_else(|| Problem::new(StatusCode::GONE, "this caption was withdrawn"))
}

/// Fetch a caption
#[utoipa::path(get, path = "/api/v1/captions/{id}", operation_id = "fetchCaption", tag = "captions",
    params(("id" = String, Path, description = "urn:uuid:… or the UUID alone")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The caption", body = CaptionOut, headers(("ETag" = String))),
        (status = 304, description = "It is as the request knows it"),
        ReadProblems,
    ))]
pub(super) async fn fetch(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Response {
    if request.token.is_none() {
        return fetch_for_all(&site, &id, &request)
            .await
            .unwrap_or_else(IntoResponse::into_response);
    }
    let done = async {
        let known = find(&site, &id).await?;
        let sees = request.sees(&known.article.section);
        let body = match sees {
            true => caption_json(&site, &known)?,
            false => shown_to_all(&site, &known)?,
        };
        let reply = Reply::of(StatusCode::OK, body).at(known.version);
        Ok(match sees {
            true => reply,
            false => reply.seen_by_all(),
        })
    };
    let found = done
        .await
        .map_err(|failure: HandlerError| request.problem_of(failure));
    conditional(&site, &request.headers, found)
}

async fn fetch_for_all(
    site: &Arc<Site>,
    id: &str,
    request: &ApiRequest,
) -> Result<Response, Problem> {
    let id = parse_id(id)?;
    let key = ReplyKey::Caption(id);
    site.from_public_cache(request, key, move |site| {
        // Checked first: the time of the answer must not reveal how many captions wait.
        site.store
            .owner_of_caption(id)?
            .ok_or_else(Problem::nowhere)?;
        let known = find_caption(site, id)?;
        let reply = Reply::of(StatusCode::OK, shown_to_all(site, &known)?);
        Ok(reply.at(known.version).seen_by_all())
    })
    .await
}

/// The JSON of a caption as its article shows it to the public.
fn shown_to_all(site: &Site, known: &CaptionInArticle) -> Result<Value, Problem> {
    let stored = known.article.stored_caption(known.id);
    let stored = stored.ok_or_else(Problem::nowhere)?;
    if let Some(how) = stored.state.status.removal() {
        return Err(gone(how, stored.state.notice.as_deref()));
    }
    let article = shape::public(public(&known.article)?, known.article.version, &site.base);
    let mut captions = article["captions"].as_array().into_iter().flatten();
    let caption_id = json!(known.id);
    let found = captions.find(|caption| caption["id"] == caption_id);
    let mut caption = found.cloned().ok_or_else(Problem::nowhere)?;
    if let Value::Object(object) = &mut caption {
        object.insert("article".to_owned(), json!(known.article.id));
    }
    Ok(caption)
}

/// Change some keys of a caption (RFC 7396)
///
/// Exactly the feeds that carry the caption change with it.
#[utoipa::path(patch, path = "/api/v1/captions/{id}", operation_id = "patchCaption", tag = "captions",
    request_body(content = CaptionPatch, content_type = "application/merge-patch+json"),
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the caption is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The caption as it now stands", body = CaptionOut, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn patch(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    write(&site, &id, &request, |_| request.merge_patch()).await
}

/// Correct a caption or its photograph: an error is mended, and the public is told
///
/// Takes the changed keys beside `public_note`, as a merge patch does. Without `public_note_kind` the note is a correction. The article keeps its date. Of a caption that is
/// withheld readers are told when it is released.
#[utoipa::path(post, path = "/api/v1/captions/{id}/correct", operation_id = "correctCaption", tag = "decisions", request_body = CaptionPatch,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the caption is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The caption as it now stands", body = CaptionOut, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn correct_caption(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let patch = |known: &CaptionInArticle| {
        let patch = request.object()?;
        corrects(&patch, known.last_note())?;
        Ok(with_kind(patch))
    };
    write(&site, &id, &request, patch).await
}

async fn write(
    site: &Arc<Site>,
    id: &str,
    request: &ApiRequest,
    patch: impl FnOnce(&CaptionInArticle) -> Result<Map<String, Value>, Problem>,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let known = find(site, id).await?;
        request.writer_of(&known.article)?;
        expect(request.required()?, known.version)?;
        let patch = patch(&known)?;
        change(request, known, patch).await?;
        again(site, id).await
    };
    let done = request.answer(work, async |_| again(site, id).await);
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// Merges a patch into a caption.
async fn change(
    request: &ApiRequest,
    known: CaptionInArticle,
    mut patch: Map<String, Value>,
) -> Result<(), HandlerError> {
    if known.removal().is_some_and(Removal::is_final) {
        return Err(StoreError::Killed { id: known.id }.into());
    }
    for key in [shape::STATE, "article"] {
        patch.remove(key);
    }
    // The id may have any spelling, as in the address; null leaves the id of the address.
    let named = patch.remove("id").filter(|named| !named.is_null());
    if named.is_some_and(|named| named.as_str().and_then(Id::parse) != Some(known.id)) {
        let advice = "leave it out";
        return Err(Problem::of_field("/id", "the id of the address", "another", advice).into());
    }
    let mut captions = known.article.article.captions.iter();
    let stored = captions.find(|caption| caption.id == Some(known.id));
    let stored = stored.ok_or_else(Problem::nowhere)?;
    let mut merged = item_json::print_caption(stored);
    item_json::merge_item(&mut merged, patch);
    let picture = stored.picture_name().map(str::to_owned);
    // The article's version prevents overwriting a concurrent change of another of its captions.
    let expected = Expected::Version(known.article.version);
    let (id, scope) = (known.id, request.writer()?.scope.clone());
    let wanted = request.site.ask(move |site| {
        let Value::Object(mut merged) = merged else {
            return Err(Problem::bad("expected an object").into());
        };
        if merged.get("image").and_then(Value::as_str) != picture.as_deref() {
            fill_caption(site, &mut merged)?;
        }
        let about = About {
            id: known.article.id,
            stored: Some(&known.article),
            hint: None,
            scope: &scope,
        };
        with_caption(site, &merged, &about)
    });
    match store(request, wanted.await?, expected, StatusCode::OK).await {
        Ok(_) => Ok(()),
        Err(HandlerError::Told(problem)) if problem.status() == StatusCode::PRECONDITION_FAILED => {
            // The caption's own version is what a writer of captions knows.
            let now = find(&request.site, &id.to_string()).await?;
            Err(Problem::changed(Some(now.version)).into())
        }
        Err(failure) => Err(failure),
    }
}

fn expect(expected: Expected, version: Version) -> Result<(), Problem> {
    match expected {
        Expected::Version(known) if known != version => Err(Problem::changed(Some(version))),
        Expected::Absent => Err(Problem::changed(Some(version))),
        _ => Ok(()),
    }
}

/// The caption as it stands after a write; one that was never public may be gone.
async fn again(site: &Arc<Site>, id: &str) -> Result<Reply, HandlerError> {
    match find(site, id).await {
        Ok(known) => Ok(Reply::of(StatusCode::OK, caption_json(site, &known)?).at(known.version)),
        Err(HandlerError::Told(problem)) if problem.status() == StatusCode::NOT_FOUND => {
            Ok(Reply::of(StatusCode::NO_CONTENT, Value::Null))
        }
        Err(failure) => Err(failure),
    }
}

/// Decide about a caption and its photograph
///
/// As about an article; the article stays, without it.
#[utoipa::path(post, path = "/api/v1/captions/{id}/{decision}", operation_id = "decideCaption", tag = "decisions",
    request_body = Option<Decision>,
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("decision" = inline(DecisionName), Path, description = "What is decided"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the caption is known by"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The caption as it now stands", body = CaptionOut, headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        WriteProblems,
    ))]
pub(super) async fn decide_caption(
    State(site): State<Arc<Site>>,
    Path((id, decision)): Path<(String, String)>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let decision = DecisionName::parse(&decision)?;
        let known = find(&site, &id).await?;
        request.writer_of(&known.article)?;
        let references = decide(
            &request,
            (&known.article, known.id),
            read_decision(&request, decision)?,
        )
        .await?;
        Ok(again(&site, &id).await?.keeping(references))
    };
    let done = request.answer(work, async |_| again(&site, &id).await);
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}
