//! `/sections`: what an article can be filed under. Those of `publication.toml` are changed there.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::Site;
use crate::item::{Id, json as item_json, slug};
use crate::publication::{self, MAX_FORMER, Section};
use crate::resource::{Format, Resource, Subject};
use crate::store::{Change, Expected, Scope, SectionChange, Token};

use super::describe::{
    ReadProblems, SectionIn, SectionList, SectionOut, SectionPatch, WriteProblems,
};
use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::reply_key::ReplyKey;
use super::request::ApiRequest;
use super::writing::order;
use super::{ROOT, conditions, shape, tags};

/// List the sections
#[utoipa::path(get, path = "/api/v1/sections", operation_id = "listSections", tag = "sections", security((), ("token" = [])),
    responses(
        (status = 200, description = "The sections in the paper's order", body = SectionList),
        ReadProblems,
    ))]
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    request: ApiRequest,
) -> Result<Response, Problem> {
    let key = ReplyKey::Sections;
    site.from_public_cache(&request, key, |site| {
        let publication = site.store.publication()?;
        let sections = publication.sections.iter();
        let sections: Vec<Value> = sections
            .map(|section| section_json(site, section))
            .collect();
        Ok(Reply::of(StatusCode::OK, json!({"sections": sections})))
    })
    .await
}

/// A section, as anybody sees it.
fn section_json(site: &Site, section: &Section) -> Value {
    let subject = Subject::Section(section.slug.clone());
    let feed = |format| site.base.url(&Resource::Feed(subject.clone(), format));
    json!({
        "slug": section.slug,
        "title": section.title,
        "description": section.description,
        "former": section.former.iter().filter(|name| **name != section.slug).collect::<Vec<_>>(),
        "sunset": section.sunset,
        "url": site.base.url(&Resource::Page(subject.clone())),
        "feeds": {
            "rss": feed(Format::Rss),
            "atom": feed(Format::Atom),
            "json": feed(Format::Json),
        },
        "state": {
            "etag": tags::tag(section.version()),
            "by": if section.by_api { "api" } else { "file" },
        },
    })
}

fn find(site: &Site, slug: &str) -> Result<Section, HandlerError> {
    let publication = site.store.publication()?;
    let found = publication.section(slug).cloned();
    Ok(found.ok_or_else(Problem::nowhere)?)
}

/// The section that has that slug at present.
async fn section_of_slug(site: &Arc<Site>, slug: &str) -> Result<Option<Section>, HandlerError> {
    let slug = slug.to_owned();
    let found = site.ask(move |site| Ok(site.store.publication()?.section(&slug).cloned()));
    found.await
}

/// Fetch a section
#[utoipa::path(get, path = "/api/v1/sections/{slug}", operation_id = "fetchSection", tag = "sections",
    params(("slug" = String, Path, description = "The slug that it has at present")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The section", body = SectionOut, headers(("ETag" = String))),
        (status = 304, description = "It is as the request knows it"),
        ReadProblems,
    ))]
pub(super) async fn fetch(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: ApiRequest,
) -> Result<Response, Problem> {
    let key = ReplyKey::Section(slug.clone());
    site.from_public_cache(&request, key, move |site| {
        let section = find(site, &slug)?;
        Ok(Reply::of(StatusCode::OK, section_json(site, &section)).at(section.version()))
    })
    .await
}

