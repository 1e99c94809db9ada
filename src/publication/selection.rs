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
    /// A query that the publication names.
    Named(String),
    /// A closed segment of a selection that has archives, counted from 1 (RFC 5005 §4).
    Archive(Box<Selection>, u32),
}

impl Selection {
    /// Whether nothing belongs to the subject that is not in it: what it does not give is gone.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Article(_))
    }

    /// Whether its items are kept in archive segments: elsewhere membership cannot stay fixed.
    pub fn has_archive(&self) -> bool {
        matches!(self, Self::All | Self::Section(_))
    }
}

/// [`Selection::has_archive`], for the key of a selection.
pub fn key_has_archive(key: &str) -> bool {
    key == "all" || key.starts_with("section/")
}

/// The key of a segment.
pub fn archive_key(of: &str, segment: u32) -> String {
    format!("archive/{of}/{segment}")
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
            Self::Named(name) => write!(f, "named/{name}"),
            Self::Archive(of, segment) => f.write_str(&archive_key(&of.to_string(), *segment)),
        }
    }
}
