//! Counts of the readers of each feed: the subscribers that aggregators state in their User-Agent, and the readers that
//! fetch a feed without conditions. Kept in memory since the start, for the overview page of desk and operator.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use chrono::{DateTime, Utc};

/// Maximum number of requests that are looked at in a second: all of a paper's usual day, and a share where readers
/// come in crowds.
const MAX_A_SECOND: u64 = 64;
const COUNT_BITS: u32 = 8;

/// Maximum number of pairs of feed and program that are told apart.
const MAX_KNOWN: usize = 10_000;

/// Maximum number of homes that are told apart in a day, over all feeds.
const MAX_HOMES: usize = 200_000;

/// Minimum number of whole fetches of a wasteful reader: a person who tries a feed by hand fetches it a few times, too.
const MIN_WASTE: u64 = 3;

/// Days for which a reader's claim of its number of subscribers counts.
const CLAIM_DAYS: i64 = 30;

/// Maximum number of subscribers that is believed.
const MAX_SUBSCRIBERS: u32 = 50_000_000;

/// Counts of the readers of each feed since the start.
#[derive(Default)]
pub struct Readers {
    counts: Mutex<ReaderCounts>,
    /// The second in which requests were looked at last, and in the lowest bits how many of it.
    sampled: AtomicU64,
    /// A keyed hash with keys of this run: what is kept of an address does not tell which it was.
    hash: RandomState,
}

#[derive(Default)]
struct ReaderCounts {
    by_feed_and_service: HashMap<(String, String), Reader>,
    /// Hashes of the pairs of home and feed that were seen on `day`.
    seen_today: HashSet<u64>,
    /// The day of the counts, in days since 1970.
    day: i64,
}

/// A program that reads a feed, in whichever format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The largest number of subscribers that it claimed within thirty days.
    pub claimed: Option<u32>,
    /// The time of that claim.
    pub claimed_at: DateTime<Utc>,
    /// The number of homes from which it asked today, and on the last day before on which it asked.
    pub homes_today: u32,
    pub homes_before: u32,
    /// The requests that were looked at, and how many of them named what the reader has.
    pub requests: u64,
    pub conditional: u64,
    pub last: DateTime<Utc>,
}

/// The facts about a request for a feed that the counts of readers need.
pub(crate) struct FeedRequest<'l> {
    pub(crate) agent: &'l str,
    /// Whether it has a condition (If-None-Match, If-Modified-Since), or is a HEAD.
    pub(crate) is_conditional: bool,
    /// The home that it came from.
    pub(crate) home: IpAddr,
}

impl Reader {
    fn new(now: DateTime<Utc>) -> Self {
        Self {
            claimed: None,
            claimed_at: now,
            homes_today: 0,
            homes_before: 0,
            requests: 0,
            conditional: 0,
            last: now,
        }
    }

    /// The number of its subscribers: as many as it claims, else one for each home in a day; 0 once it has not asked for
    /// too long.
    pub fn subscribers(&self, now: DateTime<Utc>) -> u32 {
        if (now - self.last).num_days() > CLAIM_DAYS {
            return 0;
        }
        self.claimed
            .unwrap_or(self.homes_today.max(self.homes_before))
    }

    /// Whether it fetches everything again and again: most of its requests name nothing that it has.
    pub fn is_wasteful(&self) -> bool {
        let whole = self.requests - self.conditional;
        // Each home may come for the first time.
        let first = u64::from(self.homes_today.max(self.homes_before));
        whole > MIN_WASTE + first && whole > self.conditional
    }

    fn note(&mut self, look: &FeedRequest<'_>, is_new_home: bool, now: DateTime<Utc>) {
        let claim = claimed(look.agent);
        let is_old = (now - self.claimed_at).num_days() > CLAIM_DAYS;
        if claim.is_some() && (is_old || claim >= self.claimed) {
            (self.claimed, self.claimed_at) = (claim, now);
        }
        if day_of(self.last) != day_of(now) {
            (self.homes_before, self.homes_today) = (self.homes_today, 0);
        }
        self.homes_today += u32::from(is_new_home);
        self.requests += 1;
        self.conditional += u64::from(look.is_conditional);
        self.last = now;
    }
}

impl ReaderCounts {
    fn reader(&mut self, key: (String, String), now: DateTime<Utc>) -> &mut Reader {
        let readers = &mut self.by_feed_and_service;
        if readers.len() >= MAX_KNOWN && !readers.contains_key(&key) {
            // Names can be made up: a share of those who came least often, and of them not for the longest time, make room.
            let rank = |reader: &Reader| (reader.requests, reader.last);
            let mut ranks: Vec<_> = readers.values().map(rank).collect();
            let (_, least, _) = ranks.select_nth_unstable(MAX_KNOWN / 10);
            let least = *least;
            readers.retain(|_, reader| rank(reader) > least);
        }
        readers.entry(key).or_insert_with(|| Reader::new(now))
    }

