//! A card: an article, a photograph or a section's newest headlines, made to stand in a frame on another site's page.

use maud::{DOCTYPE, Markup, html};

use crate::content::{Notice, direction, gap};
use crate::item::{Line, summary};
use crate::resource::{Resource, Subject};
use crate::store::{State, StoredArticle, StoredCaption, Window};

use super::Frame;
use super::card_height::CardHeight;
use super::icons::icon;

/// Number of headlines that a section's card shows.
const HEADLINES: usize = 6;

/// The state that a card's script reports to the page around it, beside its height.
#[derive(Clone, Copy, Debug)]
enum CardState {
    /// The item was public and was taken away; the card says so.
    Removed,
    /// There is no such item; the page around the card shows its link instead.
    Absent,
}

impl CardState {
    fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Absent => "absent",
        }
    }
}

pub(super) fn height_of_article(stored: &StoredArticle) -> CardHeight {
    let article = &stored.article;
    let room = match stored.lead_caption() {
        Some(caption) => room_of_picture(caption),
        None => CardHeight::default(),
    };
    let room = room.small(article.kicker.as_deref());
    let room = room.heading(&article.headline);
    let room = room.paragraph(article.deck.as_deref());
    let room = room.note(article.told());
    room.small(Some("The date"))
}

pub(super) fn height_of_caption(caption: &StoredCaption) -> CardHeight {
    let details = &caption.caption;
    let room = room_of_picture(caption).paragraph(Some(&details.text));
    let room = room.note(details.told());
    let terms = details.usage_terms.as_ref();
    let terms = terms.map(|terms| format!("Terms of use: {terms}"));
    room.small(terms.as_deref())
}

pub(super) fn height_of_section(title: &str) -> CardHeight {
    CardHeight::default().heading(title).list(HEADLINES)
}

fn room_of_picture(caption: &StoredCaption) -> CardHeight {
    let details = &caption.caption;
    let room = CardHeight::default().small(details.credit_line().as_deref());
    match &details.image {
        Some(image) => {
            let file = image.photograph.display_file();
            room.picture(file.width, file.height)
        }
        None => room,
    }
}

