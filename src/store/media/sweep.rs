//! Files of photographs that nothing names: left by a process that was killed between file and row, by an upload that was
//! refused afterwards, by a picture that another one replaced. An upload that no article shows yet is named by its row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::item::PhotographType;
use crate::store::backup::gather;
use crate::store::sqlite::meta;
use crate::store::{Store, StoreError};

/// One sweep removes the files of so many hashes at most, and remembers no more; the next goes on.
const MOST_AT_ONCE: usize = 10_000;

/// So many captions are read in one snapshot, so that what is written ahead can be brought home between them.
const CHUNK: usize = 500;

/// From so many files on, more than half of all are not believed to be left over: the database may be another than that
/// which the photographs belong to.
const MASS_FROM: usize = 100;

/// What a sweep found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files of photographs that there are.
    pub files: usize,
    /// Those of them that nothing names.
    pub left_over: usize,
    /// Those that were removed.
    pub removed: usize,
}

impl Swept {
    /// Whether so many are left over that nothing was removed.
    pub fn is_too_many(&self) -> bool {
        self.left_over >= MASS_FROM && self.left_over * 2 > self.files
    }
}

/// Files by the hash that names them.
type Candidates = BTreeMap<String, Vec<PathBuf>>;

impl Store {
    /// Removes the files of photographs that nothing names, but for those that were kept within `spare`: their rows may be
    /// on their way. Nobody waits for it, and it stops where `stop` says so.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn sweep(&self, spare: Duration, stop: &dyn Fn() -> bool) -> Result<Swept, SweepError> {
        let (mut candidates, mut swept) = (Candidates::new(), Swept::default());
        for shelf in shelves(self.photographs().folder())? {
            if stop() {
                return Ok(swept);
            }
            let files = files_on(&shelf)?;
            swept.files += files.len();
            self.gather_candidates(files, &mut candidates)?;
        }
        self.cross_out_named(&mut candidates, stop)?;
        if stop() {
            return Ok(swept);
        }
        swept.left_over = candidates.values().map(Vec::len).sum();
        let held = &self.photographs().held;
        if !swept.is_too_many() {
            for path in candidates.values().flatten() {
                match held.unless_held(path, spare, || fs::remove_file(path)) {
                    Some(Ok(())) => swept.removed += 1,
                    Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
        }
        held.forget(spare);
        Ok(swept)
    }

    /// Adds the files that nothing shows. Most are shown, which an index tells at once.
    fn gather_candidates(
        &self,
        files: Vec<(String, PathBuf)>,
        candidates: &mut Candidates,
    ) -> Result<(), StoreError> {
        self.reading(|connection| {
            for (hash, path) in files {
                let has_room = candidates.len() < MOST_AT_ONCE || candidates.contains_key(&hash);
                if has_room && !is_shown(connection, &hash)? {
                    candidates.entry(hash).or_default().push(path);
                }
            }
            Ok(())
        })
    }

    /// Leaves those that nothing names at all: no caption that may be shown again, nothing that waits, no upload, no logo.
    fn cross_out_named(
        &self,
        candidates: &mut Candidates,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), StoreError> {
        if candidates.is_empty() {
            return Ok(());
        }
        // What waits comes first: it becomes an item, and no item comes to wait.
        self.reading(|connection| {
            for sql in [
                "SELECT content FROM pending",
                "SELECT photograph FROM upload",
            ] {
                let mut statement = connection.prepare(sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    cross_out(&row.get::<_, String>(0)?, candidates)?;
                }
            }
            if let Some(settings) = meta(connection, "settings")? {
                cross_out(&settings, candidates)?;
            }
            Ok(())
        })?;
        let mut after = Some(String::new());
        while let Some(id) = after.take().filter(|_| !stop()) {
            after = self.reading(|connection| cross_out_captions(connection, &id, candidates))?;
        }
        Ok(())
    }
}

/// Why a sweep ended early. What it left is found by the next one.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the folder of photographs: {0}")]
    Disk(#[from] io::Error),
}

/// Takes the hashes that the next captions after `id` name out of `candidates`; gives the last of them where there are more.
fn cross_out_captions(
    connection: &Connection,
    id: &str,
    candidates: &mut Candidates,
) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT i.id, r.content FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.id > ?1 AND i.kind = 'caption' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
         ORDER BY i.id LIMIT ?2",
    )?;
    let mut rows = statement.query((id, CHUNK))?;
    let mut last = None;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        cross_out(&row.get::<_, String>(1)?, candidates)?;
        last = Some(row.get(0)?);
        count += 1;
    }
    Ok(last.filter(|_| count == CHUNK))
}

fn cross_out(json: &str, candidates: &mut Candidates) -> Result<(), StoreError> {
    let mut named = BTreeSet::new();
    gather(&serde_json::from_str(json)?, &mut named);
    for hash in named {
        candidates.remove(&hash);
    }
    Ok(())
}

fn is_shown(connection: &Connection, hash: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM item WHERE media = ?1 AND coalesce(removal, '') NOT IN ('killed', 'forbidden')
             UNION ALL
             SELECT 1 FROM rendition r JOIN item i ON i.media = r.original
             WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        )?
        .exists([hash])
}

fn shelves(media: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(media)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_hash(&name, 2) && path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The files that are photographs, renditions or lists of these by their names, with the hash in it; others are left alone.
fn files_on(shelf: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(shelf)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_ours =
            |extension| extension == "json" || PhotographType::from_extension(extension).is_some();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        match stem {
            Some(stem) if is_hash(stem, super::HASH_DIGITS) && extension.is_some_and(is_ours) => {
                found.push((stem.to_owned(), path));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn is_hash(name: &str, digits: usize) -> bool {
    name.len() == digits && super::is_plain(name)
}
