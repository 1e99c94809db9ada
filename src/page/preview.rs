//! The picture that stands for a page where links to it are shown, and neither the page nor the paper has one: a sheet with lines
//! on the paper's colour. There is no font to write with.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};

use crate::publication::Publication;
use crate::resource::Resource;

use super::icons::drawn_colours;

pub const PREVIEW_TYPE: &str = "image/png";

/// The size in pixels that sites recommend for pictures in previews of links.
pub(super) const WIDTH: u32 = 1200;
pub(super) const HEIGHT: u32 = 630;

/// A rectangle in the picture, in pixels: left, top, width and height. All of them lie in the square that remains where a
/// site cuts the sides off.
type Area = (u32, u32, u32, u32);

const SHEET: Area = (440, 115, 320, 400);

/// A headline, and lines of text.
const LINES: [Area; 6] = [
    (480, 155, 240, 50),
    (480, 245, 240, 20),
    (480, 295, 240, 20),
    (480, 345, 240, 20),
    (480, 395, 240, 20),
    (480, 445, 140, 20),
];

pub fn preview(publication: &Publication) -> Vec<u8> {
    let (ground, ink) = drawn_colours(publication);
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let is_in = |(left, top, width, height): Area| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        };
        let is_drawn = is_in(SHEET) && !LINES.into_iter().any(is_in);
        Rgb(if is_drawn { ink } else { ground }.parts())
    });
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Up);
    // Writing to a Vec cannot fail.
    let _ = picture.write_with_encoder(encoder);
    bytes
}

/// The address as pages name it. It has the colour, so that no cache shows the picture in a former one.
pub(super) fn address(publication: &Publication) -> String {
    let (ground, _) = drawn_colours(publication);
    let colour = ground.to_string();
    format!("{}?{}", Resource::Preview, colour.trim_start_matches('#'))
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, LINES, SHEET, WIDTH, preview};
    use crate::publication::Publication;

    #[test]
    fn what_is_drawn_stays_where_the_sides_are_cut_off() {
        let left = (WIDTH - HEIGHT) / 2;
        let areas = LINES.into_iter().chain([SHEET]);
        for (x, y, width, height) in areas {
            assert!(x >= left && x + width <= left + HEIGHT && y + height <= HEIGHT);
        }
    }

    #[test]
    fn the_picture_is_small_and_has_two_colours() {
        let bytes = preview(&Publication::unnamed());
        assert!(bytes.len() < 10_000, "{} bytes", bytes.len());
        let read = image::load_from_memory(&bytes)
            .expect("a picture")
            .to_rgb8();
        assert_eq!(read.dimensions(), (WIDTH, HEIGHT));
        assert_eq!(read.get_pixel(0, 0).0, [0x16, 0x18, 0x1b]);
        assert_eq!(read.get_pixel(450, 120).0, [0xfd, 0xfc, 0xf9]);
    }
}
