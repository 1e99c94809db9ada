//! Reads the items that the window of a selection has, for readers.

use rusqlite::Connection;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::archive::{UnarchivedItem, unarchived, unarchived_bytes};
use super::filed::{self, FiledItem};
use super::window::{Extent, Rule, WindowVerdict};
use super::{Position, StoreError};

/// An item that stands in a window.
pub(super) struct Stands {
    pub(super) article: Id,
    pub(super) item: Id,
    /// The entry that last altered what is said of it; 0 where it was filed by a courant that did not note it.
    pub(super) touched: u64,
}

/// The items of a window with their articles, in its order. Only named queries, which may ask for a window of their own,
/// need the `publication`.
pub(super) fn walk(
    connection: &Connection,
    selection: &Selection,
    touched: Position,
    publication: Option<&Publication>,
) -> Result<Vec<Stands>, StoreError> {
    if let Selection::Archive(of, segment) = selection {
        return Ok(segment_items(connection, of, *segment)?);
    }
    let held = unarchived(connection, selection)?;
    let extent = Extent::of(selection, publication);
    let rule = Rule::new(
        touched.time.timestamp_millis(),
        extent,
        unarchived_bytes(&held),
    );
    let mut walk = filed::SelectionCursor::new(connection, selection);
    Ok(window_of(rule, held, || walk.step())?)
}

/// What stands in a window of which `next` gives the items in their order, and which holds those that no segment has.
pub(super) fn window_of(
    mut rule: Rule,
    mut held: Vec<UnarchivedItem>,
    mut next: impl FnMut() -> rusqlite::Result<Option<FiledItem>>,
) -> rusqlite::Result<Vec<Stands>> {
    let mut standing = Vec::new();
    while let Some(FiledItem { article, filed, .. }) = next()? {
        let is_held = held.iter().position(|held| held.item == filed.item);
        match rule.next(
            filed.activity,
            filed.size,
            filed.withdrawn,
            is_held.is_some(),
        ) {
            WindowVerdict::Past => break,
            WindowVerdict::Skipped => {}
            WindowVerdict::In => {
                standing.push(stands(&article, &filed.item, filed.touched));
                if let Some(place) = is_held {
                    held.remove(place);
                }
            }
        }
    }
    // What no segment has stands here, however old it is; the walk ended among younger items.
    let rest = held.iter();
    standing.extend(rest.map(|held| stands(&held.article, &held.item, held.touched)));
    Ok(standing)
}

/// What stands in a closed segment at present, newest first.
fn segment_items(
    connection: &Connection,
    of: &Selection,
    segment: u32,
) -> rusqlite::Result<Vec<Stands>> {
    let mut statement = connection.prepare_cached(
        "SELECT f.article, f.item, f.touched FROM archived a CROSS JOIN item i CROSS JOIN filing f
         WHERE a.selection = ?1 AND a.segment = ?2 AND i.id = a.item
           AND f.article = i.article AND f.selection = a.selection AND f.item = a.item
           AND f.withdrawn = 0
         ORDER BY f.activity DESC, f.article, f.position, f.item",
    )?;
    let rows = statement.query_map((of, segment), |row| {
        Ok(stands(
            &row.get::<_, String>(0)?,
            &row.get::<_, String>(1)?,
            row.get(2)?,
        ))
    })?;
    rows.collect()
}

fn stands(article: &str, item: &str, touched: u64) -> Stands {
    let read = |text: &str| Id::parse(text).unwrap_or_default();
    Stands {
        article: read(article),
        item: read(item),
        touched,
    }
}
