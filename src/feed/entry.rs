//! What all formats say of an item.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, PreEscaped, html};

use crate::item::html::{self as body, Figure, RenderedPart, Shown, Url};
use crate::item::{
    Attachment, Caption, Id, Image, Line, MediaType, Photograph, Rendition, summary,
};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{Named, PubStatus, Removal, State, StoredArticle, StoredCaption};

use super::{NAMESPACE, ReaderId, Words, direction, gap};

/// An article, a part of one, a caption, or the stub of something withdrawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: ReaderId,
    pub title: String,
    pub url: String,
    /// Where it was first published, if that was elsewhere.
    pub canonical: Option<Line>,
    pub published: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    /// Whether anything significant came after publication.
    pub was_updated: bool,
    pub authors: Vec<Line>,
    pub contributors: Vec<Line>,
    pub categories: Vec<Category>,
    pub kicker: Option<Line>,
    pub summary: String,
    pub html: String,
    /// Where it differs from the feed's.
    pub language: Option<Line>,
    pub rights: Option<Line>,
    pub photographs: Vec<Photo>,
    /// Sound and film.
    pub attachments: Vec<Attachment>,
    /// Whether the photograph is the item, so that a reader should fetch it.
    pub encloses: bool,
    /// The article that a caption or part belongs to.
    pub part_of: Option<(ReaderId, String)>,
}

/// A section, tag or kicker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub term: String,
    pub scheme: String,
    pub label: String,
}

/// A photograph with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    pub url: String,
    /// The file at that address.
    pub file: Rendition,
    /// A smaller one with its address, where there is one.
    pub thumbnail: Option<(String, Rendition)>,
    pub title: String,
    pub caption: Line,
    pub credit: Option<Line>,
    pub role: String,
    pub source: Option<Line>,
    pub copyright: Option<Line>,
    pub usage_terms: Option<Line>,
}

/// What is said in place of an item that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    title: &'static str,
    pub text: String,
    /// A retraction says what it retracts; all else that is gone goes with its name.
    pub names_headline: bool,
}

impl Notice {
    /// Of an article, or of one of its captions, whose state it is. A photograph that was retracted with its article has
    /// the reason of that, where it has none of its own.
    pub fn of(stored: &StoredArticle, state: &State, words: &'static Words) -> Self {
        let gone = |text: &str| Self {
            title: words.withdrawn,
            text: text.to_owned(),
            names_headline: false,
        };
        match state.status {
            PubStatus::Removed { how, .. } => match how {
                Removal::Retracted => Self {
                    title: words.retracted,
                    text: Self::reason(stored, state, words),
                    names_headline: true,
                },
                Removal::Forbidden => gone(words.forbidden_text),
                Removal::Withdrawn | Removal::Withheld | Removal::Killed => {
                    gone(words.withdrawn_text)
                }
            },
            PubStatus::Usable => gone(words.withdrawn_text),
        }
    }

    fn reason(stored: &StoredArticle, state: &State, words: &'static Words) -> String {
        let is_whole = matches!(
            stored.state.status,
            PubStatus::Removed {
                how: Removal::Retracted,
                ..
            }
        );
        let of_article = stored.state.notice.as_ref().filter(|_| is_whole);
        let reason = state.notice.as_ref().or(of_article);
        reason.map_or(words.retracted_text.to_owned(), ToString::to_string)
    }

    /// What is said above it, of an article with its headline.
    pub fn heading(&self, article: Option<&StoredArticle>) -> String {
        match article.filter(|_| self.names_headline) {
            Some(stored) => format!("{}: {}", self.title, &*stored.article.headline),
            None => self.title.to_owned(),
        }
    }
}

/// Where markup will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a feed, whose readers mostly drop what chooses between sizes.
    Feed,
    /// On a page, which has another for each photograph, and room for what may be done with it.
    Page(&'static Words),
}

/// How wide a photograph is on a page: `page.css` has the column and its margins.
const PAGE_SIZES: &str = "(max-width: 42rem) calc(100vw - 2rem), 40rem";

pub(super) struct Context<'a> {
    pub(super) publication: &'a Publication,
    pub(super) base: &'a BaseUrl,
}

