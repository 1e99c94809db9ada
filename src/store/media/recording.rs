//! Recordings while they are kept: they are written as they come, and none is in memory as a whole.

use std::fs::{self, File};
use std::io::{self, Write};

use crate::item::{Incoming, MediaType, Recording, RecordingError, RecordingType};

use super::{Photographs, has_length, is_plain, make_folder, make_hash_folder, new_draft};

/// Why a recording could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The file is no recording that can be published.
    #[error("{0}; {advice}", advice = .0.advice())]
    Recording(#[from] RecordingError),
    #[error("the recording could not be kept: {0}; check the free disk")]
    Disk(#[from] io::Error),
}

/// A recording that came and is kept, and the whole SHA-256 of it.
#[derive(Clone, Debug)]
pub struct ReceivedRecording {
    pub recording: Recording,
    pub sha256: [u8; 32],
}

impl Photographs {
    /// Keeps a recording whose bytes `give` gives piece by piece, durably; complaints call it `name`. What its sender says
    /// that it is counts where its bytes leave it open. What is kept already is not written again.
    ///
    /// # Errors
    /// Where it is none, the disk refuses, or `give` fails.
    pub fn receive<E: From<ReceiveError>>(
        &self,
        name: &str,
        media_type: Option<&str>,
        give: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>,
    ) -> Result<ReceivedRecording, E> {
        let disk = |error| E::from(self.disk_error(error));
        let refused = |error| E::from(ReceiveError::Recording(error));
        make_folder(self.folder()).map_err(disk)?;
        let draft = new_draft(self.folder()).map_err(disk)?;
        let received = (|| {
            let mut incoming = Incoming::default();
            let mut file = File::create(&draft).map_err(disk)?;
            give(&mut |piece| {
                incoming.take(name, piece).map_err(refused)?;
                file.write_all(piece).map_err(disk)
            })?;
            let ended = incoming.end(name, media_type);
            let (recording, sha256) = ended.map_err(refused)?;
            let path = self.recording_path(&recording);
            self.hold(&path);
            if !has_length(&path, recording.bytes) {
                file.sync_all().map_err(disk)?;
                let hash_folder = make_hash_folder(&path).map_err(disk)?;
                fs::rename(&draft, &path).map_err(disk)?;
                File::open(hash_folder)
                    .and_then(|hash_folder| hash_folder.sync_all())
                    .map_err(disk)?;
            }
            self.share(&path).map_err(disk)?;
            Ok(ReceivedRecording { recording, sha256 })
        })();
        // The draft is gone if it was renamed to the stored file.
        let _ = fs::remove_file(&draft);
        received
    }

    /// Notes that the folder cannot be written, and gives the error for it.
    fn disk_error(&self, error: io::Error) -> ReceiveError {
        let reason = format!("{} cannot be written: {error}", self.folder().display());
        self.trouble.set(Some(reason));
        ReceiveError::Disk(error)
    }

    pub(in crate::store) fn recording_path(&self, recording: &Recording) -> std::path::PathBuf {
        self.path(&recording.hash, recording.kind.extension())
    }

    /// Whether a recording is kept; it stays for a while from now on.
    pub fn has_recording(&self, recording: &Recording) -> bool {
        self.has(&self.recording_path(recording), recording.bytes)
    }

    /// The recording that is kept under a name such as articles have for it: the hash and the kind.
    pub(in crate::store) fn recording_named(
        &self,
        name: &str,
    ) -> Result<Recording, RecordingError> {
        let missing = || RecordingError::Missing {
            name: name.to_owned(),
        };
        let (hash, extension) = name.split_once('.').ok_or_else(missing)?;
        let kind = RecordingType::from_extension(extension).ok_or_else(missing)?;
        if hash.len() != super::HASH_DIGITS || !is_plain(hash) {
            return Err(missing());
        }
        let path = self.path(hash, extension);
        self.hold(&path);
        let found = self.bring(&path).and_then(|()| fs::metadata(&path));
        let found = found.map_err(|_| missing())?;
        Ok(Recording {
            hash: hash.to_owned(),
            kind,
            bytes: found.len(),
        })
    }
}

/// The name by which an article refers to an uploaded recording.
pub fn recording_name(recording: &Recording) -> String {
    let kind = MediaType::Recording(recording.kind);
    format!("{}.{}", recording.hash, kind.extension())
}
