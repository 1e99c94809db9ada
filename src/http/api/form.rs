//! Articles in the form that was asked for: with the keys of the item file, or as ninjs.

use http::StatusCode;
use serde_json::{Value, json};

use super::responses::ItemFormat;
use crate::feed;
use crate::http::Site;
use crate::store::{EditableArticle, StoredArticle, Version};

use super::problem::HandlerError;
use super::reply::Reply;
use super::{ROOT, shape};

/// The JSON of a public article for anybody.
pub(super) fn for_all(
    site: &Site,
    stored: &StoredArticle,
    version: Version,
    form: ItemFormat,
) -> Result<Value, HandlerError> {
    Ok(match form {
        ItemFormat::Item => shape::public(stored, version, &site.base),
        ItemFormat::Ninjs => {
            let publication = site.store.publication()?;
            feed::ninjs(&publication, &site.base, stored)
        }
    })
}

/// The JSON of an article for its writers, with what is not public.
pub(super) fn for_writers(
    site: &Site,
    editable: &EditableArticle,
    form: ItemFormat,
) -> Result<Value, HandlerError> {
    Ok(match form {
        ItemFormat::Item => shape::editable_article(editable, &site.base),
        ItemFormat::Ninjs => {
            let publication = site.store.publication()?;
            feed::ninjs_for_writers(&publication, &site.base, editable)
        }
    })
}

/// The part of a list that a request asks for: its filter, its cursor and its maximum length.
pub(super) struct ListRange<'p> {
    pub(super) section: Option<&'p str>,
    pub(super) cursor: Option<String>,
    pub(super) limit: usize,
    /// Whether the list is of articles that are not public yet.
    pub(super) is_pending: bool,
}

impl ListRange<'_> {
    fn address(&self, site: &Site, cursor: Option<&str>) -> String {
        // Slugs, cursors and numbers need no escape.
        let section = self.section.map(|section| format!("&section={section}"));
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}"));
        let status = self.is_pending.then_some("&status=pending");
        site.base.at(&format!(
            "{ROOT}/articles?format=ninjs&limit={}{}{}{}",
            self.limit,
            status.unwrap_or_default(),
            section.unwrap_or_default(),
            cursor.unwrap_or_default(),
        ))
    }
}

/// A page of a list; ninjs has no place for the cursor of the next, which stands in the head.
pub(super) fn list(
    site: &Site,
    form: ItemFormat,
    here: &ListRange<'_>,
    articles: Vec<Value>,
    next: Option<String>,
) -> Reply {
    match form {
        ItemFormat::Item => Reply::of(StatusCode::OK, json!({"articles": articles, "next": next})),
        ItemFormat::Ninjs => {
            let uri = here.address(site, here.cursor.as_deref());
            let body = feed::ninjs_list(&uri, articles);
            Reply {
                next: next.map(|next| here.address(site, Some(&next))),
                ..Reply::of(StatusCode::OK, body).written_as(form)
            }
        }
    }
}

/// Maximum size of a page of a list in bytes, unless a single article is larger; the client asks for the next page.
const MAX_PAGE_BYTES: usize = 256 * 1024;

/// The number of bytes that are left for the articles of a page.
pub(super) struct ListSpace(usize);

impl Default for ListSpace {
    fn default() -> Self {
        Self(MAX_PAGE_BYTES)
    }
}

impl ListSpace {
    /// Counts one more article; false where the page has no room for it. The first always has room.
    pub(super) fn takes(&mut self, article: &Value) -> bool {
        let bytes = serde_json::to_vec(article).map_or(usize::MAX, |bytes| bytes.len());
        let is_first = self.0 == MAX_PAGE_BYTES;
        let has_room = bytes <= self.0;
        self.0 = self.0.saturating_sub(bytes.max(1));
        is_first || has_room
    }
}
