//! What writers ask of the store: items as they were written, public or not, with the version that a writer must know.

use rusqlite::{Connection, OptionalExtension};

use crate::item::{Article, Caption, Id, PhotographError};

use super::apply::Content;
use super::read::{article_of, entry_of};
use super::sqlite::moment;
use super::{
    Entry, PubStatus, Removal, State, Store, StoreError, StoredArticle, StoredCaption, Upload,
    Version,
};
use chrono::{DateTime, Utc};

/// An article as its writers have it.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub id: Id,
    pub section: String,
    pub slug: String,
    /// With its captions, those too whose photographs are not shown any more.
    pub article: Article,
    pub version: Version,
    /// Where it is public, or was.
    pub stored: Option<StoredArticle>,
    /// When it will be public, where that is foreseen.
    pub due: Option<DateTime<Utc>>,
}

impl Drafted {
    /// Where it stands in its life.
    pub fn status(&self) -> &'static str {
        match (&self.stored, self.due) {
            (Some(stored), _) => stored.state.status.name(),
            (None, Some(_)) => "scheduled",
            (None, None) => "draft",
        }
    }

    pub fn removal(&self) -> Option<Removal> {
        match self.stored.as_ref()?.state.status {
            PubStatus::Removed { how, .. } => Some(how),
            PubStatus::Usable => None,
        }
    }

    pub fn state(&self) -> Option<&State> {
        self.stored.as_ref().map(|stored| &stored.state)
    }

    pub fn stored_caption(&self, id: Id) -> Option<&StoredCaption> {
        let captions = &self.stored.as_ref()?.captions;
        captions.iter().find(|caption| caption.state.id == id)
    }
}

/// Where a list of articles goes on: behind this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    pub order: i64,
    pub id: Id,
}

