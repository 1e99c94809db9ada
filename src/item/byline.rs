//! The people whom one text names: `Von Anna Lind und Bo Ek, dpa` are two, and an agency.
//!
//! A text is taken apart only where every piece of it reads as a whole name, or as what is known to be none (an agency, a
//! function, a place). Anything else stays one name, as it was written: `Lind, Anna` and `Martin Luther King, Jr.` do.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::agencies::{ALONE, NAMES};

/// Words that stand before the names, by language.
const LEADS: [&str; 11] = [
    "by", "von", "par", "por", "av", "af", "door", "oleh", "di", "od", "от",
];

/// Words that stand between two names, as a comma does.
const BETWEEN: [&str; 13] = [
    "and", "und", "et", "y", "e", "och", "og", "en", "i", "и", "dan", "ve", "&",
];

/// Marks that stand between two names; with a comma, what follows may be something else.
const MARKS: [char; 8] = [',', ';', '/', '|', '、', '，', '；', '／'];

/// Parts of names that are written in lower case.
const PARTICLES: [&str; 22] = [
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la",
    "le", "el", "al", "bin", "ibn", "ten", "ter", "zu",
];

/// The names of the agencies, in lower case.
static AGENCIES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let known = NAMES.iter().chain(ALONE);
    let agencies = known.filter(|name| !ALSO_PEOPLE.contains(name));
    agencies.map(|name| name.to_lowercase()).collect()
});

/// Agencies that are called as a person may be, whom a byline more probably means.
const ALSO_PEOPLE: [&str; 1] = ["Hans Lucas"];

/// Single words that are no name: they tell who else wrote.
const OTHERS: [&str; 10] = [
    "agencies",
    "agency",
    "staff",
    "wires",
    "agenturen",
    "agences",
    "agencias",
    "agenzie",
    "redaktion",
    "rédaction",
];

/// A piece with one of these words names a function.
const FUNCTIONS: [&str; 18] = [
    "reporter",
    "correspondent",
    "editor",
    "writer",
    "chief",
    "columnist",
    "analyst",
    "staff",
    "bureau",
    "desk",
    "newsroom",
    "korrespondent",
    "redakteur",
    "redakteurin",
    "redaktion",
    "rédaction",
    "redacción",
    "correspondant",
];

/// Places of two words that bylines name.
const PLACES: [&str; 16] = [
    "new york",
    "los angeles",
    "san francisco",
    "washington dc",
    "hong kong",
    "new delhi",
    "são paulo",
    "buenos aires",
    "mexico city",
    "tel aviv",
    "cape town",
    "kuala lumpur",
    "saint petersburg",
    "united states",
    "united kingdom",
    "new zealand",
];

/// A Latin name has at most this many words.
const MAX_WORDS: usize = 5;

/// A Han name without a mark in it has this many characters.
const HAN_NAME: std::ops::RangeInclusive<usize> = 2..=4;

/// The people that a byline names, and its other parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Byline {
    pub names: Vec<String>,
    /// Agencies, functions and places, as they were written.
    pub others: Vec<String>,
}

/// Reads a text that names people; a text that it does not understand is one name.
pub fn split(text: &str) -> Byline {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = without_lead(&text);
    let mut byline = Byline::default();
    for piece in pieces(text) {
        match kind(&piece) {
            NamePiece::Name => byline.names.push(piece),
            NamePiece::Other => byline.others.push(piece),
            NamePiece::Unknown => {
                byline.names.clear();
                break;
            }
        }
    }
    if byline.names.is_empty() {
        return Byline {
            names: (!text.is_empty())
                .then(|| text.to_owned())
                .into_iter()
                .collect(),
            others: Vec::new(),
        };
    }
    byline
}

/// The text without a leading word such as `by`. `Von Miller` is a name: any such word but `by` is removed only where
/// at least two words follow.
pub fn without_lead(text: &str) -> &str {
    let Some((first, rest)) = text.split_once([' ', ':']) else {
        return text;
    };
    let rest = rest.trim_start_matches([' ', ':']);
    let is_lead = LEADS.contains(&first.to_lowercase().as_str());
    match is_lead && (rest.contains(' ') || first.eq_ignore_ascii_case("by")) {
        true => rest,
        false => text,
    }
}

fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for marked in text.split(MARKS) {
        let mut piece = String::new();
        for word in marked.split(' ').filter(|word| !word.is_empty()) {
            if BETWEEN.contains(&word) {
                pieces.push(std::mem::take(&mut piece));
            } else {
                if !piece.is_empty() {
                    piece.push(' ');
                }
                piece.push_str(word);
            }
        }
        pieces.push(piece);
    }
    // `Ann Lind, Bo Ek, and Cy Fo` has nothing between its last comma and the word.
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

enum NamePiece {
    Name,
    Other,
    Unknown,
}

