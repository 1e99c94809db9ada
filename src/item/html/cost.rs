//! An estimate of the time and memory that parsing HTML takes, made from its tags before it is parsed.
//!
//! Elements that stay open are gone through for every element that follows, and the formatting elements of a paragraph
//! go on in the next (HTML §13.2.4.3): forty kilobytes can become a gigabyte of tree.

use std::collections::HashMap;

/// A text that opens this many more elements than it closes is not read.
const MAX_OPEN: usize = 2000;

/// Maximum number of formatting elements that may have to be made anew, more than any text has: each takes some hundred
/// bytes.
const MAX_COST: usize = 1_000_000;

/// A text with at most this many tags is never too costly: if each opened a formatting element, it would cost half of
/// [`MAX_COST`].
const FEW_TAGS: usize = 1000;

/// Elements that have no end tag, or whose end tag may be omitted; they are not counted as open.
const SELF_CLOSING: &[&str] = &[
    "p", "li", "br", "img", "hr", "td", "th", "tr", "dd", "dt", "option", "input", "meta", "link",
    "source", "wbr", "col", "area", "base", "embed", "track", "param",
];

/// Formatting elements: those still open when the element around them ends are opened again behind it (HTML §13.2.4.3).
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Whether reading `html` would take too much time or memory. An end tag closes an element of its own name alone.
pub fn is_too_costly(html: &str) -> bool {
    // So few can neither be open nor cost too much, whatever they are.
    if html.bytes().filter(|byte| *byte == b'<').count() <= FEW_TAGS {
        return false;
    }
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut all_open = 0_usize;
    let mut formatting = 0_usize;
    let mut cost = 0_usize;
    for rest in html.split('<').skip(1) {
        let bare = rest.strip_prefix('/');
        let closes = bare.is_some();
        let name = bare.unwrap_or(rest);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric());
        let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
        let name = name.to_ascii_lowercase();
        cost += formatting;
        if all_open > MAX_OPEN || cost > MAX_COST {
            return true;
        }
        if name.is_empty() || SELF_CLOSING.contains(&name.as_str()) {
            continue;
        }
        let formats = usize::from(FORMATTING.contains(&name.as_str()));
        let of_name = open.entry(name).or_default();
        match (closes, *of_name) {
            (true, 0) => {}
            (true, _) => {
                *of_name -= 1;
                all_open -= 1;
                formatting -= formats;
            }
            (false, _) => {
                *of_name += 1;
                all_open += 1;
                formatting += formats;
            }
        }
    }
    all_open > MAX_OPEN
}