/// Make a section
///
/// Its feeds are there at once. Sections of `publication.toml` stay beside it.
#[utoipa::path(post, path = "/api/v1/sections", operation_id = "createSection", tag = "sections", request_body = SectionIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once")),
    security(("token" = [])),
    responses(
        (status = 201, description = "The section", body = SectionOut, headers(("Location" = String), ("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn create(request: ApiRequest) -> Result<Reply, Problem> {
    let work = async {
        desk(&request)?;
        let section = section(&with_slug(request.object()?))?;
        let slug = section.slug.clone();
        let written = write(
            &request,
            &slug,
            Some(section),
            Expected::Absent,
            StatusCode::CREATED,
        );
        written.await.map_err(|failure| match failure {
            HandlerError::Told(problem) if problem.status() == StatusCode::PRECONDITION_FAILED => {
                let text = "there is a section of that slug already; change it by PUT or PATCH";
                Problem::conflict(text).into()
            }
            other => other,
        })
    };
    let again = async |_| {
        let slug = section(&with_slug(request.object()?))?.slug;
        section_reply(&request, slug, StatusCode::CREATED).await
    };
    let done = request.answer(work, again);
    done.await.map_err(|failure| request.problem_of(failure))
}

/// Replace a section, or make one of that slug
///
/// Another slug in the body moves the section with all its articles; the old one leads to it for ever.
#[utoipa::path(put, path = "/api/v1/sections/{slug}", operation_id = "replaceSection", tag = "sections", request_body = SectionIn,
    params(
        ("slug" = String, Path, description = "The slug that it has at present"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the section is known by"),
        ("If-None-Match" = Option<String>, Header, description = "*: only where there is none"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The section as it now stands", body = SectionOut, headers(("ETag" = String))),
        (status = 201, description = "It was made", body = SectionOut, headers(("Location" = String), ("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn replace(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let done = async {
        desk(&request)?;
        let expected = request.required()?;
        let mut object = request.object()?;
        object.entry("slug").or_insert_with(|| json!(slug));
        let status = match section_of_slug(&site, &slug).await? {
            Some(_) => StatusCode::OK,
            None => StatusCode::CREATED,
        };
        let section = section(&object)?;
        if status == StatusCode::CREATED && section.slug != slug {
            let advice = "leave it out, or send the request to the address of that slug";
            let found = section.slug.clone();
            return Err(
                Problem::of_field("/slug", "the slug of the address", found, advice).into(),
            );
        }
        write(&request, &slug, Some(section), expected, status).await
    };
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// Change some keys of a section (RFC 7396)
#[utoipa::path(patch, path = "/api/v1/sections/{slug}", operation_id = "patchSection", tag = "sections",
    request_body(content = SectionPatch, content_type = "application/merge-patch+json"),
    params(
        ("slug" = String, Path, description = "The slug that it has at present"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the section is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The section as it now stands", body = SectionOut, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn patch(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let done = async {
        desk(&request)?;
        let patch = request.merge_patch()?;
        let expected = request.required()?;
        let known = section_of_slug(&site, &slug)
            .await?
            .ok_or_else(Problem::nowhere)?;
        let expected = conditions::of_merge(expected, known.version());
        let mut object = json!({
            "slug": known.slug,
            "title": known.title,
            "description": known.description,
            "sunset": known.sunset,
        });
        item_json::merge(&mut object, Value::Object(patch));
        let object = object.as_object().cloned().unwrap_or_default();
        let section = section(&object)?;
        write(&request, &slug, Some(section), expected, StatusCode::OK).await
    };
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// Take a section away that no article is filed in
///
/// Its feeds answer 410 from then on.
#[utoipa::path(delete, path = "/api/v1/sections/{slug}", operation_id = "deleteSection", tag = "sections",
    params(
        ("slug" = String, Path, description = "The slug that it has at present"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the section is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 204, description = "It is gone"),
        WriteProblems,
    ))]
pub(super) async fn delete(
    Path(slug): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let done = async {
        desk(&request)?;
        let expected = request.required()?;
        write(&request, &slug, None, expected, StatusCode::NO_CONTENT).await
    };
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// The object with a slug, made of the title where it has none.
fn with_slug(mut object: Map<String, Value>) -> Map<String, Value> {
    if object.get("slug").is_none_or(Value::is_null) {
        let title = object.get("title").and_then(Value::as_str).unwrap_or("");
        object.insert("slug".to_owned(), json!(slug::slug(title)));
    }
    object
}

/// The token of the request, which has to be one of the desk.
fn desk(request: &ApiRequest) -> Result<&Token, Problem> {
    let token = request.writer()?;
    match token.scope {
        Scope::Desk => Ok(token),
        _ => Err(Problem::forbidden(format!(
            "this token allows {}, and sections are changed by the desk",
            token.scope
        ))),
    }
}

/// Reads a section out of what was sent, as `publication.toml` is read.
fn section(object: &Map<String, Value>) -> Result<Section, Problem> {
    let mut object = object.clone();
    // Keys that only answers have may be sent back.
    for key in [shape::STATE, "url", "feeds"] {
        object.remove(key);
    }
    object.retain(|_, value| !value.is_null());
    let (section, complaints) =
        item_json::read(&object, |reader| publication::section(reader, &|_| false));
    match section.filter(|_| complaints.is_empty()) {
        Some(section) => Ok(Section {
            by_api: true,
            ..section
        }),
        None => Err(Problem::unprocessable(complaints)),
    }
}

async fn write(
    request: &ApiRequest,
    slug: &str,
    section: Option<Section>,
    expected: Expected,
    status: StatusCode,
) -> Result<Reply, HandlerError> {
    let site = &request.site;
    let known = section_of_slug(site, slug).await?;
    let section = section.map(|mut section| {
        // A former slug leads to it for ever; from the first one, whatever came after, follows the id of its feed.
        let mut former = known
            .as_ref()
            .map_or(Vec::new(), |known| known.former.clone());
        let moved = known.iter().filter(|known| known.slug != section.slug);
        former.extend(moved.map(|known| known.slug.clone()));
        former.extend(std::mem::take(&mut section.former));
        for (place, name) in former.into_iter().enumerate() {
            let is_new = !section.former.contains(&name);
            if is_new && (place == 0 || name != section.slug) {
                section.former.push(name);
            }
        }
        section
    });
    if let Some(section) = section
        .as_ref()
        .filter(|section| section.former.len() > MAX_FORMER)
    {
        return Err(Problem::of_field(
            "/slug",
            format!("a section to have had at most {MAX_FORMER} slugs before"),
            format!("{}", section.former.len()),
            "keep the slug that it has, and change the title alone",
        )
        .into());
    }
    let now = section.as_ref().map(|section| section.slug.clone());
    let change = Change::Section(Box::new(SectionChange {
        slug: slug.to_owned(),
        section,
        expected,
        base_url: site.base.as_str().to_owned(),
    }));
    let key = request.idempotency_key(status, Id::default())?;
    order(request, request.writer()?, change, key).await?;
    let Some(now) = now else {
        return Ok(Reply::of(status, Value::Null));
    };
    section_reply(request, now, status).await
}

/// The reply with a section as it stands now.
async fn section_reply(
    request: &ApiRequest,
    slug: String,
    status: StatusCode,
) -> Result<Reply, HandlerError> {
    let done = request.site.ask(move |site| {
        let section = find(site, &slug)?;
        let location = (status == StatusCode::CREATED).then(|| format!("{ROOT}/sections/{slug}"));
        Ok(Reply {
            location: location.map(|path| site.base.at(&path)),
            ..Reply::of(status, section_json(site, &section)).at(section.version())
        })
    });
    done.await
}
