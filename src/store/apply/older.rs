//! Which pages of months, and which lists that link to them, a change of one article touches.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::publication::Selection;
use crate::store::by_publication::{self, ListPart, ListPlace};
use crate::store::calendar::{month_of, span};
use crate::store::older::{MonthQuery, around};
use crate::store::window::Filing;
use crate::store::{Entry, Month, StoreError, TouchKey};

use super::batch::Batch;
use super::family::Family;
use super::standings::Standings;

/// Where a family's items stand in the list of a selection.
type Places = BTreeSet<ListPlace>;

/// A selection in whose list a family's items stand otherwise than before.
struct Moved<'f> {
    selection: &'f Selection,
    before: Places,
    after: Places,
}

impl Batch<'_> {
    /// Adds those of `filings` that stand on pages of months, by the keys of those. The parts of a month have one key: in which
    /// of them an item stands hangs on how many there are before it, and a write is not to count these.
    pub(super) fn add_months(&self, filings: &[(Selection, Filing)], standings: &mut Standings) {
        for (selection, filed) in filings {
            let Some(listed) = filed.listed.filter(|_| selection.has_months()) else {
                continue;
            };
            let month = month_of(listed, self.publication.timezone);
            let standing = standings.entry(TouchKey::MonthOf(selection.clone(), month));
            standing.or_default().insert(filed.item.clone());
        }
    }

    /// Touches the months that lead to one which came or went, and the lists that lead to another month since.
    pub(super) fn touch_older(
        &mut self,
        entry: &Entry,
        before: Option<&Family>,
        after: &Family,
    ) -> Result<(), StoreError> {
        if self.memory.bulk {
            // There are no readers yet.
            return Ok(());
        }
        let mut was = before.map(places).unwrap_or_default();
        let mut is = places(after);
        let selections: BTreeSet<&Selection> = was.keys().chain(is.keys()).copied().collect();
        let moved = selections.into_iter().map(|selection| Moved {
            selection,
            before: was.remove(selection).unwrap_or_default(),
            after: is.remove(selection).unwrap_or_default(),
        });
        let moved: Vec<Moved<'_>> = moved.filter(|moved| moved.before != moved.after).collect();
        self.touch_months_around(entry, &after.article.id.to_string(), &moved)?;
        self.touch_lists_before(entry, &moved)
    }

    fn touch_months_around(
        &mut self,
        entry: &Entry,
        article: &str,
        moved: &[Moved<'_>],
    ) -> Result<(), StoreError> {
        let zone = self.publication.timezone;
        let mut queries = Vec::new();
        for Moved {
            selection,
            before,
            after,
        } in moved
        {
            let (before, after) = (months(before, zone), months(after, zone));
            let alone = before.symmetric_difference(&after);
            queries.extend(alone.map(|month| MonthQuery {
                selection,
                span: span(*month, zone),
            }));
        }
        let found = around(self.transaction, article, &queries)?;
        for (query, around) in queries.iter().zip(found) {
            if around.has_others {
                continue;
            }
            for listed in around.before.into_iter().chain(around.after) {
                let month = month_of(listed, zone);
                let key = TouchKey::MonthOf(query.selection.clone(), month);
                self.touch(key, entry.position);
            }
        }
        Ok(())
    }

    /// Touches the lists that were not, where the month of the newest item that is not listed is another.
    fn touch_lists_before(&mut self, entry: &Entry, moved: &[Moved<'_>]) -> Result<(), StoreError> {
        let zone = self.publication.timezone;
        let mut parts = Vec::new();
        for Moved {
            selection,
            before,
            after,
        } in moved
        {
            let is_touched = (self.touches).contains_key(&TouchKey::PageList((*selection).clone()));
            let length = by_publication::length(selection, Some(&self.publication));
            if let Some(length) = length.filter(|_| !is_touched) {
                // Where the item stands that is looked for, and as far around it as the family's own can have moved it.
                parts.push(ListPart {
                    selection,
                    skipped: length.saturating_sub(before.len()),
                    limit: before.len() + after.len() + 1,
                    lowest: i64::MIN,
                });
            }
        }
        let found = by_publication::parts_of_lists(self.transaction, &parts)?;
        for part in &parts {
            let places = found.get(part.selection).map_or(&[][..], |found| found);
            let moved = moved.iter().find(|moved| moved.selection == part.selection);
            let length = by_publication::length(part.selection, Some(&self.publication));
            let (Some(moved), Some(length)) = (moved, length) else {
                continue;
            };
            let next =
                |found: Option<&ListPlace>| found.map(|next| month_of(next.published.0, zone));
            let after = next(places.get(length - part.skipped));
            if next(moved.stood_at(length, part.skipped, places)) != after {
                let list = TouchKey::PageList(part.selection.clone());
                self.touch(list, entry.position);
            }
        }
        Ok(())
    }
}

impl Moved<'_> {
    /// The item that was at place `length` of the list, counted from zero, before the family moved. `found` are the places
    /// of the list at present from place `skipped` on.
    fn stood_at<'p>(
        &'p self,
        length: usize,
        skipped: usize,
        found: &'p [ListPlace],
    ) -> Option<&'p ListPlace> {
        let is_before = |place: &&ListPlace| found.first().is_some_and(|first| *place < first);
        let own_before = self.after.iter().filter(is_before).count();
        let others = found.iter().filter(|place| !self.after.contains(place));
        let mut stood: Vec<&ListPlace> = others.chain(&self.before).collect();
        stood.sort_unstable();
        // `skipped - own_before` items of other articles stand before those that were found, then as now.
        stood.get(length - (skipped - own_before)).copied()
    }
}

fn places(family: &Family) -> BTreeMap<&Selection, Places> {
    let article = family.article.id.to_string();
    let mut found: BTreeMap<&Selection, Places> = BTreeMap::new();
    for (selection, filed) in &family.filings {
        let place = ListPlace::of(&article, filed).filter(|_| selection.has_months());
        if let Some(place) = place {
            found.entry(selection).or_default().insert(place);
        }
    }
    found
}

fn months(places: &Places, zone: Tz) -> BTreeSet<Month> {
    let months = places.iter().map(|place| month_of(place.published.0, zone));
    months.collect()
}
