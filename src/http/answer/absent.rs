//! Responses for addresses where nothing is (404): a page for people, a card on other sites' pages, a line of text for
//! programs. They are the same for items that never existed and for items that are not public yet, and reveal nothing of
//! what was requested.

use std::sync::{Arc, Mutex, PoisonError};

use http::Response;

use crate::page::Frame;
use crate::store::{Position, TouchKey};

use crate::http::Site;
use crate::http::document::card::framed;
use crate::http::document::make::of_page;
use crate::http::document::rendered::RenderError;
use crate::http::response::{Body, CachePolicy, Representation, respond};

/// The page and the card for addresses where nothing is, as of a position of the log.
#[derive(Clone)]
struct NotFoundPages {
    position: Position,
    page: Arc<Representation>,
    card: Arc<Representation>,
}

/// The touch keys of the content of the page and the card, besides [`TouchKey::Everything`].
const SHOWN: [&TouchKey; 2] = [&TouchKey::SectionsAndFeeds, &TouchKey::Cards];

/// A cache of the newest page and card for addresses where nothing is.
#[derive(Default)]
pub(crate) struct NotFoundCache(Mutex<Option<NotFoundPages>>);

impl Site {
    /// Answers for a path at which nothing is.
    pub(crate) fn not_found(&self, path: &str, is_head: bool) -> Response<Body> {
        // A path with an extension is not a page.
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.contains('.') {
            return respond::not_found(&self.absent_cache_headers, is_head);
        }
        match self.not_found_pages() {
            Ok(made) if path.starts_with("/embed/") => {
                let cache_headers = self
                    .front
                    .cache_headers(CachePolicy::Absent, &[&TouchKey::Cards]);
                respond::absent(&made.card, &cache_headers, is_head)
            }
            Ok(made) => respond::absent(&made.page, &self.absent_cache_headers, is_head),
            Err(error) => self.respond_fault(path, &error, is_head),
        }
    }

    /// Answers a person whose browser opens the address of a feed that is nowhere.
    pub(crate) fn not_found_where_opened(&self, path: &str, is_head: bool) -> Response<Body> {
        match self.not_found_pages() {
            Ok(made) => respond::absent_where_opened(&made.page, is_head),
            Err(error) => self.respond_fault(path, &error, is_head),
        }
    }

    fn not_found_pages(&self) -> Result<NotFoundPages, RenderError> {
        // Taken before anything is read: what comes later moves it.
        let position = self.store.position();
        if let Some(mut made) = self.not_found_cache.pages() {
            let since = made.position.seq;
            // Whatever else the settings say touches everything.
            if since == position.seq || self.store.are_untouched(&SHOWN, since, position.seq) {
                made.position = position;
                self.not_found_cache.keep(made.clone());
                return Ok(made);
            }
        }
        let publication = self.store.publication()?;
        let frame = Frame {
            publication: &publication,
            base: &self.base,
            openings: None,
        };
        let made = NotFoundPages {
            position,
            page: Arc::new(of_page(frame.absent(), position)),
            card: Arc::new(framed(frame, frame.absent_card(), position)),
        };
        self.not_found_cache.keep(made.clone());
        Ok(made)
    }
}

impl NotFoundCache {
    fn pages(&self) -> Option<NotFoundPages> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.clone()
    }

    /// Keeps pages that were made at a later position than those that are kept.
    fn keep(&self, made: NotFoundPages) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known
            .as_ref()
            .is_none_or(|known| known.position <= made.position)
        {
            *known = Some(made);
        }
    }
}
