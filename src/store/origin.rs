//! The files that articles came from, and how they looked when they were last read.

use super::{Store, StoreError};

/// The file an article came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `section/slug`, the article's folder in the folder of items.
    pub path: String,
    pub stat: String,
    pub digest: String,
}

impl Store {
    /// Remembers how files looked that held nothing new.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn note_files(&self, origins: &[Origin]) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            let transaction = writer.connection.write()?;
            for origin in origins {
                transaction.run(
                    "UPDATE file SET stat = ?2, digest = ?3 WHERE path = ?1",
                    (&origin.path, &origin.stat, &origin.digest),
                )?;
            }
            Ok(transaction.commit()?)
        })
    }
}
