//! The one way in for those who write while the server runs: commands that come at once are applied in one transaction,
//! which is on disk before any of them is answered.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::store::{Applied, Command, Entry, Outcome, Store, StoreError};

use super::Clock;

/// So many are applied in one transaction; more would keep the first of them waiting.
const MOST_AT_ONCE: usize = 64;

/// Is told of every entry that is written here.
pub type TellEntries = Box<dyn Fn(&[Entry]) + Send + Sync>;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Refused(StoreError),
    /// The store failed, and all that was asked of it at once.
    #[error("{0}")]
    Failed(String),
}

struct Asked {
    command: Command,
    answer: oneshot::Sender<Result<Applied, DeskError>>,
}

/// Whoever writes to the store beside the folder.
pub struct Desk {
    store: Arc<Store>,
    clock: Clock,
    tell: Arc<TellEntries>,
    /// The thread that applies what is asked, once somebody asks.
    asks: Mutex<Option<Sender<Asked>>>,
}

impl Desk {
    pub fn new(store: Arc<Store>, clock: Clock, tell: TellEntries) -> Self {
        Self {
            store,
            clock,
            tell: Arc::new(tell),
            asks: Mutex::new(None),
        }
    }

    /// Applies `command`; on disk when this returns. Once asked it is applied, whether somebody waits or not.
    ///
    /// # Errors
    /// If it is refused, or the store fails.
    pub async fn apply(&self, command: Command) -> Result<Applied, DeskError> {
        let broken = || DeskError::Failed("the thread that writes has ended".to_owned());
        let (answer, answered) = oneshot::channel();
        let asks = self.asks()?;
        asks.send(Asked { command, answer }).map_err(|_| broken())?;
        answered.await.map_err(|_| broken())?
    }

    fn asks(&self) -> Result<Sender<Asked>, DeskError> {
        let mut asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asks) = &*asks {
            return Ok(asks.clone());
        }
        let (sender, asked) = channel();
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let tell = Arc::clone(&self.tell);
        std::thread::Builder::new()
            .name("write".to_owned())
            .spawn(move || write(&asked, &store, &clock, &tell))
            .map_err(|error| DeskError::Failed(format!("no thread to write: {error}")))?;
        *asks = Some(sender.clone());
        Ok(sender)
    }
}

fn write(asked: &Receiver<Asked>, store: &Store, clock: &Clock, tell: &TellEntries) {
    while let Ok(first) = asked.recv() {
        let more = asked.try_iter().take(MOST_AT_ONCE - 1);
        let (commands, answers): (Vec<Command>, Vec<_>) = std::iter::once(first)
            .chain(more)
            .map(|asked| (asked.command, asked.answer))
            .unzip();
        let outcomes = match store.apply_commands(&**clock, &commands) {
            Ok(outcomes) => outcomes.into_iter().map(refused).collect(),
            Err(error) => {
                let failed = error.to_string();
                let of_all = commands
                    .iter()
                    .map(|_| Err(DeskError::Failed(failed.clone())));
                of_all.collect::<Vec<_>>()
            }
        };
        for (outcome, answer) in outcomes.into_iter().zip(answers) {
            if let Ok(Applied::Now(entries)) = &outcome {
                tell(entries);
            }
            // Nobody waits any more.
            let _ = answer.send(outcome);
        }
    }
}

fn refused(outcome: Outcome) -> Result<Applied, DeskError> {
    outcome.map_err(DeskError::Refused)
}
