//! Commands to the store: each real difference becomes one log entry, with everything that it alters, in one transaction.

mod act;
mod archiving;
mod batch;
mod captions;
mod catalogue;
mod days;
mod due;
mod exchange;
mod family;
mod former;
mod identity;
mod media;
mod pending;
mod put;
mod restore;
mod section;
mod settings;
mod standing;
mod upload;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::item::{Article, Id, Line, html};

use super::carried::Carried;
use super::dropped::MAX_DROPPED_AT_ONCE;
use super::once::{self, Done};
use super::received::{self, Received};
use super::sqlite::moment;
use super::turn::Waiting;
use super::{Entry, Position, Removal, Scope, Settings, Store, StoreError};

pub(super) use archiving::{close_all, gather};
use batch::Batch;
use exchange::Plan;
pub(super) use family::Content;
pub use pending::own_slug;
pub use section::SectionChange;
pub use upload::{Described, Uploaded};

/// This many orders are done in one transaction while others wait for the writer, who came later and want less.
const MAX_ORDERS_BEFORE_OTHERS: usize = 64;

/// Tells the time.
pub type Now<'n> = &'n (dyn Fn() -> DateTime<Utc> + Sync);

/// Something that a desk or an upgrade wants of the store.
#[derive(Clone, Debug)]
pub enum Change {
    /// The article as it should stand; the store finds out what is new in it.
    Put(Box<Put>),
    /// What a desk decides about an item that stands.
    Act(Box<Act>),
    /// The file that an article came from is gone.
    Withdraw(Id),
    /// A photograph that came by the write API, as it should be known.
    Upload(Box<Uploaded>),
    /// What an agency's item says of a picture.
    Describe(Box<Described>),
    /// What the clock has brought: articles that waited for their time, and rights that have ended.
    Due,
    /// The publication's settings.
    Settings(Box<Settings>),
    /// A section that the write API makes, changes or takes away.
    Section(Box<SectionChange>),
    /// The generation of rendering of the version that runs.
    Rendering(u32),
    /// What a store that was brought back from a backup takes over from the one that it replaces.
    Restore(Box<Carried>),
}

/// An article to be brought in line.
#[derive(Clone, Debug)]
pub struct Put {
    pub article: Article,
    pub section: String,
    pub slug: String,
    /// None where it came by the write API.
    pub origin: Option<Origin>,
    pub expected: Expected,
    /// It waited in the store, and is written as whoever wrote it wanted.
    is_kept: bool,
    /// The time of its appearance, where that is so late that it is dated by it.
    late: Option<i64>,
    /// The slug was made, not chosen.
    is_slug_made: bool,
    /// What the writer may know of; none for all.
    scope: Option<Scope>,
    /// What it said of itself, where it came as an agency's item.
    received: Option<Received>,
    outline: html::Outline,
}

/// A decision about an article with its captions, or about one caption alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub item: Id,
    pub action: Action,
    /// What the public is told of it.
    pub public_note: Option<Line>,
    pub expected: Expected,
    /// The section that whoever decides takes it to be filed in: who may decide follows from that.
    pub section: Option<String>,
}

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Action {
    Remove(Removal),
    Release,
}

impl Action {
    const ALL: [Self; 6] = [
        Self::Remove(Removal::Withdrawn),
        Self::Remove(Removal::Withheld),
        Self::Remove(Removal::Retracted),
        Self::Remove(Removal::Killed),
        Self::Remove(Removal::Forbidden),
        Self::Release,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Remove(Removal::Withdrawn) => "withdraw",
            Self::Remove(Removal::Withheld) => "withhold",
            Self::Remove(Removal::Retracted) => "retract",
            Self::Remove(Removal::Killed) => "kill",
            Self::Remove(Removal::Forbidden) => "forbid",
            Self::Release => "release",
        }
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.name().to_owned()
    }
}

impl TryFrom<String> for Action {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|action| action.name() == name);
        found.ok_or_else(|| format!("this courant does not know how to {name}"))
    }
}

/// What a change takes for granted (RFC 9110 §13.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Anything,
    /// That there is no such item.
    Absent,
    /// That there is one.
    Present,
    /// That the item is still at this version.
    Version(Version),
}

impl Expected {
    /// Whether it is so where that version was found, or nothing.
    pub fn allows(self, found: Option<Version>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => found.is_none(),
            Self::Present => found.is_some(),
            Self::Version(version) => found == Some(version),
        }
    }
}

/// An item's state as a writer knows it: it is another after every change. An article's counts its captions, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub(in crate::store) i64);

