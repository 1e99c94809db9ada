//! An article's text as the database keeps it.

use serde::{Deserialize, Serialize};

use crate::item::{Article, part::Part};

/// An article as the store keeps it, without its captions, which have rows of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) article: Article,
    pub(super) parts: Vec<Part>,
}
