//! Bringing an article in line with how it should stand.

use std::collections::{HashMap, HashSet};

use crate::item::{Article, Caption, Id, limits, part};
use crate::store::change::Put;
use crate::store::content::Content;
use crate::store::fingerprint::Fingerprint;
use crate::store::killed;
use crate::store::reserved::free_file;
use crate::store::{Entry, EntryKind, Position, PrivateKind, Removal, StoreError, TouchKey};

use super::batch::Batch;
use super::captions::{in_same_order, keep_gone, overtaken};
use super::family::{Altered, Family, FamilyCaption, ItemRow};
use super::pending::newer_version;
use super::standings::Standings;

/// Minimum number of bytes that an article's entry adds besides its body: markup, a headline, and the texts that most
/// articles have.
const ARTICLE_OVERHEAD: usize = 2500;

/// Number of bytes that an article's entry adds besides its body and its texts: elements, dates and addresses.
const ARTICLE_MARKUP: usize = 1500;

/// Number of times that an entry has the texts besides the body: in its own elements, in its HTML, and in the elements of
/// its photographs.
const BESIDE_COPIES: usize = 3;

/// Number of bytes that a tag or an author adds to an entry besides the name: its markup, and its address, which repeats
/// the name.
const NAME_OVERHEAD: usize = 200;

