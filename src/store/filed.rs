//! The items of selections in the order of feeds, read in bounded parts, so that no statement stays open while others work.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::publication::Selection;

use super::database::{self, Connection, Params, Row, ToSql};
use super::many;
use super::window::Filing;

/// Number of rows of a selection that are read first for its window: few windows have more.
const FIRST: usize = 64;

/// Maximum number of rows that are read by one statement.
const MAX: usize = 256;

/// Number of rows of each selection, where several are read by one statement.
const OF_EACH: usize = 16;

/// An item of a selection with its article.
#[derive(Clone)]
pub(super) struct FiledItem {
    pub(super) article: String,
    pub(super) filed: Filing,
    /// The first entry of the transaction that filed it so.
    pub(super) since: u64,
}

impl FiledItem {
    /// The key by which a selection orders its items.
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

/// A part of the items of a selection, newest first.
pub(super) struct SelectionPart {
    pub(super) places: Vec<FiledItem>,
    /// Whether nothing follows it.
    pub(super) is_last: bool,
}

impl SelectionPart {
    /// Shows its items until `see` breaks.
    pub(super) fn show(
        &self,
        see: &mut dyn FnMut(WindowCandidate<'_>) -> ControlFlow<()>,
    ) -> ReadEnd {
        for place in &self.places {
            if see(place.into()).is_break() {
                return ReadEnd::Broken;
            }
        }
        match self.places.last() {
            Some(last) if !self.is_last => ReadEnd::At(last.into()),
            _ => ReadEnd::Last,
        }
    }
}

/// Goes through a selection from its newest item on.
pub(super) struct SelectionCursor<'c> {
    connection: &'c Connection,
    selection: &'c Selection,
    part: std::vec::IntoIter<FiledItem>,
    last: Option<FeedPlace>,
    is_last: bool,
    /// The number of rows that are read next.
    count: usize,
}

impl<'c> SelectionCursor<'c> {
    pub(super) fn new(connection: &'c Connection, selection: &'c Selection) -> Self {
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
    pub(super) fn step(&mut self) -> database::Result<Option<FiledItem>> {
        if self.part.len() == 0 && !self.is_last {
            let last = self.last.as_ref();
            let part = read(self.connection, self.selection, last, self.count)?;
            self.count = MAX;
            self.last = part.places.last().map(FeedPlace::from);
            self.is_last = part.is_last;
            self.part = part.places.into_iter();
        }
        Ok(self.part.next())
    }
}

/// The columns of a filing that are read, in this order.
const COLUMNS: &str =
    "activity, article, position, item, size, withdrawn, listed, touched, since, selection";

/// The next `most` items behind `after` in a selection, from its newest one on where there is none.
fn read(
    connection: &Connection,
    selection: &Selection,
    after: Option<&FeedPlace>,
    most: usize,
) -> database::Result<SelectionPart> {
    let mut places = Vec::new();
    let ended = each_behind(connection, selection, (after, i64::MIN), most, &mut |row| {
        places.push(place_of(row)?);
        Ok(ControlFlow::Continue(()))
    })?;
    let is_last = matches!(ended, ReadEnd::Last);
    Ok(SelectionPart { places, is_last })
}

/// Goes through the next `most` rows of a selection behind `after`, as far as the activity `lowest`, until `see` breaks. Of one
/// activity there may be many items: they are told apart by what orders them.
fn each_behind(
    connection: &Connection,
    selection: &Selection,
    (after, lowest): (Option<&FeedPlace>, i64),
    most: usize,
    see: &mut dyn FnMut(&Row<'_>) -> database::Result<ControlFlow<()>>,
) -> database::Result<ReadEnd> {
    let mut left = most.min(MAX);
    if let Some(FeedPlace {
        activity,
        article,
        position,
        item,
    }) = after
    {
        let alike = format!(
            "SELECT {COLUMNS} FROM filing
             WHERE selection = ?1 AND activity = ?2 AND (article, position, item) > (?3, ?4, ?5)
             ORDER BY article, position, item LIMIT ?6"
        );
        let parameters = (selection, activity.0, article, position, item, left);
        if let Some(ended) = each_row(connection, &alike, parameters, &mut left, see)? {
            return Ok(ended);
        }
    }
    let activity = after.map_or(i64::MAX, |after| after.activity.0);
    let older = format!(
        "SELECT {COLUMNS} FROM filing
         WHERE selection = ?1 AND activity < ?2 AND activity >= ?3
         ORDER BY activity DESC, article, position, item LIMIT ?4"
    );
    let parameters = (selection, activity, lowest, left);
    let ended = each_row(connection, &older, parameters, &mut left, see)?;
    Ok(ended.unwrap_or(ReadEnd::Last))
}

/// Goes through rows until `see` breaks or `left` of them were seen. Gives how it ended; `None` where the rows ended.
fn each_row(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    left: &mut usize,
    see: &mut dyn FnMut(&Row<'_>) -> database::Result<ControlFlow<()>>,
) -> database::Result<Option<ReadEnd>> {
    connection.until(sql, parameters, |row| {
        if see(row)?.is_break() {
            return Ok(Some(ReadEnd::Broken));
        }
        *left -= 1;
        match *left {
            0 => Ok(Some(ReadEnd::At(FeedPlace::of(row)?))),
            _ => Ok(None),
        }
    })
}

/// An item that may stand in a window, with what the rule of windows needs of it.
pub(super) struct WindowCandidate<'r> {
    pub(super) activity: i64,
    pub(super) article: &'r str,
    pub(super) position: i64,
    pub(super) item: &'r str,
    pub(super) size: i64,
    pub(super) withdrawn: bool,
}

impl<'r> From<&'r FiledItem> for WindowCandidate<'r> {
    fn from(FiledItem { article, filed, .. }: &'r FiledItem) -> Self {
        Self {
            activity: filed.activity,
            article,
            position: filed.position,
            item: &filed.item,
            size: filed.size,
            withdrawn: filed.withdrawn,
        }
    }
}

/// The place of an item in the order of feeds, by which it compares.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FeedPlace {
    pub(super) activity: Reverse<i64>,
    pub(super) article: String,
    pub(super) position: i64,
    pub(super) item: String,
}

impl From<&FiledItem> for FeedPlace {
    fn from(of: &FiledItem) -> Self {
        (&WindowCandidate::from(of)).into()
    }
}

impl From<&WindowCandidate<'_>> for FeedPlace {
    fn from(of: &WindowCandidate<'_>) -> Self {
        Self {
            activity: Reverse(of.activity),
            article: of.article.to_owned(),
            position: of.position,
            item: of.item.to_owned(),
        }
    }
}

