//! Turns the bytes of a page into text: UTF-8, else GB18030, with line ends as `\n`; UTF-16 and UTF-32 where the first
//! bytes show them.
//!
//! Nothing is replaced on the way: bytes that cannot be read refuse the page, because a replacement character in a
//! published story is found by its readers.

use std::fmt;
use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, GB18030, GBK};

use crate::item::charset::{Charset, Decoding};

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// GB18030 text hardly ever opens with this many sequences that are also good UTF-8, so a page that does is UTF-8 with
/// a damaged byte, and the complaint should name that byte.
const UTF8_SEQUENCES_THAT_PROVE_UTF8: usize = 8;

/// A page as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedPage {
    pub text: String,
    /// `UTF-8`, `GB18030`, or the UTF-16 or UTF-32 that it is in.
    pub encoding: &'static str,
}

/// Why a page could not be read. Offsets count bytes from 0, lines from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// UTF-8 with a damaged byte.
    BrokenUtf8 { offset: usize, line: usize },
    /// Neither UTF-8 nor GB18030; the place is where GB18030 stops making sense.
    Unknown { offset: usize, line: usize },
    /// Readable as GB18030, but the frequencies of its characters show that it is something else.
    OtherEncoding {
        offset: usize,
        line: usize,
        looks_like: &'static str,
    },
    /// UTF-16 or UTF-32 with something in it that is no character; lines count in the text.
    BrokenWide { encoding: &'static str, line: usize },
    /// Text has no NUL; UTF-16 and binary files do.
    Nul { offset: usize, line: usize },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenUtf8 { offset, line } => write!(
                f,
                "line {line}, byte {offset}: expected UTF-8, as the page begins, found a byte that is not; \
                 mend that line or save the page again as UTF-8"
            ),
            Self::Unknown { offset, line } => write!(
                f,
                "line {line}, byte {offset}: expected UTF-8 or GB18030, found neither; save the page as UTF-8"
            ),
            Self::OtherEncoding {
                offset,
                line,
                looks_like,
            } => write!(
                f,
                "line {line}, byte {offset}: expected UTF-8 or GB18030, found what looks like {looks_like}; \
                 save the page as UTF-8"
            ),
            Self::BrokenWide { encoding, line } => write!(
                f,
                "line {line}: expected {encoding}, as the page begins, found what is no character of it; \
                 save the page again as UTF-8"
            ),
            Self::Nul { offset, line } => write!(
                f,
                "line {line}, byte {offset}: expected text, found a NUL byte (UTF-16, or no text file); \
                 save the page as UTF-8"
            ),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads a page's bytes.
///
/// # Errors
/// When they are in no encoding that is read, or hold a NUL; the error names the first offset and line in question.
pub fn decode(bytes: &[u8]) -> Result<DecodedPage, DecodeError> {
    if let Some((charset, mark)) = Charset::of_bytes(bytes)
        && charset != Charset::UTF_8
    {
        return from_wide(bytes.get(mark..).unwrap_or_default(), charset);
    }
    let (start, body) = match bytes.strip_prefix(UTF8_BOM) {
        Some(rest) => (UTF8_BOM.len(), rest),
        None => (0, bytes),
    };
    let decoded = match std::str::from_utf8(body) {
        Ok(text) => DecodedPage {
            text: with_plain_line_ends(text),
            encoding: "UTF-8",
        },
        Err(error) => {
            let good = &body[..error.valid_up_to()];
            let sequences = std::str::from_utf8(good)
                .map_or(0, |s| s.chars().filter(|c| !c.is_ascii()).count());
            if start > 0 || sequences >= UTF8_SEQUENCES_THAT_PROVE_UTF8 {
                let (offset, line) = place(bytes, start + error.valid_up_to());
                return Err(DecodeError::BrokenUtf8 { offset, line });
            }
            from_gb18030(bytes, error.valid_up_to())?
        }
    };
    match bytes.iter().position(|&b| b == 0) {
        Some(at) => {
            let (offset, line) = place(bytes, at);
            Err(DecodeError::Nul { offset, line })
        }
        None => Ok(decoded),
    }
}

/// Reads UTF-16 or UTF-32.
fn from_wide(bytes: &[u8], charset: Charset) -> Result<DecodedPage, DecodeError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    // Bytes in memory can be read.
    let _ = Decoding::of(bytes, charset).read_to_end(&mut decoded);
    let good = match std::str::from_utf8(&decoded) {
        Ok(text) => text.find('\0').unwrap_or(text.len()),
        Err(error) => error.valid_up_to(),
    };
    match String::from_utf8(decoded) {
        Ok(text) if good == text.len() => Ok(DecodedPage {
            text: with_plain_line_ends(&text),
            encoding: charset.name(),
        }),
        Ok(text) => Err(broken_wide(charset, &text.into_bytes(), good)),
        Err(error) => Err(broken_wide(charset, error.as_bytes(), good)),
    }
}

fn broken_wide(charset: Charset, decoded: &[u8], good: usize) -> DecodeError {
    DecodeError::BrokenWide {
        encoding: charset.name(),
        line: place(decoded, good).1,
    }
}

fn from_gb18030(bytes: &[u8], first_not_ascii: usize) -> Result<DecodedPage, DecodeError> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    // No decoder answers None except for input near the size of memory.
    let room = decoder
        .max_utf8_buffer_length_without_replacement(bytes.len())
        .unwrap_or(0);
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    if result != DecoderResult::InputEmpty {
        let bad = match result {
            DecoderResult::Malformed(length, after) => {
                read.saturating_sub(usize::from(length) + usize::from(after))
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => read,
        };
        let (offset, line) = place(bytes, bad);
        return Err(DecodeError::Unknown { offset, line });
    }
    let neutral = guess(bytes, None);
    let chinese = guess(bytes, Some(b"cn"));
    let gb = |e: &'static Encoding| e == GBK || e == GB18030;
    let believable = gb(neutral) || (gb(chinese) && is_in_common_characters(bytes));
    if !believable {
        let guess = if gb(chinese) { neutral } else { chinese };
        let (offset, line) = place(bytes, first_not_ascii);
        return Err(DecodeError::OtherEncoding {
            offset,
            line,
            looks_like: guess.name(),
        });
    }
    Ok(DecodedPage {
        text: with_plain_line_ends(&text),
        encoding: "GB18030",
    })
}

/// The domain tips the balance for short pages, which look alike in several encodings.
fn guess(bytes: &[u8], domain: Option<&[u8]>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(domain, Utf8Detection::Deny)
}

/// Most of the text is in the rows that GB 2312 keeps for common characters (B0 to D7). Text in another encoding lands
/// outside of them about every second time.
fn is_in_common_characters(bytes: &[u8]) -> bool {
    let (mut pairs, mut common) = (0_usize, 0_usize);
    let mut rest = bytes;
    while let Some((&lead, behind)) = rest.split_first() {
        rest = behind;
        let Some((&trail, behind)) = behind.split_first().filter(|_| lead >= 0x81) else {
            continue;
        };
        rest = behind;
        // Marks stand in rows A1 to A9 and tell nothing.
        if !(0xA1..=0xA9).contains(&lead) {
            pairs += 1;
            common += usize::from((0xB0..=0xD7).contains(&lead) && trail >= 0xA1);
        }
    }
    common * 4 >= pairs * 3
}

fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn place(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let feeds = before.iter().filter(|&&b| b == b'\n').count();
    let lone_returns = before
        .windows(2)
        .filter(|w| w[0] == b'\r' && w[1] != b'\n')
        .count();
    (offset, 1 + feeds + lone_returns)
}
