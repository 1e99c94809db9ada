//! The older items of tags, authors and named feeds by months; these selections have no archive segments.

use std::collections::{BTreeSet, HashSet};

use chrono_tz::Tz;

use crate::item::Id;
use crate::publication::Selection;

use super::articles::articles_of;
use super::by_publication::{ListPlace, place};
use super::calendar::{month_of, span};
use super::database::{self, Connection, Row, ToSql};
use super::many;
use super::touched::touched;
use super::{Month, Position, Store, StoreError, TouchKey, Window, WindowItem};

/// Items on one page of a month: a named feed may have thousands of a month.
pub(super) const MONTH_PAGE_ITEMS: usize = 100;

/// A part of the items that a selection has in a month.
#[derive(Clone, Debug)]
pub struct MonthPage {
    /// The items in the order of lists, with the touch of the whole month.
    pub window: Window,
    /// Another part follows.
    pub has_more: bool,
    /// The nearest earlier and later months in which the selection has items.
    pub before: Option<Month>,
    pub after: Option<Month>,
}

impl Store {
    /// The part with this number, counted from 1, of the items that a selection has in a month in `zone`; none where there is no such part.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn month_page(
        &self,
        selection: &Selection,
        (month, number): (Month, u32),
        zone: Tz,
    ) -> Result<Option<MonthPage>, StoreError> {
        self.reading(|connection| {
            let span = span(month, zone);
            let skipped = (number as usize).saturating_sub(1) * MONTH_PAGE_ITEMS;
            let sql = "SELECT listed, article, position, item FROM filing
                 WHERE selection = ?1 AND listed >= ?2 AND listed < ?3
                 ORDER BY listed DESC, article, position, item LIMIT ?4 OFFSET ?5";
            let parameters = (selection, span.0, span.1, MONTH_PAGE_ITEMS + 1, skipped);
            let mut places = connection.rows(sql, parameters, place)?;
            if places.is_empty() {
                return Ok(None);
            }
            let has_more = places.len() > MONTH_PAGE_ITEMS;
            places.truncate(MONTH_PAGE_ITEMS);
            let query = MonthQuery { selection, span };
            let around = around(connection, "", &[query])?.pop().unwrap_or_default();
            let month_of = |ms| month_of(ms, zone);
            let key = TouchKey::MonthOf(selection.clone(), month);
            Ok(Some(MonthPage {
                window: window_of(
                    connection,
                    touched(connection, &key)?,
                    &BTreeSet::from_iter(places),
                )?,
                has_more,
                before: around.before.map(month_of),
                after: around.after.map(month_of),
            }))
        })
    }
}

/// The items at these places, with their articles.
pub(super) fn window_of(
    connection: &Connection,
    touched: Position,
    places: &BTreeSet<ListPlace>,
) -> Result<Window, StoreError> {
    let read = |text: &String| Id::parse(text).unwrap_or_default();
    let mut seen = HashSet::new();
    let articles = places.iter().map(|place| read(&place.article));
    let ids: Vec<Id> = articles.filter(|id| seen.insert(*id)).collect();
    let items = places.iter().map(|place| WindowItem {
        id: read(&place.item),
        // Pages use no cached entries.
        touched: 0,
    });
    Ok(Window {
        touched,
        articles: articles_of(connection, &ids)?,
        items: items.collect(),
        segments: 0,
        older: None,
    })
}

/// A month of a selection, for [`around`].
pub(super) struct MonthQuery<'s> {
    pub(super) selection: &'s Selection,
    /// The first millisecond of the month and of the one after it.
    pub(super) span: (i64, i64),
}

/// The answer of [`around`] for one month.
#[derive(Clone, Default)]
pub(super) struct Around {
    /// The month has items of other articles than the one that was named.
    pub(super) has_others: bool,
    /// When the nearest items outside the month were published, in milliseconds.
    pub(super) before: Option<i64>,
    pub(super) after: Option<i64>,
}

/// For each of these months: whether it has items of other articles than `article`, and the nearest items outside it. Three index
/// lookups for each month, however many items there are.
pub(super) fn around(
    connection: &Connection,
    article: &str,
    month_queries: &[MonthQuery<'_>],
) -> database::Result<Vec<Around>> {
    let mut found = Vec::with_capacity(month_queries.len());
    for some in many::parts(month_queries) {
        let queries = (0..some.len()).map(|part| {
            let [selection, begin, end] = [2, 3, 4].map(|parameter| 3 * part + parameter);
            format!(
                "SELECT * FROM (SELECT {part} AS part, listed FROM filing
                     WHERE selection = ?{selection} AND listed >= ?{begin} AND listed < ?{end}
                     AND article <> ?1 LIMIT 1) within{part}
                 UNION ALL SELECT * FROM (SELECT {part} AS part, listed FROM filing
                     WHERE selection = ?{selection} AND listed < ?{begin}
                     ORDER BY listed DESC LIMIT 1) before{part}
                 UNION ALL SELECT * FROM (SELECT {part} AS part, listed FROM filing
                     WHERE selection = ?{selection} AND listed >= ?{end}
                     ORDER BY listed LIMIT 1) after{part}"
            )
        });
        let sql = queries.collect::<Vec<_>>().join(" UNION ALL ");
        let months = some.iter().flat_map(|query| {
            let (begin, end) = &query.span;
            [query.selection as &dyn ToSql, begin, end]
        });
        let article_parameter: [&dyn ToSql; 1] = [&article];
        let parameters: Vec<&dyn ToSql> = article_parameter.into_iter().chain(months).collect();
        let row = |row: &Row<'_>| Ok((row.get::<usize>(0)?, row.get::<i64>(1)?));
        let rows: Vec<(usize, i64)> = connection.rows(&sql, parameters, row)?;
        let mut of_part = vec![Around::default(); some.len()];
        for (part, listed) in rows {
            if let (Some(around), Some(query)) = (of_part.get_mut(part), some.get(part)) {
                match query.span {
                    (begin, _) if listed < begin => around.before = Some(listed),
                    (_, end) if listed >= end => around.after = Some(listed),
                    _ => around.has_others = true,
                }
            }
        }
        found.extend(of_part);
    }
    Ok(found)
}
