//! Commands to the store: each real difference becomes one log entry, with everything that it alters, in one transaction.

mod act;
mod address_exchange;
mod api_sections;
mod archiving;
mod batch;
mod captions;
mod catalogue;
mod conflicts;
mod days;
mod due;
mod end;
mod family;
mod former_addresses;
mod identity;
mod leads;
mod list_membership;
mod media;
mod names;
mod older;
mod pending;
mod put;
mod restore;
mod section;
mod settings;
mod standings;
mod upload;
mod window_membership;

use std::thread;
use std::time::{Duration, Instant};

use super::change::{Change, Command, CommandRef, Put};
use super::connections::Now;
use super::database::Connection;
use super::idempotency::{self, CompletedRequest};
use super::received;
use super::unused_files::MAX_DROPPED_AT_ONCE;
use super::writer_lock::WaitingWriters;
use super::{Entry, Position, Store, StoreError};

use address_exchange::ApplyPlan;
pub(super) use archiving::archive_all;
use batch::Batch;
pub use identity::own_slug;

/// Maximum number of orders that are done in one transaction while others wait for the writer, who came later and want
/// less.
const MAX_ORDERS_BEFORE_OTHERS: usize = 64;

/// Time after which a transaction takes no more orders where other nodes may wait for it.
const LONGEST_ON_SERVER: Duration = Duration::from_millis(300);

/// Maximum time for which a server is asked whether it committed what it did not answer, and the time between two questions.
const DOUBT: Duration = Duration::from_secs(5);
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(100);

/// The result of a command.
pub type CommandResult = Result<Applied, StoreError>;

/// A command that was applied, now or when it came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    Now(Vec<Entry>),
    Before(CompletedRequest),
}

impl Applied {
    fn entries(self) -> Vec<Entry> {
        match self {
            Self::Now(entries) => entries,
            Self::Before(_) => Vec::new(),
        }
    }
}

