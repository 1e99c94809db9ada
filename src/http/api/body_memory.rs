//! Memory for request bodies, shared among tokens: it is taken as bytes come, and where there is none left for a
//! token that has less than its share, the slowest body of those that have more gives way.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::item::MAX_PHOTOGRAPH_BYTES;
use crate::store::{Scope, Token};

use super::Problem;
use super::admission::{AcceptedBody, Length, SMALL_BODY_BYTES};
use super::problem::busy;

/// Memory is taken in steps of this size: a small body must not wait for memory that a large one may need later.
const STEP_BYTES: u64 = 512 * 1024;

/// One part in this many of its timeout a body waits for others to end by themselves, before one of them has to give way.
const TIMEOUT_PART: u32 = 10;

/// Minimum rate of a body that does not count as slow, in bytes per second: reporters on a train send at that rate.
const BRISK_BYTES_A_SECOND: u64 = 128 * 1024;

/// Maximum time for which earlier bytes at a higher rate make up for a pause.
const MAX_AHEAD: Duration = Duration::from_secs(2);

/// Maximum number of bodies of one token that have memory or wait for it: each that waits is checked whenever one ends.
const MAX_OF_ONE: usize = 100;

/// Memory for photographs: two of the largest for tokens of the desk, and as much for the others. One token has memory for one
/// of the largest.
const PICTURES_BYTES: u64 = 2 * MAX_PHOTOGRAPH_BYTES;

/// Memory for every other request body. What is read of it takes several times as much.
const OBJECTS_BYTES: u64 = 16 * 1024 * 1024;
const OBJECTS_OF_ONE_BYTES: u64 = 8 * 1024 * 1024;

/// Memory for request bodies.
pub(in crate::http) struct BodyMemory {
    pictures: MemoryPools,
    objects: MemoryPools,
}

/// Two pools of memory, so that the desk's tokens do not wait for others.
struct MemoryPools {
    desk: Arc<MemoryPool>,
    others: Arc<MemoryPool>,
}

/// A pool of memory that several tokens share.
struct MemoryPool {
    capacity: u64,
    /// Maximum number of bytes of all bodies of one token.
    maximum_per_token: u64,
    /// The bodies that have memory or wait for it, by the order in which they came.
    bodies: Mutex<BTreeMap<u64, PendingBody>>,
    /// Notified when a body ends or waits no longer.
    changed: Notify,
}

/// A body that has memory or waits for it.
struct PendingBody {
    token: String,
    /// The bytes of its token's share that are promised to it: to a body of known length all of them from the beginning, so
    /// that two bodies of one token never wait for each other.
    promised: u64,
    /// The bytes that it has taken from the pool.
    taken: u64,
    /// The values that `promised` and `taken` are to have, where it waits for memory.
    wanted: Option<(u64, u64)>,
    /// The number of bytes that were received.
    received: u64,
    /// Until when what came is enough not to be called slow. Waiting for memory is not counted.
    not_slow_until: Instant,
    is_complete: bool,
    gives_way: bool,
    notify: Arc<Notify>,
}

/// The memory of one body, given back when it is dropped.
pub(super) struct BodyShare {
    pool: Arc<MemoryPool>,
    token: String,
    length: Length,
    maximum: u64,
    /// Maximum time to wait for more memory.
    timeout: Duration,
    /// The body's key, once it has or waits for memory.
    key: Option<u64>,
    /// The number of bytes that there is memory for.
    granted: u64,
    notify: Arc<Notify>,
}

impl Default for BodyMemory {
    fn default() -> Self {
        Self {
            pictures: MemoryPools::new(PICTURES_BYTES, MAX_PHOTOGRAPH_BYTES),
            objects: MemoryPools::new(OBJECTS_BYTES, OBJECTS_OF_ONE_BYTES),
        }
    }
}

impl BodyMemory {
    /// Memory for a body, of which none is taken yet.
    pub(super) fn of(&self, token: &Token, admitted: AcceptedBody, timeout: Duration) -> BodyShare {
        let lanes = match admitted.is_picture {
            true => &self.pictures,
            false => &self.objects,
        };
        let lane = match token.scope {
            Scope::Desk => &lanes.desk,
            Scope::Sections(_) | Scope::Changes => &lanes.others,
        };
        BodyShare {
            pool: Arc::clone(lane),
            token: token.id.clone(),
            length: admitted.length,
            maximum: admitted.maximum,
            timeout,
            key: None,
            granted: SMALL_BODY_BYTES,
            notify: Arc::default(),
        }
    }
}

