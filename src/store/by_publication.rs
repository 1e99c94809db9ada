//! The newest items of a selection by their publication, and where each stands in its list; feeds have what changed last.
//!
//! An item never changed before it was published, so what changed before a moment was published before it, too. The items
//! are read as feeds order them, which needs no index more, and the reading ends where none can follow that is newer.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use rusqlite::{Connection, Row, Rows, ToSql, params_from_iter};

use crate::publication::{Publication, Selection};

use super::many;
use super::window::Extent;

/// Number of rows of each selection, where several are read by one statement.
const OF_EACH: usize = 16;

/// Maximum number of rows that are read at once, so that nothing is held open while others work.
const MAX_AT_ONCE: usize = 64;

/// What is read of an item.
const COLUMNS: &str = "SELECT i.published, f.article, f.position, f.item, f.activity
    FROM filing f CROSS JOIN item i";

/// Where an item stands in a list: the newest first, an article before its captions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListPlace {
    pub(super) published: Reverse<i64>,
    pub(super) article: String,
    pub(super) position: i64,
    pub(super) item: String,
}

impl ListPlace {
    fn within_moment(&self) -> (&str, i64, &str) {
        (&self.article, self.position, &self.item)
    }
}

/// The newest items of a selection by publication, as far as they were looked for.
pub(super) struct Newest {
    most: usize,
    /// What was published before this moment is not looked for.
    lowest: i64,
    pub(super) places: BTreeSet<ListPlace>,
}

impl Newest {
    fn new(most: usize, lowest: i64) -> Self {
        let places = BTreeSet::new();
        Self {
            most,
            lowest,
            places,
        }
    }

    /// The last of them where there are as many as are asked for.
    fn last(&self) -> Option<&ListPlace> {
        self.places
            .last()
            .filter(|_| self.places.len() == self.most)
    }

    /// The place behind which none of the selection's items stands in the list.
    pub(super) fn floor(&self) -> Option<&ListPlace> {
        self.last().filter(|last| last.published.0 >= self.lowest)
    }

