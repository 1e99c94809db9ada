//! IPTC-IIM 4.2 within Photoshop's image resources.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::anatomy::{InvalidPicture, Pieces};
use super::embedded::{EmbeddedMetadata, MetadataField};

/// The image resource that holds the datasets.
const IIM: u16 = 0x0404;

const DATASET: u8 = 0x1c;

/// The dataset that gives the character set of the others, and its value for UTF-8, an escape sequence (ISO 2022).
const CHARACTER_SET: (u8, u8) = (1, 90);
const UTF8: &[u8] = b"\x1b%G";

/// The bit that marks a length of more than 15 bits: the other bits are the number of bytes in which the length
/// follows.
const EXTENDED: u16 = 0x8000;

const FIELDS: [((u8, u8), MetadataField); 4] = [
    ((2, 120), MetadataField::Caption),
    ((2, 80), MetadataField::Byline),
    ((2, 110), MetadataField::Credit),
    ((2, 116), MetadataField::Copyright),
];

/// The metadata in the datasets; of damaged ones, those before the damage.
pub(super) fn read(resources: &[u8]) -> EmbeddedMetadata {
    let mut datasets = Vec::new();
    let mut pieces = Pieces::of(resources);
    while let Ok((kind, data)) = resource(&mut pieces) {
        let mut inside = Pieces::of(if kind == IIM { data } else { &[] });
        while let Ok(dataset) = dataset(&mut inside) {
            datasets.push(dataset);
        }
    }
    let decode = decoder(&datasets);
    let mut found = EmbeddedMetadata::default();
    for (wanted, field) in FIELDS {
        let values = datasets.iter().filter(|(number, _)| *number == wanted);
        let values: Vec<String> = values.map(|(_, value)| decode(value)).collect();
        found.set(field, &values);
    }
    found
}

fn resource<'a>(pieces: &mut Pieces<'a>) -> Result<(u16, &'a [u8]), InvalidPicture> {
    if pieces.array()? != *b"8BIM" {
        return Err(InvalidPicture::Malformed("no image resource"));
    }
    let kind = u16::from_be_bytes(pieces.array()?);
    let name = usize::from(pieces.byte()?);
    // Name with its length, and data, are each an even number of bytes.
    pieces.take(name + usize::from(name % 2 == 0))?;
    let length = u32::from_be_bytes(pieces.array()?);
    let length = usize::try_from(length).map_err(|_| InvalidPicture::Truncated)?;
    let data = pieces.take(length)?;
    if length % 2 == 1 && !pieces.is_empty() {
        pieces.byte()?;
    }
    Ok((kind, data))
}

type Dataset<'a> = ((u8, u8), &'a [u8]);

fn dataset<'a>(pieces: &mut Pieces<'a>) -> Result<Dataset<'a>, InvalidPicture> {
    let [mark, record, number] = pieces.array()?;
    if mark != DATASET {
        return Err(InvalidPicture::Malformed("no dataset"));
    }
    let length_field = u16::from_be_bytes(pieces.array()?);
    let mut length = usize::from(length_field);
    if length_field & EXTENDED != 0 {
        let bytes = pieces.take(usize::from(length_field & !EXTENDED))?;
        let join = |sum: usize, byte: &u8| sum.checked_mul(256)?.checked_add(usize::from(*byte));
        length = bytes
            .iter()
            .try_fold(0, join)
            .ok_or(InvalidPicture::Truncated)?;
    }
    Ok(((record, number), pieces.take(length)?))
}

/// A decoder for the values: as UTF-8 where a dataset says so, else in the character set that their bytes suggest,
/// since agencies use that of their country.
fn decoder(datasets: &[Dataset<'_>]) -> impl Fn(&[u8]) -> String {
    let says_utf8 = datasets
        .iter()
        .any(|(number, value)| *number == CHARACTER_SET && value.starts_with(UTF8));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let wanted = |number: &(u8, u8)| FIELDS.iter().any(|(known, _)| known == number);
    for (_, value) in datasets.iter().filter(|(number, _)| wanted(number)) {
        detector.feed(value, false);
    }
    detector.feed(b"", true);
    let guessed = match says_utf8 {
        true => encoding_rs::UTF_8,
        false => detector.guess(None, Utf8Detection::Allow),
    };
    move |value| guessed.decode_without_bom_handling(value).0.into_owned()
}
