//! The segments of a JPEG (ITU-T T.81 Annex B) and of the formats that put it into a file.

use std::ops::Range;

use super::anatomy::{Anatomy, InvalidPicture, Pieces};
use super::orientation;

/// Maximum number of scans. Cameras and editors write about ten; a picture of thousands would be decoded for hours.
const MAX_SCANS: usize = 64;

/// Maximum number of pixels that all scans of a picture draw together: 64 scans of 20 megapixels, twelve of 100.
const MAX_DRAWN_PIXELS: u64 = 1_280_000_000;

/// Maximum number of Huffman tables. Each scan may bring eight; to make one takes as long as to read some hundred pixels.
const MAX_TABLES: usize = 1024;

/// Maximum size of Photoshop's resources that is read, in bytes: more is an editor's, and the wanted fields come before
/// it.
const MAX_RESOURCE_BYTES: usize = 1024 * 1024;

/// Memory of a decoder for the rows being decoded, in bytes per pixel of width.
const ROW_BYTES: u64 = 512;

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

/// Lengths in bytes of the data of a JFIF segment before its thumbnail, and of the data on colours in an Adobe segment.
const JFIF_BYTES: usize = 12;
const ADOBE_BYTES: usize = 12;

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, InvalidPicture> {
    let mut found = Anatomy::new();
    let mut pieces = Pieces::of(bytes);
    if pieces.array()? != [MARKER, START] {
        return Err(InvalidPicture::Malformed(
            "it does not begin as a JPEG does",
        ));
    }
    found.keep(pieces.span(0));
    let mut walk = Walk::default();
    loop {
        found.part()?;
        let (begin, marker) = next_marker(&mut pieces)?;
        match marker {
            END if walk.scans == 0 => {
                return Err(InvalidPicture::Malformed("it has no picture in it"));
            }
            END => {
                found.keep(pieces.span(begin));
                found.needs.decoder_bytes += bytes.len() as u64;
                return walk.drawn().map(|()| found);
            }
            // Restart markers and others without a length mean nothing here.
            0x00..=0x01 | 0xd0..=START => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(pieces.array()?));
        let data = pieces.take(length.checked_sub(2).ok_or(InvalidPicture::Truncated)?)?;
        walk.segment(&mut found, &mut pieces, begin, marker, data)?;
    }
}

