//! From a resource to its newest representation: kept, or rendered anew where the log has touched it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::feed::{Feed, Words};
use crate::item::Line;
use crate::page::{self, Frame};
use crate::publication::{Publication, Selection};
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{Found, Position, PubStatus, Store, StoreError, Window};

use super::catalogue::listing;
use super::front::Marks;
use super::{Answer, CachePolicy, Coding, Kept, Representation, Site};

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the bytes could not be coded: {0}")]
    Coding(std::io::Error),
    #[error("the work was broken off: {0}")]
    Broken(String),
}

/// The key under which the lists of sections and of named feeds are touched.
pub(super) const SECTIONS: &str = "sections";

/// The key of the whole publication's feed.
const ALL: &str = "all";

/// The key of the front page, which shows the newest items and the list of sections.
const FRONT: &str = "front";

pub(super) const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Site {
    /// The newest answer for `resource` in `coding`.
    pub(super) async fn newest(
        self: &Arc<Self>,
        resource: Resource,
        coding: Coding,
    ) -> Result<Answer, RenderError> {
        let key = (resource, coding);
        if let Some(answer) = self.kept(&key) {
            return Ok(answer);
        }
        // The semaphore is never closed.
        let _permit = self.rendering.acquire().await;
        if let Some(answer) = self.kept(&key) {
            return Ok(answer);
        }
        let site = Arc::clone(self);
        let work =
            tokio::task::spawn_blocking(move || site.make(&key).map(|kept| kept.answer.clone()));
        work.await
            .map_err(|error| RenderError::Broken(error.to_string()))?
    }

    /// The answer kept in memory, if nothing was appended since it was found to be the newest.
    fn kept(&self, key: &(Resource, Coding)) -> Option<Answer> {
        let kept = self.cache.get(key)?;
        let position = self.store.position().seq;
        let current =
            kept.selection.is_empty() || kept.newest_at.load(Ordering::Acquire) >= position;
        current.then(|| kept.answer.clone())
    }

    fn make(&self, key: &(Resource, Coding)) -> Result<Arc<Kept>, RenderError> {
        // Taken before anything is read: what comes later is looked for at the next request.
        let position = self.store.position().seq;
        if let Some(kept) = self.cache.get(key) {
            let touched = touch_of(&self.store, &kept.selection)?;
            if touched.seq == kept.touched {
                kept.newest_at.fetch_max(position, Ordering::AcqRel);
                return Ok(kept);
            }
        }
        let made = match key.1 {
            Coding::Identity => self.make_plain(&key.0, position)?,
            coding => self.make_coded(&key.0, coding)?,
        };
        let made = Arc::new(made);
        // What is nowhere costs no more to look for than to keep, and its names are without end.
        if !matches!(made.answer, Answer::Nowhere | Answer::Moved { .. }) {
            self.cache.insert(key.clone(), Arc::clone(&made));
        }
        Ok(made)
    }

    fn make_plain(&self, resource: &Resource, position: u64) -> Result<Kept, RenderError> {
        self.counters.renders.fetch_add(1, Ordering::Relaxed);
        let mut made = rendered(&self.store, &self.base, resource)?;
        self.mark(&mut made.answer, &made.selection);
        Ok(Kept {
            answer: made.answer,
            selection: made.selection,
            // Settings and items are read one after the other. An entry between the two has a later sequence than
            // what is noted here, so the next look finds the selection touched and renders again.
            touched: made.touched.seq.min(position),
            newest_at: AtomicU64::new(position),
        })
    }

    /// Writes into an answer what caches in front need to know of it.
    fn mark(&self, answer: &mut Answer, selection: &str) {
        let selections = depends_on(&selection);
        match answer {
            Answer::Found(made) => {
                Arc::make_mut(made).head.front = self.front.marks(made.policy, selections);
            }
            Answer::Gone(notice) => {
                let marks = self.front.marks(CachePolicy::Lasting, selections);
                Arc::make_mut(notice).head.front = marks;
            }
            Answer::Moved { marks, .. } => {
                *marks = self.front.marks(CachePolicy::Lasting, selections);
            }
            Answer::Nowhere => {}
        }
    }

    fn make_coded(&self, resource: &Resource, coding: Coding) -> Result<Kept, RenderError> {
        let plain = self.make(&(resource.clone(), Coding::Identity))?;
        let answer = match &plain.answer {
            Answer::Found(found) => {
                Answer::Found(Arc::new(found.coded(coding).map_err(RenderError::Coding)?))
            }
            other => other.clone(),
        };
        Ok(Kept {
            answer,
            selection: plain.selection.clone(),
            touched: plain.touched,
            newest_at: AtomicU64::new(plain.newest_at.load(Ordering::Acquire)),
        })
    }
}