impl MemoryPools {
    fn new(all: u64, most_of_one: u64) -> Self {
        let lane = || {
            Arc::new(MemoryPool {
                capacity: all,
                maximum_per_token: most_of_one,
                bodies: Mutex::default(),
                changed: Notify::new(),
            })
        };
        Self {
            desk: lane(),
            others: lane(),
        }
    }
}

impl MemoryPool {
    fn bodies(&self) -> MutexGuard<'_, BTreeMap<u64, PendingBody>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a body the memory that it waits for, if there is enough and it is its turn.
    fn give(&self, bodies: &mut BTreeMap<u64, PendingBody>, key: u64) -> bool {
        let taken: u64 = bodies.values().map(|body| body.taken).sum();
        let Some((body, wants)) = bodies.get(&key).and_then(|body| Some((body, body.wanted?)))
        else {
            return false;
        };
        let has_room = taken - body.taken + wants.1 <= self.capacity;
        if !has_room || !self.is_its_turn(bodies, &Tokens::of(bodies), key) {
            return false;
        }
        if let Some(body) = bodies.get_mut(&key) {
            (body.promised, body.taken) = wants;
            body.wanted = None;
        }
        true
    }

    /// Whether no other is to be served before it: of tokens within their share the one that has least comes first, then the
    /// body that may have more, then the others by age.
    fn is_its_turn(
        &self,
        bodies: &BTreeMap<u64, PendingBody>,
        tokens: &Tokens<'_>,
        key: u64,
    ) -> bool {
        let Some(body) = bodies.get(&key) else {
            return false;
        };
        let (share, first) = (self.share(tokens), self.first(bodies, tokens));
        let rank = |key: u64, body: &PendingBody| match tokens.claimed(body) {
            claimed if claimed <= share => (0, claimed, body.taken == 0, key),
            _ if first == Some(key) => (1, 0, false, key),
            _ => (2, 0, body.taken == 0, key),
        };
        let own_rank = rank(key, body);
        let is_before = |(other, waiting): (&u64, &PendingBody)| {
            let waits = waiting.wanted.is_some() && !waiting.gives_way;
            waits && self.fits_its_token(tokens, waiting) && rank(*other, waiting) < own_rank
        };
        self.fits_its_token(tokens, body) && !bodies.iter().any(is_before)
    }

    /// The share that each token may always have, in bytes: one token has its maximum, and the others share the rest.
    fn share(&self, tokens: &Tokens<'_>) -> u64 {
        let others = tokens.0.len().saturating_sub(1).max(1);
        (self.capacity - self.maximum_per_token) / others as u64
    }

    /// The one body that may grow beyond its token's share where memory is short: the oldest that is not slow. So one ends
    /// after the other, where otherwise all would wait for each other.
    fn first(&self, bodies: &BTreeMap<u64, PendingBody>, tokens: &Tokens<'_>) -> Option<u64> {
        let share = self.share(tokens);
        let of_tokens_above = bodies
            .iter()
            .filter(|(_, body)| !body.is_complete && !body.gives_way)
            .filter(|(_, body)| body.taken > 0 && tokens.claimed(body) > share);
        of_tokens_above
            .min_by_key(|(key, body)| (body.is_slow(), **key))
            .map(|(key, _)| *key)
    }

    fn fits_its_token(&self, tokens: &Tokens<'_>, body: &PendingBody) -> bool {
        let wanted = body.wanted.map_or(body.promised, |(promised, _)| promised);
        tokens.promised(body) - body.promised + wanted <= self.maximum_per_token
    }

    /// Has the slowest body give way that a waiting one may send off, unless one does already. Only bodies of tokens that
    /// have more than their share do.
    fn make_room(&self, bodies: &mut BTreeMap<u64, PendingBody>, key: u64) {
        let Some(waiting) = bodies.get(&key) else {
            return;
        };
        if bodies.values().any(|body| body.gives_way) {
            return;
        }
        let tokens = Tokens::of(bodies);
        let (share, first) = (self.share(&tokens), self.first(bodies, &tokens));
        let is_above = |body: &PendingBody| tokens.claimed(body) > share;
        let fits = self.fits_its_token(&tokens, waiting);
        if fits && !self.is_its_turn(bodies, &tokens, key) {
            return;
        }
        let may_send_off = |other: u64, body: &PendingBody| match fits {
            true if first == Some(key) => is_above(body),
            true => {
                let stays = first == Some(other) && !body.is_slow();
                !is_above(waiting) && is_above(body) && !stays
            }
            // Two bodies of unknown length of one token.
            false => waiting.taken > 0 && body.token == waiting.token && other > key,
        };
        let slowest = bodies
            .iter()
            .filter(|(other, body)| **other != key && body.taken > 0 && !body.is_complete)
            .filter(|(other, body)| may_send_off(**other, body))
            .min_by_key(|(_, body)| body.not_slow_until)
            .map(|(other, _)| *other);
        if let Some(body) = slowest.and_then(|slowest| bodies.get_mut(&slowest)) {
            body.gives_way = true;
            body.notify.notify_one();
        }
    }

