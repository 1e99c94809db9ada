//! An article's captions: how they come, change, stay away and go.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::item::{Caption, Id, limits::escaped_bytes};
use crate::store::change::Put;
use crate::store::{Entry, EntryKind, Removal, StoreError, TouchKey};

use super::batch::Batch;
use super::family::{Family, FamilyCaption, ItemRow, RemovalRecord, UNTOLD};
use super::standings::Standings;

/// Number of bytes that a caption and its photograph's markup add to a feed, besides its texts.
const CAPTION_OVERHEAD: usize = 2000;

/// A caption's texts stand in the article's figure, in Media RSS and in its own entry.
const CAPTION_COPIES: usize = 3;

impl Batch<'_> {
    pub(super) fn new_caption(
        &mut self,
        place: usize,
        id: Id,
        caption: Caption,
        (published, significant, version): (i64, i64, i64),
        known: Option<&FamilyCaption>,
    ) -> Result<FamilyCaption, StoreError> {
        let rights = self.rights(&caption);
        let row = ItemRow {
            id,
            position: position_at(place),
            revision: known.map_or(1, |known| known.row.revision + 1),
            published,
            significant,
            stamp: self.unique_stamp(significant)?,
            changed_at: version,
            removed: None,
            notice: None,
            size: caption_size(&caption),
            media: media_of(&caption).filter(|_| !rights.have_ended),
            usage_ends: rights.end,
            has_expired: rights.have_ended,
        };
        Ok(FamilyCaption { row, caption })
    }

    /// When the right to use a caption's photograph ends, or whether it has.
    fn rights(&self, caption: &Caption) -> Rights {
        let end = caption.usage_ends.filter(|_| caption.image.is_some());
        let end = end.map(|end| end.timestamp_millis());
        let have_ended = end.is_some_and(|end| end <= self.next_time());
        Rights {
            end: end.filter(|_| !have_ended),
            have_ended,
        }
    }

    /// A caption that a desk took away stays so; what its file makes of it comes with the release.
    pub(super) fn kept_away(
        &mut self,
        place: usize,
        known: &FamilyCaption,
        caption: Caption,
        version: i64,
    ) -> Result<FamilyCaption, StoreError> {
        let mut next = known.clone();
        next.row.position = position_at(place);
        let is_final = known
            .row
            .removed
            .is_some_and(|removed| removed.removal.is_final());
        if is_final {
            // The writer of the article stored the photograph again.
            self.kill_photograph(&caption)?;
        }
        if !is_final && known.caption != caption {
            let rights = self.rights(&caption);
            next.row.changed_at = version;
            next.row.size = caption_size(&caption);
            next.row.media = media_of(&caption).filter(|_| !rights.have_ended);
            next.row.usage_ends = rights.end;
            next.row.has_expired = rights.have_ended;
            if self.is_seen_otherwise(known, &caption) {
                next.row.revision += 1;
                self.write_revision(&next.row, UNTOLD, &caption)?;
            } else {
                self.rewrite(known.row.id, known.row.revision, &caption)?;
            }
            next.caption = caption;
        }
        Ok(next)
    }

    /// Whether readers see a difference between the caption as it stands and as it should.
    pub(super) fn is_seen_otherwise(&self, known: &FamilyCaption, caption: &Caption) -> bool {
        let expired = self.rights(caption).have_ended;
        seen_caption(&known.caption) != seen_caption(caption) || known.row.has_expired != expired
    }

    pub(super) fn change_captions(
        &mut self,
        put: &Put,
        before: &Family,
        after: &mut Family,
        wanted: Vec<(Id, Caption)>,
        version: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        let mut captions = Vec::new();
        let filed = Some(format!("{}/{}", put.section, put.slug));
        let by_id = before.by_id();
        for (place, (id, caption)) in wanted.into_iter().enumerate() {
            let known = by_id.get(&id).copied();
            let gone = known.is_some_and(|known| known.row.removed.is_some());
            let now = self.next_time();
            match known {
                Some(known) if known.is_held() => {
                    captions.push(self.kept_away(place, known, caption, version)?);
                }
                Some(known) if !gone => {
                    let articles = (&before.article, &after.article);
                    let (next, entry) =
                        self.change_caption(known, (place, caption), articles, &filed, version)?;
                    entries.extend(entry);
                    captions.push(next);
                }
                _ => {
                    let published = known.map_or(now, |known| known.row.published);
                    let moments = (published, now, version);
                    let next = self.new_caption(place, id, caption, moments, known)?;
                    let (id, revision) = (Some(id), Some(next.row.revision));
                    let entry =
                        self.append(EntryKind::Publish, id, revision, None, filed.clone())?;
                    self.write_revision(&next.row, entry.position.seq, &next.caption)?;
                    entries.push(entry);
                    captions.push(next);
                }
            }
        }
        let present: HashSet<Id> = captions.iter().map(|caption| caption.row.id).collect();
        after.captions = captions;
        for known in before.usable_captions() {
            if present.contains(&known.row.id) {
                continue;
            }
            let mut gone = known.clone();
            let (id, revision) = (Some(known.row.id), Some(known.row.revision));
            let entry = self.append(EntryKind::Withdraw, id, revision, filed.clone(), None)?;
            let time = entry.position.time.timestamp_millis();
            gone.row.removed = Some(RemovalRecord {
                time_ms: time,
                removal: Removal::Withdrawn,
            });
            gone.row.changed_at = version;
            gone.row.significant = time;
            gone.row.stamp = self.unique_stamp(time)?;
            entries.push(entry);
            after.captions.push(gone);
        }
        keep_gone(after, before);
        Ok(entries)
    }

    /// A caption that readers have, at its place and as it is by now; the entry, where they see a difference.
    fn change_caption(
        &mut self,
        known: &FamilyCaption,
        (place, caption): (usize, Caption),
        (was, is): (&ItemRow, &ItemRow),
        filed: &Option<String>,
        version: i64,
    ) -> Result<(FamilyCaption, Option<Entry>), StoreError> {
        let mut next = known.clone();
        next.row.position = position_at(place);
        // One that came with the article goes with its date, where the desk corrects that.
        if known.row.published == was.published {
            next.row.published = is.published;
        }
        if known.row.significant == was.published {
            next.row.significant = is.published;
        }
        let note = caption.corrects(&known.caption);
        let kind = note.map_or(EntryKind::Minor, |note| EntryKind::of_note(note.kind));
        let note_text = note.map(|note| note.text.clone());
        if note_text.is_some() {
            next.row.significant = self.next_time();
        }
        if next.row.significant != known.row.significant {
            next.row.stamp = self.unique_stamp(next.row.significant)?;
        }
        // A day that was put off, and nothing else, is in the store already.
        next.row.usage_ends = self.rights(&caption).end;
        if !self.is_seen_otherwise(known, &caption) {
            return Ok((next, None));
        }
        let expired = self.rights(&caption).have_ended;
        next.row.revision += 1;
        next.row.changed_at = version;
        next.row.size = caption_size(&caption);
        next.row.media = media_of(&caption).filter(|_| !expired);
        next.row.has_expired = expired;
        next.caption = caption;
        let revision = (Some(next.row.id), Some(next.row.revision));
        let filings = (filed.clone(), filed.clone());
        let entry = self.append_noted(kind, revision, filings, note_text.as_ref())?;
        self.write_revision(&next.row, entry.position.seq, &next.caption)?;
        Ok((next, Some(entry)))
    }
}

