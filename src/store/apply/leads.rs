//! The stories that the write API puts at the head of the front page, where `publication.toml` names none.

use crate::publication::{Lead, Publication};
use crate::store::change::LeadsChange;
use crate::store::version::Version;
use crate::store::{Entry, StoreError, TouchKey};

use super::batch::Batch;
use super::family::Family;
use super::section::version_of;

impl Publication {
    /// The version of the list of stories that lead.
    pub fn leads_version(&self) -> Version {
        version_of(&self.leading())
    }
}

impl Batch<'_> {
    pub(super) fn leads(&mut self, change: &LeadsChange) -> Result<Vec<Entry>, StoreError> {
        let version = self.publication.leads_version();
        self.expect(change.expected, Some(version))?;
        if !self.publication.leads.is_empty() {
            return Err(StoreError::LeadsOfFile);
        }
        let mut publication = (*self.publication).clone();
        publication.leads_by_api.clone_from(&change.leads);
        self.settle_publication(publication, &change.base_url)
    }

    /// Touches the order of leads where one of them means a story from now on that it did not mean before.
    pub(super) fn touch_leads(&mut self, entry: &Entry, before: Option<&Family>, after: &Family) {
        let slug = after.slug.as_deref().unwrap_or_default();
        let is_meant = |lead: &Lead| lead.means(Some(after.article.id), &after.section, slug);
        let stood_there = before
            .is_some_and(|before| before.slug == after.slug && before.section == after.section);
        if !stood_there && self.publication.leading().iter().any(is_meant) {
            self.touch(TouchKey::Leads, entry.position);
        }
    }
}
