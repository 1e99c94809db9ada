//! Lookups of an item, public or not, by the names that a desk may use for it: former addresses, section and slug, its
//! photograph. Also lists of articles, to suggest one where a name was misspelled.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::item::{FormerPath, Id, Line};

use super::database::Connection;
use super::fingerprint::Fingerprint;
use super::killed;
use super::sqlite::moment;
use super::{Store, StoreError};

/// An article as a list for the desk names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedArticle {
    pub id: Id,
    pub section: String,
    pub slug: String,
    pub published: DateTime<Utc>,
    /// The headline, which only the newest articles have here.
    pub headline: Option<Line>,
}

/// The part of a stored article that has its headline.
#[derive(Deserialize)]
struct Headed {
    headline: Line,
}

/// The content of a revision, as far as it is read here.
#[derive(Deserialize)]
struct HeadedContent {
    article: Headed,
}

impl Store {
    /// The article that had an address in an earlier system, also where the address does not redirect to it in public.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn holder_of_former(&self, path: &FormerPath) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| {
            let article: Option<String> = connection.row(
                "SELECT article FROM former_path WHERE path = ?1",
                [path.as_str()],
                |row| row.get(0),
            )?;
            match article.as_deref().and_then(Id::parse) {
                None => Ok(killed::owner(
                    connection,
                    Fingerprint::Former(path.as_str()),
                )?),
                article => Ok(article),
            }
        })
    }

    /// The articles of which an address of an earlier system ends in `name`. It reads all such addresses.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn holders_of_former_name(&self, name: &str) -> Result<BTreeSet<Id>, StoreError> {
        self.reading(|connection| {
            let mut found = BTreeSet::new();
            connection.each("SELECT path, article FROM former_path", (), |row| {
                let path: String = row.get(0)?;
                if path.rsplit('/').next() == Some(name) {
                    found.extend(Id::parse(&row.get::<String>(1)?));
                }
                Ok::<_, StoreError>(())
            })?;
            Ok(found)
        })
    }

    /// The articles that are filed, or were once filed, as `section/slug`. It reads the whole log.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn filed_as(&self, filed: &str) -> Result<BTreeSet<Id>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT i.article FROM log l JOIN item i ON i.id = l.item WHERE l.before = ?1 OR l.after = ?1
                 UNION SELECT p.article FROM unseen u JOIN pending p ON p.article = u.item WHERE u.filed = ?1";
            let ids = connection.rows(sql, [filed], |row| row.get::<String>(0))?;
            Ok(ids.iter().filter_map(|id| Id::parse(id)).collect())
        })
    }

    /// The articles that are filed, or were once filed, under a slug in whatever section. It reads the whole log.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn filed_under(&self, slug: &str) -> Result<BTreeSet<Id>, StoreError> {
        self.reading(|connection| {
            let end = format!("/{slug}");
            let sql = "SELECT i.article FROM log l JOIN item i ON i.id = l.item
                 WHERE (length(l.before) > length(?1) AND substr(l.before, length(l.before) - length(?1) + 1) = ?1)
                    OR (length(l.after) > length(?1) AND substr(l.after, length(l.after) - length(?1) + 1) = ?1)
                 UNION SELECT p.article FROM unseen u JOIN pending p ON p.article = u.item
                 WHERE length(u.filed) > length(?1) AND substr(u.filed, length(u.filed) - length(?1) + 1) = ?1";
            let ids = connection.rows(sql, [end], |row| row.get::<String>(0))?;
            Ok(ids.iter().filter_map(|id| Id::parse(id)).collect())
        })
    }

    /// The captions and articles that have a photograph, one of its sizes, or a recording.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn items_with_file(&self, hash: &str) -> Result<BTreeSet<Id>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT id FROM item WHERE media = ?1
                 UNION SELECT i.id FROM rendition r JOIN item i ON i.media = r.original WHERE r.hash = ?1
                 UNION SELECT article FROM recording WHERE hash = ?1";
            let ids = connection.rows(sql, [hash], |row| row.get::<String>(0))?;
            Ok(ids.iter().filter_map(|id| Id::parse(id)).collect())
        })
    }

    /// All articles that have a slug, public or not, the newest first; the first `headed` with their headlines.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn named_articles(&self, headed: usize) -> Result<Vec<NamedArticle>, StoreError> {
        self.reading(|connection| {
            let mut articles = connection.rows(
                "SELECT id, section, slug, published FROM item
                 WHERE kind = 'article' AND slug IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM pending WHERE article = item.id)
                 UNION ALL SELECT article, section, slug, coalesce(due, changed_at) FROM pending
                 ORDER BY 4 DESC, 1",
                (),
                |row| {
                    Ok(NamedArticle {
                        id: Id::parse(&row.get::<String>(0)?).unwrap_or_default(),
                        section: row.get::<Option<String>>(1)?.unwrap_or_default(),
                        slug: row.get(2)?,
                        published: moment(row.get(3)?),
                        headline: None,
                    })
                },
            )?;
            for article in articles.iter_mut().take(headed) {
                article.headline = headline(connection, article.id)?;
            }
            Ok(articles)
        })
    }
}

fn headline(connection: &Connection, id: Id) -> Result<Option<Line>, StoreError> {
    let waits: Option<String> = connection.row(
        "SELECT content FROM pending WHERE article = ?1",
        [id.to_string()],
        |row| row.get(0),
    )?;
    if let Some(content) = waits {
        return Ok(Some(serde_json::from_str::<Headed>(&content)?.headline));
    }
    let content: Option<String> = connection.row(
        "SELECT r.content FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
             WHERE i.id = ?1",
        [id.to_string()],
        |row| row.get(0),
    )?;
    let content = content.map(|content| serde_json::from_str::<HeadedContent>(&content));
    Ok(content.transpose()?.map(|content| content.article.headline))
}
