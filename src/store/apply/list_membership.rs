//! Which of an article's items stand in the lists of their selections: only there a change is seen by readers of pages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::publication::Selection;
use crate::store::archive::{unarchived_among, unarchived_items};
use crate::store::by_publication::{self, ListPlace};
use crate::store::window::Filing;
use crate::store::{StoreError, TouchKey, many};

use super::batch::Batch;
use super::window_membership::Standings;

impl Batch<'_> {
    /// Adds those of `filings` that stand in the lists of their selections, by the keys of those. `article` is theirs, if they
    /// are all of one.
    pub(super) fn add_lists(
        &mut self,
        article: Option<&str>,
        filings: &[(Selection, Filing)],
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        if self.memory.bulk {
            // There are no readers yet: what is touched in the end is enough.
            return Ok(());
        }
        let mut by_selection: BTreeMap<&Selection, Vec<&str>> = BTreeMap::new();
        for (selection, filed) in filings.iter().filter(|(_, filed)| !filed.withdrawn) {
            if by_publication::length(selection, Some(&self.publication)).is_some() {
                by_selection.entry(selection).or_default().push(&filed.item);
            }
        }
        let items: BTreeSet<&str> = by_selection.values().flatten().copied().collect();
        let items: Vec<&str> = items.into_iter().collect();
        let selections: Vec<&Selection> = by_selection.keys().copied().collect();
        let waiting = match article {
            Some(article) => unarchived_among(self.transaction, article, &selections)?,
            None => unarchived_items(self.transaction, &selections, &items)?,
        };
        let asked = items.iter().copied().collect::<HashSet<&str>>();
        for (selection, item) in waiting {
            if asked.contains(item.as_str()) {
                let standing = standings.entry(TouchKey::List(selection));
                standing.or_default().insert(item);
            }
        }
        let places = self.list_places(&items)?;
        let mut sought: Vec<(&Selection, Vec<&ListPlace>)> = Vec::new();
        for (selection, items) in by_selection {
            let floor = self.memory.list_floors.get(selection);
            let near = items.iter().filter_map(|item| places.get(*item));
            let near = near.filter(|place| floor.is_none_or(|floor| *place <= floor));
            sought.push((selection, near.collect()));
        }
        self.look_up(sought, standings)
    }

    /// Touches the lists of all selections that were touched, for a store without readers as yet.
    pub(super) fn touch_lists(&mut self) {
        let lists = self.touches.iter().filter_map(|(key, position)| {
            let TouchKey::Selection(selection) = key else {
                return None;
            };
            by_publication::length(selection, Some(&self.publication))?;
            Some((TouchKey::List(selection.clone()), *position))
        });
        for (list, position) in lists.collect::<Vec<_>>() {
            self.touch(list, position);
        }
    }

    /// Adds those of the items that are among the newest of their selections.
    fn look_up(
        &mut self,
        sought: Vec<(&Selection, Vec<&ListPlace>)>,
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        let asked = sought.iter().filter_map(|(selection, items)| {
            let most = by_publication::length(selection, Some(&self.publication))?;
            let lowest = items.iter().map(|place| place.published.0).min()?;
            Some((*selection, most, lowest))
        });
        let asked: Vec<(&Selection, usize, i64)> = asked.collect();
        let found = by_publication::newest_of(self.transaction, &asked)?;
        for (selection, items) in sought {
            let Some(newest) = found.get(selection) else {
                continue;
            };
            let standing = items.iter().filter(|place| newest.places.contains(place));
            let mut standing = standing.map(|place| place.item.clone()).peekable();
            if standing.peek().is_some() {
                let listed = standings.entry(TouchKey::List(selection.clone()));
                listed.or_default().extend(standing);
            }
            if let Some(floor) = newest.floor() {
                let floors = &mut self.memory.list_floors;
                floors.insert(selection.clone(), floor.clone());
            }
        }
        Ok(())
    }

    /// The places that items have in lists, by the items.
    fn list_places(&self, items: &[&str]) -> Result<HashMap<String, ListPlace>, StoreError> {
        let rows = many::ask(
            self.transaction,
            "SELECT id, published, article, position FROM item WHERE id IN (keys)",
            items,
            |row| {
                let item: String = row.get(0)?;
                let place = ListPlace {
                    published: Reverse(row.get(1)?),
                    article: row.get(2)?,
                    position: row.get(3)?,
                    item: item.clone(),
                };
                Ok((item, place))
            },
        )?;
        Ok(rows.into_iter().collect())
    }
}
