//! Where a bare address in a text ends: in scripts without blanks between words, the text goes on directly behind it.

/// The prefixes with which a bare address begins.
const BEGINNINGS: [&str; 2] = ["http://", "https://"];

/// A piece of a text with bare addresses: plain text, or one address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TextOrAddress<'t> {
    Text(&'t str),
    Address(&'t str),
}

/// The length in bytes of the address with which `text` begins.
pub(super) fn address_end(text: &str) -> usize {
    let mut before = None;
    let mut is_foreign = false;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let is_letter = c.is_alphabetic() && is_wide(c);
        // Behind a slash a Han name is the address's own (`/wiki/长春`), behind a word it is the sentence's.
        let runs_on = is_letter
            && !is_foreign
            && before.is_some_and(|before: char| before.is_ascii_alphanumeric());
        if c.is_whitespace() || ends_address(c) || runs_on {
            end = at;
            break;
        }
        is_foreign |= is_letter;
        before = Some(c);
    }
    let address = text.get(..end).unwrap_or(text);
    let own = match end == text.len() {
        // The end of the address was looked at when it was found.
        true => address,
        false => address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '*', '_', '~']),
    };
    own.len()
}

/// Splits text that the parser took for one address into addresses and the text between them.
pub(super) fn pieces(text: &str) -> Vec<TextOrAddress<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut begins = true;
    while !rest.is_empty() {
        let start = match begins {
            true => Some(0),
            false => BEGINNINGS.iter().filter_map(|begin| rest.find(begin)).min(),
        };
        let Some(start) = start else {
            pieces.push(TextOrAddress::Text(rest));
            break;
        };
        let (before, from) = rest.split_at(start);
        if !before.is_empty() {
            pieces.push(TextOrAddress::Text(before));
        }
        let (address, behind) = from.split_at(address_end(from));
        match BEGINNINGS.contains(&address) || address.is_empty() {
            true => pieces.push(TextOrAddress::Text(address)),
            false => pieces.push(TextOrAddress::Address(address)),
        }
        rest = behind;
        begins = false;
    }
    pieces
}

/// Marks of sentences, and brackets and quotation marks, that are no part of an address unless they are escaped.
fn ends_address(c: char) -> bool {
    matches!(u32::from(c),
        0xab | 0xb7 | 0xbb | 0x60c | 0x61b | 0x61f | 0x6d4 | 0x964 | 0x965
        | 0x2010..=0x205e | 0x2e00..=0x2e7f
        | 0x3000..=0x3004 | 0x3008..=0x3020 | 0x3030 | 0x303d..=0x303f | 0x30fb
        | 0xfe10..=0xfe1f | 0xfe30..=0xfe6b
        | 0xff01..=0xff0f | 0xff1a..=0xff20 | 0xff3b..=0xff40 | 0xff5b..=0xff65)
}

/// Han, kana and Hangul: no blank stands between their words and others.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3041..=0x30ff | 0x3105..=0x318f
        | 0x3400..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::{TextOrAddress, address_end, pieces};

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        for (text, address) in [
            (
                "https://example.com/tram。第二句话。",
                "https://example.com/tram",
            ),
            ("https://example.com/b）有效", "https://example.com/b"),
            ("https://example.com/c，完。", "https://example.com/c"),
            ("https://example.com/d查看", "https://example.com/d"),
            ("https://example.com/e.」と", "https://example.com/e"),
            ("https://example.com/f”", "https://example.com/f"),
            (
                "https://zh.example.org/wiki/长春",
                "https://zh.example.org/wiki/长春",
            ),
            ("https://例え.example/道。", "https://例え.example/道"),
            ("https://example.com/é?q=ü", "https://example.com/é?q=ü"),
            ("https://example.com/g\u{a0}et", "https://example.com/g"),
        ] {
            assert_eq!(&text[..address_end(text)], address);
        }
    }

    #[test]
    fn what_follows_an_address_may_hold_others() {
        assert_eq!(
            pieces("https://a.example/b）和https://a.example/c，完"),
            [
                TextOrAddress::Address("https://a.example/b"),
                TextOrAddress::Text("）和"),
                TextOrAddress::Address("https://a.example/c"),
                TextOrAddress::Text("，完"),
            ]
        );
    }
}
