//! Archive segments: items wait for one, and as soon as they fill it, it is closed (RFC 5005 §4).

use std::collections::{BTreeSet, HashMap};

use crate::publication::Selection;
use crate::store::archive::segments;
use crate::store::database::{self, Connection, ToSql};
use crate::store::key::span_of_kind;
use crate::store::window::{Filing, MAX_WINDOW_BYTES, counted_bytes};
use crate::store::{Position, StoreError, TouchKey, many};

use super::batch::{Batch, write_touches};

/// A segment has this many items, or fewer where more would be too large.
const SEGMENT_ITEMS: usize = 25;

/// Maximum size of the items of a segment, in bytes. Items that wait for a segment stand in the selection's feed, so they
/// may take half of its window, and the other half is left to the newest items.
const SEGMENT_BYTES: i64 = MAX_WINDOW_BYTES / 2;

impl Batch<'_> {
    /// Notes which items wait for a segment now that a family is filed anew.
    pub(super) fn note_unarchived(
        &mut self,
        before: &[(Selection, Filing)],
        after: &[(Selection, Filing)],
    ) -> Result<(), StoreError> {
        if self.memory.bulk {
            // All of it is gathered in the end.
            return Ok(());
        }
        let (stood, stand) = (standing(before), standing(after));
        for (selection, filed) in before.iter().filter(|(of, _)| of.has_archive()) {
            if !filed.withdrawn && !stand.contains(&(selection, &filed.item)) {
                self.transaction.run(
                    "DELETE FROM unarchived WHERE selection = ?1 AND item = ?2",
                    (selection, &filed.item),
                )?;
            }
        }
        let come: Vec<&(&Selection, &str)> = stand.difference(&stood).collect();
        self.read_archived(come.iter().map(|(_, item)| *item))?;
        // Where it stood before it stands again: nothing is renumbered.
        let has_segment = |selection: &Selection, item: &str| {
            let known = self.archived.get(item);
            known.is_some_and(|segments| segments.contains_key(selection))
        };
        let rows: Vec<[&dyn ToSql; 2]> = come
            .iter()
            .filter(|(selection, item)| !has_segment(selection, item))
            .map(|(selection, item)| [selection as &dyn ToSql, item])
            .collect();
        many::insert(
            self.transaction,
            "INSERT INTO unarchived (selection, item)",
            &rows,
            "ON CONFLICT (selection, item) DO NOTHING",
        )?;
        // Also one that waits already may have grown.
        for (selection, _) in stand {
            if !self.filling.contains(selection) {
                self.filling.insert(selection.clone());
            }
        }
        Ok(())
    }

    /// Closes the segments that became full in this batch. A new segment alters the one before it, which links to it, and
    /// the selection's feed.
    pub(super) fn close_segments(&mut self) -> Result<(), StoreError> {
        let filling = std::mem::take(&mut self.filling);
        for (selection, closed) in close(self.transaction, filling, self.first)? {
            self.memory.floors.remove(&selection);
            let position = self.newest();
            for segment in touched_by(&selection, &closed) {
                self.touch(segment, position);
            }
            self.touch(TouchKey::PageList(selection.clone()), position);
            self.touch(selection, position);
        }
        Ok(())
    }
}

/// The filings that stand in archives, or will.
fn standing(filings: &[(Selection, Filing)]) -> BTreeSet<(&Selection, &str)> {
    let standing = filings
        .iter()
        .filter(|(of, filed)| of.has_archive() && !filed.withdrawn);
    standing
        .map(|(of, filed)| (of, filed.item.as_str()))
        .collect()
}

/// Finds anew the items that wait for a segment in every selection, after filings changed at large.
pub(super) fn gather(connection: &Connection) -> database::Result<()> {
    connection.run("DELETE FROM unarchived", ())?;
    let (from, to) = span_of_kind(&Selection::Section(String::new()));
    connection.run("INSERT INTO unarchived (selection, item)
         SELECT f.selection, f.item FROM filing f
         WHERE (f.selection = ?1 OR (f.selection >= ?2 AND f.selection < ?3))
           AND f.withdrawn = 0
           AND NOT EXISTS (SELECT 1 FROM archived a WHERE a.item = f.item AND a.selection = f.selection)",
        (Selection::All, from, to))?;
    Ok(())
}

