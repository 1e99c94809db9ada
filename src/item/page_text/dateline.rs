//! Datelines at the head of a paragraph, and lines that say from which agency the text comes.

use super::{byline, glyph, people};

/// From the agency to the day a dateline holds one place name.
const LONGEST_PLACE_CHARACTERS: usize = 14;

/// A Latin dateline: place, day, agency.
const LONGEST_LATIN_BYTES: usize = 70;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dateline {
    pub text: String,
    pub agency: Option<String>,
}

/// Takes a dateline off the head of a text; answers it and what follows.
pub(super) fn head(text: &str) -> Option<(Dateline, &str)> {
    han(text).or_else(|| latin(text))
}

/// `本报长春2月28日电`, `据新华社北京3月1日电`, `本报讯`.
fn han(text: &str) -> Option<(Dateline, &str)> {
    let named = text.strip_prefix('据').unwrap_or(text);
    let agency = people::AGENCIES
        .iter()
        .find(|a| named.starts_with(**a))
        .copied();
    let own = people::OWN.iter().find(|o| named.starts_with(**o)).copied();
    let behind = &named[agency.or(own)?.len()..];
    let rest = match behind.trim_start().strip_prefix('讯') {
        Some(rest) if own.is_some() => rest,
        _ => behind_wire(behind)?,
    };
    let taken = text[..text.len() - rest.len()].trim_end();
    Some((
        Dateline {
            text: taken.to_owned(),
            agency: agency.map(str::to_owned),
        },
        rest.trim_start(),
    ))
}

/// Place, `2月28日` with or without a year, `电`.
fn behind_wire(text: &str) -> Option<&str> {
    let digit = text.find(|c: char| c.is_numeric())?;
    let place = &text[..digit];
    let is_place = place
        .chars()
        .all(|c| glyph::is_han(c) || c.is_whitespace() || c == '·');
    if !is_place || place.chars().count() > LONGEST_PLACE_CHARACTERS {
        return None;
    }
    let number = |t: &str| {
        t.trim_start_matches(|c: char| c.is_numeric() || c.is_whitespace())
            .len()
    };
    let year = &text[digit..];
    let month = year[year.len() - number(year)..]
        .strip_prefix('年')
        .unwrap_or(year);
    let day = month[month.len() - number(month)..].strip_prefix('月')?;
    let wire = day[day.len() - number(day)..]
        .strip_prefix('日')?
        .trim_start();
    ["专电", "电", "讯"]
        .iter()
        .find_map(|w| wire.strip_prefix(w))
}

/// `CHANGCHUN, Feb. 28 (Xinhua) -- …`: capitals, then at most a region, a day and an agency, then a dash.
fn latin(text: &str) -> Option<(Dateline, &str)> {
    let (at, dash) = ["—", "--", "–", " - "]
        .iter()
        .filter_map(|d| Some((text.find(d)?, *d)))
        .min()?;
    let head = text[..at].trim();
    if at > LONGEST_LATIN_BYTES || !head.is_ascii() {
        return None;
    }
    let (words, agency) = match byline::last_bracket(head) {
        Some((open, inner)) if people::AGENCIES.contains(&inner) => {
            (head[..open].trim(), Some(inner.to_owned()))
        }
        _ => (head, None),
    };
    let mut parts = words.split(',').map(str::trim);
    let place = parts.next()?;
    let capitals = place.chars().filter(char::is_ascii_uppercase).count() >= 2
        && place
            .chars()
            .all(|c| c.is_ascii_uppercase() || matches!(c, ' ' | '.' | '-' | '\''));
    let mut dated = false;
    let plain = parts.all(|p| {
        dated = dated || MONTHS.iter().any(|m| p.starts_with(m));
        !p.is_empty() && p.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
    });
    let sure = dated || agency.is_some() || dash != " - ";
    let rest = text[at + dash.len()..]
        .trim_start_matches(['—', '-', '–'])
        .trim_start();
    (capitals && plain && sure && !rest.is_empty()).then(|| {
        (
            Dateline {
                text: head.to_owned(),
                agency,
            },
            rest,
        )
    })
}

/// A line that only says where the text comes from: `来源：新华社`, `据新华社电`.
pub(super) fn source_line(line: &str) -> Option<String> {
    let text = glyph::unbracketed(line);
    for label in ["来源", "稿源", "稿件来源", "文章来源", "Source"] {
        if let Some(named) = text
            .strip_prefix(label)
            .and_then(|r| r.trim_start().strip_prefix([':', '：']))
        {
            let named = named.trim();
            let short = glyph::width(named) <= 40 && !glyph::is_closed(named) && !named.is_empty();
            return short.then(|| named.to_owned());
        }
    }
    let named = text.strip_prefix('据').unwrap_or(text);
    let agency = people::AGENCIES
        .iter()
        .find(|a| named.starts_with(**a) && glyph::has_han(a))?;
    let rest = &named[agency.len()..];
    let bracketed = text.len() < line.trim().len();
    let said = matches!(rest, "电" | "供稿" | "供本报专稿" | "报道")
        || (rest.is_empty() && (bracketed || named.len() < text.len()));
    said.then(|| (*agency).to_owned())
}

/// The same in brackets at the end of a paragraph: `…。（据新华社电）`.
pub(super) fn trailing_source(text: &str) -> Option<(&str, String)> {
    let (open, _) = byline::last_bracket(text)?;
    let before = text[..open].trim_end();
    if before.is_empty() {
        return None;
    }
    Some((before, source_line(&text[open..])?))
}
