//! Photographs, their renditions and recordings: which of them an article shows, and what they were made of.

use std::collections::BTreeSet;

use crate::item::{Attachment, Caption, Id, Photograph};
use crate::store::database::{Connection, ToSql};
use crate::store::unused_files::{self, MAX_DROPPED_AT_ONCE};
use crate::store::{StoreError, holders, idempotency, picture};

use super::batch::Batch;
use super::family::Family;

impl Batch<'_> {
    /// Has the files of a photograph and its renditions go, unless something else has them.
    pub(super) fn drop_photograph(
        &mut self,
        photograph: &Photograph,
        killed: bool,
    ) -> Result<(), StoreError> {
        unused_files::drop_photograph(self.transaction, photograph, killed)?;
        let hashes = holders::hashes(photograph);
        self.after_commit.dropped.extend(hashes.cloned());
        Ok(())
    }

    /// Has a caption's photograph go for good, with its renditions and what was uploaded with it.
    pub(super) fn kill_photograph(&mut self, caption: &Caption) -> Result<(), StoreError> {
        let Some(image) = &caption.image else {
            return Ok(());
        };
        self.drop_photograph(&image.photograph, true)?;
        forget_killed_uploads(self.transaction, &image.photograph.hash)
    }

    /// Has the files of recordings go for good, unless something else has them.
    pub(super) fn kill_recordings(&mut self, attachments: &[Attachment]) -> Result<(), StoreError> {
        for recording in holders::recordings(attachments) {
            unused_files::drop_file(self.transaction, &recording.hash, true)?;
            holders::forget_uploaded_recording(self.transaction, &recording.hash)?;
            self.after_commit.dropped.push(recording.hash.clone());
        }
        Ok(())
    }

    /// Leaves the removal of photographs to the eraser where they are too many for one transaction; others can write
    /// between its steps.
    pub(super) fn leave_to_eraser(&mut self) -> Result<(), StoreError> {
        if self.after_commit.dropped.len() > MAX_DROPPED_AT_ONCE {
            self.overwriting(|_| Ok(()))?;
        }
        Ok(())
    }

    /// Remembers of what the renditions were made that an article shows and did not show before.
    pub(super) fn remember_renditions(
        &self,
        family: &Family,
        shown: &BTreeSet<&str>,
    ) -> Result<(), StoreError> {
        let made = photographs(family).flat_map(|photograph| {
            let is_known = shown.contains(photograph.hash.as_str());
            let renditions = photograph.renditions.iter();
            let fresh =
                renditions.filter(move |made| !is_known || !shown.contains(made.hash.as_str()));
            fresh.map(|made| (&made.hash, &photograph.hash, made.kind.extension()))
        });
        let made: Vec<_> = made.collect();
        let rows: Vec<[&dyn ToSql; 3]> = made
            .iter()
            .map(|(hash, original, kind)| [hash as &dyn ToSql, original, kind])
            .collect();
        self.insert(
            "INSERT INTO rendition (hash, original, kind)",
            &rows,
            "ON CONFLICT (hash, original) DO NOTHING",
        )?;
        Ok(())
    }
}

/// The hashes of all photographs, renditions and recordings that an article shows.
pub(super) fn shown(family: &Family) -> BTreeSet<&str> {
    let is_public = family.article.removed.is_none();
    let attachments = family.content.article.attachments.iter();
    let files = attachments.filter_map(|played| played.file.as_ref().filter(|_| is_public));
    let recordings = files.map(|file| file.recording.hash.as_str());
    photographs(family)
        .flat_map(|photograph| {
            let renditions = photograph.renditions.iter();
            let renditions = renditions.map(|rendition| rendition.hash.as_str());
            renditions.chain([photograph.hash.as_str()])
        })
        .chain(recordings)
        .collect()
}

fn photographs(family: &Family) -> impl Iterator<Item = &Photograph> {
    let images = family
        .usable_captions()
        .filter(|caption| !caption.row.has_expired)
        .filter_map(|caption| caption.caption.image.as_ref());
    images.map(|image| &image.photograph)
}

/// Forgets what uploads of a photograph that was killed say of it, and the uploads where nothing else has it.
pub(super) fn forget_killed_uploads(connection: &Connection, hash: &str) -> Result<(), StoreError> {
    let ids: Vec<String> =
        connection.rows("SELECT id FROM upload WHERE hash = ?1", [hash], |row| {
            row.get::<String>(0)
        })?;
    for id in ids {
        connection.run(
            "UPDATE upload SET said = '{}', changed_at = changed_at + 1 WHERE id = ?1",
            [&id],
        )?;
        let gone = connection.change(
            "DELETE FROM upload WHERE id = ?1
                   AND NOT EXISTS (SELECT 1 FROM item WHERE media = ?2
                       AND coalesce(removal, '') NOT IN ('killed', 'forbidden'))
                   AND NOT EXISTS (SELECT 1 FROM pending_photograph p WHERE p.name = upload.name)",
            [id.as_str(), hash],
        )?;
        if gone > 0 {
            holders::forget_upload(connection, &id)?;
        }
        let id = Id::parse(&id).unwrap_or_default();
        picture::forget(connection, id)?;
        idempotency::forget_answers(connection, id)?;
    }
    Ok(())
}
