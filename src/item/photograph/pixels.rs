//! A picture as pixels: eight bits for each channel, whatever the file has.

use image::error::{LimitError, LimitErrorKind};
use image::{ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError};

/// The pixels that a decoder gives. Finer channels lose what no rendition shows, in their place.
pub(super) fn decoded(decoder: impl ImageDecoder) -> Result<DynamicImage, ImageError> {
    let (size, color) = (decoder.dimensions(), decoder.color_type());
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| too_large())?;
    let mut bytes = vec![0; length];
    decoder.read_image(&mut bytes)?;
    if color.bytes_per_pixel() > color.channel_count() {
        make_coarse(&mut bytes);
    }
    of_bytes(color, size, bytes).ok_or_else(too_large)
}

/// A picture with the channels of `color`; `None` where the bytes do not fit its size.
pub(super) fn of_bytes(
    color: ColorType,
    (width, height): (u32, u32),
    bytes: Vec<u8>,
) -> Option<DynamicImage> {
    match (color.has_color(), color.has_alpha()) {
        (false, false) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
        (false, true) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
        (true, false) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
        (true, true) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
    }
}

fn too_large() -> ImageError {
    ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError))
}

/// Numbers of two bytes, as this machine writes them, become the nearest ones of one byte. No decoder of ours gives others.
fn make_coarse(bytes: &mut Vec<u8>) {
    let numbers = bytes.len() / 2;
    for at in 0..numbers {
        let fine = u16::from_ne_bytes([bytes[2 * at], bytes[2 * at + 1]]);
        let nearest = (u32::from(fine) + 128) / 257;
        bytes[at] = u8::try_from(nearest).unwrap_or(u8::MAX);
    }
    bytes.truncate(numbers);
}
