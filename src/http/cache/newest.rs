//! From a resource to its newest representation: kept, or rendered anew where the log has touched it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::resource::Resource;

use super::threads::guarded;
use super::{CacheKey, CachedAnswer, KeyRef};
use crate::http::Site;
use crate::http::document::Answer;
use crate::http::document::dependencies::DependsOn;
use crate::http::document::rendered::RenderError;
use crate::http::document::rendered_with;
use crate::http::response::{CachePolicy, Coding, respond};

/// Maximum size of a document, when it was last rendered, for the thread that handles the request to render it again. That
/// takes about a millisecond. Handed to a render thread, it would wait twice for a processor, which takes longer where
/// readers keep all processors busy.
const SMALL_BYTES: usize = 64 * 1024;

/// The same maximum for a document in a content coding, which takes time to encode, too.
const SMALL_CODED_BYTES: usize = 16 * 1024;

impl Site {
    /// The newest answer for `resource` in `coding`.
    pub(crate) async fn newest(
        self: &Arc<Self>,
        resource: Resource,
        coding: Coding,
    ) -> Result<Answer, RenderError> {
        let path = resource.to_string();
        let key = KeyRef {
            path: &path,
            coding,
        };
        if let Some(cached) = self.cached(&key) {
            return Ok(cached.answer.clone());
        }
        // Requests that come meanwhile wait and take the same answer.
        let _guard = self.make_locks.of(&path).await;
        if let Some(cached) = self.cached(&key) {
            return Ok(cached.answer.clone());
        }
        // A database on a server answers only after a while.
        if self.was_small(&path) && !self.store.is_on_server() {
            return guarded(|| Ok(self.make(&resource, coding)?.answer.clone()));
        }
        let site = Arc::clone(self);
        let work = move || Ok(site.make(&resource, coding)?.answer.clone());
        self.render_threads.run(work).await
    }

    /// Whether the document at `path` was small when it was last made, in whatever coding, so that it is little work to
    /// make it again.
    fn was_small(&self, path: &str) -> bool {
        let cached_in = |coding| self.cache.get(&KeyRef { path, coding });
        Coding::ALL
            .into_iter()
            .find_map(cached_in)
            .is_some_and(|cached| match &cached.answer {
                Answer::Found(made) | Answer::Gone(made) | Answer::Forbidden(made) => {
                    let most = match made.coding {
                        Coding::Identity => SMALL_BYTES,
                        _ => SMALL_CODED_BYTES,
                    };
                    made.body.len() <= most
                }
                Answer::Moved { .. } | Answer::Nowhere => false,
            })
    }

    /// The answer kept in memory, if its selection is known not to have been touched since it was found to be the newest.
    pub(crate) fn cached(&self, key: &KeyRef<'_>) -> Option<Arc<CachedAnswer>> {
        let cached = self.cache.get(key)?;
        let position = self.store.position().seq;
        let since = cached.newest_at.load(Ordering::Acquire);
        if since < position {
            let keys = cached.depends_on.keys();
            if !self.store.are_untouched(&keys, since, position) {
                return None;
            }
            cached.newest_at.fetch_max(position, Ordering::AcqRel);
        }
        Some(cached)
    }

    fn make(&self, resource: &Resource, coding: Coding) -> Result<Arc<CachedAnswer>, RenderError> {
        let key = CacheKey::new(&resource.to_string(), coding);
        // Taken before anything is read: what comes later is looked for at the next request.
        let position = self.store.position().seq;
        if let Some(cached) = self.cache.get(&key) {
            let touched = cached.depends_on.touch(&self.store)?;
            if touched.seq == cached.touched {
                cached.newest_at.fetch_max(position, Ordering::AcqRel);
                return Ok(cached);
            }
        }
        let made = match coding {
            Coding::Identity => self.uncoded(resource)?,
            coding => Arc::new(self.make_coded(resource, coding)?),
        };
        if is_worth_keeping(&made.answer) {
            if coding == Coding::Identity {
                // It was requested uncoded after all: the answer moves here from the other cache.
                self.uncoded.remove(&key);
            }
            if let Answer::Found(found) = &made.answer {
                // Before it is weighed.
                respond::heads_of(found);
            }
            self.cache.insert(key, Arc::clone(&made));
        }
        Ok(made)
    }