/// Captions that were taken back stay known, so that their stubs and ids stay.
pub(super) fn keep_gone(after: &mut Family, before: &Family) {
    let present: HashSet<Id> = after
        .captions
        .iter()
        .map(|caption| caption.row.id)
        .collect();
    for known in &before.captions {
        if !present.contains(&known.row.id) {
            let mut gone = known.clone();
            gone.row.removed = gone.row.removed.or(Some(RemovalRecord {
                time_ms: gone.row.changed_at,
                removal: Removal::Withdrawn,
            }));
            after.captions.push(gone);
        }
    }
}

/// The right to use a photograph, at the time of a change.
struct Rights {
    end: Option<i64>,
    have_ended: bool,
}

/// A caption as readers see it.
fn seen_caption(caption: &Caption) -> Caption {
    Caption {
        usage_ends: None,
        ..caption.clone()
    }
}

/// Whether the captions that were there and still are stand in the same order.
pub(super) fn in_same_order(before: &Family, wanted: &[(Id, Caption)]) -> bool {
    let usable = || before.usable_captions().map(|caption| caption.row.id);
    let was: HashSet<Id> = usable().collect();
    let is: HashSet<Id> = wanted.iter().map(|(id, _)| *id).collect();
    let kept_of_was = usable().filter(|id| is.contains(id));
    let kept_of_is = wanted.iter().map(|(id, _)| *id);
    kept_of_was.eq(kept_of_is.filter(|id| was.contains(id)))
}

