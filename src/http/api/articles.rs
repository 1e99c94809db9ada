//! `/articles`: made, listed, fetched, replaced, patched, withdrawn.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::responses::ItemFormat;
use crate::http::Site;
use crate::item::{Id, json as item_json};
use crate::store::{
    Action, After, CompletedRequest, EditableArticle, Entry, Expected, Removal, Scope,
    StoredArticle, own_slug,
};

use super::agency_item::{self, Arrival, Sender, arrive, stands};
use super::describe::{
    ArticleIn, ArticleList, ArticleOut, ArticlePatch, Ninjs, PhotographOut, PictureAwaited,
    ReadProblems, RevisionList, WriteProblems,
};
use super::problem::{HandlerError, Problem};
use super::reply::{Reply, conditional};
use super::reply_key::ReplyKey;
use super::request::{ApiRequest, slug_hint};
use super::submitted_item::{About, ItemKeys, SubmittedItem};
use super::writing::{decide, parse_id, standing, wanted, write};
use super::{conditions, form, idempotency, pictures, public_cache, shape};

/// Maximum number of slugs that are tried, where others take them at the same moment.
const MAX_TRIES: usize = 8;

/// Number of articles that a list gives where no other number is asked for.
const PAGE: usize = 20;
const MAX_IN_PAGE: usize = 100;

/// Maximum number of articles that are read at once: a page may be full of bytes before it has its number.
const READ_AT_ONCE: usize = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ArticlesQuery {
    /// Only this section's, by its slug
    section: Option<String>,
    /// The cursor of the page: the value of `next` on the page before it
    cursor: Option<String>,
    /// The maximum number of articles; a page has fewer where they are long
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `pending`: what is not public yet, for a token that may see it
    status: Option<String>,
    /// `json` or `ninjs`, where the address has to say it instead of Accept
    #[allow(dead_code)]
    format: Option<String>,
}

/// List articles by their dates of publication, the newest first
#[utoipa::path(get, path = "/api/v1/articles", operation_id = "listArticles", tag = "articles", params(ArticlesQuery), security((), ("token" = [])),
    responses(
        (status = 200, description = "A page of articles that are public", content((ArticleList = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json"))),
        ReadProblems,
    ))]
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    wish: Result<Query<ArticlesQuery>, axum::extract::rejection::QueryRejection>,
    request: ApiRequest,
) -> Result<Response, Problem> {
    let wish = match wish {
        Ok(Query(wish)) => wish,
        Err(error) => return Err(Problem::bad(error.body_text())),
    };
    let form = request.form()?;
    let limit = match wish.limit.unwrap_or(PAGE) {
        limit @ 1..=MAX_IN_PAGE => limit,
        found => {
            let text = format!("expected limit from 1 to {MAX_IN_PAGE}; found {found}");
            return Err(Problem::bad(text));
        }
    };
    let scope = match wish.status.as_deref() {
        None => None,
        Some("pending") => Some(request.writer()?.scope.clone()),
        Some(found) => {
            let text = format!("expected status to be pending, or none; found {found}");
            return Err(Problem::bad(text));
        }
    };
    let after = match wish.cursor.as_deref().map(cursor) {
        None => None,
        Some(Some(after)) => Some(after),
        Some(None) => {
            let text = "expected the cursor that the page before said; found another";
            return Err(Problem::bad(text));
        }
    };
    let Some(scope) = scope else {
        let key = ReplyKey::Articles {
            section: wish.section.clone(),
            after,
            limit,
            form,
        };
        return site
            .from_public_cache(&request, key, move |site| {
                page(site, wish.section.as_deref(), after, limit, form)
            })
            .await;
    };
    let done = site.ask(move |site| {
        let section = wish.section.as_deref();
        pending(site, &scope, section, (after, limit), form)
    });
    let found = done.await;
    let found = found.map_err(|failure| request.problem_of(failure));
    Ok(conditional(&site, &request.headers, found))
}