    /// Whether a body got what it wants; an error where it has to give way itself.
    fn look(&self, key: u64, is_patient: bool) -> Result<bool, Problem> {
        let mut bodies = self.bodies();
        if bodies.get(&key).is_some_and(|body| body.gives_way) {
            return Err(gives_way());
        }
        let is_given = self.give(&mut bodies, key);
        if !is_given && !is_patient {
            self.make_room(&mut bodies, key);
        }
        Ok(is_given)
    }
}

fn gives_way() -> Problem {
    busy("others wait for room, and this came slowest of those that have most of it; send it again")
}

/// For each token, two sums over its bodies in bytes: the promised ones, and the taken ones, where a body that waits counts
/// with those that it waits for.
struct Tokens<'b>(HashMap<&'b str, (u64, u64)>);

impl<'b> Tokens<'b> {
    fn of(bodies: &'b BTreeMap<u64, PendingBody>) -> Self {
        let mut sums: HashMap<&str, (u64, u64)> = HashMap::new();
        for body in bodies.values() {
            let sum = sums.entry(&body.token).or_default();
            sum.0 += body.promised;
            sum.1 += body.wanted.map_or(body.taken, |(_, taken)| taken);
        }
        Self(sums)
    }

    fn promised(&self, body: &PendingBody) -> u64 {
        self.0.get(&*body.token).map_or(0, |sum| sum.0)
    }

    fn claimed(&self, body: &PendingBody) -> u64 {
        self.0.get(&*body.token).map_or(0, |sum| sum.1)
    }
}

impl PendingBody {
    /// Notes the number of bytes that were received so far.
    fn came(&mut self, bytes: u64) {
        let more = bytes.saturating_sub(self.received);
        self.received = bytes;
        let millis = more * 1000 / BRISK_BYTES_A_SECOND;
        let until = self.not_slow_until + Duration::from_millis(millis);
        self.not_slow_until = until.min(Instant::now() + MAX_AHEAD);
    }

    fn is_slow(&self) -> bool {
        self.wanted.is_none() && self.not_slow_until < Instant::now()
    }
}

impl BodyShare {
    /// Waits until there is memory for this many bytes.
    pub(super) async fn grow_to(&mut self, bytes: u64) -> Result<(), Problem> {
        if bytes <= self.granted {
            return Ok(());
        }
        let taken = bytes.next_multiple_of(STEP_BYTES).min(self.maximum);
        let (promised, taken) = match self.length {
            Length::Said(length) => (length, taken.min(length)),
            Length::Unsaid => (taken, taken),
        };
        let key = self.ask_for(promised, taken)?;
        let began = Instant::now();
        let waited = tokio::time::timeout(self.timeout, self.wait(key)).await;
        if let Some(body) = self.pool.bodies().get_mut(&key) {
            body.not_slow_until += began.elapsed();
            body.wanted = None;
        }
        // Another's turn may have come.
        self.pool.changed.notify_waiters();
        match waited {
            Ok(Ok(())) => self.granted = taken,
            Ok(Err(problem)) => return Err(problem),
            Err(_) => return Err(busy("too much is coming in at this moment; send it again")),
        }
        Ok(())
    }

    fn ask_for(&mut self, promised: u64, taken: u64) -> Result<u64, Problem> {
        let mut bodies = self.pool.bodies();
        let of_token = bodies.values().filter(|body| body.token == self.token);
        if self.key.is_none() && of_token.count() == MAX_OF_ONE {
            return Err(busy(
                "too much of this token is coming in at this moment; send it again",
            ));
        }
        let next = bodies.keys().next_back().map_or(0, |last| last + 1);
        let key = *self.key.get_or_insert(next);
        let body = bodies.entry(key).or_insert_with(|| PendingBody {
            token: self.token.clone(),
            promised: 0,
            taken: 0,
            wanted: None,
            received: 0,
            not_slow_until: Instant::now() + MAX_AHEAD,
            is_complete: false,
            gives_way: false,
            notify: Arc::clone(&self.notify),
        });
        body.wanted = Some((promised, taken));
        Ok(key)
    }