/// A document made from the store as it stands.
pub struct Rendered {
    pub(super) answer: Answer,
    selection: String,
    touched: Position,
}

impl Rendered {
    /// The bytes, where there is something.
    pub fn body(&self) -> Option<&[u8]> {
        match &self.answer {
            Answer::Found(found) => Some(&found.body),
            _ => None,
        }
    }
}

/// The keys whose touches alter what was made of `selection`.
fn depends_on<'s>(selection: &'s &'s str) -> &'s [&'s str] {
    match *selection {
        FRONT => &[ALL, SECTIONS],
        "" => &[],
        _ => std::slice::from_ref(selection),
    }
}

fn touch_of(store: &Store, selection: &str) -> Result<Position, StoreError> {
    let mut newest = Position::default();
    for key in depends_on(&selection) {
        newest = newest.max(store.touch(key)?);
    }
    Ok(newest)
}

/// What another address of a subject depends on.
fn moved_by(store: &Store, subject: &Subject) -> Result<String, StoreError> {
    if let Subject::Article(slug) = subject
        && let Found::Here(id) = store.find_article(slug)?
    {
        return Ok(Selection::Article(id).to_string());
    }
    Ok(SECTIONS.to_owned())
}

/// What a subject's slug leads to.
enum Resolved {
    To(Selection, Option<Line>),
    Moved(Subject),
    Nowhere,
}

fn resolve(
    store: &Store,
    publication: &Publication,
    subject: &Subject,
) -> Result<Resolved, StoreError> {
    let named = |kind: &str, slug: &str, selection: Selection| -> Result<Resolved, StoreError> {
        Ok(match store.name(kind, slug)? {
            Some(name) => Resolved::To(selection, Some(name)),
            None => Resolved::Nowhere,
        })
    };
    Ok(match subject {
        Subject::Publication => Resolved::To(Selection::All, None),
        Subject::Captions => Resolved::To(Selection::Captions, None),
        Subject::Section(slug) => match publication.section(slug) {
            Some(_) => Resolved::To(Selection::Section(slug.clone()), None),
            None => match publication.section_formerly(slug) {
                Some(now) => Resolved::Moved(Subject::Section(now.slug.clone())),
                None => Resolved::Nowhere,
            },
        },
        Subject::Named(name) => match publication.query(name) {
            Some(_) => Resolved::To(Selection::Named(name.clone()), None),
            None => Resolved::Nowhere,
        },
        Subject::Tag(slug) => named("tag", slug, Selection::Tag(slug.clone()))?,
        Subject::Author(slug) => named("author", slug, Selection::Author(slug.clone()))?,
        Subject::Article(slug) => match store.find_article(slug)? {
            Found::Here(id) => Resolved::To(Selection::Article(id), None),
            Found::Moved(slug) => Resolved::Moved(Subject::Article(slug)),
            Found::Nowhere => Resolved::Nowhere,
        },
    })
}

