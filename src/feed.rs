//! A selection, cut to its window, rendered as RSS, Atom or JSON Feed.
//!
//! [`Feed::at`](crate::feed::Feed::at) takes what the store says at a position and nothing else: no clock, no request. The
//! formats map the one value and never meet.

mod atom;
mod entry;
mod entry_cache;
mod extension;
mod json;
mod ninjs;
mod opml;
mod reader_id;
mod rss;
mod sitemap;
mod style;
mod text_element;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::content::{notice_page, photograph_of, title};
use crate::item::{Id, Line};
use crate::publication::{Logo, Publication, Selection};
use crate::resource::{BaseUrl, Format, Resource, Subject};
use crate::store::{PubStatus, Removal, StoredArticle, Window, WindowItem};

pub use entry::{Category, Entry, Source};
pub use entry_cache::{Entries, EntryCache};
pub use ninjs::{NINJS_TYPE, ninjs, ninjs_for_writers, ninjs_list};
pub use opml::{OPML_TYPE, opml};
pub use reader_id::ReaderId;
pub use sitemap::{SITEMAP_TYPE, robots, sitemap_index, sitemap_news, sitemap_pages, sitemap_part};
pub use style::style;

/// The generation of rendering: raised with every change that alters bytes, so that one log entry says so and every
/// validator moves. A golden test fails when bytes change and this does not.
pub const RENDERING: u32 = 25;

/// The beginning of XML documents: the encoding, and a style sheet for browsers, which neither of the crates for feeds can
/// write.
const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
     <?xml-stylesheet type=\"text/css\" href=\"/feed.css\"?>\n";

/// The XML namespace of Courant's own elements.
pub const NAMESPACE: &str = "urn:courant:ns";

/// A feed before it is written in a format.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    pub subject: Subject,
    pub base: BaseUrl,
    pub id: Id,
    pub title: String,
    pub subtitle: Option<String>,
    pub language: Line,
    /// The name of the publication, which is the author of entries that name none.
    pub publisher: Line,
    pub updated: DateTime<Utc>,
    pub rights: Option<Line>,
    pub logo: Option<FeedLogo>,
    /// Whether the feed is complete (RFC 5005 §2): what is not in it is gone.
    pub complete: bool,
    pub history: History,
    /// Whether the feed has ended and nothing will follow.
    pub expired: bool,
    /// The page of the feed's subject; for an article that was taken away an address that does not show its headline.
    pub page: Resource,
    pub entries: Vec<Arc<Entry>>,
    pub tombstones: Vec<Tombstone>,
}

/// The publication's logo with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLogo {
    pub url: String,
    pub size: Option<(u32, u32)>,
}

/// The place of a document in the archive of its feed, whose segments have numbers (RFC 5005 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The number of this document, where it is a segment.
    pub segment: Option<u32>,
    /// The number of the next older segment.
    pub previous: Option<u32>,
    /// The number of the next newer segment, once that is closed.
    pub next: Option<u32>,
}

impl History {
    fn of(selection: &Selection, segments: u32) -> Self {
        match selection {
            Selection::Archive(_, segment) => Self {
                segment: Some(*segment),
                previous: segment.checked_sub(1).filter(|previous| *previous > 0),
                next: (*segment < segments).then(|| segment + 1),
            },
            _ => Self {
                segment: None,
                previous: (segments > 0).then_some(segments),
                next: None,
            },
        }
    }
}

/// An entry that is gone (RFC 6721).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    pub iri: String,
    pub when: DateTime<Utc>,
}

impl Feed {
    /// The feed of `subject` as `window` gives it. `name` is what a tag, person or article is called; `entry_cache` has the
    /// entries of items that the window has without their articles.
    pub fn at(
        source: Source<'_>,
        subject: Subject,
        selection: &Selection,
        name: Option<&Line>,
        window: &Window,
        entry_cache: &mut Entries<'_>,
    ) -> Self {
        let Source { publication, base } = source;
        let (entries, tombstones) = entries(source, selection, window, entry_cache);
        Self {
            id: feed_id(publication, selection),
            title: match taken_away(selection, window) {
                Some(article) => source.title_of_removed(article),
                None => title(publication, &subject, name),
            },
            page: page(&subject, selection, name, window),
            subtitle: subtitle(publication, &subject),
            language: language(publication, selection, window),
            publisher: publication.title.clone(),
            updated: window.touched.time,
            rights: publication.rights.clone(),
            logo: publication.logo.as_ref().map(|logo| logo_of(logo, base)),
            complete: selection.is_complete(),
            history: History::of(selection, window.segments),
            expired: publication
                .sunset(selection)
                .is_some_and(|end| end <= window.touched.time),
            subject,
            base: base.clone(),
            entries,
            tombstones,
        }
    }

