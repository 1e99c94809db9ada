//! Reading a backup into a folder, believing nothing that its sums do not confirm.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::store::sqlite::{DATABASE, MEDIA, SCHEMA, read_only};

use super::{BackupError, Counted, MANIFEST, Manifest, PIECE_BYTES, SUMS, fault};

/// No manifest is longer.
const MOST_MANIFEST_BYTES: u64 = 64 * 1024;

/// No list of sums is longer: that of a million photographs has a hundred million bytes.
const MOST_SUMS_BYTES: u64 = 1024 * 1024 * 1024;

/// What of a backup may be written where.
enum Member {
    Manifest,
    Sums,
    File(PathBuf),
}

/// Unpacks `file` into `folder`, which is empty, and checks all of it. `progress` is told the bytes that are read, of how
/// many.
///
/// # Errors
/// If the file is not a whole backup, or newer than this version, or the folder cannot be written.
pub(in crate::store) fn unpack(
    file: &Path,
    folder: &Path,
    progress: &dyn Fn(usize, usize),
) -> Result<Manifest, BackupError> {
    let unreadable = |error: io::Error| BackupError::Unreadable {
        path: file.to_owned(),
        reason: error.to_string(),
    };
    let source = File::open(file).map_err(unreadable)?;
    let length = source.metadata().map_err(unreadable)?.len();
    let mut unpacking = Unpacking {
        file,
        folder,
        sums: BTreeMap::new(),
        manifest: None,
        said: None,
    };
    let mut archive = tar::Archive::new(BufReader::with_capacity(PIECE_BYTES, source));
    let entries = archive.entries().map_err(unreadable)?;
    for entry in entries {
        let mut entry = entry.map_err(|error| match unpacking.manifest {
            None => unpacking.foreign(error),
            Some(_) => unpacking.damaged(error),
        })?;
        progress(
            usize::try_from(entry.raw_file_position()).unwrap_or(0),
            usize::try_from(length).unwrap_or(0),
        );
        unpacking.take(&mut entry)?;
    }
    unpacking.confirm()
}

struct Unpacking<'f> {
    file: &'f Path,
    folder: &'f Path,
    /// What was found in the file.
    sums: BTreeMap<String, String>,
    manifest: Option<Manifest>,
    /// What the file says that is in it.
    said: Option<String>,
}

impl Unpacking<'_> {
    fn foreign(&self, reason: impl ToString) -> BackupError {
        BackupError::Foreign {
            path: self.file.to_owned(),
            reason: reason.to_string(),
        }
    }

    fn damaged(&self, reason: impl ToString) -> BackupError {
        BackupError::Damaged {
            path: self.file.to_owned(),
            reason: reason.to_string(),
        }
    }

    fn take(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<(), BackupError> {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let member = member(&name).filter(|_| entry.header().entry_type().is_file());
        if self.said.is_some() {
            return Err(self.damaged(format!("expected {SUMS} to be the last, found {name}")));
        }
        match (member, &self.manifest) {
            (Some(Member::Manifest), None) => self.take_manifest(entry),
            (_, None) => Err(self.foreign(format!("expected {MANIFEST} first, found {name}"))),
            (Some(Member::Sums), Some(_)) => {
                let said = self.text(entry, MOST_SUMS_BYTES)?;
                self.said = Some(said);
                Ok(())
            }
            (Some(Member::File(path)), Some(_)) => {
                let path = self.folder.join(path);
                let sum = self.keep(entry, &path)?;
                self.sums.insert(name, sum);
                Ok(())
            }
            (_, Some(_)) => Err(self.damaged(format!("{name} does not belong in it"))),
        }
    }

    fn take_manifest(&mut self, entry: &mut impl Read) -> Result<(), BackupError> {
        let text = self.text(entry, MOST_MANIFEST_BYTES)?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| self.foreign(error))?;
        if manifest.schema > SCHEMA {
            return Err(BackupError::Newer {
                path: self.file.to_owned(),
                found: manifest.schema,
                known: SCHEMA,
            });
        }
        let sum = super::sha256(text.as_bytes());
        self.sums.insert(MANIFEST.to_owned(), sum);
        self.manifest = Some(manifest);
        Ok(())
    }

    fn text(&self, entry: &mut impl Read, most_bytes: u64) -> Result<String, BackupError> {
        let mut text = String::new();
        let read = entry.take(most_bytes).read_to_string(&mut text);
        read.map_err(|error| self.damaged(error))?;
        Ok(text)
    }

    /// Writes a file durably and gives its sum.
    fn keep(&self, entry: &mut impl Read, path: &Path) -> Result<String, BackupError> {
        let unwritable = |error: io::Error| BackupError::Unwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        if let Some(shelf) = path.parent() {
            fs::create_dir_all(shelf).map_err(unwritable)?;
        }
        let mut kept = File::create_new(path).map_err(unwritable)?;
        let mut sum = Sha256::new();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = entry
                .read(&mut piece)
                .map_err(|error| self.damaged(error))?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            sum.update(bytes);
            kept.write_all(bytes).map_err(unwritable)?;
        }
        kept.sync_all().map_err(unwritable)?;
        Ok(hex::encode(sum.finalize()))
    }

    /// Whether all is there, and is what it was.
    fn confirm(self) -> Result<Manifest, BackupError> {
        let Some(manifest) = &self.manifest else {
            return Err(self.foreign("it is empty"));
        };
        let Some(said) = &self.said else {
            return Err(self.damaged(format!("it was cut off, {SUMS} is missing")));
        };
        let said: BTreeMap<String, String> = said
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
            .collect();
        let names = said.keys().chain(self.sums.keys());
        for name in names {
            if said.get(name) != self.sums.get(name) {
                return Err(self.damaged(format!("{name} is not what {SUMS} says")));
            }
        }
        if self.sums.get(DATABASE) != Some(&manifest.sha256) {
            return Err(self.damaged(format!("{DATABASE} is not what {MANIFEST} says")));
        }
        self.confirm_database(manifest)?;
        fs::create_dir_all(self.folder.join(MEDIA)).map_err(|error| BackupError::Unwritable {
            path: self.folder.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(manifest.clone())
    }

    fn confirm_database(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let look = || -> rusqlite::Result<_> {
            let connection = read_only(&self.folder.join(DATABASE))?;
            Ok((fault(&connection)?, Counted::of(&connection)?))
        };
        let (fault, counted) = look().map_err(|error| self.damaged(error))?;
        if let Some(fault) = fault {
            return Err(self.damaged(fault));
        }
        let (seq, time) = (counted.newest.seq, counted.newest.time);
        match (seq, time, counted.schema) == (manifest.seq, manifest.time, manifest.schema) {
            true => Ok(()),
            false => Err(self.damaged(format!("{MANIFEST} is of another database"))),
        }
    }
}

/// What stands under that name in a backup; none where nothing of that name belongs in one.
fn member(name: &str) -> Option<Member> {
    match name {
        MANIFEST => return Some(Member::Manifest),
        SUMS => return Some(Member::Sums),
        DATABASE => return Some(Member::File(DATABASE.into())),
        _ => {}
    }
    let mut parts = name.split('/');
    let place = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some(MEDIA), Some(shelf), Some(file), None) = place else {
        return None;
    };
    let plain = |part: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '.';
        !part.is_empty() && !part.starts_with('.') && part.chars().all(good)
    };
    let path = Path::new(MEDIA).join(shelf).join(file);
    (plain(shelf) && plain(file)).then_some(Member::File(path))
}
