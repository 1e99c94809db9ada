//! Dates in the spellings that feeds really have.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::item::Moment;

/// A date as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Date {
    Exact(Moment),
    /// Without a zone.
    Local(NaiveDateTime),
}

/// Dates that begin with the year, and say no zone.
const YEAR_FIRST: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
];

const DAYS: &[&str] = &["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"];

impl Date {
    /// Reads RFC 3339, RFC 2822 and what feeds write instead of them; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let exact = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc2822(text))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z"));
        if let Ok(moment) = exact {
            return Some(Self::Exact(moment));
        }
        year_first(text).map(Self::Local).or_else(|| by_words(text))
    }

    /// The moment, read in `zone` where the date names none.
    pub fn within(self, zone: Tz) -> Option<Moment> {
        match self {
            Self::Exact(moment) => Some(moment),
            Self::Local(local) => match zone.from_local_datetime(&local) {
                LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => {
                    Some(found.fixed_offset())
                }
                LocalResult::None => None,
            },
        }
    }
}

fn year_first(text: &str) -> Option<NaiveDateTime> {
    let time = YEAR_FIRST
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    time.or_else(|| {
        let day = DAYS
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
        Some(day.and_time(NaiveTime::MIN))
    })
}

/// Reads `Thursday, 1 Sept 2022 9:05 UTC` and its like: RFC 2822 with whole words, without seconds, or with other zones.
fn by_words(text: &str) -> Option<Date> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, None);
    for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        if let Some(found) = word.contains(':').then(|| time_of(word)).flatten() {
            time.get_or_insert(found);
        } else if let Ok(number) = word.parse::<u32>()
            && !word.starts_with('+')
        {
            match word.len() {
                1 | 2 if day.is_none() => day = Some(number),
                4 if year.is_none() => year = Some(i32::try_from(number).ok()?),
                _ => return None,
            }
        } else if let Some(found) = month_of(word) {
            month.get_or_insert(found);
        } else if !is_weekday(word) {
            zone = Some(offset_of(word)?);
        }
    }
    let day = NaiveDate::from_ymd_opt(year?, month?, day?)?;
    let local = day.and_time(time.unwrap_or(NaiveTime::MIN));
    match zone {
        Some(zone) => Some(Date::Exact(zone.from_local_datetime(&local).single()?)),
        None => Some(Date::Local(local)),
    }
}

fn time_of(word: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(word, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(word, "%H:%M"))
        .ok()
}

fn month_of(word: &str) -> Option<u32> {
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let place = months
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(&word))?;
    u32::try_from(place).ok().map(|place| place + 1)
}

fn is_weekday(word: &str) -> bool {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    word.len() >= 3 && days.iter().any(|day| day.starts_with(&word))
}

/// `+0800`, `+08:00`, and the zones that mean one offset everywhere; CST and its like mean several.
fn offset_of(word: &str) -> Option<FixedOffset> {
    if ["UTC", "GMT", "UT", "Z"].contains(&word) {
        return FixedOffset::east_opt(0);
    }
    let sign = match word.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 4 {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..)?.parse().ok()?;
    FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60)
}

#[cfg(test)]
mod tests {
    use super::Date;

    fn read(text: &str) -> String {
        match Date::parse(text) {
            Some(Date::Exact(moment)) => moment.to_rfc3339(),
            Some(Date::Local(local)) => format!("{local} somewhere"),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn dates_are_read_in_the_spellings_that_feeds_have() {
        for (text, meant) in [
            ("2022-09-01T09:05:00+08:00", "2022-09-01T09:05:00+08:00"),
            ("2022-09-01T09:05:00.250Z", "2022-09-01T09:05:00.250+00:00"),
            ("2022-09-01T09:05:00+0800", "2022-09-01T09:05:00+08:00"),
            ("2022-09-01 09:05:00 +0800", "2022-09-01T09:05:00+08:00"),
            (
                "Thu, 01 Sep 2022 09:05:00 +0800",
                "2022-09-01T09:05:00+08:00",
            ),
            ("Thu, 01 Sep 2022 09:05:00 GMT", "2022-09-01T09:05:00+00:00"),
            ("Thu, 01 Sep 2022 09:05:00 EST", "2022-09-01T09:05:00-05:00"),
            ("Thu, 01 Sep 2022 09:05:00 UTC", "2022-09-01T09:05:00+00:00"),
            ("Thu, 1 Sep 2022 09:05 +08:00", "2022-09-01T09:05:00+08:00"),
            (
                "Thursday, 1 Sept 2022 9:05 UTC",
                "2022-09-01T09:05:00+00:00",
            ),
            ("1 September 2022", "2022-09-01 00:00:00 somewhere"),
            ("September 1, 2022", "2022-09-01 00:00:00 somewhere"),
            ("2022-09-01", "2022-09-01 00:00:00 somewhere"),
            ("2022-09-01 09:05:00", "2022-09-01 09:05:00 somewhere"),
            ("2022年09月01日 09:05", "2022-09-01 09:05:00 somewhere"),
        ] {
            assert_eq!(read(text), meant, "{text}");
        }
    }

    #[test]
    fn what_says_no_certain_date_is_none() {
        for text in [
            "",
            "yesterday",
            "Mon, 30 Nov -0001 00:00:00 +0000",
            "0000-00-00 00:00:00",
            "Thu, 32 Sep 2022 09:05:00 +0800",
            "1 9 2022",
            "Thu Sep 01 09:05:00 CST 2022",
        ] {
            assert_eq!(read(text), "nothing", "{text}");
        }
    }
}
