//! Dates in the spellings that feeds really have.

mod names;

use chrono::{
    DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike,
};
use chrono_tz::Tz;

use crate::item::Moment;

use names::Half;

/// Names of zones have at most this many letters.
const MAX_ZONE_LETTERS: usize = 5;

/// A date as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Date {
    Exact(Moment),
    /// A date and time without a time zone.
    Local(NaiveDateTime),
}

/// Formats of dates that begin with the year, and name no zone.
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
    /// Reads RFC 3339, RFC 2822 and the forms that feeds write instead of them; `None` for anything else.
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

/// Reads a date by its words, in any order: `Thursday, 1 Sept 2022 9:05 UTC`, `dim., 10 mars 2024 09:00 +0100`,
/// `Sat, Dec 16 2023 02:02:33 PM`, `10.03.2024 9.05 Uhr`, `2024年3月10日 下午2:05`. Nothing is guessed: `None` where it can
/// mean two dates.
fn by_words(text: &str) -> Option<Date> {
    let mut words = DateWords::default();
    let text = spaced(text);
    for word in text.split([' ', ',', '\t', '(', ')', '（', '）']) {
        if !word.is_empty() {
            words.take(word)?;
        }
    }
    words.date()
}

/// Chinese, Japanese and Korean dates with spaces and usual marks in place of the units that these languages write.
fn spaced(text: &str) -> String {
    let has_units = text.contains(['年', '년']);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '年' | '月' | '년' | '월' if has_units => out.push('-'),
            '日' | '号' | '號' | '일' if has_units => out.push(' '),
            '时' | '時' | '点' | '點' | '분' | '시' | '：' if has_units => out.push(':'),
            '分' | '秒' | '초' if has_units => {}
            '午' => out.push_str("午 "),
            '上' | '下' => {
                out.push(' ');
                out.push(c);
            }
            '오' => out.push_str(" 오"),
            _ => out.push(c),
        }
    }
    // `2024-3- 10` was written with spaces, and `9:05:` ended in a unit.
    out.replace("- ", "-")
        .replace("오전", "오전 ")
        .replace("오후", "오후 ")
}

/// The parts of a date, as its words were recognised.
#[derive(Default)]
struct DateWords {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    time: Option<NaiveTime>,
    half: Option<Half>,
    zone: Option<FixedOffset>,
}

impl DateWords {
    /// Takes the next word of a date; `None` where it is part of no date that is read.
    fn take(&mut self, word: &str) -> Option<()> {
        if let Some(zone) = offset_of(word) {
            self.zone = Some(zone);
        } else if let Some(half) = names::half(word) {
            self.half = Some(half);
        } else if word.contains(':') {
            self.time = Some(self.time_of(word)?);
        } else if word.starts_with(|c: char| c.is_ascii_digit()) {
            self.number(word)?;
        } else if let Some(month) = names::month(word) {
            // Before the day a name of a weekday may begin like one: `mar. 12 nov` is a Tuesday. The last word counts.
            self.month = Some(month);
        } else if word.len() <= MAX_ZONE_LETTERS
            && word.len() > 2
            && word.chars().all(|c| c.is_ascii_uppercase())
            && self.time.is_some()
        {
            // A zone that is not known, or means several.
            return None;
        } else if word.chars().any(char::is_numeric) {
            return None;
        }
        // Any other word is the name of a weekday, or `at`, `de`, `kl.` and the like.
        Some(())
    }

