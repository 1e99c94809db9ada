//! The header fields of a response for caches in front: how long they may keep it, and the keys by which it is purged.
//!
//! There is one key for each [`TouchKey`], in a spelling that a header field can carry. So a purge names exactly the keys
//! that the log touched, nothing is worked out twice, and a response whose selection an entry touches is purged at all of
//! its addresses.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::item::Id;
use crate::store::TouchKey;

use super::cache_policy::CachePolicy;
use crate::http::request::Fields;

/// A header by which some cache learns the keys of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    CacheTag,
    SurrogateKey,
    /// `xkey`, the header of Varnish's module of that name.
    Xkey,
}

impl KeyHeader {
    pub const ALL: [Self; 3] = [Self::CacheTag, Self::SurrogateKey, Self::Xkey];

    pub fn name(self) -> &'static str {
        match self {
            Self::CacheTag => "Cache-Tag",
            Self::SurrogateKey => "Surrogate-Key",
            Self::Xkey => "xkey",
        }
    }

    pub fn header(self) -> HeaderName {
        match self {
            Self::CacheTag => HeaderName::from_static("cache-tag"),
            Self::SurrogateKey => HeaderName::from_static("surrogate-key"),
            Self::Xkey => HeaderName::from_static("xkey"),
        }
    }

    fn separator(self) -> &'static str {
        match self {
            Self::CacheTag => ",",
            Self::SurrogateKey | Self::Xkey => " ",
        }
    }
}

/// The caches in front, as far as answers depend on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Front {
    headers: Vec<KeyHeader>,
    tag_suffixes: Vec<String>,
    purged: bool,
    publication: String,
}

impl Front {
    /// Caches that read keys from `headers` and append `tag_suffixes` to entity tags. With `purged`, each change is sent to
    /// them as a purge.
    pub fn new(
        headers: Vec<KeyHeader>,
        tag_suffixes: Vec<String>,
        purged: bool,
        publication: Id,
    ) -> Self {
        Self {
            headers,
            tag_suffixes,
            purged,
            publication: format!("p-{}", publication.bare()),
        }
    }

    /// The key of all responses of the publication.
    pub fn publication(&self) -> &str {
        &self.publication
    }

    /// A touch key as headers spell it.
    pub fn key(&self, key: &TouchKey) -> String {
        key.in_headers(&self.publication)
    }

    /// Whether a proxy may have altered the entity tags in this request.
    pub(crate) fn alters<F: Fields + ?Sized>(&self, fields: &F) -> bool {
        !self.tag_suffixes.is_empty() && fields.has("if-none-match")
    }

    /// The headers of a request with the tags of If-None-Match as they were given out, where something on the way appends
    /// to them (Apache's mod_deflate: `-gzip`). Never those of If-Match: the bytes are others.
    pub(crate) fn as_given_out<'h>(&self, headers: &'h HeaderMap) -> Cow<'h, HeaderMap> {
        if !self.alters(headers) {
            return Cow::Borrowed(headers);
        }
        let mut given_out = headers.clone();
        given_out.remove(header::IF_NONE_MATCH);
        for field in headers.get_all(header::IF_NONE_MATCH) {
            let mut text = field.to_str().unwrap_or_default().to_owned();
            for suffix in &self.tag_suffixes {
                text = text.replace(&format!("{suffix}\""), "\"");
            }
            if let Ok(field) = HeaderValue::from_str(&text) {
                given_out.append(header::IF_NONE_MATCH, field);
            }
        }
        Cow::Owned(given_out)
    }

    pub(crate) fn cache_headers(&self, policy: CachePolicy, keys: &[&TouchKey]) -> CacheHeaders {
        let mut keys: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        keys.push(self.publication.clone());
        let fields = self.headers.iter().filter_map(|header| {
            let value = HeaderValue::from_str(&keys.join(header.separator()));
            Some((header.header(), value.ok()?))
        });
        CacheHeaders {
            cdn_cache_control: HeaderValue::from_static(policy.cdn_cache_control(self.purged)),
            keys: fields.collect(),
        }
    }
}

/// The response headers for caches in front.
#[derive(Clone, Debug)]
pub(crate) struct CacheHeaders {
    pub(crate) cdn_cache_control: HeaderValue,
    pub(crate) keys: Vec<(HeaderName, HeaderValue)>,
}

impl CacheHeaders {
    /// The headers for caches of which nothing is known: no keys.
    pub(crate) fn unmarked(policy: CachePolicy) -> Self {
        Self {
            cdn_cache_control: HeaderValue::from_static(policy.cdn_cache_control(false)),
            keys: Vec::new(),
        }
    }
}
