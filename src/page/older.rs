//! Pages of older stories: the closed segments of archives, and months of the selections without an archive.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::{direction, gap, heading, month_in_words};
use crate::item::Line;
use crate::resource::{Resource, Subject};
use crate::store::{Month, MonthPage, Window, date_of};

use super::data::{Data, Kind, Picture};
use super::gallery::{first_picture, is_of_photographs};
use super::masthead::SectionPlace;
use super::story::Detail;
use super::{Frame, HumanPage, Page};

impl Frame<'_> {
    /// The link "Older stories" at the end of a list, to the newest closed segment or to the month of the next older story;
    /// nothing where the list has all.
    pub(super) fn older(&self, subject: &Subject, window: &Window) -> Markup {
        let words = self.words();
        let segment = Resource::ArchivePage(subject.clone(), window.segments);
        let segment = Some(segment).filter(|_| window.segments > 0);
        let month = window.older;
        let month = month.map(|(month, part)| Resource::MonthPage(subject.clone(), month, part));
        html! {
            @if let Some(older) = segment.or(month) {
                p.older lang=(words.language) dir=(direction(words.language)) {
                    a rel="prev" href=(older) {
                        @match window.older.filter(|_| is_of_photographs(self.publication, subject)) {
                            Some(part) => (self.part_title(words.earlier, part)),
                            None => (words.older_stories),
                        }
                    }
                }
            }
        }
    }

    /// "Earlier: November 2026 · 2", for a list whose items are no stories.
    fn part_title(&self, label: &str, (month, number): (Month, u32)) -> Markup {
        html! {
            (label) (gap(label)) (self.month_markup(month)) @if number > 1 { " · " (number) }
        }
    }

    /// The stories of a closed segment.
    pub fn archive(&self, subject: &Subject, segment: u32, window: &Window) -> HumanPage {
        let words = self.words();
        let name = heading(self.publication, subject, None);
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
                (self.lines(subject, window))
            }
            (self.links_around(subject, segment, window))
            (self.lists(None))
        };
        let resource = Resource::ArchivePage(subject.clone(), segment);
        self.older_page((subject, None), &title, &resource, None, content)
    }

    /// The page of a month of a subject; `number` is the part of the month, counted from 1.
    pub fn month_of(
        &self,
        (subject, name): (&Subject, Option<&Line>),
        (month, number): (Month, u32),
        page: &MonthPage,
    ) -> HumanPage {
        let heading_text = heading(self.publication, subject, name);
        let month_text = month_in_words(month.first_day(), &self.publication.language);
        let title = match number {
            1 => format!("{heading_text} · {month_text}"),
            _ => format!("{heading_text} · {month_text} · {number}"),
        };
        let content = html! {
            div.h-feed {
                header.head {
                    p.kicker { a href=(Resource::Page(subject.clone())) { (self.heading_markup(subject, &heading_text)) } }
                    h1.p-name { (self.month_markup(month)) }
                    @if let Some(span) = self.days_between(&page.window) { p.deck { (span) } }
                }
                (self.lines(subject, &page.window))
            }
            (self.around_month(subject, (month, number), page))
            (self.lists(None))
        };
        let resource = Resource::MonthPage(subject.clone(), month, number);
        let picture = match is_of_photographs(self.publication, subject) {
            true => first_picture(&self.in_order(subject, &page.window)),
            false => None,
        };
        self.older_page((subject, name), &title, &resource, picture, content)
    }

    fn lines(&self, subject: &Subject, window: &Window) -> Markup {
        let detail = Detail::of(subject);
        let items = self.in_order(subject, window);
        if is_of_photographs(self.publication, subject) {
            return self.gallery(&items);
        }
        html! {
            ul.items { @for item in &items { (self.line(item, detail)) } }
        }
    }

    fn older_page(
        &self,
        (subject, name): (&Subject, Option<&Line>),
        title: &str,
        resource: &Resource,
        picture: Option<Picture>,
        content: Markup,
    ) -> HumanPage {
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title,
            description: title.to_owned(),
            address: self.base.url(resource),
            picture,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(subject, name, None),
            place: SectionPlace::Within(subject.clone()),
            is_wide: true,
            ..Page::new(title, &self.publication.language, content)
        })
    }

    /// The days of the first and of the last item on a page.
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
            (self.day_markup(first))
            @if first != last { " – " (self.day_markup(last)) }
        })
    }

    /// The segments before and after one, the newest stories behind the last, and the month of its newest story.
    fn links_around(&self, subject: &Subject, segment: u32, window: &Window) -> Markup {
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
                    a href=(Resource::DaysOfMonth(month)) { (self.month_markup(month)) }
                    " "
                }
                @if segment > 1 {
                    a rel="prev" href=(Resource::ArchivePage(subject.clone(), segment - 1)) { (words.older_stories) }
                }
            }
        }
    }

    /// The parts before and after one of a month or, at the ends of the month, the nearest months; and the month's days.
    fn around_month(
        &self,
        subject: &Subject,
        (month, number): (Month, u32),
        page: &MonthPage,
    ) -> Markup {
        let words = self.words();
        let part = |month, number| Resource::MonthPage(subject.clone(), month, number);
        let of_stories = !is_of_photographs(self.publication, subject);
        let label = if of_stories {
            words.older_stories
        } else {
            words.photographs
        };
        // The calendar has days on which there are articles.
        let has_days = page.window.usable().any(|(_, caption)| caption.is_none());
        html! {
            nav.days lang=(words.language) dir=(direction(words.language)) aria-label=(label) {
                @if number > 1 {
                    a rel="next" href=(part(month, number - 1)) {
                        @if of_stories { (words.newer_stories) } @else { (self.part_title(words.later, (month, number - 1))) }
                    }
                } @else if let Some(after) = page.after {
                    a rel="next" href=(part(after, 1)) { (self.part_title(words.later, (after, 1))) }
                } @else {
                    a rel="next" href=(Resource::Page(subject.clone())) {
                        @if of_stories { (words.newest_stories) } @else { (self.heading_markup(subject, &heading(self.publication, subject, None))) }
                    }
                }
                " "
                @if has_days {
                    a href=(Resource::DaysOfMonth(month)) {
                        (self.part_title(words.by_day, (month, 1)))
                    }
                    " "
                }
                @if page.has_more {
                    a rel="prev" href=(part(month, number + 1)) {
                        @if of_stories { (words.older_stories) } @else { (self.part_title(words.earlier, (month, number + 1))) }
                    }
                } @else if let Some(before) = page.before {
                    a rel="prev" href=(part(before, 1)) { (self.part_title(words.earlier, (before, 1))) }
                }
            }
        }
    }
}
