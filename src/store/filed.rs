//! What selections take, in the order of feeds: read in bounded parts, so that nothing is held open while others work.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::ControlFlow;

use rusqlite::{Connection, Row, Rows, ToSql, params_from_iter};

use super::many;
use super::window::Filed;

/// Number of rows of a selection that are read first for its window: most windows have hardly more.
const FIRST: usize = 64;

/// Maximum number of rows that are read at once.
const MOST: usize = 256;

/// Number of rows of each selection, where several are read by one statement.
const OF_EACH: usize = 16;

/// An item of a selection with its article.
#[derive(Clone)]
pub(super) struct FiledItem {
    pub(super) article: String,
    pub(super) filed: Filed,
    /// The first entry of the transaction that filed it so.
    pub(super) since: u64,
}

impl FiledItem {
    /// What orders it among others of its selection.
    pub(super) fn order(&self) -> (Reverse<i64>, &str, i64, &str) {
        let Self { article, filed, .. } = self;
        (
            Reverse(filed.activity),
            article,
            filed.position,
            &filed.item,
        )
    }
}

/// Part of what a selection takes, newest first.
pub(super) struct Part {
    pub(super) places: Vec<FiledItem>,
    /// Whether nothing follows it.
    pub(super) is_last: bool,
}

impl Part {
    /// Shows its items until `see` breaks.
    pub(super) fn show(&self, see: &mut dyn FnMut(Counted<'_>) -> ControlFlow<()>) -> Ended {
        for FiledItem { filed, .. } in &self.places {
            let counted = Counted {
                activity: filed.activity,
                item: &filed.item,
                size: filed.size,
                withdrawn: filed.withdrawn,
            };
            if see(counted).is_break() {
                return Ended::Broken;
            }
        }
        match self.places.last() {
            Some(last) if !self.is_last => Ended::At(last.into()),
            _ => Ended::Last,
        }
    }
}

/// Goes through a selection from its newest item on.
pub(super) struct Walk<'c> {
    connection: &'c Connection,
    selection: &'c str,
    part: std::vec::IntoIter<FiledItem>,
    last: Option<FiledItem>,
    is_last: bool,
    /// The number of rows that are read next.
    count: usize,
}

impl<'c> Walk<'c> {
    pub(super) fn new(connection: &'c Connection, selection: &'c str) -> Self {
        Self {
            connection,
            selection,
            part: Vec::new().into_iter(),
            last: None,
            is_last: false,
            count: FIRST,
        }
    }

    /// The next older item.
    pub(super) fn step(&mut self) -> rusqlite::Result<Option<FiledItem>> {
        if self.part.len() == 0 && !self.is_last {
            let last = self.last.as_ref();
            let part = read(self.connection, self.selection, last, self.count)?;
            self.count = MOST;
            self.last = part.places.last().cloned();
            self.is_last = part.is_last;
            self.part = part.places.into_iter();
        }
        Ok(self.part.next())
    }
}

/// The next `most` items behind `after` in a selection, from its newest one on where there is none.
fn read(
    connection: &Connection,
    selection: &str,
    after: Option<&FiledItem>,
    most: usize,
) -> rusqlite::Result<Part> {
    let most = most.min(MOST);
    let mut places = match after {
        Some(after) => read_alike(connection, selection, after, most)?,
        None => Vec::new(),
    };
    if places.len() < most {
        let activity = after.map_or(i64::MAX, |after| after.filed.activity);
        let mut statement = connection.prepare_cached(
            "SELECT selection, activity, article, position, item, size, withdrawn, touched, since FROM filing
             WHERE selection = ?1 AND activity < ?2
             ORDER BY activity DESC, article, position, item LIMIT ?3",
        )?;
        let key = (selection, activity, most - places.len());
        let rows = statement.query_map(key, |row| Ok(place_of(row)?.1))?;
        places.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    let is_last = places.len() < most;
    Ok(Part { places, is_last })
}

/// The next items of the same activity, of which there may be many: each part of them begins where the last one ended.
fn read_alike(
    connection: &Connection,
    selection: &str,
    after: &FiledItem,
    most: usize,
) -> rusqlite::Result<Vec<FiledItem>> {
    let FiledItem { article, filed, .. } = after;
    let mut statement = connection.prepare_cached(
        "SELECT selection, activity, article, position, item, size, withdrawn, touched, since FROM filing
         WHERE selection = ?1 AND activity = ?2 AND (article, position, item) > (?3, ?4, ?5)
         ORDER BY article, position, item LIMIT ?6",
    )?;
    let key = (
        selection,
        filed.activity,
        article,
        filed.position,
        &filed.item,
        most,
    );
    let rows = statement.query_map(key, |row| Ok(place_of(row)?.1))?;
    rows.collect()
}

/// What the rule of windows asks of an item.
pub(super) struct Counted<'r> {
    pub(super) activity: i64,
    pub(super) item: &'r str,
    pub(super) size: i64,
    pub(super) withdrawn: bool,
}

/// Where an item stands in the order of feeds.
pub(super) struct At {
    activity: i64,
    article: String,
    position: i64,
    item: String,
}

impl From<&FiledItem> for At {
    fn from(of: &FiledItem) -> Self {
        Self {
            activity: of.filed.activity,
            article: of.article.clone(),
            position: of.filed.position,
            item: of.filed.item.clone(),
        }
    }
}

impl At {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            activity: row.get(0)?,
            article: row.get(1)?,
            position: row.get(2)?,
            item: row.get(3)?,
        })
    }
}

