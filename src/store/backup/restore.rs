//! A store brought back from a backup: made ready aside, checked, and put in the place of the one before in one step.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::item::{Id, MediaType};
use crate::store::carried_over::CarriedOver;
use crate::store::media::is_plain;
use crate::store::named_files::hashes_in;
use crate::store::restore_folders::{
    BEFORE_RESTORE, READY, STAGE, finish_restore, remove_unfinished, sync,
};
use crate::store::store_files::{DATABASE, Lock, MEDIA};
use crate::store::{Change, Entry, EntryKind, Position, Store, StoreError, StorePlace};

use super::unpack::unpack;
use super::{BackupError, LastBackup, Manifest};

/// Why a backup is not restored. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the backup is of another paper: expected {expected}, found {found}; name another folder with --data"
    )]
    OtherPaper { expected: Id, found: Id },
    #[error(
        "there is no store in {path} to tell what was killed, retracted or withheld since {since}, and the backup would bring \
         it back; restore beside the store that was in use, or give --accept-lost-takedowns"
    )]
    NothingReplaced { path: PathBuf, since: DateTime<Utc> },
    #[error(
        "the store in {path} does not read ({reason}), and cannot tell what was killed, retracted or withheld since {since}; \
         give --accept-lost-takedowns to bring that back"
    )]
    Unreadable {
        path: PathBuf,
        reason: String,
        since: DateTime<Utc>,
    },
    #[error(
        "the store in {path} did not grow from this backup: it has no entry {seq} of {since}. It may not know all that was \
         killed, retracted or withheld since; give --accept-lost-takedowns to take over what it knows"
    )]
    OtherHistory {
        path: PathBuf,
        seq: u64,
        since: DateTime<Utc>,
    },
}

/// A restore that is ready to be carried out.
pub struct Restore {
    data: PathBuf,
    stage: Stage,
    manifest: Manifest,
    carried_over: CarriedOver,
    lost: Vec<(EntryKind, u64)>,
    /// Held until the new store stands.
    _lock: Lock,
}

/// The result of a restore.
#[derive(Clone, Debug)]
pub struct RestoreReport {
    /// The entries after those of the backup: what was taken away again, and the one that touches everything.
    pub entries: Vec<Entry>,
    /// The folder in which the replaced store lies, if there was one.
    pub replaced_store: Option<PathBuf>,
}

/// The folder in which the new store is made ready; it goes with what is in it unless it becomes the store.
struct Stage(PathBuf);

