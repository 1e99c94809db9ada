//! The one timer that writes: changes that the clock brings (embargoes, schedules, the ends of rights), when they are due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::store::{Change, PrivateKind, StoreError, WriteQueue};

use super::follow::tell_of_api_after;
use super::health::Health;
use super::lasting::{LastingFault, wait_to_retry};
use super::{ACTOR, Event, Journal};

/// Maximum time between two checks of the clock and of the store's files, which do not ask the database. What is due is
/// late by this much at most where the clock is set forward, or the machine slept.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Time until a change that is due and could not be written is tried again.
const OVERDUE_RETRY_DELAY: Duration = Duration::from_millis(200);

/// Time from a failure to the next try.
const FAILURE_RETRY_DELAY: Duration = Duration::from_secs(2);

/// Maximum number of articles that missed their time and are reported after one write.
const MAX_MISSED_REPORTED: usize = 1000;

/// The clock's steps of more than this many milliseconds are reported: embargoes go by it.
const MIN_CLOCK_STEP_MS: i64 = 500;

pub(super) struct Timer {
    pub(super) writes: Arc<WriteQueue>,
    pub(super) journal: Arc<Journal>,
    pub(super) health: Arc<Health>,
    /// The newest entry of the private log when waiting articles were reported last.
    pub(super) reported_seq: u64,
}

/// Writes what is due at `clock`, a little at a time, so that others come between.
///
/// # Errors
/// If the store fails.
pub(super) fn write_due(
    writes: &WriteQueue,
    journal: &Journal,
    stopping: &AtomicBool,
) -> Result<(), StoreError> {
    let (store, now) = (writes.store(), writes.now());
    while !stopping.load(Ordering::Acquire) && store.next_due()?.is_some_and(|due| due <= now()) {
        let before = store.newest_private()?;
        let entries = writes.apply_one(ACTOR, Change::Due)?;
        journal.entries(&entries);
        let private = store.private_after(before, MAX_MISSED_REPORTED)?;
        for missed in private.iter().filter(|done| done.kind == PrivateKind::Miss) {
            let text = format!(
                "{} could not be published at its time and waits for a decision: {}",
                missed.filed.as_deref().unwrap_or_default(),
                missed.note.as_deref().unwrap_or_default()
            );
            journal.say(&Event::Warning { text });
        }
        if entries.is_empty() && private.is_empty() {
            // The rest is due at the next turn.
            break;
        }
    }
    Ok(())
}

impl Timer {
    /// Writes what is due until told to stop, which unparks the thread. So does each write: it may have scheduled something
    /// for sooner than what was known.
    pub(super) fn run(&self, stopping: &AtomicBool) {
        let store = self.writes.store();
        store.wake_after_writes(thread::current());
        let mut state = TimerState::new(self.writes.now()(), self.reported_seq);
        while !stopping.load(Ordering::Acquire) {
            match self.run_once(&mut state, stopping) {
                Some(wait) => thread::park_timeout(wait),
                None => wait_to_retry(stopping, FAILURE_RETRY_DELAY),
            }
        }
    }

    /// Checks the clock and the store's files, and writes what is due. Gives the time to wait after that; `None` where it
    /// failed.
    fn run_once(&self, state: &mut TimerState, stopping: &AtomicBool) -> Option<Duration> {
        if state
            .files_checked_at
            .is_none_or(|checked_at| checked_at.elapsed() >= CHECK_INTERVAL)
        {
            self.watch_files(&mut state.files_fault);
            self.writes.store().settle_failed_write();
            state.files_checked_at = Some(Instant::now());
        }
        if let Some(step) = state.clock.step(self.writes.now()()) {
            let text = format!(
                "the clock stepped by {step} ms; entries are dated on from the newest, and embargoes go by the new time: see \
                 that the machine's clock is kept right"
            );
            self.journal.say(&Event::Warning { text });
        }
        match self.write_due(state, stopping) {
            Ok(wait) => {
                let text = "what is due is written again";
                state.failure.is_mended(&self.journal, text);
                Some(wait)
            }
            Err(error) => {
                self.health.fault_count.fetch_add(1, Ordering::Relaxed);
                let what = "what is due could not be written and is tried again soon";
                state.failure.lasts(&self.journal, what, error.to_string());
                None
            }
        }
    }

