//! Decisions of a desk about an item: withhold, release, retract, kill, withdraw.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use crate::item::{Article, Caption, Id, Line, Markdown, NoteKind, part::Part};
use crate::publication::NameKind;
use crate::store::change::{Act, Action};
use crate::store::content::Content;
use crate::store::version::Expected;
use crate::store::{Entry, EntryKind, Removal, StoreError, idempotency, killed};

use super::batch::Batch;
use super::family::{Family, FamilyCaption, ItemRow, RemovalRecord};

/// Tags and people, by the kinds of their slugs.
type Names = BTreeSet<(NameKind, String)>;

impl Batch<'_> {
    pub(super) fn act(&mut self, act: &Act) -> Result<Vec<Entry>, StoreError> {
        let unknown = || StoreError::Unknown { id: act.item };
        let owner: Option<String> = self.transaction.row(
            "SELECT article FROM item WHERE id = ?1",
            [act.item.to_string()],
            |row| row.get(0),
        )?;
        let Some(owner) = owner.as_deref().and_then(Id::parse) else {
            return self.act_on_pending(act);
        };
        let before = self.family(owner)?.ok_or_else(unknown)?;
        self.expect(act.expected, Some(self.version_of(&before, act.item)?))?;
        // A writer knows it where what waits of it is filed.
        let waits_in = self.pending_section(owner)?;
        let filed = waits_in.as_ref().unwrap_or(&before.section);
        if act.section.as_ref().is_some_and(|section| section != filed) {
            let found = Some(self.version_of(&before, act.item)?);
            return Err(StoreError::Changed { found });
        }
        let row = before.row(act.item).ok_or_else(unknown)?;
        match (act.action, row.removed.map(|removed| removed.removal)) {
            (Action::Remove(how), Some(was)) if was == how && act.public_note == row.notice => {
                if how == Removal::Withdrawn {
                    // A waiting version, which would publish it again.
                    self.discard(owner)?;
                }
                Ok(Vec::new())
            }
            (Action::Remove(Removal::Forbidden), Some(Removal::Killed)) => {
                self.remove(act, &before, Removal::Forbidden)
            }
            // A DELETE of an item that is gone already succeeds: its result is there.
            (Action::Remove(Removal::Withdrawn), Some(was)) if was.is_final() => Ok(Vec::new()),
            (_, Some(was)) if was.is_final() => Err(StoreError::Killed { id: act.item }),
            (Action::Remove(Removal::Withdrawn), _) if !before.is_by_api => {
                Err(self.of_file(owner)?)
            }
            (Action::Remove(how), _) => self.remove(act, &before, how),
            (Action::Release, None) => Ok(Vec::new()),
            (Action::Release, Some(Removal::Withdrawn)) => {
                Err(StoreError::Withdrawn { id: act.item })
            }
            (Action::Release, Some(_)) => self.release(act, &before),
        }
    }

    /// Removes an item; an article is removed with its captions.
    pub(super) fn remove(
        &mut self,
        act: &Act,
        before: &Family,
        removal: Removal,
    ) -> Result<Vec<Entry>, StoreError> {
        let kind = match removal {
            Removal::Withdrawn => EntryKind::Withdraw,
            Removal::Withheld => EntryKind::Withhold,
            Removal::Retracted => EntryKind::Retract,
            Removal::Killed | Removal::Forbidden => EntryKind::Kill,
        };
        let standing = self.family_standing(before)?;
        let revision = before.row(act.item).map(|row| row.revision);
        let entry = self.append_noted(
            kind,
            (Some(act.item), revision),
            (before.filed(), None),
            act.public_note.as_ref(),
        )?;
        let time_ms = entry.position.time.timestamp_millis();
        let version = self.next_version(before.article.id, Some(before))?;
        let article_removal = before.article.removed;
        let is_whole = act.item == before.article.id;
        let mut after = before.clone();
        for row in after.rows_mut() {
            let goes = match row.removed {
                _ if row.id == act.item => true,
                None => is_whole,
                // A caption that was removed with its article follows it, and a kill takes all captions.
                Some(_) => is_whole && (row.removed == article_removal || removal.is_final()),
            };
            if goes {
                row.removed = Some(RemovalRecord { time_ms, removal });
                row.notice = act.public_note.clone().filter(|_| row.id == act.item);
                row.changed_at = version;
                row.significant = time_ms;
                row.stamp = self.unique_stamp(time_ms)?;
                row.usage_ends = row.usage_ends.filter(|_| !removal.is_final());
            }
        }
        self.stand_anew(&entry, before, &mut after, &standing)?;
        if removal.is_final() {
            self.blank(&after)?;
        }
        Ok(vec![entry])
    }

    /// Makes a withheld or retracted item usable again.
    fn release(&mut self, act: &Act, before: &Family) -> Result<Vec<Entry>, StoreError> {
        let is_whole = act.item == before.article.id;
        if !is_whole && before.article.removed.is_some() {
            return Err(StoreError::ArticleRemoved {
                article: before.article.id,
            });
        }
        let standing = self.family_standing(before)?;
        let revision = before.row(act.item).map(|row| row.revision);
        let entry = self.append_noted(
            EntryKind::Release,
            (Some(act.item), revision),
            (None, before.filed()),
            act.public_note.as_ref(),
        )?;
        let corrections = self.correct_released(act.item, before, entry.position.seq)?;
        let mut entries = vec![entry.clone()];
        entries.extend(corrections);
        let entry = entries.last().cloned().unwrap_or(entry);
        // Later than the tombstone that it lifts (RFC 6721 §3).
        let at = entry.position.time.timestamp_millis();
        let version = self.next_version(before.article.id, Some(before))?;
        let item_removal = before.row(act.item).and_then(|row| row.removed);
        let mut after = before.clone();
        for row in after.rows_mut() {
            if row.id == act.item || (is_whole && row.removed == item_removal) {
                row.removed = None;
                row.notice = None;
                row.changed_at = version;
                row.significant = at;
                row.stamp = self.unique_stamp(at)?;
            }
        }
        self.stand_anew(&entry, before, &mut after, &standing)?;
        if is_whole && let Some(put) = self.take_pending(act.item)? {
            // The version that its file or the desk wrote meanwhile.
            entries.extend(self.put(&put)?);
        }
        Ok(entries)
    }

    /// Appends an entry for each correction of a caption that was written while the caption was removed, as it is released.
    fn correct_released(
        &mut self,
        id: Id,
        before: &Family,
        release: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let known = before.captions.iter().find(|known| known.row.id == id);
        let mut entries = Vec::new();
        let since = known.map(|known| self.revisions_since_entry(&known.row));
        let mut since = since.transpose()?.into_iter().flatten();
        let Some((_, mut was)) = since.next() else {
            return Ok(entries);
        };
        for (revision, caption) in since {
            let mut seq = release;
            if let Some(note) = caption.corrects(&was) {
                let item = (Some(id), Some(revision));
                let filings = (before.filed(), before.filed());
                let kind = EntryKind::of_note(note.kind);
                let entry = self.append_noted(kind, item, filings, Some(note.text))?;
                seq = entry.position.seq;
                entries.push(entry);
            }
            self.tell(id, revision, seq)?;
            was = caption;
        }
        Ok(entries)
    }

    pub(super) fn stand_anew(
        &mut self,
        entry: &Entry,
        before: &Family,
        after: &mut Family,
        standing: &super::standings::Standings,
    ) -> Result<(), StoreError> {
        after.article.size += captions_size(after) - captions_size(before);
        let known: HashMap<Id, &ItemRow> = before.rows().map(|row| (row.id, row)).collect();
        let changed: BTreeSet<String> = after
            .rows()
            .filter(|row| {
                known
                    .get(&row.id)
                    .is_none_or(|was| was.removed != row.removed || was.notice != row.notice)
                    || (known.get(&row.id)).is_some_and(|was| before.lent(was) != after.lent(row))
            })
            .map(|row| row.id.to_string())
            .collect();
        let article = after.article.id.to_string();
        // An article shows its usable captions.
        let is_shown = |row: &ItemRow| {
            let was = known.get(&row.id);
            row.removed.is_none() || was.is_some_and(|was| was.removed.is_none())
        };
        let mut captions = after.captions.iter().map(|caption| &caption.row);
        let has_changed = after.article.removed.is_none()
            && captions.any(|row| is_shown(row) && changed.contains(&row.id.to_string()));
        let altered_article = has_changed.then(|| article.clone());
        let altered: BTreeSet<String> = changed.into_iter().chain(altered_article).collect();
        let entries = altered
            .iter()
            .map(|item| (item.clone(), entry.position.seq));
        self.write_family(after, Some(before), &entries.collect())?;
        self.touch_family(entry, after, standing, |item| altered.contains(item))?;
        self.count_in_sitemap(Some(before), after)?;
        if before.article.removed != after.article.removed {
            self.touch_former(after.article.id, entry)?;
        }
        self.touch_catalogues(entry, Some(before), after)
    }

    /// Takes an article back whose file is gone. What a desk took away stays as it is.
    pub(super) fn withdraw(&mut self, id: Id) -> Result<Vec<Entry>, StoreError> {
        self.transaction
            .run("DELETE FROM file WHERE article = ?1", [id.to_string()])?;
        self.discard(id)?;
        let Some(before) = self.family(id)? else {
            return Ok(Vec::new());
        };
        match before.article.removed.map(|removed| removed.removal) {
            None | Some(Removal::Withheld) => {}
            Some(_) => return Ok(Vec::new()),
        }
        let act = Act {
            item: id,
            action: Action::Remove(Removal::Withdrawn),
            public_note: None,
            expected: Expected::Anything,
            section: None,
        };
        self.remove(&act, &before, Removal::Withdrawn)
    }

    /// Removes all killed text from the store: from every revision, and with it the public notes about its errors.
    fn blank(&mut self, family: &Family) -> Result<(), StoreError> {
        self.overwriting(|batch| batch.blank_family(family))
    }

    fn blank_family(&mut self, family: &Family) -> Result<(), StoreError> {
        let mut names = Names::new();
        let seq = self.newest().seq;
        let article = Content {
            article: blank_article(&family.content.article),
            parts: family
                .content
                .parts
                .iter()
                .map(Part::without_heading)
                .collect(),
        };
        let rows = family.by_id();
        let is_whole = family
            .article
            .removed
            .is_some_and(|removed| removed.removal.is_final());
        for row in family.rows().filter(|row| {
            row.removed
                .is_some_and(|removed| removed.removal.is_final())
        }) {
            let content = match row.id == family.article.id {
                true => serde_json::to_string(&article)?,
                false => serde_json::to_string(&blank_caption(row.id, rows.get(&row.id)))?,
            };
            let id = row.id.to_string();
            self.kill_photographs(&id, &mut names)?;
            self.transaction.run(
                "UPDATE revision SET content = ?2 WHERE item = ?1",
                (&id, content),
            )?;
            self.transaction.run(
                "UPDATE log SET note = NULL WHERE item = ?1 AND kind <> ?2",
                (&id, EntryKind::Kill.name()),
            )?;
            // Each rewrites all that waits of the article, which goes at once below where the article goes.
            if !is_whole && row.id != family.article.id {
                self.kill_waiting_caption(family.article.id, row.id)?;
            }
        }
        idempotency::forget_answers(self.transaction, family.article.id)?;
        if is_whole {
            self.kill_waiting(family.article.id)?;
        }
        for (kind, name) in names {
            killed::forget_name(self.transaction, (kind, &name), seq)?;
        }
        Ok(())
    }

    /// The stored texts of all revisions of an item.
    fn texts_of(&self, item: &str) -> Result<Vec<String>, StoreError> {
        let texts = self.transaction.rows(
            "SELECT content FROM revision WHERE item = ?1",
            [item],
            |row| row.get(0),
        )?;
        Ok(texts)
    }

    /// Has every photograph go that a caption has had; adds what an item ever named.
    fn kill_photographs(&mut self, item: &str, names: &mut Names) -> Result<(), StoreError> {
        for text in self.texts_of(item)? {
            let text: serde_json::Value = serde_json::from_str(&text)?;
            add_names(&text, names);
            // Else it is of an article, or blank already.
            if let Ok(caption) = Caption::deserialize(&text) {
                self.kill_photograph(&caption)?;
            }
            if let Some(played) = text.pointer("/article/attachments") {
                self.kill_recordings(&Vec::deserialize(played)?)?;
            }
        }
        Ok(())
    }
}

