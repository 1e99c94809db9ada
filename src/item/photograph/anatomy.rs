//! What the file of a picture is made of: what is published of it, and what it says of itself.
//!
//! Each kind has a walk of its own that lists what it keeps; what is not on the list goes, known or not. So a new kind of
//! metadata is private until somebody finds that readers need it.

use std::borrow::Cow;

use super::orientation;

/// Why a file cannot be walked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends before the picture does.
    Truncated,
    /// It contradicts its kind.
    Malformed(&'static str),
    /// A JPEG drawn over so many times.
    Scans(usize),
}

/// A picture's file, taken apart.
#[derive(Default)]
pub(super) struct Anatomy<'a> {
    kept: Vec<Cow<'a, [u8]>>,
    /// How the picture is to be turned, from 1 (as it is) to 8 (TIFF 6.0, Orientation).
    pub(super) orientation: u8,
    pub(super) xmp: Option<Cow<'a, [u8]>>,
    /// Photoshop's image resources; IPTC-IIM is one of them.
    pub(super) resources: Vec<u8>,
    /// Whether it has several frames.
    pub(super) moves: bool,
    /// What a decoder holds of a progressive JPEG beside its pixels.
    pub(super) coefficient_bytes: u64,
}

impl<'a> Anatomy<'a> {
    pub(super) fn new() -> Self {
        Self {
            orientation: orientation::UPRIGHT,
            ..Self::default()
        }
    }

    pub(super) fn keep(&mut self, bytes: &'a [u8]) {
        self.kept.push(Cow::Borrowed(bytes));
    }

    pub(super) fn keep_made(&mut self, bytes: Vec<u8>) {
        self.kept.push(Cow::Owned(bytes));
    }

    /// The file as it is published; the very bytes of `whole` where nothing had to go.
    pub(super) fn published(&self, whole: &'a [u8]) -> Cow<'a, [u8]> {
        let joined = self.kept.concat();
        if joined == whole {
            Cow::Borrowed(whole)
        } else {
            Cow::Owned(joined)
        }
    }
}

/// Bytes that are read one piece after the other.
pub(super) struct Pieces<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What has been read since the place `begin`.
    pub(super) fn since(&self, begin: usize) -> &'a [u8] {
        self.bytes.get(begin..self.at).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.checked_add(count).ok_or(Broken::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(Broken::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        self.take(N)?.try_into().map_err(|_| Broken::Truncated)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Broken> {
        self.array().map(|[byte]| byte)
    }
}
