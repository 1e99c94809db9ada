//! From a resource to its document, made from the store as it stands.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::feed::{Entries, Feed, Source};
use crate::item::{Id, Line, Moment};
use crate::page::{self, Frame, HumanPage};
use crate::publication::{NameKind, Selection};
use crate::resource::{BaseUrl, Format, Resource, Subject};
use crate::store::{
    AddressTarget, LeadingStories, Month, Position, PubStatus, Removal, State, Store, StoreError,
    StoredArticle, TouchKey, Window,
};

use super::Answer;
use super::card::{article_card, card_of_article, framed, removed_card, section_card};
use super::catalogue::listing;
use super::dependencies::DependsOn;
use super::rendered::{CSS, HTML, RenderError, Rendered, in_place_of};
use super::subject::{Resolved, moved_by, resolve};
use super::text_cache::TextCache;
use crate::http::response::{CachePolicy, Representation};

const TEXT: &str = "text/plain; charset=utf-8";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Renders `resource` from the store: what a request for it gets, uncoded.
///
/// # Errors
/// Where the store fails.
pub fn rendered(
    store: &Store,
    base: &BaseUrl,
    resource: &Resource,
) -> Result<Rendered, RenderError> {
    rendered_with(store, base, None, resource)
}

/// Renders `resource` from the store; takes text from `cache` that other documents have, and keeps there what is made.
///
/// # Errors
/// Where the store fails.
pub fn rendered_with(
    store: &Store,
    base: &BaseUrl,
    cache: Option<&TextCache>,
    resource: &Resource,
) -> Result<Rendered, RenderError> {
    let publication = store.publication()?;
    let frame = Frame {
        publication: &publication,
        base,
        openings: cache.map(|cache| &cache.openings),
    };
    let mut entry_cache = cache.map_or_else(Entries::none, |cache| {
        Entries::of(&cache.entries, &publication)
    });
    match resource {
        Resource::PageScript => Ok(fixed(page::SCRIPT, SCRIPT, CachePolicy::Style)),
        Resource::CardStyle => Ok(fixed(page::CARD_STYLE, CSS, CachePolicy::Script)),
        Resource::CardScript => Ok(fixed(page::CARD_SCRIPT, SCRIPT, CachePolicy::Script)),
        Resource::EmbedScript => Ok(fixed(page::EMBED_SCRIPT, SCRIPT, CachePolicy::Script)),
        Resource::Subscribe => subscribe(store, frame),
        Resource::Sections => sections(store, frame),
        Resource::Names(kind, number) => names(store, frame, *kind, *number),
        Resource::Day(date) => day(store, frame, *date),
        Resource::DaysOfMonth(month) => days_of(store, frame, *month),
        Resource::Days => days(store, frame),
        Resource::ArticleCard(id) => article_card(store, frame, *id),
        Resource::CaptionCard(id) => caption_of(store, frame, *id, CaptionForm::Card),
        Resource::SectionCard(slug) => section_card(store, frame, slug),
        Resource::CardOfArticle(slug) => card_of_article(store, frame, slug),
        Resource::CaptionPage(id) => caption_of(store, frame, *id, CaptionForm::Page),
        Resource::Onward(slug) => onward(store, frame, slug),
        Resource::Newest => newest(store, frame),
        Resource::Item(id) => item(store, frame, *id),
        Resource::Feed(subject, format) => of_subject(
            store,
            frame,
            subject,
            DocumentForm::Feed(*format),
            &mut entry_cache,
        ),
        Resource::Archive(subject, segment, format) => of_subject(
            store,
            frame,
            subject,
            DocumentForm::Segment(*segment, *format),
            &mut entry_cache,
        ),
        Resource::Page(subject) => {
            of_subject(store, frame, subject, DocumentForm::Page, &mut entry_cache)
        }
        Resource::ArchivePage(subject, segment) => of_subject(
            store,
            frame,
            subject,
            DocumentForm::SegmentPage(*segment),
            &mut entry_cache,
        ),
        Resource::MonthPage(subject, month, number) => of_subject(
            store,
            frame,
            subject,
            DocumentForm::MonthPage(*month, *number),
            &mut entry_cache,
        ),
        Resource::FeedStyle
        | Resource::PageStyle
        | Resource::Manifest
        | Resource::Favicon
        | Resource::Preview
        | Resource::Opml
        | Resource::Sitemap
        | Resource::SitemapPages
        | Resource::SitemapPart(..)
        | Resource::SitemapNews
        | Resource::Robots => {
            let found = listing(store, &publication, base, resource)?;
            Ok(found.unwrap_or_else(Rendered::nowhere))
        }
        // Files are answered with as they lie on the disk.
        Resource::Media { .. } => Ok(Rendered::nowhere()),
    }
}

