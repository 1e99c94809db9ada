//! Complaints about something that a person wrote: the place, what was expected, what was found, and what to do.

use std::borrow::Cow;
use std::fmt;

use super::visible::{shortened, visible};

/// Maximum number of characters that a complaint shows of a text.
const MAX_SHOWN_CHARS: usize = 1000;

/// The consequence of a complaint: the item was refused or changed, or the file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is of no kind that is read; nothing is refused because of it.
    Unread,
    /// The item was taken, and changed where it had to be.
    Mended,
    /// The item was not taken; what was published of it before stays.
    Refused,
}

/// A complaint about one fault; a file may draw several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file, as the person knows it.
    pub path: String,
    pub line: Option<usize>,
    pub severity: Severity,
    pub expected: String,
    pub found: String,
    pub advice: String,
}

impl Complaint {
    pub fn refused(
        line: Option<usize>,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            path: String::new(),
            line,
            severity: Severity::Refused,
            expected: expected.into(),
            found: cut(found.into()),
            advice: advice.into(),
        }
    }

    pub fn mended(
        line: Option<usize>,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Mended,
            ..Self::refused(line, expected, found, advice)
        }
    }

    /// A complaint about a file of no kind that is read.
    pub fn unread(
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Unread,
            ..Self::refused(None, expected, found, advice)
        }
    }

    /// The complaint, with `path` as the file that it is about.
    pub fn at(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.path))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let word = match self.severity {
            Severity::Refused => "refused",
            Severity::Mended => "mended",
            Severity::Unread => "not read",
        };
        write!(
            f,
            ": {word}: expected {}; found {}; {}",
            shown(&self.expected),
            shown(&self.found),
            shown(&self.advice)
        )
    }
}

/// The text as one line of bounded length, with characters that control a terminal escaped.
fn shown(text: &str) -> Cow<'_, str> {
    match shortened(text, MAX_SHOWN_CHARS) {
        Cow::Borrowed(text) => visible(text),
        Cow::Owned(text) => Cow::Owned(visible(&text).into_owned()),
    }
}

/// The beginning of a text, at most 80 characters, for a complaint: enough to recognise the text.
pub(super) fn beginning(text: &str) -> String {
    const MAX_REPEATED_CHARS: usize = 80;
    match text.char_indices().nth(MAX_REPEATED_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Shortens the text that a complaint says was found to 400 characters, so that no long text is sent back whole.
fn cut(found: String) -> String {
    const MAX_FOUND_CHARS: usize = 400;
    match found.char_indices().nth(MAX_FOUND_CHARS) {
        Some((end, _)) => format!("{}…", found.get(..end).unwrap_or_default()),
        None => found,
    }
}

/// Maximum number of complaints about one thing that are reported.
const MAX_TOLD: usize = 100;

/// Complaints about one thing, of which the first [`MAX_TOLD`] are reported. The first that refuses the thing is
/// reported wherever it comes.
#[derive(Debug, Default)]
pub(super) struct Bounded {
    reported: Vec<Complaint>,
    is_refused: bool,
    unreported: usize,
}

impl Bounded {
    pub(super) fn push(&mut self, complaint: Complaint) {
        let refuses = complaint.severity == Severity::Refused && !self.is_refused;
        if self.reported.len() < MAX_TOLD || refuses {
            self.is_refused |= refuses;
            self.reported.push(complaint);
        } else {
            self.unreported += 1;
        }
    }

    pub(super) fn extend(&mut self, complaints: impl IntoIterator<Item = Complaint>) {
        complaints
            .into_iter()
            .for_each(|complaint| self.push(complaint));
    }

    /// The complaints that are reported, followed by one with the number of those that are not.
    pub(super) fn finish(mut self) -> Vec<Complaint> {
        if self.unreported > 0 {
            self.reported.push(Complaint {
                severity: match self.is_refused {
                    true => Severity::Refused,
                    false => Severity::Mended,
                },
                ..Complaint::mended(
                    None,
                    "fewer mistakes",
                    format!("{} more", self.unreported),
                    "correct those that are named, and look again",
                )
            });
        }
        self.reported
    }
}

/// Whether any of these complaints refuses the thing that they are about.
pub fn is_refused(complaints: &[Complaint]) -> bool {
    complaints
        .iter()
        .any(|complaint| complaint.severity == Severity::Refused)
}
