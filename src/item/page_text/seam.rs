//! Joins two lines that were one: without a space in Han text, with one in Latin, and with care for a hyphen.

use std::collections::HashSet;

use super::glyph;

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
    /// Kept, because nothing on the page tells.
    Open,
}

/// A word parted by a hyphen at the end of the line.
pub(super) fn is_broken_word(above: &str, below: &str) -> bool {
    let mut end = above.chars().rev();
    let hyphen = matches!(end.next(), Some('-' | '\u{2010}' | '\u{AD}'));
    hyphen && end.next().is_some_and(char::is_alphabetic) && below.starts_with(char::is_lowercase)
}

/// Appends `below` to `above`.
pub(super) fn join(above: &mut String, below: &str, words: &Words<'_>) -> Hyphen {
    if is_broken_word(above, below) {
        return join_word(above, below, words);
    }
    let spaced = |c: Option<char>| c.is_some_and(|c| !glyph::is_wide(c));
    let (last, first) = (above.chars().last(), below.chars().next());
    // Half-width commas stand in Han text as well, and no space belongs behind them there.
    if spaced(last) && spaced(first) {
        above.push(' ');
    }
    above.push_str(below);
    Hyphen::None
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
