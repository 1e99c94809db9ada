//! An article's page, a photograph's, and what stands in the place of what was taken away.

use maud::{Markup, PreEscaped, html};

use crate::content::{
    Notice, Surface, Words, credited, direction, elsewhere, figures_of, gap, image_html,
    part_anchor, rendered_parts, sourced,
};
use crate::item::{Attachment, NoteKind, PublicNote, summary};
use crate::resource::{Resource, Subject};
use crate::store::{PubStatus, State, StoredArticle, StoredCaption, date_of};

use super::data::{self, Data, Kind};
use super::dateline::run_in;
use super::headline::broken;
use super::masthead::SectionPlace;
use super::story::parted;
use super::{EmbedTarget, Frame, HumanPage, Page};

impl Frame<'_> {
    /// An article's page.
    pub fn article(&self, stored: &StoredArticle) -> HumanPage {
        let words = self.words();
        let article = &stored.article;
        let language = article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        let resource = Resource::Page(Subject::Article(stored.slug.clone()));
        let words_of_language = self.words_in(language);
        let place = Surface::Page(words_of_language);
        let mut body = rendered_parts(stored, self.base, place);
        let dateline = article.dateline.as_ref();
        let dateline = dateline.and_then(|text| run_in(text, &mut body.parts, language));
        // The headline's.
        let mut level = 1;
        for (part, known) in body.parts.iter_mut().zip(&stored.parts) {
            let anchor = html! { span id=(part_anchor(known.id)) {} }.into_string();
            part.heading_html = anchor + &self.body_html(&part.heading_html, &mut level);
            part.html = self.body_html(&part.html, &mut level);
        }
        let mut figures = figures_of(stored, &body, self.base, place);
        // Where the desk has given no photograph a place, the first stands above the text.
        let leads = stored.lead_caption().is_some() && !body.has_photographs();
        let first = figures
            .iter()
            .position(|figure| leads && figure.contains("<img"));
        let lead = first.map(|first| figures.remove(first));
        let text: String = body.parts.iter().map(|part| part.text.as_str()).collect();
        let description = match (&article.deck, summary::summary(&text)) {
            (Some(deck), _) => deck.to_string(),
            (None, text) if text.is_empty() => article.headline.to_string(),
            (None, text) => text,
        };
        let content = html! {
            article.h-entry lang=(&**language) dir=(direction(language)) {
                header.head {
                    @if let Some(kicker) = &article.kicker { p.kicker { (&**kicker) } }
                    h1.p-name { (broken(article)) }
                    @if let Some(deck) = &article.deck { p.deck.p-summary { (&**deck) } }
                    (self.byline(stored))
                }
                @if let Some(note) = article.told() {
                    (self.note(note, html! {
                        @if stored.state.was_updated && note.kind != NoteKind::EditorsNote {
                            p.meta lang=(words.language) dir=(direction(words.language)) {
                                (words.updated) " " (self.date(stored.state.updated, "dt-updated"))
                            }
                        }
                    }))
                }
                div.e-content {
                    @if let Some(lead) = &lead { (PreEscaped(lead)) }
                    @if let Some(dateline) = dateline { (dateline) }
                    @for part in &body.parts {
                        (PreEscaped(&part.heading_html))
                        (PreEscaped(&part.html))
                    }
                    @for figure in &figures { (PreEscaped(figure)) }
                    @for attachment in &article.attachments { (player(&self.base.attached(attachment), words_of_language)) }
                }
                footer.foot {
                    @if let Some(source) = &article.source { p.source { (sourced(source, words_of_language)) } }
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
                    (self.link_to_copy(&resource))
                }
            }
            (self.way_onward(stored))
            (self.embed_code(&EmbedTarget::article(stored), language))
            (self.feeds(&Subject::Article(stored.slug.clone()), words.feed_of_story))
        };
        let described = Data {
            kind: Kind::Article(stored),
            title: &article.headline,
            description,
            picture: data::picture(stored, None),
            linked: vec![data::article(self, stored)],
            address: self.base.url(&resource),
            canonical: article.canonical.as_deref(),
        };
        self.page(Page {
            data: Some(&described),
            feeds: self.discovery_of(stored),
            embeds: Some(&resource),
            place: SectionPlace::Within(Subject::Section(stored.section.clone())),
            ..Page::new(&article.headline, &self.publication.language, content)
        })
    }

    /// The public note, headed by the name of its kind.
    fn note(&self, note: PublicNote<'_>, more: Markup) -> Markup {
        let words = self.words();
        let label = words.name_of(note.kind).trim_end_matches([':', '：']);
        html! {
            aside.correction aria-label=(label) {
                p { (words.note(note)) }
                (more)
            }
        }
    }

    /// The byline: the authors, and below them the section and the days of publication and of the last update.
    fn byline(&self, stored: &StoredArticle) -> Markup {
        let words = self.words();
        let state = &stored.state;
        let resource = Resource::Page(Subject::Article(stored.slug.clone()));
        // Any other note shows the day itself.
        let is_dated = stored
            .article
            .told()
            .is_none_or(|note| note.kind == NoteKind::EditorsNote);
        let mut facts: Vec<Markup> = self.filed_in(stored).into_iter().collect();
        facts.push(html! {
            a href=(Resource::Day(date_of(state.published, self.publication.timezone))) {
                (self.date(state.published, "dt-published"))
            }
        });
        if state.was_updated && is_dated {
            facts.push(html! {
                span lang=(words.language) dir=(direction(words.language)) {
                    (words.updated) " " (self.date(state.updated, "dt-updated"))
                }
            });
        }
        html! {
            @if !stored.authors.is_empty() {
                p.byline {
                    @for (place, author) in stored.authors.iter().enumerate() {
                        @if place > 0 { " · " }
                        a.p-author.h-card rel="author"
                            href=(Resource::Page(Subject::Author(author.slug.clone()))) { (&*author.name) }
                    }
                }
            }
            data.u-url value=(self.base.url(&resource)) {}
            p.meta.parts { (parted(&facts)) }
        }
    }

    /// A caption's page, with its photograph.
    pub fn caption(&self, stored: &StoredArticle, caption: &StoredCaption) -> HumanPage {
        let words = self.words();
        let details = &caption.caption;
        let resource = Resource::CaptionPage(caption.state.id);
        let language = stored
            .article
            .language
            .as_ref()
            .unwrap_or(&self.publication.language);
        let content = html! {
            article.h-entry lang=(&**language) dir=(direction(language)) {
                figure {
                    @if let Some(image) = &details.image {
                        (PreEscaped(image_html(image, details, self.base, Surface::Page(words))))
                        data.u-photo value=(self.media(&image.photograph.display_file())) {}
                    } @else {
                        (elsewhere(details, Surface::Page(words)))
                    }
                    figcaption {
                        h1.caption-title.p-name { (&*details.text) }
                        @if let Some(credit) = credited(details, self.words_in(language), Some("p-author h-card")) {
                            span.credit { (credit) }
                        }
                    }
                }
                @if let Some(note) = details.told() {
                    (self.note(note, html! {}))
                }
                @if let Some(copyright) = &details.copyright { p.rights { (&**copyright) } }
                @if let Some(terms) = &details.usage_terms {
                    p.rights { (words.told(words.terms)) (gap(words.terms)) (&**terms) }
                }
                p.meta {
                    data.u-url value=(self.base.url(&resource)) {}
                    (words.told(words.photograph_of)) " "
                    a href=(Resource::Page(Subject::Article(stored.slug.clone()))) {
                        (&*stored.article.headline)
                    }
                    " · "
                    (self.date(caption.state.published, "dt-published"))
                    @if caption.state.was_updated {
                        " · "
                        span lang=(words.language) dir=(direction(words.language)) {
                            (words.updated) " " (self.date(caption.state.updated, "dt-updated"))
                        }
                    }
                }
            }
            (self.embed_code(&EmbedTarget::caption(caption), language))
        };
        let described = Data {
            kind: Kind::Caption,
            title: &details.text,
            description: details
                .credit_line()
                .unwrap_or_else(|| details.text.to_string()),
            address: self.base.url(&resource),
            canonical: None,
            picture: data::picture(stored, Some(caption)),
            linked: data::image(self, caption).into_iter().collect(),
        };
        self.page(Page {
            data: Some(&described),
            feeds: self.discovery(&Subject::Captions, None, None),
            embeds: Some(&resource),
            place: SectionPlace::Within(Subject::Captions),
            ..Page::new(&details.text, &self.publication.language, content)
        })
    }

    /// The page of a retracted article or photograph: that it was retracted, when and why. Search engines are told not to
    /// index it.
    pub fn retraction(&self, stored: &StoredArticle, state: &State) -> HumanPage {
        let notice = Notice::of(stored, state, self.words());
        let is_own = state.id == stored.state.id;
        let heading = notice.heading_on_page(is_own.then_some(stored));
        let language = stored.article.language.as_ref();
        let language = language.unwrap_or(&self.publication.language);
        let more = html! {
            p { (notice.text) }
            (self.dates_of(state))
        };
        self.notice_of(&heading, more, language)
    }

    /// When something was retracted, and when it was first published.
    fn dates_of(&self, state: &State) -> Markup {
        let words = self.words();
        let retracted = match state.status {
            PubStatus::Removed { at, .. } => Some(at),
            PubStatus::Usable => None,
        };
        html! {
            p.meta lang=(words.language) dir=(direction(words.language)) {
                @if let Some(at) = retracted {
                    (words.retracted_at) (gap(words.retracted_at)) (self.date(at, "dt-retracted"))
                    " · "
                }
                (words.first_published) (gap(words.first_published))
                (self.date(state.published, "dt-published"))
            }
        }
    }

    /// The page in place of an article that was removed, with a notice and nothing of its text.
    pub fn notice(&self, stored: &StoredArticle, state: &State) -> HumanPage {
        let words = self.words();
        let notice = Notice::of(stored, state, words);
        self.notice_of(&notice.text, html! {}, words.language)
    }

    /// The page for an address where nothing is (404).
    pub fn absent(&self) -> HumanPage {
        let words = self.words();
        self.notice_of(words.not_found, html! {}, words.language)
    }

    /// The page of a section or selection that has ended, with a link to its successor.
    pub fn ended(&self, successor: Option<&str>) -> HumanPage {
        let words = self.words();
        let more = html! {
            @if let Some(address) = successor {
                p { (words.successor) (gap(words.successor)) a href=(address) { (address) } }
            }
        };
        self.notice_of(words.ended, more, words.language)
    }

    fn notice_of(&self, heading: &str, more: Markup, language: &str) -> HumanPage {
        let content = html! {
            div.head lang=(language) dir=(direction(language)) {
                h1 { (heading) }
                (more)
            }
            (self.ways_on())
            (self.way_to_newest())
        };
        self.page(Page {
            is_indexed: false,
            feeds: self.discovery(&Subject::Publication, None, None),
            ..Page::new(heading, &self.publication.language, content)
        })
    }
}

/// A player for sound or film with its title, length and credit. The link is for browsers that cannot play the file.
fn player(attachment: &Attachment, words: &'static Words) -> Markup {
    let url = &*attachment.url;
    let file = url.split(['?', '#']).next().unwrap_or_default();
    let name = file.rsplit('/').find(|name| !name.is_empty());
    let title = attachment.title.as_deref().or(name).unwrap_or(url);
    html! {
        figure.player {
            @match attachment.is_film() {
                true => video src=(url) controls preload="none" playsinline aria-label=(title) {},
                false => audio src=(url) controls preload="none" aria-label=(title) {},
            }
            figcaption {
                a.(if attachment.is_film() { "u-video" } else { "u-audio" }) href=(url) type=(&*attachment.media_type) { (title) }
                @if let Some(seconds) = attachment.seconds { (in_brackets(&duration(seconds), words)) }
                @if let Some(credit) = &attachment.credit { br; (&**credit) }
            }
        }
    }
}

fn in_brackets(text: &str, words: &'static Words) -> String {
    match words.is_full_width() {
        true => format!("（{text}）"),
        false => format!(" ({text})"),
    }
}

/// A length of time as `1:02:03`, or as `2:03` where it is less than an hour.
fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
