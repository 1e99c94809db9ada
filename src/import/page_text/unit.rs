//! Joins the lines of a page into units: lines without a blank one between that were one line before a program or a
//! typist wrapped it.

use super::{
    glyph,
    kind::{self, LineKind},
    line::{PageLine, Unit},
    opening, seam,
};

/// Lines shorter than this are not wrapped, unless most of the block fills its width; they end where they mean to.
const NARROWEST_WRAP_COLUMNS: usize = 36;
/// Minimum width of the lines in a paper's column.
const NARROWEST_COLUMN: usize = 16;

/// Marks that may not begin a line push the last characters of a full Han line over the edge.
const KINSOKU_COLUMNS: usize = 4;

/// Joins wrapped lines within each block; blank lines part the blocks.
pub(super) fn units(lines: &[PageLine<'_>], words: &seam::Words<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for block in lines.split(|l| l.text.is_empty()) {
        let wrap = Wrap::of(block);
        for (i, line) in block.iter().enumerate() {
            match units.last_mut() {
                Some(unit) if i > 0 && wrap.goes_on(block, i) => absorb(unit, line, words),
                _ => units.push(Unit {
                    text: line.text.to_owned(),
                    line: line.number,
                    last_line: line.number,
                    after_blank: i == 0,
                    indented: line.indented,
                    open_hyphens: Vec::new(),
                }),
            }
        }
    }
    units
}

fn absorb(unit: &mut Unit, line: &PageLine<'_>, words: &seam::Words<'_>) {
    if seam::join(&mut unit.text, line.text, words) == seam::Hyphen::Open {
        unit.open_hyphens.push(line.number - 1);
    }
    unit.last_line = line.number;
}

/// The way in which the lines of one block were wrapped, if they were.
struct Wrap {
    /// The width of the widest line, but for a headline; see [`usual_columns`].
    columns: usize,
    /// Whether a sentence ends somewhere in the block, so that it is prose and not a stack of headlines.
    prose: bool,
    /// Whether so many lines are full that a full line which ends a sentence need not end the paragraph.
    hard: bool,
    /// Whether it is a column: most lines fill the width, and most of these end within a sentence.
    column: bool,
    /// Whether paragraphs of the block are indented.
    indents: bool,
    /// For each line, whether it is a byline, a credit or the like, which is joined with no other line.
    alone: Vec<bool>,
}

