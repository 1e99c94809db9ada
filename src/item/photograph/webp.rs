//! The chunks of a WebP (RFC 9649 §2).

use super::anatomy::{Anatomy, FilePiece, InvalidPicture, Pieces};
use super::budget::DECODING_BYTES;
use super::memory::Needs;
use super::{orientation, vp8l};

/// Flags of an extended file.
const HAS_OPACITY: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const MOVES: u8 = 0x02;

/// The bits in the first byte of an `ALPH` chunk that give its compression method.
const COMPRESSED: u8 = 0x03;

const CHUNK_HEAD_BYTES: usize = 8;

/// Memory of a decoder in bytes per pixel, besides the decoded pixels: for a lossy picture its planes; for a lossless
/// one the small pictures that tell how pixels are predicted from others; for opacity four channels, such small
/// pictures, and the opacity alone; for an animation a frame, and the canvas on which frames are put.
const LOSSY_BYTES: u64 = 2;
const LOSSLESS_BYTES: u64 = 1;
const OPACITY_BYTES: u64 = 4 + 1 + 1;
const MOVING_BYTES: u64 = 4 + 4;

/// Position, size, duration and flags of a frame, before its chunks.
const FRAME_BYTES: usize = 16;

/// The prefix of Exif data in a JPEG; some writers of WebP put it before the TIFF data, too.
const EXIF: &[u8] = b"Exif\0\0";

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, InvalidPicture> {
    let mut pieces = Pieces::of(bytes);
    let (riff, size, webp): ([u8; 4], [u8; 4], [u8; 4]) =
        (pieces.array()?, pieces.array()?, pieces.array()?);
    if riff != *b"RIFF" || webp != *b"WEBP" {
        return Err(InvalidPicture::Malformed(
            "it does not begin as a WebP does",
        ));
    }
    let size = usize::try_from(u32::from_le_bytes(size)).map_err(|_| InvalidPicture::Truncated)?;
    let begin = pieces.at();
    let inside = pieces.take(size.checked_sub(4).ok_or(InvalidPicture::Truncated)?)?;
    let mut walk = Walk::of(bytes.len());
    let mut chunks = Pieces::within(inside, begin);
    while !chunks.is_empty() {
        walk.found.part()?;
        let chunk = chunk(&mut chunks)?;
        walk.chunk(&chunk)?;
    }
    walk.end(riff, webp)
}

/// A chunk, with where its data stand in the file.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    offset: usize,
    /// Whether its length is even, or a zero byte follows that makes it even.
    is_padded: bool,
}

struct Walk<'a> {
    found: Anatomy<'a>,
    pieces: Vec<FilePiece>,
    /// The kinds of the chunks kept so far, of those that a file may have only once, in their order.
    seen_kinds: Vec<[u8; 4]>,
    size: (u32, u32),
    has_frame: bool,
}

impl<'a> Walk<'a> {
    fn of(file_bytes: usize) -> Self {
        let mut found = Anatomy::new();
        found.needs = Needs {
            channels: 3,
            channel_bytes: 1,
            // Its parts are copied twice.
            decoder_bytes: 2 * file_bytes as u64,
            ..Needs::default()
        };
        Self {
            found,
            pieces: Vec::new(),
            seen_kinds: Vec::new(),
            size: (0, 0),
            has_frame: false,
        }
    }

    fn is_extended(&self) -> bool {
        self.seen_kinds.first() == Some(b"VP8X")
    }

