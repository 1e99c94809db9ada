//! A month as sitemaps are divided by.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use super::sqlite::moment;

/// A month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// Its first day.
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
        let date = moment(ms).date_naive();
        Self {
            first: date.with_day(1).unwrap_or(date),
        }
    }

    /// The first millisecond of the month and of the one after it.
    pub(super) fn span(self) -> (i64, i64) {
        let begin = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let next = self.first.checked_add_months(Months::new(1));
        (begin(self.first), next.map_or(i64::MAX, begin))
    }
}

/// As it stands in addresses: `2025-02`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}
