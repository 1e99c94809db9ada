//! Whether the store can be written, where the last write failed: a small one finds out when that is over.

use super::database::Connection;
use super::{Store, StoreError};

/// Bytes that are written to find out whether there is room again: as much as an article with its entries takes.
const PROBE_BYTES: usize = 256 * 1024;

impl Store {
    /// Copies the write-ahead log into the database where the file of it was removed: it is still open here, and gone with this process.
    /// Nothing is done where another file has its name, since another process may be at work on the database by that.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn rescue(&self) -> Result<(), StoreError> {
        let Err(StoreError::Misplaced { path, .. }) = self.check_files() else {
            return Ok(());
        };
        let names = [&path, &self.path].map(|path| path.to_string_lossy().into_owned());
        let is_beside = names[0].starts_with(&format!("{}-", names[1]));
        match is_beside && !path.exists() {
            true => self.checkpoint(),
            false => Ok(()),
        }
    }

    /// Whether the store cannot be written, as far as the last write tells.
    pub fn is_hindered(&self) -> bool {
        self.check_files().is_err() || self.trouble.get().is_some()
    }

    /// Why nothing can be written. Where the last write failed, another one is tried.
    pub fn write_trouble(&self) -> Option<String> {
        let known = self.trouble.get()?;
        match self.probe() {
            Some(Ok(())) => {
                self.trouble.set(None);
                None
            }
            Some(Err(reason)) => Some(reason),
            // The present writer finds out.
            None => Some(known),
        }
    }

    /// Writes a little to the folder of photographs and to the database; none where another writes.
    fn probe(&self) -> Option<Result<(), String>> {
        self.with_idle_writer(|writer| {
            let result = self.photographs().probe(PROBE_BYTES);
            result.map_err(|error| format!("the folder of photographs refuses: {error}"))?;
            write_little(&mut writer.connection).map_err(|error| error.to_string())
        })
    }
}

fn write_little(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let sql = "INSERT INTO meta (key, value) VALUES ('probe', '')
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    transaction.run(sql, ())?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;
    use crate::item::{Id, Photograph, PhotographType};
    use crate::store::{IdempotencyKey, Origin, WaitingFile};

    type Write<'w> = &'w dyn Fn() -> Result<(), StoreError>;

    #[test]
    fn whatever_is_written_tells_of_a_disk_that_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::UNIX_EPOCH;
        let store = Store::open(folder.path(), now).unwrap();
        store.with_writer(|writer| {
            let erasing = "INSERT INTO meta (key, value) VALUES ('erasing', 'now')";
            writer.connection.run_all(erasing).unwrap();
            let refusing = "PRAGMA query_only = ON";
            writer.connection.run_all(refusing).unwrap();
        });
        let origin = Origin {
            path: "city/story".to_owned(),
            stat: String::new(),
            digest: String::new(),
        };
        let waiting = WaitingFile {
            path: origin.path.clone(),
            article: Id::default(),
            ids: Vec::new(),
            due: now,
        };
        let key = IdempotencyKey {
            token: "token".to_owned(),
            key: "key".to_owned(),
            fingerprint: String::new(),
            status: 200,
            item: Id::default(),
        };
        let photograph = Photograph {
            hash: "00".to_owned(),
            kind: PhotographType::Png,
            width: 1,
            height: 1,
            bytes: 1,
            renditions: Vec::new(),
        };
        let none = BTreeSet::new();
        let writes: [(&str, Write<'_>); 6] = [
            ("files", &|| store.note_files(std::slice::from_ref(&origin))),
            ("reserved", &|| {
                store.reserve_for_files(std::slice::from_ref(&waiting), &none)
            }),
            ("answers", &|| store.keep_answer(&key, "{}")),
            ("left over", &|| store.note_left_over(&photograph)),
            ("cursors", &|| store.keep_cursor("cache", 1)),
            ("erasing", &|| store.erase().map(drop)),
        ];
        for (what, write) in writes {
            store.trouble.set(None);
            write().unwrap_err();
            assert!(store.is_hindered(), "{what}");
        }
    }
}
