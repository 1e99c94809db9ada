//! Requests in, responses out.
//!
//! A request names a [`Resource`] and a coding; the answer is a [`Representation`] made at some touch of the log, kept
//! until the log has touched it again. While the log stands still an answer costs one look into memory.

mod absent;
mod accept;
mod answer;
pub mod api;
mod body;
mod cache_policy;
mod card;
mod catalogue;
mod coding;
mod content_policy;
mod date;
mod dependencies;
mod desk;
mod document;
mod fields;
mod front;
mod key;
#[cfg(test)]
mod leaving;
mod media;
mod oembed;
mod older;
mod plain;
#[cfg(test)]
mod plans;
mod precondition;
mod press;
mod rate;
mod readers;
mod ready;
mod rendered;
mod representation;
mod respond;
#[cfg(test)]
mod small;
mod subject;
mod turns;
mod weight;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version, header};
use quick_cache::sync::Cache;

use crate::item::FormerPath;
use crate::resource::{Alias, BaseUrl, OEMBED, Resource};
use crate::store::Store;

pub use body::Body;
pub use cache_policy::CachePolicy;
pub use coding::{Coding, negotiate};
pub use desk::{Desk, DeskError, TellEntries};
pub use document::rendered;
pub use fields::Fields;
use front::Marks;
pub use front::{Front, KeyHeader};
use key::{Asked, Key};
pub use plain::{Framing, MOST_FIELDS, Other, Plain, Reading, Slots, read};
pub use precondition::{Outcome, Validators, evaluate};
use press::Press;
pub use rate::{AddressHeader, Peer, RateLimit};
use readers::Look;
pub use readers::{Reader, Readers};
pub use ready::{Ready, Whole};
pub use rendered::{RenderError, Rendered};
pub use representation::Representation;
pub use respond::Refusal;
use turns::Turns;
use weight::ByMemory;
pub use wire::{write_field, write_head};

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Is told the path and the reason of a request that ended in a 500.
pub type TellFault = Box<dyn Fn(&str, &RenderError) + Send + Sync>;

/// The size that the cache is laid out for, not a bound: most feeds are about so large.
const EXPECTED_BYTES: u64 = 16 * 1024;

/// One part in this many of the memory is for uncoded documents that were not asked for.
const PLAIN_SHARE: u64 = 16;

/// And one in this many for the answers that all threads together have ready.
const READY_SHARE: u64 = 32;

/// And one in this many for what anybody may read of the API.
const SHELF_SHARE: u64 = 16;

/// For this many uncoded documents that were not asked for there is room.
const PLAINS: usize = 64;

/// So long a sender may send nothing of a body where nothing else is said.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// Digests of this many photographs are remembered.
const MOST_DIGESTS: usize = 4096;

/// What is known of an answer at a touch, and up to which position it was found to be the newest.
pub(crate) struct Kept {
    pub(crate) answer: Answer,
    /// The key of the selection that touches it; empty for what never changes while the server runs.
    pub(crate) selection: String,
    pub(crate) touched: u64,
    pub(crate) newest_at: AtomicU64,
}

/// An answer from memory, whose body is not copied.
pub enum AtOnce {
    /// It lay ready.
    Whole(Whole),
    /// Its head was written, and this is its body.
    Parts(KeptBody),
}

/// A body in memory, if the answer has one.
pub struct KeptBody(Option<Arc<Kept>>);

impl KeptBody {
    pub fn bytes(&self) -> &[u8] {
        match self.0.as_deref() {
            Some(Kept {
                answer: Answer::Found(found),
                ..
            }) => &found.body,
            _ => &[],
        }
    }
}

/// What a resource is at a position.
#[derive(Clone)]
pub(crate) enum Answer {
    Found(Arc<Representation>),
    /// Another address, for good.
    Moved {
        address: String,
        marks: Marks,
    },
    Gone(Arc<Representation>),
    /// Gone by order of the law (RFC 7725).
    Forbidden(Arc<Representation>),
    Nowhere,
}

/// How many responses went out, by status, and what it cost to make them.
pub struct Counters {
    statuses: [AtomicU64; 600],
    renders: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            statuses: std::array::from_fn(|_| AtomicU64::new(0)),
            renders: AtomicU64::new(0),
        }
    }
}

