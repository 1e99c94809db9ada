//! The ids of an article's parts: a part is known again by its heading, else by its place.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::Id;

/// A titled part of an article's text, with the id under which the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub id: Id,
    pub heading: Option<String>,
}

impl Part {
    /// The part of a text that is gone: its id without its heading.
    #[must_use]
    pub fn without_heading(&self) -> Self {
        Self {
            id: self.id,
            heading: None,
        }
    }
}

/// Gives each heading of the new text the id that it had, and new ids to what is new.
pub fn keep_ids(article: Id, before: &[Part], headings: &[Option<String>]) -> Vec<Part> {
    let mut places: HashMap<Option<&str>, VecDeque<usize>> = HashMap::new();
    for (place, part) in before.iter().enumerate() {
        let of_heading = places.entry(part.heading.as_deref()).or_default();
        of_heading.push_back(place);
    }
    let mut is_free = vec![true; before.len()];
    let mut take = |place: usize| {
        let free = is_free.get_mut(place)?;
        let part = before.get(place).filter(|_| *free)?;
        *free = false;
        Some(part.id)
    };
    let mut ids: Vec<Option<Id>> = headings
        .iter()
        .map(|heading| take(places.get_mut(&heading.as_deref())?.pop_front()?))
        .collect();
    if before.len() == headings.len() {
        for (place, id) in ids.iter_mut().enumerate() {
            *id = id.or_else(|| take(place));
        }
    }
    let mut fresh = Fresh::default();
    fresh.taken.extend(before.iter().map(|part| part.id));
    let parts = headings.iter().zip(ids).map(|(heading, id)| Part {
        id: id.unwrap_or_else(|| fresh.id(article, heading.as_deref().unwrap_or_default())),
        heading: heading.clone(),
    });
    parts.collect()
}

/// Ids that no part has had. The numbers taken under a name are gone through once, however many parts have the name.
#[derive(Default)]
struct Fresh<'h> {
    taken: HashSet<Id>,
    /// The next number to be tried, by the name.
    next: HashMap<&'h str, u32>,
}

impl<'h> Fresh<'h> {
    fn id(&mut self, article: Id, name: &'h str) -> Id {
        let number = self.next.entry(name).or_default();
        loop {
            let id = article.derive(&format!("part/{number}/{name}"));
            *number += 1;
            if self.taken.insert(id) {
                return id;
            }
        }
    }
}
