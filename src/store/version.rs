//! The version that an item has for those who write, and what a change takes for granted of it.

/// The precondition of a change (RFC 9110 §13.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Anything,
    /// There must be no such item.
    Absent,
    /// There must be such an item, in whatever version.
    Present,
    /// The item must still be at this version.
    Version(Version),
}

impl Expected {
    /// Whether the precondition holds where the item has the version `found`, or does not exist.
    pub fn allows(self, found: Option<Version>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => found.is_none(),
            Self::Present => found.is_some(),
            Self::Version(version) => found == Some(version),
        }
    }
}

/// An item's state as a writer knows it: it is another after every change. An article's counts its captions, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub(in crate::store) i64);

impl Version {
    pub fn parse(digits: &str) -> Option<Self> {
        digits.parse().ok().map(Self)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
