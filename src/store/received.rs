//! Which version of an agency's item an article was last made of, and whether a desk changed it since.

use sha2::{Digest, Sha256};

use crate::item::ninjs::ItemVersion;
use crate::item::{Id, json as item_json};

use super::database::{self, Connection};
use super::editable::editable_article;
use super::sqlite::moment;
use super::{EditableArticle, Store, StoreError};

/// The version of an agency's item, and the section that it named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub version: ItemVersion,
    /// The section that it named, by its slug.
    pub section: Option<String>,
}

/// The newest agency's item that was received for an article or photograph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastReceived {
    pub received: Received,
    /// Whether the article or photograph was not changed since by anything else.
    pub is_untouched: bool,
}

impl Store {
    /// The item that an article was last made of; none where it did not come as one.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn received(&self, article: &EditableArticle) -> Result<Option<LastReceived>, StoreError> {
        self.reading(|connection| last(connection, article.id, &|| text_hash(article)))
    }

    /// The article that is known by that uri, public or not: as its guid, or as its id. Of several the one that was not
    /// withdrawn.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn known_by_guid(&self, guid: &str) -> Result<Option<Id>, StoreError> {
        self.reading(|connection| {
            let id: Option<String> = connection.row(
                "SELECT article FROM pending WHERE guid = ?1
                     UNION ALL
                     SELECT id FROM (SELECT id FROM item WHERE guid = ?1
                         ORDER BY coalesce(removal, '') = 'withdrawn', changed_at DESC) known
                     LIMIT 1",
                [guid],
                |row| row.get(0),
            )?;
            Ok(id.as_deref().and_then(Id::parse))
        })
    }
}

/// The newest agency's item of `item`, compared with the present text of `item`.
pub(super) fn last(
    connection: &Connection,
    item: Id,
    print_now: &dyn Fn() -> String,
) -> Result<Option<LastReceived>, StoreError> {
    type Row = (Option<String>, Option<i64>, Option<String>, String);
    let found: Option<Row> = connection.row(
        "SELECT version, created, section, print FROM received WHERE item = ?1",
        [item.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    Ok(found.map(|(number, created, section, print)| {
        let created = created.map(moment);
        LastReceived {
            received: Received {
                version: ItemVersion { number, created },
                section,
            },
            is_untouched: print == print_now(),
        }
    }))
}

/// Remembers what an article was made of, in the transaction that made it.
pub(super) fn note(connection: &Connection, id: Id, received: &Received) -> Result<(), StoreError> {
    let Some(made) = editable_article(connection, id)? else {
        return Ok(());
    };
    write(connection, id, received, &text_hash(&made))
}

pub(super) fn write(
    connection: &Connection,
    item: Id,
    received: &Received,
    print: &str,
) -> Result<(), StoreError> {
    let created = received.version.created;
    connection.run(
        "INSERT INTO received (item, version, created, section, print)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (item) DO UPDATE SET version = excluded.version,
                 created = excluded.created, section = excluded.section, print = excluded.print",
        (
            item.to_string(),
            &received.version.number,
            created.map(|created| created.timestamp_millis()),
            &received.section,
            print,
        ),
    )?;
    Ok(())
}

/// Forgets what was killed or deleted.
pub(super) fn forget(connection: &Connection, item: Id) -> database::Result<()> {
    connection.run("DELETE FROM received WHERE item = ?1", [item.to_string()])?;
    Ok(())
}

/// A hash of what an article says. A photograph counts by its name: another picture under it is no other text.
fn text_hash(article: &EditableArticle) -> String {
    let object = item_json::print(&article.article);
    hash_of(&serde_json::to_vec(&object).unwrap_or_default())
}

pub(super) fn hash_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
