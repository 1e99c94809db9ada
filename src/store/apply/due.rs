//! Changes that the clock makes due: articles whose time has come, and photographs whose rights have ended.

use chrono::{DateTime, Utc};

use crate::item::Id;
use crate::store::change::Put;
use crate::store::private_log::{self, PrivateKind};
use crate::store::sqlite::moment;
use crate::store::{Entry, EntryKind, Store, StoreError};

use super::batch::Batch;

/// An article that appears later than it should have by more than this is dated by when it did.
const LATE_MS: i64 = 60 * 1000;

/// Maximum number of due articles, and of ended rights, that are written at once; the rest stays due.
const MAX_DUE_AT_ONCE: usize = 16;

impl Store {
    /// When the clock brings the next change, if one is foreseen.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.reading(|connection| {
            let mut soonest: Option<i64> = None;
            for sql in [
                "SELECT due FROM pending WHERE due IS NOT NULL ORDER BY due LIMIT 1",
                "SELECT usage_ends FROM item WHERE usage_ends IS NOT NULL ORDER BY usage_ends LIMIT 1",
            ] {
                let next = connection
                    .row(sql, (), |row| row.get(0))?;
                soonest = [soonest, next].into_iter().flatten().min();
            }
            Ok(soonest.map(moment))
        })
    }
}

impl Batch<'_> {
    pub(super) fn due(&mut self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        let previous_actor = self.actor.clone();
        for (id, actor, due) in self.come()? {
            // The actor that scheduled it is the actor of the publication.
            self.actor = actor;
            entries.extend(self.publish_due(id, due)?);
        }
        self.actor = previous_actor;
        for caption in self.rights_ended()? {
            entries.extend(self.expire(caption)?);
        }
        Ok(entries)
    }

    fn come(&self) -> Result<Vec<(Id, String, i64)>, StoreError> {
        Ok(self.transaction.rows(
            "SELECT article, actor, due FROM pending WHERE due <= ?1 ORDER BY due, article
             LIMIT ?2",
            (self.now_ms(), MAX_DUE_AT_ONCE),
            |row| {
                let id: String = row.get(0)?;
                Ok((Id::parse(&id).unwrap_or_default(), row.get(1)?, row.get(2)?))
            },
        )?)
    }

    fn publish_due(&mut self, id: Id, due: i64) -> Result<Vec<Entry>, StoreError> {
        let Some(mut put) = self.take_pending(id)? else {
            return Ok(Vec::new());
        };
        let now = self.next_time();
        put.appeared_late_ms = (now - due > LATE_MS).then_some(now);
        match self.whole(|batch| batch.put(&put)) {
            // Its address or its guid is another's by now: it waits for the desk, and the rest goes on.
            Err(error) if error.is_refusal() => {
                put.article.draft = true;
                self.keep_pending(&put, id, None)?;
                self.note_miss(id, &put, due, &error)?;
                Ok(Vec::new())
            }
            outcome => outcome,
        }
    }

    fn note_miss(&self, id: Id, put: &Put, due: i64, error: &StoreError) -> Result<(), StoreError> {
        let note = private_log::Note {
            kind: PrivateKind::Miss,
            item: id,
            filed: Some(format!("{}/{}", put.section, put.slug)),
            due: Some(due),
            actor: &self.actor,
            note: Some(error.to_string()),
        };
        private_log::note(self.transaction, self.next_time(), &note)
    }

    fn rights_ended(&self) -> Result<Vec<(Id, Id)>, StoreError> {
        Ok(self.transaction.rows(
            "SELECT article, id FROM item WHERE usage_ends <= ?1 ORDER BY usage_ends, id
             LIMIT ?2",
            (self.now_ms(), MAX_DUE_AT_ONCE),
            |row| {
                let (article, id): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((
                    Id::parse(&article).unwrap_or_default(),
                    Id::parse(&id).unwrap_or_default(),
                ))
            },
        )?)
    }

    /// Takes a photograph, and only it, out of all that is served.
    pub(super) fn expire(
        &mut self,
        (article, caption): (Id, Id),
    ) -> Result<Option<Entry>, StoreError> {
        let Some(before) = self.family(article)? else {
            return Ok(None);
        };
        let version = self.next_version(article, Some(&before))?;
        let mut after = before.clone();
        let Some(known) = after
            .captions
            .iter_mut()
            .find(|known| known.row.id == caption)
        else {
            return Ok(None);
        };
        known.row.usage_ends = None;
        known.row.has_expired = true;
        known.row.media = None;
        known.row.changed_at = version;
        let was_shown = known.row.removed.is_none();
        let revision = Some(known.row.revision);
        if !was_shown {
            self.write_rows(&after, Some(&before))?;
            return Ok(None);
        }
        let standing = self.family_standing(&before)?;
        let filed = before.filed();
        let entry = self.append(
            EntryKind::Expire,
            Some(caption),
            revision,
            filed.clone(),
            filed,
        )?;
        let (own, whole) = (caption.to_string(), article.to_string());
        let altered = [&own, &whole].map(|item| (item.clone(), entry.position.seq));
        self.write_family(&mut after, Some(&before), &altered.into())?;
        self.touch_family(&entry, &after, &standing, |item| {
            item == own || item == whole
        })?;
        self.touch_catalogues(&entry, Some(&before), &after)?;
        Ok(Some(entry))
    }
}
