//! The markup of a story in a list: the lead at the head of the front page, the stories below it, and photographs among
//! them.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::content::{credited, day_in_words, direction, opening};
use crate::item::{Image, NoteKind, Photograph, PublicNote};
use crate::publication::Kind;
use crate::resource::{Resource, Subject};
use crate::store::{State, StoredArticle, StoredCaption, Window};

use super::Frame;
use super::headline::broken;

/// The `sizes` of the lead's photograph, and of one in a list. `page.css` has the columns and their margins.
const LEAD_SIZES: &str = "(max-width: 60rem) calc(100vw - 2rem), 44rem";
const LINE_SIZES: &str = "(max-width: 40rem) 6.5rem, (max-width: 60rem) 50vw, 23rem";

/// An item of a list, with the article that it is or belongs to.
pub(super) type Listed<'w> = (&'w StoredArticle, Option<&'w StoredCaption>);

pub(super) fn published((article, caption): &Listed<'_>) -> DateTime<Utc> {
    caption.map_or(article.state.published, |caption| caption.state.published)
}

/// The level of detail with which a list shows a story.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Headline, section, authors, day, first sentence, and whether it was corrected.
    Whole,
    /// For a list on a section's page: all that [`Detail::Whole`] shows but the section.
    InSection,
    /// For a section's block on the front page: what [`Detail::InSection`] shows, its headline one level below the block's
    /// heading.
    InBlock,
    /// For a section's block on the front page: only the headline and the day.
    HeadlineInBlock,
    /// For the page of a day: only what that page depends on, without the first sentence and the correction.
    OfDay,
}

impl Detail {
    /// The detail of the list of a subject's stories.
    pub(super) fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Section(_) => Self::InSection,
            _ => Self::Whole,
        }
    }
}

/// Facts in a line, with points between them. `page.css` hides the point before one that begins a line.
pub(super) fn parted(facts: &[Markup]) -> Markup {
    html! {
        @for (place, fact) in facts.iter().enumerate() {
            span { @if place > 0 { i { " · " } } (fact) }
        }
    }
}

