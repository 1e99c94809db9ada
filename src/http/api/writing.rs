//! From a request to a command, and from what came of it to the answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::http::Site;
use crate::item::file::FileLookup;
use crate::item::json::PlacedComplaint;
use crate::item::{
    Article, Complaint, Id, Line, MediaType, Recording, RecordingError, first_free, html,
    is_refused, json as item_json, slug,
};
use crate::publication::Publication;
use crate::resource::Resource;
use crate::store::{
    Act, Action, Applied, Change, Command, CompletedRequest, EditableArticle, Expected,
    FileReference, IdempotencyKey, Received, Removal, Scope, StoreError, Token,
};

use super::problem::{self, HandlerError, Problem};
use super::reply::Reply;
use super::request::ApiRequest;
use super::submitted_item::{About, ItemKeys};
use super::{ROOT, form, idempotency, shape};

/// Maximum time that the reply to a kill waits until what it killed is gone from the store's files.
const ERASING: Duration = Duration::from_secs(1);

impl Site {
    /// The article of a path's id, public or not.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<EditableArticle, HandlerError> {
        let id = parse_id(id)?;
        let found = self
            .ask(move |site| Ok(site.store.editable_article(id)?))
            .await?;
        Ok(found.ok_or_else(Problem::nowhere)?)
    }
}

/// Reads an id from a path, with or without `urn:uuid:`; a problem of 404 where it is none.
pub(super) fn parse_id(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(Problem::nowhere)
}

/// An article as a request wants it, with where it is filed.
pub(super) struct ArticleToWrite {
    pub(super) article: Article,
    pub(super) section: String,
    pub(super) slug: String,
    /// Whether the slug was generated, and not chosen by the writer.
    pub(super) is_slug_made: bool,
    /// The names of fields that were sent and not taken.
    pub(super) left_out: Vec<String>,
    /// Complaints about what was sent and is not taken as it was, such as the text of scripts.
    pub(super) not_taken: Vec<PlacedComplaint>,
    /// The version of the item, where it is an agency's.
    pub(super) received: Option<Received>,
}

/// Refuses to write to an article that comes by a file, before its photographs are missed, which lie beside the file.
pub(super) fn refuse_file(
    site: &Site,
    known: Option<&EditableArticle>,
) -> Result<(), HandlerError> {
    let Some(known) = known.filter(|known| known.removal() != Some(Removal::Withdrawn)) else {
        return Ok(());
    };
    match site.store.file_of(known.id)? {
        Some(path) => Err(StoreError::OfFile { id: known.id, path }.into()),
        None => Ok(()),
    }
}

/// Reads an article out of what was sent. Without a slug it keeps the one it has, or is given one that is made.
pub(super) fn wanted(
    site: &Site,
    taken: ItemKeys,
    about: &About<'_>,
) -> Result<ArticleToWrite, HandlerError> {
    refuse_file(site, about.stored)?;
    let publication = site.store.publication()?;
    let ItemKeys {
        mut object,
        document,
        left_out,
        complaints: mut all,
        received,
    } = taken;
    drop_state(&mut object);
    name_files(site, &mut object);
    document.name_captions(&mut object, about);
    fill_captions(site, &mut object, about.stored)?;
    let mut complaints = Vec::new();
    let (section, slug) = {
        let mut text = |key| text(&mut object, key, &mut complaints);
        (text("section"), text("slug"))
    };
    let lookup = FileLookup {
        photographs: &|name| site.store.photograph_named(name),
        recordings: &|name| recording(site, about, name),
    };
    let parsed = item_json::parse(&object, &lookup);
    complaints.extend(other_id(&object, about.id));
    complaints.extend(parsed.complaints);
    complaints.extend(unknown_section(&publication, section.as_deref()));
    complaints.extend(slug.as_deref().and_then(wrong_slug));
    all.extend(document.of_document(complaints));
    let refused = has_refusal(&all);
    let (Some(article), Some(section), false) = (parsed.article, section, refused) else {
        return Err(Problem::unprocessable(all).into());
    };
    let hint = about.hint.or(document.slug());
    let (slug, is_slug_made) = match slug {
        Some(slug) => (slug, false),
        None => slug_of(site, &article, about, hint)?,
    };
    let id = Some(about.id);
    Ok(ArticleToWrite {
        article: Article { id, ..article },
        section,
        slug,
        is_slug_made,
        left_out,
        not_taken: all,
        received,
    })
}

