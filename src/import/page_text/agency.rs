//! The agencies by name, in every script, as datelines, bylines and credits have them.

use super::word;
use crate::item::agencies::{ALONE, NAMES};

/// Words that may stand behind the name of an agency that issues a picture.
const PICTURE_WORDS: &[&str] = &[
    "资料图片",
    "资料照片",
    "档案照片",
    "档案图片",
    "图片",
    "照片",
    "供图",
    "提供",
    "photos",
    "photo",
    "发",
];

/// The agency with which a text begins, and the text behind it.
pub(super) fn at_start(text: &str) -> Option<(&str, &str)> {
    longest(text, NAMES)
}

fn longest<'t>(text: &'t str, names: &[&str]) -> Option<(&'t str, &'t str)> {
    let first = word::simplified(text.chars().next()?);
    let rest = names
        .iter()
        .filter(|name| name.starts_with(first))
        .filter_map(|name| word::strip(text, name).filter(|rest| is_whole_word(name, rest)))
        .min_by_key(|rest| rest.len())?;
    Some((&text[..text.len() - rest.len()], rest))
}

/// Whether a name ends where a word ends: `AP` is no part of `APEC`.
fn is_whole_word(name: &str, rest: &str) -> bool {
    let spaced = |c: char| c.is_alphanumeric() && !super::glyph::is_wide(c);
    !(name.ends_with(spaced) && rest.starts_with(spaced))
}

/// The text, where it is one agency or several and nothing else: `Reuters`, `AFP via Getty Images`, `ロイター＝共同`.
pub(super) fn whole(text: &str) -> Option<&str> {
    let text = text.trim();
    let mut rest = text;
    loop {
        let (_, behind) = at_start(rest).or_else(|| longest(rest, ALONE))?;
        rest = behind.trim_start();
        if rest.is_empty() {
            return Some(text);
        }
        rest = word::strip_any(rest, &["via ", "and ", "/", "=", "-", "、", ","])?.trim_start();
    }
}

/// The name of the agency alone, where a text is an agency with or without words such as `图片` or `Photo` behind it.
pub(super) fn of_picture(text: &str) -> Option<&str> {
    let text = text.trim();
    whole(text).or_else(|| {
        let words = PICTURE_WORDS.iter().find_map(|w| {
            let at = text.char_indices().rev().nth(w.chars().count() - 1)?.0;
            let (name, ending) = text.split_at(at);
            (word::strip_caseless(ending, w) == Some("")).then_some(name)
        })?;
        whole(words)
    })
}

/// The agency with which a text ends, behind a place: `ロンドン共同`.
pub(super) fn behind_place(text: &str) -> Option<(&str, &str)> {
    text.char_indices()
        .skip(1)
        .find_map(|(at, _)| Some((text[..at].trim_end(), whole(&text[at..])?)))
}

/// Whether two names are of one agency.
pub(super) fn same(one: &str, other: &str) -> bool {
    const NAMES: &[&[&str]] = &[
        &[
            "AP",
            "Associated Press",
            "The Associated Press",
            "ASSOCIATED PRESS",
            "美联社",
        ],
        &["AFP", "Agence France-Presse", "法新社"],
        &["Reuters", "REUTERS", "路透社", "路透", "ロイター"],
        &["dpa", "DPA", "德新社"],
        &["Xinhua", "新华社", "新华"],
        &["Kyodo", "Kyodo News", "共同社", "共同", "共同通信社"],
        &["EFE", "埃菲社"],
        &["أ ف ب", "أ.ف.ب", "ا ف ب", "فرانس برس", "وكالة فرانس برس"],
        &["时事", "时事通信社", "Jiji"],
    ];
    NAMES
        .iter()
        .any(|names| word::is_any(one, names) && word::is_any(other, names))
}

#[cfg(test)]
mod tests {
    use super::{at_start, whole};

    #[test]
    fn what_is_an_agency_alone_is_none_at_the_start_of_a_text() {
        for name in ["PTI", "Ritzau", "TT", "Press Association", "路透", "AFP/TT"] {
            assert_eq!(whole(name), Some(name));
        }
        for text in ["TT races begin", "Ritzau House burns", "共同努力"] {
            assert_eq!(at_start(text), None, "{text}");
        }
        assert_eq!(
            at_start("Europa Press, Madrid"),
            Some(("Europa Press", ", Madrid"))
        );
    }
}
