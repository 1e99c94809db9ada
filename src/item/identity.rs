//! Which of an article's captions a caption without an id is: that with its image, its exact text, or its place.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use super::{Caption, Id, Line, first_free};

/// A caption that is known already.
#[derive(Clone, Copy, Debug)]
pub struct KnownCaption<'k> {
    pub id: Id,
    pub caption: &'k Caption,
    /// Whether it is public; one that was withdrawn may return.
    pub usable: bool,
}

/// The ids of `captions`, in their order; a new caption gets one that follows from the article's id and its text, and
/// that is not `taken`.
pub fn caption_ids(
    article: Id,
    known: &[KnownCaption<'_>],
    captions: &[Caption],
    taken: &dyn Fn(&Id) -> bool,
) -> Vec<Id> {
    let mut ids: Vec<Option<Id>> = captions.iter().map(|caption| caption.id).collect();
    let mut used: HashSet<Id> = ids.iter().flatten().copied().collect();
    // A photograph may have two captions, of which each is known again by its own words.
    let whole = |caption: &Caption, text: &str| {
        let name = caption.picture_name()?;
        Some(format!("{name}\n{text}"))
    };
    let mut by_both = CaptionsByName::of(known, |known| whole(known, &known.text));
    for (id, caption) in ids.iter_mut().zip(captions) {
        if id.is_none() && caption.picture_name().is_some() {
            let texts = [&caption.text, &caption.text.fingerprint()];
            let keys: Vec<String> = texts
                .into_iter()
                .filter_map(|text| whole(caption, text))
                .collect();
            *id = by_both.take(&keys, &mut used);
        }
    }
    let mut by_image = CaptionsByName::of(known, |known| known.picture_name().map(str::to_owned));
    for (id, caption) in ids.iter_mut().zip(captions) {
        if let (None, Some(name)) = (&id, caption.picture_name()) {
            *id = by_image.take(&[name.to_owned()], &mut used);
        }
    }
    let mut by_text = CaptionsByName::of(known, |known| Some(known.text.to_string()));
    for (id, caption) in ids.iter_mut().zip(captions) {
        if id.is_none() {
            // Of a killed caption only a hash of the text is stored.
            let killed: Line = caption.text.fingerprint();
            *id = by_text.take(&[caption.text.to_string(), killed.to_string()], &mut used);
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
struct CaptionsByName<'k> {
    known: &'k [KnownCaption<'k>],
    by_name: HashMap<String, Vec<usize>>,
}

impl<'k> CaptionsByName<'k> {
    fn of(known: &'k [KnownCaption<'k>], name: impl Fn(&Caption) -> Option<String>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        // The first of a name is taken off the end.
        for (place, known) in known.iter().enumerate().rev() {
            if let Some(name) = name(known.caption) {
                by_name.entry(name).or_default().push(place);
            }
        }
        Self { known, by_name }
    }

    /// The first that has one of the names and is not used yet.
    fn take(&mut self, names: &[String], used: &mut HashSet<Id>) -> Option<Id> {
        loop {
            let last = |name: &String| self.by_name.get(name).and_then(|places| places.last());
            let place = names.iter().filter_map(last).min().copied()?;
            for name in names {
                if let Some(places) = self.by_name.get_mut(name)
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
