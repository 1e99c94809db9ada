//! When the last whole backup was made: a small file in the folder of the store, since backups are made beside the server.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Manifest;

const FILE: &str = "last-backup.json";

/// Maximum number of bytes of the file.
const MAX_BYTES: u64 = 1000;

/// The last backup that was made of a store with all its photographs, on whatever disk it lies.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LastBackup {
    pub made: DateTime<Utc>,
    /// The newest entry of the log that is in it.
    pub seq: u64,
}

impl LastBackup {
    /// The last backup of the store in the folder `data`; `None` where none is known.
    pub fn read(data: &Path) -> Option<Self> {
        let path = data.join(FILE);
        let stat = fs::metadata(&path).ok()?;
        // It could be a pipe, and reading it would not end.
        if !stat.is_file() || stat.len() > MAX_BYTES {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Forgets the backup that is noted in the folder `data`: another store is there now.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(super) fn forget(data: &Path) -> io::Result<()> {
        match fs::remove_file(data.join(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Notes in the folder `data` of a store that the backup of this manifest was made of it.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn note(manifest: &Manifest, data: &Path) -> io::Result<()> {
        let (made, seq) = (manifest.made, manifest.seq);
        let text = serde_json::to_vec(&Self { made, seq })?;
        let draft = data.join(format!("{FILE}.part"));
        fs::write(&draft, text)?;
        fs::rename(draft, data.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_note_of_a_backup_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        assert!(LastBackup::read(folder.path()).is_none());
        let long = format!(
            "{{\"made\":\"2026-11-24T12:00:00Z\",\"seq\":7{}}}",
            " ".repeat(1000)
        );
        for text in ["", "{}", "[1]", &long] {
            fs::write(&file, text).expect("a file");
            assert!(LastBackup::read(folder.path()).is_none(), "{text}");
        }
        fs::write(&file, long.replace(' ', "")).expect("a file");
        let known = LastBackup::read(folder.path()).expect("a note");
        assert_eq!(known.seq, 7);
        LastBackup::forget(folder.path()).expect("a folder");
        LastBackup::forget(folder.path()).expect("a folder");
        fs::create_dir(&file).expect("a folder");
        assert!(LastBackup::read(folder.path()).is_none());
    }
}
