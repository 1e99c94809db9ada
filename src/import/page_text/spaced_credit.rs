//! The forms of a credit in scripts with spaces: Latin, Arabic, Hangul.

use super::{
    agency,
    credit::{self, Credit},
    credit_name, people, word,
};

/// A name follows without a mark.
const BY_LABELS: &[&str] = &[
    "photographs by ",
    "photograph by ",
    "photos by ",
    "photo by ",
    "pictures by ",
    "picture by ",
    "photography by ",
    "images by ",
    "image by ",
    "photo de ",
    "photos de ",
    "foto von ",
    "fotos von ",
    "foto de ",
    "fotos de ",
    "foto por ",
    "تصوير ",
    "بعدسة ",
    "عدسة ",
];
/// A mark follows, then a name or a source.
const MARKED_LABELS: &[&str] = &[
    "photographs",
    "photograph",
    "photos",
    "photo",
    "pictures",
    "picture",
    "photo credit",
    "photo credits",
    "image credit",
    "credits",
    "credit",
    "image",
    "crédits photos",
    "crédit photo",
    "crédits",
    "crédit",
    "fotos",
    "foto",
    "bilder",
    "bild",
    "archivfoto",
    "symbolfoto",
    "symbolbild",
    "fotografía",
    "fotografia",
    "imagen",
    "imagem",
    "crédito",
    "créditos",
    "تصوير",
    "عدسة",
    "مصدر الصورة",
    "الصورة",
    "صورة",
    "صور",
    "사진 제공",
    "사진제공",
    "사진",
];
const COURTESY: &[&str] = &[
    "photo courtesy of ",
    "photos courtesy of ",
    "image courtesy of ",
    "courtesy of ",
    "courtesy ",
];
/// Words by which a credit is seen to name an institution.
const INSTITUTION_WORDS: &[&str] = &[
    "Archive",
    "Archives",
    "Office",
    "Images",
    "Press",
    "Museum",
    "Library",
    "Department",
    "News",
    "Media",
    "Courtesy",
    "Handout",
    "HANDOUT",
    "Police",
    "University",
    "Council",
    "Ministry",
    "Government",
    "Service",
    "Agency",
    "Club",
    "Stadt",
    "Polizei",
    "Mairie",
    "Ville",
    "Ayuntamiento",
    "Archiv",
    "Times",
    "Herald",
    "Post",
];

/// Parts of longer words that name an institution, in lower case.
const INSTITUTION_STEMS: &[&str] = &[
    "archiv",
    "museum",
    "musée",
    "museo",
    "bibliot",
    "stadt",
    "polizei",
    "verlag",
    "gemeinde",
    "universit",
];

/// `Photo: Jane Doe`, `Photo by Jane Doe/AP`, `Crédit : Jean Dupont / AFP`, `© AFP`, `تصوير: محمد أحمد`, `사진=연합뉴스`.
pub(super) fn read(text: &str, bracketed: bool) -> Option<Credit> {
    let text = text.trim().trim_start_matches('/');
    if let Some(giver) = word::strip_any_caseless(text, COURTESY) {
        return credit_name::source(giver.trim_end_matches('.'));
    }
    if let Some(holder) = word::strip_any_caseless(text, &["©", "(c) "]) {
        let dated = holder.contains(|c: char| c.is_numeric());
        return (!dated).then(|| named(holder))?;
    }
    if let Some(rest) = word::strip_any_caseless(text, BY_LABELS) {
        return named(rest);
    }
    let marked = MARKED_LABELS.iter().find_map(|label| {
        let rest = word::strip_caseless(text, label)?;
        let behind = word::strip_any(rest.trim_start(), &[":", "/", "="])?;
        Some((&text[..text.len() - rest.len()], behind))
    });
    if let Some((label, rest)) = marked {
        let mut found = named(rest)?;
        // `Archive` and `symbolic picture` are not names.
        let small = label.to_lowercase();
        if small.starts_with("archiv") || small.starts_with("symbol") {
            found.other_words.push(label.to_owned());
        }
        return Some(found);
    }
    if word::strip_any_caseless(text, &["handout via ", "handout/", "pool via "]).is_some() {
        return credit_name::source(text);
    }
    unmarked(text, bracketed).or_else(|| bracketed.then(|| passed_on(text))?)
}

/// `Northport Museum via AP`, `Jane Doe via Reuters`.
fn passed_on(text: &str) -> Option<Credit> {
    let (name, agency) = text.split_once(" via ")?;
    agency::whole(agency)?;
    let person = !is_institution(name) && people::latin_name(name).is_some() && name.contains(' ');
    let mut found = Credit::of_source(if person { agency } else { text });
    found.photographer = person.then(|| name.to_owned());
    Some(found)
}

/// `Photo AFP`, `Photo Jean Dupont`, as French papers set it; alone on a line such words may be a heading.
fn unmarked(text: &str, bracketed: bool) -> Option<Credit> {
    let rest = word::strip_any_caseless(text, &["photo ", "photos ", "foto "])?;
    if agency::whole(rest).is_some() {
        return Some(Credit::of_source(rest));
    }
    (bracketed && people::latin_name(rest).is_some()).then(|| named(rest))?
}

/// Names, an agency, an institution, or a name with one of these.
fn named(text: &str) -> Option<Credit> {
    let text = text.trim().trim_end_matches('.').trim();
    if text.is_empty() {
        return None;
    }
    if let Some(name) = agency::of_picture(text) {
        return Some(Credit::of_source(name));
    }
    if let Some(found) = credit_name::name_and_agency(text, true)
        .or_else(|| credit_name::suffixed(text))
        .or_else(|| name_then_source(text))
    {
        return Some(found);
    }
    if is_institution(text) {
        return credit_name::source(text);
    }
    hangul(text).unwrap_or_else(|| {
        people::parse(text)
            .map(credit::from_people)
            .or_else(|| credit_name::source(text))
    })
}

fn is_institution(text: &str) -> bool {
    let rights = text.len() <= 3 && text.chars().all(char::is_uppercase);
    let small = text.to_lowercase();
    rights
        || text
            .split_whitespace()
            .any(|w| INSTITUTION_WORDS.contains(&w))
        || INSTITUTION_STEMS.iter().any(|stem| small.contains(stem))
}

/// `Jane Doe for The Herald`, `Jane Doe (AFP)`, `Jane Doe, AFP`.
fn name_then_source(text: &str) -> Option<Credit> {
    let (name, source) = text
        .split_once(" for ")
        .or_else(|| text.strip_suffix(')')?.split_once('('))
        .or_else(|| {
            text.rsplit_once(',').filter(|(name, last)| {
                let word = name.contains(' ') && !name.contains(',') && !last.trim().contains(' ');
                agency::whole(last).is_some() || word
            })
        })?;
    let mut found = credit::from_people(people::parse(name.trim())?);
    found.source = Some(source.trim().to_owned());
    Some(found)
}

/// Reads a credit in Hangul, where only an office behind it distinguishes a person's name from an institution.
fn hangul(text: &str) -> Option<Option<Credit>> {
    let is_hangul = |c: char| ('가'..='힣').contains(&c);
    if !text.chars().any(is_hangul) {
        return None;
    }
    let person = text
        .strip_suffix("기자")
        .map(str::trim)
        .or_else(|| text.strip_suffix("작가").map(str::trim));
    Some(match person {
        Some(name) => people::parse(name).map(credit::from_people),
        None => credit_name::source(text.trim_end_matches("제공").trim_end()),
    })
}
