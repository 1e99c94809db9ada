//! Reads a whole newspaper page given as plain text and proposes the article and the captions that it holds.
//!
//! The rules are typographic and stand in plain words in `page_text.md`. Two promises: no character of the page is lost,
//! and nothing is invented. What no rule places stays in the text as a paragraph, and a [`Doubt`] says so.

mod agency;
mod assemble;
mod boilerplate;
mod byline;
mod credit;
mod credit_end;
mod credit_name;
mod credit_text;
mod dateline;
mod day;
mod decode;
mod display;
mod embedded_lead;
mod glyph;
mod head;
mod kind;
mod lead;
mod line;
mod markdown;
mod office;
mod opening;
mod page_note;
mod people;
mod place;
mod reading;
mod region;
mod role;
mod seam;
mod spaced_credit;
mod unit;
mod word;

pub use self::{
    day::{DayMention, whole as whole_day},
    decode::{DecodeError, DecodedPage, decode},
    reading::{LineReading, Took},
};

/// The rules in plain English, for the desk.
pub const RULES: &str = include_str!("page_text.md");

/// An article and its captions, as far as the page tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    pub kicker: Option<String>,
    pub headline: Option<String>,
    pub deck: Option<String>,
    /// The dateline, word for word.
    pub dateline: Option<String>,
    pub authors: Vec<String>,
    pub captions: Vec<ProposedCaption>,
    /// The agency that the page names.
    pub source: Option<String>,
    /// Markdown: paragraphs parted by blank lines, parts opened by `## heading`.
    pub body: String,
    /// The day that the page names, for the report only; it is never used as a date.
    pub day: Option<DayMention>,
    /// The role of each line, with the reason for it.
    pub lines: Vec<LineReading>,
    /// The doubts, in the order of the lines.
    pub doubts: Vec<Doubt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedCaption {
    pub text: String,
    pub credit: Option<String>,
    /// `photographer` where there is a credit.
    pub role: Option<String>,
    pub source: Option<String>,
    pub line: usize,
}

/// Something that the desk should check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub line: usize,
    pub text: String,
}

impl Doubt {
    fn new(line: usize, what: &str) -> Self {
        Self {
            line,
            text: what.to_owned(),
        }
    }
}

/// Reads a page. Any text is read; a line whose role is not clear stays in the body with a doubt.
pub fn propose(text: &str) -> Proposal {
    let plain;
    let text = if text.contains('\r') {
        plain = text.replace("\r\n", "\n").replace('\r', "\n");
        plain.as_str()
    } else {
        text
    };
    let lines = line::lines(text.strip_prefix('\u{FEFF}').unwrap_or(text));
    let words = seam::Words::of(text);
    let mut pieces: Vec<kind::LinePiece> = unit::units(&lines, &words)
        .into_iter()
        .map(kind::piece)
        .collect();
    let (mut roles, doubts) = region::roles(&mut pieces);
    assemble::leave_idle_notes(&pieces, &mut roles);
    let mut proposal = assemble::assemble(&pieces, &roles, &words);
    proposal.doubts.extend(doubts);
    proposal.doubts.sort_by_key(|d| d.line);
    proposal.day = day::first(lines.iter().map(|l| (l.number, l.text)));
    proposal.lines = reading::readings(&lines, &pieces, &roles);
    proposal
}
