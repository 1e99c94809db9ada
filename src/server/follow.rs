//! Following the folder: events are hints where to scan, scans find the differences, and these are written to the store.

mod complaints;
mod waiting;
mod watch;

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::folder::{Belief, Folder, FolderError, PUBLICATION_FILE, Report, ScanScope};
use crate::publication::Publication;
use crate::store::{Lease, StoreError, WriteQueue};

use super::health::Health;
use super::{Event, Journal};
use waiting::AwaitedFiles;
pub(super) use waiting::{tell_of_api, tell_of_api_after};
use watch::{Hints, Watch};

/// Time between the scan that misses a file and the one that has to miss it, too, before it is withdrawn.
const REMOVAL_CHECK_DELAY: Duration = Duration::from_millis(300);

/// Time between two scans of the whole folder, since events may be lost. They read file status only, which costs little.
const SCAN_INTERVAL: Duration = Duration::from_secs(60);

/// Time between two scans of the whole folder where the system gives no events.
const SCAN_INTERVAL_WITHOUT_EVENTS: Duration = Duration::from_secs(2);

/// Time from a failure to the next try.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Maximum time between two checks whether the server is to stop.
const STOP_POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Writes the changes of the folder to the store as they occur.
pub(super) struct Follower {
    pub(super) folder: Folder,
    pub(super) writes: Arc<WriteQueue>,
    pub(super) journal: Arc<Journal>,
    pub(super) health: Arc<Health>,
    pub(super) base: String,
    pub(super) allow_mass_removal: bool,
    /// The numbers of vanished and of known articles in the last mass removal that was reported, so that it is reported once.
    pub(super) reported_removal: Mutex<Option<(usize, usize)>>,
}

/// The device and inode of the folder that has the name now. Events follow a folder and not its name, so a folder that was
/// mounted or renamed to this name needs a new watch.
fn identity(root: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(root).ok()?;
    Some((found.dev(), found.ino()))
}

/// The state of a follower between two scans.
struct FollowState {
    /// Whether this node is the one that follows the folder.
    is_mine: bool,
    watch: Option<Watch>,
    is_watched_whole: bool,
    /// The folder that is watched.
    watched: Option<(u64, u64)>,
    hints: Hints,
    next_full_scan: Instant,
    due: Option<DateTime<Utc>>,
    /// Files that may still be being written, by their paths, and when they are read again.
    waiting: BTreeMap<String, Instant>,
    /// The files that wait for their time, as they were last reported.
    reported: AwaitedFiles,
}

impl Follower {
    /// Scans the folder and follows it until told to stop.
    pub(super) fn follow(&self, stopping: &AtomicBool) {
        self.health.follower.begin();
        let mut state = FollowState {
            is_mine: self.writes.store().has_lease(&Lease::Folder),
            watch: None,
            is_watched_whole: true,
            watched: None,
            hints: Hints {
                is_root_gone: true,
                ..Hints::default()
            },
            next_full_scan: Instant::now(),
            due: None,
            waiting: BTreeMap::new(),
            reported: AwaitedFiles::new(),
        };
        while !stopping.load(Ordering::Acquire) {
            self.health.follower.unfinished().step();
            if !self.has_lease(&mut state) {
                std::thread::sleep(STOP_POLL_INTERVAL);
                continue;
            }
            self.run_once(&mut state);
            let until_due = state
                .due
                .and_then(|due| (due - self.writes.now()()).to_std().ok());
            let wait = until_due
                .unwrap_or(STOP_POLL_INTERVAL)
                .min(STOP_POLL_INTERVAL);
            match &mut state.watch {
                Some(watch) => state.hints.join(watch.gather(wait)),
                None => std::thread::sleep(wait),
            }
        }
        self.health.follower.end();
    }

    /// Whether this node is the one that follows the folder. One that comes to be looks at the whole folder.
    fn has_lease(&self, state: &mut FollowState) -> bool {
        let has_lease = self.writes.store().has_lease(&Lease::Folder);
        if !has_lease && state.is_mine {
            state.watch = None;
            state.hints.is_root_gone = true;
        }
        if has_lease && !state.is_mine {
            let text = "this node follows the folder of items now; another did".to_owned();
            self.journal.say(&Event::Note { text });
        }
        state.is_mine = has_lease;
        has_lease
    }

