//! Days in the words of a language, as papers print them.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::Deserialize;

/// The words and patterns with which one language writes dates. The patterns name their parts in braces: `{day}`,
/// `{month}`, `{alone}` (the month where no day stands with it), `{number}` (of the month), `{year}`, `{weekday}`;
/// `{date}` and `{time}` in that of a moment.
#[derive(Deserialize)]
struct DateWords {
    day: &'static str,
    /// The day with its weekday.
    full_day: &'static str,
    month: &'static str,
    moment: &'static str,
    /// The time of day, as `strftime` has it.
    #[serde(default = "hours_and_minutes")]
    time: &'static str,
    /// The first day of a month, where it is no plain number.
    first: Option<&'static str>,
    /// The names of the months from January on; none where months are numbers.
    #[serde(default)]
    months: Vec<&'static str>,
    /// The names of the months where no day stands with them; none where these are the same.
    #[serde(default)]
    months_alone: Vec<&'static str>,
    /// The names of the days of the week from Monday on.
    weekdays: Vec<&'static str>,
}

/// The languages with the Gregorian calendar and the digits 0 to 9, by their tags. From the Unicode CLDR, release 49, but for
/// what separates date and time in the Western European ones, and English outside America, which is British.
static DATE_WORDS: LazyLock<HashMap<&'static str, DateWords>> =
    LazyLock::new(|| serde_json::from_str(include_str!("dates.json")).unwrap_or_default());

fn hours_and_minutes() -> &'static str {
    "%H:%M"
}

impl DateWords {
    /// The words of a language (BCP 47); none where they are not known.
    fn of(language: &str) -> Option<&'static Self> {
        if is_american(language) {
            return DATE_WORDS.get("en-US");
        }
        let mut subtags = language.split('-');
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let primary = match &*primary {
            "iw" => "he",
            "in" => "id",
            "no" => "nb",
            other => other,
        };
        if primary == "sr" && subtags.any(|tag| tag.eq_ignore_ascii_case("latn")) {
            return DATE_WORDS.get("sr-Latn");
        }
        DATE_WORDS.get(primary)
    }

    fn fill(&self, pattern: &str, date: NaiveDate) -> String {
        let month = date.month0() as usize;
        let name = self.months.get(month).copied().unwrap_or_default();
        let alone = self.months_alone.get(month).copied().unwrap_or(name);
        let weekday = date.weekday().num_days_from_monday() as usize;
        let weekday = self.weekdays.get(weekday).copied().unwrap_or_default();
        let day = match self.first {
            Some(first) if date.day() == 1 => first.to_owned(),
            _ => date.day().to_string(),
        };
        pattern
            .replace("{weekday}", weekday)
            .replace("{day}", &day)
            .replace("{month}", name)
            .replace("{alone}", alone)
            .replace("{number}", &date.month().to_string())
            .replace("{year}", &date.year().to_string())
    }
}

/// A day as the language (BCP 47) writes it; in the form of ISO 8601 where its words are not known.
pub fn day_in_words(date: NaiveDate, language: &str) -> String {
    let words = DateWords::of(language);
    words.map_or_else(|| date.to_string(), |words| words.fill(words.day, date))
}

/// A day with its weekday, as it stands at the head of a paper.
pub fn full_day_in_words(date: NaiveDate, language: &str) -> String {
    let words = DateWords::of(language);
    words.map_or_else(
        || date.to_string(),
        |words| words.fill(words.full_day, date),
    )
}

/// The month that a day lies in, such as `November 2026`; `2026-11` where the words are not known.
pub fn month_in_words(date: NaiveDate, language: &str) -> String {
    let words = DateWords::of(language);
    words.map_or_else(
        || date.format("%Y-%m").to_string(),
        |words| words.fill(words.month, date),
    )
}

/// A moment, such as `24 November 2026, 15:04`; the day alone at midnight, which stands for a time that was not given.
pub fn moment_in_words(local: NaiveDateTime, language: &str) -> String {
    let day = day_in_words(local.date(), language);
    let time = local.time();
    if time == NaiveTime::MIN {
        return day;
    }
    let words = DateWords::of(language);
    let time = match words {
        Some(_) if is_american(language) => american_time(time),
        Some(words) => time.format(words.time).to_string(),
        None => time.format(hours_and_minutes()).to_string(),
    };
    let moment = words.map_or("{date} {time}", |words| words.moment);
    moment.replace("{date}", &day).replace("{time}", &time)
}

/// A time of day as American newspapers have it: of twelve hours, where 12 is noon or midnight.
fn american_time(time: NaiveTime) -> String {
    let (minute, (is_afternoon, hour)) = (time.minute(), time.hour12());
    match (is_afternoon, hour, minute) {
        (true, 12, 0) => "noon".to_owned(),
        (false, 12, 0) => "midnight".to_owned(),
        (_, _, 0) => format!("{hour} {}", half_of_day(is_afternoon)),
        _ => format!("{hour}:{minute:02} {}", half_of_day(is_afternoon)),
    }
}

fn half_of_day(is_afternoon: bool) -> &'static str {
    if is_afternoon { "p.m." } else { "a.m." }
}

/// Whether the words of the language are known.
pub fn has_date_words(language: &str) -> bool {
    DateWords::of(language).is_some()
}

