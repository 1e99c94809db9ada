//! The store that a backup is to replace, and what of it stays.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::item::Id;
use crate::store::carried_over::CarriedOver;
use crate::store::database::{self, Hold};
use crate::store::sqlite::{SCHEMA, read_only};
use crate::store::store_files::Lock;
use crate::store::{EntryKind, Position, Store, StoreError, StorePlace};

use super::rows::Content;
use super::{BackupError, BackupStep, Manifest, TellProgress};

/// Why a backup is not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the backup is of another paper: expected {expected}, found {found}; name another folder with --data, or \
         another schema"
    )]
    OtherPaper { expected: Id, found: Id },
    #[error(
        "there is no store in {place} to tell what was killed, retracted or withheld since {since}, and the backup would bring \
         it back; restore beside the store that was in use, name it with --previous-store, or give --accept-lost-takedowns"
    )]
    NothingReplaced { place: String, since: DateTime<Utc> },
    #[error(
        "the store in {place} does not read ({reason}), and cannot tell what was killed, retracted or withheld since {since}; \
         give --accept-lost-takedowns to bring that back"
    )]
    Unreadable {
        place: String,
        reason: String,
        since: DateTime<Utc>,
    },
    #[error(
        "the store in {place} did not grow from this backup: it has no entry {seq} of {since}. It may not know all that was \
         killed, retracted or withheld since; give --accept-lost-takedowns to take over what it knows"
    )]
    OtherHistory {
        place: String,
        seq: u64,
        since: DateTime<Utc>,
    },
    #[error(
        "expected no store in {place}, where --previous-store names another; leave out --previous-store to replace the one that \
         is there, or name a place without one by --data or --store"
    )]
    TwoStores { place: String },
}

/// The result of looking at the store that is to be replaced.
pub(super) enum Replaced {
    Nothing,
    Unreadable(StoreError),
    /// It is at another place, and has the same rows as the backup.
    Same {
        publication: Id,
    },
    Store {
        publication: Id,
        carried_over: Box<CarriedOver>,
        lost: Vec<(EntryKind, u64)>,
    },
}

/// What is taken over from the replaced store; nothing where it is the same. And the number of entries of each kind that are
/// lost.
pub(super) type TakenOver = (Option<CarriedOver>, Vec<(EntryKind, u64)>);

impl Replaced {
    /// Looks at the store at the place that is restored to, of which `lock` is held. Gives the store, too, where it is on a
    /// server: it is held.
    ///
    /// # Errors
    /// Where it reads well, but not for this version, and where a server fails.
    pub(super) fn here(
        place: &StorePlace,
        lock: Lock,
        manifest: &Manifest,
        now: DateTime<Utc>,
    ) -> Result<(Self, Option<Store>), StoreError> {
        let read = || {
            let store = Store::open_locked(place, lock, now)?;
            if let Some(server) = place.server() {
                store.with_writer(|writer| server.hold(&writer.connection, Hold::Alone))?;
            }
            let found = Self::of(&store, manifest, None)?;
            store.checkpoint()?;
            Ok((found, place.server().is_some().then_some(store)))
        };
        match read() {
            Err(error @ (StoreError::Newer { .. } | StoreError::Moving { .. })) => Err(error),
            Err(error) if place.server().is_none() => Ok((Self::Unreadable(error), None)),
            read => read,
        }
    }

    /// Looks at the store at another place, in which nothing is changed. Gives it, too, where it is on a server: it is held.
    ///
    /// # Errors
    /// Where it does not read, or a server uses it.
    pub(super) fn elsewhere(
        place: &StorePlace,
        manifest: &Manifest,
        database: &Path,
        progress: TellProgress<'_>,
    ) -> Result<(Self, Option<Store>), StoreError> {
        let store = Store::open_beside_at(place)?;
        if let Some(server) = place.server() {
            store.with_writer(|writer| server.hold(&writer.connection, Hold::Alone))?;
            store.refresh()?;
        }
        let found = Self::of(&store, manifest, Some((database, progress)))?;
        Ok((found, place.server().is_some().then_some(store)))
    }