impl Context<'_> {
    pub(super) fn article(&self, stored: &StoredArticle) -> Entry {
        let article = &stored.article;
        let parts = rendered_parts(stored, self.base, Place::Feed);
        let text: String = parts.parts.iter().map(|part| part.text.as_str()).collect();
        let summary = match (summary::summary(&text), &article.deck) {
            (text, Some(deck)) if text.is_empty() => deck.to_string(),
            (text, None) if text.is_empty() => article.headline.to_string(),
            (text, _) => text,
        };
        Entry {
            id: reader_id(stored),
            title: article.headline.to_string(),
            url: article_url(stored, self.base),
            canonical: article.canonical.clone(),
            published: stored.state.published,
            updated: stored.state.updated,
            was_updated: stored.state.was_updated,
            authors: names(&stored.authors),
            contributors: photographers(stored),
            categories: self.categories(stored),
            kicker: article.kicker.clone(),
            html: match article_html(stored, &parts, self.base, Place::Feed) {
                // A story that is a headline so far: validators and JSON Feed want content that is not empty.
                html if html.is_empty() => {
                    self.directed(stored, html! { p { (summary) } }.into_string())
                }
                html => self.directed(stored, html),
            },
            summary,
            language: self.other_language(stored),
            rights: article.rights.clone(),
            photographs: stored
                .usable_captions()
                .filter_map(|caption| photo(caption, self.base))
                .collect(),
            attachments: article
                .attachments
                .iter()
                .map(|attachment| self.base.attached(attachment))
                .collect(),
            encloses: false,
            part_of: None,
        }
    }

    /// An article that alone is larger than a feed may be: its summary, beside others whose text is whole.
    pub(super) fn abridged(&self, stored: &StoredArticle) -> Entry {
        let whole = self.article(stored);
        Entry {
            html: self.directed(stored, html! { p { (whole.summary) } }.into_string()),
            photographs: Vec::new(),
            attachments: whole.attachments.first().cloned().into_iter().collect(),
            ..whole
        }
    }

    /// The parts of an article that have text; the article itself where none has.
    pub(super) fn parts(&self, stored: &StoredArticle) -> Vec<Entry> {
        let whole = self.article(stored);
        let rendered = rendered_parts(stored, self.base, Place::Feed);
        let own = stored.article.public_note.as_ref();
        let mut entries = Vec::new();
        for (place, (part, known)) in rendered.parts.iter().zip(&stored.parts).enumerate() {
            if part.html.is_empty() {
                continue;
            }
            let title = part.heading.clone().unwrap_or_else(|| whole.title.clone());
            let lead = summary::summary(&part.text);
            entries.push(Entry {
                id: ReaderId::minted(known.id),
                url: format!("{}#{}", whole.url, part_anchor(known.id)),
                // Two entries of one feed should not have one date; items differ by milliseconds at least.
                updated: whole.updated + TimeDelta::microseconds(place_us(place)),
                summary: if lead.is_empty() { title.clone() } else { lead },
                title,
                html: {
                    // Whoever follows the article alone is told of a correction, too.
                    let own = own.filter(|_| entries.is_empty());
                    let html = format!("{}{}{}", note(own), part.heading_html, part.html);
                    self.directed(stored, html)
                },
                kicker: None,
                photographs: Vec::new(),
                // They belong to all parts, and stand in the first.
                attachments: match entries.is_empty() {
                    true => whole.attachments.clone(),
                    false => Vec::new(),
                },
                contributors: Vec::new(),
                part_of: Some((whole.id.clone(), whole.url.clone())),
                ..whole.clone()
            });
        }
        if entries.is_empty() {
            entries.push(whole);
        }
        entries
    }

    pub(super) fn caption(&self, stored: &StoredArticle, caption: &StoredCaption) -> Entry {
        let said = &caption.caption;
        let photo = photo(caption, self.base);
        Entry {
            id: ReaderId::minted(caption.state.id),
            title: summary::title(&said.text),
            url: self.base.url(&Resource::CaptionPage(caption.state.id)),
            canonical: None,
            published: caption.state.published,
            updated: caption.state.updated,
            was_updated: caption.state.was_updated,
            authors: said.credit.iter().cloned().collect(),
            contributors: Vec::new(),
            categories: Vec::new(),
            kicker: None,
            summary: said.text.to_string(),
            html: {
                let figure = caption_html(caption, None, self.base, Place::Feed);
                self.directed(stored, note(said.public_note.as_ref()) + &figure)
            },
            language: self.other_language(stored),
            rights: stored.article.rights.clone(),
            encloses: photo.is_some(),
            photographs: photo.into_iter().collect(),
            attachments: Vec::new(),
            part_of: Some((reader_id(stored), article_url(stored, self.base))),
        }
    }

    /// What stands in place of something withdrawn: readers that know no tombstones overwrite the text with it.
    pub(super) fn stub(&self, stored: &StoredArticle, caption: Option<&StoredCaption>) -> Entry {
        let words = Words::of(&self.publication.language);
        let state = caption.map_or(&stored.state, |caption| &caption.state);
        let (id, url) = match caption {
            Some(caption) => (
                ReaderId::minted(caption.state.id),
                self.base.url(&Resource::CaptionPage(caption.state.id)),
            ),
            None => (reader_id(stored), self.base.url(&notice_page(stored))),
        };
        let notice = Notice::of(stored, state, words);
        let title = notice.heading(caption.is_none().then_some(stored));
        Entry {
            id,
            title,
            url,
            canonical: None,
            published: state.published,
            updated: state.updated,
            was_updated: true,
            authors: Vec::new(),
            contributors: Vec::new(),
            categories: Vec::new(),
            kicker: None,
            html: html! { p { (notice.text) } }.into_string(),
            summary: notice.text,
            language: None,
            rights: None,
            photographs: Vec::new(),
            attachments: Vec::new(),
            encloses: false,
            part_of: None,
        }
    }

    /// What the own feed of an article is called once it is taken away.
    pub(super) fn title_of_removed(&self, stored: &StoredArticle) -> String {
        let words = Words::of(&self.publication.language);
        let heading = Notice::of(stored, &stored.state, words).heading(Some(stored));
        format!("{heading} – {}", &*self.publication.title)
    }

    /// What stands in an article's own feed once it is withdrawn: its stub, and one for each part that readers may have.
    pub(super) fn part_stubs(&self, stored: &StoredArticle) -> Vec<Entry> {
        let whole = self.stub(stored, None);
        let parts = stored.parts.iter().enumerate().map(|(place, part)| Entry {
            id: ReaderId::minted(part.id),
            updated: whole.updated + TimeDelta::microseconds(place_us(place)),
            ..whole.clone()
        });
        let parts: Vec<Entry> = parts.collect();
        std::iter::once(whole).chain(parts).collect()
    }

    /// Content that runs from right to left, or against the rest of its feed, says so itself: most readers show it without
    /// a look at the language that the entry has.
    fn directed(&self, stored: &StoredArticle, html: String) -> String {
        let around = &self.publication.language;
        let own = stored.article.language.as_ref().unwrap_or(around);
        let dir = direction(own);
        if dir == "ltr" && direction(around) == "ltr" {
            return html;
        }
        html! { div lang=(&**own) dir=(dir) { (PreEscaped(html)) } }.into_string()
    }

    fn other_language(&self, stored: &StoredArticle) -> Option<Line> {
        let own = stored.article.language.clone();
        own.filter(|language| *language != self.publication.language)
    }

    fn categories(&self, stored: &StoredArticle) -> Vec<Category> {
        let base = self.base.as_str();
        let mut categories = Vec::new();
        if let Some(section) = self.publication.section(&stored.section) {
            categories.push(Category {
                term: section.slug.clone(),
                scheme: format!("{base}/#sections"),
                label: section.title.to_string(),
            });
        }
        categories.extend(stored.tags.iter().map(|tag| Category {
            term: tag.slug.clone(),
            scheme: format!("{base}/#tags"),
            label: tag.name.to_string(),
        }));
        categories.extend(stored.article.kicker.iter().map(|kicker| Category {
            term: kicker.to_string(),
            scheme: format!("{NAMESPACE}:kicker"),
            label: kicker.to_string(),
        }));
        categories
    }
}

