//! Which files of photographs were kept lately: nothing names them yet, and all the same they are not left over.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The names of files that this process kept, and when. One process writes a store, and by a steady clock, so that neither
/// a file's date nor a clock that steps matters.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashMap<String, Instant>>);

impl Held {
    /// Keeps a file from being removed. Asked before it is looked whether the file is there.
    pub(super) fn hold(&self, path: &Path) {
        let name = name_of(path);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name, Instant::now());
    }

    /// Runs `remove` unless the file was kept within `spare`; no other thread begins to keep it meanwhile.
    pub(super) fn unless_held<T>(
        &self,
        path: &Path,
        spare: Duration,
        remove: impl FnOnce() -> T,
    ) -> Option<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known.get(&name_of(path));
        match kept {
            Some(kept) if kept.elapsed() < spare => None,
            _ => Some(remove()),
        }
    }

    /// Whether the file was kept within `spare`.
    pub(super) fn is_held(&self, path: &Path, spare: Duration) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&name_of(path))
            .is_some_and(|kept| kept.elapsed() < spare)
    }

    /// Forgets what was kept longer ago than `spare`.
    pub(super) fn forget(&self, spare: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, kept| kept.elapsed() < spare);
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
