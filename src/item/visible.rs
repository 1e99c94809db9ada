//! Text from outside, made safe for a line that people read: characters that would control a terminal, or change the
//! direction of the line, are escaped.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text in one line without control characters, as Rust spells them: `\\n`, `\\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match steers(character) {
            // Writing to a String cannot fail.
            true => drop(write!(out, "{}", character.escape_default())),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// The text, cut to at most `most` characters.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// Whether a character has an effect beyond being seen: control characters, ends of lines, and marks that change the
/// direction of the text behind them.
pub fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
        )
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out_and_all_else_stays() {
        for (text, seen) in [
            ("长春 · Åre — “plain”", "长春 · Åre — “plain”"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("\u{202e}gpj", "\\u{202e}gpj"),
        ] {
            assert_eq!(visible(text), seen);
        }
        assert_eq!(shortened("长春市", 2), "长春…");
        assert_eq!(shortened("长春", 2), "长春");
    }
}
