//! Following the folder: events are hints, looks decide, and the store is told of what differs.

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
use crate::store::{StoreError, WriteQueue};

use super::health::Health;
use super::{Event, Journal};
use waiting::AwaitedFiles;
pub(super) use waiting::{tell_of_api, tell_of_api_after};
use watch::{Hints, Watch};

/// The second look that a removal needs comes so long after the first.
const SECOND_LOOK: Duration = Duration::from_millis(300);

/// Events may be lost: the whole folder is looked at so often. Stats only, so it costs little.
const WHOLE_LOOK: Duration = Duration::from_secs(60);

/// Time between two looks at the whole folder where the system gives no events.
const WHOLE_LOOK_WITHOUT_EVENTS: Duration = Duration::from_secs(2);

/// Time from a failure to the next try.
const REST: Duration = Duration::from_secs(2);

/// How long a wait may last before the order to stop is looked for.
const HEED: Duration = Duration::from_millis(200);

/// Brings the folder in as it changes.
pub(super) struct Follower {
    pub(super) folder: Folder,
    pub(super) writes: Arc<WriteQueue>,
    pub(super) journal: Arc<Journal>,
    pub(super) health: Arc<Health>,
    pub(super) base: String,
    pub(super) allow_mass_removal: bool,
    /// The loss that is not believed and was told of, so that it is told once.
    pub(super) removal_told: Mutex<Option<(usize, usize)>>,
}

/// Which folder has the name now. Events follow the folder and not its name, so one that was mounted or renamed to its
/// place needs a watch of its own.
fn identity(root: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(root).ok()?;
    Some((found.dev(), found.ino()))
}

/// What a follower keeps from look to look.
struct Course {
    watch: Option<Watch>,
    is_watched_whole: bool,
    /// The folder that is watched.
    watched: Option<(u64, u64)>,
    hints: Hints,
    next_whole: Instant,
    due: Option<DateTime<Utc>>,
    /// What may not be written to its end yet, and when it is looked at again.
    waiting: BTreeMap<String, Instant>,
    /// The files that wait and were told of.
    told: AwaitedFiles,
}

impl Follower {
    /// Looks and follows until told to stop.
    pub(super) fn follow(&self, stopping: &AtomicBool) {
        self.health.standing.begin();
        let mut course = Course {
            watch: None,
            is_watched_whole: true,
            watched: None,
            hints: Hints {
                root: true,
                ..Hints::default()
            },
            next_whole: Instant::now(),
            due: None,
            waiting: BTreeMap::new(),
            told: AwaitedFiles::new(),
        };
        while !stopping.load(Ordering::Acquire) {
            self.health.standing.unfinished().step();
            self.turn(&mut course);
            let until_due = course
                .due
                .and_then(|due| (due - self.writes.now()()).to_std().ok());
            let wait = until_due.unwrap_or(HEED).min(HEED);
            match &mut course.watch {
                Some(watch) => course.hints.join(watch.gather(wait)),
                None => std::thread::sleep(wait),
            }
        }
        self.health.standing.end();
    }

    /// Looks where there is something to look at.
    fn turn(&self, course: &mut Course) {
        let here = identity(self.folder.root());
        if course.hints.root || here != course.watched {
            course.watched = here;
            course.watch = here.and_then(|_| self.watch());
            course.hints.root = false;
            course.hints.whole = true;
        }
        let now = Instant::now();
        let is_due = course.due.is_some_and(|due| self.writes.now()() >= due);
        course.hints.whole |= now >= course.next_whole || is_due;
        course.take_up(now);
        if !course.hints.whole && course.hints.articles.is_empty() {
            return;
        }
        if let Some(watch) = &mut course.watch {
            watch.retry();
        }
        let is_whole = course.watch.as_ref().is_some_and(Watch::is_whole);
        if !is_whole && course.is_watched_whole && course.watch.is_some() {
            self.warn_of_partial_watch();
        }
        course.is_watched_whole = is_whole;
        self.health.standing.unfinished().set_has_events(is_whole);
        let whole = course.hints.whole;
        let looked = self.look(std::mem::take(&mut course.hints), &mut course.waiting);
        self.health.standing.unfinished().end_look();
        match looked {
            Ok(next_due) if whole => {
                course.due = next_due;
                course.next_whole = Instant::now()
                    + match is_whole {
                        true => WHOLE_LOOK,
                        false => WHOLE_LOOK_WITHOUT_EVENTS,
                    };
            }
            Ok(next_due) => course.due = [course.due, next_due].into_iter().flatten().min(),
            Err(FolderError::Store(StoreError::Stopping)) => {}
            Err(error) => {
                self.trouble(&error);
                course.next_whole = Instant::now() + REST;
                course.due = None;
                return;
            }
        }
        // What was just written is looked at once more before it is known.
        if course.waiting.is_empty() {
            self.tell_awaited(&mut course.told);
        }
        if self.health.standing.note_success() {
            let text = "the folder is brought in again".to_owned();
            self.journal.say(&Event::Note { text });
        }
    }