fn is_american(language: &str) -> bool {
    let mut subtags = language.split('-');
    let is_english = subtags
        .next()
        .is_some_and(|tag| tag.eq_ignore_ascii_case("en"));
    is_english && subtags.any(|tag| tag.eq_ignore_ascii_case("us"))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime};

    use super::{DATE_WORDS, day_in_words, full_day_in_words, moment_in_words, month_in_words};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).expect("a day")
    }

    #[test]
    fn days_stand_in_the_words_of_their_language() {
        for (language, expected) in [
            ("zh-Hans", "2026年11月24日"),
            ("zh-Hant-TW", "2026年11月24日"),
            ("ja", "2026年11月24日"),
            ("ko-KR", "2026년 11월 24일"),
            ("en", "24 November 2026"),
            ("EN-GB", "24 November 2026"),
            ("en-US", "November 24, 2026"),
            ("de-AT", "24. November 2026"),
            ("fr", "24 novembre 2026"),
            ("es", "24 de noviembre de 2026"),
            ("ar", "24 نوفمبر 2026"),
            ("ru-RU", "24 ноября 2026\u{202f}г."),
            ("sr-Latn-RS", "24. novembar 2026."),
            ("sr", "24. новембар 2026."),
            ("no", "24. november 2026"),
            ("iw", "24 בנובמבר 2026"),
            ("fa", "24 نوامبر 2026"),
            ("vi", "24 tháng 11, 2026"),
            ("eo", "2026-11-24"),
            ("", "2026-11-24"),
        ] {
            assert_eq!(day_in_words(day(24), language), expected, "{language}");
        }
        assert_eq!(day_in_words(day(1), "fr-CA"), "1er novembre 2026");
    }

    #[test]
    fn a_paper_names_the_weekday_the_way_its_language_does() {
        for (language, expected) in [
            ("zh-Hans", "2026年11月24日\u{3000}星期二"),
            ("en", "Tuesday 24 November 2026"),
            ("en-US", "Tuesday, November 24, 2026"),
            ("de", "Dienstag, 24. November 2026"),
            ("ar", "الثلاثاء، 24 نوفمبر 2026"),
            ("fi", "tiistai 24. marraskuuta 2026"),
            ("hu", "2026. november 24., kedd"),
            ("eo", "2026-11-24"),
        ] {
            assert_eq!(full_day_in_words(day(24), language), expected, "{language}");
        }
        assert!(full_day_in_words(day(29), "zh").ends_with("星期日"));
    }

    #[test]
    fn months_stand_in_the_words_of_their_language() {
        for (language, expected) in [
            ("zh-Hans", "2026年11月"),
            ("en-GB", "November 2026"),
            ("de", "November 2026"),
            ("es", "noviembre de 2026"),
            ("ar", "نوفمبر 2026"),
            ("tr", "Kasım 2026"),
            ("cs", "listopad 2026"),
            ("eo", "2026-11"),
        ] {
            assert_eq!(month_in_words(day(24), language), expected, "{language}");
        }
    }

    #[test]
    fn midnight_is_no_time() {
        let text_of = |text: &str, language| {
            let local: NaiveDateTime = text.parse().unwrap();
            moment_in_words(local, language)
        };
        assert_eq!(text_of("2026-11-24T15:04:59", "zh"), "2026年11月24日 15:04");
        assert_eq!(
            text_of("2026-11-24T15:04:00", "en"),
            "24 November 2026, 15:04"
        );
        assert_eq!(
            text_of("2026-11-24T15:04:00", "fi"),
            "24. marraskuuta 2026 15.04"
        );
        assert_eq!(text_of("2026-11-24T15:04:00", "eo"), "2026-11-24 15:04");
        assert_eq!(text_of("2026-11-24T00:00:00", "en"), "24 November 2026");
        assert_eq!(
            text_of("2026-11-24T00:00:01", "en"),
            "24 November 2026, 00:00"
        );
    }

    #[test]
    fn americans_count_twelve_hours() {
        for (time, expected) in [
            ("15:05:00", "3:05 p.m."),
            ("09:30:00", "9:30 a.m."),
            ("15:00:00", "3 p.m."),
            ("12:00:00", "noon"),
            ("12:01:00", "12:01 p.m."),
            ("00:00:01", "midnight"),
            ("00:15:00", "12:15 a.m."),
        ] {
            let local: NaiveDateTime = format!("2026-11-24T{time}").parse().unwrap();
            let text = moment_in_words(local, "en-US");
            assert_eq!(text, format!("November 24, 2026, {expected}"));
        }
        let local: NaiveDateTime = "2026-11-24T15:05:00".parse().unwrap();
        for language in ["en", "en-GB", "en-AU"] {
            assert_eq!(moment_in_words(local, language), "24 November 2026, 15:05");
        }
    }

    #[test]
    fn every_language_has_all_that_its_patterns_name() {
        assert!(DATE_WORDS.len() > 50);
        for (language, words) in DATE_WORDS.iter() {
            assert_eq!(words.weekdays.len(), 7, "{language}");
            for pattern in [words.day, words.full_day, words.month] {
                let names_months = pattern.contains("{month}") || pattern.contains("{alone}");
                assert_eq!(
                    words.months.len(),
                    12 * usize::from(names_months),
                    "{language}"
                );
                assert!(pattern.contains("{year}"), "{language}");
                let date = day(24);
                let filled = words.fill(pattern, date);
                assert!(!filled.contains('{'), "{language}: {filled}");
            }
            assert!(matches!(words.months_alone.len(), 0 | 12), "{language}");
            let moment = words.moment;
            assert!(
                moment.contains("{date}") && moment.contains("{time}"),
                "{language}"
            );
        }
    }
}
