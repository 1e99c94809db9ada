//! Writing a backup, beside a server that may be writing.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::store::Store;
use crate::store::database::Connection;
use crate::store::named_files::hashes_in;
use crate::store::sqlite::{BUSY, read_only, set_application, set_schema, to_be_filled};
use crate::store::store_files::{DATABASE, MEDIA};
use crate::store::tables::add_tables;

use super::rows::{self, Content};
use super::{
    BackupError, BackupStep, DatabaseSummary, MANIFEST, Manifest, PIECE_BYTES, SUMS, TellProgress,
    fault, is_named_by, sha256,
};

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct BackupReport {
    pub manifest: Manifest,
    pub bytes: u64,
    /// Photographs that the store names and that are not there, or are others than their names say.
    pub missing: Vec<String>,
}

/// Files that go when the work ends, however it does.
struct Drafts(Vec<PathBuf>);

impl Drop for Drafts {
    fn drop(&mut self) {
        for path in &self.0 {
            // Most of them have become something else.
            let _ = fs::remove_file(path);
        }
    }
}

impl Store {
    /// Writes the present state of the store to `file`, which appears when it is complete and on disk. Readers and
    /// writers are not blocked by it.
    ///
    /// # Errors
    /// If the file is there and not to be replaced, cannot be written, or the store does not read.
    pub fn backup(
        &self,
        file: &Path,
        replace: bool,
        now: DateTime<Utc>,
        progress: TellProgress<'_>,
    ) -> Result<BackupReport, BackupError> {
        let refuse_existing = || match !replace && file.exists() {
            true => Err(BackupError::Exists {
                path: file.to_owned(),
            }),
            false => Ok(()),
        };
        refuse_existing()?;
        let unwritable = |error: io::Error| BackupError::Unwritable {
            path: file.to_owned(),
            reason: error.to_string(),
        };
        let (part, database) = (
            with_added_extension(file, "part"),
            with_added_extension(file, "part.db"),
        );
        let _drafts = Drafts(vec![part.clone(), database.clone()]);
        let copy = self.copy_database(&database, file, progress)?;
        let named = hashes_in(&copy)?;
        self.photographs().bring_all(&named).map_err(unwritable)?;
        let photographs = self.files_of(&named).map_err(unwritable)?;
        let manifest = self.manifest(&copy, &database, photographs.len(), now)?;
        drop(copy);
        let mut tar = Tar::begin(&part, now).map_err(unwritable)?;
        let (found, faulty) = tar
            .fill(&manifest, &database, &photographs, progress)
            .map_err(unwritable)?;
        let bytes = tar.end().map_err(unwritable)?;
        refuse_existing()?;
        fs::rename(&part, file).map_err(unwritable)?;
        if let Some(folder) = file.parent() {
            sync(folder).map_err(unwritable)?;
        }
        // Photographs that were killed meanwhile are not missing: only files that the store still names are.
        let still = self.reading(hashes_in)?;
        let lost = named
            .difference(&found)
            .filter(|hash| still.contains(*hash));
        Ok(BackupReport {
            manifest,
            bytes,
            missing: lost.cloned().chain(faulty).collect(),
        })
    }

