//! The entry of an item in a feed, with the values that all formats show.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{PreEscaped, html};

use crate::content::{
    Notice, Photo, RenderedBody, Surface, Words, article_html, article_url, caption_html,
    direction, note, notice_page, part_anchor, photo, rendered_parts,
};
use crate::item::{Attachment, Line, summary};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource};
use crate::store::{Named, StoredArticle, StoredCaption};

use super::{NAMESPACE, ReaderId};

/// An article, a part of one, a caption, or the stub of something withdrawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: ReaderId,
    pub title: String,
    pub url: String,
    /// The URL at which it was first published, if that was on another site.
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
    /// The language of the entry, where it differs from the feed's.
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

/// The context that entries are made in: the publication and its addresses.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub publication: &'a Publication,
    pub base: &'a BaseUrl,
}

impl Source<'_> {
    pub(super) fn article(&self, stored: &StoredArticle) -> Entry {
        let surface = Surface::Feed(self.words_in(stored));
        self.with_body(stored, &rendered_parts(stored, self.base, surface))
    }

    fn with_body(&self, stored: &StoredArticle, parts: &RenderedBody) -> Entry {
        let article = &stored.article;
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
            html: match article_html(stored, parts, self.base, self.words_in(stored)) {
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

    /// The entry of an article that alone is larger than a feed may be: it has the summary in place of the text.
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
        let words = self.words_in(stored);
        let rendered = rendered_parts(stored, self.base, Surface::Feed(words));
        let whole = self.with_body(stored, &rendered);
        let note_of_article = stored.article.told();
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
                    // A reader of the article's own feed is told of a correction, too.
                    let note_of_article = note_of_article.filter(|_| entries.is_empty());
                    let html = format!(
                        "{}{}{}",
                        note(note_of_article, words),
                        part.heading_html,
                        part.html
                    );
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
        let details = &caption.caption;
        let photo = photo(caption, self.base);
        let words = self.words_in(stored);
        Entry {
            id: ReaderId::minted(caption.state.id),
            title: summary::title(&details.text),
            url: self.base.url(&Resource::CaptionPage(caption.state.id)),
            canonical: None,
            published: caption.state.published,
            updated: caption.state.updated,
            was_updated: caption.state.was_updated,
            authors: details.credit.iter().cloned().collect(),
            contributors: Vec::new(),
            categories: Vec::new(),
            kicker: None,
            summary: details.text.to_string(),
            html: {
                let figure = caption_html(caption, None, self.base, Surface::Feed(words));
                self.directed(stored, note(details.told(), words) + &figure)
            },
            language: self.other_language(stored),
            rights: stored.article.rights.clone(),
            encloses: photo.is_some(),
            photographs: photo.into_iter().collect(),
            attachments: Vec::new(),
            part_of: Some((reader_id(stored), article_url(stored, self.base))),
        }
    }

    /// The stub that takes the place of a removed item: readers that do not support tombstones overwrite the text with it.
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

    /// The title of an article's own feed after the article was removed.
    pub(super) fn title_of_removed(&self, stored: &StoredArticle) -> String {
        let words = Words::of(&self.publication.language);
        let heading = Notice::of(stored, &stored.state, words).heading(Some(stored));
        format!("{heading} – {}", &*self.publication.title)
    }

    /// The stubs in an article's own feed after the article was removed: one for itself, and one for each part that readers
    /// may have.
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
        let language = stored.article.language.as_ref().unwrap_or(around);
        let dir = direction(language);
        if dir == "ltr" && direction(around) == "ltr" {
            return html;
        }
        html! { div lang=(&**language) dir=(dir) { (PreEscaped(html)) } }.into_string()
    }

    /// The interface's words for labels and notices within an article, in the article's language where there are such words.
    fn words_in(&self, stored: &StoredArticle) -> &'static Words {
        Words::within(
            stored.article.language.as_deref(),
            &self.publication.language,
        )
    }

    fn other_language(&self, stored: &StoredArticle) -> Option<Line> {
        let language = stored.article.language.clone();
        language.filter(|language| *language != self.publication.language)
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