    /// Tells of a look that failed, once until it ends well or fails for another reason.
    fn trouble(&self, error: &FolderError) {
        self.health.troubles.fetch_add(1, Ordering::Relaxed);
        let reason = error.to_string();
        if self.health.standing.note_failure(&reason) {
            let what = "the folder could not be brought in and is looked at again soon".to_owned();
            self.journal.say(&Event::Trouble { what, reason });
        }
    }

    /// Asks the system for events of the folder that has the name now; `None` where it gives none.
    fn watch(&self) -> Option<Watch> {
        let watching = Watch::of(self.folder.root(), self.health.standing.unfinished());
        watching
            .inspect_err(|error| {
                let text = format!(
                    "the system gives no events for {} ({error}); it is looked at every {} s",
                    self.folder.root().display(),
                    WHOLE_LOOK_WITHOUT_EVENTS.as_secs()
                );
                self.journal.say(&Event::Warning { text });
            })
            .ok()
    }

    fn warn_of_partial_watch(&self) {
        let text = format!(
            "the system does not watch all of {}, which is looked at every {} s; raise fs.inotify.max_user_watches",
            self.folder.root().display(),
            WHOLE_LOOK_WITHOUT_EVENTS.as_secs()
        );
        self.journal.say(&Event::Warning { text });
    }

    /// One look, with the second look that a removal needs.
    fn look(
        &self,
        hints: Hints,
        waiting: &mut BTreeMap<String, Instant>,
    ) -> Result<Option<DateTime<Utc>>, FolderError> {
        let mut report = Report::default();
        let with_events = hints.articles.clone();
        self.health.standing.unfinished().begin_look(with_events);
        let publication = if hints.whole {
            self.folder
                .bring_in_publication(&self.writes, &self.base, &mut report)?
        } else {
            self.writes.store().publication()?
        };
        let scope = match hints.whole {
            true => ScanScope::Everywhere,
            false => ScanScope::At(hints.articles.into_iter().collect()),
        };
        let whole = matches!(scope, ScanScope::Everywhere);
        let said = self.folder.bring_in(
            &self.writes,
            &publication,
            &scope,
            &|_, _| self.health.standing.unfinished().step(),
            &mut report,
        );
        self.journal.brought(&std::mem::take(&mut report.entries));
        said?;
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

    /// Withdraws what vanished, when further looks still find it gone and nothing more goes. They look everywhere, for what
    /// vanished may have turned up elsewhere.
    fn withdraw(
        &self,
        publication: &Publication,
        whole: bool,
        report: &mut Report,
    ) -> Result<(), FolderError> {
        let mut vanished = std::mem::take(&mut report.vanished);
        let had_vanished = !vanished.is_empty();
        while !vanished.is_empty() {
            std::thread::sleep(SECOND_LOOK);
            let quiet = |_, _| self.health.standing.unfinished().step();
            let everywhere = ScanScope::Everywhere;
            let said = self
                .folder
                .bring_in(&self.writes, publication, &everywhere, &quiet, report);
            self.journal.brought(&std::mem::take(&mut report.entries));
            said?;
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
                if is_looked_at && self.removal_told().take().is_some() {
                    let text = "the articles that had vanished are there again, or were taken away bit by bit".to_owned();
                    self.journal.say(&Event::Note { text });
                }
            }
            Belief::TooMany { vanished, known } => {
                self.health.troubles.fetch_add(1, Ordering::Relaxed);
                let loss = Some((vanished, known));
                if std::mem::replace(&mut *self.removal_told(), loss) != loss {
                    self.journal.say(&Event::MassRemoval { vanished, known });
                }
            }
        }
        Ok(())
    }

    /// Tells what the first look found.
    pub(super) fn tell(&self, report: Report) {
        self.journal.brought(&report.entries);
        self.complain(report, false);
    }

    fn removal_told(&self) -> std::sync::MutexGuard<'_, Option<(usize, usize)>> {
        self.removal_told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Course {
    /// Takes up what has waited long enough.
    fn take_up(&mut self, now: Instant) {
        let ready = self.waiting.extract_if(.., |_, at| *at <= now);
        for (path, _) in ready {
            match path == PUBLICATION_FILE {
                true => self.hints.whole = true,
                false => drop(self.hints.articles.insert(path)),
            }
        }
    }
}

impl Hints {
    fn join(&mut self, more: Hints) {
        self.articles.extend(more.articles);
        self.whole |= more.whole;
        self.root |= more.root;
    }
}
