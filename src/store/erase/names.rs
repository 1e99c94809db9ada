//! Names that only killed items had: they go when all caches in front know of it.

use crate::store::key::span_of_months;
use crate::store::{Store, StoreError, TouchKey};

/// The result of a pass over names that are to be forgotten.
#[derive(Default)]
pub(super) struct ForgottenNames {
    pub(super) forgotten: usize,
    /// The number of names that caches in front still have to purge.
    pub(super) left: usize,
}

impl Store {
    /// Notes which caches in front have to be told before names are erased: they purge by names, which are kept until then.
    pub fn tell_caches_before_erasing(&self, names: Vec<String>) {
        self.erasing.known().caches = Some(names);
    }

    /// Deletes touches that say forgotten names, as far as all caches in front know of them.
    pub(super) fn forget_touches(&self) -> Result<ForgottenNames, StoreError> {
        let acknowledged = self.acknowledged_by_caches()?;
        self.with_writer(|writer| {
            let transaction = writer.connection.write()?;
            let due: Vec<(String, u64)> =
                transaction.rows("SELECT selection, seq FROM forgotten", (), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let mut names = ForgottenNames::default();
            for (selection, seq) in due {
                if seq > acknowledged {
                    names.left += 1;
                    continue;
                }
                names.forgotten += 1;
                // A name that was touched again is in use.
                transaction.run(
                    "DELETE FROM touch WHERE selection = ?1 AND seq <= ?2",
                    (&selection, seq),
                )?;
                if let Some(TouchKey::Selection(of)) = TouchKey::parse(&selection) {
                    let (from, to) = span_of_months(&of);
                    transaction.run(
                        "DELETE FROM touch WHERE selection >= ?1 AND selection < ?2 AND seq <= ?3",
                        (from, to, seq),
                    )?;
                }
                transaction.run("DELETE FROM forgotten WHERE selection = ?1", [&selection])?;
            }
            transaction.commit()?;
            Ok(names)
        })
    }

    /// Up to where all caches in front know the log. A command without a server does not know which there are: those that
    /// were ever told something.
    fn acknowledged_by_caches(&self) -> Result<u64, StoreError> {
        let caches = match self.erasing.known().caches.clone() {
            Some(caches) => caches,
            None => self.notified_caches()?,
        };
        let mut acknowledged = u64::MAX;
        for cache in &caches {
            acknowledged = acknowledged.min(self.cursor(cache)?.unwrap_or(0));
        }
        Ok(acknowledged)
    }
}