    /// Copies the database as it is at this moment, without what was deleted from it.
    fn copy_database(
        &self,
        to: &Path,
        file: &Path,
        progress: TellProgress<'_>,
    ) -> Result<Connection, BackupError> {
        // Left by a backup that was interrupted.
        match fs::remove_file(to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::Unwritable {
                    path: to.to_owned(),
                    reason: error.to_string(),
                });
            }
            _ => {}
        }
        // Made here, so that it is nobody else's to read.
        private(to).map_err(|error| BackupError::Unwritable {
            path: to.to_owned(),
            reason: error.to_string(),
        })?;
        match self.is_on_server() {
            true => self.copy_rows(to, progress)?,
            false => {
                let source = read_only(&self.path)?;
                source.wait_for_others(BUSY)?;
                source.run("VACUUM INTO ?1", [&*to.to_string_lossy()])?;
            }
        }
        let copy = read_only(to)?;
        match fault(&copy)? {
            None => Ok(copy),
            Some(reason) => Err(BackupError::Damaged {
                path: file.to_owned(),
                reason,
            }),
        }
    }

    /// Fills the file with the rows that a server has at this moment, and reads them back.
    fn copy_rows(&self, to: &Path, progress: TellProgress<'_>) -> Result<(), BackupError> {
        let mut copy = to_be_filled(to)?;
        let transaction = copy.write()?;
        add_tables(&transaction, 0)?;
        set_schema(&transaction)?;
        set_application(&transaction)?;
        let copied = self.reading(|connection| {
            Ok(rows::copy(connection, &transaction, &|done, total| {
                progress(BackupStep::Rows, done, total);
            })?)
        })?;
        transaction.commit()?;
        let found = Content::of(&copy, &|done, total| {
            progress(BackupStep::ComparedRows, done, total);
        })?;
        found.expect(&copied)
    }

    fn manifest(
        &self,
        copy: &Connection,
        database: &Path,
        photographs: usize,
        now: DateTime<Utc>,
    ) -> Result<Manifest, BackupError> {
        let counted = DatabaseSummary::of(copy)?;
        Ok(Manifest {
            courant: env!("CARGO_PKG_VERSION").to_owned(),
            schema: counted.schema,
            publication: self.publication()?.id(),
            made: now,
            seq: counted.newest.seq,
            time: counted.newest.time,
            articles: counted.articles,
            captions: counted.captions,
            photographs: photographs as u64,
            sha256: sum_of(database).map_err(|error| BackupError::Unreadable {
                path: database.to_owned(),
                reason: error.to_string(),
            })?,
        })
    }

    /// The files that are kept under names of `hashes`: photographs, and whatever lies beside them by the same name.
    fn files_of(&self, hashes: &BTreeSet<String>) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let hash_folders = match fs::read_dir(self.photographs().folder()) {
            Ok(hash_folders) => hash_folders,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        for hash_folder in hash_folders {
            let hash_folder = hash_folder?.path();
            if !hash_folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(hash_folder)? {
                let path = file?.path();
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                if stem.is_some_and(|stem| hashes.contains(stem)) {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// A tar under way, and the sums of what is in it.
struct Tar {
    builder: tar::Builder<File>,
    made: DateTime<Utc>,
    checksums: String,
}

impl Tar {
    fn begin(path: &Path, made: DateTime<Utc>) -> io::Result<Self> {
        Ok(Self {
            builder: tar::Builder::new(private(path)?),
            made,
            checksums: String::new(),
        })
    }

    /// Gives the hashes whose files are in it, and the names of those that are others than they say.
    fn fill(
        &mut self,
        manifest: &Manifest,
        database: &Path,
        photographs: &[PathBuf],
        progress: TellProgress<'_>,
    ) -> io::Result<(BTreeSet<String>, Vec<String>)> {
        let json = serde_json::to_vec_pretty(manifest)?;
        self.add(MANIFEST, &json)?;
        let mut file = File::open(database)?;
        let bytes = file.metadata()?.len();
        self.append(DATABASE, bytes, &mut file, &manifest.sha256)?;
        let (mut found, mut faulty) = (BTreeSet::new(), Vec::new());
        for (done, path) in photographs.iter().enumerate() {
            progress(BackupStep::Photographs, done, photographs.len());
            let Some((hash_folder, name)) = place(path) else {
                continue;
            };
            match fs::read(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(bytes) if is_picture(name) && !is_named_by(name, &sha256(&bytes)) => {
                    faulty.push(name.to_owned());
                }
                Ok(bytes) => {
                    self.add(&format!("{MEDIA}/{hash_folder}/{name}"), &bytes)?;
                    let picture = name.split_once('.').filter(|_| is_picture(name));
                    found.extend(picture.map(|(stem, _)| stem.to_owned()));
                }
            }
        }
        Ok((found, faulty))
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let sum = sha256(bytes);
        self.append(name, bytes.len() as u64, &mut &*bytes, &sum)
    }

    fn append(&mut self, name: &str, bytes: u64, from: &mut dyn Read, sum: &str) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made.timestamp()).unwrap_or(0));
        self.builder.append_data(&mut header, name, from)?;
        // As sha256sum writes and checks them.
        self.checksums.push_str(&format!("{sum}  {name}\n"));
        Ok(())
    }

    /// Ends the file, on disk; gives its size.
    fn end(mut self) -> io::Result<u64> {
        let sums = std::mem::take(&mut self.checksums);
        self.add(SUMS, sums.as_bytes())?;
        let file = self.builder.into_inner()?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

/// Lists that lie beside a photograph are not named by what is in them.
fn is_picture(name: &str) -> bool {
    !name.ends_with(".json")
}

fn place(path: &Path) -> Option<(&str, &str)> {
    let hash_folder = path.parent()?.file_name()?.to_str()?;
    Some((hash_folder, path.file_name()?.to_str()?))
}

fn with_added_extension(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// A new file that only its owner reads: a backup has what is not public yet, and the hashes of tokens.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}

fn sum_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        match piece.get(..read) {
            None | Some([]) => return Ok(hex::encode(sum.finalize())),
            Some(bytes) => sum.update(bytes),
        }
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    File::open(folder)?.sync_all()
}
