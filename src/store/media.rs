//! Photographs and recordings as files named by the hash of what is served, on disk before the entry that shows them.

mod copies;
mod files;
mod hash_folders;
mod kept_files;
mod recording;
mod shared;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::item::{Cleaned, MediaType, Photograph, PhotographError, RENDITION_WIDTHS, Rendition};

use super::trouble::Trouble;
use super::{Removal, StoreError};

pub(super) use hash_folders::{files_in, name_of};
use kept_files::{Holder, KeptFiles};
pub use recording::{ReceiveError, ReceivedRecording, recording_name};
pub(super) use shared::SharedFiles;

/// A photograph is named by this many hexadecimal digits of the SHA-256 of what is served.
pub(super) const HASH_DIGITS: usize = 32;

/// The folder, beside the hash folders, of files that are being written.
const DRAFTS: &str = "new";

/// Minimum age of a file that a sweep removes: a younger one may be of an upload or a folder whose row is about to be
/// written.
pub const SPARE: Duration = Duration::from_secs(10 * 60);

/// Drafts begun by this process.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Why a photograph could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file is no photograph that can be published.
    #[error("{0}; {advice}", advice = .0.advice())]
    Photograph(#[from] PhotographError),
    #[error("the photograph could not be kept: {0}; check the free disk")]
    Disk(#[from] io::Error),
}

/// The folder of photographs and recordings. Where several nodes share a store, it has copies of what the database has.
#[derive(Clone, Debug)]
pub struct Photographs {
    folder: PathBuf,
    pub(super) held: Arc<KeptFiles>,
    /// The holder under which files that are kept through this are protected from removal.
    holder: Holder,
    /// Killed recordings on their way out of the folder.
    retired: Arc<Mutex<Vec<PathBuf>>>,
    /// The hash folder with which the next sweep begins.
    next_hash_folder: Arc<Mutex<String>>,
    trouble: Trouble,
    shared: Option<SharedFiles>,
}

/// Whether the file of a photograph may be served at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaStatus {
    /// Something public shows it.
    As(MediaType),
    /// It was served once, and was killed.
    Killed,
    No,
}

impl MediaStatus {
    /// The holders with one more item that has the photograph: one that shows it outranks one that was killed.
    pub(super) fn or(
        self,
        status: &str,
        removal: Option<&str>,
        kind: impl FnOnce() -> Result<Option<MediaType>, StoreError>,
    ) -> Result<Self, StoreError> {
        if matches!(self, Self::As(_)) {
            return Ok(self);
        }
        if status == "usable" {
            return Ok(kind()?.map_or(self, Self::As));
        }
        let is_killed = removal
            .and_then(Removal::from_name)
            .is_some_and(Removal::is_final);
        Ok(if is_killed { Self::Killed } else { self })
    }
}

impl Photographs {
    pub fn new(folder: PathBuf) -> Self {
        Self::telling(folder, Trouble::default())
    }

    /// The files in `folder`; `trouble` is told where the disk refuses.
    pub(super) fn telling(folder: PathBuf, trouble: Trouble) -> Self {
        Self {
            folder,
            held: Arc::default(),
            holder: Holder::default(),
            retired: Arc::default(),
            next_hash_folder: Arc::default(),
            trouble,
            shared: None,
        }
    }

    /// With the files that all nodes have.
    pub(super) fn sharing(self, shared: Option<SharedFiles>) -> Self {
        Self { shared, ..self }
    }

    /// The folder for a writer that says when what names the files it keeps is there.
    #[must_use]
    pub fn for_one(&self) -> Self {
        Self {
            holder: self.held.new_holder(),
            ..self.clone()
        }
    }

    /// Ends the protection of files that were kept through this: their rows are committed, or never will be.
    pub fn release(&self) {
        self.held.release(&self.holder);
    }

    fn hold(&self, path: &Path) {
        self.held.hold(path, &self.holder);
    }

