//! Pictures made up for tests: each kind, and what other programs write into their files.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod hostile;

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageFormat, RgbImage, RgbaImage};

/// A picture that is otherwise at every place, so that a turn or a shift shows.
pub fn drawn(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let share = |part: u32, whole: u32| u8::try_from(part * 255 / whole.max(1)).unwrap();
        image::Rgb([
            share(x, width),
            share(y, height),
            if (x / 16 + y / 16) % 2 == 0 { 40 } else { 90 },
        ])
    })
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    drawn(width, height).write_with_encoder(encoder).unwrap();
    bytes
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    in_format(
        &DynamicImage::ImageRgb8(drawn(width, height)),
        ImageFormat::Png,
    )
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    in_format(
        &DynamicImage::ImageRgb8(drawn(width, height)),
        ImageFormat::WebP,
    )
}

pub fn gif(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for frame in 0..frames {
        let mut picture = RgbaImage::from_pixel(width, height, image::Rgba([20, 60, 90, 255]));
        picture.put_pixel(frame % width, 0, image::Rgba([250, 250, 250, 255]));
        encoder.encode_frame(Frame::new(picture)).unwrap();
    }
    drop(encoder);
    bytes
}

/// One of each kind, by its name.
pub fn of_each_kind(width: u32, height: u32) -> [(&'static str, Vec<u8>); 4] {
    [
        ("a.jpg", jpeg(width, height)),
        ("a.png", png(width, height)),
        ("a.webp", webp(width, height)),
        ("a.gif", gif(width, height, 1)),
    ]
}

pub fn in_format(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG of noise: so large a file as its pixels need.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 7_u32;
    let picture = RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_le_bytes();
        image::Rgb([red, green, blue])
    });
    in_format(&DynamicImage::ImageRgb8(picture), ImageFormat::Png)
}

/// The JPEG with one more segment behind its first.
pub fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap();
    let segment = [&[0xff, marker], &length.to_be_bytes()[..], data].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

/// The PNG with one more chunk behind its head.
pub fn with_chunk(png: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let chunk = [&length[..], kind, data, &sum.sum().to_be_bytes()].concat();
    [&png[..33], &chunk, &png[33..]].concat()
}

/// The plain WebP as an extended one with these chunks behind its picture.
pub fn extended(
    webp: &[u8],
    (width, height): (u32, u32),
    flags: u8,
    chunks: &[(&[u8; 4], &[u8])],
) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let size = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&kind[..], &size, data, &[0][..data.len() % 2]].concat()
    };
    let mut head = vec![flags, 0, 0, 0];
    head.extend(&(width - 1).to_le_bytes()[..3]);
    head.extend(&(height - 1).to_le_bytes()[..3]);
    let mut body = chunk(b"VP8X", &head);
    body.extend(&webp[12..]);
    for (kind, data) in chunks {
        body.extend(chunk(kind, data));
    }
    let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &size, b"WEBP", &body[..]].concat()
}

/// The GIF with one more extension before its first picture.
pub fn with_extension(gif: &[u8], label: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let table = if gif[10] & 0x80 == 0 {
        0
    } else {
        3 << ((gif[10] & 7) + 1)
    };
    let at = 13 + table;
    let mut extension = vec![0x21, label];
    for block in blocks {
        extension.push(u8::try_from(block.len()).unwrap());
        extension.extend(*block);
    }
    extension.push(0);
    [&gif[..at], &extension, &gif[at..]].concat()
}

/// EXIF as a telephone writes it: a maker, an orientation, and where it was.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*".to_vec();
    tiff.extend(8_u32.to_be_bytes());
    tiff.extend(3_u16.to_be_bytes());
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut entry = Vec::new();
        entry.extend(tag.to_be_bytes());
        entry.extend(kind.to_be_bytes());
        entry.extend(count.to_be_bytes());
        entry.extend(value);
        entry
    };
    let [high, low] = orientation.to_be_bytes();
    tiff.extend(entry(0x010f, 2, 4, *b"Pho\0"));
    tiff.extend(entry(0x0112, 3, 1, [high, low, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, 50_u32.to_be_bytes()));
    tiff.extend(0_u32.to_be_bytes());
    tiff.extend(b"GPS 43.8171 N 125.3235 E");
    tiff
}

/// IPTC-IIM datasets in Photoshop's segment.
pub fn iim(datasets: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (record, number, value) in datasets {
        data.extend([0x1c, *record, *number]);
        data.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        data.extend(*value);
    }
    let mut segment = b"Photoshop 3.0\x008BIM\x04\x04\0\0".to_vec();
    segment.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    segment.extend(&data);
    segment.extend(&[0][..data.len() % 2]);
    segment
}

/// XMP with these properties.
pub fn xmp(properties: &str) -> Vec<u8> {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\
         xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\"\
         xmlns:Iptc4xmpCore=\"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/\"{properties}\
         </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
    )
    .into_bytes()
}

pub const XMP_IN_JPEG: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// A PNG that claims what it likes, with this many zeros behind it, deflated.
pub fn claiming(width: u32, height: u32, depth: u8, color: u8, zeros: usize) -> Vec<u8> {
    use std::io::Write;
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([depth, color, 0, 0, 0]);
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    pixels.write_all(&vec![0; zeros]).unwrap();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", head),
        (b"IDAT", pixels.finish().unwrap()),
        (b"IEND", Vec::new()),
    ] {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(&data);
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(kind);
        bytes.extend(&data);
        bytes.extend(sum.sum().to_be_bytes());
    }
    bytes
}

/// Whether `bytes` hold `part` anywhere.
pub fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The pixels of a picture, whatever its kind.
pub fn pixels(bytes: &[u8]) -> Vec<u8> {
    image::load_from_memory(bytes)
        .unwrap()
        .into_rgba8()
        .into_raw()
}

/// A colour profile that is not sRGB: that of Display P3.
pub fn display_p3() -> Vec<u8> {
    moxcms::ColorProfile::new_display_p3().encode().unwrap()
}

/// A JPEG with that profile.
pub fn jpeg_with_profile(width: u32, height: u32, profile: Vec<u8>) -> Vec<u8> {
    use image::ImageEncoder;
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_icc_profile(profile).unwrap();
    let picture = RgbImage::from_pixel(width, height, image::Rgb([220, 40, 40]));
    encoder
        .write_image(&picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}