    async fn wait(&self, key: u64) -> Result<(), Problem> {
        let step = self.timeout / TIMEOUT_PART;
        let until = Instant::now() + step;
        loop {
            let changed = self.pool.changed.notified();
            tokio::pin!(changed);
            // Changes from here on wake this task.
            changed.as_mut().enable();
            let is_patient = Instant::now() < until;
            if self.pool.look(key, is_patient)? {
                return Ok(());
            }
            tokio::select! {
                () = changed => {}
                () = self.notify.notified() => {}
                // Which body is slowest changes with time, and nothing notifies of that.
                () = tokio::time::sleep(step) => {}
            }
        }
    }

    /// Notes the number of bytes of the body that were received so far.
    pub(super) fn came(&self, bytes: u64) {
        if let Some(key) = self.key
            && let Some(body) = self.pool.bodies().get_mut(&key)
        {
            body.came(bytes);
        }
    }

    /// Notes that the whole body was received: it does not have to give way any more.
    pub(super) fn is_whole(&self) {
        if let Some(key) = self.key
            && let Some(body) = self.pool.bodies().get_mut(&key)
        {
            body.is_complete = true;
            // If it was to give way and ended at the same time, another body is chosen.
            body.gives_way = false;
        }
    }

    /// Waits until the body has to give way to another's.
    pub(super) async fn gives_way(&self) -> Problem {
        loop {
            let has_to = |key| {
                self.pool
                    .bodies()
                    .get(&key)
                    .is_some_and(|body| body.gives_way)
            };
            if self.key.is_some_and(has_to) {
                return gives_way();
            }
            self.notify.notified().await;
        }
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.pool.bodies().remove(&key);
            self.pool.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::admission::{AcceptedBody, Length};
    use super::{BodyMemory, BodyShare, MAX_OF_ONE, MAX_PHOTOGRAPH_BYTES, STEP_BYTES};
    use crate::store::{Scope, Token};

    /// Waits of this length end by being served, not by the time.
    const LONG: Duration = Duration::from_secs(5);
    const SHORT: Duration = Duration::from_millis(20);

    fn picture(rooms: &BodyMemory, name: &str, length: Length, timeout: Duration) -> BodyShare {
        let token = Token {
            id: name.to_owned(),
            name: name.to_owned(),
            scope: match name.starts_with("desk") {
                true => Scope::Desk,
                false => Scope::Sections(vec!["city".to_owned()]),
            },
            created_at: chrono::DateTime::UNIX_EPOCH,
            ends_at: None,
        };
        let admitted = AcceptedBody {
            length,
            maximum: MAX_PHOTOGRAPH_BYTES,
            is_picture: true,
        };
        rooms.of(&token, admitted, timeout)
    }

    const LARGEST: Length = Length::Said(MAX_PHOTOGRAPH_BYTES);

    /// Takes memory for this many bytes, which come at once.
    async fn fill(room: &mut BodyShare, bytes: u64) -> bool {
        let is_given = room.grow_to(bytes).await.is_ok();
        if is_given {
            room.came(bytes);
        }
        is_given
    }

    fn run(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("a runtime");
        runtime.block_on(test);
    }

    #[test]
    fn what_is_promised_takes_no_room_of_others() {
        run(async {
            let rooms = BodyMemory::default();
            let mut held = Vec::new();
            for name in ["one", "two", "three", "desk one", "desk two", "desk three"] {
                let mut room = picture(&rooms, name, LARGEST, SHORT);
                assert!(fill(&mut room, 20_000).await, "{name}");
                // It has used its whole share.
                let mut more = picture(&rooms, name, Length::Said(20_000), SHORT);
                assert!(!fill(&mut more, 20_000).await, "{name}");
                held.push(room);
            }
        });
    }

    #[test]
    fn the_slowest_of_those_above_their_share_gives_way() {
        for of in ["", "desk "] {
            run(async move {
                let rooms = BodyMemory::default();
                let name = |name: &str| format!("{of}{name}");
                let mut quick = picture(&rooms, &name("quick"), LARGEST, LONG);
                assert!(fill(&mut quick, MAX_PHOTOGRAPH_BYTES).await);
                let mut slow = picture(&rooms, &name("slow"), LARGEST, LONG);
                assert!(slow.grow_to(MAX_PHOTOGRAPH_BYTES).await.is_ok());
                slow.came(1);
                let mut third = picture(&rooms, &name("third"), Length::Said(20_000), LONG);
                let gone = async {
                    slow.gives_way().await;
                    drop(slow);
                };
                let (is_given, ()) = tokio::join!(fill(&mut third, 20_000), gone);
                assert!(is_given);
                assert!(
                    tokio::time::timeout(SHORT, quick.gives_way())
                        .await
                        .is_err()
                );
            });
        }
    }

    #[test]
    fn where_one_came_whole_as_it_was_to_give_way_another_does() {
        run(async {
            let rooms = BodyMemory::default();
            let mut first = picture(&rooms, "first", LARGEST, LONG);
            assert!(fill(&mut first, MAX_PHOTOGRAPH_BYTES).await);
            let mut second = picture(&rooms, "second", LARGEST, LONG);
            assert!(second.grow_to(MAX_PHOTOGRAPH_BYTES).await.is_ok());
            second.came(1);
            let mut third = picture(&rooms, "third", Length::Said(20_000), LONG);
            let gone = async {
                second.gives_way().await;
                second.is_whole();
                first.gives_way().await;
                drop(first);
            };
            let (is_given, ()) = tokio::join!(fill(&mut third, 20_000), gone);
            assert!(is_given);
        });
    }

    #[test]
    fn what_came_whole_and_what_is_within_its_share_does_not_give_way() {
        run(async {
            let rooms = BodyMemory::default();
            let mut whole = picture(&rooms, "whole", LARGEST, LONG);
            assert!(fill(&mut whole, MAX_PHOTOGRAPH_BYTES).await);
            whole.is_whole();
            // Of what one leaves, each of the two others has half.
            let half = MAX_PHOTOGRAPH_BYTES / 2;
            let mut honest = Vec::new();
            for name in ["one", "two"] {
                let mut room = picture(&rooms, name, LARGEST, SHORT);
                assert!(fill(&mut room, half).await);
                honest.push(room);
            }
            assert!(!fill(&mut honest[0], half + 1).await);
            for room in &honest {
                assert!(tokio::time::timeout(SHORT, room.gives_way()).await.is_err());
            }
            drop(whole);
            assert!(fill(&mut honest[1], half + 1).await);
        });
    }

    #[test]
    fn of_several_that_cannot_all_grow_one_ends() {
        for (tokens, length) in [(4, LARGEST), (3, Length::Unsaid), (1, Length::Unsaid)] {
            run(async move {
                let rooms = std::rc::Rc::new(BodyMemory::default());
                let local = tokio::task::LocalSet::new();
                for number in 0..6 {
                    let rooms = std::rc::Rc::clone(&rooms);
                    local.spawn_local(async move {
                        let name = format!("{}", number % tokens);
                        let mut ends = false;
                        // A request that gives way comes again.
                        while !ends {
                            let mut room =
                                picture(&rooms, &name, length, Duration::from_millis(100));
                            let mut bytes = 0;
                            ends = loop {
                                bytes += STEP_BYTES;
                                if bytes > MAX_PHOTOGRAPH_BYTES {
                                    break true;
                                }
                                if !fill(&mut room, bytes).await {
                                    break false;
                                }
                                tokio::task::yield_now().await;
                            };
                        }
                    });
                }
                let all = tokio::time::timeout(LONG * 12, local);
                assert!(all.await.is_ok(), "{tokens} tokens");
            });
        }
    }

    #[test]
    fn the_bodies_of_one_token_are_bounded_in_number() {
        run(async {
            let rooms = BodyMemory::default();
            let mut held = Vec::new();
            for _ in 0..MAX_OF_ONE {
                let mut room = picture(&rooms, "one", Length::Said(20_000), SHORT);
                assert!(fill(&mut room, 20_000).await);
                held.push(room);
            }
            let mut room = picture(&rooms, "one", Length::Said(20_000), LONG);
            assert!(!fill(&mut room, 20_000).await);
            let mut other = picture(&rooms, "other", Length::Said(20_000), LONG);
            assert!(fill(&mut other, 20_000).await);
        });
    }
}
