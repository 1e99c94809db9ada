//! The names that agencies and uploaders have for photographs, and picture items whose photographs were not uploaded yet.
//!
//! An agency sends a picture's words and its file by two ways, in either order. Whichever comes second finds the first by
//! a name that both have: the item's uri, the address of one of its files, or the last part of that address.

use serde::{Deserialize, Serialize};

use crate::item::Id;
use crate::item::ninjs::ItemVersion;

use super::database::Connection;
use super::received::{self, LastReceived, Received};
use super::upload::{CaptionDefaults, Upload, upload};
use super::{Store, StoreError};

/// Maximum number of pictures that are awaited at once; then the oldest is forgotten, whose photograph does not seem to
/// come.
const MAX_AWAITED: usize = 1000;

/// A picture has at most this many names.
pub const MAX_PICTURE_NAMES: usize = 50;

/// An item that is a picture by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureItem {
    pub uri: String,
    /// The addresses of its files.
    pub addresses: Vec<String>,
    /// The agency's values for captions that leave these keys out. Stores have the field under its first name, `said`.
    #[serde(rename = "said")]
    pub caption_defaults: CaptionDefaults,
    pub version: ItemVersion,
}

impl PictureItem {
    /// The names that its uploader may have for its photograph.
    pub fn names(&self) -> Vec<&str> {
        let files = self
            .addresses
            .iter()
            .filter_map(|address| file_name(address));
        let addresses = self.addresses.iter().map(String::as_str);
        let all = std::iter::once(self.uri.as_str()).chain(addresses);
        let mut names: Vec<&str> = Vec::new();
        for name in all.chain(files) {
            if !names.contains(&name) && names.len() < MAX_PICTURE_NAMES {
                names.push(name);
            }
        }
        names
    }
}

/// The last part of an address, where it is the name of a file.
pub fn file_name(address: &str) -> Option<&str> {
    let path = address.split(['?', '#']).next()?;
    let (_, name) = path.rsplit_once('/')?;
    (name.contains('.') && path.contains("://") && !path.ends_with(&format!("://{name}")))
        .then_some(name)
}

/// Whether the photograph of a picture item was uploaded.
#[derive(Clone, Debug)]
pub enum PictureState {
    /// The photograph was uploaded, and the item of which it has its texts, if there is one.
    Here(Box<Upload>, Option<LastReceived>),
    /// The photograph was not uploaded yet, and the item's texts wait for it.
    Awaited(ItemVersion),
    Unknown,
}

impl Store {
    /// The uploaded photograph that its uploader called `name`.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn upload_called(&self, name: &str) -> Result<Option<Upload>, StoreError> {
        self.reading(|connection| upload_by_name(connection, name))
    }

    /// The state of the photograph of a picture item.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn picture_state(&self, item: &PictureItem) -> Result<PictureState, StoreError> {
        self.reading(|connection| picture_state(connection, item))
    }
}

pub(super) fn picture_state(
    connection: &Connection,
    item: &PictureItem,
) -> Result<PictureState, StoreError> {
    for name in item.names() {
        if let Some(upload) = upload_by_name(connection, name)? {
            let last = received::last(connection, upload.id, &|| {
                print_of(&upload.caption_defaults)
            })?;
            return Ok(PictureState::Here(Box::new(upload), last));
        }
    }
    let waits: Option<String> = connection.row(
        "SELECT item FROM awaited WHERE uri = ?1",
        [&item.uri],
        |row| row.get(0),
    )?;
    Ok(match waits {
        None => PictureState::Unknown,
        Some(waits) => PictureState::Awaited(serde_json::from_str::<PictureItem>(&waits)?.version),
    })
}

/// The uploaded photograph with that file name, or that an item calls so.
fn upload_by_name(connection: &Connection, name: &str) -> Result<Option<Upload>, StoreError> {
    // No name has U+0000, and PostgreSQL takes no text with it, not even to be looked for.
    if name.contains('\0') {
        return Ok(None);
    }
    if let Some(known) = upload(connection, "name", name)? {
        return Ok(Some(known));
    }
    let id: Option<String> =
        connection.row("SELECT upload FROM called WHERE name = ?1", [name], |row| {
            row.get(0)
        })?;
    match id {
        Some(id) => upload(connection, "id", &id),
        None => Ok(None),
    }
}

