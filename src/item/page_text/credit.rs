//! Picture credits: who took a photograph or where it came from. One grammar for every script and every place: the end of
//! a caption, a closing bracket, a line alone, a note on the page.

use super::{
    agency, credit_name, glyph,
    page_note::{self, PageNote},
    people, spaced_credit, word,
};

/// What a credit says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Credit {
    pub photographer: Option<String>,
    pub source: Option<String>,
    pub doubtful_names: Vec<String>,
    /// Words of the credit that have no place of their own.
    pub said: Vec<String>,
    /// Nothing but an agency in brackets, as the end of an article has it too.
    pub lone_agency: bool,
}

impl Credit {
    pub fn of_source(source: &str) -> Self {
        Self {
            source: Some(source.trim().to_owned()),
            ..Self::default()
        }
    }
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

/// A caption before an agency in brackets is no longer; a longer text is an article's last paragraph.
const LONGEST_BEFORE_AGENCY_COLUMNS: usize = 120;

/// Short lines that hold the words of a credit are no headings, even if the credit cannot be read.
const LONGEST_UNREAD_COLUMNS: usize = 60;

pub(super) const FILE_PICTURES: &[&str] = &[
    "资料图片",
    "资料照片",
    "档案图片",
    "档案照片",
    "资料图",
    "资料片",
    "资料照",
    "资料画面",
    "网上图片",
    "网络图片",
    "视频截图",
    "影片截图",
    "截图",
    "效果图",
    "示意图",
    "本报资料照片",
    "本报资料图片",
    "File photo",
    "File picture",
    "File image",
    "FILE PHOTO",
    "File",
    "Photo d'archives",
    "Photo d’archives",
    "Archivfoto",
    "Archivbild",
    "Foto de archivo",
    "Imagen de archivo",
    "صورة أرشيفية",
    "أرشيفية",
    "자료사진",
];

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

/// A short line that holds the words of a credit, read or not.
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

/// How freely a credit may begin at a place.
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
    if word::plain(c) == '=' {
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
                read_labelled(stem)?
            }
            Opening::Free | Opening::Spaced => read_behind(stem, !before.is_empty())?,
            Opening::Within => read_within(stem)?,
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

/// Reads a text that is nothing but a credit.
pub(super) fn read(tail: &str) -> Option<Credit> {
    read_behind(tail, false)
}

/// Behind a sentence a name needs fewer signs than on a line alone.
fn read_behind(tail: &str, sentence: bool) -> Option<Credit> {
    let whole = glyph::unbracketed(tail);
    let bracketed = whole.len() < tail.trim().len();
    if word::is_any(whole, FILE_PICTURES) {
        return Some(Credit::of_source(whole));
    }
    issued_by_agency(whole)
        .or_else(|| credit_name::labelled(whole))
        .or_else(|| credit_name::suffixed(whole))
        .or_else(|| credit_name::provided(whole))
        .or_else(|| sentence.then(|| agency_behind_slash(whole))?)
        .or_else(|| spaced_credit::read(whole, bracketed || sentence))
        .or_else(|| credit_name::name_and_agency(whole, bracketed))
        .or_else(|| {
            bracketed.then(|| {
                clauses(whole)
                    .or_else(|| lone_agency(whole))
                    .or_else(|| credit_name::pictures_of(whole))
            })?
        })
}

/// Within a sentence in a script with spaces a name with an agency is not enough.
fn read_labelled(tail: &str) -> Option<Credit> {
    let named = credit_name::name_and_agency(tail, false).is_some();
    read(tail).filter(|_| glyph::has_cjk(tail) || !named)
}

/// Behind a comma or `＝` only what cannot be part of the sentence: `＝共同`, `、山田太郎撮影`.
fn read_within(tail: &str) -> Option<Credit> {
    match word::strip(tail, "=") {
        Some(named) => agency::of_picture(named)
            .map(Credit::of_source)
            .or_else(|| credit_name::suffixed(named))
            .or_else(|| credit_name::provided(named)),
        None => credit_name::suffixed(tail).filter(|c| c.photographer.is_some()),
    }
}

/// `…現場。／中新社`, `…冰雕。新华社/美联`
fn agency_behind_slash(text: &str) -> Option<Credit> {
    if let Some(named) = word::strip(text, "/") {
        return agency::of_picture(named).map(Credit::of_source);
    }
    let named = agency::whole(text).filter(|_| glyph::has_cjk(text))?;
    Some(Credit {
        lone_agency: true,
        ..Credit::of_source(named)
    })
}

/// `新华社发`, `新华社发（张三摄）`.
fn issued_by_agency(text: &str) -> Option<Credit> {
    let (name, rest) = agency::at_start(text)?;
    let rest = word::strip(rest.trim_start(), "发")?.trim();
    let rest = word::strip(rest, ",").unwrap_or(rest);
    let mut found = if rest.is_empty() {
        Credit::default()
    } else {
        read(rest)?
    };
    let source = found.source.get_or_insert_with(|| name.to_owned());
    // Two sources are more than a caption holds; the line stays as it is.
    (source.as_str() == name).then_some(found)
}

/// `資料照，記者王小明攝`, `陳大文攝／資料圖片`: two credits, one of which tells the source.
fn clauses(text: &str) -> Option<Credit> {
    let marks = text
        .char_indices()
        .filter(|(_, c)| matches!(word::plain(*c), ',' | '、' | '/' | ';' | ' '));
    let mut halves = marks.map(|(at, c)| (text[..at].trim(), text[at + c.len_utf8()..].trim()));
    halves.find_map(|(left, right)| {
        let one =
            |source: &str, named: &str| Some(joined(source_clause(source)?, named_clause(named)?));
        one(left, right).or_else(|| one(right, left))
    })
}

fn source_clause(text: &str) -> Option<&str> {
    (word::is_any(text, FILE_PICTURES) || agency::of_picture(text).is_some()).then_some(text)
}

fn named_clause(text: &str) -> Option<Credit> {
    credit_name::suffixed(text)
        .or_else(|| credit_name::labelled(text))
        .or_else(|| credit_name::provided(text))
}

fn joined(source: &str, mut credit: Credit) -> Credit {
    match &credit.source {
        Some(other) => credit.source = Some(format!("{other}、{source}")),
        None => credit.source = Some(source.to_owned()),
    }
    credit
}

/// `（法新社）`, `（美聯社圖片）`, `（中央社檔案照片）`.
fn lone_agency(text: &str) -> Option<Credit> {
    let name = agency::of_picture(text)?;
    let archived = word::contains(text, "档案") || word::contains(text, "资料");
    Some(Credit {
        lone_agency: name.len() == text.trim().len(),
        ..Credit::of_source(if archived { text } else { name })
    })
}

pub(super) fn from_people(people: people::People) -> Credit {
    let mark = if people.names.iter().any(|n| glyph::has_han(n)) {
        "、"
    } else {
        ", "
    };
    let doubtful_names = people.doubtful().cloned().collect();
    let said = people.said.into_iter().chain(people.parted).collect();
    Credit {
        photographer: Some(people.names.join(mark)),
        source: people.agency,
        doubtful_names,
        said,
        lone_agency: false,
    }
}
