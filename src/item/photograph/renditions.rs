//! Renditions: the same picture in the widths that pages and feeds need, so that nobody loads more than is shown.
//!
//! A photograph is written as JPEG. What has transparent places is written as PNG, and so is a drawing, which is known by
//! being smaller as PNG than as JPEG. What moves has no renditions: each would be a still of it.
//!
//! What the picture claims is checked before any memory is taken for it. Decoding takes a time that grows with the pixels
//! and, for a JPEG, with the scans; both have bounds, so it ends. The caller waits for it: call it where waiting harms
//! nobody.

use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use fast_image_resize::{
    ImageViewMut, IntoImageViewMut, MulDiv, PixelTrait, ResizeError, ResizeOptions, Resizer, pixels,
};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::error::{LimitError, LimitErrorKind};
use image::{
    ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader,
    Limits,
};

use super::budget::{self, DECODING_BYTES, Share};
use super::{Cleaned, PhotographError, PhotographType, Rendition, colour, hash_of, orientation};

/// The widths in pixels, each where the photograph is wider: a thumbnail, a small screen, a column, a column on a fine
/// screen.
pub const RENDITION_WIDTHS: [u32; 4] = [200, 400, 800, 1600];

/// Beyond it files grow and nobody sees a difference in a newspaper's photograph.
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

/// Decodes a picture to see whether it can be.
///
/// # Errors
/// As [`renditions`] has them.
pub(super) fn check(name: &str, of: &Cleaned<'_>) -> Result<(), PhotographError> {
    unharmed(name, || check_unharmed(name, of))
}

fn check_unharmed(name: &str, of: &Cleaned<'_>) -> Result<(), PhotographError> {
    let _share = memory_for(name, of, of.needs.decoding(of.size()))?;
    decode(name, of).map(|_| ())
}

/// What a damaged picture does to a decoder must not end the thread that looks at it.
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

/// Waits until there is memory for so much, which is counted and not yet taken.
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
        pixels: pixels(decoder).map_err(failed)?,
        profile,
    })
}

/// The pixels with eight bits for each colour. Finer ones lose what no rendition shows, in their place.
fn pixels(decoder: impl ImageDecoder) -> Result<DynamicImage, ImageError> {
    let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
    let length = usize::try_from(decoder.total_bytes());
    let mut bytes = vec![0; length.map_err(|_| too_large())?];
    decoder.read_image(&mut bytes)?;
    let bytes = match color.bytes_per_pixel() / color.channel_count() {
        1 => bytes,
        _ => with_eight_bits(bytes),
    };
    let picture = match (color.has_color(), color.has_alpha()) {
        (false, false) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
        (false, true) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
        (true, false) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
        (true, true) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
    };
    picture.ok_or_else(too_large)
}

fn too_large() -> ImageError {
    ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError))
}

/// Numbers of two bytes, as this machine writes them, become the nearest ones of one byte. No decoder of ours gives others.
fn with_eight_bits(mut bytes: Vec<u8>) -> Vec<u8> {
    let numbers = bytes.len() / 2;
    for at in 0..numbers {
        let fine = u16::from_ne_bytes([bytes[2 * at], bytes[2 * at + 1]]);
        let nearest = (u32::from(fine) + 128) / 257;
        bytes[at] = u8::try_from(nearest).unwrap_or(u8::MAX);
    }
    bytes.truncate(numbers);
    bytes
}

