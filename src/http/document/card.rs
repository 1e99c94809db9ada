//! Cards for other sites' pages, as answers.

use std::sync::Arc;

use crate::item::Id;
use crate::page::Frame;
use crate::publication::Selection;
use crate::resource::{Resource, Subject};
use crate::store::{
    AddressTarget, Position, PubStatus, Removal, State, Store, StoreError, StoredArticle, TouchKey,
};

use super::Answer;
use super::dependencies::DependsOn;
use super::rendered::{HTML, RenderError, Rendered, in_place_of};
use super::subject::{Resolved, moved_by, resolve};
use crate::http::response::{CachePolicy, Representation};

/// The dependencies of the card of the selection `shown`, and their newest touch.
pub(crate) fn dependencies_of(
    store: &Store,
    shown: &Selection,
) -> Result<(DependsOn, Position), StoreError> {
    let depends_on = DependsOn::card(shown);
    let touched = depends_on.touch(store)?;
    Ok((depends_on, touched))
}

pub(crate) fn framed(frame: Frame<'_>, body: Vec<u8>, touched: Position) -> Representation {
    let card = Representation::new(body, HTML, CachePolicy::Card, Some(touched.time));
    card.framed_by(&frame.publication.embed_hosts)
}

pub(crate) fn article_card(
    store: &Store,
    frame: Frame<'_>,
    id: Id,
) -> Result<Rendered, RenderError> {
    let (depends_on, touched) = dependencies_of(store, &Selection::Article(id))?;
    let Some(article) = store.article(id)? else {
        return Ok(Rendered::nowhere());
    };
    let answer = match article.state.status {
        PubStatus::Removed { how, .. } => {
            removed_card(frame, &article, &article.state, how, touched)
        }
        PubStatus::Usable => {
            let card = frame.article_card(&article);
            Answer::Found(Arc::new(framed(frame, card, touched)))
        }
    };
    Ok(Rendered {
        answer,
        depends_on,
        touched,
    })
}

/// The card of something that was taken away says so, also to browsers, which show it whatever the status.
pub(crate) fn removed_card(
    frame: Frame<'_>,
    article: &StoredArticle,
    state: &State,
    how: Removal,
    touched: Position,
) -> Answer {
    in_place_of(how, || {
        framed(frame, frame.notice_card(article, state), touched)
    })
}

pub(crate) fn section_card(
    store: &Store,
    frame: Frame<'_>,
    slug: &str,
) -> Result<Rendered, RenderError> {
    let subject = Subject::Section(slug.to_owned());
    let shown = match resolve(store, frame.publication, &subject)? {
        Resolved::To(selection, _) => selection,
        Resolved::Moved(Subject::Section(now)) => {
            let address = frame.base.url(&Resource::SectionCard(now));
            return Ok(Rendered::moved(address, moved_by(&subject)));
        }
        Resolved::Retired(_) => return ended(store, frame),
        Resolved::Moved(_) | Resolved::Stubs(_) | Resolved::Nowhere => {
            return Ok(Rendered::nowhere());
        }
    };
    let Some(section) = frame.publication.section(slug) else {
        return Ok(Rendered::nowhere());
    };
    // As on the section's page, a correction moves no story.
    let depends_on = DependsOn::Card(TouchKey::PageList(shown.clone()));
    let touched = depends_on.touch(store)?;
    let list = store.list(&shown)?;
    let body = frame.section_card(&section.title, &subject, &list);
    Ok(Rendered {
        answer: Answer::Found(Arc::new(framed(frame, body, touched))),
        depends_on,
        touched,
    })
}

/// The card of a section that is gone for good.
fn ended(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let depends_on = DependsOn::Card(TouchKey::SectionsAndFeeds);
    let touched = depends_on.touch(store)?;
    Ok(Rendered {
        answer: Answer::Gone(Arc::new(framed(frame, frame.ended_card(), touched))),
        depends_on,
        touched,
    })
}

/// The card of the article whose page has this slug.
pub(crate) fn card_of_article(
    store: &Store,
    frame: Frame<'_>,
    slug: &str,
) -> Result<Rendered, RenderError> {
    Ok(match store.find_article(slug)? {
        AddressTarget::Here(id) => article_card(store, frame, id)?,
        AddressTarget::Moved(now) => {
            let address = frame.base.url(&Resource::CardOfArticle(now));
            Rendered::moved(address, TouchKey::Former(slug.to_owned()))
        }
        AddressTarget::Nowhere => Rendered::nowhere(),
    })
}