fn page(
    site: &Site,
    section: Option<&str>,
    after: Option<After>,
    limit: usize,
    form: ItemFormat,
) -> Result<Reply, HandlerError> {
    if let Some(slug) = section
        && site.store.publication()?.section(slug).is_none()
    {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is no such section").into());
    }
    let (mut items, mut last, mut room) = (Vec::new(), after, form::ListSpace::default());
    let mut has_more = true;
    'page: while has_more {
        let count = READ_AT_ONCE.min(limit + 1 - items.len());
        let found = site.store.newest_articles(section, last, count)?;
        has_more = found.len() == count;
        for (at, stored, version) in found {
            let item = form::for_all(site, &stored, version, form)?;
            if items.len() == limit || !room.takes(&item) {
                has_more = true;
                break 'page;
            }
            items.push(item);
            last = Some(at);
        }
    }
    let here = form::ListRange {
        section,
        cursor: after.map(cursor_of),
        limit,
        is_pending: false,
    };
    let next = last.filter(|_| has_more).map(cursor_of);
    Ok(form::list(site, form, &here, items, next))
}

fn cursor_of(after: After) -> String {
    format!("{}.{}", after.order, after.id.bare())
}

fn cursor(text: &str) -> Option<After> {
    let (order, id) = text.split_once('.')?;
    Some(After {
        order: order.parse().ok()?,
        id: Id::parse(id)?,
    })
}

fn pending(
    site: &Site,
    scope: &Scope,
    section: Option<&str>,
    (after, limit): (Option<After>, usize),
    form: ItemFormat,
) -> Result<Reply, HandlerError> {
    let sees = |filed: &str| scope.covers(filed) && section.is_none_or(|wanted| wanted == filed);
    let found = site.store.pending(&sees, after, limit + 1)?;
    let (mut items, mut last, mut room) = (Vec::new(), None, form::ListSpace::default());
    for (at, editable) in &found {
        let item = form::for_writers(site, editable, form)?;
        if items.len() == limit || !room.takes(&item) {
            break;
        }
        items.push(item);
        last = Some(*at);
    }
    let next = last.filter(|_| items.len() < found.len());
    let here = form::ListRange {
        section,
        cursor: after.map(cursor_of),
        limit,
        is_pending: true,
    };
    let reply = form::list(site, form, &here, items, next.map(cursor_of));
    let etag = public_cache::tag_of(reply.body.to_string().as_bytes());
    Ok(Reply {
        etag: Some(etag),
        ..reply
    })
}

