//! Brings in the articles of a scan that differ from the store, batch by batch.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use crate::item::{Article, Complaint, Id, file, is_refused};
use crate::publication::Publication;
use crate::store::{
    Change, ChangeWithResult, Now, Origin, Store, StoreError, WaitingFile, WriteQueue,
};

use super::files::Files;
use super::listing::{ArticleFolder, Listing};
use super::reading::{self, ArticleRead, ParsedArticle, joined, side_by_side};
use super::recordings::Recordings;
use super::unfinished::{Seen, Verdict};
use super::{
    ACTOR, ARTICLE_FILE, AwaitedArticle, BATCH, BATCH_BYTES, Folder, FolderError, KeepResult,
    PUBLICATION_FILE, Report, ScanScope,
};

/// Maximum number of articles of a batch that are made ready at once: their photographs wait for the disk, and those
/// that wait together are written together.
const PREPARING: usize = 16;

/// The known files within the scope of a scan: id and origin by path.
type KnownFiles = BTreeMap<String, (Id, Origin)>;

/// The changes of a batch, and the origins of files whose content has not changed.
struct PreparedBatch {
    changes: Vec<Change>,
    unchanged: Vec<Origin>,
}

type Applying<'scope> = ScopedJoinHandle<'scope, Result<Vec<ChangeWithResult>, StoreError>>;

/// The state of a scan that is under way.
struct Scan<'a> {
    folder: &'a Folder,
    files: &'a Files,
    writes: &'a WriteQueue,
    store: &'a Store,
    now: Now<'a>,
    is_everywhere: bool,
    known: KnownFiles,
    /// Known articles whose folders are gone.
    vanished: BTreeMap<String, (Id, String)>,
    /// The paths of vanished articles by the digests of their files.
    vanished_by_digest: HashMap<String, Vec<String>>,
    /// The paths of the files of this scan that have an id, by their ids.
    paths_by_id: HashMap<Id, String>,
    report: &'a mut Report,
    /// Files of the current batch whose time has not come.
    waiting: Vec<WaitingFile>,
    /// Files that were read whole and do not wait for their time.
    read_whole: BTreeSet<String>,
    /// The id of the publication, from which the ids of its files follow.
    publication_id: Id,
}

