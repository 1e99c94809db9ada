//! Pictures that are small as files and large for whoever decodes them, each made here.

use super::{claiming, with_chunk, with_segment, xmp};

/// What a picture is refused as; none where it is taken.
pub type Refused = Option<&'static str>;

pub struct Hostile {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub refused: Refused,
    /// This many of it come at once.
    pub at_once: usize,
}

pub const AT_ONCE: usize = 12;

/// The same of a picture that takes a second to be refused.
const SLOW_AT_ONCE: usize = 4;

impl Hostile {
    pub fn extension(&self) -> &'static str {
        match self.bytes.first() {
            Some(0x89) => "png",
            Some(b'G') => "gif",
            Some(b'R') => "webp",
            _ => "jpg",
        }
    }

    pub fn media_type(&self) -> &'static str {
        match self.extension() {
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            _ => "image/jpeg",
        }
    }
}

const HEAVY: Refused = Some("MiB of memory to decode, and may take 512");
const PIXELS: Refused = Some("pixels");
const PROFILE: Refused = Some("has a colour profile of more than 8 MiB");
const PARTS: Refused = Some("has more than 65536 parts");
const DAMAGED: Refused = Some("is damaged");

/// One of each kind.
pub fn kinds() -> Vec<Hostile> {
    let kinds: [(&str, Vec<u8>, Refused); 21] = [
        ("profile-png", profile_in_png(300), PROFILE),
        ("profile-limit", profile_in_png(8), None),
        ("profile-jpeg", profile_in_jpeg(), PROFILE),
        ("profile-webp", profile_in_webp(), PROFILE),
        ("profile-texts", texts_in_profile(), None),
        ("text-png", text_in_png(), None),
        ("parts-png", tiny_parts(), PARTS),
        ("deep-png", claiming(9_000, 9_000, 16, 6, 1_000), HEAVY),
        ("short-png", claiming(3_000, 2_000, 8, 2, 1_000), DAMAGED),
        ("frame-gif", gif((10, 10), (65_535, 65_535), 1), HEAVY),
        ("frames-gif", gif((100, 100), (1, 1), 20_000), None),
        ("blocks-gif", gif((100, 100), (1, 1), 70_000), PARTS),
        ("canvas-gif", gif((65_535, 65_535), (1, 1), 1), PIXELS),
        ("opaque-webp", lossless((10_000, 10_000), false, 1), HEAVY),
        ("tables-webp", lossless((1_024, 1_024), true, 45_000), HEAVY),
        ("moving-webp", moving(8_000, 8_000), HEAVY),
        (
            "claims-jpeg",
            jpeg_claiming(65_535, 65_535, 0xc0, &[3]),
            PIXELS,
        ),
        (
            "progressive",
            jpeg_claiming(10_000, 10_000, 0xc2, &[3]),
            HEAVY,
        ),
        (
            "apart-jpeg",
            jpeg_claiming(10_000, 10_000, 0xc0, &[1, 1, 1]),
            HEAVY,
        ),
        (
            "scans-jpeg",
            jpeg_claiming(10_000, 10_000, 0xc2, &[3; 13]),
            Some("is a JPEG of more than 12 scans"),
        ),
        ("tables-jpeg", tables_in_jpeg(), DAMAGED),
    ];
    let kinds = kinds.into_iter();
    let hostile = |(name, bytes, refused)| Hostile {
        name,
        bytes,
        refused,
        at_once: match name {
            "tables-webp" => SLOW_AT_ONCE,
            _ => AT_ONCE,
        },
    };
    kinds.map(hostile).collect()
}

