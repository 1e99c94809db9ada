//! Reads of the store for writers: items as they were written, public or not, with the version that a writer has to state.

use std::collections::HashMap;

use crate::item::{Article, Caption, Id};

use super::articles::{article_of, articles_of};
use super::content::Content;
use super::database::{self, Connection};
use super::fingerprint::Fingerprint;
use super::killed;
use super::read::{entry_of, owner_of_caption};
use super::reserved;
use super::sqlite::moment;
use super::{Entry, Removal, State, Store, StoreError, StoredArticle, StoredCaption, Version};
use chrono::{DateTime, Utc};

/// An article for its writers, public or not, with its version.
#[derive(Clone, Debug)]
pub struct EditableArticle {
    pub id: Id,
    pub section: String,
    pub slug: String,
    /// The article with its captions, also those whose photographs are not shown any more.
    pub article: Article,
    pub version: Version,
    /// The article as readers have or had it; none where it was never public.
    pub stored: Option<StoredArticle>,
    /// The moment at which it will be public, where that is scheduled.
    pub due: Option<DateTime<Utc>>,
}

impl EditableArticle {
    /// The status that the API shows: `scheduled`, `draft`, or that of the public item.
    pub fn status(&self) -> &'static str {
        match (&self.stored, self.due) {
            (Some(stored), _) => stored.state.status.name(),
            (None, Some(_)) => "scheduled",
            (None, None) => "draft",
        }
    }

    /// Whether anybody may know that there is such an article.
    pub fn is_public(&self) -> bool {
        self.stored.is_some() && self.removal() != Some(Removal::Withheld)
    }

    pub fn removal(&self) -> Option<Removal> {
        self.state()?.status.removal()
    }

    pub fn state(&self) -> Option<&State> {
        self.stored.as_ref().map(|stored| &stored.state)
    }

    pub fn stored_caption(&self, id: Id) -> Option<&StoredCaption> {
        let captions = &self.stored.as_ref()?.captions;
        captions.iter().find(|caption| caption.state.id == id)
    }
}

/// The last article of a page of a list, behind which the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct After {
    pub order: i64,
    pub id: Id,
}

