//! The touch keys that a document depends on: it changes only when an entry of the log touches one of them.

use std::ops::Deref;

use crate::memory::block;
use crate::publication::Selection;
use crate::store::{Position, Store, StoreError, TouchKey};

/// The touch keys that a document depends on, by the kind of document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DependsOn {
    /// The document does not change while the server runs.
    Nothing,
    /// A document that depends on one key.
    Key(TouchKey),
    /// A page: the key of its content, and the list of sections, which stands on all pages.
    Page(TouchKey),
    /// The front page: the key of its list, the list of sections, and the keys of the stories at its head.
    Front(TouchKey),
    /// The page of an author: the key of its list, the list of sections, and the author's profile.
    AuthorPage { shown: TouchKey, profile: TouchKey },
    /// A page with several contents: their keys, and the list of sections.
    PageOfMany(Vec<TouchKey>),
    /// A card: the key of its content, and the list of sites that may show cards.
    Card(TouchKey),
}

/// The keys of one [`DependsOn`], without an allocation where they are few.
pub(crate) enum Keys<'k> {
    None,
    One([&'k TouchKey; 1]),
    Two([&'k TouchKey; 2]),
    Three([&'k TouchKey; 3]),
    Many(Vec<&'k TouchKey>),
}

impl<'k> Deref for Keys<'k> {
    type Target = [&'k TouchKey];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::None => &[],
            Self::One(keys) => keys,
            Self::Two(keys) => keys,
            Self::Three(keys) => keys,
            Self::Many(keys) => keys,
        }
    }
}

impl DependsOn {
    /// The dependencies of the feed of a selection.
    pub(crate) fn selection(selection: &Selection) -> Self {
        Self::Key(selection.clone().into())
    }

    /// The dependencies of a page that shows items of `selection` but not its list, such as an article's.
    pub(crate) fn page(selection: &Selection) -> Self {
        Self::Page(selection.clone().into())
    }

    /// The dependencies of a page with the list of `selection`.
    pub(crate) fn list(selection: &Selection) -> Self {
        let shown = TouchKey::PageList(selection.clone());
        match selection {
            Selection::Author(slug) => Self::AuthorPage {
                shown,
                profile: TouchKey::Profile(slug.clone()),
            },
            _ => Self::Page(shown),
        }
    }

    /// The dependencies of the front page, which lists the newest of `selection`. `leads` are the keys of the stories that
    /// lead and of the addresses that name them.
    pub(crate) fn front(selection: &Selection, leads: Vec<TouchKey>) -> Self {
        let shown = TouchKey::PageList(selection.clone());
        match leads.is_empty() {
            true => Self::Front(shown),
            false => {
                let keys = [shown, TouchKey::Leads].into_iter();
                Self::PageOfMany(keys.chain(leads).collect())
            }
        }
    }

    /// The dependencies of a card of `selection`.
    pub(crate) fn card(selection: &Selection) -> Self {
        Self::Card(selection.clone().into())
    }

    /// The dependencies of a document with the lists of sections and of named feeds.
    pub(crate) fn sections_and_feeds() -> Self {
        Self::Key(TouchKey::SectionsAndFeeds)
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        match self {
            Self::Nothing => Keys::None,
            Self::Key(key) => Keys::One([key]),
            Self::Page(shown) => Keys::Two([shown, &TouchKey::SectionsAndFeeds]),
            Self::Front(shown) => {
                Keys::Three([shown, &TouchKey::SectionsAndFeeds, &TouchKey::Leads])
            }
            Self::AuthorPage { shown, profile } => {
                Keys::Three([shown, &TouchKey::SectionsAndFeeds, profile])
            }
            Self::PageOfMany(shown) => {
                Keys::Many(shown.iter().chain([&TouchKey::SectionsAndFeeds]).collect())
            }
            Self::Card(shown) => Keys::Two([shown, &TouchKey::Cards]),
        }
    }

    /// The newest touch of any of its keys.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) fn touch(&self, store: &Store) -> Result<Position, StoreError> {
        let mut newest = Position::default();
        for key in self.keys().iter() {
            newest = newest.max(store.touch(key)?);
        }
        Ok(newest)
    }

    /// The bytes on the heap that it takes, beside its own size.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Key(key) | Self::Page(key) | Self::Front(key) | Self::Card(key) => {
                key.heap_bytes()
            }
            Self::AuthorPage { shown, profile } => shown.heap_bytes() + profile.heap_bytes(),
            Self::PageOfMany(keys) => {
                let list_bytes = block(keys.capacity() * size_of::<TouchKey>());
                list_bytes + keys.iter().map(TouchKey::heap_bytes).sum::<usize>()
            }
        }
    }
}
