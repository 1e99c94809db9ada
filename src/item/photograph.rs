//! A photograph as a file: what it is, how large, and the hash that names it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The largest photograph that is taken, in bytes: more is a scan or a mistake, and every reader would fetch it.
pub const MAX_PHOTOGRAPH_BYTES: u64 = 32 * 1024 * 1024;

/// The most pixels a photograph may have on a side; what claims more is no newspaper photograph.
const MAX_SIDE_PIXELS: usize = 30_000;

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

/// What a photograph was found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photograph {
    /// SHA-256 of the bytes, 32 hexadecimal digits of it: the name under which it is kept and served.
    pub hash: String,
    pub kind: PhotographType,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
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
        width: usize,
        height: usize,
    },
    #[error("{name} is not a JPEG, PNG, WebP or GIF picture")]
    NotAPicture { name: String },
    #[error("{name} leads out of the item's folder")]
    Outside { name: String },
}

impl PhotographError {
    /// What the desk can do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Missing { .. } => "put the file there, or take the key out".to_owned(),
            Self::Unreadable { .. } => "make the file readable for the server".to_owned(),
            Self::TooLarge { .. } => {
                let megabytes = MAX_PHOTOGRAPH_BYTES / 1024 / 1024;
                format!("make it smaller than {megabytes} MiB")
            }
            Self::TooManyPixels { .. } => format!("scale it below {MAX_SIDE_PIXELS} pixels a side"),
            Self::NotAPicture { .. } => "save it as one of these, or take the key out".to_owned(),
            Self::Outside { .. } => "copy the picture itself into the folder".to_owned(),
        }
    }
}

/// Reads what `bytes` are.
///
/// # Errors
/// Where they are no picture of a kind that is published, or one beyond the bounds.
pub fn read_photograph(name: &str, bytes: &[u8]) -> Result<Photograph, PhotographError> {
    let not_a_picture = || PhotographError::NotAPicture {
        name: name.to_owned(),
    };
    let kind = match imagesize::image_type(bytes).map_err(|_| not_a_picture())? {
        imagesize::ImageType::Jpeg => PhotographType::Jpeg,
        imagesize::ImageType::Png => PhotographType::Png,
        imagesize::ImageType::Webp => PhotographType::Webp,
        imagesize::ImageType::Gif => PhotographType::Gif,
        _ => return Err(not_a_picture()),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| not_a_picture())?;
    if size.width == 0 || size.height == 0 {
        return Err(not_a_picture());
    }
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else {
        return Err(not_a_picture());
    };
    if size.width > MAX_SIDE_PIXELS || size.height > MAX_SIDE_PIXELS {
        return Err(PhotographError::TooManyPixels {
            name: name.to_owned(),
            width: size.width,
            height: size.height,
        });
    }
    let digest = Sha256::digest(bytes);
    let hash = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Photograph {
        hash,
        kind,
        width,
        height,
        bytes: bytes.len() as u64,
    })
}
