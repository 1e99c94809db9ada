//! The pages that list all tags, or all authors.

use maud::{Markup, html};

use crate::content::{Words, direction};
use crate::item::Line;
use crate::publication::NameKind;
use crate::resource::{Resource, Subject};
use crate::store::NamePage;

use super::data::{Data, Kind};
use super::{Frame, HumanPage, Page};

/// Maximum number of links to other pages of a list.
const MAX_PAGE_LINKS: usize = 200;

/// The title of the list of all tags or of all authors.
pub(super) fn all_names(words: &Words, kind: NameKind) -> &'static str {
    match kind {
        NameKind::Tag => words.all_tags,
        NameKind::Author => words.all_authors,
    }
}

impl Frame<'_> {
    /// A page of the list of tags or of authors, counted from 1.
    pub fn names(&self, kind: NameKind, number: u32, page: &NamePage) -> HumanPage {
        let words = self.words();
        let heading = all_names(words, kind);
        let resource = Resource::Names(kind, number);
        let subject = |slug: &String| match kind {
            NameKind::Tag => Subject::Tag(slug.clone()),
            NameKind::Author => Subject::Author(slug.clone()),
        };
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) { h1 { (heading) } }
            (self.pages_of_names(kind, number, &page.first_names))
            @if page.names.is_empty() {
                p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
            } @else {
                ul.names {
                    @for listed in &page.names {
                        li { a href=(Resource::Page(subject(&listed.slug))) { bdi { (&*listed.name) } } }
                    }
                }
            }
            (self.lists(Some(&resource)))
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: heading,
            description: heading.to_owned(),
            address: self.base.url(&resource),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            is_wide: true,
            ..Page::new(heading, &self.publication.language, content)
        })
    }

    /// The pages of the list where there are several, each by its first name, as a dictionary says what stands on which.
    fn pages_of_names(&self, kind: NameKind, number: u32, first_names: &[Line]) -> Markup {
        if first_names.len() < 2 {
            return html! {};
        }
        let words = self.words();
        let step = first_names.len().div_ceil(MAX_PAGE_LINKS).max(1);
        let numbered = (1..).zip(first_names).enumerate();
        // However many there are, a reader gets to the next.
        let shown =
            numbered.filter(|(place, (of, _))| place % step == 0 || number.abs_diff(*of) <= 1);
        let shown = shown.map(|(_, page)| page);
        let way = |of: u32| match of {
            _ if of + 1 == number => Some("prev"),
            _ if of == number + 1 => Some("next"),
            _ => None,
        };
        html! {
            nav.pages aria-label=(all_names(words, kind)) {
                ul {
                    @for (of, name) in shown {
                        @let current = (of == number).then_some("page");
                        li {
                            a href=(Resource::Names(kind, of)) rel=[way(of)] aria-current=[current] {
                                bdi { (&**name) } " …"
                            }
                        }
                    }
                }
            }
        }
    }

    /// The lists of all there is: sections, tags, authors and days. None of their addresses ever changes.
    pub(super) fn lists(&self, own: Option<&Resource>) -> Markup {
        let words = self.words();
        let lists = [
            (Resource::Sections, words.all_sections),
            (Resource::Names(NameKind::Tag, 1), words.all_tags),
            (Resource::Names(NameKind::Author, 1), words.all_authors),
            (Resource::Days, words.all_days),
        ];
        let mark = |list: &Resource| (Some(list) == own).then_some("page");
        html! {
            nav.lists aria-label=(&*self.publication.title) lang=(words.language) dir=(direction(words.language)) {
                ul {
                    @for (list, title) in &lists {
                        li { a href=(list) aria-current=[mark(list)] { (title) } }
                    }
                }
            }
        }
    }

    /// The link from the page of a tag or an author to the list of all tags or authors; nothing on other pages.
    pub(super) fn way_to_names(&self, subject: &Subject) -> Markup {
        let words = self.words();
        let kind = match subject {
            Subject::Tag(_) => NameKind::Tag,
            Subject::Author(_) => NameKind::Author,
            _ => return html! {},
        };
        html! {
            p.kicker lang=(words.language) dir=(direction(words.language)) {
                a href=(Resource::Names(kind, 1)) { (all_names(words, kind)) }
            }
        }
    }
}
