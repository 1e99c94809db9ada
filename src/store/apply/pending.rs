//! Articles that are not public yet, and what is to become of those that are withheld: nothing public looks here.

use rusqlite::OptionalExtension;

use crate::item::{Article, Id};
use crate::store::{Entry, StoreError};

use super::batch::Batch;
use super::family::Family;
use super::{Act, Action, Applied, Expected, Once, Put, Version};

/// How long what came of a request is remembered.
const ONCE_MS: i64 = 24 * 60 * 60 * 1000;

impl Batch<'_> {
    /// Keeps an article until its time comes, or until somebody says so.
    pub(super) fn keep_pending(
        &mut self,
        put: &Put,
        id: Id,
        before: Option<&Family>,
    ) -> Result<(), StoreError> {
        let mut article = put.article.clone();
        article.id = Some(id);
        let captions = std::mem::take(&mut article.captions);
        let identified = self.identified(id, before, captions)?;
        article.captions = identified.into_iter().map(|(_, caption)| caption).collect();
        let waits = before.is_none_or(Family::is_withdrawn) && !article.draft;
        let due = waits.then(|| article.visible_from().timestamp_millis());
        self.transaction
            .prepare_cached(
                "INSERT INTO pending (article, section, slug, due, changed_at, actor, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (article) DO UPDATE SET section = excluded.section,
                     slug = excluded.slug, due = excluded.due, changed_at = excluded.changed_at,
                     actor = excluded.actor, content = excluded.content",
            )?
            .execute((
                id.to_string(),
                &put.section,
                &put.slug,
                due,
                self.next_version(id)?,
                &self.actor,
                serde_json::to_string(&article)?,
            ))?;
        Ok(())
    }

    /// Takes what waits under that id.
    pub(super) fn take_pending(&mut self, id: Id) -> Result<Option<Put>, StoreError> {
        let found: Option<(String, String, String)> = self
            .transaction
            .prepare_cached(
                "DELETE FROM pending WHERE article = ?1 RETURNING section, slug, content",
            )?
            .query_row([id.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((section, slug, content)) = found else {
            return Ok(None);
        };
        let article: Article = serde_json::from_str(&content)?;
        let mut put = Put::new(article, &section, &slug, None);
        put.is_kept = true;
        Ok(Some(put))
    }

    /// Another article that waits under that slug.
    pub(super) fn waits_under(&self, slug: &str, id: Id) -> Result<Option<Id>, StoreError> {
        let waits: Option<String> = self
            .transaction
            .prepare_cached("SELECT article FROM pending WHERE slug = ?1 AND article <> ?2")?
            .query_row((slug, id.to_string()), |row| row.get(0))
            .optional()?;
        Ok(waits.as_deref().and_then(Id::parse))
    }

    /// A decision about what is not public: it can be taken away, and nothing else.
    pub(super) fn act_on_pending(&mut self, act: &Act) -> Result<Vec<Entry>, StoreError> {
        let id = act.item;
        let Some(version) = self.pending_version(id)? else {
            return Err(StoreError::Unknown { id });
        };
        self.expect(act.expected, Some(Version(version)))?;
        match act.action {
            Action::Remove(how) if how.is_final() || !how.outranks_files() => {
                self.take_pending(id)?;
                Ok(Vec::new())
            }
            Action::Remove(_) | Action::Release => Err(StoreError::NotPublic { id }),
        }
    }

    fn pending_version(&self, id: Id) -> Result<Option<i64>, StoreError> {
        let version = self
            .transaction
            .prepare_cached("SELECT changed_at FROM pending WHERE article = ?1")?
            .query_row([id.to_string()], |row| row.get(0))
            .optional()?;
        Ok(version)
    }

    /// A version later than the one that is.
    fn next_version(&self, id: Id) -> Result<i64, StoreError> {
        let before = self.pending_version(id)?.unwrap_or(0);
        Ok(self.next_time().max(before + 1))
    }

    /// The version of an item of the family.
    pub(super) fn version_of(&self, family: &Family, item: Id) -> Result<Version, StoreError> {
        if item != family.article.id {
            return Ok(Version(family.row(item).map_or(0, |row| row.changed_at)));
        }
        let newest = family.rows().map(|row| row.changed_at).max();
        let pending = self.pending_version(item)?;
        Ok(Version(newest.max(pending).unwrap_or(0)))
    }

    /// The version of what has that id, public or not.
    pub(super) fn version(
        &self,
        id: Id,
        family: Option<&Family>,
    ) -> Result<Option<Version>, StoreError> {
        match family {
            Some(family) => self.version_of(family, id).map(Some),
            None => Ok(self.pending_version(id)?.map(Version)),
        }
    }

    pub(super) fn expect(
        &self,
        expected: Expected,
        found: Option<Version>,
    ) -> Result<(), StoreError> {
        let holds = match expected {
            Expected::Anything => true,
            Expected::Absent => found.is_none(),
            Expected::Present => found.is_some(),
            Expected::Version(version) => found == Some(version),
        };
        match holds {
            true => Ok(()),
            false => Err(StoreError::Changed { found }),
        }
    }

    /// Why an article that came by a file is not written otherwise.
    pub(super) fn of_file(&self, article: Id) -> Result<StoreError, StoreError> {
        let path: Option<String> = self
            .transaction
            .prepare_cached("SELECT path FROM file WHERE article = ?1")?
            .query_row([article.to_string()], |row| row.get(0))
            .optional()?;
        Ok(StoreError::OfFile {
            id: article,
            path: path.unwrap_or_default(),
        })
    }

    /// What came of the same request when it came first.
    pub(super) fn done_before(&self, once: &Once) -> Result<Option<Applied>, StoreError> {
        let known: Option<(String, u16, String)> = self
            .transaction
            .prepare_cached(
                "SELECT fingerprint, status, item FROM once
                 WHERE actor = ?1 AND key = ?2 AND time > ?3",
            )?
            .query_row(
                (&self.actor, &once.key, self.next_time() - ONCE_MS),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        match known {
            None => Ok(None),
            Some((fingerprint, ..)) if fingerprint != once.fingerprint => {
                Err(StoreError::OtherRequest)
            }
            Some((_, status, item)) => Ok(Some(Applied::Before {
                status,
                item: Id::parse(&item).unwrap_or_default(),
            })),
        }
    }

    pub(super) fn note_once(&self, once: &Once) -> Result<(), StoreError> {
        let now = self.next_time();
        self.transaction
            .prepare_cached("DELETE FROM once WHERE time <= ?1")?
            .execute([now - ONCE_MS])?;
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO once (actor, key, fingerprint, time, status, item)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                &self.actor,
                &once.key,
                &once.fingerprint,
                now,
                once.status,
                once.item.to_string(),
            ))?;
        Ok(())
    }
}

impl Family {
    pub(super) fn is_withdrawn(&self) -> bool {
        self.article
            .removed
            .is_some_and(|removed| !removed.how.outranks_files())
    }
}
