//! A store brought back from a backup: made ready aside, checked, and put in the place of the one before in one step.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::item::{Id, MediaType};
use crate::store::carried_over::CarriedOver;
use crate::store::media::is_plain;
use crate::store::named_files::hashes_in;
use crate::store::postgres::DatabaseServer;
use crate::store::restore_folders::{
    BEFORE_RESTORE, READY, STAGE, begin_move, finish_move, finish_restore, remove_unfinished, sync,
};
use crate::store::store_files::{DATABASE, Lock, MEDIA, refuse_database_file};
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
    before: Before,
    /// Held until the new store stands: the store before, where that is elsewhere on a server.
    _previous: Option<Store>,
}

/// The result of a restore.
#[derive(Clone, Debug)]
pub struct RestoreReport {
    /// The entries after those of the backup: what was taken away again, and the one that touches everything. None where the
    /// backup was the same as the store before.
    pub entries: Vec<Entry>,
    /// The folder in which the replaced store is kept, or its photographs, if there was one here.
    pub replaced_folder: Option<PathBuf>,
    /// The schema in which the replaced store is kept, if it was on a server.
    pub replaced_schema: Option<String>,
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
        let (target, is_there) = match place.server() {
            Some(server) => {
                let (store, is_there) = Store::on_server_or_empty(place, server)?;
                finish_move(data, is_there).map_err(unwritable)?;
                (Some(store), is_there)
            }
            // To look into it may leave files beside it.
            None if previous.is_some() => (None, has_entries(data)),
            None => (None, data.join(DATABASE).exists()),
        };
        let before = Before::find(place, previous, is_there)?;
        let stage = Stage(data.join(STAGE));
        fs::create_dir(&stage.0).map_err(unwritable)?;
        let manifest = unpack(file, &stage.0, &|done, total| {
            progress(Step::Bytes, done, total);
        })?;
        let (replaced, mut held) = match &before {
            Before::Nothing => (Replaced::Nothing, None),
            Before::Here => Replaced::here(place, lock.clone(), &manifest, now)?,
            Before::Elsewhere {
                place: previous, ..
            } => Replaced::elsewhere(previous, &manifest, &stage.0.join(DATABASE))?,
        };
        let shown = match &before {
            Before::Elsewhere {
                place: previous, ..
            } => previous,
            _ => place,
        };
        let (carried_over, lost) = replaced.judge(shown, &manifest, now, accept_lost_takedowns)?;
        let media_before = shown.folder().join(MEDIA);
        let target = match (target, place.server()) {
            (Some(target), Some(server)) => match &before {
                Before::Here => held.take().or(Some(target)),
                _ => {
                    target.with_writer(|writer| server.hold(&writer.connection))?;
                    Some(target)
                }
            },
            _ => None,
        };
        Ok(Self {
            place: place.clone(),
            stage,
            manifest,
            carried_over,
            lost,
            media_before,
            target,
            lock,
            before,
            _previous: held,
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
        let mut replaced_schema = None;
        if let (Some(target), Some(server)) = (&self.target, self.place.server()) {
            replaced_schema = self.put_on_server(target, server, &time, progress)?;
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
            replaced_schema,
            replaced_folder: aside.exists().then_some(aside),
        })
    }

    /// Puts the rows of the new store on the server, and its files into the folder. What is replaced is kept aside.
    fn put_on_server(
        &self,
        target: &Store,
        server: &DatabaseServer,
        time: &str,
        progress: Progress<'_>,
    ) -> Result<Option<String>, RestoreError> {
        let data = self.place.folder();
        let unwritable = |error: io::Error| StoreError::Unwritable {
            path: data.to_owned(),
            reason: error.to_string(),
        };
        let media = data.join(MEDIA);
        let own_file = match &self.before {
            Before::Elsewhere {
                place: previous, ..
            } => previous.server().is_none() && is_same_folder(previous.folder(), data),
            _ => false,
        };
        // Files are named by what is in them, and those that nothing names any more are removed by the next start.
        if !self.is_same() && (own_file || matches!(self.before, Before::Here)) {
            let aside = data.join(format!("{BEFORE_RESTORE}{time}")).join(MEDIA);
            add_files(&media, &aside).map_err(unwritable)?;
        }
        add_files(&self.stage.0.join(MEDIA), &media).map_err(unwritable)?;
        if own_file {
            begin_move(data, time).map_err(unwritable)?;
        }
        let database = self.stage.0.join(DATABASE);
        let schema = target.replace_rows(server, &database, &time.to_lowercase(), progress)?;
        finish_move(data, true).map_err(unwritable)?;
        Ok(schema)
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
enum Before {
    Nothing,
    /// It is at the place that is restored to.
    Here,
    /// Its folder is held, unless it is the one that is restored to.
    Elsewhere {
        place: Box<StorePlace>,
        _lock: Option<Lock>,
    },
}

impl Before {
    /// Finds it: at that place, or where it is said to be, or in the folder of a database that comes to a server.
    ///
    /// # Errors
    /// Where there is more than one, none where it is said to be, or a server has its folder.
    fn find(
        place: &StorePlace,
        previous: Option<&StorePlace>,
        is_there: bool,
    ) -> Result<Self, RestoreError> {
        let data = place.folder();
        let two_at = |place: String| Err(RestoreError::TwoStores { place });
        let own_file = match place.server() {
            Some(server) if is_there => {
                refuse_database_file(data, server)?;
                None
            }
            Some(_) if has_entries(data) => Some(StorePlace::in_file(data)),
            _ => None,
        };
        let is_own =
            |named: &StorePlace| named.server().is_none() && is_same_folder(named.folder(), data);
        let named = match (own_file, previous) {
            (_, Some(_)) if is_there => return two_at(place.to_string()),
            (Some(_), Some(named)) if !is_own(named) => return two_at(data.display().to_string()),
            (Some(place), _) => {
                return Ok(Self::Elsewhere {
                    place: Box::new(place),
                    _lock: None,
                });
            }
            (None, Some(named)) => named,
            (None, None) if is_there => return Ok(Self::Here),
            (None, None) => return Ok(Self::Nothing),
        };
        // A folder is made by who takes its lock.
        drop(Store::open_beside_at(named)?);
        let is_held = is_same_folder(named.folder(), data);
        let held = (!is_held).then(|| Lock::take(named.folder()));
        Ok(Self::Elsewhere {
            place: Box::new(named.clone()),
            _lock: held.transpose()?,
        })
    }
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
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
                link_or_copy(&other, &target)?;
            }
        }
        Ok(())
    }
}

/// Adds files of photographs; those that are there already may be damaged.
fn add_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for hash_folder in fs::read_dir(from)? {
        let hash_folder = hash_folder?;
        if !hash_folder.path().is_dir() {
            continue;
        }
        let there = to.join(hash_folder.file_name());
        fs::create_dir_all(&there)?;
        for file in fs::read_dir(hash_folder.path())? {
            let file = file?;
            let target = there.join(file.file_name());
            link_or_copy(&file.path(), &target)?;
        }
    }
    sync_folders(to)
}

/// Gives a file another name, whole or not at all, in the place of one that has it. A disk that has no links copies.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    let draft = to.with_extension("part");
    let _ = fs::remove_file(&draft);
    if fs::hard_link(from, &draft).is_err() {
        fs::copy(from, &draft)?;
        File::open(&draft)?.sync_all()?;
    }
    fs::rename(&draft, to)?;
    // Two names of one file: neither goes by that.
    let _ = fs::remove_file(&draft);
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
