//! Photographs as files named by the hash of what is served, on disk before the entry that shows them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::item::Photograph;

/// The folder of photographs.
#[derive(Clone, Debug)]
pub struct Photographs {
    folder: PathBuf,
}

impl Photographs {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the photograph of that hash lies, or would lie.
    pub fn path(&self, hash: &str, extension: &str) -> PathBuf {
        let shelf = hash.get(..2).unwrap_or(hash);
        self.folder.join(shelf).join(format!("{hash}.{extension}"))
    }

    /// Keeps `bytes`, durably; what is kept already is not written again.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn keep(&self, photograph: &Photograph, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(&photograph.hash, photograph.kind.extension());
        if fs::metadata(&path).is_ok_and(|kept| kept.len() == photograph.bytes) {
            return Ok(());
        }
        let shelf = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(shelf)?;
        let draft = path.with_extension("new");
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(shelf)?.sync_all()
    }
}
