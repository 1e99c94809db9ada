//! One transaction under way: appending entries, unique stamps, touches.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::item::{Id, Line, first_free};
use crate::publication::{Publication, Selection};
use crate::store::database::{self, Connection, ToSql, Transaction};
use crate::store::sqlite::{moment, newest};
use crate::store::touched::{own_touches, touched};
use crate::store::writer_memory::WriterMemory;
use crate::store::{Entry, EntryKind, Position, StoreError, TouchKey, archive, erase, many};

/// Work that follows the commit of a transaction.
#[derive(Default)]
pub(super) struct AfterCommit {
    /// Whether something was killed, whose text is not to stay on the disk.
    pub(super) has_killed: bool,
    /// The hashes of photographs that are to be removed from the disk.
    pub(super) dropped: Vec<String>,
}

pub(super) struct Batch<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) memory: &'t mut WriterMemory,
    now_ms: i64,
    /// The actor of the change that is being applied.
    pub(super) actor: String,
    newest: Position,
    /// The first entry that this transaction can have: readers see all of them or none.
    pub(super) first: u64,
    pub(super) publication_id: Id,
    pub(super) publication: Arc<Publication>,
    pub(super) touches: HashMap<TouchKey, Position>,
    /// The former values of the `touches` that the present order replaced, newest last. They are put back where the order is
    /// refused.
    replaced: Vec<(TouchKey, Option<Position>)>,
    pub(super) after_commit: AfterCommit,
    /// The number of nested calls of [`Self::whole`].
    depth: usize,
    /// The version of what waited and is about to be something else.
    pub(super) waited_at: i64,
    /// Selections in which items wait for a segment since this batch began.
    pub(super) filling: BTreeSet<Selection>,
    /// Addresses that stories had before this batch freed them.
    pub(super) released: HashMap<Id, String>,
    /// Stamps that were given, whose items may not be written yet.
    given: HashSet<i64>,
    /// The moments from and up to which the stamps of items were read, and those that items have.
    read_stamps: Vec<(i64, i64)>,
    known_stamps: HashSet<i64>,
    /// When keys were touched last before this transaction, as far as that was read; `None` is never.
    stored_touches: HashMap<TouchKey, Option<i64>>,
    /// The segments in which items stand, by selections, as far as that was read.
    pub(super) archived: HashMap<String, HashMap<Selection, u32>>,
}

/// Number of moments whose stamps are read at once.
const STAMPS_AT_ONCE: i64 = 64;

impl<'t> Batch<'t> {
    pub(super) fn begin(
        transaction: &'t Transaction<'t>,
        memory: &'t mut WriterMemory,
        now: DateTime<Utc>,
        publication: Arc<Publication>,
    ) -> Result<Self, StoreError> {
        memory.bound();
        let newest = match transaction.head() {
            Some(head) => head.position(),
            None => newest(transaction)?,
        };
        Ok(Self {
            transaction,
            memory,
            now_ms: now.timestamp_millis(),
            actor: String::new(),
            newest,
            first: newest.seq + 1,
            publication_id: publication.id(),
            publication,
            touches: HashMap::new(),
            replaced: Vec::new(),
            after_commit: AfterCommit::default(),
            depth: 0,
            waited_at: 0,
            filling: BTreeSet::new(),
            released: HashMap::new(),
            given: HashSet::new(),
            read_stamps: Vec::new(),
            known_stamps: HashSet::new(),
            stored_touches: HashMap::new(),
            archived: HashMap::new(),
        })
    }

    /// The time at which the batch began, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The time that the next entry will have: never before that of the one before it, whatever the clock says.
    pub(super) fn next_time(&self) -> i64 {
        self.now_ms.max(self.newest.time.timestamp_millis() + 1)
    }

