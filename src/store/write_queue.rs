//! The one queue of everyone who writes while a server runs: the write API, commands of the shell, the folder's follower, the
//! timer, and the settings at the start.
//!
//! It has three lanes, each with a thread that is started by the first who asks. Decisions that take something away have
//! one, and the store lets it write before all others. Files have one, since theirs are many: a single command waits for no
//! look at the folder, but for the orders that the store does in one transaction. All others share one, in which commands
//! that wait together are applied in one transaction, which is on disk before any of them is answered. The lanes meet at the
//! store's [`super::writer_lock`].
//!
//! Only entries of the log go through it. What is noted beside the log (which file an item came from, how far a cache was told,
//! tokens) is written by those who keep it, and waits at the same lock. Where no server runs, nothing else writes: a command
//! of the shell and a restore ask the store itself.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::latency::Latency;

use super::connections::Now;
use super::{Applied, Change, Clock, Command, CommandResult, Entry, Store, StoreError};

/// Maximum number of commands in one transaction; more would keep the first of them waiting.
const MAX_AT_ONCE: usize = 64;

/// Called with the entries of every command that is applied. Who asks for changes tells of them itself.
pub type TellEntries = Box<dyn Fn(&[Entry]) + Send + Sync>;

/// Why a command was not applied.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Refused(StoreError),
    /// The store failed, and with it all commands of the same transaction.
    #[error("{0}")]
    Failed(String),
}

/// A change with its log entries, or the error that refused it.
pub type ChangeWithResult = (Change, Result<Vec<Entry>, StoreError>);

/// A job for the writing thread, and where its result is awaited.
enum Job {
    /// A command, which may share its transaction with others.
    Command(Command, oneshot::Sender<Result<Applied, WriteError>>),
    /// Changes of one actor, in a transaction of their own: the follower of the folder notes its progress by it.
    Changes(
        &'static str,
        Vec<Change>,
        Sender<Result<Vec<ChangeWithResult>, StoreError>>,
    ),
}

/// A thread that applies one job after the other, once somebody has asked.
#[derive(Default)]
struct Lane(Mutex<Option<(Sender<Job>, JoinHandle<()>)>>);

/// The queue of changes that wait to be applied to a store.
pub struct WriteQueue {
    store: Arc<Store>,
    clock: Clock,
    after_commit: Arc<TellEntries>,
    removals: Lane,
    files: Lane,
    others: Lane,
    latency: Latency,
}

impl WriteQueue {
    pub fn new(store: Arc<Store>, clock: Clock, on_entries: TellEntries) -> Self {
        Self {
            store,
            clock,
            after_commit: Arc::new(on_entries),
            removals: Lane::default(),
            files: Lane::default(),
            others: Lane::default(),
            latency: Latency::default(),
        }
    }

    /// The store that is written to; readers use it without the queue.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The clock by which what is written is dated.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn now(&self) -> Now<'_> {
        &*self.clock
    }

    /// Applies `command`; on disk when this returns. Once asked it is applied, whether somebody waits or not.
    ///
    /// # Errors
    /// If it is refused, or the store fails.
    pub async fn apply(&self, command: Command) -> Result<Applied, WriteError> {
        let begun = Instant::now();
        let failed = |error: StoreError| WriteError::Failed(error.to_string());
        let (answer, answered) = oneshot::channel();
        let (lane, name) = match command.takes_away() {
            true => (&self.removals, "remove"),
            false => (&self.others, "write"),
        };
        self.ask(lane, name, Job::Command(command, answer))
            .map_err(failed)?;
        let answered = answered.await.map_err(|_| failed(ended()))?;
        self.latency.observe(begun.elapsed());
        answered
    }

    /// The time that commands took from being queued until they were on disk or refused.
    pub fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Applies one change in a transaction of its own, among the commands; waits until it is on disk.
    ///
    /// # Errors
    /// If it is refused, or the store fails.
    pub fn apply_one(&self, actor: &'static str, change: Change) -> Result<Vec<Entry>, StoreError> {
        let done = self.apply_in(&self.others, "write", actor, vec![change])?;
        let outcomes = done.into_iter().map(|(_, outcome)| outcome);
        let entries = outcomes.collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().flatten().collect())
    }

    /// Applies what files bring, as [`Store::apply`] does; waits until it is on disk. The changes come back with what came of
    /// each.
    ///
    /// # Errors
    /// Where the store fails or is stopped, and nothing was applied.
    pub fn apply_files(
        &self,
        actor: &'static str,
        changes: Vec<Change>,
    ) -> Result<Vec<ChangeWithResult>, StoreError> {
        self.apply_in(&self.files, "files", actor, changes)
    }

    fn apply_in(
        &self,
        lane: &Lane,
        name: &str,
        actor: &'static str,
        changes: Vec<Change>,
    ) -> Result<Vec<ChangeWithResult>, StoreError> {
        let (answer, answered) = channel();
        self.ask(lane, name, Job::Changes(actor, changes, answer))?;
        answered.recv().map_err(|_| ended())?
    }

    fn ask(&self, lane: &Lane, name: &str, job: Job) -> Result<(), StoreError> {
        let mut begun = lane.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, _) = match &mut *begun {
            Some(begun) => begun,
            none => {
                let (sender, receiver) = channel();
                let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
                let on_entries = Arc::clone(&self.after_commit);
                let thread = thread::Builder::new()
                    .name(name.to_owned())
                    .spawn(move || work(&receiver, &store, &clock, &on_entries))
                    .map_err(|error| StoreError::NoWriter(error.to_string()))?;
                none.insert((sender, thread))
            }
        };
        sender.send(job).map_err(|_| ended())
    }
}

