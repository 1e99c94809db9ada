//! The resolution of a subject's slug: to its selection, to a redirect, or to nothing.

use crate::item::Line;
use crate::publication::{Publication, Selection};
use crate::resource::Subject;
use crate::store::{AddressTarget, NameStatus, Store, StoreError, TouchKey};

/// The key that is touched when a former address leads to another place.
pub(crate) fn moved_by(former: &Subject) -> TouchKey {
    match former {
        Subject::Article(slug) => TouchKey::Former(slug.clone()),
        _ => TouchKey::SectionsAndFeeds,
    }
}

/// The result of resolving a subject's slug.
pub(crate) enum Resolved {
    To(Selection, Option<Line>),
    Moved(Subject),
    Retired(Option<Line>),
    /// A feed with nothing but stubs of withdrawn items: it has no page, and does not show the name.
    Stubs(Selection),
    Nowhere,
}

pub(crate) fn resolve(
    store: &Store,
    publication: &Publication,
    subject: &Subject,
) -> Result<Resolved, StoreError> {
    let named = |selection: Selection| -> Result<Resolved, StoreError> {
        Ok(match store.name(&selection)? {
            NameStatus::Told(name) => Resolved::To(selection, Some(name)),
            NameStatus::Stubs => Resolved::Stubs(selection),
            NameStatus::Nowhere => Resolved::Nowhere,
        })
    };
    let gone = |selection: Selection| match publication.retired(&selection) {
        Some(feed) => Resolved::Retired(feed.successor.clone()),
        None => Resolved::Nowhere,
    };
    Ok(match subject {
        Subject::Publication => Resolved::To(Selection::All, None),
        Subject::Captions => Resolved::To(Selection::Captions, None),
        Subject::Section(slug) => match publication.section(slug) {
            Some(_) => Resolved::To(Selection::Section(slug.clone()), None),
            None => match publication.section_formerly(slug) {
                Some(now) => Resolved::Moved(Subject::Section(now.slug.clone())),
                None => gone(Selection::Section(slug.clone())),
            },
        },
        Subject::Named(name) => match publication.query(name) {
            Some(_) => Resolved::To(Selection::Named(name.clone()), None),
            None => gone(Selection::Named(name.clone())),
        },
        Subject::Tag(slug) => named(Selection::Tag(slug.clone()))?,
        Subject::Author(slug) => named(Selection::Author(slug.clone()))?,
        Subject::Article(slug) => match store.find_article(slug)? {
            AddressTarget::Here(id) => Resolved::To(Selection::Article(id), None),
            AddressTarget::Moved(slug) => Resolved::Moved(Subject::Article(slug)),
            AddressTarget::Nowhere => Resolved::Nowhere,
        },
    })
}
