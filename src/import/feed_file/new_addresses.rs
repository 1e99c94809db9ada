//! Where links to the old addresses of items lead now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::item::fingerprint::{Fingerprint, Fingerprints};

/// The new address of each old one. There are several for each item of a site, so that the old ones are kept as marks.
#[derive(Debug, Default)]
pub struct NewAddresses {
    fingerprints: Fingerprints,
    to: HashMap<Fingerprint, Arc<str>>,
}

impl NewAddresses {
    /// Has links to each of `keys` that leads nowhere yet lead to `now`.
    pub fn lead(&mut self, keys: &[String], now: &str) {
        let mut shared: Option<Arc<str>> = None;
        for key in keys {
            if let Entry::Vacant(free) = self.to.entry(self.fingerprints.of(key)) {
                let now = shared.get_or_insert_with(|| Arc::from(now));
                free.insert(Arc::clone(now));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.to.get(&self.fingerprints.of(key)).map(|now| &**now)
    }
}