    /// Reports once when the store's files are not where they were, and once when they are again.
    fn watch_files(&self, known: &mut Option<String>) {
        let store = self.writes.store();
        let found = store.check_files().err();
        let found = found.map(|error| error.to_string());
        if found == *known {
            return;
        }
        match &found {
            Some(reason) => {
                let rescued = store.rescue();
                self.journal.say(&Event::Trouble {
                    what: "the store's files are not where they were".to_owned(),
                    reason: match rescued {
                        Ok(()) => reason.clone(),
                        Err(error) => {
                            format!("{reason}; what was written last is not in it: {error}")
                        }
                    },
                });
            }
            None => self.journal.say(&Event::Note {
                text: "the store's files are where they were".to_owned(),
            }),
        }
        *known = found;
    }

    /// Writes what is due, reports articles that began to wait, and gives the time to wait after that. The store is asked
    /// only where something was written since it was asked last, or where the next change that it named is due.
    fn write_due(
        &self,
        state: &mut TimerState,
        stopping: &AtomicBool,
    ) -> Result<Duration, StoreError> {
        // Read before the store is queried: a write in between wakes the thread.
        let (store, now) = (self.writes.store(), self.writes.now());
        let writes = store.writes();
        let is_valid =
            |next: &NextDue| next.writes == writes && next.due.is_none_or(|due| due > now());
        if !state.next_due.as_ref().is_some_and(is_valid) {
            state.next_due = None;
            write_due(&self.writes, &self.journal, stopping)?;
            // A failed report delays no article that is due; it is repeated after the next write.
            if let Ok(newest) = tell_of_api_after(store, &self.journal, state.reported_seq) {
                state.reported_seq = newest;
            }
            let due = store.next_due()?;
            state.next_due = Some(NextDue { writes, due });
        }
        let due = state.next_due.as_ref().and_then(|next| next.due);
        Ok(
            due.map_or(CHECK_INTERVAL, |due| match (due - now()).to_std() {
                Ok(left) => left.min(CHECK_INTERVAL),
                Err(_) => OVERDUE_RETRY_DELAY,
            }),
        )
    }
}

/// The state of the timer between two runs of its loop.
struct TimerState {
    next_due: Option<NextDue>,
    /// The number of the newest entry of the private log that was reported.
    reported_seq: u64,
    clock: ClockWatch,
    failure: LastingFault,
    files_fault: Option<String>,
    /// When the store's files were last checked.
    files_checked_at: Option<Instant>,
}

impl TimerState {
    fn new(now: DateTime<Utc>, reported_seq: u64) -> Self {
        Self {
            next_due: None,
            reported_seq,
            clock: ClockWatch::new(now),
            failure: LastingFault::default(),
            files_fault: None,
            files_checked_at: None,
        }
    }
}

/// The time of the store's next due change, as the store gave it last.
struct NextDue {
    /// The number of writes to the store when it was asked; after more writes the answer is asked for again.
    writes: u64,
    /// When the next change is due; none where nothing waits.
    due: Option<DateTime<Utc>>,
}

/// The system's clock, compared with a monotonic one to notice when it is set.
struct ClockWatch {
    clock: DateTime<Utc>,
    steady: Instant,
}

impl ClockWatch {
    fn new(clock: DateTime<Utc>) -> Self {
        Self {
            clock,
            steady: Instant::now(),
        }
    }

    /// By how many milliseconds the clock was set since the last call; none for steps too small to report.
    fn step(&mut self, now: DateTime<Utc>) -> Option<i64> {
        let passed = i64::try_from(self.steady.elapsed().as_millis()).unwrap_or(i64::MAX);
        let step = (now - self.clock).num_milliseconds() - passed;
        *self = Self::new(now);
        (step.abs() > MIN_CLOCK_STEP_MS).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};

    use crate::item::file::FileLookup;
    use crate::item::{Id, PhotographError, json as item_json};
    use crate::publication;
    use crate::server::health::Health;
    use crate::server::journal::Journal;
    use crate::store::{Change, Expected, Settings, Store, WriteQueue, plans};

    use super::{CHECK_INTERVAL, ClockWatch, Timer, TimerState};

    const BEGIN_MS: i64 = 1_764_000_000_000;

    /// A timer whose clock goes on by what it waits.
    struct Run {
        _folder: tempfile::TempDir,
        timer: Timer,
        state: TimerState,
        now_ms: Arc<AtomicI64>,
    }