#[derive(Default)]
struct Walk {
    scans: usize,
    tables: usize,
    pixels: u64,
    /// Memory of a decoder for the coefficients of the whole picture, in bytes, if it comes in several scans; 0 once it
    /// is counted.
    coefficient_bytes: u64,
    components: u8,
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
    ) -> Result<(), InvalidPicture> {
        let whole = pieces.span(begin);
        match marker {
            SCAN => {
                self.scans += 1;
                if self.scans > MAX_SCANS {
                    return Err(InvalidPicture::Scans(MAX_SCANS));
                }
                // A baseline picture can come in one scan for each component, too.
                if data.first() != Some(&self.components) {
                    found.needs.decoder_bytes += std::mem::take(&mut self.coefficient_bytes);
                }
                skip_entropy(pieces)?;
                found.keep(pieces.span(begin));
            }
            HUFFMAN => {
                self.tables += tables(data);
                if self.tables > MAX_TABLES {
                    return Err(InvalidPicture::Malformed(
                        "it has more tables of codes than scans need",
                    ));
                }
                found.keep(whole);
            }
            ARITHMETIC | QUANTIZATION | LINES | RESTART_INTERVAL => found.keep(whole),
            RESERVED => {}
            0xc0..=0xcf => {
                self.frame(found, data, is_progressive(marker))?;
                found.keep(whole);
            }
            APP0 if data.starts_with(JFIF) => {
                found.keep_if_short(whole, (marker, data), JFIF_BYTES, &[0, 0])
            }
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
            APP2 if data.starts_with(ICC) => {
                found.profile(data.len())?;
                found.keep(whole);
            }
            // A long one goes on in the next segment.
            APP13 if data.starts_with(PHOTOSHOP) => {
                let more = data.get(PHOTOSHOP.len()..).unwrap_or_default();
                if found.resources.len() + more.len() <= MAX_RESOURCE_BYTES {
                    found.resources.extend(more);
                }
            }
            APP14 if data.starts_with(ADOBE) => {
                found.keep_if_short(whole, (marker, data), ADOBE_BYTES, &[])
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the size and components of the picture from its frame header.
    fn frame(
        &mut self,
        found: &mut Anatomy<'_>,
        frame: &[u8],
        is_progressive: bool,
    ) -> Result<(), InvalidPicture> {
        if self.components != 0 {
            return Err(InvalidPicture::Malformed("it gives its size twice"));
        }
        let [_, high, low, wide, narrow, components, sampling @ ..] = frame else {
            return Err(InvalidPicture::Truncated);
        };
        let side = |high, low| u64::from(u16::from_be_bytes([high, low]));
        let size = (side(*wide, *narrow), side(*high, *low));
        self.pixels = size.0 * size.1;
        self.components = (*components).max(1);
        self.coefficient_bytes = coefficient_bytes(size, sampling);
        found.needs.channels = if self.components < 3 {
            self.components.into()
        } else {
            3
        };
        found.needs.channel_bytes = 1;
        found.needs.decoder_bytes = ROW_BYTES * size.0;
        if is_progressive {
            found.needs.decoder_bytes += std::mem::take(&mut self.coefficient_bytes);
        }
        Ok(())
    }

    /// Refuses a picture with more scans than its size allows.
    fn drawn(&self) -> Result<(), InvalidPicture> {
        let allowed = (MAX_DRAWN_PIXELS / self.pixels.max(1)).max(1);
        match usize::try_from(allowed) {
            Ok(allowed) if self.scans > allowed => Err(InvalidPicture::Scans(allowed)),
            _ => Ok(()),
        }
    }
}

impl Anatomy<'_> {
    /// Keeps the segment `whole` if its data are the first `count` bytes and `end`, else those bytes with that end.
    fn keep_if_short(
        &mut self,
        whole: Range<usize>,
        (marker, data): (u8, &[u8]),
        count: usize,
        end: &[u8],
    ) {
        match data.split_at_checked(count) {
            Some((_, rest)) if rest == end => self.keep(whole),
            Some((content, _)) => self.keep_made(segment(marker, &[content, end].concat())),
            None => {}
        }
    }
}

/// The offset of the next marker, with its fill bytes, and the marker. Bytes before it are skipped.
fn next_marker(pieces: &mut Pieces<'_>) -> Result<(usize, u8), InvalidPicture> {
    let between = pieces.rest().iter().position(|byte| *byte == MARKER);
    pieces.take(between.ok_or(InvalidPicture::Truncated)?)?;
    let begin = pieces.at();
    let fill = pieces.rest().iter().take_while(|byte| **byte == MARKER);
    pieces.take(fill.count())?;
    Ok((begin, pieces.byte()?))
}

/// Passes over the data of a scan, up to a marker that is not within it.
fn skip_entropy(pieces: &mut Pieces<'_>) -> Result<(), InvalidPicture> {
    loop {
        let next = pieces.rest().iter().position(|byte| *byte == MARKER);
        pieces.take(next.ok_or(InvalidPicture::Truncated)?)?;
        match pieces.rest().get(1) {
            None => return Err(InvalidPicture::Truncated),
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

/// Two bytes for each sample of each component, in whole blocks: so much is held until the last scan has come.
fn coefficient_bytes((width, height): (u64, u64), components: &[u8]) -> u64 {
    let sampling = components.chunks_exact(3).map(|component| {
        let factors = component.get(1).copied().unwrap_or_default();
        (u64::from(factors >> 4), u64::from(factors & 0x0f))
    });
    let sampling: Vec<(u64, u64)> = sampling.collect();
    let widest = sampling.iter().map(|(wide, _)| *wide).max().unwrap_or(1);
    let highest = sampling.iter().map(|(_, high)| *high).max().unwrap_or(1);
    let samples: u64 = sampling.iter().map(|(wide, high)| wide * high).sum();
    let blocks = |side: u64, factor: u64| side.div_ceil(8 * factor.max(1));
    2 * 64 * samples * blocks(width, widest) * blocks(height, highest)
}

/// The number of Huffman tables in a segment: each has its number, how many codes there are of each length, and their
/// symbols.
fn tables(mut data: &[u8]) -> usize {
    let mut count = 0;
    while let Some((head, rest)) = data.split_at_checked(1 + 16) {
        count += 1;
        let symbols = head
            .iter()
            .skip(1)
            .map(|symbols| usize::from(*symbols))
            .sum();
        data = rest.get(symbols..).unwrap_or_default();
    }
    count
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    [&[MARKER, marker], &length.to_be_bytes()[..], data].concat()
}
