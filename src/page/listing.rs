//! Pages that list: the front page, sections, tags, people, photographs, named feeds, and the articles of a day.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::{credited, day_in_words, direction, gap, heading};
use crate::item::Line;
use crate::resource::{Resource, Subject};
use crate::store::{Day, Month, PubStatus, StoredArticle, StoredCaption, Window};

use super::data::{Data, Kind};
use super::embed::place_of_code;
use super::{Frame, HumanPage, Page};

impl Frame<'_> {
    /// A page that lists the newest items of a selection, and its feeds.
    pub fn listing(&self, subject: &Subject, name: Option<&Line>, window: &Window) -> HumanPage {
        let words = self.words();
        let heading = heading(self.publication, subject, name);
        let items: Vec<_> = window.usable().collect();
        let description = self.publication.description.as_deref();
        let usable = items
            .iter()
            .filter(|(article, _)| article.state.status == PubStatus::Usable);
        let newest = usable.map(|(article, _)| article.state.published).max();
        let newest = newest.map(|moment| self.local(moment).date_naive());
        // The paper's title stands above already.
        let is_front = *subject == Subject::Publication;
        let code = match subject {
            Subject::Section(slug) => Some(place_of_code(&Resource::SectionCard(slug.clone()))),
            _ => None,
        };
        let content = html! {
            div.h-feed {
                header.head {
                    h1.p-name.unseen[is_front] { (heading) }
                    @if let (true, Some(said)) = (is_front, description) { p.deck { (said) } }
                }
                @if *subject == Subject::Captions {
                    div.gallery {
                        @for (article, caption) in &items {
                            @if let Some(caption) = caption { (self.tile(article, caption)) }
                        }
                    }
                } @else {
                    ul.items {
                        @for (article, caption) in &items {
                            @match caption {
                                None => (self.article_line(article)),
                                Some(caption) => (self.caption_line(article, caption)),
                            }
                        }
                    }
                }
                @if items.is_empty() {
                    p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
                }
            }
            @if let Some(day) = newest {
                p lang=(words.language) dir=(direction(words.language)) {
                    (words.by_day) (gap(words.by_day)) a href=(Resource::Day(day)) { (day) } }
            }
            @if let Some(place) = &code {
                p lang=(words.language) dir=(direction(words.language)) {
                    a href={ (Resource::Subscribe) "#" (place) } { (words.embed) }
                }
            }
            (self.older(subject, window))
            (self.feeds(subject))
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: &heading,
            description: description.unwrap_or(&heading).to_owned(),
            address: self.base.url(&Resource::Page(subject.clone())),
            picture: None,
            linked: Vec::new(),
        };
        let embed = match subject {
            Subject::Section(slug) => Some(Resource::Page(Subject::Section(slug.clone()))),
            _ => None,
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(subject, name, None),
            embeds: embed.as_ref(),
            has_sections: *subject == Subject::Publication,
            ..Page::new(&heading, &self.publication.language, content)
        })
    }

    /// The articles of a day, the newest first.
    pub fn day(&self, date: NaiveDate, day: &Day) -> HumanPage {
        let words = self.words();
        let heading = day_in_words(date, &self.publication.language);
        let month = Month::of_day(date);
        let link = |date: &Option<NaiveDate>, rel: &'static str, text: &'static str| {
            html! {
                @if let Some(date) = date {
                    a rel=(rel) href=(Resource::Day(*date)) { (text) (gap(text)) (self.day_told(*date)) }
                }
            }
        };
        let content = html! {
            div.h-feed {
                header.head lang=(words.language) dir=(direction(words.language)) {
                    h1.p-name { (words.articles_of) " " (self.day_told(date)) }
                }
                ul.items { @for article in &day.articles { (self.article_line(article)) } }
                @if day.has_more {
                    p lang=(words.language) dir=(direction(words.language)) { (words.more_articles) }
                }
            }
            nav.days lang=(words.language) dir=(direction(words.language)) aria-label=(words.days) {
                (link(&day.before, "prev", words.earlier))
                " "
                a href=(Resource::DaysOfMonth(month)) { (self.month_told(month)) }
                " "
                (link(&day.after, "next", words.later))
            }
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: &heading,
            description: format!("{} {heading}", words.articles_of),
            address: self.base.url(&Resource::Day(date)),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(&heading, &self.publication.language, content)
        })
    }

    fn feeds(&self, subject: &Subject) -> Markup {
        let words = self.words();
        html! {
            section.feeds aria-labelledby="feeds" {
                h2 id="feeds" lang=(words.language) dir=(direction(words.language)) { (words.feeds) }
                ul {
                    @for format in subject.formats(self.publication) {
                        @let address = self.base.url(&Resource::Feed(subject.clone(), format));
                        li { a href=(address) type=(format.media_type()) { (format.name()) } }
                    }
                    @if *subject == Subject::Publication {
                        @for query in &self.publication.feeds {
                            li {
                                a href=(Resource::Page(Subject::Named(query.name.clone()))) { (&*query.title) }
                            }
                        }
                        li { a href=(self.base.url(&Resource::Opml)) { "OPML" } }
                    }
                    li lang=(words.language) dir=(direction(words.language)) { a href=(Resource::Subscribe) { (words.subscribe) } }
                }
            }
        }
    }

    /// An item in a list.
    pub(super) fn line(&self, article: &StoredArticle, caption: Option<&StoredCaption>) -> Markup {
        match caption {
            None => self.article_line(article),
            Some(caption) => self.caption_line(article, caption),
        }
    }

    fn article_line(&self, stored: &StoredArticle) -> Markup {
        let article = &stored.article;
        let address = Resource::Page(Subject::Article(stored.slug.clone()));
        let language = article.language.as_deref();
        let pictured = stored.lead_caption();
        let image = pictured.and_then(|caption| caption.caption.image.as_ref());
        html! {
            li.h-entry lang=[language] dir=[language.map(direction)] {
                @if let Some(image) = image {
                    @let file = image.photograph.thumbnail().cloned();
                    @let file = file.unwrap_or_else(|| image.photograph.display_file());
                    img.thumb loading="lazy" decoding="async" alt="" src=(self.media(&file))
                        width=(file.width) height=(file.height);
                }
                div {
                    @if let Some(kicker) = &article.kicker { p.kicker { (&**kicker) } }
                    h2.p-name { a.u-url href=(address) { (&*article.headline) } }
                    @if let Some(deck) = &article.deck { p.deck.p-summary { (&**deck) } }
                    p.meta { (self.date(stored.state.published, "dt-published")) }
                }
            }
        }
    }

    fn caption_line(&self, article: &StoredArticle, caption: &StoredCaption) -> Markup {
        let language = article.article.language.as_deref();
        html! {
            li.h-entry lang=[language] dir=[language.map(direction)] {
                div {
                    p.p-name {
                        a.u-url href=(Resource::CaptionPage(caption.state.id)) { (&*caption.caption.text) }
                    }
                    @let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
                    @if let Some(credit) = credited(&caption.caption, words, None) { p.meta { (credit) } }
                }
            }
        }
    }

    /// A photograph among others, with its caption.
    fn tile(&self, article: &StoredArticle, caption: &StoredCaption) -> Markup {
        let said = &caption.caption;
        let language = article.article.language.as_deref();
        html! {
            figure.h-entry lang=[language] dir=[language.map(direction)] {
                @if let Some(image) = &said.image {
                    @let file = image.photograph.display_file();
                    a href=(Resource::CaptionPage(caption.state.id)) {
                        img.u-photo loading="lazy" decoding="async" src=(self.media(&file))
                            alt=(said.alt.as_deref().unwrap_or(&said.text))
                            width=(file.width) height=(file.height);
                    }
                }
                figcaption {
                    a.u-url.p-name href=(Resource::CaptionPage(caption.state.id)) { (&*said.text) }
                    @let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
                    @if let Some(credit) = credited(said, words, None) { span.credit { (credit) } }
                }
            }
        }
    }
}
