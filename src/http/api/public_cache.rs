//! The cache for responses of the API that need no token. As with feeds, each is made once until something is written, all
//! requests for it get the same, and one with its entity tag gets a 304. Memory is bounded, even where clients do not read.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::responses::{self, ApiReply, ItemFormat};
use crate::http::Site;
use crate::http::cache::MakeLocks;
use crate::http::request::{Peer, PreconditionResult};

use super::permits::{Full, PermitPool};
use super::problem::{HandlerError, Problem, busy};
use super::reply::Reply;
use super::reply_key::{ReplyKey, ReplyKind};
use super::request::ApiRequest;

/// The size of a reply that the cache is laid out for; most are smaller.
const EXPECTED_BYTES: u64 = 16 * 1024;

/// Bytes of a cached reply beside its body: its key, twice, its fields, and its slot in the cache.
const BESIDE_BYTES: u64 = 512;

/// Replies that are being sent to slow readers may take this many times the memory of the cached ones.
const OUT_SHARE: u64 = 2;

/// Minimum memory for replies that are being sent: the longest article fits into it.
const MIN_OUT_BYTES: u64 = 16 * 1024 * 1024;

/// Memory is counted in units of this many bytes.
const UNIT_BYTES: u64 = 1024;

/// Maximum number of replies that are made at a time, so that the rendering of feeds and pages does not wait for many of
/// them.
const MAX_MADE: usize = 1;

/// The Retry-After, in seconds, of a client that has its maximum of waiting requests.
const LATER_SECONDS: u64 = 1;

/// Maximum number of requests that wait: a reply takes tens of milliseconds to make, so the last one waits for some
/// seconds.
const MAX_IN_LINE: usize = 64;

/// Maximum number of requests of one address or token that wait, so that no client that asks for many things has others wait behind
/// all of them: a reader goes from page to page, and a few readers share an address.
const MAX_OF_ONE: usize = 4;

/// A reply, as it was after a number of writes of the store. Its memory is released when no request holds it any more.
struct CachedReply {
    writes: u64,
    form: ItemFormat,
    etag: String,
    next: Option<String>,
    bytes: Vec<u8>,
    _memory: OwnedSemaphorePermit,
}

/// The bytes of a reply that is being sent.
struct OnTheWay(Arc<CachedReply>);

impl AsRef<[u8]> for OnTheWay {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// The weight of a reply in the cache: its bytes.
#[derive(Clone)]
struct ByBytes;

impl Weighter<ReplyKey, Arc<CachedReply>> for ByBytes {
    fn weight(&self, key: &ReplyKey, cached: &Arc<CachedReply>) -> u64 {
        let beside =
            2 * key.bytes() + cached.etag.len() + cached.next.as_ref().map_or(0, String::len);
        (cached.bytes.len() + beside) as u64 + BESIDE_BYTES
    }
}

/// The cached public replies, and memory for those that are being sent.
pub(in crate::http) struct PublicCache {
    cached: Cache<ReplyKey, Arc<CachedReply>, ByBytes>,
    /// Replies that some request still holds, cached or not, so that the next request for one gets the same.
    in_use: Mutex<HashMap<ReplyKey, Weak<CachedReply>>>,
    make_permits: Semaphore,
    /// Permits to wait until a reply is made.
    wait_permits: PermitPool,
    /// Locks of their own, so that nothing waits here that keeps a feed waiting.
    make_locks: MakeLocks,
    memory: Arc<Semaphore>,
    units: u64,
}

impl PublicCache {
    /// An empty cache for at most `bytes`.
    pub(in crate::http) fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / EXPECTED_BYTES).unwrap_or(usize::MAX);
        let units = (bytes * OUT_SHARE).max(MIN_OUT_BYTES) / UNIT_BYTES;
        let units = units.min(u64::from(u32::MAX));
        let permits = usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            cached: Cache::with_weighter(items, bytes, ByBytes),
            in_use: Mutex::default(),
            make_permits: Semaphore::new(MAX_MADE),
            wait_permits: PermitPool::new(MAX_IN_LINE, MAX_OF_ONE),
            make_locks: MakeLocks::default(),
            memory: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            units,
        }
    }

    /// The number of bytes that the kept replies take.
    pub(in crate::http) fn bytes(&self) -> u64 {
        self.cached.weight()
    }

    /// The answer, if nothing was written since it was made.
    fn find(&self, key: &ReplyKey, writes: u64) -> Option<Arc<CachedReply>> {
        let cached = self.cached.get(key).or_else(|| {
            let held = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
            held.get(key)?.upgrade()
        })?;
        (cached.writes == writes).then_some(cached)
    }

    /// Memory for this many bytes; none where slow readers have all of it.
    fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = (bytes as u64).div_ceil(UNIT_BYTES).min(self.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        Arc::clone(&self.memory).try_acquire_many_owned(units).ok()
    }

    /// Keeps an answer, if there is room for it.
    fn keep(&self, key: &ReplyKey, writes: u64, made: EncodedReply) -> Option<Arc<CachedReply>> {
        let EncodedReply {
            form,
            etag,
            next,
            mut bytes,
        } = made;
        bytes.shrink_to_fit();
        let cached = Arc::new(CachedReply {
            writes,
            form,
            etag,
            next,
            _memory: self.room(bytes.len())?,
            bytes,
        });
        self.cached.insert(key.clone(), Arc::clone(&cached));
        let mut held = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() == held.capacity() {
            held.retain(|_, cached| cached.strong_count() > 0);
            let live = held.len();
            held.reserve(live);
        }
        held.insert(key.clone(), Arc::downgrade(&cached));
        Some(cached)
    }
}

