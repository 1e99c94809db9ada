//! Progress bars for the steps of a backup or a restore, one after the other.

use std::cell::RefCell;

use crate::server::{Journal, Progress};
use crate::store::BackupStep;

/// The bar of the present step; it goes when another step begins, or with this.
pub(super) struct StepBars<'j> {
    journal: &'j Journal,
    bar: RefCell<Option<(BackupStep, Progress)>>,
}

impl<'j> StepBars<'j> {
    pub(super) fn new(journal: &'j Journal) -> Self {
        Self {
            journal,
            bar: RefCell::default(),
        }
    }

    pub(super) fn at(&self, step: BackupStep, done: usize, total: usize) {
        let mut bar = self.bar.borrow_mut();
        if bar.as_ref().is_none_or(|(present, _)| *present != step) {
            if let Some((_, before)) = &*bar {
                before.end();
            }
            let name = match step {
                BackupStep::Bytes => "reading the backup",
                BackupStep::Rows => "rows",
                BackupStep::ComparedRows => "rows compared",
                BackupStep::Photographs => "photographs",
            };
            *bar = Some((step, self.journal.progress(name)));
        }
        if let Some((_, bar)) = &*bar {
            bar.at(done, total);
        }
    }
}

impl Drop for StepBars<'_> {
    fn drop(&mut self) {
        if let Some((_, bar)) = &*self.bar.borrow() {
            bar.end();
        }
    }
}
