//! Backups of the store, and their restoration. A backup is one file, a tar that any tar opens, with a manifest, the
//! database, the photographs, and the SHA-256 sums of all.
//!
//! The files in it have the names that they have in the folder of the store. `SHA256SUMS` is the last, so that a backup
//! which was cut off lacks it.

mod carry_over;
mod last;
mod onto_server;
mod previous;
mod replaced;
mod restore;
mod rows;
mod stage;
mod unpack;
mod write;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::item::Id;

use super::database::{self, Connection};
use super::sqlite::{newest, schema_of};
use super::{Position, StoreError};

pub use last::LastBackup;
pub use replaced::RestoreError;
pub use restore::{Restore, RestoreReport};
pub use write::BackupReport;

const MANIFEST: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// Size of the pieces in which files are read and hashed.
const PIECE_BYTES: usize = 256 * 1024;

/// A part of a backup or a restore that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BackupStep {
    /// Bytes of the backup are read.
    Bytes,
    /// Rows are copied from a database to another.
    Rows,
    /// Rows are read to be compared.
    ComparedRows,
    Photographs,
}

/// Told of the step, how much of it is done, and how much there is.
pub type TellProgress<'p> = &'p dyn Fn(BackupStep, usize, usize);

/// The manifest of a backup: which publication and which entries it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of Courant that made it.
    pub courant: String,
    pub schema: u32,
    pub publication: Id,
    pub made: DateTime<Utc>,
    /// The sequence number of the newest entry that is in it.
    pub seq: u64,
    pub time: DateTime<Utc>,
    /// The number of public articles.
    pub articles: u64,
    pub captions: u64,
    /// The number of files of photographs: originals, renditions, and the lists of these.
    pub photographs: u64,
    /// The SHA-256 of the database file.
    pub sha256: String,
}

/// Why a backup cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{path} is there already; name another file, or say --replace")]
    Exists { path: PathBuf },
    #[error("{path} cannot be written: {reason}; check the folder, its mode and the free disk")]
    Unwritable { path: PathBuf, reason: String },
    #[error("{path} cannot be read: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{path} is no backup of courant: {reason}; name a file that courant backup made")]
    Foreign { path: PathBuf, reason: String },
    #[error("the backup {path} is damaged: {reason}; nothing was changed, take another one")]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "the backup {path} has schema {found}, this courant knows up to {known}; use the newer courant that made it"
    )]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error(
        "the rows of the table {table} were not read back as they were written; nothing was changed, try again, and check the \
         disk and the memory of this machine and of the database's"
    )]
    Different { table: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<database::Error> for BackupError {
    fn from(error: database::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The facts of a database that a manifest has.
struct DatabaseSummary {
    schema: u32,
    newest: Position,
    articles: u64,
    captions: u64,
}

impl DatabaseSummary {
    fn of(connection: &Connection) -> database::Result<Self> {
        let count = |kind: &str| {
            let sql = "SELECT count(*) FROM item WHERE kind = ?1 AND status = 'usable'";
            connection.one(sql, [kind], |row| row.get(0))
        };
        Ok(Self {
            schema: schema_of(connection)?,
            newest: newest(connection)?,
            articles: count("article")?,
            captions: count("caption")?,
        })
    }
}

/// The first fault that SQLite's `quick_check` finds in a database; `None` where it finds none.
fn fault(connection: &Connection) -> database::Result<Option<String>> {
    let result: String = connection.one("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    Ok((result != "ok").then_some(result))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether a photograph with this SHA-256 may have the file name `name`: without its extension, it begins the hash.
fn is_named_by(name: &str, sha256: &str) -> bool {
    let stem = Path::new(name).file_stem();
    stem.and_then(|stem| stem.to_str())
        .is_some_and(|stem| sha256.starts_with(stem))
}
