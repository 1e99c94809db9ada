//! A photograph as a file: its type, its size, the hash that names it, and the parts of it that are published.
//!
//! Only the picture is published, without anything that was written beside it: no place, no camera, no name of a
//! person, no second file behind its end. Pixels, colours and the orientation stay as they are, without a new
//! compression; a file that contained nothing else stays the same byte for byte.

mod anatomy;
mod budget;
mod colour;
mod embedded;
mod gif;
mod iim;
mod jpeg;
mod memory;
mod metadata;
mod orientation;
mod pixels;
mod png;
mod renditions;
mod scaling;
mod vp8l;
mod webp;
mod widths;
mod xmp;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use anatomy::{Anatomy, InvalidPicture};
use memory::{MAX_PROFILE_BYTES, Needs};

pub use budget::{
    DECODING_BYTES, FILE_BYTES, Precedence, Share, desk_photograph_room, photograph_room,
};
pub use embedded::EmbeddedMetadata;
pub use renditions::RenditionFile;
pub use widths::RENDITION_WIDTHS;

/// Maximum size of a photograph's file in bytes: a larger one is a scan or a mistake, and every reader would fetch it.
pub const MAX_PHOTOGRAPH_BYTES: u64 = 32 * 1024 * 1024;

/// Maximum width and height of a photograph in pixels; what claims more is no newspaper photograph.
const MAX_SIDE_PIXELS: u32 = 30_000;

/// Maximum number of pixels of a photograph: more than the cameras of newspapers give, and 300 MB once it is decoded.
const MAX_PIXELS: u64 = 100_000_000;

/// The width of the largest rendition that documents show, and of the one for small places, in pixels; both are among
/// [`RENDITION_WIDTHS`].
const SHOWN_WIDTH: u32 = 1600;
const THUMBNAIL_WIDTH: u32 = 400;

/// The kinds of picture that every reader shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotographType {
    Jpeg,
    Png,
    Webp,
    Gif,
}

impl PhotographType {
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Gif];

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.extension() == extension)
    }
}

/// The facts of a photograph's file: its hash, type, size and renditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photograph {
    /// SHA-256 of the bytes, 32 hexadecimal digits of it: the name under which it is kept and served.
    pub hash: String,
    pub kind: PhotographType,
    /// The width in pixels as readers see it, after it is turned by its orientation.
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    /// Smaller copies of it, smallest first; empty if it is small itself, is an animation, or was stored before there
    /// were renditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
}

/// A photograph in one of the sizes that it is served in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// The hash of the rendition's own bytes: 32 hexadecimal digits of their SHA-256.
    pub hash: String,
    pub kind: PhotographType,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
}

/// A picture's file as it is published, and the metadata that it contained.
#[derive(Debug)]
pub struct Cleaned<'a> {
    /// The photograph without renditions, which [`Cleaned::renditions`] makes.
    pub photograph: Photograph,
    pub bytes: Cow<'a, [u8]>,
    pub embedded: EmbeddedMetadata,
    orientation: u8,
    is_animation: bool,
    needs: Needs,
    precedence: Precedence,
}

/// Why a file is no photograph that can be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotographError {
    #[error("there is no file {name}")]
    Missing { name: String },
    #[error("{name} could not be read: {reason}")]
    Unreadable { name: String, reason: String },
    #[error("{name} has {bytes} bytes")]
    TooLarge { name: String, bytes: u64 },
    #[error("{name} is {width} x {height} pixels")]
    TooManyPixels {
        name: String,
        width: u64,
        height: u64,
    },
    #[error("{name} is not a JPEG, PNG, WebP or GIF picture")]
    NotAPicture { name: String },
    #[error("{name} ends before the picture in it does")]
    Truncated { name: String },
    #[error("{name} is damaged: {reason}")]
    Undecodable { name: String, reason: String },
    #[error("{name} is a JPEG of more than {scans} scans")]
    TooManyScans { name: String, scans: usize },
    #[error(
        "{name} takes {megabytes} MiB of memory to decode, and may take {}",
        mebibytes(DECODING_BYTES)
    )]
    TooHeavy { name: String, megabytes: u64 },
    #[error(
        "{name} has a colour profile of more than {} MiB",
        mebibytes(MAX_PROFILE_BYTES)
    )]
    ProfileTooLarge { name: String },
    #[error("the file {name} has more than {parts} parts")]
    TooManyParts { name: String, parts: usize },
    #[error("{name} leads out of the item's folder")]
    Outside { name: String },
}

