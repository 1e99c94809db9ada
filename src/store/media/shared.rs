//! The files of photographs and recordings as all nodes have them: in their database. What a node has in its folder are copies.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::store::database::{self, CLOCK_MS, Connection};
use crate::store::postgres::DatabaseServer;
use crate::store::sqlite::BUSY;

/// Number of bytes of a file in one row.
const PIECE_BYTES: usize = 1024 * 1024;

/// Number of connections for files: two come through at once, and others wait.
const CONNECTIONS: usize = 2;

/// Number of times that a file is put anew where another node removed it meanwhile.
const MAX_TRIES: usize = 3;

/// Maximum number of removals that are read at once.
const MAX_REMOVALS: usize = 1000;

/// The database of the files.
#[derive(Clone)]
pub(in crate::store) struct SharedFiles {
    server: DatabaseServer,
    connections: Arc<[Mutex<Option<Connection>>; CONNECTIONS]>,
    next: Arc<AtomicUsize>,
}

impl fmt::Debug for SharedFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.server.fmt(formatter)
    }
}

/// A hash whose files were removed from the database, with the number of that removal.
pub(in crate::store) struct RemovedHash {
    pub(in crate::store) number: u64,
    pub(in crate::store) hash: String,
    /// Whether it is removed for good, also where it was just kept.
    pub(in crate::store) is_killed: bool,
}

impl SharedFiles {
    pub(in crate::store) fn of(server: &DatabaseServer) -> Self {
        Self {
            server: server.clone(),
            connections: Arc::default(),
            next: Arc::default(),
        }
    }

    /// Puts a file there whose content is named by its name, unless it is there. From now on it counts as just kept.
    ///
    /// # Errors
    /// Where the database fails, or the file does not read.
    pub(super) fn put(
        &self,
        name: &str,
        mut open: impl FnMut() -> io::Result<File>,
    ) -> io::Result<()> {
        for _ in 0..MAX_TRIES {
            if self.is_kept(name)? || self.put_whole(name, &mut open()?)? {
                return Ok(());
            }
        }
        Err(io::Error::other(format!(
            "{name} was removed each time that it was kept"
        )))
    }

    /// Whether the file is there, which from now on counts as just kept.
    fn is_kept(&self, name: &str) -> io::Result<bool> {
        let sql = format!("UPDATE media_file SET kept_at = {CLOCK_MS} WHERE name = ?1");
        self.with(|connection| Ok(connection.change(&sql, [name])? > 0))
    }

    fn put_whole(&self, name: &str, file: &mut File) -> io::Result<bool> {
        let (mut piece, mut pieces, mut bytes) = (Vec::new(), 0_i64, 0_u64);
        loop {
            piece.clear();
            let read = Read::by_ref(file)
                .take(PIECE_BYTES as u64)
                .read_to_end(&mut piece)?;
            if read == 0 && pieces > 0 {
                break;
            }
            let sql = "INSERT INTO media_piece (name, piece, content) VALUES (?1, ?2, ?3) ON CONFLICT (name, piece) DO NOTHING";
            self.with(|connection| connection.run(sql, (name, pieces, &*piece)))?;
            (pieces, bytes) = (pieces + 1, bytes + read as u64);
            if read < PIECE_BYTES {
                break;
            }
        }
        // Another may have removed pieces before the file was whole.
        let sql = format!(
            "INSERT INTO media_file (name, bytes, kept_at) SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), {CLOCK_MS}
             WHERE (SELECT count(*) FROM media_piece WHERE name = ?1) = ?3
             ON CONFLICT (name) DO UPDATE SET kept_at = excluded.kept_at"
        );
        self.with(|connection| {
            // Under the lock of writers, as the removal of pieces is.
            let transaction = connection.write()?;
            let is_put = transaction.change(&sql, (name, bytes, pieces))? > 0;
            transaction.commit()?;
            Ok(is_put)
        })
    }

    /// Writes a file; false where it is not there, or was removed meanwhile.
    ///
    /// # Errors
    /// Where the database fails, or what is written to.
    pub(super) fn read(&self, name: &str, to: &mut dyn Write) -> io::Result<bool> {
        let sql = "SELECT bytes FROM media_file WHERE name = ?1";
        let bytes = self.with(|connection| connection.row(sql, [name], |row| row.get::<u64>(0)))?;
        let Some(bytes) = bytes else {
            return Ok(false);
        };
        let (mut piece, mut read) = (0_i64, 0);
        while read < bytes {
            let sql = "SELECT content FROM media_piece WHERE name = ?1 AND piece = ?2";
            let content = self.with(|connection| {
                connection.row(sql, (name, piece), |row| row.get::<Vec<u8>>(0))
            })?;
            let Some(content) = content.filter(|content| !content.is_empty()) else {
                return Ok(false);
            };
            to.write_all(&content)?;
            (piece, read) = (piece + 1, read + content.len() as u64);
        }
        Ok(true)
    }