/// The article of `about` with another caption in the place of the one with its id, and all else as it stands.
pub(super) fn with_caption(
    site: &Site,
    caption: &Map<String, Value>,
    about: &About<'_>,
) -> Result<ArticleToWrite, HandlerError> {
    refuse_file(site, about.stored)?;
    let known = about.stored.ok_or_else(Problem::nowhere)?;
    let publication = site.store.publication()?;
    let photograph = |name: &str| site.store.photograph_named(name);
    let (parsed, mut complaints) = item_json::parse_caption(caption, &photograph);
    complaints.extend(unknown_section(&publication, Some(&known.section)));
    let mut article = known.article.clone();
    if let Some(parsed) = parsed {
        let mut target = article.captions.iter_mut();
        let target = target.find(|target| target.id == parsed.id);
        let target = target.ok_or_else(Problem::nowhere)?;
        let before = std::mem::replace(target, parsed);
        // The text may name the picture that the caption had.
        if target.picture_name() != before.picture_name() {
            let body = html::complaints(&article.body, 1, &article.captions);
            complaints.extend(
                body.into_iter()
                    .map(|complaint| ("/body".to_owned(), complaint)),
            );
        }
    }
    if has_refusal(&complaints) {
        return Err(Problem::unprocessable(complaints).into());
    }
    let (slug, is_slug_made) = slug_of(site, &article, about, None)?;
    let id = Some(about.id);
    Ok(ArticleToWrite {
        article: Article { id, ..article },
        section: known.section.clone(),
        slug,
        is_slug_made,
        left_out: Vec::new(),
        not_taken: Vec::new(),
        received: None,
    })
}

fn has_refusal(complaints: &[PlacedComplaint]) -> bool {
    let mut complaints = complaints.iter();
    complaints.any(|(_, complaint)| is_refused(std::slice::from_ref(complaint)))
}

/// The slug that the article has, else one that is made, and whether it was made.
fn slug_of(
    site: &Site,
    article: &Article,
    about: &About<'_>,
    hint: Option<&str>,
) -> Result<(String, bool), HandlerError> {
    // The slug of a withdrawn article may be another's now.
    let current_slug = about.stored.map(|known| known.slug.as_str());
    match current_slug.filter(|current_slug| !current_slug.is_empty()) {
        Some(current_slug) => Ok((current_slug.to_owned(), false)),
        None => Ok((free_slug(site, article, about, hint)?, true)),
    }
}

/// Removes a text from the object that is no key of the item file.
fn text(
    object: &mut Map<String, Value>,
    key: &str,
    complaints: &mut Vec<PlacedComplaint>,
) -> Option<String> {
    match object.remove(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            let expected = format!("{key} to be text");
            let advice = "correct the value";
            let complaint = Complaint::refused(None, expected, "another value", advice);
            complaints.push((format!("/{key}"), complaint));
            None
        }
    }
}

fn other_id(object: &Map<String, Value>, id: Id) -> Option<PlacedComplaint> {
    let body_id = object.get("id")?.as_str().and_then(Id::parse)?;
    let advice = "leave it out, or send the request to the address of that id";
    let complaint = Complaint::refused(None, "the id of the address", "another", advice);
    (body_id != id).then(|| ("/id".to_owned(), complaint))
}

fn unknown_section(publication: &Publication, section: Option<&str>) -> Option<PlacedComplaint> {
    if section.is_some_and(|slug| publication.section(slug).is_some()) {
        return None;
    }
    let sections = publication.sections.iter();
    let known: Vec<&str> = sections.map(|section| section.slug.as_str()).collect();
    let expected = match known.is_empty() {
        true => "section to be one of the publication's, which has none".to_owned(),
        false => format!("section to be one of {}", known.join(", ")),
    };
    let advice = "name a section that there is, or make one: POST /api/v1/sections";
    let complaint = Complaint::refused(None, expected, section.unwrap_or("none"), advice);
    Some(("/section".to_owned(), complaint))
}

fn wrong_slug(slug: &str) -> Option<PlacedComplaint> {
    if slug::is_slug(slug) {
        return None;
    }
    let complaint = Complaint::refused(
        None,
        "slug to be of a-z, 0-9, - and _",
        format!("{slug:?}"),
        "correct it, or leave it out to have one made of the headline",
    );
    Some(("/slug".to_owned(), complaint))
}

/// The recording that an attachment names: that which the article has under the name, else one that its writer may know of.
fn recording(site: &Site, about: &About<'_>, name: &str) -> Result<Recording, RecordingError> {
    let known = about
        .stored
        .map_or(&[][..], |known| &known.article.attachments);
    let mut files = known.iter().filter_map(|played| played.file.as_ref());
    let file = files.find(|file| &*file.name == name);
    match file.filter(|file| site.store.photographs().has_recording(&file.recording)) {
        Some(file) => Ok(file.recording.clone()),
        None => site
            .store
            .recording_named(name, &|section| about.scope.covers(section)),
    }
}

