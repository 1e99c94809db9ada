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

/// What was no larger when it was last made takes about a millisecond, so the thread that is asked makes it. Handed to
/// another thread it would wait there and back for a processor, which takes longer where readers keep all of them busy.
const SMALL_BYTES: usize = 64 * 1024;

/// Documents in a content coding that were no larger are made by the thread that is asked; coding takes its time, too.
const SMALL_CODED_BYTES: usize = 16 * 1024;

impl Site {
    /// The newest answer for `resource` in `coding`.
    pub(crate) async fn newest(
        self: &Arc<Self>,
        resource: Resource,
        coding: Coding,
    ) -> Result<Answer, RenderError> {
        let path = resource.to_string();
        let asked = KeyRef {
            path: &path,
            coding,
        };
        if let Some(kept) = self.cached(&asked) {
            return Ok(kept.answer.clone());
        }
        // Who comes while it is made takes what was made.
        let _guard = self.make_locks.of(&path).await;
        if let Some(kept) = self.cached(&asked) {
            return Ok(kept.answer.clone());
        }
        if self.was_small(&path) {
            return guarded(|| Ok(self.make(&resource, coding)?.answer.clone()));
        }
        let site = Arc::clone(self);
        let work = move || Ok(site.make(&resource, coding)?.answer.clone());
        self.render_threads.run(work).await
    }

    /// Whether it is little work to make anew what is at `path`, as far as what was made of it last tells, in whatever
    /// coding that is.
    fn was_small(&self, path: &str) -> bool {
        let kept = |coding| self.cache.get(&KeyRef { path, coding });
        Coding::ALL
            .into_iter()
            .find_map(kept)
            .is_some_and(|kept| match &kept.answer {
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
    pub(crate) fn cached(&self, asked: &KeyRef<'_>) -> Option<Arc<CachedAnswer>> {
        let kept = self.cache.get(asked)?;
        let position = self.store.position().seq;
        let since = kept.newest_at.load(Ordering::Acquire);
        if since < position {
            let keys = kept.depends_on.keys();
            if !self.store.are_untouched(&keys, since, position) {
                return None;
            }
            kept.newest_at.fetch_max(position, Ordering::AcqRel);
        }
        Some(kept)
    }

    fn make(&self, resource: &Resource, coding: Coding) -> Result<Arc<CachedAnswer>, RenderError> {
        let key = CacheKey::new(&resource.to_string(), coding);
        // Taken before anything is read: what comes later is looked for at the next request.
        let position = self.store.position().seq;
        if let Some(kept) = self.cache.get(&key) {
            let touched = kept.depends_on.touch(&self.store)?;
            if touched.seq == kept.touched {
                kept.newest_at.fetch_max(position, Ordering::AcqRel);
                return Ok(kept);
            }
        }
        let made = match coding {
            Coding::Identity => self.uncoded(resource)?,
            coding => Arc::new(self.make_coded(resource, coding)?),
        };
        if is_worth_keeping(&made.answer) {
            if coding == Coding::Identity {
                // It was asked for after all, and is to be counted once.
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
            if let Some(kept) = cache.get(&key)
                && kept.depends_on.touch(&self.store)?.seq == kept.touched
            {
                kept.newest_at.fetch_max(position, Ordering::AcqRel);
                return Ok(kept);
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

/// What is nowhere costs no more to look for than to keep, and its names are without end.
fn is_worth_keeping(answer: &Answer) -> bool {
    !matches!(answer, Answer::Nowhere | Answer::Moved { .. })
}

#[cfg(test)]
mod tests;
