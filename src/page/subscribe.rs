//! The page that lists every feed, with what it is for and how to follow it.

use maud::{Markup, html};

use crate::content::{direction, heading};
use crate::resource::{Resource, Subject};

use super::data::{Data, Kind};
use super::embed::anchor;
use super::{EmbedTarget, Frame, HumanPage, Page};

/// More would be no list for people; the OPML has them all.
const MOST_SECTIONS: usize = 200;

/// Readers on the web that take an address in theirs, which is put in its place.
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
        let sections = paper.sections.iter().take(MOST_SECTIONS);
        let list = self.base.url(&Resource::Opml);
        let content = html! {
            header.head lang=(words.language) dir=(direction(words.language)) {
                h1 { (words.subscribe) }
                p.deck { (words.subscribe_text) }
            }
            (self.offered(&Subject::Publication, words.for_all))
            (self.offered(&Subject::Captions, words.for_captions))
            @for section in sections {
                (self.offered(&Subject::Section(section.slug.clone()), words.for_section))
                (self.embed_code(&EmbedTarget::section(section), &paper.language))
            }
            @if paper.sections.len() > MOST_SECTIONS {
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

    fn offered(&self, subject: &Subject, purpose: &str) -> Markup {
        let formats = subject.formats(self.publication);
        let words = self.words();
        html! {
            section {
                h2 { (heading(self.publication, subject, None)) }
                p lang=(words.language) dir=(direction(words.language)) { (purpose) }
                @for format in &formats {
                    @let address = self.base.url(&Resource::Feed(subject.clone(), *format));
                    p.format { (format.name()) }
                    (self.copied(&anchor(&address), &address, &anchor(&address)))
                }
                @if let Some(format) = formats.first() {
                    @let address = self.base.url(&Resource::Feed(subject.clone(), *format));
                    p.readers {
                        @for (name, opens) in READERS {
                            @let encoded = percent_encoding::utf8_percent_encode(
                                &address, percent_encoding::NON_ALPHANUMERIC);
                            a href={ (opens) (encoded) } rel="noreferrer" { (name) }
                            " "
                        }
                    }
                }
            }
        }
    }
}
