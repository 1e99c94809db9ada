//! Texts that feeds give as markup where words are meant.

use dom_query::Document;

/// A text that opens so many more elements than it closes is not even parsed.
const MAX_OPEN: usize = 2000;

/// What ends without a tag that says so.
const SELF_CLOSING: &[&str] = &[
    "p", "li", "br", "img", "hr", "td", "th", "tr", "dd", "dt", "option", "input", "meta", "link",
    "source", "wbr", "col", "area", "base", "embed", "track", "param",
];

/// The words of a text that may be HTML, on one line; `nitrate <5 mg & more` is none and stays as it is.
pub fn plain(text: &str) -> String {
    if !is_markup(text) || claims_depth(text) {
        return one_line(text);
    }
    let fragment = Document::fragment(text);
    for unseen in fragment.select("script, style").nodes() {
        unseen.remove_from_parent();
    }
    one_line(&fragment.text())
}

/// The text with its line ends as spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split(['\n', '\r', '\t'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether so many elements are opened and not closed that a look at the tree would take too long. Those that HTML closes
/// by itself do not count.
pub(super) fn claims_depth(html: &str) -> bool {
    let mut open = 0_usize;
    for rest in html.split('<').skip(1) {
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/');
        let name = rest
            .get(..name_end.unwrap_or(rest.len()))
            .unwrap_or_default();
        if name.starts_with('/') {
            open = open.saturating_sub(1);
        } else if !name.is_empty() && !SELF_CLOSING.contains(&name.to_ascii_lowercase().as_str()) {
            open += 1;
        }
        if open > MAX_OPEN {
            return true;
        }
    }
    false
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
    use super::plain;

    #[test]
    fn markup_becomes_words_and_what_is_none_stays() {
        for (text, meant) in [
            (
                "Tom &amp; Jerry&#8217;s <em>last</em> chase",
                "Tom & Jerry’s last chase",
            ),
            ("nitrate <5 mg & more", "nitrate <5 mg & more"),
            ("a < b and c > d", "a < b and c > d"),
            ("AT&T; a name", "AT&T; a name"),
            ("two\n  lines", "two lines"),
            ("x<script>alert(1)</script>", "x"),
        ] {
            assert_eq!(plain(text), meant);
        }
    }
}
