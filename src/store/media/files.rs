//! The files that are kept under one hash, whatever kind they are of.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use crate::item::MediaType;

use super::{Photographs, new_draft};

impl Photographs {
    /// Removes the files of a hash from the folder, whatever kind they are of; false where one was kept within `spare`. One that stays
    /// behind is tried again, and is not served meanwhile.
    pub(super) fn remove_here(&self, hash: &str, spare: Duration) -> io::Result<bool> {
        let mut done = Ok(true);
        for path in self.files_of(hash) {
            match self
                .held
                .unless_held(&path, spare, || self.take_away(&path))
            {
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => done = Err(error),
                None => done = done.map(|_| false),
                Some(_) => {}
            }
        }
        done
    }

    /// Removes a file. A recording is renamed only: to remove 512 MiB takes a tenth of a second, for which the writer would be
    /// held; [`Photographs::discard`] removes it.
    fn take_away(&self, path: &Path) -> io::Result<()> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let kind = extension.and_then(MediaType::from_extension);
        if !matches!(kind, Some(MediaType::Recording(_))) {
            return fs::remove_file(path);
        }
        if !path.exists() {
            return Ok(());
        }
        let draft = new_draft(&self.folder)?;
        fs::rename(path, &draft)?;
        self.retired().push(draft);
        Ok(())
    }

    /// Removes the recordings that were taken away, without the writer. Gives how many cannot be removed.
    pub(in crate::store) fn discard(&self) -> usize {
        let retired = std::mem::take(&mut *self.retired());
        let stays = |draft: &PathBuf| {
            let removed = fs::remove_file(draft);
            removed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
        };
        let stay: Vec<PathBuf> = retired.into_iter().filter(stays).collect();
        let left = stay.len();
        self.retired().extend(stay);
        left
    }

    fn retired(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::store) fn has_any_file(&self, hash: &str) -> bool {
        self.files_of(hash).any(|path| path.exists())
    }

    /// Where its file may lie, whatever kind it is of, and the list of its renditions.
    pub(super) fn files_of(&self, hash: &str) -> impl Iterator<Item = PathBuf> {
        let extensions = MediaType::all().map(MediaType::extension).chain(["json"]);
        extensions.map(move |extension| self.path(hash, extension))
    }

    /// Has the disk know that these are gone, each hash folder once.
    pub(in crate::store) fn sync_hash_folders(&self, gone: &[(String, bool)]) -> io::Result<()> {
        let files = gone.iter().map(|(hash, _)| self.path(hash, "json"));
        let hash_folders: BTreeSet<PathBuf> = files
            .filter_map(|file| file.parent().map(Path::to_owned))
            .collect();
        for hash_folder in hash_folders {
            match File::open(hash_folder).and_then(|hash_folder| hash_folder.sync_all()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}