/// The kind of document that is made of a subject.
#[derive(Clone, Copy)]
enum DocumentForm {
    Feed(Format),
    Segment(u32, Format),
    Page,
    SegmentPage(u32),
    MonthPage(Month, u32),
}

impl DocumentForm {
    fn format(self) -> Option<Format> {
        match self {
            Self::Feed(format) | Self::Segment(_, format) => Some(format),
            Self::Page | Self::SegmentPage(_) | Self::MonthPage(..) => None,
        }
    }

    fn of(self, subject: Subject) -> Resource {
        match self {
            Self::Feed(format) => Resource::Feed(subject, format),
            Self::Segment(segment, format) => Resource::Archive(subject, segment, format),
            Self::Page => Resource::Page(subject),
            Self::SegmentPage(segment) => Resource::ArchivePage(subject, segment),
            Self::MonthPage(month, number) => Resource::MonthPage(subject, month, number),
        }
    }
}

fn of_subject(
    store: &Store,
    frame: Frame<'_>,
    subject: &Subject,
    form: DocumentForm,
    entry_cache: &mut Entries<'_>,
) -> Result<Rendered, RenderError> {
    let offered = subject.formats(frame.publication);
    if form
        .format()
        .is_some_and(|format| !offered.contains(&format))
    {
        return Ok(Rendered::nowhere());
    }
    let (selection, name) = match resolve(store, frame.publication, subject)? {
        Resolved::To(selection, name) => (selection, name),
        Resolved::Moved(now) => {
            let address = frame.base.url(&form.of(now));
            return Ok(Rendered::moved(address, moved_by(subject)));
        }
        Resolved::Retired(successor) => {
            let touched = store.touch(&TouchKey::SectionsAndFeeds)?;
            let successor = successor.as_deref();
            let answer = match form {
                DocumentForm::Page | DocumentForm::SegmentPage(_) | DocumentForm::MonthPage(..) => {
                    Answer::Gone(Arc::new(of_page(frame.ended(successor), touched)))
                }
                DocumentForm::Feed(_) | DocumentForm::Segment(..) => retired(successor, touched),
            };
            return Ok(Rendered {
                answer,
                depends_on: DependsOn::sections_and_feeds(),
                touched,
            });
        }
        Resolved::Stubs(selection) if form.format().is_some() => (selection, None),
        Resolved::Stubs(_) | Resolved::Nowhere => return Ok(Rendered::nowhere()),
    };
    match form {
        DocumentForm::Page => page(store, frame, subject, &selection, name.as_ref()),
        DocumentForm::SegmentPage(segment) => {
            segment_page(store, frame, subject, &selection.segment(segment), segment)
        }
        DocumentForm::MonthPage(month, number) => {
            let named_subject = (subject, name.as_ref());
            month_page(store, frame, named_subject, &selection, (month, number))
        }
        DocumentForm::Feed(format) => {
            let window = window_for_feed(store, &selection, entry_cache)?;
            let feed = feed(frame, subject, &selection, name, &window, entry_cache);
            let sunset = frame.publication.sunset(&selection);
            Ok(of_feed(
                &feed,
                (format, CachePolicy::Live, sunset),
                &selection,
                &window,
            ))
        }
        DocumentForm::Segment(segment, format) => {
            let selection = Selection::Archive(Box::new(selection), segment);
            let window = window_for_feed(store, &selection, entry_cache)?;
            if segment > window.segments {
                return Ok(Rendered::nowhere());
            }
            let feed = feed(frame, subject, &selection, name, &window, entry_cache);
            let sunset = frame.publication.sunset(&selection);
            Ok(of_feed(
                &feed,
                (format, CachePolicy::Archive, sunset),
                &selection,
                &window,
            ))
        }
    }
}