impl Frame<'_> {
    pub fn article_card(&self, stored: &StoredArticle) -> Vec<u8> {
        let words = self.words();
        let article = &stored.article;
        let page = self
            .base
            .url(&Resource::Page(Subject::Article(stored.slug.clone())));
        let content = html! {
            @if let Some(caption) = stored.lead_caption() { (self.picture(caption, &page)) }
            @if let Some(kicker) = &article.kicker { p.kicker { (&**kicker) } }
            h1 { a href=(page) target="_top" { (&*article.headline) } }
            @if let Some(deck) = &article.deck { p { (&**deck) } }
            @if let Some(note) = article.told() {
                p.correction { (words.note(note)) }
            }
            p.meta { (self.date(stored.state.published, "dt-published")) }
        };
        let language = article.language.as_deref();
        self.document(&article.headline, language, &page, None, content)
    }

    pub fn caption_card(&self, stored: &StoredArticle, caption: &StoredCaption) -> Vec<u8> {
        let details = &caption.caption;
        let page = self.base.url(&Resource::CaptionPage(caption.state.id));
        let content = html! {
            @if details.image.is_some() { (self.picture(caption, &page)) }
            h1.caption { a href=(page) target="_top" { (&*details.text) } }
            @if let Some(note) = details.told() {
                p.correction { (self.words().note(note)) }
            }
            @if let (None, Some(credit)) = (&details.image, details.credit_line()) { p.meta { (credit) } }
            @if let Some(terms) = &details.usage_terms {
                p.meta { (self.words().told(self.words().terms)) (gap(self.words().terms)) (&**terms) }
            }
        };
        let language = stored.article.language.as_deref();
        self.document(
            &summary::title(&details.text),
            language,
            &page,
            None,
            content,
        )
    }

    pub fn section_card(&self, title: &Line, subject: &Subject, window: &Window) -> Vec<u8> {
        let page = self.base.url(&Resource::Page(subject.clone()));
        let articles = window.usable();
        let articles =
            articles.filter_map(|(article, caption)| caption.is_none().then_some(article));
        let articles: Vec<_> = articles.take(HEADLINES).collect();
        let words = self.words();
        let content = html! {
            h1 { a href=(page) target="_top" { (&**title) } }
            @if articles.is_empty() {
                p lang=(words.language) dir=(direction(words.language)) { (words.nothing_yet) }
            }
            ul {
                @for stored in articles {
                    @let address = Resource::Page(Subject::Article(stored.slug.clone()));
                    @let language = stored.article.language.as_deref();
                    li lang=[language] dir=[language.map(direction)] {
                        a href=(self.base.url(&address)) target="_top" { (&*stored.article.headline) }
                        " " span.meta { (self.date(stored.state.published, "dt-published")) }
                    }
                }
            }
        };
        self.document(title, None, &page, None, content)
    }

    /// The card in place of an article that was removed.
    pub fn notice_card(&self, stored: &StoredArticle, state: &State) -> Vec<u8> {
        let words = self.words();
        let notice = Notice::of(stored, state, words);
        let is_own = state.id == stored.state.id;
        let heading = notice.heading(is_own.then_some(stored));
        // A retraction has the desk's words in it.
        let language = (!notice.names_headline).then_some(words.language);
        self.notice_of_card(&heading, &notice.text, language)
    }

    /// The card of a section that has ended.
    pub fn ended_card(&self) -> Vec<u8> {
        let words = self.words();
        self.notice_of_card(words.ended, "", Some(words.language))
    }

    /// The card of nothing. It says so to the page around it, where the link stands on.
    pub fn absent_card(&self) -> Vec<u8> {
        let words = self.words();
        let heading = words.not_found;
        let page = self.base.url(&Resource::Page(Subject::Publication));
        let content = html! { h1 { (heading) } };
        let state = Some(CardState::Absent);
        self.document(heading, Some(words.language), &page, state, content)
    }

    fn notice_of_card(&self, heading: &str, text: &str, language: Option<&str>) -> Vec<u8> {
        let content = html! {
            h1 { (heading) }
            @if !text.is_empty() { p { (text) } }
        };
        let page = self.base.url(&Resource::Page(Subject::Publication));
        let state = Some(CardState::Removed);
        self.document(heading, language, &page, state, content)
    }

    fn picture(&self, caption: &StoredCaption, page: &str) -> Markup {
        let details = &caption.caption;
        let Some(image) = &details.image else {
            return html! {};
        };
        let file = image.photograph.display_file();
        html! {
            figure {
                a href=(page) target="_top" {
                    img src=(self.media(&file)) width=(file.width) height=(file.height)
                        alt=(details.alt.as_deref().unwrap_or(&details.text));
                }
                @if let Some(credit) = details.credit_line() { figcaption.meta { (credit) } }
            }
        }
    }

    fn document(
        &self,
        title: &str,
        language: Option<&str>,
        page: &str,
        state: Option<CardState>,
        content: Markup,
    ) -> Vec<u8> {
        let paper = &self.publication.language;
        let language = language.unwrap_or(paper);
        let home = self.base.url(&Resource::Page(Subject::Publication));
        let markup = html! {
            (DOCTYPE)
            html lang=(language) dir=(direction(language)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    meta name="robots" content="noindex";
                    link rel="canonical" href=(page);
                    @if let Some(icon) = icon(self.publication, self.base) { link rel="icon" href=(icon); }
                    link rel="stylesheet" href=(Resource::CardStyle);
                    script src=(Resource::CardScript) defer {}
                }
                body {
                    main {
                        div id="card" data-state=[state.map(CardState::name)] {
                            (content)
                            p.paper lang=(&**paper) {
                                a href=(home) target="_top" { (&*self.publication.title) }
                            }
                        }
                    }
                }
            }
        };
        markup.into_string().into_bytes()
    }
}
