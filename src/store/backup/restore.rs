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
    BEFORE_RESTORE, READY, STAGE, finish_restore, put_database_aside, remove_unfinished, sync,
};
use crate::store::store_files::{DATABASE, Lock, MEDIA};
use crate::store::{Change, Entry, EntryKind, Store, StoreError, StorePlace};

use super::replaced::{Replaced, RestoreError, has_entries};
use super::unpack::unpack;
use super::{BackupError, LastBackup, Manifest, Progress, Step};

/// A restore that is ready to be carried out.
pub struct Restore {
    place: StorePlace,
    stage: Stage,
    manifest: Manifest,
    /// Nothing where the backup is the same as the store that it replaces.
    carried_over: Option<CarriedOver>,
    lost: Vec<(EntryKind, u64)>,
    /// The folder of photographs of the store before.
    media_before: PathBuf,
    /// The store on a server that is written to.
    target: Option<Store>,
    lock: Lock,
    /// Held until the new store stands: the store before, where that is elsewhere.
    _previous: Option<(Lock, Option<Store>)>,
}

/// The place of the store that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacedStore {
    Folder(PathBuf),
    /// A schema of the database that has the store.
    Schema(String),
}

/// The result of a restore.
#[derive(Clone, Debug)]
pub struct RestoreReport {
    /// The entries after those of the backup: what was taken away again, and the one that touches everything. None where the
    /// backup was the same as the store before.
    pub entries: Vec<Entry>,
    /// Where the replaced store is kept, if there was one at this place.
    pub replaced_store: Option<ReplacedStore>,
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
    /// Checks `file` and finds out what would be lost by restoring it to `place`. `previous` is where the store was until now,
    /// if that is another place. With `accept_lost_takedowns` also where nobody knows all that was taken down since.
    ///
    /// # Errors
    /// If a server runs, the backup is damaged or of another paper, or take-downs would be lost.
    pub fn prepare(
        file: &Path,
        place: &StorePlace,
        previous: Option<&StorePlace>,
        now: DateTime<Utc>,
        accept_lost_takedowns: bool,
        progress: Progress<'_>,
    ) -> Result<Self, RestoreError> {
        let data = place.folder();
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
        let lock = Lock::take(data)?;
        finish_restore(data).map_err(unwritable)?;
        remove_unfinished(data).map_err(unwritable)?;
        // Before the backup is read, which may take long.
        let target = place
            .server()
            .map(|_| Store::on_server_or_empty(place))
            .transpose()?;
        let (target, is_there) = match target {
            Some((store, is_there)) => (Some(store), is_there),
            // To look into it may leave files beside it.
            None if previous.is_some() => (None, has_entries(data)),
            None => (None, data.join(DATABASE).exists()),
        };
        if is_there && previous.is_some() {
            let place = place.to_string();
            return Err(RestoreError::TwoStores { place });
        }
        let stage = Stage(data.join(STAGE));
        fs::create_dir(&stage.0).map_err(unwritable)?;
        let manifest = unpack(file, &stage.0, &|done, total| {
            progress(Step::Bytes, done, total);
        })?;
        let before = before(place, previous, is_there, &lock)?;
        let database = stage.0.join(DATABASE);
        let (replaced, mut held) = match &before {
            Some(before) => {
                let moved = (!before.is_here).then_some(&*database);
                Replaced::read(&before.place, before.lock.clone(), &manifest, moved, now)?
            }
            None => (Replaced::Nothing, None),
        };
        let shown = before.as_ref().map_or(place, |before| &before.place);
        let (carried_over, lost) = replaced.judge(shown, &manifest, now, accept_lost_takedowns)?;
        let is_here = before.as_ref().is_some_and(|before| before.is_here);
        let target = match (target, place.server()) {
            // It is held.
            (Some(target), Some(_)) if is_here && held.is_some() => {
                drop(target);
                held.take()
            }
            (Some(target), Some(server)) => {
                target.with_writer(|writer| server.hold(&writer.connection))?;
                Some(target)
            }
            _ => None,
        };
        Ok(Self {
            place: place.clone(),
            stage,
            manifest,
            carried_over,
            lost,
            media_before: shown.folder().join(MEDIA),
            target,
            lock,
            _previous: before.map(|before| (before.lock, held)),
        })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The number of entries of each kind that are newer than the backup, and are lost.
    pub fn lost(&self) -> &[(EntryKind, u64)] {
        &self.lost
    }

    /// Whether the store that was in use until now, at another place, has the same rows as the backup, so that nothing is to be
    /// told to readers.
    pub fn is_same(&self) -> bool {
        self.carried_over.is_none()
    }

    /// Puts the backup in the place of the store.
    ///
    /// # Errors
    /// If the database or the disk fails: then the store before is there as it was.
    pub fn carry_out(
        self,
        now: DateTime<Utc>,
        progress: Progress<'_>,
    ) -> Result<RestoreReport, RestoreError> {
        let data = self.place.folder();
        let unwritable = |error: io::Error| StoreError::Unwritable {
            path: data.to_owned(),
            reason: error.to_string(),
        };
        let (entries, minted_id) = self.complete_stage(now)?;
        sync_folders(&self.stage.0).map_err(unwritable)?;
        LastBackup::forget(data).map_err(unwritable)?;
        let time = now.format("%Y%m%dT%H%M%S%3fZ").to_string();
        let aside = data.join(format!("{BEFORE_RESTORE}{time}"));
        let mut replaced_store = None;
        if let (Some(target), Some(server)) = (&self.target, self.place.server()) {
            // Files are named by what is in them: those that are there stay, and those that nothing names any more are removed
            // by the next start.
            add_files(&self.stage.0.join(MEDIA), &data.join(MEDIA)).map_err(unwritable)?;
            let database = self.stage.0.join(DATABASE);
            let suffix = format!("_before_{}", time.to_lowercase());
            let schema = target.replace_rows(server, &database, &suffix, progress)?;
            replaced_store = schema.map(ReplacedStore::Schema);
            put_database_aside(data, &aside).map_err(unwritable)?;
        } else {
            let ready = data.join(format!("{READY}{time}"));
            fs::rename(&self.stage.0, ready).map_err(unwritable)?;
            sync(data).map_err(unwritable)?;
            finish_restore(data).map_err(unwritable)?;
        }
        self.lock
            .name(minted_id, self.place.server())
            .map_err(unwritable)?;
        // The restore is done. Without the note no backup of this store is known, until there is another.
        let _ = LastBackup::note(&self.manifest, data);
        Ok(RestoreReport {
            entries,
            replaced_store: replaced_store
                .or_else(|| aside.exists().then_some(ReplacedStore::Folder(aside))),
        })
    }

    /// Opens the new store where it is made ready, and does in it what was done since the backup and stays. Gives the entries of
    /// that, and the id that the store made for its paper.
    fn complete_stage(&self, now: DateTime<Utc>) -> Result<(Vec<Entry>, Id), RestoreError> {
        let mut entries = Vec::new();
        let store = Store::open_at(&StorePlace::in_file(&self.stage.0), now)?;
        if let Some(carried_over) = &self.carried_over {
            let change = Change::Restore(Box::new(carried_over.clone()));
            for outcome in store.apply(&|| now, "restore", &[change])? {
                entries.extend(outcome?);
            }
        }
        let taken_over = store.take_over_files(&self.media_before);
        taken_over.map_err(|error| StoreError::Unwritable {
            path: self.stage.0.clone(),
            reason: error.to_string(),
        })?;
        let minted_id = store.reading(|connection| store.minted_id(connection))?;
        store.checkpoint()?;
        Ok((entries, minted_id))
    }
}

/// The store that was in use until now.
struct Before {
    place: StorePlace,
    lock: Lock,
    /// Whether it is at the place that is restored to.
    is_here: bool,
}

/// Finds it: at that place, or else where it is said to be, or else in the folder of a database that comes to a server.
fn before(
    place: &StorePlace,
    previous: Option<&StorePlace>,
    is_there: bool,
    lock: &Lock,
) -> Result<Option<Before>, StoreError> {
    let data = place.folder();
    let (at, is_here) = match previous {
        _ if is_there => (place.clone(), true),
        Some(previous) => {
            // It is made by nobody.
            drop(Store::open_beside_at(previous)?);
            (previous.clone(), false)
        }
        None if place.server().is_some() && has_entries(data) => (StorePlace::in_file(data), false),
        None => return Ok(None),
    };
    let is_of_data = fs::canonicalize(at.folder()).ok() == fs::canonicalize(data).ok();
    let lock = match is_of_data {
        true => lock.clone(),
        false => Lock::take(at.folder())?,
    };
    Ok(Some(Before {
        place: at,
        lock,
        is_here,
    }))
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
                link_or_copy(&other, &target)?;
            }
        }
        Ok(())
    }
}

/// Adds the files of photographs that are not there yet.
fn add_files(from: &Path, to: &Path) -> io::Result<()> {
    for hash_folder in fs::read_dir(from)? {
        let hash_folder = hash_folder?;
        let there = to.join(hash_folder.file_name());
        fs::create_dir_all(&there)?;
        for file in fs::read_dir(hash_folder.path())? {
            let file = file?;
            let target = there.join(file.file_name());
            if !target.exists() {
                link_or_copy(&file.path(), &target)?;
            }
        }
    }
    sync_folders(to)
}

/// A disk that has no links copies.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
    }
    Ok(())
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