    fn make_uncoded(
        &self,
        resource: &Resource,
        position: u64,
    ) -> Result<CachedAnswer, RenderError> {
        let begun = Instant::now();
        let made = rendered_with(&self.store, &self.base, Some(&self.texts), resource);
        self.counters.count_render(begun.elapsed());
        let mut made = made?;
        self.mark(&mut made.answer, &made.depends_on);
        Ok(CachedAnswer {
            answer: made.answer,
            depends_on: made.depends_on,
            // Settings and items are read one after the other. An entry between the two has a later sequence than
            // what is noted here, so the next look finds the selection touched and renders again.
            touched: made.touched.seq.min(position),
            newest_at: AtomicU64::new(position),
        })
    }

    /// Writes into an answer what caches in front need to know of it.
    fn mark(&self, answer: &mut Answer, depends_on: &DependsOn) {
        let keys = depends_on.keys();
        let keys = &*keys;
        match answer {
            Answer::Found(made) => {
                Arc::make_mut(made).head.front = self.front.cache_headers(made.policy, keys);
            }
            Answer::Gone(notice) | Answer::Forbidden(notice) => {
                let policy = notice.policy.of_gone();
                let cache_headers = self.front.cache_headers(policy, keys);
                Arc::make_mut(notice).head.front = cache_headers;
            }
            Answer::Moved { cache_headers, .. } => {
                *cache_headers = self.front.cache_headers(CachePolicy::Lasting, keys);
            }
            Answer::Nowhere => {}
        }
    }

    /// The uncoded document, for a coding of it. What is not asked for is not kept, but for a moment: right after a change
    /// all codings are asked for one after the other.
    fn uncoded(&self, resource: &Resource) -> Result<Arc<CachedAnswer>, RenderError> {
        let key = CacheKey::new(&resource.to_string(), Coding::Identity);
        let position = self.store.position().seq;
        for cache in [&self.cache, &self.uncoded] {
            if let Some(cached) = cache.get(&key)
                && cached.depends_on.touch(&self.store)?.seq == cached.touched
            {
                cached.newest_at.fetch_max(position, Ordering::AcqRel);
                return Ok(cached);
            }
        }
        let made = Arc::new(self.make_uncoded(resource, position)?);
        if is_worth_keeping(&made.answer) {
            self.uncoded.insert(key, Arc::clone(&made));
        }
        Ok(made)
    }

    fn make_coded(&self, resource: &Resource, coding: Coding) -> Result<CachedAnswer, RenderError> {
        let uncoded = self.uncoded(resource)?;
        let answer = match &uncoded.answer {
            Answer::Found(found) => {
                Answer::Found(Arc::new(found.coded(coding).map_err(RenderError::Coding)?))
            }
            other => other.clone(),
        };
        Ok(CachedAnswer {
            answer,
            depends_on: uncoded.depends_on.clone(),
            touched: uncoded.touched,
            newest_at: AtomicU64::new(uncoded.newest_at.load(Ordering::Acquire)),
        })
    }
}