/// A zlib stream of this many MiB of zeros, which are deflated once and repeated.
fn zeros(mebibytes: usize) -> Vec<u8> {
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    let mut block = Vec::with_capacity(64 * 1024);
    let plain = vec![0; 1024 * 1024];
    deflate
        .compress_vec(&plain, &mut block, flate2::FlushCompress::Full)
        .unwrap();
    let length = u32::try_from(mebibytes * plain.len() % 65_521).unwrap();
    let sum = length << 16 | 1;
    // The head, the blocks, an empty last one, and the sum (RFC 1950).
    [
        &[0x78, 0xda],
        &block.repeat(mebibytes)[..],
        &[3, 0],
        &sum.to_be_bytes(),
    ]
    .concat()
}

fn profile_in_png(mebibytes: usize) -> Vec<u8> {
    let chunk = [&b"a\0\0"[..], &zeros(mebibytes)].concat();
    with_chunk(&super::png(2, 2), b"iCCP", &chunk)
}

fn profile_in_jpeg() -> Vec<u8> {
    let mut bytes = super::jpeg(8, 8);
    for number in (1..=130).rev() {
        let head = [&b"ICC_PROFILE\0"[..], &[number, 130]].concat();
        bytes = with_segment(&bytes, 0xe2, &[head, vec![0; 65_000]].concat());
    }
    bytes
}

/// A JPEG with a colour profile in which twenty thousand languages have the same long text.
fn texts_in_profile() -> Vec<u8> {
    const LANGUAGES: u32 = 20_000;
    const TEXT_BYTES: u32 = 40_000;
    let plain = super::display_p3();
    let number = |at: usize| u32::from_be_bytes(plain[at..at + 4].try_into().unwrap());
    let tags = 132..132 + 12 * number(128) as usize;
    let mut texts = b"mluc\0\0\0\0".to_vec();
    texts.extend([LANGUAGES.to_be_bytes(), 12_u32.to_be_bytes()].concat());
    for _ in 0..LANGUAGES {
        texts.extend(*b"enGB");
        texts.extend(
            [TEXT_BYTES, 16 + 12 * LANGUAGES]
                .map(u32::to_be_bytes)
                .concat(),
        );
    }
    texts.extend(b"\0a".repeat(TEXT_BYTES as usize / 2));
    // One tag more, so that what stands behind the list moves.
    let size = u32::try_from(plain.len() + 12 + texts.len()).unwrap();
    let mut profile = [&size.to_be_bytes(), &plain[4..128]].concat();
    profile.extend((number(128) + 1).to_be_bytes());
    for at in tags.clone().step_by(12) {
        profile.extend(&plain[at..at + 4]);
        profile.extend(
            [number(at + 4) + 12, number(at + 8)]
                .map(u32::to_be_bytes)
                .concat(),
        );
    }
    let place = [plain.len() + 12, texts.len()].map(|value| u32::try_from(value).unwrap());
    profile.extend(b"dmnd");
    profile.extend(place.map(u32::to_be_bytes).concat());
    profile.extend(&plain[tags.end..]);
    profile.extend(texts);
    super::jpeg_with_profile(300, 200, profile)
}

fn profile_in_webp() -> Vec<u8> {
    let profile = vec![0; 8 * 1024 * 1024 + 1];
    super::extended(&super::webp(2, 2), (2, 2), 0x20, &[(b"ICCP", &profile)])
}

fn text_in_png() -> Vec<u8> {
    let packet = xmp("><dc:rights>Ours</dc:rights>");
    let head = b"XML:com.adobe.xmp\0\x01\0\0\0";
    let large = [&head[..], &zeros(300)].concat();
    let png = with_chunk(&super::png(2, 2), b"iTXt", &large);
    let png = with_chunk(&png, b"zTXt", &[b"Comment\0\0", &zeros(300)[..]].concat());
    with_chunk(&png, b"tEXt", &[b"Comment\0", &packet[..]].concat())
}

fn tiny_parts() -> Vec<u8> {
    let plain = super::png(2, 2);
    let empty = with_chunk(&plain, b"IDAT", &[]);
    let chunk = &empty[33..45];
    [&plain[..33], &chunk.repeat(70_000), &plain[33..]].concat()
}

