//! Names of older items and pictures as a folder can have them.

use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;

use crate::import::feed_file::OlderItem;
use crate::item::html::Url;
use crate::item::slug::{is_slug, slug};

/// Maximum length of a slug before a number distinguishes it from others: slugs have at most 200 characters.
const MAX_STEM: usize = 190;

/// Endings of the addresses of web pages.
const PAGE_ENDS: &[&str] = &[".html", ".htm", ".shtml", ".php", ".aspx", ".asp", ".jsp"];

/// The slug that an item had, or the one that its address or title gives it; `day` stands before a title, as titles come
/// again.
pub(super) fn slug_of(item: &OlderItem, headline: &str, day: &str) -> String {
    let stated_slug = item.slug.as_deref().and_then(usable_slug);
    let stated_slug = stated_slug.or_else(|| usable_slug(&last_segment(item.link.as_deref()?)?));
    let mut made = stated_slug.unwrap_or_else(|| format!("{day}-{}", slug(headline)));
    made.truncate(MAX_STEM);
    made
}

/// A name of an address as a slug: as it stands where it can.
fn usable_slug(name: &str) -> Option<String> {
    let name = decoded(name);
    let name = name.trim();
    if is_slug(name) {
        return Some(name.to_owned());
    }
    (name.chars().any(char::is_alphanumeric)).then(|| slug(name))
}

fn last_segment(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let segment = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    let lower = segment.to_ascii_lowercase();
    let end = PAGE_ENDS.iter().find(|end| lower.ends_with(**end));
    let stem = segment.get(..segment.len() - end.map_or(0, |end| end.len()))?;
    // `index.php?p=7` names a program, not a story.
    (!["", "index", "default"].contains(&stem)).then(|| stem.to_owned())
}

/// Text without the escapes of addresses.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Slugs that are in use; the next of the same stem gets a number.
#[derive(Default)]
pub(super) struct Slugs {
    /// Slugs that are in use for good.
    held: HashSet<Box<str>>,
    /// Slugs that were given to items, each with the number of the last slug that was made from it.
    given: HashMap<Box<str>, u32>,
}

impl Slugs {
    /// Has a slug in use for good.
    pub(super) fn hold(&mut self, slug: &str) {
        self.held.insert(slug.into());
    }

    /// Takes back those that were given.
    pub(super) fn free_all(&mut self) {
        self.given = HashMap::new();
    }

    pub(super) fn free(&mut self, stem: &str) -> String {
        let Some(mut number) = self.last_of(stem) else {
            self.given.insert(stem.into(), 1);
            return stem.to_owned();
        };
        loop {
            number += 1;
            let slug = format!("{stem}-{number}");
            if self.last_of(&slug).is_none() {
                self.given.insert(slug.as_str().into(), 1);
                self.given.insert(stem.into(), number);
                return slug;
            }
        }
    }

    /// The number of the last slug that was made of this one; `None` if it is not in use.
    fn last_of(&self, slug: &str) -> Option<u32> {
        let last = self.given.get(slug).copied();
        last.or_else(|| self.held.contains(slug).then_some(1))
    }
}

/// The name of the file at an address, with nothing in it that Markdown or a folder would take for something else.
pub(super) fn file_name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let name = decoded(path.rsplit('/').next().unwrap_or_default());
    let safe = |c: char| match c {
        c if c.is_alphanumeric() || "._-".contains(c) => c,
        _ => '-',
    };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_start_matches(['.', '-']);
    match name.is_empty() {
        true => "photograph".to_owned(),
        false => name.to_owned(),
    }
}