/// The key by which captions are ordered.
type ListPosition = (Reverse<i64>, i64);

/// The captions that change places with another which stands in the same selection, segment or list before or afterwards. One
/// that came or was corrected later stands above its neighbours whatever their order in the article; in a list one that came.
pub(super) fn overtaken(
    before: &Family,
    after: &Family,
    standings: [&Standings; 2],
) -> HashSet<(TouchKey, String)> {
    let rows = |family: &Family| -> HashMap<String, ItemRow> {
        let rows = family.captions.iter().map(|caption| &caption.row);
        rows.map(|row| (row.id.to_string(), row.clone())).collect()
    };
    let place = |key: &TouchKey, row: &ItemRow| -> ListPosition {
        let moment = match key {
            TouchKey::PageList(_) | TouchKey::MonthOf(..) => row.published,
            _ => row.activity(),
        };
        (Reverse(moment), row.position)
    };
    let (was, is) = (rows(before), rows(after));
    let mut standing: HashMap<&TouchKey, Vec<(&str, ListPosition, ListPosition)>> = HashMap::new();
    for (key, items) in standings.into_iter().flatten() {
        for item in items {
            if let (Some(was), Some(is)) = (was.get(item), is.get(item)) {
                let items = standing.entry(key).or_default();
                items.push((item, place(key, was), place(key, is)));
            }
        }
    }
    let mut found = HashSet::new();
    for (key, mut items) in standing {
        let overtaken = change_places(&mut items);
        found.extend(overtaken.map(|item| (key.clone(), item.to_owned())));
    }
    found
}

/// The items whose order to another one has changed, of items with their places before and afterwards.
fn change_places<'i>(
    items: &'i mut [(&str, ListPosition, ListPosition)],
) -> impl Iterator<Item = &'i str> {
    items.sort_unstable_by_key(|(_, was, is)| (*was, *is));
    let items = &*items;
    // Items that had one place have to have one place afterwards, behind all that stood before them.
    let mut last = None;
    let behind = items
        .chunk_by(|one, other| one.1 == other.1)
        .flat_map(move |same| {
            let highest = last;
            let ends = (
                same.first().map(|item| item.2),
                same.last().map(|item| item.2),
            );
            last = last.max(ends.1);
            let parted = ends.0 != ends.1;
            same.iter()
                .map(move |(_, _, is)| parted || highest >= Some(*is))
        });
    let behind: Vec<bool> = behind.collect();
    let mut next = None;
    let ahead = items.chunk_by(|one, other| one.1 == other.1).rev();
    let ahead = ahead.flat_map(move |same| {
        let lowest = next;
        next = same
            .first()
            .map(|item| item.2)
            .into_iter()
            .chain(next)
            .min();
        same.iter()
            .rev()
            .map(move |(_, _, is)| lowest.is_some_and(|lowest| lowest <= *is))
    });
    let mut ahead: Vec<bool> = ahead.collect();
    ahead.reverse();
    let moved = behind
        .into_iter()
        .zip(ahead)
        .map(|(behind, ahead)| behind || ahead);
    let items = items.iter().zip(moved);
    items
        .filter(|(_, moved)| *moved)
        .map(|((item, ..), _)| *item)
}

fn position_at(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX - 1) + 1
}

fn media_of(caption: &Caption) -> Option<String> {
    caption
        .image
        .as_ref()
        .map(|image| image.photograph.hash.clone())
}

fn caption_texts(caption: &Caption) -> usize {
    let optional = [
        &caption.alt,
        &caption.credit,
        &caption.source,
        &caption.copyright,
        &caption.usage_terms,
        &caption.public_note,
    ];
    escaped_bytes(&caption.text)
        + optional
            .into_iter()
            .flatten()
            .map(|text| escaped_bytes(text))
            .sum::<usize>()
}

pub(super) fn caption_size(caption: &Caption) -> i64 {
    let bytes = CAPTION_OVERHEAD + CAPTION_COPIES * caption_texts(caption);
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
