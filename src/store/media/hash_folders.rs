//! The hash folders on which files lie by the first digits of their hashes, and what is found on them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use crate::item::MediaType;

use super::{HASH_DIGITS, Photographs, is_plain};

impl Photographs {
    pub(in crate::store) fn next_hash_folder(&self) -> MutexGuard<'_, String> {
        self.next_hash_folder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// All hash folders, beginning with the first one that had no room in the last sweep.
    pub(in crate::store) fn hash_folders_in_turn(&self) -> io::Result<Vec<PathBuf>> {
        let mut hash_folders = hash_folders(self.folder())?;
        let first = self.next_hash_folder().clone();
        let before = hash_folders.partition_point(|hash_folder| name_of(hash_folder) < first);
        hash_folders.rotate_left(before);
        Ok(hash_folders)
    }
}

pub(in crate::store) fn name_of(hash_folder: &Path) -> String {
    let name = hash_folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

pub(super) fn hash_folders(media: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(media)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_hash(&name, 2) && path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The files that are photographs, renditions, lists of these or recordings by their names, with the hash in it; others are left alone.
pub(in crate::store) fn files_in(hash_folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(hash_folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_ours =
            |extension| extension == "json" || MediaType::from_extension(extension).is_some();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        match stem {
            Some(stem) if is_hash(stem, HASH_DIGITS) && extension.is_some_and(is_ours) => {
                found.push((stem.to_owned(), path));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn is_hash(name: &str, digits: usize) -> bool {
    name.len() == digits && is_plain(name)
}
