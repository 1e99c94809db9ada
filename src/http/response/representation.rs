//! A representation: bytes in one coding, with the validators that follow from them and from the log.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::item::{Line, Moment};
use crate::page::FeedLink;

use super::Coding;
use super::cache_policy::CachePolicy;
use super::content_policy::card_policy;
use super::front::CacheHeaders;
use crate::http::request::Validators;

/// The context in which a browser shows a representation, on which its Content-Security-Policy depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DisplayContext {
    Document,
    Page,
    /// A card on another site's page.
    Card,
}

/// Number of characters of the hash that make a tag: 132 bits.
const TAG_CHARACTERS: usize = 22;

/// One resource's bytes in one coding.
#[derive(Clone, Debug)]
pub struct Representation {
    pub body: Bytes,
    pub coding: Coding,
    pub content_type: &'static str,
    pub policy: CachePolicy,
    pub(crate) display: DisplayContext,
    /// The hash of the uncoded bytes, which names them in every coding.
    pub hash: String,
    pub etag: String,
    /// The modification date; none for a representation that only its tag tells apart.
    pub last_modified: Option<DateTime<Utc>>,
    pub(crate) head: Head,
}

/// Header values that are the same for every response of a representation.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) etag: HeaderValue,
    pub(crate) cache_control: HeaderValue,
    pub(crate) content_type: HeaderValue,
    pub(crate) last_modified: Option<HeaderValue>,
    pub(crate) length: HeaderValue,
    pub(crate) link: Option<HeaderValue>,
    /// The Content-Security-Policy that names the sites which may frame it; none where everybody may.
    pub(crate) framed_by: Option<HeaderValue>,
    /// The Sunset header (RFC 8594): when the resource will be gone.
    pub(crate) sunset: Option<HeaderValue>,
    /// The Repr-Digest header (RFC 9530) of representations that people keep for long, by which they see that all came. A
    /// 304 has none.
    pub(crate) digest: Option<HeaderValue>,
    pub(crate) front: CacheHeaders,
    /// The heads as they are sent, made when they are first needed.
    pub(crate) response_heads: OnceLock<ResponseHeads>,
}

/// The heads of the two usual answers as they go out, without their dates.
#[derive(Clone, Debug)]
pub(crate) struct ResponseHeads {
    pub(crate) full: Box<[u8]>,
    pub(crate) not_modified: Box<[u8]>,
}

impl Representation {
    /// An uncoded representation of what was last altered at `changed_at`; without it, of what has no date.
    pub fn new(
        body: Vec<u8>,
        content_type: &'static str,
        policy: CachePolicy,
        changed_at: Option<DateTime<Utc>>,
    ) -> Self {
        let hash = tag(&[&body]);
        let last_modified = changed_at.map(next_second);
        Self::assemble(
            body,
            Coding::Identity,
            content_type,
            policy,
            hash,
            last_modified,
        )
    }

    /// Points to feeds in the head, too, for those who do not read the page (RFC 8288).
    pub(crate) fn pointing_to(mut self, feeds: &[FeedLink]) -> Self {
        let links: Vec<String> = feeds
            .iter()
            .map(|feed| {
                format!(
                    "<{}>; rel=\"alternate\"; type=\"{}\"",
                    feed.address, feed.media_type
                )
            })
            .collect();
        self.head.link = HeaderValue::from_str(&links.join(", ")).ok();
        self
    }

    /// The same representation, which only these sites may frame, if any are named.
    pub(crate) fn framed_by(mut self, hosts: &[Line]) -> Self {
        if !hosts.is_empty() {
            let hosts: Vec<&str> = hosts.iter().map(|host| &**host).collect();
            let policy = card_policy(&hosts.join(" "));
            // Another policy is another answer: who has the bytes under the old one is to get them again.
            let hash = tag(&[&self.body, policy.as_bytes()]);
            let (body, moment) = (self.body.to_vec(), self.last_modified);
            self = Self::assemble(
                body,
                self.coding,
                self.content_type,
                self.policy,
                hash,
                moment,
            );
            self.head.framed_by = HeaderValue::from_str(&policy).ok();
        }
        self
    }