impl Counters {
    fn count(&self, status: StatusCode) {
        if let Some(counter) = self.statuses.get(usize::from(status.as_u16())) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Responses by status, those that there were.
    pub fn statuses(&self) -> Vec<(usize, u64)> {
        let counted = self.statuses.iter().enumerate();
        counted
            .map(|(status, counter)| (status, counter.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Documents rendered since the start.
    pub fn renders(&self) -> u64 {
        self.renders.load(Ordering::Relaxed)
    }
}

/// Everything that a request can be answered from.
pub struct Site {
    store: Arc<Store>,
    base: BaseUrl,
    clock: Clock,
    cache: Cache<Key, Arc<Kept>, ByMemory>,
    /// Uncoded documents that nobody asked for, made for the sake of a coding.
    plains: Cache<Key, Arc<Kept>, ByMemory>,
    turns: Turns,
    press: Press,
    ready_bytes: u64,
    front: Front,
    /// None where nobody is limited.
    buckets: Option<rate::Buckets>,
    absent: absent::Absent,
    /// What caches in front are told of what is not there.
    absent_marks: Marks,
    /// SHA-256 of photographs by the names of their files, which never change.
    digests: Cache<String, Arc<str>>,
    counters: Counters,
    fault: TellFault,
    desk: Desk,
    /// Who failed to name a token.
    guard: api::Guard,
    /// The requests with an Idempotency-Key that are being done.
    running: api::Running,
    readers: Readers,
    /// What anybody may read of the API.
    shelf: api::Shelf,
    /// Room for what is coming in.
    rooms: api::Rooms,
    /// Places for photographs that are being read.
    making: api::Places,
    /// Places for recordings that come.
    receiving: api::Places,
    /// Places for requests that wait for changes.
    waiting: api::Places,
    /// So long a sender may send nothing of a body.
    body_pause: Duration,
    /// Whether the server is about to end.
    ends: tokio::sync::watch::Sender<bool>,
}

impl Site {
    /// `fault` is told of every request that ends in a 500.
    pub fn new(
        store: Arc<Store>,
        base: BaseUrl,
        clock: Clock,
        cache_bytes: u64,
        fault: TellFault,
    ) -> Self {
        let items = usize::try_from(cache_bytes / EXPECTED_BYTES).unwrap_or(usize::MAX);
        let plain_bytes = cache_bytes / PLAIN_SHARE;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let ready_bytes = cache_bytes / READY_SHARE / threads as u64;
        let shelf_bytes = cache_bytes / SHELF_SHARE;
        let kept_bytes = cache_bytes - plain_bytes - shelf_bytes - cache_bytes / READY_SHARE;
        Self {
            desk: Desk::new(Arc::clone(&store), Arc::clone(&clock), Box::new(|_| {})),
            guard: api::Guard::new(),
            running: api::Running::default(),
            readers: Readers::default(),
            shelf: api::Shelf::new(shelf_bytes),
            rooms: api::Rooms::default(),
            making: api::Places::new(api::MOST_MADE, api::MOST_MADE),
            receiving: api::Places::new(api::MOST_RECEIVED, api::MOST_RECEIVED_OF_ONE),
            waiting: api::Places::new(api::MOST_WAITING, api::MOST_WAITING_OF_ONE),
            body_pause: BODY_PAUSE,
            ends: tokio::sync::watch::Sender::new(false),
            store,
            base,
            clock,
            cache: Cache::with_weighter(items, kept_bytes, ByMemory),
            plains: Cache::with_weighter(PLAINS, plain_bytes, ByMemory),
            turns: Turns::default(),
            press: Press::new(threads),
            ready_bytes,
            front: Front::default(),
            buckets: None,
            absent: absent::Absent::default(),
            absent_marks: Marks::unmarked(CachePolicy::Absent),
            digests: Cache::new(MOST_DIGESTS),
            counters: Counters::default(),
            fault,
        }
    }

    /// The same with caches in front of it.
    #[must_use]
    pub fn behind(self, front: Front) -> Self {
        let absent_marks = front.marks(CachePolicy::Absent, &[]);
        Self {
            front,
            absent_marks,
            ..self
        }
    }

    /// The same with readers that are limited.
    #[must_use]
    pub fn limiting(self, limit: Option<RateLimit>) -> Self {
        let buckets = limit.map(rate::Buckets::new);
        Self { buckets, ..self }
    }

    /// The same with somebody who is told of what is written through it.
    #[must_use]
    pub fn telling(self, tell: TellEntries) -> Self {
        let desk = Desk::new(Arc::clone(&self.store), Arc::clone(&self.clock), tell);
        Self { desk, ..self }
    }

    /// Whoever writes while the server runs.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The same with senders that may pause so long.
    #[must_use]
    pub fn bearing(self, body_pause: Duration) -> Self {
        Self { body_pause, ..self }
    }

    /// Tells whoever waits for changes that the server is about to end.
    pub fn end(&self) {
        self.ends.send_replace(true);
    }

    async fn ending(&self) {
        // The sender lives as long as the site.
        let _ = self.ends.subscribe().wait_for(|ends| *ends).await;
    }

    /// Whether answers depend on who asks.
    fn is_limiting(&self) -> bool {
        self.buckets.is_some()
    }

    pub fn front(&self) -> &Front {
        &self.front
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Who reads which feed.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Room for what one thread is to have ready.
    pub fn ready(&self) -> Ready {
        Ready::new(self.ready_bytes)
    }

    /// Bytes that representations take in memory.
    pub fn cached_bytes(&self) -> u64 {
        self.cache.weight() + self.plains.weight() + self.shelf.bytes()
    }

    /// The answer, where it is kept in memory, nothing was appended since, and it is the same for all who ask; nearly
    /// always. It waits for nothing. What does not lie `ready` gets its head, but for its end, appended to `head`.
    pub fn at_once(
        &self,
        request: &Plain<'_>,
        peer: Peer,
        ready: &mut Ready,
        head: &mut Vec<u8>,
    ) -> Option<AtOnce> {
        let fields = request.fields;
        if self.front.alters(fields) {
            return None;
        }
        // Only who wants a feed whole is limited.
        let is_for_all = request.is_head || !self.is_limiting();
        let coding = negotiate(fields)?;
        let path = request.path();
        if request.names_another() {
            return None;
        }
        let asked = Asked { path, coding };
        let position = self.store.position().seq;
        let now = (self.clock)();
        if let Some((found, whole, not_modified)) = ready.find(&asked, position, now) {
            let (status, whole) = match evaluate(fields, &found.validators(), now) {
                Outcome::Proceed if is_for_all => (StatusCode::OK, whole),
                Outcome::NotModified => (StatusCode::NOT_MODIFIED, not_modified),
                Outcome::Proceed | Outcome::Failed => return None,
            };
            self.counters.count(status);
            self.noted(path, request.is_head, fields, peer, now);
            if request.is_head {
                head.extend_from_slice(whole.parts().0);
                return Some(AtOnce::Parts(KeptBody(None)));
            }
            return Some(AtOnce::Whole(whole.clone()));
        }
        let kept = self.kept(&asked)?;
        let Answer::Found(found) = &kept.answer else {
            return None;
        };
        // While a write is under way its entries may still be dated from when it began.
        let settled = self.store.settled(now);
        let (status, has_body) = match evaluate(fields, &found.validators(), now) {
            Outcome::Proceed if is_for_all => (StatusCode::OK, !request.is_head),
            Outcome::NotModified => (StatusCode::NOT_MODIFIED, false),
            Outcome::Proceed | Outcome::Failed => return None,
        };
        respond::write(found, status, settled, now, head);
        if !request.is_head && found.is_settled(settled) {
            ready.missed(&asked, position, now, &kept, |status| {
                let mut head = Vec::new();
                respond::write(found, status, settled, now, &mut head);
                head
            });
        }
        self.counters.count(status);
        self.noted(path, request.is_head, fields, peer, now);
        Some(AtOnce::Parts(KeptBody(has_body.then_some(kept))))
    }

    /// Answers a request. Nothing of the request reaches the answer but what is asked for and how it may be coded.
    pub async fn respond<B>(self: Arc<Self>, request: Request<B>) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let response = self.answer_request(&parts).await;
        let now = (self.clock)();
        let peer = parts.extensions.get::<Peer>();
        if let (StatusCode::OK | StatusCode::NOT_MODIFIED, Some(peer)) = (response.status(), peer) {
            let is_head = parts.method == Method::HEAD;
            self.noted(parts.uri.path(), is_head, &parts.headers, *peer, now);
        }
        self.sent(response, now)
    }

    /// Notes who reads a feed.
    fn noted<F: Fields + ?Sized>(
        &self,
        path: &str,
        is_head: bool,
        fields: &F,
        peer: Peer,
        now: DateTime<Utc>,
    ) {
        let is_conditional = || fields.has("if-none-match") || fields.has("if-modified-since");
        self.readers.note(path, now, || Look {
            agent: fields.texts("user-agent").next().unwrap_or_default(),
            is_conditional: is_head || is_conditional(),
            home: self.home(peer, fields),
        });
    }

    /// The home that a request comes from, behind the proxies that are believed.
    fn home<F: Fields + ?Sized>(&self, peer: Peer, fields: &F) -> IpAddr {
        match &self.buckets {
            Some(buckets) => buckets.home(peer, fields),
            None => rate::supposed_home(peer, fields),
        }
    }

    /// Dates and counts an answer of the API.
    fn dated(&self, response: Response<Body>) -> Response<Body> {
        self.sent(response, (self.clock)())
    }

    /// Dates and counts a response, in which nothing is later than `now`.
    fn sent(&self, mut response: Response<Body>, now: DateTime<Utc>) -> Response<Body> {
        respond::date(&mut response, now);
        self.counters.count(response.status());
        response
    }

    /// The answer to what is no request.
    pub fn refuse(&self, refusal: Refusal) -> Response<Body> {
        self.sent(respond::refused(refusal), (self.clock)())
    }

    async fn answer_request(self: &Arc<Self>, request: &http::request::Parts) -> Response<Body> {
        let hosts = request.headers.get_all(header::HOST).iter().count();
        if request.version == Version::HTTP_11 && hosts != 1 {
            return respond::refused(Refusal::Host);
        }
        let is_head = request.method == Method::HEAD;
        if request.method == Method::OPTIONS {
            return respond::options();
        }
        if request.method != Method::GET && !is_head {
            return respond::method_not_allowed();
        }
        let (path, query) = (request.uri.path(), request.uri.query());
        if let Some(alias) = Alias::parse(path, query) {
            return self.alias(alias, request).await;
        }
        if request.uri.path() == OEMBED {
            let query = request.uri.query().unwrap_or_default();
            return self.oembed(query, &request.headers, is_head).await;
        }
        let resource = Resource::parse(path).filter(|_| !FormerPath::is_asked(path, query));
        let Some(resource) = resource else {
            return self.older(request).await;
        };
        if let Resource::Media { .. } = resource {
            return self.photograph(request, &resource, is_head).await;
        }
        let Some(coding) = negotiate(&request.headers) else {
            return respond::not_acceptable(is_head);
        };
        let is_limited = !is_head && matches!(resource, Resource::Feed(..));
        match self.newest(resource, coding).await {
            Ok(Answer::Found(found)) => {
                let now = (self.clock)();
                let allowed = || self.allowed(is_limited, request, now);
                self.conditional(&request.headers, &found, is_head, now, allowed)
            }
            other => self.answered(request, other),
        }
    }

    /// What is said where the answer is not there to be given as it is.
    fn answered(
        &self,
        request: &http::request::Parts,
        answer: Result<Answer, RenderError>,
    ) -> Response<Body> {
        let path = request.uri.path();
        let is_head = request.method == Method::HEAD;
        match answer {
            Err(error) => {
                (self.fault)(path, &error);
                respond::fault(is_head)
            }
            // Who comes by another address gets no document there.
            Ok(Answer::Nowhere | Answer::Found(_)) => self.nowhere(path, is_head),
            Ok(Answer::Moved { address, marks }) => respond::moved(&address, &marks),
            Ok(Answer::Gone(notice)) => respond::gone(StatusCode::GONE, &notice, is_head),
            Ok(Answer::Forbidden(notice)) => {
                respond::gone(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, &notice, is_head)
            }
        }
    }

    /// The answer to a GET or HEAD of what is there, as far as the request's conditions let it go; `allowed` says after
    /// how many seconds the reader may have it whole, where not at once.
    fn conditional(
        &self,
        headers: &HeaderMap,
        representation: &Representation,
        is_head: bool,
        now: DateTime<Utc>,
        allowed: impl FnOnce() -> Result<(), u64>,
    ) -> Response<Body> {
        // While a write is under way its entries may still be dated from when it began.
        let settled = self.store.settled(now);
        let headers = self.front.as_given_out(headers);
        match evaluate(&*headers, &representation.validators(), now) {
            Outcome::Proceed => match allowed() {
                Ok(()) => respond::found(representation, settled, is_head),
                Err(seconds) => respond::too_often(seconds),
            },
            Outcome::NotModified => respond::not_modified(representation, settled),
            Outcome::Failed => respond::precondition_failed(),
        }
    }

    /// Whether the reader may have a feed whole; if not, after how many seconds.
    fn allowed(
        &self,
        is_limited: bool,
        request: &http::request::Parts,
        now: DateTime<Utc>,
    ) -> Result<(), u64> {
        match (&self.buckets, request.extensions.get::<Peer>()) {
            (Some(buckets), Some(peer)) if is_limited => {
                buckets.take(*peer, &request.headers, request.uri.path(), now)
            }
            _ => Ok(()),
        }
    }
}
