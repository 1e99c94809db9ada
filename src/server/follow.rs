//! Following the folder: events are hints, looks decide, and the store is told of what differs.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use notify::event::{ModifyKind, RenameMode};
use notify::{EventKind, RecursiveMode, Watcher};

use crate::folder::{Belief, Folder, FolderError, Look, Report};
use crate::http::Clock;
use crate::item::is_refused;
use crate::publication::Publication;
use crate::store::Store;

use super::operations::Health;
use super::{Event, Journal};

/// Events come in bursts; so long after the last one the look begins.
const SETTLE: Duration = Duration::from_millis(60);

/// It begins after so long at the latest, should events never pause.
const MOST_SETTLING: Duration = Duration::from_millis(250);

/// The second look that a removal needs comes so long after the first.
const SECOND_LOOK: Duration = Duration::from_millis(300);

/// Events may be lost: the whole folder is looked at so often. Stats only, so it costs little.
const WHOLE_LOOK: Duration = Duration::from_secs(60);

/// The same where the system gives no events.
const WHOLE_LOOK_WITHOUT_EVENTS: Duration = Duration::from_secs(2);

/// After a failure the next try comes so much later.
const REST: Duration = Duration::from_secs(2);

/// How long a wait may last before the order to stop is looked for.
const HEED: Duration = Duration::from_millis(200);

/// Brings the folder in as it changes.
pub(super) struct Follower {
    pub(super) folder: Folder,
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) journal: Arc<Journal>,
    pub(super) health: Arc<Health>,
    pub(super) base: String,
    pub(super) allow_mass_removal: bool,
}

/// What the events have pointed at.
#[derive(Default)]
struct Hints {
    articles: BTreeSet<String>,
    whole: bool,
    /// The folder itself went: what takes its name gives no events yet.
    root: bool,
}

/// Which folder has the name now. Events follow the folder and not its name, so one that was mounted or renamed to its
/// place needs a watch of its own.
fn identity(root: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(root).ok()?;
    Some((found.dev(), found.ino()))
}

impl Follower {
    /// Looks and follows until told to stop.
    pub(super) fn follow(&self, stopping: &AtomicBool) {
        let (events, hears) = channel();
        let mut watched = identity(self.folder.root());
        let mut watcher = self.watch(&events);
        let mut hints = Hints {
            whole: true,
            ..Hints::default()
        };
        let mut next_whole = Instant::now();
        let mut due = None;
        while !stopping.load(Ordering::Acquire) {
            let here = identity(self.folder.root());
            if hints.root || here != watched {
                watched = here;
                watcher = here.and_then(|_| self.watch(&events));
                hints.root = false;
                hints.whole = true;
            }
            if Instant::now() >= next_whole || due.is_some_and(|due| (self.clock)() >= due) {
                hints.whole = true;
            }
            if hints.whole || !hints.articles.is_empty() {
                let whole = hints.whole;
                match self.look(std::mem::take(&mut hints)) {
                    Ok(next_due) if whole => {
                        due = next_due;
                        next_whole = Instant::now()
                            + match watcher {
                                Some(_) => WHOLE_LOOK,
                                None => WHOLE_LOOK_WITHOUT_EVENTS,
                            };
                    }
                    Ok(next_due) => due = [due, next_due].into_iter().flatten().min(),
                    Err(error) => {
                        self.health.looks.fail(error.to_string());
                        self.health.troubles.fetch_add(1, Ordering::Relaxed);
                        self.journal.say(&Event::Trouble {
                            what: "the folder could not be brought in and is looked at again soon"
                                .to_owned(),
                            reason: error.to_string(),
                        });
                        next_whole = Instant::now() + REST;
                        due = None;
                    }
                }
            }
            let until_due = due.and_then(|due| (due - (self.clock)()).to_std().ok());
            let wait = until_due.unwrap_or(HEED).min(HEED);
            self.gather(&hears, wait, &mut hints);
        }
    }

