//! Erasing of killed content from the store's files: the write-ahead log, the bytes between rows, free pages, photographs.
//!
//! A kill overwrites its texts in its own transaction and notes there that they are to be erased, so that a start after a
//! crash resumes the work. It is done in small steps, between which others can write, and repeated until it succeeds: a
//! reader in another process may hold the write-ahead log for as long as it reads.
//!
//! On a disk that writes elsewhere what is written over, and in backups, bytes stay that no program can reach from here.

mod free;
mod names;
mod pages;
mod progress;
mod rows;

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::database::random_name;
use super::database::{self, Connection};
use super::erasing::{ERASING, PendingErasure};
use super::sqlite::{BUSY, checkpoint_log, meta};
use super::{Store, StoreError};

use free::FREE_PAGES;

/// Maximum time that the writer waits, at each try, for readers that hold the write-ahead log: less than a reader would
/// notice.
const READERS_LEAVE: Duration = Duration::from_millis(25);

/// Notes in the transaction of a kill that there is something to erase.
pub(super) fn ask(connection: &Connection) -> database::Result<()> {
    // A value that no other kill has: of several nodes one may end what began before that kill.
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.run(sql, (ERASING, random_name()?))
}

/// Asks for the erasing of all free pages, in a store of a version that left there what it deleted.
pub(super) fn ask_all(connection: &Connection) -> database::Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, '') ON CONFLICT (key) DO NOTHING";
    connection.run(sql, [FREE_PAGES])?;
    ask(connection)
}

impl Store {
    /// Erases until nothing is left but what takes longer, or the time `most` has passed; gives what is still to be erased.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn erase_within(&self, most: Duration) -> Result<Option<PendingErasure>, StoreError> {
        let end = Instant::now() + most;
        loop {
            let left = self.erase()?;
            let is_soon = matches!(left, Some(PendingErasure::Log | PendingErasure::Begun));
            if !is_soon || Instant::now() >= end {
                return Ok(left);
            }
            std::thread::sleep(READERS_LEAVE);
        }
    }

    /// Erases what can be erased at present, or until the store is stopped; gives what is still to be erased.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn erase(&self) -> Result<Option<PendingErasure>, StoreError> {
        let _guard = self
            .erasing
            .pass_lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let kills = self.erasing.known().kills;
        let left = self
            .erase_under_lock()
            .inspect_err(|error| self.trouble.note(error));
        let known = match &left {
            Ok(left) => left.clone(),
            Err(error) => Some(PendingErasure::Failing(error.to_string())),
        };
        self.erasing.end(kills, known);
        left
    }

    /// Notes at the start that erasing is still to be done, where it was not finished before the last stop.
    pub(super) fn note_unfinished_erasing(&self) -> Result<(), StoreError> {
        let marker = self.with_writer(|writer| meta(&writer.connection, ERASING))?;
        self.erasing.set(marker.map(|_| PendingErasure::Begun));
        Ok(())
    }

    /// Does the part of the erasing that precedes the acknowledgement of a kill; the rest follows in the background.
    pub(super) fn begin_erasing(&self, connection: &Connection) {
        // Nothing that fails here undoes the kill, which is on disk; it is tried again.
        let left = match checkpoint(connection) {
            Ok(true) => PendingErasure::Begun,
            Ok(false) => PendingErasure::Log,
            Err(error) => PendingErasure::Failing(error.to_string()),
        };
        self.erasing.begin(left);
    }

    fn erase_under_lock(&self) -> Result<Option<PendingErasure>, StoreError> {
        let marker = self.with_writer(|writer| meta(&writer.connection, ERASING))?;
        let Some(marker) = marker else {
            return Ok(None);
        };
        let files = self.remove_unused_files()?;
        let names = self.forget_touches()?;
        if names.forgotten > 0 {
            // SQLite may have left copies of these rows between others, where a look passed while they were in use.
            self.erasing.known().cleaned_for = None;
        }
        // What a server keeps in its files, logs and copies is not in our hands; what can be read of it is overwritten.
        if self.server.is_none()
            && let Some(left) = self.erase_from_file(&marker)?
        {
            return Ok(Some(left));
        }
        if files > 0 {
            return Ok(Some(PendingErasure::Photographs { files }));
        }
        if names.left > 0 {
            return Ok(Some(PendingErasure::Caches));
        }
        // Another kill may have come meanwhile.
        let sql = "DELETE FROM meta WHERE key = ?1 AND value = ?2";
        let done =
            self.with_writer(|writer| writer.connection.change(sql, [ERASING, marker.as_str()]))?;
        self.erasing.known().cleaned_for = None;
        Ok((done == 0).then_some(PendingErasure::Begun))
    }

    /// Erases what SQLite left in its file; gives what is still to be erased there.
    fn erase_from_file(&self, marker: &str) -> Result<Option<PendingErasure>, StoreError> {
        self.overwrite_free_pages()?;
        if self.is_stopping() {
            return Ok(Some(PendingErasure::Begun));
        }
        if !self.is_checkpointed()? {
            return Ok(Some(PendingErasure::Log));
        }
        let is_clean = self.erasing.known().cleaned_for.as_deref() == Some(marker);
        if !is_clean {
            self.overwrite_between_rows()?;
            if self.is_stopping() {
                return Ok(Some(PendingErasure::Begun));
            }
            self.erasing.known().cleaned_for = Some(marker.to_owned());
        }
        if !self.is_checkpointed()? {
            return Ok(Some(PendingErasure::Log));
        }
        Ok(None)
    }

    fn is_checkpointed(&self) -> Result<bool, StoreError> {
        Ok(self.with_writer(|writer| checkpoint(&writer.connection))?)
    }
}

