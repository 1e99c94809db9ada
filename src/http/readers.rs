//! Who reads which feed, as far as readers say it: what aggregators claim in their User-Agent, and who asks without
//! conditions. Kept in memory since the start, for the page of desk and operator.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// So many requests a second a thread looks at: all of a paper's usual day, and a share where readers come in crowds.
const MOST_A_SECOND: u32 = 64;

/// More are not told apart.
const MOST_KNOWN: usize = 10_000;

/// So many are told apart by where they ask from in a day.
const MOST_HOMES: usize = 200_000;

/// A claim counts so long.
const CLAIM_DAYS: i64 = 30;

/// No service has more; who says so is no service.
const MOST_SUBSCRIBERS: u32 = 50_000_000;

thread_local! {
    /// The second, and how many more requests are looked at in it.
    static LEFT: Cell<(i64, u32)> = const { Cell::new((0, 0)) };
}

/// What is known of the readers since the start.
#[derive(Default)]
pub struct Readers {
    known: Mutex<Known>,
    /// With keys of this run: what is kept of an address tells nobody which it was.
    hash: RandomState,
}

#[derive(Default)]
struct Known {
    by_feed_and_service: HashMap<(String, String), Reader>,
    /// Who asked for what on `day`, hashed.
    seen: HashSet<u64>,
    /// Days since 1970.
    day: i64,
}

/// A program that reads a feed, in whichever format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// How many it says it reads for, at most within thirty days.
    pub claimed: Option<u32>,
    /// When it said so.
    pub claimed_at: DateTime<Utc>,
    /// From how many homes it asked today, and on the last day before on which it did.
    pub homes: u32,
    pub homes_before: u32,
    /// The requests that were looked at, and how many of them named what the reader has.
    pub requests: u64,
    pub conditional: u64,
    pub last: DateTime<Utc>,
}

/// What is looked at in a request.
pub(super) struct Look<'l> {
    pub(super) agent: &'l str,
    pub(super) is_conditional: bool,
    /// Whence it came.
    pub(super) home: IpAddr,
}

impl Reader {
    fn new(now: DateTime<Utc>) -> Self {
        Self {
            claimed: None,
            claimed_at: now,
            homes: 0,
            homes_before: 0,
            requests: 0,
            conditional: 0,
            last: now,
        }
    }

    /// How many it reads for: as many as it says, and without a word of it one for each home in a day.
    pub fn subscribers(&self) -> u32 {
        self.claimed.unwrap_or(self.homes.max(self.homes_before))
    }

    fn note(&mut self, look: &Look<'_>, is_new_home: bool, now: DateTime<Utc>) {
        let claim = claimed(look.agent);
        let is_old = (now - self.claimed_at).num_days() > CLAIM_DAYS;
        if claim.is_some() && (is_old || claim >= self.claimed) {
            (self.claimed, self.claimed_at) = (claim, now);
        }
        if day_of(self.last) != day_of(now) {
            (self.homes_before, self.homes) = (self.homes, 0);
        }
        self.homes += u32::from(is_new_home);
        self.requests += 1;
        self.conditional += u64::from(look.is_conditional);
        self.last = now;
    }
}

impl Known {
    /// The reader of a feed, if there is room for it.
    fn reader(&mut self, key: (String, String), now: DateTime<Utc>) -> Option<&mut Reader> {
        let readers = &mut self.by_feed_and_service;
        if readers.len() >= MOST_KNOWN && !readers.contains_key(&key) {
            // Whoever claims nothing is forgotten first: names can be made up.
            readers.retain(|_, reader| reader.claimed.is_some());
            if readers.len() >= MOST_KNOWN {
                return None;
            }
        }
        Some(readers.entry(key).or_insert_with(|| Reader::new(now)))
    }

    /// Whether this is the first of its kind today.
    fn is_first(&mut self, kind: u64, now: DateTime<Utc>) -> bool {
        if self.day != day_of(now) {
            self.day = day_of(now);
            self.seen.clear();
        }
        self.seen.len() < MOST_HOMES && self.seen.insert(kind)
    }
}

fn day_of(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(24 * 60 * 60)
}

impl Readers {
    /// Notes a request for a feed; where many come, a share of them.
    pub(super) fn note<'l>(&self, path: &str, now: DateTime<Utc>, look: impl FnOnce() -> Look<'l>) {
        let Some(feed) = feed(path) else {
            return;
        };
        let second = now.timestamp();
        let is_looked_at = LEFT.with(|left| {
            let (of, more) = left.get();
            let more = if of == second { more } else { MOST_A_SECOND };
            left.set((second, more.saturating_sub(1)));
            more > 0
        });
        if !is_looked_at {
            return;
        }
        let look = look();
        if look.agent.contains("Page Fetcher") || look.agent.contains("Favicon Fetcher") {
            return;
        }
        let key = (feed.to_owned(), service(look.agent));
        let kind = self.hash.hash_one((&key, look.home));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = known.is_first(kind, now);
        if let Some(reader) = known.reader(key, now) {
            reader.note(&look, is_first, now);
        }
    }

    /// Everybody who is known, by feed and program.
    pub fn all(&self) -> Vec<(String, String, Reader)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
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

/// What the program calls itself, with the number by which it knows the feed: a service may ask for one feed under several.
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
        (number <= MOST_SUBSCRIBERS).then_some(number)
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

    use super::{Look, Readers, claimed, service};

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
            (reader.subscribers(), reader.requests, reader.conditional),
            (12, 2, 1)
        );
    }

    #[test]
    fn who_claims_nothing_counts_once_a_home_and_day() {
        let readers = Readers::default();
        let subscribers = || {
            readers
                .all()
                .first()
                .map(|(.., reader)| reader.subscribers())
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
            assert_eq!(subscribers(), Some(count), "{home} on day {day}");
        }
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
        readers.note(path, now, || Look {
            agent,
            is_conditional,
            home,
        });
    }
}
