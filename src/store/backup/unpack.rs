//! Reading a backup into a folder. Neither its names nor its sums are believed: who can change a file can change its
//! sum, so a photograph is known by its bytes, and what does not belong in a store is not written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::item::{MAX_PHOTOGRAPH_BYTES, MAX_RECORDING_BYTES, MediaType, Rendition};
use crate::store::database::{self, Connection};
use crate::store::media::{HASH_DIGITS, is_plain};
use crate::store::sqlite::{SCHEMA, foreign, read_only};
use crate::store::store_files::{DATABASE, MEDIA};

use super::{
    BackupError, DatabaseSummary, MANIFEST, Manifest, PIECE_BYTES, SUMS, fault, is_named_by,
};

/// No manifest is longer.
const MAX_MANIFEST_BYTES: u64 = 64 * 1024;

/// No list of a photograph's renditions is longer.
const MAX_LIST_BYTES: u64 = 64 * 1024;

/// A line of the sums is no longer: a sum and a name.
const MAX_SUM_BYTES: u64 = 160;

/// No backup has more files of photographs. The sums of all are in memory at once, some 200 bytes for each.
const MAX_FILES: u64 = 4_000_000;

/// A member of a backup, which decides where it may be written.
enum Member {
    Manifest,
    Sums,
    Database,
    /// A photograph or a rendition, or the list of a photograph's renditions.
    Picture(PathBuf),
    Recording(PathBuf),
    List(PathBuf),
}

impl Member {
    /// The maximum size of the member, in bytes. A database has no limit but the size of the whole file.
    fn most_bytes(&self, files: u64) -> u64 {
        match self {
            Self::Manifest => MAX_MANIFEST_BYTES,
            // Beside the photographs there are the manifest and the database.
            Self::Sums => (files + 2) * MAX_SUM_BYTES,
            Self::Database => u64::MAX,
            Self::Picture(_) => MAX_PHOTOGRAPH_BYTES,
            Self::Recording(_) => MAX_RECORDING_BYTES,
            Self::List(_) => MAX_LIST_BYTES,
        }
    }
}

