//! The oEmbed provider (oembed.com §2): for the address of an article, a caption or a section, the card to show.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use percent_encoding::percent_decode_str;

use crate::item::Id;
use crate::page::{EmbedTarget, Frame, OEmbed};
use crate::publication::Selection;
use crate::resource::{OEMBED, Resource, Subject};
use crate::store::{AddressTarget, Position, PubStatus, TouchKey};

use crate::http::Site;
use crate::http::document::RenderError;
use crate::http::response::{Body, CachePolicy, Representation, respond};

/// The parameters of an oEmbed request that are known here; others are ignored.
#[derive(Default)]
struct OEmbedRequest {
    url: Option<String>,
    format: Option<String>,
    most_width: Option<u32>,
    most_height: Option<u32>,
}

/// An oEmbed response, and the keys that it depends on.
type Embeddable = (OEmbed, Vec<TouchKey>);

/// The reason why there is no oEmbed response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OEmbedRefusal {
    NoUrl,
    /// The request asks for neither JSON nor XML.
    Format,
    /// Nothing at that address can be embedded, or it is not public.
    Nothing,
}

impl OEmbedRequest {
    fn parse(query: &str) -> Self {
        let mut request = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let spaced = value.replace('+', " ");
            let Ok(value) = percent_decode_str(&spaced).decode_utf8() else {
                continue;
            };
            match name {
                "url" => request.url = Some(value.into_owned()),
                "format" => request.format = Some(value.into_owned()),
                "maxwidth" => request.most_width = limit(&value),
                "maxheight" => request.most_height = limit(&value),
                _ => {}
            }
        }
        request
    }
}

/// Reads a limit in pixels; none where it is not a number of at least one.
fn limit(text: &str) -> Option<u32> {
    text.parse().ok().filter(|pixels| *pixels > 0)
}

impl Site {
    pub(crate) async fn oembed(
        self: &Arc<Self>,
        query: &str,
        headers: &HeaderMap,
        is_head: bool,
    ) -> Response<Body> {
        let request = OEmbedRequest::parse(query);
        let is_xml = match request.format.as_deref() {
            None | Some("json") => false,
            Some("xml") => true,
            Some(_) => return refused(OEmbedRefusal::Format, is_head),
        };
        let Some(url) = request.url.as_deref() else {
            return refused(OEmbedRefusal::NoUrl, is_head);
        };
        let Some(resource) = self.base.resource(url) else {
            return refused(OEmbedRefusal::Nothing, is_head);
        };
        let site = Arc::clone(self);
        let work = move || site.oembed_of(resource, &request, is_xml);
        match self.render_threads.run(work).await {
            Ok(Some(found)) => {
                self.conditional(headers, &found, is_head, (self.clock)(), || Ok(()))
            }
            Ok(None) => refused(OEmbedRefusal::Nothing, is_head),
            Err(error) => self.respond_fault(OEMBED, &error, is_head),
        }
    }

    fn oembed_of(
        &self,
        resource: Resource,
        request: &OEmbedRequest,
        is_xml: bool,
    ) -> Result<Option<Representation>, RenderError> {
        // Taken before anything is read: what comes later moves it, and is looked for at the next request.
        let before = self.store.position();
        let Some((mut oembed, keys)) = self.embeddable(resource)? else {
            return Ok(None);
        };
        let keys: Vec<&TouchKey> = keys.iter().collect();
        let mut touched = Position::default();
        for key in &keys {
            touched = touched.max(self.store.touch(key)?);
        }
        let touched = touched.min(before);
        (oembed.maximum_width, oembed.maximum_height) = (request.most_width, request.most_height);
        let publication = self.store.publication()?;
        let frame = Frame {
            publication: &publication,
            base: &self.base,
            openings: None,
        };
        let (body, content_type) = match is_xml {
            true => (frame.oembed_xml(&oembed), "text/xml; charset=utf-8"),
            false => (frame.oembed_json(&oembed), "application/json"),
        };
        let live = CachePolicy::Live;
        let mut made = Representation::new(body, content_type, live, Some(touched.time));
        made.head.front = self.front.cache_headers(live, &keys);
        Ok(Some(made))
    }

