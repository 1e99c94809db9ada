//! Reads the metadata of a photograph. XMP comes first: it is the younger of the two and always Unicode (IPTC Photo
//! Metadata Standard, Guidelines); fields that it does not have are taken from IPTC-IIM.

use super::anatomy::Anatomy;
use super::embedded::EmbeddedMetadata;
use super::iim;
use super::xmp::{self, MAX_XMP_BYTES};

pub(super) fn read(anatomy: &Anatomy<'_>) -> EmbeddedMetadata {
    let packet = anatomy.xmp.as_deref().unwrap_or_default();
    let mut found = match packet.len() {
        0..=MAX_XMP_BYTES => xmp::read(packet),
        _ => EmbeddedMetadata::default(),
    };
    let older = iim::read(&anatomy.resources);
    for (field, older) in [
        (&mut found.caption, older.caption),
        (&mut found.byline, older.byline),
        (&mut found.credit, older.credit),
        (&mut found.copyright, older.copyright),
    ] {
        *field = field.take().or(older);
    }
    found
}
