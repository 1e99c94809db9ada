//! Whether a person opens an address in a browser, as opposed to a program that reads it.

use super::fields::Fields;
use crate::resource::Format;

/// Whether a request is a browser's for what its window is to show (Fetch Metadata, W3C).
///
/// Only browsers send these fields, and no script can: fetches of readers, of extensions and of pages say another
/// destination or nothing, and so does a link with `download`. What browsers write into Accept would be no such sign, since
/// several readers write the same.
pub(crate) fn is_navigation<F: Fields + ?Sized>(fields: &F) -> bool {
    let has_value = |name: &str, value: &str| fields.texts(name).eq([value]);
    has_value("sec-fetch-dest", "document") && has_value("sec-fetch-mode", "navigate")
}

/// Whether a feed may stand at `path`, by its end alone.
pub(crate) fn may_be_feed(path: &str) -> bool {
    let end = path.rsplit_once('.').map(|(_, extension)| extension);
    end.and_then(Format::from_extension).is_some()
}
