//! Finds the picture credit at the end of a line, and the note on the page's pictures.

use super::{
    credit::Credit,
    credit_text, glyph,
    page_note::{self, PageNote},
    word,
};

/// A line divided into the text before the credit, the credit, and the note on the page's pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Credited {
    pub text: String,
    pub credit: Option<Credit>,
    pub note: Option<PageNote>,
}

/// Farther from the end of a line no credit begins, so a long paragraph is not searched at every word.
const LONGEST_CREDIT_BYTES: usize = 240;

/// A caption before an agency in brackets is no longer; a longer text is an article's last paragraph.
const LONGEST_BEFORE_AGENCY_COLUMNS: usize = 120;

/// Maximum width of a line that is no heading because it contains the words of a credit, even if the credit cannot be
/// read.
const LONGEST_UNREAD_COLUMNS: usize = 60;

/// Finds a credit or page note at the end of a line; None where there is neither.
pub(super) fn split(line: &str) -> Option<Credited> {
    let (before, note) = match note_at_end(line) {
        Some((before, note)) => (before, Some(note)),
        None => (line, None),
    };
    match credit_at_end(before).or_else(|| credit_in_bracketed_line(before)) {
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

/// Whether a line is short and contains the words of a credit, even one that cannot be read.
pub(super) fn has_words_of_one(text: &str) -> bool {
    const ENDS: &[&str] = &[
        "摄",
        "撮影",
        "供图",
        "摄影",
        "制图",
        "绘图",
        "图片",
        "资料照",
    ];
    const STARTS: &[&str] = &[
        "图/",
        "图:",
        "图片来源",
        "摄影:",
        "摄影/",
        "漫画/",
        "漫画:",
        "制图",
        "绘图",
        "撮影",
        "写真:",
    ];
    const SPACED: &[&str] = &[
        "photo:",
        "photo by",
        "photos:",
        "foto:",
        "fotos:",
        "crédit",
        "credit:",
        "photo illustration",
        "graphic:",
        "infographic:",
        "©",
    ];
    glyph::width(text) <= LONGEST_UNREAD_COLUMNS
        && (word::strip_any_end(text, ENDS).is_some()
            || word::starts_with_any(text, STARTS)
            || word::strip_any_caseless(text, SPACED).is_some())
}

/// The kinds of places at which a credit may begin; they decide which forms of a credit are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// At the start of the text, behind the end of a sentence, at a bracket.
    Free,
    /// Behind white space within a sentence: a name alone would be the sentence's.
    Spaced,
    /// Behind a comma or at a `＝`, within a sentence.
    Within,
}

/// Places where a credit may begin: never inside an open bracket.
fn openings(line: &str) -> impl Iterator<Item = (usize, Opening)> {
    let nearest = line.len().saturating_sub(LONGEST_CREDIT_BYTES);
    let mut before: Option<char> = None;
    let mut depth = 0_usize;
    line.char_indices().filter_map(move |(at, c)| {
        let opening = opening(before, c).filter(|_| depth == 0 && at >= nearest);
        if glyph::is_opening(c) {
            depth += 1;
        } else if glyph::is_closing(c) {
            depth = depth.saturating_sub(1);
        }
        before = Some(c);
        opening.map(|kind| (at, kind))
    })
}

fn opening(before: Option<char>, c: char) -> Option<Opening> {
    if glyph::is_opening(c) {
        return Some(Opening::Free);
    }
    if word::simplified(c) == '=' {
        return Some(Opening::Within);
    }
    let Some(before) = before else {
        return (!c.is_whitespace()).then_some(Opening::Free);
    };
    if before.is_whitespace() {
        return (!c.is_whitespace()).then_some(Opening::Spaced);
    }
    let ends = matches!(
        before,
        '。' | '！'
            | '？'
            | '.'
            | '!'
            | '?'
            | '؟'
            | '”'
            | '」'
            | '』'
            | '）'
            | ')'
            | '】'
            | '］'
            | '；'
            | '"'
            | '»'
    );
    if ends && !c.is_whitespace() {
        return Some(Opening::Free);
    }
    matches!(before, '，' | ',' | '、').then_some(Opening::Within)
}

fn note_at_end(line: &str) -> Option<(&str, PageNote)> {
    openings(line)
        .filter(|(_, kind)| *kind != Opening::Within)
        .find_map(|(at, _)| {
            let note = page_note::read(&line[at..])?;
            Some((line[..at].trim_end(), note))
        })
}

fn credit_at_end(line: &str) -> Option<(String, Credit)> {
    openings(line).find_map(|(at, kind)| {
        let tail = line[at..].trim();
        let stem = tail.trim_end_matches('。');
        let before = line[..at].trim_end();
        let credit = match kind {
            Opening::Spaced if !glyph::is_closed(before) && !before.is_empty() => {
                credit_text::read_labelled(stem)?
            }
            Opening::Free | Opening::Spaced => credit_text::read_behind(stem, !before.is_empty())?,
            Opening::Within => credit_text::read_within(stem)?,
        };
        if credit.lone_agency && !may_be_caption(before) {
            return None;
        }
        let mut text = match kind {
            Opening::Free | Opening::Spaced => before.to_owned(),
            Opening::Within => before.trim_end_matches(['，', ',', '、']).to_owned(),
        };
        // `鸟瞰图（张三摄）。`: the stop belongs to the sentence, not to the credit.
        if let Some(bare) = text.strip_suffix(['|', '-', '–']) {
            text = bare.trim_end().to_owned();
        }
        if stem.len() < tail.len() && !text.is_empty() && !glyph::is_closed(&text) {
            text.push('。');
        }
        Some((text, credit))
    })
}

/// `（图为会议现场。张三摄）`: caption and credit in one bracket.
fn credit_in_bracketed_line(line: &str) -> Option<(String, Credit)> {
    let inner = glyph::unbracketed(line);
    if inner.len() == line.trim().len() {
        return None;
    }
    credit_at_end(inner).filter(|(text, _)| !text.is_empty())
}

fn may_be_caption(text: &str) -> bool {
    glyph::width(text) <= LONGEST_BEFORE_AGENCY_COLUMNS && glyph::stops_inside(text) <= 1
}
