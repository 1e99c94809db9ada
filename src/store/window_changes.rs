//! The difference between the present window of a selection and its window at an earlier entry, for readers that have the earlier one.

use std::collections::HashSet;

use crate::item::Id;
use crate::publication::{Publication, Selection};

use super::archive::{UnarchivedItem, archived_by, unarchived_bytes, unarchived_since};
use super::articles::articles_of;
use super::database::{self, Connection};
use super::filed::{self, FiledItem};
use super::killed::NAMES_FORGOTTEN;
use super::sqlite::{meta, moment, newest};
use super::touched::touched;
use super::window::{Extent, Rule};
use super::window_items::{WindowMember, walk, window_of};
use super::{Position, Store, StoreError, StoredArticle};

/// Maximum number of entries back for which it is known what windows gave.
pub(super) const MAX_ENTRIES_BACK: u64 = 10_000;

/// Where more items of a selection were filed otherwise since, its whole window is cheaper.
const MAX_MOVED: usize = 2_000;

/// The number of the first entry whose windows are known, in `meta`: the newest one when this began to be kept.
const KNOWN_FROM: &str = "changes_known_from";

/// The result of comparing a window with an earlier one.
#[derive(Clone, Debug)]
pub enum Since {
    /// The difference is not known, or everything may have changed: the caller has to read the whole window.
    Whole,
    Changes(WindowChanges),
}

/// The difference between the present window and one that was read before.
#[derive(Clone, Debug, Default)]
pub struct WindowChanges {
    /// The newest entry that altered the window.
    pub touched: Position,
    /// All items that stand in it now, in its order.
    pub items: Vec<Id>,
    /// Those of them that did not stand in it before, or whose content in the feed is different now. Stubs of removed items
    /// are included.
    pub changed: Vec<Id>,
    /// Items that stood in it and that the selection does not take any more. Items that others pushed out, or that went by
    /// their age, are in none of these lists.
    pub removed: Vec<Id>,
    /// The articles of the items that changed, each whole and once.
    pub articles: Vec<StoredArticle>,
}

impl Store {
    /// The changes in the window of `selection` since it was last read; `known` is the `touched` that it had then. The
    /// result is [`Since::Whole`] where settings, a generation of rendering or a restored backup came since, where `known`
    /// is no entry of this log or too far back, for segments of archives, and for tags and people where a name was
    /// forgotten since that only killed items had.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn window_since(
        &self,
        selection: &Selection,
        known: Position,
    ) -> Result<Since, StoreError> {
        self.reading(|connection| {
            if matches!(selection, Selection::Archive(..)) || !is_known(connection, known)? {
                return Ok(Since::Whole);
            }
            let is_name = matches!(selection, Selection::Tag(_) | Selection::Author(_));
            if is_name && known.seq < number(connection, NAMES_FORGOTTEN)?.unwrap_or(0) {
                return Ok(Since::Whole);
            }
            let touched = touched(connection, &selection.clone().into())?;
            let publication = match selection {
                Selection::Named(_) => Some(self.publication_in(connection)?),
                _ => None,
            };
            let now = walk(connection, selection, touched, publication.as_deref())?;
            let items = now.iter().map(|stands| stands.item).collect();
            if touched.seq <= known.seq {
                return Ok(Since::Changes(WindowChanges {
                    touched,
                    items,
                    ..WindowChanges::default()
                }));
            }
            let Some(then) = window_at(connection, selection, known, publication.as_deref())?
            else {
                return Ok(Since::Whole);
            };
            let had: HashSet<Id> = then.iter().map(|stands| stands.item).collect();
            let is_changed =
                |member: &&WindowMember| member.touched > known.seq || !had.contains(&member.item);
            let (mut changed, mut articles) = (Vec::new(), Vec::new());
            let mut seen = HashSet::new();
            for WindowMember { article, item, .. } in now.iter().filter(is_changed) {
                changed.push(*item);
                if seen.insert(*article) {
                    articles.push(*article);
                }
            }
            Ok(Since::Changes(WindowChanges {
                touched,
                items,
                changed,
                removed: left(connection, selection, &now, &then)?,
                articles: articles_of(connection, &articles)?,
            }))
        })
    }
}

/// A number in `meta`.
fn number(connection: &Connection, key: &str) -> database::Result<Option<u64>> {
    Ok(meta(connection, key)?.and_then(|number| number.parse().ok()))
}

