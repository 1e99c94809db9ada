//! The articles of a day, as the publication counts days, and the days around it that have some.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use rusqlite::{Connection, OptionalExtension};

use crate::item::Id;

use super::apply::touched;
use super::read::article_of;
use super::sqlite::moment;
use super::{Position, Store, StoreError, StoredArticle, key};

/// More are no page.
const MOST: usize = 500;

/// A day that has articles.
#[derive(Clone, Debug)]
pub struct Day {
    pub touched: Position,
    /// The newest first.
    pub articles: Vec<StoredArticle>,
    /// It has more than are listed.
    pub has_more: bool,
    /// The nearest days that have some, too.
    pub before: Option<NaiveDate>,
    pub after: Option<NaiveDate>,
}

impl Store {
    /// The articles of a day in `zone`; none where there are none.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn day(&self, date: NaiveDate, zone: Tz) -> Result<Option<Day>, StoreError> {
        self.reading(|connection| {
            let (begin, end) = span(date, zone);
            let ids = connection
                .prepare_cached(
                    "SELECT id FROM item WHERE kind = 'article' AND status = 'usable'
                     AND published >= ?1 AND published < ?2 ORDER BY published DESC, id DESC LIMIT ?3",
                )?
                .query_map((begin, end, MOST + 1), |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            if ids.is_empty() {
                return Ok(None);
            }
            let mut articles = Vec::new();
            for id in ids.iter().take(MOST).filter_map(|id| Id::parse(id)) {
                articles.extend(article_of(connection, id)?);
            }
            let (before, after) = neighbours(connection, date, zone)?;
            Ok(Some(Day {
                touched: touched(connection, &key::day(date))?,
                articles,
                has_more: ids.len() > MOST,
                before,
                after,
            }))
        })
    }
}

/// The first millisecond of a day and of the one after it.
pub(super) fn span(date: NaiveDate, zone: Tz) -> (i64, i64) {
    let begin = |date: NaiveDate| {
        let local = zone.from_local_datetime(&date.and_time(NaiveTime::MIN));
        // Where the clocks go over midnight the day begins later.
        let first = local.earliest().map(|moment| moment.to_utc());
        let first: DateTime<Utc> = first.unwrap_or_else(|| date.and_time(NaiveTime::MIN).and_utc());
        first.timestamp_millis()
    };
    let next = date.checked_add_days(Days::new(1));
    (begin(date), next.map_or(i64::MAX, begin))
}

/// How many articles a day has.
pub(super) fn count(
    connection: &Connection,
    date: NaiveDate,
    zone: Tz,
) -> Result<usize, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM item WHERE kind = 'article' AND status = 'usable'
             AND published >= ?1 AND published < ?2",
        )?
        .query_row(span(date, zone), |row| row.get(0))?)
}

/// The nearest days before and after that have articles.
pub(super) fn neighbours(
    connection: &Connection,
    date: NaiveDate,
    zone: Tz,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), StoreError> {
    let (begin, end) = span(date, zone);
    let nearest = |sql: &str, from: i64| -> Result<Option<NaiveDate>, StoreError> {
        let found: Option<i64> = connection
            .prepare_cached(sql)?
            .query_row([from], |row| row.get(0))
            .optional()?;
        Ok(found.map(|ms| moment(ms).with_timezone(&zone).date_naive()))
    };
    Ok((
        nearest(
            "SELECT published FROM item WHERE kind = 'article' AND status = 'usable'
             AND published < ?1 ORDER BY published DESC LIMIT 1",
            begin,
        )?,
        nearest(
            "SELECT published FROM item WHERE kind = 'article' AND status = 'usable'
             AND published >= ?1 ORDER BY published LIMIT 1",
            end,
        )?,
    ))
}
