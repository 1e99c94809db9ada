//! Archive segments: items enter, and what is full is closed (RFC 5005 §4).

use std::collections::HashSet;

use rusqlite::Connection;

use crate::publication::{archive_key, key_has_archive};
use crate::store::archive::segments;
use crate::store::window::{Filed, MAX_WINDOW_BYTES, counted_bytes};
use crate::store::{Position, StoreError};

use super::batch::Batch;

/// A segment has this many items, or fewer where more would be too large.
const SEGMENT_ITEMS: usize = 25;

/// What waits for a segment is held by the selection's feed, so it may take half of its window and leaves the other to
/// what is newest.
const SEGMENT_BYTES: i64 = MAX_WINDOW_BYTES / 2;

impl Batch<'_> {
    /// Notes which items wait for a segment now that a family is filed anew.
    pub(super) fn note_unarchived(
        &mut self,
        before: &[(String, Filed)],
        after: &[(String, Filed)],
    ) -> Result<(), StoreError> {
        let (stood, stand) = (standing(before), standing(after));
        for (selection, filed) in before.iter().filter(|(key, _)| key_has_archive(key)) {
            if !filed.withdrawn && !stand.contains(&(selection, &filed.item)) {
                self.transaction
                    .prepare_cached("DELETE FROM unarchived WHERE selection = ?1 AND item = ?2")?
                    .execute([selection, &filed.item])?;
            }
        }
        for (selection, filed) in after.iter().filter(|(key, _)| key_has_archive(key)) {
            if filed.withdrawn {
                continue;
            }
            if !stood.contains(&(selection, &filed.item)) {
                // Where it stood before it stands again: nothing is renumbered.
                self.transaction
                    .prepare_cached(
                        "INSERT INTO unarchived (selection, item) SELECT ?1, ?2
                         WHERE NOT EXISTS (SELECT 1 FROM archived WHERE item = ?2 AND selection = ?1)
                         ON CONFLICT (selection, item) DO NOTHING",
                    )?
                    .execute([selection, &filed.item])?;
            }
            // Also one that waits already may have grown.
            if !self.filling.contains(selection) {
                self.filling.insert(selection.clone());
            }
        }
        Ok(())
    }

    /// Closes what became full in this batch. A new segment alters the one before it, which links to it, and the
    /// selection's feed.
    pub(super) fn close_segments(&mut self) -> Result<(), StoreError> {
        for selection in std::mem::take(&mut self.filling) {
            let closed = close(self.transaction, &selection)?;
            if closed.is_empty() {
                continue;
            }
            self.ties.floors.remove(&selection);
            let position = self.newest();
            self.touch(&selection, position);
            for key in touched_by(&selection, &closed) {
                self.touch(&key, position);
            }
        }
        Ok(())
    }
}

/// What stands in archives, or is to.
fn standing(filings: &[(String, Filed)]) -> HashSet<(&str, &str)> {
    let standing = filings
        .iter()
        .filter(|(key, filed)| key_has_archive(key) && !filed.withdrawn);
    standing
        .map(|(key, filed)| (key.as_str(), filed.item.as_str()))
        .collect()
}

/// What waits in every selection, found out anew: after a migration, or where what is filed changed at large.
pub(in crate::store) fn gather(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM unarchived", [])?;
    connection.execute(
        "INSERT INTO unarchived (selection, item)
         SELECT f.selection, f.item FROM filing f
         WHERE (f.selection = 'all' OR (f.selection >= 'section/' AND f.selection < 'section0'))
           AND f.withdrawn = 0
           AND NOT EXISTS (SELECT 1 FROM archived a WHERE a.item = f.item AND a.selection = f.selection)",
        [],
    )?;
    Ok(())
}

/// Closes what is full in every selection, dated at the newest entry; for a store that nobody reads yet.
pub(in crate::store) fn close_all(
    connection: &Connection,
    newest: Position,
) -> rusqlite::Result<()> {
    let waiting: Vec<String> = connection
        .prepare("SELECT DISTINCT selection FROM unarchived")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for selection in waiting {
        let closed = close(connection, &selection)?;
        let own = (!closed.is_empty()).then(|| selection.clone());
        for key in own.into_iter().chain(touched_by(&selection, &closed)) {
            super::batch::write_touch(connection, &key, newest)?;
        }
    }
    Ok(())
}

fn touched_by(selection: &str, closed: &[u32]) -> Vec<String> {
    let before = closed
        .first()
        .map(|first| first - 1)
        .filter(|before| *before > 0);
    let segments = before.into_iter().chain(closed.iter().copied());
    segments
        .map(|segment| archive_key(selection, segment))
        .collect()
}

/// Puts what waits into segments, oldest first, as far as they become full; gives the numbers of those closed.
fn close(connection: &Connection, selection: &str) -> rusqlite::Result<Vec<u32>> {
    let waiting: Vec<(String, i64)> = connection
        .prepare_cached(
            "SELECT i.id, i.size FROM unarchived u JOIN item i ON i.id = u.item
             WHERE u.selection = ?1 ORDER BY i.published, i.article, i.position, i.id",
        )?
        .query_map([selection], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut number = segments(connection, selection)?;
    let mut closed = Vec::new();
    let mut filling: Vec<&str> = Vec::new();
    let mut bytes = 0;
    let mut shut = |filling: &mut Vec<&str>, bytes: &mut i64| -> rusqlite::Result<()> {
        number += 1;
        write_segment(connection, selection, number, filling)?;
        closed.push(number);
        filling.clear();
        *bytes = 0;
        Ok(())
    };
    for (item, size) in &waiting {
        let size = counted_bytes(*size);
        let fits = filling.is_empty() || bytes + size <= SEGMENT_BYTES;
        if !fits {
            shut(&mut filling, &mut bytes)?;
        }
        filling.push(item);
        bytes += size;
        if filling.len() == SEGMENT_ITEMS || bytes >= SEGMENT_BYTES {
            shut(&mut filling, &mut bytes)?;
        }
    }
    Ok(closed)
}

fn write_segment(
    connection: &Connection,
    selection: &str,
    segment: u32,
    items: &[&str],
) -> rusqlite::Result<()> {
    for item in items {
        connection
            .prepare_cached("INSERT INTO archived (selection, segment, item) VALUES (?1, ?2, ?3)")?
            .execute((selection, segment, item))?;
        connection
            .prepare_cached("DELETE FROM unarchived WHERE selection = ?1 AND item = ?2")?
            .execute((selection, item))?;
    }
    Ok(())
}
