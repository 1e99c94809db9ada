//! The blocks of a GIF (GIF89a specification).

use super::anatomy::{Anatomy, InvalidPicture, Pieces};
use super::memory::Needs;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Names of the application extensions that say how often an animation is played, in a block of three bytes; readers
/// know no others, except that with a colour profile.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];
const LOOP_BYTES: usize = 1 + 11 + 1 + 3 + 1;

/// Name of the application extension that contains a colour profile.
const ICC: &[u8] = b"ICCRGBG1012";

/// Memory of a decoder in bytes per pixel of a frame: for the number of its colour and, unless the frame is as wide as
/// the picture, for the colour.
const NUMBER_BYTES: u64 = 1;
const COLOUR_BYTES: u64 = 4;

/// Bits of a byte of flags: whether a table of colours follows, and the exponent (less one) of its length.
const HAS_TABLE: u8 = 0x80;
const TABLE_SIZE: u8 = 0x07;

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, InvalidPicture> {
    let mut found = Anatomy::new();
    let mut pieces = Pieces::of(bytes);
    if !matches!(pieces.take(6)?, b"GIF87a" | b"GIF89a") {
        return Err(InvalidPicture::Malformed("it does not begin as a GIF does"));
    }
    let [wide, wider, _, _, flags, _, _] = pieces.array()?;
    table(&mut pieces, flags)?;
    found.keep(pieces.span(0));
    let mut frames = 0_usize;
    found.needs = Needs {
        // Colours with opacity, whatever the picture has.
        channels: 4,
        channel_bytes: 1,
        as_png: true,
        ..Needs::default()
    };
    loop {
        found.part()?;
        let begin = pieces.at();
        match pieces.byte()? {
            EXTENSION => {
                let label = pieces.byte()?;
                let inside = pieces.at();
                blocks(&mut pieces)?;
                let data = pieces.since(inside);
                if label == APPLICATION && data.get(1..12) == Some(ICC) {
                    found.profile(data.len())?;
                }
                if label == GRAPHIC_CONTROL || (label == APPLICATION && is_known(data)) {
                    found.keep(pieces.span(begin));
                }
            }
            IMAGE => {
                frames += 1;
                let frame: [u8; 9] = pieces.array()?;
                let [.., flags] = frame;
                // The following frames are not decoded.
                if frames == 1 {
                    found.needs.decoder_bytes = frame_bytes(frame, [wide, wider]);
                }
                table(&mut pieces, flags)?;
                // The least size of a code.
                pieces.byte()?;
                blocks(&mut pieces)?;
                found.keep(pieces.span(begin));
            }
            TRAILER if frames == 0 => {
                return Err(InvalidPicture::Malformed("it has no picture in it"));
            }
            TRAILER => {
                found.keep(pieces.span(begin));
                found.is_animation = frames > 1;
                return Ok(found);
            }
            // Some writers end a picture twice.
            0 => {}
            _ => return Err(InvalidPicture::Malformed("it has parts that no GIF has")),
        }
    }
}

/// Memory of a decoder for a frame, in bytes; the frame may be larger than the picture.
fn frame_bytes(frame: [u8; 9], picture_width: [u8; 2]) -> u64 {
    let [left, lefter, _, _, wide, wider, high, higher, _] = frame;
    let side = |low, high| u64::from(u16::from_le_bytes([low, high]));
    let pixels = side(wide, wider) * side(high, higher);
    let is_as_wide = [left, lefter] == [0, 0] && [wide, wider] == picture_width;
    let colour = if is_as_wide { 0 } else { COLOUR_BYTES };
    pixels * (NUMBER_BYTES + colour)
}

/// Passes over a table of colours, if there is one.
fn table(pieces: &mut Pieces<'_>, flags: u8) -> Result<(), InvalidPicture> {
    if flags & HAS_TABLE != 0 {
        pieces.take(3 << ((flags & TABLE_SIZE) + 1))?;
    }
    Ok(())
}

/// Passes over blocks, each with its length before it, up to the one of length 0.
fn blocks(pieces: &mut Pieces<'_>) -> Result<(), InvalidPicture> {
    loop {
        match pieces.byte()? {
            0 => return Ok(()),
            length => pieces.take(usize::from(length))?,
        };
    }
}

/// Whether readers need the application extension with these `blocks`.
fn is_known(blocks: &[u8]) -> bool {
    let name = blocks.get(1..12).unwrap_or_default();
    (LOOPS.contains(&name) && blocks.len() == LOOP_BYTES) || name == ICC
}
