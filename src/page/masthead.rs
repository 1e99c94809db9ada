//! The head of every page: the paper's name or logo, its date, and the sections in one row.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::full_day_in_words;
use crate::item::Photograph;
use crate::resource::{Resource, Subject};

use super::icons::logo;
use super::{Frame, Page};

/// More would push the page away.
const MAX_SECTIONS: usize = 40;

/// Where among the sections a page stands.
pub(super) enum Place {
    Elsewhere,
    /// It is the page of one.
    At(Subject),
    /// It belongs to one.
    Within(Subject),
}

impl Place {
    /// What `aria-current` says of the link to `subject`.
    fn mark(&self, subject: &Subject) -> Option<&'static str> {
        match self {
            Self::At(own) if own == subject => Some("page"),
            Self::Within(own) if own == subject => Some("true"),
            _ => None,
        }
    }
}

impl Frame<'_> {
    pub(super) fn masthead(&self, page: &Page<'_>) -> Markup {
        let front = Subject::Publication;
        let current = page.place.mark(&front);
        html! {
            header.paper.front[current.is_some()] {
                div.plate {
                    a.title href=(Resource::Page(front)) aria-current=[current] { (self.nameplate()) }
                    @if let Some(day) = page.day { p.day { (self.day_in_full(day)) } }
                }
                (self.section_row(&page.place))
            }
        }
    }

    fn day_in_full(&self, day: NaiveDate) -> Markup {
        let words = full_day_in_words(day, &self.publication.language);
        html! { time datetime=(day) { (words) } }
    }

    /// A logo that is a line of letters says the name; any other stands beside it.
    fn nameplate(&self) -> Markup {
        let title = &*self.publication.title;
        let logo = logo(self.publication);
        let is_wordmark = logo.is_some_and(|logo| logo.width >= 2 * logo.height);
        html! {
            @if let Some(logo) = logo {
                (self.logo_picture(logo, if is_wordmark { title } else { "" }))
            }
            @if !is_wordmark { span { (title) } }
        }
    }

    fn logo_picture(&self, logo: &Photograph, alt: &str) -> Markup {
        let dark = self.publication.logo_dark.as_ref();
        let dark = dark.map(|image| image.photograph.display_file());
        let file = logo.display_file();
        html! {
            picture {
                @if let Some(dark) = dark {
                    source media="(prefers-color-scheme: dark)" srcset=(self.media(&dark))
                        width=(dark.width) height=(dark.height);
                }
                img src=(self.media(&file)) alt=(alt) width=(file.width) height=(file.height);
            }
        }
    }

    /// The same row on every page. One that is beyond its end stands there on its own page.
    fn section_row(&self, place: &Place) -> Markup {
        let words = self.words();
        let all = self.publication.sections.iter().enumerate();
        let shown = all.filter_map(|(number, section)| {
            let subject = Subject::Section(section.slug.clone());
            let mark = place.mark(&subject);
            let is_shown = number < MAX_SECTIONS || mark.is_some();
            is_shown.then_some((subject, section, mark))
        });
        html! {
            nav.sections id="sections" aria-label=(words.sections) {
                ul {
                    @for (subject, section, mark) in shown {
                        li { a href=(Resource::Page(subject)) aria-current=[mark] { (&*section.title) } }
                    }
                    li {
                        a href=(Resource::Page(Subject::Captions)) aria-current=[place.mark(&Subject::Captions)] {
                            (words.told(words.photographs))
                        }
                    }
                }
            }
        }
    }
}