impl Store {
    /// The article of that id, public or not.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn editable_article(&self, id: Id) -> Result<Option<EditableArticle>, StoreError> {
        self.reading(|connection| editable_article(connection, id))
    }

    /// The id of an article by its slug, public or not.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn id_of_slug(&self, slug: &str) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| {
            let id: Option<String> = connection.row(
                "SELECT id, 0 FROM item WHERE slug = ?1
                     UNION ALL SELECT article, 1 FROM pending WHERE slug = ?1 ORDER BY 2, 1 LIMIT 1",
                [slug],
                |row| row.get(0),
            )?;
            match id.as_deref().and_then(Id::parse) {
                None => Ok(killed::owner(connection, Fingerprint::Slug(slug))?),
                known => Ok(known),
            }
        })
    }

    /// The article that has a slug which is about to be generated. Of those that are not public only one that the writer
    /// may know of counts, as `sees` says; another one will itself take another slug.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn holder_of_slug(
        &self,
        slug: &str,
        sees: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| {
            let id: Option<String> =
                connection.row("SELECT id FROM item WHERE slug = ?1", [slug], |row| {
                    row.get(0)
                })?;
            if let Some(known) = id.as_deref().and_then(Id::parse) {
                return Ok(Some(known));
            }
            if let Some(killed) = killed::owner(connection, Fingerprint::Slug(slug))? {
                return Ok(Some(killed));
            }
            let waits: Option<(String, String)> = connection.row(
                "SELECT article, section FROM pending WHERE slug = ?1",
                [slug],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let waits = match waits {
                Some((id, section)) => Id::parse(&id).map(|id| (id, section)),
                None => reserved::file_under(connection, slug)?,
            };
            let seen = waits.filter(|(_, section)| sees(section));
            Ok(seen.map(|(id, _)| id))
        })
    }

    /// The article that a caption belongs to, public or not.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn owner_of_any_caption(&self, caption: Id) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| owner_of_any_caption(connection, caption))
    }

    /// The article that a caption belongs to, public or not, with the version of the caption: both as of one moment, so that
    /// no text is given under the version of another.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn editable_caption(
        &self,
        caption: Id,
    ) -> Result<Option<(EditableArticle, Version)>, StoreError> {
        self.reading(|connection| {
            let Some(owner) = owner_of_any_caption(connection, caption)? else {
                return Ok(None);
            };
            let Some(of) = editable_article(connection, owner)? else {
                return Ok(None);
            };
            let version: Option<i64> = connection.row(
                "SELECT changed_at FROM item WHERE id = ?1 AND kind = 'caption'",
                [caption.to_string()],
                |row| row.get(0),
            )?;
            let waits = pending_version(connection, owner)?;
            // One that is not public yet is as old as its article; what waits of an article has its captions, too.
            let version = version.map_or(of.version, |at| Version(at.max(waits.unwrap_or(at))));
            Ok(Some((of, version)))
        })
    }

    /// The articles that are not public yet in the sections that `sees` accepts; those that are due first come first.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn pending(
        &self,
        sees: &dyn Fn(&str) -> bool,
        after: Option<After>,
        limit: usize,
    ) -> Result<Vec<(After, EditableArticle)>, StoreError> {
        self.reading(|connection| {
            let (mut order, mut id) = match after {
                Some(after) => (after.order, after.id.to_string()),
                None => (i64::MIN, String::new()),
            };
            let mut found = Vec::new();
            loop {
                let waiting = pending_after(connection, order, &id)?;
                let is_last = waiting.len() < PENDING_AT_ONCE;
                for (at, article, section) in waiting {
                    if found.len() == limit {
                        return Ok(found);
                    }
                    (order, id) = (at, article);
                    if !sees(&section) {
                        continue;
                    }
                    let id = Id::parse(&id).unwrap_or_default();
                    let waiting = editable_article(connection, id)?;
                    found.extend(waiting.map(|editable| (After { order, id }, editable)));
                }
                if is_last {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Public articles by their dates of publication, the newest first, of a section or of all.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn newest_articles(
        &self,
        section: Option<&str>,
        after: Option<After>,
        limit: usize,
    ) -> Result<Vec<(After, StoredArticle, Version)>, StoreError> {
        self.reading(|connection| {
            let (order, id) = match after {
                Some(after) => (after.order, after.id.to_string()),
                None => (i64::MAX, String::new()),
            };
            let row = |row: &database::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let found: Vec<(i64, String)> = match section {
                Some(section) => connection.rows(
                    "SELECT published, id FROM item
                         WHERE kind = 'article' AND status = 'usable' AND section = ?1
                           AND (published < ?2 OR (published = ?2 AND id > ?3))
                         ORDER BY published DESC, id LIMIT ?4",
                    (section, order, id, limit),
                    row,
                )?,
                None => connection.rows(
                    "SELECT published, id FROM item
                         WHERE kind = 'article' AND status = 'usable'
                           AND (published < ?1 OR (published = ?1 AND id > ?2))
                         ORDER BY published DESC, id LIMIT ?3",
                    (order, id, limit),
                    row,
                )?,
            };
            let orders: HashMap<Id, i64> = found
                .iter()
                .map(|(order, id)| (Id::parse(id).unwrap_or_default(), *order))
                .collect();
            let ids: Vec<Id> = found.iter().filter_map(|(_, id)| Id::parse(id)).collect();
            let mut articles = Vec::new();
            for article in articles_of(connection, &ids)? {
                let id = article.state.id;
                let version = version_of(connection, id)?.unwrap_or(0);
                let order = orders.get(&id).copied().unwrap_or_default();
                articles.push((After { order, id }, article, Version(version)));
            }
            Ok(articles)
        })
    }

    /// The entries about an article and its captions, or about one caption, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn entries_about(&self, item: Id) -> Result<Vec<Entry>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT l.seq, l.time, l.kind, l.item, l.revision, l.before, l.after, l.actor, l.note
                 FROM item i JOIN log l ON l.item = i.id
                 WHERE i.article = ?1 OR i.id = ?1 ORDER BY l.seq";
            Ok(connection.rows(sql, [item.to_string()], entry_of)?)
        })
    }

    /// The text of an item at a revision; an article's without its captions.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn text_at(
        &self,
        item: Id,
        revision: u64,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        self.reading(|connection| {
            let content: Option<String> = connection.row(
                "SELECT content FROM revision WHERE item = ?1 AND revision = ?2",
                (item.to_string(), revision),
                |row| row.get(0),
            )?;
            let content = content
                .map(|json| serde_json::from_str(&json))
                .transpose()?;
            Ok(
                content.map(|content: serde_json::Value| match content.get("article") {
                    Some(article) => article.clone(),
                    None => content,
                }),
            )
        })
    }
}

