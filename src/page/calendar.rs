//! Calendars: the years and months that have articles, and a month's days that do.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use crate::content::{day_in_words, direction, month_in_words};
use crate::resource::{Resource, Subject};
use crate::store::{Month, MonthDays};

use super::data::{Data, Kind};
use super::{Frame, HumanPage, Page, words_of_dates};

impl Frame<'_> {
    /// A day in words of the paper's language.
    pub(super) fn day_markup(&self, date: NaiveDate) -> Markup {
        let language = &*self.publication.language;
        let (known, direction) = words_of_dates(language);
        html! { time lang=[known] dir=(direction) datetime=(date) { (day_in_words(date, language)) } }
    }

    pub(super) fn month_markup(&self, month: Month) -> Markup {
        let language = &*self.publication.language;
        let (known, direction) = words_of_dates(language);
        let text = month_in_words(month.first_day(), language);
        html! { time lang=[known] dir=(direction) datetime=(month) { (text) } }
    }

    /// The years and months that have articles, the newest first.
    pub fn days(&self, months: &[Month]) -> HumanPage {
        let words = self.words();
        let years = months.chunk_by(|one, next| one.first_day().year() == next.first_day().year());
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) { h1 { (words.all_days) } }
            @if months.is_empty() {
                p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
            }
            @for months in years.rev() {
                @if let Some(month) = months.first() { h2 { (month.first_day().year()) } }
                ul.months {
                    @for month in months {
                        li { a href=(Resource::DaysOfMonth(*month)) { (self.month_markup(*month)) } }
                    }
                }
            }
        };
        self.calendar(words.all_days, &Resource::Days, content)
    }

    /// A month as a calendar, whose days that have articles lead to those.
    pub fn month(&self, month: Month, days: &MonthDays) -> HumanPage {
        let words = self.words();
        let heading = month_in_words(month.first_day(), &self.publication.language);
        let content = html! {
            header.head {
                p.kicker lang=(words.language) dir=(direction(words.language)) {
                    a href=(Resource::Days) { (words.all_days) }
                }
                h1 { (self.month_markup(month)) }
            }
            (self.weeks(month, &days.days))
            nav.days lang=(words.language) dir=(direction(words.language)) aria-label=(words.days) {
                @if let Some(before) = days.before {
                    a rel="prev" href=(Resource::DaysOfMonth(before)) { (self.month_markup(before)) }
                }
                " "
                @if let Some(after) = days.after {
                    a rel="next" href=(Resource::DaysOfMonth(after)) { (self.month_markup(after)) }
                }
            }
        };
        self.calendar(&heading, &Resource::DaysOfMonth(month), content)
    }

    fn weeks(&self, month: Month, days: &[NaiveDate]) -> Markup {
        let words = self.words();
        let days: BTreeSet<NaiveDate> = days.iter().copied().collect();
        let first = month.first_day();
        let all: Vec<NaiveDate> = first
            .iter_days()
            .take_while(|date| Month::of_day(*date) == month)
            .collect();
        let weeks = all.chunk_by(|one, next| one.iso_week() == next.iso_week());
        let blank = first.weekday().num_days_from_monday();
        html! {
            table.calendar {
                thead lang=(words.language) dir=(direction(words.language)) {
                    tr { @for day in words.weekdays { th scope="col" { (day) } } }
                }
                tbody {
                    @for (number, week) in weeks.enumerate() {
                        tr {
                            @if number == 0 && blank > 0 { td colspan=(blank) {} }
                            @for date in week {
                                td {
                                    @if days.contains(date) {
                                        a href=(Resource::Day(*date))
                                            aria-label=(day_in_words(*date, &self.publication.language)) { (date.day()) }
                                    } @else { (date.day()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn calendar(&self, heading: &str, own: &Resource, content: Markup) -> HumanPage {
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: heading,
            description: heading.to_owned(),
            address: self.base.url(own),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(heading, &self.publication.language, content)
        })
    }
}