impl Wrap {
    fn of(block: &[PageLine<'_>]) -> Self {
        let widths: Vec<usize> = block.iter().map(|l| l.columns).collect();
        let columns = usual_columns(&widths);
        let full = widths
            .iter()
            .filter(|w| **w + KINSOKU_COLUMNS >= columns)
            .count();
        let prose = block
            .iter()
            .any(|l| glyph::ends_with_full_stop(l.text) || glyph::stops_inside(l.text) > 0);
        let filled: Vec<&PageLine<'_>> = block
            .windows(2)
            .filter(|pair| fills(&pair[0], pair[1].text, columns))
            .map(|pair| &pair[0])
            .collect();
        let open = filled
            .iter()
            .filter(|l| !glyph::is_closed(l.text) && !glyph::breaks_off(l.text))
            .count();
        Self {
            columns,
            prose,
            hard: full >= 3 && full * 2 > block.len(),
            column: filled.len() >= 2
                && filled.len() * 5 >= (block.len() - 1) * 3
                && open * 2 > filled.len(),
            indents: block.iter().any(|l| l.indented),
            alone: block
                .iter()
                .map(|l| block.len() > 1 && is_alone(l.text))
                .collect(),
        }
    }

    fn goes_on(&self, block: &[PageLine<'_>], i: usize) -> bool {
        let (above, below) = (&block[i - 1], &block[i]);
        let (Some(last), Some(first)) = (above.text.chars().last(), below.text.chars().next())
        else {
            return false;
        };
        if below.indented || self.alone[i] || self.alone[i - 1] || opening::is_fresh(below.text) {
            return false;
        }
        // A second line that begins small is the rest of a wrapped headline, or of a sentence.
        if !self.prose && first.is_lowercase() && last.is_alphanumeric() && !glyph::is_wide(last) {
            return true;
        }
        if ends_in_open_label(above.text) {
            return true;
        }
        let narrow = self.columns < NARROWEST_WRAP_COLUMNS;
        if !self.prose || self.columns < NARROWEST_COLUMN {
            return false;
        }
        let half = above.columns * 2 >= self.columns;
        let small = first.is_lowercase() && !glyph::is_closed(above.text);
        if half
            && (small
                || seam::is_broken_word(above.text, below.text)
                || self.number_goes_on(above, below))
        {
            return true;
        }
        // Where paragraphs are indented, a line that is not goes on.
        let open_line = self.indents && !glyph::is_closed(above.text);
        if open_line && glyph::has_cjk(above.text) && above.columns * 5 >= self.columns * 4 {
            return true;
        }
        if !fills(above, below.text, self.columns) {
            return false;
        }
        if narrow && !self.column {
            return is_open_caption(above.text);
        }
        if !(glyph::is_wide(last) || glyph::is_wide(first)) {
            return true;
        }
        let open = !glyph::is_closed(above.text);
        let indented = self.indents && !below.indented;
        (open || self.hard)
            && (self.hard
                || self.column
                || indented
                || glyph::breaks_off(above.text)
                || glyph::commas(above.text) > 1)
    }

    /// Whether a number goes on in the next line. In a table numbers stand below each other as well, but its lines hold
    /// no clauses.
    fn number_goes_on(&self, above: &PageLine<'_>, below: &PageLine<'_>) -> bool {
        let clauses = glyph::commas(above.text) > 0 || self.column || self.hard;
        clauses && glyph::has_cjk(above.text) && seam::is_broken_number(above.text, below.text)
    }
}

/// The width of the widest line, but for a headline that stands above a column.
fn usual_columns(widths: &[usize]) -> usize {
    let widest = widths.iter().copied().max().unwrap_or(0);
    let others = widths.iter().skip(1).copied().max().unwrap_or(0);
    let headed = widths.len() >= 4 && widths.first() == Some(&widest) && widest * 10 >= others * 13;
    if headed { others } else { widest }
}

/// Whether a line is full: the first word of the next would not have fitted behind it.
fn fills(above: &PageLine<'_>, below: &str, columns: usize) -> bool {
    let wide = |c: Option<char>| c.is_some_and(glyph::is_wide);
    let next_word: usize = below
        .chars()
        .take_while(|c| !c.is_whitespace() && !glyph::is_wide(*c))
        .map(|_| 1)
        .sum();
    if wide(above.text.chars().last()) || wide(below.chars().next()) {
        above.columns + KINSOKU_COLUMNS + next_word >= columns
    } else {
        above.columns + 1 + next_word > columns
    }
}

/// Whether a line ends in a label whose name stands on the next line: `… Photo by`.
fn ends_in_open_label(text: &str) -> bool {
    const LABELS: &[&str] = &[
        "photo by",
        "photos by",
        "photo:",
        "photos:",
        "photograph by",
        "courtesy of",
        "foto:",
        "fotos:",
        "crédit :",
        "crédit:",
        "photo :",
        "摄影：",
        "摄影:",
        "攝影：",
        "图片来源：",
    ];
    let end: String = text
        .chars()
        .rev()
        .take(20)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let end = end.to_lowercase();
    LABELS.iter().any(|label| end.ends_with(label))
}

fn is_alone(text: &str) -> bool {
    matches!(
        kind::whole_line(text),
        Some(
            LineKind::Byline(_)
                | LineKind::Signed(..)
                | LineKind::Source(_)
                | LineKind::Credit(..)
                | LineKind::Note(_)
        )
    )
}

/// Whether a line may be the first of a caption that is wrapped narrowly.
fn is_open_caption(text: &str) -> bool {
    !glyph::is_closed(text)
        && (glyph::commas(text) > 0 || glyph::breaks_off(text) || kind::is_about_picture(text))
}