    /// Writes `bytes` bytes and removes them again.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn probe(&self, bytes: usize) -> io::Result<()> {
        let drafts = self.folder.join(DRAFTS);
        make_folder(&drafts)?;
        let draft = drafts.join("probe");
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(&vec![0; bytes])?;
            file.sync_all()
        });
        // Also what a full disk left of it.
        let _ = fs::remove_file(&draft);
        written
    }

    /// Removes what was being written when the program ended.
    pub(super) fn forget_drafts(&self) {
        let _ = fs::remove_dir_all(self.folder.join(DRAFTS));
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the photograph of that hash lies, or would lie. What is no hash leads nowhere.
    pub fn path(&self, hash: &str, extension: &str) -> PathBuf {
        let hash = if is_plain(hash) { hash } else { "no-hash" };
        let hash_folder = hash.get(..2).unwrap_or(hash);
        self.folder
            .join(hash_folder)
            .join(format!("{hash}.{extension}"))
    }

    /// Keeps a picture and its renditions, durably, and gives the photograph with them. They are made once: a list of them
    /// lies beside the original, and where it is they are not made again, also by a later version that would make others.
    ///
    /// # Errors
    /// Where the picture cannot be decoded, or the disk refuses.
    pub fn keep_with_renditions(
        &self,
        name: &str,
        picture: &Cleaned<'_>,
    ) -> Result<Photograph, KeepError> {
        let original = &picture.photograph;
        let renditions = match self.recorded_renditions(original) {
            Some(renditions) => renditions,
            None => self.make_renditions(name, picture)?,
        };
        self.keep(original, &picture.bytes)?;
        Ok(Photograph {
            renditions,
            ..original.clone()
        })
    }

    fn make_renditions(
        &self,
        name: &str,
        picture: &Cleaned<'_>,
    ) -> Result<Vec<Rendition>, KeepError> {
        let mut renditions = Vec::new();
        for (rendition, bytes) in picture.renditions(name)? {
            let path = self.path(&rendition.hash, rendition.kind.extension());
            self.write_once(&path, &bytes)?;
            renditions.push(rendition);
        }
        if has_any(&picture.photograph) {
            let list = serde_json::to_vec(&renditions).map_err(io::Error::from)?;
            self.write(&self.list_path(&picture.photograph), &list)?;
        }
        Ok(renditions)
    }

    fn list_path(&self, original: &Photograph) -> PathBuf {
        self.path(&original.hash, "json")
    }

    /// The renditions that were made of a photograph, if they still are there.
    fn recorded_renditions(&self, original: &Photograph) -> Option<Vec<Rendition>> {
        if !has_any(original) {
            let path = self.path(&original.hash, original.kind.extension());
            return self.has(&path, original.bytes).then(Vec::new);
        }
        let list = self.list_path(original);
        self.hold(&list);
        self.bring(&list).ok()?;
        let list = fs::read(list).ok()?;
        let renditions: Vec<Rendition> = serde_json::from_slice(&list).ok()?;
        let is_kept = |rendition: &Rendition| {
            let path = self.path(&rendition.hash, rendition.kind.extension());
            self.has(&path, rendition.bytes)
        };
        renditions.iter().all(is_kept).then_some(renditions)
    }

    /// Keeps `bytes`, durably; what is kept already is not written again.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn keep(&self, photograph: &Photograph, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(&photograph.hash, photograph.kind.extension());
        self.write_once(&path, bytes)
    }

    /// Writes a file that is named by what is in it, unless it is there.
    fn write_once(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.hold(path);
        // Where it was killed a moment ago, it may go while it is given to other nodes.
        match has_length(path, bytes.len() as u64) && self.share(path).is_ok() {
            true => Ok(()),
            false => self.write(path, bytes),
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.hold(path);
        let once = || write(path, bytes).and_then(|()| self.share(path));
        let written = match once() {
            Err(_) if self.shared.is_some() => once(),
            written => written,
        };
        if let Err(error) = &written {
            let reason = format!("{} cannot be written: {error}", path.display());
            self.trouble.set(Some(reason));
        }
        written
    }
}

/// Whether a name consists of hexadecimal digits, as hashes do.
pub(super) fn is_plain(hash: &str) -> bool {
    let digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    !hash.is_empty() && hash.bytes().all(digit)
}

/// Whether the photograph is wide enough that a rendition would be smaller.
fn has_any(original: &Photograph) -> bool {
    RENDITION_WIDTHS.iter().any(|width| *width < original.width)
}

fn has_length(path: &Path, bytes: u64) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes)
}

/// Makes a folder and the one above it. Not what is above that: where the store was moved away, no other begins in its place.
fn make_folder(folder: &Path) -> io::Result<()> {
    for folder in [folder.parent().unwrap_or(folder), folder] {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Writes a file that is whole and on disk under its name, or not there at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let hash_folder = make_hash_folder(path)?;
    let draft = new_draft(hash_folder.parent().unwrap_or(hash_folder))?;
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written?;
    File::open(hash_folder)?.sync_all()
}

/// The folder in which the file at `path` is to lie, made where it is not there.
fn make_hash_folder(path: &Path) -> io::Result<&Path> {
    let hash_folder = path.parent().unwrap_or(Path::new("."));
    if !hash_folder.exists() {
        make_folder(hash_folder)?;
        // A new hash folder is on disk when the folder that names it is.
        for above in hash_folder.ancestors().skip(1).take(2) {
            File::open(above)?.sync_all()?;
        }
    }
    Ok(hash_folder)
}

/// A path for a file that is being written: two that keep the same at once do not write in one another's.
fn new_draft(folder: &Path) -> io::Result<PathBuf> {
    let drafts = folder.join(DRAFTS);
    make_folder(&drafts)?;
    let number = BEGUN.fetch_add(1, Ordering::Relaxed);
    // Commands beside the server write there, too.
    Ok(drafts.join(format!("{}-{number}", std::process::id())))
}
