//! The pictures of an older item: which become captions, which photographs are there, and the name or address by which
//! the text shows each.

use std::collections::HashMap;

use crate::import::feed_file::{OlderItem, Picture, picture_key, prose, without_size};
use crate::item::alike::letters;
use crate::item::html::Url;
use crate::item::limits::MAX_CAPTIONS;
use crate::item::{Caption, Image, Line, NoteKind, Photograph, file};

use super::media::{MediaFolder, MediaMatch};
use super::names::file_name;

/// The most pictures beside the text of one item that are looked at.
const MAX_PICTURES: usize = 500;

/// The pictures of an item as they are placed.
pub(super) struct Pictures<'m> {
    media: Option<&'m MediaFolder>,
    /// The pictures that the item has beside its text; `None` in place of one that the text shows.
    not_in_text: Vec<Option<Picture>>,
    /// The indexes of these pictures by [`picture_key`], which is the same for all sizes of a picture.
    places: HashMap<String, usize>,
    /// The pictures in the text by [`picture_key`].
    in_text: HashMap<String, TextPicture>,
    /// Captions of photographs that already have another caption in the text, each with its [`picture_key`].
    more_captions: Vec<(String, Caption)>,
    pub(super) captions: Captions,
    pub(super) photographs: Vec<(String, Photograph, Vec<u8>)>,
    pub(super) left_out: Vec<String>,
}

/// The captions of an article, and those beyond the maximum number.
#[derive(Default)]
pub(super) struct Captions {
    pub(super) kept: Vec<Caption>,
    pub(super) excess: Vec<Caption>,
}

impl Captions {
    fn push(&mut self, caption: Caption) {
        match self.is_full() {
            false => self.kept.push(caption),
            true => self.excess.push(caption),
        }
    }

    /// Repeats the caption of the place before for a further place. Where there is no room, this place shows that
    /// caption anyway.
    fn repeat(&mut self, caption: &Caption) {
        if !self.is_full() {
            self.kept.push(caption.clone());
        }
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= MAX_CAPTIONS
    }

    /// The reports on the captions that have no room.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.excess.iter().map(|caption| {
            let credit = caption
                .credit
                .iter()
                .map(|credit| format!(" ({})", &**credit));
            let credit: String = credit.collect();
            let text = &*caption.text;
            format!("caption beyond {MAX_CAPTIONS} in one item: {text}{credit}")
        })
    }
}

/// A picture that the text shows, with how often it does, and its captions. The places of a picture in a text take its
/// captions in their order, the last for all that follow.
#[derive(Clone)]
struct TextPicture {
    /// The photograph beside the article; without one, the picture stays at its address.
    image: Option<Image>,
    address: String,
    places: usize,
    captions: usize,
    last: Option<Caption>,
}

impl TextPicture {
    fn captioned(&self, caption: Caption) -> Caption {
        let address = Line::parse(&self.address).filter(|_| self.image.is_none());
        Caption {
            image: self.image.clone(),
            address,
            ..caption
        }
    }
}

