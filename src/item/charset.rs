//! Which encoding bytes are in, and the same bytes as UTF-8: all that browsers know (WHATWG), its usual other names, and
//! UTF-16 and UTF-32 with or without a byte order mark.
//!
//! No replacement characters are written: for a sequence that is invalid in its encoding the output has one byte that
//! is invalid in UTF-8, so that the reader refuses only the piece that contains it, and not the whole file.

use std::io::{self, BufRead, Read};

use encoding_rs::{
    BIG5, Decoder, DecoderResult, EUC_JP, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS,
};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, X_USER_DEFINED};

/// Bytes that are decoded at once. The decoder needs room for one character at least, whatever its caller asks for.
const OUTPUT_BYTES: usize = 64 * 1024;

/// Stands for an invalid sequence: a byte that never occurs in UTF-8.
const NO_CHARACTER: u8 = 0xff;

/// Names in use that the WHATWG's list does not have.
const OTHER_NAMES: &[(&str, Charset)] = &[
    ("cp65001", Charset::Listed(UTF_8)),
    ("65001", Charset::Listed(UTF_8)),
    ("utf8mb4", Charset::Listed(UTF_8)),
    ("cp1200", Charset::Listed(UTF_16LE)),
    ("utf16", Charset::Listed(UTF_16LE)),
    ("utf16le", Charset::Listed(UTF_16LE)),
    ("cp1201", Charset::Listed(UTF_16BE)),
    ("utf16be", Charset::Listed(UTF_16BE)),
    ("cp932", Charset::Listed(SHIFT_JIS)),
    ("ms932", Charset::Listed(SHIFT_JIS)),
    ("windows932", Charset::Listed(SHIFT_JIS)),
    ("cp943", Charset::Listed(SHIFT_JIS)),
    ("cp51932", Charset::Listed(EUC_JP)),
    ("eucjp", Charset::Listed(EUC_JP)),
    ("eucjpms", Charset::Listed(EUC_JP)),
    ("eucjpwin", Charset::Listed(EUC_JP)),
    ("cp936", Charset::Listed(GBK)),
    ("ms936", Charset::Listed(GBK)),
    ("windows936", Charset::Listed(GBK)),
    ("euccn", Charset::Listed(GBK)),
    ("xeuccn", Charset::Listed(GBK)),
    ("cp949", Charset::Listed(EUC_KR)),
    ("ms949", Charset::Listed(EUC_KR)),
    ("xwindows949", Charset::Listed(EUC_KR)),
    ("uhc", Charset::Listed(EUC_KR)),
    ("cp51949", Charset::Listed(EUC_KR)),
    ("euckr", Charset::Listed(EUC_KR)),
    ("cp950", Charset::Listed(BIG5)),
    ("ms950", Charset::Listed(BIG5)),
    ("windows950", Charset::Listed(BIG5)),
    ("xwindows950", Charset::Listed(BIG5)),
    ("macroman", Charset::Listed(MACINTOSH)),
    ("cp10000", Charset::Listed(MACINTOSH)),
    ("utf32", Charset::Utf32 { big_endian: true }),
    ("ucs4", Charset::Utf32 { big_endian: true }),
    ("iso10646ucs4", Charset::Utf32 { big_endian: true }),
    ("utf32be", Charset::Utf32 { big_endian: true }),
    ("utf32le", Charset::Utf32 { big_endian: false }),
];

/// An encoding whose text can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// An encoding of the WHATWG's list.
    Listed(&'static Encoding),
    Utf32 {
        big_endian: bool,
    },
}

impl Charset {
    pub const UTF_8: Self = Self::Listed(UTF_8);

