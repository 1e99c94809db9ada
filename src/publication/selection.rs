//! Selections: the sets of items that feeds are made of, and the keys by which the store files items in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::item::Id;

/// The two kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Article,
    Caption,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Caption => "caption",
        }
    }

    pub fn from_plural(word: &str) -> Option<Self> {
        match word {
            "articles" => Some(Self::Article),
            "captions" => Some(Self::Caption),
            _ => None,
        }
    }
}

/// A set of items. Every feed and every page is made of exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    /// The kinds that the publication wants in its main feed.
    All,
    Section(String),
    Tag(String),
    /// What a person wrote, photographed or drew.
    Author(String),
    Captions,
    /// One article with its captions, whole.
    Article(Id),
}

impl Selection {
    /// Whether the selection is given whole, however many items it has and however old they are.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Article(_))
    }
}

/// The key under which the store files items and keeps the newest touch.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Section(slug) => write!(f, "section/{slug}"),
            Self::Tag(slug) => write!(f, "tag/{slug}"),
            Self::Author(slug) => write!(f, "author/{slug}"),
            Self::Captions => f.write_str("captions"),
            Self::Article(id) => write!(f, "article/{}", id.bare()),
        }
    }
}
