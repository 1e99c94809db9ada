//! `/photographs`: uploaded, replaced, and what their own metadata say.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::http::{RenderError, Site};
use crate::item::{Embedded, Id, PhotographError, clean_photograph, json as item_json};
use crate::store::{Expected, KeepError, Said, Upload, Version};

use super::articles::conditional;
use super::asked::{Asked, content_type};
use super::describe::{PhotographOut, ReadProblems, SaidPatch, WriteProblems};
use super::problem::{Failure, Problem};
use super::writing::{Reply, parse_id};
use super::{ROOT, shape};

/// What complaints call what was uploaded.
const PICTURE: &str = "the picture";

/// Upload a photograph
///
/// Captions then name it by its `name`. `Content-Digest` (RFC 9530) is compared where it is sent.
#[utoipa::path(post, path = "/api/v1/photographs", operation_id = "uploadPhotograph", tag = "photographs",
    request_body(content(("image/jpeg"), ("image/png"), ("image/webp"), ("image/gif"))),
    params(("Content-Digest" = Option<String>, Header, description = "sha-256 of the bytes (RFC 9530)")),
    security(("token" = [])),
    responses(
        (status = 201, description = "What it was found to be", body = PhotographOut,
            headers(("Location" = String), ("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn create(State(site): State<Arc<Site>>, asked: Asked) -> Result<Reply, Problem> {
    let done = async {
        writer(&asked)?;
        check_digest(&asked)?;
        let id = Id::mint((site.clock)());
        let bytes = asked.body.clone();
        let done = site.ask(move |site| {
            let upload = keep(site, id, None, &bytes)?;
            note(site, upload, None)
        });
        let upload = done.await?;
        let location = format!("{ROOT}/photographs/{}", id.bare());
        let reply = Reply::of(StatusCode::CREATED, shape::upload(&upload)).at(upload.version);
        Ok(Reply {
            location: Some(site.base.at(&location)),
            ..reply
        })
    };
    done.await
        .map_err(|failure: Failure| site.told("/api/v1/photographs", failure))
}

/// Who may write at all may upload; what is uploaded is shown by nothing yet.
fn writer(asked: &Asked) -> Result<(), Problem> {
    let token = asked.writer()?;
    match token.scope {
        crate::store::Scope::Changes => Err(Problem::forbidden(
            "this token allows to read the change log, and nothing else",
        )),
        _ => is_picture(asked),
    }
}

fn is_picture(asked: &Asked) -> Result<(), Problem> {
    let said = content_type(&asked.headers);
    let good = ["image/jpeg", "image/png", "image/webp", "image/gif"];
    match said.as_deref() {
        Some(said) if good.contains(&said) => Ok(()),
        said => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!(
                "expected Content-Type {}; found {}",
                good.join(" or "),
                said.unwrap_or("none")
            ),
        )),
    }
}

/// The digest that was sent is that of what came (RFC 9530).
fn check_digest(asked: &Asked) -> Result<(), Problem> {
    let Some(said) = asked.headers.get("content-digest") else {
        return Ok(());
    };
    let said = said.to_str().unwrap_or_default();
    let of_kind = said
        .split(',')
        .find_map(|member| member.trim().strip_prefix("sha-256="));
    let Some(said) = of_kind else {
        return Err(Problem::bad(
            "expected Content-Digest with sha-256; found another",
        ));
    };
    let is = STANDARD.encode(Sha256::digest(&asked.body));
    match said.trim_matches(':') == is {
        true => Ok(()),
        false => Err(Problem::bad(format!(
            "the Content-Digest that was sent is not that of what came, which is sha-256=:{is}:; send it again"
        ))),
    }
}

fn keep(site: &Site, id: Id, known: Option<&Upload>, bytes: &[u8]) -> Result<Upload, Failure> {
    let picture = clean_photograph(PICTURE, bytes).map_err(refused)?;
    let kept = site
        .store
        .photographs()
        .keep_with_renditions(PICTURE, &picture);
    let photograph = kept.map_err(|error| match error {
        KeepError::Photograph(error) => Failure::from(refused(error)),
        KeepError::Disk(error) => {
            RenderError::Broken(format!("a photograph could not be kept: {error}")).into()
        }
    })?;
    let name = match known {
        Some(known) => known.name.clone(),
        None => format!("{}.{}", id.bare(), photograph.kind.extension()),
    };
    Ok(Upload {
        id,
        name,
        photograph,
        said: said_by(&picture.embedded),
        version: Version::default(),
    })
}

fn note(site: &Site, upload: Upload, expected: Option<Version>) -> Result<Upload, Failure> {
    let version = site.store.note_upload(&*site.clock, &upload, expected)?;
    Ok(Upload { version, ..upload })
}

/// What a picture says of itself, as captions say it.
fn said_by(embedded: &Embedded) -> Said {
    Said {
        text: embedded.caption.clone(),
        alt: embedded.alt.clone(),
        credit: embedded.byline.clone(),
        source: embedded.credit.clone(),
        usage_terms: embedded.copyright.clone(),
    }
}

fn refused(error: PhotographError) -> Problem {
    let advice = error.advice();
    Problem::of_field(
        "",
        "a photograph that can be published",
        error.to_string(),
        advice,
    )
}

async fn find(site: &Arc<Site>, id: &str) -> Result<Upload, Failure> {
    let id = parse_id(id)?;
    let found = site.ask(move |site| Ok(site.store.upload(id)?)).await?;
    Ok(found.ok_or_else(Problem::nowhere)?)
}

/// Fetch what is known of an uploaded photograph
#[utoipa::path(get, path = "/api/v1/photographs/{id}", operation_id = "fetchPhotograph", tag = "photographs",
    params(("id" = String, Path, description = "urn:uuid:… or the UUID alone")),
    security(("token" = [])),
    responses(
        (status = 200, description = "What it was found to be", body = PhotographOut, headers(("ETag" = String))),
        (status = 304, description = "It is as the request knows it"),
        ReadProblems,
    ))]
