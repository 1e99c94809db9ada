//! `/photographs`: uploaded, replaced, and what their own metadata say.

use std::cell::LazyCell;
use std::panic;
use std::sync::Arc;
use std::thread;

use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};
use tokio::runtime::Handle;

use crate::http::Site;
use crate::http::document::RenderError;
use crate::item::json::PlacedComplaint;
use crate::item::{
    EmbeddedMetadata, Id, PhotographError, PhotographType, clean_photograph, desk_photograph_room,
    file, json as item_json, photograph_room,
};
use crate::store::{
    CaptionDefaults, Change, Expected, KeepError, Photographs, Scope, Token, Upload, UploadChange,
    Version,
};

use super::admission::check_type;
use super::describe::{PhotographOut, ReadProblems, SaidPatch, WriteProblems};
use super::problem::{HandlerError, Problem, busy};
use super::reply::{Reply, conditional};
use super::request::{ApiRequest, slug_hint};
use super::writing::{order, parse_id};
use super::{ROOT, conditions, shape};

/// Maximum number of photographs of the desk's tokens that are read at once, and of all others: more would wait for
/// processors.
pub(in crate::http) const MAX_MADE: usize = 2;

/// A sender's name for a photograph has at most this many characters: an address, or the uri of an item.
const MAX_NAME_CHARS: usize = 2000;

/// The name of the uploaded file in complaints.
const PICTURE: &str = "the picture";

/// Upload a photograph
///
/// Captions then name it by its `name`. `Content-Digest` (RFC 9530) is compared where it is sent.
#[utoipa::path(post, path = "/api/v1/photographs", operation_id = "uploadPhotograph", tag = "photographs",
    request_body(content(("image/jpeg"), ("image/png"), ("image/webp"), ("image/gif"))),
    params(
        ("Content-Digest" = Option<String>, Header, description = "sha-256 of the bytes (RFC 9530)"),
        ("Idempotency-Key" = Option<String>, Header, description = "A request that comes again under the same key is done once"),
        ("Slug" = Option<String>, Header, description = "What an agency's item calls the picture: its uri, the address of a file, or the file's name, percent-encoded (RFC 5023)"),
    ),
    security(("token" = [])),
    responses(
        (status = 201, description = "What it was found to be", body = PhotographOut,
            headers(("Location" = String), ("ETag" = String))),
        WriteProblems,
    ))]
pub(super) async fn create(
    State(site): State<Arc<Site>>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        let token = writer(&request)?;
        is_picture(&request)?;
        check_digest(&request).await?;
        let name = upload_name(&request.headers)?;
        let id = Id::mint((site.clock)());
        let key = request.idempotency_key(StatusCode::CREATED, id)?;
        let stored = keep_with_permit(&request, token, (id, None)).await?;
        let uploaded = UploadChange {
            name,
            ..known_as(stored.upload.clone(), Expected::Absent)
        };
        let done = order(&request, token, change(uploaded), key).await?;
        stored.stays();
        upload_reply(
            &site,
            done.map_or(id, |done| done.item),
            StatusCode::CREATED,
        )
        .await
    };
    let done = request.answer(work, async |done| {
        upload_reply(&site, done.item, StatusCode::CREATED).await
    });
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// The token of an upload, which any token that may write is good for: nothing shows the photograph yet.
pub(super) fn writer(request: &ApiRequest) -> Result<&Token, Problem> {
    let token = request.writer()?;
    match token.scope {
        Scope::Changes => Err(Problem::forbidden(
            "this token allows to read the change log, and nothing else",
        )),
        Scope::Desk | Scope::Sections(_) => Ok(token),
    }
}

/// A photograph is changed with a token that may write in the sections of all articles that show it.
pub(super) async fn writer_of_all<'a>(
    request: &'a ApiRequest,
    known: &Upload,
) -> Result<&'a Token, HandlerError> {
    let token = writer(request)?;
    let name = known.name.clone();
    let shown = request
        .site
        .ask(move |site| Ok(site.store.articles_showing(&name)?));
    for editable in shown.await? {
        request.writer_in(&editable.section)?;
    }
    Ok(token)
}

fn is_picture(request: &ApiRequest) -> Result<(), Problem> {
    let good = PhotographType::ALL.map(PhotographType::media_type);
    check_type(&request.headers, &good)
}

/// Keeps what was sent, when it is its token's turn: pictures take more memory while they are read than they have bytes.
async fn keep_with_permit(
    request: &ApiRequest,
    token: &Token,
    (id, known): (Id, Option<Upload>),
) -> Result<KeptUpload, HandlerError> {
    let site = &request.site;
    let permit = site.photograph_permits.take(token, site.body_pause).await;
    let permit =
        permit.ok_or_else(|| busy("too many photographs are being read; send it again"))?;
    let bytes = request.body.clone();
    let is_of_desk = token.scope == Scope::Desk;
    let of_kept = Arc::clone(site);
    site.ask(move |site| {
        // As long as it is read, also where no request waits for it any more.
        let _permit = permit;
        let files = site.store.photographs().for_one();
        let result = on_ending_thread(|| keep(&files, (id, known.as_ref()), &bytes, is_of_desk));
        let result = result.unwrap_or_else(|problem| Err(problem.into()));
        let upload = result.inspect_err(|_| files.release())?;
        Ok(KeptUpload {
            upload,
            site: of_kept,
            files,
            is_named: false,
        })
    })
    .await
}