impl Folder {
    /// Brings in the articles that differ from the store. `progress` is called with the number of those done, and that
    /// of all.
    ///
    /// # Errors
    /// If the folder or the store fails; what was brought in before stays.
    pub fn bring_in(
        &self,
        writes: &WriteQueue,
        publication: &Publication,
        scope: &ScanScope,
        progress: &dyn Fn(usize, usize),
        report: &mut Report,
    ) -> Result<(), FolderError> {
        let (store, now) = (writes.store(), writes.now());
        let files = self.files()?;
        let (mut listing, known) = match scope {
            ScanScope::Everywhere => (Listing::of(self.root(), publication)?, store.files()?),
            ScanScope::At(paths) => (
                Listing::at(&files, publication, paths),
                store.files_near(paths)?,
            ),
        };
        let waiting = store.waiting_files()?;
        // Of two paths with one slug the last one counts: public articles come behind those that wait.
        let first = waiting.iter().chain(known.keys());
        listing.refuse_twins(&files, &first.map(String::as_str).collect::<Vec<_>>());
        report.articles = listing.articles.len();
        for complaint in std::mem::take(&mut listing.complaints) {
            let begun = listing.begun_at(&complaint.path);
            match begun.filter(|(_, changed)| self.is_fresh(*changed, now)) {
                Some((path, _)) => self.wait_for_article(path, report),
                None => report.note(complaint),
            }
        }
        report.unknown.append(&mut listing.unknown);
        if let ScanScope::At(paths) = scope {
            report.scanned.extend(paths.iter().cloned());
        }
        let vanished = vanished(&files, scope, &listing, &known);
        let mut changed: Vec<&ArticleFolder> = listing
            .articles
            .iter()
            .filter(|folder| {
                known
                    .get(&folder.path)
                    .is_none_or(|(_, was)| was.stat != folder.stat)
            })
            .collect();
        changed.retain(|folder| !self.is_copying(&folder.path, report));
        // Names mostly begin with a date: in their order the log tells the paper's story, and what is filed side by side
        // is written side by side, where order by section would write all over the store.
        changed.sort_by(|one, other| (&one.slug, &one.section).cmp(&(&other.slug, &other.section)));
        let mut vanished_by_digest: HashMap<String, Vec<String>> = HashMap::new();
        // The first of several that are alike is found first.
        for (path, (_, digest)) in vanished.iter().rev() {
            vanished_by_digest
                .entry(digest.clone())
                .or_default()
                .push(path.clone());
        }
        let mut bringing = Scan {
            folder: self,
            files: &files,
            writes,
            store,
            now,
            is_everywhere: matches!(scope, ScanScope::Everywhere),
            known,
            vanished,
            vanished_by_digest,
            paths_by_id: HashMap::new(),
            report,
            waiting: Vec::new(),
            read_whole: BTreeSet::new(),
            publication_id: publication.id(),
        };
        bringing.batches(&changed, progress)?;
        bringing.free_reservations(scope, waiting)?;
        bringing.report_vanished()?;
        if matches!(scope, ScanScope::Everywhere) {
            let advice = "it is passed over until there is one; correct it";
            for lead in store.unknown_leads(&publication.leads)? {
                let complaint = lead.unknown(advice).at(PUBLICATION_FILE);
                let reported = report.complaints.get(PUBLICATION_FILE);
                // A scan that has to make sure comes twice.
                if reported.is_none_or(|reported| !reported.contains(&complaint)) {
                    report.note(complaint);
                }
            }
        }
        Ok(())
    }
}

/// The articles in batches, each with at most as many articles and as much text as one transaction takes, and one article
/// at least.
fn batches_of<'a, 'f>(
    folders: &'a [&'f ArticleFolder],
) -> impl Iterator<Item = &'a [&'f ArticleFolder]> {
    let mut left = folders;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = left.iter().take(BATCH).take_while(|folder| {
            bytes += folder.bytes;
            bytes <= BATCH_BYTES
        });
        let count = fits.count().max(1);
        let (batch, rest) = left.split_at_checked(count)?;
        left = rest;
        Some(batch)
    })
}

/// Whether a scan covers the article at a path.
fn looked_at(scope: &ScanScope) -> impl Fn(&String) -> bool {
    let looked_at: Option<HashSet<&String>> = match scope {
        ScanScope::Everywhere => None,
        ScanScope::At(paths) => Some(paths.iter().collect()),
    };
    move |path| looked_at.as_ref().is_none_or(|paths| paths.contains(path))
}

/// The known articles that are surely not there any more.
fn vanished(
    files: &Files,
    scope: &ScanScope,
    listing: &Listing,
    known: &KnownFiles,
) -> BTreeMap<String, (Id, String)> {
    let is_looked_at = looked_at(scope);
    known
        .iter()
        .filter(|(path, _)| {
            is_looked_at(path) && !listing.present.contains(*path) && files.is_gone(path)
        })
        .map(|(path, (id, origin))| (path.clone(), (*id, origin.digest.clone())))
        .collect()
}

/// The result of preparing an article that differs from the store.
enum Prepared {
    Change(Box<Change>),
    /// The article changed while it was read; the next scan reads it as it then is.
    Later,
    Refused(Complaint),
}

