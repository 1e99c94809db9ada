//! Bringing in what differs: the articles of a look compared with the store, batch by batch.

use std::collections::{BTreeMap, HashMap};

use chrono::Utc;

use crate::item::{Article, Complaint, Id, is_refused};
use crate::publication::Publication;
use crate::store::{Change, Now, Origin, Store};

use super::listing::{ArticleFolder, Listing};
use super::reading::{self, Reading};
use super::{ACTOR, ARTICLE_FILE, BATCH, Folder, FolderError, Look, Report};

/// The files that a look concerns, as they were last read.
type Known = BTreeMap<String, (Id, Origin)>;

/// A look under way.
struct Bringing<'a> {
    folder: &'a Folder,
    store: &'a Store,
    now: Now<'a>,
    known: Known,
    /// Known articles whose folders are gone.
    vanished: BTreeMap<String, (Id, String)>,
    /// The ids that files of this look have said.
    said: HashMap<Id, String>,
    report: &'a mut Report,
}

impl Folder {
    /// Brings in what differs. `progress` is told how many articles of how many are done.
    ///
    /// # Errors
    /// If the folder or the store fails; what was brought in before stays.
    pub fn bring_in(
        &self,
        store: &Store,
        publication: &Publication,
        now: Now<'_>,
        look: &Look,
        progress: &dyn Fn(usize, usize),
        report: &mut Report,
    ) -> Result<(), FolderError> {
        let (mut listing, known) = match look {
            Look::Everywhere => (Listing::of(self.root(), publication)?, store.files()?),
            Look::At(paths) => (
                Listing::at(self.root(), publication, paths),
                store.files_near(paths)?,
            ),
        };
        listing.refuse_twins(
            self.root(),
            &known.keys().map(String::as_str).collect::<Vec<_>>(),
        );
        report.articles = listing.articles.len();
        for complaint in std::mem::take(&mut listing.complaints) {
            report.note(complaint);
        }
        let vanished = self.vanished(look, &listing, &known);
        let changed: Vec<&ArticleFolder> = listing
            .articles
            .iter()
            .filter(|folder| {
                known
                    .get(&folder.path)
                    .is_none_or(|(_, was)| was.stat != folder.stat)
            })
            .collect();
        let mut bringing = Bringing {
            folder: self,
            store,
            now,
            known,
            vanished,
            said: HashMap::new(),
            report,
        };
        for (number, batch) in changed.chunks(BATCH).enumerate() {
            progress(number * BATCH, changed.len());
            bringing.batch(batch)?;
        }
        progress(changed.len(), changed.len());
        bringing.tell_vanished()
    }

    fn vanished(
        &self,
        look: &Look,
        listing: &Listing,
        known: &Known,
    ) -> BTreeMap<String, (Id, String)> {
        let looked_at = |path: &String| match look {
            Look::Everywhere => true,
            Look::At(paths) => paths.contains(path),
        };
        known
            .iter()
            .filter(|(path, _)| {
                looked_at(path) && !listing.present.contains(*path) && self.is_gone(path)
            })
            .map(|(path, (id, origin))| (path.clone(), (*id, origin.digest.clone())))
            .collect()
    }
}

