//! The page that lists every feed, with what it is for and how to follow it.

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::content::{direction, heading};
use crate::resource::{Format, Resource, Subject};

use super::data::{Data, Kind};
use super::embed::anchor;
use super::{EmbedTarget, Frame, HumanPage, Page};

/// Maximum number of sections on the page. The OPML has all of them.
const MAX_SECTIONS: usize = 200;

/// Feed readers on the web: each name with the URL that adds a feed, in which the feed's address is put.
const READERS: &[(&str, &str)] = &[
    ("Feedly", "https://feedly.com/i/subscription/feed/"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    (
        "The Old Reader",
        "https://theoldreader.com/feeds/subscribe?url=",
    ),
];

impl Frame<'_> {
    pub fn subscribe(&self) -> HumanPage {
        let words = self.words();
        let paper = &self.publication;
        let sections = paper.sections.iter().take(MAX_SECTIONS);
        let list = self.base.url(&Resource::Opml);
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) {
                h1 { (words.subscribe) }
                p.deck { (words.subscribe_text) }
                p { (words.feed_is) }
            }
            (self.offered(&Subject::Publication, words.for_all))
            (self.offered(&Subject::Captions, words.for_captions))
            @for section in sections {
                (self.offered(&Subject::Section(section.slug.clone()), words.for_section))
                (self.embed_code(&EmbedTarget::section(section), &paper.language))
            }
            @if paper.sections.len() > MAX_SECTIONS {
                p lang=(words.language) dir=(direction(words.language)) { (words.more_sections) }
            }
            @for query in &paper.feeds {
                (self.offered(&Subject::Named(query.name.clone()), words.for_named))
            }
            p lang=(words.language) dir=(direction(words.language)) { (words.other_feeds) }
            section {
                h2 { "OPML" }
                p lang=(words.language) dir=(direction(words.language)) { (words.opml_text) }
                (self.copied("opml", &list, "opml"))
                p lang=(words.language) dir=(direction(words.language)) { a href=(list) { (words.open) } }
            }
        };
        let data = Data {
            canonical: None,
            kind: Kind::List,
            title: words.subscribe,
            description: words.subscribe_text.to_owned(),
            address: self.base.url(&Resource::Subscribe),
            picture: None,
            linked: Vec::new(),
        };
        self.page(Page {
            data: Some(&data),
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(words.subscribe, &paper.language, content)
        })
    }

    /// The place on `/subscribe` where a feed is offered, if it is.
    pub fn place_of_feed(&self, subject: &Subject, format: Format) -> Option<String> {
        let address = self.base.url(&Resource::Feed(subject.clone(), format));
        self.is_offered(subject)
            .then(|| format!("{}#{}", Resource::Subscribe, anchor(&address)))
    }

    fn is_offered(&self, subject: &Subject) -> bool {
        let mut sections = self.publication.sections.iter().take(MAX_SECTIONS);
        match subject {
            Subject::Publication | Subject::Captions | Subject::Named(_) => true,
            Subject::Section(slug) => sections.any(|section| section.slug == *slug),
            Subject::Tag(_) | Subject::Author(_) | Subject::Article(_) => false,
        }
    }

    /// A row for the feed of a subject: its name, and how to follow it.
    fn offered(&self, subject: &Subject, purpose: &str) -> Markup {
        let words = self.words();
        html! {
            section.offer {
                h2 { (heading(self.publication, subject, None)) }
                p lang=(words.language) dir=(direction(words.language)) { (purpose) }
                (self.ways_to_follow(subject))
            }
        }
    }

    /// The address of a subject's feed in the format that most readers take, and folded in what opens it elsewhere, the other
    /// formats, and the feed itself. Where no script runs the address is there to be marked by hand.
    pub(super) fn ways_to_follow(&self, subject: &Subject) -> Markup {
        let formats = subject.formats(self.publication);
        let Some((first, others)) = formats.split_first() else {
            return html! {};
        };
        let words = self.words();
        let address = |format: &Format| self.base.url(&Resource::Feed(subject.clone(), *format));
        let first_address = address(first);
        let encoded = utf8_percent_encode(&first_address, NON_ALPHANUMERIC);
        html! {
            (self.copied(&anchor(&first_address), &first_address, &anchor(&first_address)))
            details {
                summary lang=(words.language) dir=(direction(words.language)) { (words.open_in) }
                ul.readers {
                    @for (name, opens) in READERS {
                        li { a href={ (opens) (encoded) } rel="noreferrer" { (name) } }
                    }
                }
                @for format in others {
                    @let other = address(format);
                    p.format { (format.name()) }
                    (self.copied(&anchor(&other), &other, &anchor(&other)))
                }
                p.format lang=(words.language) dir=(direction(words.language)) { (words.feed_files) }
                // To be stored: opened, they would lead here.
                ul.readers {
                    @for format in &formats {
                        li { a href=(address(format)) download { (format.name()) } }
                    }
                }
            }
        }
    }

    /// The feeds of a list or of an article, on its page: where they are offered, or how to follow them.
    pub(super) fn feeds_of(&self, subject: &Subject) -> Markup {
        if !self.is_offered(subject) {
            return self.ways_to_follow(subject);
        }
        html! {
            ul {
                @for format in subject.formats(self.publication) {
                    @if let Some(place) = self.place_of_feed(subject, format) {
                        li { a href=(place) { (format.name()) } }
                    }
                }
                @if *subject == Subject::Publication {
                    @for query in &self.publication.feeds {
                        li {
                            a href=(Resource::Page(Subject::Named(query.name.clone()))) { (&*query.title) }
                        }
                    }
                    li { a href=(self.base.url(&Resource::Opml)) { "OPML" } }
                }
            }
        }
    }
}