fn make(name: &str, of: &Cleaned<'_>) -> Result<Vec<RenditionFile>, PhotographError> {
    let failed = |reason: String| undecodable(name, reason);
    let shown = (of.photograph.width, of.photograph.height);
    let wanted = RENDITION_WIDTHS
        .into_iter()
        .filter(|width| *width < shown.0 && !of.moves);
    let wanted: Vec<u32> = wanted.collect();
    let Some(widest) = wanted.last() else {
        return check_unharmed(name, of).map(|()| Vec::new());
    };
    let _share = memory_for(name, of, of.needs.rendering(of.size(), of.orientation))?;
    let DecodedPicture { pixels, profile } = decode(name, of)?;
    let size = orientation::turned(of.orientation, sized(*widest, shown));
    let scaled = scale_large(pixels, size).map_err(failed)?;
    let mut large = without_needless_opacity(scaled);
    large.apply_orientation(orientation::transform(of.orientation));
    if let Some(profile) = profile {
        colour::into_srgb(&mut large, profile);
    }
    let mut made = Vec::new();
    for width in wanted.iter().filter(|width| *width != widest) {
        let small = scale(&mut large, sized(*width, shown)).map_err(failed)?;
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

/// A size of that width in the shape of `shown`, at least one pixel high.
pub(super) fn sized(width: u32, shown: (u32, u32)) -> (u32, u32) {
    let (wide, high) = (u64::from(shown.0).max(1), u64::from(shown.1));
    let height = (high * u64::from(width) + wide / 2) / wide;
    (width, u32::try_from(height).unwrap_or(u32::MAX).max(1))
}

fn scale(picture: &mut DynamicImage, size: (u32, u32)) -> Result<DynamicImage, String> {
    let done = match picture.color() {
        ColorType::L8 => resize::<pixels::U8>(picture, size),
        ColorType::La8 => resize::<pixels::U8x2>(picture, size),
        ColorType::Rgb8 => resize::<pixels::U8x3>(picture, size),
        ColorType::Rgba8 => resize::<pixels::U8x4>(picture, size),
        _ => Err(ResizeError::PixelTypesAreDifferent),
    };
    done.map_err(|error| error.to_string())
}

/// Scales a picture that is not needed any more: its colours are weighed by their opacity in their place, where
/// otherwise a copy of the whole would be made.
fn scale_large(mut picture: DynamicImage, size: (u32, u32)) -> Result<DynamicImage, String> {
    let done = match picture.color() {
        ColorType::La8 => resize_weighed::<pixels::U8x2>(&mut picture, size),
        ColorType::Rgba8 => resize_weighed::<pixels::U8x4>(&mut picture, size),
        _ => return scale(&mut picture, size),
    };
    done.map_err(|error| error.to_string())
}

/// As [`Resizer::resize`], whose code is made for each type of pixel and each type of image, so there are none but those
/// that [`pixels`] gives, and both images are of one type: all of them were a fifth of our machine code. Nothing is written
/// to `from`.
fn resize<P: PixelTrait>(
    from: &mut DynamicImage,
    (width, height): (u32, u32),
) -> Result<DynamicImage, ResizeError> {
    let mut to = DynamicImage::new(width, height, from.color());
    Resizer::new().resize_typed(
        &view::<P>(from)?,
        &mut view::<P>(&mut to)?,
        &ResizeOptions::new(),
    )?;
    Ok(to)
}

fn resize_weighed<P: PixelTrait>(
    from: &mut DynamicImage,
    (width, height): (u32, u32),
) -> Result<DynamicImage, ResizeError> {
    let opacity = MulDiv::new();
    let mut to = DynamicImage::new(width, height, from.color());
    let (mut weighed, mut scaled) = (view::<P>(from)?, view::<P>(&mut to)?);
    opacity.multiply_alpha_inplace_typed(&mut weighed)?;
    let options = ResizeOptions::new().use_alpha(false);
    Resizer::new().resize_typed(&weighed, &mut scaled, &options)?;
    opacity.divide_alpha_inplace_typed(&mut scaled)?;
    drop(scaled);
    Ok(to)
}

fn view<P: PixelTrait>(
    picture: &mut DynamicImage,
) -> Result<impl ImageViewMut<Pixel = P>, ResizeError> {
    let view = picture.image_view_mut::<P>();
    view.ok_or(ResizeError::PixelTypesAreDifferent)
}

/// The picture without a channel of opacity that says nothing.
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