impl PhotographError {
    /// Advice to the desk: how to correct the error.
    pub fn advice(&self) -> String {
        match self {
            Self::Missing { .. } => "put the file there, or take the key out".to_owned(),
            Self::Unreadable { .. } => "make the file readable for the server".to_owned(),
            Self::TooLarge { .. } => {
                let megabytes = MAX_PHOTOGRAPH_BYTES / 1024 / 1024;
                format!("make it smaller than {megabytes} MiB")
            }
            Self::TooManyPixels { .. } => {
                let megapixels = MAX_PIXELS / 1_000_000;
                format!(
                    "scale it below {MAX_SIDE_PIXELS} pixels a side and {megapixels} megapixels"
                )
            }
            Self::NotAPicture { .. } => "save it as one of these, or take the key out".to_owned(),
            Self::Truncated { .. } => "copy it once more from where it came".to_owned(),
            Self::ProfileTooLarge { .. } => {
                "convert it to sRGB, or save it without a profile".to_owned()
            }
            Self::Undecodable { .. } | Self::TooManyParts { .. } => {
                "open it in a picture editor and save it again".to_owned()
            }
            Self::TooManyScans { .. } => "save it as a baseline JPEG".to_owned(),
            Self::TooHeavy { .. } => {
                "scale it down, or save it as a baseline JPEG with 8 bits a colour".to_owned()
            }
            Self::Outside { .. } => "copy the picture itself into the folder".to_owned(),
        }
    }
}

impl Photograph {
    /// The original, as a rendition in its own size.
    pub fn original(&self) -> Rendition {
        Rendition {
            hash: self.hash.clone(),
            kind: self.kind,
            width: self.width,
            height: self.height,
            bytes: self.bytes,
        }
    }

    /// The rendition that documents show: a wider original would be larger than any reader needs.
    pub fn display_file(&self) -> Rendition {
        self.rendition(SHOWN_WIDTH)
            .cloned()
            .unwrap_or_else(|| self.original())
    }

    /// The small rendition for lists; `None` if there is none because the photograph is small itself.
    pub fn thumbnail(&self) -> Option<&Rendition> {
        self.rendition(THUMBNAIL_WIDTH)
    }

    /// All sizes that a page may choose from, narrowest first.
    pub fn sizes(&self) -> Vec<Rendition> {
        let mut sizes = self.renditions.clone();
        if self.width <= SHOWN_WIDTH {
            sizes.push(self.original());
        }
        sizes
    }

    fn rendition(&self, width: u32) -> Option<&Rendition> {
        self.renditions
            .iter()
            .find(|rendition| rendition.width == width)
    }
}

impl Cleaned<'_> {
    /// The same picture as one of the desk, which gets memory before others.
    #[must_use]
    pub fn of_desk(self) -> Self {
        Self {
            precedence: Precedence::Desk,
            ..self
        }
    }

    /// Width and height in the file, before it is turned.
    fn size(&self) -> (u32, u32) {
        let Photograph { width, height, .. } = self.photograph;
        orientation::turned(self.orientation, (width, height))
    }

    /// Decodes the picture and makes its renditions, smallest first, each with its bytes. It takes up to some seconds of
    /// a processor and, beside others, waits for memory.
    ///
    /// # Errors
    /// Where it cannot be decoded, or only with more memory than there is for it.
    pub fn renditions(&self, name: &str) -> Result<Vec<RenditionFile>, PhotographError> {
        renditions::renditions(name, self)
    }

    /// Decodes the picture, to see whether it can be published.
    ///
    /// # Errors
    /// Where it cannot be decoded, or only with more memory than there is for it.
    pub fn check(&self, name: &str) -> Result<(), PhotographError> {
        renditions::check(name, self)
    }
}

