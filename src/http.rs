//! Requests in, responses out.
//!
//! A request names a [`Resource`](crate::resource::Resource) and a coding; the answer is a
//! [`Representation`](crate::http::Representation) made at some touch of the log, kept until the log has touched it again.
//! While the log stands still an answer costs one look into memory.

mod answer;
pub mod api;
mod cache;
mod counters;
mod document;
mod position;
mod request;
mod response;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode};
use quick_cache::sync::Cache;

use crate::resource::BaseUrl;
use crate::store::{Clock, Store, WriteQueue};

use answer::NotFoundCache;
pub use answer::{AtOnce, KeptBody};
use cache::{ByMemory, CacheKey, CachedAnswer, MakeLocks, RenderThreads};
pub use cache::{ReadyResponses, Whole};
pub use counters::Counters;
pub use document::{RenderError, Rendered, TextCache, rendered, rendered_with};
pub use request::{
    AddressHeader, Fields, Framing, MAX_FIELDS, OtherRequest, ParsedHead, Peer, PreconditionResult,
    RateLimit, Reader, Readers, Refusal, SimpleRequest, Slots, Validators, evaluate, read,
    write_field,
};
use request::{FeedRequest, rate};
pub use response::{
    Body, CachePolicy, Coding, Front, KeyHeader, Representation, negotiate, write_head,
};
use response::{CacheHeaders, respond};

/// Called with the path and the error of each request that ends in a 500.
pub type TellFault = Box<dyn Fn(&str, &RenderError) + Send + Sync>;

/// The size of a response that the cache is laid out for, which is that of most feeds; not a bound.
const EXPECTED_BYTES: u64 = 16 * 1024;

/// One part in this many of the memory is for uncoded documents that were not asked for.
const UNCODED_SHARE: u64 = 16;

/// One part in this many of the memory is for the answers that all threads together have ready.
const READY_SHARE: u64 = 32;

/// One part in this many of the memory is for public answers of the API.
const PUBLIC_SHARE: u64 = 16;

/// One part in this many of the memory is for the text that feeds and pages are made of.
const TEXT_SHARE: u64 = 8;

/// Maximum number of uncoded documents that are kept though they were not asked for.
const MAX_UNCODED: usize = 64;

/// Default maximum time for which a sender may pause within a request body.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// Digests of this many photographs are remembered.
const MAX_DIGESTS: usize = 4096;

/// Everything that a request can be answered from.
pub struct Site {
    store: Arc<Store>,
    base: BaseUrl,
    clock: Clock,
    cache: Cache<CacheKey, Arc<CachedAnswer>, ByMemory>,
    /// Uncoded documents that were made to be encoded, and that no reader asked for.
    uncoded: Cache<CacheKey, Arc<CachedAnswer>, ByMemory>,
    /// Cached text that several documents share.
    texts: TextCache,
    make_locks: MakeLocks,
    render_threads: RenderThreads,
    ready_bytes: u64,
    front: Front,
    /// The token buckets of all readers for whole feeds; `None` where requests are not limited.
    buckets: Option<rate::Buckets>,
    not_found_cache: NotFoundCache,
    /// The headers for caches in front on responses for addresses where nothing is.
    absent_cache_headers: CacheHeaders,
    /// SHA-256 of photographs by the names of their files, which never change.
    digests: Cache<String, Arc<str>>,
    counters: Counters,
    fault: TellFault,
    writes: Arc<WriteQueue>,
    /// Clients that recently failed to authenticate.
    guard: api::Guard,
    /// The requests with an Idempotency-Key that are being executed.
    running: api::RunningRequests,
    readers: Readers,
    /// Responses of the API that need no token.
    public_cache: api::PublicCache,
    /// Memory for request bodies that are being received.
    body_memory: api::BodyMemory,
    /// Permits for photographs that are being processed.
    photograph_permits: api::Permits,
    /// Permits for recordings that are being received.
    recording_permits: api::Permits,
    /// Permits for requests that wait for changes.
    change_permits: api::Permits,
    /// Maximum time in which a client may send nothing within a request body.
    body_pause: Duration,
    /// Whether the server is about to end.
    ends: tokio::sync::watch::Sender<bool>,
}

