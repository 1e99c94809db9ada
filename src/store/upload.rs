//! Photographs that came by the write API: under a name that stays when the picture is replaced.

use serde::{Deserialize, Serialize};

use crate::item::{Caption, Id, Line, Moment, Photograph, PhotographError};

use super::database::Connection;
use super::editable::editable_article;
use super::{EditableArticle, Store, StoreError, Version, holders};

/// The values that a caption has for keys which its writer leaves out: from the picture's own metadata (IPTC, XMP) or its
/// agency's item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionDefaults {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Line>,
    /// The role of the credited person, where it is not the photographer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<Line>,
    /// The moment until which it may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_ends: Option<Moment>,
}

impl CaptionDefaults {
    /// This, and what `other` says where this says nothing. A role belongs to its credit.
    pub fn or(self, other: Self) -> Self {
        let role = match self.credit {
            Some(_) => self.role,
            None => other.role,
        };
        Self {
            text: self.text.or(other.text),
            alt: self.alt.or(other.alt),
            credit: self.credit.or(other.credit),
            role,
            source: self.source.or(other.source),
            copyright: self.copyright.or(other.copyright),
            usage_terms: self.usage_terms.or(other.usage_terms),
            usage_ends: self.usage_ends.or(other.usage_ends),
        }
    }
}

/// A photograph by the name that captions and texts have for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: Id,
    pub name: String,
    pub photograph: Photograph,
    pub caption_defaults: CaptionDefaults,
    pub version: Version,
}

impl Store {
    /// The articles, public or not, one of whose captions names that photograph.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn articles_showing(&self, name: &str) -> Result<Vec<EditableArticle>, StoreError> {
        self.reading(|connection| articles_showing(connection, name))
    }

    /// The photograph that was uploaded under that name.
    ///
    /// # Errors
    /// Where there is none, or the store fails.
    pub fn photograph_named(&self, name: &str) -> Result<Photograph, PhotographError> {
        let found = self.upload_named(name);
        match found {
            Ok(Some(upload)) => Ok(upload.photograph),
            Ok(None) => Err(PhotographError::Missing {
                name: name.to_owned(),
            }),
            Err(error) => Err(PhotographError::Unreadable {
                name: name.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// The uploaded photograph that captions and texts name `name`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload_named(&self, name: &str) -> Result<Option<Upload>, StoreError> {
        if name.contains('\0') {
            return Ok(None);
        }
        self.reading(|connection| upload(connection, "name", name))
    }

    /// The uploaded photograph whose file has the hash `hash`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload_of(&self, hash: &str) -> Result<Option<Upload>, StoreError> {
        self.reading(|connection| upload(connection, "hash", hash))
    }

    /// The uploaded photograph of the id `id`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload(&self, id: Id) -> Result<Option<Upload>, StoreError> {
        self.reading(|connection| upload(connection, "id", &id.to_string()))
    }
}

/// The articles that may show the photograph of a hash and a name. Where a right has ended only the text still has it.
const SHOWING: &str = "SELECT article FROM item WHERE media = ?1
     UNION SELECT i.article FROM expired_photograph e JOIN item i ON i.id = e.caption WHERE e.name = ?2
     UNION SELECT article FROM pending_photograph WHERE name = ?2";

/// The number of articles that may show that photograph, and of their captions; a number above `most` where there are more.
pub(super) fn count_showing(
    connection: &Connection,
    name: &str,
    most: usize,
) -> Result<usize, StoreError> {
    let Some(known) = upload(connection, "name", name)? else {
        return Ok(0);
    };
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM ({SHOWING}) s LEFT JOIN item i ON i.article = s.article LIMIT ?3) shown"
    );
    let count = connection.one(&sql, (&known.photograph.hash, name, most + 1), |row| {
        row.get(0)
    })?;
    Ok(count)
}

/// The articles, public or not, one of whose captions names that photograph, each once.
pub(super) fn articles_showing(
    connection: &Connection,
    name: &str,
) -> Result<Vec<EditableArticle>, StoreError> {
    let Some(known) = upload(connection, "name", name)? else {
        return Ok(Vec::new());
    };
    let ids: Vec<String> = connection.rows(SHOWING, (&known.photograph.hash, name), |row| {
        row.get::<String>(0)
    })?;
    let names = |caption: &Caption| {
        let image = caption.image.as_ref();
        image.is_some_and(|image| image.name == name)
    };
    let mut found = Vec::new();
    for id in ids {
        let known = editable_article(connection, Id::parse(&id).unwrap_or_default())?;
        found.extend(known.filter(|known| known.article.captions.iter().any(names)));
    }
    Ok(found)
}

/// Writes what is known of one.
pub(super) fn write(
    connection: &Connection,
    upload: &Upload,
    version: i64,
) -> Result<(), StoreError> {
    connection.run(
        "INSERT INTO upload (id, name, photograph, said, changed_at, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, photograph = excluded.photograph,
                 said = excluded.said, changed_at = excluded.changed_at, hash = excluded.hash",
        (
            upload.id.to_string(),
            &upload.name,
            serde_json::to_string(&upload.photograph)?,
            serde_json::to_string(&upload.caption_defaults)?,
            version,
            &upload.photograph.hash,
        ),
    )?;
    holders::note_upload(connection, upload.id, &upload.photograph)?;
    Ok(())
}

/// The one whose `column` is `value`.
pub(super) fn upload(
    connection: &Connection,
    column: &'static str,
    value: &str,
) -> Result<Option<Upload>, StoreError> {
    let found: Option<(String, String, String, String, i64)> = connection.row(
        &format!("SELECT id, name, photograph, said, changed_at FROM upload WHERE {column} = ?1"),
        [value],
        |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        },
    )?;
    let Some((id, name, photograph, said, version)) = found else {
        return Ok(None);
    };
    Ok(Some(Upload {
        id: Id::parse(&id).unwrap_or_default(),
        name,
        photograph: serde_json::from_str(&photograph)?,
        caption_defaults: serde_json::from_str(&said)?,
        version: Version(version),
    }))
}
