//! Selections: the sets of items that feeds are made of, and the keys by which the store files items in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::item::Id;
use crate::memory::block;

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

/// The two kinds of names that items have, each with a list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    Tag,
    /// Of a person who wrote, photographed or drew.
    Author,
}

impl NameKind {
    pub const ALL: [Self; 2] = [Self::Tag, Self::Author];

    /// The name of the kind in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tag => TAG,
            Self::Author => AUTHOR,
        }
    }

    /// The plural of the kind, in addresses and keys of the list of all names.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Tag => "tags",
            Self::Author => "authors",
        }
    }
}

/// A set of items. Every feed and every page is made of exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Selection {
    /// All items of the kinds that the publication wants in its main feed.
    All,
    Section(String),
    Tag(String),
    /// The items that a person wrote, photographed or drew, by the slug of the name.
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
    /// Whether everything that belongs to the subject is in it: an item that it does not have is gone.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Article(_))
    }

    /// The word that its key consists of, or begins with before a slash.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::All => ALL,
            Self::Section(_) => SECTION,
            Self::Tag(_) => TAG,
            Self::Author(_) => AUTHOR,
            Self::Captions => CAPTIONS,
            Self::Article(_) => ARTICLE,
            Self::Named(_) => NAMED,
            Self::Archive(..) => ARCHIVE,
        }
    }

    /// Whether its items are kept in archive segments: elsewhere membership cannot stay fixed.
    pub fn has_archive(&self) -> bool {
        matches!(self, Self::All | Self::Section(_))
    }

    /// Whether its older items are on pages of months; where there is an archive, they are in its segments.
    pub fn has_months(&self) -> bool {
        matches!(
            self,
            Self::Tag(_) | Self::Author(_) | Self::Named(_) | Self::Captions
        )
    }

    /// A closed segment of its archive.
    pub fn segment(&self, number: u32) -> Self {
        Self::Archive(Box::new(self.clone()), number)
    }

    /// Reads a key as [`fmt::Display`] spells it.
    pub fn parse(key: &str) -> Option<Self> {
        let Some((kind, name)) = key.split_once('/') else {
            return match key {
                ALL => Some(Self::All),
                CAPTIONS => Some(Self::Captions),
                _ => None,
            };
        };
        match kind {
            SECTION => Some(Self::Section(name.to_owned())),
            TAG => Some(Self::Tag(name.to_owned())),
            AUTHOR => Some(Self::Author(name.to_owned())),
            ARTICLE => Id::parse(name).map(Self::Article),
            NAMED => Some(Self::Named(name.to_owned())),
            ARCHIVE => {
                let (of, segment) = name.rsplit_once('/')?;
                Some(Self::Archive(
                    Box::new(Self::parse(of)?),
                    segment.parse().ok()?,
                ))
            }
            _ => None,
        }
    }

    /// The selection of a name of this kind.
    pub fn by_name(kind: NameKind, slug: String) -> Self {
        match kind {
            NameKind::Tag => Self::Tag(slug),
            NameKind::Author => Self::Author(slug),
        }
    }

    /// The kind and the slug of the name that it is made of, as names are kept.
    pub fn of_name(&self) -> Option<(NameKind, &str)> {
        match self {
            Self::Tag(slug) => Some((NameKind::Tag, slug)),
            Self::Author(slug) => Some((NameKind::Author, slug)),
            _ => None,
        }
    }

    /// The bytes on the heap that it takes, beside its own size.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::All | Self::Captions | Self::Article(_) => 0,
            Self::Section(name) | Self::Tag(name) | Self::Author(name) | Self::Named(name) => {
                block(name.capacity())
            }
            Self::Archive(of, _) => block(size_of::<Self>()) + of.heap_bytes(),
        }
    }
}

/// The words that keys begin with, or are.
const ALL: &str = "all";
const SECTION: &str = "section";
const TAG: &str = "tag";
const AUTHOR: &str = "author";
const CAPTIONS: &str = "captions";
const ARTICLE: &str = "article";
const NAMED: &str = "named";
const ARCHIVE: &str = "archive";

/// The key under which the store files items and keeps the newest touch. [`Selection::parse`] reads it.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::All | Self::Captions => f.write_str(kind),
            Self::Section(name) | Self::Tag(name) | Self::Author(name) | Self::Named(name) => {
                write!(f, "{kind}/{name}")
            }
            Self::Article(id) => write!(f, "{kind}/{}", id.bare()),
            Self::Archive(of, segment) => write!(f, "{kind}/{of}/{segment}"),
        }
    }
}

/// Selections stand as text in stored settings.
impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}

impl TryFrom<String> for Selection {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("expected a selection, found {text}"))
    }
}