impl Version {
    pub fn parse(digits: &str) -> Option<Self> {
        digits.parse().ok().map(Self)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A change with whoever wants it.
#[derive(Clone, Debug)]
pub struct Command {
    pub actor: String,
    pub change: Change,
    /// Where a request may come twice and is to be done once.
    pub once: Option<Once>,
}

/// What tells a request that comes again from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Whose request it is: two of one name are not the same.
    pub token: String,
    pub key: String,
    /// A hash of all that was asked.
    pub fingerprint: String,
    /// What it is answered with where it is done.
    pub status: u16,
    pub item: Id,
}

impl Command {
    /// Whether it takes something away from readers.
    pub fn takes_away(&self) -> bool {
        self.change.takes_away()
    }

    fn order(&self) -> Order<'_> {
        (&self.actor, &self.change, self.once.as_ref())
    }
}

/// Whose change, and whether it is to be done once.
type Order<'o> = (&'o str, &'o Change, Option<&'o Once>);

/// What came of a command.
pub type Outcome = Result<Applied, StoreError>;

/// A command that was applied, now or when it came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    Now(Vec<Entry>),
    Before(Done),
}

impl Applied {
    fn entries(self) -> Vec<Entry> {
        match self {
            Self::Now(entries) => entries,
            Self::Before(_) => Vec::new(),
        }
    }
}

/// The file an article came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `section/slug`, the article's folder in the folder of items.
    pub path: String,
    pub stat: String,
    pub digest: String,
}

impl Change {
    /// Whether it takes something away from readers, which does not wait behind what others write. Files that are gone are
    /// no decision: they may be thousands, and wait as files do.
    fn takes_away(&self) -> bool {
        match self {
            Self::Act(act) => matches!(act.action, Action::Remove(_)),
            _ => false,
        }
    }

    /// Whether it takes something away for good.
    fn kills(&self) -> bool {
        match self {
            Self::Act(act) => matches!(act.action, Action::Remove(how) if how.is_final()),
            _ => false,
        }
    }

    /// An article to be brought in line. Measures the text here, so that it is done before the writer is asked.
    pub fn put(article: Article, section: &str, slug: &str, origin: Origin) -> Self {
        Self::Put(Box::new(Put::new(article, section, slug, Some(origin))))
    }

    /// The same for one that came by the write API.
    pub fn write(article: Article, section: &str, slug: &str, expected: Expected) -> Self {
        let put = Put::new(article, section, slug, None);
        Self::Put(Box::new(Put { expected, ..put }))
    }

    /// As above, for a token that may know of what waits in its sections alone. `is_made` says that the slug was made.
    pub fn write_within(
        article: Article,
        section: &str,
        (slug, is_made): (&str, bool),
        (expected, scope): (Expected, Scope),
    ) -> Self {
        let put = Put::new(article, section, slug, None);
        Self::Put(Box::new(Put {
            expected,
            is_slug_made: is_made,
            scope: Some(scope),
            ..put
        }))
    }

    /// The same of an article that came as an agency's item.
    pub fn received(mut self, received: Option<Received>) -> Self {
        if let Self::Put(put) = &mut self {
            put.received = received;
        }
        self
    }
}

