//! The chunks of a WebP (RFC 9649 §2).

use super::anatomy::{Anatomy, Broken, Pieces};
use super::orientation;

/// Flags of an extended file.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// Position, size, duration and flags of a frame, before its chunks.
const FRAME_BYTES: usize = 16;

/// Some writers put what JPEG has there before the TIFF file.
const EXIF: &[u8] = b"Exif\0\0";

pub(super) fn anatomy(bytes: &[u8]) -> Result<Anatomy<'_>, Broken> {
    let mut pieces = Pieces::of(bytes);
    let (riff, size, webp): ([u8; 4], [u8; 4], [u8; 4]) =
        (pieces.array()?, pieces.array()?, pieces.array()?);
    if riff != *b"RIFF" || webp != *b"WEBP" {
        return Err(Broken::Malformed("it does not begin as a WebP does"));
    }
    let size = usize::try_from(u32::from_le_bytes(size)).map_err(|_| Broken::Truncated)?;
    let inside = pieces.take(size.checked_sub(4).ok_or(Broken::Truncated)?)?;
    let mut found = Anatomy::new();
    let mut kept = Vec::new();
    let mut chunks = Pieces::of(inside);
    while !chunks.is_empty() {
        let (kind, data) = chunk(&mut chunks)?;
        match &kind {
            b"VP8X" => kept.push((kind, data.to_vec())),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ICCP" | b"ANIM" => kept.push((kind, data.to_vec())),
            b"ANMF" => {
                found.moves = true;
                kept.push((kind, frame(data)?));
            }
            b"EXIF" => {
                found.orientation = orientation::of_exif(data.strip_prefix(EXIF).unwrap_or(data));
                kept.extend(orientation::exif(found.orientation).map(|tiff| (kind, tiff)));
            }
            b"XMP " => found.xmp = Some(data.into()),
            _ => {}
        }
    }
    let is_extended = matches!(kept.first(), Some((kind, _)) if kind == b"VP8X");
    if !is_extended {
        // A plain file is one chunk; the rest of it says nothing to anybody.
        kept.truncate(1);
        found.orientation = orientation::UPRIGHT;
    }
    if let Some((_, data)) = kept.first_mut().filter(|_| is_extended)
        && let Some(flags) = data.first_mut()
    {
        *flags &= !(HAS_EXIF | HAS_XMP);
        if found.orientation != orientation::UPRIGHT {
            *flags |= HAS_EXIF;
        }
    }
    let body: Vec<u8> = kept
        .iter()
        .flat_map(|(kind, data)| written(*kind, data))
        .collect();
    let size = u32::try_from(body.len() + webp.len()).map_err(|_| Broken::Truncated)?;
    found.keep_made([&riff, &size.to_le_bytes(), &webp, &body[..]].concat());
    Ok(found)
}

fn chunk<'a>(pieces: &mut Pieces<'a>) -> Result<([u8; 4], &'a [u8]), Broken> {
    let kind = pieces.array()?;
    let size = u32::from_le_bytes(pieces.array()?);
    let data = pieces.take(usize::try_from(size).map_err(|_| Broken::Truncated)?)?;
    // Each begins at an even place; some writers forget that of the last.
    if size % 2 == 1 && !pieces.is_empty() {
        pieces.take(1)?;
    }
    Ok((kind, data))
}

/// A frame of an animation without what is not its picture.
fn frame(data: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut pieces = Pieces::of(data);
    let mut kept = pieces.take(FRAME_BYTES)?.to_vec();
    while !pieces.is_empty() {
        let (kind, data) = chunk(&mut pieces)?;
        if matches!(&kind, b"VP8 " | b"VP8L" | b"ALPH") {
            kept.extend(written(kind, data));
        }
    }
    Ok(kept)
}

fn written(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding = &[0][..data.len() % 2];
    [&kind, &size, data, padding].concat()
}