/// Renders `resource` from the store: what a request for it gets, uncoded.
///
/// # Errors
/// Where the store fails.
pub fn rendered(
    store: &Store,
    base: &BaseUrl,
    resource: &Resource,
) -> Result<Rendered, RenderError> {
    let publication = store.publication()?;
    let frame = Frame {
        publication: &publication,
        base,
    };
    let nowhere = || Rendered {
        answer: Answer::Nowhere,
        selection: String::new(),
        touched: Position::default(),
    };
    let (subject, segment, format) = match resource {
        Resource::PageStyle => return Ok(style()),
        Resource::CaptionPage(id) => return caption_page(store, frame, *id),
        Resource::Feed(subject, format) => (subject, None, Some(*format)),
        Resource::Archive(subject, segment, format) => (subject, Some(*segment), Some(*format)),
        Resource::Page(subject) => (subject, None, None),
        _ => {
            let found = listing(store, &publication, base, resource)?;
            return Ok(found.map_or_else(nowhere, |found| Rendered {
                answer: Answer::Found(Arc::new(found.representation)),
                selection: found.selection,
                touched: found.touched,
            }));
        }
    };
    if format.is_some_and(|format| !subject.formats(&publication).contains(&format)) {
        return Ok(nowhere());
    }
    let (selection, name) = match resolve(store, &publication, subject)? {
        Resolved::To(selection, name) => (selection, name),
        Resolved::Moved(subject) => {
            let selection = moved_by(store, &subject)?;
            let address = match (format, segment) {
                (Some(format), Some(segment)) => Resource::Archive(subject, segment, format),
                (Some(format), None) => Resource::Feed(subject, format),
                (None, _) => Resource::Page(subject),
            };
            return Ok(Rendered {
                answer: Answer::Moved {
                    address: base.url(&address),
                    marks: Marks::unmarked(CachePolicy::Lasting),
                },
                selection,
                ..nowhere()
            });
        }
        Resolved::Nowhere => return Ok(nowhere()),
    };
    let selection = match segment {
        Some(segment) => Selection::Archive(Box::new(selection), segment),
        None => selection,
    };
    let is_front = format.is_none() && selection == Selection::All;
    let key = if is_front {
        FRONT.to_owned()
    } else {
        selection.to_string()
    };
    let mut window = store.window(&selection)?;
    if is_front {
        window.touched = window.touched.max(store.touch(SECTIONS)?);
    }
    if segment.is_some_and(|segment| segment > window.segments) {
        return Ok(nowhere());
    }
    let touched = window.touched;
    let policy = match segment {
        Some(_) => CachePolicy::Archive,
        None => CachePolicy::Live,
    };
    let made = match format {
        Some(format) => {
            let whole = window.articles.first().filter(|_| selection.is_complete());
            let name = name.or_else(|| whole.and_then(usable_headline));
            let subject = subject.clone();
            let feed = Feed::at(
                &publication,
                base,
                subject,
                &selection,
                name.as_ref(),
                &window,
            );
            let body = feed.render(format);
            let changed_at = Some(touched.time);
            let content_type = format.content_type();
            let made = Representation::new(body, content_type, policy, changed_at);
            Answer::Found(Arc::new(made))
        }
        None => page_of(frame, subject, name.as_ref(), &window),
    };
    Ok(Rendered {
        answer: made,
        selection: key,
        touched,
    })
}

fn live(body: Vec<u8>, content_type: &'static str, touched: Position) -> Representation {
    Representation::new(body, content_type, CachePolicy::Live, Some(touched.time))
}

/// The page of a subject; that of an article which was withdrawn is a notice.
fn page_of(frame: Frame<'_>, subject: &Subject, name: Option<&Line>, window: &Window) -> Answer {
    let article = match subject {
        Subject::Article(_) => window.articles.first(),
        _ => None,
    };
    let Some(article) = article else {
        let page = live(frame.listing(subject, name, window), HTML, window.touched);
        return Answer::Found(Arc::new(
            page.pointing_to(&frame.discovery(subject, name, None)),
        ));
    };
    if article.state.status != PubStatus::Usable {
        return withdrawn(frame, window.touched);
    }
    let page = live(frame.article(article), HTML, window.touched);
    Answer::Found(Arc::new(page.pointing_to(&frame.discovery_of(article))))
}

fn withdrawn(frame: Frame<'_>, touched: Position) -> Answer {
    let words = Words::of(&frame.publication.language);
    Answer::Gone(Arc::new(live(
        frame.notice(words.withdrawn_text),
        HTML,
        touched,
    )))
}

/// A withdrawn story's headline is withdrawn with it.
fn usable_headline(article: &crate::store::StoredArticle) -> Option<Line> {
    let usable = article.state.status == PubStatus::Usable;
    usable.then(|| article.article.headline.clone())
}

fn caption_page(
    store: &Store,
    frame: Frame<'_>,
    id: crate::item::Id,
) -> Result<Rendered, RenderError> {
    let nowhere = Rendered {
        answer: Answer::Nowhere,
        selection: String::new(),
        touched: Position::default(),
    };
    let Some(owner) = store.owner_of_caption(id)? else {
        return Ok(nowhere);
    };
    let selection = Selection::Article(owner).to_string();
    let touched = store.touch(&selection)?;
    let Some(article) = store.article(owner)? else {
        return Ok(nowhere);
    };
    let Some(caption) = article
        .captions
        .iter()
        .find(|caption| caption.state.id == id)
    else {
        return Ok(nowhere);
    };
    let answer = match caption.state.status {
        PubStatus::Canceled { .. } => withdrawn(frame, touched),
        PubStatus::Usable => {
            let page = live(frame.caption(&article, caption), HTML, touched);
            let feeds = frame.discovery(&Subject::Captions, None, None);
            Answer::Found(Arc::new(page.pointing_to(&feeds)))
        }
    };
    Ok(Rendered {
        answer,
        selection,
        touched,
    })
}

fn style() -> Rendered {
    let style = Representation::new(
        page::STYLE.as_bytes().to_vec(),
        CSS,
        CachePolicy::Style,
        None,
    );
    Rendered {
        answer: Answer::Found(Arc::new(style)),
        selection: String::new(),
        touched: Position::default(),
    }
}