    fn chunk(&mut self, chunk: &Chunk<'a>) -> Result<(), InvalidPicture> {
        let (kind, data) = (chunk.kind, chunk.data);
        // A plain file is one chunk; decoders ignore the others.
        let is_shown = self.seen_kinds.is_empty() || self.is_extended();
        match &kind {
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ICCP" | b"ANIM" if is_shown => {
                if self.seen_kinds.contains(&kind) {
                    return Err(InvalidPicture::Malformed(
                        "it has two of what a picture has one of",
                    ));
                }
                self.seen_kinds.push(kind);
                self.needs(kind, data)?;
                match &kind {
                    // Its flags are set when all chunks are read.
                    b"VP8X" => self.pieces.push(FilePiece::Made(data.to_vec())),
                    _ => chunk.keep(&mut self.pieces),
                }
            }
            b"ANMF" if is_shown => {
                if self.seen_kinds.is_empty() {
                    return Err(InvalidPicture::Malformed("it begins with a frame"));
                }
                self.found.is_animation = true;
                self.frame(chunk)?;
            }
            b"EXIF" => {
                let orientation = orientation::of_exif(data.strip_prefix(EXIF).unwrap_or(data));
                self.found.orientation = orientation;
                if let Some(tiff) = orientation::exif(orientation).filter(|_| self.is_extended()) {
                    self.pieces.push(FilePiece::Made(written(kind, &tiff)));
                }
            }
            b"XMP " => self.found.xmp = Some(data.into()),
            _ => {}
        }
        Ok(())
    }

    /// Adds the memory that a decoder needs for a chunk of the file or of its first frame.
    fn needs(&mut self, kind: [u8; 4], data: &[u8]) -> Result<(), InvalidPicture> {
        let area = padded(self.size);
        match (&kind, data) {
            (b"VP8X", [flags, _, _, _, size @ ..]) => {
                let [a, b, c, d, e, f, ..] = size else {
                    return Err(InvalidPicture::Truncated);
                };
                let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
                self.size = (side(*a, *b, *c), side(*d, *e, *f));
                if flags & HAS_OPACITY != 0 {
                    self.clear();
                }
                if flags & MOVES != 0 {
                    self.add(MOVING_BYTES * padded(self.size));
                }
            }
            (b"VP8 ", [_, _, _, _, _, _, a, b, c, d, ..]) => {
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                self.add(LOSSY_BYTES * padded((side(*a, *b), side(*c, *d))));
            }
            (b"VP8L", [_, a, b, c, d, ..]) => {
                let head = u32::from_le_bytes([*a, *b, *c, *d]);
                let size = ((head & 0x3fff) + 1, (head >> 14 & 0x3fff) + 1);
                if head >> 28 & 1 == 1 && !self.is_extended() {
                    self.clear();
                }
                // If the output has three channels, all four are decoded into another buffer first.
                let is_given = self.found.needs.channels == 4 || self.found.is_animation;
                let decoded = if is_given { 0 } else { 4 };
                self.add((LOSSLESS_BYTES + decoded) * padded(size));
                self.add(vp8l::table_bytes(data, None, DECODING_BYTES)?);
            }
            (b"ALPH", [how, rest @ ..]) => {
                self.add(OPACITY_BYTES * area);
                if how & COMPRESSED == 1 {
                    let size = Some(self.size);
                    self.add(vp8l::table_bytes(rest, size, DECODING_BYTES)?);
                }
            }
            (b"ICCP", _) => self.found.profile(data.len())?,
            (b"ANIM", _) => {}
            _ => return Err(InvalidPicture::Truncated),
        }
        Ok(())
    }

    fn add(&mut self, bytes: u64) {
        self.found.needs.decoder_bytes += bytes;
    }

    fn clear(&mut self) {
        self.found.needs.channels = 4;
        self.found.needs.as_png = true;
    }

    /// Keeps a frame of an animation, but of its chunks only those of the picture.
    fn frame(&mut self, chunk: &Chunk<'a>) -> Result<(), InvalidPicture> {
        let mut pieces = Pieces::within(chunk.data, chunk.offset);
        let head: [u8; FRAME_BYTES] = pieces.array()?;
        let head_span = pieces.span(0);
        let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = head;
        let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
        let whole = std::mem::replace(&mut self.size, (side(a, b, c), side(d, e, f)));
        let is_first = !std::mem::replace(&mut self.has_frame, true);
        let mut inside = Vec::new();
        while !pieces.is_empty() {
            self.found.part()?;
            let part = self::chunk(&mut pieces)?;
            if matches!(&part.kind, b"VP8 " | b"VP8L" | b"ALPH") {
                // The following frames are not decoded.
                if is_first {
                    self.needs(part.kind, part.data)?;
                }
                part.keep(&mut inside);
            }
        }
        self.size = whole;
        let length = FRAME_BYTES + inside.iter().map(FilePiece::length).sum::<usize>();
        if length == chunk.data.len() {
            chunk.keep(&mut self.pieces);
            return Ok(());
        }
        let length = u32::try_from(length).map_err(|_| InvalidPicture::Truncated)?;
        let head = [&chunk.kind[..], &length.to_le_bytes()].concat();
        self.pieces
            .extend([FilePiece::Made(head), FilePiece::Of(head_span)]);
        self.pieces.append(&mut inside);
        Ok(())
    }

    fn end(mut self, riff: [u8; 4], webp: [u8; 4]) -> Result<Anatomy<'a>, InvalidPicture> {
        if !self.is_extended() {
            self.found.orientation = orientation::UPRIGHT;
        } else if let Some(FilePiece::Made(head)) = self.pieces.first_mut() {
            if let Some(flags) = head.first_mut() {
                *flags &= !(HAS_EXIF | HAS_XMP);
                if self.found.orientation != orientation::UPRIGHT {
                    *flags |= HAS_EXIF;
                }
            }
            *head = written(*b"VP8X", head);
        }
        let body: usize = self.pieces.iter().map(FilePiece::length).sum();
        let size = u32::try_from(body + webp.len()).map_err(|_| InvalidPicture::Truncated)?;
        let mut found = self.found;
        found.keep_made([riff, size.to_le_bytes(), webp].concat());
        self.pieces
            .into_iter()
            .for_each(|piece| found.keep_piece(piece));
        Ok(found)
    }
}

impl Chunk<'_> {
    /// Adds the chunk, made even, to what is kept.
    fn keep(&self, pieces: &mut Vec<FilePiece>) {
        let begin = self.offset - CHUNK_HEAD_BYTES;
        let end = self.offset + self.data.len();
        let is_odd = self.data.len() % 2 == 1;
        pieces.push(FilePiece::Of(
            begin..end + usize::from(is_odd && self.is_padded),
        ));
        if !self.is_padded {
            pieces.push(FilePiece::Made(vec![0]));
        }
    }
}

/// The number of pixels of a picture of that size, each side rounded up to whole blocks of 16.
fn padded((width, height): (u32, u32)) -> u64 {
    u64::from(width).next_multiple_of(16) * u64::from(height).next_multiple_of(16)
}

fn chunk<'a>(pieces: &mut Pieces<'a>) -> Result<Chunk<'a>, InvalidPicture> {
    let kind = pieces.array()?;
    let size = u32::from_le_bytes(pieces.array()?);
    let begin = pieces.at();
    let offset = pieces.span(begin).start;
    let data = pieces.take(usize::try_from(size).map_err(|_| InvalidPicture::Truncated)?)?;
    let mut is_even = size.is_multiple_of(2);
    // Each chunk begins at an even offset; some writers omit the padding behind the last.
    if !is_even && !pieces.is_empty() {
        is_even = pieces.byte()? == 0;
    }
    Ok(Chunk {
        kind,
        data,
        offset,
        is_padded: is_even,
    })
}

fn written(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding = &[0][..data.len() % 2];
    [&kind, &size, data, padding].concat()
}