    pub(super) fn append(
        &mut self,
        kind: EntryKind,
        item: Option<Id>,
        revision: Option<u64>,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<Entry, StoreError> {
        self.append_noted(kind, (item, revision), (before, after), None)
    }

    /// Appends an entry with its public note.
    pub(super) fn append_noted(
        &mut self,
        kind: EntryKind,
        (item, revision): (Option<Id>, Option<u64>),
        (before, after): (Option<String>, Option<String>),
        note: Option<&Line>,
    ) -> Result<Entry, StoreError> {
        let position = Position {
            seq: self.newest.seq + 1,
            time: moment(self.next_time()),
        };
        self.transaction.run(
            "INSERT INTO log (seq, time, kind, item, revision, before, after, actor, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                position.seq,
                position.time.timestamp_millis(),
                kind.name(),
                item.map(|id| id.to_string()),
                revision,
                &before,
                &after,
                &self.actor,
                note.map(|note| &**note),
            ),
        )?;
        self.newest = position;
        Ok(Entry {
            position,
            kind,
            item,
            revision,
            before,
            after,
            actor: self.actor.clone(),
            note: note.map(ToString::to_string),
        })
    }

    /// Inserts rows, as [`many::insert`] does.
    pub(super) fn insert<const N: usize>(
        &self,
        head: &str,
        rows: &[[&dyn ToSql; N]],
        tail: &str,
    ) -> database::Result<()> {
        match self.memory.bulk {
            true => many::insert_singly(self.transaction, head, rows, tail),
            false => many::insert(self.transaction, head, rows, tail),
        }
    }

    /// A moment at or after `wished` that no other item has, in steps of a millisecond.
    pub(super) fn unique_stamp(&mut self, wished: i64) -> Result<i64, StoreError> {
        let last = self.memory.stamps.get(&wished);
        let first = last.map_or(wished, |last| last + 1);
        self.read_stamps(first)?;
        let at = |steps: u64| first.saturating_add_unsigned(steps);
        let is_read = |stamp: i64| {
            let mut read = self.read_stamps.iter();
            read.any(|(from, to)| (*from..*to).contains(&stamp))
        };
        let steps = first_free(|steps| {
            let stamp = at(steps);
            if self.given.contains(&stamp) || is_read(stamp) {
                return Ok(self.given.contains(&stamp) || self.known_stamps.contains(&stamp));
            }
            Ok::<_, StoreError>(
                self.transaction
                    .exists("SELECT 1 FROM item WHERE stamp = ?1", [stamp])?,
            )
        })?;
        let stamp = at(steps);
        self.given.insert(stamp);
        self.memory.stamps.insert(wished, stamp);
        Ok(stamp)
    }

    /// Reads which moments from `first` on are the stamps of items. One that an item of this transaction gives up meanwhile
    /// counts as taken.
    fn read_stamps(&mut self, first: i64) -> Result<(), StoreError> {
        let mut read = self.read_stamps.iter();
        if read.any(|(from, to)| (*from..*to).contains(&first)) {
            return Ok(());
        }
        let end = first.saturating_add(STAMPS_AT_ONCE);
        let stamps: Vec<i64> = self.transaction.rows(
            "SELECT stamp FROM item WHERE stamp >= ?1 AND stamp < ?2",
            (first, end),
            |row| row.get(0),
        )?;
        self.known_stamps.extend(stamps);
        self.read_stamps.push((first, end));
        Ok(())
    }

