//! The kind of a unit as its own form shows it, before its neighbours are considered.

use super::{
    agency, boilerplate, byline,
    credit::Credit,
    credit_end,
    dateline::{self, Dateline},
    embedded_lead, glyph, lead,
    line::Unit,
    page_note::PageNote,
    people::{Byline, People},
    word,
};

/// The widest headline or deck that stands as one line.
const WIDEST_DISPLAY_COLUMNS: usize = 120;
/// A Han display line wider than this has no commas; with one it is a sentence that breaks off.
const WIDEST_CLAUSES_COLUMNS: usize = 80;
/// Between paragraphs a longer line without a full stop is a paragraph whose end is missing, not a heading.
const WIDEST_HEADING_COLUMNS: usize = 60;
/// The widest heading in Han and kana: about twenty characters.
const WIDEST_HAN_HEADING_COLUMNS: usize = 44;
/// The longest caption of one sentence.
const LONGEST_SENTENCE_COLUMNS: usize = 90;
/// The longest sentence that says that it is about a picture (`图为…`).
const LONGEST_PICTURE_SENTENCE_COLUMNS: usize = 200;
/// The widest headline that ends in `！` or `？`.
const WIDEST_CALL_COLUMNS: usize = 60;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineKind {
    Byline(Byline),
    /// A byline that names the photographer too, for whatever pictures there are: `文/张三 图/李四`.
    Signed(Byline, PageNote),
    Source(String),
    Dateline,
    /// A text with a picture credit, or one that says that it is about a picture.
    Caption {
        text: String,
        credit: Option<Credit>,
        note: Option<PageNote>,
    },
    /// A credit without a text.
    Credit(Credit, Option<PageNote>),
    Note(PageNote),
    /// The paper's own boilerplate: page number, staff, `下转第三版`; with the message to the desk about it.
    Folio(&'static str),
    /// A line without a letter or digit, or one with a credit that cannot be read or belongs to no caption.
    Rule,
    Display,
    /// Ends in `！` or `？`, as a headline or a short paragraph does.
    Call,
    /// One of several lines without full stops directly below each other: a table or a list.
    Row,
    /// One short sentence.
    Sentence,
    Prose,
}

/// A unit with what was recognised in it.
#[derive(Debug, Clone)]
pub(super) struct LinePiece {
    pub unit: Unit,
    pub kind: LineKind,
    /// The text without dateline, byline and source.
    pub core: String,
    pub dateline: Option<Dateline>,
    pub byline: Option<Byline>,
    pub source: Option<String>,
    /// Words behind the text that are the desk's, not the story's.
    pub desk: Option<String>,
}

pub(super) fn piece(unit: Unit) -> LinePiece {
    let mut piece = LinePiece {
        core: unit.text.clone(),
        kind: LineKind::Prose,
        unit,
        dateline: None,
        byline: None,
        source: None,
        desk: None,
    };
    if take_lead_line(&mut piece) || take_fields(&mut piece) {
        return piece;
    }
    if let Some(kind) = whole_line(&piece.unit.text) {
        piece.kind = kind;
        return piece;
    }
    take_embedded(&mut piece);
    let taken = piece.core.len() < piece.unit.text.len();
    piece.kind = if piece.core.is_empty() {
        LineKind::Dateline
    } else {
        shape(&piece.core)
    };
    if taken && matches!(piece.kind, LineKind::Sentence | LineKind::Call)
        || (piece.dateline.is_some() && piece.kind == LineKind::Display)
    {
        piece.kind = LineKind::Prose;
    }
    if piece.kind == LineKind::Display && credit_end::has_words_of_one(&piece.core) {
        piece.kind = LineKind::Rule;
    }
    piece
}

/// A line that is byline and dateline together: `記者王小明／台北報導`.
fn take_lead_line(piece: &mut LinePiece) -> bool {
    let text = &piece.unit.text;
    let bracketed = glyph::unbracketed(text).len() < text.len();
    let found = lead::signed(glyph::unbracketed(text)).filter(|l| match l.dateline {
        Some(_) => l.byline.is_some() || bracketed,
        None => word::contains(text, "/"),
    });
    let found = found
        .or_else(|| behind_date_and_paper(text))
        .or_else(|| before_date(text));
    let Some(lead) = found else { return false };
    piece.dateline = lead.dateline;
    piece.byline = lead.byline;
    piece.core.clear();
    piece.kind = LineKind::Dateline;
    true
}

/// The byline in a line of an office, names and a place, then words of the site: `鉅亨網記者林信安 台北 2026-11-24 14:05`.
fn before_date(text: &str) -> Option<lead::Lead> {
    if !glyph::has_cjk(text) || glyph::width(text) > WIDEST_HEADING_COLUMNS {
        return None;
    }
    let mut rest = text.trim_end();
    while let Some((before, last)) = rest.rsplit_once(char::is_whitespace) {
        if boilerplate::read(last).is_none() {
            break;
        }
        rest = before.trim_end();
    }
    if rest.len() == text.trim_end().len() {
        return None;
    }
    let mut byline = byline::own_line(rest).filter(|b| b.people.has_title)?;
    byline
        .people
        .other_words
        .push(text[rest.len()..].trim().to_owned());
    Some(lead::Lead {
        dateline: None,
        byline: Some(byline),
    })
}

/// The byline and dateline behind words of the site: `2026-11-24 20:10 聯合報 記者王小明／北港報導`.
fn behind_date_and_paper(text: &str) -> Option<lead::Lead> {
    const MAX_WORDS: usize = 5;
    let words = text.char_indices().filter(|(_, c)| c.is_whitespace());
    words.take(MAX_WORDS).find_map(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let set_aside = before.split_whitespace().all(|w| {
            boilerplate::read(w).is_some()
                || (w.chars().all(glyph::is_han)
                    && word::strip_any_end(w, &["报", "网", "社", "新闻"]).is_some())
        });
        let mut lead = lead::signed(rest.trim()).filter(|l| set_aside && l.dateline.is_some())?;
        lead.byline
            .as_mut()?
            .people
            .other_words
            .push(before.to_owned());
        Some(lead)
    })
}