impl Site {
    /// Answers with what anybody sees under `key`, which `make` makes of the store.
    pub(super) async fn from_public_cache(
        self: &Arc<Self>,
        request: &ApiRequest,
        key: ReplyKey,
        make: impl FnOnce(&Self) -> Result<Reply, HandlerError> + Send + 'static,
    ) -> Result<Response, Problem> {
        let cached = match self.public_cache.find(&key, self.store.writes()) {
            Some(cached) => cached,
            None => {
                let who = self.who(request);
                let may_make = || match request.token {
                    Some(_) => Ok(()),
                    None => self.may_have_made(request.peer, &request.headers, key.kind()),
                };
                let made = self.shelve(&who, &key, may_make, make).await;
                made.map_err(|failure| request.problem_of(failure))?
            }
        };
        match self.evaluate_conditions(&request.headers, &cached.etag) {
            PreconditionResult::Proceed => {}
            PreconditionResult::NotModified => {
                let response = responses::not_modified(&cached.etag, true);
                return Ok(response.map(axum::body::Body::new));
            }
            PreconditionResult::Failed => return Err(Problem::changed(None)),
        }
        if request.token.is_none() && !request.is_head {
            self.may_have_whole(request.peer, &request.headers, &key)?;
        }
        let reply = ApiReply {
            form: cached.form,
            next: cached.next.clone(),
            status: StatusCode::OK,
            body: Bytes::from_owner(OnTheWay(Arc::clone(&cached))),
            etag: Some(cached.etag.clone()),
            location: None,
            is_public: true,
        };
        Ok(responses::reply(reply).map(axum::body::Body::new))
    }

    /// The client that waits, as a name: its token, or the home of its address.
    fn who(&self, request: &ApiRequest) -> String {
        if let Some(token) = &request.token {
            return token.id.clone();
        }
        let home = request.peer.map(|peer| self.home(peer, &request.headers));
        home.map_or(String::new(), |home| home.to_string())
    }