pub(super) async fn fetch(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Response {
    let done = async {
        asked.writer()?;
        let upload = find(&site, &id).await?;
        Ok(Reply::of(StatusCode::OK, shape::upload(&upload)).at(upload.version))
    };
    let found = done
        .await
        .map_err(|failure: Failure| site.told("/api/v1/photographs", failure));
    conditional(&site, &asked.headers, found)
}

fn version(expected: Expected, known: &Upload) -> Result<Version, Problem> {
    match expected {
        Expected::Version(version) if version == known.version => Ok(version),
        Expected::Present | Expected::Anything => Ok(known.version),
        Expected::Version(_) | Expected::Absent => Err(Problem::changed(Some(known.version))),
    }
}

/// Replace a photograph's picture
///
/// Its id and name stay; whatever shows it shows the new picture, under a new address.
#[utoipa::path(put, path = "/api/v1/photographs/{id}", operation_id = "replacePhotograph", tag = "photographs",
    request_body(content(("image/jpeg"), ("image/png"), ("image/webp"), ("image/gif"))),
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the photograph is known by"),
        ("Content-Digest" = Option<String>, Header, description = "sha-256 of the bytes (RFC 9530)"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "What it was found to be", body = PhotographOut, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn replace(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        writer(&asked)?;
        let expected = asked.required()?;
        check_digest(&asked)?;
        let known = find(&site, &id).await?;
        let version = version(expected, &known)?;
        let bytes = asked.body.clone();
        let (token, name) = (asked.writer()?.clone(), known.name.clone());
        let shown = site.ask(move |site| Ok(site.store.showing(&name)?)).await?;
        for drafted in &shown {
            asked.writer_in(&drafted.section)?;
        }
        let upload = site
            .ask(move |site| keep(site, known.id, Some(&known), &bytes))
            .await?;
        // Before it is noted: whoever asks again after a fault finds by the old picture what still shows it.
        super::writing::show_anew(&site, &token, &upload, shown).await?;
        let done = site.ask(move |site| note(site, upload, Some(version)));
        let upload = done.await?;
        Ok(Reply::of(StatusCode::OK, shape::upload(&upload)).at(upload.version))
    };
    done.await
        .map_err(|failure: Failure| site.told("/api/v1/photographs", failure))
}

/// Change what captions say of a photograph where they say nothing themselves (RFC 7396)
#[utoipa::path(patch, path = "/api/v1/photographs/{id}", operation_id = "patchPhotograph", tag = "photographs",
    request_body(content = SaidPatch, content_type = "application/merge-patch+json"),
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the photograph is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "What is known of it now", body = PhotographOut, headers(("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn patch(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply, Problem> {
    let done = async {
        let token = asked.writer()?;
        if token.scope == crate::store::Scope::Changes {
            return Err(
                Problem::forbidden("this token allows to read the change log alone").into(),
            );
        }
        let patch = asked.merge_patch()?;
        let expected = asked.required()?;
        let known = find(&site, &id).await?;
        let version = version(expected, &known)?;
        let mut said = serde_json::to_value(&known.said).unwrap_or_default();
        item_json::merge(&mut said, Value::Object(patch));
        let object = said.as_object().cloned().unwrap_or_default();
        let (said, complaints) = item_json::read(&object, |reader| Said {
            text: reader.text("text"),
            alt: reader.text("alt"),
            credit: reader.text("credit"),
            source: reader.text("source"),
            usage_terms: reader.text("usage_terms"),
        });
        if !complaints.is_empty() {
            return Err(Problem::unprocessable(complaints).into());
        }
        let upload = Upload { said, ..known };
        let done = site.ask(move |site| {
            let version = site
                .store
                .note_upload(&*site.clock, &upload, Some(version))?;
            Ok(Upload { version, ..upload })
        });
        let upload = done.await?;
        Ok(Reply::of(StatusCode::OK, shape::upload(&upload)).at(upload.version))
    };
    done.await
        .map_err(|failure: Failure| site.told("/api/v1/photographs", failure))
}
