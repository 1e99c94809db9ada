//! Bylines: on a line of their own, in brackets at the end of a paragraph, or behind a dateline.

use super::{
    glyph,
    people::{self, People},
};

/// A byline is a handful of names.
const LONGEST_BYLINE_COLUMNS: usize = 100;

/// Signatures without a name, which stand as they are.
const OF_THE_PAPER: [&str; 5] = [
    "本报评论员",
    "本报特约评论员",
    "本报编辑部",
    "本刊编辑部",
    "新华社评论员",
];

/// Behind `记者` without a space these are the name of a genre, though they begin like a surname.
const GENRES: [&str; 4] = ["关注", "连线", "强调", "金句"];

const LABELS: [&str; 14] = [
    "图文/",
    "图文／",
    "文图/",
    "文/图",
    "文／图",
    "文/",
    "文／",
    "文:",
    "文：",
    "作者",
    "撰文",
    "撰稿",
    "采写",
    "记者",
];

/// Who wrote it, and whether the byline claims the pictures too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Byline {
    pub people: People,
    pub pictures_too: bool,
}

/// Reads a line that is nothing but a byline.
pub(super) fn own_line(line: &str) -> Option<Byline> {
    if glyph::width(line) > LONGEST_BYLINE_COLUMNS {
        return None;
    }
    let text = glyph::unbracketed(line);
    let unmarked = text
        .trim_start_matches(['□', '■', '◎', '○', '●', '▢', '◇', '◆'])
        .trim_start();
    let marked = unmarked.len() < text.len();
    byline(unmarked, marked)
}

/// Takes `（记者 王五）` off the end of a paragraph; answers what is left.
pub(super) fn trailing(text: &str) -> Option<(&str, Byline)> {
    let (open, inner) = last_bracket(text)?;
    let before = text[..open].trim_end();
    if before.is_empty() {
        return None;
    }
    Some((before, byline(inner, false)?))
}

/// `…。（张三）`: nothing says what the person in brackets did.
pub(super) fn ends_with_bare_name(text: &str) -> bool {
    let named = last_bracket(text).filter(|(open, inner)| {
        glyph::is_closed(text[..*open].trim_end()) && people::starts_with_surname(inner)
    });
    named
        .and_then(|(_, inner)| people::parse(inner))
        .is_some_and(|p| p.names.iter().all(|n| n.chars().count() <= 3))
}

/// The bracket that closes the text: where it opens, and what it holds.
pub(super) fn last_bracket(text: &str) -> Option<(usize, &str)> {
    let stem = text.strip_suffix(['）', ')'])?;
    let open = stem.rfind(['（', '('])?;
    let inner = stem[open..].trim_start_matches(['（', '(']);
    (!inner.contains(['）', ')'])).then(|| (open, inner.trim()))
}

/// Takes `（记者 王五）` or `记者王五报道：` off the head of a paragraph that a dateline opened.
pub(super) fn leading(text: &str) -> Option<(Byline, &str)> {
    if let Some(rest) = text.strip_prefix(['（', '(']) {
        let close = rest.find(['）', ')'])?;
        let width = rest[close..].chars().next().map_or(1, char::len_utf8);
        return Some((
            byline(rest[..close].trim(), false)?,
            rest[close + width..].trim_start(),
        ));
    }
    let end = text
        .find("报道")
        .filter(|&at| at <= LONGEST_BYLINE_COLUMNS)?;
    let rest = text[end + "报道".len()..].trim_start();
    let rest = rest.strip_prefix(['：', ':', '，', ','])?.trim_start();
    Some((byline(text[..end].trim(), false)?, rest))
}

fn byline(text: &str, marked: bool) -> Option<Byline> {
    if OF_THE_PAPER.contains(&text) {
        let names = vec![text.to_owned()];
        return Some(Byline {
            people: People {
                names,
                ..People::default()
            },
            pictures_too: false,
        });
    }
    if let Some(names) = text
        .strip_prefix("By ")
        .or_else(|| text.strip_prefix("BY "))
        .or_else(|| text.strip_prefix("by "))
    {
        return latin(names);
    }
    let (text, pictures_too) = without_suffix(text);
    if text.ends_with('摄') || GENRES.iter().any(|g| text.ends_with(g)) {
        return None;
    }
    let label = LABELS
        .iter()
        .find_map(|l| Some((*l, text.strip_prefix(l)?)));
    if let Some((label, rest)) = label {
        let set_off = rest.trim_start().strip_prefix([':', '：', '/', '／']);
        let named = if label.ends_with(['/', '／', ':', '：', '图']) {
            Some(set_off.unwrap_or(rest))
        } else {
            set_off
        };
        if let Some(people) = named.and_then(people::parse) {
            let pictures_too = pictures_too || label.contains('图');
            return Some(Byline {
                people,
                pictures_too,
            });
        }
    }
    let people = people::parse(text)?;
    let plain = marked || pictures_too;
    let sure =
        people.office || (plain && people.names.iter().all(|n| people::starts_with_surname(n)));
    sure.then_some(Byline {
        people,
        pictures_too,
    })
}

fn without_suffix(text: &str) -> (&str, bool) {
    const WITH_PICTURES: [&str; 6] = ["文/摄", "文/图", "文并摄", "图/文", "摄影报道", "文图"];
    const WORDS_ONLY: [&str; 4] = ["报道", "/文", "／文", "采写"];
    if let Some(rest) = WITH_PICTURES.iter().find_map(|s| text.strip_suffix(s)) {
        return (
            rest.trim_end_matches(|c: char| c.is_whitespace() || c == '/'),
            true,
        );
    }
    (
        WORDS_ONLY
            .iter()
            .find_map(|s| text.strip_suffix(s))
            .unwrap_or(text)
            .trim_end(),
        false,
    )
}

fn latin(names: &str) -> Option<Byline> {
    let (names, agency) = match names.rsplit_once(',') {
        Some((before, last)) if people::AGENCIES.contains(&last.trim()) => {
            (before, Some(last.trim().to_owned()))
        }
        _ => (names, None),
    };
    let mut people = people::parse(names)?;
    people.agency = people.agency.or(agency);
    Some(Byline {
        people,
        pictures_too: false,
    })
}