    /// Whether this is the first of its kind today.
    fn is_first(&mut self, kind: u64, now: DateTime<Utc>) -> bool {
        if self.day != day_of(now) {
            self.day = day_of(now);
            self.seen_today.clear();
        }
        self.seen_today.len() < MAX_HOMES && self.seen_today.insert(kind)
    }
}

fn day_of(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(24 * 60 * 60)
}

impl Readers {
    /// Notes a request for a feed; where many come, a share of them.
    pub(crate) fn note<'l>(
        &self,
        path: &str,
        now: DateTime<Utc>,
        look: impl FnOnce() -> FeedRequest<'l>,
    ) {
        let Some(feed) = feed(path) else {
            return;
        };
        if !self.has_time(now) {
            return;
        }
        let look = look();
        if look.agent.contains("Page Fetcher") || look.agent.contains("Favicon Fetcher") {
            return;
        }
        let key = (feed.to_owned(), service(look.agent));
        let kind = self.hash.hash_one((&key, look.home));
        // Nobody who wants a feed waits for this.
        let mut known = match self.counts.try_lock() {
            Ok(known) => known,
            Err(TryLockError::Poisoned(known)) => known.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let is_first = known.is_first(kind, now);
        known.reader(key, now).note(&look, is_first, now);
    }

    /// Whether one more request is looked at in this second. Those that come at the very same time may count as one.
    fn has_time(&self, now: DateTime<Utc>) -> bool {
        let second = now.timestamp().unsigned_abs() << COUNT_BITS;
        let looked = self.sampled.load(Ordering::Relaxed);
        let is_of_this = looked >> COUNT_BITS == second >> COUNT_BITS;
        let looked = if is_of_this { looked } else { second };
        if looked >= second + MAX_A_SECOND {
            return false;
        }
        self.sampled.store(looked + 1, Ordering::Relaxed);
        true
    }

    /// All known readers, each with its feed and the name of its program.
    pub fn all(&self) -> Vec<(String, String, Reader)> {
        let known = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known
            .by_feed_and_service
            .iter()
            .map(|((feed, service), reader)| (feed.clone(), service.clone(), reader.clone()))
            .collect();
        all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        all
    }
}

/// The feed at `path`, whatever its format.
fn feed(path: &str) -> Option<&str> {
    let path = path.split('?').next().unwrap_or_default();
    let stem = [".rss", ".atom", ".json"]
        .iter()
        .find_map(|end| path.strip_suffix(end))?;
    (!stem.starts_with("/api/")).then_some(stem)
}

/// The name of the program with the number by which it knows the feed: a service may ask for one feed under several
/// numbers.
fn service(agent: &str) -> String {
    let mut name = agent.split(['/', ' ', ';', '(']).next().unwrap_or_default();
    if name.eq_ignore_ascii_case("mozilla") {
        let inner = agent.split_once("compatible; ").map(|(_, rest)| rest);
        let inner = inner.and_then(|rest| rest.split([';', '/', ')']).next());
        name = inner.unwrap_or("a browser");
    }
    let mut name: String = name.trim().chars().take(60).collect();
    if name.is_empty() {
        name.push_str("nameless");
    }
    match feed_id(agent) {
        Some(id) => format!("{name} #{id}"),
        None => name,
    }
}

fn feed_id(agent: &str) -> Option<String> {
    let lower = agent.to_ascii_lowercase();
    let at = ["feed-id:", "feed-id=", "feedid:", "feedid="]
        .iter()
        .find_map(|mark| Some(lower.find(mark)? + mark.len()))?;
    let id: String = lower
        .get(at..)?
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    (!id.is_empty()).then_some(id)
}

