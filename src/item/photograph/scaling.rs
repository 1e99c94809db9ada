//! A picture in another size.
//!
//! The library's code is made in ours for each type of pixel and each precision: with a type for each kind of picture it was
//! a sixth of all our machine code, and of the time to build it. So it is used for one type, a channel alone. Where nothing
//! moves along a row, a row of pixels is a row of channels; along it they are scaled one after another.

use std::fmt::Display;

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x4};
use fast_image_resize::{MulDiv, PixelTrait, ResizeOptions, Resizer};
use image::DynamicImage;

use super::pixels;

type Size = (u32, u32);

/// The picture, of eight bits for each channel, in another size. It is not copied whole.
///
/// # Errors
/// Where it is of another kind, or too wide.
pub(super) fn scaled(picture: DynamicImage, to: Size) -> Result<DynamicImage, String> {
    let (color, from) = (picture.color(), (picture.width(), picture.height()));
    let channels = color.channel_count();
    if color.bytes_per_pixel() != channels {
        return Err("its colours are too fine".to_owned());
    }
    let mut bytes = picture.into_bytes();
    // Colours count by their opacity: what is not seen leaves no edge.
    if color.has_alpha() {
        weigh(&mut bytes, from, channels, Weighing::ByOpacity)?;
    }
    let Some(wide) = from.0.checked_mul(u32::from(channels)) else {
        return Err("it is too wide".to_owned());
    };
    let lower = resized(&mut bytes, (wide, from.1), (wide, to.1))?;
    drop(bytes);
    let channels = usize::from(channels);
    let mut bytes = vec![0; lower.len() / from.0.max(1) as usize * to.0 as usize];
    for channel in 0..channels {
        let mut of_channel: Vec<u8> = lower
            .iter()
            .skip(channel)
            .step_by(channels)
            .copied()
            .collect();
        let narrow = resized(&mut of_channel, (from.0, to.1), to)?;
        let places = bytes.iter_mut().skip(channel).step_by(channels);
        places.zip(narrow).for_each(|(place, byte)| *place = byte);
    }
    if color.has_alpha() {
        weigh(&mut bytes, to, color.channel_count(), Weighing::Undone)?;
    }
    pixels::of_bytes(color, to, bytes).ok_or_else(|| "its size is another".to_owned())
}

/// Numbers in rows, in another size. Nothing is written to `bytes`; with both images of one type the library's code is made
/// once.
fn resized(bytes: &mut [u8], from: Size, to: Size) -> Result<Vec<u8>, String> {
    let mut resized = vec![0; to.0 as usize * to.1 as usize];
    let from = TypedImage::<U8>::from_buffer(from.0, from.1, bytes).map_err(error_text)?;
    let mut view = TypedImage::<U8>::from_buffer(to.0, to.1, &mut resized).map_err(error_text)?;
    let options = ResizeOptions::new();
    let done = Resizer::new().resize_typed(&from, &mut view, &options);
    done.map_err(error_text)?;
    drop(view);
    Ok(resized)
}

#[derive(Clone, Copy)]
enum Weighing {
    ByOpacity,
    Undone,
}

fn weigh(bytes: &mut [u8], size: Size, channels: u8, how: Weighing) -> Result<(), String> {
    match channels {
        2 => weigh_pixels::<U8x2>(bytes, size, how),
        _ => weigh_pixels::<U8x4>(bytes, size, how),
    }
}

fn weigh_pixels<P: PixelTrait>(
    bytes: &mut [u8],
    (width, height): Size,
    how: Weighing,
) -> Result<(), String> {
    let mut pixels = TypedImage::<P>::from_buffer(width, height, bytes).map_err(error_text)?;
    let done = match how {
        Weighing::ByOpacity => MulDiv::new().multiply_alpha_inplace_typed(&mut pixels),
        Weighing::Undone => MulDiv::new().divide_alpha_inplace_typed(&mut pixels),
    };
    done.map_err(error_text)
}

fn error_text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use fast_image_resize::images::TypedImageRef;
    use fast_image_resize::pixels::U8x3;
    use image::ColorType;

    use super::*;

    /// Bytes without a pattern that a filter could hide.
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    /// The picture as the library scales pixels as a whole.
    fn by_pixels<P: PixelTrait>(bytes: &[u8], from: Size, to: Size, channels: usize) -> Vec<u8> {
        let mut scaled = vec![0; to.0 as usize * to.1 as usize * channels];
        let from = TypedImageRef::<P>::from_buffer(from.0, from.1, bytes).expect("pixels");
        let mut view = TypedImage::<P>::from_buffer(to.0, to.1, &mut scaled).expect("pixels");
        let done = Resizer::new().resize_typed(&from, &mut view, &ResizeOptions::new());
        done.expect("a picture");
        drop(view);
        scaled
    }

    #[test]
    fn channels_are_scaled_as_pixels_are() {
        for (from, to) in [
            ((301, 203), (100, 67)),
            ((64, 900), (31, 436)),
            ((900, 7), (400, 3)),
            ((900, 1), (400, 1)),
            ((30_000, 1), (1600, 1)),
            ((300, 50), (300, 20)),
            ((1, 300), (1, 20)),
        ] {
            let area = from.0 as usize * from.1 as usize;
            for (color, channels) in [
                (ColorType::L8, 1),
                (ColorType::La8, 2),
                (ColorType::Rgb8, 3),
                (ColorType::Rgba8, 4),
            ] {
                let bytes = noise(area * channels);
                let expected = match channels {
                    1 => by_pixels::<U8>(&bytes, from, to, channels),
                    2 => by_pixels::<U8x2>(&bytes, from, to, channels),
                    3 => by_pixels::<U8x3>(&bytes, from, to, channels),
                    _ => by_pixels::<U8x4>(&bytes, from, to, channels),
                };
                let picture = pixels::of_bytes(color, from, bytes).expect("a picture");
                let found = scaled(picture, to).expect("a picture");
                assert_eq!(
                    (found.width(), found.height(), found.color()),
                    (to.0, to.1, color)
                );
                let pairs = found.as_bytes().iter().zip(&expected);
                let furthest = pairs.map(|(one, other)| one.abs_diff(*other)).max();
                assert!(furthest <= Some(1), "{color:?} from {from:?}: {furthest:?}");
            }
        }
    }
}
