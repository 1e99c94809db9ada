//! How other sites come by a card: oEmbed 1.0 (oembed.com), and code to copy.

use ammonia::url::form_urlencoded;
use maud::{Markup, html};
use quick_xml::escape::escape;
use serde_json::json;

use crate::item::{Line, Rendition};
use crate::resource::{Resource, Subject};

use super::card::HEIGHT;
use super::{FeedLink, Frame, direction};

/// Where oEmbed is asked.
pub const OEMBED: &str = "/oembed";

/// How wide a card is where nobody says it.
const WIDTH: u32 = 600;

/// How long whoever asked may keep the answer, as pages are kept.
const CACHE_SECONDS: u32 = 300;

/// What oEmbed says of an address.
#[derive(Clone, Debug)]
pub struct OEmbed {
    pub card: Resource,
    pub page: Resource,
    pub title: String,
    pub authors: Vec<String>,
    pub thumbnail: Option<Rendition>,
    /// The hard limits of whoever asks.
    pub most_width: Option<u32>,
    pub most_height: Option<u32>,
}

impl Frame<'_> {
    /// The addresses at which oEmbed tells of a page.
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

    /// What stands on the other site's page: a link, which sanitizers leave, and the card in a frame.
    fn frame_code(
        &self,
        card: &Resource,
        page: &Resource,
        title: &str,
        size: (u32, u32),
    ) -> String {
        let (width, height) = size;
        let markup = html! {
            blockquote { a href=(self.base.url(page)) { (title) } }
            iframe src=(self.base.url(card)) width=(width) height=(height) title=(title)
                frameborder="0" scrolling="no" {}
        };
        markup.into_string()
    }

    /// An answer of oEmbed, as JSON.
    pub fn oembed_json(&self, of: &OEmbed) -> Vec<u8> {
        let (width, height) = of.size();
        let mut said = json!({
            "version": "1.0",
            "type": "rich",
            "title": of.title,
            "provider_name": self.publication.title,
            "provider_url": self.base.url(&Resource::Page(Subject::Publication)),
            "cache_age": CACHE_SECONDS,
            "width": width,
            "height": height,
            "html": self.frame_code(&of.card, &of.page, &of.title, (width, height)),
        });
        if let Some(object) = said.as_object_mut() {
            if !of.authors.is_empty() {
                object.insert("author_name".to_owned(), json!(of.authors.join(", ")));
            }
            if let Some(file) = of.shown_thumbnail() {
                object.insert("thumbnail_url".to_owned(), json!(self.media(file)));
                object.insert("thumbnail_width".to_owned(), json!(file.width));
                object.insert("thumbnail_height".to_owned(), json!(file.height));
            }
        }
        serde_json::to_vec(&said).unwrap_or_default()
    }

    /// The same as XML.
    pub fn oembed_xml(&self, of: &OEmbed) -> Vec<u8> {
        let said = serde_json::from_slice(&self.oembed_json(of)).unwrap_or_default();
        let fields: serde_json::Map<String, serde_json::Value> = said;
        let mut xml =
            "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<oembed>".to_owned();
        for (name, value) in &fields {
            let text = match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            xml.push_str(&format!("<{name}>{}</{name}>", escape(text.as_str())));
        }
        xml.push_str("</oembed>\n");
        xml.into_bytes()
    }

    /// Code to copy, and what it shows.
    pub(super) fn embed_code(
        &self,
        (card, page): (&Resource, &Resource),
        title: &str,
        language: &Line,
    ) -> Markup {
        let words = self.words();
        let address = self.base.url(card);
        let script = html! {
            script async src=(self.base.url(&Resource::EmbedScript)) {}
            news-article src=(address) height=(HEIGHT) {
                a href=(self.base.url(page)) { (title) }
            }
        };
        let frame = self.frame_code(card, page, title, (WIDTH, HEIGHT));
        let base = self.base.as_str();
        let own = card
            .to_string()
            .replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-");
        let id = |what: &str| format!("code{own}-{what}");
        let policy = format!("script-src {base}; frame-src {base}");
        html! {
            details.embed {
                summary { (words.embed) }
                p { (words.embed_text) }
                (self.copied(&id("script"), &script.into_string()))
                p { (words.embed_frame) }
                (self.copied(&id("frame"), &frame))
                p { (words.embed_policy) }
                (self.copied(&id("policy"), &policy))
                p { (words.preview) }
                iframe.card src=(card) title=(title) height=(HEIGHT) loading="lazy"
                    lang=(&**language) dir=(direction(language)) {}
            }
        }
    }

    /// Something to be copied: a button appears where a script can do it.
    pub(super) fn copied(&self, id: &str, text: &str) -> Markup {
        let words = self.words();
        html! {
            div.copy {
                code id=(id) dir="ltr" { (text) }
                button type="button" disabled data-copies=(id) data-done=(words.copied) { (words.copy) }
            }
        }
    }
}

impl OEmbed {
    pub fn new(card: Resource, page: Resource, title: String) -> Self {
        Self {
            card,
            page,
            title,
            authors: Vec::new(),
            thumbnail: None,
            most_width: None,
            most_height: None,
        }
    }

    fn size(&self) -> (u32, u32) {
        let at_most =
            |size: u32, most: Option<u32>| most.map_or(size, |most| size.min(most)).max(1);
        (
            at_most(WIDTH, self.most_width),
            at_most(HEIGHT, self.most_height),
        )
    }

    /// The thumbnail, if it is within the limits.
    fn shown_thumbnail(&self) -> Option<&Rendition> {
        let file = self.thumbnail.as_ref()?;
        let fits = |size: u32, most: Option<u32>| most.is_none_or(|most| size <= most);
        let is_small = fits(file.width, self.most_width) && fits(file.height, self.most_height);
        is_small.then_some(file)
    }
}