/// How a part ended.
pub(super) enum Ended {
    /// Where `see` broke.
    Broken,
    /// With the last item.
    Last,
    /// With this item; others may follow.
    At(At),
}

/// Shows the next `most` items behind `after`, as far as the activity `lowest`, until `see` breaks. Nothing of a row is copied
/// but of the last: a writer looks through hundreds of them for one change.
pub(super) fn show(
    connection: &Connection,
    selection: &str,
    (after, lowest): (&At, i64),
    most: usize,
    see: &mut dyn FnMut(Counted<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<Ended> {
    let most = most.min(MOST);
    let mut left = most;
    let mut last = None;
    let mut alike = connection.prepare_cached(
        "SELECT activity, article, position, item, size, withdrawn FROM filing
         WHERE selection = ?1 AND activity = ?2 AND (article, position, item) > (?3, ?4, ?5)
         ORDER BY article, position, item LIMIT ?6",
    )?;
    let At {
        activity,
        article,
        position,
        item,
    } = after;
    let rows = alike.query((selection, activity, article, position, item, left))?;
    if show_rows(rows, &mut left, &mut last, see)?.is_break() {
        return Ok(Ended::Broken);
    }
    if left > 0 {
        let mut older = connection.prepare_cached(
            "SELECT activity, article, position, item, size, withdrawn FROM filing
             WHERE selection = ?1 AND activity < ?2 AND activity >= ?3
             ORDER BY activity DESC, article, position, item LIMIT ?4",
        )?;
        let rows = older.query((selection, activity, lowest, left))?;
        if show_rows(rows, &mut left, &mut last, see)?.is_break() {
            return Ok(Ended::Broken);
        }
    }
    Ok(match last {
        Some(last) if left == 0 => Ended::At(last),
        _ => Ended::Last,
    })
}

/// Shows rows, and where the last of `left` stands.
fn show_rows(
    mut rows: Rows<'_>,
    left: &mut usize,
    last: &mut Option<At>,
    see: &mut dyn FnMut(Counted<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    while let Some(row) = rows.next()? {
        let counted = Counted {
            activity: row.get(0)?,
            item: row.get_ref(3)?.as_str()?,
            size: row.get(4)?,
            withdrawn: row.get(5)?,
        };
        if see(counted).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        *left -= 1;
        if *left == 0 {
            *last = Some(At::of(row)?);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The newest items of several selections, each as far as the activity that is named with it.
pub(super) fn read_newest(
    connection: &Connection,
    selections: &[(&str, i64)],
) -> rusqlite::Result<HashMap<String, Part>> {
    let mut found: HashMap<String, Part> = HashMap::new();
    for some in many::parts(selections) {
        let queries = (0..some.len()).map(|place| {
            let (selection, lowest) = (2 * place + 1, 2 * place + 2);
            format!(
                "SELECT * FROM (SELECT selection, activity, article, position, item, size, withdrawn, touched, since
                 FROM filing WHERE selection = ?{selection} AND activity >= ?{lowest}
                 ORDER BY activity DESC, article, position, item LIMIT {OF_EACH}) part{place}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let mut statement = connection.prepare_cached(&sql)?;
        let keys = some
            .iter()
            .flat_map(|(selection, lowest)| [selection as &dyn ToSql, lowest]);
        for row in statement.query_map(params_from_iter(keys), place_of)? {
            let (selection, place) = row?;
            let part = found.entry(selection).or_insert_with(|| Part {
                places: Vec::new(),
                is_last: true,
            });
            part.places.push(place);
            part.is_last = part.places.len() < OF_EACH;
        }
    }
    Ok(found)
}

/// The places that items of a selection had as of the entry `seq` and have not any more, in the order of feeds; none where
/// they are more than `most`.
pub(super) fn read_former(
    connection: &Connection,
    selection: &str,
    seq: u64,
    most: usize,
) -> rusqlite::Result<Option<Vec<FiledItem>>> {
    let mut statement = connection.prepare_cached(
        "SELECT selection, activity, article, position, item, size, withdrawn, 0, since FROM filing_before
         WHERE selection = ?1 AND until > ?2 AND since <= ?2 LIMIT ?3",
    )?;
    let rows = statement.query_map((selection, seq, most + 1), |row| Ok(place_of(row)?.1))?;
    let mut places = rows.collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
    Ok((places.len() <= most).then_some(places))
}

/// Where items of a selection are filed, those that are.
pub(super) fn read_items(
    connection: &Connection,
    selection: &str,
    items: &[&str],
) -> rusqlite::Result<Vec<FiledItem>> {
    many::ask_with(
        connection,
        "SELECT f.selection, f.activity, f.article, f.position, f.item, f.size, f.withdrawn, f.touched, f.since
         FROM item i CROSS JOIN filing f
         WHERE i.id IN (keys) AND f.article = i.article AND f.selection = ?1 AND f.item = i.id",
        &[&selection],
        items,
        |row| Ok(place_of(row)?.1),
    )
}

fn place_of(row: &Row<'_>) -> rusqlite::Result<(String, FiledItem)> {
    let place = FiledItem {
        article: row.get(2)?,
        filed: Filed {
            activity: row.get(1)?,
            position: row.get(3)?,
            item: row.get(4)?,
            size: row.get(5)?,
            withdrawn: row.get(6)?,
            touched: row.get(7)?,
        },
        since: row.get(8)?,
    };
    Ok((row.get(0)?, place))
}
