//! The ways in which other sites get a card: oEmbed 1.0 (oembed.com), and code to copy.

use ammonia::url::form_urlencoded;
use maud::{Markup, html};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};

use crate::content::direction;
use crate::item::{Line, Rendition};
use crate::publication::Section;
use crate::resource::{OEMBED, Resource, Subject};
use crate::store::{StoredArticle, StoredCaption};

use super::card_height::{CardHeight, WIDTH};
use super::{FeedLink, Frame, card};

/// The CSS variables by which another site can colour a card, with the defaults of the light colour scheme.
const COLOURS: &str = "news-article { --news-article-ink: #1a1a1a; --news-article-paper: #fff; --news-article-faint: #595959; \
    --news-article-line: #d8d4c8; --news-article-link: #1d4e89; --news-article-mark: #8a1c1c; --news-article-max-width: 600px }";

/// The style of a frame with a card in code to copy: no wider than the page around it, and of the card's own scheme of
/// colours, since browsers fill a frame of another scheme to its end.
const FRAME_STYLE: &str = "border:0;max-width:100%;color-scheme:light dark";

/// The time for which a consumer may cache the oEmbed response, in seconds: as long as caches may keep a page.
const CACHE_SECONDS: u32 = 300;

/// A card that another site can embed: its address, title and height.
#[derive(Clone, Debug)]
pub struct EmbedTarget {
    pub card: Resource,
    pub page: Resource,
    pub title: String,
    /// The height in pixels that is kept for the card, where its width is not known.
    pub height: u32,
    card_height: CardHeight,
}

/// The content of an oEmbed response.
#[derive(Clone, Debug)]
pub struct OEmbed {
    pub target: EmbedTarget,
    pub authors: Vec<String>,
    pub thumbnail: Option<Rendition>,
    /// The maximum width and height in pixels that the consumer asked for (`maxwidth`, `maxheight`).
    pub maximum_width: Option<u32>,
    pub maximum_height: Option<u32>,
}

impl Frame<'_> {
    /// The links to the oEmbed responses about a page, as JSON and as XML.
    pub fn oembed_links(&self, page: &Resource) -> [FeedLink; 2] {
        let address = self.base.url(page);
        let encoded: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
        ["json", "xml"].map(|format| FeedLink {
            title: format!("oEmbed ({})", format.to_uppercase()),
            address: self
                .base
                .at(&format!("{OEMBED}?url={encoded}&format={format}")),
            media_type: match format {
                "json" => "application/json+oembed",
                _ => "text/xml+oembed",
            },
        })
    }

    /// The code of an embed: a link within a quotation, and the card. The link is hidden, or a page that shows both would show
    /// the headline twice. WordPress removes all attributes of a quotation and shows it until the card is loaded.
    fn quoted(&self, of: &EmbedTarget, (width, height): (u32, u32)) -> String {
        let markup = html! {
            blockquote hidden { a href=(self.base.url(&of.page)) { (of.title) } }
            iframe src=(self.base.url(&of.card)) width=(width) height=(height) title=(of.title)
                frameborder="0" style=(FRAME_STYLE) {}
        };
        markup.into_string()
    }

    /// The code of an embed without the quotation: an `iframe` with the card.
    fn frame_code(&self, of: &EmbedTarget) -> Markup {
        html! {
            iframe src=(self.base.url(&of.card)) width=(WIDTH) height=(of.height) title=(of.title)
                style=(FRAME_STYLE) loading="lazy" {}
        }
    }

    /// An answer of oEmbed, as JSON.
    pub fn oembed_json(&self, oembed: &OEmbed) -> Vec<u8> {
        self.oembed(oembed).to_string().into_bytes()
    }

    fn oembed(&self, oembed: &OEmbed) -> Value {
        let (width, height) = oembed.size();
        let mut object = json!({
            "version": "1.0",
            "type": "rich",
            "title": oembed.target.title,
            "provider_name": self.publication.title,
            "provider_url": self.base.url(&Resource::Page(Subject::Publication)),
            "cache_age": CACHE_SECONDS,
            "width": width,
            "height": height,
            "html": self.quoted(&oembed.target, (width, height)),
        });
        if !oembed.authors.is_empty() {
            object["author_name"] = json!(oembed.authors.join(", "));
        }
        if let Some(file) = oembed.shown_thumbnail() {
            object["thumbnail_url"] = json!(self.media(file));
            object["thumbnail_width"] = json!(file.width);
            object["thumbnail_height"] = json!(file.height);
        }
        object
    }

    /// The oEmbed answer as XML.
    pub fn oembed_xml(&self, oembed: &OEmbed) -> Vec<u8> {
        let object = self.oembed(oembed);
        let mut xml = Writer::new(Vec::new());
        // Writing into memory does not fail.
        let _ = xml.write_event(Event::Decl(BytesDecl::new(
            "1.0",
            Some("utf-8"),
            Some("yes"),
        )));
        let _ = xml.create_element("oembed").write_inner_content(|xml| {
            for (name, value) in object.as_object().into_iter().flatten() {
                let text = match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let element = xml.create_element(name.as_str());
                element.write_text_content(BytesText::new(&text))?;
            }
            Ok(())
        });
        xml.into_inner()
    }

    /// A section of the page with the embed code to copy, and a preview of the card.
    pub(super) fn embed_code(&self, of: &EmbedTarget, language: &Line) -> Markup {
        let words = self.words();
        let page = self.base.url(&of.page);
        let room = format!("display:block;min-height:{}px", of.height);
        let script = html! {
            script async src=(self.base.url(&Resource::EmbedScript)) {}
            news-article href=(page) height=(of.height) style=(room) { a href=(page) { (of.title) } }
        };
        let frame = self.frame_code(of).into_string();
        let base = self.base.as_str();
        let id = |what: &str| anchor(&format!("code{}-{what}", of.card));
        let policy = format!("script-src {base}; frame-src {base}");
        html! {
            details.embed lang=(words.language) dir=(direction(words.language)) {
                summary { (words.embed) }
                p id=(id("script-for")) { (words.embed_text) }
                (self.copied(&id("script"), &script.into_string(), &id("script-for")))
                p id=(id("frame-for")) { (words.embed_frame) }
                (self.copied(&id("frame"), &frame, &id("frame-for")))
                p id=(id("policy-for")) { (words.embed_policy) }
                (self.copied(&id("policy"), &policy, &id("policy-for")))
                p id=(id("style-for")) { (words.embed_style) }
                (self.copied(&id("style"), &format!("news-article {{ {room} }}"), &id("style-for")))
                p id=(id("colours-for")) { (words.embed_colours) }
                (self.copied(&id("colours"), COLOURS, &id("colours-for")))
                p { (words.preview) }
                iframe.card src=(of.card) title=(of.title) height=(of.height) loading="lazy"
                    lang=(&**language) dir=(direction(language)) {}
            }
        }
    }

    /// Something to be copied: a button appears where a script can do it.
    ///
    /// `about` is the id of what says what it is.
    pub(super) fn copied(&self, id: &str, text: &str, about: &str) -> Markup {
        let words = self.words();
        html! {
            div.copy {
                code id=(id) dir="ltr" { (text) }
                button type="button" disabled aria-describedby=(about) data-copies=(id) data-done=(words.copied) { (words.copy) }
            }
        }
    }
}

