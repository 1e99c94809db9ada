//! What a document depends on: the keys whose touches alter it.

use std::ops::Deref;

use crate::memory::block;
use crate::publication::Selection;
use crate::store::{Position, Store, StoreError, TouchKey};

/// What a document is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DependsOn {
    /// Nothing that changes while the server runs.
    Nothing,
    /// What the store touches under one key.
    Key(TouchKey),
    /// What a page for people shows, by its key, and the list of sections, which stands on all of them.
    Page(TouchKey),
    /// What the front page shows: a page, by its key, with the stories at its head.
    Front(TouchKey),
    /// What the page of an author shows, by its key, with the list of sections and what the paper says of the author.
    AuthorPage { shown: TouchKey, profile: TouchKey },
    /// Several things that a page for people shows, by their keys, and the list of sections.
    PageOfMany(Vec<TouchKey>),
    /// What a card shows, by its key, and which sites may show cards.
    Card(TouchKey),
}

/// The keys whose touches alter something.
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
    /// The feed of a selection.
    pub(crate) fn selection(selection: &Selection) -> Self {
        Self::Key(selection.clone().into())
    }

    /// A page of what `selection` takes.
    pub(crate) fn page(selection: &Selection) -> Self {
        Self::Page(selection.clone().into())
    }

    /// A page that lists the newest of `selection`.
    pub(crate) fn list(selection: &Selection) -> Self {
        let shown = TouchKey::List(selection.clone());
        match selection {
            Selection::Author(slug) => Self::AuthorPage {
                shown,
                profile: TouchKey::Profile(slug.clone()),
            },
            _ => Self::Page(shown),
        }
    }

    /// The front page, which lists the newest of `selection`. `leads` tell which stories lead, and what these say.
    pub(crate) fn front(selection: &Selection, leads: Vec<TouchKey>) -> Self {
        let shown = TouchKey::List(selection.clone());
        match leads.is_empty() {
            true => Self::Front(shown),
            false => {
                let keys = [shown, TouchKey::Leads].into_iter();
                Self::PageOfMany(keys.chain(leads).collect())
            }
        }
    }

    /// A card of what `selection` takes.
    pub(crate) fn card(selection: &Selection) -> Self {
        Self::Card(selection.clone().into())
    }

    /// The lists of sections and of named feeds.
    pub(crate) fn lists() -> Self {
        Self::Key(TouchKey::Lists)
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        match self {
            Self::Nothing => Keys::None,
            Self::Key(key) => Keys::One([key]),
            Self::Page(shown) => Keys::Two([shown, &TouchKey::Lists]),
            Self::Front(shown) => Keys::Three([shown, &TouchKey::Lists, &TouchKey::Leads]),
            Self::AuthorPage { shown, profile } => Keys::Three([shown, &TouchKey::Lists, profile]),
            Self::PageOfMany(shown) => Keys::Many(shown.iter().chain([&TouchKey::Lists]).collect()),
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

    /// The bytes that it takes in memory beside its own.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Key(key) | Self::Page(key) | Self::Front(key) | Self::Card(key) => {
                key.heap_bytes()
            }
            Self::AuthorPage { shown, profile } => shown.heap_bytes() + profile.heap_bytes(),
            Self::PageOfMany(keys) => {
                let own = block(keys.capacity() * size_of::<TouchKey>());
                own + keys.iter().map(TouchKey::heap_bytes).sum::<usize>()
            }
        }
    }
}
