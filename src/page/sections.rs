//! The page that lists all sections, and the ways on from where nothing is.

use maud::{Markup, html};

use crate::content::direction;
use crate::resource::{Resource, Subject};

use super::data::{Data, Kind};
use super::{Frame, HumanPage, Page};

impl Frame<'_> {
    pub fn sections(&self) -> HumanPage {
        let words = self.words();
        let sections = &self.publication.sections;
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) { h1 { (words.all_sections) } }
            @if sections.is_empty() {
                p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
            }
            ul.sections {
                @for section in sections.iter() {
                    li {
                        a href=(Resource::Page(Subject::Section(section.slug.clone()))) { (&*section.title) }
                        @if let Some(description) = &section.description { p.deck { (&**description) } }
                    }
                }
            }
            (self.lists(Some(&Resource::Sections)))
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: words.all_sections,
            description: words.all_sections.to_owned(),
            address: self.base.url(&Resource::Sections),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(words.all_sections, &self.publication.language, content)
        })
    }

    /// Links from a page on which there is nothing to read, such as a 404. None of these addresses changes, so the page
    /// stays the same whatever is published.
    pub(super) fn ways_on(&self) -> Markup {
        html! {
            p { a href=(Resource::Page(Subject::Publication)) { (&*self.publication.title) } }
            (self.lists(None))
        }
    }
}
