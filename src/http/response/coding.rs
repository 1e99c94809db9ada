//! Content codings: which one a request gets (RFC 9110 §12.5.3), and the coded bytes.
//!
//! A strong tag promises the bytes, so each coding has one fixed level, and its suffix names the encoder's generation:
//! an encoder that writes other bytes needs another suffix, and a golden test holds the two together.

use std::io::Write;

use crate::http::request::{Fields, accept::weight};

/// The content codings in which documents are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    Brotli,
    Zstd,
    Gzip,
    Identity,
}

const GZIP_LEVEL: u32 = 6;
const BROTLI_QUALITY: u32 = 6;
const ZSTD_LEVEL: i32 = 9;

/// The window of brotli, as a power of two. That of zstd at this level stays below 8 MB (RFC 9659).
const BROTLI_WINDOW: u32 = 22;

impl Coding {
    /// All codings, the preferred first where a client accepts several equally.
    pub(crate) const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// The name in Content-Encoding.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The suffix of entity tags of this coding; empty without coding.
    pub fn tag_suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br1",
            Self::Zstd => ".zst1",
            Self::Gzip => ".gz1",
            Self::Identity => "",
        }
    }

    /// The coded bytes.
    ///
    /// # Errors
    /// Only where memory is refused.
    pub fn encode(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes.to_vec()),
            Self::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
            Self::Brotli => {
                let mut coded = Vec::new();
                let buffer = 4096;
                let mut encoder = brotli::CompressorWriter::new(
                    &mut coded,
                    buffer,
                    BROTLI_QUALITY,
                    BROTLI_WINDOW,
                );
                encoder.write_all(bytes)?;
                drop(encoder);
                Ok(coded)
            }
        }
    }
}

/// The coding for a request; `None` where it refuses all that are held.
pub fn negotiate<F: Fields + ?Sized>(fields: &F) -> Option<Coding> {
    let mut texts = fields.texts("accept-encoding").peekable();
    if texts.peek().is_none() {
        return Some(Coding::Identity);
    }
    let mut weights: [Option<u16>; 4] = [None; 4];
    let mut any: Option<u16> = None;
    for text in texts {
        for member in text.split(',') {
            let mut parts = member.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let weight = weight(parts);
            if name == "*" {
                any.get_or_insert(weight);
            }
            let name = match name.eq_ignore_ascii_case("x-gzip") {
                true => "gzip",
                false => name,
            };
            let named = |coding: &Coding| coding.name().eq_ignore_ascii_case(name);
            if let Some(place) = Coding::ALL.iter().position(named)
                && let Some(slot) = weights.get_mut(place)
            {
                slot.get_or_insert(weight);
            }
        }
    }
    let mut best: Option<(Coding, u16)> = None;
    for (coding, explicit) in Coding::ALL.into_iter().zip(weights) {
        let weight = match (explicit.or(any), coding) {
            (Some(0), _) => continue,
            (Some(weight), _) => weight,
            // Unlisted, identity is acceptable but comes last.
            (None, Coding::Identity) => 0,
            (None, _) => continue,
        };
        if best.is_none_or(|(_, other)| weight > other) {
            best = Some((coding, weight));
        }
    }
    best.map(|(coding, _)| coding)
}
