//! Archived and unarchived items of selections: those that stand in closed segments of an archive, and those in none yet.

use std::collections::{HashMap, HashSet};

use crate::publication::Selection;

use super::database::{self, Connection};
use super::many;
use super::sqlite::moment;
use super::window::counted_bytes;
use super::{Position, TouchKey};

/// An item that stands in no closed segment.
pub(super) struct UnarchivedItem {
    pub(super) article: String,
    pub(super) item: String,
    pub(super) size: i64,
    /// The entry that last altered what the selection says of the item.
    pub(super) touched: u64,
}

/// The unarchived items of a selection, newest first; none where the selection has no archive.
pub(super) fn unarchived(
    connection: &Connection,
    selection: &Selection,
) -> database::Result<Vec<UnarchivedItem>> {
    if !selection.has_archive() {
        return Ok(Vec::new());
    }
    // In this order: the few that wait, then where each is filed. For the order of the result alone SQLite would walk
    // through all that the selection has.
    connection.rows(
        "SELECT f.article, f.item, f.size, f.touched
         FROM unarchived u CROSS JOIN item i CROSS JOIN filing f
         WHERE u.selection = ?1 AND i.id = u.item
           AND f.article = i.article AND f.selection = u.selection AND f.item = u.item
         ORDER BY f.activity DESC, f.article, f.position, f.item",
        [selection],
        |row| {
            Ok(UnarchivedItem {
                article: row.get(0)?,
                item: row.get(1)?,
                size: row.get(2)?,
                touched: row.get(3)?,
            })
        },
    )
}

/// The unarchived items of several selections, by selection, in no order.
pub(super) fn unarchived_of(
    connection: &Connection,
    selections: &[&Selection],
) -> database::Result<HashMap<Selection, Vec<UnarchivedItem>>> {
    let rows = many::ask(
        connection,
        "SELECT u.selection, f.article, f.item, f.size, f.touched
         FROM unarchived u CROSS JOIN item i CROSS JOIN filing f
         WHERE u.selection IN (keys) AND i.id = u.item
           AND f.article = i.article AND f.selection = u.selection AND f.item = u.item",
        &with_archive(selections),
        |row| {
            let held = UnarchivedItem {
                article: row.get(1)?,
                item: row.get(2)?,
                size: row.get(3)?,
                touched: row.get(4)?,
            };
            Ok((row.get::<Selection>(0)?, held))
        },
    )?;
    let mut found: HashMap<Selection, Vec<UnarchivedItem>> = HashMap::new();
    for (selection, held) in rows {
        found.entry(selection).or_default().push(held);
    }
    Ok(found)
}

fn with_archive<'s>(selections: &[&'s Selection]) -> Vec<&'s Selection> {
    let selections = selections.iter().copied();
    selections
        .filter(|selection| selection.has_archive())
        .collect()
}

/// The items of an article that are unarchived in one of several selections, each with the selection.
pub(super) fn unarchived_among(
    connection: &Connection,
    article: &str,
    selections: &[&Selection],
) -> database::Result<Vec<(Selection, String)>> {
    many::ask_with(
        connection,
        "SELECT u.selection, u.item FROM item i CROSS JOIN unarchived u
         WHERE i.article = ?1 AND u.selection IN (keys) AND u.item = i.id",
        &[&article],
        &with_archive(selections),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The items among `items` that are unarchived in one of several selections, each with the selection.
pub(super) fn unarchived_items(
    connection: &Connection,
    selections: &[&Selection],
    items: &[&str],
) -> database::Result<Vec<(Selection, String)>> {
    let mut found = Vec::new();
    for selection in with_archive(selections) {
        let rows = many::ask_with(
            connection,
            "SELECT item FROM unarchived WHERE selection = ?1 AND item IN (keys)",
            &[&selection],
            items,
            |row| row.get::<String>(0),
        )?;
        found.extend(rows.into_iter().map(|item| (selection.clone(), item)));
    }
    Ok(found)
}

/// The number of bytes that unarchived items count for in the window.
pub(super) fn unarchived_bytes(held: &[UnarchivedItem]) -> i64 {
    held.iter().map(|held| counted_bytes(held.size)).sum()
}

/// The newest touch of a key, its own or one that touched everything, and the number of closed segments of a selection: what
/// each window begins with. Where nothing was touched yet, nothing is archived.
pub(super) fn touched_and_segments(
    connection: &Connection,
    key: &TouchKey,
    selection: &Selection,
) -> database::Result<(Position, u32)> {
    let newest = connection.row(
        "SELECT t.seq, t.time, (SELECT a.segment FROM archived a WHERE a.selection = ?3
                ORDER BY a.segment DESC LIMIT 1)
             FROM touch t WHERE t.selection IN (?1, ?2) ORDER BY t.seq DESC LIMIT 1",
        (key, &TouchKey::Everything, selection),
        |row| {
            let touched = Position {
                seq: row.get(0)?,
                time: moment(row.get(1)?),
            };
            Ok((touched, row.get::<Option<u32>>(2)?.unwrap_or_default()))
        },
    )?;
    Ok(newest.unwrap_or_default())
}

/// The number of closed segments.
pub(super) fn segments(connection: &Connection, selection: &Selection) -> database::Result<u32> {
    connection
        .row(
            "SELECT segment FROM archived WHERE selection = ?1 ORDER BY segment DESC LIMIT 1",
            [selection],
            |row| row.get(0),
        )
        .map(Option::unwrap_or_default)
}

/// The segments in which items stand, by selections, those of each item.
pub(super) fn segments_of(
    connection: &Connection,
    items: &[&str],
) -> database::Result<HashMap<String, HashMap<Selection, u32>>> {
    let sql = "SELECT item, selection, segment FROM archived WHERE item IN (keys)";
    let rows = many::ask(connection, sql, items, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let mut found: HashMap<String, HashMap<Selection, u32>> = HashMap::new();
    for (item, selection, segment) in rows {
        found.entry(item).or_default().insert(selection, segment);
    }
    Ok(found)
}

/// The items that wait for a segment of a selection, and those that were put into one behind the entry `seq`, at most `most`
/// of each.
pub(super) fn unarchived_since(
    connection: &Connection,
    selection: &Selection,
    seq: u64,
    most: usize,
) -> database::Result<Vec<String>> {
    let sql = "SELECT item FROM (SELECT item FROM unarchived WHERE selection = ?1 LIMIT ?3) waits
         UNION ALL
         SELECT item FROM (SELECT item FROM archived WHERE selection = ?1 AND seq > ?2 LIMIT ?3) closed";
    connection.rows(sql, (selection, seq, most), |row| row.get(0))
}

/// The items among `items` that stood in a segment of a selection as of the entry `seq`.
pub(super) fn archived_by(
    connection: &Connection,
    selection: &Selection,
    items: &[&str],
    seq: u64,
) -> database::Result<HashSet<String>> {
    let rows = many::ask_with(
        connection,
        "SELECT a.item FROM item i CROSS JOIN archived a
         WHERE i.id IN (keys) AND a.item = i.id AND a.selection = ?1 AND a.seq <= ?2",
        &[selection, &seq],
        items,
        |row| row.get(0),
    )?;
    Ok(rows.into_iter().collect())
}
