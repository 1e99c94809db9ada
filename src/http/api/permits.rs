//! Permits for work that only a few requests may do at once, shared among tokens: each has at most its part of them, and
//! tokens of the desk do not wait for others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::{Scope, Token};

/// Permits for a kind of work, in two pools: one for tokens of the desk, one of the same size for all others.
pub(in crate::http) struct Permits {
    desk: PermitPool,
    others: PermitPool,
}

/// Permits that several tokens share.
pub(super) struct PermitPool {
    all: Arc<Semaphore>,
    /// Maximum number of permits that one token has at a time.
    most_of_one: usize,
    /// The permits left to each holder that has or waits for one, by the token's id or the address.
    own: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A permit, given back when it is dropped.
pub(in crate::http) struct Permit {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

/// Why there is no permit at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The token or address that asks has its maximum already.
    Own,
    /// All permits are in use by other tokens.
    All,
}

impl Permits {
    /// `all` permits for the desk's tokens and as many for the others', of which one token has `most_of_one`.
    pub(in crate::http) fn new(all: usize, most_of_one: usize) -> Self {
        Self {
            desk: PermitPool::new(all, most_of_one),
            others: PermitPool::new(all, most_of_one),
        }
    }

    fn lane(&self, token: &Token) -> &PermitPool {
        match token.scope {
            Scope::Desk => &self.desk,
            Scope::Sections(_) | Scope::Changes => &self.others,
        }
    }

    /// Waits for a permit; none where there is none within the time `most`.
    pub(super) async fn take(&self, token: &Token, most: Duration) -> Option<Permit> {
        let taking = self.lane(token).take(&token.id);
        tokio::time::timeout(most, taking).await.ok().flatten()
    }

    /// A permit, if there is one at this moment.
    pub(super) fn take_now(&self, token: &Token) -> Result<Permit, Full> {
        self.lane(token).take_now(&token.id)
    }
}

impl PermitPool {
    pub(super) fn new(all: usize, most_of_one: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            most_of_one,
            own: Mutex::default(),
        }
    }

    async fn take(&self, who: &str) -> Option<Permit> {
        // Its own first: a token that waits behind itself stands in no other's way. They are never closed.
        let own = self.permits_of(who).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Permit {
            _all: all,
            _own: own,
        })
    }

    /// A permit, if there is one at this moment.
    pub(super) fn take_now(&self, who: &str) -> Result<Permit, Full> {
        let own = self.permits_of(who).try_acquire_owned();
        let own = own.map_err(|_| Full::Own)?;
        let all = Arc::clone(&self.all).try_acquire_owned();
        Ok(Permit {
            _all: all.map_err(|_| Full::All)?,
            _own: own,
        })
    }

    fn permits_of(&self, who: &str) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = own.get(who).and_then(Weak::upgrade) {
            return known;
        }
        // Only now and then, so that no request looks through all of them.
        if own.len() == own.capacity() {
            own.retain(|_, known| known.strong_count() > 0);
            let live = own.len();
            own.reserve(live + 1);
        }
        let made = Arc::new(Semaphore::new(self.most_of_one));
        own.insert(who.to_owned(), Arc::downgrade(&made));
        made
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Full, PermitPool, Permits};
    use crate::store::{Scope, Token};

    fn token(id: &str, scope: Scope) -> Token {
        Token {
            id: id.to_owned(),
            name: "same".to_owned(),
            scope,
            created_at: chrono::DateTime::UNIX_EPOCH,
            ends_at: None,
        }
    }

    #[test]
    fn no_token_has_all_places_and_the_desk_waits_for_no_other() {
        let places = Permits::new(3, 2);
        let city = || Scope::Sections(vec!["city".to_owned()]);
        let (one, two) = (token("one", city()), token("two", city()));
        let desk = token("desk", Scope::Desk);
        let held = [places.take_now(&one), places.take_now(&one)];
        assert!(held.iter().all(Result::is_ok));
        assert_eq!(places.take_now(&one).err(), Some(Full::Own));
        let last = places.take_now(&two);
        assert!(last.is_ok());
        assert_eq!(places.take_now(&two).err(), Some(Full::All));
        assert!(places.take_now(&desk).is_ok());
        drop(last);
        assert!(places.take_now(&two).is_ok());
        drop(held);
        assert!(places.take_now(&one).is_ok());
    }

    #[test]
    fn a_token_that_waits_for_its_own_places_keeps_none_from_others() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let places = Permits::new(4, 2);
            let (one, two) = (token("one", Scope::Changes), token("two", Scope::Changes));
            let moment = Duration::from_millis(1);
            let held = [
                places.take(&one, moment).await,
                places.take(&one, moment).await,
            ];
            assert!(held.iter().all(Option::is_some));
            let mut waiting = Box::pin(places.take(&one, Duration::from_secs(60)));
            assert!(futures_pending(&mut waiting));
            let others = [
                places.take(&two, moment).await,
                places.take(&two, moment).await,
            ];
            assert!(others.iter().all(Option::is_some));
            assert!(places.take(&one, moment).await.is_none());
            drop(held);
            assert!(waiting.await.is_some());
        });
    }

    #[test]
    fn places_are_bounded_for_each_and_as_a_whole_and_the_gone_are_forgotten() {
        let lane = PermitPool::new(64, 4);
        let enter = |who: usize| lane.take_now(&who.to_string());
        let mut own: Vec<_> = (0..4).map(|_| enter(0)).collect();
        assert!(own.iter().all(Result::is_ok));
        assert_eq!(enter(0).err(), Some(Full::Own));
        let others: Vec<_> = (4..64).map(enter).collect();
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(enter(64).err(), Some(Full::All));
        own.pop();
        assert!(enter(64).is_ok());
        drop((own, others));
        for who in 1000..11_000 {
            assert!(enter(who).is_ok());
        }
        let known = lane.own.lock().expect("the map").len();
        assert!(known < 1000, "{known}");
    }

    fn futures_pending<F: Future + Unpin>(future: &mut F) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context).is_pending()
    }
}
