//! Which days and months have articles, as the publication counts days: the sitemaps' months are of UTC and leave out what
//! was first published elsewhere.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::database::Connection;
use super::day::{begin, date_of, neighbours};
use super::month::Month;
use super::sqlite::moment;
use super::touched::touched;
use super::{Position, Store, StoreError, TouchKey};

/// The days of a month that have articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthDays {
    pub touched: Position,
    /// The days, in ascending order.
    pub days: Vec<NaiveDate>,
    /// The nearest earlier and later month that has articles.
    pub before: Option<Month>,
    pub after: Option<Month>,
}

impl Store {
    /// The months that have articles in `zone`, the first of them first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn months(&self, zone: Tz) -> Result<(Position, Vec<Month>), StoreError> {
        self.reading(|connection| {
            let mut months = Vec::new();
            let mut from = i64::MIN;
            while let Some((ms, date)) = first_from(connection, from, zone)? {
                let month = Month::of_day(date);
                if months.last() != Some(&month) {
                    months.push(month);
                }
                from = span(month, zone).1.max(ms + 1);
            }
            Ok((touched(connection, &TouchKey::Days)?, months))
        })
    }

    /// The days of a month in `zone` that have articles; none where none has.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn days_of(&self, month: Month, zone: Tz) -> Result<Option<MonthDays>, StoreError> {
        self.reading(|connection| {
            let whole = span(month, zone);
            let (mut from, end) = whole;
            let mut days = Vec::new();
            while let Some((ms, date)) = first_from(connection, from, zone)?
                && ms < end
            {
                if Month::of_day(date) == month && days.last() != Some(&date) {
                    days.push(date);
                }
                let next = date.succ_opt().map_or(end, |next| begin(next, zone));
                from = next.max(ms + 1);
            }
            if days.is_empty() {
                return Ok(None);
            }
            let (before, after) = neighbours(connection, whole, zone)?;
            Ok(Some(MonthDays {
                touched: touched(connection, &TouchKey::DaysOfMonth(month))?,
                days,
                before: before.map(Month::of_day),
                after: after.map(Month::of_day),
            }))
        })
    }
}

/// The first millisecond of a month and of the one after it.
pub(super) fn span(month: Month, zone: Tz) -> (i64, i64) {
    let end = month.end().map_or(i64::MAX, |end| begin(end, zone));
    (begin(month.first_day(), zone), end)
}

/// The month to which a millisecond belongs, as the publication counts days.
pub(super) fn month_of(ms: i64, zone: Tz) -> Month {
    Month::of_day(date_of(moment(ms), zone))
}

/// When the first article was published from a millisecond on, and on which day. The index leads to it: no day is asked for
/// each of its articles.
fn first_from(
    connection: &Connection,
    from: i64,
    zone: Tz,
) -> Result<Option<(i64, NaiveDate)>, StoreError> {
    let found: Option<i64> = connection.row(
        "SELECT published FROM item WHERE kind = 'article' AND status = 'usable'
             AND published >= ?1 ORDER BY published LIMIT 1",
        [from],
        |row| row.get(0),
    )?;
    Ok(found.map(|ms| (ms, date_of(moment(ms), zone))))
}