impl Put {
    pub(super) fn new(article: Article, section: &str, slug: &str, origin: Option<Origin>) -> Self {
        let outline = html::outline(&article.body);
        Self {
            article,
            section: section.to_owned(),
            slug: slug.to_owned(),
            origin,
            expected: Expected::Anything,
            is_kept: false,
            late: None,
            is_slug_made: false,
            scope: None,
            received: None,
            outline,
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
            1 => Plan {
                rings: Vec::new(),
                rest: vec![0],
            },
            _ => self.reading(|connection| exchange::plan(connection, changes))?,
        };
        let rings = plan.rings.into_iter().map(|ring| (ring, true));
        let mut outcomes: Vec<Option<Outcome>> = changes.iter().map(|_| None).collect();
        for (places, is_whole) in rings.chain([(plan.rest, false)]) {
            let places = places.into_iter();
            let orders = places.filter_map(|place| Some((place, changes.get(place)?)));
            let orders: Vec<(usize, Order<'_>)> = orders
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
        let told = outcomes.into_iter().map(|outcome| {
            let applied = outcome.unwrap_or(Err(StoreError::Stopping))?;
            Ok(applied.entries())
        });
        Ok(told.collect())
    }

    /// Applies orders one after the other, or, where they are to be whole, at once; puts what comes of each in its place.
    fn apply_run(
        &self,
        now: Now<'_>,
        orders: &[(usize, Order<'_>)],
        is_whole: bool,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), StoreError> {
        let (places, orders): (Vec<usize>, Vec<Order<'_>>) = orders.iter().copied().unzip();
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
    ) -> Result<Vec<Outcome>, StoreError> {
        self.apply_orders(
            now,
            &commands.iter().map(Command::order).collect::<Vec<_>>(),
            false,
        )
    }

    fn apply_orders(
        &self,
        now: Now<'_>,
        orders: &[Order<'_>],
        is_whole: bool,
    ) -> Result<Vec<Outcome>, StoreError> {
        self.check_place()?;
        let outcomes = self.write_orders(now, orders, is_whole);
        match &outcomes {
            // Moved meanwhile: then nothing is acknowledged.
            Ok(_) => self.check_place()?,
            Err(error) => self.trouble.note(error),
        }
        outcomes
    }

    /// Writes the first of the orders, or all of them where they are to be whole.
    fn write_orders(
        &self,
        now: Now<'_>,
        orders: &[Order<'_>],
        is_whole: bool,
    ) -> Result<Vec<Outcome>, StoreError> {
        let is_urgent = orders.iter().all(|(_, change, _)| change.takes_away());
        self.with_writer_in_turn(is_urgent, |writer| {
            // Read when it is this writer's turn: a time from before the wait would date what readers see later.
            let (_writing, now) = self.writing(now());
            let transaction = writer
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.set_prepared_statement_cache_capacity(64);
            let paper = self.publication_in(&transaction)?;
            let mut batch = Batch::begin(&transaction, &mut writer.ties, now, paper)?;
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
                        writer.ties.forget();
                        return Ok(vec![Err(error)]);
                    }
                    Err(error) if !error.is_refusal() => {
                        writer.ties.forget();
                        return Err(error);
                    }
                    outcome => outcomes.push(outcome),
                }
                if !is_whole && self.others_go_on(outcomes.len()) {
                    break;
                }
            }
            let ended = batch.end();
            let ended = match ended.and_then(|ended| Ok(transaction.commit().map(|()| ended)?)) {
                Ok(ended) => ended,
                Err(error) => {
                    writer.ties.forget();
                    return Err(error);
                }
            };
            self.recent.add(ended.newest.seq, ended.touches);
            self.advance(ended.newest);
            let dropped = ended.marks.dropped;
            if dropped.len() <= MAX_DROPPED_AT_ONCE {
                // It is done and not served any more. What stays on disk goes when something is erased, or at the next start.
                let _ = self.forget_those(&writer.connection, &dropped);
            }
            if ended.marks.has_killed {
                self.begin_erasing(&writer.connection);
            }
            Ok(outcomes)
        })
    }

    /// Whether those who wait come before the orders that are left.
    fn others_go_on(&self, done: usize) -> bool {
        match self.turns.waiting() {
            _ if self.is_stopping() => true,
            Waiting::Decisions => true,
            Waiting::Others => done >= MAX_ORDERS_BEFORE_OTHERS,
            Waiting::None => false,
        }
    }

    /// Remembers how files looked that held nothing new.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub fn note_files(&self, origins: &[Origin]) -> Result<(), StoreError> {
        self.with_noted_writer(|writer| {
            let transaction = writer
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            for origin in origins {
                transaction
                    .prepare_cached("UPDATE file SET stat = ?2, digest = ?3 WHERE path = ?1")?
                    .execute((&origin.path, &origin.stat, &origin.digest))?;
            }
            Ok(transaction.commit()?)
        })
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

    fn order(&mut self, (actor, change, once): Order<'_>) -> Outcome {
        actor.clone_into(&mut self.actor);
        self.waited_at = 0;
        if let Some(once) = once
            && let Some(done) = once::done(self.transaction, once, self.next_time())?
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
            Change::Rendering(generation) => self.rendering(*generation),
            Change::Restore(carried) => self.restore(carried),
        }?;
        if let Some(once) = once {
            once::note(self.transaction, once, self.next_time(), change.kills())?;
        }
        Ok(Applied::Now(entries))
    }
}

/// The newest touch of a selection: its own, or one that touched everything; the log's beginning where there is none.
pub(super) fn touched(
    connection: &rusqlite::Connection,
    selection: &str,
) -> rusqlite::Result<Position> {
    let newest = connection
        .prepare_cached(
            "SELECT seq, time FROM touch WHERE selection IN (?1, '*') ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([selection], |row| {
            Ok(Position {
                seq: row.get(0)?,
                time: moment(row.get(1)?),
            })
        })
        .optional()?;
    Ok(newest.unwrap_or_default())
}
