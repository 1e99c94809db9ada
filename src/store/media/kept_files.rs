//! Which files of photographs were kept lately: nothing names them yet, and all the same they are not left over.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The holder of files whose writer does not say when their rows are there: they are protected for some time.
const NOBODY: u64 = 0;

/// The names of files that this process kept, by whom and when. One process writes a store, and by a steady clock, so that
/// neither a file's date nor a clock that steps matters.
#[derive(Debug)]
pub(in crate::store) struct KeptFiles {
    files: Mutex<HashMap<String, HashMap<u64, Instant>>>,
    holders: AtomicU64,
}

/// One who keeps files, and says when what names them is there.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Holder {
    number: u64,
    names: Arc<Mutex<Vec<String>>>,
}

impl Default for KeptFiles {
    fn default() -> Self {
        Self {
            files: Mutex::default(),
            holders: AtomicU64::new(NOBODY + 1),
        }
    }
}

impl KeptFiles {
    pub(in crate::store) fn new_holder(&self) -> Holder {
        Holder {
            number: self.holders.fetch_add(1, Ordering::Relaxed),
            names: Arc::default(),
        }
    }

    /// Keeps a file from being removed. Asked before it is looked whether the file is there.
    pub(in crate::store) fn hold(&self, path: &Path, holder: &Holder) {
        let name = name_of(path);
        let mut files = self.files();
        let holders = files.entry(name.clone()).or_default();
        let is_new = holders.insert(holder.number, Instant::now()).is_none();
        if is_new && holder.number != NOBODY {
            holder.names().push(name);
        }
    }

    /// Ends the protection of a holder's files: the rows that name them are written, or never will be.
    pub(in crate::store) fn release(&self, holder: &Holder) {
        let mut files = self.files();
        for name in holder.names().drain(..) {
            let Some(holders) = files.get_mut(&name) else {
                continue;
            };
            holders.remove(&holder.number);
            if holders.is_empty() {
                files.remove(&name);
            }
        }
    }

    /// Runs `remove` unless the file was kept within `spare`; no other thread begins to keep it meanwhile.
    pub(in crate::store) fn unless_held<T>(
        &self,
        path: &Path,
        spare: Duration,
        remove: impl FnOnce() -> T,
    ) -> Option<T> {
        let files = self.files();
        match is_held(&files, path, spare) {
            true => None,
            false => Some(remove()),
        }
    }

    /// Whether the file was kept within `spare`.
    pub(in crate::store) fn is_held(&self, path: &Path, spare: Duration) -> bool {
        is_held(&self.files(), path, spare)
    }

    /// Forgets what was kept longer ago than `spare`.
    pub(in crate::store) fn forget(&self, spare: Duration) {
        self.files().retain(|_, holders| {
            holders.retain(|_, since| since.elapsed() < spare);
            !holders.is_empty()
        });
    }

    fn files(&self) -> MutexGuard<'_, HashMap<String, HashMap<u64, Instant>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder {
    fn names(&self) -> MutexGuard<'_, Vec<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_held(files: &HashMap<String, HashMap<u64, Instant>>, path: &Path, spare: Duration) -> bool {
    let holders = files.get(&name_of(path)).into_iter().flatten();
    let mut since = holders.map(|(_, since)| since);
    since.any(|since| since.elapsed() < spare)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_hold_stays_until_both_have_let_it_go() {
        let (held, path) = (KeptFiles::default(), Path::new("ab.jpg"));
        let (one, other) = (held.new_holder(), held.new_holder());
        for holder in [&one, &other, &one] {
            held.hold(path, holder);
        }
        let spare = Duration::from_secs(600);
        held.release(&one);
        assert!(held.is_held(path, spare));
        held.release(&other);
        assert!(!held.is_held(path, spare));
        // Holds without a holder end by time alone.
        held.hold(path, &Holder::default());
        held.release(&Holder::default());
        assert!(held.is_held(path, spare) && !held.is_held(path, Duration::ZERO));
    }
}
