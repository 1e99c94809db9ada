//! The publication as it stands, parsed once for each edition of the settings: every document and every change asks for
//! it, and that of a paper with ten thousand sections takes as long to read as a feed to render.

use std::sync::Arc;

use crate::item::Id;
use crate::publication::Publication;

use super::database::Connection;
use super::publication_cache::edition;
use super::sqlite::meta;
use super::{Settings, Store, StoreError};

impl Store {
    /// The publication as it stands, with the id it has for good.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn publication(&self) -> Result<Arc<Publication>, StoreError> {
        if !self.hears_all_writes() {
            return self.reading(|connection| self.publication_in(connection));
        }
        // Threads that serve ask for it, which are not to wait for a network.
        let writes = self.writes();
        if let Some(known) = self.publication_cache.after_writes(writes) {
            return Ok(known);
        }
        let publication = self.reading(|connection| self.publication_in(connection))?;
        self.publication_cache
            .remember_after_writes(writes, &publication);
        Ok(publication)
    }

    /// The publication as it is in a transaction that writes, behind which nothing is that this node does not know.
    pub(super) fn publication_to_write(
        &self,
        connection: &Connection,
    ) -> Result<Arc<Publication>, StoreError> {
        let known = match self.hears_all_writes() {
            true => self.publication_cache.after_writes(self.writes()),
            false => None,
        };
        known.map_or_else(|| self.publication_in(connection), Ok)
    }

    /// The publication as `connection` sees it.
    pub(super) fn publication_in(
        &self,
        connection: &Connection,
    ) -> Result<Arc<Publication>, StoreError> {
        let edition = edition(connection)?;
        if let Some(known) = self.publication_cache.of(edition) {
            return Ok(known);
        }
        let settings: Option<Settings> = meta(connection, "settings")?
            .map(|json| serde_json::from_str(&json))
            .transpose()?;
        let mut publication =
            settings.map_or_else(Publication::unnamed, |settings| settings.publication);
        if publication.id.is_none() {
            publication.id = Some(self.minted_id(connection)?);
        }
        let publication = Arc::new(publication);
        self.publication_cache.remember(edition, &publication);
        Ok(publication)
    }

    /// The id that the store was made with, whatever the settings say since.
    pub(super) fn minted_id(&self, connection: &Connection) -> Result<Id, StoreError> {
        let text = meta(connection, "publication")?;
        let id = text.as_deref().and_then(Id::parse);
        id.ok_or_else(|| StoreError::Damaged {
            path: self.path.clone(),
            reason: "the publication's id is missing".to_owned(),
        })
    }

    /// The settings by which the newest bytes were made; none in a store that never served.
    ///
    /// # Errors
    /// Where the database fails or does not read.
    pub fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let json = self.reading(|connection| Ok(meta(connection, "settings")?))?;
        Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, Utc};

    use crate::publication::{self, Publication};
    use crate::store::publication_cache::edition;
    use crate::store::{Change, Settings, Store};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_764_000_000_000).expect("a moment")
    }

    fn set(store: &Store, title: &str, source: &str) {
        let text = format!("title = \"{title}\"\nlanguage = \"en\"\n");
        let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
        let settings = Settings {
            publication: parsed.publication.expect("a publication"),
            source: source.to_owned(),
            base_url: "https://courier.example".to_owned(),
        };
        let change = Change::Settings(Box::new(settings));
        for outcome in store.apply(&now, "test", &[change]).expect("a batch") {
            outcome.expect("a change");
        }
    }

    fn publication(store: &Store) -> Arc<Publication> {
        store.publication().expect("a publication")
    }

    #[test]
    fn the_publication_is_read_once_for_each_edition_of_the_settings() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        let unnamed = publication(&store);
        set(&store, "The Courier", "");
        let first = publication(&store);
        assert_eq!(&*first.title, "The Courier");
        assert_eq!(first.id, unnamed.id);
        assert!(Arc::ptr_eq(&first, &publication(&store)));
        let entries = store.apply(&now, "test", &[Change::Rendering(1)]);
        entries.expect("a batch");
        assert!(Arc::ptr_eq(&first, &publication(&store)), "parsed anew");
        set(&store, "The Herald", "");
        assert_eq!(&*publication(&store).title, "The Herald");
    }

    #[test]
    fn what_another_process_wrote_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        set(&store, "The Courier", "");
        let beside = Store::open_beside(folder.path()).expect("a store");
        assert_eq!(&*publication(&beside).title, "The Courier");
        set(&store, "The Herald", "");
        assert_eq!(&*publication(&beside).title, "The Herald");
    }

    #[test]
    fn a_reader_that_comes_late_does_not_bring_an_old_one_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), now()).expect("a store");
        set(&store, "The Courier", "");
        let late = store.reading(|snapshot| {
            // The snapshot begins with the first look.
            edition(snapshot)?;
            set(&store, "The Herald", "");
            assert_eq!(&*publication(&store).title, "The Herald");
            store.publication_in(snapshot)
        });
        assert_eq!(&*late.expect("a publication").title, "The Courier");
        assert_eq!(&*publication(&store).title, "The Herald");
    }
}
