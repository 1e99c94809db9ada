//! Many texts that are only ever asked for, kept as marks of sixteen bytes: an import knows every address of a large site.

use std::hash::{BuildHasher, RandomState};

/// What stands for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark([u64; 2]);

/// Computes marks: 128-bit keyed hashes with keys of this run, so that a collision cannot be prepared and is not expected.
#[derive(Clone, Debug, Default)]
pub struct Marks([RandomState; 2]);

impl Marks {
    pub fn of(&self, text: &str) -> Mark {
        Mark(self.0.each_ref().map(|keys| keys.hash_one(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn a_text_has_one_mark_and_another_text_another() {
        let marks = Marks::default();
        assert_eq!(marks.of("/2024/bridge"), marks.of("/2024/bridge"));
        assert_ne!(marks.of("/2024/bridge"), marks.of("/2024/bridge/"));
        assert_ne!(marks.of(""), marks.of(" "));
    }
}
