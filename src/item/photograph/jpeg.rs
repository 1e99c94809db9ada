//! The segments of a JPEG (ITU-T T.81 Annex B) and of the formats that put it into a file.

use super::anatomy::{Anatomy, Broken, Pieces};
use super::orientation;

/// Cameras and editors write about ten; a picture of thousands would be decoded for hours.
const MAX_SCANS: usize = 64;

const MARKER: u8 = 0xff;
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
/// Define the number of lines, a quantization table, the restart interval.
const LINES: u8 = 0xdc;
const QUANTIZATION: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;
const HUFFMAN: u8 = 0xc4;
const ARITHMETIC: u8 = 0xcc;
const RESERVED: u8 = 0xc8;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;
const APP14: u8 = 0xee;

const JFIF: &[u8] = b"JFIF\0";
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const ADOBE: &[u8] = b"Adobe";

/// What JFIF says before its thumbnail, and what Adobe says of the colours.
const JFIF_BYTES: usize = 12;
const ADOBE_BYTES: usize = 12;

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, Broken> {
    let mut found = Anatomy::new();
    let mut pieces = Pieces::of(bytes);
    if pieces.array()? != [MARKER, START] {
        return Err(Broken::Malformed("it does not begin as a JPEG does"));
    }
    found.keep(pieces.since(0));
    let mut walk = Walk::default();
    loop {
        let (begin, marker) = next_marker(&mut pieces)?;
        match marker {
            END if walk.scans == 0 => return Err(Broken::Malformed("it has no picture in it")),
            END => {
                found.keep(pieces.since(begin));
                return Ok(found);
            }
            // Restart markers and others without a length mean nothing here.
            0x00..=0x01 | 0xd0..=START => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(pieces.array()?));
        let data = pieces.take(length.checked_sub(2).ok_or(Broken::Truncated)?)?;
        walk.segment(&mut found, &mut pieces, begin, marker, data)?;
    }
}

#[derive(Default)]
struct Walk {
    scans: usize,
    has_exif: bool,
}

impl Walk {
    fn segment<'a>(
        &mut self,
        found: &mut Anatomy<'a>,
        pieces: &mut Pieces<'a>,
        begin: usize,
        marker: u8,
        data: &'a [u8],
    ) -> Result<(), Broken> {
        let whole = pieces.since(begin);
        match marker {
            SCAN => {
                self.scans += 1;
                if self.scans > MAX_SCANS {
                    return Err(Broken::Scans(MAX_SCANS));
                }
                skip_entropy(pieces)?;
                found.keep(pieces.since(begin));
            }
            HUFFMAN | ARITHMETIC | QUANTIZATION | LINES | RESTART_INTERVAL => found.keep(whole),
            RESERVED => {}
            0xc0..=0xcf => {
                if is_progressive(marker) {
                    found.coefficient_bytes = coefficient_bytes(data);
                }
                found.keep(whole);
            }
            APP0 if data.starts_with(JFIF) => found.keep_if_short(whole, data, JFIF_BYTES, &[0, 0]),
            APP1 if data.starts_with(EXIF) && !self.has_exif => {
                self.has_exif = true;
                found.orientation =
                    orientation::of_exif(data.get(EXIF.len()..).unwrap_or_default());
                if let Some(tiff) = orientation::exif(found.orientation) {
                    found.keep_made(segment(APP1, &[EXIF, &tiff].concat()));
                }
            }
            APP1 if data.starts_with(XMP) && found.xmp.is_none() => {
                found.xmp = data.get(XMP.len()..).map(Into::into);
            }
            APP2 if data.starts_with(ICC) => found.keep(whole),
            // A long one goes on in the next segment.
            APP13 if data.starts_with(PHOTOSHOP) => {
                let more = data.get(PHOTOSHOP.len()..).unwrap_or_default();
                found.resources.extend(more);
            }
            APP14 if data.starts_with(ADOBE) => found.keep_if_short(whole, data, ADOBE_BYTES, &[]),
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Anatomy<'a> {
    /// Keeps the segment `whole` if its `data` are the first `count` bytes and `end`, else those bytes with that end.
    fn keep_if_short(&mut self, whole: &'a [u8], data: &'a [u8], count: usize, end: &[u8]) {
        match data.split_at_checked(count) {
            Some((_, rest)) if rest == end => self.keep(whole),
            Some((said, _)) => {
                let marker = whole.iter().copied().find(|byte| *byte != MARKER);
                self.keep_made(segment(marker.unwrap_or(APP0), &[said, end].concat()));
            }
            None => {}
        }
    }
}

/// Where the next marker begins, fill bytes included, and which it is. What lies between belongs to nothing.
fn next_marker(pieces: &mut Pieces<'_>) -> Result<(usize, u8), Broken> {
    let between = pieces.rest().iter().position(|byte| *byte == MARKER);
    pieces.take(between.ok_or(Broken::Truncated)?)?;
    let begin = pieces.at();
    let fill = pieces.rest().iter().take_while(|byte| **byte == MARKER);
    pieces.take(fill.count())?;
    Ok((begin, pieces.byte()?))
}

/// Passes over the data of a scan, up to a marker that is not within it.
fn skip_entropy(pieces: &mut Pieces<'_>) -> Result<(), Broken> {
    loop {
        let next = pieces.rest().iter().position(|byte| *byte == MARKER);
        pieces.take(next.ok_or(Broken::Truncated)?)?;
        match pieces.rest().get(1) {
            None => return Err(Broken::Truncated),
            // A byte of data that looks like a marker is followed by a zero.
            Some(0x00 | 0xd0..=0xd7) => pieces.take(2)?,
            Some(&MARKER) => pieces.take(1)?,
            Some(_) => return Ok(()),
        };
    }
}

fn is_progressive(marker: u8) -> bool {
    matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce)
}

/// Two bytes for each sample of each component: so much is held until the last scan has come.
fn coefficient_bytes(frame: &[u8]) -> u64 {
    let [_, high, low, wide, narrow, _, components @ ..] = frame else {
        return 0;
    };
    let sides = (
        u64::from(u16::from_be_bytes([*high, *low])),
        u64::from(u16::from_be_bytes([*wide, *narrow])),
    );
    let sampling = components.chunks_exact(3).map(|component| {
        let factors = component.get(1).copied().unwrap_or_default();
        (u64::from(factors >> 4), u64::from(factors & 0x0f))
    });
    let sampling: Vec<(u64, u64)> = sampling.collect();
    let widest = sampling.iter().map(|(wide, _)| *wide).max().unwrap_or(1);
    let highest = sampling.iter().map(|(_, high)| *high).max().unwrap_or(1);
    let samples: u64 = sampling.iter().map(|(wide, high)| wide * high).sum();
    2 * sides.0 * sides.1 * samples / (widest * highest).max(1)
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    [&[MARKER, marker], &length.to_be_bytes()[..], data].concat()
}
