//! The folder and the database held for one server, and whether its files still are where they were opened: what is
//! acknowledged must be found at that path by the next start.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::item::Id;

use super::StoreError;
use super::postgres::DatabaseServer;

/// The database in the folder of the store.
pub(super) const DATABASE: &str = "courant.db";

/// The folder of photographs beside it.
pub(super) const MEDIA: &str = "media";

/// Held by the server that has the folder; it names the publication, so that a database that vanished is not begun anew.
const LOCK: &str = "courant.lock";

/// No id of a publication with its server is longer than this, so no more of the lock file is read.
const MAX_NAME_BYTES: u64 = 1000;

/// The folder of a store, taken for this process alone. The system gives it back even after kill -9.
///
/// The folder itself is locked as well as a file in it: a file can be removed and made anew, by which two servers would
/// each hold the lock of their own file.
#[derive(Clone)]
pub(super) struct Lock {
    _folder: Arc<File>,
    file: Arc<File>,
}

impl Lock {
    /// Takes `folder`, making it if there is none.
    ///
    /// # Errors
    /// If another server has it, or it cannot be written.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let refused = |error: io::Error| unwritable(folder, &error);
        fs::create_dir_all(folder).map_err(refused)?;
        let whole = File::open(folder).map_err(refused)?;
        match whole.try_lock() {
            // Some network file systems lock no folders; the file is what is left there.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder)),
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(folder.join(LOCK)).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                _folder: Arc::new(whole),
                file: Arc::new(file),
            }),
            Err(TryLockError::WouldBlock) => Err(in_use(folder)),
            Err(TryLockError::Error(error)) => Err(refused(error)),
        }
    }

    fn text(&self) -> Option<String> {
        let mut file = &*self.file;
        let mut name = String::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.take(MAX_NAME_BYTES).read_to_string(&mut name).ok()?;
        Some(name)
    }

    /// The id of the publication whose store was opened here before.
    pub(super) fn publication_id(&self) -> Option<Id> {
        Id::parse(self.text()?.lines().next()?.trim())
    }

    /// The server that had its database, as a person reads it.
    pub(super) fn server(&self) -> Option<String> {
        self.text()?.lines().nth(1).map(str::to_owned)
    }

    /// Remembers whose store this is, and where its database is if that is no file.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn name(
        &self,
        publication_id: Id,
        server: Option<&DatabaseServer>,
    ) -> io::Result<()> {
        let server = server.map(ToString::to_string);
        if self.publication_id() == Some(publication_id) && self.server() == server {
            return Ok(());
        }
        let mut file = &*self.file;
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{publication_id}")?;
        if let Some(server) = server {
            writeln!(file, "{server}")?;
        }
        file.sync_all()
    }

    /// Forgets whose store it is.
    pub(super) fn forget(&self) {
        // Where it fails, the next start says the same by what stands there.
        let _ = self.file.set_len(0);
    }

    /// Refuses to begin a store on a server, where this folder had a paper already.
    ///
    /// # Errors
    /// If it had.
    pub(super) fn expect_no_paper(&self, server: &DatabaseServer) -> Result<(), StoreError> {
        let Some(known) = self.publication_id() else {
            return Ok(());
        };
        let before = self
            .server()
            .map_or(String::new(), |before| format!(" in {before}"));
        Err(server.unusable(format!(
            "there is no store yet, and {LOCK} in the folder of data names the paper {known}{before}; correct the address or \
             the schema, or begin a new paper with a folder of its own (--data)"
        )))
    }

    /// Refuses a server that has the store of another paper than this folder had.
    ///
    /// # Errors
    /// If it has.
    pub(super) fn expect_paper(
        &self,
        found: Id,
        server: &DatabaseServer,
    ) -> Result<(), StoreError> {
        match self.publication_id() {
            Some(known) if known != found => Err(server.unusable(format!(
                "it has the paper {found}, and {LOCK} in the folder of data names the paper {known}; name the right schema, \
                 or give this paper a folder of its own with --data"
            ))),
            _ => Ok(()),
        }
    }
}

pub(super) fn unwritable(folder: &Path, error: &io::Error) -> StoreError {
    StoreError::Unwritable {
        path: folder.to_owned(),
        reason: error.to_string(),
    }
}

fn in_use(folder: &Path) -> StoreError {
    StoreError::InUse {
        path: folder.to_owned(),
    }
}

/// The server that has the database of the folder's store, as a person reads it; `None` where none is known. The lock may be
/// held by another process.
pub(super) fn server_of(folder: &Path) -> Option<String> {
    let file = File::open(folder.join(LOCK)).ok()?;
    let mut text = String::new();
    file.take(MAX_NAME_BYTES).read_to_string(&mut text).ok()?;
    text.lines().nth(1).map(str::to_owned)
}

