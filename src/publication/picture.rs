//! A picture beside `publication.toml` that a key names.

use crate::item::{Complaint, Image, Reader, file};

/// Reads the name of a picture beside `publication.toml`. It cannot be an address: pages show it, and they load nothing
/// from other sites.
pub(super) fn picture_beside(
    reader: &mut Reader<'_>,
    key: &'static str,
    photographs: &file::FindPhotograph<'_>,
) -> Option<Image> {
    let name = reader.text(key)?;
    match photographs(&name) {
        Ok(photograph) => Some(Image {
            name: name.to_string(),
            photograph,
        }),
        Err(error) => {
            let line = reader.line_of(key);
            let expected = format!("{key} to be a picture beside publication.toml");
            let (found, advice) = (error.to_string(), error.advice());
            reader.complain(Complaint::refused(line, expected, found, advice));
            None
        }
    }
}
