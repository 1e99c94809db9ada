//! Articles that are not public yet, and what is to become of those that are withheld: nothing public looks here.

use crate::item::{Article, Caption, Id};
use crate::store::Scope;
use crate::store::change::{Act, Action, Put};
use crate::store::editable;
use crate::store::private_log::{self, PrivateKind};
use crate::store::version::{Expected, Version};
use crate::store::{Entry, Removal, StoreError, holders, idempotency, killed, received, reserved};

use super::batch::Batch;
use super::family::Family;
use super::identity::own_slug;

/// An article that is not public yet and has the slug that another one wants.
pub(super) struct WaitingArticle {
    pub(super) article: Id,
    section: String,
    is_slug_made: bool,
    due: Option<i64>,
}

impl WaitingArticle {
    /// Whether `put` gets the slug: where it was made, and where the writer is not to learn that something waits.
    pub(super) fn gives_way_to(&self, put: &Put) -> bool {
        let knows = |scope: &Scope| scope.covers(&self.section);
        self.is_slug_made || !put.scope.as_ref().is_none_or(knows)
    }
}

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
        let content = serde_json::to_string(&article)?;
        if self.waits_so(id, put, due, &content)? {
            return Ok(());
        }
        let sql = "INSERT INTO pending (article, section, slug, due, changed_at, actor, content, is_slug_made, guid)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (article) DO UPDATE SET section = excluded.section,
                     is_slug_made = CASE WHEN pending.slug = excluded.slug AND pending.is_slug_made = 1
                         THEN 1 ELSE excluded.is_slug_made END,
                     slug = excluded.slug, due = excluded.due, changed_at = excluded.changed_at,
                     actor = excluded.actor, content = excluded.content, guid = excluded.guid";
        self.transaction.run(
            sql,
            (
                id.to_string(),
                &put.section,
                &put.slug,
                due,
                self.next_version(id, before)?,
                &self.actor,
                content,
                put.is_slug_made,
                article.guid.as_deref(),
            ),
        )?;
        self.reserve(id, &article)?;
        holders::note_pending(self.transaction, id, &article)?;
        self.reserve_former(id, &article)?;
        let kind = match due {
            Some(_) => PrivateKind::Schedule,
            None => PrivateKind::Draft,
        };
        self.note_private(kind, id, Some((&put.section, &put.slug)), due)
    }

    /// Whether just that waits already: a file that is read again is no write.
    fn waits_so(
        &self,
        id: Id,
        put: &Put,
        due: Option<i64>,
        content: &str,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM pending WHERE article = ?1 AND section = ?2 AND slug = ?3 AND due IS NOT DISTINCT FROM ?4
             AND content = ?5";
        Ok(self
            .transaction
            .exists(sql, (id.to_string(), &put.section, &put.slug, due, content))?)
    }

    /// Keeps the ids of its captions for an article that waits.
    fn reserve(&self, id: Id, article: &Article) -> Result<(), StoreError> {
        self.free_ids(id)?;
        let insert =
            "INSERT INTO reserved (id, article) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
        let ids = article.captions.iter().filter_map(|caption| caption.id);
        for caption in ids {
            self.transaction
                .run(insert, (caption.to_string(), id.to_string()))?;
        }
        Ok(())
    }

    fn free_ids(&self, id: Id) -> Result<(), StoreError> {
        self.transaction
            .run("DELETE FROM reserved WHERE article = ?1", [id.to_string()])?;
        Ok(())
    }

    /// Notes a write in the private log, because no entry of the public log reports it.
    pub(super) fn note_private(
        &self,
        kind: PrivateKind,
        item: Id,
        place: Option<(&str, &str)>,
        due: Option<i64>,
    ) -> Result<(), StoreError> {
        let note = private_log::Note {
            kind,
            item,
            filed: place.map(|(section, slug)| format!("{section}/{slug}")),
            due,
            actor: &self.actor,
            note: None,
        };
        private_log::note(self.transaction, self.next_time(), &note)
    }

    /// Takes the article that waits under that id out of the store; `None` where none waits.
    pub(super) fn take_pending(&mut self, id: Id) -> Result<Option<Put>, StoreError> {
        let sql = "DELETE FROM pending WHERE article = ?1 RETURNING section, slug, content, changed_at, is_slug_made";
        let found: Option<(String, String, String, i64, bool)> =
            self.transaction.row(sql, [id.to_string()], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            })?;
        let Some((section, slug, content, changed_at, is_slug_made)) = found else {
            return Ok(None);
        };
        self.free_ids(id)?;
        holders::forget_pending(self.transaction, id)?;
        self.free_former(id)?;
        self.waited_at = self.waited_at.max(changed_at);
        let article: Article = serde_json::from_str(&content)?;
        let mut put = Put::new(article, &section, &slug, None);
        put.is_from_store = true;
        put.is_slug_made = is_slug_made;
        Ok(Some(put))
    }

    /// Deletes the article that waits under that id, which no reader has seen.
    pub(super) fn discard(&mut self, id: Id) -> Result<(), StoreError> {
        self.note_discard(id)?;
        self.take_pending(id)?;
        let sql = "DELETE FROM received WHERE item = ?1 AND NOT EXISTS (SELECT 1 FROM item WHERE id = ?1)";
        // An article that was never public is gone now, and the version that its agency sent last is forgotten.
        self.transaction.run(sql, [id.to_string()])?;
        Ok(())
    }

    fn note_discard(&self, id: Id) -> Result<(), StoreError> {
        let place: Option<(String, String)> = self.transaction.row(
            "SELECT section, slug FROM pending WHERE article = ?1",
            [id.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let Some((section, slug)) = place else {
            return Ok(());
        };
        self.note_private(PrivateKind::Discard, id, Some((&section, &slug)), None)
    }

    /// Another article that waits under that slug.
    pub(super) fn waits_under(
        &self,
        slug: &str,
        id: Id,
    ) -> Result<Option<WaitingArticle>, StoreError> {
        let waits = self.transaction.row(
            "SELECT article, section, is_slug_made, due FROM pending
                 WHERE slug = ?1 AND article <> ?2",
            (slug, id.to_string()),
            |row| {
                let article: String = row.get(0)?;
                Ok(WaitingArticle {
                    article: Id::parse(&article).unwrap_or_default(),
                    section: row.get(1)?,
                    is_slug_made: row.get(2)?,
                    due: row.get(3)?,
                })
            },
        )?;
        Ok(waits)
    }

    /// Has an article that waits take another slug, so that one that comes first has it and learns nothing.
    pub(super) fn give_way(
        &mut self,
        waiting: &WaitingArticle,
        slug: &str,
    ) -> Result<(), StoreError> {
        let id = waiting.article;
        let now = own_slug(slug, id);
        let version = self.next_version(id, None)?;
        self.transaction.run(
            "UPDATE pending SET slug = ?2, changed_at = ?3 WHERE article = ?1",
            (id.to_string(), &now, version),
        )?;
        let kind = match waiting.due {
            Some(_) => PrivateKind::Schedule,
            None => PrivateKind::Draft,
        };
        self.note_private(kind, id, Some((&waiting.section, &now)), waiting.due)
    }

    /// A decision about what is not public: it is deleted, or waits for a decision instead of its time.
    pub(super) fn act_on_pending(&mut self, act: &Act) -> Result<Vec<Entry>, StoreError> {
        let id = act.item;
        let Some(owner) = self.waiting_owner(id)? else {
            return Err(StoreError::Unknown { id });
        };
        let version = Version(self.pending_version(owner)?.unwrap_or(0));
        self.expect(act.expected, Some(version))?;
        let section = self.pending_section(owner)?;
        if act.section.is_some() && act.section != section {
            let found = Some(version);
            return Err(StoreError::Changed { found });
        }
        match act.action {
            Action::Remove(how) if how.is_final() => self.overwriting(|batch| {
                if owner == id {
                    batch.note_discard(id)?;
                    batch.kill_waiting(id)
                } else {
                    batch.kill_waiting_caption(owner, id)
                }
            })?,
            Action::Remove(Removal::Withdrawn) if owner == id => self.discard(id)?,
            Action::Remove(Removal::Withdrawn) => self.discard_caption(owner, id)?,
            Action::Remove(Removal::Withheld) if owner == id => {
                if let Some(mut put) = self.take_pending(id)? {
                    put.article.draft = true;
                    self.keep_pending(&put, id, None)?;
                }
            }
            _ => return Err(StoreError::NotPublic { id }),
        }
        Ok(Vec::new())
    }

    /// The section in which an article waits, if it does.
    pub(super) fn pending_section(&self, id: Id) -> Result<Option<String>, StoreError> {
        let section = self.transaction.row(
            "SELECT section FROM pending WHERE article = ?1",
            [id.to_string()],
            |row| row.get(0),
        )?;
        Ok(section)
    }

    /// Kills the article that waits under that id, with its photographs and recordings.
    pub(super) fn kill_waiting(&mut self, id: Id) -> Result<(), StoreError> {
        idempotency::forget_answers(self.transaction, id)?;
        killed::forget_addresses(self.transaction, id, self.newest().seq)?;
        received::forget(self.transaction, id)?;
        if let Some(put) = self.take_pending(id)? {
            for caption in &put.article.captions {
                self.kill_photograph(caption)?;
            }
            self.kill_recordings(&put.article.attachments)?;
        }
        Ok(())
    }

    /// Kills one caption of an article that waits.
    pub(super) fn kill_waiting_caption(&mut self, article: Id, id: Id) -> Result<(), StoreError> {
        idempotency::forget_answers(self.transaction, article)?;
        let Some(caption) = self.waiting_caption(article, id)? else {
            return Ok(());
        };
        self.discard_caption(article, id)?;
        self.kill_photograph(&caption)
    }

    fn waiting_caption(&self, article: Id, id: Id) -> Result<Option<Caption>, StoreError> {
        let content: Option<String> = self.transaction.row(
            "SELECT content FROM pending WHERE article = ?1",
            [article.to_string()],
            |row| row.get(0),
        )?;
        let Some(content) = content else {
            return Ok(None);
        };
        let article: Article = serde_json::from_str(&content)?;
        let mut captions = article.captions.into_iter();
        Ok(captions.find(|caption| caption.id == Some(id)))
    }

    /// The article that waits under that id, or with a caption of that id.
    fn waiting_owner(&self, id: Id) -> Result<Option<Id>, StoreError> {
        if self.pending_version(id)?.is_some() {
            return Ok(Some(id));
        }
        Ok(reserved::waiting_owner(self.transaction, id)?)
    }

    /// Takes a caption out of an article that waits, if it has it.
    pub(super) fn discard_caption(&mut self, article: Id, caption: Id) -> Result<(), StoreError> {
        let Some(mut put) = self.take_pending(article)? else {
            return Ok(());
        };
        let captions = &mut put.article.captions;
        captions.retain(|known| known.id != Some(caption));
        let before = self.family(article)?;
        self.keep_pending(&put, article, before.as_ref())
    }

    pub(super) fn pending_version(&self, id: Id) -> Result<Option<i64>, StoreError> {
        Ok(editable::pending_version(self.transaction, id)?)
    }

    /// A version later than the one that is. Several writes may come within a millisecond, and the clock may step back.
    pub(super) fn next_version(&self, id: Id, family: Option<&Family>) -> Result<i64, StoreError> {
        Ok(self.version_behind(self.version(id, family)?))
    }

    /// A version later than that.
    pub(super) fn version_behind(&self, known: Option<Version>) -> i64 {
        let known = known.map_or(0, |Version(known)| known);
        let before = known.max(self.waited_at);
        self.next_time().max(before + 1)
    }

    /// The version of an item of the family.
    pub(super) fn version_of(&self, family: &Family, item: Id) -> Result<Version, StoreError> {
        let pending = self.pending_version(family.article.id)?;
        if item != family.article.id {
            let changed_at = family.row(item).map_or(0, |row| row.changed_at);
            return Ok(Version(changed_at.max(pending.unwrap_or(changed_at))));
        }
        Ok(newer_version(Some(family), pending).unwrap_or(Version(0)))
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
        match expected.allows(found) {
            true => Ok(()),
            false => Err(StoreError::Changed { found }),
        }
    }

    /// Why an article that came by a file is not written otherwise.
    pub(super) fn of_file(&self, article: Id) -> Result<StoreError, StoreError> {
        let path: Option<String> = self.transaction.row(
            "SELECT path FROM file WHERE article = ?1",
            [article.to_string()],
            |row| row.get(0),
        )?;
        Ok(StoreError::OfFile {
            id: article,
            path: path.unwrap_or_default(),
        })
    }
}

/// The version of an article, where that is what waits of it.
pub(super) fn newer_version(family: Option<&Family>, waits: Option<i64>) -> Option<Version> {
    let rows = family.into_iter().flat_map(Family::rows);
    rows.map(|row| row.changed_at)
        .chain(waits)
        .max()
        .map(Version)
}

impl Family {
    pub(super) fn is_withdrawn(&self) -> bool {
        self.article
            .removed
            .is_some_and(|removed| !removed.removal.outranks_files())
    }
}
