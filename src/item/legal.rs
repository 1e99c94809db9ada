//! Text that every feed format can carry: no character that XML 1.0 §2.2 forbids ever gets past here.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Unicode's own line ends.
const LINE_SEPARATOR: char = '\u{2028}';
const PARAGRAPH_SEPARATOR: char = '\u{2029}';

/// Text on one line, not blank, without characters that XML forbids.
#[derive(Clone, Debug, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(not(test), derive(PartialEq))]
#[cfg_attr(
    test,
    expect(clippy::derived_hash_with_manual_eq, reason = "it counts")
)]
#[serde(try_from = "String", into = "String")]
pub struct Line(String);

impl Line {
    /// Takes `text` with its ends trimmed and its line breaks as spaces; `None` if nothing is left.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = text.split(parts_words).map(legal);
        let pieces: Vec<String> = pieces.map(|piece| piece.trim().to_owned()).collect();
        let filled: Vec<&str> = pieces
            .iter()
            .map(String::as_str)
            .filter(|piece| !piece.is_empty())
            .collect();
        let joined = filled.join(" ");
        (!joined.is_empty()).then_some(Self(joined))
    }

    /// What stands for a text that is gone, where the same text has to be known again. What stands for one already, stays:
    /// it may be taken away twice, by a desk and by the law.
    #[must_use]
    pub fn fingerprint(&self) -> Self {
        let is_one = self.0.strip_prefix("sha256:").is_some_and(|digits| {
            digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        if is_one {
            return self.clone();
        }
        let digest = Sha256::digest(self.0.as_bytes());
        Self(format!("sha256:{}", hex::encode(digest)))
    }

    /// What stands where a text has to stand and none is left.
    pub fn dash() -> Self {
        Self("-".to_owned())
    }
}

impl Deref for Line {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Line {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected text, found a blank line")
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0
    }
}

/// Text of any length with `\n` line ends, without characters that XML forbids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Markdown(String);

impl Markdown {
    pub fn parse(text: &str) -> Self {
        // A checkout may turn line ends over (autocrlf); that is not a change of the text.
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        // Neither Markdown nor HTML parts words by Unicode's own.
        let parted = match unix.contains([LINE_SEPARATOR, PARAGRAPH_SEPARATOR]) {
            true => unix
                .replace(LINE_SEPARATOR, "\n")
                .replace(PARAGRAPH_SEPARATOR, "\n\n"),
            false => unix,
        };
        Self(legal(&parted))
    }
}

impl Deref for Markdown {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Markdown {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Markdown> for String {
    fn from(markdown: Markdown) -> Self {
        markdown.0
    }
}

/// `text` without what XML forbids. What may have parted words parts them as a blank; C1 controls become the
/// Windows-1252 characters that were meant.
pub fn legal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match legal_char(c) {
            Some(legal) => out.push(legal),
            // What is dropped within a word was never meant; but no two numbers become one.
            None if c != '\u{feff}'
                && runs_together(out.chars().next_back(), chars.peek().copied()) =>
            {
                out.push(' ');
            }
            None => {}
        }
    }
    out
}

/// Whether two characters beside one another read as a number, or as two words in one.
fn runs_together(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let is_number = before.is_numeric() && after.is_alphanumeric()
        || before.is_alphanumeric() && after.is_numeric();
    is_number || (before.is_lowercase() && after.is_uppercase())
}

/// Whether [`legal`] would alter `text`, and the first character it would alter.
pub fn first_illegal(text: &str) -> Option<char> {
    text.chars().find(|&c| legal_char(c) != Some(c))
}

fn legal_char(c: char) -> Option<char> {
    match c {
        '\u{80}'..='\u{9f}' => windows_1252(c),
        '\t' | '\n' | '\r' => Some(c),
        // Ends of lines, pages and columns in word processors, and the separators of ASCII.
        '\u{b}' | '\u{c}' | '\u{e}' | '\u{1c}'..='\u{1f}' => Some(' '),
        '\0'..='\u{1b}' | '\u{7f}' => None,
        // Noncharacters are legal XML in part, but the validators call them bad and nobody means them.
        '\u{fffe}' | '\u{ffff}' | '\u{fdd0}'..='\u{fdef}' => None,
        c if (c as u32) & 0xfffe == 0xfffe => None,
        // A byte order mark inside text is an accident of joining files.
        '\u{feff}' => None,
        c => Some(c),
    }
}

/// Whether a character stands between words and for none: a control, or an end of a line.
fn parts_words(c: char) -> bool {
    match c {
        ' ' => false,
        '\n' | '\r' | '\t' | LINE_SEPARATOR | PARAGRAPH_SEPARATOR => true,
        c => legal_char(c) == Some(' '),
    }
}

fn windows_1252(c: char) -> Option<char> {
    let byte = u8::try_from(c as u32).ok()?;
    let bytes = [byte];
    let (decoded, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
    // The five bytes that Windows-1252 leaves open decode to themselves: nothing was meant.
    decoded.chars().next().filter(|&mapped| mapped != c)
}
