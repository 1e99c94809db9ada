//! The lines of a page with where they begin and how wide they are, and what several of them are together.

use super::glyph;

/// One line of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageLine<'a> {
    /// The number of the line, from 1.
    pub number: usize,
    /// The text without the white space around it.
    pub text: &'a str,
    /// Whether it is indented by two columns or more, as the first line of a paragraph is.
    pub indented: bool,
    /// The width in columns, with the white space before the text.
    pub columns: usize,
}

/// Lines that read as one.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub text: String,
    /// The number of its first line.
    pub line: usize,
    pub last_line: usize,
    pub after_blank: bool,
    pub indented: bool,
    /// Lines whose hyphen at the end may or may not belong to the word.
    pub open_hyphens: Vec<usize>,
}

pub(super) fn lines(text: &str) -> Vec<PageLine<'_>> {
    text.split('\n')
        .enumerate()
        .map(|(i, raw)| {
            let text = raw.trim();
            let lead = &raw[..raw.len() - raw.trim_start().len()];
            let indent: usize = lead
                .chars()
                .map(|c| if c == '\t' || glyph::is_wide(c) { 2 } else { 1 })
                .sum();
            PageLine {
                number: i + 1,
                text,
                indented: !text.is_empty() && indent >= 2,
                columns: indent + glyph::width(text),
            }
        })
        .collect()
}
