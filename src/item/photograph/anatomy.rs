//! The parts of a picture's file: those that are published, and the metadata and sizes that it contains.
//!
//! The walk for each file format lists the parts that it keeps; all other parts are removed, known or not. So a new
//! kind of metadata is private until somebody finds that readers need it.

use std::borrow::Cow;
use std::ops::Range;

use super::memory::{MAX_PROFILE_BYTES, Needs};
use super::orientation;

/// Maximum number of parts that a picture's file may have. Software that writes pictures makes some thousands at most;
/// a file with millions is made to cost work.
const MAX_PARTS: usize = 65_536;

/// Why a file cannot be walked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InvalidPicture {
    /// The file ends before the picture does.
    Truncated,
    /// The file contradicts the format that it has.
    Malformed(&'static str),
    /// A JPEG with more than this many scans.
    Scans(usize),
    /// The picture has a colour profile larger than [`MAX_PROFILE_BYTES`].
    Profile,
    /// The file has more than this many parts.
    Parts(usize),
}

/// A piece of the published file.
#[derive(Debug)]
pub(super) enum FilePiece {
    /// A range of the file, unchanged.
    Of(Range<usize>),
    Made(Vec<u8>),
}

impl FilePiece {
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Of(range) => range.len(),
            Self::Made(bytes) => bytes.len(),
        }
    }
}

/// A picture's file, taken apart.
#[derive(Default)]
pub(super) struct Anatomy<'a> {
    pieces: Vec<FilePiece>,
    parts: usize,
    /// The orientation of the picture, from 1 (as it is) to 8 (TIFF 6.0, Orientation).
    pub(super) orientation: u8,
    pub(super) xmp: Option<Cow<'a, [u8]>>,
    /// Photoshop's image resources; IPTC-IIM is one of them.
    pub(super) resources: Vec<u8>,
    /// Whether the picture is an animation, with several frames.
    pub(super) is_animation: bool,
    pub(super) needs: Needs,
}

impl<'a> Anatomy<'a> {
    pub(super) fn new() -> Self {
        Self {
            orientation: orientation::UPRIGHT,
            ..Self::default()
        }
    }

    /// Counts one more part of the file.
    pub(super) fn part(&mut self) -> Result<(), InvalidPicture> {
        self.parts += 1;
        match self.parts {
            0..=MAX_PARTS => Ok(()),
            _ => Err(InvalidPicture::Parts(MAX_PARTS)),
        }
    }

    /// Counts this many bytes more of the colour profile.
    pub(super) fn profile(&mut self, bytes: usize) -> Result<(), InvalidPicture> {
        self.needs.profile_bytes += bytes as u64;
        match self.needs.profile_bytes {
            0..=MAX_PROFILE_BYTES => Ok(()),
            _ => Err(InvalidPicture::Profile),
        }
    }

    pub(super) fn keep(&mut self, range: Range<usize>) {
        match self.pieces.last_mut() {
            Some(FilePiece::Of(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push(FilePiece::Of(range)),
        }
    }

    pub(super) fn keep_made(&mut self, bytes: Vec<u8>) {
        self.pieces.push(FilePiece::Made(bytes));
    }

    pub(super) fn keep_piece(&mut self, piece: FilePiece) {
        match piece {
            FilePiece::Of(range) => self.keep(range),
            FilePiece::Made(bytes) => self.keep_made(bytes),
        }
    }

    /// The file as it is published; the very bytes of `whole` where nothing had to go, else a copy of the rest.
    pub(super) fn published(&self, whole: &'a [u8]) -> Cow<'a, [u8]> {
        let pieces = self.pieces.iter().map(|piece| match piece {
            FilePiece::Of(range) => whole.get(range.clone()).unwrap_or_default(),
            FilePiece::Made(bytes) => bytes,
        });
        let length = pieces.clone().map(<[u8]>::len).sum();
        let is_whole = length == whole.len() && {
            let mut rest = whole;
            pieces.clone().all(|piece| match rest.strip_prefix(piece) {
                Some(after) => {
                    rest = after;
                    true
                }
                None => false,
            })
        };
        if is_whole {
            return Cow::Borrowed(whole);
        }
        let mut joined = Vec::with_capacity(length);
        pieces.for_each(|piece| joined.extend_from_slice(piece));
        Cow::Owned(joined)
    }
}

/// Bytes that are read one piece after the other.
pub(super) struct Pieces<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// Where the bytes begin in the file.
    base: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self::within(bytes, 0)
    }

    /// A reader of `bytes` that begin at `base` in the file.
    pub(super) fn within(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            offset: 0,
            base,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.offset
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offset >= self.bytes.len()
    }

    /// The bytes that have been read since the offset `begin`.
    pub(super) fn since(&self, begin: usize) -> &'a [u8] {
        self.bytes.get(begin..self.offset).unwrap_or_default()
    }

    /// The place in the file of the bytes that have been read since the offset `begin`.
    pub(super) fn span(&self, begin: usize) -> Range<usize> {
        self.base + begin..self.base + self.offset
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], InvalidPicture> {
        let end = self
            .offset
            .checked_add(count)
            .ok_or(InvalidPicture::Truncated)?;
        let taken = self
            .bytes
            .get(self.offset..end)
            .ok_or(InvalidPicture::Truncated)?;
        self.offset = end;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidPicture> {
        self.take(N)?
            .try_into()
            .map_err(|_| InvalidPicture::Truncated)
    }

    pub(super) fn byte(&mut self) -> Result<u8, InvalidPicture> {
        self.array().map(|[byte]| byte)
    }
}
