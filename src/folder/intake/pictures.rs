//! The pictures of an older item: which become captions, which photographs are there, and what stands for each in the text.

use std::collections::HashMap;

use crate::item::feed_file::{OlderItem, Picture, prose};
use crate::item::html::Url;
use crate::item::{Caption, Image, Photograph, file};

use super::article::line;
use super::media::{Found, MediaFolder, without_size};
use super::names::file_name;

/// The most pictures of one item that become captions.
const MAX_PICTURES: usize = 500;

/// The pictures of an item as they are placed.
pub(super) struct Pictures<'m> {
    media: Option<&'m MediaFolder>,
    /// What the item says of its pictures beside its text.
    beside: Vec<Picture>,
    /// What stands in the text for each.
    placed: HashMap<String, String>,
    pub(super) captions: Vec<Caption>,
    pub(super) photographs: Vec<(String, Photograph, Vec<u8>)>,
    pub(super) left_out: Vec<String>,
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
        Self {
            media,
            beside: item
                .pictures
                .iter()
                .filter_map(whole)
                .take(MAX_PICTURES)
                .collect(),
            placed: HashMap::new(),
            captions: Vec::new(),
            photographs: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// What stands for the picture in the text.
    pub(super) fn place(&mut self, mut picture: Picture) -> Option<String> {
        let key = key(picture.original.as_ref().unwrap_or(&picture.address));
        if let Some(shown) = self.placed.get(&key) {
            return Some(shown.clone());
        }
        if self.placed.len() >= MAX_PICTURES {
            self.left_out.push(format!(
                "caption of a picture beyond {MAX_PICTURES} in one item (it stays at its address)"
            ));
            return Some(picture.address);
        }
        let of_any_size = unsized_key(&picture.address);
        let mut beside = self.beside.iter();
        let at = beside.position(|known| {
            self::key(&known.address) == key || unsized_key(&known.address) == of_any_size
        });
        if let Some(at) = at {
            let known = self.beside.remove(at);
            picture.caption = picture.caption.or(known.caption);
            picture.alt = picture.alt.or(known.alt);
            picture.credit = picture.credit.or(known.credit);
            picture.role = picture.role.or(known.role);
        }
        let shown = self.settle(&picture);
        self.placed.insert(key, shown.clone());
        Some(shown)
    }

    /// The pictures that the text does not show: those that stand beside the article are shown behind it, the others can
    /// only be shown from where they are.
    pub(super) fn beside_the_text(&mut self) -> String {
        let mut lead = String::new();
        while !self.beside.is_empty() {
            let picture = self.beside.remove(0);
            let shown = self.settle(&picture);
            if Url::parse(&shown).is_ok() {
                let alt: String = picture.alt.unwrap_or_default();
                let html = format!(
                    "<img src=\"{}\" alt=\"{}\">",
                    quick_xml::escape::escape(shown.as_str()),
                    quick_xml::escape::escape(alt.as_str())
                );
                lead.push_str(&prose::markdown(&html));
                lead.push_str("\n\n");
            }
        }
        lead
    }

    /// Makes a caption of a picture of which words are known; its name in the text, else its address.
    fn settle(&mut self, picture: &Picture) -> String {
        let address = picture.address.clone();
        let text = line(picture.caption.as_deref()).or_else(|| line(picture.alt.as_deref()));
        let Some(text) = text else {
            self.left_out
                .push("caption of a picture that has neither one nor an alt text (it stays at its address)".to_owned());
            return address;
        };
        if picture.caption.is_none() {
            self.left_out.push(
                "caption of a picture that has only an alt text (that stands for it)".to_owned(),
            );
        }
        let role = picture.role.as_deref().filter(|role| file::is_role(role));
        let image = self.photograph(picture);
        let shown = image.as_ref().map_or(address, |image| image.name.clone());
        self.captions.push(Caption {
            id: None,
            text,
            alt: line(picture.alt.as_deref()),
            image,
            credit: line(picture.credit.as_deref()),
            role: line(role),
            source: None,
            copyright: None,
            usage_terms: None,
            usage_ends: None,
            public_note: None,
        });
        shown
    }

    fn photograph(&mut self, picture: &Picture) -> Option<Image> {
        let mut addresses: Vec<&str> = picture.original.iter().map(String::as_str).collect();
        addresses.push(&picture.address);
        let found = self
            .media
            .map_or(Found::Nothing, |media| media.find(&addresses));
        let (photograph, bytes) = match found {
            Found::Photograph(photograph, bytes) => (photograph, bytes),
            Found::Nothing => {
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
            Found::Unusable(reason) => {
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
        let taken = |name: &str| self.photographs.iter().any(|(known, _, _)| known == name);
        let mut free = name.clone();
        let mut number = 1;
        while taken(&free) {
            number += 1;
            free = format!("{number}-{name}");
        }
        free
    }
}

/// What two addresses of one picture have in common: not the scheme, and not the query.
fn key(address: &str) -> String {
    let bare = address.split(['?', '#']).next().unwrap_or_default();
    let bare = bare.split_once("//").map_or(bare, |(_, rest)| rest);
    bare.to_owned()
}

/// The same of a picture in another size.
fn unsized_key(address: &str) -> String {
    let bare = key(address);
    match bare.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}", without_size(name)),
        None => without_size(&bare),
    }
}
