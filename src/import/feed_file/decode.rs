//! The encoding of a feed file: the one that its first bytes show, else the one that its XML declaration names, where
//! the bytes confirm it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::item::charset::{Charset, Decoding};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// An XML declaration stands within this many bytes.
const DECLARATION_BYTES: usize = 256;

/// Text in an encoding whose letters are bytes of 0x80 to 0xBF, too, is hardly ever good UTF-8 with that many sequences of
/// two bytes or more, or with two of three. In other encodings letters stand above these, and one sequence is no accident.
const SEQUENCES_THAT_PROVE_UTF8: usize = 8;
const LONG_SEQUENCES_THAT_PROVE_UTF8: usize = 2;

/// The encoding of a file, with the length of its byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DetectedEncoding {
    pub(super) charset: Charset,
    /// Length of the byte order mark before the text, in bytes.
    mark: usize,
}

#[derive(Debug)]
pub(super) enum DecodeError {
    Unreadable(io::Error),
    UnknownEncoding(String),
}

/// Finds the encoding of the file at `path`, which begins with `head`.
///
/// # Errors
/// With the label of an encoding that is not read, or the error in reading the file.
pub(super) fn find(path: &Path, head: &[u8]) -> Result<DetectedEncoding, DecodeError> {
    if let Some((charset, mark)) = Charset::of_bytes(head) {
        return Ok(DetectedEncoding { charset, mark });
    }
    let utf8 = DetectedEncoding {
        charset: Charset::UTF_8,
        mark: 0,
    };
    let Some(label) = declared(head) else {
        return Ok(utf8);
    };
    let charset = Charset::of_label(&label).ok_or(DecodeError::UnknownEncoding(label))?;
    // The declaration was read as ASCII, so the file is no UTF-16; some programs declare UTF-16 in files of UTF-8.
    if charset == Charset::UTF_8 || !charset.has_ascii_bytes() {
        return Ok(utf8);
    }
    let file = File::open(path).map_err(DecodeError::Unreadable)?;
    let counted = MultibyteCounts::of(BufReader::with_capacity(CHUNK_BYTES, file));
    match counted.map_err(DecodeError::Unreadable)? {
        Some(counted) if counted.proves_utf8(charset) => Ok(utf8),
        _ => Ok(DetectedEncoding { charset, mark: 0 }),
    }
}

/// Gives `source` as UTF-8.
pub(super) fn utf8(
    source: impl Read + 'static,
    found: DetectedEncoding,
) -> io::Result<Box<dyn BufRead>> {
    let mut source = BufReader::with_capacity(CHUNK_BYTES, source);
    // A mark has four bytes at most, which the first read of a file gives.
    let length = source.fill_buf()?.len();
    source.consume(found.mark.min(length));
    if found.charset == Charset::UTF_8 {
        return Ok(Box::new(source));
    }
    Ok(Box::new(Decoding::of(source, found.charset)))
}

/// The encoding that the XML declaration names.
fn declared(head: &[u8]) -> Option<String> {
    let declaration = head.get(..DECLARATION_BYTES.min(head.len()));
    let declaration = String::from_utf8_lossy(declaration.unwrap_or_default()).into_owned();
    declaration
        .trim_start()
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
        .and_then(|declaration| declaration.split_once("encoding"))
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1))
        .map(|label| label.trim().to_owned())
}

/// The numbers of multibyte sequences in text that is UTF-8.
#[derive(Default)]
struct MultibyteCounts {
    sequences: usize,
    /// The number of sequences of three bytes or more.
    long: usize,
}

impl MultibyteCounts {
    /// Looks through `source`; `None` if it is no UTF-8.
    fn of(mut source: impl BufRead) -> io::Result<Option<Self>> {
        let mut counted = Self::default();
        let mut rest: Vec<u8> = Vec::new();
        loop {
            let chunk = source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(rest.is_empty().then_some(counted));
            }
            let length = chunk.len();
            rest.extend_from_slice(chunk);
            source.consume(length);
            let whole = match std::str::from_utf8(&rest) {
                Ok(_) => rest.len(),
                // The chunk may end within a character.
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(_) => return Ok(None),
            };
            let behind = rest.split_off(whole);
            for byte in &rest {
                counted.sequences += usize::from(*byte >= 0xc0);
                counted.long += usize::from(*byte >= 0xe0);
            }
            rest = behind;
        }
    }

    fn proves_utf8(&self, declared: Charset) -> bool {
        match declared.has_letters_in_low_half() {
            false => self.sequences > 0,
            true => {
                self.sequences >= SEQUENCES_THAT_PROVE_UTF8
                    || self.long >= LONG_SEQUENCES_THAT_PROVE_UTF8
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{DecodeError, find, utf8};

    fn read(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("feed.xml");
        std::fs::write(&path, bytes).expect("written");
        let found = find(&path, bytes.get(..64 * 1024).unwrap_or(bytes))?;
        let mut out = Vec::new();
        let mut source = utf8(std::io::Cursor::new(bytes.to_vec()), found).expect("a source");
        source.read_to_end(&mut out).expect("bytes");
        Ok(out)
    }

    fn declared(label: &str, text: &[u8]) -> Vec<u8> {
        let mut bytes = format!("<?xml version='1.0' encoding='{label}'?>").into_bytes();
        bytes.extend_from_slice(text);
        bytes
    }

    fn text(bytes: &[u8]) -> String {
        let text = String::from_utf8(read(bytes).expect("a known encoding")).expect("text");
        text.split_once("?>")
            .map_or(text.clone(), |(_, rest)| rest.to_owned())
    }

    #[test]
    fn the_declared_encoding_is_read_and_what_it_does_not_have_stays_no_text() {
        let (gb, ..) = encoding_rs::GB18030.encode("长春");
        assert_eq!(text(&declared("GB2312", &gb)), "长春");
        assert_eq!(text(&declared("cp936", &gb)), "长春");
        let broken = read(&declared("GBK", b"a\xff b")).expect("a known encoding");
        assert!(broken.ends_with(b"a\xff b"), "{broken:?}");
    }

    #[test]
    fn a_byte_order_mark_outranks_the_declaration() {
        assert_eq!(read(b"\xef\xbb\xbfabc").expect("known"), b"abc");
        assert_eq!(read(b"\xff\xfea\0b\0").expect("known"), b"ab");
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend(declared("gbk", "长春".as_bytes()));
        assert_eq!(text(&marked), "长春");
    }

    #[test]
    fn bytes_that_are_utf8_are_not_taken_for_what_they_declare() {
        for (label, written) in [
            ("utf-16", "长"),
            ("ucs-2", "x"),
            ("utf-32", "长"),
            ("iso-8859-1", "é"),
            ("us-ascii", "é"),
            ("windows-1251", "Я"),
            ("gb2312", "长春"),
            ("big5", "港口今日大風"),
            ("shift_jis", "éàéàéàéà"),
        ] {
            assert_eq!(
                text(&declared(label, written.as_bytes())),
                written,
                "{label}"
            );
        }
        // Two bytes that are a character of both are what the file says that they are.
        assert_eq!(text(&declared("gbk", "é".as_bytes())), "茅");
    }

    #[test]
    fn an_encoding_that_is_not_read_is_named() {
        for label in [
            "x-none",
            "utf-7",
            "hz-gb-2312",
            "iso-2022-kr",
            "x-user-defined",
            "ebcdic-cp-us",
            "",
        ] {
            match read(&declared(label, b"<rss/>")) {
                Err(DecodeError::UnknownEncoding(named)) => assert_eq!(named, label),
                other => panic!("{label}: {other:?}"),
            }
        }
    }
}
