//! The head of every page: the paper's name or logo, its date, and the sections in one row.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::content::full_day_in_words;
use crate::item::Photograph;
use crate::resource::{Resource, Subject};

use super::icons::logo;
use super::{Frame, Page};

/// Maximum number of sections in the row of the masthead: more would push the page's content down.
const MAX_SECTIONS: usize = 40;

/// The relation of a page to the sections in the masthead.
pub(super) enum SectionPlace {
    Elsewhere,
    /// The page of this subject itself.
    At(Subject),
    /// A page that belongs to this subject, such as an article to its section.
    Within(Subject),
}

impl SectionPlace {
    /// The value of `aria-current` on the link to `subject`; `None` where the page does not belong to it.
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

    /// The paper's name: its logo alone if that is a wide line of letters, else the logo beside the name.
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

    /// The row of sections, the same on every page. A section that does not fit into it is added on its own pages.
    fn section_row(&self, place: &SectionPlace) -> Markup {
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
