//! Picture credits as papers in Latin script print them.

use super::{
    credit::{self, Credit},
    people,
};

const LATIN_LABELS: [&str; 8] = [
    "photographs by",
    "photograph by",
    "photos by",
    "photo by",
    "pictures by",
    "picture by",
    "photography by",
    "images by",
];
const LATIN_COLON_LABELS: [&str; 6] = [
    "photographs",
    "photograph",
    "photos",
    "photo",
    "picture",
    "credit",
];
/// Words by which a Latin credit is seen to name an institution.
const INSTITUTION_WORDS: [&str; 12] = [
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
];

/// `Photo: Jane Doe`, `Photo by Jane Doe/AP`, `Photo courtesy of the museum`.
pub(super) fn read(text: &str) -> Option<Credit> {
    let lower = text.to_ascii_lowercase();
    let rest_behind = |label: &&str| lower.starts_with(*label).then(|| &text[label.len()..]);
    let giver = ["photo courtesy of ", "photos courtesy of ", "courtesy of "]
        .iter()
        .find_map(rest_behind);
    if let Some(giver) = giver {
        return credit::source(giver.trim_end_matches('.'));
    }
    let by = LATIN_LABELS
        .iter()
        .find_map(rest_behind)
        .filter(|r| r.starts_with(' '));
    let named = by.or_else(|| {
        LATIN_COLON_LABELS
            .iter()
            .find_map(rest_behind)?
            .trim_start()
            .strip_prefix([':', '/'])
    })?;
    let named = named.trim().trim_end_matches('.');
    if people::AGENCIES.contains(&named)
        || named
            .split_whitespace()
            .any(|w| INSTITUTION_WORDS.contains(&w))
    {
        return credit::source(named);
    }
    name_and_agency(named)
        .or_else(|| people::parse(named).map(credit::from_people))
        .or_else(|| credit::source(named))
}

/// `Jane Doe/AP`, `Xinhua/Zhang San`.
pub(super) fn name_and_agency(text: &str) -> Option<Credit> {
    let (left, right) = text.split_once('/')?;
    let (left, right) = (left.trim(), right.trim());
    let (name, agency) = if people::AGENCIES.contains(&right) {
        (left, right)
    } else {
        (right, left)
    };
    if !people::AGENCIES.contains(&agency) {
        return None;
    }
    let mut found = credit::from_people(people::parse(name)?);
    found.source = Some(agency.to_owned());
    Some(found)
}
