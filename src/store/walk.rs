//! From a selection to the items that its window gives, for readers.

use rusqlite::Connection;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::archive::{held, held_bytes};
use super::filed::{self, Place};
use super::window::{Extent, Filed, Rule, Standing};
use super::{Position, StoreError};

/// The items of a window with their articles, in its order. Only named queries, which may ask for a window of their own,
/// need the `paper`.
pub(super) fn walk(
    connection: &Connection,
    selection: &Selection,
    touched: Position,
    paper: Option<&Publication>,
) -> Result<Vec<(Id, Id)>, StoreError> {
    if let Selection::Archive(of, segment) = selection {
        return Ok(segment_items(connection, &of.to_string(), *segment)?);
    }
    let key = selection.to_string();
    let mut held = held(connection, &key)?;
    let extent = Extent::of(&key, paper);
    let mut rule = Rule::new(touched.time.timestamp_millis(), extent, held_bytes(&held));
    let mut standing = Vec::new();
    let mut part = filed::read(connection, &key, None)?;
    'walk: loop {
        for Place { article, filed } in &part.places {
            let is_held = held.iter().position(|held| held.item == filed.item);
            let Filed {
                activity,
                size,
                withdrawn,
                ..
            } = *filed;
            match rule.next(activity, size, withdrawn, is_held.is_some()) {
                Standing::Past => break 'walk,
                Standing::Skipped => {}
                Standing::In => {
                    standing.push(ids(article, &filed.item));
                    if let Some(place) = is_held {
                        held.remove(place);
                    }
                }
            }
        }
        if part.is_last {
            break;
        }
        part = filed::read(connection, &key, part.places.last())?;
    }
    // What no segment has stands here, however old it is; the walk ended among younger items.
    standing.extend(held.iter().map(|held| ids(&held.article, &held.item)));
    Ok(standing)
}

/// What stands in a closed segment at present, newest first.
fn segment_items(
    connection: &Connection,
    of: &str,
    segment: u32,
) -> rusqlite::Result<Vec<(Id, Id)>> {
    let mut statement = connection.prepare_cached(
        "SELECT f.article, f.item FROM archived a CROSS JOIN item i CROSS JOIN filing f
         WHERE a.selection = ?1 AND a.segment = ?2 AND i.id = a.item
           AND f.article = i.article AND f.selection = a.selection AND f.item = a.item
           AND f.withdrawn = 0
         ORDER BY f.activity DESC, f.article, f.position, f.item",
    )?;
    let rows = statement.query_map((of, segment), |row| {
        Ok(ids(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?))
    })?;
    rows.collect()
}

fn ids(article: &str, item: &str) -> (Id, Id) {
    let read = |text: &str| Id::parse(text).unwrap_or_default();
    (read(article), read(item))
}
