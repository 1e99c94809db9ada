//! The lines of a page, and the units they make: lines without a blank one between that were one line before a
//! program or a typist wrapped it.

use super::{glyph, seam};

/// Lines shorter than this are not wrapped; they end where they mean to.
const NARROWEST_WRAP_COLUMNS: usize = 36;

/// Marks that may not begin a line push the last characters of a full Han line over the edge.
const KINSOKU_COLUMNS: usize = 4;

/// One line of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Without the white space around it.
    pub text: &'a str,
    /// Stands in by two columns or more, as the first line of a paragraph does.
    pub indented: bool,
}

/// Lines that read as one.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub text: String,
    /// Of its first line.
    pub line: usize,
    pub last_line: usize,
    pub after_blank: bool,
    pub indented: bool,
    /// Lines whose hyphen at the end may or may not belong to the word.
    pub open_hyphens: Vec<usize>,
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    text.split('\n')
        .enumerate()
        .map(|(i, raw)| {
            let text = raw.trim();
            let lead = &raw[..raw.len() - raw.trim_start().len()];
            let indented = !text.is_empty()
                && lead
                    .chars()
                    .map(|c| {
                        if c == '\t' {
                            2
                        } else {
                            glyph::width(c.encode_utf8(&mut [0; 4]))
                        }
                    })
                    .sum::<usize>()
                    >= 2;
            Line {
                number: i + 1,
                text,
                indented,
            }
        })
        .collect()
}

/// Joins wrapped lines within each block; blank lines part the blocks.
pub(super) fn units(lines: &[Line<'_>], words: &seam::Words<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for block in lines.split(|l| l.text.is_empty()) {
        let wrap = Wrap::of(block);
        for (i, line) in block.iter().enumerate() {
            match units.last_mut() {
                Some(unit) if i > 0 && wrap.goes_on(&block[i - 1], line) => {
                    absorb(unit, line, words)
                }
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

fn absorb(unit: &mut Unit, line: &Line<'_>, words: &seam::Words<'_>) {
    if seam::join(&mut unit.text, line.text, words) == seam::Hyphen::Open {
        unit.open_hyphens.push(line.number - 1);
    }
    unit.last_line = line.number;
}

/// How the lines of one block were wrapped, if they were.
struct Wrap {
    /// Of the widest line.
    columns: usize,
    /// Somewhere in the block a sentence ends, so it is prose and not a stack of headlines.
    prose: bool,
    /// So many lines are full that a full line which ends a sentence need not end the paragraph.
    hard: bool,
}

impl Wrap {
    fn of(block: &[Line<'_>]) -> Self {
        let widths: Vec<usize> = block.iter().map(|l| glyph::width(l.text)).collect();
        let columns = widths.iter().copied().max().unwrap_or(0);
        let full = widths
            .iter()
            .filter(|w| **w + KINSOKU_COLUMNS >= columns)
            .count();
        let prose = block
            .iter()
            .any(|l| glyph::ends_with_full_stop(l.text) || glyph::stops_inside(l.text) > 0);
        Self {
            columns,
            prose,
            hard: full >= 3 && full * 2 > block.len(),
        }
    }

    fn goes_on(&self, above: &Line<'_>, below: &Line<'_>) -> bool {
        let (Some(last), Some(first)) = (above.text.chars().last(), below.text.chars().next())
        else {
            return false;
        };
        if below.indented {
            return false;
        }
        // A second line that begins small is the rest of a wrapped headline, or of a sentence.
        if !self.prose && first.is_lowercase() && last.is_alphanumeric() && !glyph::is_wide(last) {
            return true;
        }
        if !self.prose || self.columns < NARROWEST_WRAP_COLUMNS {
            return false;
        }
        if seam::is_broken_word(above.text, below.text) {
            return true;
        }
        let next_word: String = below
            .text
            .chars()
            .take_while(|c| !c.is_whitespace() && !glyph::is_wide(*c))
            .collect();
        let han = glyph::is_wide(last) || glyph::is_wide(first);
        if han {
            let full = glyph::width(above.text) + KINSOKU_COLUMNS + glyph::width(&next_word)
                >= self.columns;
            let open = !glyph::is_closed(above.text);
            return full
                && (open || self.hard)
                && (self.hard || glyph::breaks_off(above.text) || glyph::commas(above.text) > 1);
        }
        glyph::width(above.text) + 1 + glyph::width(&next_word) > self.columns
    }
}
