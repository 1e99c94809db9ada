//! The memory that a picture takes until its renditions are made, calculated from its header before any is taken.
//!
//! Each figure is an upper bound of what the libraries take, found by reading them and held by `tests/pages/memory.rs`, which
//! measures a server.

use super::orientation;
use super::widths::{RENDITION_WIDTHS, sized};

/// The largest colour profile that is taken, in bytes: those of printing presses have up to some megabytes.
pub(super) const MAX_PROFILE_BYTES: u64 = 8 * 1024 * 1024;

/// Tables, rows and windows of decoders and encoders, which do not grow with the picture, or only with its width.
const WORK_BYTES: u64 = 8 * 1024 * 1024;

/// An allocator takes whole blocks: at most the requested bytes divided by this more than requested.
const ROUNDING: u64 = 16;

/// The tables of a colour profile have this many times its size once they are ready to be used: numbers of one byte become
/// those of four, and three tables may lie at one place.
const PROFILE_GROWTH: u64 = 16;

/// The form in which a decoder returns a picture, and the memory that it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Number of channels: one for grey, three for colour, and one more for opacity.
    pub(super) channels: u64,
    /// Bytes per channel: one, or two for finer colours.
    pub(super) channel_bytes: u64,
    /// Memory of the decoder in bytes, besides the pixels that it returns.
    pub(super) decoder_bytes: u64,
    /// Size of the colour profile in bytes, once it is inflated.
    pub(super) profile_bytes: u64,
    /// Whether renditions may be written as PNG.
    pub(super) as_png: bool,
}

impl Needs {
    /// Bytes of the decoded picture alone.
    pub(super) fn pixels(&self, size: (u32, u32)) -> u64 {
        area(size).saturating_mul(self.channels * self.channel_bytes)
    }

    /// Maximum memory to decode the picture, in bytes; `size` is that in the file, before the picture is turned.
    pub(super) fn decoding(&self, size: (u32, u32)) -> u64 {
        // One copy of the profile is the decoder's, one is handed over.
        let beside = self.decoder_bytes.saturating_add(2 * self.profile_bytes);
        with_work(self.pixels(size).saturating_add(beside))
    }

    /// Maximum memory to decode the picture and make its renditions, if it has any, in bytes.
    pub(super) fn rendering(&self, size: (u32, u32), turned: u8) -> u64 {
        let shown = orientation::turned(turned, size);
        let wider = |width: &u32| *width < shown.0;
        let widest = RENDITION_WIDTHS.into_iter().filter(wider).max();
        let Some(widest) = widest else {
            return self.decoding(size);
        };
        let large = orientation::turned(turned, sized(widest, shown));
        // Finer colours are made coarser in their place, before anything else.
        let scaled = area(large).saturating_mul(self.channels);
        // Made lower first, then narrower, one channel after another.
        let lower = area((size.0, large.1)).saturating_mul(self.channels + 1);
        let scaling = self
            .pixels(size)
            .saturating_add(lower)
            .saturating_add(scaled)
            .saturating_add(area(large))
            .saturating_add(self.profile_bytes);
        // With opacity made plain, and turned.
        let with_opacity = scaled.saturating_add(area(large).saturating_mul(8));
        let is_clear = self.channels.is_multiple_of(2);
        let raw = area(large).saturating_mul(if is_clear { 4 } else { self.channels });
        let colouring = raw.saturating_add(PROFILE_GROWTH * self.profile_bytes);
        // The smaller ones beside it, which together have a third of its pixels, and what is written of one of them: a
        // vector that grows has up to twice what is in it, and a PNG is put together from another such.
        let written = if self.as_png { 6 } else { 3 };
        let writing = raw.saturating_mul(2 + written);
        let most = scaling.max(with_opacity).max(colouring).max(writing);
        self.decoding(size).max(with_work(most))
    }
}

fn with_work(bytes: u64) -> u64 {
    bytes
        .saturating_add(bytes / ROUNDING)
        .saturating_add(WORK_BYTES)
}

fn area((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}
