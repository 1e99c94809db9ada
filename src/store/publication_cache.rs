//! The settings by their editions, and the publication of the newest one, parsed once.

use std::sync::{Arc, PoisonError, RwLock};

use crate::publication::Publication;

use super::database::{self, Connection};
use super::sqlite::meta;

/// The row of `meta` that counts the writes of the settings. It is read in the same snapshot as what depends on them, so
/// that the cached publication is never older than the rest, whichever thread wrote it.
const EDITION: &str = "settings_edition";

/// The newest publication that was read, with its edition.
#[derive(Default)]
pub(super) struct PublicationCache {
    by_edition: RwLock<Option<(u64, Arc<Publication>)>>,
    /// The publication with the number of writes of this process after which it was read.
    by_writes: RwLock<Option<(u64, Arc<Publication>)>>,
}

impl PublicationCache {
    /// The publication, if it was read after this number of writes.
    pub(super) fn after_writes(&self, writes: u64) -> Option<Arc<Publication>> {
        let known = self.by_writes.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let (of, publication) = known.as_ref()?;
        (*of == writes).then(|| Arc::clone(publication))
    }

    pub(super) fn remember_after_writes(&self, writes: u64, publication: &Arc<Publication>) {
        let known = self.by_writes.write();
        *known.unwrap_or_else(PoisonError::into_inner) = Some((writes, Arc::clone(publication)));
    }

    pub(super) fn of(&self, edition: u64) -> Option<Arc<Publication>> {
        let known = self.by_edition.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let (of, publication) = known.as_ref()?;
        (*of == edition).then(|| Arc::clone(publication))
    }

    pub(super) fn remember(&self, edition: u64, publication: &Arc<Publication>) {
        let known = self.by_edition.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        // A reader may come late with what it saw before.
        if known.as_ref().is_none_or(|(of, _)| *of < edition) {
            *known = Some((edition, Arc::clone(publication)));
        }
    }
}

/// The edition of the settings; those of a store that never counted are the zeroth.
pub(super) fn edition(connection: &Connection) -> database::Result<u64> {
    let text = meta(connection, EDITION)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Keeps the settings, as the next edition.
pub(super) fn write_settings(connection: &Connection, json: &str) -> database::Result<()> {
    let edition = (edition(connection)? + 1).to_string();
    let write = "INSERT INTO meta (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.run(write, ("settings", json))?;
    connection.run(write, (EDITION, edition.as_str()))?;
    Ok(())
}