    /// Takes a word that begins with a digit: `10`, `10.`, `1st`, `2024`, `2024-03-10`, `10.03.2024`, and `10/03/2024`
    /// where only one of the two can be the month.
    fn number(&mut self, word: &str) -> Option<()> {
        let pieces: Vec<&str> = word
            .split(['-', '.', '/'])
            .filter(|piece| !piece.is_empty())
            .collect();
        match *pieces.as_slice() {
            [year, month, day] if year.len() == 4 => {
                (self.year, self.month, self.day) = (
                    Some(year.parse().ok()?),
                    Some(month.parse().ok()?),
                    Some(day.parse().ok()?),
                );
            }
            [first, second, year] if year.len() == 4 && second.parse::<u32>().is_ok() => {
                let (first, second): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
                let (day, month) = match (word.contains('.'), first > 12, second > 12) {
                    (true, ..) | (false, true, false) => (first, second),
                    (false, false, true) => (second, first),
                    (false, false, false) if first == second => (first, second),
                    (false, ..) => return None,
                };
                (self.year, self.month, self.day) =
                    (Some(year.parse().ok()?), Some(month), Some(day));
            }
            // `10-mar-2024`
            [day, month, year] => {
                self.month = Some(names::month(month)?);
                self.day = Some(day.parse().ok()?);
                self.year = Some(full_year(year)?);
            }
            [hour, minute] if self.year.is_some() && word.contains('.') => {
                self.time = NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0);
                self.time?;
            }
            [single] => {
                let digits =
                    single.trim_end_matches(|c: char| c.is_alphabetic() || c == 'º' || c == 'ª');
                let number: u32 = digits.parse().ok()?;
                match digits.len() {
                    1 | 2 if self.day.is_none() => self.day = Some(number),
                    4 if self.year.is_none() => self.year = Some(i32::try_from(number).ok()?),
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The time that a word gives: `9:05`, `09:05:30.250`, `9:05pm`, and `09:05:30+0100` with its offset.
    fn time_of(&mut self, word: &str) -> Option<NaiveTime> {
        let word = word.trim_end_matches(['.', ':']);
        let end = word.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
        let (clock, behind) = word.split_at(end.unwrap_or(word.len()));
        if !behind.is_empty() {
            match (names::half(behind), offset_of(behind)) {
                (Some(half), _) => self.half = Some(half),
                (None, Some(zone)) => self.zone = Some(zone),
                (None, None) => return None,
            }
        }
        NaiveTime::parse_from_str(clock, "%H:%M:%S%.f")
            .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
            .ok()
    }

    fn date(self) -> Option<Date> {
        let day = NaiveDate::from_ymd_opt(self.year?, self.month?, self.day?)?;
        let mut time = self.time.unwrap_or(NaiveTime::MIN);
        if let Some(half) = self.half {
            time = by_the_half(time, half)?;
        }
        let local = day.and_time(time);
        match self.zone {
            Some(zone) => Some(Date::Exact(zone.from_local_datetime(&local).single()?)),
            None => Some(Date::Local(local)),
        }
    }
}

/// A time of a clock of twelve hours. Some write `14:05 PM`, which can only be one.
fn by_the_half(time: NaiveTime, half: Half) -> Option<NaiveTime> {
    let hour = match (time.hour(), half) {
        (12, Half::Morning) => 0,
        (hour @ 0..=11, Half::Afternoon) => hour + 12,
        (hour @ 0..=11, Half::Morning) | (hour @ 12.., Half::Afternoon) => hour,
        (13.., Half::Morning) => return None,
    };
    time.with_hour(hour)
}

/// A year of two digits by the rule of RFC 2822 (§4.3).
fn full_year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 if year < 50 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

/// The offset from UTC that a word gives: `+0800`, `+08:00`, `+08`, `GMT+8`, and the zones that mean one offset
/// everywhere; CST and its like mean several.
fn offset_of(word: &str) -> Option<FixedOffset> {
    if let Some(zone) = names::zone(word) {
        return Some(zone);
    }
    let bare = word.trim_start_matches("UTC").trim_start_matches("GMT");
    let sign = match bare.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let digits = bare.trim_start_matches(['+', '-', '−']);
    if !digits.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return None;
    }
    let (hours, minutes) = match digits.split_once(':') {
        Some(pair) => pair,
        None if digits.len() > 2 => digits.split_at(digits.len() - 2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes >= 60 {
        return None;
    }
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
        for (text, expected) in [
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
            ("2022年9月1日（木）9時05分", "2022-09-01 09:05:00 somewhere"),
            ("2022年9月1日 下午2:05", "2022-09-01 14:05:00 somewhere"),
            ("2022년 9월 1일 오후 2:05", "2022-09-01 14:05:00 somewhere"),
            (
                "Sat, Dec 16 2023 02:02:33 PM",
                "2023-12-16 14:02:33 somewhere",
            ),
            ("Dec. 16, 2023, 12:02 a.m.", "2023-12-16 00:02:00 somewhere"),
            (
                "December 16th, 2023 at 2:05pm EST",
                "2023-12-16T14:05:00-05:00",
            ),
            ("Sun, 10 Mar 2024 09:00:00 CET", "2024-03-10T09:00:00+01:00"),
            (
                "Tue, 10 Sep 2024 09:00:00 CEST",
                "2024-09-10T09:00:00+02:00",
            ),
            ("Tue, 10 Sep 2024 09:00:00 BST", "2024-09-10T09:00:00+01:00"),
            ("2024-03-10 09:00:00 CET", "2024-03-10T09:00:00+01:00"),
            ("10 Mar 2024 09:00:00 GMT+0100", "2024-03-10T09:00:00+01:00"),
            (
                "Sun Mar 10 09:00:00 +0100 2024",
                "2024-03-10T09:00:00+01:00",
            ),
            (
                "mer, 16 nov 2022 00:38:15 +0100",
                "2022-11-16T00:38:15+01:00",
            ),
            (
                "dim., 10 mars 2024 09:00:00 +0100",
                "2024-03-10T09:00:00+01:00",
            ),
            ("mar. 12 nov. 2024 09:00", "2024-11-12 09:00:00 somewhere"),
            ("Di, 3 Dez 2024 09:00:00 +0100", "2024-12-03T09:00:00+01:00"),
            (
                "Sonntag, 10. März 2024, 9:05 Uhr",
                "2024-03-10 09:05:00 somewhere",
            ),
            (
                "domingo, 10 de marzo de 2024 9:05",
                "2024-03-10 09:05:00 somewhere",
            ),
            (
                "sáb, 10 out 2020 09:05:00 -0300",
                "2020-10-10T09:05:00-03:00",
            ),
            (
                "Вс, 10 мар 2024 09:00:00 +0300",
                "2024-03-10T09:00:00+03:00",
            ),
            ("niedziela, 10 marca 2024", "2024-03-10 00:00:00 somewhere"),
            ("10 července 2024", "2024-07-10 00:00:00 somewhere"),
            ("10.03.2024 09:05", "2024-03-10 09:05:00 somewhere"),
            ("16/03/2024 09:05", "2024-03-16 09:05:00 somewhere"),
            ("03/16/2024 9:05 PM", "2024-03-16 21:05:00 somewhere"),
            ("10-Mar-2024 09:05:00", "2024-03-10 09:05:00 somewhere"),
        ] {
            assert_eq!(read(text), expected, "{text}");
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
            "Thu, 1 Sep 2022 09:05:00 IST",
            "03/04/2024 09:05",
            "1 Sep 22 Oct 2022 23",
            "32.01.2022",
            "1 Sep 2022 13:05 AM",
            "1 Sep 2022 25:05",
            "page 12 of 2022",
            // More than a number has room for, and one that has room until it is counted in seconds.
            "+99999900",
            "1 Sep 2022 09:05 +99999900",
            "1 Sep 2022 09:05 -214748364700",
            "1 Sep 2022 09:05 GMT+9999999999",
            "99999999999 Sep 2022",
        ] {
            assert_eq!(read(text), "nothing", "{text}");
        }
    }
}
