//! Requests that carried an Idempotency-Key: what came of them is remembered for a day, and they are done once
//! (draft-ietf-httpapi-idempotency-key-header). A key is the token's that brought it; of tokens that come to have the same name,
//! one after the other or at once, none is told what another was answered.

use crate::item::Id;

use super::connections::Now;
use super::database::{self, Connection};
use super::fingerprint::Fingerprint;
use super::{Store, StoreError};

/// Time for which the result of a request is kept, in milliseconds.
const ONCE_MS: i64 = 24 * 60 * 60 * 1000;

/// Maximum number of keys that are deleted with each new one: after a quiet night a whole day's would go at once.
const MAX_FORGOTTEN: usize = 100;

/// The idempotency key of a request, which tells a repeated request from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The id of the token that sent the request; two tokens may have one name.
    pub token: String,
    pub key: String,
    /// A hash of the whole request.
    pub fingerprint: String,
    /// The status of the response if the request succeeds.
    pub status: u16,
    pub item: Id,
}

/// The result of an earlier request with the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedRequest {
    pub status: u16,
    pub item: Id,
    /// The stored response; none where it is not stored any more.
    pub answer: Option<String>,
}

impl Store {
    /// The result of the earlier request with this idempotency key and token, if there was one.
    ///
    /// # Errors
    /// Where another request had this key, or the database fails.
    pub fn completed_request(
        &self,
        now: Now<'_>,
        key: &IdempotencyKey,
    ) -> Result<Option<CompletedRequest>, StoreError> {
        self.reading(|connection| done(connection, key, now().timestamp_millis()))
    }

    /// Keeps what is answered to a request that was done, unless it is about something of which a part was killed: that
    /// may be what the answer says.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn keep_answer(&self, key: &IdempotencyKey, answer: &str) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            writer.connection.run(
                "UPDATE once SET answer = ?4
                     WHERE actor = ?1 AND key = ?2 AND fingerprint = ?3 AND answer IS NULL
                       AND NOT EXISTS (SELECT 1 FROM item i
                           WHERE i.article = once.item AND i.removal IN ('killed', 'forbidden'))
                       AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.article = once.item)",
                (owner(key), &key.key, &key.fingerprint, answer),
            )?;
            Ok(())
        })
    }
}

/// The owner of a key as the column `actor` has it. It has a line break, which the names of tokens that stood there before
/// have not.
fn owner(key: &IdempotencyKey) -> String {
    format!("token\n{}", key.token)
}

pub(super) fn done(
    connection: &Connection,
    key: &IdempotencyKey,
    now_ms: i64,
) -> Result<Option<CompletedRequest>, StoreError> {
    // If the item was killed, the key is stored as a fingerprint.
    let print = Fingerprint::Request(&key.key).stored();
    let known: Option<(String, u16, String, Option<String>)> = connection.row(
        "SELECT fingerprint, status, item, answer FROM once
             WHERE actor = ?1 AND key IN (?2, ?4) AND time > ?3",
        (owner(key), &key.key, now_ms - ONCE_MS, print),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    match known {
        None => Ok(None),
        Some((fingerprint, ..)) if fingerprint != key.fingerprint => Err(StoreError::OtherRequest),
        Some((_, status, item, answer)) => Ok(Some(CompletedRequest {
            status,
            item: Id::parse(&item).unwrap_or_default(),
            answer,
        })),
    }
}

/// Remembers, in the transaction of what was asked, that it was done. Of a request that `kills`, or that is about something of
/// which a part was killed, the key is kept as a fingerprint: it may say what was killed.
pub(super) fn note(
    connection: &Connection,
    key: &IdempotencyKey,
    now_ms: i64,
    kills: bool,
) -> Result<(), StoreError> {
    let item = key.item.to_string();
    let is_print = kills || is_killed(connection, &item)?;
    let spelled = match is_print {
        true => Fingerprint::Request(&key.key).stored(),
        false => key.key.clone(),
    };
    connection.run(
        "DELETE FROM once WHERE (actor, key) IN (
                 SELECT actor, key FROM once WHERE time <= ?1 ORDER BY time LIMIT ?2)",
        (now_ms - ONCE_MS, MAX_FORGOTTEN),
    )?;
    connection.run(
        "INSERT INTO once (actor, key, fingerprint, time, status, item, is_print)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (actor, key) DO UPDATE SET fingerprint = excluded.fingerprint,
                 time = excluded.time, status = excluded.status, item = excluded.item,
                 is_print = excluded.is_print, answer = NULL",
        (
            owner(key),
            spelled,
            &key.fingerprint,
            now_ms,
            key.status,
            item,
            is_print,
        ),
    )?;
    Ok(())
}

/// Whether an article was killed, or a part of it.
fn is_killed(connection: &Connection, article: &str) -> database::Result<bool> {
    connection.exists(
        "SELECT 1 FROM item WHERE article = ?1 AND removal IN ('killed', 'forbidden')
             UNION ALL SELECT 1 FROM gone WHERE article = ?1",
        [article],
    )
}

/// Forgets what was answered about an item that was killed, and by which keys that was asked: clients make them of what they
/// send.
pub(super) fn forget_answers(connection: &Connection, item: Id) -> Result<(), StoreError> {
    let keys: Vec<String> = connection.rows(
        "SELECT key FROM once WHERE item = ?1 AND is_print = 0",
        [item.to_string()],
        |row| row.get(0),
    )?;
    // This replaces an earlier row with the key's fingerprint.
    let give_way = "DELETE FROM once WHERE key = ?3 AND actor IN (SELECT actor FROM once WHERE item = ?1 AND key = ?2)";
    let forget =
        "UPDATE once SET answer = NULL, key = ?3, is_print = 1 WHERE item = ?1 AND key = ?2";
    for key in keys {
        let print = Fingerprint::Request(&key).stored();
        connection.run(give_way, (item.to_string(), &key, &print))?;
        connection.run(forget, (item.to_string(), &key, print))?;
    }
    Ok(())
}
