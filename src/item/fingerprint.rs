//! Many texts that are only ever asked for, kept as fingerprints of sixteen bytes: an import knows every address of a large site.

use std::hash::{BuildHasher, RandomState};

/// The fingerprint of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u64; 2]);

/// Computes fingerprints: 128-bit keyed hashes with keys of this run, so that a collision cannot be prepared and is not expected.
#[derive(Clone, Debug, Default)]
pub struct Fingerprints([RandomState; 2]);

impl Fingerprints {
    pub fn of(&self, text: &str) -> Fingerprint {
        Fingerprint(self.0.each_ref().map(|keys| keys.hash_one(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprints;

    #[test]
    fn a_text_has_one_mark_and_another_text_another() {
        let fingerprints = Fingerprints::default();
        assert_eq!(
            fingerprints.of("/2024/bridge"),
            fingerprints.of("/2024/bridge")
        );
        assert_ne!(
            fingerprints.of("/2024/bridge"),
            fingerprints.of("/2024/bridge/")
        );
        assert_ne!(fingerprints.of(""), fingerprints.of(" "));
    }
}