fn place_us(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(0) + 1
}

fn names(named: &[Named]) -> Vec<Line> {
    named.iter().map(|named| named.name.clone()).collect()
}

fn photographers(stored: &StoredArticle) -> Vec<Line> {
    let mut names: Vec<Line> = Vec::new();
    for credit in stored
        .usable_captions()
        .filter_map(|caption| caption.caption.credit.as_ref())
    {
        if !names.contains(credit) && !stored.article.authors.contains(credit) {
            names.push(credit.clone());
        }
    }
    names
}

fn reader_id(stored: &StoredArticle) -> ReaderId {
    ReaderId::of(&stored.article, stored.state.id)
}

pub(super) fn article_url(stored: &StoredArticle, base: &BaseUrl) -> String {
    base.url(&Resource::Page(Subject::Article(stored.slug.clone())))
}

/// Where an article that was taken away is looked for. Its slug spells its headline, so only the address of what keeps its
/// headline is told.
pub(super) fn notice_page(stored: &StoredArticle) -> Resource {
    match stored.state.status.removal() {
        Some(how) if !how.keeps_address() => Resource::Item(stored.state.id),
        _ => Resource::Page(Subject::Article(stored.slug.clone())),
    }
}

/// The place of a part in its article's page.
pub fn part_anchor(id: crate::item::Id) -> String {
    format!("part-{}", id.bare().get(..8).unwrap_or_default())
}