/// Runs `work` on a thread that ends with it, and waits for it. The allocator keeps some of what a thread has freed until
/// the thread ends; those of the pool stay as long as requests come, and each would keep some MiB of the last picture.
///
/// # Errors
/// Where the system gives no thread.
fn on_ending_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Problem> {
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, work);
        let thread = started.map_err(|_| busy("there is no thread to read the photograph"))?;
        Ok(thread
            .join()
            .unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
    })
}

/// A photograph whose files are kept. Unless it comes to be named they are noted as left over: the change was refused, or
/// the client went away.
struct KeptUpload {
    upload: Upload,
    site: Arc<Site>,
    /// The store's photographs, which keep these files from the sweep until it is known whether something names them.
    files: Photographs,
    is_named: bool,
}

impl KeptUpload {
    fn stays(mut self) {
        self.is_named = true;
    }
}

impl Drop for KeptUpload {
    fn drop(&mut self) {
        self.files.release();
        // Where the program ends, the next sweep finds them among others.
        let Some(runtime) = Handle::try_current().ok().filter(|_| !self.is_named) else {
            return;
        };
        let (site, photograph) = (Arc::clone(&self.site), self.upload.photograph.clone());
        runtime.spawn_blocking(move || site.store.note_left_over(&photograph));
    }
}

fn known_as(upload: Upload, expected: Expected) -> UploadChange {
    UploadChange {
        id: upload.id,
        upload: Some(upload),
        expected,
        name: None,
    }
}

fn change(uploaded: UploadChange) -> Change {
    Change::Upload(Box::new(uploaded))
}

/// The reply with the present state of an uploaded photograph.
pub(super) async fn upload_reply(
    site: &Arc<Site>,
    id: Id,
    status: StatusCode,
) -> Result<Reply, HandlerError> {
    let found = site.ask(move |site| Ok(site.store.upload(id)?)).await?;
    let upload = found.ok_or_else(Problem::nowhere)?;
    let made = status == StatusCode::CREATED;
    let location = made.then(|| format!("{ROOT}/photographs/{}", id.bare()));
    Ok(Reply {
        location: location.map(|path| site.base.at(&path)),
        ..Reply::of(status, shape::upload(&upload)).at(upload.version)
    })
}

/// The digests that were sent are those of what came (RFC 9530). Each kind is made once, however often it was sent.
async fn check_digest(request: &ApiRequest) -> Result<(), HandlerError> {
    let all = request.headers.get_all("content-digest").iter();
    let values = all.filter_map(|value| value.to_str().ok());
    let values = values.collect::<Vec<_>>().join(",");
    if values.is_empty() {
        return Ok(());
    }
    let body = request.body.clone();
    let check = move |_: &Site| {
        let sha_256 = LazyCell::new(|| STANDARD.encode(Sha256::digest(&body)));
        let sha_512 = LazyCell::new(|| STANDARD.encode(Sha512::digest(&body)));
        let mut is_known = false;
        for member in values.split(',') {
            let Some((kind, digest)) = member.trim().split_once('=') else {
                continue;
            };
            let is: &str = match kind {
                "sha-256" => &sha_256,
                "sha-512" => &sha_512,
                _ => continue,
            };
            is_known = true;
            if digest.trim_matches(':') != is {
                return Err(Problem::bad(format!(
                    "the Content-Digest that was sent is not that of what came, which is {kind}=:{is}:; send it again"
                ))
                .into());
            }
        }
        match is_known {
            true => Ok(()),
            false => Err(Problem::bad(
                "expected Content-Digest with sha-256 or sha-512; found neither",
            )
            .into()),
        }
    };
    request.site.ask(check).await
}

fn keep(
    files: &Photographs,
    (id, known): (Id, Option<&Upload>),
    bytes: &[u8],
    is_of_desk: bool,
) -> Result<Upload, HandlerError> {
    let length = bytes.len() as u64;
    let _room = match is_of_desk {
        true => desk_photograph_room(length),
        false => photograph_room(length),
    };
    let cleaned = clean_photograph(PICTURE, bytes).map_err(refused)?;
    let picture = match is_of_desk {
        true => cleaned.of_desk(),
        false => cleaned,
    };
    let result = files.keep_with_renditions(PICTURE, &picture);
    let photograph = result.map_err(|error| match error {
        KeepError::Photograph(error) => HandlerError::from(refused(error)),
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
        caption_defaults: embedded_defaults(&picture.embedded),
        version: Version::default(),
    })
}

