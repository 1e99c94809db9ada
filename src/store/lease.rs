//! What one node alone does of those that share a store (follow the folder, purge a cache): it has a lease of it, which ends by
//! itself where the node does not renew it. A store in a folder has one server, which has all leases.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A lease ends this long after it was taken or renewed, by the database's clock.
pub(super) const LEASE: Duration = Duration::from_secs(5);

/// Time between two renewals.
const RENEWAL: Duration = Duration::from_secs(1);

/// Something that one node alone does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lease {
    /// The folder of items is brought in and followed.
    Folder,
    /// The cache of that name gets purges.
    Purge(String),
}

impl Lease {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Folder => "folder".to_owned(),
            Self::Purge(cache) => format!("purge/{cache}"),
        }
    }
}

/// The leases that this node wants.
#[derive(Default)]
pub(super) struct Leases(Mutex<WantedLeases>);

#[derive(Default)]
struct WantedLeases {
    /// Until when this node has each.
    until: HashMap<Lease, Option<Instant>>,
    renewed_at: Option<Instant>,
}

impl Leases {
    pub(super) fn want(&self, lease: Lease) {
        let mut known = self.known();
        known.until.entry(lease).or_insert(None);
        known.renewed_at = None;
    }

    /// Whether this node has that lease.
    pub(super) fn has(&self, lease: &Lease) -> bool {
        let until = self.known().until.get(lease).copied().flatten();
        until.is_some_and(|until| Instant::now() < until)
    }

    /// The leases that are to be taken or renewed now.
    pub(super) fn due(&self) -> Vec<Lease> {
        let mut known = self.known();
        let is_due = known.renewed_at.is_none_or(|at| at.elapsed() >= RENEWAL);
        if !is_due || known.until.is_empty() {
            return Vec::new();
        }
        known.renewed_at = Some(Instant::now());
        known.until.keys().cloned().collect()
    }

    /// Notes until when this node has a lease; `None` where another has it.
    pub(super) fn note(&self, lease: Lease, until: Option<Instant>) {
        self.known().until.insert(lease, until);
    }

    pub(super) fn clear(&self) {
        self.known().until.clear();
    }

    fn known(&self) -> MutexGuard<'_, WantedLeases> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_had_until_its_end_and_renewed_before() {
        let (leases, purge) = (Leases::default(), Lease::Purge("cache".to_owned()));
        assert!(leases.due().is_empty() && !leases.has(&Lease::Folder));
        leases.want(Lease::Folder);
        assert_eq!(leases.due(), [Lease::Folder]);
        let now = Instant::now();
        leases.note(Lease::Folder, Some(now + LEASE));
        assert!(leases.has(&Lease::Folder) && leases.due().is_empty());
        // One more is taken at once.
        leases.want(purge.clone());
        assert_eq!(leases.due().len(), 2);
        leases.note(Lease::Folder, Some(now));
        leases.note(purge.clone(), None);
        assert!(!leases.has(&Lease::Folder) && !leases.has(&purge));
        leases.clear();
        assert!(leases.due().is_empty());
        assert!(RENEWAL * 3 < LEASE, "two renewals may fail");
    }
}
