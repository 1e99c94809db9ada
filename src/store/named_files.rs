//! The photographs and recordings that a database names.

use std::collections::BTreeSet;

use serde_json::Value;

use super::StoreError;
use super::database::Connection;
use super::sqlite::meta;

/// Maximum number of texts that are read before they are looked through.
const AT_ONCE: usize = 256;

/// The hashes of photographs and recordings that a database names: in captions and articles that may be shown, now or
/// again, in what is not public yet, in uploads and in the settings.
pub(super) fn hashes_in(connection: &Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut hashes = BTreeSet::new();
    for sql in [
        "SELECT i.id, r.content FROM item i
         JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.id > ?1 AND i.kind = 'caption' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
         ORDER BY i.id LIMIT ?2",
        "SELECT article, content FROM pending WHERE article > ?1 ORDER BY article LIMIT ?2",
        "SELECT id, photograph FROM upload WHERE id > ?1 ORDER BY id LIMIT ?2",
    ] {
        each(connection, sql, |text| {
            gather(&serde_json::from_str(&text)?, &mut hashes);
            Ok(())
        })?;
    }
    for sql in [
        "SELECT DISTINCT r.hash, r.hash FROM recording r JOIN item i ON i.id = r.article
         WHERE r.hash > ?1 AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
         ORDER BY r.hash LIMIT ?2",
        "SELECT hash, hash FROM uploaded_recording WHERE hash > ?1 ORDER BY hash LIMIT ?2",
    ] {
        each(connection, sql, |hash| {
            hashes.insert(hash);
            Ok(())
        })?;
    }
    if let Some(settings) = meta(connection, "settings")? {
        gather(&serde_json::from_str(&settings)?, &mut hashes);
    }
    Ok(hashes)
}

/// Reads all rows of `sql`, a part at a time: its first column is the key that they are ordered by, its second what is
/// looked at.
fn each(
    connection: &Connection,
    sql: &str,
    mut look: impl FnMut(String) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let rows: Vec<(String, String)> =
            connection.rows(sql, (&after, AT_ONCE), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let is_last = rows.len() < AT_ONCE;
        for (key, text) in rows {
            look(text)?;
            after = key;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Adds every `hash` that stands in a value.
pub(super) fn gather(value: &Value, hashes: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(hash) if name == "hash" => {
                        hashes.insert(hash.clone());
                    }
                    field => gather(field, hashes),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, hashes)),
        _ => {}
    }
}
