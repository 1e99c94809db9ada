//! Photographs as files named by the hash of what is served, on disk before the entry that shows them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use crate::item::{Photograph, PhotographType};

use super::{Store, StoreError};

/// Drafts begun by this process.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// The folder of photographs.
#[derive(Clone, Debug)]
pub struct Photographs {
    folder: PathBuf,
}

/// What is known of a photograph's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Something public shows it.
    As(PhotographType),
    /// It was, and will never be again (PROTOCOLS 4.4).
    Killed,
    No,
}

impl Store {
    /// Removes the files of photographs that were killed and that nothing else shows; and what was written ahead, where
    /// their texts may stand.
    pub(super) fn forget_killed(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection.prepare(
            "SELECT DISTINCT media FROM item k
             WHERE k.removal IN ('killed', 'forbidden') AND k.media IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM item o WHERE o.media = k.media
                   AND coalesce(o.removal, '') NOT IN ('killed', 'forbidden'))",
        )?;
        let hashes = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut removed = false;
        for hash in hashes {
            removed |= self.photographs().remove(&hash?);
        }
        drop(statement);
        if removed {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}

impl Photographs {
    /// Removes a photograph, whatever kind it is of; says whether there was one. One that stays behind is tried again at the
    /// next start, and is served to nobody meanwhile.
    fn remove(&self, hash: &str) -> bool {
        let mut removed = false;
        for kind in PhotographType::ALL {
            removed |= fs::remove_file(self.path(hash, kind.extension())).is_ok();
        }
        removed
    }

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
        if !shelf.exists() {
            fs::create_dir_all(shelf)?;
            // A new shelf is on disk when the folder that names it is.
            for above in shelf.ancestors().skip(1).take(2) {
                File::open(above)?.sync_all()?;
            }
        }
        // Two that keep the same photograph at once do not write in one another's draft.
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let draft = path.with_extension(format!("{number}.new"));
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(shelf)?.sync_all()
    }
}
