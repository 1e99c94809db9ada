//! What is said where nothing is: a page to people, a card on other sites' pages, a line of text to programs. It is the same
//! for what never was and for what is not public yet, and says nothing of what was asked for.

use std::sync::{Arc, Mutex, PoisonError};

use http::Response;

use crate::page::Frame;
use crate::store::Position;

use super::answer::RenderError;
use super::card::framed;
use super::document::of_page;
use super::respond;
use super::{Body, Representation, Site};

/// The page and the card, as they are at a position.
#[derive(Clone)]
struct Made {
    position: Position,
    page: Arc<Representation>,
    card: Arc<Representation>,
}

/// What was made last.
#[derive(Default)]
pub(super) struct Absent(Mutex<Option<Made>>);

impl Site {
    /// Answers for a path at which nothing is.
    pub(super) fn nowhere(&self, path: &str, is_head: bool) -> Response<Body> {
        // What has an extension is no page.
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.contains('.') {
            return respond::not_found(&self.absent_marks, is_head);
        }
        match self.absent_at_present() {
            Ok(made) => {
                let is_card = path.starts_with("/embed/");
                let shown = if is_card { &made.card } else { &made.page };
                respond::absent(shown, &self.absent_marks, is_head)
            }
            Err(error) => {
                (self.fault)(path, &error);
                respond::fault(is_head)
            }
        }
    }

    fn absent_at_present(&self) -> Result<Made, RenderError> {
        let position = self.store.position();
        let mut known = self.absent.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = known.as_ref().filter(|made| made.position == position) {
            return Ok(made.clone());
        }
        let publication = self.store.publication()?;
        let frame = Frame {
            publication: &publication,
            base: &self.base,
        };
        let made = Made {
            position,
            page: Arc::new(of_page(frame.absent(), position)),
            card: Arc::new(framed(frame, frame.absent_card(), position)),
        };
        Ok(known.insert(made).clone())
    }
}