/// Takes source and byline from a line that sites set above a text: `2026-11-24 来源：新华社 作者：张三`.
fn take_fields(piece: &mut LinePiece) -> bool {
    const LABELS: &[&str] = &["来源:", "作者:", "记者:", "编辑:", "责任编辑:"];
    let text = piece.unit.text.clone();
    let parted = text
        .split([' ', '\u{3000}', '|', '｜', '\t'])
        .filter(|p| !p.is_empty());
    let parts: Vec<&str> = parted.take(9).collect();
    let labelled = parts
        .iter()
        .filter(|p| word::starts_with_any(p, LABELS))
        .count();
    if labelled < 2 && !(labelled == 1 && parts.len() > 1) {
        return false;
    }
    let mut byline: Option<Byline> = None;
    let mut source = None;
    let mut remarks = Vec::new();
    for part in parts {
        if let Some(found) = dateline::source_line(part).filter(|_| source.is_none()) {
            source = Some(found);
        } else if let Some(found) = byline::own_line(part).filter(|_| byline.is_none()) {
            byline = Some(found);
        } else if word::starts_with_any(part, LABELS) || boilerplate::read(part).is_some() {
            remarks.push(part.to_owned());
        } else {
            return false;
        }
    }
    let Some(source) = source else { return false };
    let mut byline = byline.unwrap_or_else(|| Byline::of(People::default()));
    byline.people.other_words.extend(remarks);
    piece.source = Some(source);
    piece.byline = Some(byline);
    piece.core.clear();
    piece.kind = LineKind::Dateline;
    true
}

pub(super) fn whole_line(text: &str) -> Option<LineKind> {
    if let Some(byline) = byline::own_line(text) {
        return Some(match byline.people {
            ref p if p.names.is_empty() => LineKind::Source(p.agency.clone()?),
            _ => LineKind::Byline(byline),
        });
    }
    if let Some(source) = dateline::source_line(text) {
        return Some(LineKind::Source(source));
    }
    if let Some(agency) = agency::whole(text) {
        return Some(LineKind::Source(agency.to_owned()));
    }
    if let Some(what) = boilerplate::read(text) {
        return Some(LineKind::Folio(what));
    }
    if let Some(found) = credit_end::split(text) {
        let credit_words = text
            .strip_prefix(found.text.as_str())
            .unwrap_or_default()
            .trim();
        if let (Some(byline), Some(credit), None) =
            (byline::own_line(&found.text), &found.credit, &found.note)
        {
            let note = PageNote {
                text: credit_words.to_owned(),
                as_set: credit_words.to_owned(),
                credit: credit.clone(),
            };
            return Some(LineKind::Signed(byline, note));
        }
        return Some(match (found.text.is_empty(), found.credit, found.note) {
            (true, Some(credit), note) => LineKind::Credit(credit, note),
            (true, None, Some(note)) => LineKind::Note(note),
            (_, credit, note) => LineKind::Caption {
                text: found.text,
                credit,
                note,
            },
        });
    }
    if is_about_picture(text) {
        return Some(LineKind::Caption {
            text: text.to_owned(),
            credit: None,
            note: None,
        });
    }
    (!glyph::has_word(text)).then_some(LineKind::Rule)
}

