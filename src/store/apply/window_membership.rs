//! Which of an article's items stand in the windows of their selections: only there a change is seen, and touches.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use crate::publication::Selection;
use crate::store::archive::{UnarchivedItem, unarchived_among, unarchived_bytes, unarchived_of};
use crate::store::filed::{self, FeedPlace, ReadEnd, SelectionPart, WindowCandidate, read_newest};
use crate::store::window::{Extent, Filing, Rule};
use crate::store::window_items::WindowWalk;
use crate::store::{Entry, Position, StoreError, TouchKey};

use super::batch::Batch;
use super::family::Family;
use super::standings::Standings;

/// Items of a family that a selection takes, of which it is asked whether they stand in its window.
struct Sought<'s> {
    selection: &'s Selection,
    extent: Extent,
    items: HashSet<&'s str>,
    /// The place of the first of them.
    first: FeedPlace,
    /// The lowest activity of them.
    lowest: i64,
}

impl Batch<'_> {
    /// Which items of `family` stand in the windows, lists and months of their selections now.
    pub(super) fn family_standing(&mut self, family: &Family) -> Result<Standings, StoreError> {
        let mut standings = self.standing(Some(&family.article.id.to_string()), &family.filings)?;
        self.add_months(&family.filings, &mut standings);
        Ok(standings)
    }

    /// Which of `filings` stand in the windows and lists of their selections now. `article` is theirs, if they are all
    /// of one.
    pub(super) fn standing<'a>(
        &mut self,
        article: Option<&str>,
        filings: &'a [(Selection, Filing)],
    ) -> Result<Standings, StoreError> {
        let mut by_selection: BTreeMap<&Selection, Vec<&Filing>> = BTreeMap::new();
        for (selection, filed) in filings {
            by_selection.entry(selection).or_default().push(filed);
        }
        let mut standings = Standings::new();
        let mut ahead: Vec<Sought<'a>> = Vec::new();
        for (selection, wanted) in by_selection {
            let extent = Extent::of(selection, Some(&self.publication));
            if extent == Extent::Whole {
                let items = wanted.iter().map(|filed| filed.item.clone());
                standings.insert(selection.clone().into(), items.collect());
                continue;
            }
            let first = wanted
                .iter()
                .map(|filed| place_of(article.unwrap_or_default(), filed))
                .min();
            let Some(first) = first else { continue };
            let activities = wanted.iter().map(|filed| filed.activity);
            ahead.push(Sought {
                selection,
                extent,
                items: wanted.iter().map(|filed| filed.item.as_str()).collect(),
                lowest: activities.fold(first.activity.0, i64::min),
                first,
            });
        }
        let (near, far): (Vec<_>, Vec<_>) = ahead.into_iter().partition(|sought| {
            let floor = self.memory.floors.get(sought.selection);
            article.is_none() || floor.is_none_or(|floor| sought.first < *floor)
        });
        let selections = |all: &[Sought<'a>]| -> Vec<&'a Selection> {
            all.iter().map(|sought| sought.selection).collect()
        };
        // In bulk there are no readers yet: what is closed in the end is touched in the end.
        if let Some(article) = article.filter(|_| !self.memory.bulk) {
            let held = unarchived_among(self.transaction, article, &selections(&far))?;
            for (selection, item) in held {
                standings.entry(selection.into()).or_default().insert(item);
            }
        }
        self.walk_all(near, &mut standings)?;
        self.add_segments(filings, &mut standings)?;
        self.add_lists(article, filings, &mut standings)?;
        Ok(standings)
    }

    /// Adds those of the items that stand in the windows of their selections.
    fn walk_all(
        &mut self,
        all: Vec<Sought<'_>>,
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        let selections: Vec<&Selection> = all.iter().map(|sought| sought.selection).collect();
        self.read_touches(&selections)?;
        let mut held = match self.memory.bulk {
            true => HashMap::new(),
            false => unarchived_of(self.transaction, &selections)?,
        };
        let walked: Vec<(&Selection, i64)> = all
            .iter()
            .map(|sought| (sought.selection, sought.lowest))
            .collect();
        let mut parts = read_newest(self.transaction, &walked)?;
        for sought in all {
            let held = held.remove(sought.selection).unwrap_or_default();
            let part = parts.remove(sought.selection);
            let standing = self.walk(&sought, &held, part)?;
            if !standing.is_empty() {
                standings.insert(sought.selection.clone().into(), standing);
            }
        }
        Ok(())
    }

    /// Which of the items stand in the window of their selection, whose newest items are given where it has any.
    fn walk(
        &mut self,
        sought: &Sought<'_>,
        held: &[UnarchivedItem],
        newest: Option<SelectionPart>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let held_items: HashSet<&str> = held.iter().map(|held| held.item.as_str()).collect();
        let standing = sought.items.intersection(&held_items);
        let mut standing: BTreeSet<String> = standing.map(ToString::to_string).collect();
        let Some(part) = newest else {
            return Ok(standing);
        };
        let touched = self.touched_ms(&sought.selection.clone().into())?;
        let rule = Rule::new(touched, sought.extent, unarchived_bytes(held));
        let mut walk = WindowWalk::new(rule, held_items);
        let mut see = |counted: WindowCandidate<'_>| {
            if counted.activity < sought.lowest || standing.len() == sought.items.len() {
                return ControlFlow::Break(());
            }
            walk.see(&counted, || {
                if sought.items.contains(counted.item) {
                    standing.insert(counted.item.to_owned());
                }
            })
        };
        let mut ended = part.show(&mut see);
        // Mostly what is sought is near: each part is longer than the one before it.
        let mut most = 2 * part.places.len();
        while let ReadEnd::At(last) = ended {
            let span = (&last, sought.lowest);
            ended = filed::show(self.transaction, sought.selection, span, most, &mut see)?;
            most *= 2;
        }
        // Stubs leave the window by age and let older items in again: then no floor holds.
        if let Some(floor) = walk.past.filter(|_| !walk.has_stubs) {
            self.memory.floors.insert(sought.selection.clone(), floor);
        }
        Ok(standing)
    }

    /// Adds the archive segments in which those of `filings` stand that do so at all.
    fn add_segments(
        &mut self,
        filings: &[(Selection, Filing)],
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        if self.memory.bulk {
            // There are no segments yet.
            return Ok(());
        }
        let archived = filings
            .iter()
            .filter(|(selection, filed)| selection.has_archive() && !filed.withdrawn);
        self.read_archived(archived.clone().map(|(_, filed)| filed.item.as_str()))?;
        for (selection, filed) in archived {
            let segments = self.archived.get(&filed.item);
            if let Some(segment) = segments.and_then(|segments| segments.get(selection)) {
                let standing = standings.entry(selection.segment(*segment).into());
                standing.or_default().insert(filed.item.clone());
            }
        }
        Ok(())
    }

    /// Touches the selections and lists in which stood, or stands, one of the family's items that `concerns` names.
    pub(super) fn touch_family(
        &mut self,
        entry: &Entry,
        after: &Family,
        before: &Standings,
        concerns: impl Fn(&str) -> bool,
    ) -> Result<(), StoreError> {
        let now = self.family_standing(after)?;
        let concerned = |_: &TouchKey, item: &str| concerns(item).then_some(entry.position);
        self.touch_standing([before, &now], concerned);
        Ok(())
    }

    /// Touches each selection and list at the newest of the positions that its items give, once, however many items stand there.
    pub(super) fn touch_standing(
        &mut self,
        standings: [&Standings; 2],
        concerned: impl Fn(&TouchKey, &str) -> Option<Position>,
    ) {
        let mut newest: HashMap<&TouchKey, Position> = HashMap::new();
        for (key, items) in standings.into_iter().flatten() {
            let positions = items.iter().filter_map(|item| concerned(key, item));
            if let Some(position) = positions.max() {
                let last = newest.entry(key).or_default();
                *last = position.max(*last);
            }
        }
        for (key, position) in newest {
            self.touch(key.clone(), position);
        }
    }
}

fn place_of(article: &str, filed: &Filing) -> FeedPlace {
    FeedPlace {
        activity: Reverse(filed.activity),
        article: article.to_owned(),
        position: filed.position,
        item: filed.item.clone(),
    }
}
