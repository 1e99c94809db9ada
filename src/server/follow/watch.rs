//! The system's events about changes in the folder, kept as hints of where to scan and of files that are being written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::folder::Unfinished;

/// Time from the last event of a burst until the scan begins.
const EVENTS_QUIET_TIME: Duration = Duration::from_millis(60);

/// Maximum time from the first event until the scan begins, should events never pause.
const MAX_EVENTS_WAIT: Duration = Duration::from_millis(250);

/// Maximum number of articles in [`Hints`]; where more changed, the whole folder is scanned.
const MAX_HINTS: usize = 10_000;

/// Sections lie in the folder and articles in sections; what lies deeper is not scanned.
const ARTICLE_DEPTH: usize = 2;

/// Where the folder has changed, as far as events tell.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub(super) articles: BTreeSet<String>,
    pub(super) is_whole_folder: bool,
    /// The watched folder itself was removed or renamed: what takes its name gives no events yet.
    pub(super) is_root_gone: bool,
    /// The system refused to watch more folders.
    pub(super) is_partial: bool,
}

/// The watch on one folder.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    events: Arc<Heard>,
    wake: Receiver<()>,
    /// Folders that cannot be watched at present, such as those that cannot be read, and how deep they lie.
    unwatched: Vec<(PathBuf, usize)>,
    /// The system refused to watch more.
    is_partial: bool,
}

/// The events since the last scan. It is bounded, however much is changed during a long scan.
struct Heard {
    root: PathBuf,
    hints: Mutex<Hints>,
    unfinished: Arc<Unfinished>,
    wake: SyncSender<()>,
}

impl Watch {
    /// Asks the system for events of the folder that has the name `root` now.
    ///
    /// # Errors
    /// If it gives none.
    pub(super) fn of(root: &Path, unfinished: &Arc<Unfinished>) -> notify::Result<Self> {
        // The name may be a link; only the folder itself gives events.
        let root = root.canonicalize().map_err(notify::Error::io)?;
        let (wake, wakes) = sync_channel(1);
        let heard = Arc::new(Heard {
            root: root.clone(),
            hints: Mutex::default(),
            unfinished: Arc::clone(unfinished),
            wake,
        });
        let receiver = Arc::clone(&heard);
        // The targets of links are outside the folder, or are watched under their own names.
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(move |event| receiver.hear(event), config)?;
        let mut watch = Self {
            watcher,
            events: heard,
            wake: wakes,
            unwatched: Vec::new(),
            is_partial: false,
        };
        watch.add(&root, 0);
        match watch.unwatched.iter().any(|(path, _)| *path == root) {
            true => Err(notify::Error::generic("it cannot be listed")),
            false => Ok(watch),
        }
    }

    /// Watches a folder and what is in it. One that cannot be watched does not keep the others from it.
    fn add(&mut self, path: &Path, depth: usize) {
        let Err(error) = self.watcher.watch(path, RecursiveMode::Recursive) else {
            return;
        };
        if matches!(error.kind, ErrorKind::MaxFilesWatch) {
            self.is_partial = true;
            return;
        }
        let inner = (depth < ARTICLE_DEPTH).then(|| std::fs::read_dir(path));
        let Some(Ok(inner)) = inner else {
            self.unwatched.push((path.to_owned(), depth));
            return;
        };
        for entry in inner.filter_map(Result::ok) {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.add(&entry.path(), depth + 1);
            }
        }
    }

    /// Tries again what could not be watched.
    pub(super) fn retry(&mut self) {
        for (path, depth) in std::mem::take(&mut self.unwatched) {
            if path.is_dir() {
                self.add(&path, depth);
            }
        }
    }

    /// Whether events come for all that can be read.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_partial
    }

    /// Waits for events, and takes where they point when they pause.
    pub(super) fn gather(&mut self, wait: Duration) -> Hints {
        if self.wake.recv_timeout(wait).is_ok() {
            let begin = Instant::now();
            // A file that is saved again and again is looked at all the same.
            while begin.elapsed() < MAX_EVENTS_WAIT
                && self.wake.recv_timeout(EVENTS_QUIET_TIME) != Err(RecvTimeoutError::Timeout)
            {
            }
        }
        let hints = std::mem::take(&mut *self.events.hints());
        self.is_partial |= hints.is_partial;
        hints
    }
}