impl Store {
    /// Applies `changes`; all is on disk when this returns. They are applied in their order, but for stories that take the
    /// addresses of others. It is one transaction, unless others come who may not have to wait: then what comes behind them
    /// is another. A change that is refused by itself leaves the others; what comes back stands in the order of `changes`.
    /// Where only some could be applied, what came of these comes back, and in the place of each of the others an error that
    /// is no refusal, the reason first.
    ///
    /// # Errors
    /// Where the database or the disk fails, or the store is stopped, and nothing was applied.
    pub fn apply(
        &self,
        now: Now<'_>,
        actor: &str,
        changes: &[Change],
    ) -> Result<Vec<Result<Vec<Entry>, StoreError>>, StoreError> {
        let plan = match changes.len() {
            0 => return Ok(Vec::new()),
            1 => ApplyPlan {
                rings: Vec::new(),
                others: vec![0],
            },
            _ => self.reading(|connection| address_exchange::plan(connection, changes))?,
        };
        let rings = plan.rings.into_iter().map(|ring| (ring, true));
        let mut outcomes: Vec<Option<CommandResult>> = changes.iter().map(|_| None).collect();
        for (places, is_whole) in rings.chain([(plan.others, false)]) {
            let places = places.into_iter();
            let orders = places.filter_map(|place| Some((place, changes.get(place)?)));
            let orders: Vec<(usize, CommandRef<'_>)> = orders
                .map(|(place, change)| (place, (actor, change, None)))
                .collect();
            if let Err(error) = self.apply_run(now, &orders, is_whole, &mut outcomes) {
                if outcomes.iter().all(Option::is_none) {
                    return Err(error);
                }
                if let Some(first) = outcomes.iter_mut().find(|outcome| outcome.is_none()) {
                    *first = Some(Err(error));
                }
                break;
            }
        }
        let results = outcomes.into_iter().map(|outcome| {
            let applied = outcome.unwrap_or(Err(StoreError::Stopping))?;
            Ok(applied.entries())
        });
        Ok(results.collect())
    }

    /// Applies orders one after the other, or, where they are to be whole, at once; puts what comes of each in its place.
    fn apply_run(
        &self,
        now: Now<'_>,
        orders: &[(usize, CommandRef<'_>)],
        is_whole: bool,
        outcomes: &mut [Option<CommandResult>],
    ) -> Result<(), StoreError> {
        let (places, orders): (Vec<usize>, Vec<CommandRef<'_>>) = orders.iter().copied().unzip();
        let mut done = 0;
        while let Some(ahead) = orders.get(done..).filter(|left| !left.is_empty()) {
            if self.is_stopping() && outcomes.iter().any(Option::is_some) {
                return Err(StoreError::Stopping);
            }
            let came = self.apply_orders(now, ahead, is_whole)?;
            for (place, outcome) in places.iter().skip(done).zip(&mut came.into_iter()) {
                if let Some(own) = outcomes.get_mut(*place) {
                    *own = Some(outcome);
                    done += 1;
                }
            }
        }
        Ok(())
    }

    /// Applies commands of several actors in one transaction. Fewer outcomes come back where others may not have to wait:
    /// the commands behind those are to be asked for again.
    ///
    /// # Errors
    /// Where the database or the disk fails: then nothing of it was applied.
    pub fn apply_commands(
        &self,
        now: Now<'_>,
        commands: &[Command],
    ) -> Result<Vec<CommandResult>, StoreError> {
        self.apply_orders(
            now,
            &commands.iter().map(Command::order).collect::<Vec<_>>(),
            false,
        )
    }

    fn apply_orders(
        &self,
        now: Now<'_>,
        orders: &[CommandRef<'_>],
        is_whole: bool,
    ) -> Result<Vec<CommandResult>, StoreError> {
        self.check_files()?;
        let outcomes = self.write_orders(now, orders, is_whole);
        match &outcomes {
            // Moved meanwhile: then nothing is acknowledged.
            Ok(_) => self.check_files()?,
            Err(error) => self.trouble.note(error),
        }
        outcomes
    }

    /// Writes the first of the orders, or all of them where they are to be whole.
    fn write_orders(
        &self,
        now: Now<'_>,
        orders: &[CommandRef<'_>],
        is_whole: bool,
    ) -> Result<Vec<CommandResult>, StoreError> {
        let is_urgent = orders.iter().all(|(_, change, _)| change.takes_away());
        self.with_writer_lock(is_urgent, |writer| {
            // Read when it is this writer's turn: a time from before the wait would date what readers see later.
            let (begin, (_writing, now)) = (Instant::now(), self.writing(now()));
            let transaction = writer.connection.write()?;
            let head = transaction.head();
            if let Some(head) = &head
                && !self.learn_before_write(&transaction, head)?
            {
                writer.memory.forget();
            }
            let now = self.dated(head, now);
            let publication = self.publication_to_write(&transaction)?;
            let mut batch = Batch::begin(&transaction, &mut writer.memory, now, publication)?;
            if is_whole {
                batch.release_slugs(orders.iter().map(|(_, change, _)| *change))?;
            }
            let mut outcomes = Vec::with_capacity(orders.len());
            for order in orders {
                let outcome = match orders.len() {
                    // The transaction is as good as a savepoint, which is not free.
                    1 => batch.order(*order),
                    _ => batch.whole(|batch| batch.order(*order)),
                };
                match outcome {
                    Err(error) if error.is_refusal() && orders.len() == 1 => {
                        writer.memory.forget();
                        return Ok(vec![Err(error)]);
                    }
                    Err(error) if !error.is_refusal() => {
                        writer.memory.forget();
                        return Err(error);
                    }
                    outcome => outcomes.push(outcome),
                }
                let is_long = self.is_on_server() && begin.elapsed() > LONGEST_ON_SERVER;
                if !is_whole && (is_long || self.others_go_on(outcomes.len())) {
                    break;
                }
            }
            let has_changed = transaction.has_changed();
            let committed = match batch.end() {
                Err(error) => {
                    drop(transaction);
                    Err(error)
                }
                Ok(ended) => {
                    let Position { seq, time } = ended.newest;
                    match transaction.commit_at(seq, time.timestamp_millis()) {
                        Err(error) if !self.is_kept(&writer.connection) => Err(error.into()),
                        _ => Ok(ended),
                    }
                }
            };
            let ended = match committed {
                Ok(ended) => ended,
                Err(error) => {
                    writer.memory.forget();
                    return Err(error);
                }
            };
            match head {
                Some(head) if has_changed => {
                    self.learn_own_write(&head, ended.newest, ended.touches);
                }
                Some(_) => {}
                None => {
                    self.recent.add(ended.newest.seq, ended.touches);
                    self.advance(ended.newest);
                }
            }
            let dropped = ended.after_commit.dropped;
            if dropped.len() <= MAX_DROPPED_AT_ONCE {
                // It is done and not served any more. What stays on disk goes when something is erased, or at the next start.
                let _ = self.remove_unused_now(&mut writer.connection, &dropped);
            }
            if ended.after_commit.has_killed {
                self.begin_erasing(&writer.connection);
            }
            Ok(outcomes)
        })
    }

    /// Whether the last transaction was committed though its commit failed: where no answer came, the server is asked for a while.
    fn is_kept(&self, connection: &Connection) -> bool {
        let begin = Instant::now();
        while connection.is_in_doubt() {
            match connection.has_kept_last() {
                Ok(is_kept) => {
                    if is_kept {
                        connection.settle();
                    }
                    return is_kept;
                }
                Err(_) if self.is_stopping() || begin.elapsed() > DOUBT => return false,
                Err(_) => thread::sleep(BETWEEN_QUESTIONS),
            }
        }
        false
    }

    /// Whether those who wait come before the orders that are left.
    fn others_go_on(&self, done: usize) -> bool {
        match self.writer_lock.waiting() {
            _ if self.is_stopping() => true,
            WaitingWriters::Decisions => true,
            WaitingWriters::Others => done >= MAX_ORDERS_BEFORE_OTHERS,
            WaitingWriters::None => false,
        }
    }
}

impl Batch<'_> {
    fn put_received(&mut self, put: &Put) -> Result<Vec<Entry>, StoreError> {
        let entries = self.put(put)?;
        if let (Some(received), Some(id)) = (&put.received, put.article.id) {
            received::note(self.transaction, id, received)?;
        }
        Ok(entries)
    }

    fn order(&mut self, (actor, change, once): CommandRef<'_>) -> CommandResult {
        actor.clone_into(&mut self.actor);
        self.waited_at = 0;
        if let Some(once) = once
            && let Some(done) = idempotency::done(self.transaction, once, self.next_time())?
        {
            return Ok(Applied::Before(done));
        }
        let entries = match change {
            Change::Put(put) => self.put_received(put),
            Change::Act(act) => self.act(act),
            Change::Withdraw(id) => self.withdraw(*id),
            Change::Upload(uploaded) => self.upload(uploaded),
            Change::Describe(described) => self.describe(described),
            Change::Due => self.due(),
            Change::Settings(settings) => self.settings(settings),
            Change::Section(change) => self.section(change),
            Change::Leads(change) => self.leads(change),
            Change::Rendering(generation) => self.rendering(*generation),
            Change::Restore(carried_over) => self.restore(carried_over),
        }?;
        if let Some(once) = once {
            idempotency::note(self.transaction, once, self.next_time(), change.kills())?;
        }
        Ok(Applied::Now(entries))
    }
}
