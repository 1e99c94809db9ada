//! One transaction under way: appending entries, unique stamps, touches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};

use crate::item::Id;
use crate::publication::{Publication, archive_key, key_has_archive};
use crate::store::archive::{held, held_bytes, segment_of};
use crate::store::sqlite::{meta, moment, newest};
use crate::store::window::{Extent, Filed, MIN_WINDOW_ITEMS, Rule, Standing};
use crate::store::{Entry, EntryKind, Position, Settings, StoreError};

use super::family::Family;
use super::{Ties, touched};

/// Selections with those of a family's items that stand in their windows.
pub(super) type Standings = BTreeMap<String, BTreeSet<String>>;

pub(super) struct Batch<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) ties: &'t mut Ties,
    now_ms: i64,
    actor: &'t str,
    newest: Position,
    pub(super) publication: Id,
    pub(super) paper: Publication,
    touches: HashMap<String, Position>,
    /// Selections in which items wait for a segment since this batch began.
    pub(super) filling: BTreeSet<String>,
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
        let settings: Option<Settings> = meta(transaction, "settings")?
            .map(|json| serde_json::from_str(&json))
            .transpose()?;
        Ok(Self {
            transaction,
            ties,
            now_ms: now.timestamp_millis(),
            actor,
            newest: newest(transaction)?,
            publication,
            paper: settings.map_or_else(Publication::unnamed, |known| known.publication),
            touches: HashMap::new(),
            filling: BTreeSet::new(),
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
        self.add_segments(filings, &mut standings)?;
        Ok(standings)
    }

    fn walk(&mut self, selection: &str, wanted: &[&Filed]) -> Result<BTreeSet<String>, StoreError> {
        let mut standing = BTreeSet::new();
        if selection.starts_with("article/") {
            standing.extend(wanted.iter().map(|filed| filed.item.clone()));
            return Ok(standing);
        }
        let held = match self.ties.bulk {
            // Nobody reads yet: what is closed in the end is touched in the end.
            true => Vec::new(),
            false => held(self.transaction, selection)?,
        };
        let is_held = |item: &str| held.iter().any(|held| held.item == item);
        standing.extend(
            wanted
                .iter()
                .filter(|filed| is_held(&filed.item))
                .map(|filed| filed.item.clone()),
        );
        let floor = self.ties.floors.get(selection).copied().unwrap_or(i64::MIN);
        let Some(lowest) = wanted.iter().map(|filed| filed.activity).min() else {
            return Ok(standing);
        };
        if wanted.iter().all(|filed| filed.activity < floor) {
            return Ok(standing);
        }
        let extent = Extent::Newest(self.at_least(selection));
        let mut rule = Rule::new(self.touched_ms(selection)?, extent, held_bytes(&held));
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
            let item: String = row.get(1)?;
            let withdrawn: bool = row.get(3)?;
            has_stubs |= withdrawn;
            match rule.next(activity, row.get(2)?, withdrawn, is_held(&item)) {
                Standing::Past => {
                    // Stubs leave the window by age and let older items in again: then no floor holds.
                    if !has_stubs {
                        self.ties.floors.insert(selection.to_owned(), activity);
                    }
                    break;
                }
                Standing::Skipped => {}
                Standing::In => {
                    if wanted.iter().any(|filed| filed.item == item) {
                        standing.insert(item);
                    }
                }
            }
        }
        Ok(standing)
    }

    /// How many items the window of a selection has at least.
    fn at_least(&self, selection: &str) -> usize {
        let query = selection.strip_prefix("named/");
        let query = query.and_then(|name| self.paper.query(name));
        query
            .and_then(|query| query.window)
            .unwrap_or(MIN_WINDOW_ITEMS)
    }

    /// Adds the archive segments in which those of `filings` stand that do so at all.
    fn add_segments(
        &self,
        filings: &[(String, Filed)],
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        for (selection, filed) in filings {
            if !key_has_archive(selection) || filed.withdrawn {
                continue;
            }
            if let Some(segment) = segment_of(self.transaction, selection, &filed.item)? {
                let standing = standings.entry(archive_key(selection, segment));
                standing.or_default().insert(filed.item.clone());
            }
        }
        Ok(())
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

    /// The position of the newest entry.
    pub(super) fn newest(&self) -> Position {
        self.newest
    }

    pub(super) fn finish(mut self) -> Result<Position, StoreError> {
        if !self.ties.bulk {
            self.close_segments()?;
        }
        for (selection, position) in &self.touches {
            write_touch(self.transaction, selection, *position)?;
        }
        Ok(self.newest)
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