impl Batch<'_> {
    pub(super) fn put(&mut self, put: &Put) -> Result<Vec<Entry>, StoreError> {
        let id = self.id_for(put)?;
        let before = self.family(id)?;
        let waits = self.pending_version(id)?;
        self.expect(put.expected, newer_version(before.as_ref(), waits))?;
        self.refuse_other_way(put, id, before.as_ref())?;
        if put.origin.is_none()
            && !put.is_from_store
            && self.publication.section(&put.section).is_none()
        {
            // It was taken away while this was on its way.
            let slug = put.section.clone();
            return Err(StoreError::NoSection { slug });
        }
        let how = before
            .as_ref()
            .and_then(|known| known.article.removed)
            .map(|removed| removed.removal);
        // Of an article that was killed before it was public only the id is stored.
        let is_killed = match before {
            Some(_) => how.is_some_and(Removal::is_final),
            None => killed::owner(self.transaction, Fingerprint::Id(&id.to_string()))?.is_some(),
        };
        if is_killed {
            return self.pass_over_killed(put, id);
        }
        let beside = self.beside_waiting_file(put, id, before.as_ref())?;
        let put = beside.as_ref().unwrap_or(put);
        self.refuse_taken(put, id)?;
        let is_withheld = how.is_some_and(Removal::outranks_files);
        if put.article.draft || put.article.visible_from().timestamp_millis() > self.next_time() {
            if before.as_ref().is_some_and(|known| !known.is_withdrawn()) {
                return Err(StoreError::Public { id });
            }
            self.keep_pending(put, id, before.as_ref())?;
            return Ok(Vec::new());
        }
        self.remember_file(put, id, before.is_none() && waits.is_none())?;
        if is_withheld {
            // It comes with the release.
            self.keep_pending(put, id, before.as_ref())?;
            return Ok(Vec::new());
        }
        if waits.is_some() {
            self.take_pending(id)?;
        }
        let mut article = put.article.clone();
        article.id = Some(id);
        let captions = std::mem::take(&mut article.captions);
        let wanted = self.identified(id, before.as_ref(), captions)?;
        let parts_before = before
            .as_ref()
            .map_or(&[][..], |known| &known.content.parts);
        let parts = part::keep_ids(id, parts_before, &put.outline.headings);
        let content = Content { article, parts };
        match before {
            Some(known) if how.is_none() => self.change(put, &known, content, wanted),
            before => self.publish(put, id, content, wanted, before),
        }
    }

    /// Items remember which way they came, and their text is not changed the other way.
    fn refuse_other_way(
        &self,
        put: &Put,
        id: Id,
        before: Option<&Family>,
    ) -> Result<(), StoreError> {
        let Some(known) = before.filter(|known| !known.is_withdrawn() && !put.is_from_store) else {
            return Ok(());
        };
        match (&put.origin, known.is_by_api) {
            (None, false) => Err(self.of_file(id)?),
            (Some(_), true) => Err(StoreError::OfApi { id }),
            _ => Ok(()),
        }
    }

    /// A scan never brings a killed story back; a client that writes one gets an error.
    fn pass_over_killed(&mut self, put: &Put, id: Id) -> Result<Vec<Entry>, StoreError> {
        match put.origin {
            Some(_) => {
                self.remember_file(put, id, false)?;
                Ok(Vec::new())
            }
            None => Err(StoreError::Killed { id }),
        }
    }

    /// `is_new` says that the store did not know the article, so that it has no other file.
    fn remember_file(&self, put: &Put, id: Id, is_new: bool) -> Result<(), StoreError> {
        let Some(origin) = &put.origin else {
            return Ok(());
        };
        free_file(self.transaction, &origin.path)?;
        let id = id.to_string();
        if !is_new {
            self.transaction.run(
                "DELETE FROM file WHERE article = ?1 AND path <> ?2",
                (&id, &origin.path),
            )?;
        }
        self.transaction.run(
            "INSERT INTO file (path, article, stat, digest) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (path) DO UPDATE SET article = excluded.article,
                     stat = excluded.stat, digest = excluded.digest",
            (&origin.path, &id, &origin.stat, &origin.digest),
        )?;
        Ok(())
    }

    /// A story's first appearance, or its return after it was taken back.
    fn publish(
        &mut self,
        put: &Put,
        id: Id,
        content: Content,
        wanted: Vec<(Id, Caption)>,
        before: Option<Family>,
    ) -> Result<Vec<Entry>, StoreError> {
        let now = self.next_time();
        let version = self.version_behind(newer_version(before.as_ref(), None));
        let visible_from = content.article.visible_from().timestamp_millis();
        let published = put.appeared_late_ms.unwrap_or(visible_from);
        let wished = content
            .article
            .significant()
            .timestamp_millis()
            .max(published);
        // A return is significant, and later than the tombstone that it lifts (RFC 6721 §3).
        let significant = if before.is_some() { now } else { wished };
        let revision = before
            .as_ref()
            .map_or(1, |known| known.article.revision + 1);
        let was_filed = before.as_ref().and_then(Family::filed);
        let filed = Some(format!("{}/{}", put.section, put.slug));
        let entry = self.append(
            EntryKind::Publish,
            Some(id),
            Some(revision),
            was_filed,
            filed,
        )?;
        self.displace(&put.slug, &entry)?;
        let mut article = ItemRow {
            id,
            position: 0,
            revision,
            published,
            significant,
            stamp: self.unique_stamp(significant)?,
            changed_at: version,
            removed: None,
            notice: None,
            size: 0,
            media: None,
            usage_ends: None,
            has_expired: false,
        };
        let mut captions = Vec::new();
        let by_id = before.as_ref().map(Family::by_id).unwrap_or_default();
        for (place, (caption_id, caption)) in wanted.into_iter().enumerate() {
            let known = by_id.get(&caption_id).copied();
            if let Some(known) = known.filter(|known| known.is_held()) {
                captions.push(self.kept_away(place, known, caption, version)?);
                continue;
            }
            let moments = match known {
                Some(known) => (known.row.published, now),
                None if before.is_some() => (now, now),
                None => (published, significant),
            };
            let moments = (moments.0, moments.1, version);
            captions.push(self.new_caption(place, caption_id, caption, moments, known)?);
        }
        article.size = article_size(put, &content.article, &captions);
        self.write_revision(&article, entry.position.seq, &content)?;
        let shown_captions = captions.iter().filter(|caption| !caption.is_held());
        self.write_captions(shown_captions, entry.position.seq)?;
        let mut after = Family {
            article,
            slug: Some(put.slug.clone()),
            section: put.section.clone(),
            content,
            captions,
            is_by_api: match (&before, put.is_from_store) {
                (Some(known), true) => known.is_by_api,
                _ => put.origin.is_none(),
            },
            filings: Vec::new(),
        };
        let standing = match &before {
            Some(known) => self.family_standing(known)?,
            None => Default::default(),
        };
        let slug_before = before.as_ref().and_then(|known| known.slug.clone());
        self.remember_slugs(id, slug_before.as_deref(), &put.slug, &entry)?;
        self.remember_former(id, &after.content.article, &entry)?;
        if let Some(before) = &before {
            keep_gone(&mut after, before);
        }
        let seq = entry.position.seq;
        let altered = after.rows().filter(|row| is_other(before.as_ref(), row));
        let altered: Altered = altered.map(|row| (row.id.to_string(), seq)).collect();
        self.write_family(&mut after, before.as_ref(), &altered)?;
        self.touch_family(&entry, &after, &standing, |item| altered.contains_key(item))?;
        self.count_in_sitemap(before.as_ref(), &after)?;
        self.touch_catalogues(&entry, before.as_ref(), &after)?;
        Ok(vec![entry])
    }

    /// A change of a story that is public: what differs decides the entries.
    fn change(
        &mut self,
        put: &Put,
        before: &Family,
        content: Content,
        wanted: Vec<(Id, Caption)>,
    ) -> Result<Vec<Entry>, StoreError> {
        let standing = self.family_standing(before)?;
        let mut after = before.clone();
        let mut entries = Vec::new();
        let version = self.version_behind(newer_version(Some(before), None));
        let private = self.note_private_changes(before, &content, &wanted)?;
        let reordered = !in_same_order(before, &wanted);
        let own = self.change_article(put, before, &mut after, content, &wanted, version)?;
        entries.extend(own.clone());
        let changed_captions = self.change_captions(put, before, &mut after, wanted, version)?;
        entries.extend(changed_captions);
        for row in after.rows_mut().filter(|row| private.contains(&row.id)) {
            row.changed_at = version;
        }
        let Some(newest) = entries.last().cloned() else {
            if after.rows().any(|row| row.changed_at == version) {
                self.write_rows(&after, Some(before))?;
                let place = before.slug.as_deref();
                let place = place.map(|slug| (before.section.as_str(), slug));
                self.note_private(PrivateKind::Remark, before.article.id, place, None)?;
            }
            return Ok(entries);
        };
        after.article.size = article_size(put, &after.content.article, &after.captions);
        let own = own.map(|own| own.position);
        let altered = altered(before, &after, &entries, own);
        self.write_family(&mut after, Some(before), &altered)?;
        self.count_in_sitemap(Some(before), &after)?;
        let now = self.family_standing(&after)?;
        let overtaken = reordered.then(|| overtaken(before, &after, [&standing, &now]));
        self.touch_changed(
            (before, &after),
            (&entries, own),
            [&standing, &now],
            &overtaken.unwrap_or_default(),
        );
        self.touch_catalogues(&newest, Some(before), &after)?;
        Ok(entries)
    }

    /// Touches what the entries of one change concern. `own` is the position of the article's own, if it has one.
    fn touch_changed(
        &mut self,
        (before, after): (&Family, &Family),
        (entries, own): (&[Entry], Option<Position>),
        standings: [&Standings; 2],
        overtaken: &HashSet<(TouchKey, String)>,
    ) {
        let positions = entries.iter().filter_map(|entry| {
            let item = entry.item.map(|id| id.to_string())?;
            Some((item, entry.position))
        });
        let mut last: HashMap<String, Position> = positions.collect();
        // An article shows its captions.
        if let Some(newest) = entries.last() {
            last.insert(before.article.id.to_string(), newest.position);
        }
        let inherited_changed = inherited_by_captions(before) != inherited_by_captions(after);
        // The stub of a caption shows nothing of its article.
        let (were_gone, are_gone) = (before.gone(), after.gone());
        let shows_change = |filed: &str| {
            inherited_changed && !(were_gone.contains(filed) && are_gone.contains(filed))
        };
        let (was, is) = (before.filed_under(), after.filed_under());
        self.touch_standing(standings, |key, filed| {
            // Named queries take a caption for what its article is.
            let refiled = || {
                let place = key.selection().map(|selection| (selection, filed));
                place.is_some_and(|place| was.contains(&place) != is.contains(&place))
            };
            let overtaken = || overtaken.contains(&(key.clone(), filed.to_owned()));
            let otherwise = || shows_change(filed) || overtaken() || refiled();
            let by_article = own.filter(|_| otherwise());
            last.get(filed).copied().max(by_article)
        });
    }

    /// Writes changes that no reader ever sees (the desk's note, the day a right ends) in place, without an entry or a
    /// revision. Gives the items that changed only so.
    fn note_private_changes(
        &self,
        before: &Family,
        content: &Content,
        wanted: &[(Id, Caption)],
    ) -> Result<HashSet<Id>, StoreError> {
        let id = before.article.id;
        let mut private = HashSet::new();
        if before.content != *content && seen(&before.content) == seen(content) {
            self.rewrite(id, before.article.revision, content)?;
            private.insert(id);
        }
        let by_id = before.by_id();
        for (id, caption) in wanted {
            if let Some(known) = by_id.get(id).filter(|known| !known.is_held())
                && known.caption != *caption
                && !self.is_seen_otherwise(known, caption)
            {
                self.rewrite(*id, known.row.revision, caption)?;
                private.insert(*id);
            }
        }
        Ok(private)
    }

    fn change_article(
        &mut self,
        put: &Put,
        before: &Family,
        after: &mut Family,
        content: Content,
        wanted: &[(Id, Caption)],
        version: i64,
    ) -> Result<Option<Entry>, StoreError> {
        let moved = before.section != put.section || before.slug.as_deref() != Some(&put.slug);
        let text_changed = seen(&before.content) != seen(&content);
        let reordered = !in_same_order(before, wanted);
        if !moved && !text_changed && !reordered {
            return Ok(None);
        }
        let significant_ms = |article: &Article| article.significant().timestamp_millis();
        let significant_moved =
            significant_ms(&before.content.article) != significant_ms(&content.article);
        let updated_moved = before.content.article.updated != content.article.updated;
        let note = content.article.corrects(&before.content.article);
        let kind = match (moved, note, updated_moved) {
            (true, ..) => EntryKind::Move,
            (false, Some(note), _) => EntryKind::of_note(note.kind),
            (false, None, true) => EntryKind::Update,
            (false, None, false) => EntryKind::Minor,
        };
        let note_text = note.map(|note| note.text.clone());
        after.section.clone_from(&put.section);
        after.slug = Some(put.slug.clone());
        after.article.changed_at = version;
        if significant_moved {
            after.article.significant = significant_ms(&content.article);
        } else if note_text.is_some() {
            after.article.significant = self.next_time();
        }
        if after.article.significant != before.article.significant {
            after.article.stamp = self.unique_stamp(after.article.significant)?;
        }
        let public = content.article.visible_from();
        if public != before.content.article.visible_from() {
            after.article.published = public.timestamp_millis();
        }
        if text_changed || reordered {
            after.article.revision += 1;
        }
        after.content = content;
        let revision = Some(after.article.revision);
        let id = Some(before.article.id);
        let filed = (before.filed(), after.filed());
        let entry = self.append_noted(kind, (id, revision), filed, note_text.as_ref())?;
        if text_changed || reordered {
            self.write_revision(&after.article, entry.position.seq, &after.content)?;
        }
        if before.slug.as_deref() != Some(&put.slug) {
            self.displace(&put.slug, &entry)?;
        }
        self.remember_slugs(before.article.id, before.slug.as_deref(), &put.slug, &entry)?;
        self.remember_former(before.article.id, &after.content.article, &entry)?;
        Ok(Some(entry))
    }
}