impl FeedPlace {
    fn of(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            activity: Reverse(row.get(0)?),
            article: row.get(1)?,
            position: row.get(2)?,
            item: row.get(3)?,
        })
    }
}

/// Why the reading of a part ended.
pub(super) enum ReadEnd {
    /// `see` broke.
    Broken,
    /// The last item was seen.
    Last,
    /// This item was seen last; others may follow.
    At(FeedPlace),
}

/// Shows the next `most` items behind `after`, as far as the activity `lowest`, until `see` breaks. Nothing of a row is copied
/// but of the last: a writer looks through hundreds of them for one change.
pub(super) fn show(
    connection: &Connection,
    selection: &Selection,
    (after, lowest): (&FeedPlace, i64),
    most: usize,
    see: &mut dyn FnMut(WindowCandidate<'_>) -> ControlFlow<()>,
) -> database::Result<ReadEnd> {
    each_behind(
        connection,
        selection,
        (Some(after), lowest),
        most,
        &mut |row| {
            Ok(see(WindowCandidate {
                activity: row.get(0)?,
                article: row.text(1)?,
                position: row.get(2)?,
                item: row.text(3)?,
                size: row.get(4)?,
                withdrawn: row.get(5)?,
            }))
        },
    )
}

/// The newest items of several selections, each as far as the activity that is named with it.
pub(super) fn read_newest(
    connection: &Connection,
    selections: &[(&Selection, i64)],
) -> database::Result<HashMap<Selection, SelectionPart>> {
    let mut found: HashMap<Selection, SelectionPart> = HashMap::new();
    for some in many::parts(selections) {
        let queries = (0..some.len()).map(|place| {
            let (selection, lowest) = (2 * place + 1, 2 * place + 2);
            format!(
                "SELECT * FROM (SELECT {COLUMNS}
                 FROM filing WHERE selection = ?{selection} AND activity >= ?{lowest}
                 ORDER BY activity DESC, article, position, item LIMIT {OF_EACH}) part{place}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let keys = some
            .iter()
            .flat_map(|(selection, lowest)| [selection as &dyn ToSql, lowest]);
        let keys: Vec<&dyn ToSql> = keys.collect();
        let place = |row: &Row<'_>| Ok((row.get::<Selection>(9)?, place_of(row)?));
        let rows: Vec<(Selection, FiledItem)> = connection.rows(&sql, keys, place)?;
        for (selection, place) in rows {
            let part = found.entry(selection).or_insert_with(|| SelectionPart {
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
    selection: &Selection,
    seq: u64,
    most: usize,
) -> database::Result<Option<Vec<FiledItem>>> {
    let sql = "SELECT activity, article, position, item, size, withdrawn, NULL, 0, since FROM filing_before
         WHERE selection = ?1 AND until > ?2 AND since <= ?2 LIMIT ?3";
    let mut places: Vec<FiledItem> = connection.rows(sql, (selection, seq, most + 1), place_of)?;
    places.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
    Ok((places.len() <= most).then_some(places))
}

/// The filings of items in a selection; items that are not filed there are left out.
pub(super) fn read_items(
    connection: &Connection,
    selection: &Selection,
    items: &[&str],
) -> database::Result<Vec<FiledItem>> {
    many::ask_with(
        connection,
        "SELECT f.activity, f.article, f.position, f.item, f.size, f.withdrawn, f.listed, f.touched, f.since
         FROM item i CROSS JOIN filing f
         WHERE i.id IN (keys) AND f.article = i.article AND f.selection = ?1 AND f.item = i.id",
        &[selection],
        items,
        place_of,
    )
}

fn place_of(row: &Row<'_>) -> database::Result<FiledItem> {
    Ok(FiledItem {
        article: row.get(1)?,
        filed: Filing {
            activity: row.get(0)?,
            position: row.get(2)?,
            item: row.get(3)?,
            size: row.get(4)?,
            withdrawn: row.get(5)?,
            listed: row.get(6)?,
            touched: row.get(7)?,
        },
        since: row.get(8)?,
    })
}
