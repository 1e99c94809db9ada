//! Why the last write failed, until one is known to succeed.

use std::sync::{Arc, Mutex, PoisonError};

use super::StoreError;
use super::database::{Fault, fault};

/// Why the last write failed, until one is known to succeed.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    pub(super) fn note(&self, error: &StoreError) {
        let StoreError::Database(cause) = error else {
            return;
        };
        // Another program that holds the database is no trouble of the disk.
        if fault(cause) != Fault::Busy {
            self.set(Some(error.to_string()));
        }
    }

    pub(super) fn set(&self, reason: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    pub(super) fn get(&self) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}
