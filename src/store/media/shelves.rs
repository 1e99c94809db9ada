//! The shelves on which files lie by the first digits of their hashes, and what is found on them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use crate::item::MediaType;

use super::{HASH_DIGITS, Photographs, is_plain};

impl Photographs {
    pub(in crate::store) fn next_shelf(&self) -> MutexGuard<'_, String> {
        self.next_shelf
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// All shelves, beginning with the first one that had no room in the last sweep.
    pub(in crate::store) fn shelves_in_turn(&self) -> io::Result<Vec<PathBuf>> {
        let mut shelves = shelves(self.folder())?;
        let first = self.next_shelf().clone();
        let before = shelves.partition_point(|shelf| name_of(shelf) < first);
        shelves.rotate_left(before);
        Ok(shelves)
    }
}

pub(in crate::store) fn name_of(shelf: &Path) -> String {
    let name = shelf.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn shelves(media: &Path) -> io::Result<Vec<PathBuf>> {
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
pub(in crate::store) fn files_on(shelf: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(shelf)? {
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