/// Whether readers see something else of a row than before; they do not where it is still removed and its stub is the same.
fn is_other(before: Option<&Family>, row: &ItemRow) -> bool {
    let was = before.and_then(|before| before.row(row.id));
    row.removed.is_none() || was.is_none_or(|was| was.removed != row.removed)
}

/// The items that the entries of one change alter wherever they are filed, each with the last such entry.
fn altered(before: &Family, after: &Family, entries: &[Entry], own: Option<Position>) -> Altered {
    let positions = entries
        .iter()
        .filter_map(|entry| Some((entry.item?.to_string(), entry.position.seq)));
    let mut altered: Altered = positions.collect();
    if let Some(newest) = entries.last() {
        altered.insert(before.article.id.to_string(), newest.position.seq);
    }
    let own = own.filter(|_| inherited_by_captions(before) != inherited_by_captions(after));
    if let Some(own) = own {
        let (were_gone, are_gone) = (before.gone(), after.gone());
        let captions = after.captions.iter();
        let captions = captions.map(|caption| caption.row.id.to_string());
        for caption in captions.filter(|id| !(were_gone.contains(id) && are_gone.contains(id))) {
            let last = altered.entry(caption).or_default();
            *last = own.seq.max(*last);
        }
    }
    altered
}

/// The values that a caption's own entry takes from its article: RSS and Atom link and name the article, and take over its
/// language, its rights and its date.
fn inherited_by_captions(family: &Family) -> impl PartialEq {
    let article = &family.content.article;
    (
        family.slug.clone(),
        article.guid.clone(),
        article.language.clone(),
        article.rights.clone(),
        family.article.published,
    )
}

/// An article as readers see it.
fn seen(content: &Content) -> Content {
    let mut content = content.clone();
    content.article.note = None;
    content.article.embargo_until = None;
    content
}

/// The elements around an attachment in a feed, and how often a feed says its texts at most.
const ATTACHMENT_MARKUP: usize = 400;
const ATTACHMENT_COPIES: usize = 2;

fn article_size(put: &Put, article: &Article, captions: &[FamilyCaption]) -> i64 {
    let names = article.tags.len() + article.authors.len();
    let beside = BESIDE_COPIES * limits::beside_bytes(article) + NAME_OVERHEAD * names;
    let played: usize = article
        .attachments
        .iter()
        .map(|attachment| ATTACHMENT_MARKUP + ATTACHMENT_COPIES * attachment.text_bytes())
        .sum();
    let overhead = ARTICLE_OVERHEAD.max(ARTICLE_MARKUP + beside) + played;
    let article_bytes = i64::try_from(put.outline.bytes + overhead).unwrap_or(i64::MAX);
    captions
        .iter()
        .filter(|caption| caption.row.removed.is_none())
        .fold(article_bytes, |sum, caption| {
            sum.saturating_add(caption.row.size)
        })
}