/// For how many the program says that it reads: `16 subscribers`, `2 readers`, `users 7`, `on behalf of 3 subscriber(s)`.
fn claimed(agent: &str) -> Option<u32> {
    let lower = agent.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let number = |word: &str| {
        let number: u32 = (word.len() <= 8).then(|| word.parse().ok())??;
        (number <= MAX_SUBSCRIBERS).then_some(number)
    };
    words.windows(2).find_map(|pair| match pair {
        [count, "subscriber" | "subscribers" | "reader" | "readers"] => number(count),
        ["users", count] => number(count),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use chrono::DateTime;

    use super::{FeedRequest, MAX_KNOWN, Readers, claimed, service};

    #[test]
    fn claims_are_read_as_the_services_write_them() {
        for (agent, count, name) in [
            (
                "Feedbin feed-id:1697787 - 102 subscribers",
                Some(102),
                "Feedbin #1697787",
            ),
            (
                "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 462 subscribers; like FeedFetcher-Google)",
                Some(462),
                "Feedly",
            ),
            (
                "Mozilla/5.0 (compatible; inoreader.com; 114 subscribers)",
                Some(114),
                "inoreader.com",
            ),
            (
                "Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=cead1)",
                Some(1),
                "theoldreader.com #cead1",
            ),
            (
                "Dreamwidth Studios (dreamwidth.org; 2 readers)",
                Some(2),
                "Dreamwidth",
            ),
            (
                "YahooFeedSeeker/2.0 (users 7; views 3)",
                Some(7),
                "YahooFeedSeeker",
            ),
            (
                "FreshRSS/1.2 (Linux; https://freshrss.org)",
                None,
                "FreshRSS",
            ),
            ("Evil 99999999 subscribers", None, "Evil"),
            ("", None, "nameless"),
        ] {
            assert_eq!(
                (claimed(agent), service(agent)),
                (count, name.to_owned()),
                "{agent}"
            );
        }
    }

    #[test]
    fn the_greatest_claim_counts_in_whichever_format_and_conditions_are_told_apart() {
        let readers = Readers::default();
        for (path, count, is_conditional) in [("/feed.rss", 12, false), ("/feed.atom", 10, true)] {
            let agent = format!("Feedbin feed-id:1 - {count} subscribers");
            ask(&readers, path, (&agent, is_conditional), 1, 0);
        }
        ask(&readers, "/page.css", ("Feedbin", false), 1, 0);
        let all = readers.all();
        assert_eq!(all.len(), 1);
        let (feed, service, reader) = all.first().expect("a reader");
        assert_eq!((feed.as_str(), service.as_str()), ("/feed", "Feedbin #1"));
        assert_eq!(
            (
                reader.subscribers(reader.last),
                reader.requests,
                reader.conditional
            ),
            (12, 2, 1)
        );
    }

    #[test]
    fn who_claims_nothing_counts_once_a_home_and_day() {
        let readers = Readers::default();
        let at = |day| DateTime::from_timestamp(1_764_000_000 + day * 86_400, 0).expect("a moment");
        let subscribers = |day| {
            let all = readers.all();
            all.first().map(|(.., reader)| reader.subscribers(at(day)))
        };
        for (home, day, count) in [
            (1, 0, 1),
            (1, 0, 1),
            (2, 0, 2),
            (3, 0, 3),
            // A day that has only begun does not halve the number.
            (1, 1, 3),
            (2, 1, 3),
            (1, 2, 2),
        ] {
            ask(&readers, "/feed.rss", ("NetNewsWire", true), home, day);
            assert_eq!(subscribers(day), Some(count), "{home} on day {day}");
        }
        // A reader that has not come for too long is not counted any more.
        assert_eq!((subscribers(32), subscribers(33)), (Some(2), Some(0)));
    }

    #[test]
    fn made_up_names_do_not_keep_others_out() {
        let readers = Readers::default();
        for day in 0..2 {
            ask(
                &readers,
                "/feed.rss",
                ("Feedbin feed-id:1 - 102 subscribers", true),
                1,
                day - 2,
            );
        }
        for number in 0..MAX_KNOWN + 500 {
            let agent = format!("Invented{number} 1 subscribers");
            // One in a second: all are looked at.
            let now = DateTime::from_timestamp(1_764_000_000 + number as i64, 0).expect("a moment");
            readers.note("/feed.rss", now, || FeedRequest {
                agent: &agent,
                is_conditional: false,
                home: IpAddr::from([192, 0, 2, 1]),
            });
        }
        let all = readers.all();
        assert!(all.len() <= MAX_KNOWN);
        let last = format!("Invented{}", MAX_KNOWN + 499);
        assert!(all.iter().any(|(_, service, _)| *service == last));
        assert!(all.iter().any(|(_, service, _)| service == "Feedbin #1"));
    }

    fn ask(
        readers: &Readers,
        path: &str,
        (agent, is_conditional): (&str, bool),
        home: u8,
        day: i64,
    ) {
        let now = DateTime::from_timestamp(1_764_000_000 + day * 86_400, 0).expect("a moment");
        let home = IpAddr::from([192, 0, 2, home]);
        readers.note(path, now, || FeedRequest {
            agent,
            is_conditional,
            home,
        });
    }
}