impl Folder {
    /// The change that brings an article in, its photographs and recordings kept before.
    fn change(
        &self,
        files: &Files,
        store: &Store,
        folder: &ArticleFolder,
        mut article: Article,
        origin: Origin,
    ) -> Result<Prepared, FolderError> {
        self.has_to_stop(store);
        let images = article
            .captions
            .iter_mut()
            .filter_map(|caption| caption.image.as_mut());
        for image in images {
            if store.is_stopping() {
                return Err(StoreError::Stopping.into());
            }
            match self.keep(files, store, &folder.path, image)? {
                KeepResult::Whole(photograph) => image.photograph = photograph,
                KeepResult::Changed => return Ok(Prepared::Later),
                KeepResult::Refused(error) => {
                    let complaint = file::unpublishable(None, &image.name, &error);
                    let path = format!("{}/{ARTICLE_FILE}", folder.path);
                    return Ok(Prepared::Refused(complaint.at(&path)));
                }
            }
        }
        let files_of = article
            .attachments
            .iter()
            .filter_map(|played| played.file.as_ref());
        for file in files_of {
            if store.is_stopping() {
                return Err(StoreError::Stopping.into());
            }
            if !self.keep_recording(files, store, &folder.path, file)? {
                return Ok(Prepared::Later);
            }
        }
        let change = Change::put(article, &folder.section, &folder.slug, origin);
        Ok(Prepared::Change(Box::new(change)))
    }
}

impl PreparedBatch {
    fn apply(self, writes: &WriteQueue) -> Result<Vec<ChangeWithResult>, StoreError> {
        writes.store().note_files(&self.unchanged)?;
        if self.changes.is_empty() {
            return Ok(Vec::new());
        }
        writes.apply_files(ACTOR, self.changes)
    }
}