/// Removes `state`, which an earlier reply had and which may be sent back; it is ignored.
fn drop_state(object: &mut Map<String, Value>) {
    object.remove(shape::STATE);
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        if let Value::Object(caption) = caption {
            caption.remove(shape::STATE);
            caption.remove("article");
        }
    }
    let attachments = object.get_mut("attachments").and_then(Value::as_array_mut);
    let attachments = attachments.into_iter().flatten();
    for attachment in attachments.filter_map(Value::as_object_mut) {
        attachment.remove(shape::STATE);
    }
}

/// An attachment at an address of ours is the file that is kept under it: so items come in that went out here.
fn name_files(site: &Site, object: &mut Map<String, Value>) {
    let attachments = object.get_mut("attachments").and_then(Value::as_array_mut);
    let attachments = attachments.into_iter().flatten();
    for attachment in attachments.filter_map(Value::as_object_mut) {
        let url = attachment.get("url").and_then(Value::as_str);
        let name = url.and_then(|url| match site.base.resource(url)? {
            Resource::Media {
                hash,
                kind: kind @ MediaType::Recording(_),
            } => Some(format!("{hash}.{}", kind.extension())),
            _ => None,
        });
        if let Some(name) = name.filter(|_| !attachment.contains_key("file")) {
            attachment.remove("url");
            attachment.remove("bytes");
            attachment.insert("file".to_owned(), Value::String(name));
        }
    }
}

/// Fills the keys that captions leave out with the values that their photographs have for captions. Only a caption that gets
/// its photograph with this write is filled, so that a key which the desk removed later stays away.
fn fill_captions(
    site: &Site,
    object: &mut Map<String, Value>,
    known: Option<&EditableArticle>,
) -> Result<(), HandlerError> {
    let known = known.map_or(&[][..], |known| &known.article.captions);
    let images = known.iter().filter_map(|known| {
        let name = known.image.as_ref().map(|image| image.name.as_str());
        Some((known.id?, name?))
    });
    let images: HashSet<(Id, &str)> = images.collect();
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        let Value::Object(caption) = caption else {
            continue;
        };
        let name = caption.get("image").and_then(Value::as_str);
        let id = caption.get("id").and_then(Value::as_str);
        let had = id.and_then(Id::parse).zip(name);
        if !had.is_some_and(|had| images.contains(&had)) {
            fill_caption(site, caption)?;
        }
    }
    Ok(())
}

/// Fills the keys that a caption leaves out with the values that its photograph has for captions.
pub(super) fn fill_caption(
    site: &Site,
    caption: &mut Map<String, Value>,
) -> Result<(), HandlerError> {
    let Some(name) = caption.get("image").and_then(Value::as_str) else {
        return Ok(());
    };
    let Some(upload) = site.store.upload_named(name)? else {
        return Ok(());
    };
    let defaults = serde_json::to_value(&upload.caption_defaults).unwrap_or_default();
    let has_credit = caption.contains_key("credit");
    for (key, value) in defaults.as_object().into_iter().flatten() {
        // A role belongs to the name it came with.
        if key == "role" && has_credit {
            continue;
        }
        // Null says that there is none.
        if !caption.contains_key(key) {
            caption.insert(key.clone(), value.clone());
        }
    }
    Ok(())
}

/// The day and the headline, as an import makes it; with a number where another has it.
fn free_slug(
    site: &Site,
    article: &Article,
    about: &About<'_>,
    hint: Option<&str>,
) -> Result<String, HandlerError> {
    let zone = site.store.publication()?.timezone;
    let made = match hint.map(slug::slug).filter(|made| !made.is_empty()) {
        Some(made) => made,
        None => {
            let day = article.published.with_timezone(&zone).format("%Y-%m-%d");
            format!("{day}-{}", slug::slug(&article.headline))
        }
    };
    let number = first_free(|number| {
        let slug = slug::numbered(&made, number);
        let covers = |section: &str| about.scope.covers(section);
        let owner = site.store.holder_of_slug(&slug, &covers)?;
        Ok::<_, HandlerError>(owner.is_some_and(|owner| owner != about.id))
    })?;
    Ok(slug::numbered(&made, number))
}

