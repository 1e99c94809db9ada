//! A store brought back from a backup: made ready aside, checked, and put in the place of the one before in one step.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::item::{Id, MediaType};
use crate::store::carried_over::CarriedOver;
use crate::store::database::Hold;
use crate::store::media::is_plain;
use crate::store::named_files::hashes_in;
use crate::store::postgres::DatabaseServer;
use crate::store::restore_folders::{
    BEFORE_RESTORE, Move, READY, finish_restore, remove_unfinished, sync,
};
use crate::store::store_files::{DATABASE, Lock, MEDIA, unwritable};
use crate::store::{Change, Entry, EntryKind, Store, StorePlace};

use super::previous::{Previous, has_entries};
use super::replaced::{Replaced, RestoreError};
use super::stage::Stage;
use super::unpack::unpack;
use super::{BackupError, BackupStep, LastBackup, Manifest, TellProgress};

/// A restore that is ready to be carried out.
pub struct Restore {
    place: StorePlace,
    stage: Stage,
    manifest: Manifest,
    /// Nothing where the backup is the same as the store that it replaces.
    carried_over: Option<CarriedOver>,
    lost: Vec<(EntryKind, u64)>,
    /// The store on a server that is written to.
    target: Option<Store>,
    lock: Lock,
    previous: Previous,
    /// Held until the new store stands: the previous store, where that is elsewhere on a server.
    _held: Option<Store>,
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
    /// The store at another place that was in use until now, and is unchanged.
    pub previous_store: Option<StorePlace>,
}

