//! The data that a restored backup takes over from the store that it replaces.

use crate::item::{Article, Caption, Id, Line};

use super::{Origin, Position, Removal};

/// The removals and positions that a restored store takes over from the store that it replaces.
#[derive(Clone, Debug, Default)]
pub struct CarriedOver {
    /// The newest position that readers may know.
    pub(super) newest_known: Position,
    pub(super) removed: Vec<Gone>,
    /// Photographs and renditions that were killed.
    pub(super) killed_files: Vec<String>,
    /// Fingerprints of the addresses, files and ids of killed articles.
    pub(super) killed_fingerprints: Vec<(String, String)>,
    /// Captions whose photographs' rights have ended.
    pub(super) expired: Vec<Id>,
    /// The ids of articles that are not public yet, and when they will be.
    pub(super) pending: Vec<(Id, Option<i64>)>,
    /// All articles, public or not. `None` where the replaced store may not have known some that the backup has.
    pub(super) known_articles: Option<Vec<Id>>,
    /// The rows of tokens; those of the backup may have been revoked since. `None` where no tokens can be read.
    pub(super) tokens: Option<Vec<TokenRow>>,
    /// The cursor of each cache in front: up to which entry purges were acknowledged.
    pub(super) cursors: Vec<(String, String)>,
}

/// Id, hash, name, scope, made at, ends at.
pub(super) type TokenRow = (String, String, String, String, i64, Option<i64>);

/// An item that was taken away.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    pub(super) item: Id,
    pub(super) article: Id,
    pub(super) removal: Removal,
    pub(super) notice: Option<Line>,
    pub(super) media: Option<String>,
    pub(super) published: i64,
    pub(super) content: CarriedContent,
}

/// The content of a removed item, where it has to stay removed although the backup does not know it: its file may publish
/// it again.
#[derive(Clone, Debug)]
pub(super) enum CarriedContent {
    /// The item was withdrawn, and may return when its writer publishes it again.
    Nothing,
    Article(Box<Story>),
    Caption(Box<Caption>),
}

#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) article: Article,
    pub(super) section: String,
    pub(super) slug: String,
    pub(super) origin: Option<Origin>,
}

impl CarriedOver {
    /// The data to take over where there is no store to replace. The log of the lost store is not known, but no two of its
    /// entries have the same millisecond, so there are at most as many as milliseconds between `newest` and the present.
    pub(super) fn of_nothing(newest: Position, now: chrono::DateTime<chrono::Utc>) -> Self {
        let elapsed_ms = (now - newest.time).num_milliseconds();
        let floor = Position {
            seq: newest.seq + u64::try_from(elapsed_ms).unwrap_or(0),
            time: now.max(newest.time),
        };
        Self {
            newest_known: floor,
            ..Self::default()
        }
    }
}
