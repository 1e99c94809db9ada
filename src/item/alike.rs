//! Whether texts say the same, whatever marks stand between their words.

use std::collections::HashMap;

use super::raised::unshifted;

/// The letters and digits of a text. Where a text has lost its markup, raised digits are digits.
pub fn letters(text: &str) -> String {
    let letters = text.chars().map(unshifted);
    letters.filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a text that another has less often.
pub fn missing<'t, 'o>(
    words: impl Iterator<Item = &'t str>,
    of_other: impl Iterator<Item = &'o str>,
) -> impl Iterator<Item = &'t str> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for word in of_other {
        *known.entry(word).or_default() += 1;
    }
    words.filter(move |word| match known.get_mut(*word) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::{letters, missing};

    #[test]
    fn marks_and_raised_digits_make_no_other_text() {
        assert_eq!(letters("“4 km²”, she said."), letters("4 km2 she said"));
    }

    #[test]
    fn a_word_is_missing_as_often_as_it_is_too_seldom() {
        let (one, other) = ("the pier and the quay and the sea", "sea the quay and");
        let words = missing(one.split(' '), other.split(' '));
        assert_eq!(words.collect::<Vec<_>>(), ["pier", "the", "and", "the"]);
    }
}
