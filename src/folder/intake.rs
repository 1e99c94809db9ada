//! Items of an older feed or export, written as item folders.
//!
//! What comes of an item follows from the file and the publication alone, so that a second run writes the same. An item
//! that is there already is known by its guid, wherever the desk has moved it, and is left as it stands.

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
use std::thread;

use chrono::{DateTime, Utc};

use crate::item::Id;
use crate::item::feed_file::{FeedFile, FeedFileError, OlderItem, Survey};
use crate::publication::Publication;

use super::FolderError;
use super::reading::side_by_side;
use article::{Plan, make};
use known::Known;
use write::{Outcome, write};

pub use addresses::Addresses;
pub use media::MediaFolder;
pub use tally::{LeftOut, Tally};

/// This many items are held at once.
const MAX_BATCH_ITEMS: usize = 256;

/// With texts of this many bytes a batch is full.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// What items are brought into, and how.
pub struct Intake<'i> {
    pub root: &'i Path,
    pub publication: &'i Publication,
    /// From it the ids of items follow.
    pub id: Id,
    /// The section of items whose categories name none.
    pub section: &'i str,
    /// Where photographs are looked for.
    pub media: Option<MediaFolder>,
    /// Whether what is there already is written anew.
    pub replace: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether what the older system keeps from readers comes in as drafts.
    pub drafts: bool,
    /// What is scheduled for later keeps its time.
    pub now: DateTime<Utc>,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error(transparent)]
    File(#[from] FeedFileError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path}: {complaint}; until it can be read, nobody knows whether it is one of these")]
    Unreadable { path: String, complaint: String },
    #[error("{path} cannot be written: {reason}; {written} articles were")]
    Unwritable {
        path: String,
        reason: String,
        written: usize,
    },
}

impl Intake<'_> {
    /// Brings in every item of the files; `progress` is told how many have been read.
    ///
    /// # Errors
    /// If a file is not whole, or the folder cannot be read or written.
    pub fn run(
        &self,
        files: &[(FeedFile, Survey)],
        addresses: Addresses,
        progress: &dyn Fn(usize),
    ) -> Result<Tally, IntakeError> {
        let mut known = addresses.known;
        let mut tally = Tally::default();
        for (file, survey) in files {
            // Whoever gave one file knows which it is.
            let named = (files.len() > 1).then(|| file.path().display().to_string());
            self.read(
                file,
                survey,
                named.as_deref(),
                &mut known,
                &mut tally,
                progress,
            )?;
        }
        Ok(tally)
    }

    fn read(
        &self,
        file: &FeedFile,
        survey: &Survey,
        named: Option<&str>,
        known: &mut Known,
        tally: &mut Tally,
        progress: &dyn Fn(usize),
    ) -> Result<(), IntakeError> {
        let mut batch = Batch::default();
        let mut failure = None;
        file.read(survey, &mut |item| {
            tally.read += 1;
            progress(tally.read);
            let place = match named {
                Some(file) => format!("{file}, {}", item.place),
                None => item.place.to_string(),
            };
            batch.bytes += item.prose.as_written().len();
            match known.plan(self, &item, place.clone()) {
                Ok(plan) => batch.items.push((item, plan)),
                Err(reason) => tally.leave_out(&item, place, reason),
            }
            if batch.items.len() < MAX_BATCH_ITEMS && batch.bytes < MAX_BATCH_BYTES {
                return ControlFlow::Continue(());
            }
            match self.bring_in(std::mem::take(&mut batch), survey, tally) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failure {
            Some(error) => Err(error),
            None => self.bring_in(batch, survey, tally),
        }
    }

    fn bring_in(
        &self,
        batch: Batch,
        survey: &Survey,
        tally: &mut Tally,
    ) -> Result<(), IntakeError> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let done = side_by_side(batch.items, threads, |(item, plan)| {
            let outcome = match make(self, &item, &plan, survey) {
                Ok(made) => write(self, &plan, made),
                Err(reason) => Outcome::LeftOut(reason),
            };
            (item, plan, outcome)
        });
        for (item, plan, outcome) in done {
            tally.add(self, &item, &plan, outcome)?;
        }
        Ok(())
    }
}

/// Items that are worked on side by side.
#[derive(Default)]
struct Batch {
    items: Vec<(OlderItem, Plan)>,
    bytes: usize,
}
