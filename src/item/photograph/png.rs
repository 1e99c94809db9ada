//! The chunks of a PNG (W3C PNG, third edition).

use std::io::Read;

use flate2::Crc;
use flate2::read::ZlibDecoder;

use super::anatomy::{Anatomy, InvalidPicture, Pieces};
use super::memory::{MAX_PROFILE_BYTES, Needs};
use super::orientation;
use super::xmp::MAX_XMP_BYTES;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The chunks that are kept: pixels, their colours and size, and the frames of an animation.
const KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV",
    b"cLLI", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

/// The keyword of an iTXt chunk that holds XMP.
const XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// The bit in the first byte of a chunk's type that marks it as ancillary: decoders may ignore the chunk (§5.4).
const ANCILLARY: u8 = 0x20;

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, InvalidPicture> {
    let mut found = Anatomy::new();
    let mut pieces = Pieces::of(bytes);
    if pieces.array()? != SIGNATURE {
        return Err(InvalidPicture::Malformed("it does not begin as a PNG does"));
    }
    found.keep(pieces.span(0));
    let mut has_exif = false;
    let mut has_profile = false;
    let mut has_xmp = false;
    loop {
        found.part()?;
        let begin = pieces.at();
        let length = u32::from_be_bytes(pieces.array()?);
        let kind: [u8; 4] = pieces.array()?;
        let data = pieces.take(usize::try_from(length).map_err(|_| InvalidPicture::Truncated)?)?;
        pieces.take(4)?;
        let whole = pieces.span(begin);
        if (begin == SIGNATURE.len()) != (kind == *b"IHDR") {
            return Err(InvalidPicture::Malformed(
                "its size does not stand where it should",
            ));
        }
        found.is_animation |= kind == *b"acTL";
        match &kind {
            b"IHDR" => found.needs = needs(data, bytes.len()),
            b"tRNS" => found.needs.channels += found.needs.channels % 2,
            b"iCCP" if std::mem::replace(&mut has_profile, true) => {
                return Err(InvalidPicture::Malformed("it has two colour profiles"));
            }
            b"iCCP" => found.profile(inflated(data))?,
            _ => {}
        }
        match &kind {
            b"IEND" => {
                found.keep(whole);
                return Ok(found);
            }
            b"eXIf" if !has_exif => {
                has_exif = true;
                found.orientation = orientation::of_exif(data);
                if let Some(tiff) = orientation::exif(found.orientation) {
                    found.keep_made(chunk(kind, &tiff));
                }
            }
            // Each could be inflated to a thousand times its length, so only one is.
            b"iTXt" if data.starts_with(XMP) && !std::mem::replace(&mut has_xmp, true) => {
                found.xmp = xmp(data.get(XMP.len()..).unwrap_or_default()).map(Into::into);
            }
            kind if KEPT.contains(&kind) => found.keep(whole),
            [first, ..] if first & ANCILLARY == 0 => {
                return Err(InvalidPicture::Malformed("it has parts that no PNG has"));
            }
            _ => {}
        }
    }
}

/// The size of the decoded pixels, and the memory of the decoder: it copies whole chunks, and none is longer than the
/// file.
fn needs(head: &[u8], file_bytes: usize) -> Needs {
    let (depth, colours) = match head {
        [_, _, _, _, _, _, _, _, depth, colours, ..] => (*depth, *colours),
        _ => (16, 6),
    };
    Needs {
        channels: match colours {
            0 => 1,
            2 | 3 => 3,
            4 => 2,
            _ => 4,
        },
        channel_bytes: if depth > 8 { 2 } else { 1 },
        decoder_bytes: file_bytes as u64,
        as_png: true,
        ..Needs::default()
    }
}

/// The length in bytes of the colour profile in an iCCP chunk, counted up to [`MAX_PROFILE_BYTES`] + 1. The profile
/// itself is not kept.
fn inflated(data: &[u8]) -> usize {
    // The name ends with a zero byte; the next byte is the compression method.
    let name = data
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(data.len());
    let profile = data.get(name + 2..).unwrap_or_default();
    let mut inflated = ZlibDecoder::new(profile).take(MAX_PROFILE_BYTES + 1);
    let mut buffer = [0; 16 * 1024];
    let mut length = 0;
    while let Ok(read @ 1..) = inflated.read(&mut buffer) {
        length += read;
    }
    length
}

/// The text of an iTXt chunk behind its keyword.
fn xmp(data: &[u8]) -> Option<Vec<u8>> {
    let (compressed, rest) = data.split_first()?;
    let rest = rest.get(1..)?;
    // The language and the keyword in it.
    let mut fields = rest.splitn(3, |byte| *byte == 0);
    let text = fields.nth(2)?;
    if *compressed == 0 {
        return Some(text.to_vec());
    }
    let mut plain = Vec::new();
    let most = MAX_XMP_BYTES as u64;
    let read = ZlibDecoder::new(text).take(most).read_to_end(&mut plain);
    read.ok().map(|_| plain)
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let length = length.to_be_bytes();
    [&length[..], &kind, data, &sum.sum().to_be_bytes()].concat()
}
