//! One transaction under way: appending entries, unique stamps, touches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use crate::item::Id;
use crate::publication::Kind;
use crate::store::sqlite::{meta, moment};
use crate::store::window::{Filed, Rule, Standing};
use crate::store::{Entry, EntryKind, Position, Settings, StoreError};

use super::family::Family;
use super::{Ties, newest_touch};

/// Selections with those of a family's items that stand in their windows.
pub(super) type Standings = BTreeMap<String, BTreeSet<String>>;

pub(super) struct Batch<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) ties: &'t mut Ties,
    now_ms: i64,
    actor: &'t str,
    newest: Position,
    pub(super) publication: Id,
    pub(super) main_feed: Vec<Kind>,
    touches: HashMap<String, Position>,
    /// Addresses that stories had before this batch freed them.
    pub(super) released: HashMap<Id, String>,
}

impl<'t> Batch<'t> {
    pub(super) fn begin(
        transaction: &'t Transaction<'t>,
        ties: &'t mut Ties,
        now: DateTime<Utc>,
        actor: &'t str,
        publication: Id,
    ) -> Result<Self, StoreError> {
        ties.bound();
        let newest = transaction
            .prepare_cached("SELECT seq, time FROM log ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let (seq, time) = newest.unwrap_or((0, 0));
        let settings: Option<Settings> = meta(transaction, "settings")?
            .map(|json| serde_json::from_str(&json))
            .transpose()?;
        Ok(Self {
            transaction,
            ties,
            now_ms: now.timestamp_millis(),
            actor,
            newest: Position {
                seq: seq.unsigned_abs(),
                time: moment(time),
            },
            publication,
            main_feed: settings.map_or(vec![Kind::Article], |known| known.publication.main_feed),
            touches: HashMap::new(),
            released: HashMap::new(),
        })
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
        let position = Position {
            seq: self.newest.seq + 1,
            time: moment(self.next_time()),
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO log (seq, time, kind, item, revision, before, after, actor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                position.seq,
                position.time.timestamp_millis(),
                kind.name(),
                item.map(|id| id.to_string()),
                revision,
                &before,
                &after,
                self.actor,
            ))?;
        self.newest = position;
        Ok(Entry {
            position,
            kind,
            item,
            revision,
            before,
            after,
            actor: self.actor.to_owned(),
            note: None,
        })
    }

    /// A moment at or after `wished` that no other item has, in steps of a millisecond.
    pub(super) fn unique_stamp(&mut self, wished: i64) -> Result<i64, StoreError> {
        let mut stamp = self
            .ties
            .stamps
            .get(&wished)
            .map_or(wished, |given| given + 1);
        let mut taken = self
            .transaction
            .prepare_cached("SELECT 1 FROM item WHERE stamp = ?1")?;
        while taken.exists([stamp])? {
            stamp += 1;
        }
        self.ties.stamps.insert(wished, stamp);
        Ok(stamp)
    }

    pub(super) fn touch(&mut self, selection: &str, position: Position) {
        self.touches.insert(selection.to_owned(), position);
    }

    fn touched_ms(&self, selection: &str) -> Result<i64, StoreError> {
        let here = |key: &str| {
            self.touches
                .get(key)
                .map(|position| position.time.timestamp_millis())
        };
        // Whatever is stored came before this transaction.
        let stored = match here(selection) {
            Some(_) => None,
            None => newest_touch(self.transaction, selection)?.map(|(_, time)| time),
        };
        Ok([here(selection), here("*"), stored]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(0))
    }

    /// Which of `filings` stand in the windows of their selections now.
    pub(super) fn standing(
        &mut self,
        filings: &[(String, Filed)],
    ) -> Result<Standings, StoreError> {
        let mut by_selection: BTreeMap<&str, Vec<&Filed>> = BTreeMap::new();
        for (selection, filed) in filings {
            by_selection.entry(selection).or_default().push(filed);
        }
        let mut standings = Standings::new();
        for (selection, wanted) in by_selection {
            let standing = self.walk(selection, &wanted)?;
            if !standing.is_empty() {
                standings.insert(selection.to_owned(), standing);
            }
        }
        Ok(standings)
    }

    fn walk(&mut self, selection: &str, wanted: &[&Filed]) -> Result<BTreeSet<String>, StoreError> {
        let mut standing = BTreeSet::new();
        if selection.starts_with("article/") {
            standing.extend(wanted.iter().map(|filed| filed.item.clone()));
            return Ok(standing);
        }
        let floor = self.ties.floors.get(selection).copied().unwrap_or(i64::MIN);
        let Some(lowest) = wanted.iter().map(|filed| filed.activity).min() else {
            return Ok(standing);
        };
        if wanted.iter().all(|filed| filed.activity < floor) {
            return Ok(standing);
        }
        let mut rule = Rule::new(self.touched_ms(selection)?, false);
        let mut has_stubs = false;
        let mut statement = self.transaction.prepare_cached(
            "SELECT activity, item, size, withdrawn FROM filing WHERE selection = ?1
             ORDER BY activity DESC, article, position, item",
        )?;
        let mut rows = statement.query([selection])?;
        while let Some(row) = rows.next()? {
            let activity: i64 = row.get(0)?;
            if activity < lowest || standing.len() == wanted.len() {
                break;
            }
            let withdrawn: bool = row.get(3)?;
            has_stubs |= withdrawn;
            match rule.next(activity, row.get(2)?, withdrawn) {
                Standing::Past => {
                    // Stubs leave the window by age and let older items in again: then no floor holds.
                    if !has_stubs {
                        self.ties.floors.insert(selection.to_owned(), activity);
                    }
                    break;
                }
                Standing::Skipped => {}
                Standing::In => {
                    let item: String = row.get(1)?;
                    if wanted.iter().any(|filed| filed.item == item) {
                        standing.insert(item);
                    }
                }
            }
        }
        Ok(standing)
    }

    /// Touches the selections in whose windows stood, or stands, one of the family's items that `concerns` names.
    pub(super) fn touch_family(
        &mut self,
        entry: &Entry,
        after: &Family,
        before: &Standings,
        concerns: impl Fn(&str, &str) -> bool,
    ) -> Result<(), StoreError> {
        let now = self.standing(&after.filings)?;
        for standings in [before, &now] {
            for (selection, items) in standings {
                if items.iter().any(|item| concerns(selection, item)) {
                    self.touch(selection, entry.position);
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Position, StoreError> {
        for (selection, position) in &self.touches {
            self.transaction
                .prepare_cached(
                    "INSERT INTO touch (selection, seq, time) VALUES (?1, ?2, ?3)
                     ON CONFLICT (selection) DO UPDATE SET seq = excluded.seq, time = excluded.time",
                )?
                .execute((selection, position.seq, position.time.timestamp_millis()))?;
        }
        Ok(self.newest)
    }
}
