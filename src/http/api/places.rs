//! Places at what there is little of, shared among tokens: no token has all of them, and those of the desk do not wait for
//! others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::{Scope, Token};

/// Places for tokens of the desk, and as many for the others.
pub(in crate::http) struct Places {
    desk: Lane,
    others: Lane,
}

/// Places that some tokens share.
struct Lane {
    all: Arc<Semaphore>,
    /// What one token may have of them.
    most_of_one: usize,
    /// What each token that has or waits for one still may take.
    own: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// Some places, until it is dropped.
pub(in crate::http) struct Place {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl Places {
    /// `all` places for the desk's tokens and as many for the others', of which one token has `most_of_one`.
    pub(in crate::http) fn new(all: usize, most_of_one: usize) -> Self {
        let lane = || Lane {
            all: Arc::new(Semaphore::new(all)),
            most_of_one,
            own: Mutex::default(),
        };
        Self {
            desk: lane(),
            others: lane(),
        }
    }

    fn lane(&self, token: &Token) -> &Lane {
        match token.scope {
            Scope::Desk => &self.desk,
            Scope::Sections(_) | Scope::Changes => &self.others,
        }
    }

    /// Waits for this many places; none where they do not come in time.
    pub(super) async fn take(&self, token: &Token, count: u32, most: Duration) -> Option<Place> {
        let lane = self.lane(token);
        let taking = async {
            // Its own first: a token that waits behind itself stands in no other's way.
            let own = lane.own(&token.id).acquire_many_owned(count).await.ok()?;
            let all = Arc::clone(&lane.all).acquire_many_owned(count).await.ok()?;
            Some(Place {
                _all: all,
                _own: own,
            })
        };
        tokio::time::timeout(most, taking).await.ok().flatten()
    }

    /// One place, if there is one at this moment.
    pub(super) fn take_now(&self, token: &Token) -> Option<Place> {
        let lane = self.lane(token);
        let own = lane.own(&token.id).try_acquire_owned().ok()?;
        let all = Arc::clone(&lane.all).try_acquire_owned().ok()?;
        Some(Place {
            _all: all,
            _own: own,
        })
    }
}

impl Lane {
    fn own(&self, token: &str) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = own.get(token).and_then(Weak::upgrade) {
            return known;
        }
        own.retain(|_, known| known.strong_count() > 0);
        let made = Arc::new(Semaphore::new(self.most_of_one));
        own.insert(token.to_owned(), Arc::downgrade(&made));
        made
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Places;
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
        let places = Places::new(3, 2);
        let city = || Scope::Sections(vec!["city".to_owned()]);
        let (one, two) = (token("one", city()), token("two", city()));
        let desk = token("desk", Scope::Desk);
        let held = [places.take_now(&one), places.take_now(&one)];
        assert!(held.iter().all(Option::is_some));
        assert!(places.take_now(&one).is_none());
        let last = places.take_now(&two);
        assert!(last.is_some() && places.take_now(&two).is_none());
        assert!(places.take_now(&desk).is_some());
        drop(last);
        assert!(places.take_now(&two).is_some());
        drop(held);
        assert!(places.take_now(&one).is_some());
    }

    #[test]
    fn a_token_that_waits_for_its_own_places_keeps_none_from_others() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let places = Places::new(4, 2);
            let (one, two) = (token("one", Scope::Changes), token("two", Scope::Changes));
            let moment = Duration::from_millis(1);
            let held = places.take(&one, 2, moment).await;
            assert!(held.is_some());
            let mut waiting = Box::pin(places.take(&one, 2, Duration::from_secs(60)));
            assert!(futures_pending(&mut waiting));
            assert!(places.take(&two, 2, moment).await.is_some());
            assert!(places.take(&one, 1, moment).await.is_none());
            drop(held);
            assert!(waiting.await.is_some());
        });
    }

    fn futures_pending<F: Future + Unpin>(future: &mut F) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context).is_pending()
    }
}
