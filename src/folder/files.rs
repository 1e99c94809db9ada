//! The one way to the files of a folder of items: nothing that is opened here blocks, has no end, or lies outside of it.
//!
//! A process that may write into the folder may put a pipe, a device or a link anywhere in it, also between a look and
//! the reading. So only the file that was opened is examined, and every path is resolved beneath the folder, links
//! included.

use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt, ReadDir};
use rustix::fs::OFlags;

/// The name of a file that is being written; it does not contain the final name, which may be as long as names can be.
const DRAFT: &str = ".courant.new";

/// Size of the pieces in which a large file is read.
const PIECE_BYTES: usize = 64 * 1024;

/// A folder whose files are read and written; its own path may be a link.
#[derive(Debug)]
pub struct Files {
    root: Dir,
}

/// The reason why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("no such file")]
    Missing,
    /// Absolute links are among them: they lead out as soon as the folder is mounted elsewhere.
    #[error("a symbolic link that leads out of the folder")]
    Outside,
    /// A folder, a pipe, a socket or a device.
    #[error("something else of that name")]
    NotAFile,
    #[error("{bytes} bytes")]
    TooLarge { bytes: u64 },
    #[error("{0}")]
    Failed(String),
}

impl Unread {
    pub(crate) fn of(error: io::Error) -> Self {
        // An error without a number is not of the system: the path leads out of the folder.
        let is_outside =
            error.kind() == ErrorKind::PermissionDenied && error.raw_os_error().is_none();
        match error.kind() {
            _ if is_outside => Self::Outside,
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Missing,
            // A socket cannot be opened.
            _ if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                Self::NotAFile
            }
            _ => Self::Failed(error.to_string()),
        }
    }

    /// Advice to the operator on how to correct the error, as a part of a sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Missing => "write it",
            Self::Outside => {
                "copy what it points to; a link may stand for a file of the folder if it is relative"
            }
            Self::NotAFile => "write a file",
            Self::TooLarge { .. } => "split it",
            Self::Failed(_) => "make it readable",
        }
    }
}

impl Files {
    /// Opens the folder.
    ///
    /// # Errors
    /// If it is not there or cannot be looked at.
    pub fn of(root: &Path) -> io::Result<Self> {
        let root = Dir::open_ambient_dir(root, ambient_authority())?;
        Ok(Self { root })
    }

    /// Reads a file of at most `most` bytes.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn read(&self, path: impl AsRef<Path>, most: u64) -> Result<Vec<u8>, Unread> {
        let (bytes, ()) = self.read_with(path, most, |_| ())?;
        Ok(bytes)
    }

    /// Reads a file of at most `most` bytes. `before` is called first, with the number of its bytes; the value that it
    /// returns, such as a share of memory, has to be held as long as the bytes.
    ///
    /// # Errors
    /// If it is no such file.
    pub(crate) fn read_with<T>(
        &self,
        path: impl AsRef<Path>,
        most: u64,
        before: impl FnOnce(u64) -> T,
    ) -> Result<(Vec<u8>, T), Unread> {
        let (file, length) = self.open(path, most)?;
        let held = before(length);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        // The file may grow while it is read; then it is looked at again.
        file.take(length)
            .read_to_end(&mut bytes)
            .map_err(Unread::of)?;
        Ok((bytes, held))
    }

    /// Gives a file of at most `most` bytes to `take`, piece by piece.
    ///
    /// # Errors
    /// The error that `failed` makes where it is no such file, and any error of `take`.
    pub(crate) fn read_pieces<E>(
        &self,
        path: impl AsRef<Path>,
        most: u64,
        failed: impl Fn(Unread) -> E,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (file, length) = self.open(path, most).map_err(&failed)?;
        let mut file = file.take(length);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = file.read(&mut piece);
            let read = read.map_err(|error| failed(Unread::of(error)))?;
            match piece.get(..read).filter(|piece| !piece.is_empty()) {
                Some(piece) => take(piece)?,
                None => return Ok(()),
            }
        }
    }

    /// Opens a file of at most `most` bytes, and tells how many it has.
    fn open(&self, path: impl AsRef<Path>, most: u64) -> Result<(File, u64), Unread> {
        let mut options = OpenOptions::new();
        // To open a pipe would else wait for a writer, for ever.
        let at_once = OFlags::NONBLOCK.bits().cast_signed();
        options.read(true).custom_flags(at_once);
        let file = self.root.open_with(path, &options).map_err(Unread::of)?;
        let found = file.metadata().map_err(Unread::of)?;
        if !found.is_file() {
            return Err(Unread::NotAFile);
        }
        if found.len() > most {
            return Err(Unread::TooLarge { bytes: found.len() });
        }
        Ok((file, found.len()))
    }

    /// The metadata of `path`, with links followed.
    ///
    /// # Errors
    /// If there is nothing at `path`, or it cannot be looked at.
    pub(crate) fn metadata(&self, path: impl AsRef<Path>) -> Result<Metadata, Unread> {
        self.root.metadata(path).map_err(Unread::of)
    }

    /// Whether there is a folder at `path`.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn is_folder(&self, path: impl AsRef<Path>) -> Result<bool, Unread> {
        match self.metadata(path) {
            Ok(found) => Ok(found.is_dir()),
            Err(Unread::Missing) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The entries of a folder.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub(crate) fn list(&self, path: impl AsRef<Path>) -> Result<ReadDir, Unread> {
        self.root.read_dir(path).map_err(Unread::of)
    }

    /// Whether there is surely nothing at `section/slug` or at any other path: a place that cannot be looked at may
    /// have something.
    pub fn is_gone(&self, path: &str) -> bool {
        let mut at = PathBuf::new();
        for part in Path::new(path) {
            at.push(part);
            match self.root.symlink_metadata(&at) {
                Err(error) => return Unread::of(error) == Unread::Missing,
                // The target of a broken link is unknown.
                Ok(found) if found.is_symlink() && self.metadata(&at).is_err() => return false,
                Ok(_) => {}
            }
        }
        false
    }

    /// Makes a folder and those that it lies in.
    ///
    /// # Errors
    /// If it cannot be made within the folder.
    pub fn make_folder(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.root.create_dir_all(path)
    }

    /// Makes a folder where there is nothing, in one that is there.
    ///
    /// # Errors
    /// If it cannot be made within the folder.
    pub(crate) fn make_new_folder(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.root.create_dir(path)
    }

    /// Writes a file whole: a reader meanwhile finds the old or the new one. A link of that name is replaced, not
    /// followed.
    ///
    /// # Errors
    /// If it cannot be written within the folder.
    pub fn write(&self, path: impl AsRef<Path>, from: impl Read) -> io::Result<()> {
        let path = path.as_ref();
        let draft = path.with_file_name(DRAFT);
        // Left by a command that was broken off, or another process's link.
        match self.root.remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.write_new(&draft, from)?;
        self.rename(&draft, path)
    }

    /// Writes a new file in a folder that no reader sees yet, so that it needs no renaming.
    ///
    /// # Errors
    /// If something of that name is there, or it cannot be written within the folder.
    pub(crate) fn write_new(&self, path: &Path, mut from: impl Read) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = self
            .root
            .open_with(path, options.write(true).create_new(true))?;
        io::copy(&mut from, &mut file)?;
        file.flush()
    }

    /// Renames the file or folder at `from` to `to`.
    ///
    /// # Errors
    /// If it cannot be done within the folder.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.root.rename(from, &self.root, to)
    }

    /// Removes a folder with all that is in it, if it is there. Links in it go, what they point to stays.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(crate) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        match self.root.remove_dir_all(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "files/tests.rs"]
mod tests;