    /// Asks the system for events of the folder that has the name now; `None` where it gives none.
    fn watch(
        &self,
        events: &Sender<notify::Result<notify::Event>>,
    ) -> Option<notify::RecommendedWatcher> {
        let events = events.clone();
        let watcher = notify::recommended_watcher(move |event| {
            // The follower may have ended already.
            let _ = events.send(event);
        });
        let watching = watcher.and_then(|mut watcher| {
            watcher.watch(self.folder.root(), RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        watching
            .inspect_err(|error| {
                self.journal.say(&Event::Warning {
                    text: format!(
                        "the system gives no events for {} ({error}); it is looked at every {} s",
                        self.folder.root().display(),
                        WHOLE_LOOK_WITHOUT_EVENTS.as_secs()
                    ),
                });
            })
            .ok()
    }

    /// Waits for events and takes note of where they point, until they pause.
    fn gather(
        &self,
        hears: &Receiver<notify::Result<notify::Event>>,
        wait: Duration,
        hints: &mut Hints,
    ) {
        let mut patience = wait;
        let mut until = None;
        loop {
            // A file that is saved again and again is looked at all the same.
            if until.is_some_and(|until| Instant::now() >= until) {
                return;
            }
            match hears.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(wait);
                    return;
                }
                Ok(Err(_)) => hints.whole = true,
                Ok(Ok(event)) => {
                    if event.need_rescan() {
                        hints.whole = true;
                    }
                    if !event.kind.is_access() {
                        let renamed = ModifyKind::Name(RenameMode::From);
                        let goes =
                            event.kind.is_remove() || event.kind == EventKind::Modify(renamed);
                        let itself = |path: &PathBuf| path == self.folder.root();
                        hints.root |= goes && event.paths.iter().any(itself);
                        for path in &event.paths {
                            self.point_at(path, hints);
                        }
                    }
                }
            }
            patience = SETTLE;
            until = until.or_else(|| Some(Instant::now() + MOST_SETTLING));
        }
    }

    fn point_at(&self, path: &Path, hints: &mut Hints) {
        let Ok(inner) = path.strip_prefix(self.folder.root()) else {
            hints.whole = true;
            return;
        };
        let mut names = inner
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        match (names.next(), names.next()) {
            (Some(section), Some(slug)) if !section.starts_with('.') && !slug.starts_with('.') => {
                hints.articles.insert(format!("{section}/{slug}"));
            }
            (Some(name), None) if !name.starts_with('.') => hints.whole = true,
            _ => {}
        }
    }

    /// One look, with the second look that a removal needs.
    fn look(&self, hints: Hints) -> Result<Option<DateTime<Utc>>, FolderError> {
        let mut report = Report::default();
        let now = &*self.clock;
        let publication = if hints.whole {
            self.folder
                .bring_in_publication(&self.store, now, &self.base, &mut report)?
        } else {
            self.store.publication()?
        };
        let look = match hints.whole {
            true => Look::Everywhere,
            false => Look::At(hints.articles.into_iter().collect()),
        };
        let whole = matches!(look, Look::Everywhere);
        let said = self.folder.bring_in(
            &self.store,
            &publication,
            now,
            &look,
            &|_, _| {},
            &mut report,
        );
        self.journal.entries(&std::mem::take(&mut report.entries));
        said?;
        self.withdraw(&publication, &mut report)?;
        let due = report.due;
        self.complain(report, whole);
        self.health.looks.complete((self.clock)());
        self.health
            .last_scan
            .store((self.clock)().timestamp(), Ordering::Relaxed);
        Ok(due)
    }

    /// Withdraws what vanished, when further looks still find it gone and nothing more goes. They look everywhere, for what
    /// vanished may have turned up elsewhere.
    fn withdraw(&self, publication: &Publication, report: &mut Report) -> Result<(), FolderError> {
        let mut vanished = std::mem::take(&mut report.vanished);
        while !vanished.is_empty() {
            std::thread::sleep(SECOND_LOOK);
            let quiet = |_, _| {};
            let everywhere = Look::Everywhere;
            let clock = &*self.clock;
            let said =
                self.folder
                    .bring_in(&self.store, publication, clock, &everywhere, &quiet, report);
            self.journal.entries(&std::mem::take(&mut report.entries));
            said?;
            let again = std::mem::take(&mut report.vanished);
            let is_settled = again.iter().all(|gone| vanished.contains(gone));
            vanished = again;
            if is_settled {
                break;
            }
        }
        match self
            .folder
            .believe(&self.store, &vanished, self.allow_mass_removal)?
        {
            Belief::Gone(gone) => {
                let entries = self.folder.withdraw(&self.store, &*self.clock, &gone)?;
                self.journal.entries(&entries);
            }
            Belief::TooMany { vanished, known } => {
                self.health.troubles.fetch_add(1, Ordering::Relaxed);
                self.journal.say(&Event::MassRemoval { vanished, known });
            }
        }
        Ok(())
    }

    /// Tells what is new among the complaints.
    fn complain(&self, report: Report, whole: bool) {
        let mut known = self
            .health
            .complained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A whole look reads again whatever was refused, so what it does not complain of is well, or gone.
        known.retain(|path, complaints| {
            let exists = self.folder.root().join(path).exists();
            let well = whole && is_refused(complaints);
            if report.complaints.contains_key(path) || (exists && !well) {
                return true;
            }
            if exists {
                self.journal.say(&Event::Mended { path: path.clone() });
            }
            false
        });
        for (path, complaints) in report.complaints {
            if known.get(&path) == Some(&complaints) {
                continue;
            }
            if complaints.is_empty() {
                if known.remove(&path).is_some() {
                    self.journal.say(&Event::Mended { path });
                }
                continue;
            }
            for complaint in &complaints {
                self.journal.say(&Event::Complaint(complaint.clone()));
            }
            known.insert(path, complaints);
        }
        let count = known.values().filter(|said| is_refused(said)).count();
        self.health.refused_files.store(count, Ordering::Relaxed);
    }

    /// Tells what the first look found.
    pub(super) fn tell(&self, report: Report) {
        self.journal.entries(&report.entries);
        self.complain(report, false);
    }
}
