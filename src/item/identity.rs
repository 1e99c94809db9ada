//! Which of an article's captions a caption without an id is: that with its image, its exact text, or its place.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use super::{Caption, Id, Line, first_free};

/// A caption that is known already.
#[derive(Clone, Copy, Debug)]
pub struct KnownCaption<'k> {
    pub id: Id,
    pub caption: &'k Caption,
    /// Whether it is public; one that was taken back may return.
    pub usable: bool,
}

/// The ids of `captions`, in their order; what is new gets one that follows from the article's id and its text, and that
/// is not `taken`.
pub fn caption_ids(
    article: Id,
    known: &[KnownCaption<'_>],
    captions: &[Caption],
    taken: &dyn Fn(&Id) -> bool,
) -> Vec<Id> {
    let mut ids: Vec<Option<Id>> = captions.iter().map(|caption| caption.id).collect();
    let mut used: HashSet<Id> = ids.iter().flatten().copied().collect();
    let mut by_image = Places::of(known, |known| {
        known.image.as_ref().map(|image| image.name.as_str())
    });
    for (id, caption) in ids.iter_mut().zip(captions) {
        let name = caption.image.as_ref().map(|image| image.name.as_str());
        if let (None, Some(name)) = (&id, name) {
            *id = by_image.take(&[name], &mut used);
        }
    }
    let mut by_text = Places::of(known, |known| Some(&known.text));
    for (id, caption) in ids.iter_mut().zip(captions) {
        if id.is_none() {
            // What was killed is known by a hash of its text.
            let killed: Line = caption.text.fingerprint();
            *id = by_text.take(&[&caption.text, &killed], &mut used);
        }
    }
    let usable: Vec<Id> = known
        .iter()
        .filter(|known| known.usable)
        .map(|known| known.id)
        .collect();
    if usable.len() == captions.len() {
        for (id, was) in ids.iter_mut().zip(usable) {
            if id.is_none() && used.insert(was) {
                *id = Some(was);
            }
        }
    }
    let mut next: HashMap<&str, u64> = HashMap::new();
    let ids = ids.into_iter().zip(captions).map(|(id, caption)| {
        id.unwrap_or_else(|| new_id(article, &caption.text, &mut next, &mut used, taken))
    });
    ids.collect()
}

/// An id that neither a caption of this article has nor any other item; `next` has for each text the number to begin with.
fn new_id<'c>(
    article: Id,
    text: &'c str,
    next: &mut HashMap<&'c str, u64>,
    used: &mut HashSet<Id>,
    taken: &dyn Fn(&Id) -> bool,
) -> Id {
    let next = next.entry(text).or_default();
    let id_of = |number: u64| article.derive(&format!("caption/{number}/{text}"));
    let first = *next;
    let free = first_free(|number| {
        let id = id_of(first + number);
        Ok::<_, Infallible>(used.contains(&id) || taken(&id))
    });
    let number = match free {
        Ok(number) => first + number,
        Err(never) => match never {},
    };
    *next = number + 1;
    let id = id_of(number);
    used.insert(id);
    id
}

/// Known captions by what they are known by, in their order.
struct Places<'k> {
    known: &'k [KnownCaption<'k>],
    by_name: HashMap<&'k str, Vec<usize>>,
}

impl<'k> Places<'k> {
    fn of(known: &'k [KnownCaption<'k>], name: impl Fn(&'k Caption) -> Option<&'k str>) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        // The first of a name is taken off the end.
        for (place, known) in known.iter().enumerate().rev() {
            if let Some(name) = name(known.caption) {
                by_name.entry(name).or_default().push(place);
            }
        }
        Self { known, by_name }
    }

    /// The first that has one of the names and is not used yet.
    fn take(&mut self, names: &[&str], used: &mut HashSet<Id>) -> Option<Id> {
        loop {
            let last = |name: &&&str| self.by_name.get(**name).and_then(|places| places.last());
            let place = names.iter().filter_map(|name| last(&name)).min().copied()?;
            for name in names {
                if let Some(places) = self.by_name.get_mut(*name)
                    && places.last() == Some(&place)
                {
                    places.pop();
                }
            }
            let id = self.known.get(place)?.id;
            if used.insert(id) {
                return Some(id);
            }
        }
    }
}