impl Bringing<'_> {
    fn batch(&mut self, folders: &[&ArticleFolder]) -> Result<(), FolderError> {
        let readings = reading::read_all(self.folder.root(), folders);
        let mut changes = Vec::new();
        let mut unchanged = Vec::new();
        for (folder, reading) in folders.iter().zip(readings) {
            let Some(article) = self.take(folder, reading) else {
                continue;
            };
            let origin = Origin {
                path: folder.path.clone(),
                stat: folder.stat.clone(),
                digest: reading::digest(&article),
            };
            let known = self.known.get(&folder.path);
            if known.is_some_and(|(_, was)| was.digest == origin.digest) {
                unchanged.push(origin);
                continue;
            }
            changes.extend(self.change(folder, article, origin)?);
        }
        self.store.note_files(&unchanged)?;
        self.apply(&changes)
    }

    /// The change that brings an article in, unless its id is another's.
    fn change(
        &mut self,
        folder: &ArticleFolder,
        mut article: Article,
        origin: Origin,
    ) -> Result<Option<Change>, FolderError> {
        if article.id.is_none() && !self.known.contains_key(&folder.path) {
            // A folder that vanished and one that appeared with the same content are one that was renamed.
            let mut gone = self.vanished.values();
            article.id = gone
                .find(|(_, digest)| *digest == origin.digest)
                .map(|(id, _)| *id);
        }
        if let Some(id) = article.id {
            if let Some(other) = self.other_with(id, &folder.path)? {
                let file = |path: &str| format!("{path}/{ARTICLE_FILE}");
                self.report
                    .note(id_in_use(id, &file(&folder.path), &file(&other)));
                return Ok(None);
            }
            self.said.insert(id, folder.path.clone());
        }
        let images = article
            .captions
            .iter()
            .filter_map(|caption| caption.image.as_ref());
        let names: Vec<String> = images.map(|image| image.name.clone()).collect();
        self.folder
            .keep(self.store, &self.folder.root().join(&folder.path), &names)?;
        Ok(Some(Change::put(
            article,
            &folder.section,
            &folder.slug,
            origin,
        )))
    }

    /// Another file that is there and has the same id: the one that had it first keeps it.
    fn other_with(&self, id: Id, path: &str) -> Result<Option<String>, FolderError> {
        let other = match self.said.get(&id) {
            Some(other) => Some(other.clone()),
            None => self.store.file_of(id)?,
        };
        Ok(other.filter(|other| {
            other != path && self.folder.root().join(other).join(ARTICLE_FILE).exists()
        }))
    }

    /// The article of a reading, if it is to be public now.
    fn take(&mut self, folder: &ArticleFolder, reading: Reading) -> Option<Article> {
        let mut complaints = reading.complaints;
        let mut article = reading.article;
        let now = (self.now)();
        if let Some(said) = &article {
            let is_known = self.known.contains_key(&folder.path);
            let late = said.updated.filter(|updated| *updated > now);
            if said.published > now && !is_known {
                let due = said.published.with_timezone(&Utc);
                self.report.due = Some(self.report.due.map_or(due, |other| other.min(due)));
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
        self.report.refused += usize::from(is_refused(&complaints));
        let complaints = complaints
            .into_iter()
            .map(|complaint| complaint.at(&file))
            .collect();
        self.report.complaints.insert(file, complaints);
        article
    }

    fn apply(&mut self, changes: &[Change]) -> Result<(), FolderError> {
        if changes.is_empty() {
            return Ok(());
        }
        let outcomes = self.store.apply(self.now, ACTOR, changes)?;
        for (change, outcome) in changes.iter().zip(outcomes) {
            match (outcome, change) {
                (Ok(entries), _) => self.report.entries.extend(entries),
                (Err(error), Change::Put(put)) => {
                    let path = format!("{}/{ARTICLE_FILE}", put.origin.path);
                    let expected = "an item of its own";
                    let said = Complaint::refused(
                        None,
                        expected,
                        error.to_string(),
                        "correct one of the two",
                    );
                    self.report.note(said.at(&path));
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What vanished and did not turn up elsewhere.
    fn tell_vanished(self) -> Result<(), FolderError> {
        for (path, (id, _)) in self.vanished {
            if self.store.file_of(id)?.as_ref() == Some(&path) {
                self.report.vanished.push((path, id));
            }
        }
        Ok(())
    }
}

/// The complaint of a file whose id another file has.
pub fn id_in_use(id: Id, file: &str, other: &str) -> Complaint {
    let said = Complaint::refused(
        None,
        "an id of its own",
        format!("{id}, which {other} has"),
        "take the id out of the newer file; check --fix writes it another",
    );
    said.at(file)
}
