//! Photographs that came by the write API: under a name that stays when the picture is replaced.

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::item::{Id, Line, Photograph};

use super::{Now, Store, StoreError, Version};

/// What a picture's own metadata says of it (IPTC, XMP): what a caption has where its writer says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<Line>,
}

/// A photograph by the name that captions and texts have for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: Id,
    pub name: String,
    pub photograph: Photograph,
    pub said: Said,
    pub version: Version,
}

impl Store {
    /// Keeps what is known of an uploaded photograph, its bytes having been kept before; gives its version. `expected`
    /// is the version that it replaces.
    ///
    /// # Errors
    /// Where it is another by now, or the database fails.
    pub fn note_upload(
        &self,
        now: Now<'_>,
        upload: &Upload,
        expected: Option<Version>,
    ) -> Result<Version, StoreError> {
        self.with_writer(|writer| {
            let transaction = writer.connection.transaction()?;
            let known: Option<i64> = transaction
                .prepare_cached("SELECT changed_at FROM upload WHERE id = ?1")?
                .query_row([upload.id.to_string()], |row| row.get(0))
                .optional()?;
            let found = known.map(Version);
            if expected.is_some() && expected != found {
                return Err(StoreError::Changed { found });
            }
            let version = now()
                .timestamp_millis()
                .max(known.map_or(0, |known| known + 1));
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO upload (id, name, photograph, said, changed_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((
                    upload.id.to_string(),
                    &upload.name,
                    serde_json::to_string(&upload.photograph)?,
                    serde_json::to_string(&upload.said)?,
                    version,
                ))?;
            transaction.commit()?;
            Ok(Version(version))
        })
    }
}

/// The one whose `column` is `value`.
pub(super) fn upload(
    connection: &Connection,
    column: &'static str,
    value: &str,
) -> Result<Option<Upload>, StoreError> {
    let found: Option<(String, String, String, String, i64)> = connection
        .prepare_cached(&format!(
            "SELECT id, name, photograph, said, changed_at FROM upload WHERE {column} = ?1"
        ))?
        .query_row([value], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .optional()?;
    let Some((id, name, photograph, said, version)) = found else {
        return Ok(None);
    };
    Ok(Some(Upload {
        id: Id::parse(&id).unwrap_or_default(),
        name,
        photograph: serde_json::from_str(&photograph)?,
        said: serde_json::from_str(&said)?,
        version: Version(version),
    }))
}