    /// The oEmbed response for a resource; none where nothing public there can be embedded.
    fn embeddable(&self, resource: Resource) -> Result<Option<Embeddable>, RenderError> {
        match resource {
            Resource::Page(Subject::Section(slug)) => self.section(&slug),
            Resource::Page(Subject::Article(slug)) => match self.store.find_article(&slug)? {
                AddressTarget::Here(id) => self.item(id, id),
                // One step is enough: the target exists.
                AddressTarget::Moved(now) => match self.store.find_article(&now)? {
                    AddressTarget::Here(id) => Ok(self.item(id, id)?.map(|(oembed, mut keys)| {
                        keys.push(TouchKey::Former(slug));
                        (oembed, keys)
                    })),
                    AddressTarget::Moved(_) | AddressTarget::Nowhere => Ok(None),
                },
                AddressTarget::Nowhere => Ok(None),
            },
            Resource::Item(id) => self.item(id, id),
            Resource::CaptionPage(id) => match self.store.owner_of_caption(id)? {
                Some(owner) => self.item(owner, id),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn section(&self, slug: &str) -> Result<Option<Embeddable>, RenderError> {
        let publication = self.store.publication()?;
        let section = publication.section(slug);
        let Some(section) = section.or_else(|| publication.section_formerly(slug)) else {
            return Ok(None);
        };
        let oembed = OEmbed::new(EmbedTarget::section(section));
        Ok(Some((oembed, vec![TouchKey::SectionsAndFeeds])))
    }

    /// The oEmbed response for an article, or for one of its captions.
    fn item(&self, owner: Id, id: Id) -> Result<Option<Embeddable>, RenderError> {
        let Some(article) = self.store.article(owner)? else {
            return Ok(None);
        };
        let (oembed, pictured) = if id == owner {
            if article.state.status != PubStatus::Usable {
                return Ok(None);
            }
            let authors = article.authors.iter();
            let oembed = OEmbed {
                authors: authors.map(|author| author.name.to_string()).collect(),
                ..OEmbed::new(EmbedTarget::article(&article))
            };
            (oembed, article.lead_caption())
        } else {
            let mut captions = article.usable_captions();
            let Some(caption) = captions.find(|caption| caption.state.id == id) else {
                return Ok(None);
            };
            let credit = caption.caption.credit.iter();
            let oembed = OEmbed {
                authors: credit.map(ToString::to_string).collect(),
                ..OEmbed::new(EmbedTarget::caption(caption))
            };
            (oembed, Some(caption))
        };
        let image = pictured.and_then(|caption| caption.caption.image.as_ref());
        let thumbnail = image.map(|image| {
            let small = image.photograph.thumbnail().cloned();
            small.unwrap_or_else(|| image.photograph.display_file())
        });
        let keys = vec![Selection::Article(owner).into()];
        Ok(Some((
            OEmbed {
                thumbnail,
                ..oembed
            },
            keys,
        )))
    }
}

/// An address of which oEmbed says nothing (oembed.com §2.3.4), or a question that it does not understand.
fn refused(refusal: OEmbedRefusal, is_head: bool) -> Response<Body> {
    let (status, text, cache) = match refusal {
        OEmbedRefusal::NoUrl => (
            StatusCode::BAD_REQUEST,
            "Expected url= with the address of an article, a caption or a section.\n",
            "no-store",
        ),
        OEmbedRefusal::Format => (
            StatusCode::NOT_IMPLEMENTED,
            "Expected format=json or format=xml.\n",
            "no-store",
        ),
        OEmbedRefusal::Nothing => (
            StatusCode::NOT_FOUND,
            "There is nothing at this address that can be embedded.\n",
            CachePolicy::Absent.cache_control(),
        ),
    };
    respond::short_text(status, text, cache, is_head)
}
