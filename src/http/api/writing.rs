//! From a request to a command, and from what came of it to the answer.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::http::respond::{self, Form};
use crate::http::{RenderError, Site};
use crate::item::{Article, Id, is_refused, json as item_json, slug};
use crate::store::{
    Act, Action, Applied, Change, Command, Drafted, Expected, Once, Token, Version,
};

use super::asked::Asked;
use super::problem::{Failure, Problem};
use super::sent::Taken;
use super::{ROOT, conditions::tag_in, form, shape};

/// What a handler answers with.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) form: Form,
    /// The address of the next page of a list, where its form has no place for it.
    pub(super) next: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    /// Whether others may see it, too.
    pub(super) is_public: bool,
}

impl Reply {
    pub(super) fn of(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            form: Form::Item,
            next: None,
            etag: None,
            location: None,
            is_public: false,
        }
    }

    pub(super) fn written_as(self, form: Form) -> Self {
        Self { form, ..self }
    }

    pub(super) fn at(self, version: Version) -> Self {
        Self {
            etag: Some(tag_in(self.form, version)),
            ..self
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let reply = respond::ApiReply {
            form: self.form,
            next: self.next,
            status: self.status,
            body: serde_json::to_vec(&self.body).unwrap_or_default(),
            etag: self.etag,
            location: self.location,
            is_public: self.is_public,
        };
        respond::api_reply(reply).map(axum::body::Body::new)
    }
}

impl Site {
    /// Does what waits for the disk where it holds nobody up.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let site = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&site)).await {
            Ok(done) => done,
            Err(error) => Err(RenderError::Broken(error.to_string()).into()),
        }
    }

    /// What a failure looks like from outside; a fault is written down.
    pub(super) fn told(&self, path: &str, failure: Failure) -> Problem {
        match failure {
            Failure::Told(problem) => problem,
            Failure::Fault(error) => {
                (self.fault)(path, &error);
                Problem::fault()
            }
        }
    }

    /// The article of a path's id, public or not.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<Drafted, Failure> {
        let id = parse_id(id)?;
        let found = self.ask(move |site| Ok(site.store.drafted(id)?)).await?;
        Ok(found.ok_or_else(Problem::nowhere)?)
    }
}

/// An id as it stands in a path: bare, or as a URN.
pub(super) fn parse_id(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(Problem::nowhere)
}

/// An article as a request wants it, with where it is filed.
pub(super) struct Wanted {
    pub(super) article: Article,
    pub(super) section: String,
    pub(super) slug: String,
    /// What was sent and is no part of it.
    pub(super) left_out: Vec<String>,
}

/// Reads an article out of what was sent; `id` is the path's. Without a slug it is given `known`, or one that is made.
pub(super) fn wanted(
    site: &Site,
    taken: Taken,
    id: Id,
    known: Option<&str>,
    hint: Option<&str>,
) -> Result<Wanted, Failure> {
    let publication = site.store.publication()?;
    let Taken {
        mut object,
        said,
        left_out,
        complaints: mut all,
    } = taken;
    drop_state(&mut object);
    fill_captions(site, &mut object)?;
    let mut complaints = Vec::new();
    let mut text = |key: &str| match object.remove(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            let complaint = crate::item::Complaint::refused(
                None,
                format!("{key} to be text"),
                "another value",
                "correct the value",
            );
            complaints.push((format!("/{key}"), complaint));
            None
        }
    };
    let (section, slug) = (text("section"), text("slug"));
    let said_id = object.get("id").and_then(Value::as_str).and_then(Id::parse);
    if said_id.is_some_and(|said| said != id) {
        complaints.push((
            "/id".to_owned(),
            crate::item::Complaint::refused(
                None,
                "the id of the address",
                "another",
                "leave it out, or send the request to the address of that id",
            ),
        ));
    }
    let parsed = item_json::parse(&object, &|name| site.store.photograph_named(name));
    complaints.extend(parsed.complaints);
    let declared = |slug: &String| publication.section(slug).is_some();
    match &section {
        Some(section) if declared(section) => {}
        said => {
            let known: Vec<&str> = publication
                .sections
                .iter()
                .map(|section| section.slug.as_str())
                .collect();
            complaints.push((
                "/section".to_owned(),
                crate::item::Complaint::refused(
                    None,
                    format!("section to be one of {}", known.join(", ")),
                    said.as_deref().unwrap_or("none"),
                    "name a section that the publication declares",
                ),
            ));
        }
    }
    if let Some(slug) = slug.as_ref().filter(|slug| !slug::is_slug(slug)) {
        complaints.push((
            "/slug".to_owned(),
            crate::item::Complaint::refused(
                None,
                "slug to be of a-z, 0-9, - and _",
                format!("{slug:?}"),
                "correct it, or leave it out to have one made of the headline",
            ),
        ));
    }
    all.extend(said.of_document(complaints));
    let refused = all
        .iter()
        .any(|(_, complaint)| is_refused(std::slice::from_ref(complaint)));
    let (Some(article), Some(section), false) = (parsed.article, section, refused) else {
        return Err(Problem::unprocessable(all).into());
    };
    // One that was withdrawn may have given its address away.
    let known = known.filter(|known| !known.is_empty());
    let hint = hint.or(said.slug());
    let slug = match slug.or_else(|| known.map(str::to_owned)) {
        Some(slug) => slug,
        None => free_slug(site, &article, id, hint)?,
    };
    Ok(Wanted {
        article: Article {
            id: Some(id),
            ..article
        },
        section,
        slug,
        left_out,
    })
}