impl Frame<'_> {
    /// The items of a window as a page of the subject shows them: by the day on which they came, whatever was changed since. A
    /// caption without a photograph is no picture to look at; it stands with its story. So do the photographs of the paper's
    /// own list where its feed has stories, too; only a segment that has nothing else shows them.
    pub(super) fn in_order<'w>(&self, subject: &Subject, window: &'w Window) -> Vec<Listed<'w>> {
        let is_shown = |(_, caption): &Listed<'_>| {
            caption.is_none_or(|caption| caption.caption.image.is_some())
        };
        let is_story = |(_, caption): &Listed<'_>| caption.is_none();
        let mut items: Vec<_> = window.usable().filter(is_shown).collect();
        let has_stories = *subject == Subject::Publication
            && self.publication.main_feed.contains(&Kind::Article)
            && items.iter().any(is_story);
        if has_stories {
            items.retain(is_story);
        }
        items.sort_by_key(|item| Reverse(published(item)));
        items
    }

    /// The story at the head of the front page.
    pub(super) fn lead(&self, stored: &StoredArticle) -> Markup {
        let language = stored.article.language.as_deref();
        let caption = stored.lead_caption();
        let image = caption.and_then(|caption| caption.caption.image.as_ref());
        let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
        let credit = caption.and_then(|caption| credited(&caption.caption, words, None));
        html! {
            article.lead.h-entry lang=[language] dir=[language.map(direction)] {
                @if let Some(image) = image {
                    @let file = image.photograph.display_file();
                    @let srcset = self.srcset(&image.photograph);
                    figure {
                        img.u-photo src=(self.media(&file)) srcset=[&srcset]
                            sizes=[srcset.as_ref().map(|_| LEAD_SIZES)] alt="" width=(file.width) height=(file.height)
                            fetchpriority="high";
                        @if let Some(credit) = credit { figcaption { (credit) } }
                    }
                }
                (self.story_text(stored, broken(&stored.article), Detail::Whole))
            }
        }
    }

    pub(super) fn article_line(&self, stored: &StoredArticle, detail: Detail) -> Markup {
        let language = stored.article.language.as_deref();
        let pictured = stored.lead_caption();
        let image = pictured.and_then(|caption| caption.caption.image.as_ref());
        html! {
            li.h-entry lang=[language] dir=[language.map(direction)] {
                @if let (Some(image), true) = (image, detail != Detail::HeadlineInBlock) { (self.thumb(image)) }
                (self.story_text(stored, html! { (&*stored.article.headline) }, detail))
            }
        }
    }

    /// A line of a list for a photograph with its caption, among stories.
    pub(super) fn caption_line(
        &self,
        article: &StoredArticle,
        caption: &StoredCaption,
        detail: Detail,
    ) -> Markup {
        let language = article.article.language.as_deref();
        let details = &caption.caption;
        let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
        html! {
            li.h-entry lang=[language] dir=[language.map(direction)] {
                @if let (Some(image), true) = (&details.image, detail != Detail::HeadlineInBlock) { (self.thumb(image)) }
                div {
                    p.p-name {
                        a.u-url href=(Resource::CaptionPage(caption.state.id)) { (&*details.text) }
                    }
                    @if let Some(credit) = credited(details, words, None) { p.meta { (credit) } }
                    (self.changed_on(&caption.state, details.told()))
                }
            }
        }
    }

    fn thumb(&self, image: &Image) -> Markup {
        let file = image.photograph.display_file();
        let narrowest = image.photograph.thumbnail().unwrap_or(&file);
        let srcset = self.srcset(&image.photograph);
        html! {
            img.thumb loading="lazy" decoding="async" alt="" src=(self.media(narrowest))
                srcset=[&srcset] sizes=[srcset.as_ref().map(|_| LINE_SIZES)]
                width=(file.width) height=(file.height);
        }
    }

    /// The `srcset` of a photograph; none where there is only one file.
    pub(super) fn srcset(&self, photograph: &Photograph) -> Option<String> {
        let sizes = photograph.sizes();
        let candidates = sizes
            .iter()
            .map(|file| format!("{} {}w", self.media(file), file.width));
        (sizes.len() > 1).then(|| candidates.collect::<Vec<_>>().join(", "))
    }

    /// The first sentence of a story.
    fn opening(&self, stored: &StoredArticle) -> Option<Arc<str>> {
        match self.openings {
            Some(openings) => openings.of(stored, self.base),
            None => opening(stored, self.base).map(Arc::from),
        }
    }

    /// The text of a story below its photograph: `headline`, and what `detail` shows beside it.
    fn story_text(&self, stored: &StoredArticle, headline: Markup, detail: Detail) -> Markup {
        let article = &stored.article;
        let address = Resource::Page(Subject::Article(stored.slug.clone()));
        let is_short = matches!(detail, Detail::OfDay | Detail::HeadlineInBlock);
        let opening = match &article.deck {
            None if !is_short => self.opening(stored),
            _ => None,
        };
        let deck = article.deck.as_ref();
        let deck = deck.filter(|_| detail != Detail::HeadlineInBlock);
        let is_in_block = matches!(detail, Detail::InBlock | Detail::HeadlineInBlock);
        let headline = html! { a.u-url href=(address) { (headline) } };
        let mut facts = Vec::new();
        if matches!(detail, Detail::Whole | Detail::OfDay) {
            facts.extend(self.filed_in(stored));
        }
        if detail != Detail::HeadlineInBlock {
            facts.extend(self.written_by(stored));
        }
        facts.push(self.day_of(stored.state.published, "dt-published"));
        html! {
            div {
                @if let Some(kicker) = &article.kicker { p.kicker { (&**kicker) } }
                @if is_in_block { h3.p-name { (headline) } } @else { h2.p-name { (headline) } }
                @if let Some(deck) = deck { p.deck.p-summary { (&**deck) } }
                @if let Some(opening) = opening { p.deck.p-summary { (opening) } }
                p.meta.parts { (parted(&facts)) }
                @if detail != Detail::OfDay { (self.changed_on(&stored.state, article.told())) }
            }
        }
    }

    /// A link to the section of a story; none where the section is no longer declared.
    pub(super) fn filed_in(&self, stored: &StoredArticle) -> Option<Markup> {
        let section = self.publication.section(&stored.section)?;
        let page = Resource::Page(Subject::Section(section.slug.clone()));
        Some(html! { a.p-category href=(page) { (&*section.title) } })
    }

    fn written_by(&self, stored: &StoredArticle) -> impl Iterator<Item = Markup> {
        stored.authors.iter().map(|author| {
            let page = Resource::Page(Subject::Author(author.slug.clone()));
            html! { a.p-author.h-card href=(page) { (&*author.name) } }
        })
    }

    /// The day of a moment, in the paper's words and zone.
    pub(super) fn day_of(&self, moment: DateTime<Utc>, class: &str) -> Markup {
        let language = &self.publication.language;
        let day = self.local(moment).date_naive();
        let exact = moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        html! {
            time class=(class) lang=(&**language) dir=(direction(language)) datetime=(exact) {
                (day_in_words(day, language))
            }
        }
    }

    /// The line for a public note ("Corrected", "Updated") with the day of the last significant change; none for an editor's
    /// note, which is no change.
    pub(super) fn changed_on(&self, state: &State, note: Option<PublicNote<'_>>) -> Markup {
        let words = self.words();
        let day = state.was_updated.then_some(state.updated);
        let (label, is_correction) = match note.map(|note| note.kind) {
            Some(kind) if kind.mends() => (words.corrected, true),
            // It is the word before a day.
            Some(NoteKind::Update) => (words.updated, day.is_some()),
            _ => ("", false),
        };
        html! {
            @if is_correction {
                p.corrected {
                    (words.told(label))
                    @if let Some(day) = day { " " (self.day_of(day, "dt-updated")) }
                }
            }
        }
    }
}
