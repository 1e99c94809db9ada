//! The ids of an article's parts: a part is known again by its heading, else by its place.

use serde::{Deserialize, Serialize};

use super::Id;

/// A part as the store remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub id: Id,
    pub heading: Option<String>,
}

impl Part {
    /// The same of a text that is gone.
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
    let mut free: Vec<(usize, &Part)> = before.iter().enumerate().collect();
    let mut ids: Vec<Option<Id>> = headings
        .iter()
        .map(|heading| {
            let place = free.iter().position(|(_, part)| part.heading == *heading)?;
            Some(free.remove(place).1.id)
        })
        .collect();
    if before.len() == headings.len() {
        for (place, id) in ids.iter_mut().enumerate() {
            if id.is_none()
                && let Some(at) = free.iter().position(|(was, _)| *was == place)
            {
                *id = Some(free.remove(at).1.id);
            }
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    for (heading, id) in headings.iter().zip(ids) {
        let taken = |id: &Id| {
            before.iter().any(|part| part.id == *id) || parts.iter().any(|part| part.id == *id)
        };
        let id = id.unwrap_or_else(|| first_free(article, heading.as_deref(), &taken));
        parts.push(Part {
            id,
            heading: heading.clone(),
        });
    }
    parts
}

fn first_free(article: Id, heading: Option<&str>, taken: &dyn Fn(&Id) -> bool) -> Id {
    let name = heading.unwrap_or_default();
    let mut number = 0_u32;
    loop {
        let id = article.derive(&format!("part/{number}/{name}"));
        if !taken(&id) {
            return id;
        }
        number += 1;
    }
}
