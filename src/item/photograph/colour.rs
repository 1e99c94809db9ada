//! The colours of renditions: those of sRGB, which is what readers take a picture for that names none.
//!
//! So a small picture carries no profile, which may be larger than itself. A profile that is not of the pixels that came
//! out of the decoder (that of a CMYK picture) is not applied.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Turns the colours that `profile` describes into those of sRGB; leaves them where it does not fit or does not read.
pub(super) fn into_srgb(picture: &mut DynamicImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    match picture {
        DynamicImage::ImageRgb8(pixels) => transform(&profile, Layout::Rgb, pixels),
        DynamicImage::ImageRgba8(pixels) => transform(&profile, Layout::Rgba, pixels),
        _ => {}
    }
}

fn transform(profile: &ColorProfile, layout: Layout, pixels: &mut [u8]) {
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, options) else {
        return;
    };
    let before = pixels.to_vec();
    if transform.transform(&before, pixels).is_err() {
        pixels.copy_from_slice(&before);
    }
}