    /// The same representation with a Sunset header, if the end of the resource is known.
    pub(crate) fn with_sunset(mut self, sunset: Option<Moment>) -> Self {
        let spelled = sunset.map(|moment| httpdate::fmt_http_date(moment.to_utc().into()));
        self.head.sunset = spelled.and_then(|text| HeaderValue::from_str(&text).ok());
        self
    }

    /// The representation in another coding.
    ///
    /// # Errors
    /// Only where memory is refused.
    pub fn coded(&self, coding: Coding) -> std::io::Result<Self> {
        let body = coding.encode(&self.body)?;
        let hash = self.hash.clone();
        let mut coded = Self::assemble(
            body,
            coding,
            self.content_type,
            self.policy,
            hash,
            self.last_modified,
        );
        coded.head.link = self.head.link.clone();
        coded.head.framed_by = self.head.framed_by.clone();
        coded.head.sunset = self.head.sunset.clone();
        coded.head.front = self.head.front.clone();
        Ok(coded)
    }

    fn assemble(
        body: Vec<u8>,
        coding: Coding,
        content_type: &'static str,
        policy: CachePolicy,
        hash: String,
        last_modified: Option<DateTime<Utc>>,
    ) -> Self {
        let etag = format!("\"{hash}{}\"", coding.tag_suffix());
        // Base64, digits and GMT: always legal in a header.
        let value =
            |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
        let head = Head {
            etag: value(&etag),
            cache_control: HeaderValue::from_static(policy.cache_control()),
            content_type: HeaderValue::from_static(content_type),
            last_modified: last_modified
                .map(|moment| value(&httpdate::fmt_http_date(moment.into()))),
            length: HeaderValue::from(body.len()),
            link: None,
            framed_by: None,
            sunset: None,
            digest: (policy == CachePolicy::Archive).then(|| {
                let digest = STANDARD.encode(Sha256::digest(&body));
                value(&format!("sha-256=:{digest}:"))
            }),
            front: CacheHeaders::unmarked(policy),
            response_heads: OnceLock::new(),
        };
        Self {
            // A vector that grew, or that was made for the worst case, is larger than what stands in it.
            body: Bytes::copy_from_slice(&body),
            coding,
            content_type,
            policy,
            display: match (policy, content_type.starts_with("text/html")) {
                (CachePolicy::Card, _) => DisplayContext::Card,
                (_, true) => DisplayContext::Page,
                (_, false) => DisplayContext::Document,
            },
            hash,
            etag,
            last_modified,
            head,
        }
    }

    pub fn validators(&self) -> Validators<'_> {
        Validators {
            etag: &self.etag,
            last_modified: self.last_modified,
        }
    }

    /// Whether Last-Modified is sent at `now`.
    pub(crate) fn is_settled(&self, now: DateTime<Utc>) -> bool {
        self.last_modified.is_none_or(|moment| moment <= now)
    }

    /// The value of Last-Modified, once its second has come; `None` before. Dates of HTTP have steps of a second: rounded
    /// up, and not sent before, no two bodies share one, even for readers that invent the date of their condition.
    pub(crate) fn settled_last_modified(&self, now: DateTime<Utc>) -> Option<&HeaderValue> {
        self.head
            .last_modified
            .as_ref()
            .filter(|_| self.is_settled(now))
    }
}

/// The content of an entity tag: a hash of the bytes and of the headers that are sent with them.
fn tag(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let mut hash = URL_SAFE_NO_PAD.encode(digest.finalize());
    hash.truncate(TAG_CHARACTERS);
    hash
}

/// The next whole second after `moment`, also where it is a whole second itself: an entry at the very beginning of a second
/// comes after responses that were sent during it.
fn next_second(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.with_nanosecond(0).unwrap_or(moment) + TimeDelta::seconds(1)
}
