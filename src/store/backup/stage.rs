//! The folder in which a restore makes the new store ready.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::restore_folders::STAGE;

/// The folder; it goes with what is in it unless it becomes the store. As long as it is there no token changes in the store of
/// the folder that it is in.
pub(super) struct Stage(PathBuf);

impl Stage {
    pub(super) fn make(data: &Path) -> io::Result<Self> {
        let path = data.join(STAGE);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The next restore or start removes what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}