impl Site {
    /// A site of the store that is written to through `writes`. `fault` is called for every request that the store's failure
    /// ends, with 500 or 503.
    pub fn new(writes: Arc<WriteQueue>, base: BaseUrl, cache_bytes: u64, fault: TellFault) -> Self {
        let items = usize::try_from(cache_bytes / EXPECTED_BYTES).unwrap_or(usize::MAX);
        let uncoded_bytes = cache_bytes / UNCODED_SHARE;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let ready_bytes = cache_bytes / READY_SHARE / threads as u64;
        let public_bytes = cache_bytes / PUBLIC_SHARE;
        let text_bytes = cache_bytes / TEXT_SHARE;
        let others = uncoded_bytes + public_bytes + text_bytes + cache_bytes / READY_SHARE;
        let kept_bytes = cache_bytes - others;
        Self {
            guard: api::Guard::new(),
            running: api::RunningRequests::default(),
            readers: Readers::default(),
            public_cache: api::PublicCache::new(public_bytes),
            texts: TextCache::new(text_bytes),
            body_memory: api::BodyMemory::default(),
            photograph_permits: api::Permits::new(api::MAX_MADE, api::MAX_MADE),
            recording_permits: api::Permits::new(api::MAX_RECEIVED, api::MAX_RECEIVED_OF_ONE),
            change_permits: api::Permits::new(api::MAX_WAITING, api::MAX_WAITING_OF_ONE),
            body_pause: BODY_PAUSE,
            ends: tokio::sync::watch::Sender::new(false),
            store: Arc::clone(writes.store()),
            clock: Arc::clone(writes.clock()),
            writes,
            base,
            cache: Cache::with_weighter(items, kept_bytes, ByMemory),
            uncoded: Cache::with_weighter(MAX_UNCODED, uncoded_bytes, ByMemory),
            make_locks: MakeLocks::default(),
            render_threads: RenderThreads::new(threads),
            ready_bytes,
            front: Front::default(),
            buckets: None,
            not_found_cache: NotFoundCache::default(),
            absent_cache_headers: CacheHeaders::unmarked(CachePolicy::Absent),
            digests: Cache::new(MAX_DIGESTS),
            counters: Counters::default(),
            fault,
        }
    }

    /// Sets the caches in front, which decides the cache headers of responses.
    #[must_use]
    pub fn with_front(self, front: Front) -> Self {
        let absent_cache_headers = front.cache_headers(CachePolicy::Absent, &[]);
        Self {
            front,
            absent_cache_headers,
            ..self
        }
    }

    /// Limits the rate of requests of each reader; without limit where it is `None`.
    #[must_use]
    pub fn with_rate_limit(self, limit: Option<RateLimit>) -> Self {
        let buckets = limit.map(rate::Buckets::new);
        Self { buckets, ..self }
    }

    /// The queue of changes that are to be applied to the store.
    pub fn writes(&self) -> &WriteQueue {
        &self.writes
    }

    /// Sets for how long a client may send nothing within a request body.
    #[must_use]
    pub fn with_body_pause(self, body_pause: Duration) -> Self {
        Self { body_pause, ..self }
    }

    /// Ends the requests that wait for changes, since the server is about to end.
    pub fn end(&self) {
        self.ends.send_replace(true);
    }

    /// Waits until the server is about to end.
    async fn until_ending(&self) {
        // The sender lives as long as the site.
        let _ = self.ends.subscribe().wait_for(|ends| *ends).await;
    }

    /// Whether responses depend on the client, since there are rate limits.
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

    /// The readers that were counted of each feed.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// An empty cache of ready responses for one thread.
    pub fn ready(&self) -> ReadyResponses {
        ReadyResponses::new(self.ready_bytes)
    }

    /// The number of bytes that cached responses and text take in memory.
    pub fn cached_bytes(&self) -> u64 {
        self.cache.weight() + self.uncoded.weight() + self.public_cache.bytes() + self.texts.bytes()
    }

    /// Answers a request. Nothing of the request reaches the answer but what is asked for and how it may be coded.
    pub async fn respond<B>(self: Arc<Self>, request: Request<B>) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let response = self.answer_request(&parts).await;
        let now = (self.clock)();
        let peer = parts.extensions.get::<Peer>();
        if let (StatusCode::OK | StatusCode::NOT_MODIFIED, Some(peer)) = (response.status(), peer) {
            let is_head = parts.method == Method::HEAD;
            self.note_reader(parts.uri.path(), is_head, &parts.headers, *peer, now);
        }
        self.finish(response, now)
    }

    /// Counts a reader of the feed at `path`.
    fn note_reader<F: Fields + ?Sized>(
        &self,
        path: &str,
        is_head: bool,
        fields: &F,
        peer: Peer,
        now: DateTime<Utc>,
    ) {
        let is_conditional = || fields.has("if-none-match") || fields.has("if-modified-since");
        self.readers.note(path, now, || FeedRequest {
            agent: fields.texts("user-agent").next().unwrap_or_default(),
            is_conditional: is_head || is_conditional(),
            home: self.home(peer, fields),
        });
    }

    /// The client's address, or the network of its home, by which readers are told apart; as trusted proxies state it.
    fn home<F: Fields + ?Sized>(&self, peer: Peer, fields: &F) -> IpAddr {
        match &self.buckets {
            Some(buckets) => buckets.home(peer, fields),
            None => rate::supposed_home(peer, fields),
        }
    }

    /// Sets the Date of a response of the API, and counts it.
    fn finish_api(&self, response: Response<Body>) -> Response<Body> {
        self.finish(response, (self.clock)())
    }

    /// Sets the Date of a response to `now`, with no other date later than that, and counts it.
    fn finish(&self, mut response: Response<Body>, now: DateTime<Utc>) -> Response<Body> {
        respond::date(&mut response, now);
        self.counters.count(response.status());
        response
    }

    /// The response to bytes that are not an acceptable request.
    pub fn refuse(&self, refusal: Refusal) -> Response<Body> {
        self.finish(respond::refused(refusal), (self.clock)())
    }
}