/// Whether it is known what windows gave as of an entry, and that not all of them may be otherwise.
fn is_known(connection: &Connection, known: Position) -> database::Result<bool> {
    let from = number(connection, KNOWN_FROM)?.unwrap_or(u64::MAX);
    let reach = newest(connection)?.seq.saturating_sub(MAX_ENTRIES_BACK);
    if known.seq == 0 || known.seq < from.max(reach) {
        return Ok(false);
    }
    let time: Option<i64> =
        connection.row("SELECT time FROM log WHERE seq = ?1", [known.seq], |row| {
            row.get(0)
        })?;
    if time.map(moment) != Some(known.time) {
        return Ok(false);
    }
    let is_whole = connection.exists(
        "SELECT 1 FROM log WHERE kind IN ('settings', 'rendering', 'restore') AND seq > ?1
             ORDER BY seq LIMIT 1",
        [known.seq],
    )?;
    Ok(!is_whole)
}

/// The window as it was when the selection was touched at `known`; none where too much was filed otherwise since.
fn window_at(
    connection: &Connection,
    selection: &Selection,
    known: Position,
    publication: Option<&Publication>,
) -> Result<Option<Vec<WindowMember>>, StoreError> {
    let Some(former) = filed::read_former(connection, selection, known.seq, MAX_MOVED)? else {
        return Ok(None);
    };
    let Some(held) = held_at(connection, selection, known.seq, &former)? else {
        return Ok(None);
    };
    let extent = Extent::of(selection, publication);
    let rule = Rule::new(
        known.time.timestamp_millis(),
        extent,
        unarchived_bytes(&held),
    );
    let mut places = PlacesAt {
        cursor: filed::SelectionCursor::new(connection, selection),
        former: former.into_iter().peekable(),
        upcoming: None,
        seq: known.seq,
        passed_over: 0,
    };
    let standing = window_of(rule, &held, || places.step())?;
    Ok((places.passed_over <= MAX_MOVED).then_some(standing))
}

/// Goes through a selection as it was as of an entry, from its newest item of then on.
struct PlacesAt<'c> {
    cursor: filed::SelectionCursor<'c>,
    former: std::iter::Peekable<std::vec::IntoIter<FiledItem>>,
    /// The next that stands where it stood.
    upcoming: Option<FiledItem>,
    seq: u64,
    /// The number of items that were passed over since they were filed so later.
    passed_over: usize,
}

impl PlacesAt<'_> {
    /// The next older item; none, too, where too many were passed over.
    fn step(&mut self) -> database::Result<Option<FiledItem>> {
        while self.upcoming.is_none() {
            let Some(place) = self.cursor.step()? else {
                break;
            };
            if place.since <= self.seq {
                self.upcoming = Some(place);
                break;
            }
            self.passed_over += 1;
            if self.passed_over > MAX_MOVED {
                return Ok(None);
            }
        }
        let is_former = match (&self.upcoming, self.former.peek()) {
            (Some(ahead), Some(former)) => former.order() < ahead.order(),
            (ahead, _) => ahead.is_none(),
        };
        Ok(match is_former {
            true => self.former.next(),
            false => self.upcoming.take(),
        })
    }
}

/// The unarchived items of the selection as of the entry `seq`; `None` where too many items would have to be looked at.
fn held_at(
    connection: &Connection,
    selection: &Selection,
    seq: u64,
    former: &[FiledItem],
) -> database::Result<Option<Vec<UnarchivedItem>>> {
    if !selection.has_archive() {
        return Ok(Some(Vec::new()));
    }
    let waiting = unarchived_since(connection, selection, seq, MAX_MOVED)?;
    if waiting.len() >= MAX_MOVED {
        return Ok(None);
    }
    let waiting: Vec<&str> = waiting.iter().map(String::as_str).collect();
    let mut places = filed::read_items(connection, selection, &waiting)?;
    places.retain(|place| place.since <= seq);
    places.extend(former.iter().cloned());
    places.retain(|place| !place.filed.withdrawn);
    let items: Vec<&str> = places.iter().map(|place| &*place.filed.item).collect();
    let archived = archived_by(connection, selection, &items, seq)?;
    places.retain(|place| !archived.contains(&place.filed.item));
    let held = places.into_iter().map(|place| UnarchivedItem {
        article: place.article,
        item: place.filed.item,
        size: place.filed.size,
        touched: place.filed.touched,
    });
    Ok(Some(held.collect()))
}

/// The items that stood in the window and are not filed in the selection any more.
fn left(
    connection: &Connection,
    selection: &Selection,
    now: &[WindowMember],
    then: &[WindowMember],
) -> database::Result<Vec<Id>> {
    let stand: HashSet<Id> = now.iter().map(|stands| stands.item).collect();
    let gone = then.iter().map(|stands| stands.item);
    let gone: Vec<Id> = gone.filter(|item| !stand.contains(item)).collect();
    let texts: Vec<String> = gone.iter().map(ToString::to_string).collect();
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let filed = filed::read_items(connection, selection, &keys)?;
    let filed: HashSet<&str> = filed.iter().map(|place| &*place.filed.item).collect();
    let gone = gone.into_iter().zip(&keys);
    let left = gone.filter(|(_, key)| !filed.contains(*key));
    Ok(left.map(|(item, _)| item).collect())
}
