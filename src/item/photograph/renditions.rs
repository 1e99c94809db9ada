//! Renditions: the same picture in the widths that pages and feeds need, so that nobody loads more than is shown.
//!
//! A photograph is written as JPEG. A picture with transparent places is written as PNG, and so is a drawing, which is
//! recognised by being smaller as PNG than as JPEG. An animation has no renditions: each would be a still of it.
//!
//! The size that the file claims is checked before any memory is taken for it. Decoding takes a time that grows with
//! the pixels and, for a JPEG, with the scans; both have bounds, so it ends. The calling thread is blocked
//! meanwhile: call it on one that serves no requests.

use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::budget::{self, DECODING_BYTES, Share};
use super::scaling::scaled;
use super::widths::{RENDITION_WIDTHS, sized};
use super::{
    Cleaned, PhotographError, PhotographType, Rendition, colour, hash_of, orientation, pixels,
};

/// The quality of JPEG files, from 1 to 100. At a higher one files grow, and no difference is seen in a newspaper's
/// photograph.
const JPEG_QUALITY: u8 = 82;

/// A rendition with its bytes.
pub type RenditionFile = (Rendition, Vec<u8>);

/// Decodes a picture and makes its renditions, smallest first.
///
/// # Errors
/// Where it cannot be decoded, or only with more memory than there is for it.
pub(super) fn renditions(
    name: &str,
    of: &Cleaned<'_>,
) -> Result<Vec<RenditionFile>, PhotographError> {
    unharmed(name, || make(name, of))
}

/// Decodes a picture to see whether it can be decoded.
///
/// # Errors
/// Where it cannot be decoded, or only with more memory than there is for it.
pub(super) fn check(name: &str, of: &Cleaned<'_>) -> Result<(), PhotographError> {
    unharmed(name, || check_unharmed(name, of))
}

fn check_unharmed(name: &str, of: &Cleaned<'_>) -> Result<(), PhotographError> {
    let _share = memory_for(name, of, of.needs.decoding(of.size()))?;
    decode(name, of).map(|_| ())
}

/// Runs `work`, and turns a panic of the decoder on a damaged picture into an error.
fn unharmed<T>(
    name: &str,
    work: impl FnOnce() -> Result<T, PhotographError>,
) -> Result<T, PhotographError> {
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(undecodable(name, "the decoder gave up".to_owned())))
}

/// A picture as pixels.
struct DecodedPicture {
    pixels: DynamicImage,
    profile: Option<Vec<u8>>,
}

/// Waits until `bytes` of the memory for decoding are free, and reserves them; an error if it is more than there is at
/// all.
fn memory_for(name: &str, of: &Cleaned<'_>, bytes: u64) -> Result<Share, PhotographError> {
    if bytes > DECODING_BYTES {
        return Err(PhotographError::TooHeavy {
            name: name.to_owned(),
            megabytes: bytes.div_ceil(1024 * 1024),
        });
    }
    Ok(budget::take(of.precedence, bytes))
}

fn decode(name: &str, of: &Cleaned<'_>) -> Result<DecodedPicture, PhotographError> {
    let failed = |error: ImageError| undecodable(name, error.to_string());
    let mut reader = ImageReader::with_format(Cursor::new(&*of.bytes), format(of.photograph.kind));
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODING_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let size = of.size();
    if decoder.dimensions() != size || decoder.total_bytes() > of.needs.pixels(size) {
        return Err(undecodable(name, "it gives two different sizes".to_owned()));
    }
    let profile = match of.needs.profile_bytes {
        0 => None,
        _ => decoder.icc_profile().unwrap_or_default(),
    };
    Ok(DecodedPicture {
        pixels: pixels::decoded(decoder).map_err(failed)?,
        profile,
    })
}

fn make(name: &str, of: &Cleaned<'_>) -> Result<Vec<RenditionFile>, PhotographError> {
    let failed = |reason: String| undecodable(name, reason);
    let shown = (of.photograph.width, of.photograph.height);
    let wanted = RENDITION_WIDTHS
        .into_iter()
        .filter(|width| *width < shown.0 && !of.is_animation);
    let wanted: Vec<u32> = wanted.collect();
    let Some(widest) = wanted.last() else {
        return check_unharmed(name, of).map(|()| Vec::new());
    };
    let _share = memory_for(name, of, of.needs.rendering(of.size(), of.orientation))?;
    let DecodedPicture { pixels, profile } = decode(name, of)?;
    let size = orientation::turned(of.orientation, sized(*widest, shown));
    let large = scaled(pixels, size).map_err(failed)?;
    let mut large = without_needless_opacity(large);
    large.apply_orientation(orientation::transform(of.orientation));
    if let Some(profile) = profile {
        colour::into_srgb(&mut large, profile);
    }
    let mut made = Vec::new();
    for width in wanted.iter().filter(|width| *width != widest) {
        let small = scaled(large.clone(), sized(*width, shown)).map_err(failed)?;
        made.push(small);
    }
    made.push(large);
    let rendered = made
        .iter()
        .map(|picture| rendered(picture, of.photograph.kind));
    rendered
        .collect::<Result<_, _>>()
        .map_err(|error| failed(error.to_string()))
}

fn undecodable(name: &str, reason: String) -> PhotographError {
    PhotographError::Undecodable {
        name: name.to_owned(),
        reason,
    }
}

fn format(kind: PhotographType) -> ImageFormat {
    match kind {
        PhotographType::Jpeg => ImageFormat::Jpeg,
        PhotographType::Png => ImageFormat::Png,
        PhotographType::Webp => ImageFormat::WebP,
        PhotographType::Gif => ImageFormat::Gif,
    }
}

/// The picture without its channel of opacity if every pixel is opaque.
fn without_needless_opacity(picture: DynamicImage) -> DynamicImage {
    let color = picture.color();
    if !color.has_alpha() {
        return picture;
    }
    let pixels = picture.into_rgba8();
    let is_opaque = pixels.pixels().all(|pixel| pixel[3] == u8::MAX);
    let picture = DynamicImage::ImageRgba8(pixels);
    match (color.has_color(), is_opaque) {
        (false, true) => DynamicImage::ImageLuma8(picture.into_luma8()),
        (true, true) => DynamicImage::ImageRgb8(picture.into_rgb8()),
        (_, false) => picture,
    }
}

fn rendered(picture: &DynamicImage, original: PhotographType) -> Result<RenditionFile, ImageError> {
    let as_png = || -> Result<_, ImageError> {
        let mut bytes = Vec::new();
        picture.write_with_encoder(PngEncoder::new(&mut bytes))?;
        Ok((PhotographType::Png, bytes))
    };
    let as_jpeg = || -> Result<_, ImageError> {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
        Ok((PhotographType::Jpeg, bytes))
    };
    let (kind, bytes) = match original {
        _ if picture.color().has_alpha() => as_png()?,
        PhotographType::Png | PhotographType::Gif => {
            let (png, jpeg) = (as_png()?, as_jpeg()?);
            if png.1.len() <= jpeg.1.len() {
                png
            } else {
                jpeg
            }
        }
        PhotographType::Jpeg | PhotographType::Webp => as_jpeg()?,
    };
    let rendition = Rendition {
        hash: hash_of(&bytes),
        kind,
        width: picture.width(),
        height: picture.height(),
        bytes: bytes.len() as u64,
    };
    Ok((rendition, bytes))
}