/// Calls a photograph so from now on.
pub(super) fn call<'n>(
    connection: &Connection,
    upload: Id,
    names: impl IntoIterator<Item = &'n str>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO called (name, upload) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET upload = excluded.upload";
    for name in names {
        connection.run(insert, (name, upload.to_string()))?;
    }
    Ok(())
}

/// Keeps what an item says until its photograph comes.
pub(super) fn keep(connection: &Connection, item: &PictureItem) -> Result<(), StoreError> {
    forget_awaited(connection, &item.uri)?;
    connection.run(
        "INSERT INTO awaited (uri, item) VALUES (?1, ?2)",
        (&item.uri, serde_json::to_string(item)?),
    )?;
    let insert =
        "INSERT INTO awaited_name (name, uri) VALUES (?1, ?2) ON CONFLICT (name, uri) DO NOTHING";
    for name in item.names() {
        connection.run(insert, (name, &item.uri))?;
    }
    let oldest: Option<String> = connection.row(
        "SELECT uri FROM awaited ORDER BY seq DESC LIMIT 1 OFFSET ?1",
        [MAX_AWAITED],
        |row| row.get(0),
    )?;
    match oldest {
        Some(uri) => forget_awaited(connection, &uri),
        None => Ok(()),
    }
}

/// Takes the newest item that waits for a photograph of that name.
pub(super) fn take(connection: &Connection, name: &str) -> Result<Option<PictureItem>, StoreError> {
    let found: Option<String> = connection.row(
        "SELECT a.item FROM awaited_name n JOIN awaited a ON a.uri = n.uri
             WHERE n.name = ?1 ORDER BY a.seq DESC LIMIT 1",
        [name],
        |row| row.get(0),
    )?;
    let Some(found) = found else {
        return Ok(None);
    };
    let item: PictureItem = serde_json::from_str(&found)?;
    forget_awaited(connection, &item.uri)?;
    Ok(Some(item))
}

fn forget_awaited(connection: &Connection, uri: &str) -> Result<(), StoreError> {
    connection.run("DELETE FROM awaited_name WHERE uri = ?1", [uri])?;
    connection.run("DELETE FROM awaited WHERE uri = ?1", [uri])?;
    Ok(())
}

/// Remembers that a photograph's words are those of an item.
pub(super) fn note(
    connection: &Connection,
    upload: &Upload,
    item: &PictureItem,
) -> Result<(), StoreError> {
    let addresses = item.addresses.iter().map(String::as_str);
    let names = std::iter::once(item.uri.as_str()).chain(addresses);
    call(connection, upload.id, names.take(MAX_PICTURE_NAMES))?;
    let received = Received {
        version: item.version.clone(),
        section: None,
    };
    received::write(
        connection,
        upload.id,
        &received,
        &print_of(&upload.caption_defaults),
    )
}

/// Whether a photograph has its texts from an agency's item.
pub(super) fn is_items(connection: &Connection, upload: Id) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM received WHERE item = ?1";
    Ok(connection.exists(sql, [upload.to_string()])?)
}

/// Whether the texts of a photograph were changed by the desk.
pub(super) fn is_described(connection: &Connection, upload: Id) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM unseen WHERE item = ?1 AND kind = 'describe'";
    Ok(connection.exists(sql, [upload.to_string()])?)
}

/// Forgets the names of a photograph that was killed or deleted.
pub(super) fn forget(connection: &Connection, upload: Id) -> Result<(), StoreError> {
    connection.run("DELETE FROM called WHERE upload = ?1", [upload.to_string()])?;
    Ok(received::forget(connection, upload)?)
}

fn print_of(defaults: &CaptionDefaults) -> String {
    received::hash_of(&serde_json::to_vec(defaults).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn the_name_of_a_file_ends_an_address() {
        let all = [
            (
                "https://cdn.example/a/bridge-1.jpg?w=2",
                Some("bridge-1.jpg"),
            ),
            ("https://cdn.example/a/original", None),
            ("https://cdn.example", None),
            ("bridge.jpg", None),
        ];
        for (address, expected) in all {
            assert_eq!(file_name(address), expected, "{address}");
        }
    }
}
