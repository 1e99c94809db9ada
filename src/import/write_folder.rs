//! Items of an older feed or export, written as item folders.
//!
//! The result for an item depends on the file and the publication alone, so that a second run writes the same. An item
//! that the folder already has is recognised by its guid, wherever the desk has moved it, and is left as it stands.

mod addresses;
mod article;
mod known;
mod media;
mod names;
mod pictures;
mod tally;
mod words;
mod write;

use std::ops::ControlFlow;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use chrono::{DateTime, Utc};

use crate::count::count_as;
use crate::import::feed_file::{FeedFile, FeedFileError, OlderItem, Survey};
use crate::item::Id;
use crate::publication::Publication;

use crate::folder::reading::joined;
use crate::folder::{Files, FolderError};
use article::{ItemPlan, make};
use known::KnownItems;
use write::{WriteOutcome, write};

pub use addresses::Addresses;
pub use media::MediaFolder;
pub use tally::{LeftOut, Tally};

/// Maximum number of items that are worked on at once; as many again are read meanwhile.
const MAX_BATCH_ITEMS: usize = 256;

/// Maximum number of bytes of the texts of a batch.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The options of an import of feed files into a folder of items.
pub struct FeedImport<'i> {
    pub root: &'i Path,
    pub publication: &'i Publication,
    /// The publication's id, from which the ids of items are derived.
    pub id: Id,
    /// The section of items whose categories name none.
    pub section: &'i str,
    /// The folder in which photographs are looked for.
    pub media: Option<MediaFolder>,
    /// Whether items that the folder already has are written again.
    pub replace: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether articles that the older system does not show to readers are imported as drafts.
    pub drafts: bool,
    /// The time of the import: an item that is scheduled for a later time keeps it.
    pub now: DateTime<Utc>,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] FeedFileError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path}: {complaint}; until it can be read, nobody knows whether it is one of these")]
    Unreadable { path: String, complaint: String },
    #[error("{path} cannot be written: {reason}; {}", count_as(*written, "article was", "articles were"))]
    Unwritable {
        path: String,
        reason: String,
        written: usize,
    },
}

impl FeedImport<'_> {
    /// Brings in every item of the files; `progress` is called with the number of items read so far.
    ///
    /// # Errors
    /// If a file is not whole, or the folder cannot be read or written.
    pub fn run(
        &self,
        files: &[(FeedFile, Survey)],
        addresses: Addresses,
        progress: &dyn Fn(usize),
    ) -> Result<Tally, ImportError> {
        let folder = Files::of(self.root).map_err(|error| FolderError::Unreadable {
            path: self.root.to_owned(),
            reason: error.to_string(),
        })?;
        let mut run = Run {
            import: self,
            folder: &folder,
            known: addresses.known,
            tally: Tally::default(),
            progress,
        };
        for (file, survey) in files {
            // With one file its name is not needed in reports.
            let named = (files.len() > 1).then(|| file.path().display().to_string());
            run.read(file, survey, named.as_deref())?;
        }
        Ok(run.tally)
    }
}

/// An import under way.
struct Run<'r> {
    import: &'r FeedImport<'r>,
    /// The folder of items, opened.
    folder: &'r Files,
    known: KnownItems,
    tally: Tally,
    progress: &'r dyn Fn(usize),
}

impl Run<'_> {
    fn read(
        &mut self,
        file: &FeedFile,
        survey: &Survey,
        named: Option<&str>,
    ) -> Result<(), ImportError> {
        let (import, folder) = (self.import, self.folder);
        // While the items of one batch are worked on, those of the next are read.
        thread::scope(|scope| {
            let mut batch = Batch::default();
            let mut at_work = Vec::new();
            let mut failure = None;
            file.read(survey, &mut |item| {
                self.gather(item, named, &mut batch);
                if !batch.is_full() {
                    return ControlFlow::Continue(());
                }
                if let Err(error) = self.settle(std::mem::take(&mut at_work)) {
                    failure = Some(error);
                    return ControlFlow::Break(());
                }
                for share in self.begin(&mut batch) {
                    let work = move || brought_in(import, folder, share, survey);
                    at_work.push(scope.spawn(work));
                }
                ControlFlow::Continue(())
            })?;
            if let Some(error) = failure {
                return Err(error);
            }
            self.settle(at_work)?;
            let last = self.begin(&mut batch).into_iter();
            let last = last
                .map(|share| scope.spawn(move || brought_in(import, folder, share, survey)))
                .collect();
            self.settle(last)
        })
    }

    /// Decides where an item will stand, in the order of the file.
    fn gather(&mut self, item: OlderItem, named: Option<&str>, batch: &mut Batch) {
        self.tally.read += 1;
        (self.progress)(self.tally.read);
        let place = match named {
            Some(file) => format!("{file}, {}", item.place),
            None => item.place.to_string(),
        };
        batch.bytes += item.prose.as_written().len();
        match self.known.plan(self.import, &item, place.clone()) {
            Ok(plan) => batch.items.push((item, plan)),
            Err(reason) => batch.left_out.leave_out(&item, place, reason),
        }
    }

    /// Counts what was left out of a batch, and gives each thread its share of the others.
    fn begin(&mut self, batch: &mut Batch) -> Vec<Vec<(OlderItem, ItemPlan)>> {
        let batch = std::mem::take(batch);
        self.tally.join(batch.left_out);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let most = batch.items.len().div_ceil(threads).max(1);
        let mut items = batch.items.into_iter();
        let shares = std::iter::repeat_with(|| items.by_ref().take(most).collect::<Vec<_>>());
        shares.take_while(|share| !share.is_empty()).collect()
    }

    /// Waits for the threads that work on a batch, and counts its items.
    fn settle(
        &mut self,
        at_work: Vec<ScopedJoinHandle<'_, Vec<ProcessedItem>>>,
    ) -> Result<(), ImportError> {
        for thread in at_work {
            self.count(joined(thread))?;
        }
        Ok(())
    }

    fn count(&mut self, done: Vec<ProcessedItem>) -> Result<(), ImportError> {
        for (item, plan, outcome) in done {
            self.tally.add(self.import, &item, &plan, outcome)?;
        }
        Ok(())
    }
}

/// An item, its plan, and the outcome of writing it.
type ProcessedItem = (OlderItem, ItemPlan, WriteOutcome);

/// Items that are worked on side by side.
#[derive(Default)]
struct Batch {
    items: Vec<(OlderItem, ItemPlan)>,
    bytes: usize,
    /// The items of the batch that were left out; they are counted after all that stand before them.
    left_out: Tally,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.items.len() >= MAX_BATCH_ITEMS || self.bytes >= MAX_BATCH_BYTES
    }
}

fn brought_in(
    import: &FeedImport<'_>,
    folder: &Files,
    items: Vec<(OlderItem, ItemPlan)>,
    survey: &Survey,
) -> Vec<ProcessedItem> {
    let bring_in = |(item, plan): (OlderItem, ItemPlan)| {
        let outcome = match make(import, folder, &item, &plan, survey) {
            Ok(made) => write(import, folder, &plan, made),
            Err(reason) => WriteOutcome::LeftOut(reason),
        };
        (item, plan, outcome)
    };
    items.into_iter().map(bring_in).collect()
}
