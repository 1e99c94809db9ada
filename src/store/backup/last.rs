//! When the last whole backup was made: a small file in the folder of the store, since backups are made beside the server.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Manifest;

const FILE: &str = "last-backup.json";

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
        let text = fs::read(data.join(FILE)).ok()?;
        serde_json::from_slice(&text).ok()
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
