//! One transaction under way: appending entries, unique stamps, touches.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};

use crate::item::{Id, Line, first_free};
use crate::publication::Publication;
use crate::store::sqlite::{moment, newest};
use crate::store::ties::Ties;
use crate::store::{Entry, EntryKind, Position, StoreError, key};

use crate::store::touched::touched;

/// What is to be done once the transaction is on disk.
#[derive(Default)]
pub(super) struct Marks {
    /// Something was killed, and its text is not to stay on the disk.
    pub(super) has_killed: bool,
    /// The hashes of photographs that are to be removed from the disk.
    pub(super) dropped: Vec<String>,
}

/// What a batch came to that is whole but for its commit.
pub(super) struct Ended {
    pub(super) newest: Position,
    pub(super) touches: HashMap<String, Position>,
    pub(super) marks: Marks,
}

pub(super) struct Batch<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) ties: &'t mut Ties,
    now_ms: i64,
    /// Whose change is applied at present.
    pub(super) actor: String,
    newest: Position,
    pub(super) publication: Id,
    pub(super) paper: Arc<Publication>,
    touches: HashMap<String, Position>,
    /// What stood in `touches` before the order that is applied at present, newest last: it stands there again where the
    /// order is refused.
    replaced: Vec<(String, Option<Position>)>,
    pub(super) marks: Marks,
    /// How many orders are under way, one within another.
    depth: usize,
    /// The version of what waited and is about to be something else.
    pub(super) waited_at: i64,
    /// Selections in which items wait for a segment since this batch began.
    pub(super) filling: BTreeSet<String>,
    /// Addresses that stories had before this batch freed them.
    pub(super) released: HashMap<Id, String>,
    /// Stamps that were given, whose items may not be written yet.
    given: HashSet<i64>,
}

impl<'t> Batch<'t> {
    pub(super) fn begin(
        transaction: &'t Transaction<'t>,
        ties: &'t mut Ties,
        now: DateTime<Utc>,
        paper: Arc<Publication>,
    ) -> Result<Self, StoreError> {
        ties.bound();
        Ok(Self {
            transaction,
            ties,
            now_ms: now.timestamp_millis(),
            actor: String::new(),
            newest: newest(transaction)?,
            publication: paper.id(),
            paper,
            touches: HashMap::new(),
            replaced: Vec::new(),
            marks: Marks::default(),
            depth: 0,
            waited_at: 0,
            filling: BTreeSet::new(),
            released: HashMap::new(),
            given: HashSet::new(),
        })
    }

    /// The clock, as it stood when the batch began.
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