impl Store {
    /// The article of that id, public or not.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn drafted(&self, id: Id) -> Result<Option<Drafted>, StoreError> {
        self.reading(|connection| drafted(connection, id))
    }

    /// The id of an article by its slug, public or not.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn id_of_slug(&self, slug: &str) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| {
            let id: Option<String> = connection
                .prepare_cached(
                    "SELECT id FROM item WHERE slug = ?1
                     UNION ALL SELECT article FROM pending WHERE slug = ?1 LIMIT 1",
                )?
                .query_row([slug], |row| row.get(0))
                .optional()?;
            Ok(id.as_deref().and_then(Id::parse))
        })
    }

    /// The article that a caption belongs to, public or not.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn owner_of_drafted(&self, caption: Id) -> Result<Option<Id>, StoreError> {
        if let Some(owner) = self.owner_of_caption(caption)? {
            return Ok(Some(owner));
        }
        self.reading(|connection| {
            let wanted = |article: &Article| {
                let captions = &article.captions;
                captions.iter().any(|known| known.id == Some(caption))
            };
            let found = pending(connection)?.into_iter();
            Ok(found
                .filter(|(_, article)| wanted(article))
                .map(|(id, _)| id)
                .next())
        })
    }

    /// The version of a caption; that of an article is in [`Drafted`].
    ///
    /// # Errors
    /// Where the database fails.
    pub fn version_of_caption(&self, id: Id) -> Result<Option<Version>, StoreError> {
        self.reading(|connection| {
            let version: Option<i64> = connection
                .prepare_cached("SELECT changed_at FROM item WHERE id = ?1 AND kind = 'caption'")?
                .query_row([id.to_string()], |row| row.get(0))
                .optional()?;
            Ok(version.map(Version))
        })
    }

    /// What is not public yet, what is due first before all else.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn all_pending(&self) -> Result<Vec<Drafted>, StoreError> {
        self.reading(|connection| {
            let ids = connection
                .prepare_cached("SELECT article FROM pending ORDER BY due IS NULL, due, article")?
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            let mut found = Vec::new();
            for id in ids.iter().filter_map(|id| Id::parse(id)) {
                found.extend(drafted(connection, id)?);
            }
            Ok(found)
        })
    }

    /// Public articles, the newest first, of a section or of all.
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
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let found: Vec<(i64, String)> = match section {
                Some(section) => connection
                    .prepare_cached(
                        "SELECT activity, item FROM filing
                         WHERE selection = ?1 AND item = article AND withdrawn = 0
                           AND (activity < ?2 OR (activity = ?2 AND item > ?3))
                         ORDER BY activity DESC, article LIMIT ?4",
                    )?
                    .query_map((format!("section/{section}"), order, id, limit), row)?
                    .collect::<Result<_, _>>()?,
                None => connection
                    .prepare_cached(
                        "SELECT published, id FROM item
                         WHERE kind = 'article' AND status = 'usable'
                           AND (published < ?1 OR (published = ?1 AND id > ?2))
                         ORDER BY published DESC, id LIMIT ?3",
                    )?
                    .query_map((order, id, limit), row)?
                    .collect::<Result<_, _>>()?,
            };
            let mut articles = Vec::new();
            for (order, id) in found {
                let id = Id::parse(&id).unwrap_or_default();
                if let Some(article) = article_of(connection, id)? {
                    let version = version_of(connection, id)?.unwrap_or(0);
                    articles.push((After { order, id }, article, Version(version)));
                }
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
            let mut statement = connection.prepare_cached(
                "SELECT l.seq, l.time, l.kind, l.item, l.revision, l.before, l.after, l.actor, l.note
                 FROM item i JOIN log l ON l.item = i.id
                 WHERE i.article = ?1 OR i.id = ?1 ORDER BY l.seq",
            )?;
            let rows = statement.query_map([item.to_string()], entry_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What an item said at a revision; an article without its captions.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn text_at(
        &self,
        item: Id,
        revision: u64,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        self.reading(|connection| {
            let content: Option<String> = connection
                .prepare_cached("SELECT content FROM revision WHERE item = ?1 AND revision = ?2")?
                .query_row((item.to_string(), revision), |row| row.get(0))
                .optional()?;
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

    /// The articles, public or not, one of whose captions names that photograph.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn showing(&self, name: &str) -> Result<Vec<Drafted>, StoreError> {
        self.reading(|connection| {
            let Some(upload) = super::upload::upload(connection, "name", name)? else {
                return Ok(Vec::new());
            };
            let mut ids: Vec<Id> = connection
                .prepare_cached("SELECT DISTINCT article FROM item WHERE media = ?1")?
                .query_map([&upload.photograph.hash], |row| row.get::<_, String>(0))?
                .filter_map(|id| id.map(|id| Id::parse(&id)).transpose())
                .collect::<Result<_, _>>()?;
            ids.extend(pending(connection)?.into_iter().map(|(id, _)| id));
            let names = |caption: &Caption| {
                let image = caption.image.as_ref();
                image.is_some_and(|image| image.name == name)
            };
            let mut found = Vec::new();
            for id in ids {
                let known = drafted(connection, id)?;
                found.extend(known.filter(|known| known.article.captions.iter().any(names)));
            }
            Ok(found)
        })
    }

    /// The photograph that was uploaded under that name.
    ///
    /// # Errors
    /// Where there is none, or the store fails.
    pub fn photograph_named(&self, name: &str) -> Result<crate::item::Photograph, PhotographError> {
        let found = self.upload_named(name);
        match found {
            Ok(Some(upload)) => Ok(upload.photograph),
            Ok(None) => Err(PhotographError::Missing {
                name: name.to_owned(),
            }),
            Err(error) => Err(PhotographError::Unreadable {
                name: name.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// What was uploaded under that name.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload_named(&self, name: &str) -> Result<Option<Upload>, StoreError> {
        self.reading(|connection| super::upload::upload(connection, "name", name))
    }

    /// What was uploaded and is served by that hash.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload_of(&self, hash: &str) -> Result<Option<Upload>, StoreError> {
        let column = "json_extract(photograph, '$.hash')";
        self.reading(|connection| super::upload::upload(connection, column, hash))
    }

    /// What was uploaded under that id.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload(&self, id: Id) -> Result<Option<Upload>, StoreError> {
        self.reading(|connection| super::upload::upload(connection, "id", &id.to_string()))
    }
}

fn pending(connection: &Connection) -> Result<Vec<(Id, Article)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT article, content FROM pending")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (id, content) = row?;
        let id = Id::parse(&id).unwrap_or_default();
        found.push((id, serde_json::from_str(&content)?));
    }
    Ok(found)
}

fn version_of(connection: &Connection, id: Id) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT max(changed_at) FROM (
                 SELECT changed_at FROM item WHERE article = ?1
                 UNION ALL SELECT changed_at FROM pending WHERE article = ?1)",
        )?
        .query_row([id.to_string()], |row| row.get(0))
}

fn drafted(connection: &Connection, id: Id) -> Result<Option<Drafted>, StoreError> {
    let stored = article_of(connection, id)?;
    let waiting: Option<(String, String, String, Option<i64>)> = connection
        .prepare_cached("SELECT section, slug, content, due FROM pending WHERE article = ?1")?
        .query_row([id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let version = Version(version_of(connection, id)?.unwrap_or(0));
    if let Some((section, slug, content, due)) = waiting {
        return Ok(Some(Drafted {
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
    Ok(Some(Drafted {
        id,
        section: stored.section.clone(),
        slug: stored.slug.clone(),
        article: written(connection, id)?,
        version,
        stored: Some(stored),
        due: None,
    }))
}

/// The article as it was written, its captions but for those that were withdrawn with it.
pub(super) fn written(connection: &Connection, id: Id) -> Result<Article, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT i.kind, r.content FROM item i
         JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.article = ?1 AND (i.kind = 'article' OR coalesce(i.removal, '') <> 'withdrawn')
         ORDER BY i.position, i.id",
    )?;
    let mut rows = statement.query([id.to_string()])?;
    let mut article: Option<Article> = None;
    let mut captions: Vec<Caption> = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, content): (String, String) = (row.get(0)?, row.get(1)?);
        match kind == "article" {
            true => article = Some(serde_json::from_str::<Content>(&content)?.article),
            false => captions.push(serde_json::from_str(&content)?),
        }
    }
    let article = article.ok_or(StoreError::Unknown { id })?;
    Ok(Article {
        captions,
        ..article
    })
}
