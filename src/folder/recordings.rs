//! Reading recordings that lie beside articles: piece by piece, since they are large, and once as long as they do not change.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use crate::item::{Incoming, MAX_RECORDING_BYTES, Recording, RecordingError, played_type_of};
use crate::store::Now;

use super::files::{Files, Unread};
use super::listing;

/// Maximum number of recordings that are remembered.
const MAX_SEEN: usize = 10_000;

/// Age up to which a file may have changed once more within the same tick of the file system's clock, so that its times do
/// not show it.
const TICK: TimeDelta = TimeDelta::seconds(2);

/// The facts of recordings that were read, by their paths; each with the `stat` of its file, by which a new file of the
/// same name is recognised. Articles that wait are read at each scan of the whole folder, and others whenever a word of
/// them changes.
#[derive(Debug, Default)]
pub(crate) struct SeenRecordings(Mutex<HashMap<String, (String, Recording)>>);

/// The options of reading recordings.
#[derive(Clone, Copy)]
pub(crate) struct Recordings<'a> {
    /// The recordings that were read before; without it each file is read.
    pub(crate) seen: Option<(&'a SeenRecordings, Now<'a>)>,
    /// Called between pieces; returns whether the recording is no longer wanted.
    pub(crate) stop: &'a (dyn Fn() -> bool + Sync),
}

impl Recordings<'_> {
    /// Reads each recording, to its end.
    pub(crate) const ALL: Recordings<'static> = Recordings {
        seen: None,
        stop: &|| false,
    };

    /// Reads the recording `name` in the article's folder at `path`.
    pub(crate) fn read(
        self,
        files: &Files,
        path: &Path,
        name: &str,
    ) -> Result<Recording, RecordingError> {
        let place = path.join(name).to_string_lossy().into_owned();
        let stat = self.seen.and_then(|(seen, now)| {
            let found = files.metadata(&place).ok()?;
            let is_settled = now() - listing::changed_at(&found) >= TICK;
            is_settled.then(|| (seen, listing::stat_of(&found)))
        });
        let known = stat
            .as_ref()
            .and_then(|(seen, stat)| seen.get(&place, stat));
        if let Some(known) = known {
            return Ok(known);
        }
        let mut incoming = Incoming::default();
        self.pieces(files, path, name, |piece| incoming.take(name, piece))?;
        let (recording, _) = incoming.end(name, played_type_of(name))?;
        if let Some((seen, stat)) = stat {
            seen.note(place, stat, &recording);
        }
        Ok(recording)
    }

    /// Gives the bytes of the recording of that name in the folder at `path` to `take`, piece by piece.
    pub(crate) fn pieces<E: From<RecordingError>>(
        self,
        files: &Files,
        path: &Path,
        name: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| E::from(unread(name, error));
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(failed(Unread::Outside));
        }
        let place = path.join(name);
        files.read_pieces(place, MAX_RECORDING_BYTES, failed, |piece| {
            match (self.stop)() {
                true => Err(failed(Unread::Failed("the server stops".to_owned()))),
                false => take(piece),
            }
        })
    }
}

fn unread(name: &str, error: Unread) -> RecordingError {
    let name = name.to_owned();
    match error {
        Unread::Missing => RecordingError::Missing { name },
        Unread::Outside => RecordingError::Outside { name },
        Unread::NotAFile => RecordingError::NotPlayed { name },
        Unread::TooLarge { .. } => RecordingError::TooLarge { name },
        Unread::Failed(reason) => RecordingError::Unreadable { name, reason },
    }
}

impl SeenRecordings {
    fn get(&self, path: &str, stat: &str) -> Option<Recording> {
        let known = self.lock();
        let (was, recording) = known.get(path)?;
        (was == stat).then(|| recording.clone())
    }

    fn note(&self, path: String, stat: String, recording: &Recording) {
        let mut known = self.lock();
        if known.len() >= MAX_SEEN {
            known.clear();
        }
        known.insert(path, (stat, recording.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (String, Recording)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
