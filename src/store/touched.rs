//! Touched keys for those that pass changes on, such as purgers of caches in front: the keys that were touched since they
//! last asked, and a durable cursor for each of them.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::watch;

use super::database::{self, Connection};
use super::killed::NAMES_FORGOTTEN;
use super::many;
use super::sqlite::{meta, moment};
use super::{Position, Store, StoreError, TouchKey};

/// The keys that were touched after one position and up to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The newest entry that is regarded.
    pub seq: u64,
    pub keys: BTreeSet<TouchKey>,
}

impl Store {
    /// Whether it is known, without asking the database, that none of `keys` was touched after `since` and up to
    /// `position`.
    pub fn are_untouched(&self, keys: &[&TouchKey], since: u64, position: u64) -> bool {
        self.recent.are_untouched(keys, since, position)
    }

    /// The keys that were touched after `seq`, at most `limit`. Each has only its newest touch, so this costs as
    /// much as they are, however many entries there were.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn touched_after(&self, seq: u64, limit: usize) -> Result<Touched, StoreError> {
        // Taken before the reading: a change in between is reported twice rather than never.
        let newest = self.position().seq;
        self.reading(|connection| {
            let keys = connection.rows(
                "SELECT selection FROM touch WHERE seq > ?1 LIMIT ?2",
                (seq, limit),
                |row| row.get(0),
            )?;
            Ok(Touched {
                seq: newest,
                keys: keys.into_iter().collect(),
            })
        })
    }

    /// A receiver of the position of the newest entry that is on disk; a slow one sees not each, but the newest.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The cursor of `name`: the entry up to which it had come when it was last noted.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn cursor(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let text = self.reading(|connection| Ok(meta(connection, &cursor_key(name))?))?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// The names of the caches in front that ever acknowledged a purge, also of those that are not configured any more.
    pub(super) fn notified_caches(&self) -> Result<Vec<String>, StoreError> {
        self.reading(|connection| {
            let mut names = Vec::new();
            connection.each(
                "SELECT key FROM meta WHERE key >= 'cursor/' AND key < 'cursor0'",
                (),
                |row| {
                    let key: String = row.get(0)?;
                    names.extend(key.strip_prefix(CURSOR).map(str::to_owned));
                    Ok::<_, StoreError>(())
                },
            )?;
            Ok(names)
        })
    }

    /// Notes how far `name` has come, durably.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn keep_cursor(&self, name: &str, seq: u64) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            writer.connection.run(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (cursor_key(name), seq.to_string()),
            )?;
            Ok(())
        })
    }
}

/// The prefix of the keys of cursors in `meta`, before the name of the cache.
const CURSOR: &str = "cursor/";

fn cursor_key(name: &str) -> String {
    format!("{CURSOR}{name}")
}

/// The newest touch of a key: its own, or one that touched everything; the log's beginning where there is none.
pub(super) fn touched(connection: &Connection, key: &TouchKey) -> database::Result<Position> {
    let found = touches_of(connection, std::slice::from_ref(key))?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// The newest touch of each of these keys, its own or one that touched everything, in their order.
///
/// The touch of a name that is forgotten is erased, since it says the name. It counts as touched by the newest entry by which
/// any name was forgotten: else what was made of it before would pass for new, by another key that it depends on.
pub(super) fn touches_of(
    connection: &Connection,
    keys: &[TouchKey],
) -> database::Result<Vec<Position>> {
    let sql = "SELECT selection, seq, time FROM touch WHERE selection IN (keys)";
    let everything = [TouchKey::Everything];
    let all: Vec<&TouchKey> = keys.iter().chain(&everything).collect();
    let rows = many::ask(connection, sql, &all, |row| {
        let at = Position {
            seq: row.get(1)?,
            time: moment(row.get(2)?),
        };
        Ok((row.get(0)?, at))
    })?;
    let known: HashMap<TouchKey, Position> = rows.into_iter().collect();
    let is_forgotten = |key: &TouchKey| key.is_of_name() && !known.contains_key(key);
    let forgotten = match keys.iter().any(is_forgotten) {
        true => names_forgotten(connection)?,
        false => Position::default(),
    };
    let own = |key: &TouchKey| match known.get(key) {
        Some(at) => *at,
        None if key.is_of_name() => forgotten,
        None => Position::default(),
    };
    let of_all = own(&TouchKey::Everything);
    Ok(keys.iter().map(|key| own(key).max(of_all)).collect())
}

/// The newest entry by which a name was forgotten; the log's beginning where none was.
fn names_forgotten(connection: &Connection) -> database::Result<Position> {
    let sql = "SELECT l.seq, l.time FROM meta m JOIN log l ON l.seq = CAST(m.value AS INTEGER) WHERE m.key = ?1";
    let found = connection.row(sql, [NAMES_FORGOTTEN], |row| {
        Ok(Position {
            seq: row.get(0)?,
            time: moment(row.get(1)?),
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// When each of these keys was touched last, by itself; those that never were are left out.
pub(super) fn own_touches(
    connection: &Connection,
    keys: &[TouchKey],
) -> database::Result<HashMap<TouchKey, i64>> {
    let sql = "SELECT selection, time FROM touch WHERE selection IN (keys)";
    let rows = many::ask(connection, sql, keys, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}
