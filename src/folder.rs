//! The folder of item files: what it holds, how it differs from the store, and the store written out as such a folder.
//!
//! The store is the truth and the folder one way in. Looking at the folder changes nothing where nothing changed: an
//! unchanged stat spares the reading, an unchanged text makes no entry.

mod export;
mod listing;
mod reading;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::item::{Article, Complaint, Id, is_refused};
use crate::publication::{self, Publication};
use crate::store::{Change, Entry, Origin, Settings, Store, StoreError};

pub use export::{ExportError, Exported, export};
pub use listing::{ArticleFolder, Listing};
pub use reading::{Reading, read_article};

/// Who changed an item, as the log says it, where a file did.
pub const ACTOR: &str = "items";

/// The file that makes a folder a folder of items.
pub const PUBLICATION_FILE: &str = "publication.toml";

/// The file that makes a folder an article.
pub const ARTICLE_FILE: &str = "article.md";

/// So many articles are read and applied in one transaction.
const BATCH: usize = 256;

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
    /// When the next article that waits for its date is due.
    pub due: Option<DateTime<Utc>>,
    pub articles: usize,
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
        let mut parsed = publication::parse(&bytes, &|name| photographs(name).map(|found| found.0));
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
        now: DateTime<Utc>,
        base_url: &str,
        report: &mut Report,
    ) -> Result<Publication, FolderError> {
        let (parsed, source) = self.publication()?;
        report
            .complaints
            .insert(PUBLICATION_FILE.to_owned(), parsed.complaints);
        if let Some(publication) = parsed.publication {
            if let Some(publication::Logo::Photograph { name, .. }) = &publication.logo {
                self.keep(store, &self.root, std::slice::from_ref(name))?;
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
        Ok(store.publication()?)
    }

    fn keep(&self, store: &Store, folder: &Path, names: &[String]) -> Result<(), FolderError> {
        for name in names {
            let Ok((photograph, bytes)) = reading::photograph(&self.root, folder, name) else {
                continue;
            };
            let kept = store.photographs().keep(&photograph, &bytes);
            kept.map_err(|error| FolderError::Photograph {
                path: folder.join(name),
                reason: error.to_string(),
            })?;
        }
        Ok(())
    }

    /// Brings in what differs. `progress` is told how many articles of how many are done.
    ///
    /// # Errors
    /// If the folder or the store fails; what was brought in before stays.
    pub fn bring_in(
        &self,
        store: &Store,
        publication: &Publication,
        now: DateTime<Utc>,
        look: &Look,
        progress: &dyn Fn(usize, usize),
        report: &mut Report,
    ) -> Result<(), FolderError> {
        let mut listing = match look {
            Look::Everywhere => Listing::of(&self.root, publication)?,
            Look::At(paths) => Listing::at(&self.root, publication, paths),
        };
        let known = store.files()?;
        listing.refuse_twins(
            &self.root,
            &known.keys().map(String::as_str).collect::<Vec<_>>(),
        );
        report.articles = listing.articles.len();
        for complaint in listing.complaints {
            report.note(complaint);
        }
        let mut vanished: HashMap<&str, (&Id, &Origin)> = HashMap::new();
        for (path, (id, origin)) in &known {
            let looked_at = match look {
                Look::Everywhere => true,
                Look::At(paths) => paths.contains(path),
            };
            if looked_at && !listing.present.contains(path) && self.is_gone(path) {
                vanished.insert(path, (id, origin));
            }
        }
        let changed: Vec<&ArticleFolder> = listing
            .articles
            .iter()
            .filter(|folder| {
                let stat = known.get(&folder.path).map(|(_, origin)| &origin.stat);
                stat != Some(&folder.stat)
            })
            .collect();
        let mut paths_by_id: HashMap<Id, &str> = known
            .iter()
            .map(|(path, (id, _))| (*id, path.as_str()))
            .collect();
        let total = changed.len();
        for (number, batch) in changed.chunks(BATCH).enumerate() {
            progress(number * BATCH, total);
            let readings = reading::read_all(&self.root, batch);
            let mut changes = Vec::new();
            let mut unchanged = Vec::new();
            for (folder, reading) in batch.iter().zip(readings) {
                let known_here = known.get(&folder.path);
                let Some(mut article) =
                    self.take(folder, reading, known_here.is_some(), now, report)
                else {
                    continue;
                };
                let digest = reading::digest(&article);
                let origin = Origin {
                    path: folder.path.clone(),
                    stat: folder.stat.clone(),
                    digest,
                };
                if known_here.is_some_and(|(_, was)| was.digest == origin.digest) {
                    unchanged.push(origin);
                    continue;
                }
                if known_here.is_none() && article.id.is_none() {
                    let twin =
                        |(_, (_, was)): &(&&str, &(&Id, &Origin))| was.digest == origin.digest;
                    article.id = vanished.iter().find(twin).map(|(_, (id, _))| **id);
                }
                if let Some(complaint) = self.id_in_use(&article, &folder.path, &paths_by_id) {
                    report.note(complaint);
                    continue;
                }
                // The next one in this look that says the same id is the second.
                if let Some(id) = article.id {
                    paths_by_id.insert(id, &folder.path);
                }
                let names: Vec<String> = article
                    .captions
                    .iter()
                    .filter_map(|caption| caption.image.as_ref())
                    .map(|image| image.name.clone())
                    .collect();
                self.keep(store, &self.root.join(&folder.path), &names)?;
                changes.push(Change::put(article, &folder.section, &folder.slug, origin));
            }
            store.note_files(&unchanged)?;
            apply(store, now, &changes, report)?;
        }
        progress(total, total);
        let renamed = store.files()?;
        report.vanished = vanished
            .into_iter()
            .filter(|(path, _)| renamed.contains_key(*path))
            .map(|(path, (id, _))| (path.to_owned(), *id))
            .collect();
        report.vanished.sort();
        Ok(())
    }

    fn id_in_use(
        &self,
        article: &Article,
        path: &str,
        paths_by_id: &HashMap<Id, &str>,
    ) -> Option<Complaint> {
        let id = article.id?;
        let other = paths_by_id.get(&id).filter(|other| **other != path)?;
        if !self.root.join(other).join(ARTICLE_FILE).exists() {
            return None;
        }
        Some(
            Complaint::refused(
                None,
                "an id of its own",
                format!("{id}, which {other} has"),
                "take the id out of the newer file; check --fix writes it another",
            )
            .at(&format!("{path}/{ARTICLE_FILE}")),
        )
    }

    /// The article of a reading, if it is to be public now.
    fn take(
        &self,
        folder: &ArticleFolder,
        reading: Reading,
        is_known: bool,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Option<Article> {
        let mut complaints = reading.complaints;
        let mut article = reading.article;
        if let Some(said) = &article {
            let late = said.updated.filter(|updated| *updated > now);
            if said.published > now && !is_known {
                let due = said.published.with_timezone(&Utc);
                report.due = Some(report.due.map_or(due, |other| other.min(due)));
                article = None;
            } else if said.published > now || late.is_some() {
                complaints.push(Complaint::refused(
                    None,
                    "dates that have come, for a story that is public",
                    late.unwrap_or(said.published).to_rfc3339(),
                    "correct published or updated",
                ));
                article = None;
            }
        }
        let file = format!("{}/{ARTICLE_FILE}", folder.path);
        report.refused += usize::from(is_refused(&complaints));
        let complaints = complaints.into_iter().map(|complaint| complaint.at(&file));
        report.complaints.insert(file.clone(), complaints.collect());
        article
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
    /// The number that vanished and the number there were, where they are not believed.
    pub fn believe(
        &self,
        store: &Store,
        vanished: &[(String, Id)],
        allow_mass_removal: bool,
    ) -> Result<Vec<Id>, FolderError> {
        if vanished.is_empty() || !self.root.join(PUBLICATION_FILE).exists() {
            return Ok(Vec::new());
        }
        let known = store.files()?;
        let gone: Vec<Id> = vanished
            .iter()
            .filter(|(path, _)| known.contains_key(path) && self.is_gone(path))
            .map(|(_, id)| *id)
            .collect();
        let many = known.len() >= MASS_REMOVAL_FROM && gone.len() * 2 > known.len();
        if many && !allow_mass_removal {
            return Ok(Vec::new());
        }
        Ok(gone)
    }

    /// Withdraws articles whose folders are gone.
    ///
    /// # Errors
    /// If the store fails.
    pub fn withdraw(
        &self,
        store: &Store,
        now: DateTime<Utc>,
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

fn apply(
    store: &Store,
    now: DateTime<Utc>,
    changes: &[Change],
    report: &mut Report,
) -> Result<(), FolderError> {
    if changes.is_empty() {
        return Ok(());
    }
    let outcomes = store.apply(now, ACTOR, changes)?;
    for (change, outcome) in changes.iter().zip(outcomes) {
        match (outcome, change) {
            (Ok(entries), _) => report.entries.extend(entries),
            (Err(error), Change::Put(put)) => {
                let path = format!("{}/{ARTICLE_FILE}", put.origin.path);
                report.note(
                    Complaint::refused(
                        None,
                        "an item of its own",
                        error.to_string(),
                        "correct one",
                    )
                    .at(&path),
                );
            }
            (Err(error), _) => return Err(error.into()),
        }
    }
    Ok(())
}

impl Report {
    fn note(&mut self, complaint: Complaint) {
        let refused = complaint.severity == crate::item::Severity::Refused;
        self.refused += usize::from(refused);
        self.complaints
            .entry(complaint.path.clone())
            .or_default()
            .push(complaint);
    }
}