/// Where the original of a photograph is served.
pub fn photograph_of(photograph: &Photograph, base: &BaseUrl) -> String {
    address(&photograph.original(), base)
}

pub(super) fn address(file: &Rendition, base: &BaseUrl) -> String {
    base.url(&Resource::Media {
        hash: file.hash.clone(),
        kind: MediaType::Photograph(file.kind),
    })
}

fn photo(caption: &StoredCaption, base: &BaseUrl) -> Option<Photo> {
    let said = &caption.caption;
    let photograph = &said.image.as_ref()?.photograph;
    let file = photograph.shown();
    let thumbnail = photograph.thumbnail();
    Some(Photo {
        url: address(&file, base),
        file,
        thumbnail: thumbnail.map(|thumbnail| (address(thumbnail, base), thumbnail.clone())),
        title: summary::title(&said.text),
        caption: said.text.clone(),
        credit: said.credit.clone(),
        role: said.role().to_owned(),
        source: said.source.clone(),
        copyright: said.copyright.clone(),
        usage_terms: said.usage_terms.clone(),
    })
}

/// The caption as a figure: the photograph if there is one, its text with the note of a correction, credit and source.
fn caption_html(
    stored: &StoredCaption,
    note: Option<&Line>,
    base: &BaseUrl,
    place: Place,
) -> String {
    let caption = &stored.caption;
    let image = caption.image.as_ref();
    let image = image.map(|image| PreEscaped(image_html(image, caption, base, place)));
    let own = base.url(&Resource::CaptionPage(stored.state.id));
    let markup = html! {
        figure {
            @match (&image, place) {
                // A link that holds a picture without words for it would have no name.
                (Some(image), Place::Page(_)) => {
                    a href=(own) aria-label=[caption.alt.is_none().then_some(&*caption.text)] { (image) }
                }
                (Some(image), Place::Feed) => (image),
                (None, _) => (elsewhere(caption, place))
            }
            figcaption {
                (&*caption.text)
                @match (note, place) {
                    (Some(note), Place::Page(words)) => { br; (words.correction(note)) }
                    (Some(note), Place::Feed) => { br; em { (&**note) } }
                    (None, _) => {}
                }
                @if let Some(credit) = caption.credit_line() { br; (credit) }
                @if let (Some(terms), Place::Page(words)) = (&caption.usage_terms, place) {
                    br; (words.told(words.terms)) (gap(words.terms)) (&**terms)
                }
            }
        }
    };
    markup.into_string()
}

/// A picture that lies elsewhere. No page asks another site for anything, which would tell that site who reads what:
/// there a link leads to it.
pub fn elsewhere(caption: &Caption, place: Place) -> Markup {
    let alt = caption.alt.as_deref().unwrap_or_default();
    html! {
        @match (&caption.address, place) {
            (Some(address), Place::Feed) => { img src=(&**address) alt=(alt); }
            (Some(address), Place::Page(_)) => {
                a href=(&**address) { @if alt.is_empty() { (&**address) } @else { (alt) } }
            }
            (None, _) => {}
        }
    }
}

/// The caption as it stands in its article.
fn figure_html(stored: &StoredCaption, base: &BaseUrl, place: Place) -> String {
    caption_html(stored, stored.caption.public_note.as_ref(), base, place)
}

/// The photograph of a caption alone.
pub fn image_html(image: &Image, caption: &Caption, base: &BaseUrl, place: Place) -> String {
    let file = image.photograph.shown();
    let srcset = srcset(&image.photograph, base, place);
    let on_page = matches!(place, Place::Page(_)).then_some(());
    let markup = html! {
        img src=(address(&file, base)) srcset=[&srcset]
            sizes=[srcset.as_ref().map(|_| PAGE_SIZES)]
            alt=(caption.alt.as_deref().unwrap_or_default())
            width=(file.width) height=(file.height)
            loading=[on_page.map(|()| "lazy")] decoding=[on_page.map(|()| "async")];
    };
    markup.into_string()
}

