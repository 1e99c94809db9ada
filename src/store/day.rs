//! The articles of a day, as the publication counts days, and the days around it that have some.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::item::Id;

use super::articles::articles_of;
use super::database::Connection;
use super::sqlite::moment;
use super::touched::touched;
use super::{Position, Store, StoreError, StoredArticle, TouchKey};

/// Maximum number of articles of a day that are listed.
const MAX: usize = 500;

/// Clocks go forward by so much or a multiple of it.
const STEP: TimeDelta = TimeDelta::minutes(15);
const QUARTERS_A_DAY: i32 = 96;

/// A day that has articles.
#[derive(Clone, Debug)]
pub struct Day {
    pub touched: Position,
    /// The articles of the day, the newest first.
    pub articles: Vec<StoredArticle>,
    /// Whether the day has more articles than are listed.
    pub has_more: bool,
    /// The nearest earlier and later day that has articles.
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
            let sql = "SELECT id FROM item WHERE kind = 'article' AND status = 'usable'
                     AND published >= ?1 AND published < ?2 ORDER BY published DESC, id DESC LIMIT ?3";
            let ids = connection
                .rows(sql, (begin, end, MAX + 1), |row| row.get::<String>(0))?;
            if ids.is_empty() {
                return Ok(None);
            }
            let shown: Vec<Id> = ids
                .iter()
                .take(MAX)
                .filter_map(|id| Id::parse(id))
                .collect();
            let articles = articles_of(connection, &shown)?;
            let (before, after) = neighbours(connection, (begin, end), zone)?;
            Ok(Some(Day {
                touched: touched(connection, &TouchKey::Day(date))?,
                articles,
                has_more: ids.len() > MAX,
                before,
                after,
            }))
        })
    }
}

/// The first millisecond of a day.
pub(super) fn begin(date: NaiveDate, zone: Tz) -> i64 {
    let midnight = date.and_time(NaiveTime::MIN);
    // Where clocks go over midnight the day begins later; a zone that changes sides of the date line skips a whole one.
    let quarters = (0..=QUARTERS_A_DAY).map(|quarter| midnight + STEP * quarter);
    let mut moments = quarters.filter_map(|local| zone.from_local_datetime(&local).earliest());
    let first = moments.next().map(|moment| moment.to_utc());
    let first: DateTime<Utc> = first.unwrap_or_else(|| midnight.and_utc());
    first.timestamp_millis()
}

/// The first millisecond of a day and of the one after it.
pub(super) fn span(date: NaiveDate, zone: Tz) -> (i64, i64) {
    let next = date.checked_add_days(Days::new(1));
    (
        begin(date, zone),
        next.map_or(i64::MAX, |next| begin(next, zone)),
    )
}

/// The day to which a moment belongs, namely the one whose span has it. Where clocks go back over midnight the local date goes
/// back as well, for up to an hour; days do not.
pub fn date_of(moment: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let date = moment.with_timezone(&zone).date_naive();
    let next = date.checked_add_days(Days::new(1));
    let has_begun = |next: &NaiveDate| begin(*next, zone) <= moment.timestamp_millis();
    next.filter(has_begun).unwrap_or(date)
}

/// Whether there are just `number` articles from a millisecond to another, which is not included. No more of them are read
/// than one beyond that: each article of a day asks.
pub(super) fn has_just(
    connection: &Connection,
    (begin, end): (i64, i64),
    number: usize,
) -> Result<bool, StoreError> {
    let found: usize = connection.one(
        "SELECT count(*) FROM (SELECT 1 FROM item WHERE kind = 'article' AND status = 'usable'
             AND published >= ?1 AND published < ?2 LIMIT ?3) part",
        (begin, end, number + 1),
        |row| row.get(0),
    )?;
    Ok(found == number)
}

/// The nearest days before and after such a span that have articles.
pub(super) fn neighbours(
    connection: &Connection,
    (begin, end): (i64, i64),
    zone: Tz,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), StoreError> {
    let nearest = |sql: &str, from: i64| -> Result<Option<NaiveDate>, StoreError> {
        let found: Option<i64> = connection.row(sql, [from], |row| row.get(0))?;
        Ok(found.map(|ms| date_of(moment(ms), zone)))
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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
    use chrono_tz::Tz;

    use super::{date_of, span};

    #[test]
    fn days_follow_one_another_also_where_there_is_no_midnight() {
        for (zone, begin, end) in [
            // Clocks go from 0:00 to 1:00, east and west of Greenwich.
            (
                "Africa/Cairo",
                "2024-04-26T01:00:00+03:00",
                "2024-04-27T00:00:00+03:00",
            ),
            (
                "America/Havana",
                "2024-03-10T01:00:00-04:00",
                "2024-03-11T00:00:00-04:00",
            ),
            // Clocks go back at 0:00: the day before has 25 hours.
            (
                "Africa/Cairo",
                "2024-11-01T00:00:00+02:00",
                "2024-11-02T00:00:00+02:00",
            ),
            // Samoa had no 30 December 2011.
            (
                "Pacific/Apia",
                "2011-12-31T00:00:00+14:00",
                "2012-01-01T00:00:00+14:00",
            ),
        ] {
            let zone: Tz = zone.parse().unwrap();
            let moment = |text: &str| DateTime::parse_from_rfc3339(text).unwrap();
            let date: NaiveDate = moment(begin).date_naive();
            let expected = (
                moment(begin).timestamp_millis(),
                moment(end).timestamp_millis(),
            );
            assert_eq!(span(date, zone), expected, "{zone} {date}");
            assert_eq!(
                span(date.pred_opt().unwrap(), zone).1,
                expected.0,
                "{zone} before {date}"
            );
        }
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        let (begin, end) = span(skipped, Tz::Pacific__Apia);
        assert_eq!(begin, end);
    }

    #[test]
    fn every_moment_belongs_to_the_day_whose_span_has_it() {
        for (zone, around) in [
            // Clocks went back at 0:01, so that midnight came twice.
            ("America/St_Johns", "2010-11-07T02:31:00Z"),
            ("America/Moncton", "2006-10-29T03:01:00Z"),
            ("Africa/Cairo", "2024-10-31T21:00:00Z"),
            ("Africa/Cairo", "2024-04-25T22:00:00Z"),
            ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ] {
            let zone: Tz = zone.parse().unwrap();
            let around: DateTime<Utc> = around.parse().unwrap();
            for minutes in -3000..3000 {
                let moment = around + TimeDelta::minutes(minutes);
                let (begin, end) = span(date_of(moment, zone), zone);
                let ms = moment.timestamp_millis();
                assert!(begin <= ms && ms < end, "{moment} in {zone}");
            }
        }
    }
}