/// Unpacks `file` into `folder`, which is empty, and checks all of it. `progress` gets the number of bytes read so far, and
/// that of all.
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
        length,
        files: 0,
        checksums: BTreeMap::new(),
        manifest: None,
        listed_sums: None,
    };
    let mut archive = tar::Archive::new(BufReader::with_capacity(PIECE_BYTES, source));
    // Raw: what would give the next file a longer name or another size is no part of a backup, and is not read.
    let entries = archive.entries().map_err(unreadable)?.raw(true);
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
    /// The length of the backup file in bytes.
    length: u64,
    /// The number of files of photographs that were found so far.
    files: u64,
    /// The SHA-256 of each member that was unpacked.
    checksums: BTreeMap<String, String>,
    manifest: Option<Manifest>,
    /// The list of sums in the file.
    listed_sums: Option<String>,
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
        if self.listed_sums.is_some() {
            return Err(self.damaged(format!("expected {SUMS} to be the last, found {name}")));
        }
        let member = match (member, &self.manifest) {
            (Some(Member::Manifest), None) => Member::Manifest,
            (_, None) => {
                return Err(self.foreign(format!("expected {MANIFEST} first, found {name}")));
            }
            (None | Some(Member::Manifest), Some(_)) => {
                return Err(self.damaged(format!("{name} does not belong in it")));
            }
            (Some(member), Some(_)) => member,
        };
        self.bound(&name, &member, entry)?;
        match member {
            Member::Manifest => self.take_manifest(entry),
            Member::Sums => {
                self.listed_sums = Some(self.text(entry)?);
                Ok(())
            }
            Member::Database => {
                let sum = self.keep(entry, &self.folder.join(DATABASE))?;
                self.checksums.insert(name, sum);
                Ok(())
            }
            Member::Picture(path) | Member::Recording(path) => {
                let sum = self.keep(entry, &self.folder.join(path))?;
                if !is_named_by(&name, &sum) {
                    return Err(self.damaged(format!(
                        "{name} is another picture or recording than its name says"
                    )));
                }
                self.files += 1;
                self.checksums.insert(name, sum);
                Ok(())
            }
            Member::List(path) => {
                let text = self.text(entry)?;
                self.check_list(&name, &text)?;
                let sum = self.keep(&mut text.as_bytes(), &self.folder.join(path))?;
                self.files += 1;
                self.checksums.insert(name, sum);
                Ok(())
            }
        }
    }

    /// Refuses what is there twice, is larger than anything of its kind, or goes beyond the end of the file.
    fn bound(
        &self,
        name: &str,
        member: &Member,
        entry: &tar::Entry<'_, impl Read>,
    ) -> Result<(), BackupError> {
        if self.checksums.contains_key(name) {
            return Err(self.damaged(format!("{name} is in it twice")));
        }
        let (size, begin) = (entry.size(), entry.raw_file_position());
        let most = member.most_bytes(self.files);
        if size > most {
            let text = format!("{name} has {size} bytes, where there are {most} at most");
            return Err(self.damaged(text));
        }
        if begin.checked_add(size).is_none_or(|end| end > self.length) {
            return Err(self.damaged(format!("it was cut off in {name}")));
        }
        let announced = self.manifest.as_ref().map_or(0, |known| known.photographs);
        let most = announced.min(MAX_FILES);
        match matches!(
            member,
            Member::Picture(_) | Member::Recording(_) | Member::List(_)
        ) && self.files >= most
        {
            true => Err(self.damaged(format!("it has more than {most} files of photographs"))),
            false => Ok(()),
        }
    }

    /// A list names pictures of the same folder, each of which is checked by itself.
    fn check_list(&self, name: &str, text: &str) -> Result<(), BackupError> {
        let list: Vec<Rendition> = serde_json::from_str(text)
            .map_err(|error| self.damaged(format!("{name} does not read: {error}")))?;
        match list.iter().all(|rendition| is_hash(&rendition.hash)) {
            true => Ok(()),
            false => Err(self.damaged(format!("{name} names what is no photograph"))),
        }
    }

    fn take_manifest(&mut self, entry: &mut impl Read) -> Result<(), BackupError> {
        let text = self.text(entry)?;
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
        self.checksums.insert(MANIFEST.to_owned(), sum);
        self.manifest = Some(manifest);
        Ok(())
    }

    /// Reads an entry whose size is bounded.
    fn text(&self, entry: &mut impl Read) -> Result<String, BackupError> {
        let mut text = String::new();
        let read = entry.read_to_string(&mut text);
        read.map_err(|error| self.damaged(error))?;
        Ok(text)
    }

    /// Writes a file durably and gives its sum.
    fn keep(&self, entry: &mut impl Read, path: &Path) -> Result<String, BackupError> {
        let unwritable = |error: io::Error| BackupError::Unwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        if let Some(hash_folder) = path.parent() {
            fs::create_dir_all(hash_folder).map_err(unwritable)?;
        }
        let mut file = File::create_new(path).map_err(unwritable)?;
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
            file.write_all(bytes).map_err(unwritable)?;
        }
        file.sync_all().map_err(unwritable)?;
        Ok(hex::encode(sum.finalize()))
    }

    /// Checks that the backup is complete and unchanged, by its checksums and its database, and gives its manifest.
    fn confirm(self) -> Result<Manifest, BackupError> {
        let Some(manifest) = &self.manifest else {
            return Err(self.foreign("it is empty"));
        };
        let Some(listed) = &self.listed_sums else {
            return Err(self.damaged(format!("it was cut off, {SUMS} is missing")));
        };
        let listed: BTreeMap<String, String> = listed
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
            .collect();
        let names = listed.keys().chain(self.checksums.keys());
        for name in names {
            if listed.get(name) != self.checksums.get(name) {
                return Err(self.damaged(format!("{name} is not what {SUMS} says")));
            }
        }
        if self.checksums.get(DATABASE) != Some(&manifest.sha256) {
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
        let look = || -> database::Result<_> {
            let connection = read_only(&self.folder.join(DATABASE))?;
            let fault = match (foreign(&connection)?, programs(&connection)?) {
                (None, None) => fault(&connection)?,
                (foreign, program) => foreign.or(program),
            };
            Ok((fault, DatabaseSummary::of(&connection)?))
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

/// What could run code by itself in a database, such as a trigger, a view or a virtual table; `None` where there are only tables and
/// indexes, as in every store.
fn programs(connection: &Connection) -> database::Result<Option<String>> {
    let sql = "SELECT type || ' ' || name FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR rootpage = 0 LIMIT 1";
    let found: Option<String> = connection.row(sql, (), |row| row.get(0))?;
    Ok(found.map(|found| format!("there is a {found} in {DATABASE}")))
}

/// The member of a backup that has that name; `None` where no backup has such a member.
fn member(name: &str) -> Option<Member> {
    match name {
        MANIFEST => return Some(Member::Manifest),
        SUMS => return Some(Member::Sums),
        DATABASE => return Some(Member::Database),
        _ => {}
    }
    let mut parts = name.split('/');
    let place = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some(MEDIA), Some(hash_folder), Some(file), None) = place else {
        return None;
    };
    let (hash, extension) = file.split_once('.')?;
    if !is_hash(hash) || hash.get(..2) != Some(hash_folder) {
        return None;
    }
    let path = Path::new(MEDIA).join(hash_folder).join(file);
    match extension {
        "json" => Some(Member::List(path)),
        _ => match MediaType::from_extension(extension)? {
            MediaType::Photograph(_) => Some(Member::Picture(path)),
            MediaType::Recording(_) => Some(Member::Recording(path)),
        },
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == HASH_DIGITS && is_plain(name)
}