/// The sizes that a browser may choose from, where it has a choice.
fn srcset(photograph: &Photograph, base: &BaseUrl, place: Place) -> Option<String> {
    if place == Place::Feed || photograph.renditions.is_empty() {
        return None;
    }
    let sizes = photograph.sizes();
    let said = sizes
        .iter()
        .map(|file| format!("{} {}w", address(file, base), file.width));
    Some(said.collect::<Vec<_>>().join(", "))
}

/// An article's body, and which captions stand within it.
pub struct RenderedBody {
    pub parts: Vec<RenderedPart>,
    shown: Vec<Id>,
}

/// Renders an article's body with the photographs that it shows.
pub fn rendered_parts(stored: &StoredArticle, base: &BaseUrl, place: Place) -> RenderedBody {
    let shown = RefCell::new(Vec::new());
    let places: RefCell<HashMap<String, usize>> = RefCell::new(HashMap::new());
    let figure = |name: &str, way: Shown| {
        let mut places = places.borrow_mut();
        let count = places.entry(name.to_owned()).or_default();
        let caption = caption_at(stored, name, *count)?;
        if caption.state.status != PubStatus::Usable {
            *count += 1;
            return Some(Figure::taken_away());
        }
        // Within a line there is no place for the caption, which stands elsewhere then.
        if way == Shown::Whole {
            *count += 1;
            shown.borrow_mut().push(caption.state.id);
        }
        let image = caption.caption.image.as_ref();
        Some(Figure {
            address: match image {
                Some(image) => address(&image.photograph.shown(), base),
                None => name.to_owned(),
            },
            html: figure_html(caption, base, place),
        })
    };
    let mut parts = match Url::parse(&article_url(stored, base)) {
        Ok(url) => body::placed_parts(&stored.article.body, &url, &figure),
        Err(_) => Vec::new(),
    };
    join_surplus(&mut parts, stored.parts.len());
    RenderedBody {
        parts,
        shown: shown.into_inner(),
    }
}

/// The caption that a photograph has where the text shows it for the `count`th time, from 0: its captions are taken in
/// their order, and the last goes on. One that was taken away keeps its place, so that no other moves to it.
fn caption_at<'s>(
    stored: &'s StoredArticle,
    name: &str,
    count: usize,
) -> Option<&'s StoredCaption> {
    let has_name = |caption: &&StoredCaption| caption.caption.picture_name() == Some(name);
    let all: Vec<&StoredCaption> = stored.captions.iter().filter(has_name).collect();
    all.get(count).or(all.last()).copied()
}

/// A text that was stored when fewer parts were told apart has ids for those alone; the others belong to the last.
fn join_surplus(parts: &mut Vec<RenderedPart>, known: usize) {
    if known == 0 || parts.len() <= known {
        return;
    }
    let surplus = parts.split_off(known);
    if let Some(last) = parts.last_mut() {
        for part in surplus {
            last.html.push_str(&part.heading_html);
            last.html.push_str(&part.html);
            last.text.push_str(&part.text);
        }
    }
}

impl RenderedBody {
    /// Whether photographs stand within the text.
    pub fn has_photographs(&self) -> bool {
        !self.shown.is_empty()
    }
}

/// The captions that do not stand within the text, as figures.
pub fn figures_of(
    stored: &StoredArticle,
    body: &RenderedBody,
    base: &BaseUrl,
    place: Place,
) -> Vec<String> {
    stored
        .usable_captions()
        .filter(|caption| !body.shown.contains(&caption.state.id))
        .map(|caption| figure_html(caption, base, place))
        .collect()
}

/// What the desk says of a correction, before all else.
fn note(said: Option<&Line>) -> String {
    let markup = html! {
        @if let Some(note) = said { p { em { (&**note) } } }
    };
    markup.into_string()
}

/// All of an article as readers get it: kicker, deck, note, body, and each caption as a figure.
pub fn article_html(
    stored: &StoredArticle,
    body: &RenderedBody,
    base: &BaseUrl,
    place: Place,
) -> String {
    let article = &stored.article;
    let figures = figures_of(stored, body, base, place);
    let markup = html! {
        (PreEscaped(note(article.public_note.as_ref())))
        @if let Some(kicker) = &article.kicker { p { strong { (&**kicker) } } }
        @if let Some(deck) = &article.deck { p { em { (&**deck) } } }
        @if let Some(dateline) = &article.dateline { p { (&**dateline) } }
        @for part in &body.parts {
            (PreEscaped(&part.heading_html))
            (PreEscaped(&part.html))
        }
        @for figure in &figures { (PreEscaped(figure)) }
        @if let Some(source) = &article.source { p { (&**source) } }
    };
    markup.into_string()
}
