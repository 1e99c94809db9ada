//! The restoration of a store from a backup: items that the replaced store removed stay removed, and everything is touched.

use std::collections::HashSet;

use crate::item::{Article, Caption, Id};
use crate::store::carried_over::{CarriedContent, CarriedOver, Gone, Story};
use crate::store::change::{Act, Action, Put};
use crate::store::fingerprint::Fingerprint;
use crate::store::killed;
use crate::store::version::Expected;
use crate::store::{Entry, EntryKind, Position, Removal, StoreError, TouchKey, holders, received};

use super::batch::Batch;
use super::family::{Family, FamilyCaption, ItemRow, RemovalRecord};

impl Batch<'_> {
    pub(super) fn restore(&mut self, carried_over: &CarriedOver) -> Result<Vec<Entry>, StoreError> {
        self.leap(carried_over.newest_known);
        let mut entries = Vec::new();
        for gone in &carried_over.removed {
            entries.extend(self.take_down(gone)?);
        }
        for caption in &carried_over.expired {
            entries.extend(self.end_right(*caption)?);
        }
        killed::carry(self.transaction, &carried_over.killed_fingerprints)?;
        self.hold_back(carried_over)?;
        self.carry_rows(carried_over)?;
        let entry = self.append(EntryKind::Restore, None, None, None, None)?;
        self.touch(TouchKey::Everything, entry.position);
        entries.push(entry);
        Ok(entries)
    }

    /// Moves the log's end past every position that readers may know, and into another second: dates of HTTP have no smaller
    /// steps.
    fn leap(&mut self, floor: Position) {
        let last_ms = floor.time.timestamp() * 1000 + 999;
        let newest = self.newest();
        self.set_newest(Position {
            seq: newest.seq.max(floor.seq),
            time: newest.time.max(crate::store::sqlite::moment(last_ms)),
        });
    }

    fn take_down(&mut self, gone: &Gone) -> Result<Vec<Entry>, StoreError> {
        let act = Act {
            item: gone.item,
            action: Action::Remove(gone.removal),
            public_note: gone.notice.clone(),
            expected: Expected::Anything,
            section: None,
        };
        let is_whole = gone.item == gone.article;
        if gone.removal == Removal::Withdrawn && is_whole {
            return self.withdraw(gone.item);
        }
        let mut entries = Vec::new();
        let mut family = self.family(gone.article)?;
        if let (None, CarriedContent::Article(story)) = (&family, &gone.content) {
            entries.extend(self.put_unknown(gone.item, story)?);
            family = self.family(gone.article)?;
        }
        let Some(family) = family else {
            return Ok(entries);
        };
        match (family.row(gone.item), &gone.content) {
            (Some(row), _) if is_to_go(row, gone) => {
                entries.extend(self.remove(&act, &family, gone.removal)?);
            }
            (None, CarriedContent::Caption(caption)) => {
                entries.push(self.bring_removed(&act, family, gone, caption)?);
            }
            _ => {}
        }
        Ok(entries)
    }

    /// Brings in a story that the backup does not know, so that it can be taken away: its file would bring it again.
    fn put_unknown(&mut self, id: Id, story: &Story) -> Result<Vec<Entry>, StoreError> {
        let slug = match story.slug.as_str() {
            "" => id.bare(),
            slug => slug.to_owned(),
        };
        let known = Article {
            id: Some(id),
            draft: false,
            ..story.article.clone()
        };
        let put = |article: Article, slug: &str| {
            let mut put = Put::new(article, &story.section, slug, story.origin.clone());
            // Whichever way the backup has it.
            put.is_from_store = true;
            put
        };
        match self.put(&put(known.clone(), &slug)) {
            // Another has its address or its guid in the backup: it stays away under one that nobody has.
            Err(
                StoreError::SlugTaken { .. }
                | StoreError::GuidTaken { .. }
                | StoreError::FormerTaken { .. },
            ) => {
                let nameless = Article {
                    guid: None,
                    former: Vec::new(),
                    ..known
                };
                self.put(&put(nameless, &id.bare()))
            }
            // It was killed there, too, before it was public.
            Err(StoreError::Killed { .. }) => Ok(Vec::new()),
            outcome => outcome,
        }
    }

    /// Adds a caption that the backup does not know as one that was taken away.
    fn bring_removed(
        &mut self,
        act: &Act,
        before: Family,
        gone: &Gone,
        caption: &Caption,
    ) -> Result<Entry, StoreError> {
        let kind = match gone.removal {
            Removal::Withdrawn => EntryKind::Withdraw,
            Removal::Withheld => EntryKind::Withhold,
            Removal::Retracted => EntryKind::Retract,
            Removal::Killed | Removal::Forbidden => EntryKind::Kill,
        };
        let standing = self.family_standing(&before)?;
        let entry = self.append_noted(
            kind,
            (Some(gone.item), Some(1)),
            (before.filed(), None),
            act.public_note.as_ref(),
        )?;
        let time_ms = entry.position.time.timestamp_millis();
        let last = before.rows().map(|row| row.position).max().unwrap_or(0);
        let row = ItemRow {
            id: gone.item,
            position: last + 1,
            revision: 1,
            published: gone.published,
            significant: time_ms,
            stamp: self.unique_stamp(time_ms)?,
            changed_at: time_ms,
            removed: Some(RemovalRecord {
                time_ms,
                removal: gone.removal,
            }),
            notice: act.public_note.clone(),
            size: super::captions::caption_size(caption),
            media: gone.media.clone(),
            usage_ends: None,
            has_expired: false,
        };
        self.write_revision(&row, entry.position.seq, caption)?;
        let mut after = before.clone();
        after.captions.push(FamilyCaption {
            row,
            caption: caption.clone(),
        });
        self.stand_anew(&entry, &before, &mut after, &standing)?;
        Ok(entry)
    }

    fn end_right(&mut self, caption: Id) -> Result<Option<Entry>, StoreError> {
        let article: Option<String> = self.transaction.row(
            "SELECT article FROM item WHERE id = ?1 AND kind = 'caption' AND expired = 0",
            [caption.to_string()],
            |row| row.get(0),
        )?;
        match article.as_deref().and_then(Id::parse) {
            Some(article) => self.expire((article, caption)),
            None => Ok(None),
        }
    }

    /// Delays waiting articles of the backup to the time that they had last in the replaced store. Those that were deleted
    /// or killed there are removed.
    fn hold_back(&mut self, carried_over: &CarriedOver) -> Result<(), StoreError> {
        for (article, due) in &carried_over.pending {
            self.transaction.run(
                "UPDATE pending SET due = ?2 WHERE article = ?1 AND due IS NOT NULL
                     AND (CAST(?2 AS BIGINT) IS NULL OR due < ?2)",
                (article.to_string(), due),
            )?;
        }
        let known = carried_over.known_articles.as_ref();
        let known: Option<HashSet<&Id>> = known.map(|known| known.iter().collect());
        let waiting: Vec<String> =
            self.transaction
                .rows("SELECT article FROM pending", (), |row| row.get(0))?;
        for id in waiting.iter().filter_map(|id| Id::parse(id)) {
            let mark = id.to_string();
            if killed::owner(self.transaction, Fingerprint::Id(&mark))?.is_some() {
                self.overwriting(|batch| batch.kill_waiting(id))?;
            } else if known.as_ref().is_some_and(|known| !known.contains(&id)) {
                self.take_pending(id)?;
                received::forget(self.transaction, id)?;
            }
        }
        Ok(())
    }

    fn carry_rows(&mut self, carried_over: &CarriedOver) -> Result<(), StoreError> {
        if let Some(tokens) = &carried_over.tokens {
            self.transaction.run("DELETE FROM token", ())?;
            let insert = "INSERT INTO token (id, hash, name, scope, created_at, ends_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            for (id, hash, name, scope, made, ends) in tokens {
                self.transaction
                    .run(insert, (id, hash, name, scope, made, ends))?;
            }
        }
        let kill = "INSERT INTO dropped (hash, killed, is_done) VALUES (?1, 1, 0)
             ON CONFLICT (hash) DO UPDATE SET killed = 1, is_done = 0";
        for hash in &carried_over.killed_files {
            self.transaction.run(kill, [hash])?;
            super::media::forget_killed_uploads(self.transaction, hash)?;
            holders::forget_uploaded_recording(self.transaction, hash)?;
        }
        self.after_commit
            .dropped
            .extend(carried_over.killed_files.iter().cloned());
        let insert = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING";
        for cursor in &carried_over.cursors {
            self.transaction.run(insert, (&cursor.0, &cursor.1))?;
        }
        Ok(())
    }
}

/// Whether a row of the backup is yet to be taken away as it was in the store that is replaced.
fn is_to_go(row: &ItemRow, gone: &Gone) -> bool {
    match row.removed.map(|removed| removed.removal) {
        Some(how) if how.is_final() => how == Removal::Killed && gone.removal == Removal::Forbidden,
        Some(how) => how != gone.removal || row.notice != gone.notice,
        None => true,
    }
}
