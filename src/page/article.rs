//! An article's page, a photograph's, and what stands in the place of what was taken away.

use dom_query::Document;
use maud::{Markup, PreEscaped, html};

use crate::feed::{Notice, Place, figures_of, image_html, part_anchor, rendered_parts};
use crate::item::{Line, summary};
use crate::resource::{Resource, Subject};
use crate::store::{State, StoredArticle, StoredCaption};

use super::data::{self, Data, Kind};
use super::{Embedded, Frame, Page, direction};

impl Frame<'_> {
    /// An article's page.
    pub fn article(&self, stored: &StoredArticle) -> Vec<u8> {
        let words = self.words();
        let article = &stored.article;
        let language = article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        let own = Resource::Page(Subject::Article(stored.slug.clone()));
        let mut body = rendered_parts(stored, self.base, Place::Page);
        for (part, known) in body.parts.iter_mut().zip(&stored.parts) {
            let anchor = html! { span id=(part_anchor(known.id)) {} }.into_string();
            part.heading_html = self.without_foreign_pictures(&part.heading_html);
            part.heading_html.insert_str(0, &anchor);
            part.html = self.without_foreign_pictures(&part.html);
        }
        let text: String = body.parts.iter().map(|part| part.text.as_str()).collect();
        let description = match &article.deck {
            Some(deck) => deck.to_string(),
            None => summary::summary(&text),
        };
        let content = html! {
            article.h-entry lang=(&**language) dir=(direction(language)) {
                header.head {
                    @if let Some(kicker) = &article.kicker { p.kicker { (&**kicker) } }
                    h1.p-name { (&*article.headline) }
                    @if let Some(deck) = &article.deck { p.deck.p-summary { (&**deck) } }
                    (self.byline(stored))
                }
                @if let Some(note) = &article.public_note {
                    aside.correction aria-label=(words.correction) {
                        p { strong { (words.correction) } " " (&**note) }
                        @if stored.state.was_updated {
                            p.meta { (words.updated) " " (self.date(stored.state.updated, "dt-updated")) }
                        }
                    }
                }
                div.e-content {
                    @if let Some(dateline) = &article.dateline { p.dateline { (&**dateline) } }
                    @for part in &body.parts {
                        (PreEscaped(&part.heading_html))
                        (PreEscaped(&part.html))
                    }
                    @for figure in figures_of(stored, &body, self.base) { (PreEscaped(figure)) }
                }
                footer.foot {
                    @if let Some(source) = &article.source { p { (&**source) } }
                    @if !stored.tags.is_empty() {
                        ul.tags {
                            @for tag in &stored.tags {
                                li {
                                    a.p-category rel="tag" href=(Resource::Page(Subject::Tag(tag.slug.clone()))) {
                                        (&*tag.name)
                                    }
                                }
                            }
                        }
                    }
                    @if let Some(rights) = &article.rights { p.rights { (&**rights) } }
                }
            }
            (self.embed_code(&Embedded::article(stored), language))
        };
        let described = Data {
            kind: Kind::Article(stored),
            title: &article.headline,
            description,
            picture: data::picture(stored, None),
            linked: vec![data::article(self, stored)],
            address: self.base.url(&own),
        };
        self.page(&Page {
            data: Some(&described),
            feeds: &self.discovery_of(stored),
            embeds: Some(&own),
            ..Page::new(&article.headline, &self.publication.language, content)
        })
    }

    /// A picture that lies elsewhere becomes a link to it: no page asks another site for anything.
    fn without_foreign_pictures(&self, html: &str) -> String {
        if !html.contains("<img") {
            return html.to_owned();
        }
        let own = self.base.at("/");
        let document = Document::fragment(html);
        for picture in document.select("img").nodes() {
            let source = picture.attr("src").unwrap_or_default();
            if source.starts_with(&own) {
                continue;
            }
            let alt = picture.attr("alt").unwrap_or_default();
            let text = if alt.trim().is_empty() { &source } else { &alt };
            let around = picture.ancestors(None);
            let is_in_link = around.iter().any(|node| node.has_name("a"));
            let left = match is_in_link {
                true => html! { (&**text) },
                false => html! { a href=(&*source) { (&**text) } },
            };
            picture.replace_with_html(left.into_string());
        }
        document.html_root().inner_html().to_string()
    }

    fn byline(&self, stored: &StoredArticle) -> Markup {
        let words = self.words();
        let state = &stored.state;
        let section = self.publication.section(&stored.section);
        html! {
            p.meta.byline {
                @if let Some(section) = section {
                    a href=(Resource::Page(Subject::Section(section.slug.clone()))) { (&*section.title) }
                    " · "
                }
                a.u-url href=(Resource::Day(self.local(state.published).date_naive())) {
                    (self.date(state.published, "dt-published"))
                }
                @for author in &stored.authors {
                    " · "
                    a.p-author.h-card rel="author"
                        href=(Resource::Page(Subject::Author(author.slug.clone()))) { (&*author.name) }
                }
                @if state.was_updated && stored.article.public_note.is_none() {
                    " · " (words.updated) " " (self.date(state.updated, "dt-updated"))
                }
            }
        }
    }

    /// A caption's page, with its photograph.
    pub fn caption(&self, stored: &StoredArticle, caption: &StoredCaption) -> Vec<u8> {
        let words = self.words();
        let said = &caption.caption;
        let own = Resource::CaptionPage(caption.state.id);
        let language = stored
            .article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        let content = html! {
            article.h-entry lang=(&**language) dir=(direction(language)) {
                figure {
                    @if let Some(image) = &said.image { (PreEscaped(image_html(image, said, self.base, Place::Page))) }
                    figcaption {
                        h1.caption-title.p-name { (&*said.text) }
                        @if let Some(credit) = said.credit_line() { span.credit { (credit) } }
                    }
                }
                @if let Some(terms) = &said.usage_terms {
                    p.rights { (words.terms) " " (&**terms) }
                }
                p.meta {
                    (words.photograph_of) " "
                    a href=(Resource::Page(Subject::Article(stored.slug.clone()))) {
                        (&*stored.article.headline)
                    }
                    " · "
                    (self.date(caption.state.published, "dt-published"))
                }
            }
            (self.embed_code(&Embedded::caption(caption), language))
        };
        let described = Data {
            kind: Kind::Caption,
            title: &said.text,
            description: said.credit_line().unwrap_or_else(|| said.text.to_string()),
            address: self.base.url(&own),
            picture: data::picture(stored, Some(caption)),
            linked: data::image(self, caption).into_iter().collect(),
        };
        self.page(&Page {
            data: Some(&described),
            feeds: &self.discovery(&Subject::Captions, None, None),
            embeds: Some(&own),
            ..Page::new(&said.text, &self.publication.language, content)
        })
    }

    /// What stays of what was retracted: that it was, and why. Search engines are to forget it.
    pub fn retraction(&self, stored: &StoredArticle, state: &State) -> Vec<u8> {
        let notice = Notice::of(state, self.words());
        let heading = match state.id == stored.state.id {
            true => format!("{}: {}", notice.title, &*stored.article.headline),
            false => notice.title.to_owned(),
        };
        let language = stored.article.language.as_ref();
        let language = language.unwrap_or(&self.publication.language);
        self.notice_of(&heading, Some(&notice.text), language)
    }

    /// What is said in place of something withdrawn, or of nothing at all.
    pub fn notice(&self, text: &str) -> Vec<u8> {
        self.notice_of(text, None, &self.publication.language)
    }

    fn notice_of(&self, heading: &str, text: Option<&str>, language: &Line) -> Vec<u8> {
        let content = html! {
            div lang=(&**language) dir=(direction(language)) {
                h1 { (heading) }
                @if let Some(text) = text { p { (text) } }
            }
            p { a href="/" { (&*self.publication.title) } }
        };
        self.page(&Page {
            is_indexed: false,
            feeds: &self.discovery(&Subject::Publication, None, None),
            ..Page::new(heading, &self.publication.language, content)
        })
    }
}
