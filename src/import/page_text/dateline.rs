//! Datelines at the head of a paragraph, and lines that say from which agency the text comes.

use super::{
    agency, glyph,
    office::{self, OWN},
    word,
};

/// Maximum length of the place name between the agency and the day of a dateline, in characters.
const LONGEST_PLACE_CHARACTERS: usize = 14;

/// Maximum length of a dateline in a script with spaces (place, day, agency), in characters.
const LONGEST_SPACED_CHARACTERS: usize = 70;

/// Minimum width of the sentence that has to follow a dateline which only a hyphen ends.
const SHORTEST_SENTENCE_COLUMNS: usize = 40;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Words behind place and day that mark a report by wire.
const WIRES: &[&str] = &[
    "即时报导",
    "专访",
    "即时报道",
    "连线报导",
    "现场报导",
    "综合外电报导",
    "综合外电报道",
    "综合报导",
    "综合报道",
    "综合电",
    "外电报导",
    "外电报道",
    "专电",
    "外电",
    "报导",
    "报道",
    "电",
    "讯",
];

/// Words behind the paper's name that open a report of the paper itself, without a place.
const OWN_REPORTS: &[&str] = &[
    "综合报道",
    "综合报导",
    "综合消息",
    "综合讯",
    "专讯",
    "快讯",
    "消息",
    "讯",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dateline {
    pub text: String,
    pub agency: Option<String>,
}

impl Dateline {
    pub fn new(text: &str, agency: Option<&str>) -> Self {
        Self {
            text: glyph::with_plain_spaces(text.trim()),
            agency: agency.map(str::to_owned),
        }
    }
}

/// Takes a dateline off the head of a text; returns it and the text behind it.
pub(super) fn head(text: &str) -> Option<(Dateline, &str)> {
    han(text)
        .or_else(|| by_agency(text))
        .or_else(|| capitals(text))
}

/// Takes a dateline of Han characters off the head of a text: `本报长春2月28日电`, `据新华社北京3月1日电`, `本报讯`, `大公報訊`.
pub(super) fn han(text: &str) -> Option<(Dateline, &str)> {
    let named = word::strip(text, "据").unwrap_or(text);
    let agency = agency::at_start(named);
    let after_own = word::strip_any(named, OWN);
    let rest = match (agency, after_own) {
        (Some((_, behind)), _) => behind_wire(behind.trim_start_matches(['／', '/', '-']))?,
        (None, Some(behind)) => own_report(behind).or_else(|| behind_wire(behind))?,
        (None, None) => other_paper(named)?,
    };
    let taken = text[..text.len() - rest.len()].trim_end();
    Some((
        Dateline::new(taken, agency.map(|(name, _)| name)),
        rest.trim_start(),
    ))
}

fn own_report(text: &str) -> Option<&str> {
    word::strip_any(text.trim_start(), OWN_REPORTS)
}

/// `大公報訊 `, `明報專訊`: the paper's name is a few characters, and the report says so.
fn other_paper(text: &str) -> Option<&str> {
    let (at, _) = text
        .char_indices()
        .take(9)
        .find(|(_, c)| word::simplified(*c) == '报')?;
    let name = &text[..at];
    let han = name.chars().count() >= 1 && name.chars().all(glyph::is_han);
    let behind = word::strip(&text[at..], "报")?;
    let rest = word::strip_any(
        behind,
        &["综合报道", "综合报导", "综合讯", "专讯", "快讯", "讯"],
    )?;
    let ends = rest.is_empty()
        || rest.starts_with(|c: char| {
            c.is_whitespace() || matches!(c, '（' | '(' | '：' | ':' | '，' | '】')
        })
        || word::strip(rest, "记者").is_some();
    (han && ends).then_some(rest)
}

/// The text behind a place, `2月28日` with or without a year or a month, and `电`; or behind a place alone with `电`,
/// before a bracket.
fn behind_wire(text: &str) -> Option<&str> {
    let Some(digit) = text.find(|c: char| c.is_numeric()) else {
        return undated(text);
    };
    let place = &text[..digit];
    if !is_place(place) {
        return undated(text);
    }
    let wire = behind_day(&text[digit..])?;
    word::strip_any(wire.trim_start(), WIRES)
}

fn undated(text: &str) -> Option<&str> {
    let (at, _) = text
        .char_indices()
        .take(LONGEST_PLACE_CHARACTERS)
        .find(|(_, c)| word::simplified(*c) == '电')?;
    let rest = word::strip(&text[at..], "电")?;
    let ends = rest.is_empty() || rest.trim_start().starts_with(['（', '(', '：', ':']);
    (at > 0 && is_place(&text[..at]) && ends).then_some(rest)
}

fn is_place(text: &str) -> bool {
    let letter = |c: char| {
        glyph::is_han(c) || glyph::is_kana(c) || c.is_whitespace() || word::simplified(c) == '·'
    };
    text.chars().count() <= LONGEST_PLACE_CHARACTERS
        && text.chars().all(letter)
        && office::find(text).is_none()
}

/// The text behind `28日`, `2月28日` or `2025年2月28日`; `None` where it begins with no such day.
fn behind_day(text: &str) -> Option<&str> {
    let mut rest = text;
    for unit in ['年', '月', '日'] {
        let behind = rest.trim_start_matches(|c: char| c.is_numeric() || c.is_whitespace());
        if behind.len() == rest.len() {
            return None;
        }
        match behind.strip_prefix(unit) {
            Some(behind) => rest = behind,
            None if unit == '日' => return None,
            None => {}
        }
    }
    Some(rest)
}

/// Whether a text ends as a report by wire does, and is no longer than place and day: `台北24日電`, `綜合報導`.
pub(super) fn is_report(text: &str) -> bool {
    let letter =
        |c: char| glyph::is_han(c) || glyph::is_kana(c) || c.is_numeric() || c.is_whitespace();
    text.chars().count() <= 22
        && word::strip_any_end(text, WIRES).is_some()
        && text.chars().all(letter)
}

/// `PARIS, 24 nov (AFP) - …`, `London (Reuters) — …`, `القاهرة 24 نوفمبر (رويترز) - …`: an agency in brackets, then a dash.
fn by_agency(text: &str) -> Option<(Dateline, &str)> {
    let open = text.find('(')?;
    let head = text[..open].trim();
    if head.chars().count() > LONGEST_SPACED_CHARACTERS || glyph::stops_inside(head) > 0 {
        return None;
    }
    let close = open + text[open..].find(')')?;
    let inner = &text[open + 1..close];
    let korean = inner.split_once('=').filter(|(place, _)| !place.is_empty());
    // `dpa/lno`: the agency and its service.
    let service = inner.split('/').next().unwrap_or(inner);
    let name = agency::whole(inner)
        .or_else(|| agency::whole(service))
        .or_else(|| agency::whole(korean?.1))?;
    let behind = &text[close + 1..];
    let rest = behind
        .trim_start_matches(['.', ' ', '\u{A0}'])
        .trim_start_matches(['—', '–', '-', '\u{200F}'])
        .trim_start();
    let dashed = behind.len() - rest.len() >= 2
        && behind[..behind.len() - rest.len()].contains(['—', '–', '-']);
    let sure = dashed || (korean.is_some() && head.is_empty());
    let words = head.split_whitespace().count() <= 8 && !glyph::has_cjk(head);
    (sure && words && (dashed || !rest.is_empty()))
        .then(|| (Dateline::new(&text[..=close], Some(name)), rest))
}

/// `CHANGCHUN, Feb. 28 — …`: capitals, then at most a region and a day, then a dash.
fn capitals(text: &str) -> Option<(Dateline, &str)> {
    let (at, dash) = ["—", "--", "–", " - "]
        .iter()
        .filter_map(|d| Some((text.find(d)?, *d)))
        .min()?;
    let head = text[..at].trim();
    if head.chars().count() > LONGEST_SPACED_CHARACTERS || glyph::has_cjk(head) {
        return None;
    }
    let mut parts = head.split(',').map(str::trim);
    let place = parts.next()?;
    let capitals = place.chars().filter(|c| c.is_uppercase()).count() >= 2
        && place
            .chars()
            .all(|c| c.is_uppercase() || matches!(c, ' ' | '.' | '-' | '\'' | '’' | '/'));
    let mut dated = false;
    let plain = parts.all(|p| {
        dated = dated || MONTHS.iter().any(|m| p.contains(m));
        !p.is_empty() && p.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
    });
    let rest = text[at + dash.len()..]
        .trim_start_matches(['—', '-', '–'])
        .trim_start();
    // A single hyphen binds other things in capitals too, so a sentence has to follow.
    let sentence =
        rest.starts_with(char::is_uppercase) && glyph::width(rest) >= SHORTEST_SENTENCE_COLUMNS;
    let sure = dated || dash != " - " || (sentence && place.len() >= 4);
    (capitals && plain && sure && !rest.is_empty()).then(|| (Dateline::new(head, None), rest))
}

/// A line that only says where the text comes from: `来源：新华社`, `据新华社电`.
pub(super) fn source_line(line: &str) -> Option<String> {
    let text = glyph::unbracketed(line);
    for label in [
        "来源",
        "稿源",
        "稿件来源",
        "文章来源",
        "新闻来源",
        "Source",
        "المصدر",
        "출처",
    ] {
        if let Some(named) =
            word::strip(text, label).and_then(|rest| word::strip(rest.trim_start(), ":"))
        {
            let named = named.trim();
            let short = glyph::width(named) <= 40 && !glyph::is_closed(named) && !named.is_empty();
            return short.then(|| named.to_owned());
        }
    }
    let named = word::strip(text, "据").unwrap_or(text);
    let (name, rest) = agency::at_start(named).filter(|(name, _)| glyph::has_cjk(name))?;
    let bracketed = text.len() < line.trim().len();
    let is_source = word::is_any(rest, &["电", "供稿", "供本报专稿", "报道", "报导"])
        || (rest.is_empty() && (bracketed || named.len() < text.len()));
    is_source.then(|| name.to_owned())
}

/// A source in brackets at the end of a paragraph: `…。（据新华社电）`.
pub(super) fn trailing_source(text: &str) -> Option<(&str, String)> {
    let Some((open, inner)) = glyph::last_bracket(text) else {
        return agency_behind(text);
    };
    let before = text[..open].trim_end();
    if before.is_empty() {
        return None;
    }
    let named = source_line(&text[open..]).or_else(|| agency::whole(inner).map(str::to_owned))?;
    Some((before, named))
}

/// `… quedaron en tierra. EFE`
fn agency_behind(text: &str) -> Option<(&str, String)> {
    let (before, last) = text.rsplit_once(' ')?;
    let named = agency::whole(last).filter(|_| glyph::ends_with_full_stop(before))?;
    Some((before.trim_end(), named.to_owned()))
}