    /// The document in one of the formats.
    pub fn render(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Rss => rss::render(self),
            Format::Atom => atom::render(self),
            Format::Json => json::render(self),
        }
    }

    /// The absolute URL of this document in `format`.
    pub fn self_url(&self, format: Format) -> String {
        match self.history.segment {
            Some(segment) => self.segment_url(segment, format),
            None => self.current_url(format),
        }
    }

    /// The URL of the feed that readers subscribe to, of which this document may be an archive segment.
    fn current_url(&self, format: Format) -> String {
        self.base.url(&Resource::Feed(self.subject.clone(), format))
    }

    fn segment_url(&self, segment: u32, format: Format) -> String {
        let subject = self.subject.clone();
        self.base.url(&Resource::Archive(subject, segment, format))
    }

    /// The links among the documents of an archive, as relation and address (RFC 5005 §4).
    fn history_links(&self, format: Format) -> Vec<(&'static str, String)> {
        let history = self.history;
        let segment = |number| self.segment_url(number, format);
        let current = history
            .segment
            .map(|_| ("current", self.current_url(format)));
        let previous = history.previous.map(|it| ("prev-archive", segment(it)));
        let next = history.next.map(|it| ("next-archive", segment(it)));
        [current, previous, next].into_iter().flatten().collect()
    }

    /// The URL of the page of the feed's subject.
    pub fn page_url(&self) -> String {
        self.base.url(&self.page)
    }
}

/// The entries of a feed and the tombstones beside them.
fn entries(
    source: Source<'_>,
    selection: &Selection,
    window: &Window,
    entry_cache: &mut Entries<'_>,
) -> (Vec<Arc<Entry>>, Vec<Tombstone>) {
    let mut entries = Vec::new();
    let mut tombstones = Vec::new();
    let mut shown = window.items_with_articles().peekable();
    for item in &window.items {
        let is_next = |(next, ..): &(WindowItem, _, _)| next.id == item.id;
        let next = shown.next_if(is_next);
        if let Some(entry) = entry_cache.take(item.id) {
            entries.push(entry);
            continue;
        }
        let Some((_, article, caption)) = next else {
            continue;
        };
        let state = caption.map_or(&article.state, |caption| &caption.state);
        if let PubStatus::Removed { .. } = state.status {
            let stubs = match caption {
                // If the feed had the article in parts, readers have the parts.
                None if selection.is_complete() => source.part_stubs(article),
                _ => vec![source.stub(article, caption)],
            };
            tombstones.extend(stubs.iter().map(|stub| Tombstone {
                iri: stub.id.iri.clone(),
                when: stub.updated,
            }));
            entries.extend(stubs.into_iter().map(Arc::new));
            continue;
        }
        if caption.is_none() && selection.is_complete() {
            entries.extend(source.parts(article).into_iter().map(Arc::new));
            continue;
        }
        let entry = Arc::new(match caption {
            Some(caption) => source.caption(article, caption),
            None if article.oversized => source.abridged(article),
            None => source.article(article),
        });
        entry_cache.keep(*item, &entry);
        entries.push(entry);
    }
    (entries, tombstones)
}

/// The article that was taken away, of its own feed.
fn taken_away<'w>(selection: &Selection, window: &'w Window) -> Option<&'w StoredArticle> {
    let article = window.articles.first().filter(|_| selection.is_complete());
    article.filter(|article| article.state.status.removal().is_some())
}

/// The page that a feed is the feed of.
fn page(
    subject: &Subject,
    selection: &Selection,
    name: Option<&Line>,
    window: &Window,
) -> Resource {
    let article = window.articles.first();
    match (subject, selection) {
        (Subject::Article(_), Selection::Article(id)) => {
            // Without its stub nothing says what it was.
            article.map_or(Resource::Item(*id), notice_page)
        }
        // Nothing public has it, so it has no page.
        (Subject::Tag(_) | Subject::Author(_), _) if name.is_none() => {
            Resource::Page(Subject::Publication)
        }
        _ => Resource::Page(subject.clone()),
    }
}

/// The feed's id, the same in every format; it follows from what the feed is about, for good.
fn feed_id(publication: &Publication, selection: &Selection) -> Id {
    match selection {
        Selection::All => publication.id(),
        Selection::Section(slug) => {
            let first = publication
                .section(slug)
                .map_or(slug.as_str(), |known| known.first_slug());
            publication.id().derive(&format!("feed/section/{first}"))
        }
        Selection::Archive(of, _) => feed_id(publication, of),
        other => publication.id().derive(&format!("feed/{other}")),
    }
}

/// The language of a feed: for an article's own feed that of the article, if it is public, else the publication's.
fn language(publication: &Publication, selection: &Selection, window: &Window) -> Line {
    let whole = window.articles.first().filter(|_| selection.is_complete());
    let keeps_address = |article: &&StoredArticle| {
        let how = article.state.status.removal();
        how.is_none_or(Removal::keeps_address)
    };
    let language = whole
        .filter(keeps_address)
        .and_then(|article| article.article.language.clone());
    language.unwrap_or_else(|| publication.language.clone())
}

fn subtitle(publication: &Publication, subject: &Subject) -> Option<String> {
    match subject {
        Subject::Publication => publication.description.as_ref().map(ToString::to_string),
        _ => None,
    }
}

fn logo_of(logo: &Logo, base: &BaseUrl) -> FeedLogo {
    match logo {
        Logo::Address(address) => FeedLogo {
            url: address.to_string(),
            size: None,
        },
        Logo::Photograph { photograph, .. } => FeedLogo {
            url: photograph_of(photograph, base),
            size: Some((photograph.width, photograph.height)),
        },
    }
}
