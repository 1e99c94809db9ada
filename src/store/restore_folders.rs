//! The folders of a restore within that of the store, and what one that was broken off left in them.
//!
//! In the folder of the store lie meanwhile
//!
//! - `restoring/`: the new store while it is made ready; one that is left over is of no use to anybody;
//! - `restored-TIME/`: the same when it is ready. Its renaming is the step: from there on, [`finish_restore`] finishes what a
//!   crash broke off, when the store is opened next;
//! - `before-restore-TIME/`: the store before, for the operator to delete.
//!
//! - `moving-TIME`: stands while the rows of the database in the folder come to a server, see [`Move`].
//!
//! All within the one folder, since that may be the root of a mounted disk, which cannot be renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::item::Id;

use super::postgres::DatabaseServer;
use super::store_files::{DATABASE, MEDIA};

pub(super) const STAGE: &str = "restoring";
pub(super) const READY: &str = "restored-";
const MOVING: &str = "moving-";
/// The prefix of names of folders in which a restore leaves the store that it replaced.
pub const BEFORE_RESTORE: &str = "before-restore-";

/// Removes what a restore that was broken off before it was ready left behind. The caller has the lock, and makes
/// nothing ready at present.
///
/// # Errors
/// Where the disk refuses.
pub(super) fn remove_unfinished(data: &Path) -> io::Result<()> {
    match fs::remove_dir_all(data.join(STAGE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Finishes a restore that was ready when it was broken off. The caller has the lock.
///
/// # Errors
/// Where the disk refuses.
pub(super) fn finish_restore(data: &Path) -> io::Result<()> {
    for entry in fs::read_dir(data)? {
        let ready = entry?.path();
        let name = ready.file_name().and_then(|name| name.to_str());
        let Some(time) = name.and_then(|name| name.strip_prefix(READY)) else {
            continue;
        };
        let aside = data.join(format!("{BEFORE_RESTORE}{time}"));
        if ready.join(DATABASE).exists() {
            put_database_aside(data, &aside)?;
            fs::rename(ready.join(DATABASE), data.join(DATABASE))?;
            sync(data)?;
        }
        if ready.join(MEDIA).exists() {
            put_aside(data, MEDIA, &aside)?;
            fs::rename(ready.join(MEDIA), data.join(MEDIA))?;
            sync(data)?;
        }
        fs::remove_dir_all(&ready)?;
        sync(data)?;
    }
    Ok(())
}

/// A move of the database in a folder to a server, of which it is not known yet whether it was done. A note in the folder stands
/// for it. The caller has the lock.
pub(super) struct Move {
    note: PathBuf,
    time: String,
    paper: String,
    server: String,
}

impl Move {
    /// Notes that the database is to be put aside when its rows are on the server.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn begin(
        data: &Path,
        time: &str,
        paper: Id,
        server: &DatabaseServer,
    ) -> io::Result<Self> {
        let begun = Self {
            note: data.join(format!("{MOVING}{time}")),
            time: time.to_owned(),
            paper: paper.to_string(),
            server: server.to_string(),
        };
        let mut file = File::create(&begun.note)?;
        write!(file, "{}\n{}\n", begun.paper, begun.server)?;
        file.sync_all()?;
        sync(data)?;
        Ok(begun)
    }

    /// The move that was begun in the folder, if there is one.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn pending(data: &Path) -> io::Result<Option<Self>> {
        for entry in fs::read_dir(data)? {
            let note = entry?.path();
            let name = note.file_name().and_then(|name| name.to_str());
            let Some(time) = name.and_then(|name| name.strip_prefix(MOVING)) else {
                continue;
            };
            let time = time.to_owned();
            let text = fs::read_to_string(&note)?;
            let mut lines = text.lines().map(str::to_owned);
            return Ok(Some(Self {
                note,
                time,
                paper: lines.next().unwrap_or_default(),
                server: lines.next().unwrap_or_default(),
            }));
        }
        Ok(None)
    }

    /// The server, as a person reads it.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn is_of(&self, paper: Id) -> bool {
        self.paper == paper.to_string()
    }

    /// Puts the database aside, whose rows are on the server.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn finish(self, data: &Path) -> io::Result<()> {
        put_database_aside(data, &data.join(format!("{BEFORE_RESTORE}{}", self.time)))?;
        self.cancel()
    }

    /// Forgets the move: the database stays.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn cancel(self) -> io::Result<()> {
        fs::remove_file(self.note)
    }
}

/// Puts the database of a store that is closed into the folder `aside`.
///
/// # Errors
/// Where the disk refuses.
fn put_database_aside(data: &Path, aside: &Path) -> io::Result<()> {
    // The write-ahead log goes with its database, before another database is there to which it does not belong.
    for suffix in ["-wal", "-shm", ""] {
        put_aside(data, &format!("{DATABASE}{suffix}"), aside)?;
    }
    Ok(())
}

fn put_aside(data: &Path, name: &str, aside: &Path) -> io::Result<()> {
    let path = data.join(name);
    if !path.exists() {
        return Ok(());
    }
    fs::create_dir_all(aside)?;
    fs::rename(path, aside.join(name))?;
    sync(aside)?;
    sync(data)
}

pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
