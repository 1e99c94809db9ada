//! Texts that feeds give as markup where they should be plain words.

use crate::item::html::seen;
use crate::item::markup;

/// The words of a text that may be HTML, on one line; `nitrate <5 mg & more` is none and stays as it is.
pub fn plain_text(text: &str) -> String {
    if !is_markup(text) {
        return one_line(text);
    }
    match markup::parsed(text) {
        Ok(document) => one_line(&seen::line(&document.root())),
        Err(_) => one_line(text),
    }
}

/// The text with its line ends as spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split(['\n', '\r', '\t'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether there is a tag or a character reference in it.
fn is_markup(text: &str) -> bool {
    let tag = text.split('<').skip(1).any(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c))
            && rest.contains('>')
    });
    let reference = text.split('&').skip(1).any(|rest| {
        let name = rest.split(';').next().unwrap_or_default();
        let letters = name.strip_prefix('#').unwrap_or(name);
        name.len() < rest.len()
            && !letters.is_empty()
            && letters.len() < 12
            && letters.chars().all(|c| c.is_ascii_alphanumeric())
    });
    tag || reference
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn markup_becomes_words_and_what_is_none_stays() {
        for (text, expected) in [
            (
                "Tom &amp; Jerry&#8217;s <em>last</em> chase",
                "Tom & Jerry’s last chase",
            ),
            ("nitrate <5 mg & more", "nitrate <5 mg & more"),
            ("a < b and c > d", "a < b and c > d"),
            ("AT&T; a name", "AT&T; a name"),
            ("two\n  lines", "two lines"),
            ("x<script>alert(1)</script>", "x"),
            ("First<br>second<p>third", "First second third"),
            ("10<sup>6</sup> homes", "10⁶ homes"),
        ] {
            assert_eq!(plain_text(text), expected);
        }
    }
}
