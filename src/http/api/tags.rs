//! The ETags of versions (RFC 9110 §8.8.3).

use crate::store::Version;

use super::replies::ItemFormat;

/// The ETag of a version.
pub(super) fn tag(version: Version) -> String {
    format!("\"r{version}\"")
}

/// The ETag of a version in one of its forms: two representations never share a strong tag (§8.8.1), and a cache that
/// keeps both would take the one for the other.
pub(super) fn tag_in(form: ItemFormat, version: Version) -> String {
    match form {
        ItemFormat::Item => tag(version),
        ItemFormat::Ninjs => format!("\"r{version}{NINJS}\""),
    }
}

/// What the tag of a version as ninjs ends with. As a condition of a write all of them name the version.
pub(super) const NINJS: &str = "-ninjs";

/// What the tag of what anybody sees ends with: a writer sees more.
pub(super) const PUBLIC: &str = "-public";

/// The tag of the same as anybody sees it.
pub(super) fn public(tag: &str) -> String {
    let opaque = tag.trim_end_matches('"');
    format!("{opaque}{PUBLIC}\"")
}