/// Reads the defaults of captions for a photograph.
pub(super) fn caption_defaults(
    object: &Map<String, Value>,
) -> (CaptionDefaults, Vec<PlacedComplaint>) {
    item_json::read(object, |reader| {
        let defaults = CaptionDefaults {
            text: reader.text("text"),
            alt: reader.text("alt"),
            credit: reader.text("credit"),
            role: reader.text("role"),
            source: reader.text("source"),
            copyright: reader.text("copyright"),
            usage_terms: reader.text("usage_terms"),
            usage_ends: reader.moment("usage_ends"),
        };
        file::check_role(reader, defaults.role.as_deref());
        defaults
    })
}

/// The uploader's name for a photograph: the Slug header, decoded (RFC 5023 §9.7.1).
fn upload_name(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let name = slug_hint(headers).map(|name| name.trim().to_owned());
    match name {
        Some(name) if name.chars().count() > MAX_NAME_CHARS => Err(Problem::bad(format!(
            "expected a Slug of at most {MAX_NAME_CHARS} characters; found a longer one; send what the item calls the picture"
        ))),
        name => Ok(name.filter(|name| !name.is_empty())),
    }
}

/// The defaults of captions from a picture's own metadata.
fn embedded_defaults(embedded: &EmbeddedMetadata) -> CaptionDefaults {
    CaptionDefaults {
        text: embedded.caption.clone(),
        alt: embedded.alt.clone(),
        credit: embedded.byline.clone(),
        role: None,
        source: embedded.credit.clone(),
        copyright: embedded.copyright.clone(),
        usage_terms: embedded.usage_terms.clone(),
        usage_ends: None,
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

async fn find(site: &Arc<Site>, id: &str) -> Result<Upload, HandlerError> {
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
    request: ApiRequest,
) -> Response {
    let done = async {
        writer(&request)?;
        let upload = find(&site, &id).await?;
        Ok(Reply::of(StatusCode::OK, shape::upload(&upload)).at(upload.version))
    };
    let found = done
        .await
        .map_err(|failure: HandlerError| request.problem_of(failure));
    conditional(&site, &request.headers, found)
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
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        writer(&request)?;
        is_picture(&request)?;
        let expected = request.required()?;
        check_digest(&request).await?;
        let known = find(&site, &id).await?;
        // No renditions are made of a picture that will be refused.
        if !expected.allows(Some(known.version)) {
            return Err(Problem::changed(Some(known.version)).into());
        }
        let token = writer_of_all(&request, &known).await?;
        let id = known.id;
        let key = request.idempotency_key(StatusCode::OK, id)?;
        let stored = keep_with_permit(&request, token, (id, Some(known))).await?;
        let uploaded = known_as(stored.upload.clone(), expected);
        order(&request, token, change(uploaded), key).await?;
        stored.stays();
        upload_reply(&site, id, StatusCode::OK).await
    };
    let done = request.answer(work, async |done| {
        upload_reply(&site, done.item, StatusCode::OK).await
    });
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
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
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let work = async {
        writer(&request)?;
        let patch = request.merge_patch()?;
        let expected = request.required()?;
        let known = find(&site, &id).await?;
        let token = writer_of_all(&request, &known).await?;
        let mut merged = serde_json::to_value(&known.caption_defaults).unwrap_or_default();
        item_json::merge(&mut merged, Value::Object(patch));
        let object = merged.as_object().cloned().unwrap_or_default();
        let (defaults, complaints) = caption_defaults(&object);
        if !complaints.is_empty() {
            return Err(Problem::unprocessable(complaints).into());
        }
        let id = known.id;
        let expected = conditions::of_merge(expected, known.version);
        let key = request.idempotency_key(StatusCode::OK, id)?;
        let described = known_as(
            Upload {
                caption_defaults: defaults,
                ..known
            },
            expected,
        );
        order(&request, token, change(described), key).await?;
        upload_reply(&site, id, StatusCode::OK).await
    };
    let done = request.answer(work, async |done| {
        upload_reply(&site, done.item, StatusCode::OK).await
    });
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}

/// Delete an uploaded photograph that no article shows
#[utoipa::path(delete, path = "/api/v1/photographs/{id}", operation_id = "deletePhotograph", tag = "photographs",
    params(
        ("id" = String, Path, description = "urn:uuid:… or the UUID alone"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the photograph is known by"),
    ),
    security(("token" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        WriteProblems,
    ))]
pub(super) async fn delete(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: ApiRequest,
) -> Result<Reply, Problem> {
    let gone = || Reply::of(StatusCode::NO_CONTENT, Value::Null);
    let work = async {
        writer(&request)?;
        let expected = request.required()?;
        let known = find(&site, &id).await?;
        let token = writer_of_all(&request, &known).await?;
        let key = request.idempotency_key(StatusCode::NO_CONTENT, known.id)?;
        let uploaded = UploadChange {
            id: known.id,
            upload: None,
            expected,
            name: None,
        };
        order(&request, token, change(uploaded), key).await?;
        Ok(gone())
    };
    let done = request.answer(work, async |_| Ok(gone()));
    done.await
        .map_err(|failure: HandlerError| request.problem_of(failure))
}