/// Whether an answer is worth keeping. A 404 or a redirect is not: it costs no more to make than to keep, and there is no
/// end of such addresses.
fn is_worth_keeping(answer: &Answer) -> bool {
    !matches!(answer, Answer::Nowhere | Answer::Moved { .. })
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::{Arc, mpsc};
    use std::task::{Context, Poll, Waker};

    use chrono::{DateTime, Utc};

    use crate::publication;
    use crate::resource::{BaseUrl, Resource};
    use crate::store::{Change, Settings, Store, WriteQueue};

    use super::SMALL_BYTES;
    use crate::http::Site;
    use crate::http::cache::RenderThreads;
    use crate::http::document::{Answer, RenderError};
    use crate::http::response::Coding;

    const PATH: &str = "/feeds.opml";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_000_000, 0).expect("a moment")
    }

    /// A paper with this many sections.
    fn set(store: &Store, title: &str, sections: usize) {
        let mut text = format!("title = \"{title}\"\nlanguage = \"en\"\n");
        for section in 0..sections {
            text.push_str(&format!(
                "[[sections]]\nslug = \"section-{section}\"\ntitle = \"Section\"\n"
            ));
        }
        let parsed = publication::parse(text.as_bytes(), &|_| unreachable!("no photographs"));
        let settings = Settings {
            publication: parsed.publication.expect("a publication"),
            source: String::new(),
            base_url: "https://courier.example.org".to_owned(),
        };
        let change = Change::Settings(Box::new(settings));
        for outcome in store.apply(&now, "test", &[change]).expect("a batch") {
            outcome.expect("a change");
        }
    }

    type Asking = Pin<Box<dyn Future<Output = Result<Answer, RenderError>>>>;

    fn ask(site: &Arc<Site>, coding: Coding) -> Asking {
        let site = Arc::clone(site);
        let resource = Resource::parse(PATH).expect("a resource");
        Box::pin(async move { site.newest(resource, coding).await })
    }

    fn body(answer: Result<Answer, RenderError>) -> Vec<u8> {
        match answer.expect("an answer") {
            Answer::Found(found) => found.body.to_vec(),
            _ => unreachable!("there is one"),
        }
    }

    /// Requests a page, changes the paper, and requests the page again while the render threads are busy.
    fn request_again(sections: usize) -> (usize, Poll<Vec<u8>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(folder.path(), now()).expect("a store"));
        set(&store, "The Courier", sections);
        let mut site = Site::new(
            Arc::new(WriteQueue::new(
                Arc::clone(&store),
                Arc::new(now),
                Box::new(|_| {}),
            )),
            BaseUrl::parse("https://courier.example.org").expect("a base URL"),
            1 << 24,
            Box::new(|_, _| {}),
        );
        site.render_threads = RenderThreads::new(1);
        let site = Arc::new(site);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        let first = body(runtime.block_on(ask(&site, Coding::Identity)));
        set(&store, "The Herald", sections);
        let (go_on, held_up) = mpsc::channel::<()>();
        let mut context = Context::from_waker(Waker::noop());
        let mut holding = Box::pin(site.render_threads.run(move || {
            let _ = held_up.recv();
            Ok(())
        }));
        assert!(holding.as_mut().poll(&mut context).is_pending());
        let polled = ask(&site, Coding::Identity).as_mut().poll(&mut context);
        drop(go_on);
        (first.len(), polled.map(body))
    }

    #[test]
    fn what_was_small_is_made_by_the_thread_that_is_asked() {
        let (bytes, polled) = request_again(3);
        assert!(bytes <= SMALL_BYTES);
        let Poll::Ready(body) = polled else {
            panic!("it waits for another thread");
        };
        assert!(String::from_utf8_lossy(&body).contains("The Herald"));
    }

    #[test]
    fn what_was_large_is_made_by_a_render_thread() {
        let (bytes, polled) = request_again(1000);
        assert!(bytes > SMALL_BYTES, "{bytes} bytes are small");
        assert!(polled.is_pending());
    }

    #[test]
    fn what_a_reader_left_before_it_was_begun_is_not_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2026-11-24T12:00:00Z".parse().expect("a date");
        let store = Arc::new(Store::open(folder.path(), now).expect("a store"));
        let base = BaseUrl::parse("https://courier.example.org").expect("a base URL");
        let fault = Box::new(|_: &str, _: &_| {});
        let writes = WriteQueue::new(store, Arc::new(move || now), Box::new(|_| {}));
        let mut site = Site::new(Arc::new(writes), base, 1 << 22, fault);
        site.render_threads = RenderThreads::new(1);
        let site = Arc::new(site);
        let mut context = Context::from_waker(Waker::noop());
        // While the one thread is held up, nothing is made.
        let (go_on, held_up) = mpsc::channel::<()>();
        let mut holding = Box::pin(site.render_threads.run(move || {
            let _ = held_up.recv();
            Ok(())
        }));
        assert!(holding.as_mut().poll(&mut context).is_pending());
        let ask = |path: &str| {
            let resource = Resource::parse(path).expect("a resource");
            Box::pin(site.newest(resource, Coding::Identity))
        };
        let mut leaving = ask("/feed.rss");
        let mut staying = ask("/feed.atom");
        for reader in [&mut leaving, &mut staying] {
            assert!(reader.as_mut().poll(&mut context).is_pending());
        }
        drop(leaving);
        assert_eq!(site.counters.renders(), 0);
        drop(go_on);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(staying).expect("an answer");
        assert_eq!(site.counters.renders(), 1);
        runtime
            .block_on(ask("/feed.rss"))
            .expect("an answer for the next who asks");
        assert_eq!(site.counters.renders(), 2);
    }
}
