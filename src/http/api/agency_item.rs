//! An agency's item that comes by POST: a new article, the next version of one that is there, or one that is there already.

use std::cmp::Ordering;

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::Site;
use crate::item::Id;
use crate::item::ninjs::ItemVersion;
use crate::store::{EditableArticle, Expected, LastReceived, Removal, Scope, StoreError};

use super::problem::{HandlerError, Problem};
use super::reply::Reply;
use super::request::ApiRequest;
use super::submitted_item::{About, ItemKeys, SubmittedItem};
use super::writing::{ArticleToWrite, refuse_file, standing, wanted};
use super::{conditions, shape};

/// The result of comparing a received article with what is there: to write it, or to change nothing.
pub(super) enum Arrival {
    Write(Box<ArticleToWrite>, Expected, StatusCode),
    /// The article is there in this version already, and nothing is written.
    Stands(Id, ItemVersion),
}

/// The sender of an article, and the version that its request expects.
pub(super) struct Sender<'a> {
    pub(super) scope: &'a Scope,
    /// The condition of the request, where the article is an agency's item; other articles are only created.
    pub(super) expected: Option<Expected>,
    /// The text of which the article's slug may be made.
    pub(super) hint: Option<&'a str>,
    /// The id for a new article that says none.
    pub(super) id: Id,
}

/// Finds out whether the article is to be written. It reads the store.
pub(super) fn arrive(
    site: &Site,
    sent: SubmittedItem,
    sender: &Sender<'_>,
) -> Result<Arrival, HandlerError> {
    let mut taken = sent.take(site)?;
    let Some(known) = find_known(site, &taken, sender.scope)? else {
        return match sender.expected {
            Some(Expected::Present | Expected::Version(_)) => Err(Problem::changed(None).into()),
            _ => {
                let wanted = sender.wanted(site, taken, None)?;
                let status = StatusCode::CREATED;
                Ok(Arrival::Write(Box::new(wanted), Expected::Absent, status))
            }
        };
    };
    refuse_known(site, &known, sender)?;
    let last = site.store.received(&known)?;
    let section = last.as_ref().map(|last| &last.received.section);
    taken.follow(site, &known, section.and_then(Option::as_deref))?;
    let sent_version = taken.received.clone().unwrap_or_default().version;
    // Errors in the item are reported first, whatever its version.
    let wanted = sender.wanted(site, taken, Some(&known))?;
    let is_forced = sender.expected.is_some();
    match follows(&sent_version, last.as_ref(), &known, is_forced)
        .map_err(|problem| problem.at(&known))?
    {
        VersionOrder::Same => Ok(Arrival::Stands(known.id, sent_version)),
        VersionOrder::Newer => {
            let expected = Expected::Version(known.version);
            Ok(Arrival::Write(Box::new(wanted), expected, StatusCode::OK))
        }
    }
}

impl Sender<'_> {
    fn wanted(
        &self,
        site: &Site,
        taken: ItemKeys,
        stored: Option<&EditableArticle>,
    ) -> Result<ArticleToWrite, HandlerError> {
        let about = About {
            id: stored.map_or_else(|| taken.id().unwrap_or(self.id), |stored| stored.id),
            stored,
            hint: self.hint,
            scope: self.scope,
        };
        wanted(site, taken, &about)
    }
}

/// The article that an item is a version of, as far as its sender may know of it.
fn find_known(
    site: &Site,
    taken: &ItemKeys,
    scope: &Scope,
) -> Result<Option<EditableArticle>, HandlerError> {
    if taken.received.is_none() {
        return Ok(None);
    }
    let by_id = match taken.id() {
        Some(id) => site.store.editable_article(id)?,
        None => None,
    };
    let guid = taken.object.get("guid").and_then(Value::as_str);
    let found = match (by_id, guid) {
        (None, Some(guid)) => match site.store.known_by_guid(guid)? {
            Some(id) => site.store.editable_article(id)?,
            None => None,
        },
        (found, _) => found,
    };
    Ok(found.filter(|known| known.is_public() || scope.covers(&known.section)))
}

