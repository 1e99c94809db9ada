//! The way to older stories: the closed segments of the archives, for people.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::{direction, heading};
use crate::resource::{Resource, Subject};
use crate::store::{Month, Window, date_of};

use super::data::{Data, Kind};
use super::masthead::SectionPlace;
use super::story::{Detail, in_order};
use super::{Frame, HumanPage, Page};

impl Frame<'_> {
    /// The link "Older stories" at the end of a list, to the newest closed segment; nothing where there is none.
    pub(super) fn older(&self, subject: &Subject, window: &Window) -> Markup {
        let words = self.words();
        html! {
            @if window.segments > 0 {
                p.older lang=(words.language) dir=(direction(words.language)) {
                    a rel="prev" href=(Resource::ArchivePage(subject.clone(), window.segments)) {
                        (words.older_stories)
                    }
                }
            }
        }
    }

    /// The stories of a closed segment.
    pub fn archive(&self, subject: &Subject, segment: u32, window: &Window) -> HumanPage {
        let words = self.words();
        let name = heading(self.publication, subject, None);
        let items = in_order(window);
        let detail = Detail::of(subject);
        let title = match subject {
            Subject::Publication => format!("{} {segment}", words.older_stories),
            _ => format!("{name} · {} {segment}", words.older_stories),
        };
        let content = html! {
            div.h-feed {
                header.head {
                    @if *subject != Subject::Publication {
                        p.kicker { a href=(Resource::Page(subject.clone())) { (name) } }
                    }
                    h1.p-name lang=(words.language) dir=(direction(words.language)) { (words.older_stories) }
                    @if let Some(span) = self.days_between(window) { p.deck { (span) } }
                }
                ul.items {
                    @for (article, caption) in &items {
                        @match caption {
                            None => (self.article_line(article, detail)),
                            Some(caption) => (self.caption_line(article, caption, detail)),
                        }
                    }
                }
            }
            (self.around(subject, segment, window))
            (self.lists(None))
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: &title,
            description: title.clone(),
            address: self
                .base
                .url(&Resource::ArchivePage(subject.clone(), segment)),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(subject, None, None),
            place: SectionPlace::Within(subject.clone()),
            is_wide: true,
            ..Page::new(&title, &self.publication.language, content)
        })
    }

    /// The first and the last day of what a segment has.
    fn days_between(&self, window: &Window) -> Option<Markup> {
        let days: Vec<NaiveDate> = window
            .usable()
            .map(|(article, caption)| {
                let state = caption.map_or(&article.state, |caption| &caption.state);
                self.local(state.published).date_naive()
            })
            .collect();
        let (first, last) = (*days.iter().min()?, *days.iter().max()?);
        Some(html! {
            (self.day_told(first))
            @if first != last { " – " (self.day_told(last)) }
        })
    }

    /// The segments before and after one, the newest stories behind the last, and the month of its newest story.
    fn around(&self, subject: &Subject, segment: u32, window: &Window) -> Markup {
        let words = self.words();
        let articles = window.usable().filter(|(_, caption)| caption.is_none());
        let newest = articles.map(|(article, _)| article.state.published).max();
        let month = newest.map(|moment| Month::of_day(date_of(moment, self.publication.timezone)));
        html! {
            nav.days lang=(words.language) dir=(direction(words.language)) aria-label=(words.older_stories) {
                @if segment < window.segments {
                    a rel="next" href=(Resource::ArchivePage(subject.clone(), segment + 1)) { (words.newer_stories) }
                } @else {
                    a rel="next" href=(Resource::Page(subject.clone())) { (words.newest_stories) }
                }
                " "
                @if let Some(month) = month {
                    a href=(Resource::DaysOfMonth(month)) { (self.month_told(month)) }
                    " "
                }
                @if segment > 1 {
                    a rel="prev" href=(Resource::ArchivePage(subject.clone(), segment - 1)) { (words.older_stories) }
                }
            }
        }
    }
}
