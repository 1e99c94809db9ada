//! The folder of item files: what it holds, how it differs from the store, the store written out as such a folder, and
//! older feeds brought into it.
//!
//! The store is the truth and the folder one way in. Looking at the folder changes nothing where nothing changed: an
//! unchanged stat spares the reading, an unchanged text makes no entry.

mod bring;
mod export;
mod intake;
mod listing;
mod reading;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::item::{Complaint, Id, Image, Photograph, PhotographError, clean_photograph};
use crate::publication::{self, Publication};
use crate::store::{Change, Entry, KeepError, Now, Settings, Store, StoreError};

pub use bring::id_in_use;
pub use export::{ExportError, Exported, export};
pub use intake::{Intake, IntakeError, LeftOut, MediaFolder, Tally};
pub use listing::{ArticleFolder, Listing};
pub use reading::{Reading, check_photographs, read_article};

/// Who changed an item, as the log says it, where a file did.
pub const ACTOR: &str = "items";

/// The file that makes a folder a folder of items.
pub const PUBLICATION_FILE: &str = "publication.toml";

/// The file that makes a folder an article.
pub const ARTICLE_FILE: &str = "article.md";

/// So many articles are read and applied in one transaction: in a larger one the same page of an index is written for
/// more of them.
const BATCH: usize = 1024;

/// From so many items on, the loss of more than half at once is not believed.
const MASS_REMOVAL_FROM: usize = 10;

/// A folder of item files.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// Where to look.
#[derive(Clone, Debug)]
pub enum Look {
    Everywhere,
    /// Only at these articles, `section/slug`.
    At(Vec<String>),
}

/// What a look at the folder found and did.
#[derive(Debug, Default)]
pub struct Report {
    pub entries: Vec<Entry>,
    /// For every file looked at, all there is to say of it; an empty list where all is well again.
    pub complaints: BTreeMap<String, Vec<Complaint>>,
    pub refused: usize,
    /// Articles that are not there any more. They are withdrawn when a second look finds the same.
    pub vanished: Vec<(String, Id)>,
    /// When the next article that waits for its date, or the next feed's end, is due.
    pub due: Option<DateTime<Utc>>,
    pub articles: usize,
}

/// What came of keeping a photograph.
enum Kept {
    Whole(Photograph),
    /// It is not what it was when the article was read; the next look finds it as it then is.
    Changed,
    /// Its pixels cannot be read.
    Refused(PhotographError),
}

/// What is made of articles that vanished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belief {
    /// They were taken away.
    Gone(Vec<Id>),
    /// So many at once are rather a disk or a checkout.
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