impl Scan<'_> {
    /// Keeps the ids and addresses of the files of a batch that wait.
    fn reserve(&mut self) -> Result<(), FolderError> {
        let waiting = std::mem::take(&mut self.waiting);
        Ok(self.store.reserve_for_files(&waiting, &BTreeSet::new())?)
    }

    /// Gives the ids and addresses free of files that wait no more. Those of a file that was refused, that may not be whole,
    /// or that could not be read stay its own: only one that is surely gone, or that was read and does not wait, loses them.
    fn free_reservations(&self, scope: &ScanScope, kept: Vec<String>) -> Result<(), FolderError> {
        let is_looked_at = looked_at(scope);
        let mut freed = self.read_whole.clone();
        let gone = kept.into_iter();
        freed.extend(gone.filter(|path| is_looked_at(path) && self.files.is_gone(path)));
        Ok(self.store.reserve_for_files(&[], &freed)?)
    }

    /// While one batch is applied, the next is made ready and the one after it read.
    fn batches(
        &mut self,
        changed: &[&ArticleFolder],
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), FolderError> {
        let (files, store, now, writes) = (self.files, self.store, self.now, self.writes);
        let folder = self.folder;
        let stop = move || folder.has_to_stop(store);
        let recordings = Recordings {
            seen: Some((&folder.recordings, now)),
            stop: &stop,
        };
        thread::scope(|scope| {
            let read = |batch| scope.spawn(move || reading::read_all(files, batch, recordings));
            let mut batches = batches_of(changed);
            let mut next = batches.next().map(|batch| (batch, read(batch)));
            let mut applying = None;
            let mut done = 0;
            while let Some((batch, reader)) = next {
                progress(done, changed.len());
                let readings = joined(reader);
                next = batches.next().map(|batch| (batch, read(batch)));
                let ready = match readings {
                    Some(readings) => self.prepare_batch(batch, readings),
                    None => Err(StoreError::Stopping.into()),
                };
                self.note_applied(applying)?;
                let ready = ready?;
                self.reserve()?;
                applying = Some(scope.spawn(move || ready.apply(writes)));
                done += batch.len();
            }
            self.note_applied(applying)?;
            progress(done, changed.len());
            Ok(())
        })
    }

    fn prepare_batch(
        &mut self,
        folders: &[&ArticleFolder],
        readings: Vec<ArticleRead>,
    ) -> Result<PreparedBatch, FolderError> {
        let mut differing = Vec::new();
        let mut unchanged = Vec::new();
        for (folder, mut read) in folders.iter().zip(readings) {
            if self.is_unfinished(folder, &mut read) {
                continue;
            }
            let Some(article) = self.take(folder, read.reading) else {
                continue;
            };
            let origin = Origin {
                path: folder.path.clone(),
                stat: folder.stat.clone(),
                digest: read.digest,
            };
            let known = self.known.get(&folder.path);
            if known.is_some_and(|(_, was)| was.digest == origin.digest) {
                self.read_whole.insert(origin.path.clone());
                unchanged.push(origin);
                continue;
            }
            if known.is_none() && self.store.was_killed(article.id, &origin)? {
                self.read_whole.insert(origin.path);
                continue;
            }
            differing.extend(self.identified(folder, article, origin)?);
        }
        let prepared = side_by_side(differing, PREPARING, |(folder, article, origin)| {
            self.folder
                .change(self.files, self.store, folder, article, origin)
        });
        let mut changes = Vec::new();
        for prepared in prepared {
            match prepared? {
                Prepared::Change(change) => changes.push(*change),
                Prepared::Later => {}
                Prepared::Refused(complaint) => self.report.note(complaint),
            }
        }
        Ok(PreparedBatch { changes, unchanged })
    }

    /// Whether the article may still be being written, so that it is looked at again later. An article that was
    /// published before with the same content is complete.
    fn is_unfinished(&mut self, folder: &ArticleFolder, read: &mut ArticleRead) -> bool {
        let known = self.known.get(&folder.path);
        let is_known = known.is_some_and(|(_, was)| was.digest == read.digest);
        if is_known || self.vanished_by_digest.contains_key(&read.digest) {
            return false;
        }
        let is_fresh = self.is_everywhere && self.folder.is_fresh(folder.changed, self.now);
        let seen = Seen {
            path: &folder.path,
            stat: &folder.stat,
            is_cut: read.is_cut,
            is_fresh,
            has_recordings: read
                .reading
                .article
                .as_ref()
                .is_some_and(|article| article.attachments.iter().any(|it| it.file.is_some())),
        };
        let verdict = self.folder.verdict(seen, self.report);
        if verdict == Verdict::Unchanged && read.reading.article.is_some() {
            read.reading.complaints.push(Complaint::mended(
                None,
                "a text that ends with its last sentence or line",
                "an end within it, which was taken as it stands",
                "save the file once more if something is missing",
            ));
        }
        matches!(verdict, Verdict::Wait(_))
    }

    /// The article with its id; `None`, and a complaint, where another file has that id.
    fn identified<'f>(
        &mut self,
        folder: &'f ArticleFolder,
        mut article: Article,
        origin: Origin,
    ) -> Result<Option<(&'f ArticleFolder, Article, Origin)>, FolderError> {
        if article.id.is_none() && !self.known.contains_key(&folder.path) {
            // A folder that vanished and one that appeared with the same content are one that was renamed.
            let mut gone = None;
            while let Some(path) = self
                .vanished_by_digest
                .get_mut(&origin.digest)
                .and_then(Vec::pop)
            {
                gone = self.vanished.remove(&path);
                if gone.is_some() {
                    break;
                }
            }
            article.id = gone.map(|(id, _)| id);
        }
        if let Some(id) = article.id {
            if let Some(other) = self.other_with(id, &folder.path)? {
                let file = |path: &str| format!("{path}/{ARTICLE_FILE}");
                self.report
                    .note(id_in_use(id, &file(&folder.path), &file(&other)));
                // The file that has it may go in this very look; then this one is not gone with it.
                self.vanished.retain(|_, (vanished, _)| *vanished != id);
                return Ok(None);
            }
            self.paths_by_id.insert(id, folder.path.clone());
        }
        Ok(Some((folder, article, origin)))
    }

    /// The path of another file that has the same id: the file that had it first keeps it.
    fn other_with(&self, id: Id, path: &str) -> Result<Option<String>, FolderError> {
        if let Some(other) = self.paths_by_id.get(&id) {
            return Ok(Some(other.clone()).filter(|other| other != path));
        }
        let other = self.store.file_of(id)?.filter(|other| other != path);
        Ok(other.filter(|other| self.still_says(other, id)))
    }

    /// Whether the file at `path`, which had the id, has it still. One without an id has that which the store keeps.
    fn still_says(&self, path: &str, id: Id) -> bool {
        if self.files.is_gone(&format!("{path}/{ARTICLE_FILE}")) {
            return false;
        }
        let stop = || self.folder.has_to_stop(self.store);
        let recordings = Recordings {
            seen: Some((&self.folder.recordings, self.now)),
            stop: &stop,
        };
        let now = reading::article(self.files, Path::new(path), recordings)
            .0
            .article;
        now.and_then(|article| article.id)
            .is_none_or(|file_id| file_id == id)
    }

    /// The article of a reading, if it is to be public now.
    fn take(&mut self, folder: &ArticleFolder, reading: ParsedArticle) -> Option<Article> {
        let mut complaints = reading.complaints;
        let mut article = reading.article;
        let now = (self.now)();
        if let Some(content) = &article {
            let is_known = self.known.contains_key(&folder.path);
            let late = content.updated.filter(|updated| *updated > now);
            let from = content.visible_from();
            if !is_known && let Some(waits) = AwaitedArticle::of_file(&folder.path, content, now) {
                self.report.awaited.insert(folder.path.clone(), waits);
            }
            if content.draft && !is_known {
                self.read_whole.insert(folder.path.clone());
                article = None;
            } else if from > now && !is_known {
                self.report.wait_for(Some(from.to_utc()));
                let captions = content.captions.iter().filter_map(|caption| caption.id);
                let article_id = content
                    .id
                    .unwrap_or_else(|| self.publication_id.derive(&folder.slug));
                self.waiting.push(WaitingFile {
                    path: folder.path.clone(),
                    article: article_id,
                    ids: captions.chain([article_id]).collect(),
                    due: from.to_utc(),
                });
                article = None;
            } else if content.draft {
                complaints.push(Complaint::refused(
                    None,
                    "no draft, for a story that is public",
                    "draft = true",
                    "take it out; courant withhold takes the story away until it is released",
                ));
                article = None;
            } else if from > now || late.is_some() {
                complaints.push(Complaint::refused(
                    None,
                    "dates that have come, for a story that is public",
                    late.unwrap_or(from).to_rfc3339(),
                    "correct published, embargo_until or updated",
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

    /// Waits for a batch to be applied, and reports the results.
    fn note_applied(&mut self, applying: Option<Applying<'_>>) -> Result<(), FolderError> {
        let applied = applying.map(joined).transpose()?;
        let mut failed = None;
        for (change, outcome) in applied.unwrap_or_default() {
            match (outcome, change) {
                (Ok(entries), _) => self.report.entries.extend(entries),
                // The others may have been applied, and are reported.
                (Err(error), _) if !error.is_refusal() => failed = failed.or(Some(error)),
                (Err(error), Change::Put(put)) => {
                    let path = put.origin.map(|origin| origin.path).unwrap_or_default();
                    let path = format!("{path}/{ARTICLE_FILE}");
                    let (expected, advice) = match &error {
                        StoreError::TooManyCaptions { .. } => {
                            ("fewer captions", "give captions back the ids that they had")
                        }
                        _ => ("an item of its own", "correct one of the two"),
                    };
                    let complaint = Complaint::refused(None, expected, error.to_string(), advice);
                    self.report.note(complaint.at(&path));
                }
                (Err(error), _) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Reports the articles that vanished and did not turn up at another path.
    fn report_vanished(self) -> Result<(), FolderError> {
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
    let complaint = Complaint::refused(
        None,
        "an id of its own",
        format!("{id}, which {other} has"),
        "take the id out of the newer file; check --fix writes it another",
    );
    complaint.at(file)
}

#[cfg(test)]
#[path = "scan/tests.rs"]
mod tests;