    impl Run {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let now_ms = Arc::new(AtomicI64::new(BEGIN_MS));
            let clock_ms = Arc::clone(&now_ms);
            let clock = move || {
                DateTime::from_timestamp_millis(clock_ms.load(Ordering::SeqCst)).unwrap_or_default()
            };
            let store = Arc::new(Store::open(folder.path(), clock()).expect("a store"));
            let state = TimerState::new(clock(), 0);
            let writes = WriteQueue::new(store, Arc::new(clock), Box::new(|_| {}));
            let settings = "title = \"The Courier\"\nlanguage = \"en\"\n[[sections]]\nslug = \"city\"\ntitle = \"City\"\n";
            let parsed =
                publication::parse(settings.as_bytes(), &|_| unreachable!("no photographs"));
            let settings = Settings {
                publication: parsed.publication.expect("a publication"),
                source: String::new(),
                base_url: "https://courier.example.org".to_owned(),
            };
            let change = Change::Settings(Box::new(settings));
            writes.apply_one("test", change).expect("settings");
            let timer = Timer {
                writes: Arc::new(writes),
                journal: Arc::new(Journal::silent()),
                health: Arc::new(Health::new(
                    folder.path().to_owned(),
                    DateTime::default(),
                    Vec::new(),
                )),
                reported_seq: 0,
            };
            Self {
                _folder: folder,
                timer,
                state,
                now_ms,
            }
        }

        /// One turn; gives the number of statements that it had the store run.
        fn run_once(&mut self) -> (usize, Duration) {
            plans::runs();
            let wait = self
                .timer
                .run_once(&mut self.state, &AtomicBool::new(false));
            (plans::runs().statements, wait.expect("a store"))
        }

        /// Turns until the clock has gone on by `ms`; gives the number of statements.
        fn turns(&mut self, ms: i64) -> usize {
            let end = self.now_ms.load(Ordering::SeqCst) + ms;
            let mut statements = 0;
            loop {
                let (executed, wait) = self.run_once();
                statements += executed;
                assert!(
                    wait <= CHECK_INTERVAL,
                    "it does not see a clock that is set"
                );
                let wait = i64::try_from(wait.as_millis()).expect("a wait").max(1);
                if self.now_ms.load(Ordering::SeqCst) + wait >= end {
                    self.now_ms.store(end, Ordering::SeqCst);
                    return statements;
                }
                self.now_ms.fetch_add(wait, Ordering::SeqCst);
            }
        }

        /// Has a story written that is to be public at a moment.
        fn schedule(&self, slug: &str, at_ms: i64) {
            let at = DateTime::from_timestamp_millis(at_ms).expect("a moment");
            let story = serde_json::json!({
                "id": Id::default().derive(slug),
                "headline": slug,
                "published": at.to_rfc3339(),
                "body": "Text.",
            });
            let photographs = |name: &str| {
                Err(PhotographError::Missing {
                    name: name.to_owned(),
                })
            };
            let object = story.as_object().expect("an object");
            let parsed = item_json::parse(object, &FileLookup::photographs_only(&photographs));
            let article = parsed.article.expect("an article");
            let change = Change::write(article, "city", slug, Expected::Anything);
            self.timer
                .writes
                .apply_one("test", change)
                .expect("a story");
        }

        fn seq(&self) -> u64 {
            self.timer.writes.store().position().seq
        }
    }

    #[test]
    fn the_store_is_asked_when_something_was_written_or_is_due_and_not_between() {
        let mut run = Run::new();
        assert!(run.run_once().0 > 0, "it does not know what waits");
        assert_eq!(run.turns(60_000), 0, "it asks though nothing was written");
        run.schedule("later", BEGIN_MS + 200_000);
        let (executed, _) = run.run_once();
        assert!(executed > 0, "it does not ask what was scheduled");
        assert_eq!(run.turns(139_900), 0, "it asks before something is due");
        let before = run.seq();
        // A tenth of a second before the story is due.
        run.turns(100);
        let executed = run.turns(1);
        assert!(
            executed > 0 && run.seq() == before + 1,
            "it does not write what is due"
        );
        // Its own write is one.
        run.run_once();
        assert_eq!(run.turns(60_000), 0, "it asks though nothing waits");
    }

    #[test]
    fn a_clock_that_steps_is_noticed_once() {
        let now = DateTime::from_timestamp_millis(1_764_000_000_000).expect("a moment");
        let mut clock = ClockWatch::new(now);
        assert_eq!(clock.step(now + TimeDelta::milliseconds(3)), None);
        let stepped = now - TimeDelta::hours(1);
        let step = clock.step(stepped).expect("a step");
        assert!((-3_600_200..=-3_599_800).contains(&step), "{step}");
        assert_eq!(clock.step(stepped), None);
    }
}