/// The 410 for a retired feed, in plain text: programs read it, and the people who maintain them.
fn retired(successor: Option<&str>, touched: Position) -> Answer {
    let text = match successor {
        Some(address) => format!("This feed has ended. Read this one instead: {address}\n"),
        None => "This feed has ended.\n".to_owned(),
    };
    Answer::Gone(Arc::new(live(text.into_bytes(), TEXT, touched)))
}

fn feed(
    frame: Frame<'_>,
    subject: &Subject,
    selection: &Selection,
    name: Option<Line>,
    window: &Window,
    entry_cache: &mut Entries<'_>,
) -> Feed {
    let whole = window.articles.first().filter(|_| selection.is_complete());
    let name = name.or_else(|| whole.and_then(usable_headline));
    let source = Source {
        publication: frame.publication,
        base: frame.base,
    };
    Feed::at(
        source,
        subject.clone(),
        selection,
        name.as_ref(),
        window,
        entry_cache,
    )
}

/// The window of a selection without the articles whose entries are kept. An article's own feed has entries of its own.
fn window_for_feed(
    store: &Store,
    selection: &Selection,
    entry_cache: &mut Entries<'_>,
) -> Result<Window, StoreError> {
    match selection.is_complete() {
        true => store.window(selection),
        false => store.window_beside(selection, &mut |item| entry_cache.has(item)),
    }
}

fn of_feed(
    feed: &Feed,
    (format, policy, sunset): (Format, CachePolicy, Option<Moment>),
    selection: &Selection,
    window: &Window,
) -> Rendered {
    let changed_at = Some(window.touched.time);
    let body = feed.render(format);
    let made = Representation::new(body, format.content_type(), policy, changed_at);
    let made = made.with_sunset(sunset);
    Rendered {
        answer: Answer::Found(Arc::new(made)),
        depends_on: DependsOn::selection(selection),
        touched: window.touched,
    }
}

fn page(
    store: &Store,
    frame: Frame<'_>,
    subject: &Subject,
    selection: &Selection,
    name: Option<&Line>,
) -> Result<Rendered, RenderError> {
    // Feeds begin with what changed last; people look for what was published last.
    let mut leads = LeadingStories::default();
    let (mut window, depends_on) = match (subject, selection.is_complete()) {
        (Subject::Publication, _) => {
            let (list, leading) = store.list_led(selection, frame.publication.leading())?;
            leads = leading;
            (list, DependsOn::front(selection, leads.keys))
        }
        (_, true) => (store.window(selection)?, DependsOn::page(selection)),
        (_, false) => (store.list(selection)?, DependsOn::list(selection)),
    };
    // The touch of the first selection was read with the window.
    for key in depends_on.keys().iter().skip(1) {
        window.touched = window.touched.max(store.touch(key)?);
    }
    Ok(Rendered {
        answer: page_of(frame, subject, name, &window, &leads.ids),
        depends_on,
        touched: window.touched,
    })
}

/// The stories of a closed segment, for people.
fn segment_page(
    store: &Store,
    frame: Frame<'_>,
    subject: &Subject,
    selection: &Selection,
    segment: u32,
) -> Result<Rendered, RenderError> {
    let window = store.window(selection)?;
    if segment > window.segments {
        return Ok(Rendered::nowhere());
    }
    let touched = window
        .touched
        .max(store.touch(&TouchKey::SectionsAndFeeds)?);
    let page = frame.archive(subject, segment, &window);
    Ok(found(page, DependsOn::page(selection), touched))
}

/// A part of the page of a month of a selection.
fn month_page(
    store: &Store,
    frame: Frame<'_>,
    (subject, name): (&Subject, Option<&Line>),
    selection: &Selection,
    part: (Month, u32),
) -> Result<Rendered, RenderError> {
    let zone = frame.publication.timezone;
    let Some(found_part) = store.month_page(selection, part, zone)? else {
        return Ok(Rendered::nowhere());
    };
    let touched = found_part
        .window
        .touched
        .max(store.touch(&TouchKey::SectionsAndFeeds)?);
    let page = frame.month_of((subject, name), part, &found_part);
    let key = TouchKey::MonthOf(selection.clone(), part.0);
    Ok(found(page, DependsOn::Page(key), touched))
}

