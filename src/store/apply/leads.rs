//! The stories that the write API puts at the head of the front page, where `publication.toml` names none.

use crate::publication::Publication;
use crate::store::change::LeadsChange;
use crate::store::version::Version;
use crate::store::{Entry, StoreError};

use super::batch::Batch;
use super::section::version_of;

impl Publication {
    /// The version of the list of stories that lead.
    pub fn leads_version(&self) -> Version {
        version_of(&self.leading())
    }
}

impl Batch<'_> {
    pub(super) fn leads(&mut self, change: &LeadsChange) -> Result<Vec<Entry>, StoreError> {
        let known = self.publication.leads_version();
        self.expect(change.expected, Some(known))?;
        if !self.publication.leads.is_empty() {
            return Err(StoreError::LeadsOfFile);
        }
        let mut publication = (*self.publication).clone();
        publication.leads_by_api.clone_from(&change.leads);
        self.settle_publication(publication, &change.base_url)
    }
}
