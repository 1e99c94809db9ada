//! Who reads which feed, as far as readers say it: what aggregators claim in their User-Agent, and who asks without
//! conditions. Kept in memory since the start, for the page of desk and operator.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// So many requests a second a thread looks at: all of a paper's usual day, and a share where readers come in crowds.
const MOST_A_SECOND: u32 = 64;

/// More are not told apart.
const MOST_KNOWN: usize = 10_000;

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
pub struct Readers(Mutex<HashMap<(String, String), Reader>>);

/// A program that reads a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// How many it says it reads for, at most within thirty days.
    pub claimed: Option<u32>,
    /// When it said so.
    pub claimed_at: DateTime<Utc>,
    /// The requests that were looked at, and how many of them named what the reader has.
    pub requests: u64,
    pub conditional: u64,
    pub last: DateTime<Utc>,
}

impl Readers {
    /// Notes a request for a feed; where many come, a share of them.
    pub(super) fn note<'a>(
        &self,
        path: &str,
        agent: impl FnOnce() -> Option<&'a str>,
        is_conditional: impl FnOnce() -> bool,
        now: DateTime<Utc>,
    ) {
        if !is_feed(path) {
            return;
        }
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
        let said = agent().unwrap_or_default();
        if said.contains("Page Fetcher") || said.contains("Favicon Fetcher") {
            return;
        }
        let key = (path.to_owned(), service(said));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN && !known.contains_key(&key) {
            // Whoever claims nothing is forgotten first: names can be made up.
            known.retain(|_, reader| reader.claimed.is_some());
            if known.len() >= MOST_KNOWN {
                return;
            }
        }
        let reader = known.entry(key).or_insert(Reader {
            claimed: None,
            claimed_at: now,
            requests: 0,
            conditional: 0,
            last: now,
        });
        let claim = claimed(said);
        let is_old = (now - reader.claimed_at).num_days() > CLAIM_DAYS;
        if claim.is_some() && (is_old || claim >= reader.claimed) {
            (reader.claimed, reader.claimed_at) = (claim, now);
        }
        reader.requests += 1;
        reader.conditional += u64::from(is_conditional());
        reader.last = now;
    }

    /// Everybody who is known, by feed and program.
    pub fn all(&self) -> Vec<(String, String, Reader)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known
            .iter()
            .map(|((feed, service), reader)| (feed.clone(), service.clone(), reader.clone()))
            .collect();
        all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        all
    }
}

fn is_feed(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let is_one = [".rss", ".atom", ".json"]
        .iter()
        .any(|end| path.ends_with(end));
    is_one && !path.starts_with("/api/")
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
    use chrono::DateTime;

    use super::{Readers, claimed, service};

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
    fn the_greatest_claim_counts_and_conditions_are_told_apart() {
        let readers = Readers::default();
        let now = DateTime::from_timestamp(1_764_000_000, 0).expect("a moment");
        for (count, is_conditional) in [(12, false), (10, true)] {
            let agent = format!("Feedbin feed-id:1 - {count} subscribers");
            readers.note("/feed.rss", || Some(&agent), || is_conditional, now);
        }
        readers.note("/page.css", || Some("Feedbin"), || false, now);
        let all = readers.all();
        assert_eq!(all.len(), 1);
        let (feed, service, reader) = all.first().expect("a reader");
        assert_eq!(
            (feed.as_str(), service.as_str()),
            ("/feed.rss", "Feedbin #1")
        );
        assert_eq!(
            (reader.claimed, reader.requests, reader.conditional),
            (Some(12), 2, 1)
        );
    }
}
