//! Recordings that were uploaded: who may name them, and how long they stay though nothing does.

use chrono::{DateTime, TimeDelta, Utc};

use crate::item::{Recording, RecordingError};

use super::{Store, StoreError, holders};

/// Time for which an uploaded recording stays though nothing names it.
const UPLOADS_STAY: TimeDelta = TimeDelta::days(7);

impl Store {
    /// The recording that an article may name so: it was uploaded, something public has it, or an article of a section that
    /// the writer may know of, as `covers` says.
    ///
    /// # Errors
    /// Where there is none, or the store fails.
    pub fn recording_named(
        &self,
        name: &str,
        covers: &dyn Fn(&str) -> bool,
    ) -> Result<Recording, RecordingError> {
        let recording = self.photographs().recording_named(name)?;
        let is_covered = self
            .reading(|connection| Ok(holders::may_be_named(connection, &recording.hash, covers)?));
        match is_covered {
            Ok(true) => Ok(recording),
            Ok(false) => Err(RecordingError::Missing {
                name: name.to_owned(),
            }),
            Err(error) => Err(RecordingError::Unreadable {
                name: name.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// Notes that a recording was uploaded, so that it stays until an article names it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn note_uploaded(&self, hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            let noted =
                holders::note_uploaded_recording(&writer.connection, hash, now.timestamp_millis());
            Ok(noted?)
        })
    }

    /// Forgets recordings that were uploaded a week ago: those that nothing has by now are left over.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn forget_old_uploads(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let before = (now - UPLOADS_STAY).timestamp_millis();
        let has_any = self.reading(|connection| {
            Ok(connection.exists(
                "SELECT 1 FROM uploaded_recording WHERE uploaded_at < ?1",
                [before],
            )?)
        });
        // Mostly there is none, and nothing is written for it.
        if !has_any? {
            return Ok(());
        }
        self.with_noted_writer(|writer| {
            let transaction = writer.connection.write()?;
            transaction.run(
                "INSERT INTO left_over (hash)
                     SELECT hash FROM uploaded_recording WHERE uploaded_at < ?1
                     ON CONFLICT (hash) DO NOTHING",
                [before],
            )?;
            transaction.run(
                "DELETE FROM uploaded_recording WHERE uploaded_at < ?1",
                [before],
            )?;
            Ok(transaction.commit()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::ReceiveError;

    #[test]
    fn an_upload_that_nothing_names_stays_for_a_week() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let store = Store::open(folder.path(), now).expect("a store");
        let received = store
            .photographs()
            .receive::<ReceiveError>("talk", None, |take| {
                take(b"ID3\x04\0\0\0\0\0\0")?;
                take(b"sound")
            });
        let recording = received.expect("a recording").recording;
        store.note_uploaded(&recording.hash, now).expect("a note");
        let is_there = |days: i64| {
            let later = now + TimeDelta::days(days);
            store.forget_old_uploads(later).expect("a store");
            let swept = store.sweep(Duration::ZERO, &|| false);
            swept.expect("a sweep");
            store.photographs().recording_path(&recording).exists()
        };
        assert!(is_there(0) && is_there(7));
        assert!(!is_there(8));
    }
}