/// Make an article
///
/// It is public at once, unless it is a draft or its `published` or `embargo_until` has not come. An item of ninjs that comes
/// again under its `uri` is an update where its version is newer; one of type picture describes an uploaded photograph.
#[utoipa::path(post, path = "/api/v1/articles", operation_id = "createArticle", tag = "articles",
    request_body(content((ArticleIn = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json"))),
    params(
        ("format" = Option<String>, Query, description = "`json` or `ninjs`, where the address has to say it instead of Accept"),
        ("section" = Option<String>, Query, description = "Where ninjs is filed that names no section of ours"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
        ("If-Match" = Option<String>, Header, description = "Of ninjs: the ETag of the article that it updates, where a desk has changed that since"),
        ("If-None-Match" = Option<String>, Header, description = "Of ninjs: * where it is to be new"),
        ("Slug" = Option<String>, Header, description = "What the article's address should be made of, percent-encoded (RFC 5023)"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "Of ninjs: the article that was updated, or was there in this version; the photograph that a picture is of",
            content((ArticleOut = "application/json"), (PhotographOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")),
            headers(("ETag" = String))),
        (status = 201, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")),
            headers(("Location" = String), ("ETag" = String))),
        (status = 202, description = "Of ninjs: a picture whose photograph has not been uploaded; what it says waits for it", body = PictureAwaited),
        WriteProblems,
    ))]
pub(super) async fn create(
    State(site): State<Arc<Site>>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let id = Id::mint((site.clock)());
        let mut tries = 0;
        loop {
            let sent = request.article()?;
            if let Some(picture) = sent.picture() {
                return pictures::receive(&request, picture).await;
            }
            let precondition = agency_item::expected_of(&request, &sent)?;
            let is_item = matches!(sent, SubmittedItem::Ninjs { .. });
            let arrived = site.ask(arriving(&request, sent, precondition, id)?).await;
            let (mut wanted, expected, status) =
                match arrived.map_err(unless(precondition.is_some()))? {
                    Arrival::Stands(id, version) => return stands(&request, id, &version).await,
                    Arrival::Write(wanted, expected, status) => (wanted, expected, status),
                };
            if tries + 1 == MAX_TRIES && wanted.is_slug_made {
                // Many write under one headline; the end of the id makes the slug unique.
                wanted.slug = own_slug(&wanted.slug, id);
            }
            let (slug, is_made) = (wanted.slug.clone(), wanted.is_slug_made);
            let written = write(&request, *wanted, expected, status).await;
            tries += 1;
            let is_passed = |problem: &Problem| {
                // Another client was quicker with the same headline, and the slug was made; or with the same item.
                (is_made && problem.is_of_slug(&slug))
                    || (is_item && tries == 1 && problem.is_of_guid())
                    || (is_item && precondition.is_none() && problem.is_of_version())
            };
            match written {
                Err(HandlerError::Told(problem)) if tries < MAX_TRIES && is_passed(&problem) => {}
                written => return written.map_err(unless(precondition.is_some())),
            }
        }
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Finds out what is to be done with what was sent.
fn arriving(
    request: &ApiRequest,
    sent: SubmittedItem,
    precondition: Option<Expected>,
    id: Id,
) -> Result<impl FnOnce(&Site) -> Result<Arrival, HandlerError> + Send + 'static, Problem> {
    let hint = slug_hint(&request.headers);
    let scope = request.writer()?.scope.clone();
    Ok(move |site: &Site| {
        let sender = Sender {
            scope: &scope,
            expected: precondition,
            hint: hint.as_deref(),
            id,
        };
        arrive(site, sent, &sender)
    })
}

/// Makes a failed precondition a 409 where the client sent no condition; with one, it stays a 412.
fn unless(is_said: bool) -> impl Fn(HandlerError) -> HandlerError {
    move |failure| match is_said {
        true => failure,
        false => as_conflict(failure),
    }
}

/// The reply to a repeated request with an idempotency key whose first reply is not stored any more.
pub(super) async fn repeated_reply(
    request: &ApiRequest,
    done: CompletedRequest,
) -> Result<Reply, HandlerError> {
    standing(request, done.item, idempotency::status(done.status)).await
}

/// Makes a failed precondition (412) a conflict (409): the article exists already, and the client sent no condition.
fn as_conflict(failure: HandlerError) -> HandlerError {
    match failure {
        HandlerError::Told(problem) if problem.status() == StatusCode::PRECONDITION_FAILED => {
            Problem::conflict("there is an article of that id already; change it by PUT or PATCH")
                .into()
        }
        other => other,
    }
}

/// Fetch an article
#[utoipa::path(get, path = "/api/v1/articles/{id}", operation_id = "fetchArticle", tag = "articles",
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("format" = Option<String>, Query, description = "`json` or `ninjs`, where the address has to say it instead of Accept"),
    ),
    security((), ("token" = [])),
    responses(
        ReadProblems,
        (status = 200, description = "The article", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
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
        let form = request.form()?;
        let editable = site.find(&id).await?;
        let sees = request.sees(&editable.section);
        let done = site.ask(move |site| {
            let body = match sees {
                true => form::for_writers(site, &editable, form)?,
                false => form::for_all(site, public(&editable)?, editable.version, form)?,
            };
            let reply = Reply::of(StatusCode::OK, body);
            Ok(reply.written_as(form).at(editable.version))
        });
        let reply: Reply = done.await?;
        Ok(match sees {
            true => reply,
            false => reply.seen_by_all(),
        })
    };
    let found = done.await.map_err(|failure| request.problem_of(failure));
    conditional(&site, &request.headers, found)
}

async fn fetch_for_all(
    site: &Arc<Site>,
    id: &str,
    request: &ApiRequest,
) -> Result<Response, Problem> {
    let (form, id) = (request.form()?, parse_id(id)?);
    let key = ReplyKey::Article(id, form);
    site.from_public_cache(request, key, move |site| {
        let editable = site
            .store
            .editable_article(id)?
            .ok_or_else(Problem::nowhere)?;
        let body = form::for_all(site, public(&editable)?, editable.version, form)?;
        let reply = Reply::of(StatusCode::OK, body).written_as(form);
        Ok(reply.at(editable.version).seen_by_all())
    })
    .await
}

/// The public state of an article; a problem (404, 410 or 451) where it was never public or is gone.
pub(super) fn public(editable: &EditableArticle) -> Result<&StoredArticle, Problem> {
    let Some(stored) = &editable.stored else {
        return Err(Problem::nowhere());
    };
    match editable.removal() {
        None => Ok(stored),
        Some(how) => Err(gone(how, stored.state.notice.as_deref())),
    }
}

pub(super) fn gone(how: Removal, notice: Option<&str>) -> Problem {
    match how {
        Removal::Withheld => Problem::nowhere(),
        Removal::Withdrawn | Removal::Killed => {
            Problem::new(StatusCode::GONE, "this item was withdrawn")
        }
        Removal::Retracted => Problem::new(
            StatusCode::GONE,
            format!(
                "this item was retracted: {}",
                notice.unwrap_or("no reason is given")
            ),
        ),
        Removal::Forbidden => Problem::new(
            StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
            "this item is not available for legal reasons",
        ),
    }
}

/// Replace an article, or make one of that id
///
/// `If-Match` with the article's ETag replaces it, `If-None-Match: *` makes it.
#[utoipa::path(put, path = "/api/v1/articles/{id}", operation_id = "replaceArticle", tag = "articles",
    request_body(content((ArticleIn = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json"))),
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("format" = Option<String>, Query, description = "`json` or `ninjs`, where the address has to say it instead of Accept"),
        ("section" = Option<String>, Query, description = "Where ninjs is filed that names no section of ours"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
        ("If-None-Match" = Option<String>, Header, description = "*: only where there is none"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 201, description = "It was made", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String), ("Location" = String))),
        WriteProblems,
    ))]
pub(super) async fn replace(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let mut expected = request.required()?;
        let sent = request.article()?;
        let id = parse_id(&id)?;
        let known = site
            .ask(move |site| Ok(site.store.editable_article(id)?))
            .await?;
        if let Some(known) = &known {
            request.writer_of(known)?;
            if expected == Expected::Present {
                // The permission was checked for the section of this version.
                expected = Expected::Version(known.version);
            }
        }
        let status = match known {
            Some(_) => StatusCode::OK,
            None => StatusCode::CREATED,
        };
        let scope = request.writer()?.scope.clone();
        let wanted = site.ask(move |site| {
            let about = About {
                id,
                stored: known.as_ref(),
                hint: None,
                scope: &scope,
            };
            let mut taken = sent.take(site)?;
            if let Some(known) = &known {
                taken.keep_published(known, (site.clock)());
            }
            wanted(site, taken, &about)
        });
        write(&request, wanted.await?, expected, status).await
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Change some keys of an article (RFC 7396)
#[utoipa::path(patch, path = "/api/v1/articles/{id}", operation_id = "patchArticle", tag = "articles",
    request_body(content = ArticlePatch, content_type = "application/merge-patch+json"),
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn patch(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let expected = request.required()?;
        let patch = request.merge_patch()?;
        let known = site.find(&id).await?;
        request.writer_of(&known)?;
        write_merged(&request, known, patch, expected).await
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Merges `patch` into what a writer has of the article, and writes that.
pub(super) async fn write_merged(
    request: &ApiRequest,
    known: EditableArticle,
    mut patch: Map<String, Value>,
    expected: Expected,
) -> Result<Reply, HandlerError> {
    let expected = conditions::of_merge(expected, known.version);
    if expected != Expected::Version(known.version) {
        return Err(Problem::changed(Some(known.version)).into());
    }
    let mut object = Value::Object(shape::writable(&known));
    patch.remove(shape::STATE);
    item_json::merge_item(&mut object, patch);
    let Value::Object(object) = object else {
        return Err(Problem::bad("expected an object").into());
    };
    let scope = request.writer()?.scope.clone();
    let wanted = request.site.ask(move |site| {
        let about = About {
            id: known.id,
            stored: Some(&known),
            hint: None,
            scope: &scope,
        };
        wanted(site, ItemKeys::of(object), &about)
    });
    write(request, wanted.await?, expected, StatusCode::OK).await
}

/// Withdraw an article without a word
///
/// An article that is not public yet is deleted.
#[utoipa::path(delete, path = "/api/v1/articles/{id}", operation_id = "withdrawArticle", tag = "articles",
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the article is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The article as it now stands", content((ArticleOut = "application/json"), (Ninjs = "application/vnd.iptc.ninjs+json")), headers(("ETag" = String))),
        (status = 204, description = "It was not public, and is deleted"),
        WriteProblems,
    ))]
pub(super) async fn withdraw(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        request.writer()?;
        let known = site.find(&id).await?;
        request.writer_of(&known)?;
        let action = Action::Remove(Removal::Withdrawn);
        let decision = (action, None, request.required()?);
        decide(&request, (&known, known.id), decision).await?;
        standing(&request, known.id, StatusCode::OK).await
    };
    let done = request.answer(work, async |done| repeated_reply(&request, done).await);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// List the revisions of an article and its captions
///
/// With a token, each with its text; without one, the time and the public note of each change.
#[utoipa::path(get, path = "/api/v1/articles/{id}/revisions", operation_id = "listRevisions", tag = "articles",
    params(("id" = String, Path, description = "urn:uuid:… or the UUID alone")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The revisions, oldest first", body = RevisionList),
        ReadProblems,
    ))]
