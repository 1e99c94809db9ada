//! Files of photographs that were dropped: a kill, or another picture in their place.
//!
//! The files go first, then the notes that they are to go: a start after a crash finds the notes and looks again. No disk is
//! waited for once for each file while others wait for the writer.

use std::time::Duration;

use crate::item::Photograph;

use super::database::{self, Connection};
use super::media::SPARE;
use super::{Store, StoreError, holders};

/// The files of this many photographs and renditions are removed in one turn of the writer: a few milliseconds.
pub(super) const MAX_DROPPED_AT_ONCE: usize = 64;

/// The result of removing files.
#[derive(Default)]
struct RemovedFiles {
    /// The hashes of those that are gone, each with whether it was killed.
    removed: Vec<(String, bool)>,
    /// The number of files that the system does not remove.
    remaining: usize,
}

impl Store {
    /// Removes the files of all photographs that were dropped, unless something else has them; those are looked at again.
    /// Others write between its steps. Gives how many cannot be removed.
    pub(super) fn remove_unused_files(&self) -> Result<usize, StoreError> {
        let (mut left, mut after) = (self.photographs().discard(), String::new());
        while !self.is_stopping() {
            // Most of those that something has are found so without the writer.
            let hashes = self.reading(|connection| Ok(free_after(connection, &after)?))?;
            let Some(last) = hashes.last() else {
                break;
            };
            last.clone_into(&mut after);
            let removed = self.with_writer(|writer| self.remove(&writer.connection, &hashes))?;
            left += removed.remaining + self.photographs().discard();
            let gone = &removed.removed;
            if self.photographs().sync_hash_folders(gone).is_err() {
                left += gone.len();
                continue;
            }
            self.with_writer(|writer| self.forget_notes(&mut writer.connection, gone))?;
        }
        Ok(left)
    }

    /// Removes the files of these, which were dropped just now. That those of killed ones are gone is noted by the eraser,
    /// when the disk has it.
    pub(super) fn remove_unused_now(
        &self,
        connection: &mut Connection,
        hashes: &[String],
    ) -> Result<(), StoreError> {
        let mut removed = self.remove(connection, hashes)?;
        // One of the others that a crash brings back is left over, and a sweep finds it.
        removed.removed.retain(|(_, killed)| !killed);
        self.forget_notes(connection, &removed.removed)
    }

    fn remove(
        &self,
        connection: &Connection,
        hashes: &[String],
    ) -> Result<RemovedFiles, StoreError> {
        let publication = self.publication_in(connection)?;
        let mut removed = RemovedFiles::default();
        for hash in hashes {
            let killed: Option<bool> = connection.row(
                "SELECT killed FROM dropped WHERE hash = ?1 AND is_done = 0",
                [hash],
                |row| row.get(0),
            )?;
            let Some(killed) = killed else {
                continue;
            };
            if publication.has_picture(hash) || holders::is_had(connection, hash)? {
                continue;
            }
            // A killed file is removed at once. Any other may be uploaded again at this moment: then its row comes after the
            // file was found to exist already.
            let spare = if killed { Duration::ZERO } else { SPARE };
            match self.photographs().remove(hash, spare) {
                Ok(true) => removed.removed.push((hash.clone(), killed)),
                Ok(false) => {}
                Err(_) => removed.remaining += 1,
            }
        }
        Ok(removed)
    }

    /// Forgets the notes that these files were to be removed; for killed ones, it stays noted that they were killed.
    fn forget_notes(
        &self,
        connection: &mut Connection,
        gone: &[(String, bool)],
    ) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        let transaction = connection.write()?;
        for (hash, _) in gone {
            // It may have been kept and dropped once more since.
            if self.photographs().has_any_file(hash) {
                continue;
            }
            transaction.run(
                "UPDATE dropped SET is_done = 1 WHERE hash = ?1 AND killed = 1",
                [hash],
            )?;
            transaction.run("DELETE FROM dropped WHERE hash = ?1 AND killed = 0", [hash])?;
        }
        Ok(transaction.commit()?)
    }
}

/// The next hashes behind `after` whose files are to go and that nothing has.
fn free_after(connection: &Connection, after: &str) -> database::Result<Vec<String>> {
    let (mut found, mut after) = (Vec::new(), after.to_owned());
    loop {
        let next = dropped_after(connection, &after)?;
        let is_last = next.len() < MAX_DROPPED_AT_ONCE;
        for hash in next {
            if !holders::is_had(connection, &hash)? {
                found.push(hash.clone());
            }
            if found.len() == MAX_DROPPED_AT_ONCE {
                return Ok(found);
            }
            after = hash;
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// The next hashes whose files are to go.
fn dropped_after(connection: &Connection, after: &str) -> database::Result<Vec<String>> {
    connection.rows(
        "SELECT hash FROM dropped WHERE is_done = 0 AND hash > ?1 ORDER BY hash LIMIT ?2",
        (after, MAX_DROPPED_AT_ONCE),
        |row| row.get(0),
    )
}

/// Has the files of a photograph and its renditions go, unless something else has them.
pub(super) fn drop_photograph(
    connection: &Connection,
    photograph: &Photograph,
    killed: bool,
) -> Result<(), StoreError> {
    for hash in holders::hashes(photograph) {
        drop_file(connection, hash, killed)?;
    }
    Ok(())
}

/// Has the file that is kept under a hash go, unless something else has it.
pub(super) fn drop_file(
    connection: &Connection,
    hash: &str,
    killed: bool,
) -> Result<(), StoreError> {
    connection.run(
        "INSERT INTO dropped (hash, killed, is_done) VALUES (?1, ?2, 0)
             ON CONFLICT (hash) DO UPDATE SET is_done = 0,
                 killed = CASE WHEN excluded.killed = 1 THEN 1 ELSE dropped.killed END",
        (hash, killed),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_uploaded_again_at_this_moment_stays_unless_it_was_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = chrono::DateTime::UNIX_EPOCH;
        let store = Store::open(folder.path(), now).expect("a store");
        let photograph = Photograph {
            hash: "0".repeat(32),
            kind: crate::item::PhotographType::Png,
            width: 10,
            height: 10,
            bytes: 6,
            renditions: Vec::new(),
        };
        let photographs = store.photographs();
        let keep = || photographs.keep(&photograph, b"pixels").expect("a file");
        let drop = |killed| {
            store.with_writer(|writer| {
                drop_photograph(&writer.connection, &photograph, killed).expect("a row");
            });
        };
        let stays = || {
            assert_eq!(store.remove_unused_files().expect("a store"), 0);
            photographs.has_any_file(&photograph.hash)
        };
        keep();
        drop(false);
        // Kept by an upload whose row has not come.
        assert!(stays());
        photographs.held.forget(Duration::ZERO);
        assert!(!stays());
        keep();
        drop(true);
        assert!(!stays());
    }
}