    /// Removes the files of a hash that were not kept within `spare`, and tells other nodes of it. Gives whether none is left.
    ///
    /// # Errors
    /// Where the database fails.
    pub(in crate::store) fn remove(&self, hash: &str, spare: Duration) -> io::Result<bool> {
        let (from, to) = span(hash);
        let spare = i64::try_from(spare.as_millis()).unwrap_or(i64::MAX);
        self.with(|connection| {
            // Under the lock of writers, so that the numbers of removals are in the order in which they are seen.
            let transaction = connection.write()?;
            let sql = format!(
                "DELETE FROM media_file WHERE name >= ?1 AND name < ?2 AND kept_at <= {CLOCK_MS} - ?3"
            );
            transaction.run(&sql, (&from, &to, spare))?;
            let sql = "DELETE FROM media_piece WHERE name >= ?1 AND name < ?2
                       AND NOT EXISTS (SELECT 1 FROM media_file f WHERE f.name = media_piece.name)";
            let removed = transaction.change(sql, (&from, &to))?;
            if removed > 0 {
                let sql = "INSERT INTO media_removed (hash, killed) VALUES (?1, ?2)";
                transaction.run(sql, (hash, spare == 0))?;
            }
            let sql = "SELECT 1 FROM media_file WHERE name >= ?1 AND name < ?2";
            let is_left = transaction.exists(sql, (&from, &to))?;
            transaction.commit()?;
            Ok(!is_left)
        })
    }

    /// The removals after that number.
    ///
    /// # Errors
    /// Where the database fails.
    pub(in crate::store) fn removed_after(
        connection: &Connection,
        number: u64,
    ) -> database::Result<Vec<RemovedHash>> {
        let sql = "SELECT number, hash, killed FROM media_removed WHERE number > ?1 ORDER BY number LIMIT ?2";
        connection.rows(sql, (number, MAX_REMOVALS), |row| {
            Ok(RemovedHash {
                number: row.get(0)?,
                hash: row.get(1)?,
                is_killed: row.get(2)?,
            })
        })
    }

    /// Whether the file of that name is there.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) fn has(&self, name: &str) -> io::Result<bool> {
        let sql = "SELECT 1 FROM media_file WHERE name = ?1";
        self.with(|connection| connection.exists(sql, [name]))
    }

    /// Whether a file of that hash is there.
    ///
    /// # Errors
    /// Where the database fails.
    pub(in crate::store) fn has_any(&self, hash: &str) -> io::Result<bool> {
        let sql = "SELECT 1 FROM media_file WHERE name >= ?1 AND name < ?2";
        self.with(|connection| connection.exists(sql, span(hash)))
    }

    /// The names of all files, and the number of the newest removal.
    ///
    /// # Errors
    /// Where the database fails.
    pub(in crate::store) fn names(&self) -> io::Result<(BTreeSet<String>, u64)> {
        self.with(|connection| {
            let newest = connection.one(
                "SELECT coalesce(max(number), 0) FROM media_removed",
                (),
                |row| row.get(0),
            )?;
            let names = connection.rows("SELECT name FROM media_file", (), |row| row.get(0))?;
            Ok((names.into_iter().collect(), newest))
        })
    }

    /// Whether files of that hash were ever removed.
    ///
    /// # Errors
    /// Where the database fails.
    pub(in crate::store) fn is_removed(&self, hash: &str) -> io::Result<bool> {
        let sql = "SELECT 1 FROM media_removed WHERE hash = ?1 UNION ALL SELECT 1 FROM dropped WHERE hash = ?1 AND killed = 1";
        self.with(|connection| connection.exists(sql, [hash]))
    }

    /// Lends a connection. One that broke is made anew, once.
    fn with<T>(&self, work: impl Fn(&mut Connection) -> database::Result<T>) -> io::Result<T> {
        let free = self
            .connections
            .iter()
            .find_map(|place| place.try_lock().ok());
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let mut place = match free {
            Some(place) => place,
            None => {
                let [first, second] = &*self.connections;
                let place = if turn == 0 { first } else { second };
                place.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        if let Some(connection) = &mut *place {
            let done = work(connection);
            if !done.as_ref().is_err_and(database::is_unreachable) {
                return done.map_err(io::Error::other);
            }
        }
        *place = None;
        let connection = self.server.connect().map_err(io::Error::other)?;
        connection.wait_for_others(BUSY).map_err(io::Error::other)?;
        work(place.insert(connection)).map_err(io::Error::other)
    }
}

/// The span of the names of a hash's files.
fn span(hash: &str) -> (String, String) {
    (format!("{hash}."), format!("{hash}/"))
}
