//! The role that each line of the page was given, and the reason, so that a desk can follow the reading line by line.

use std::fmt;

use super::{
    kind::{LineKind, LinePiece},
    line::PageLine,
    role::Role,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReading {
    /// The number of the line on the page, counted from 1.
    pub line: usize,
    /// The text of the line, without the white space around it.
    pub text: String,
    pub took: Took,
    pub why: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Took {
    Kicker,
    Headline,
    Deck,
    Byline,
    Dateline,
    Caption,
    Credit,
    PageNote,
    PartHeading,
    Paragraph,
    /// Goes on with the paragraph above.
    Joined,
    Blank,
    LeftInText,
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kicker => "kicker",
            Self::Headline => "headline",
            Self::Deck => "deck",
            Self::Byline => "byline",
            Self::Dateline => "dateline",
            Self::Caption => "caption",
            Self::Credit => "credit",
            Self::PageNote => "page note",
            Self::PartHeading => "part heading",
            Self::Paragraph => "paragraph",
            Self::Joined => "joined",
            Self::Blank => "blank",
            Self::LeftInText => "left in text",
        })
    }
}

pub(super) fn readings(
    lines: &[PageLine<'_>],
    pieces: &[LinePiece],
    roles: &[Role],
) -> Vec<LineReading> {
    let dated = pieces.iter().position(|p| p.dateline.is_some());
    let mut read = pieces.iter().zip(roles).enumerate().peekable();
    lines
        .iter()
        .map(|line| {
            while read
                .next_if(|(_, (p, _))| p.unit.last_line < line.number)
                .is_some()
            {}
            let (took, why) = match read.peek() {
                _ if line.text.is_empty() => (Took::Blank, ""),
                Some((_, (piece, _))) if line.number > piece.unit.line => (
                    Took::Joined,
                    "goes on with the line above, which fills its width",
                ),
                Some((i, (piece, role))) => took(piece, **role, dated.is_some_and(|d| d < *i)),
                None => (Took::LeftInText, ""),
            };
            LineReading {
                line: line.number,
                text: line.text.to_owned(),
                took,
                why,
            }
        })
        .collect()
}

fn took(piece: &LinePiece, role: Role, dated_above: bool) -> (Took, &'static str) {
    match role {
        Role::Kicker => (Took::Kicker, "a display line above the headline"),
        Role::Headline => (Took::Headline, "a display line above the text"),
        Role::Deck => (Took::Deck, "a display line below the headline"),
        Role::PartHeading => (Took::PartHeading, "a short line without a full stop"),
        Role::Caption => (Took::Caption, why_caption(piece)),
        Role::Credit => (Took::Credit, "a picture credit for the caption above"),
        Role::Note => (Took::PageNote, "speaks of all pictures of the page"),
        Role::Byline => (Took::Byline, "names the authors"),
        Role::Source => (Took::Credit, "names where the text comes from"),
        Role::Dateline => (Took::Dateline, "an agency or paper, a place and a day"),
        Role::Paragraph => (Took::Paragraph, why_paragraph(piece, dated_above)),
        Role::Joined => (Took::Joined, "goes on with a sentence that broke off above"),
        Role::Left if matches!(piece.kind, LineKind::Folio(_)) => {
            (Took::LeftInText, "belongs to the page, not to the article")
        }
        Role::Left => (Took::LeftInText, "no rule places it"),
    }
}

fn why_caption(piece: &LinePiece) -> &'static str {
    match &piece.kind {
        LineKind::Caption { note: Some(_), .. } => {
            "a picture credit and a note on all pictures of the page end the line"
        }
        LineKind::Caption {
            credit: Some(_), ..
        } => "a picture credit goes with it",
        LineKind::Caption { .. } => "says that it is about a picture",
        _ => "one short sentence with a full stop among display lines",
    }
}

fn why_paragraph(piece: &LinePiece, dated_above: bool) -> &'static str {
    if dated_above && piece.dateline.is_some() {
        return "text; its dateline is the second of the page and was left in it";
    }
    if piece.kind == LineKind::Row {
        return "a line of a table or list";
    }
    match (piece.dateline.is_some(), piece.byline.is_some()) {
        (true, true) => "text; its dateline and byline were taken out",
        (true, false) => "text; its dateline was taken out",
        (false, true) => "text; its byline was taken out",
        (false, false) if piece.kind == LineKind::Sentence => "a short sentence among paragraphs",
        (false, false) => "text",
    }
}
