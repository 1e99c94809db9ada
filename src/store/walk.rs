//! From a selection to the items that its window gives, for readers.

use rusqlite::Connection;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::archive::{held, held_bytes};
use super::window::{Extent, Rule, Standing};
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
    let mut statement = connection.prepare_cached(
        "SELECT activity, article, item, size, withdrawn FROM filing WHERE selection = ?1
         ORDER BY activity DESC, article, position, item",
    )?;
    let mut rows = statement.query([&key])?;
    let mut filed = Vec::new();
    while let Some(row) = rows.next()? {
        let item: String = row.get(2)?;
        let is_held = held.iter().position(|held| held.item == item);
        match rule.next(row.get(0)?, row.get(3)?, row.get(4)?, is_held.is_some()) {
            Standing::Past => break,
            Standing::Skipped => {}
            Standing::In => {
                filed.push(ids(&row.get::<_, String>(1)?, &item));
                if let Some(place) = is_held {
                    held.remove(place);
                }
            }
        }
    }
    // What no segment has stands here, however old it is; the walk ended among younger items.
    filed.extend(held.iter().map(|held| ids(&held.article, &held.item)));
    Ok(filed)
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
