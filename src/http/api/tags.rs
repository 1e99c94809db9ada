//! The ETags of versions (RFC 9110 §8.8.3).

use crate::store::Version;

use super::responses::ItemFormat;

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

/// The suffix of entity tags of ninjs. In a condition of a write, tags with and without it name the same version.
pub(super) const NINJS: &str = "-ninjs";

/// The suffix of entity tags of public responses; those for writers have more content.
pub(super) const PUBLIC: &str = "-public";

/// The entity tag of the public representation, made from that of the writers'.
pub(super) fn public(tag: &str) -> String {
    let opaque = tag.trim_end_matches('"');
    format!("{opaque}{PUBLIC}\"")
}
