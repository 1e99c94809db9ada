//! The counts of an import, with the reason for everything that it left out.

use std::collections::BTreeMap;

use crate::import::feed_file::OlderItem;

use super::article::{ItemFolder, ItemPlan};
use super::write::WriteOutcome;
use super::{FeedImport, ImportError};

/// Maximum number of different things without a place that are reported with their words; the rest are reported by
/// their kind.
const MAX_TOLD: usize = 1000;

/// Maximum number of items that are named one by one; the rest are counted.
const MAX_NAMED: usize = 20;

/// Maximum number of items that are named of those that the older system keeps from readers: a desk goes through them
/// one by one.
const MAX_UNSHOWN: usize = 200;

/// The counts of an import.
#[derive(Debug, Default)]
pub struct Tally {
    /// Items of the file, whether imported or not.
    pub read: usize,
    pub written: usize,
    pub replaced: usize,
    pub unchanged: usize,
    /// Articles that the folder has in other words.
    pub different: usize,
    pub different_paths: Vec<String>,
    pub captions: usize,
    pub photographs: usize,
    /// Items whose date names no zone.
    pub zoneless: usize,
    /// Items whose headline was cut from their text.
    pub untitled: usize,
    /// Items by the reason for which they were left out.
    pub left_out: BTreeMap<String, usize>,
    /// The first of the items left out that the older system did show to readers.
    pub named: Vec<LeftOut>,
    pub refused: usize,
    /// The first of those that the older system keeps from readers, and how many there are.
    pub unshown: Vec<LeftOut>,
    pub unshown_count: usize,
    /// Parts of the older items that have no place in an article, and how often each occurred.
    pub without_place: BTreeMap<String, usize>,
    /// Categories that no section declares, and how many articles have each.
    pub undeclared: BTreeMap<String, usize>,
}

/// An item that was left out.
#[derive(Debug)]
pub struct LeftOut {
    pub place: String,
    pub name: String,
    pub reason: String,
}

impl Tally {
    pub(super) fn leave_out(&mut self, item: &OlderItem, place: String, reason: String) {
        let named = LeftOut {
            place,
            name: item.name().chars().take(80).collect(),
            reason: reason.clone(),
        };
        if item.unpublished.is_some() {
            *self.left_out.entry(reason).or_default() += 1;
            return;
        }
        let unshown = item.unshown.as_ref();
        if unshown.is_some_and(|unshown| unshown.reason == reason) {
            *self.left_out.entry(reason).or_default() += 1;
            self.unshown_count += 1;
            if self.unshown.len() < MAX_UNSHOWN {
                self.unshown.push(named);
            }
            return;
        }
        self.refused += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(named);
        }
    }

    /// Adds the items left out of another tally, behind those of this one.
    pub(super) fn join(&mut self, other: Self) {
        for (reason, count) in other.left_out {
            *self.left_out.entry(reason).or_default() += count;
        }
        self.unshown_count += other.unshown_count;
        self.unshown.extend(other.unshown);
        self.unshown.truncate(MAX_UNSHOWN);
        self.refused += other.refused;
        self.named.extend(other.named);
        self.named.truncate(MAX_NAMED);
    }

    pub(super) fn add(
        &mut self,
        import: &FeedImport<'_>,
        item: &OlderItem,
        plan: &ItemPlan,
        outcome: WriteOutcome,
    ) -> Result<(), ImportError> {
        let made = match outcome {
            WriteOutcome::LeftOut(reason) => {
                self.leave_out(item, plan.place.clone(), reason);
                return Ok(());
            }
            WriteOutcome::Failed(reason) => {
                return Err(ImportError::Unwritable {
                    path: import.root.join(&plan.path).display().to_string(),
                    reason,
                    written: self.written + self.replaced,
                });
            }
            WriteOutcome::Written(made) => {
                self.written += 1;
                made
            }
            WriteOutcome::Replaced(made) => {
                self.replaced += 1;
                made
            }
            WriteOutcome::Unchanged(made) => {
                self.unchanged += 1;
                made
            }
            WriteOutcome::Differs(made) => {
                self.different += 1;
                if self.different_paths.len() < MAX_NAMED {
                    self.different_paths.push(plan.path.clone());
                }
                made
            }
        };
        self.count(plan, made);
        Ok(())
    }

    fn count(&mut self, plan: &ItemPlan, made: ItemFolder) {
        self.captions += made.captions;
        self.photographs += made.photographs.len();
        self.zoneless += usize::from(plan.is_zoneless);
        self.untitled += usize::from(plan.is_cut);
        for what in made.left_out {
            let is_known = self.without_place.contains_key(&what);
            let kind = what.split(':').next().unwrap_or_default();
            let loss = match is_known || self.without_place.len() < MAX_TOLD {
                true => what,
                false => kind.to_owned(),
            };
            *self.without_place.entry(loss).or_default() += 1;
        }
        for category in &plan.undeclared {
            *self.undeclared.entry(category.clone()).or_default() += 1;
        }
    }
}