    async fn shelve(
        self: &Arc<Self>,
        who: &str,
        key: &ReplyKey,
        may_make: impl FnOnce() -> Result<(), Problem>,
        make: impl FnOnce(&Self) -> Result<Reply, HandlerError> + Send + 'static,
    ) -> Result<Arc<CachedReply>, HandlerError> {
        // Requests that come meanwhile wait and take the same answer.
        let _guard = self.public_cache.make_locks.of(key).await;
        if let Some(cached) = self.public_cache.find(key, self.store.writes()) {
            return Ok(cached);
        }
        let _place = self
            .public_cache
            .wait_permits
            .take_now(who)
            .map_err(too_much)?;
        may_make()?;
        let made = {
            // It is never closed.
            let _making = self.public_cache.make_permits.acquire().await;
            let site = Arc::clone(self);
            let work = move || {
                // Taken before anything is read: what comes later is looked for at the next request.
                let writes = site.store.writes();
                Ok(make(&site).map(|reply| (writes, EncodedReply::of(reply))))
            };
            self.render_threads.run(work).await?
        };
        let (writes, made) = made?;
        let cached = self.public_cache.keep(key, writes, made);
        Ok(cached.ok_or_else(|| busy("too many slow readers; ask again in a moment"))?)
    }

    /// Whether something more of that kind is made for a reader.
    fn may_have_made(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        kind: ReplyKind,
    ) -> Result<(), Problem> {
        let (Some(buckets), Some(peer)) = (&self.buckets, peer) else {
            return Ok(());
        };
        let taken = buckets.take_made(peer, headers, &kind, (self.clock)());
        let detail = "too many different answers were asked for; go on later";
        taken.map_err(|seconds| Problem::later(StatusCode::TOO_MANY_REQUESTS, detail, seconds))
    }

    /// Whether a reader may have an answer whole once more.
    pub(super) fn may_have_whole(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        what: &(impl Hash + ?Sized),
    ) -> Result<(), Problem> {
        let (Some(buckets), Some(peer)) = (&self.buckets, peer) else {
            return Ok(());
        };
        let taken = buckets.take(peer, headers, what, (self.clock)());
        let detail =
            "this was fetched whole too often; send If-None-Match with the ETag of the last answer";
        taken.map_err(|seconds| Problem::later(StatusCode::TOO_MANY_REQUESTS, detail, seconds))
    }
}

fn too_much(full: Full) -> Problem {
    match full {
        Full::Own => Problem::later(
            StatusCode::TOO_MANY_REQUESTS,
            "too much is asked for at once from here; ask for one thing after the other",
            LATER_SECONDS,
        ),
        Full::All => busy("too much is asked for at once; ask again"),
    }
}

/// A reply as the bytes of its JSON.
struct EncodedReply {
    form: ItemFormat,
    etag: String,
    next: Option<String>,
    bytes: Vec<u8>,
}

impl EncodedReply {
    fn of(reply: Reply) -> Self {
        let bytes = serde_json::to_vec(&reply.body).unwrap_or_default();
        Self {
            form: reply.form,
            etag: reply.etag.unwrap_or_else(|| tag_of(&bytes)),
            next: reply.next,
            bytes,
        }
    }
}

