//! Whether texts say the same, whatever marks stand between their words.

use std::collections::HashMap;

use super::raised::unshifted;

/// The letters and digits of a text. Where a text has lost its markup, raised digits are digits.
pub fn letters(text: &str) -> String {
    let letters = text.chars().map(unshifted);
    letters.filter(|c| c.is_alphanumeric()).collect()
}

/// Whether two texts have the same words between blanks. Long stretches are nearly always the same, byte for byte.
pub fn same_words(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.trim_start(), other.trim_start());
    loop {
        let same = same_start(one, other);
        let (before, one_on) = one.split_at(same);
        let other_on = other.get(same..).unwrap_or_default();
        let ends = |rest: &str| rest.chars().next().is_none_or(char::is_whitespace);
        let is_between = before.is_empty() || before.ends_with(char::is_whitespace);
        // Within a word both have to end here.
        let may_part = is_between || (ends(one_on) && ends(other_on));
        if !may_part {
            return false;
        }
        (one, other) = (one_on.trim_start(), other_on.trim_start());
        if one.is_empty() || other.is_empty() {
            return one.is_empty() && other.is_empty();
        }
        if one.chars().next() != other.chars().next() {
            return false;
        }
    }
}

/// The number of bytes that two texts have in common at their beginnings, in whole characters.
fn same_start(one: &str, other: &str) -> usize {
    const PIECE: usize = 32;
    let (a, b) = (one.as_bytes(), other.as_bytes());
    let pieces = a.chunks_exact(PIECE).zip(b.chunks_exact(PIECE));
    let whole = PIECE * pieces.take_while(|(a, b)| a == b).count();
    let rest = a.iter().zip(b).skip(whole);
    let mut same = whole + rest.take_while(|(a, b)| a == b).count();
    while !one.is_char_boundary(same) || !other.is_char_boundary(same) {
        same -= 1;
    }
    same
}

/// The words of a text that another has less often.
pub fn missing<'t, 'o>(
    words: impl Iterator<Item = &'t str>,
    of_other: impl Iterator<Item = &'o str>,
) -> impl Iterator<Item = &'t str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in of_other {
        *counts.entry(word).or_default() += 1;
    }
    words.filter(move |word| match counts.get_mut(*word) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::{letters, missing, same_words};

    #[test]
    fn marks_and_raised_digits_make_no_other_text() {
        assert_eq!(letters("“4 km²”, she said."), letters("4 km2 she said"));
    }

    #[test]
    fn texts_with_the_same_words_between_blanks_are_told_from_others() {
        let long = "water at the quay 港口今日大风，".repeat(9);
        let texts = [
            "",
            " ",
            "a",
            " a\n",
            "ab",
            "a b",
            "a  b",
            "a\u{3000}b ",
            "a\u{a0}b c",
            "a bc",
            "港口",
            "港 口",
            "港湾",
            &long,
            &long.replace(' ', " \n "),
            &format!("{long}x"),
            &format!("x {long}"),
            &long.replace("大风", "大雨"),
        ];
        for one in texts {
            for other in texts {
                let same = one.split_whitespace().eq(other.split_whitespace());
                assert_eq!(same_words(one, other), same, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_word_is_missing_as_often_as_it_is_too_seldom() {
        let (one, other) = ("the pier and the quay and the sea", "sea the quay and");
        let words = missing(one.split(' '), other.split(' '));
        assert_eq!(words.collect::<Vec<_>>(), ["pier", "the", "and", "the"]);
    }
}
