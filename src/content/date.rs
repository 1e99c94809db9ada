//! Days, months and moments in words of a language; where none are known, as ISO 8601 writes them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

/// How a language writes dates: `{d}`, `{m}` and `{y}` are the day, the month's name (its number, where there are no
/// names) and the year.
struct Dates {
    months: Option<[&'static str; 12]>,
    day: &'static str,
    month: &'static str,
    /// Between a day and the time.
    before_time: &'static str,
    /// What the first of a month is called, where that is no plain number.
    first: &'static str,
}

static HAN: Dates = Dates {
    months: None,
    day: "{y}年{m}月{d}日",
    month: "{y}年{m}月",
    before_time: " ",
    first: "1",
};

static ENGLISH: Dates = Dates {
    months: Some([
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]),
    day: "{d} {m} {y}",
    month: "{m} {y}",
    before_time: ", ",
    first: "1",
};

static GERMAN: Dates = Dates {
    months: Some([
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ]),
    day: "{d}. {m} {y}",
    month: "{m} {y}",
    before_time: ", ",
    first: "1",
};

static FRENCH: Dates = Dates {
    months: Some([
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]),
    day: "{d} {m} {y}",
    month: "{m} {y}",
    before_time: ", ",
    first: "1er",
};

static ARABIC: Dates = Dates {
    months: Some([
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ]),
    day: "{d} {m} {y}",
    month: "{m} {y}",
    before_time: "، ",
    first: "1",
};

fn dates(language: &str) -> Option<&'static Dates> {
    let primary = language.split('-').next().unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "zh" | "ja" => Some(&HAN),
        "en" => Some(&ENGLISH),
        "de" => Some(&GERMAN),
        "fr" => Some(&FRENCH),
        "ar" => Some(&ARABIC),
        _ => None,
    }
}

impl Dates {
    fn fill(&self, pattern: &str, date: NaiveDate) -> String {
        let number = date.month().to_string();
        let names = self.months.as_ref();
        let name = names.and_then(|names| names.get(date.month0() as usize));
        let day = match date.day() {
            1 => self.first.to_owned(),
            day => day.to_string(),
        };
        let filled = pattern.replace("{d}", &day);
        let filled = filled.replace("{m}", name.copied().unwrap_or(&number));
        filled.replace("{y}", &date.year().to_string())
    }
}

/// Whether its dates are told in words.
pub fn has_date_words(language: &str) -> bool {
    dates(language).is_some()
}

/// `24 November 2026`.
pub fn day_in_words(date: NaiveDate, language: &str) -> String {
    match dates(language) {
        Some(known) => known.fill(known.day, date),
        None => date.to_string(),
    }
}

/// `November 2026`, for the month that a day lies in.
pub fn month_in_words(date: NaiveDate, language: &str) -> String {
    match dates(language) {
        Some(known) => known.fill(known.month, date),
        None => date.format("%Y-%m").to_string(),
    }
}

/// `24 November 2026, 15:04`; the day alone at midnight, which stands for a time that nobody gave.
pub fn moment_in_words(local: NaiveDateTime, language: &str) -> String {
    let day = day_in_words(local.date(), language);
    if local.time() == NaiveTime::MIN {
        return day;
    }
    let gap = dates(language).map_or(" ", |known| known.before_time);
    format!("{day}{gap}{}", local.format("%H:%M"))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime};

    use super::{day_in_words, moment_in_words, month_in_words};

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        for (language, in_words, month) in [
            ("zh-Hans", "2026年11月24日", "2026年11月"),
            ("zh-TW", "2026年11月24日", "2026年11月"),
            ("en-GB", "24 November 2026", "November 2026"),
            ("de", "24. November 2026", "November 2026"),
            ("fr", "24 novembre 2026", "novembre 2026"),
            ("ar", "24 نوفمبر 2026", "نوفمبر 2026"),
            ("tr", "2026-11-24", "2026-11"),
        ] {
            assert_eq!(day_in_words(day, language), in_words);
            assert_eq!(month_in_words(day, language), month);
        }
        let first = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        assert_eq!(day_in_words(first, "fr"), "1er mai 2026");
    }

    #[test]
    fn midnight_is_no_time() {
        let told = |text: &str, language| {
            let local: NaiveDateTime = text.parse().unwrap();
            moment_in_words(local, language)
        };
        assert_eq!(told("2026-11-24T15:04:59", "zh"), "2026年11月24日 15:04");
        assert_eq!(told("2026-11-24T15:04:00", "en"), "24 November 2026, 15:04");
        assert_eq!(told("2026-11-24T15:04:00", "sv"), "2026-11-24 15:04");
        assert_eq!(told("2026-11-24T00:00:00", "en"), "24 November 2026");
        assert_eq!(told("2026-11-24T00:00:01", "en"), "24 November 2026, 00:00");
    }
}
