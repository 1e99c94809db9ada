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
            // What is asked about without an article are articles, whose ids are their items'.
            let place = ListPlace::of(article.unwrap_or(&filed.item), filed);
            let is_list = by_publication::length(selection, Some(&self.publication)).is_some();
            if let Some(place) = place.filter(|_| is_list) {
                by_selection.entry(selection).or_default().push(place);
            }
        }
        let places = by_selection.values().flatten();
        let items: BTreeSet<&str> = places.map(|place| &*place.item).collect();
        let selections: Vec<&Selection> = by_selection.keys().copied().collect();
        let waiting = match article {
            Some(article) => unarchived_among(self.transaction, article, &selections)?,
            None => {
                let items: Vec<&str> = items.iter().copied().collect();
                unarchived_items(self.transaction, &selections, &items)?
            }
        };
        for (selection, item) in waiting {
            if items.contains(item.as_str()) {
                let standing = standings.entry(TouchKey::PageList(selection));
                standing.or_default().insert(item);
            }
        }
        let asked = by_selection.iter().filter_map(|(selection, places)| {
            Some(ListPart {
                selection,
                skipped: by_publication::length(selection, Some(&self.publication))?
                    .checked_sub(1)?,
                most: 1,
                lowest: places.iter().map(|place| place.published.0).min()?,
            })
        });
        let asked: Vec<ListPart<'_>> = asked.collect();
        let ends = by_publication::parts_of_lists(self.transaction, &asked)?;
        for (selection, places) in &by_selection {
            let end = ends.get(selection).and_then(|end| end.first());
            let standing = places
                .iter()
                .filter(|place| end.is_none_or(|end| *place <= end));
            let mut standing = standing.map(|place| place.item.clone()).peekable();
            if standing.peek().is_some() {
                let listed = standings.entry(TouchKey::PageList((*selection).clone()));
                listed.or_default().extend(standing);
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
