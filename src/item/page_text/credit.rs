//! Picture credits: who took a photograph or where it came from, at the end of a caption, alone, or for the whole page.

use super::{
    glyph, latin_credit,
    page_note::{self, PageNote},
    people,
};

/// What a credit says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Credit {
    pub photographer: Option<String>,
    pub source: Option<String>,
    pub doubtful_names: Vec<String>,
}

/// A line taken apart: what stands before the credit, the credit, the note on the page's pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Credited {
    pub text: String,
    pub credit: Option<Credit>,
    pub note: Option<PageNote>,
}

/// Farther from the end of a line no credit begins, so a long paragraph is not searched at every word.
const LONGEST_CREDIT_BYTES: usize = 240;

/// A source named in a credit is a few words.
const LONGEST_SOURCE_COLUMNS: usize = 48;

const FILE_PICTURES: [&str; 8] = [
    "资料图片",
    "资料照片",
    "档案图片",
    "档案照片",
    "资料图",
    "资料片",
    "File photo",
    "File picture",
];
const LABELS: [&str; 7] = ["图片摄影", "摄影记者", "摄影", "拍摄", "摄", "图片", "图"];
const SOURCE_LABELS: [&str; 6] = [
    "图片来源",
    "照片来源",
    "图片提供",
    "照片提供",
    "供图",
    "图源",
];
const SUFFIXES: [&str; 9] = [
    "/拍摄",
    "/摄影",
    "/摄",
    "/图",
    "／摄影",
    "／摄",
    "／图",
    "摄影",
    "摄",
];

/// Finds a credit or page note at the end of a line; None where there is neither.
pub(super) fn split(line: &str) -> Option<Credited> {
    let (before, note) = match note_at_end(line) {
        Some((before, note)) => (before, Some(note)),
        None => (line, None),
    };
    match credit_at_end(before) {
        Some((text, credit)) => Some(Credited {
            text,
            credit: Some(credit),
            note,
        }),
        None if note.is_some() => Some(Credited {
            text: before.to_owned(),
            credit: None,
            note,
        }),
        None => None,
    }
}

/// Places where a credit may begin: the start, behind a mark that ends a sentence or white space, at a bracket.
fn openings(line: &str) -> impl Iterator<Item = usize> {
    let nearest = line.len().saturating_sub(LONGEST_CREDIT_BYTES);
    let mut before: Option<char> = None;
    line.char_indices().filter_map(move |(at, c)| {
        let free = match before {
            None => true,
            Some(b) => {
                b.is_whitespace()
                    || matches!(
                        b,
                        '。' | '！' | '？' | '.' | '!' | '?' | '”' | '」' | '）' | ')' | '；'
                    )
            }
        };
        before = Some(c);
        let opens = (free && !c.is_whitespace()) || matches!(c, '（' | '(' | '【' | '[');
        (opens && at >= nearest).then_some(at)
    })
}

fn note_at_end(line: &str) -> Option<(&str, PageNote)> {
    openings(line).find_map(|at| {
        let note = page_note::read(&line[at..])?;
        Some((line[..at].trim_end(), note))
    })
}

fn credit_at_end(line: &str) -> Option<(String, Credit)> {
    openings(line).find_map(|at| {
        let tail = line[at..].trim();
        let stem = tail.trim_end_matches('。');
        let credit = credit(stem)?;
        let mut text = line[..at].trim_end().to_owned();
        // `鸟瞰图（张三摄）。`: the stop belongs to the sentence, not to the credit.
        if stem.len() < tail.len() && !text.is_empty() && !glyph::is_closed(&text) {
            text.push('。');
        }
        Some((text, credit))
    })
}