impl Heard {
    fn hints(&self) -> MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: notify::Result<notify::Event>) {
        let mut hints = self.hints();
        match event {
            Err(error) => {
                hints.is_whole_folder = true;
                hints.is_partial |= matches!(error.kind, ErrorKind::MaxFilesWatch);
            }
            Ok(event) => {
                let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
                if event.kind.is_access() && event.kind != closed {
                    return;
                }
                hints.is_whole_folder |= event.need_rescan();
                let renamed = EventKind::Modify(ModifyKind::Name(RenameMode::From));
                let goes = event.kind.is_remove() || event.kind == renamed;
                hints.is_root_gone |= goes && event.paths.contains(&self.root);
                for path in &event.paths {
                    self.note(event.kind, path);
                    self.point_at(path, &mut hints);
                }
            }
        }
        drop(hints);
        // A follower that is awake already looks at what was just noted.
        let _ = self.wake.try_send(());
    }

    /// Notes who writes and who has written.
    fn note(&self, kind: EventKind, path: &Path) {
        let Some(inner) = path.strip_prefix(&self.root).ok().and_then(Path::to_str) else {
            return;
        };
        let name = inner.rsplit('/').next().unwrap_or(inner);
        if name.starts_with('.') {
            return;
        }
        let is_article = inner.matches('/').count() + 1 == ARTICLE_DEPTH;
        match kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                self.unfinished.written(inner, Instant::now());
            }
            EventKind::Access(_) => self.unfinished.closed(inner, false),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                self.unfinished.closed(inner, true);
            }
            EventKind::Create(CreateKind::Folder) if is_article => {
                self.unfinished.appeared(inner, Instant::now());
            }
            _ => {}
        }
    }

    fn point_at(&self, path: &Path, hints: &mut Hints) {
        let Ok(inner) = path.strip_prefix(&self.root) else {
            hints.is_whole_folder = true;
            return;
        };
        let mut names = inner
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        match (names.next(), names.next()) {
            (Some(section), Some(slug)) if !section.starts_with('.') && !slug.starts_with('.') => {
                hints.articles.insert(format!("{section}/{slug}"));
            }
            (Some(name), None) if !name.starts_with('.') => hints.is_whole_folder = true,
            _ => {}
        }
        if hints.articles.len() > MAX_HINTS {
            hints.articles.clear();
            hints.is_whole_folder = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_is_bounded_and_points_at_articles() {
        let (wake, _wakes) = sync_channel(1);
        let heard = Heard {
            root: PathBuf::from("/items"),
            hints: Mutex::default(),
            unfinished: Arc::default(),
            wake,
        };
        let hints_of = |kind, path: &str| {
            let event = notify::Event::new(kind).add_path(PathBuf::from(path));
            heard.hear(Ok(event));
            std::mem::take(&mut *heard.hints())
        };
        let data = EventKind::Modify(ModifyKind::Data(notify::event::DataChange::Any));
        let hints = hints_of(data, "/items/city/story/article.md");
        assert!(hints.articles.contains("city/story") && !hints.is_whole_folder);
        assert!(hints_of(data, "/items/publication.toml").is_whole_folder);
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!hints_of(opened, "/items/publication.toml").is_whole_folder);
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(hints_of(closed, "/items/publication.toml").is_whole_folder);
        assert!(
            hints_of(
                EventKind::Remove(notify::event::RemoveKind::Folder),
                "/items"
            )
            .is_root_gone
        );
        for number in 0..3 * MAX_HINTS {
            let path = format!("/items/city/story-{number}");
            heard.hear(Ok(notify::Event::new(data).add_path(PathBuf::from(path))));
        }
        let hints = heard.hints();
        assert!(hints.is_whole_folder && hints.articles.len() <= MAX_HINTS);
    }
}
