//! The colours of renditions: those of sRGB, which is what readers take a picture for that names none.
//!
//! So a small picture carries no profile, which may be larger than itself. A profile that is not of the pixels that came
//! out of the decoder (that of a CMYK picture) is not applied.

use image::DynamicImage;
use moxcms::{ColorProfile, Layout, TransformOptions};

/// The places in a profile of its colour space (ICC.1:2022 §7.2), of the number of its tags, and of their list.
const COLOURS: std::ops::Range<usize> = 16..20;
const TAG_COUNT: std::ops::Range<usize> = 128..132;
const TAGS_BEGIN: usize = 132;
const TAG_BYTES: usize = 12;

/// The tags that describe how colours look. The others are texts, or describe the transform in the other direction; a
/// profile that was made to harm can list the same text a hundred thousand times.
const TAGS: [&[u8; 4]; 13] = [
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"wtpt", b"bkpt", b"chad", b"cicp",
    b"A2B0", b"A2B1", b"A2B2",
];

/// Maximum number of bytes of pixels that are turned at a time: whole pixels of three and of four bytes.
const STRIP_BYTES: usize = 3 * 4 * 16 * 1024;

/// Turns the colours that `profile` describes into those of sRGB; leaves them where it does not fit or does not read.
pub(super) fn into_srgb(picture: &mut DynamicImage, mut profile: Vec<u8>) {
    if keep_tags(&mut profile).is_none() {
        return;
    }
    let Ok(profile) = ColorProfile::new_from_slice(&profile) else {
        return;
    };
    match picture {
        DynamicImage::ImageRgb8(pixels) => transform(&profile, Layout::Rgb, pixels),
        DynamicImage::ImageRgba8(pixels) => transform(&profile, Layout::Rgba, pixels),
        _ => {}
    }
}

/// Takes the tags out of a profile's list that are not needed, or stand in it before; none if it is not of RGB.
fn keep_tags(profile: &mut [u8]) -> Option<()> {
    if profile.get(COLOURS)? != b"RGB " {
        return None;
    }
    let count: [u8; 4] = profile.get(TAG_COUNT)?.try_into().ok()?;
    let count = usize::try_from(u32::from_be_bytes(count)).ok()?;
    let list = profile
        .get(TAGS_BEGIN..)?
        .get(..count.checked_mul(TAG_BYTES)?)?;
    let mut tags: Vec<[u8; TAG_BYTES]> = Vec::new();
    for tag in list.chunks_exact(TAG_BYTES) {
        let is_new = tags.iter().all(|known| known.get(..4) != tag.get(..4));
        if is_new && TAGS.iter().any(|wanted| tag.starts_with(*wanted)) {
            tags.push(tag.try_into().ok()?);
        }
    }
    let count = u32::try_from(tags.len()).ok()?;
    profile
        .get_mut(TAG_COUNT)?
        .copy_from_slice(&count.to_be_bytes());
    let list = profile.get_mut(TAGS_BEGIN..)?.chunks_exact_mut(TAG_BYTES);
    for (place, tag) in list.zip(tags) {
        place.copy_from_slice(&tag);
    }
    Some(())
}

fn transform(profile: &ColorProfile, layout: Layout, pixels: &mut [u8]) {
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, options) else {
        return;
    };
    let mut before = Vec::new();
    for strip in pixels.chunks_mut(STRIP_BYTES) {
        before.clear();
        before.extend_from_slice(strip);
        if transform.transform(&before, strip).is_err() {
            strip.copy_from_slice(&before);
            return;
        }
    }
}