    /// Appends an entry with what the public is told of it.
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
        self.transaction
            .prepare_cached(
                "INSERT INTO log (seq, time, kind, item, revision, before, after, actor, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                position.seq,
                position.time.timestamp_millis(),
                kind.name(),
                item.map(|id| id.to_string()),
                revision,
                &before,
                &after,
                &self.actor,
                note.map(|note| &**note),
            ))?;
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

    /// A moment at or after `wished` that no other item has, in steps of a millisecond.
    pub(super) fn unique_stamp(&mut self, wished: i64) -> Result<i64, StoreError> {
        let last = self.ties.stamps.get(&wished);
        let first = last.map_or(wished, |given| given + 1);
        let mut taken = self
            .transaction
            .prepare_cached("SELECT 1 FROM item WHERE stamp = ?1")?;
        let at = |steps: u64| first.saturating_add_unsigned(steps);
        let steps = first_free(|steps| {
            let stamp = at(steps);
            Ok::<_, StoreError>(self.given.contains(&stamp) || taken.exists([stamp])?)
        })?;
        let stamp = at(steps);
        drop(taken);
        self.given.insert(stamp);
        self.ties.stamps.insert(wished, stamp);
        Ok(stamp)
    }

    pub(super) fn touch(&mut self, selection: &str, position: Position) {
        let known = self.touches.insert(selection.to_owned(), position);
        if self.depth > 0 {
            self.replaced.push((selection.to_owned(), known));
        }
    }

    /// Touches anew, at the newest entry, what was touched behind `before`: several entries alter it together.
    pub(super) fn touch_again(&mut self, before: Position) {
        let newest = self.newest;
        let touched = self.touches.iter().filter(|(_, at)| at.seq > before.seq);
        let touched: Vec<String> = touched.map(|(selection, _)| selection.clone()).collect();
        for selection in touched {
            self.touch(&selection, newest);
        }
    }

    /// Does all of `order`, or nothing where it is refused.
    pub(super) fn whole<T>(
        &mut self,
        order: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.ties.bulk {
            // A whole paper brings articles alone, which are refused before anything is written; savepoints cost a sixth.
            return order(self);
        }
        let (newest, mark) = (self.newest, self.replaced.len());
        let paper = Arc::clone(&self.paper);
        let (has_killed, dropped) = (self.marks.has_killed, self.marks.dropped.len());
        let run = |sql| self.transaction.prepare_cached(sql)?.execute([]);
        run("SAVEPOINT whole")?;
        self.depth += 1;
        let outcome = order(self);
        self.depth -= 1;
        let run = |sql| self.transaction.prepare_cached(sql)?.execute([]);
        match &outcome {
            // One within another may still be taken back.
            Ok(_) if self.depth == 0 => self.replaced.clear(),
            Ok(_) => {}
            Err(error) if error.is_refusal() => {
                run("ROLLBACK TO whole")?;
                self.newest = newest;
                // What is said to fill segments is looked at in the end, whatever became of it.
                self.paper = paper;
                self.marks.has_killed = has_killed;
                self.marks.dropped.truncate(dropped);
                for (selection, known) in self.replaced.drain(mark..).rev() {
                    match known {
                        Some(known) => self.touches.insert(selection, known),
                        None => self.touches.remove(&selection),
                    };
                }
                self.ties.forget();
            }
            // The whole transaction goes.
            Err(_) => return outcome,
        }
        run("RELEASE whole")?;
        outcome
    }

    /// When a selection was touched last, this batch included.
    pub(super) fn touched_ms(&self, selection: &str) -> Result<i64, StoreError> {
        let here = |key: &str| {
            self.touches
                .get(key)
                .map(|position| position.time.timestamp_millis())
        };
        // Whatever is stored came before this transaction.
        let stored = match here(selection) {
            Some(_) => None,
            None => Some(
                touched(self.transaction, selection)?
                    .time
                    .timestamp_millis(),
            ),
        };
        Ok([here(selection), here(key::EVERYTHING), stored]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(0))
    }

    /// The position of the newest entry.
    pub(super) fn newest(&self) -> Position {
        self.newest
    }

    /// Behind what the next entry is to stand.
    pub(super) fn set_newest(&mut self, position: Position) {
        self.newest = position;
    }

    /// Writes what is due at the end.
    pub(super) fn end(mut self) -> Result<Ended, StoreError> {
        self.restore_slugs()?;
        self.leave_to_eraser()?;
        if !self.ties.bulk {
            self.close_segments()?;
        }
        for (selection, position) in &self.touches {
            write_touch(self.transaction, selection, *position)?;
        }
        Ok(Ended {
            newest: self.newest,
            touches: self.touches,
            marks: self.marks,
        })
    }
}

pub(super) fn write_touch(
    connection: &Connection,
    selection: &str,
    position: Position,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO touch (selection, seq, time) VALUES (?1, ?2, ?3)
             ON CONFLICT (selection) DO UPDATE SET seq = excluded.seq, time = excluded.time",
        )?
        .execute((selection, position.seq, position.time.timestamp_millis()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn what_is_refused_leaves_nothing_to_be_done_behind_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), DateTime::UNIX_EPOCH).expect("a store");
        store.with_writer(|writer| {
            let paper = store.publication_in(&writer.connection).expect("a paper");
            let transaction = writer.connection.transaction().expect("a transaction");
            let ties = &mut writer.ties;
            let now = DateTime::UNIX_EPOCH;
            let mut batch = Batch::begin(&transaction, ties, now, paper).expect("a batch");
            batch.marks.dropped.push("before".to_owned());
            let refused: Result<(), _> = batch.whole(|batch| {
                batch.marks.dropped.push("refused".to_owned());
                batch.overwriting(|_| Ok(()))?;
                let id = Id::default();
                Err(StoreError::Unknown { id })
            });
            assert!(refused.is_err());
            let ended = batch.end().expect("an end");
            assert_eq!(ended.marks.dropped, ["before"]);
            assert!(!ended.marks.has_killed);
        });
    }
}