/// Adds the tags and people that a text of an item names.
fn add_names(text: &serde_json::Value, names: &mut Names) {
    let of = text.get("article").unwrap_or(text);
    for (key, kind) in [
        ("tags", NameKind::Tag),
        ("authors", NameKind::Author),
        ("credit", NameKind::Author),
    ] {
        let values = match of.get(key) {
            Some(serde_json::Value::Array(values)) => values.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let values = values.iter().filter_map(serde_json::Value::as_str);
        names.extend(values.map(|name| (kind, name.to_owned())));
    }
}

fn captions_size(family: &Family) -> i64 {
    let sizes = family.usable_captions().map(|caption| caption.row.size);
    sizes.fold(0, i64::saturating_add)
}

/// A killed article without its texts. What readers know it by stays, since its stub needs that.
fn blank_article(article: &Article) -> Article {
    Article {
        id: article.id,
        guid: article.guid.clone(),
        former: Vec::new(),
        canonical: None,
        headline: Line::dash(),
        headline_lines: Vec::new(),
        kicker: None,
        deck: None,
        dateline: None,
        published: article.published,
        embargo_until: None,
        draft: false,
        lead: false,
        updated: article.updated,
        authors: Vec::new(),
        tags: Vec::new(),
        language: article.language.clone(),
        source: None,
        rights: None,
        note: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
        body: Markdown::default(),
        captions: Vec::new(),
        attachments: Vec::new(),
    }
}

/// A killed caption without its text. A hash of the text stays, by which it is known again in a file without ids, so that
/// it does not come back as another.
fn blank_caption(id: Id, known: Option<&&FamilyCaption>) -> Caption {
    Caption {
        id: Some(id),
        text: known.map_or_else(Line::dash, |known| known.caption.text.fingerprint()),
        alt: None,
        image: None,
        credit: None,
        role: None,
        source: None,
        copyright: None,
        address: None,
        usage_terms: None,
        usage_ends: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
    }
}