/// Takes dateline and byline off the head, byline and source off the end. The rest has to be a text by itself, but a
/// dateline may stand alone.
fn take_embedded(piece: &mut LinePiece) {
    let mut rest = piece.unit.text.as_str();
    if let Some((lead, behind)) = embedded_lead::head(rest) {
        piece.dateline = lead.dateline;
        piece.byline = lead.byline;
        rest = behind;
    }
    if let Some((before, desk)) = byline::editor_behind(rest) {
        piece.desk = Some(desk.to_owned());
        rest = before;
    }
    if let Some((before, source)) = dateline::trailing_source(rest) {
        piece.source = Some(source);
        rest = before;
    }
    if piece.byline.is_none()
        && let Some((before, byline)) = byline::trailing(rest)
    {
        piece.byline = Some(byline);
        rest = before;
    }
    if rest.len() != piece.unit.text.len() {
        piece.core = rest.trim().to_owned();
    }
}

pub(super) fn is_about_picture(text: &str) -> bool {
    const SUBJECTS: &[&str] = &["图为", "图片为", "图中为", "写真は", "写真は、"];
    const MARKED: &[&str] = &[
        "图",
        "上图",
        "下图",
        "左图",
        "右图",
        "题图",
        "大图",
        "小图",
        "配图",
        "图说",
        "写真",
        "【写真】",
        "图片说明",
    ];
    const SPACED: &[&str] = &["pictured:", "caption:", "photo caption:"];
    let bare = text.trim_start_matches([
        '▲', '△', '▼', '▽', '◀', '▶', '←', '→', '↑', '↓', '◆', '●', '■', ' ', '\u{3000}',
    ]);
    let pointed = glyph::has_han(text) && text.starts_with(['▲', '△', '▼', '▽', '◀', '▶']);
    let inner = bare.trim_start_matches(['（', '(']);
    let marked = word::strip_any(inner, MARKED).is_some_and(|rest| {
        word::starts_with_any(rest, &[":", "为", "/"]) || inner.starts_with('【')
    });
    let spaced = word::strip_any_caseless(bare, SPACED).is_some();
    let about = pointed || marked || spaced || word::starts_with_any(inner, SUBJECTS);
    (about || is_numbered_picture(bare)) && glyph::width(text) <= LONGEST_PICTURE_SENTENCE_COLUMNS
}

/// Whether a text begins with the number of a picture: `图①：…`, `图2：…`.
fn is_numbered_picture(text: &str) -> bool {
    let number = |c: char| c.is_numeric() || "一二三四五六七八九十".contains(c);
    word::strip(text, "图").is_some_and(|t| {
        let rest = t.trim_start_matches(number);
        rest.len() < t.len() && word::starts_with_any(rest, &[":", "为"])
    })
}

/// The form of a plain text: display line, short sentence or prose.
fn shape(text: &str) -> LineKind {
    let width = glyph::width(text);
    if glyph::stops_inside(text) > 0 || glyph::breaks_off(text) {
        return LineKind::Prose;
    }
    if glyph::ends_with_full_stop(text) {
        return if width <= LONGEST_SENTENCE_COLUMNS {
            LineKind::Sentence
        } else {
            LineKind::Prose
        };
    }
    if glyph::ends_with_call(text) {
        return if width <= WIDEST_CALL_COLUMNS {
            LineKind::Call
        } else {
            LineKind::Prose
        };
    }
    let most_commas = if glyph::has_cjk(text) && width > WIDEST_CLAUSES_COLUMNS {
        0
    } else {
        2
    };
    if glyph::is_closed(text) || width > WIDEST_DISPLAY_COLUMNS || glyph::commas(text) > most_commas
    {
        return LineKind::Prose;
    }
    LineKind::Display
}

pub(super) fn too_long_for_heading(text: &str) -> bool {
    let widest = if glyph::has_cjk(text) {
        WIDEST_HAN_HEADING_COLUMNS
    } else {
        WIDEST_HEADING_COLUMNS
    };
    glyph::width(text) > widest || glyph::commas(text) > 1
}
