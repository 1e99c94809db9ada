//! The new addresses of the items of an import, known before their texts are read: links from one to another lead
//! there.

use std::sync::Arc;

use crate::import::feed_file::{NewAddresses, OlderItem, Survey};

use super::known::KnownItems;
use super::{FeedImport, ImportError};

/// The new addresses of the items that were seen.
pub struct Addresses {
    /// The items of the folder, and those of the files that were seen: each is decided upon as it will be when it is
    /// brought in.
    pub(super) known: KnownItems,
    new_addresses: NewAddresses,
}

impl Addresses {
    /// Looks once through the folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(import: &FeedImport<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            known: KnownItems::of(import.root, import.publication)?,
            new_addresses: NewAddresses::default(),
        })
    }

    /// Registers the next item, in the order in which the items will be brought in.
    pub fn see(&mut self, import: &FeedImport<'_>, item: &OlderItem) {
        // An item that is left out is reported when its turn comes; its place is not needed before.
        let Ok(plan) = self.known.plan(import, item, String::new()) else {
            return;
        };
        // No redirect leads to an article that waits.
        if item.unshown.is_some() {
            return;
        }
        let slug = plan.path.rsplit('/').next().unwrap_or(&plan.path);
        self.new_addresses
            .lead(&item.link_keys(), &format!("/articles/{slug}"));
    }

    /// Makes the links of all texts lead to the new addresses, and forgets the items seen, which are brought in after
    /// this.
    pub fn lead(&mut self, surveys: &mut [Survey]) {
        let new_addresses = Arc::new(std::mem::take(&mut self.new_addresses));
        for survey in surveys {
            survey.lead(&new_addresses);
        }
        self.known.forget_items();
    }
}