/// Refuses to touch an article that its sender may not write, knows as another, or that takes no version any more.
fn refuse_known(
    site: &Site,
    known: &EditableArticle,
    sender: &Sender<'_>,
) -> Result<(), HandlerError> {
    if !sender.scope.covers(&known.section) {
        let text = format!(
            "this token allows {}, and not to write in the section {}",
            sender.scope, known.section
        );
        return Err(Problem::forbidden(text).into());
    }
    refuse_file(site, Some(known))?;
    match sender.expected {
        Some(Expected::Version(version)) if version == known.version => {}
        None | Some(Expected::Present | Expected::Anything) => {}
        Some(_) => return Err(Problem::changed(Some(known.version)).into()),
    }
    match known.removal().is_some_and(Removal::is_final) {
        true => Err(StoreError::Killed { id: known.id }.into()),
        false => Ok(()),
    }
}

/// Whether an item is newer than what is there, and overwrites nothing that a desk has changed.
fn follows(
    own: &ItemVersion,
    last: Option<&LastReceived>,
    known: &EditableArticle,
    is_forced: bool,
) -> Result<VersionOrder, Problem> {
    let before = last.map(|last| &last.received.version);
    let judged = judge(own, before, (is_forced, &known.id.to_string()))?;
    let is_edited = last.is_some_and(|last| !last.is_untouched);
    let is_there = known.removal() != Some(Removal::Withdrawn);
    if judged == VersionOrder::Newer && is_edited && is_there && !is_forced {
        return Err(Problem::conflict(format!(
            "the desk has changed the article {} since an item made it, and that would be lost; fetch it, put both \
             together, and send the item again with If-Match and the article's ETag",
            known.id
        )));
    }
    Ok(judged)
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum VersionOrder {
    Newer,
    Same,
}

/// Compares the version of an item with the one that came before it. A client that says what it expects knows what it
/// replaces; what is older is not taken all the same.
pub(super) fn judge(
    own: &ItemVersion,
    before: Option<&ItemVersion>,
    (is_forced, of): (bool, &str),
) -> Result<VersionOrder, Problem> {
    let Some(before) = before else {
        return match is_forced {
            true => Ok(VersionOrder::Newer),
            false => Err(Problem::conflict(format!(
                "{of} is there and did not come as an item, so that nothing tells whether this one is newer; change it by \
                 PUT or PATCH, or send If-Match with its ETag"
            ))),
        };
    };
    match own.compare(before) {
        Some(Ordering::Greater) => Ok(VersionOrder::Newer),
        Some(Ordering::Equal) => Ok(VersionOrder::Same),
        Some(Ordering::Less) => Err(Problem::conflict(format!(
            "expected a newer version of {of} than the one that is there; found {own}, and {before} is there; send the newest"
        ))),
        None if is_forced => Ok(VersionOrder::Newer),
        None => Err(Problem::conflict(format!(
            "expected a version of {of} that is a whole number, or versioncreated, to tell which is newer; found {own}, and \
             {before} is there; say one of them, or send If-Match with its ETag"
        ))),
    }
}

/// The reply to an item that is there already.
pub(super) async fn stands(
    request: &ApiRequest,
    id: Id,
    version: &ItemVersion,
) -> Result<Reply, HandlerError> {
    let mut reply = standing(request, id, StatusCode::OK).await?;
    if let Some(Value::Object(state)) = reply.body.get_mut(shape::STATE) {
        let left_out = format!("all of it: {version} is there already");
        state.insert("left_out".to_owned(), json!([left_out]));
    }
    Ok(reply)
}

/// The condition of an item that comes by POST; that of other articles is that there is none.
pub(super) fn expected_of(
    request: &ApiRequest,
    sent: &SubmittedItem,
) -> Result<Option<Expected>, Problem> {
    match sent {
        SubmittedItem::Item(_) => Ok(None),
        SubmittedItem::Ninjs { .. } => conditions::expected_of(&request.headers),
    }
}
