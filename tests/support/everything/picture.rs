//! The photographs of the made-up paper: one of each kind from the sample, and small drawn ones.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Jpeg,
    Webp,
    Gif,
    /// Drawn from its name, so that each is another file.
    Png,
    /// Drawn, and the same whatever its name.
    Logo,
}

impl Picture {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Png | Self::Logo => "png",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Png | Self::Logo => "image/png",
        }
    }

    /// The file of the picture `name`.
    ///
    /// # Errors
    /// Where the sample cannot be read.
    pub fn bytes(self, name: &str) -> io::Result<Vec<u8>> {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let (sample, small) = (data.join("sample"), data.join("small"));
        match self {
            Self::Jpeg => fs::read(small.join("tram-4.jpg")),
            Self::Webp => fs::read(small.join("woodblock.webp")),
            Self::Gif => fs::read(sample.join("harbour/skerry-light-after-dark/lighthouse.gif")),
            Self::Png => png(name),
            Self::Logo => png("logo"),
        }
    }
}

/// Stripes in colours that follow from `name`.
fn png(name: &str) -> io::Result<Vec<u8>> {
    const WIDTH: u32 = 24;
    const HEIGHT: u32 = 16;
    let seed = name
        .bytes()
        .fold(7_u32, |seed, byte| seed.wrapping_mul(31) ^ u32::from(byte));
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for row in 0..HEIGHT {
        pixels.write_all(&[0])?;
        for column in 0..WIDTH {
            let colour = seed
                .wrapping_add(0x10_2030 * (row / 4))
                .rotate_left(column / 6);
            pixels.write_all(&colour.to_le_bytes()[..3])?;
        }
    }
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits each of red, green and blue; the only compression and filter there are; not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", pixels.finish()?),
        (b"IEND", Vec::new()),
    ] {
        let mut chunk = kind.to_vec();
        chunk.extend(&data);
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        file.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        file.extend(chunk);
        file.extend(sum.sum().to_be_bytes());
    }
    Ok(file)
}