    /// Reads in which segments items stand, as far as it is not known.
    pub(super) fn read_archived<'i>(
        &mut self,
        items: impl Iterator<Item = &'i str>,
    ) -> Result<(), StoreError> {
        let unknown = items.filter(|item| !self.archived.contains_key(*item));
        let unknown: BTreeSet<&str> = unknown.collect();
        let unknown: Vec<&str> = unknown.into_iter().collect();
        let mut found = archive::segments_of(self.transaction, &unknown)?;
        for item in unknown {
            let segments = found.remove(item).unwrap_or_default();
            self.archived.insert(item.to_owned(), segments);
        }
        Ok(())
    }

    /// Reads when these selections were touched last, as far as it is not known.
    pub(super) fn read_touches(&mut self, selections: &[&Selection]) -> Result<(), StoreError> {
        let keys = selections.iter().map(|&key| key.clone().into());
        let all = keys.chain([TouchKey::Everything]);
        let unknown: Vec<TouchKey> = all
            .filter(|key| !self.stored_touches.contains_key(key))
            .collect();
        let mut found = own_touches(self.transaction, &unknown)?;
        for key in unknown {
            let time = found.remove(&key);
            self.stored_touches.insert(key, time);
        }
        Ok(())
    }

    pub(super) fn touch(&mut self, key: impl Into<TouchKey>, position: Position) {
        let key = key.into();
        match self.depth {
            0 => drop(self.touches.insert(key, position)),
            _ => {
                let previous = self.touches.insert(key.clone(), position);
                self.replaced.push((key, previous));
            }
        }
    }

    /// Touches anew, at the newest entry, the keys that were touched after `before`: several entries alter them together.
    pub(super) fn touch_again(&mut self, before: Position) {
        let newest = self.newest;
        let touched = self.touches.iter().filter(|(_, at)| at.seq > before.seq);
        let touched: Vec<TouchKey> = touched.map(|(key, _)| key.clone()).collect();
        for key in touched {
            self.touch(key, newest);
        }
    }

    /// Does all of `order`, or nothing where it is refused.
    pub(super) fn whole<T>(
        &mut self,
        order: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.memory.bulk {
            // A whole paper brings articles alone, which are refused before anything is written; savepoints cost a sixth.
            return order(self);
        }
        let (newest, mark) = (self.newest, self.replaced.len());
        let publication = Arc::clone(&self.publication);
        let (has_killed, dropped) = (
            self.after_commit.has_killed,
            self.after_commit.dropped.len(),
        );
        let run = |sql| self.transaction.change(sql, ());
        run("SAVEPOINT whole")?;
        self.depth += 1;
        let outcome = order(self);
        self.depth -= 1;
        let run = |sql| self.transaction.change(sql, ());
        match &outcome {
            // One within another may still be taken back.
            Ok(_) if self.depth == 0 => self.replaced.clear(),
            Ok(_) => {}
            Err(error) if error.is_refusal() => {
                run("ROLLBACK TO whole")?;
                self.newest = newest;
                // `filling` stays as it is: whatever selections it has, their segments are looked at in the end.
                self.publication = publication;
                self.after_commit.has_killed = has_killed;
                self.after_commit.dropped.truncate(dropped);
                for (key, known) in self.replaced.drain(mark..).rev() {
                    match known {
                        Some(known) => self.touches.insert(key, known),
                        None => self.touches.remove(&key),
                    };
                }
                self.memory.forget();
            }
            // The whole transaction goes.
            Err(_) => return outcome,
        }
        run("RELEASE whole")?;
        outcome
    }

    /// When `key` was touched last, this batch included.
    pub(super) fn touched_ms(&self, key: &TouchKey) -> Result<i64, StoreError> {
        let everything = &TouchKey::Everything;
        let here = |key: &TouchKey| {
            self.touches
                .get(key)
                .map(|position| position.time.timestamp_millis())
        };
        // Whatever is stored came before this transaction.
        let stored_touch = |key: &TouchKey| self.stored_touches.get(key).copied();
        let stored = match (here(key), stored_touch(key), stored_touch(everything)) {
            (Some(_), ..) => None,
            (None, Some(own), Some(all)) => own.max(all),
            _ => Some(touched(self.transaction, key)?.time.timestamp_millis()),
        };
        Ok([here(key), here(everything), stored]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(0))
    }

    /// The position of the newest entry.
    pub(super) fn newest(&self) -> Position {
        self.newest
    }

    /// Sets the position after which the next entry is appended.
    pub(super) fn set_newest(&mut self, position: Position) {
        self.newest = position;
    }

    /// Runs work that overwrites killed content, and notes that its remains in the write-ahead log and between rows are to
    /// be erased.
    pub(super) fn overwriting(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.after_commit.has_killed = true;
        erase::ask(self.transaction)?;
        work(self)
    }
}

/// Writes at which entry each of these keys was touched last.
pub(super) fn write_touches(
    connection: &Connection,
    touches: &HashMap<TouchKey, Position>,
) -> database::Result<()> {
    let touches: Vec<(&TouchKey, u64, i64)> = touches
        .iter()
        .map(|(key, at)| (key, at.seq, at.time.timestamp_millis()))
        .collect();
    let rows: Vec<[&dyn ToSql; 3]> = touches
        .iter()
        .map(|(key, seq, time)| [key as &dyn ToSql, seq, time])
        .collect();
    many::insert(
        connection,
        "INSERT INTO touch (selection, seq, time)",
        &rows,
        "ON CONFLICT (selection) DO UPDATE SET seq = excluded.seq, time = excluded.time",
    )
}