/// Writes the write-ahead log into the database and empties it (a checkpoint); false where a reader holds it.
fn checkpoint(connection: &Connection) -> database::Result<bool> {
    connection.wait_for_others(READERS_LEAVE)?;
    let is_home = checkpoint_log(connection);
    connection.wait_for_others(BUSY)?;
    is_home
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::database::Connection;
    use chrono::{DateTime, Utc};

    use super::pages::PageLayout;
    use super::rows::{PAGES_IN_LOOK, look, page_count, page_of};
    use super::{PendingErasure, ask, ask_all};
    use crate::store::Store;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_764_000_000_000).expect("a moment")
    }

    /// Numbers that are the same at every run (xorshift).
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % bound
        }
    }

    /// Writes texts of all lengths over one another and deletes some; gives the words of those that are gone.
    fn worn(connection: &Connection, changes: u64) -> Vec<String> {
        let mut random = Random(0x5eed_c0de_2026_1128);
        let mut gone = Vec::new();
        for number in 0..changes {
            let key = format!("{:08x}", random.below(u64::from(u32::MAX)));
            let word = format!("zaq{number:05}q");
            let lengths = [30, 90, 300, 800, 3000, 20_000];
            for _ in 0..2 {
                let length = lengths[usize::try_from(random.below(6)).expect("a place")];
                let text = format!("{word} ").repeat(length / word.len() + 1);
                let text = format!("{{\"body\":\"{text}\"}}");
                connection
                    .change(
                        "INSERT INTO pending (article, section, slug, changed_at, actor, content)
                         VALUES (?1, 'city', ?1, 0, 'test', ?2)
                         ON CONFLICT (article) DO UPDATE SET content = excluded.content",
                        (&key, text),
                    )
                    .expect("a row");
            }
            if random.below(3) == 0 {
                let sql = "DELETE FROM pending WHERE article = ?1";
                connection.change(sql, [&key]).expect("a row less");
                gone.push(word);
            }
        }
        gone
    }

    fn dirty(store: &Store) -> usize {
        let count = |connection: &Connection| {
            let first = page_of(connection, 1)?.expect("a page");
            let form = PageLayout::of(&first).expect("a database");
            let (mut done, mut dirty) = (0, 0);
            loop {
                let (found, of) = look(connection, form, done)?;
                dirty += found.len();
                done += PAGES_IN_LOOK;
                if done >= of {
                    return Ok(dirty);
                }
            }
        };
        store.reading(count).expect("pages")
    }

    /// The words that stand in the store's files; read at the end, since closing a file gives up the process's locks.
    fn left(folder: &std::path::Path, words: &[String]) -> Vec<String> {
        let files = std::fs::read_dir(folder).expect("a folder");
        let all: Vec<u8> = files
            .flat_map(|file| std::fs::read(file.expect("a file").path()).unwrap_or_default())
            .collect();
        let text = String::from_utf8_lossy(&all);
        let found: std::collections::HashSet<&str> = text
            .match_indices("zaq")
            .filter_map(|(at, _)| text.get(at..at + 9))
            .collect();
        let is_in = |word: &&String| found.contains(word.as_str());
        words.iter().filter(is_in).cloned().collect()
    }

    fn is_sound(store: &Store) {
        let result: String = store.with_writer(|writer| {
            let sql = "PRAGMA integrity_check";
            writer
                .connection
                .one(sql, (), |row| row.get(0))
                .expect("a check")
        });
        assert_eq!(result, "ok");
    }

    #[test]
    fn what_lies_between_rows_is_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let gone = store.with_writer(|writer| {
            let transaction = writer.connection.transaction().expect("a transaction");
            let gone = worn(&transaction, 600);
            ask(&transaction).expect("a note");
            transaction.commit().expect("a commit");
            gone
        });
        assert!(
            dirty(&store) > 0,
            "SQLite leaves nothing: the work is not needed any more"
        );
        assert_eq!(store.erase().expect("a pass"), None);
        assert_eq!(store.unerased(), None);
        // Taking back the note of what was to be done leaves the place of a row, which is no text.
        assert!(dirty(&store) <= 1);
        is_sound(&store);
        drop(store);
        assert_eq!(left(folder.path(), &gone), Vec::<String>::new());
    }

    #[test]
    fn a_database_that_shows_no_pages_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let gone = store.with_writer(|writer| {
            let transaction = writer.connection.transaction().expect("a transaction");
            let gone = worn(&transaction, 600);
            transaction.commit().expect("a commit");
            gone
        });
        store.write_anew().expect("a new database");
        is_sound(&store);
        drop(store);
        assert_eq!(left(folder.path(), &gone), Vec::<String>::new());
    }

    #[test]
    fn free_pages_of_an_older_version_are_overwritten_in_steps() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let set = |value: &str| {
            store.with_writer(|writer| {
                let sql = format!("PRAGMA secure_delete = {value}");
                let set = writer.connection.run_all(&sql);
                set.expect("a setting");
            });
        };
        set("OFF");
        let gone = store.with_writer(|writer| {
            let transaction = writer.connection.transaction().expect("a transaction");
            let gone = worn(&transaction, 600);
            ask_all(&transaction).expect("a note");
            transaction.commit().expect("a commit");
            gone
        });
        set("ON");
        assert_eq!(store.erase().expect("a pass"), None);
        is_sound(&store);
        drop(store);
        assert_eq!(left(folder.path(), &gone), Vec::<String>::new());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_killed_in_a_batch_is_in_no_file_outside_the_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let files = || {
            let files = std::fs::read_dir("/proc/self/fd").expect("a folder");
            let links = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
            // They have no names: the system shows a number, or one that SQLite made.
            let is_nameless = |link: &std::path::PathBuf| {
                let name = link.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with('#') || name.starts_with("etilqs")
            };
            links.filter(is_nameless).count()
        };
        store.with_writer(|writer| {
            let transaction = writer.connection.transaction().expect("a transaction");
            worn(&transaction, 300);
            transaction.commit().expect("a commit");
            let transaction = writer.connection.transaction().expect("a transaction");
            transaction.run("SAVEPOINT inner", ()).expect("a savepoint");
            let sql = "UPDATE pending SET content = '{}'";
            transaction.run(sql, ()).expect("other rows");
            // Other tests of this process have such files for a moment.
            let is_none = (0..500).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                files() == 0
            });
            assert!(is_none, "SQLite has a file outside the store");
        });
    }

    #[test]
    fn a_store_that_is_stopped_erases_no_further_and_the_next_one_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let gone = store.with_writer(|writer| {
            let transaction = writer.connection.transaction().expect("a transaction");
            let gone = worn(&transaction, 300);
            ask(&transaction).expect("a note");
            transaction.commit().expect("a commit");
            gone
        });
        let before = dirty(&store);
        assert!(before > 0);
        store.stop();
        assert_eq!(store.erase().expect("a pass"), Some(PendingErasure::Begun));
        assert_eq!(dirty(&store), before);
        drop(store);
        let store = Store::open(folder.path(), now()).expect("a store");
        assert_eq!(store.unerased(), Some(PendingErasure::Begun));
        assert_eq!(store.erase().expect("a pass"), None);
        drop(store);
        assert_eq!(left(folder.path(), &gone), Vec::<String>::new());
    }

    #[test]
    fn many_wait_for_one_pass_and_none_of_them_takes_a_thread() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let kill = || {
            store.with_writer(|writer| {
                ask(&writer.connection).expect("a note");
                store.begin_erasing(&writer.connection);
            });
        };
        kill();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let long = std::time::Duration::from_secs(3600);
        runtime.block_on(async {
            let mut waiting: Vec<_> = (0..600)
                .map(|_| Box::pin(store.erased_within(long)))
                .collect();
            for waits in &mut waiting {
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(waits.as_mut().poll(&mut context).is_pending());
            }
            let pass = std::thread::scope(|scope| scope.spawn(|| store.erase()).join());
            assert_eq!(pass.expect("a thread").expect("a pass"), None);
            for waits in waiting {
                assert_eq!(waits.await, None);
            }
        });
    }

    #[test]
    fn what_is_killed_during_a_pass_is_still_ahead_behind_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        store.with_writer(|writer| {
            ask(&writer.connection).expect("a note");
            store.begin_erasing(&writer.connection);
        });
        // The pass before it ends.
        store.erasing.end(0, None);
        assert_eq!(store.unerased(), Some(PendingErasure::Begun));
        assert!(store.pause_erasing(std::time::Duration::from_secs(3600)));
        assert_eq!(store.erase().expect("a pass"), None);
    }

    #[test]
    fn without_a_server_every_cache_that_was_ever_told_something_is_heard_before_a_name_is_forgotten()
     {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        store.keep_cursor("front", 3).expect("a cursor");
        store.keep_cursor("other", 9).expect("a cursor");
        store.with_writer(|writer| {
            let sql = "INSERT INTO touch (selection, seq, time) VALUES ('tag/zaq', 5, 0);
                       INSERT INTO forgotten (selection, seq) VALUES ('tag/zaq', 5);";
            writer.connection.run_all(sql).expect("a name");
            ask(&writer.connection).expect("a note");
        });
        let touches = || {
            store.with_writer(|writer| {
                let sql = "SELECT count(*) FROM touch WHERE selection = 'tag/zaq'";
                let count = writer.connection.one(sql, (), |row| row.get::<i64>(0));
                count.expect("a number")
            })
        };
        assert_eq!(store.erase().expect("a pass"), Some(PendingErasure::Caches));
        assert_eq!(touches(), 1);
        store.keep_cursor("front", 5).expect("a cursor");
        assert_eq!(store.erase().expect("a pass"), None);
        assert_eq!(touches(), 0);
    }

    #[test]
    fn names_that_are_forgotten_after_the_pages_were_looked_at_are_not_left_between_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        store.keep_cursor("front", 3).expect("a cursor");
        let names: Vec<String> = (0..400).map(|number| format!("zaq{number:05}q")).collect();
        let run = |sql: &str, name: &str| {
            store.with_writer(|writer| {
                let connection = &writer.connection;
                connection.change(sql, [name]).expect("a row");
            });
        };
        for name in &names {
            let touch = "INSERT INTO touch (selection, seq, time) VALUES ('tag/' || ?1, 5, 0)";
            run(touch, name);
            run(
                "INSERT INTO forgotten (selection, seq) VALUES ('tag/' || ?1, 5)",
                name,
            );
        }
        store.with_writer(|writer| ask(&writer.connection).expect("a note"));
        assert_eq!(store.erase().expect("a pass"), Some(PendingErasure::Caches));
        // Others write meanwhile, for which SQLite moves rows from page to page.
        for name in &names {
            let other = "INSERT INTO touch (selection, seq, time)
                         VALUES ('tag/' || ?1 || '-and-a-name-that-stays', 6, 0)";
            run(other, &name.replace("zaq", "qaz"));
            let between = "INSERT INTO touch (selection, seq, time)
                           VALUES ('tag/' || ?1 || '-and-a-name-between-them', 6, 0)";
            run(between, &name.replace("zaq", "zap"));
        }
        store.keep_cursor("front", 6).expect("a cursor");
        assert_eq!(store.erase().expect("a pass"), None);
        is_sound(&store);
        drop(store);
        assert_eq!(left(folder.path(), &names), Vec::<String>::new());
    }

    #[test]
    fn a_reader_of_this_process_holds_it_up_as_long_as_it_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let held = store.reading(|snapshot| {
            page_count(snapshot)?;
            store.with_writer(|writer| ask(&writer.connection))?;
            Ok((store.erase()?, store.unerased()))
        });
        let held = held.expect("a pass");
        assert_eq!(held, (Some(PendingErasure::Log), Some(PendingErasure::Log)));
        assert_eq!(store.erase().expect("a pass"), None);
        assert_eq!(store.unerased(), None);
    }
}