/// Puts all that is filed and stands in no segment into segments, as far as they become full, dated at the newest entry; what
/// is left waits. For a store without readers as yet.
pub(in crate::store) fn archive_all(
    connection: &Connection,
    newest: Position,
) -> database::Result<()> {
    connection.run("DELETE FROM unarchived", ())?;
    let (from, to) = span_of_kind(&Selection::Section(String::new()));
    let selections: Vec<Selection> = connection.rows(
        "SELECT DISTINCT selection FROM filing
             WHERE selection = ?1 OR (selection >= ?2 AND selection < ?3)",
        (Selection::All, from, to),
        |row| row.get(0),
    )?;
    let mut touches = HashMap::new();
    for selection in selections {
        let sql = "SELECT f.item, i.size FROM filing f JOIN item i ON i.id = f.item
                 WHERE f.selection = ?1 AND f.withdrawn = 0
                   AND NOT EXISTS (SELECT 1 FROM archived a WHERE a.item = f.item AND a.selection = f.selection)
                 ORDER BY i.published, i.article, i.position, i.id";
        let waiting: Vec<(String, i64)> =
            connection.rows(sql, [&selection], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let full = full_segments(&waiting);
        let closed = write_segments(connection, &selection, newest.seq, &full)?;
        let rest = &waiting[full.iter().map(Vec::len).sum()..];
        let rows: Vec<[&dyn ToSql; 2]> = rest
            .iter()
            .map(|(item, _)| [&selection as &dyn ToSql, item])
            .collect();
        let head = "INSERT INTO unarchived (selection, item)";
        many::insert(connection, head, &rows, "")?;
        if !closed.is_empty() {
            let segments = touched_by(&selection, &closed).into_iter();
            touches.extend(segments.map(|segment| (segment.into(), newest)));
            touches.insert(TouchKey::PageList(selection.clone()), newest);
            touches.insert(selection.into(), newest);
        }
    }
    write_touches(connection, &touches)
}

fn touched_by(selection: &Selection, closed: &[u32]) -> Vec<Selection> {
    let before = closed
        .first()
        .map(|first| first - 1)
        .filter(|before| *before > 0);
    let segments = before.into_iter().chain(closed.iter().copied());
    segments.map(|segment| selection.segment(segment)).collect()
}

/// Puts what waits in these selections into segments, oldest first, as far as they become full; gives the selections of which
/// some were closed, with the numbers of those. They are closed from the entry `seq` on.
fn close(
    connection: &Connection,
    selections: BTreeSet<Selection>,
    seq: u64,
) -> database::Result<Vec<(Selection, Vec<u32>)>> {
    let keys: Vec<&Selection> = selections.iter().collect();
    let waiting = many::ask(
        connection,
        "SELECT u.selection, i.id, i.size FROM unarchived u JOIN item i ON i.id = u.item
         WHERE u.selection IN (keys)
         ORDER BY u.selection, i.published, i.article, i.position, i.id",
        &keys,
        |row| Ok((row.get::<Selection>(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut of_selection: HashMap<Selection, Vec<(String, i64)>> = HashMap::new();
    for (selection, item, size) in waiting {
        of_selection
            .entry(selection)
            .or_default()
            .push((item, size));
    }
    let mut closed = Vec::new();
    for selection in selections {
        let full = full_segments(of_selection.get(&selection).map_or(&[][..], |all| all));
        if full.is_empty() {
            continue;
        }
        let numbers = write_segments(connection, &selection, seq, &full)?;
        for segment in &numbers {
            connection.run(
                "DELETE FROM unarchived WHERE selection = ?1
                     AND item IN (SELECT item FROM archived WHERE selection = ?1 AND segment = ?2)",
                (&selection, segment),
            )?;
        }
        closed.push((selection, numbers));
    }
    Ok(closed)
}

/// The items of each segment that can be closed, of items that wait, oldest first, with their sizes.
fn full_segments(waiting: &[(String, i64)]) -> Vec<Vec<&str>> {
    let mut full = Vec::new();
    let mut filling: Vec<&str> = Vec::new();
    let mut bytes = 0;
    for (item, size) in waiting {
        let size = counted_bytes(*size);
        let fits = filling.is_empty() || bytes + size <= SEGMENT_BYTES;
        if !fits {
            full.push(std::mem::take(&mut filling));
            bytes = 0;
        }
        filling.push(item);
        bytes += size;
        if filling.len() == SEGMENT_ITEMS || bytes >= SEGMENT_BYTES {
            full.push(std::mem::take(&mut filling));
            bytes = 0;
        }
    }
    full
}

/// Writes segments behind those that the selection has, closed from the entry `seq` on; gives their numbers.
fn write_segments(
    connection: &Connection,
    selection: &Selection,
    seq: u64,
    full: &[Vec<&str>],
) -> database::Result<Vec<u32>> {
    let mut number = segments(connection, selection)?;
    let mut numbers = Vec::new();
    for items in full {
        number += 1;
        let rows: Vec<[&dyn ToSql; 4]> = items
            .iter()
            .map(|item| [selection as &dyn ToSql, &number, item, &seq])
            .collect();
        let head = "INSERT INTO archived (selection, segment, item, seq)";
        many::insert(connection, head, &rows, "")?;
        numbers.push(number);
    }
    Ok(numbers)
}
