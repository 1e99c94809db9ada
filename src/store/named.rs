//! The photographs and recordings that a database names.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::Value;

use super::StoreError;
use super::sqlite::meta;

/// The hashes of photographs and recordings that a database names: in captions and articles that may be shown, now or
/// again, in what is not public yet, in uploads and in the settings.
pub(super) fn hashes_in(connection: &Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut hashes = BTreeSet::new();
    for sql in [
        "SELECT r.content FROM item i
         JOIN revision r ON r.item = i.id AND r.revision = i.revision
         WHERE i.kind = 'caption' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        "SELECT content FROM pending",
        "SELECT photograph FROM upload",
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            gather(
                &serde_json::from_str(&row.get::<_, String>(0)?)?,
                &mut hashes,
            );
        }
    }
    for sql in [
        "SELECT r.hash FROM recording r JOIN item i ON i.id = r.article
         WHERE coalesce(i.removal, '') NOT IN ('killed', 'forbidden')",
        "SELECT hash FROM uploaded_recording",
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            hashes.insert(row.get(0)?);
        }
    }
    if let Some(settings) = meta(connection, "settings")? {
        gather(&serde_json::from_str(&settings)?, &mut hashes);
    }
    Ok(hashes)
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