fn credit(tail: &str) -> Option<Credit> {
    let whole = glyph::unbracketed(tail);
    let bracketed = whole.len() < tail.trim().len();
    if FILE_PICTURES.contains(&whole) {
        return Some(Credit {
            source: Some(whole.to_owned()),
            ..Credit::default()
        });
    }
    issued_by_agency(whole)
        .or_else(|| labelled(whole))
        .or_else(|| suffixed(whole))
        .or_else(|| provided(whole))
        .or_else(|| latin_credit::read(whole))
        .or_else(|| {
            if bracketed {
                latin_credit::name_and_agency(whole)
            } else {
                None
            }
        })
}

/// `新华社发`, `新华社发（张三摄）`.
fn issued_by_agency(text: &str) -> Option<Credit> {
    let agency = people::AGENCIES.iter().find(|a| text.starts_with(**a))?;
    let rest = text[agency.len()..].trim_start().strip_prefix('发')?.trim();
    let rest = rest.strip_prefix('，').unwrap_or(rest);
    let mut found = if rest.is_empty() {
        Credit::default()
    } else {
        credit(rest)?
    };
    let source = found.source.get_or_insert_with(|| (*agency).to_owned());
    // Two sources are more than a caption holds; the line stays as it is.
    (source.as_str() == *agency).then_some(found)
}

/// `摄影:孙 杰`, `图/张三`, `图片来源：市档案馆`.
fn labelled(text: &str) -> Option<Credit> {
    if let Some(rest) = SOURCE_LABELS.iter().find_map(|l| text.strip_prefix(l)) {
        return source(rest.trim_start().strip_prefix([':', '：', '/', '／'])?);
    }
    let label = LABELS.iter().find(|l| text.starts_with(**l))?;
    let rest = &text[label.len()..];
    let by = rest.trim_start().strip_prefix([':', '：', '/', '／']);
    let spaced = rest.starts_with(char::is_whitespace) && label.starts_with(['摄', '拍']);
    let named = by
        .or_else(|| {
            spaced
                .then_some(rest)
                .filter(|r| people::starts_with_surname(r.trim_start()))
        })?
        .trim();
    if let Some(people) = people::parse(named) {
        return Some(from_people(people));
    }
    if label.starts_with('图') {
        source(named)
    } else {
        None
    }
}

pub(super) fn source(named: &str) -> Option<Credit> {
    let named = named.trim();
    let fits = !named.is_empty()
        && glyph::width(named) <= LONGEST_SOURCE_COLUMNS
        && glyph::stops_inside(named) == 0
        && glyph::commas(named) == 0;
    fits.then(|| Credit {
        source: Some(named.to_owned()),
        ..Credit::default()
    })
}

pub(super) fn without_suffix(text: &str) -> Option<&str> {
    SUFFIXES
        .iter()
        .find_map(|s| text.strip_suffix(s))
        .map(str::trim_end)
}

/// `孙杰/摄`, `新华社记者 张三 摄`. Nothing but the last word marks these, so each name has to begin with a surname
/// unless an office stands before it.
fn suffixed(text: &str) -> Option<Credit> {
    let people = people::parse(without_suffix(text)?)?;
    let sure = people.office
        || people
            .names
            .iter()
            .all(|n| people::starts_with_surname(n) || n.contains('·') || !glyph::has_han(n));
    sure.then(|| from_people(people))
}

/// `图片由市委宣传部提供`, `市委宣传部供图`.
fn provided(text: &str) -> Option<Credit> {
    let giver = text.strip_suffix("供图").or_else(|| {
        text.strip_prefix("图片由")
            .or_else(|| text.strip_prefix("照片由"))?
            .strip_suffix("提供")
    })?;
    let giver = giver.trim_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '／'));
    if giver.contains(char::is_whitespace) {
        None
    } else {
        source(giver)
    }
}

pub(super) fn from_people(people: people::People) -> Credit {
    let mark = if people.names.iter().any(|n| glyph::has_han(n)) {
        "、"
    } else {
        ", "
    };
    let doubtful_names = people.doubtful().cloned().collect();
    Credit {
        photographer: Some(people.names.join(mark)),
        source: people.agency,
        doubtful_names,
    }
}