/// Writes an article, and answers with it as it then stands.
pub(super) async fn write(
    request: &ApiRequest,
    mut wanted: ArticleToWrite,
    expected: Expected,
    status: StatusCode,
) -> Result<Reply, HandlerError> {
    // An unsupported format is refused before anything is written.
    request.form()?;
    let left_out = std::mem::take(&mut wanted.left_out);
    let mended = std::mem::take(&mut wanted.not_taken);
    let (id, status) = store(request, wanted, expected, status).await?;
    let mut reply = standing(request, id, status).await?;
    if let Some(Value::Object(state)) = reply.body.get_mut(shape::STATE) {
        if !left_out.is_empty() {
            state.insert("left_out".to_owned(), left_out.into());
        }
        if !mended.is_empty() {
            state.insert("mended".to_owned(), problem::complaints_json(mended));
        }
    }
    Ok(reply)
}

/// Writes an article. Gives the id and the status of the answer: those of the first time where the request came before.
pub(super) async fn store(
    request: &ApiRequest,
    wanted: ArticleToWrite,
    expected: Expected,
    status: StatusCode,
) -> Result<(Id, StatusCode), HandlerError> {
    let token = request.writer_in(&wanted.section)?;
    let id = wanted.article.id.unwrap_or_default();
    let key = request.idempotency_key(status, id)?;
    let slug = (wanted.slug.as_str(), wanted.is_slug_made);
    let within = (expected, token.scope.clone());
    let change = Change::write_within(wanted.article, &wanted.section, slug, within)
        .received(wanted.received);
    Ok(match order(request, token, change, key).await? {
        Some(done) => (done.item, idempotency::status(done.status)),
        None => (id, status),
    })
}

/// Decides about an item of an article that is filed in `section`. Gives what keeps the files of photographs that were killed
/// with it, as far as the token may know of it.
pub(super) async fn decide(
    request: &ApiRequest,
    (article, item): (&EditableArticle, Id),
    (action, public_note, expected): (Action, Option<Line>, Expected),
) -> Result<Vec<Value>, HandlerError> {
    request.form()?;
    let token = request.writer_in(&article.section)?;
    let key = request.idempotency_key(StatusCode::OK, article.id)?;
    let act = Act {
        item,
        action,
        public_note,
        expected,
        section: Some(article.section.clone()),
    };
    let change = Change::Act(Box::new(act));
    if !matches!(action, Action::Remove(how) if how.is_final()) {
        order(request, token, change, key).await?;
        return Ok(Vec::new());
    }
    let site = &request.site;
    let photographs = site.ask(move |site| Ok(site.store.photographs_of(item)?));
    let photographs = photographs.await?;
    order(request, token, change, key).await?;
    // If erasing takes longer, readyz reports what is left.
    request.site.store.erased_within(ERASING).await;
    let scope = token.scope.clone();
    let kept_references = site.ask(move |site| {
        let references = site.store.references(&photographs)?.into_iter();
        let known = references.filter(|reference| may_know(&scope, reference));
        Ok(known
            .map(|reference| shape::file_reference(&reference, &site.base))
            .collect())
    });
    kept_references.await
}

/// Whether a token may know of a reference: what is not public only if it may see what waits in its section.
fn may_know(scope: &Scope, reference: &FileReference) -> bool {
    match reference {
        FileReference::Logo | FileReference::Portrait => true,
        FileReference::Caption {
            is_public, section, ..
        }
        | FileReference::Article {
            is_public, section, ..
        } => *is_public || scope.covers(section),
        FileReference::Waiting { section, .. } => scope.covers(section),
    }
}

/// Has a change done; gives what came of the same request where it was done before.
pub(super) async fn order(
    request: &ApiRequest,
    token: &Token,
    change: Change,
    key: Option<IdempotencyKey>,
) -> Result<Option<CompletedRequest>, HandlerError> {
    let command = Command {
        actor: token.name.clone(),
        change,
        idempotency_key: key,
    };
    Ok(match request.site.writes.apply(command).await? {
        Applied::Now(_) => None,
        Applied::Before(done) => Some(done),
    })
}

/// The reply with an article as it stands now.
pub(super) async fn standing(
    request: &ApiRequest,
    article: Id,
    status: StatusCode,
) -> Result<Reply, HandlerError> {
    let form = request.form()?;
    let shown = move |site: &Site| {
        let found = site.store.editable_article(article)?;
        let shown = found.map(|editable| {
            let body = form::for_writers(site, &editable, form)?;
            Ok::<_, HandlerError>((body, editable.version))
        });
        shown.transpose()
    };
    let found = request.site.ask(shown).await?;
    let Some((body, version)) = found else {
        return Ok(Reply::of(StatusCode::NO_CONTENT, Value::Null));
    };
    let made = status == StatusCode::CREATED;
    let location = made.then(|| format!("{ROOT}/articles/{}", article.bare()));
    let reply = Reply::of(status, body).written_as(form).at(version);
    Ok(Reply {
        location: location.map(|path| request.site.base.at(&path)),
        ..reply
    })
}
