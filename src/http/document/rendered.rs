//! Rendered documents: an answer with the touch keys that it depends on and the position of their newest touch.

use std::sync::Arc;

use crate::store::{Position, Removal, StoreError, TouchKey};

use crate::http::response::{CacheHeaders, CachePolicy, Representation};

use super::dependencies::DependsOn;

/// The answer to a request for a resource at a position of the log, not yet an HTTP response.
#[derive(Clone)]
pub(crate) enum Answer {
    Found(Arc<Representation>),
    /// A permanent redirect (301).
    Moved {
        address: String,
        cache_headers: CacheHeaders,
    },
    Gone(Arc<Representation>),
    /// Gone by order of the law (RFC 7725).
    Forbidden(Arc<Representation>),
    Nowhere,
}

pub(crate) const HTML: &str = "text/html; charset=utf-8";

pub(crate) const CSS: &str = "text/css; charset=utf-8";

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the bytes could not be coded: {0}")]
    Coding(std::io::Error),
    #[error("the work was broken off: {0}")]
    Broken(String),
}

impl RenderError {
    /// Whether the store's server cannot be reached, which passes.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_unreachable())
    }
}

/// A document made from the store as it stands.
pub struct Rendered {
    pub(crate) answer: Answer,
    pub(crate) depends_on: DependsOn,
    pub(crate) touched: Position,
}

impl Rendered {
    pub(crate) fn nowhere() -> Self {
        Self {
            answer: Answer::Nowhere,
            depends_on: DependsOn::Nothing,
            touched: Position::default(),
        }
    }

    /// Leads to another address for good; `key` is touched when it leads elsewhere.
    pub(crate) fn moved(address: String, key: TouchKey) -> Self {
        Self {
            answer: Answer::Moved {
                address,
                cache_headers: CacheHeaders::unmarked(CachePolicy::Lasting),
            },
            depends_on: DependsOn::Key(key),
            ..Self::nowhere()
        }
    }

    /// The bytes of the representation; none for a redirect or where nothing is found.
    pub fn body(&self) -> Option<&[u8]> {
        match &self.answer {
            Answer::Found(found) => Some(&found.body),
            _ => None,
        }
    }
}

/// The answer for an item that was removed in the way `how`; `notice` makes the document that stands in its place.
pub(crate) fn in_place_of(how: Removal, notice: impl FnOnce() -> Representation) -> Answer {
    match how {
        Removal::Withheld => Answer::Nowhere,
        Removal::Retracted => Answer::Found(Arc::new(notice())),
        Removal::Withdrawn | Removal::Killed => Answer::Gone(Arc::new(notice())),
        Removal::Forbidden => Answer::Forbidden(Arc::new(notice())),
    }
}
