//! The human pages: plain, but every address that a feed names answers with something worth reading.

use chrono::SecondsFormat;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::feed::{
    Notice, Place, Words, article_html, caption_html, part_anchor, rendered_parts, title,
};
use crate::item::Line;
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::{PubStatus, State, StoredArticle, StoredCaption, Window};

/// The style of all pages.
pub const STYLE: &str = include_str!("page/page.css");

/// What a page is made with.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub publication: &'a Publication,
    pub base: &'a BaseUrl,
}

/// A feed as a page points to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Distinct from those of the page's other feeds.
    pub title: String,
    pub address: String,
    pub media_type: &'static str,
}

impl Frame<'_> {
    /// The feeds that the page of `subject` points to, the most specific first.
    pub fn discovery(
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
    pub fn discovery_of(&self, stored: &StoredArticle) -> Vec<FeedLink> {
        let own = Subject::Article(stored.slug.clone());
        let subject = match self.publication.section(&stored.section) {
            Some(section) => Subject::Section(section.slug.clone()),
            // A section that is not declared any more has no feed.
            None => Subject::Publication,
        };
        self.discovery(&subject, Some(&stored.article.headline), Some(&own))
    }

    /// A page that lists the newest articles of a selection and its feeds.
    pub fn listing(&self, subject: &Subject, name: Option<&Line>, window: &Window) -> Vec<u8> {
        let words = Words::of(&self.publication.language);
        let heading = title(self.publication, subject, name);
        let content = html! {
            h1 { (heading) }
            @if let (Subject::Publication, Some(said)) = (subject, &self.publication.description) {
                p.deck { (&**said) }
            }
            @if *subject == Subject::Publication { (self.sections(words)) }
            h2 { (words.newest) }
            ul.items {
                @for (article, caption) in items(window) {
                    @match caption {
                        None => (self.article_line(article)),
                        Some(caption) => (self.caption_line(article, caption)),
                    }
                }
            }
            (self.feeds(subject, words))
        };
        self.page(
            &heading,
            &self.discovery(subject, name, None),
            &self.publication.language,
            content,
        )
    }

    fn sections(&self, words: Words) -> Markup {
        html! {
            @if !self.publication.sections.is_empty() {
                nav id="sections" aria-label=(words.sections) {
                    ul {
                        @for section in &self.publication.sections {
                            li {
                                a href=(Resource::Page(Subject::Section(section.slug.clone()))) {
                                    (&*section.title)
                                }
                            }
                        }
                        li { a href=(Resource::Page(Subject::Captions)) { (words.photographs) } }
                    }
                }
            }
        }
    }

    fn feeds(&self, subject: &Subject, words: Words) -> Markup {
        html! {
            section.feeds {
                h2 { (words.feeds) }
                ul {
                    @for format in subject.formats(self.publication) {
                        @let address = self.base.url(&Resource::Feed(subject.clone(), format));
                        li { a href=(address) type=(format.media_type()) { (address) } }
                    }
                    @if *subject == Subject::Publication {
                        @for query in &self.publication.feeds {
                            li {
                                a href=(Resource::Page(Subject::Named(query.name.clone()))) {
                                    (&*query.title)
                                }
                            }
                        }
                        @let list = self.base.url(&Resource::Opml);
                        li { a href=(list) { (list) } }
                    }
                }
            }
        }
    }

    fn article_line(&self, article: &StoredArticle) -> Markup {
        html! {
            li lang=[article.article.language.as_deref()] dir="auto" {
                a href=(Resource::Page(Subject::Article(article.slug.clone()))) {
                    (&*article.article.headline)
                }
                " " (self.date(article))
            }
        }
    }

    fn caption_line(&self, article: &StoredArticle, caption: &StoredCaption) -> Markup {
        html! {
            li lang=[article.article.language.as_deref()] dir="auto" {
                a href=(Resource::CaptionPage(caption.state.id)) { (&*caption.caption.text) }
            }
        }
    }

    fn date(&self, article: &StoredArticle) -> Markup {
        let exact = article
            .state
            .published
            .to_rfc3339_opts(SecondsFormat::Secs, true);
        let local = article
            .state
            .published
            .with_timezone(&self.publication.timezone);
        html! { time dir="ltr" datetime=(exact) { (local.format("%Y-%m-%d %H:%M")) } }
    }

    /// An article's page.
    pub fn article(&self, stored: &StoredArticle) -> Vec<u8> {
        let words = Words::of(&self.publication.language);
        let subject = Subject::Article(stored.slug.clone());
        let article = &stored.article;
        let mut body = rendered_parts(stored, self.base, Place::Page);
        for (part, known) in body.parts.iter_mut().zip(&stored.parts) {
            let anchor = html! { span id=(part_anchor(known.id)) {} }.into_string();
            part.heading_html.insert_str(0, &anchor);
        }
        let section = self.publication.section(&stored.section);
        let content = html! {
            article {
                h1 { (&*article.headline) }
                p.byline {
                    @if let Some(section) = section {
                        a href=(Resource::Page(Subject::Section(section.slug.clone()))) {
                            (&*section.title)
                        }
                        " · "
                    }
                    (self.date(stored))
                    @for author in &stored.authors {
                        " · "
                        a rel="author" href=(Resource::Page(Subject::Author(author.slug.clone()))) {
                            (&*author.name)
                        }
                    }
                }
                (PreEscaped(article_html(stored, &body, self.base, Place::Page)))
                @if !stored.tags.is_empty() {
                    p.tags {
                        @for tag in &stored.tags {
                            a rel="tag" href=(Resource::Page(Subject::Tag(tag.slug.clone()))) {
                                (&*tag.name)
                            }
                            " "
                        }
                    }
                }
                @if let Some(rights) = &article.rights { p.rights { (&**rights) } }
            }
            (self.feeds(&subject, words))
        };
        let language = article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        self.page(
            &article.headline,
            &self.discovery_of(stored),
            language,
            content,
        )
    }

    /// A caption's page, with its photograph.
    pub fn caption(&self, stored: &StoredArticle, caption: &StoredCaption) -> Vec<u8> {
        let words = Words::of(&self.publication.language);
        let content = html! {
            (PreEscaped(caption_html(&caption.caption, self.base, Place::Page)))
            @if let Some(terms) = &caption.caption.usage_terms { p.rights { (&**terms) } }
            p {
                (words.photograph_of) " "
                a href=(Resource::Page(Subject::Article(stored.slug.clone()))) {
                    (&*stored.article.headline)
                }
            }
        };
        let language = stored
            .article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        let feeds = self.discovery(&Subject::Captions, None, None);
        self.page(&caption.caption.text, &feeds, language, content)
    }

    /// What stays of what was retracted: that it was, and why. Search engines are to forget it.
    pub fn retraction(&self, stored: &StoredArticle, state: &State) -> Vec<u8> {
        let words = Words::of(&self.publication.language);
        let notice = Notice::of(state, words);
        let heading = match state.id == stored.state.id {
            true => format!("{}: {}", notice.title, &*stored.article.headline),
            false => notice.title.to_owned(),
        };
        let content = html! {
            h1 { (heading) }
            p { (notice.text) }
            p { a href="/" { (&*self.publication.title) } }
        };
        let head = html! { meta name="robots" content="noindex"; };
        let feeds = self.discovery(&Subject::Publication, None, None);
        let language = stored.article.language.as_ref();
        let language = language.unwrap_or(&self.publication.language);
        self.page_with(&heading, &head, &feeds, language, content)
    }

    /// What is said in place of something withdrawn, or of nothing at all.
    pub fn notice(&self, text: &str) -> Vec<u8> {
        let content = html! {
            h1 { (text) }
            p { a href="/" { (&*self.publication.title) } }
        };
        let feeds = self.discovery(&Subject::Publication, None, None);
        self.page(text, &feeds, &self.publication.language, content)
    }

    fn page(&self, heading: &str, feeds: &[FeedLink], language: &Line, content: Markup) -> Vec<u8> {
        self.page_with(heading, &html! {}, feeds, language, content)
    }

    fn page_with(
        &self,
        heading: &str,
        head: &Markup,
        feeds: &[FeedLink],
        language: &Line,
        content: Markup,
    ) -> Vec<u8> {
        let page = html! {
            (DOCTYPE)
            html lang=(&**language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (heading) }
                    (head)
                    link rel="stylesheet" href=(Resource::PageStyle);
                    @for feed in feeds {
                        link rel="alternate" type=(feed.media_type) title=(feed.title)
                            href=(feed.address);
                    }
                }
                body {
                    header { a href="/" { (&*self.publication.title) } }
                    main dir="auto" { (content) }
                    @if let Some(rights) = &self.publication.rights { footer { p { (&**rights) } } }
                }
            }
        };
        page.into_string().into_bytes()
    }
}

fn items(window: &Window) -> impl Iterator<Item = (&StoredArticle, Option<&StoredCaption>)> {
    window.items.iter().filter_map(|id| {
        window.articles.iter().find_map(|article| {
            if article.state.id == *id {
                return (article.state.status == PubStatus::Usable).then_some((article, None));
            }
            let caption = article
                .captions
                .iter()
                .find(|caption| caption.state.id == *id)?;
            (caption.state.status == PubStatus::Usable).then_some((article, Some(caption)))
        })
    })
}