/// Whether a database may be begun in `folder`, or one is there. One that is empty or not there, beside what only a publication
/// leaves behind, was lost: to begin anew would publish an empty one over it.
///
/// # Errors
/// If there was a publication.
pub(super) fn expect_publication(folder: &Path, lock: &Lock) -> Result<(), StoreError> {
    let path = folder.join(DATABASE);
    let found = match fs::metadata(&path) {
        Ok(found) if found.len() > 0 => return Ok(()),
        Ok(_) => "is empty",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "is not there",
        Err(error) => return Err(unwritable(&path, &error)),
    };
    let ahead = with_suffix(&path, "-wal");
    let trace = if let Some(publication_id) = lock.publication_id() {
        match lock.server() {
            Some(server) => format!(
                "{LOCK} names the paper {publication_id} in {server}, which [store] url of the configuration has to name"
            ),
            None => format!("{LOCK} names the paper {publication_id}"),
        }
    } else if fs::metadata(&ahead).is_ok_and(|ahead| ahead.len() > 0) {
        format!("{} has what was written last", ahead.display())
    } else if has_file(&folder.join(MEDIA)) {
        format!("there are photographs in {MEDIA}")
    } else {
        return Ok(());
    };
    Err(StoreError::Lost {
        path,
        found,
        trace,
        folder: folder.to_owned(),
    })
}

/// Refuses a folder that has a database of its own, where the database is to be on a server.
///
/// # Errors
/// If it has.
pub(super) fn refuse_database_file(
    folder: &Path,
    server: &DatabaseServer,
) -> Result<(), StoreError> {
    match fs::metadata(folder.join(DATABASE)).is_ok_and(|found| found.len() > 0) {
        false => Ok(()),
        true => Err(server.unusable(format!(
            "the folder {} has a store of its own in {DATABASE}, and one paper has one store; have courant backup and courant \
             restore move it to the server, or name another folder with --data",
            folder.display()
        ))),
    }
}

fn has_file(media: &Path) -> bool {
    let hash_folders = fs::read_dir(media).into_iter().flatten().flatten();
    let mut files =
        hash_folders.flat_map(|hash_folder| fs::read_dir(hash_folder.path()).into_iter().flatten());
    files.next().is_some()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A file or a folder, whatever its name is by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
        })
    }
}

/// The files of an open store and what they were when it was opened.
pub(super) struct StoreFiles {
    database: PathBuf,
    folder: PathBuf,
    /// Where they are looked for.
    opened: OnceLock<Vec<(PathBuf, Identity)>>,
    /// Locked, so that no other server has the same database in a folder of another name. Opened before SQLite opens the
    /// file and closed after it: closing it earlier would give up the locks that SQLite has on it in this process.
    _held: File,
}

impl StoreFiles {
    /// Takes the database in `folder` for this process alone, making an empty one if there is none.
    ///
    /// # Errors
    /// If another server has it, or it cannot be written.
    pub(super) fn hold(folder: &Path) -> Result<Self, StoreError> {
        let database = folder.join(DATABASE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let held = options.open(&database);
        let held = held.map_err(|error| unwritable(&database, &error))?;
        match held.try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder)),
        }
        Ok(Self {
            database,
            folder: folder.to_owned(),
            opened: OnceLock::new(),
            _held: held,
        })
    }

    /// Remembers what is open now that SQLite has all its files.
    ///
    /// # Errors
    /// If one of them is gone already, or the folder of photographs cannot be made.
    pub(super) fn remember(&self) -> io::Result<()> {
        let media = self.folder.join(MEDIA);
        match fs::create_dir(&media) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let mut paths = vec![self.database.clone(), media];
        for suffix in ["-wal", "-shm"] {
            paths.push(with_suffix(&self.database, suffix));
        }
        let identities = paths.into_iter().map(|path| {
            let identity = Identity::of(&path)?;
            Ok((path, identity))
        });
        // It is remembered once, when the store is opened.
        let _ = self.opened.set(identities.collect::<io::Result<_>>()?);
        Ok(())
    }

    /// Whether all files are where they were opened.
    ///
    /// # Errors
    /// Which of them is not.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (path, opened) in self.opened.get().into_iter().flatten() {
            let what = match Identity::of(path) {
                Ok(found) if found == *opened => continue,
                Ok(_) => "is another one than that which this server opened",
                Err(_) => "was moved or removed",
            };
            return Err(StoreError::Misplaced {
                path: path.clone(),
                what,
            });
        }
        Ok(())
    }
}
