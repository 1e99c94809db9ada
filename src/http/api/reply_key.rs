//! By what replies that anybody may have are kept.

use crate::item::Id;
use crate::store::After;

use super::responses::ItemFormat;

/// The key of a public reply: its content, whatever else stands in the address of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ReplyKey {
    /// The list of sections.
    Sections,
    /// The section with this slug.
    Section(String),
    /// A page of the list of articles.
    Articles {
        section: Option<String>,
        after: Option<After>,
        limit: usize,
        form: ItemFormat,
    },
    Article(Id, ItemFormat),
    /// The list of an article's revisions.
    Revisions(Id),
    Caption(Id),
}

/// The kind of a public reply. Replies of one kind are counted together in a client's rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ReplyKind {
    Sections,
    Articles,
    Captions,
}

impl ReplyKey {
    pub(super) fn kind(&self) -> ReplyKind {
        match self {
            Self::Sections | Self::Section(_) => ReplyKind::Sections,
            Self::Articles { .. } | Self::Article(..) | Self::Revisions(_) => ReplyKind::Articles,
            Self::Caption(_) => ReplyKind::Captions,
        }
    }

    /// The bytes that the key takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let heap = match self {
            Self::Section(slug)
            | Self::Articles {
                section: Some(slug),
                ..
            } => slug.len(),
            Self::Sections
            | Self::Articles { section: None, .. }
            | Self::Article(..)
            | Self::Revisions(_)
            | Self::Caption(_) => 0,
        };
        size_of::<Self>() + heap
    }
}