/// Reads the picture in `bytes`, and removes what is not published.
///
/// # Errors
/// Where they are no picture of a kind that is published, or one beyond the bounds. Pixels are not looked at.
pub fn clean_photograph<'a>(name: &str, bytes: &'a [u8]) -> Result<Cleaned<'a>, PhotographError> {
    let kind = kind_of(bytes).ok_or_else(|| PhotographError::NotAPicture {
        name: name.to_owned(),
    })?;
    let anatomy = match kind {
        PhotographType::Jpeg => jpeg::anatomy(bytes),
        PhotographType::Png => png::anatomy(bytes),
        PhotographType::Webp => webp::anatomy(bytes),
        PhotographType::Gif => gif::anatomy(bytes),
    };
    let anatomy = anatomy.map_err(|broken| refusal(name, broken))?;
    let embedded = metadata::read(&anatomy);
    let published = anatomy.published(bytes);
    // Measured on the published bytes: parts that were removed may state another size.
    let size = size_of(name, &published)?;
    let (width, height) = orientation::turned(anatomy.orientation, size);
    let photograph = Photograph {
        hash: hash_of(&published),
        kind,
        width,
        height,
        bytes: published.len() as u64,
        renditions: Vec::new(),
    };
    let Anatomy {
        orientation,
        is_animation,
        needs,
        ..
    } = anatomy;
    Ok(Cleaned {
        photograph,
        bytes: published,
        embedded,
        orientation,
        is_animation,
        needs,
        precedence: Precedence::default(),
    })
}

/// The facts of the photograph in `bytes`, as they are once it is cleaned.
///
/// # Errors
/// Where they are no picture of a kind that is published, or one beyond the bounds.
pub fn read_photograph(name: &str, bytes: &[u8]) -> Result<Photograph, PhotographError> {
    clean_photograph(name, bytes).map(|cleaned| cleaned.photograph)
}

fn kind_of(bytes: &[u8]) -> Option<PhotographType> {
    match imagesize::image_type(bytes).ok()? {
        imagesize::ImageType::Jpeg => Some(PhotographType::Jpeg),
        imagesize::ImageType::Png => Some(PhotographType::Png),
        imagesize::ImageType::Webp => Some(PhotographType::Webp),
        imagesize::ImageType::Gif => Some(PhotographType::Gif),
        _ => None,
    }
}

/// The size that the head of a file gives, within the bounds.
fn size_of(name: &str, bytes: &[u8]) -> Result<(u32, u32), PhotographError> {
    let name = || name.to_owned();
    let size = imagesize::blob_size(bytes);
    let size = size.map_err(|_| PhotographError::Truncated { name: name() })?;
    let (width, height) = (size.width as u64, size.height as u64);
    if width == 0 || height == 0 {
        let reason = "it has no pixels".to_owned();
        return Err(PhotographError::Undecodable {
            name: name(),
            reason,
        });
    }
    let within = |side: u64| {
        u32::try_from(side)
            .ok()
            .filter(|side| *side <= MAX_SIDE_PIXELS)
    };
    match (within(width), within(height)) {
        (Some(wide), Some(high)) if width * height <= MAX_PIXELS => Ok((wide, high)),
        _ => Err(PhotographError::TooManyPixels {
            name: name(),
            width,
            height,
        }),
    }
}

fn refusal(name: &str, broken: InvalidPicture) -> PhotographError {
    let name = name.to_owned();
    match broken {
        InvalidPicture::Truncated => PhotographError::Truncated { name },
        InvalidPicture::Malformed(reason) => PhotographError::Undecodable {
            name,
            reason: reason.to_owned(),
        },
        InvalidPicture::Scans(scans) => PhotographError::TooManyScans { name, scans },
        InvalidPicture::Profile => PhotographError::ProfileTooLarge { name },
        InvalidPicture::Parts(parts) => PhotographError::TooManyParts { name, parts },
    }
}

const fn mebibytes(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

/// The first half of the SHA-256 of `bytes`, which are those that are served, in 32 hexadecimal digits.
fn hash_of(bytes: &[u8]) -> String {
    let mut digits = hex::encode(Sha256::digest(bytes));
    digits.truncate(32);
    digits
}
