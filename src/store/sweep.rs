//! Files of photographs that nothing names: left by a process that was killed between file and row, by an upload that was
//! refused afterwards, by a picture that another one replaced. An upload that no article shows yet is named by its row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::item::Photograph;

use super::database::{self, Connection};
use super::media::{files_in, name_of};
use super::named_files::gather;
use super::sqlite::meta;
use super::{Store, StoreError, holders};

/// One sweep removes the files of this many hashes at most, and remembers no more; the next goes on.
const MAX_AT_ONCE: usize = 10_000;

/// Maximum number of captions that are read in one snapshot, so that the write-ahead log can be checkpointed between
/// them.
const CHUNK: usize = 500;

/// From this many files on, more than half of all are not believed to be left over: the database may be another than that
/// which the photographs belong to.
const MASS_FROM: usize = 100;

/// The result of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// The number of files of photographs and recordings.
    pub files: usize,
    /// The number of files that nothing names, without those that were kept just now or that an upload is known to have
    /// left.
    pub left_over: usize,
    /// The number of files that were removed.
    pub removed: usize,
}

impl SweepReport {
    /// Whether none was removed because too many were left over.
    pub fn is_too_many(&self) -> bool {
        self.left_over >= MASS_FROM && self.left_over * 2 > self.files
    }
}

/// Files by the hash that names them.
type Candidates = BTreeMap<String, Vec<PathBuf>>;