pub(super) async fn revisions(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Response, Problem> {
    let item = parse_id(&id)?;
    let known = match &request.token {
        None => None,
        Some(_) => {
            let known = site.find(&id).await;
            let known = known.map_err(|failure| request.problem_of(failure))?;
            Some(known).filter(|known| request.sees(&known.section))
        }
    };
    let Some(known) = known else {
        let key = ReplyKey::Revisions(item);
        return site
            .from_public_cache(&request, key, move |site| {
                let known = site
                    .store
                    .editable_article(item)?
                    .ok_or_else(Problem::nowhere)?;
                if !known.is_public() {
                    return Err(Problem::nowhere().into());
                }
                revisions_of(site, &known, false)
            })
            .await;
    };
    let found = site.ask(move |site| revisions_of(site, &known, true)).await;
    let found = found.map_err(|failure| request.problem_of(failure));
    Ok(conditional(&site, &request.headers, found))
}

/// The revisions of an article as a reply. With `sees`, it has the private log's entries, too, and for each change its actor
/// and the text of that revision.
fn revisions_of(site: &Site, known: &EditableArticle, sees: bool) -> Result<Reply, HandlerError> {
    let is_killed = known.removal().is_some_and(Removal::is_final);
    let is_withheld = |item| {
        let caption = known.stored_caption(item);
        caption.is_some_and(|caption| caption.state.status.removal() == Some(Removal::Withheld))
    };
    let mut revisions: Vec<(DateTime<Utc>, Value)> = Vec::new();
    for entry in site.store.entries_about(known.id)? {
        if !sees && entry.item.is_some_and(is_withheld) {
            continue;
        }
        let mut value = shape::entry(&entry);
        let Value::Object(object) = &mut value else {
            continue;
        };
        if !sees {
            for key in ["actor", "before", "after", "seq"] {
                object.remove(key);
            }
            if !may_tell_note(known, &entry) {
                object.insert("public_note".to_owned(), Value::Null);
            }
        } else if let (Some(item), Some(revision), false) = (entry.item, entry.revision, is_killed)
        {
            let text = site.store.text_at(item, revision)?;
            object.insert("said".to_owned(), text.unwrap_or_default());
        }
        revisions.push((entry.position.time, value));
    }
    if sees {
        let private = site.store.private_about(known.id)?;
        let private = private.iter().map(|done| (done.time, shape::private(done)));
        revisions.extend(private);
        revisions.sort_by_key(|(time, _)| *time);
    }
    let revisions: Vec<Value> = revisions.into_iter().map(|(_, value)| value).collect();
    let reply = Reply::of(StatusCode::OK, json!({"revisions": revisions}));
    let etag = public_cache::tag_of(reply.body.to_string().as_bytes());
    Ok(Reply {
        etag: Some(etag),
        ..reply
    })
}

/// Whether the public may see the note of an entry. Of a removed item it may see only the notice that stands in its place,
/// since the note of a correction quotes the text.
fn may_tell_note(known: &EditableArticle, entry: &Entry) -> bool {
    let state = match entry.item {
        Some(item) if item != known.id => known.stored_caption(item).map(|it| &it.state),
        _ => known.state(),
    };
    let gone = state.filter(|state| state.status.removal().is_some());
    gone.is_none_or(|state| state.notice.as_deref() == entry.note.as_deref())
}

/// The condition of a write that need not have one.
pub(super) fn optional(request: &ApiRequest) -> Result<Expected, Problem> {
    Ok(conditions::expected_of(&request.headers)?.unwrap_or(Expected::Anything))
}
