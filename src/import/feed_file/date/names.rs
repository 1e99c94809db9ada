//! Names in dates: months in the languages of newspapers, zones that mean one offset, and the halves of a day.

use chrono::FixedOffset;

/// The months, each by how its names begin in English, German, French, Italian, Spanish, Portuguese, Dutch, Danish, Norwegian,
/// Swedish, Finnish, Polish, Czech, Turkish, Romanian, Hungarian, Indonesian, Greek, Russian and Ukrainian. What begins
/// the names of two months in two of these languages (Czech and Croatian "listopad", "srpen") stands nowhere.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan", "jän", "genn", "gen", "ene", "ener", "tammi", "stycz", "led", "oca", "ocak", "ian",
        "ιαν", "янв", "січ",
    ],
    &[
        "feb", "fév", "fev", "fév", "fevr", "févr", "helmi", "lut", "únor", "şub", "φεβ", "фев",
        "лют",
    ],
    &[
        "mar", "mär", "maart", "mrt", "maalis", "břez", "mac", "μαρ", "μάρ", "мар", "бер",
    ],
    &[
        "apr", "avr", "abr", "huhti", "kwie", "dub", "nis", "ápr", "απρ", "апр", "кві",
    ],
    &[
        "may", "mai", "mag", "mayo", "maj", "mei", "touko", "květ", "máj", "μαι", "μαΐ", "μάι",
        "май", "мая", "тра",
    ],
    &[
        "jun", "juin", "giu", "kesä", "czerw", "haz", "iun", "jún", "ιουν", "июн", "чер",
    ],
    &[
        "jul", "juil", "lug", "heinä", "lip", "červen", "tem", "iul", "júl", "ιουλ", "июл", "лип",
    ],
    &[
        "aug", "aoû", "aou", "ago", "elo", "sierp", "ağu", "agu", "αυγ", "αύγ", "авг", "серп",
    ],
    &[
        "sep", "set", "syys", "wrz", "zář", "eyl", "szept", "σεπ", "сен", "вер",
    ],
    &[
        "oct", "okt", "ott", "out", "loka", "paź", "říj", "eki", "οκτ", "окт", "жов",
    ],
    &["nov", "marras", "kas", "νοε", "νοέ", "ноя"],
    &[
        "dec", "dez", "déc", "dic", "des", "joulu", "grud", "pros", "ara", "δεκ", "дек", "гру",
    ],
];

/// Czech has two months that begin alike.
const WHOLE: &[(&str, u32)] = &[
    ("červen", 6),
    ("června", 6),
    ("červenec", 7),
    ("července", 7),
];

/// Zones by the hours and minutes that they are east of Greenwich. Names that mean several (CST, IST, AST) are none.
const ZONES: &[(&str, i32, i32)] = &[
    ("UTC", 0, 0),
    ("GMT", 0, 0),
    ("UT", 0, 0),
    ("Z", 0, 0),
    ("WET", 0, 0),
    ("WEST", 1, 0),
    ("BST", 1, 0),
    ("CET", 1, 0),
    ("MEZ", 1, 0),
    ("CEST", 2, 0),
    ("MESZ", 2, 0),
    ("EET", 2, 0),
    ("EEST", 3, 0),
    ("MSK", 3, 0),
    ("HKT", 8, 0),
    ("SGT", 8, 0),
    ("AWST", 8, 0),
    ("JST", 9, 0),
    ("KST", 9, 0),
    ("ACST", 9, 30),
    ("AEST", 10, 0),
    ("AEDT", 11, 0),
    ("NZST", 12, 0),
    ("NZDT", 13, 0),
    ("EST", -5, 0),
    ("EDT", -4, 0),
    ("CDT", -5, 0),
    ("MDT", -6, 0),
    ("PST", -8, 0),
    ("PDT", -7, 0),
    ("AKST", -9, 0),
    ("AKDT", -8, 0),
    ("HST", -10, 0),
];

/// A half of the day on a clock of twelve hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

/// The month that a word names; three letters are enough.
pub(super) fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.').to_lowercase();
    if let Some((_, month)) = WHOLE.iter().find(|(name, _)| *name == word) {
        return Some(*month);
    }
    let is_long = word.chars().count() >= 3;
    let place = MONTHS
        .iter()
        .position(|names| is_long && names.iter().any(|name| word.starts_with(name)))?;
    u32::try_from(place).ok().map(|place| place + 1)
}

pub(super) fn zone(word: &str) -> Option<FixedOffset> {
    let (_, hours, minutes) = ZONES.iter().find(|(name, ..)| *name == word)?;
    FixedOffset::east_opt((hours * 60 + minutes) * 60)
}

pub(super) fn half(word: &str) -> Option<Half> {
    match word.replace('.', "").to_lowercase().as_str() {
        "am" | "上午" | "午前" | "오전" => Some(Half::Morning),
        "pm" | "下午" | "午後" | "오후" => Some(Half::Afternoon),
        _ => None,
    }
}