/// The representation of a page.
pub(crate) fn of_page(made: HumanPage, touched: Position) -> Representation {
    live(made.html, HTML, touched).pointing_to(&made.links)
}

/// A page that was found, and what it depends on.
fn found(page: HumanPage, depends_on: DependsOn, touched: Position) -> Rendered {
    Rendered {
        answer: Answer::Found(Arc::new(of_page(page, touched))),
        depends_on,
        touched,
    }
}

fn live(body: Vec<u8>, content_type: &'static str, touched: Position) -> Representation {
    Representation::new(body, content_type, CachePolicy::Live, Some(touched.time))
}

/// The page of a subject; that of an article which was withdrawn is a notice.
fn page_of(
    frame: Frame<'_>,
    subject: &Subject,
    name: Option<&Line>,
    window: &Window,
    leads: &[Id],
) -> Answer {
    let article = match subject {
        Subject::Article(_) => window.articles.first(),
        _ => None,
    };
    let Some(article) = article else {
        let page = frame.listing(subject, name, window, leads);
        return Answer::Found(Arc::new(of_page(page, window.touched)));
    };
    if let Some(how) = article.state.status.removal() {
        return removed(frame, article, &article.state, how, window.touched);
    }
    Answer::Found(Arc::new(of_page(frame.article(article), window.touched)))
}

/// The answer at the address of the page of an item that was taken away.
fn removed(
    frame: Frame<'_>,
    article: &StoredArticle,
    state: &State,
    how: Removal,
    touched: Position,
) -> Answer {
    in_place_of(how, || {
        let page = match how {
            Removal::Retracted => frame.retraction(article, state),
            _ => frame.notice(article, state),
        };
        of_page(page, touched)
    })
}

/// The headline of an article, if it is not withdrawn; a withdrawn story's headline is not shown either.
fn usable_headline(article: &StoredArticle) -> Option<Line> {
    let usable = article.state.status == PubStatus::Usable;
    usable.then(|| article.article.headline.clone())
}

/// An article by its id. Where its page may be told it leads there; else it answers as the page does.
fn item(store: &Store, frame: Frame<'_>, id: Id) -> Result<Rendered, RenderError> {
    let key = TouchKey::from(Selection::Article(id));
    let Some(article) = store.article(id)? else {
        return Ok(Rendered::nowhere());
    };
    Ok(match article.state.status.removal() {
        Some(how) if !how.keeps_address() => {
            let depends_on = DependsOn::Page(key);
            let touched = depends_on.touch(store)?;
            Rendered {
                answer: removed(frame, &article, &article.state, how, touched),
                depends_on,
                touched,
            }
        }
        _ => {
            let page = Resource::Page(Subject::Article(article.slug));
            Rendered::moved(frame.base.url(&page), key)
        }
    })
}

/// The fragment with the stories that follow an article. For an article that was taken away it is what the article's page
/// is.
fn onward(store: &Store, frame: Frame<'_>, slug: &str) -> Result<Rendered, RenderError> {
    let id = match store.find_article(slug)? {
        AddressTarget::Here(id) => id,
        AddressTarget::Moved(now) => {
            let address = frame.base.url(&Resource::Onward(now));
            return Ok(Rendered::moved(address, TouchKey::Former(slug.to_owned())));
        }
        AddressTarget::Nowhere => return Ok(Rendered::nowhere()),
    };
    let Some(found) = store.onward(id)? else {
        return Ok(Rendered::nowhere());
    };
    let touched = found.touched.max(store.touch(&TouchKey::SectionsAndFeeds)?);
    let article = &found.article;
    let answer = match article.state.status.removal() {
        Some(how) => removed(frame, article, &article.state, how, touched),
        None => Answer::Found(Arc::new(of_page(frame.onward(&found), touched))),
    };
    Ok(Rendered {
        answer,
        depends_on: DependsOn::PageOfMany(found.keys),
        touched,
    })
}

fn newest(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let newest = store.newest_stories()?;
    let touched = newest
        .touched
        .max(store.touch(&TouchKey::SectionsAndFeeds)?);
    Ok(found(
        frame.newest(&newest.stories),
        DependsOn::PageOfMany(newest.keys),
        touched,
    ))
}

/// The kind of document that is made of a caption.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CaptionForm {
    Page,
    Card,
}