/// What an earlier answer said under `state` may come back; nobody reads it.
fn drop_state(object: &mut Map<String, Value>) {
    object.remove(shape::STATE);
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        if let Value::Object(caption) = caption {
            caption.remove(shape::STATE);
            caption.remove("article");
        }
    }
}

/// What a photograph's own metadata say stands where its caption says nothing.
fn fill_captions(site: &Site, object: &mut Map<String, Value>) -> Result<(), Failure> {
    let captions = object.get_mut("captions").and_then(Value::as_array_mut);
    for caption in captions.into_iter().flatten() {
        let Value::Object(caption) = caption else {
            continue;
        };
        let Some(name) = caption.get("image").and_then(Value::as_str) else {
            continue;
        };
        let Some(upload) = site.store.upload_named(name)? else {
            continue;
        };
        let said = serde_json::to_value(&upload.said).unwrap_or_default();
        for (key, value) in said.as_object().into_iter().flatten() {
            // Null says that there is none.
            if !caption.contains_key(key) {
                caption.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(())
}

/// The day and the headline, as an import makes it; with a number where another has it.
fn free_slug(
    site: &Site,
    article: &Article,
    id: Id,
    hint: Option<&str>,
) -> Result<String, Failure> {
    let zone = site.store.publication()?.timezone;
    let made = match hint.map(slug::slug).filter(|made| !made.is_empty()) {
        Some(made) => made,
        None => {
            let day = article.published.with_timezone(&zone).format("%Y-%m-%d");
            format!("{day}-{}", slug::slug(&article.headline))
        }
    };
    let mut slug = made.clone();
    let mut number = 1;
    while site
        .store
        .id_of_slug(&slug)?
        .is_some_and(|owner| owner != id)
    {
        number += 1;
        slug = format!("{made}-{number}");
    }
    Ok(slug)
}

/// Writes an article, and answers with it as it then stands.
pub(super) async fn write(
    asked: &Asked,
    wanted: Wanted,
    expected: Expected,
    status: StatusCode,
) -> Result<Reply, Failure> {
    let token = asked.writer_in(&wanted.section)?;
    let id = wanted.article.id.unwrap_or_default();
    let once = asked.once(status, id)?;
    let change = Change::write(wanted.article, &wanted.section, &wanted.slug, expected);
    let mut reply = apply(asked, token, change, once, id, status).await?;
    if let (Some(Value::Object(state)), false) =
        (reply.body.get_mut(shape::STATE), wanted.left_out.is_empty())
    {
        state.insert("left_out".to_owned(), wanted.left_out.into());
    }
    Ok(reply)
}

/// Decides about an item, and answers with its article as it then stands.
pub(super) async fn decide(
    asked: &Asked,
    token: &Token,
    (article, item): (Id, Id),
    action: Action,
    public_note: Option<crate::item::Line>,
    expected: Expected,
) -> Result<Reply, Failure> {
    let once = asked.once(StatusCode::OK, article)?;
    let act = Act {
        item,
        action,
        public_note,
        expected,
    };
    let change = Change::Act(Box::new(act));
    apply(asked, token, change, once, article, StatusCode::OK).await
}

async fn apply(
    asked: &Asked,
    token: &Token,
    change: Change,
    once: Option<Once>,
    article: Id,
    status: StatusCode,
) -> Result<Reply, Failure> {
    // Before anything is done: who asks for what there is not is told so.
    let form = asked.form()?;
    let command = Command {
        actor: token.name.clone(),
        change,
        once,
    };
    let (article, status) = match asked.site.desk.apply(command).await? {
        Applied::Now(_) => (article, status),
        // It was done when it came first.
        Applied::Before { status, item } => {
            (item, StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        }
    };
    let shown = move |site: &Site| {
        let found = site.store.drafted(article)?;
        let shown = found.map(|drafted| {
            let body = form::for_writers(site, &drafted, form)?;
            Ok::<_, Failure>((body, drafted.version))
        });
        shown.transpose()
    };
    let found = asked.site.ask(shown).await?;
    let Some((body, version)) = found else {
        return Ok(Reply::of(StatusCode::NO_CONTENT, Value::Null));
    };
    let location = (status == StatusCode::CREATED).then(|| {
        asked
            .site
            .base
            .at(&format!("{ROOT}/articles/{}", article.bare()))
    });
    let reply = Reply::of(status, body).written_as(form).at(version);
    Ok(Reply { location, ..reply })
}

/// Writes the articles anew that show a photograph whose picture was replaced.
pub(super) async fn show_anew(
    site: &Arc<Site>,
    token: &Token,
    upload: &crate::store::Upload,
    shown: Vec<Drafted>,
) -> Result<(), Failure> {
    for drafted in shown {
        let mut article = drafted.article;
        for caption in &mut article.captions {
            let image = caption.image.as_mut();
            if let Some(image) = image.filter(|image| image.name == upload.name) {
                image.photograph = upload.photograph.clone();
            }
        }
        let of = Expected::Version(drafted.version);
        let command = Command {
            actor: token.name.clone(),
            change: Change::write(article, &drafted.section, &drafted.slug, of),
            once: None,
        };
        site.desk.apply(command).await?;
    }
    Ok(())
}
