//! Days in the words of a language, as papers print them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// How one language names months and weekdays, from January and from Monday.
struct DateNames {
    language: &'static str,
    months: [&'static str; 12],
    weekdays: [&'static str; 7],
    form: Form,
}

/// What stands around the month.
#[derive(Clone, Copy)]
enum Form {
    /// 24 November 2026
    Plain,
    /// 24. November 2026
    Ordinal,
    /// 24 de noviembre de 2026
    Of,
    /// 1er novembre 2026, and 2 novembre 2026
    First,
}

static NAMES: &[DateNames] = &[
    DateNames {
        language: "en",
        months: [
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
        ],
        weekdays: [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        form: Form::Plain,
    },
    DateNames {
        language: "de",
        months: [
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
        ],
        weekdays: [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
        form: Form::Ordinal,
    },
    DateNames {
        language: "fr",
        months: [
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
        ],
        weekdays: [
            "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
        ],
        form: Form::First,
    },
    DateNames {
        language: "es",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        weekdays: [
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo",
        ],
        form: Form::Of,
    },
    DateNames {
        language: "pt",
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        weekdays: [
            "segunda-feira",
            "terça-feira",
            "quarta-feira",
            "quinta-feira",
            "sexta-feira",
            "sábado",
            "domingo",
        ],
        form: Form::Of,
    },
    DateNames {
        language: "it",
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        weekdays: [
            "lunedì",
            "martedì",
            "mercoledì",
            "giovedì",
            "venerdì",
            "sabato",
            "domenica",
        ],
        form: Form::Plain,
    },
    DateNames {
        language: "nl",
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        weekdays: [
            "maandag",
            "dinsdag",
            "woensdag",
            "donderdag",
            "vrijdag",
            "zaterdag",
            "zondag",
        ],
        form: Form::Plain,
    },
    DateNames {
        language: "ar",
        months: [
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
        ],
        weekdays: [
            "الاثنين",
            "الثلاثاء",
            "الأربعاء",
            "الخميس",
            "الجمعة",
            "السبت",
            "الأحد",
        ],
        form: Form::Plain,
    },
];

/// The weekdays of languages that count days and months, from Monday.
const CHINESE: [&str; 7] = [
    "星期一",
    "星期二",
    "星期三",
    "星期四",
    "星期五",
    "星期六",
    "星期日",
];
const JAPANESE: [&str; 7] = [
    "月曜日",
    "火曜日",
    "水曜日",
    "木曜日",
    "金曜日",
    "土曜日",
    "日曜日",
];
const KOREAN: [&str; 7] = [
    "월요일",
    "화요일",
    "수요일",
    "목요일",
    "금요일",
    "토요일",
    "일요일",
];

/// A day as the language (BCP 47) writes it; in the form of ISO 8601 where its words are not known.
pub fn day_in_words(date: NaiveDate, language: &str) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let primary = primary(language);
    match &*primary {
        "zh" | "ja" => return format!("{year}年{month}月{day}日"),
        "ko" => return format!("{year}년 {month}월 {day}일"),
        _ => {}
    }
    let Some(names) = names(&primary) else {
        return date.to_string();
    };
    let name = names.months.get(date.month0() as usize);
    let name = name.copied().unwrap_or_default();
    match names.form {
        Form::Plain if is_american(language) => format!("{name} {day}, {year}"),
        Form::Ordinal => format!("{day}. {name} {year}"),
        Form::Of => format!("{day} de {name} de {year}"),
        Form::First if day == 1 => format!("1er {name} {year}"),
        Form::Plain | Form::First => format!("{day} {name} {year}"),
    }
}

/// The name of the weekday; none where the language's are not known.
pub fn weekday_in_words(date: NaiveDate, language: &str) -> Option<&'static str> {
    let primary = primary(language);
    let weekdays = match &*primary {
        "zh" => &CHINESE,
        "ja" => &JAPANESE,
        "ko" => &KOREAN,
        other => &names(other)?.weekdays,
    };
    let place = date.weekday().num_days_from_monday() as usize;
    weekdays.get(place).copied()
}

/// A day with its weekday, as it stands at the head of a paper.
pub fn full_day_in_words(date: NaiveDate, language: &str) -> String {
    let day = day_in_words(date, language);
    let Some(weekday) = weekday_in_words(date, language) else {
        return day;
    };
    match &*primary(language) {
        "zh" => format!("{day}\u{3000}{weekday}"),
        "ja" | "ko" => format!("{day} {weekday}"),
        "ar" => format!("{weekday}، {day}"),
        "de" | "es" | "pt" => format!("{weekday}, {day}"),
        "en" if is_american(language) => format!("{weekday}, {day}"),
        _ => format!("{weekday} {day}"),
    }
}

/// The month that a day lies in, such as `November 2026`; `2026-11` where the words are not known.
pub fn month_in_words(date: NaiveDate, language: &str) -> String {
    let (year, month) = (date.year(), date.month());
    let primary = primary(language);
    match &*primary {
        "zh" | "ja" => return format!("{year}年{month}月"),
        "ko" => return format!("{year}년 {month}월"),
        _ => {}
    }
    let Some(names) = names(&primary) else {
        return date.format("%Y-%m").to_string();
    };
    let name = names.months.get(date.month0() as usize);
    let name = name.copied().unwrap_or_default();
    match names.form {
        Form::Of => format!("{name} de {year}"),
        Form::Plain | Form::Ordinal | Form::First => format!("{name} {year}"),
    }
}

/// A time of day; in American newspapers of twelve hours, where 12 is noon or midnight.
fn time_in_words(time: NaiveTime, language: &str) -> String {
    if !is_american(language) {
        return time.format("%H:%M").to_string();
    }
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

/// A moment, such as `24 November 2026, 15:04`; the day alone at midnight, which stands for a time that was not given.
pub fn moment_in_words(local: NaiveDateTime, language: &str) -> String {
    let day = day_in_words(local.date(), language);
    if local.time() == NaiveTime::MIN {
        return day;
    }
    let between = match &*primary(language) {
        "zh" | "ja" | "ko" => " ",
        "ar" => "، ",
        other if names(other).is_some() => ", ",
        _ => " ",
    };
    format!("{day}{between}{}", time_in_words(local.time(), language))
}

/// Whether the words of the language are known.
pub fn has_date_words(language: &str) -> bool {
    let primary = primary(language);
    matches!(&*primary, "zh" | "ja" | "ko") || names(&primary).is_some()
}

fn names(primary: &str) -> Option<&'static DateNames> {
    NAMES.iter().find(|names| names.language == primary)
}

fn primary(language: &str) -> String {
    let primary = language.split('-').next().unwrap_or_default();
    primary.to_ascii_lowercase()
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

    use super::{
        day_in_words, full_day_in_words, moment_in_words, month_in_words, weekday_in_words,
    };

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
            ("fi", "2026-11-24"),
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
            ("fi", "2026-11-24"),
        ] {
            assert_eq!(full_day_in_words(day(24), language), expected, "{language}");
        }
        assert_eq!(weekday_in_words(day(29), "zh"), Some("星期日"));
        assert_eq!(weekday_in_words(day(24), "fi"), None);
    }

    #[test]
    fn months_stand_in_the_words_of_their_language() {
        for (language, expected) in [
            ("zh-Hans", "2026年11月"),
            ("en-GB", "November 2026"),
            ("de", "November 2026"),
            ("es", "noviembre de 2026"),
            ("ar", "نوفمبر 2026"),
            ("tr", "2026-11"),
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
        assert_eq!(text_of("2026-11-24T15:04:00", "sv"), "2026-11-24 15:04");
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
}