/// A GIF whose frames are each one colour, or end too early to be that.
fn gif(canvas: (u16, u16), frame: (u16, u16), frames: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend([canvas.0.to_le_bytes(), canvas.1.to_le_bytes()].concat());
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    let mut one = vec![b',', 0, 0, 0, 0];
    one.extend([frame.0.to_le_bytes(), frame.1.to_le_bytes()].concat());
    one.extend([0, 2, 2, 0x44, 1, 0]);
    bytes.extend(one.repeat(frames));
    bytes.push(b';');
    bytes
}

/// Bits, the lowest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    waiting: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.waiting |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push((self.waiting & 0xff) as u8);
            self.waiting >>= 8;
            self.count -= 8;
        }
    }

    /// A code of one symbol, which takes no bits.
    fn only(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of eleven symbols, the longest of ten bits, for which decoders make a table of a thousand places.
    fn long(&mut self) {
        self.put(0, 1);
        // Lengths are themselves written in a code: 18 with two bits, 0 with three, 1 to 10 with four.
        self.put(14 - 4, 4);
        for length in [0, 2, 3, 4, 4, 4, 4, 4, 0, 4, 4, 4, 4, 4] {
            self.put(length, 3);
        }
        // Eleven lengths follow.
        self.put(1, 1);
        self.put(1, 3);
        self.put(11 - 2, 4);
        for length in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10] {
            let code: u32 = 0b0110 + length - 1;
            self.put(code.reverse_bits() >> 28, 4);
        }
    }
}

/// A lossless WebP of one colour, with this many groups of codes.
fn lossless((width, height): (u32, u32), has_opacity: bool, groups: u32) -> Vec<u8> {
    riff(&[(
        b"VP8L",
        &lossless_data((width, height), has_opacity, groups),
    )])
}

fn lossless_data((width, height): (u32, u32), has_opacity: bool, groups: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(u32::from(has_opacity), 1);
    bits.put(0, 3);
    // No transform, no cache.
    bits.put(0, 2);
    bits.put(u32::from(groups > 1), 1);
    if groups > 1 {
        // Blocks of four pixels, all of the last group.
        bits.put(0, 3);
        bits.put(0, 1);
        let last = groups - 1;
        for symbol in [last & 0xff, last >> 8, 0, 0, 0] {
            bits.only(symbol);
        }
    }
    for _ in 0..groups {
        for symbol in 0..5 {
            match groups {
                1 => bits.only(symbol),
                _ => bits.long(),
            }
        }
    }
    bits.put(0, 32 - 8);
    bits.put(0, 8);
    bits.bytes
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(*data);
        body.extend(&[0][..data.len() % 2]);
    }
    let size = u32::try_from(body.len()).unwrap().to_le_bytes();
    [b"RIFF", &size[..], &body].concat()
}

/// An animation of one frame.
fn moving(width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let size = [side(width), side(height)].concat();
    let picture = riff(&[(b"VP8L", &lossless_data((width, height), true, 1))]);
    let frame = [&[0; 6], &size[..], &[0; 4], &picture[12..]].concat();
    let head = [&[0x12, 0, 0, 0], &size[..]].concat();
    riff(&[(b"VP8X", &head), (b"ANIM", &[0; 6]), (b"ANMF", &frame)])
}

/// A JPEG of three colours that ends where its scans, each of this many components, begin.
fn jpeg_claiming(width: u16, height: u16, frame: u8, scans: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, frame, 0, 17, 8];
    bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    bytes.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    for components in scans {
        bytes.extend([0xff, 0xda, 0, 6 + 2 * components, *components]);
        for component in 1..=*components {
            bytes.extend([component, 0]);
        }
        bytes.extend([0, 63, 0, 0]);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// A JPEG with two thousand tables of codes.
fn tables_in_jpeg() -> Vec<u8> {
    let table = [0; 17];
    with_segment(&super::jpeg(8, 8), 0xc4, &table.repeat(2_000))
}
