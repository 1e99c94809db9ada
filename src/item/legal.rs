//! Text that every feed format can carry: no character that XML 1.0 §2.2 forbids ever gets past here.

use std::{borrow::Cow, fmt, ops::Deref, sync::OnceLock};

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

    /// A fingerprint in the place of a text that is gone, by which the same text is known again. A fingerprint stays as it
    /// is: a text may be taken away twice, by a desk and by the law.
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

    /// A dash, for places that must have a text where none is left.
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Markdown {
    text: String,
    /// The outline, once the text was rendered.
    outline: OnceLock<Outline>,
}

impl PartialEq for Markdown {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Markdown {}

/// The headings and the size of a body's HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The heading of each part; the first may have none.
    pub headings: Vec<Option<String>>,
    /// The length of the HTML as it stands escaped in a feed, in bytes.
    pub bytes: usize,
}

impl Markdown {
    pub fn parse(text: &str) -> Self {
        let mut text = Cow::Borrowed(text);
        // A checkout may turn line ends over (autocrlf); that is not a change of the text.
        if text.contains('\r') {
            text = Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
        }
        // Neither Markdown nor HTML parts words by Unicode's own.
        if [LINE_SEPARATOR, PARAGRAPH_SEPARATOR]
            .iter()
            .any(|separator| text.contains(*separator))
        {
            let parted = text.replace(LINE_SEPARATOR, "\n");
            text = Cow::Owned(parted.replace(PARAGRAPH_SEPARATOR, "\n\n"));
        }
        let text = match first_illegal(&text) {
            None => text.into_owned(),
            Some(_) => legal(&text),
        };
        Self {
            text,
            outline: OnceLock::new(),
        }
    }

    /// The outline, which `make` renders the text for where it is not known yet.
    pub(super) fn outline_or(&self, make: impl FnOnce() -> Outline) -> &Outline {
        self.outline.get_or_init(make)
    }
}

impl Deref for Markdown {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<String> for Markdown {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Markdown> for String {
    fn from(markdown: Markdown) -> Self {
        markdown.text
    }
}

/// `text` without characters that XML forbids. Where one may have separated words, a blank replaces it; C1 controls
/// become the characters that Windows-1252 has at their places.
pub fn legal(text: &str) -> String {
    if is_surely_legal(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match legal_char(c) {
            Some(legal) => out.push(legal),
            // An illegal character is dropped; where its neighbours would run together a blank replaces it.
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
    if is_surely_legal(text) {
        return None;
    }
    text.chars().find(|&c| legal_char(c) != Some(c))
}

/// Whether the bytes of `text` alone show that [`legal`] would not alter it: every text is checked several times on its
/// way in, and nearly all pass here. Characters beyond the first plane do not, since few texts have any.
fn is_surely_legal(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Whole pieces without a branch are looked at many bytes at once.
    let has_suspect = |piece: &[u8]| {
        let pairs = piece.iter().zip(piece.get(1..).unwrap_or_default());
        pairs.fold(false, |found, (byte, next)| {
            found | is_suspect(*byte, *next)
        })
    };
    let mut rest = bytes;
    while let Some((piece, _)) = rest.split_at_checked(LOOKED_AT + 1) {
        if has_suspect(piece) {
            return false;
        }
        rest = rest.get(LOOKED_AT..).unwrap_or_default();
    }
    let last = rest.last().copied().unwrap_or(b' ');
    !has_suspect(rest) && !is_suspect(last, b' ')
}

/// Number of bytes in a chunk that is checked at once.
const LOOKED_AT: usize = 256;

/// Whether a byte begins a character that may not be legal, with the next byte behind it.
fn is_suspect(byte: u8, next: u8) -> bool {
    let is_control = (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    // C1 controls; U+FDD0 to U+FDEF, U+FEFF, U+FFFE and U+FFFF; all from U+10000 on.
    let is_c1 = (byte == 0xc2) & (next < 0xa0);
    let is_none = (byte == 0xef) & ((next == 0xb7) | (next == 0xbb) | (next == 0xbf));
    is_control | (byte == 0x7f) | is_c1 | is_none | (byte >= 0xf0)
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
    // The five bytes that Windows-1252 leaves undefined decode to themselves.
    decoded.chars().next().filter(|&mapped| mapped != c)
}

#[cfg(test)]
mod tests {
    use super::{is_surely_legal, legal_char};

    #[test]
    fn a_look_at_bytes_passes_nothing_that_is_altered() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            for place in [0, 1, 255, 256, 257, 300] {
                let text = format!("{}{c}", "x".repeat(place));
                let is_legal = legal_char(c) == Some(c);
                assert!(!is_surely_legal(&text) || is_legal, "{c:?} at {place}");
            }
        }
    }
}