impl Drop for Stage {
    fn drop(&mut self) {
        // The next restore or start removes what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Restore {
    /// Checks `file` and finds out what would be lost by restoring it to `data`. With `accept_lost_takedowns` also where
    /// nobody knows all that was taken down since.
    ///
    /// # Errors
    /// If a server runs, the backup is damaged or of another paper, or take-downs would be lost.
    pub fn prepare(
        file: &Path,
        data: &Path,
        now: DateTime<Utc>,
        accept_lost_takedowns: bool,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, RestoreError> {
        let was_there = data.join(DATABASE).exists();
        let unwritable = |error: io::Error| StoreError::Unwritable {
            path: data.to_owned(),
            reason: error.to_string(),
        };
        if !file.is_file() {
            return Err(BackupError::Unreadable {
                path: file.to_owned(),
                reason: "there is no such file".to_owned(),
            }
            .into());
        }
        let held = Lock::take(data)?;
        finish_restore(data).map_err(unwritable)?;
        remove_unfinished(data).map_err(unwritable)?;
        let stage = Stage(data.join(STAGE));
        fs::create_dir(&stage.0).map_err(unwritable)?;
        let manifest = unpack(file, &stage.0, progress)?;
        let newest = Position {
            seq: manifest.seq,
            time: manifest.time,
        };
        let replaced = match was_there || data.join(DATABASE).exists() {
            true => Replaced::read(data, held.clone(), newest, now)?,
            false => Replaced::Nothing,
        };
        let (carried_over, lost) = replaced.judge(&manifest, data, now, accept_lost_takedowns)?;
        Ok(Self {
            data: data.to_owned(),
            stage,
            manifest,
            carried_over,
            lost,
            _lock: held,
        })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The number of entries of each kind that are newer than the backup, and are lost.
    pub fn lost(&self) -> &[(EntryKind, u64)] {
        &self.lost
    }

    /// Puts the backup in the place of the store.
    ///
    /// # Errors
    /// If the database or the disk fails: then the store before is there as it was.
    pub fn carry_out(self, now: DateTime<Utc>) -> Result<RestoreReport, RestoreError> {
        let unwritable = |error: io::Error| StoreError::Unwritable {
            path: self.data.clone(),
            reason: error.to_string(),
        };
        let mut entries = Vec::new();
        {
            let store = Store::open(&self.stage.0, now)?;
            let change = Change::Restore(Box::new(self.carried_over.clone()));
            for outcome in store.apply(&|| now, "restore", &[change])? {
                entries.extend(outcome?);
            }
            store
                .take_over_files(&self.data.join(MEDIA))
                .map_err(unwritable)?;
            store.checkpoint()?;
        }
        let name = now.format("%Y%m%dT%H%M%S%3fZ").to_string();
        let aside = self.data.join(format!("{BEFORE_RESTORE}{name}"));
        sync_folders(&self.stage.0).map_err(unwritable)?;
        LastBackup::forget(&self.data).map_err(unwritable)?;
        fs::rename(&self.stage.0, self.data.join(format!("{READY}{name}"))).map_err(unwritable)?;
        sync(&self.data).map_err(unwritable)?;
        finish_restore(&self.data).map_err(unwritable)?;
        // The restore is done. Without the note no backup of this store is known, until there is another.
        let _ = LastBackup::note(&self.manifest, &self.data);
        Ok(RestoreReport {
            entries,
            replaced_store: aside.exists().then_some(aside),
        })
    }
}

impl Store {
    /// Takes the files that it names and does not have from the folder of the store before: those of what was taken away
    /// since the backup, and may be released.
    fn take_over_files(&self, before: &Path) -> io::Result<()> {
        let named = self.reading(hashes_in).map_err(io::Error::other)?;
        let extensions: Vec<&str> = MediaType::all().map(MediaType::extension).collect();
        for hash in named.iter().filter(|hash| is_plain(hash)) {
            let hash_folder = hash.get(..2).unwrap_or_default();
            for extension in extensions.iter().chain(&["json"]) {
                let target = self.photographs().path(hash, extension);
                let other = before.join(hash_folder).join(format!("{hash}.{extension}"));
                if target.exists() || !other.exists() {
                    continue;
                }
                if let Some(hash_folder) = target.parent() {
                    fs::create_dir_all(hash_folder)?;
                }
                // A disk that has no links copies.
                if fs::hard_link(&other, &target).is_err() {
                    fs::copy(&other, &target)?;
                    File::open(&target)?.sync_all()?;
                }
            }
        }
        Ok(())
    }
}

/// The store that the backup is to replace.
enum Replaced {
    Nothing,
    Unreadable(StoreError),
    Store {
        publication: Id,
        carried_over: CarriedOver,
        lost: Vec<(EntryKind, u64)>,
    },
}

impl Replaced {
    fn read(
        data: &Path,
        lock: Lock,
        newest: Position,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let read = || {
            let store = Store::open_locked(&StorePlace::in_folder(data), lock, now)?;
            if store.position().seq == 0 {
                return Ok(Self::Nothing);
            }
            let read = Self::Store {
                publication: store.publication()?.id(),
                carried_over: store.carried_over(newest)?,
                lost: store.entries_since(newest)?,
            };
            store.checkpoint()?;
            Ok(read)
        };
        match read() {
            // It reads well, but not for this version.
            Err(error @ StoreError::Newer { .. }) => Err(error),
            Err(error) => Ok(Self::Unreadable(error)),
            read => read,
        }
    }

    /// Whether it can be replaced, and what is taken over from it.
    fn judge(
        self,
        manifest: &Manifest,
        data: &Path,
        now: DateTime<Utc>,
        accept_lost_takedowns: bool,
    ) -> Result<(CarriedOver, Vec<(EntryKind, u64)>), RestoreError> {
        let (path, since) = (data.to_owned(), manifest.time);
        let newest = Position {
            seq: manifest.seq,
            time: manifest.time,
        };
        let nothing = || (CarriedOver::of_nothing(newest, now), Vec::new());
        match self {
            Self::Nothing | Self::Unreadable(_) if accept_lost_takedowns => Ok(nothing()),
            Self::Nothing => Err(RestoreError::NothingReplaced { path, since }),
            Self::Unreadable(error) => Err(RestoreError::Unreadable {
                path,
                reason: error.to_string(),
                since,
            }),
            Self::Store { publication, .. } if publication != manifest.publication => {
                Err(RestoreError::OtherPaper {
                    expected: publication,
                    found: manifest.publication,
                })
            }
            Self::Store {
                carried_over, lost, ..
            } if carried_over.known_articles.is_some() => Ok((carried_over, lost)),
            Self::Store { .. } if !accept_lost_takedowns => Err(RestoreError::OtherHistory {
                path,
                seq: manifest.seq,
                since,
            }),
            Self::Store {
                mut carried_over,
                lost,
                ..
            } => {
                // Readers may know either of the two histories.
                let floor = nothing().0.newest_known;
                carried_over.newest_known.seq = carried_over.newest_known.seq.max(floor.seq);
                carried_over.newest_known.time = carried_over.newest_known.time.max(floor.time);
                Ok((carried_over, lost))
            }
        }
    }
}

impl Store {
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
            Ok(counts.collect())
        })
    }
}

/// Folders are on disk with the names in them.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync(folder)
}
