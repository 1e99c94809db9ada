//! Files that this node has in its folder, as copies of those that all nodes have in their database.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::hash_folders::{files_in, hash_folders};
use super::shared::RemovedHash;
use super::{Photographs, SPARE, SharedFiles, has_length, make_hash_folder, name_of, new_draft};

impl Photographs {
    /// Where a file lies that this node has, or has from now on.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn copied(&self, hash: &str, extension: &str) -> io::Result<PathBuf> {
        let path = self.path(hash, extension);
        self.bring(&path)?;
        Ok(path)
    }

    /// Whether a file of that length is kept, of which this node has a copy from now on. It stays for a while.
    pub(super) fn has(&self, path: &Path, bytes: u64) -> bool {
        self.hold(path);
        // What is in the database counts as just kept from now on, so that no other node removes it meanwhile.
        self.bring(path).is_ok() && has_length(path, bytes) && self.share(path).is_ok()
    }

    /// Copies a file that other nodes kept, unless it is here; nothing where none has it.
    pub(super) fn bring(&self, path: &Path) -> io::Result<()> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        if path.exists() {
            return Ok(());
        }
        self.hold(path);
        let draft = new_draft(self.folder())?;
        let brought = File::create(&draft).and_then(|mut file| {
            if !shared.read(&name_of(path), &mut file)? {
                return Ok(());
            }
            // Else a loss of power could leave a part of it under its name.
            file.sync_all()?;
            make_hash_folder(path)?;
            fs::rename(&draft, path)?;
            // Removed meanwhile: then the removal found nothing here.
            match shared.has(&name_of(path))? {
                true => Ok(()),
                false => fs::remove_file(path),
            }
        });
        let _ = fs::remove_file(&draft);
        brought
    }

    /// Gives other nodes a file that this one has.
    pub(super) fn share(&self, path: &Path) -> io::Result<()> {
        match &self.shared {
            Some(shared) => shared.put(&name_of(path), || File::open(path)),
            None => Ok(()),
        }
    }

    /// Copies all files of these hashes that other nodes have and this one has not.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub(in crate::store) fn bring_all(&self, hashes: &BTreeSet<String>) -> io::Result<()> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        let (names, _) = shared.names()?;
        for name in names {
            match name.split_once('.') {
                Some((hash, extension)) if hashes.contains(hash) => {
                    self.bring(&self.path(hash, extension))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives other nodes what this one has and they have not, and removes here what was removed while this node did not run, unless
    /// something names it. Gives the number of the newest removal.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub(in crate::store) fn share_all(
        &self,
        is_named: &dyn Fn(&str) -> io::Result<bool>,
        progress: &dyn Fn(usize, usize),
    ) -> io::Result<u64> {
        let Some(shared) = &self.shared else {
            return Ok(0);
        };
        let (names, newest) = shared.names()?;
        if !self.folder().exists() {
            return Ok(newest);
        }
        let hash_folders = hash_folders(self.folder())?;
        for (done, hash_folder) in hash_folders.iter().enumerate() {
            progress(done, hash_folders.len());
            for (hash, path) in files_in(hash_folder)? {
                if names.contains(&name_of(&path)) {
                    continue;
                }
                match shared.is_removed(&hash)? && !is_named(&hash)? {
                    true => self.remove_copies(&hash, Duration::ZERO)?,
                    false => self.share(&path)?,
                }
            }
        }
        Ok(newest)
    }

    /// Removes the copies of what other nodes removed, unless it was kept anew. What this node has just kept stays, and is given to
    /// the others once more, unless it was killed.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub(in crate::store) fn follow_removal(&self, removed: &RemovedHash) -> io::Result<()> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        if shared.has_any(&removed.hash)? {
            return Ok(());
        }
        let spare = if removed.is_killed {
            Duration::ZERO
        } else {
            SPARE
        };
        self.remove_copies(&removed.hash, spare)?;
        let kept = self.files_of(&removed.hash).filter(|path| path.exists());
        kept.into_iter().try_for_each(|path| self.share(&path))
    }

    fn remove_copies(&self, hash: &str, spare: Duration) -> io::Result<()> {
        self.remove_here(hash, spare)?;
        self.discard();
        Ok(())
    }

    /// Removes a photograph or a recording, whatever kind it is of; false where one of its files was kept within `spare`. One
    /// that stays behind is tried again, and is not served meanwhile.
    pub(in crate::store) fn remove(&self, hash: &str, spare: Duration) -> io::Result<bool> {
        Ok(self.remove_here(hash, spare)? && self.unshare(hash, spare)?)
    }

    /// Removes from the database what this node removed, as far as it was not kept within `spare`; false where something stays.
    pub(in crate::store) fn unshare(&self, hash: &str, spare: Duration) -> io::Result<bool> {
        self.shared
            .as_ref()
            .map_or(Ok(true), |shared: &SharedFiles| shared.remove(hash, spare))
    }
}