impl Store {
    /// Notes that a photograph which was kept for an upload is named by nothing, since the upload was refused or broken off.
    /// Where something names it after all, its files stay.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn note_left_over(&self, photograph: &Photograph) -> Result<(), StoreError> {
        let hashes: Vec<&String> = holders::hashes(photograph).collect();
        self.note_files_left_over(&hashes)
    }

    /// Looks for files under these hashes alone.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn note_files_left_over(&self, hashes: &[&String]) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            let transaction = writer.connection.write()?;
            for hash in hashes {
                holders::note_left_over(&transaction, hash)?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// Removes the files of photographs that nothing names, but for those that were kept within `spare`: their rows may be
    /// on their way. Nothing waits for it, and it stops where `stop` says so.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn sweep(
        &self,
        spare: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<SweepReport, SweepError> {
        self.sweep_at_most(MAX_AT_ONCE, spare, stop)
    }

    fn sweep_at_most(
        &self,
        most: usize,
        spare: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<SweepReport, SweepError> {
        let photographs = self.photographs();
        let (mut candidates, mut swept) = (Candidates::new(), SweepReport::default());
        let left_over_files = self.reading(|connection| Ok(left_over(connection)?))?;
        let mut next = String::new();
        for (place, hash_folder) in photographs.hash_folders_in_turn()?.iter().enumerate() {
            if stop() {
                return Ok(swept);
            }
            let files = files_in(hash_folder)?;
            swept.files += files.len();
            let had_room = self.gather_candidates(files, most, &mut candidates)?;
            // The next sweep does not begin where this one did: else no other hash folder would ever be looked at.
            if !had_room && next.is_empty() && place > 0 {
                next = name_of(hash_folder);
            }
        }
        self.cross_out_named(&mut candidates, stop)?;
        if stop() {
            return Ok(swept);
        }
        let held = &photographs.held;
        let counts = |(hash, path): &(&String, &PathBuf)| {
            !left_over_files.contains(*hash) && !held.is_held(path, spare)
        };
        swept.left_over = each(&candidates).filter(counts).count();
        let is_believed = !swept.is_too_many();
        for (hash, path) in each(&candidates) {
            if !is_believed && !left_over_files.contains(hash) {
                continue;
            }
            match held.unless_held(path, spare, || fs::remove_file(path)) {
                Some(Ok(())) => {
                    swept.removed += 1;
                    photographs.unshare(hash, spare)?;
                }
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        let was_whole = next.is_empty();
        *photographs.next_hash_folder() = next;
        // A file that something names after all, or that is gone, is not left over any more.
        let is_done = |hash: &&String| match candidates.get(*hash) {
            Some(paths) => !paths.iter().any(|path| path.exists()),
            None => was_whole,
        };
        self.forget_left_over(&left_over_files.iter().filter(is_done).collect::<Vec<_>>())?;
        held.forget(spare);
        Ok(swept)
    }

    fn forget_left_over(&self, hashes: &[&String]) -> Result<(), StoreError> {
        if hashes.is_empty() {
            return Ok(());
        }
        self.with_noted_writer(|writer| {
            let transaction = writer.connection.write()?;
            for hash in hashes {
                transaction.run("DELETE FROM left_over WHERE hash = ?1", [hash])?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// Adds the files that no item shows, as long as there is room for them. Most are shown, which an index finds at once.
    fn gather_candidates(
        &self,
        files: Vec<(String, PathBuf)>,
        most: usize,
        candidates: &mut Candidates,
    ) -> Result<bool, StoreError> {
        self.reading(|connection| {
            let mut had_room = true;
            for (hash, path) in files {
                if is_shown(connection, &hash)? {
                    continue;
                }
                match candidates.len() < most || candidates.contains_key(&hash) {
                    true => candidates.entry(hash).or_default().push(path),
                    false => had_room = false,
                }
            }
            Ok(had_room)
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
        // Uploads and waiting articles are looked at first: one of these may become an item meanwhile, but not the other way
        // round.
        self.reading(|connection| {
            let mut waits = BTreeSet::new();
            for hash in candidates.keys() {
                if holders::is_kept_ahead(connection, hash)? {
                    waits.insert(hash.clone());
                }
            }
            candidates.retain(|hash, _| !waits.contains(hash));
            if let Some(settings) = meta(connection, "settings")? {
                cross_out(&settings, candidates)?;
            }
            Ok(())
        })?;
        let mut after = Some(String::new());
        while let Some(id) = after.take().filter(|_| !stop()) {
            after = self.reading(|connection| cross_out_captions(connection, &id, candidates))?;
        }
        // Files of articles that were waiting above and became public since are found in the tables of published articles.
        self.reading(|connection| {
            let mut had = BTreeSet::new();
            for hash in candidates.keys() {
                if holders::is_had(connection, hash)? {
                    had.insert(hash.clone());
                }
            }
            candidates.retain(|hash, _| !had.contains(hash));
            Ok(())
        })
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
    let mut last = None;
    let mut count = 0;
    let sql = "SELECT i.id, r.content FROM item i JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.id > ?1 AND i.kind = 'caption' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
         ORDER BY i.id LIMIT ?2";
    connection.each(sql, (id, CHUNK), |row| {
        cross_out(&row.get::<String>(1)?, candidates)?;
        last = Some(row.get(0)?);
        count += 1;
        Ok::<_, StoreError>(())
    })?;
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

fn is_shown(connection: &Connection, hash: &str) -> database::Result<bool> {
    let sql = "SELECT 1 FROM item WHERE media = ?1 AND coalesce(removal, '') NOT IN ('killed', 'forbidden')
             UNION ALL
             SELECT 1 FROM rendition r JOIN item i ON i.media = r.original
             WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
             UNION ALL
             SELECT 1 FROM recording r JOIN item i ON i.id = r.article
             WHERE r.hash = ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')";
    connection.exists(sql, [hash])
}

fn left_over(connection: &Connection) -> database::Result<BTreeSet<String>> {
    let rows = connection.rows("SELECT hash FROM left_over", (), |row| row.get(0))?;
    Ok(rows.into_iter().collect())
}

fn each(candidates: &Candidates) -> impl Iterator<Item = (&String, &PathBuf)> {
    let files = candidates.iter();
    files.flat_map(|(hash, paths)| paths.iter().map(move |path| (hash, path)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hash_folders_for_which_there_was_no_room_come_first_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), chrono::DateTime::UNIX_EPOCH).unwrap();
        let media = store.photographs().folder().to_owned();
        let file = |hash_folder: &str, number: u32| {
            let hash = format!("{hash_folder}{number:030x}");
            fs::create_dir_all(media.join(hash_folder)).unwrap();
            fs::write(
                media.join(hash_folder).join(format!("{hash}.jpg")),
                "a picture",
            )
            .unwrap();
            hash
        };
        // Named by what no reader sees, so that each sweep has to look at all that names.
        let named: Vec<String> = (0..4).map(|number| file("00", number)).collect();
        let of = |hash: &String| serde_json::json!({ "hash": hash });
        let settings = serde_json::json!(named.iter().map(of).collect::<Vec<_>>());
        store
            .with_writer(|writer| {
                let sql = "INSERT INTO meta (key, value) VALUES ('settings', ?1)
                           ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                writer.connection.change(sql, [settings.to_string()])
            })
            .unwrap();
        for hash_folder in ["01", "02", "ff"] {
            file(hash_folder, 0);
        }
        let sweep = || {
            let swept = store.sweep_at_most(3, Duration::ZERO, &|| false);
            swept.unwrap().removed
        };
        assert_eq!((sweep(), sweep()), (0, 3));
        assert_eq!(fs::read_dir(media.join("00")).unwrap().count(), named.len());
    }
}
