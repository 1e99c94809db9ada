//! The bytes of a feed file as UTF-8, whatever encoding its XML declaration names.
//!
//! Nothing is replaced on the way: where the bytes are not what the file says that they are, a byte stands that is no
//! UTF-8, so that the item is refused that holds it, and not the whole file.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// So many bytes are read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// An XML declaration stands within so many bytes.
const DECLARATION_BYTES: usize = 256;

/// No UTF-8 has it.
const NO_CHARACTER: u8 = 0xff;

/// Gives `source` as UTF-8.
///
/// # Errors
/// With the label of an encoding that nobody knows, or what reading said.
pub(super) fn utf8(source: impl Read + 'static) -> Result<Box<dyn BufRead>, DecodeError> {
    let mut source = BufReader::with_capacity(CHUNK_BYTES, source);
    let head = source.fill_buf().map_err(DecodeError::Unreadable)?;
    let (encoding, mark) = encoding_of(head)?;
    source.consume(mark);
    if encoding == UTF_8 {
        return Ok(Box::new(source));
    }
    Ok(Box::new(BufReader::with_capacity(
        CHUNK_BYTES,
        Decoding {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            ended: false,
            broken: false,
        },
    )))
}

#[derive(Debug)]
pub(super) enum DecodeError {
    Unreadable(io::Error),
    UnknownEncoding(String),
}

/// The encoding, and how many bytes of a mark stand before the text.
fn encoding_of(head: &[u8]) -> Result<(&'static Encoding, usize), DecodeError> {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        return Ok((encoding, mark));
    }
    let declaration = head.get(..DECLARATION_BYTES.min(head.len()));
    let declaration = String::from_utf8_lossy(declaration.unwrap_or_default()).into_owned();
    let declared = declaration
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
        .and_then(|said| said.split_once("encoding"))
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    match declared {
        None => Ok((UTF_8, 0)),
        Some(label) => Encoding::for_label(label.as_bytes())
            .map(|encoding| (encoding, 0))
            .ok_or_else(|| DecodeError::UnknownEncoding(label.to_owned())),
    }
}

struct Decoding<R> {
    source: BufReader<R>,
    decoder: Decoder,
    ended: bool,
    /// A sequence that means nothing was read, and is still to be told.
    broken: bool,
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !out.is_empty() {
            if std::mem::take(&mut self.broken) {
                if let Some(first) = out.first_mut() {
                    *first = NO_CHARACTER;
                }
                return Ok(1);
            }
            if self.ended {
                return Ok(0);
            }
            let input = self.source.fill_buf()?;
            let last = input.is_empty();
            let (result, read, made) = self
                .decoder
                .decode_to_utf8_without_replacement(input, out, last);
            self.source.consume(read);
            self.broken = matches!(result, DecoderResult::Malformed(..));
            self.ended = last && result == DecoderResult::InputEmpty;
            written = made;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::utf8;

    fn read(bytes: &'static [u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut source = utf8(bytes).expect("a known encoding");
        source.read_to_end(&mut out).expect("bytes");
        out
    }

    #[test]
    fn the_declared_encoding_is_read_and_what_it_does_not_have_stays_no_text() {
        let (gb, _, _) = encoding_rs::GB18030.encode("<?xml version='1.0' encoding='GB2312'?>长春");
        let gb: &'static [u8] = Box::leak(gb.into_owned().into_boxed_slice());
        assert!(String::from_utf8(read(gb)).expect("text").ends_with("长春"));
        assert_eq!(read(b"\xef\xbb\xbfabc"), b"abc");
        assert_eq!(read(b"\xff\xfea\0b\0"), b"ab");
        let broken = read(b"<?xml version=\"1.0\" encoding=\"GBK\"?>a\xff b");
        assert!(broken.ends_with(b"a\xff b"), "{broken:?}");
        assert!(utf8(&b"<?xml version=\"1.0\" encoding=\"x-none\"?>"[..]).is_err());
    }
}
