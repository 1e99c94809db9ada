//! Reads the items that the window of a selection has, for readers.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::archive::{UnarchivedItem, unarchived, unarchived_bytes};
use super::database::{self, Connection};
use super::filed::{self, FeedPlace, FiledItem, WindowCandidate};
use super::window::{Extent, Rule, WindowVerdict};
use super::{Position, StoreError};

/// An item that stands in a window.
pub(super) struct WindowMember {
    pub(super) article: Id,
    pub(super) item: Id,
    /// The entry that last altered the item as readers see it; 0 where it was filed by a version that did not note this.
    pub(super) touched: u64,
}

/// The items of a window with their articles, in its order. Only named queries, which may ask for a window of their own,
/// need the `publication`.
pub(super) fn walk(
    connection: &Connection,
    selection: &Selection,
    touched: Position,
    publication: Option<&Publication>,
) -> Result<Vec<WindowMember>, StoreError> {
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
    let mut cursor = filed::SelectionCursor::new(connection, selection);
    Ok(window_of(rule, &held, || cursor.step())?)
}

/// The members of a window. `next` gives the items of the selection in their order, and `held` are its unarchived items,
/// all of which the window has.
pub(super) fn window_of(
    rule: Rule,
    held: &[UnarchivedItem],
    mut next: impl FnMut() -> database::Result<Option<FiledItem>>,
) -> database::Result<Vec<WindowMember>> {
    let held_items = held.iter().map(|held| held.item.as_str()).collect();
    let mut walk = WindowWalk::new(rule, held_items);
    let mut members = Vec::new();
    while let Some(place) = next()? {
        let take = || {
            members.push(member(
                &place.article,
                &place.filed.item,
                place.filed.touched,
            ))
        };
        if walk.see(&WindowCandidate::from(&place), take).is_break() {
            break;
        }
    }
    // The window has the unarchived items however old they are; the walk may have ended before it came to them.
    let rest = held
        .iter()
        .filter(|held| walk.held.contains(held.item.as_str()));
    members.extend(rest.map(|held| member(&held.article, &held.item, held.touched)));
    Ok(members)
}

/// A walk over a selection from its newest item on, which finds the members of its window.
pub(super) struct WindowWalk<'h> {
    rule: Rule,
    /// The items that no segment has and that were not seen yet.
    held: HashSet<&'h str>,
    /// Whether a stub was seen.
    pub(super) has_stubs: bool,
    /// The place of the first item that was past the window.
    pub(super) past: Option<FeedPlace>,
}

impl<'h> WindowWalk<'h> {
    /// `held` are the items whose bytes `rule` was begun with.
    pub(super) fn new(rule: Rule, held: HashSet<&'h str>) -> Self {
        Self {
            rule,
            held,
            has_stubs: false,
            past: None,
        }
    }

    /// Regards the next older item: calls `take` if it stands in the window, and breaks where no older one does.
    pub(super) fn see(
        &mut self,
        next: &WindowCandidate<'_>,
        take: impl FnOnce(),
    ) -> ControlFlow<()> {
        let WindowCandidate {
            activity,
            item,
            size,
            withdrawn,
            ..
        } = *next;
        self.has_stubs |= withdrawn;
        let is_held = self.held.contains(item);
        match self.rule.next(activity, size, withdrawn, is_held) {
            WindowVerdict::Past => {
                self.past = Some(next.into());
                return ControlFlow::Break(());
            }
            WindowVerdict::Skipped => {}
            WindowVerdict::In => {
                self.held.remove(item);
                take();
            }
        }
        ControlFlow::Continue(())
    }
}

/// The items of a closed segment at present, newest first.
fn segment_items(
    connection: &Connection,
    of: &Selection,
    segment: u32,
) -> database::Result<Vec<WindowMember>> {
    connection.rows(
        "SELECT f.article, f.item, f.touched FROM archived a CROSS JOIN item i CROSS JOIN filing f
         WHERE a.selection = ?1 AND a.segment = ?2 AND i.id = a.item
           AND f.article = i.article AND f.selection = a.selection AND f.item = a.item
           AND f.withdrawn = 0
         ORDER BY f.activity DESC, f.article, f.position, f.item",
        (of, segment),
        |row| {
            Ok(member(
                &row.get::<String>(0)?,
                &row.get::<String>(1)?,
                row.get(2)?,
            ))
        },
    )
}

fn member(article: &str, item: &str, touched: u64) -> WindowMember {
    let read = |text: &str| Id::parse(text).unwrap_or_default();
    WindowMember {
        article: read(article),
        item: read(item),
        touched,
    }
}