impl Folder {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads `publication.toml` and what it says of the paper.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn publication(&self) -> Result<(publication::Parsed, String), FolderError> {
        let path = self.root.join(PUBLICATION_FILE);
        let bytes = std::fs::read(&path).map_err(|error| FolderError::Unreadable {
            path,
            reason: error.to_string(),
        })?;
        let photographs = |name: &str| reading::photograph(&self.root, &self.root, name);
        let mut parsed = publication::parse(&bytes, &photographs);
        for complaint in &mut parsed.complaints {
            complaint.path = PUBLICATION_FILE.to_owned();
        }
        Ok((parsed, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Brings the settings in line with `publication.toml`; what is wrong with it leaves them as they were.
    ///
    /// # Errors
    /// If the folder or the store fails.
    pub fn bring_in_publication(
        &self,
        store: &Store,
        now: Now<'_>,
        base_url: &str,
        report: &mut Report,
    ) -> Result<Arc<Publication>, FolderError> {
        let (parsed, source) = self.publication()?;
        report
            .complaints
            .insert(PUBLICATION_FILE.to_owned(), parsed.complaints);
        if let Some(publication) = parsed.publication {
            if let Some(publication::Logo::Photograph { name, photograph }) = &publication.logo
                && !self.keep_logo(store, name, photograph)?
            {
                // It changed while it was looked at; the next look finds it as it then is.
                return Ok(store.publication()?);
            }
            let settings = Settings {
                publication,
                source,
                base_url: base_url.to_owned(),
            };
            let changes = [Change::Settings(Box::new(settings))];
            for outcome in store.apply(now, ACTOR, &changes)? {
                report.entries.extend(outcome?);
            }
        } else {
            report.refused += 1;
        }
        let publication = store.publication()?;
        let (now, ends) = (now(), publication.sunsets().map(|(_, end)| end.to_utc()));
        report.wait_for(ends.filter(|end| *end > now).min());
        Ok(publication)
    }

    /// Keeps the logo of that name; false if it is not `expected` any more. It is shown as it is: no renditions are made.
    fn keep_logo(
        &self,
        store: &Store,
        name: &str,
        expected: &Photograph,
    ) -> Result<bool, FolderError> {
        let Ok(bytes) = reading::photograph_bytes(&self.root, &self.root, name) else {
            return Ok(false);
        };
        match clean_photograph(name, &bytes) {
            Ok(picture) if picture.photograph == *expected => {
                let kept = store.photographs().keep(expected, &picture.bytes);
                kept.map_err(|error| self.not_kept(&self.root, name, &error))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Keeps the photograph of a caption in `folder`, and its renditions.
    fn keep(&self, store: &Store, folder: &Path, image: &Image) -> Result<Kept, FolderError> {
        let name = &image.name;
        let Ok(bytes) = reading::photograph_bytes(&self.root, folder, name) else {
            return Ok(Kept::Changed);
        };
        match clean_photograph(name, &bytes) {
            Ok(picture) if picture.photograph == image.photograph => {
                match store.photographs().keep_with_renditions(name, &picture) {
                    Ok(photograph) => Ok(Kept::Whole(photograph)),
                    Err(KeepError::Photograph(error)) => Ok(Kept::Refused(error)),
                    Err(KeepError::Disk(error)) => Err(self.not_kept(folder, name, &error)),
                }
            }
            _ => Ok(Kept::Changed),
        }
    }

    fn not_kept(&self, folder: &Path, name: &str, error: &std::io::Error) -> FolderError {
        FolderError::Photograph {
            path: folder.join(name),
            reason: error.to_string(),
        }
    }

    /// Whether there is no such article; where its section leads out of the folder, nothing can be said of it.
    fn is_gone(&self, path: &str) -> bool {
        let section = path.split_once('/').map_or(path, |(section, _)| section);
        !self.root.join(path).exists() && listing::inside(&self.root, &self.root.join(section))
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
        if vanished.is_empty() || !self.root.join(PUBLICATION_FILE).exists() {
            return Ok(Belief::Gone(Vec::new()));
        }
        let mut gone = Vec::new();
        for (path, id) in vanished {
            if self.is_gone(path) && store.file_of(*id)?.as_ref() == Some(path) {
                gone.push(*id);
            }
        }
        let known = store.count_files()?;
        let many = known >= MASS_REMOVAL_FROM && gone.len() * 2 > known;
        if many && !allow_mass_removal {
            return Ok(Belief::TooMany {
                vanished: gone.len(),
                known,
            });
        }
        Ok(Belief::Gone(gone))
    }

    /// Withdraws articles whose folders are gone.
    ///
    /// # Errors
    /// If the store fails.
    pub fn withdraw(
        &self,
        store: &Store,
        now: Now<'_>,
        gone: &[Id],
    ) -> Result<Vec<Entry>, FolderError> {
        let mut entries = Vec::new();
        for batch in gone.chunks(BATCH) {
            let changes: Vec<Change> = batch.iter().map(|id| Change::Withdraw(*id)).collect();
            for outcome in store.apply(now, ACTOR, &changes)? {
                entries.extend(outcome?);
            }
        }
        Ok(entries)
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
