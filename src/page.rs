//! The human pages, and one item made for another site's page. They need no script; what a script adds is a convenience.

mod article;
mod blocks;
mod body;
mod calendar;
mod card;
mod card_height;
mod data;
mod dateline;
mod embed;
mod gallery;
mod headline;
mod icons;
mod listing;
mod masthead;
mod names;
mod older;
mod onward;
mod preview;
mod profile;
mod sections;
mod story;
mod style;
mod subscribe;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use crate::content::{Openings, Words, direction, has_date_words, moment_in_words, title};
use crate::item::{Line, MediaType, Rendition};
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::StoredArticle;

use data::Data;
use masthead::SectionPlace;

pub use embed::{EmbedTarget, OEmbed};
pub use icons::{DRAWN_TYPE, MANIFEST_TYPE, drawn_icon, icon, manifest};
pub use preview::{PREVIEW_TYPE, preview};
pub use style::{SCRIPT, STYLE, style};

/// The style and the script of the cards that stand on other sites' pages.
pub const CARD_STYLE: &str = include_str!("page/card.css");
pub const CARD_SCRIPT: &str = include_str!("page/card.js");

/// The script that other sites load to show cards.
pub const EMBED_SCRIPT: &str = include_str!("page/embed.v1.js");

/// The context that pages are made in: the publication and its addresses.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub publication: &'a Publication,
    pub base: &'a BaseUrl,
    /// The cache of stories' first sentences, shared with other pages; none where nothing is kept.
    pub openings: Option<&'a Openings>,
}

/// A feed as a page points to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// The title of the feed, which no other feed of the page has.
    pub title: String,
    pub address: String,
    pub media_type: &'static str,
}

/// The `lang` and `dir` of a date: those of `language` where dates are written in its words, else none and `ltr`, since
/// dates in numbers run from left to right.
fn words_of_dates(language: &str) -> (Option<&str>, &'static str) {
    match has_date_words(language) {
        true => (Some(language), direction(language)),
        false => (None, "ltr"),
    }
}

/// A page with what its head points to, for those who do not read it.
#[derive(Clone, Debug)]
pub struct HumanPage {
    pub html: Vec<u8>,
    pub links: Vec<FeedLink>,
}

/// A page before it is rendered: its content, and the facts that its head gives of it.
struct Page<'p> {
    heading: &'p str,
    language: &'p Line,
    content: Markup,
    data: Option<&'p Data<'p>>,
    feeds: Vec<FeedLink>,
    /// The resource of which the page offers a card for other sites; none where there is no card.
    embeds: Option<&'p Resource>,
    is_indexed: bool,
    place: SectionPlace,
    /// The publication day of the newest item on the page, which the masthead shows; none where it shows no day.
    day: Option<NaiveDate>,
    /// Whether the content uses the whole width of the window, as lists in columns do. A text stays in one column that is
    /// easy to read.
    is_wide: bool,
}

impl<'p> Page<'p> {
    fn new(heading: &'p str, language: &'p Line, content: Markup) -> Self {
        Self {
            heading,
            language,
            content,
            data: None,
            feeds: Vec::new(),
            embeds: None,
            is_indexed: true,
            place: SectionPlace::Elsewhere,
            day: None,
            is_wide: false,
        }
    }
}

impl Frame<'_> {
    /// The words of the interface in the paper's language.
    fn words(&self) -> &'static Words {
        Words::of(&self.publication.language)
    }

    /// The words of the interface in `language`, an item's own; the paper's where there are none in it.
    fn words_in(&self, language: &str) -> &'static Words {
        Words::known(language).unwrap_or_else(|| self.words())
    }

    /// The feeds that the page of `subject` points to, the most specific first.
    fn discovery(
        &self,
        subject: &Subject,
        name: Option<&Line>,
        last: Option<&Subject>,
    ) -> Vec<FeedLink> {
        let mut links = Vec::new();
        let mut add = |subject: &Subject, name: Option<&Line>| {
            for format in subject.formats(self.publication) {
                let what = title(self.publication, subject, name);
                links.push(FeedLink {
                    title: format!("{what} ({})", format.name()),
                    address: self.base.url(&Resource::Feed(subject.clone(), format)),
                    media_type: format.media_type(),
                });
            }
        };
        add(subject, name);
        if *subject != Subject::Publication {
            add(&Subject::Publication, None);
        }
        if let Some(last) = last {
            add(last, name);
        }
        links
    }

    /// The feeds that an article's page points to: its section's, the paper's, and its own last, which few want.
    fn discovery_of(&self, stored: &StoredArticle) -> Vec<FeedLink> {
        let subject_of_article = Subject::Article(stored.slug.clone());
        let subject = match self.publication.section(&stored.section) {
            Some(section) => Subject::Section(section.slug.clone()),
            // A section that is not declared any more has no feed.
            None => Subject::Publication,
        };
        self.discovery(
            &subject,
            Some(&stored.article.headline),
            Some(&subject_of_article),
        )
    }

    fn local(&self, moment: DateTime<Utc>) -> DateTime<Tz> {
        moment.with_timezone(&self.publication.timezone)
    }

    /// A moment in words of the paper's language.
    fn date(&self, moment: DateTime<Utc>, class: &str) -> Markup {
        let exact = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
        let language = &*self.publication.language;
        let text = moment_in_words(self.local(moment).naive_local(), language);
        let (known, direction) = words_of_dates(language);
        html! { time class=(class) lang=[known] dir=(direction) datetime=(exact) { (text) } }
    }

    /// The URL at which the file of a photograph, or of one of its renditions, is served.
    fn media(&self, file: &Rendition) -> String {
        self.base.url(&Resource::Media {
            hash: file.hash.clone(),
            kind: MediaType::Photograph(file.kind),
        })
    }

    fn page(&self, page: Page<'_>) -> HumanPage {
        let words = self.words();
        let masthead = self.masthead(&page);
        let mut links = page.feeds;
        links.extend(page.embeds.iter().flat_map(|of| self.oembed_links(of)));
        let paper = &*self.publication.title;
        let robots = match page.is_indexed {
            true => "max-image-preview:large",
            false => "noindex",
        };
        let markup = html! {
            (DOCTYPE)
            html lang=(&**page.language) dir=(direction(page.language)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title {
                        (page.heading)
                        @if page.heading != paper { " – " (paper) }
                    }
                    meta name="robots" content=(robots);
                    @if let Some(data) = page.data { (data.head(self)) }
                    (self.icons())
                    link rel="stylesheet" href=(style::address(self.publication));
                    // A Chinese page is not to be seen before the script has said where its headlines are broken.
                    script src=(style::script_address()) defer blocking=[words.is_full_width().then_some("render")] {}
                    @for link in &links {
                        link rel="alternate" type=(link.media_type) title=(link.title)
                            href=(link.address);
                    }
                }
                body {
                    a.skip href="#text" lang=(words.language) dir=(direction(words.language)) { (words.skip) }
                    (masthead)
                    main.wide[page.is_wide] id="text" { (page.content) }
                    footer.paper {
                        p lang=(words.language) dir=(direction(words.language)) {
                            a href=(Resource::Subscribe) { (words.subscribe) }
                        }
                        @if let Some(rights) = &self.publication.rights { p { (&**rights) } }
                    }
                }
            }
        };
        HumanPage {
            html: markup.into_string().into_bytes(),
            links,
        }
    }
}
