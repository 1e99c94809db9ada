//! Which of an article's captions a caption without an id is: that with its image, its exact text, or its place.

use super::{Caption, Id};

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
    let same_image = |was: &Caption, is: &Caption| {
        was.picture_name().is_some() && was.picture_name() == is.picture_name()
    };
    let same_text =
        |was: &Caption, is: &Caption| was.text == is.text || was.text == is.text.fingerprint();
    // A photograph may have two captions, of which each is known again by its own words.
    let same_whole = |was: &Caption, is: &Caption| same_image(was, is) && same_text(was, is);
    for same in [
        &same_whole as &dyn Fn(&Caption, &Caption) -> bool,
        &same_image,
        &same_text,
    ] {
        for (place, caption) in captions.iter().enumerate() {
            let free = |known: &&KnownCaption<'_>| {
                !ids.contains(&Some(known.id)) && same(known.caption, caption)
            };
            let found = known.iter().find(free).map(|known| known.id);
            if let Some(slot) = ids.get_mut(place) {
                *slot = slot.or(found);
            }
        }
    }
    let usable: Vec<&KnownCaption<'_>> = known.iter().filter(|known| known.usable).collect();
    if usable.len() == captions.len() {
        for (place, was) in usable.iter().enumerate() {
            let is_free = !ids.contains(&Some(was.id));
            if let Some(slot @ None) = ids.get_mut(place)
                && is_free
            {
                *slot = Some(was.id);
            }
        }
    }
    for (place, caption) in captions.iter().enumerate() {
        let mut number = 0_u32;
        while ids.get(place).copied().flatten().is_none() {
            let id = article.derive(&format!("caption/{number}/{}", &*caption.text));
            let is_free = !ids.contains(&Some(id)) && !taken(&id);
            if let (Some(slot), true) = (ids.get_mut(place), is_free) {
                *slot = Some(id);
            }
            number += 1;
        }
    }
    ids.into_iter().flatten().collect()
}