/// An entity tag that is a hash of the bytes.
pub(super) fn tag_of(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(sum))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::StatusCode;
    use serde_json::json;

    use super::{EncodedReply, ItemFormat, MAX_OF_ONE, PublicCache, Reply, ReplyKey, UNIT_BYTES};
    use crate::http::Site;
    use crate::resource::BaseUrl;
    use crate::store::{Change, Store, WriteQueue};

    #[test]
    fn an_answer_is_made_once_until_something_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2026-11-24T12:00:00Z".parse().expect("a date");
        let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
        let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
        let fault = Box::new(|_: &str, _: &_| {});
        let clock = Arc::new(move || now);
        let writes = WriteQueue::new(Arc::clone(&store), clock, Box::new(|_| {}));
        let site = Arc::new(Site::new(Arc::new(writes), base, 1 << 22, fault));
        let made = Arc::new(AtomicUsize::new(0));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.build().expect("a runtime");
        let ask = || {
            let (site, made) = (Arc::clone(&site), Arc::clone(&made));
            async move {
                let count = move |_: &Site| {
                    made.fetch_add(1, Ordering::Relaxed);
                    Ok(Reply::of(StatusCode::OK, json!({"articles": []})))
                };
                let cached = site.shelve("reader", &ReplyKey::Sections, || Ok(()), count);
                let cached = cached.await;
                cached.expect("an answer").etag.clone()
            }
        };
        let (one, another) = runtime.block_on(async { tokio::join!(ask(), ask()) });
        assert_eq!((one, made.load(Ordering::Relaxed)), (another, 1));
        // Whatever it was, public or not.
        let changes = [Change::Rendering(1)];
        let outcomes = store.apply(&|| now, "courant", &changes).expect("a write");
        assert!(outcomes.iter().all(Result::is_ok));
        runtime.block_on(ask());
        assert_eq!(made.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_client_that_asks_for_many_things_has_no_other_wait_behind_all_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2026-11-24T12:00:00Z".parse().expect("a date");
        let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
        let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
        let fault = Box::new(|_: &str, _: &_| {});
        let writes = WriteQueue::new(store, Arc::new(move || now), Box::new(|_| {}));
        let site = Arc::new(Site::new(Arc::new(writes), base, 1 << 22, fault));
        let key = |limit: usize| ReplyKey::Articles {
            section: None,
            after: None,
            limit,
            form: ItemFormat::Item,
        };
        // Its answer shares no lock with one of the hostile: who does waits for that one first.
        let stripe = |number: usize| site.public_cache.make_locks.stripe(&key(number));
        let shared: HashSet<usize> = (0..100).map(stripe).collect();
        let own_number = (1_000..).find(|number| !shared.contains(&stripe(*number)));
        let own_number = own_number.expect("a lock of its own");
        let made = Arc::new(AtomicUsize::new(0));
        let ask = |who: &'static str, number: usize| {
            let (site, made) = (Arc::clone(&site), Arc::clone(&made));
            async move {
                // Answers that were made before this request did not delay it.
                let already = made.load(Ordering::Relaxed);
                let before = Arc::new(AtomicUsize::new(0));
                let noted = Arc::clone(&before);
                let count = move |_: &Site| {
                    noted.store(made.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
                    Ok(Reply::of(StatusCode::OK, json!({"articles": []})))
                };
                let cached = site.shelve(who, &key(number), || Ok(()), count).await;
                cached
                    .is_ok()
                    .then(|| before.load(Ordering::Relaxed) - already)
            }
        };
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.build().expect("a runtime");
        runtime.block_on(async {
            let mut tasks: Vec<_> = (0..100)
                .map(|number| tokio::spawn(ask("hostile", number)))
                .collect();
            tasks.push(tokio::spawn(ask("honest", own_number)));
            let honest = tasks.pop().expect("a task").await.expect("an end");
            // At most those of the hostile that stand in line were made before.
            assert!(
                honest.is_some_and(|made| made <= MAX_OF_ONE + 1),
                "{honest:?}"
            );
            let mut answered = 0;
            for task in tasks {
                answered += usize::from(task.await.expect("an end").is_some());
            }
            assert!((1..100).contains(&answered), "{answered}");
        });
    }

    #[test]
    fn what_readers_hold_has_its_room_until_they_leave_and_is_held_once() {
        // Nothing is kept.
        let cache = PublicCache::new(0);
        let whole = usize::try_from(cache.units * UNIT_BYTES).expect("a size");
        let key = |slug: &str| ReplyKey::Section(slug.to_owned());
        let keep = |slug: &str, bytes: usize| {
            let made = EncodedReply {
                form: ItemFormat::Item,
                etag: String::new(),
                next: None,
                bytes: vec![0; bytes],
            };
            cache.keep(&key(slug), 1, made)
        };
        let first = keep("first", whole / 2);
        let second = keep("second", whole / 2);
        assert!(first.is_some() && second.is_some());
        assert!(keep("third", 1).is_none());
        // A request for the same takes no more, unless something was written.
        let shared = cache.find(&key("first"), 1);
        assert!(shared.is_some() && cache.find(&key("first"), 2).is_none());
        drop(first);
        assert!(keep("third", 1).is_none());
        drop(shared);
        assert!(cache.find(&key("first"), 1).is_none());
        // One that is larger than all of it is given out, too, when no other request holds any.
        drop(second);
        assert!(keep("third", 2 * whole).is_some());
    }
}
