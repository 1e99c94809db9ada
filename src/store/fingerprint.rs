//! Fingerprints of what an article was known by, which say no word of it.

use sha2::{Digest, Sha256};

/// Number of bytes of the SHA-256 that are stored: enough that no two marks have the same.
const FINGERPRINT_BYTES: usize = 16;

/// A mark by which a killed article is known again, of which only a hash is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fingerprint<'m> {
    Slug(&'m str),
    /// A path that the article had in an earlier system.
    Former(&'m str),
    /// The path of its file in the folder of items.
    Path(&'m str),
    /// The digest of its file, which may lie elsewhere now.
    Digest(&'m str),
    /// The id of the article.
    Id(&'m str),
    /// The idempotency key of a request about it, by which a repeated request is known.
    Request(&'m str),
}

impl Fingerprint<'_> {
    /// The fingerprint as it is stored: 32 hexadecimal digits of a SHA-256.
    pub(super) fn stored(self) -> String {
        let (kind, value) = match self {
            Self::Slug(value) => ("slug", value),
            Self::Former(value) => ("former", value),
            Self::Path(value) => ("path", value),
            Self::Digest(value) => ("digest", value),
            Self::Id(value) => ("id", value),
            Self::Request(value) => ("request", value),
        };
        let sum: [u8; 32] = Sha256::digest(format!("{kind}\0{value}")).into();
        let bytes = sum.iter().take(FINGERPRINT_BYTES);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn marks_of_two_kinds_are_two_and_say_nothing() {
        let slug = Fingerprint::Slug("the-bridge").stored();
        assert_ne!(slug, Fingerprint::Path("the-bridge").stored());
        assert_eq!(slug, Fingerprint::Slug("the-bridge").stored());
        assert!(slug.len() == 32 && slug.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