    /// Scans what events have pointed at, or the whole folder where it is time for that; nothing if neither is so.
    fn run_once(&self, state: &mut FollowState) {
        let here = identity(self.folder.root());
        if state.hints.is_root_gone || here != state.watched {
            state.watched = here;
            state.watch = here.and_then(|_| self.watch());
            state.hints.is_root_gone = false;
            state.hints.is_whole_folder = true;
        }
        let now = Instant::now();
        let is_due = state.due.is_some_and(|due| self.writes.now()() >= due);
        state.hints.is_whole_folder |= now >= state.next_full_scan || is_due;
        state.hint_waiting(now);
        if !state.hints.is_whole_folder && state.hints.articles.is_empty() {
            return;
        }
        if let Some(watch) = &mut state.watch {
            watch.retry();
        }
        let is_whole = state.watch.as_ref().is_some_and(Watch::is_whole);
        if !is_whole && state.is_watched_whole && state.watch.is_some() {
            self.warn_of_partial_watch();
        }
        state.is_watched_whole = is_whole;
        self.health.follower.unfinished().set_has_events(is_whole);
        let whole = state.hints.is_whole_folder;
        let scanned = self.scan(std::mem::take(&mut state.hints), &mut state.waiting);
        self.health.follower.unfinished().end_scan();
        match scanned {
            Ok(next_due) if whole => {
                state.due = next_due;
                state.next_full_scan = Instant::now()
                    + match is_whole {
                        true => SCAN_INTERVAL,
                        false => SCAN_INTERVAL_WITHOUT_EVENTS,
                    };
            }
            Ok(next_due) => state.due = [state.due, next_due].into_iter().flatten().min(),
            Err(FolderError::Store(StoreError::Stopping)) => {}
            Err(error) => {
                self.trouble(&error);
                state.next_full_scan = Instant::now() + RETRY_DELAY;
                state.due = None;
                return;
            }
        }
        // Files that were just written are read again before anything is reported.
        if state.waiting.is_empty() {
            self.tell_awaited(&mut state.reported);
        }
        if self.health.follower.note_success() {
            let text = "the folder is brought in again".to_owned();
            self.journal.say(&Event::Note { text });
        }
    }

    /// Reports a scan that failed, once until one succeeds or fails for another reason.
    fn trouble(&self, error: &FolderError) {
        self.health.fault_count.fetch_add(1, Ordering::Relaxed);
        let reason = error.to_string();
        if self.health.follower.note_failure(&reason) {
            let what = "the folder could not be brought in and is looked at again soon".to_owned();
            self.journal.say(&Event::Trouble { what, reason });
        }
    }

    /// Asks the system for events of the folder that has the name now; `None` where it gives none.
    fn watch(&self) -> Option<Watch> {
        let watching = Watch::of(self.folder.root(), self.health.follower.unfinished());
        watching
            .inspect_err(|error| {
                let text = format!(
                    "the system gives no events for {} ({error}); it is looked at every {} s",
                    self.folder.root().display(),
                    SCAN_INTERVAL_WITHOUT_EVENTS.as_secs()
                );
                self.journal.say(&Event::Warning { text });
            })
            .ok()
    }

    fn warn_of_partial_watch(&self) {
        let text = format!(
            "the system does not watch all of {}, which is looked at every {} s; raise fs.inotify.max_user_watches",
            self.folder.root().display(),
            SCAN_INTERVAL_WITHOUT_EVENTS.as_secs()
        );
        self.journal.say(&Event::Warning { text });
    }