    /// `database` is that of the backup, with which it may be the same.
    fn of(
        store: &Store,
        manifest: &Manifest,
        database: Option<(&Path, TellProgress<'_>)>,
    ) -> Result<Self, StoreError> {
        if store.position().seq == 0 {
            return Ok(Self::Nothing);
        }
        let backup = end_of(manifest);
        let publication = store.publication()?.id();
        if let Some((database, progress)) = database
            && store.has_the_rows_of(database, manifest, progress)?
        {
            return Ok(Self::Same { publication });
        }
        Ok(Self::Store {
            publication,
            carried_over: Box::new(store.carried_over(backup)?),
            lost: store.entries_since(backup)?,
        })
    }

    /// What is taken over from it.
    ///
    /// # Errors
    /// Where it may not be replaced.
    pub(super) fn check_replaceable(
        self,
        place: &StorePlace,
        manifest: &Manifest,
        now: DateTime<Utc>,
        accept_lost_takedowns: bool,
    ) -> Result<TakenOver, RestoreError> {
        let (place, since) = (place.to_string(), manifest.time);
        let nothing = || CarriedOver::of_nothing(end_of(manifest), now);
        match self {
            Self::Nothing | Self::Unreadable(_) if accept_lost_takedowns => {
                Ok((Some(nothing()), Vec::new()))
            }
            Self::Nothing => Err(RestoreError::NothingReplaced { place, since }),
            Self::Unreadable(error) => Err(RestoreError::Unreadable {
                place,
                reason: error.to_string(),
                since,
            }),
            Self::Store { publication, .. } | Self::Same { publication }
                if publication != manifest.publication =>
            {
                Err(RestoreError::OtherPaper {
                    expected: publication,
                    found: manifest.publication,
                })
            }
            Self::Same { .. } => Ok((None, Vec::new())),
            Self::Store {
                carried_over, lost, ..
            } if carried_over.known_articles.is_some() => Ok((Some(*carried_over), lost)),
            Self::Store { .. } if !accept_lost_takedowns => Err(RestoreError::OtherHistory {
                place,
                seq: manifest.seq,
                since,
            }),
            Self::Store {
                mut carried_over,
                lost,
                ..
            } => {
                // Readers may know either of the two histories.
                let floor = nothing().newest_known;
                carried_over.newest_known.seq = carried_over.newest_known.seq.max(floor.seq);
                carried_over.newest_known.time = carried_over.newest_known.time.max(floor.time);
                Ok((Some(*carried_over), lost))
            }
        }
    }
}

/// The newest entry that is in the backup.
fn end_of(manifest: &Manifest) -> Position {
    Position {
        seq: manifest.seq,
        time: manifest.time,
    }
}

impl Store {
    /// Whether all its rows are those of the database of a backup.
    fn has_the_rows_of(
        &self,
        database: &Path,
        manifest: &Manifest,
        progress: TellProgress<'_>,
    ) -> Result<bool, StoreError> {
        let progress = |done, total| progress(BackupStep::ComparedRows, done, total);
        if manifest.schema != SCHEMA || self.position() != end_of(manifest) {
            return Ok(false);
        }
        let of_backup =
            read_only(database).and_then(|connection| Content::of(&connection, &progress))?;
        self.reading(|connection| Ok(Content::of(connection, &progress)? == of_backup))
    }

    /// The number of entries of each kind after `newest`.
    fn entries_since(&self, newest: Position) -> Result<Vec<(EntryKind, u64)>, StoreError> {
        self.reading(|connection| {
            let sql = "SELECT kind, count(*) FROM log WHERE seq > ?1 GROUP BY kind ORDER BY kind";
            let rows = connection.rows(sql, [newest.seq], |row| {
                let kind: String = row.get(0)?;
                Ok((EntryKind::from_name(&kind), row.get(1)?))
            })?;
            let counts = rows.into_iter();
            let counts = counts.filter_map(|(kind, count)| Some((kind?, count)));
            Ok::<_, database::Error>(counts.collect()).map_err(StoreError::from)
        })
    }
}
