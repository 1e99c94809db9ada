//! Cards for other sites' pages, as answers.

use std::sync::Arc;

use crate::item::Id;
use crate::page::Frame;
use crate::publication::Selection;
use crate::resource::{Resource, Subject};
use crate::store::{
    Found, Position, PubStatus, Removal, State, Store, StoreError, StoredArticle, key,
};

use super::Answer;
use super::dependencies::{CARD, touch_of};
use super::rendered::{HTML, RenderError, Rendered, in_place_of};
use super::subject::{Resolved, moved_by, resolve};
use crate::http::response::{CachePolicy, Representation};

/// The key of a card of what `shown` takes, and when it was touched last.
pub(crate) fn key_of(store: &Store, shown: &Selection) -> Result<(String, Position), StoreError> {
    let key = format!("{CARD}{shown}");
    let touched = touch_of(store, &key)?;
    Ok((key, touched))
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
    let (selection, touched) = key_of(store, &Selection::Article(id))?;
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
        selection,
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
    let (selection, touched) = key_of(store, &shown)?;
    let window = store.window(&shown)?;
    let body = frame.section_card(&section.title, &subject, &window);
    Ok(Rendered {
        answer: Answer::Found(Arc::new(framed(frame, body, touched))),
        selection,
        touched,
    })
}

/// The card of a section that is gone for good.
fn ended(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let selection = format!("{CARD}{}", key::LISTS);
    let touched = touch_of(store, &selection)?;
    Ok(Rendered {
        answer: Answer::Gone(Arc::new(framed(frame, frame.ended_card(), touched))),
        selection,
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
        Found::Here(id) => article_card(store, frame, id)?,
        Found::Moved(now) => {
            let address = frame.base.url(&Resource::CardOfArticle(now));
            Rendered::moved(address, key::former(slug))
        }
        Found::Nowhere => Rendered::nowhere(),
    })
}