    /// Scans where `hints` point, withdraws what vanished, and gives the time when the next file is due.
    fn scan(
        &self,
        hints: Hints,
        waiting: &mut BTreeMap<String, Instant>,
    ) -> Result<Option<DateTime<Utc>>, FolderError> {
        let mut report = Report::default();
        let with_events = hints.articles.clone();
        self.health.follower.unfinished().begin_scan(with_events);
        let publication = if hints.is_whole_folder {
            self.folder
                .bring_in_publication(&self.writes, &self.base, &mut report)?
        } else {
            self.writes.store().publication()?
        };
        let scope = match hints.is_whole_folder {
            true => ScanScope::Everywhere,
            false => ScanScope::At(hints.articles.into_iter().collect()),
        };
        let whole = matches!(scope, ScanScope::Everywhere);
        let result = self.folder.bring_in(
            &self.writes,
            &publication,
            &scope,
            &|_, _| self.health.follower.unfinished().step(),
            &mut report,
        );
        self.journal.brought(&std::mem::take(&mut report.entries));
        result?;
        self.withdraw(&publication, whole, &mut report)?;
        let due = report.due;
        waiting.append(&mut report.waiting.clone());
        self.note_awaited(&mut report, whole);
        self.complain(report, whole);
        self.health
            .last_scan
            .store(self.writes.now()().timestamp(), Ordering::Relaxed);
        Ok(due)
    }

    /// Withdraws what vanished, when further scans still find it gone and nothing more goes. They scan the whole folder, for
    /// what vanished may have turned up elsewhere.
    fn withdraw(
        &self,
        publication: &Publication,
        whole: bool,
        report: &mut Report,
    ) -> Result<(), FolderError> {
        let mut vanished = std::mem::take(&mut report.vanished);
        let had_vanished = !vanished.is_empty();
        while !vanished.is_empty() {
            std::thread::sleep(REMOVAL_CHECK_DELAY);
            let quiet = |_, _| self.health.follower.unfinished().step();
            let everywhere = ScanScope::Everywhere;
            let result =
                self.folder
                    .bring_in(&self.writes, publication, &everywhere, &quiet, report);
            self.journal.brought(&std::mem::take(&mut report.entries));
            result?;
            let again = std::mem::take(&mut report.vanished);
            let before: HashSet<_> = vanished.iter().collect();
            let is_settled = again.iter().all(|gone| before.contains(gone));
            vanished = again;
            if is_settled {
                break;
            }
        }
        match self
            .folder
            .believe(self.writes.store(), &vanished, self.allow_mass_removal)?
        {
            Belief::Gone(gone) => {
                let mut entries = Vec::new();
                let done = self.folder.withdraw(&self.writes, &gone, &mut entries);
                self.journal.brought(&entries);
                done?;
                let is_looked_at = had_vanished || whole;
                if is_looked_at && self.reported_removal().take().is_some() {
                    let text = "the articles that had vanished are there again, or were taken away bit by bit".to_owned();
                    self.journal.say(&Event::Note { text });
                }
            }
            Belief::TooMany { vanished, known } => {
                self.health.fault_count.fetch_add(1, Ordering::Relaxed);
                let loss = Some((vanished, known));
                if std::mem::replace(&mut *self.reported_removal(), loss) != loss {
                    self.journal.say(&Event::MassRemoval { vanished, known });
                }
            }
        }
        Ok(())
    }

    /// Reports what the first scan found.
    pub(super) fn tell(&self, report: Report) {
        self.journal.brought(&report.entries);
        self.complain(report, false);
    }

    fn reported_removal(&self) -> std::sync::MutexGuard<'_, Option<(usize, usize)>> {
        self.reported_removal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl FollowState {
    /// Adds the files that have waited long enough to the hints.
    fn hint_waiting(&mut self, now: Instant) {
        let ready = self.waiting.extract_if(.., |_, at| *at <= now);
        for (path, _) in ready {
            match path == PUBLICATION_FILE {
                true => self.hints.is_whole_folder = true,
                false => drop(self.hints.articles.insert(path)),
            }
        }
    }
}

impl Hints {
    fn join(&mut self, more: Hints) {
        self.articles.extend(more.articles);
        self.is_whole_folder |= more.is_whole_folder;
        self.is_root_gone |= more.is_root_gone;
    }
}
