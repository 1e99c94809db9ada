//! The orientation of a picture, by which it is turned before it is shown: the only field of EXIF that is published.
//!
//! In the original it is kept and not carried out, because a JPEG loses quality when its pixels are turned.

use image::metadata::Orientation;

pub(super) const UPRIGHT: u8 = 1;

/// From this orientation on, width and height change places.
const FIRST_SIDEWAYS: u8 = 5;

/// The orientation in EXIF, a TIFF file within the picture's; upright where it has none.
pub(super) fn of_exif(tiff: &[u8]) -> u8 {
    Orientation::from_exif_chunk(tiff).map_or(UPRIGHT, Orientation::to_exif)
}

/// EXIF with the orientation and nothing else; `None` for an upright picture.
pub(super) fn exif(orientation: u8) -> Option<Vec<u8>> {
    if orientation == UPRIGHT {
        return None;
    }
    let mut tiff = b"II*\0".to_vec();
    // Where the one directory begins, and how many entries it has.
    tiff.extend(8_u32.to_le_bytes());
    tiff.extend(1_u16.to_le_bytes());
    // Orientation is one SHORT; the field of its value is four bytes wide.
    tiff.extend(0x0112_u16.to_le_bytes());
    tiff.extend(3_u16.to_le_bytes());
    tiff.extend(1_u32.to_le_bytes());
    tiff.extend(u32::from(orientation).to_le_bytes());
    // No directory follows.
    tiff.extend(0_u32.to_le_bytes());
    Some(tiff)
}

/// Width and height as a reader sees them.
pub(super) fn turned(orientation: u8, (width, height): (u32, u32)) -> (u32, u32) {
    if orientation >= FIRST_SIDEWAYS {
        (height, width)
    } else {
        (width, height)
    }
}

/// The orientation as the library that turns pixels spells it.
pub(super) fn transform(orientation: u8) -> Orientation {
    Orientation::from_exif(orientation).unwrap_or(Orientation::NoTransforms)
}
