//! Which of an article's items stand in the lists of their selections: only there a change is seen by readers of pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::publication::Selection;
use crate::store::archive::{unarchived_among, unarchived_items};
use crate::store::by_publication::{self, ListPart, ListPlace};
use crate::store::window::Filing;
use crate::store::{StoreError, TouchKey};

use super::batch::Batch;
use super::standings::Standings;

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
        let mut by_selection: BTreeMap<&Selection, Vec<ListPlace>> = BTreeMap::new();
        for (selection, filed) in filings {
            // Without an article the items are articles themselves.
            let place = ListPlace::of(article.unwrap_or(&filed.item), filed);
            let is_list = by_publication::length(selection, Some(&self.publication)).is_some();
            if let Some(place) = place.filter(|_| is_list) {
                by_selection.entry(selection).or_default().push(place);
            }
        }
        let parts = by_selection.iter().filter_map(|(selection, places)| {
            Some(ListPart {
                selection,
                skipped: by_publication::length(selection, Some(&self.publication))?
                    .checked_sub(1)?,
                limit: 1,
                lowest: places.iter().map(|place| place.published.0).min()?,
            })
        });
        let parts: Vec<ListPart<'_>> = parts.collect();
        let ends = by_publication::parts_of_lists(self.transaction, &parts)?;
        let mut beyond: BTreeMap<&Selection, BTreeSet<String>> = BTreeMap::new();
        for (selection, places) in &by_selection {
            let end = ends.get(selection).and_then(|end| end.first());
            for place in places {
                let items = match end.is_none_or(|end| place <= end) {
                    true => standings
                        .entry(TouchKey::PageList((*selection).clone()))
                        .or_default(),
                    false if selection.has_archive() => beyond.entry(selection).or_default(),
                    false => continue,
                };
                items.insert(place.item.clone());
            }
        }
        self.add_unarchived(article, &beyond, standings)
    }

    /// Adds those of the items behind the ends of their lists that no segment has yet: these are in the lists, too.
    fn add_unarchived(
        &self,
        article: Option<&str>,
        beyond: &BTreeMap<&Selection, BTreeSet<String>>,
        standings: &mut Standings,
    ) -> Result<(), StoreError> {
        if beyond.is_empty() {
            return Ok(());
        }
        let selections: Vec<&Selection> = beyond.keys().copied().collect();
        let unarchived = match article {
            Some(article) => unarchived_among(self.transaction, article, &selections)?,
            None => {
                let items: BTreeSet<&String> = beyond.values().flatten().collect();
                let items: Vec<&str> = items.into_iter().map(String::as_str).collect();
                unarchived_items(self.transaction, &selections, &items)?
            }
        };
        for (selection, item) in unarchived {
            if beyond
                .get(&selection)
                .is_some_and(|items| items.contains(&item))
            {
                let listed = standings.entry(TouchKey::PageList(selection));
                listed.or_default().insert(item);
            }
        }
        Ok(())
    }

    /// Touches the lists of all selections that were touched, for a store without readers as yet.
    pub(super) fn touch_lists(&mut self) {
        let lists = self.touches.iter().filter_map(|(key, position)| {
            let TouchKey::Selection(selection) = key else {
                return None;
            };
            by_publication::length(selection, Some(&self.publication))?;
            Some((TouchKey::PageList(selection.clone()), *position))
        });
        for (list, position) in lists.collect::<Vec<_>>() {
            self.touch(list, position);
        }
    }
}
