//! The folder of item files: the items in it, how they differ from the store, and the store written out as such a
//! folder.
//!
//! The store is the truth and the folder one way in. Looking at the folder changes nothing where nothing changed: an
//! unchanged stat spares the reading, an unchanged text makes no entry.

mod awaited;
mod end;
mod export;
mod files;
mod listing;
pub(crate) mod reading;
pub(crate) mod recordings;
mod scan;
mod strays;
mod unfinished;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::item::{
    AttachedFile, Complaint, Id, Image, Photograph, PhotographError, clean_photograph,
    played_type_of,
};
use crate::publication::{self, Publication};
use crate::store::{
    Change, Entry, KeepError, Now, ReceiveError, Settings, Store, StoreError, WriteQueue,
};

pub use awaited::AwaitedArticle;
pub use export::{ExportCounts, ExportError, export};
pub use files::{Files, Unread};
pub use listing::{ArticleFolder, Listing};
pub use reading::{MAX_ARTICLE_BYTES, ParsedArticle, check_photographs, read_article};
pub use scan::id_in_use;
pub use unfinished::{Unfinished, WaitTimes};

use recordings::{Recordings, SeenRecordings};
use unfinished::{Seen, Verdict};

/// The actor in the log of changes that come from files.
pub const ACTOR: &str = "items";

/// The file that makes a folder a folder of items.
pub const PUBLICATION_FILE: &str = "publication.toml";

/// The file that makes a folder an article.
pub const ARTICLE_FILE: &str = "article.md";

/// Maximum size of `publication.toml` in bytes; a larger file is refused.
const MAX_PUBLICATION_BYTES: u64 = 4 * 1024 * 1024;

/// Maximum number of articles that are read and applied in one transaction: in a larger one the same page of an index
/// is written for more of them.
const BATCH: usize = 4096;

/// A batch with texts of this many bytes is full: one is read, one made ready and one applied at the same time, and what is
/// made of a text takes several times its size.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// Minimum number of items in the folder from which the loss of more than half of them at once is not believed.
const MASS_REMOVAL_FROM: usize = 10;

/// A folder of item files.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// The files that may still be being written, which wait; without it every file is read as it stands.
    unfinished: Option<Arc<Unfinished>>,
    /// Recordings that were read.
    recordings: Arc<SeenRecordings>,
}

/// The part of the folder that a scan reads.
#[derive(Clone, Debug)]
pub enum ScanScope {
    Everywhere,
    /// Only at these articles, `section/slug`.
    At(Vec<String>),
}

/// The result of a scan of the folder: complaints, and what was applied.
#[derive(Debug, Default)]
pub struct Report {
    pub entries: Vec<Entry>,
    /// The complaints about each file that was scanned, by its path; an empty list where there are none.
    pub complaints: BTreeMap<String, Vec<Complaint>>,
    pub refused: usize,
    /// Articles whose folders are gone. They are withdrawn when a second scan finds the same.
    pub vanished: Vec<(String, Id)>,
    /// Files that may still be being written, by their paths, and when they are to be read again.
    pub waiting: BTreeMap<String, Instant>,
    /// Articles that are not public and wait for their time or for a decision, by their paths.
    pub awaited: BTreeMap<String, AwaitedArticle>,
    /// The articles that were scanned, where it was not the whole folder.
    pub scanned: BTreeSet<String>,
    /// The paths of folders that could not be read, so that nothing is known of what is in them.
    pub unknown: BTreeSet<String>,
    /// When the next article that waits for its date, or the next feed's end, is due.
    pub due: Option<DateTime<Utc>>,
    pub articles: usize,
}

/// The result of storing the files of a photograph.
enum KeepResult {
    Whole(Photograph),
    /// The file is not the one that was there when the article was read; the next scan reads it as it then is.
    Changed,
    /// The pixels of the photograph cannot be read.
    Refused(PhotographError),
}

/// Whether articles that vanished from the folder are withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belief {
    /// The articles were removed by a person, and are to be withdrawn.
    Gone(Vec<Id>),
    /// More files vanished at once than a person removes: rather a disk or a checkout.
    TooMany { vanished: usize, known: usize },
}

