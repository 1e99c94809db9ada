//! Which of an article's items stand in the windows of their selections: only there a change is seen, and touches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::publication::{archive_key, key_has_archive};
use crate::store::archive::{held, held_bytes, segment_of};
use crate::store::window::{Extent, Filed, Rule, Standing};
use crate::store::{Entry, Position, StoreError};

use super::batch::Batch;
use super::family::Family;

/// Selections with those of a family's items that stand in their windows.
pub(super) type Standings = BTreeMap<String, BTreeSet<String>>;

impl Batch<'_> {
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
        let extent = Extent::of(selection, Some(&self.paper));
        if extent == Extent::Whole {
            standing.extend(wanted.iter().map(|filed| filed.item.clone()));
            return Ok(standing);
        }
        let held = match self.ties.bulk {
            // Nobody reads yet: what is closed in the end is touched in the end.
            true => Vec::new(),
            false => held(self.transaction, selection)?,
        };
        let held_items: HashSet<&str> = held.iter().map(|held| held.item.as_str()).collect();
        let is_held = |item: &str| held_items.contains(item);
        let sought: HashSet<&str> = wanted.iter().map(|filed| filed.item.as_str()).collect();
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
                    if sought.contains(item.as_str()) {
                        standing.insert(item);
                    }
                }
            }
        }
        Ok(standing)
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
        let concerned =
            |selection: &str, item: &str| concerns(selection, item).then_some(entry.position);
        self.touch_standing([before, &now], concerned);
        Ok(())
    }

    /// Touches each selection at the newest of the positions that its items give, once, however many items stand there.
    pub(super) fn touch_standing(
        &mut self,
        standings: [&Standings; 2],
        concerned: impl Fn(&str, &str) -> Option<Position>,
    ) {
        let mut newest: HashMap<&str, Position> = HashMap::new();
        for (selection, items) in standings.into_iter().flatten() {
            let given = items.iter().filter_map(|item| concerned(selection, item));
            if let Some(position) = given.max() {
                let known = newest.entry(selection).or_default();
                *known = position.max(*known);
            }
        }
        for (selection, position) in newest {
            self.touch(selection, position);
        }
    }
}