fn kind(piece: &str) -> NamePiece {
    let small = piece.to_lowercase();
    let is_listed = [&OTHERS[..], &PLACES]
        .iter()
        .any(|list| list.contains(&small.as_str()));
    let mut words = small.split(' ');
    if is_listed || AGENCIES.contains(&small) || words.any(|word| FUNCTIONS.contains(&word)) {
        return NamePiece::Other;
    }
    match is_han_name(piece) || is_latin_name(piece) {
        true => NamePiece::Name,
        false => NamePiece::Unknown,
    }
}

fn is_han_name(piece: &str) -> bool {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let letters = piece.chars().filter(|c| !matches!(c, ' ' | '·' | '・'));
    HAN_NAME.contains(&letters.clone().count()) && letters.clone().all(is_han)
}

fn is_latin_name(piece: &str) -> bool {
    let words: Vec<&str> = piece.split(' ').collect();
    let is_word = |word: &&str| {
        let is_part = |c: char| c.is_alphabetic() || ".'’-".contains(c);
        word.chars().all(is_part) && (begins_large(word) || PARTICLES.contains(word))
    };
    (2..=MAX_WORDS).contains(&words.len())
        && words.iter().all(is_word)
        && words.last().is_some_and(|word| begins_large(word))
}

/// Whether a word begins with a capital, also behind an apostrophe: `Emilio` and `d'Emilio`.
fn begins_large(word: &str) -> bool {
    let mut pieces = word.split(['\'', '’']);
    pieces.any(|piece| piece.starts_with(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn several_people_in_one_text_are_told_apart() {
        for (text, names) in [
            ("Von Anna Lind und Bo Ek, dpa", &["Anna Lind", "Bo Ek"][..]),
            ("Ann Lind, Bo Ek and Cy Fo", &["Ann Lind", "Bo Ek", "Cy Fo"]),
            (
                "By Ann Lind, Bo Ek, and Cy Fo",
                &["Ann Lind", "Bo Ek", "Cy Fo"],
            ),
            ("Ann Lind & Bo van der Ek", &["Ann Lind", "Bo van der Ek"]),
            (
                "Par Jean-Luc O’Neil et Zoé du Bois",
                &["Jean-Luc O’Neil", "Zoé du Bois"],
            ),
            ("Ann Lind; Bo Ek", &["Ann Lind", "Bo Ek"]),
            ("Ann Lind/Bo Ek", &["Ann Lind", "Bo Ek"]),
            ("张三、李小四", &["张三", "李小四"]),
            (
                "Paolo Santa and Frances d'Emilio",
                &["Paolo Santa", "Frances d'Emilio"],
            ),
            ("Ann Lind and agencies", &["Ann Lind"]),
            ("Ann Lind, Chief Correspondent, New York", &["Ann Lind"]),
            ("Анна Линд и Бо Эк", &["Анна Линд", "Бо Эк"]),
        ] {
            assert_eq!(split(text).names, names, "{text}");
        }
        assert_eq!(split("Von Anna Lind und Bo Ek, dpa").others, ["dpa"]);
    }

    #[test]
    fn an_agency_beside_people_is_none_of_them() {
        for (text, name, agency) in [
            ("张三、法新社", "张三", "法新社"),
            ("张三、路透", "张三", "路透"),
            ("Ann Lind, Europa Press", "Ann Lind", "Europa Press"),
            (
                "Ann Lind and The Canadian Press",
                "Ann Lind",
                "The Canadian Press",
            ),
            ("Ann Lind, Anadolu Agency", "Ann Lind", "Anadolu Agency"),
            ("Ann Lind, KYODO NEWS", "Ann Lind", "KYODO NEWS"),
            ("Ann Lind, PTI", "Ann Lind", "PTI"),
            (
                "Ann Lind/Press Association",
                "Ann Lind",
                "Press Association",
            ),
        ] {
            let byline = split(text);
            assert_eq!(byline.names, [name], "{text}");
            assert_eq!(byline.others, [agency], "{text}");
        }
        assert_eq!(
            split("Ann Lind, Hans Lucas").names,
            ["Ann Lind", "Hans Lucas"]
        );
    }

    #[test]
    fn what_may_be_one_name_stays_one() {
        for text in [
            "Lind, Anna",
            "Martin Luther King, Jr.",
            "José Ortega y Gasset",
            "Artur da Costa e Silva",
            "Department of Health and Human Services",
            "Simon and Garfunkel",
            "Von Miller",
            "dpa",
            "Associated Press",
            "The Harbour Desk",
            "Ann Lind (text), Bo Ek (photo)",
            "editor@paper.example",
            "山田 太郎",
            "Ann",
        ] {
            assert_eq!(split(text).names, [text], "{text}");
        }
        assert_eq!(split("By Ann").names, ["Ann"]);
        assert!(split(" ").names.is_empty());
    }
}