impl Restore {
    /// Checks `file` and finds out what would be lost by restoring it to `place`. `previous` is where the store was until now,
    /// if that is another place. With `accept_lost_takedowns` also where what was taken down since is not known.
    ///
    /// # Errors
    /// If a server runs, the backup is damaged or of another paper, or take-downs would be lost.
    pub fn prepare(
        file: &Path,
        place: &StorePlace,
        previous: Option<&StorePlace>,
        now: DateTime<Utc>,
        accept_lost_takedowns: bool,
        progress: TellProgress<'_>,
    ) -> Result<Self, RestoreError> {
        let data = place.folder();
        let unwritable = |error: io::Error| unwritable(data, &error);
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
        let (mut target, is_there) = match place.server() {
            Some(server) => {
                let (store, is_there) = Store::on_server_or_empty(place, server)?;
                store.with_writer(|writer| server.hold(&writer.connection, Hold::Alone))?;
                store.end_move(data, server, is_there)?;
                (Some(store), is_there)
            }
            // To look into it may leave files beside it.
            None if previous.is_some() => (None, has_entries(data)),
            None => (None, data.join(DATABASE).exists()),
        };
        let previous = Previous::find(place, previous, is_there)?;
        let stage = Stage::make(data).map_err(unwritable)?;
        let manifest = unpack(file, stage.path(), &|done, total| {
            progress(BackupStep::Bytes, done, total);
        })?;
        let database = stage.path().join(DATABASE);
        previous.check_folder(place, &lock, &database, accept_lost_takedowns)?;
        let (replaced, mut held) = match &previous {
            Previous::None => (Replaced::Nothing, None),
            Previous::Here => {
                // It is held by the one that is opened now.
                target = None;
                Replaced::here(place, lock.clone(), &manifest, now)?
            }
            Previous::Elsewhere(previous) => {
                Replaced::elsewhere(&previous.place, &manifest, &database, progress)?
            }
        };
        let replaced_place = previous.place(place);
        let (carried_over, lost) =
            replaced.check_replaceable(replaced_place, &manifest, now, accept_lost_takedowns)?;
        Ok(Self {
            place: place.clone(),
            stage,
            manifest,
            carried_over,
            lost,
            target: match &previous {
                Previous::Here => held.take(),
                _ => target,
            },
            lock,
            previous,
            _held: held,
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
    /// If the database or the disk fails. Then the store before is there as it was, unless the failure came after the last step:
    /// the next start finds out, and finishes what was begun.
    pub fn carry_out(
        self,
        now: DateTime<Utc>,
        progress: TellProgress<'_>,
    ) -> Result<RestoreReport, RestoreError> {
        let data = self.place.folder();
        let unwritable = |error: io::Error| unwritable(data, &error);
        let (entries, minted_id) = self.complete_stage(now)?;
        sync_folders(self.stage.path()).map_err(unwritable)?;
        // Of the store that comes, another backup is known.
        LastBackup::forget(data).map_err(unwritable)?;
        let time = now.format("%Y%m%dT%H%M%S%3fZ").to_string();
        let aside = data.join(format!("{BEFORE_RESTORE}{time}"));
        let mut replaced_schema = None;
        if let (Some(target), Some(server)) = (&self.target, self.place.server()) {
            replaced_schema = self.put_on_server(target, server, minted_id, &time, progress)?;
        } else {
            let ready = data.join(format!("{READY}{time}"));
            fs::rename(self.stage.path(), ready).map_err(unwritable)?;
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
            previous_store: match self.previous {
                Previous::Elsewhere(previous) if !previous.is_own_file => Some(previous.place),
                _ => None,
            },
        })
    }

    /// Puts the rows of the new store on the server, and its files into the folder. What is replaced is kept aside.
    fn put_on_server(
        &self,
        target: &Store,
        server: &DatabaseServer,
        minted_id: Id,
        time: &str,
        progress: TellProgress<'_>,
    ) -> Result<Option<String>, RestoreError> {
        let data = self.place.folder();
        let unwritable = |error: io::Error| unwritable(data, &error);
        let media = data.join(MEDIA);
        let is_own_file = matches!(&self.previous, Previous::Elsewhere(it) if it.is_own_file);
        // Files are named by what is in them, and those that nothing names any more are removed by the next start.
        if !self.is_same() && (is_own_file || matches!(self.previous, Previous::Here)) {
            let aside = data.join(format!("{BEFORE_RESTORE}{time}")).join(MEDIA);
            add_files(&media, &aside).map_err(unwritable)?;
        }
        add_files(&self.stage.path().join(MEDIA), &media).map_err(unwritable)?;
        let moving = match is_own_file {
            true => Some(Move::begin(data, time, minted_id, server).map_err(unwritable)?),
            false => None,
        };
        let database = self.stage.path().join(DATABASE);
        let replaced = target.replace_rows(server, &database, &time.to_lowercase(), progress);
        if replaced.is_ok() {
            // Where it fails, the next start from this folder does it.
            let _ = target.share_files(&|done, total| {
                progress(BackupStep::Photographs, done, total);
            });
        }
        let Some(moving) = moving else {
            return Ok(replaced?);
        };
        match &replaced {
            Ok(_) => moving.finish(data).map_err(unwritable)?,
            Err(_) if target.with_writer(|writer| writer.connection.is_in_doubt()) => {}
            Err(_) => moving.cancel().map_err(unwritable)?,
        }
        Ok(replaced?)
    }

    /// Opens the new store where it is made ready, and does in it what was done since the backup and stays. Gives the entries of
    /// that, and the id that the store made for its paper.
    fn complete_stage(&self, now: DateTime<Utc>) -> Result<(Vec<Entry>, Id), RestoreError> {
        let mut entries = Vec::new();
        let store = Store::open_at(&StorePlace::in_file(self.stage.path()), now)?;
        if let Some(carried_over) = &self.carried_over {
            let change = Change::Restore(Box::new(carried_over.clone()));
            for outcome in store.apply(&|| now, "restore", &[change])? {
                entries.extend(outcome?);
            }
        }
        if let Some(before) = &self.target {
            // Of several nodes another may have kept them.
            let named = store.reading(hashes_in).map_err(RestoreError::from)?;
            let _ = before.photographs().bring_all(&named);
        }
        let media = self.previous.place(&self.place).folder().join(MEDIA);
        let taken_over = store.take_over_files(&media);
        taken_over.map_err(|error| unwritable(self.stage.path(), &error))?;
        let minted_id = store.reading(|connection| store.minted_id(connection))?;
        store.checkpoint()?;
        Ok((entries, minted_id))
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

/// Gives the files of photographs names in another folder, too. A file that is there already is replaced, since it may be damaged.
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