    /// The encoding that a declaration names; `None` for those that are not read: unknown ones, and those that the
    /// WHATWG lists only to refuse (HZ, ISO-2022-KR and the like).
    pub fn of_label(label: &str) -> Option<Self> {
        let listed = Encoding::for_label_no_replacement(label.as_bytes());
        if let Some(listed) = listed.filter(|listed| *listed != X_USER_DEFINED) {
            return Some(Self::Listed(listed));
        }
        let name: String = label
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let known = OTHER_NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, charset)| *charset)
    }

    /// The encoding that the first bytes of a file show by themselves, and the length of their byte order mark. Without
    /// a mark, the zero bytes around the first character show it, which is ASCII in every XML and JSON document. `None`
    /// where they show none.
    pub fn of_bytes(head: &[u8]) -> Option<(Self, usize)> {
        let wide = |big_endian| Self::Utf32 { big_endian };
        match head {
            [0xff, 0xfe, 0, 0, ..] => return Some((wide(false), 4)),
            [0, 0, 0xfe, 0xff, ..] => return Some((wide(true), 4)),
            _ => {}
        }
        if let Some((encoding, mark)) = Encoding::for_bom(head) {
            return Some((Self::Listed(encoding), mark));
        }
        match *head {
            [0, 0, 0, 1..=0x7f, ..] => Some((wide(true), 0)),
            [1..=0x7f, 0, 0, 0, ..] => Some((wide(false), 0)),
            [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some((Self::Listed(UTF_16BE), 0)),
            [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some((Self::Listed(UTF_16LE), 0)),
            _ => None,
        }
    }

    /// Whether ASCII text is the same bytes in it.
    pub fn has_ascii_bytes(self) -> bool {
        match self {
            Self::Listed(encoding) => encoding.is_ascii_compatible() || is_iso_2022_jp(encoding),
            Self::Utf32 { .. } => false,
        }
    }

    /// Whether it writes letters with bytes of 0x80 to 0xBF, which in UTF-8 are only continuation bytes.
    pub fn has_letters_in_low_half(self) -> bool {
        match self {
            Self::Listed(encoding) => !encoding.is_single_byte() || encoding == WINDOWS_874,
            Self::Utf32 { .. } => true,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Listed(encoding) => encoding.name(),
            Self::Utf32 { big_endian: true } => "UTF-32BE",
            Self::Utf32 { big_endian: false } => "UTF-32LE",
        }
    }
}

/// Whether it is ISO-2022-JP, which writes ASCII as ASCII until an escape sequence selects another set.
fn is_iso_2022_jp(encoding: &Encoding) -> bool {
    encoding == encoding_rs::ISO_2022_JP
}

/// `source` as UTF-8, without its byte order mark.
pub struct Decoding<R> {
    source: R,
    decoder: AnyDecoder,
    output: Vec<u8>,
    /// The number of bytes of `output` that have been read by the caller.
    taken: usize,
    ended: bool,
}

enum AnyDecoder {
    Listed(Decoder),
    Utf32(Utf32),
}

impl<R: BufRead> Decoding<R> {
    pub fn of(source: R, charset: Charset) -> Self {
        Self {
            source,
            decoder: match charset {
                Charset::Listed(encoding) => {
                    AnyDecoder::Listed(encoding.new_decoder_without_bom_handling())
                }
                Charset::Utf32 { big_endian } => AnyDecoder::Utf32(Utf32 {
                    big_endian,
                    unit: Vec::with_capacity(4),
                }),
            },
            output: Vec::with_capacity(OUTPUT_BYTES),
            taken: 0,
            ended: false,
        }
    }

    /// Decodes until there is output, or the source has ended.
    fn fill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.taken = 0;
        while self.output.is_empty() && !self.ended {
            let input = self.source.fill_buf()?;
            let (read, ended) = match &mut self.decoder {
                AnyDecoder::Listed(decoder) => decode(decoder, input, &mut self.output),
                AnyDecoder::Utf32(decoder) => decoder.decode(input, &mut self.output),
            };
            self.source.consume(read);
            self.ended = ended;
        }
        Ok(())
    }
}

/// Decodes `input`, which is empty at the end of the source; returns the number of bytes read, and whether all is
/// decoded.
fn decode(decoder: &mut Decoder, input: &[u8], output: &mut Vec<u8>) -> (usize, bool) {
    let is_last = input.is_empty();
    output.resize(OUTPUT_BYTES, 0);
    let (result, read, written) =
        decoder.decode_to_utf8_without_replacement(input, output, is_last);
    output.truncate(written);
    if matches!(result, DecoderResult::Malformed(..)) {
        output.push(NO_CHARACTER);
    }
    (read, is_last && result == DecoderResult::InputEmpty)
}

/// A decoder for UTF-32, which is not on the WHATWG's list.
struct Utf32 {
    big_endian: bool,
    /// The bytes of a character that is not whole yet.
    unit: Vec<u8>,
}

impl Utf32 {
    fn decode(&mut self, input: &[u8], output: &mut Vec<u8>) -> (usize, bool) {
        if input.is_empty() {
            if !self.unit.is_empty() {
                output.push(NO_CHARACTER);
            }
            return (0, true);
        }
        let input = input.get(..OUTPUT_BYTES).unwrap_or(input);
        for byte in input {
            self.unit.push(*byte);
            let Ok(unit) = <[u8; 4]>::try_from(self.unit.as_slice()) else {
                continue;
            };
            self.unit.clear();
            let number = match self.big_endian {
                true => u32::from_be_bytes(unit),
                false => u32::from_le_bytes(unit),
            };
            match char::from_u32(number) {
                Some(c) => output.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => output.push(NO_CHARACTER),
            }
        }
        (input.len(), false)
    }
}

impl<R: BufRead> BufRead for Decoding<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken >= self.output.len() {
            self.fill()?;
        }
        Ok(self.output.get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount;
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(out.len());
        out[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}
