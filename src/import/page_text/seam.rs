//! Joins two lines that were one: without a space in Han text, with one in Latin, and with care for a hyphen.

use std::collections::HashSet;

use super::{day, glyph};

/// The Latin words of a page, by which a hyphen at a line end is judged.
pub(super) struct Words<'a>(HashSet<&'a str>);

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        let part = |c: char| !(c.is_alphanumeric() || c == '-');
        Self(
            text.split(part)
                .filter(|w| !w.is_empty() && !w.ends_with('-'))
                .collect(),
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hyphen {
    None,
    /// The page has the word elsewhere, so the hyphen was kept or dropped as there.
    Settled,
    /// The hyphen was kept, because the page does not have the word elsewhere.
    Open,
}

/// Whether a word is broken by a hyphen at the end of the line above.
pub(super) fn is_broken_word(above: &str, below: &str) -> bool {
    let mut end = above.chars().rev();
    let hyphen = matches!(end.next(), Some('-' | '\u{2010}' | '\u{AD}'));
    hyphen && end.next().is_some_and(char::is_alphabetic) && below.starts_with(char::is_lowercase)
}

/// Units and words of number that go on with the figures before them.
const UNITS: &[&str] = &[
    "亿",
    "億",
    "万",
    "萬",
    "千",
    "百",
    "兆",
    "%",
    "％",
    "‰",
    "℃",
    "元",
    "人",
    "名",
    "个",
    "個",
    "年",
    "月",
    "日",
    "时",
    "時",
    "分",
    "吨",
    "噸",
    "米",
    "公里",
    "岁",
    "歲",
    "倍",
    "度",
    "円",
    "ドル",
    "million",
    "billion",
    "trillion",
    "per cent",
    "percent",
    "euros",
    "dollars",
    "millions",
    "milliards",
    "km",
    "مليون",
    "مليار",
    "دولار",
    "만",
    "억",
    "명",
    "원",
];

/// A number parted by the end of the line: a digit, then a digit, a point or a unit.
pub(super) fn is_broken_number(above: &str, below: &str) -> bool {
    let digit = |c: Option<char>| c.and_then(day::digit).is_some();
    let mut end = above.chars().rev();
    let last = end.next();
    let mut start = below.chars();
    let first = start.next();
    if digit(last) {
        let point = matches!(first, Some('.' | ',' | '．' | '，')) && digit(start.next());
        return digit(first) || point || UNITS.iter().any(|u| below.starts_with(u));
    }
    let point = matches!(last, Some('.' | '．')) && digit(end.next());
    point && digit(first) && is_set_without_spaces(above, below)
}

/// Han or kana stand near on either side, so that no space was lost at the end of the line.
fn is_set_without_spaces(above: &str, below: &str) -> bool {
    const NEAR_CHARACTERS: usize = 24;
    let wide = |c: char| glyph::is_han(c) || glyph::is_kana(c);
    above.chars().rev().take(NEAR_CHARACTERS).any(wide)
        || below.chars().take(NEAR_CHARACTERS).any(wide)
}

/// Appends `below` to `above`.
pub(super) fn join(above: &mut String, below: &str, words: &Words<'_>) -> Hyphen {
    if is_broken_word(above, below) {
        return join_word(above, below, words);
    }
    let spaced = |c: Option<char>| c.is_some_and(|c| !glyph::is_wide(c));
    let (last, first) = (above.chars().last(), below.chars().next());
    // Half-width commas stand in Han text as well, and no space belongs behind them there.
    let number = is_broken_number(above, below)
        && (is_set_without_spaces(above, below) || below.starts_with(['.', ',']));
    let hyphen = matches!(last, Some('-' | '\u{2010}')) && starts_word_behind_hyphen(above, below);
    if spaced(last) && spaced(first) && !number && !hyphen {
        above.push(' ');
    }
    above.push_str(below);
    Hyphen::None
}

/// `Anglo-` and `American`: one compound word.
fn starts_word_behind_hyphen(above: &str, below: &str) -> bool {
    let mut end = above.chars().rev().skip(1);
    end.next().is_some_and(char::is_alphabetic) && below.starts_with(char::is_alphabetic)
}

/// Ends in a hyphen that parts or binds words.
pub(super) fn ends_in_hyphen(text: &str) -> bool {
    let mut end = text.chars().rev();
    matches!(end.next(), Some('-' | '\u{2010}' | '\u{AD}'))
        && end.next().is_some_and(char::is_alphabetic)
}

fn join_word(above: &mut String, below: &str, words: &Words<'_>) -> Hyphen {
    let part = |c: char| !(c.is_alphanumeric() || c == '-');
    let hyphen = above.pop().unwrap_or('-');
    let head = above.rsplit(part).next().unwrap_or_default();
    let tail = below.split(part).next().unwrap_or_default();
    let whole = format!("{head}{tail}");
    let compound = format!("{head}-{tail}");
    // A soft hyphen marks a possible break and is no character of the word.
    let outcome = if hyphen == '\u{AD}' || words.0.contains(whole.as_str()) {
        Hyphen::Settled
    } else {
        above.push(hyphen);
        if words.0.contains(compound.as_str()) {
            Hyphen::Settled
        } else {
            Hyphen::Open
        }
    };
    above.push_str(below);
    outcome
}