/// The id of the element on `/subscribe` that has the embed code of a section's card.
pub(super) fn place_of_code(card: &Resource) -> String {
    anchor(&format!("code{card}-script"))
}

/// An id for an element that is about an address.
pub(super) fn anchor(address: &str) -> String {
    address.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-")
}

impl EmbedTarget {
    pub fn article(stored: &StoredArticle) -> Self {
        Self {
            card: Resource::ArticleCard(stored.state.id),
            page: Resource::Page(Subject::Article(stored.slug.clone())),
            title: stored.article.headline.to_string(),
            height: card::height_of_article(stored).height(),
            card_height: card::height_of_article(stored),
        }
    }

    pub fn caption(caption: &StoredCaption) -> Self {
        Self {
            card: Resource::CaptionCard(caption.state.id),
            page: Resource::CaptionPage(caption.state.id),
            title: caption.caption.text.to_string(),
            height: card::height_of_caption(caption).height(),
            card_height: card::height_of_caption(caption),
        }
    }

    pub fn section(section: &Section) -> Self {
        Self {
            card: Resource::SectionCard(section.slug.clone()),
            page: Resource::Page(Subject::Section(section.slug.clone())),
            title: section.title.to_string(),
            height: card::height_of_section(&section.title).height(),
            card_height: card::height_of_section(&section.title),
        }
    }
}

impl OEmbed {
    pub fn new(target: EmbedTarget) -> Self {
        Self {
            target,
            authors: Vec::new(),
            thumbnail: None,
            maximum_width: None,
            maximum_height: None,
        }
    }

    fn size(&self) -> (u32, u32) {
        let at_most = |size: u32, most: Option<u32>| most.map_or(size, |most| size.min(most));
        let width = at_most(WIDTH, self.maximum_width);
        let height = match self.maximum_width {
            Some(_) => self.target.card_height.height_at(width),
            None => self.target.height,
        };
        (width, at_most(height, self.maximum_height))
    }

    /// The thumbnail, if it is within the maximum width and height that the consumer asked for.
    fn shown_thumbnail(&self) -> Option<&Rendition> {
        let file = self.thumbnail.as_ref()?;
        let fits = |size: u32, most: Option<u32>| most.is_none_or(|most| size <= most);
        let is_small =
            fits(file.width, self.maximum_width) && fits(file.height, self.maximum_height);
        is_small.then_some(file)
    }
}
