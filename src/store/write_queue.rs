//! Commands of the API and of the shell. The folder and the timer apply their own batches; all meet at the store's
//! [`super::writer_lock`]. Commands of many writers at once: those that wait are applied in one transaction, which is on disk before any of them is
//! answered. Decisions that take something away have a thread of their own, which the store lets write before all others.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::{Applied, Clock, Command, Entry, Outcome, Store, StoreError};

/// Maximum number of commands in one transaction; more would keep the first of them waiting.
const MOST_AT_ONCE: usize = 64;

/// Called with the entries of every command that is applied.
pub type TellEntries = Box<dyn Fn(&[Entry]) + Send + Sync>;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Refused(StoreError),
    /// The store failed, and all that was asked of it at once.
    #[error("{0}")]
    Failed(String),
}

/// A command and where its outcome is awaited.
struct Queued {
    command: Command,
    answer: oneshot::Sender<Result<Applied, WriteError>>,
}

/// The commands that wait to be applied to a store.
pub struct WriteQueue {
    store: Arc<Store>,
    clock: Clock,
    tell: Arc<TellEntries>,
    /// Commands that take something away; their thread is started by the first of them.
    removals: Lane,
    /// All other commands, with a thread of their own.
    others: Lane,
}

type Lane = Mutex<Option<Sender<Queued>>>;

impl WriteQueue {
    pub fn new(store: Arc<Store>, clock: Clock, tell: TellEntries) -> Self {
        Self {
            store,
            clock,
            tell: Arc::new(tell),
            removals: Lane::default(),
            others: Lane::default(),
        }
    }

    /// Applies `command`; on disk when this returns. Once asked it is applied, whether somebody waits or not.
    ///
    /// # Errors
    /// If it is refused, or the store fails.
    pub async fn apply(&self, command: Command) -> Result<Applied, WriteError> {
        let broken = || WriteError::Failed("the thread that writes has ended".to_owned());
        let (answer, answered) = oneshot::channel();
        let asks = match command.takes_away() {
            true => self.lane(&self.removals, "remove")?,
            false => self.lane(&self.others, "write")?,
        };
        asks.send(Queued { command, answer })
            .map_err(|_| broken())?;
        answered.await.map_err(|_| broken())?
    }

    fn lane(&self, lane: &Lane, name: &str) -> Result<Sender<Queued>, WriteError> {
        let mut asks = lane.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asks) = &*asks {
            return Ok(asks.clone());
        }
        let (sender, asked) = channel();
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let tell = Arc::clone(&self.tell);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || write(&asked, &store, &clock, &tell))
            .map_err(|error| WriteError::Failed(format!("no thread to write: {error}")))?;
        *asks = Some(sender.clone());
        Ok(sender)
    }
}

fn write(asked: &Receiver<Queued>, store: &Store, clock: &Clock, tell: &TellEntries) {
    while let Ok(first) = asked.recv() {
        let more = asked.try_iter().take(MOST_AT_ONCE - 1);
        let (commands, answers): (Vec<Command>, Vec<_>) = std::iter::once(first)
            .chain(more)
            .map(|asked| (asked.command, asked.answer))
            .unzip();
        let mut answers = answers.into_iter();
        let mut done = 0;
        while let Some(ahead) = commands.get(done..).filter(|left| !left.is_empty()) {
            let outcomes = outcomes_of(store, clock, ahead);
            done += outcomes.len();
            for (outcome, answer) in outcomes.into_iter().zip(answers.by_ref()) {
                if let Ok(Applied::Now(entries)) = &outcome {
                    tell(entries);
                }
                // No request waits any more.
                let _ = answer.send(outcome);
            }
        }
    }
}

/// What came of the first commands, or of all of them.
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

fn refused(outcome: Outcome) -> Result<Applied, WriteError> {
    outcome.map_err(WriteError::Refused)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};

    use chrono::{DateTime, Utc};

    use crate::item::file::Beside;
    use crate::item::{Id, PhotographError, json as item_json};
    use crate::store::{Act, Action, Change, Command, Expected, Removal, Store};

    use super::WriteQueue;

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
        let parsed = item_json::parse(object, &Beside::photographs(&photographs));
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

    #[test]
    fn what_takes_something_away_goes_before_the_writes_that_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().expect("a date");
        let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
        let (begun, begins) = mpsc::channel();
        let is_held = Arc::new(AtomicBool::new(false));
        let held = (Arc::clone(&is_held), Arc::clone(&store));
        // The clock is read by the one who has the writer: who writes first has it until the decision waits.
        let clock = move || {
            if held.0.swap(false, Ordering::SeqCst) {
                let _ = begun.send(());
                while !held.1.decisions_wait() {
                    std::thread::yield_now();
                }
            }
            now
        };
        let queue = WriteQueue::new(Arc::clone(&store), Arc::new(clock), Box::new(|_| {}));
        let apply = |change| {
            queue.apply(Command {
                actor: "test".to_owned(),
                change,
                once: None,
            })
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            apply(put("bad")).await.expect("a story");
            is_held.store(true, Ordering::SeqCst);
            let mut asked: Vec<_> = ["one", "two", "three"]
                .map(|slug| Box::pin(apply(put(slug))))
                .into();
            for asked in &mut asked {
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(asked.as_mut().poll(&mut context).is_pending());
            }
            begins.recv().expect("a write under way");
            apply(withhold("bad")).await.expect("a decision");
            for asked in asked {
                asked.await.expect("a story");
            }
        });
        let entries = store.log_after(1, 10).expect("a store");
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.name()).collect();
        // The first was under way; the others may have been asked for with it.
        assert_eq!(kinds.get(1), Some(&"withhold"), "{kinds:?}");
        assert_eq!(kinds.len(), 4);
    }
}