/// Maximum number of waiting articles that are looked at before they are read.
const PENDING_AT_ONCE: usize = 64;

/// The next articles that wait: when each is due, its id and its section.
fn pending_after(
    connection: &Connection,
    order: i64,
    id: &str,
) -> database::Result<Vec<(i64, String, String)>> {
    connection.rows(
        "SELECT coalesce(due, ?3), article, section FROM pending
         WHERE coalesce(due, ?3) > ?1 OR (coalesce(due, ?3) = ?1 AND article > ?2)
         ORDER BY coalesce(due, ?3), article LIMIT ?4",
        (order, id, i64::MAX, PENDING_AT_ONCE),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn owner_of_any_caption(
    connection: &Connection,
    caption: Id,
) -> Result<Option<Id>, StoreError> {
    if let Some(owner) = owner_of_caption(connection, caption)? {
        return Ok(Some(owner));
    }
    Ok(reserved::waiting_owner(connection, caption)?)
}

/// The version of what waits of an article.
pub(super) fn pending_version(
    connection: &Connection,
    article: Id,
) -> database::Result<Option<i64>> {
    connection.row(
        "SELECT changed_at FROM pending WHERE article = ?1",
        [article.to_string()],
        |row| row.get(0),
    )
}

fn version_of(connection: &Connection, id: Id) -> database::Result<Option<i64>> {
    connection.one(
        "SELECT max(changed_at) FROM (
                 SELECT changed_at FROM item WHERE article = ?1
                 UNION ALL SELECT changed_at FROM pending WHERE article = ?1) known",
        [id.to_string()],
        |row| row.get(0),
    )
}

pub(super) fn editable_article(
    connection: &Connection,
    id: Id,
) -> Result<Option<EditableArticle>, StoreError> {
    let stored = article_of(connection, id)?;
    let waiting: Option<(String, String, String, Option<i64>)> = connection.row(
        "SELECT section, slug, content, due FROM pending WHERE article = ?1",
        [id.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let version = Version(version_of(connection, id)?.unwrap_or(0));
    if let Some((section, slug, content, due)) = waiting {
        return Ok(Some(EditableArticle {
            id,
            section,
            slug,
            article: serde_json::from_str(&content)?,
            version,
            stored,
            due: due.map(moment),
        }));
    }
    let Some(stored) = stored else {
        return Ok(None);
    };
    Ok(Some(EditableArticle {
        id,
        section: stored.section.clone(),
        slug: stored.slug.clone(),
        article: article_as_written(connection, id)?,
        version,
        stored: Some(stored),
        due: None,
    }))
}

/// The article as it was written, its captions but for those that were withdrawn with it.
pub(super) fn article_as_written(connection: &Connection, id: Id) -> Result<Article, StoreError> {
    let mut article: Option<Article> = None;
    let mut captions: Vec<Caption> = Vec::new();
    connection.each(
        "SELECT i.kind, r.content FROM item i
         JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.article = ?1 AND (i.kind = 'article' OR coalesce(i.removal, '') <> 'withdrawn')
         ORDER BY i.position, i.id",
        [id.to_string()],
        |row| {
            let (kind, content): (String, String) = (row.get(0)?, row.get(1)?);
            match kind == "article" {
                true => article = Some(serde_json::from_str::<Content>(&content)?.article),
                false => captions.push(serde_json::from_str(&content)?),
            }
            Ok::<_, StoreError>(())
        },
    )?;
    let article = article.ok_or(StoreError::Unknown { id })?;
    Ok(Article {
        captions,
        ..article
    })
}