/// Why nothing could be brought in.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{path} cannot be read: {reason}; check that it is there and readable")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{path} could not be kept: {reason}; check the free disk")]
    Photograph { path: PathBuf, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The settings file as it was read, with the facts by which a change of it is recognised.
struct ReadSettings {
    parsed: publication::ParsedPublication,
    source: String,
    stat: String,
    changed: DateTime<Utc>,
    is_cut: bool,
}

impl Folder {
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            unfinished: None,
            recordings: Arc::default(),
        }
    }

    /// The folder with files that are taken when they are finished.
    #[must_use]
    pub fn waiting_for(self, unfinished: Arc<Unfinished>) -> Self {
        Self {
            unfinished: Some(unfinished),
            ..self
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// If it is not there or cannot be looked at.
    pub fn files(&self) -> Result<Files, FolderError> {
        Files::of(&self.root).map_err(|error| self.unreadable(error.to_string()))
    }

    fn unreadable(&self, reason: String) -> FolderError {
        FolderError::Unreadable {
            path: self.root.clone(),
            reason,
        }
    }

    /// Reads `publication.toml`; returns the settings parsed, and their text.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn publication(&self) -> Result<(publication::ParsedPublication, String), FolderError> {
        match self.settings(&self.files()?) {
            Ok(read) => Ok((read.parsed, read.source)),
            Err(error) => Err(FolderError::Unreadable {
                path: self.root.join(PUBLICATION_FILE),
                reason: error.to_string(),
            }),
        }
    }

    fn settings(&self, files: &Files) -> Result<ReadSettings, Unread> {
        let bytes = files.read(PUBLICATION_FILE, MAX_PUBLICATION_BYTES)?;
        let found = files.metadata(PUBLICATION_FILE)?;
        let photographs = |name: &str| reading::photograph(files, Path::new(""), name);
        let mut parsed = publication::parse(&bytes, &photographs);
        for complaint in &mut parsed.complaints {
            complaint.path = PUBLICATION_FILE.to_owned();
        }
        Ok(ReadSettings {
            parsed,
            source: String::from_utf8_lossy(&bytes).into_owned(),
            stat: listing::stat_of(&found),
            changed: listing::changed_at(&found),
            is_cut: end::is_cut_line(&bytes),
        })
    }

    /// Decides whether a file that was read is taken; if not, the time at which it is read again is noted in `report`.
    fn verdict(&self, seen: Seen<'_>, report: &mut Report) -> Verdict {
        let Some(unfinished) = &self.unfinished else {
            return Verdict::Whole;
        };
        let now = Instant::now();
        let verdict = unfinished.verdict(seen, now);
        if let Verdict::Wait(left) = verdict {
            report.waiting.insert(seen.path.to_owned(), now + left);
        }
        verdict
    }

    /// Notes that the work goes on; returns whether it has to stop.
    fn has_to_stop(&self, store: &Store) -> bool {
        if let Some(unfinished) = &self.unfinished {
            unfinished.step();
        }
        store.is_stopping()
    }

    /// Whether a recording of the article is being copied: it is not read at each of its pieces, but when it has rested.
    fn is_copying(&self, path: &str, report: &mut Report) -> bool {
        let (Some(unfinished), now) = (&self.unfinished, Instant::now()) else {
            return false;
        };
        let left = unfinished.until_copied(path, now);
        if let Some(left) = left {
            report.waiting.insert(path.to_owned(), now + left);
        }
        left.is_some()
    }

    /// Has a folder that was changed just now and has no article file read again after a while.
    fn wait_for_article(&self, path: &str, report: &mut Report) {
        let quiet_time = self
            .unfinished
            .as_ref()
            .map(|unfinished| unfinished.quiet_time());
        let again = Instant::now() + quiet_time.unwrap_or_default();
        report.waiting.insert(path.to_owned(), again);
    }

    /// Whether the change at `changed` is so new that its file may still be written.
    fn is_fresh(&self, changed: DateTime<Utc>, now: Now<'_>) -> bool {
        let quiet_time = self
            .unfinished
            .as_ref()
            .map(|unfinished| unfinished.quiet_time());
        // A time in the future, from a disk whose clock is ahead, counts as just now.
        let is_new = |time| (now() - changed).to_std().is_ok_and(|passed| passed < time);
        quiet_time.is_some_and(|time| changed > now() || is_new(time))
    }

    /// Brings the settings in line with `publication.toml`; a file with faults leaves them as they were.
    ///
    /// # Errors
    /// If the folder or the store fails.
    pub fn bring_in_publication(
        &self,
        writes: &WriteQueue,
        base_url: &str,
        report: &mut Report,
    ) -> Result<Arc<Publication>, FolderError> {
        let (store, now) = (writes.store(), writes.now());
        let files = self.files()?;
        let ReadSettings {
            parsed,
            source,
            stat,
            changed,
            is_cut,
        } = match self.settings(&files) {
            Ok(read) => read,
            Err(error) => return self.unsettled(store, &error, report),
        };
        let is_known = store
            .settings()?
            .is_some_and(|known| known.source == source);
        let seen = Seen {
            path: PUBLICATION_FILE,
            stat: &stat,
            is_cut,
            // A scan may come before the event that reports the writing.
            is_fresh: self.is_fresh(changed, now),
            has_recordings: false,
        };
        if !is_known && let Verdict::Wait(_) = self.verdict(seen, report) {
            return self.as_known(store, now, report);
        }
        report
            .complaints
            .insert(PUBLICATION_FILE.to_owned(), parsed.complaints);
        if let Some(publication) = parsed.publication {
            for (name, photograph) in publication.pictures() {
                if !self.keep_picture(&files, store, name, photograph)? {
                    // It changed while it was read; the next scan finds it as it then is.
                    return Ok(store.publication()?);
                }
            }
            let settings = Settings {
                publication,
                source,
                base_url: base_url.to_owned(),
            };
            let change = Change::Settings(Box::new(settings));
            report.entries.extend(writes.apply_one(ACTOR, change)?);
        } else {
            report.refused += 1;
        }
        self.as_known(store, now, report)
    }

    /// The id of the publication that the folder is of, where its settings read and give one.
    pub fn publication_id(&self) -> Option<Id> {
        let files = self.files().ok()?;
        self.settings(&files).ok()?.parsed.publication?.id
    }

    /// The settings as the store has them.
    fn as_known(
        &self,
        store: &Store,
        now: Now<'_>,
        report: &mut Report,
    ) -> Result<Arc<Publication>, FolderError> {
        let publication = store.publication()?;
        let (now, ends) = (now(), publication.sunsets().map(|(_, end)| end.to_utc()));
        report.wait_for(ends.filter(|end| *end > now).min());
        Ok(publication)
    }

    /// The settings as the store has them, where the file cannot be read. Without a file the folder is none of items.
    fn unsettled(
        &self,
        store: &Store,
        error: &Unread,
        report: &mut Report,
    ) -> Result<Arc<Publication>, FolderError> {
        if *error == Unread::Missing {
            return Err(FolderError::Unreadable {
                path: self.root.join(PUBLICATION_FILE),
                reason: error.to_string(),
            });
        }
        let expected = "a readable file of at most 4 MiB";
        let complaint = Complaint::refused(None, expected, error.to_string(), error.advice());
        report.note(complaint.at(PUBLICATION_FILE));
        Ok(store.publication()?)
    }

    /// Keeps a logo of that name; false if it is not `expected` any more. It is shown as it is: no renditions are made.
    fn keep_picture(
        &self,
        files: &Files,
        store: &Store,
        name: &str,
        expected: &Photograph,
    ) -> Result<bool, FolderError> {
        let Ok(file) = reading::photograph_bytes(files, Path::new(""), name) else {
            return Ok(false);
        };
        match clean_photograph(name, &file.bytes) {
            Ok(picture) if picture.photograph == *expected => {
                let result = store.photographs().keep(expected, &picture.bytes);
                result.map_err(|error| self.not_kept(&self.root, name, &error))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Keeps the photograph of a caption in `folder`, and its renditions.
    fn keep(
        &self,
        files: &Files,
        store: &Store,
        folder: &str,
        image: &Image,
    ) -> Result<KeepResult, FolderError> {
        let name = &image.name;
        let Ok(file) = reading::photograph_bytes(files, Path::new(folder), name) else {
            return Ok(KeepResult::Changed);
        };
        match clean_photograph(name, &file.bytes) {
            Ok(picture) if picture.photograph == image.photograph => {
                match store.photographs().keep_with_renditions(name, &picture) {
                    Ok(photograph) => Ok(KeepResult::Whole(photograph)),
                    Err(KeepError::Photograph(error)) => Ok(KeepResult::Refused(error)),
                    Err(KeepError::Disk(error)) => {
                        Err(self.not_kept(&self.root.join(folder), name, &error))
                    }
                }
            }
            _ => Ok(KeepResult::Changed),
        }
    }

    /// Keeps the recording of an attachment in `folder`; false if it is not what it was when the article was read.
    fn keep_recording(
        &self,
        files: &Files,
        store: &Store,
        folder: &str,
        file: &AttachedFile,
    ) -> Result<bool, FolderError> {
        if store.photographs().has_recording(&file.recording) {
            return Ok(true);
        }
        let reading = Recordings {
            seen: None,
            stop: &|| self.has_to_stop(store),
        };
        let media_type = played_type_of(&file.name);
        let received = store.photographs().receive(&file.name, media_type, |take| {
            reading.pieces::<ReceiveError>(files, Path::new(folder), &file.name, take)
        });
        match received {
            Ok(received) if received.recording == file.recording => Ok(true),
            Ok(received) => {
                store.note_files_left_over(&[&received.recording.hash])?;
                Ok(false)
            }
            Err(ReceiveError::Recording(_)) => Ok(false),
            Err(ReceiveError::Disk(error)) => {
                Err(self.not_kept(&self.root.join(folder), &file.name, &error))
            }
        }
    }

    fn not_kept(&self, folder: &Path, name: &str, error: &std::io::Error) -> FolderError {
        FolderError::Photograph {
            path: folder.join(name),
            reason: error.to_string(),
        }
    }

    /// Which of the vanished articles are to be withdrawn: those that are still gone, unless so many went at once that
    /// a disk or a checkout is the likelier reason.
    ///
    /// # Errors
    /// If the store fails.
    pub fn believe(
        &self,
        store: &Store,
        vanished: &[(String, Id)],
        allow_mass_removal: bool,
    ) -> Result<Belief, FolderError> {
        if vanished.is_empty() {
            return Ok(Belief::Gone(Vec::new()));
        }
        let files = self.files()?;
        if files.metadata(PUBLICATION_FILE).is_err() {
            return Ok(Belief::Gone(Vec::new()));
        }
        let mut gone = Vec::new();
        for (path, id) in vanished {
            if files.is_gone(path) && store.file_of(*id)?.as_ref() == Some(path) {
                gone.push(*id);
            }
        }
        let count = store.count_files()?;
        let many = count >= MASS_REMOVAL_FROM && gone.len() * 2 > count;
        if many && !allow_mass_removal {
            return Ok(Belief::TooMany {
                vanished: gone.len(),
                known: count,
            });
        }
        Ok(Belief::Gone(gone))
    }

    /// Withdraws articles whose folders are gone. `entries` has what was done, also where not all could be.
    ///
    /// # Errors
    /// If the store fails.
    pub fn withdraw(
        &self,
        writes: &WriteQueue,
        gone: &[Id],
        entries: &mut Vec<Entry>,
    ) -> Result<(), FolderError> {
        for batch in gone.chunks(BATCH) {
            let changes: Vec<Change> = batch.iter().map(|id| Change::Withdraw(*id)).collect();
            let mut failed = None;
            for (_, outcome) in writes.apply_files(ACTOR, changes)? {
                match outcome {
                    Ok(done) => entries.extend(done),
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
        Ok(())
    }
}

impl Report {
    fn wait_for(&mut self, due: Option<DateTime<Utc>>) {
        self.due = self.due.into_iter().chain(due).min();
    }

    fn note(&mut self, complaint: Complaint) {
        let refused = complaint.severity == crate::item::Severity::Refused;
        self.refused += usize::from(refused);
        self.complaints
            .entry(complaint.path.clone())
            .or_default()
            .push(complaint);
    }
}
