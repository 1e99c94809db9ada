//! A month as sitemaps and calendars are divided by.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use super::sqlite::moment;

/// A month: of UTC in sitemaps, of the publication's days in calendars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// The first day of the month.
    first: NaiveDate,
}

impl Month {
    /// Reads `2025-02`; nothing that is spelled otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        let month = Self { first };
        (month.to_string() == text).then_some(month)
    }

    pub(super) fn of(ms: i64) -> Self {
        Self::of_day(moment(ms).date_naive())
    }

    /// The month that a day lies in.
    pub fn of_day(date: NaiveDate) -> Self {
        Self {
            first: date.with_day(1).unwrap_or(date),
        }
    }

    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The first day of the month after it.
    pub fn end(self) -> Option<NaiveDate> {
        self.first.checked_add_months(Months::new(1))
    }

    /// The first millisecond of the month and of the one after it.
    pub(super) fn span(self) -> (i64, i64) {
        let begin = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        (begin(self.first), self.end().map_or(i64::MAX, begin))
    }
}

/// The month as it stands in addresses: `2025-02`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}