impl<'m> Pictures<'m> {
    pub(super) fn of(media: Option<&'m MediaFolder>, item: &OlderItem) -> Self {
        let base = item.base.as_deref().and_then(|base| Url::parse(base).ok());
        let whole = |picture: &Picture| {
            let joined = match &base {
                Some(base) => base.join(&picture.address),
                None => Url::parse(&picture.address),
            };
            let address = joined.ok()?;
            let is_followed = ["http", "https"].contains(&address.scheme());
            is_followed.then(|| Picture {
                address: address.to_string(),
                ..picture.clone()
            })
        };
        let mut beside: Vec<Option<Picture>> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for picture in item.pictures.iter().filter_map(whole).take(MAX_PICTURES) {
            let place = places
                .entry(picture_key(&picture.address))
                .or_insert(beside.len());
            match beside.get_mut(*place) {
                Some(Some(known)) => join(known, picture),
                _ => beside.push(Some(picture)),
            }
        }
        Self {
            media,
            not_in_text: beside,
            places,
            in_text: HashMap::new(),
            more_captions: Vec::new(),
            captions: Captions::default(),
            photographs: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Places a picture of the text; returns the name or address by which the text shows it.
    pub(super) fn place(&mut self, mut picture: Picture) -> String {
        let of_any_size = picture_key(&picture.address);
        let original = picture.original.as_deref().map(picture_key);
        let key = original.unwrap_or_else(|| of_any_size.clone());
        let mut other = None;
        if let Some(known) = self.take_beside(&[&key, &of_any_size]) {
            let differs = |other: &String| {
                let caption = picture.caption.as_ref();
                caption.is_some_and(|caption| !contains_letters(caption, other))
            };
            other = known.caption.clone().filter(differs);
            join(&mut picture, known);
        }
        let name = self.named(&key, &picture);
        let is_stated = !words_of(&picture).is_empty();
        let caption = caption_of(&picture).filter(|_| is_stated || self.is_beside(&key));
        self.show(
            &key,
            caption.filter(|_| is_stated || !self.is_captioned(&key)),
        );
        if let (Some(words), Some(last)) = (other, self.last(&key)) {
            let text = Line::parse(&words);
            self.more_captions
                .extend(text.map(|text| (key, Caption { text, ..last })));
        }
        name
    }

    /// Takes the first of the pictures beside the text that is one of these.
    fn take_beside(&mut self, keys: &[&String]) -> Option<Picture> {
        let places = keys.iter().filter_map(|key| self.places.get(*key));
        let is_left = |place: &&usize| matches!(self.not_in_text.get(**place), Some(Some(_)));
        let first = *places.filter(is_left).min()?;
        self.not_in_text.get_mut(first)?.take()
    }

    fn is_captioned(&self, key: &str) -> bool {
        self.in_text
            .get(key)
            .is_some_and(|shown| shown.captions > 0)
    }

    /// Whether its photograph stands beside the article.
    fn is_beside(&self, key: &str) -> bool {
        self.in_text
            .get(key)
            .is_some_and(|shown| shown.image.is_some())
    }

    fn last(&self, key: &str) -> Option<Caption> {
        self.in_text.get(key)?.last.clone()
    }

    /// Finds the photograph of the picture, if there is a text for its caption; returns its name, else the picture's
    /// address.
    fn named(&mut self, key: &str, picture: &Picture) -> String {
        let has_caption = caption_of(picture).is_some();
        let known = self.in_text.get(key).cloned();
        let image = match &known {
            Some(TextPicture {
                image: Some(image), ..
            }) => Some(image.clone()),
            // It was reported before as missing.
            Some(shown) if shown.captions > 0 => None,
            _ if !has_caption => {
                self.left_out
                    .push("caption of a picture that has neither one nor an alt text (it stays at its address)".to_owned());
                None
            }
            // Only a caption can name a photograph beside the article.
            _ if self.captions.is_full() => {
                self.left_out.push(format!(
                    "photograph beyond {MAX_CAPTIONS} in one item (it stays at its address)"
                ));
                None
            }
            _ => self.photograph(picture),
        };
        if image.is_some() && known.is_none() && words_of(picture).is_empty() {
            self.left_out.push(
                "caption of a picture that has only an alt text (that stands for it)".to_owned(),
            );
        }
        let shown = known.unwrap_or_else(|| TextPicture {
            image: None,
            address: picture.address.clone(),
            places: 0,
            captions: 0,
            last: None,
        });
        // Its places so far have its address, which is another name.
        let places = if shown.image == image {
            shown.places
        } else {
            0
        };
        let name = match &image {
            Some(image) => image.name.clone(),
            None => shown.address.clone(),
        };
        let shown = TextPicture {
            image,
            places,
            ..shown
        };
        self.in_text.insert(key.to_owned(), shown);
        name
    }

    /// Shows the picture once more; with a caption where that is another than the last.
    fn show(&mut self, key: &str, caption: Option<Caption>) {
        let Some(shown) = self.in_text.get_mut(key) else {
            return;
        };
        shown.places += 1;
        let Some(caption) = caption else {
            return;
        };
        let caption = shown.captioned(caption);
        if let Some(last) = &shown.last {
            if last.text == caption.text && last.credit == caption.credit {
                return;
            }
            // Each place before this one has a caption of its own.
            while shown.captions + 1 < shown.places {
                self.captions.repeat(last);
                shown.captions += 1;
            }
        }
        self.captions.push(caption.clone());
        shown.captions += 1;
        shown.last = Some(caption);
    }

    /// The pictures that the text does not show: those that stand beside the article are shown behind it, the others can
    /// only be shown from where they are.
    pub(super) fn beside_the_text(&mut self) -> String {
        for (key, caption) in std::mem::take(&mut self.more_captions) {
            if let Some(shown) = self.in_text.get_mut(&key) {
                while shown.captions < shown.places {
                    if let Some(last) = &shown.last {
                        self.captions.repeat(last);
                    }
                    shown.captions += 1;
                }
            }
            self.captions.push(caption);
        }
        let mut lead = String::new();
        for picture in std::mem::take(&mut self.not_in_text).into_iter().flatten() {
            let key = picture_key(&picture.address);
            let name = self.named(&key, &picture);
            let is_beside = self.is_beside(&key);
            let caption =
                caption_of(&picture).filter(|_| is_beside || !words_of(&picture).is_empty());
            let captioned = self.in_text.get(&key).zip(caption);
            if let Some(caption) = captioned.map(|(shown, caption)| shown.captioned(caption)) {
                self.captions.push(caption);
            }
            if !is_beside {
                let alt = picture.alt.as_deref().unwrap_or_default();
                lead.push_str(&prose::markdown(&prose::shown(&name, alt)));
                lead.push_str("\n\n");
            }
        }
        lead
    }

    fn photograph(&mut self, picture: &Picture) -> Option<Image> {
        let mut addresses: Vec<&str> = picture.original.iter().map(String::as_str).collect();
        addresses.push(&picture.address);
        let found = self
            .media
            .map_or(MediaMatch::Nothing, |media| media.find(&addresses));
        let (photograph, bytes) = match found {
            MediaMatch::Photograph(photograph, bytes) => (photograph, bytes),
            MediaMatch::Nothing => {
                let reason = match self.media {
                    None => {
                        "photograph (it stays at its address; --media DIR brings those of a folder in)"
                    }
                    Some(_) => {
                        "photograph that is not in the folder of --media (it stays at its address)"
                    }
                };
                self.left_out.push(reason.to_owned());
                return None;
            }
            MediaMatch::Unusable(reason) => {
                self.left_out.push(format!("photograph: {reason}"));
                return None;
            }
        };
        let name = self.free_name(&file_name(&picture.address));
        self.photographs
            .push((name.clone(), photograph.clone(), bytes));
        Some(Image { name, photograph })
    }

    fn free_name(&self, name: &str) -> String {
        let name = without_size(name);
        // Some file systems take names for one that differ in case alone.
        let taken = |name: &str| {
            let mut known = self.photographs.iter().map(|(known, _, _)| known);
            known.any(|known| known.to_lowercase() == name.to_lowercase())
        };
        let mut free = name.clone();
        let mut number = 1;
        while taken(&free) {
            number += 1;
            free = format!("{number}-{name}");
        }
        free
    }
}

/// Adds to a picture the texts that it lacks, from another record of the same picture.
fn join(picture: &mut Picture, other: Picture) {
    picture.caption = picture.caption.take().or(other.caption);
    picture.library = picture.library.take().or(other.library);
    picture.alt = picture.alt.take().or(other.alt);
    picture.credit = picture.credit.take().or(other.credit);
    picture.role = picture.role.take().or(other.role);
}

/// The words below a picture that stays at its address: its caption, else the library's, and its credit.
fn words_of(picture: &Picture) -> Vec<String> {
    let caption = picture.caption.clone().or_else(|| picture.library.clone());
    caption.into_iter().chain(picture.credit.clone()).collect()
}

/// The caption of a picture, with its caption at this place as text, else that in the library, else the alternative
/// text, else the credit; `None` where it has none of them.
fn caption_of(picture: &Picture) -> Option<Caption> {
    let texts = [&picture.caption, &picture.library, &picture.alt];
    let text = texts
        .into_iter()
        .find_map(|text| text.as_deref().and_then(Line::parse));
    let credit = picture.credit.as_deref().and_then(Line::parse);
    let (text, credit): (Line, Option<Line>) = match text {
        Some(text) => (text, credit),
        None => (credit?, None),
    };
    let role = picture.role.as_deref().filter(|role| file::is_role(role));
    Some(Caption {
        id: None,
        text,
        alt: picture.alt.as_deref().and_then(Line::parse),
        image: None,
        credit,
        role: role.and_then(Line::parse),
        source: None,
        address: None,
        copyright: None,
        usage_terms: None,
        usage_ends: None,
        public_note: None,
        public_note_kind: NoteKind::default(),
    })
}

/// Whether one text has all letters of another in a row.
fn contains_letters(text: &str, other: &str) -> bool {
    letters(text).contains(&letters(other))
}