fn caption_of(
    store: &Store,
    frame: Frame<'_>,
    id: Id,
    made: CaptionForm,
) -> Result<Rendered, RenderError> {
    let Some(owner) = store.owner_of_caption(id)? else {
        return Ok(Rendered::nowhere());
    };
    let shown = Selection::Article(owner);
    let depends_on = match made {
        CaptionForm::Card => DependsOn::card(&shown),
        CaptionForm::Page => DependsOn::page(&shown),
    };
    let touched = depends_on.touch(store)?;
    let Some(article) = store.article(owner)? else {
        return Ok(Rendered::nowhere());
    };
    let Some(caption) = article
        .captions
        .iter()
        .find(|caption| caption.state.id == id)
    else {
        return Ok(Rendered::nowhere());
    };
    let answer = match (caption.state.status, made) {
        (PubStatus::Removed { how, .. }, CaptionForm::Page) => {
            removed(frame, &article, &caption.state, how, touched)
        }
        (PubStatus::Removed { how, .. }, CaptionForm::Card) => {
            removed_card(frame, &article, &caption.state, how, touched)
        }
        (PubStatus::Usable, CaptionForm::Card) => {
            let card = frame.caption_card(&article, caption);
            Answer::Found(Arc::new(framed(frame, card, touched)))
        }
        (PubStatus::Usable, CaptionForm::Page) => {
            let page = frame.caption(&article, caption);
            Answer::Found(Arc::new(of_page(page, touched)))
        }
    };
    Ok(Rendered {
        answer,
        depends_on,
        touched,
    })
}

fn subscribe(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let touched = store.touch(&TouchKey::SectionsAndFeeds)?;
    Ok(found(
        frame.subscribe(),
        DependsOn::sections_and_feeds(),
        touched,
    ))
}

fn sections(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let touched = store.touch(&TouchKey::SectionsAndFeeds)?;
    Ok(found(
        frame.sections(),
        DependsOn::sections_and_feeds(),
        touched,
    ))
}

/// A page of the list of tags or of authors. The first is there also where there are none.
fn names(
    store: &Store,
    frame: Frame<'_>,
    kind: NameKind,
    number: u32,
) -> Result<Rendered, RenderError> {
    let page = store.names(kind, number)?;
    if number > 1 && page.names.is_empty() {
        return Ok(Rendered::nowhere());
    }
    let touched = page.touched.max(store.touch(&TouchKey::SectionsAndFeeds)?);
    let made = frame.names(kind, number, &page);
    Ok(found(made, DependsOn::Page(TouchKey::Names(kind)), touched))
}

fn days(store: &Store, frame: Frame<'_>) -> Result<Rendered, RenderError> {
    let (touched, months) = store.months(frame.publication.timezone)?;
    let touched = touched.max(store.touch(&TouchKey::SectionsAndFeeds)?);
    Ok(found(
        frame.days(&months),
        DependsOn::Page(TouchKey::Days),
        touched,
    ))
}

fn days_of(store: &Store, frame: Frame<'_>, month: Month) -> Result<Rendered, RenderError> {
    let Some(days) = store.days_of(month, frame.publication.timezone)? else {
        return Ok(Rendered::nowhere());
    };
    let touched = days.touched.max(store.touch(&TouchKey::SectionsAndFeeds)?);
    Ok(found(
        frame.month(month, &days),
        DependsOn::Page(TouchKey::DaysOfMonth(month)),
        touched,
    ))
}

fn day(store: &Store, frame: Frame<'_>, date: NaiveDate) -> Result<Rendered, RenderError> {
    let Some(day) = store.day(date, frame.publication.timezone)? else {
        return Ok(Rendered::nowhere());
    };
    let touched = day.touched.max(store.touch(&TouchKey::SectionsAndFeeds)?);
    Ok(found(
        frame.day(date, &day),
        DependsOn::Page(TouchKey::Day(date)),
        touched,
    ))
}

/// A document that is part of the program, and changes with its version only.
fn fixed(text: &'static str, content_type: &'static str, policy: CachePolicy) -> Rendered {
    let made = Representation::new(text.as_bytes().to_vec(), content_type, policy, None);
    Rendered {
        answer: Answer::Found(Arc::new(made)),
        depends_on: DependsOn::Nothing,
        touched: Position::default(),
    }
}

#[cfg(test)]
mod tests;