    /// Regards the next item in the order of feeds; breaks where neither it nor any that follows belongs to them.
    fn see(&mut self, row: &Row<'_>) -> rusqlite::Result<ControlFlow<()>> {
        let (published, activity): (i64, i64) = (row.get(0)?, row.get(4)?);
        let last = self.last();
        if activity < self.lowest {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(last) = last.filter(|last| activity <= last.published.0) {
            // Of those of one moment, feeds and lists have the same order.
            let behind =
                || Ok::<_, rusqlite::Error>(place(row)?.within_moment() > last.within_moment());
            if activity < last.published.0 || behind()? {
                return Ok(ControlFlow::Break(()));
            }
        }
        if last.is_none_or(|last| published >= last.published.0) {
            self.places.insert(place(row)?);
            if self.places.len() > self.most {
                self.places.pop_last();
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The number of items that the list of a selection has at least; none where it is no list by publication. Only named
/// queries, which may ask for a number of their own, need the `publication`.
pub(super) fn length(selection: &Selection, publication: Option<&Publication>) -> Option<usize> {
    match Extent::of(selection, publication) {
        Extent::Newest(at_least) => Some(at_least),
        Extent::Whole => None,
    }
}

/// The newest `most` public items of a selection by publication, of those that were published at `lowest` or later.
pub(super) fn newest(
    connection: &Connection,
    selection: &Selection,
    most: usize,
    lowest: i64,
) -> rusqlite::Result<Newest> {
    let mut found = Newest::new(most, lowest);
    let mut after = None;
    loop {
        let mut part = PartEnd::default();
        if let Some((activity, article, position, item)) = &after {
            let mut alike = connection.prepare_cached(&format!(
                "{COLUMNS} WHERE f.selection = ?1 AND f.activity = ?2 AND (f.article, f.position, f.item) > (?3, ?4, ?5)
                   AND f.withdrawn = 0 AND i.id = f.item
                 ORDER BY f.article, f.position, f.item LIMIT {MAX_AT_ONCE}"
            ))?;
            let rows = alike.query((selection, activity, article, position, item))?;
            part.take(rows, &mut found)?;
        }
        if !part.has_broken && part.count < MAX_AT_ONCE {
            let activity = after.as_ref().map_or(i64::MAX, |(activity, ..)| *activity);
            let mut older = connection.prepare_cached(&format!(
                "{COLUMNS} WHERE f.selection = ?1 AND f.activity < ?2 AND f.withdrawn = 0 AND i.id = f.item
                 ORDER BY f.activity DESC, f.article, f.position, f.item LIMIT ?3"
            ))?;
            let rows = older.query((selection, activity, MAX_AT_ONCE - part.count))?;
            part.take(rows, &mut found)?;
        }
        if part.has_broken || part.count < MAX_AT_ONCE {
            return Ok(found);
        }
        after = part.last;
    }
}

/// How the reading of a part ended.
#[derive(Default)]
struct PartEnd {
    has_broken: bool,
    count: usize,
    /// The activity, article, position and id of the last item.
    last: Option<(i64, String, i64, String)>,
}

impl PartEnd {
    fn take(&mut self, mut rows: Rows<'_>, found: &mut Newest) -> rusqlite::Result<()> {
        while let Some(row) = rows.next()? {
            if found.see(row)?.is_break() {
                self.has_broken = true;
                break;
            }
            self.count += 1;
            if self.count == MAX_AT_ONCE {
                self.last = Some((row.get(4)?, row.get(1)?, row.get(2)?, row.get(3)?));
            }
        }
        Ok(())
    }
}

/// The same of several selections, each with how many are asked for and from which moment on. Mostly what a writer looks for
/// is near, so the first rows of all of them are read at once.
pub(super) fn newest_of<'s>(
    connection: &Connection,
    asked: &[(&'s Selection, usize, i64)],
) -> rusqlite::Result<HashMap<&'s Selection, Newest>> {
    let mut found = HashMap::new();
    for some in many::parts(asked) {
        let queries = (0..some.len()).map(|place| {
            let (selection, lowest) = (2 * place + 1, 2 * place + 2);
            format!(
                "SELECT * FROM (SELECT i.published, f.article, f.position, f.item, f.activity, f.selection
                 FROM filing f CROSS JOIN item i
                 WHERE f.selection = ?{selection} AND f.activity >= ?{lowest} AND f.withdrawn = 0
                   AND i.id = f.item
                 ORDER BY f.activity DESC, f.article, f.position, f.item LIMIT {OF_EACH}) part{place}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let mut statement = connection.prepare_cached(&sql)?;
        let keys = some
            .iter()
            .flat_map(|(selection, _, lowest)| [selection as &dyn ToSql, lowest]);
        let mut rows = statement.query(params_from_iter(keys))?;
        let mut parts: HashMap<Selection, (Newest, usize, bool)> = HashMap::new();
        while let Some(row) = rows.next()? {
            let of: Selection = row.get(5)?;
            let asked = some.iter().find(|(selection, ..)| **selection == of);
            let Some((_, most, lowest)) = asked else {
                continue;
            };
            let part = parts.entry(of);
            let (newest, count, ended) =
                part.or_insert_with(|| (Newest::new(*most, *lowest), 0, false));
            *count += 1;
            *ended = *ended || newest.see(row)?.is_break();
        }
        for (selection, most, lowest) in some {
            let whole = match parts.remove(*selection) {
                None => Newest::new(*most, *lowest),
                Some((newest, count, ended)) if ended || count < OF_EACH => newest,
                Some(_) => newest(connection, selection, *most, *lowest)?,
            };
            found.insert(*selection, whole);
        }
    }
    Ok(found)
}

pub(super) fn place(row: &Row<'_>) -> rusqlite::Result<ListPlace> {
    Ok(ListPlace {
        published: Reverse(row.get(0)?),
        article: row.get(1)?,
        position: row.get(2)?,
        item: row.get(3)?,
    })
}
