//! The items as they stand, and the log of how they came to stand so.
//!
//! One writer appends entries; everything that an entry alters (items, filings, touches) is in the same transaction,
//! which is on disk before [`Store::apply`] returns. Readers work beside it, in this process and in others.

mod apply;
mod archive;
mod catalogue;
pub mod key;
mod media;
mod paper;
#[cfg(test)]
pub(crate) mod plans;
mod read;
mod recent;
mod sqlite;
mod touched;
mod walk;
mod window;

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::item::{Article, Caption, Id, Line, part::Part};
use crate::publication::Publication;

pub use apply::{Change, Now, Origin};
pub use catalogue::{Listed, MAX_SITEMAP_URLS, Month, NewsArticle, SitemapPart};
pub use media::{KeepError, Photographs};
pub use read::Found;
pub use sqlite::Store;
pub use touched::Touched;
pub use window::{MAX_WINDOW_BYTES, MIN_WINDOW_ITEMS};

/// A position in the log: the entry and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub seq: u64,
    pub time: DateTime<Utc>,
}

/// What an entry did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Publish,
    /// A change that the desk does not call significant.
    Minor,
    Update,
    /// Filed elsewhere, or under another slug.
    Move,
    /// Taken back without a word.
    Withdraw,
    /// The publication's settings changed.
    Settings,
    /// This version renders otherwise than the one before.
    Rendering,
}

impl EntryKind {
    const ALL: [Self; 7] = [
        Self::Publish,
        Self::Minor,
        Self::Update,
        Self::Move,
        Self::Withdraw,
        Self::Settings,
        Self::Rendering,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Minor => "minor",
            Self::Update => "update",
            Self::Move => "move",
            Self::Withdraw => "withdraw",
            Self::Settings => "settings",
            Self::Rendering => "rendering",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub position: Position,
    pub kind: EntryKind,
    pub item: Option<Id>,
    pub revision: Option<u64>,
    /// Where the item was filed before and after, as `section/slug`; a caption is filed with its article.
    pub before: Option<String>,
    pub after: Option<String>,
    pub actor: String,
    pub note: Option<String>,
}

/// Whether an item may be used (IPTC pub status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PubStatus {
    Usable,
    Canceled { at: DateTime<Utc> },
}

/// What the store knows of an item beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub id: Id,
    pub revision: u64,
    pub status: PubStatus,
    pub published: DateTime<Utc>,
    /// `atom:updated`: the last significant change, moved by a fraction of a second where two items would have the same.
    pub updated: DateTime<Utc>,
    /// Whether anything significant came after publication.
    pub was_updated: bool,
}

/// A tag or a person with the slug that was fixed at first sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub slug: String,
    pub name: Line,
}

/// An article as it stands, with its captions.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredArticle {
    pub state: State,
    pub slug: String,
    pub section: String,
    /// Larger than a whole window may be: feeds give its summary.
    pub oversized: bool,
    /// Its text; the captions stand beside it.
    pub article: Article,
    pub parts: Vec<Part>,
    pub authors: Vec<Named>,
    pub tags: Vec<Named>,
    pub captions: Vec<StoredCaption>,
}

/// A caption as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCaption {
    pub state: State,
    pub caption: Caption,
    pub credit: Option<Named>,
}

/// What a selection gives at a position.
#[derive(Clone, Debug)]
pub struct Window {
    pub touched: Position,
    /// The articles concerned, whole, and in the order of the window which of their items stand in it.
    pub articles: Vec<StoredArticle>,
    pub items: Vec<Id>,
    /// How many closed segments the selection's archive has; those of a segment's selection, where it is one.
    pub segments: u32,
}

/// What the server's settings are at present, as far as bytes depend on them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    pub publication: Publication,
    /// `publication.toml` as it was written, to be given back by an export.
    pub source: String,
    pub base_url: String,
}

/// Why the store cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database {path} cannot be opened: {reason}; restore it from a backup, or move it away to begin anew"
    )]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "the database {path} has schema {found}, this courant knows up to {known}; use the newer courant that made it"
    )]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "the database {path} has schema {found}, and this courant reads {known}; run courant serve once, which brings it up to date"
    )]
    Older {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "another server uses {path}; stop it, or give this one a folder of its own with --data"
    )]
    InUse { path: PathBuf },
    #[error("there is no store in {path}; run courant serve first, or name the folder with --data")]
    Absent { path: PathBuf },
    #[error("{path} cannot be written: {reason}; check its owner, its mode and the free disk")]
    Unwritable { path: PathBuf, reason: String },
    #[error("the slug {slug} belongs to {owner} already; give one of the two folders another name")]
    SlugTaken { slug: String, owner: Id },
    #[error(
        "the id {id} belongs to another item; take it out of the newer file, check --fix writes another"
    )]
    IdTaken { id: Id },
    #[error(
        "the guid {guid} belongs to {owner} already; readers would take the two for one: take it out of one"
    )]
    GuidTaken { guid: String, owner: Id },
    #[error("the store failed: {0}{advice}", advice = advice(.0))]
    Sqlite(#[from] rusqlite::Error),
    #[error("a revision in the store does not read: {0}")]
    Content(#[from] serde_json::Error),
}

fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => "; free some disk where the data lie (--data)",
        Some(rusqlite::ErrorCode::DatabaseBusy) => "; another program holds the database",
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => "; restore it from a backup",
        _ => "",
    }
}

impl StoreError {
    /// Whether the fault lies in what was asked, so that the rest of a batch can go on.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::SlugTaken { .. } | Self::IdTaken { .. } | Self::GuidTaken { .. }
        )
    }
}
