//! Cards for other sites' pages, as answers.

use std::sync::Arc;

use crate::item::Id;
use crate::page::Frame;
use crate::publication::Selection;
use crate::resource::{Resource, Subject};
use crate::store::{Found, Position, PubStatus, Removal, State, Store, StoredArticle, key};

use super::answer::RenderError;
use super::document::{HTML, Rendered, Resolved, in_place_of, moved_by, resolve};
use super::front::Marks;
use super::{Answer, CachePolicy, Representation};

pub(super) fn framed(frame: Frame<'_>, body: Vec<u8>, touched: Position) -> Representation {
    let card = Representation::new(body, HTML, CachePolicy::Card, Some(touched.time));
    card.framed_by(&frame.publication.embed_hosts)
}

pub(super) fn article_card(
    store: &Store,
    frame: Frame<'_>,
    id: Id,
) -> Result<Rendered, RenderError> {
    let selection = Selection::Article(id).to_string();
    let touched = store.touch(&selection)?;
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
pub(super) fn removed_card(
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

pub(super) fn section_card(
    store: &Store,
    frame: Frame<'_>,
    slug: &str,
) -> Result<Rendered, RenderError> {
    let subject = Subject::Section(slug.to_owned());
    let selection = match resolve(store, frame.publication, &subject)? {
        Resolved::To(selection, _) => selection,
        Resolved::Moved(Subject::Section(now)) => {
            return Ok(Rendered {
                selection: moved_by(&subject),
                answer: Answer::Moved {
                    address: frame.base.url(&Resource::SectionCard(now)),
                    marks: Marks::unmarked(CachePolicy::Lasting),
                },
                ..Rendered::nowhere()
            });
        }
        _ => return Ok(Rendered::nowhere()),
    };
    let Some(section) = frame.publication.section(slug) else {
        return Ok(Rendered::nowhere());
    };
    let window = store.window(&selection)?;
    let body = frame.section_card(&section.title, &subject, &window);
    Ok(Rendered {
        answer: Answer::Found(Arc::new(framed(frame, body, window.touched))),
        selection: selection.to_string(),
        touched: window.touched,
    })
}

/// The way from the address of an article's page to its card. What is not public has none.
pub(super) fn card_of_article(
    store: &Store,
    frame: Frame<'_>,
    slug: &str,
) -> Result<Rendered, RenderError> {
    let to = |card: Resource, selection: String| Rendered {
        answer: Answer::Moved {
            address: frame.base.url(&card),
            marks: Marks::unmarked(CachePolicy::Lasting),
        },
        selection,
        ..Rendered::nowhere()
    };
    Ok(match store.find_article(slug)? {
        Found::Moved(now) => to(Resource::CardOfArticle(now), key::former(slug)),
        Found::Here(id) => match store.article(id)?.map(|article| article.state.status) {
            None
            | Some(PubStatus::Removed {
                how: Removal::Withheld,
                ..
            }) => Rendered::nowhere(),
            Some(_) => to(
                Resource::ArticleCard(id),
                Selection::Article(id).to_string(),
            ),
        },
        Found::Nowhere => Rendered::nowhere(),
    })
}
