//! Stories to read next: after an article, and on the page for an address where nothing is.
//!
//! They have a page of their own, so that an article's page, and the page for an address where nothing is, do not change
//! when other stories are published. These pages link to it, and the script of pages replaces the link by its stories.

use maud::{Markup, html};

use crate::content::{direction, gap};
use crate::resource::{Resource, Subject};
use crate::store::{Onward, StoredArticle};

use super::masthead::SectionPlace;
use super::{Frame, HumanPage, Page};

/// The id of the element of these pages that the script copies into another page.
const ELEMENT: &str = "onward";

impl Frame<'_> {
    /// The link from an article's page to the page of stories to read next; the script replaces it by these stories.
    pub(super) fn way_onward(&self, stored: &StoredArticle) -> Markup {
        let words = self.words();
        let address = Resource::Onward(stored.slug.clone());
        let (_, name) = self.list_of(stored);
        let link = html! {
            p { a href=(address) { (words.onward) (gap(words.onward)) (self.named(name)) } }
        };
        self.way_to(words.more_stories, &link)
    }

    /// The link to the newest stories from a page on which there is nothing to read; the script puts them below the heading.
    pub(super) fn way_to_newest(&self) -> Markup {
        let words = self.words();
        let heading = html! { h2 { a href=(Resource::Newest) { (words.newest_stories) } } };
        self.way_to(words.newest_stories, &heading)
    }

    fn way_to(&self, label: &str, link: &Markup) -> Markup {
        let words = self.words();
        html! {
            nav.onward lang=(words.language) dir=(direction(words.language)) aria-label=(label) { (link) }
        }
    }

    /// The list in which an article stands, with its name: its section, or the whole paper where that is not declared any more.
    fn list_of(&self, stored: &StoredArticle) -> (Subject, &str) {
        match self.publication.section(&stored.section) {
            Some(section) => (Subject::Section(section.slug.clone()), &section.title),
            None => (Subject::Publication, &self.publication.title),
        }
    }

    /// A name in the paper's language, marked as such among interface words that may be of another language.
    fn named(&self, name: &str) -> Markup {
        let language = &*self.publication.language;
        html! { span lang=(language) dir=(direction(language)) { (name) } }
    }

    /// The page behind an article: the stories beside it, the newest of its section, and others of its tags.
    pub fn onward(&self, onward: &Onward) -> HumanPage {
        let words = self.words();
        let article = &onward.article;
        let headline = &article.article.headline;
        let language = article.article.language.as_ref();
        let language = language.unwrap_or(&self.publication.language);
        let resource = Resource::Page(Subject::Article(article.slug.clone()));
        let (list, name) = self.list_of(article);
        let has_any = onward.next.is_some()
            || onward.previous.is_some()
            || !onward.newest.is_empty()
            || !onward.related.is_empty();
        let content = html! {
            header.head {
                p.kicker lang=(&**language) dir=(direction(language)) { a href=(resource) { (&**headline) } }
                h1 lang=(words.language) dir=(direction(words.language)) { (words.more_stories) }
            }
            div id=(ELEMENT) lang=(words.language) dir=(direction(words.language)) {
                @if onward.next.is_some() || onward.previous.is_some() {
                    ul.brief.beside {
                        @if let Some(next) = &onward.next {
                            (self.brief(next, Some(("next", words.next_story))))
                        }
                        @if let Some(previous) = &onward.previous {
                            (self.brief(previous, Some(("prev", words.previous_story))))
                        }
                    }
                }
                @if !onward.newest.is_empty() {
                    h2 {
                        (words.more_from) (gap(words.more_from))
                        a href=(Resource::Page(list)) { (self.named(name)) }
                    }
                    (self.briefs(&onward.newest))
                }
                @if !onward.related.is_empty() {
                    h2 { (words.related) }
                    (self.briefs(&onward.related))
                }
                @if !has_any { p { (words.nothing_yet) } }
            }
        };
        let heading = format!("{headline} · {}", words.more_stories);
        self.page(Page {
            is_indexed: false,
            feeds: self.discovery_of(article),
            place: SectionPlace::Within(Subject::Section(article.section.clone())),
            ..Page::new(&heading, &self.publication.language, content)
        })
    }

    /// The newest stories, for those who found nothing.
    pub fn newest(&self, stories: &[StoredArticle]) -> HumanPage {
        let words = self.words();
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) { h1 { (words.newest_stories) } }
            div id=(ELEMENT) lang=(words.language) dir=(direction(words.language)) {
                @if stories.is_empty() { p { (words.nothing_yet) } }
                (self.briefs(stories))
            }
        };
        self.page(Page {
            is_indexed: false,
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(words.newest_stories, &self.publication.language, content)
        })
    }

    fn briefs(&self, stories: &[StoredArticle]) -> Markup {
        html! {
            @if !stories.is_empty() {
                ul.brief { @for story in stories { (self.brief(story, None)) } }
            }
        }
    }

    /// A story in a line; `relation` says how it stands to the article before it, for programs and for people. It has no
    /// photograph, so that an article without photographs stays light.
    fn brief(
        &self,
        stored: &StoredArticle,
        relation: Option<(&'static str, &'static str)>,
    ) -> Markup {
        let article = &stored.article;
        let language = article.language.as_ref();
        let language = language.unwrap_or(&self.publication.language);
        let address = Resource::Page(Subject::Article(stored.slug.clone()));
        html! {
            li {
                @if let Some((_, label)) = relation { p.kicker { (label) } }
                p.title lang=(&**language) dir=(direction(language)) {
                    a rel=[relation.map(|(rel, _)| rel)] href=(address) { (&*article.headline) }
                }
                p.meta { (self.day_of(stored.state.published, "published")) }
            }
        }
    }

    /// The button that copies an article's address. A script offers it, and its place is kept until then.
    pub(super) fn link_to_copy(&self, own: &Resource) -> Markup {
        let words = self.words();
        html! {
            p.copy lang=(words.language) dir=(direction(words.language)) {
                button type="button" disabled data-text=(self.base.url(own)) data-done=(words.copied) {
                    (words.copy_link)
                }
            }
        }
    }
}
