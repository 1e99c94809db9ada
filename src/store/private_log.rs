//! The private log: writes that no reader sees (drafts, schedules, uploads, missed times), with who made them.

use chrono::{DateTime, Utc};

use crate::item::Id;

use super::database::{self, Connection};
use super::sqlite::moment;
use super::{Store, StoreError};

/// The kind of an entry of the private log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKind {
    /// A draft was written, which waits for a decision.
    Draft,
    /// An article was written that will be public at its time.
    Schedule,
    /// An article that was not public was deleted.
    Discard,
    /// The time of a scheduled article came, and it could not be published: it waits for a decision.
    Miss,
    /// The desk changed what it says to itself of something public: its note, the day a right ends.
    Remark,
    /// A photograph was uploaded.
    Upload,
    /// A photograph got another picture.
    Replace,
    /// The defaults of captions for a photograph were changed.
    Describe,
}

impl PrivateKind {
    const ALL: [Self; 8] = [
        Self::Draft,
        Self::Schedule,
        Self::Discard,
        Self::Miss,
        Self::Remark,
        Self::Upload,
        Self::Replace,
        Self::Describe,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Schedule => "schedule",
            Self::Discard => "discard",
            Self::Miss => "miss",
            Self::Remark => "remark",
            Self::Upload => "upload",
            Self::Replace => "replace",
            Self::Describe => "describe",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A write that no reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateEntry {
    /// The sequence number in the private log, which has its own numbers.
    pub seq: u64,
    pub time: DateTime<Utc>,
    pub kind: PrivateKind,
    /// The article, or the photograph.
    pub item: Id,
    /// Where an article is filed, as `section/slug`.
    pub filed: Option<String>,
    /// When it will be public, where that is foreseen.
    pub due: Option<DateTime<Utc>>,
    pub actor: String,
    /// The reason of an entry that the server itself made, such as a missed publication.
    pub note: Option<String>,
}

impl Store {
    /// The entries of the private log after the number `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn private_after(&self, after: u64, limit: usize) -> Result<Vec<PrivateEntry>, StoreError> {
        self.reading(|connection| {
            Ok(connection.rows(
                "SELECT seq, time, kind, item, filed, due, actor, note FROM unseen
                 WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                (after, limit),
                of_row,
            )?)
        })
    }

    /// The number of the newest such write; 0 where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn newest_private(&self) -> Result<u64, StoreError> {
        self.reading(|connection| {
            Ok(
                connection.one("SELECT coalesce(max(seq), 0) FROM unseen", (), |row| {
                    row.get(0)
                })?,
            )
        })
    }

    /// The entries of the private log about one item, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn private_about(&self, item: Id) -> Result<Vec<PrivateEntry>, StoreError> {
        self.reading(|connection| {
            Ok(connection.rows(
                "SELECT seq, time, kind, item, filed, due, actor, note FROM unseen
                 WHERE item = ?1 ORDER BY seq",
                [item.to_string()],
                of_row,
            )?)
        })
    }

    /// The last entry of the private log about an item up to the number `until`, unless the item was public since.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn last_private(&self, item: Id, until: u64) -> Result<Option<PrivateEntry>, StoreError> {
        self.reading(|connection| {
            let last = connection.row(
                "SELECT seq, time, kind, item, filed, due, actor, note FROM unseen
                 WHERE item = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1",
                (item.to_string(), until),
                of_row,
            )?;
            let Some(last) = last else { return Ok(None) };
            let was_public = connection.exists(
                "SELECT 1 FROM log WHERE item = ?1 AND time > ?2",
                (item.to_string(), last.time.timestamp_millis()),
            )?;
            Ok(Some(last).filter(|_| !was_public))
        })
    }
}

fn of_row(row: &database::Row<'_>) -> database::Result<PrivateEntry> {
    let (kind, item): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(PrivateEntry {
        seq: row.get(0)?,
        time: moment(row.get(1)?),
        kind: PrivateKind::from_name(&kind).unwrap_or(PrivateKind::Remark),
        item: Id::parse(&item).unwrap_or_default(),
        filed: row.get(4)?,
        due: row.get::<Option<i64>>(5)?.map(moment),
        actor: row.get(6)?,
        note: row.get(7)?,
    })
}

/// An entry of the private log before it has its number.
pub(super) struct Note<'n> {
    pub(super) kind: PrivateKind,
    pub(super) item: Id,
    pub(super) filed: Option<String>,
    pub(super) due: Option<i64>,
    pub(super) actor: &'n str,
    pub(super) note: Option<String>,
}

/// Notes a write, in its own transaction.
pub(super) fn note(
    connection: &Connection,
    now_ms: i64,
    note: &Note<'_>,
) -> Result<(), StoreError> {
    connection.run(
        "INSERT INTO unseen (time, kind, item, filed, due, actor, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            now_ms,
            note.kind.name(),
            note.item.to_string(),
            &note.filed,
            note.due,
            note.actor,
            &note.note,
        ),
    )?;
    Ok(())
}