/// Waits until all queued changes are applied, so that the store is free afterwards: a process that opens it next may be
/// waiting for that.
impl Drop for WriteQueue {
    fn drop(&mut self) {
        for lane in [&self.removals, &self.files, &self.others] {
            let begun = lane.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((sender, thread)) = begun {
                drop(sender);
                // A panic was reported by the thread itself.
                let _ = thread.join();
            }
        }
    }
}

fn ended() -> StoreError {
    StoreError::NoWriter("the thread that writes has ended".to_owned())
}

fn work(jobs: &Receiver<Job>, store: &Store, clock: &Clock, on_entries: &TellEntries) {
    let mut ahead = None;
    while let Some(job) = ahead.take().or_else(|| jobs.recv().ok()) {
        match job {
            Job::Changes(actor, changes, answer) => {
                let outcomes = store.apply(&**clock, actor, &changes);
                let done = outcomes.map(|outcomes| changes.into_iter().zip(outcomes).collect());
                // The receiver is gone: the caller waits no more.
                let _ = answer.send(done);
            }
            Job::Command(command, answer) => {
                let (mut commands, mut answers) = (vec![command], vec![answer]);
                while commands.len() < MAX_AT_ONCE {
                    match jobs.try_recv() {
                        Ok(Job::Command(command, answer)) => {
                            commands.push(command);
                            answers.push(answer);
                        }
                        Ok(other) => {
                            ahead = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                apply_together(&commands, answers, store, clock, on_entries);
            }
        }
    }
}

/// Applies commands in as few transactions as may be, and answers each.
fn apply_together(
    commands: &[Command],
    answers: Vec<oneshot::Sender<Result<Applied, WriteError>>>,
    store: &Store,
    clock: &Clock,
    on_entries: &TellEntries,
) {
    let mut answers = answers.into_iter();
    let mut done = 0;
    while let Some(ahead) = commands.get(done..).filter(|left| !left.is_empty()) {
        let outcomes = outcomes_of(store, clock, ahead);
        done += outcomes.len();
        for (outcome, answer) in outcomes.into_iter().zip(answers.by_ref()) {
            if let Ok(Applied::Now(entries)) = &outcome {
                on_entries(entries);
            }
            // No request waits any more.
            let _ = answer.send(outcome);
        }
    }
}

/// The results of the first commands, or of all of them.
fn outcomes_of(
    store: &Store,
    clock: &Clock,
    commands: &[Command],
) -> Vec<Result<Applied, WriteError>> {
    match store.apply_commands(&**clock, commands) {
        Ok(outcomes) => outcomes.into_iter().map(refused).collect(),
        Err(error) => {
            let failed = error.to_string();
            let of_all = commands
                .iter()
                .map(|_| Err(WriteError::Failed(failed.clone())));
            of_all.collect()
        }
    }
}

fn refused(outcome: CommandResult) -> Result<Applied, WriteError> {
    outcome.map_err(WriteError::Refused)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};

    use chrono::{DateTime, Utc};

    use crate::item::file::FileLookup;
    use crate::item::{Id, PhotographError, json as item_json};
    use crate::store::{Act, Action, Change, Command, Expected, Removal, Store};

    use super::{Applied, WriteError, WriteQueue};

    fn put(slug: &str) -> Change {
        let story = serde_json::json!({
            "id": Id::default().derive(slug),
            "headline": slug,
            "published": "2026-11-24T10:00:00Z",
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
        let origin = crate::store::Origin {
            path: format!("city/{slug}"),
            stat: String::new(),
            digest: String::new(),
        };
        Change::put(article, "city", slug, origin)
    }

    fn withhold(slug: &str) -> Change {
        Change::Act(Box::new(Act {
            item: Id::default().derive(slug),
            action: Action::Remove(Removal::Withheld),
            public_note: None,
            expected: Expected::Anything,
            section: None,
        }))
    }

    fn now() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().expect("a date")
    }

    /// A queue in which a write can be paused.
    struct PausableQueue {
        _folder: tempfile::TempDir,
        store: Arc<Store>,
        queue: WriteQueue,
        /// Whether the next who writes keeps the writer until `is_enough`.
        pauses_next: Arc<AtomicBool>,
        /// Told when that one has it.
        begins: mpsc::Receiver<()>,
    }

    impl PausableQueue {
        fn until(is_enough: fn(&Store) -> bool) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Arc::new(Store::open(folder.path(), now()).expect("a store"));
            let (begun, begins) = mpsc::channel();
            let pauses_next = Arc::new(AtomicBool::new(false));
            let shared = (Arc::clone(&pauses_next), Arc::clone(&store));
            // The clock is read by the one who has the writer.
            let clock = move || {
                if shared.0.swap(false, Ordering::SeqCst) {
                    let _ = begun.send(());
                    while !is_enough(&shared.1) {
                        std::thread::yield_now();
                    }
                }
                now()
            };
            let queue = WriteQueue::new(Arc::clone(&store), Arc::new(clock), Box::new(|_| {}));
            Self {
                _folder: folder,
                store,
                queue,
                pauses_next,
                begins,
            }
        }

        fn apply(&self, change: Change) -> impl Future<Output = Result<Applied, WriteError>> {
            self.queue.apply(Command {
                actor: "test".to_owned(),
                change,
                idempotency_key: None,
            })
        }
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(work)
    }

    /// Sends the command; its answer is not awaited yet.
    fn ask<F: Future + Unpin>(future: &mut F) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context).is_ready()
    }

    #[test]
    fn what_takes_something_away_goes_before_the_writes_that_wait() {
        let pausable = PausableQueue::until(Store::decisions_wait);
        block_on(async {
            pausable.apply(put("bad")).await.expect("a story");
            pausable.pauses_next.store(true, Ordering::SeqCst);
            let mut writes: Vec<_> = ["one", "two", "three"]
                .map(|slug| Box::pin(pausable.apply(put(slug))))
                .into();
            for write in &mut writes {
                assert!(!ask(write));
            }
            pausable.begins.recv().expect("a write under way");
            pausable.apply(withhold("bad")).await.expect("a decision");
            for write in writes {
                write.await.expect("a story");
            }
        });
        let entries = pausable.store.log_after(1, 10).expect("a store");
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.name()).collect();
        // The first was under way; the others may have been queued with it.
        assert_eq!(kinds.get(1), Some(&"withhold"), "{kinds:?}");
        assert_eq!(kinds.len(), 4);
    }

    #[test]
    fn a_command_waits_for_few_of_many_files() {
        let pausable = PausableQueue::until(Store::others_wait);
        let files: Vec<Change> = (0..200)
            .map(|number| put(&format!("file-{number}")))
            .collect();
        pausable.pauses_next.store(true, Ordering::SeqCst);
        std::thread::scope(|scope| {
            let applying = scope.spawn(|| pausable.queue.apply_files("items", files));
            pausable.begins.recv().expect("a write under way");
            block_on(pausable.apply(put("urgent"))).expect("a story");
            let done = applying.join().expect("a thread").expect("a store");
            assert!(done.iter().all(|(_, outcome)| outcome.is_ok()));
            assert_eq!(done.len(), 200);
        });
        let entries = pausable.store.log_after(0, 1000).expect("a store");
        assert_eq!(entries.len(), 201);
        let place = entries.iter().position(|entry| entry.actor == "test");
        assert!(place.is_some_and(|place| place < 100), "{place:?}");
    }

    #[test]
    fn what_was_asked_is_written_when_the_queue_is_gone() {
        let pausable = PausableQueue::until(|_| true);
        let mut write = Box::pin(pausable.apply(put("one")));
        ask(&mut write);
        drop(write);
        let PausableQueue { store, queue, .. } = pausable;
        drop(queue);
        assert_eq!(store.position().seq, 1);
        // No thread has it open any more.
        assert!(Arc::into_inner(store).is_some());
    }
}
