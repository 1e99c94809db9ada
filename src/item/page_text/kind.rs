//! What a unit looks like by itself, before its neighbours are asked.

use super::{
    byline::{self, Byline},
    credit::{self, Credit},
    dateline::{self, Dateline},
    glyph,
    page_note::PageNote,
    unit::Unit,
};

/// The widest headline or deck that stands as one line.
const WIDEST_DISPLAY_COLUMNS: usize = 120;
/// A Han display line wider than this has no commas; with one it is a sentence that breaks off.
const WIDEST_CLAUSES_COLUMNS: usize = 80;
/// Between paragraphs a longer line without a full stop is a paragraph whose end is missing, not a heading.
pub(super) const WIDEST_HEADING_COLUMNS: usize = 60;
/// A caption of one sentence.
const LONGEST_SENTENCE_COLUMNS: usize = 90;
/// `图为…` may run on.
const LONGEST_PICTURE_SENTENCE_COLUMNS: usize = 200;
/// `！` and `？` end headlines, but not long ones.
const WIDEST_CALL_COLUMNS: usize = 60;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
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
    /// The paper's own furniture: page number, staff, `下转第三版`.
    Folio,
    /// No letter or digit in it.
    Rule,
    Display,
    /// Ends in `！` or `？`, as a headline or a short paragraph does.
    Call,
    /// One short sentence.
    Sentence,
    Prose,
}

/// A unit with what was recognised in it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub unit: Unit,
    pub kind: Kind,
    /// The text without dateline, byline and source.
    pub core: String,
    pub dateline: Option<Dateline>,
    pub byline: Option<Byline>,
    pub source: Option<String>,
}

pub(super) fn piece(unit: Unit) -> Piece {
    let mut piece = Piece {
        core: unit.text.clone(),
        kind: Kind::Prose,
        unit,
        dateline: None,
        byline: None,
        source: None,
    };
    if let Some(kind) = whole_line(&piece.unit.text) {
        piece.kind = kind;
        return piece;
    }
    take_embedded(&mut piece);
    let taken = piece.dateline.is_some() || piece.byline.is_some() || piece.source.is_some();
    piece.kind = if piece.core.is_empty() {
        Kind::Dateline
    } else {
        shape(&piece.core)
    };
    if taken && matches!(piece.kind, Kind::Sentence | Kind::Call)
        || (piece.dateline.is_some() && piece.kind == Kind::Display)
    {
        piece.kind = Kind::Prose;
    }
    piece
}

fn whole_line(text: &str) -> Option<Kind> {
    if let Some(byline) = byline::own_line(text) {
        return Some(Kind::Byline(byline));
    }
    if let Some(source) = dateline::source_line(text) {
        return Some(Kind::Source(source));
    }
    if let Some(found) = credit::split(text) {
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
            return Some(Kind::Signed(byline, note));
        }
        return Some(match (found.text.is_empty(), found.credit, found.note) {
            (true, Some(credit), note) => Kind::Credit(credit, note),
            (true, None, Some(note)) => Kind::Note(note),
            (_, credit, note) => Kind::Caption {
                text: found.text,
                credit,
                note,
            },
        });
    }
    if is_about_picture(text) {
        return Some(Kind::Caption {
            text: text.to_owned(),
            credit: None,
            note: None,
        });
    }
    if !glyph::has_word(text) {
        return Some(Kind::Rule);
    }
    is_folio(text).then_some(Kind::Folio)
}

/// Takes dateline and byline off the head, byline and source off the end. What is left has to be a text of its own, but
/// a dateline may stand alone.
fn take_embedded(piece: &mut Piece) {
    let mut rest = piece.unit.text.as_str();
    if let Some((dateline, behind)) = dateline::head(rest) {
        piece.dateline = Some(dateline);
        rest = behind;
        if let Some((byline, behind)) = byline::leading(rest) {
            piece.byline = Some(byline);
            rest = behind;
        } else if let Some(byline) = byline::own_line(rest) {
            piece.byline = Some(byline);
            rest = "";
        }
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

fn is_about_picture(text: &str) -> bool {
    let text = text.trim_start_matches(['▲', '△', '▼', '▽', '◀', '▶', '←', '→', '↑', '↓', ' ']);
    let marked = [
        "图为",
        "图片为",
        "上图",
        "下图",
        "左图",
        "右图",
        "题图",
        "大图",
        "小图",
    ]
    .iter()
    .any(|m| {
        text.strip_prefix(m)
            .is_some_and(|rest| m.ends_with('为') || rest.starts_with(['：', ':', '为']))
    });
    (marked || is_numbered_picture(text)) && glyph::width(text) <= LONGEST_PICTURE_SENTENCE_COLUMNS
}

/// `图①：…`, `图2：…`.
fn is_numbered_picture(text: &str) -> bool {
    let number = |c: char| c.is_numeric() || "一二三四五六七八九十".contains(c);
    text.strip_prefix('图').is_some_and(|t| {
        let rest = t.trim_start_matches(number);
        rest.len() < t.len() && rest.starts_with(['：', ':', '为'])
    })
}

fn is_folio(text: &str) -> bool {
    const STAFF: [&str; 10] = [
        "责任编辑",
        "责编",
        "本版编辑",
        "版式",
        "校对",
        "美编",
        "编辑：",
        "编辑:",
        "上接",
        "下转",
    ];
    let text = glyph::unbracketed(text);
    let short = glyph::width(text) <= WIDEST_HEADING_COLUMNS && !glyph::ends_with_full_stop(text);
    let numbered = text
        .strip_suffix('版')
        .is_some_and(|t| t.ends_with(|c: char| c.is_numeric()));
    let weekday = ["星期", "农历"].iter().any(|w| text.contains(w))
        && text.contains('月')
        && text.contains('日');
    short && (STAFF.iter().any(|s| text.starts_with(s)) || numbered || weekday)
}

/// The form of a plain text: display line, short sentence or prose.
fn shape(text: &str) -> Kind {
    let width = glyph::width(text);
    if glyph::stops_inside(text) > 0 || glyph::breaks_off(text) {
        return Kind::Prose;
    }
    if glyph::ends_with_full_stop(text) {
        return if width <= LONGEST_SENTENCE_COLUMNS {
            Kind::Sentence
        } else {
            Kind::Prose
        };
    }
    if glyph::ends_with_call(text) {
        return if width <= WIDEST_CALL_COLUMNS {
            Kind::Call
        } else {
            Kind::Prose
        };
    }
    let most_commas = if glyph::has_han(text) && width > WIDEST_CLAUSES_COLUMNS {
        0
    } else {
        2
    };
    if glyph::is_closed(text) || width > WIDEST_DISPLAY_COLUMNS || glyph::commas(text) > most_commas
    {
        return Kind::Prose;
    }
    Kind::Display
}
