//! The limit on how often one reader may fetch a whole feed; there is none unless an operator sets it.
//!
//! Only requests that cost the server something are counted. One is a whole feed for a request without conditions: a reader
//! that sends validators meets no limit, however many readers share its address. The other is a response of the API that is
//! not cached and has to be made; these are counted even for requests with conditions, with a limit of their own, because
//! a client can invent any number of addresses that lead to the same response.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use ipnet::IpNet;
use quick_cache::sync::Cache;

use super::Fields;

/// Maximum number of pairs of reader and feed that are remembered; beyond, some are forgotten and begin anew.
const MAX_REMEMBERED: usize = 100_000;

/// Number of API responses that may be made for a reader for each feed that it may fetch whole: a client that reads a whole
/// paper page by page needs many in a row.
const MADE_SHARE: i64 = 20;

/// Minimum and maximum of Retry-After, in seconds: with less, readers come back at once, and with more, never.
const MIN_WAIT_SECONDS: u64 = 60;
const MAX_WAIT_SECONDS: u64 = 172_800;

/// Length of the prefix of an IPv6 network that a provider gives to one home: a reader may have any address in it.
const HOME_PREFIX_BITS: u8 = 64;

/// The limit of how often each reader may fetch a feed whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Number of times that a reader may fetch one feed whole in a row.
    pub burst: NonZeroU32,
    /// Time after which a reader may fetch the feed once more.
    pub refill: Duration,
    /// The proxies whose headers are believed about where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    pub address_header: AddressHeader,
}

/// The header in which trusted proxies say from whom they have a request. They set or extend one of them and pass the other
/// on as it came, so only one can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressHeader {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// The address at the other end of a connection, which the listener adds to each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The token buckets of all readers: how often each may still fetch each feed whole.
pub(crate) struct Buckets {
    limit: RateLimit,
    /// For a reader and a feed, by their hash: when its bucket will be full again, in milliseconds since 1970.
    full_at_ms: Cache<u64, Arc<AtomicI64>>,
    /// A hash whose keys are chosen at each start, so that a client cannot search for addresses that share a bucket.
    hash: RandomState,
}

impl Buckets {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            full_at_ms: Cache::new(MAX_REMEMBERED),
            hash: RandomState::new(),
        }
    }

    /// The address or network that stands for the client's home.
    pub(crate) fn home<F: Fields + ?Sized>(&self, peer: Peer, fields: &F) -> IpAddr {
        home(self.limit.client(peer.0, fields))
    }

    /// Takes one whole feed out of the reader's bucket; where it is empty, the error is the number of seconds to wait.
    pub(crate) fn take(
        &self,
        peer: Peer,
        headers: &HeaderMap,
        path: &(impl Hash + ?Sized),
        now: DateTime<Utc>,
    ) -> Result<(), u64> {
        if [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE]
            .iter()
            .any(|name| headers.contains_key(name))
        {
            return Ok(());
        }
        self.take_one_of(1, (peer, headers, path), now)
    }

    /// Takes one response that has to be made out of the reader's bucket for such responses, also for a request with
    /// conditions. The bucket allows [`MADE_SHARE`] times as many as whole fetches of one feed. Where it is empty, the error
    /// is the number of seconds to wait.
    pub(crate) fn take_made(
        &self,
        peer: Peer,
        headers: &HeaderMap,
        kind: &(impl Hash + ?Sized),
        now: DateTime<Utc>,
    ) -> Result<(), u64> {
        self.take_one_of(MADE_SHARE, (peer, headers, kind), now)
    }

    /// Takes one out of a bucket that has `times` as much, and is filled this many times as fast.
    fn take_one_of(
        &self,
        times: i64,
        (peer, headers, what): (Peer, &HeaderMap, &(impl Hash + ?Sized)),
        now: DateTime<Utc>,
    ) -> Result<(), u64> {
        let home = self.home(peer, headers);
        let agent = headers
            .get(header::USER_AGENT)
            .map(|agent| agent.as_bytes());
        let key = self.hash.hash_one((home, agent, what, times));
        let made = || Ok::<_, std::convert::Infallible>(Arc::default());
        let Ok(full_at) = self.full_at_ms.get_or_insert_with(&key, made);
        let now = now.timestamp_millis();
        let refill = i64::try_from(self.limit.refill.as_millis()).unwrap_or(i64::MAX);
        let whole = refill.saturating_mul(i64::from(self.limit.burst.get()));
        let refill = (refill / times).max(1);
        let mut wait = 0;
        let taken = full_at.fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| {
            // A clock that was set back must not shut anybody out: a bucket is never emptier than empty.
            let next = full_at.clamp(now, now.saturating_add(whole)) + refill;
            wait = next - now - whole;
            (wait <= 0).then_some(next)
        });
        let seconds = wait.unsigned_abs().div_ceil(1000);
        taken
            .map_err(|_| seconds.clamp(MIN_WAIT_SECONDS, MAX_WAIT_SECONDS))
            .map(|_| ())
    }
}

impl RateLimit {
    /// The address of the client: the other end of the connection, or what a trusted proxy says. Proxies append addresses,
    /// so the last one that belongs to no trusted proxy is the one that a trusted proxy saw.
    fn client<F: Fields + ?Sized>(&self, peer: IpAddr, fields: &F) -> IpAddr {
        let mut client = peer.to_canonical();
        let fields = fields.texts(self.address_header.name());
        let mut addresses: Vec<&str> = fields.flat_map(|field| field.split(',')).collect();
        while self.trusts(client)
            && let Some(before) = addresses.pop()
        {
            match self.address_header.address(before) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let mut proxies = self.trusted_proxies.iter();
        proxies.any(|network| network.contains(&address))
    }
}

impl AddressHeader {
    fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// The address in one member; none where the proxy hides it.
    fn address(self, member: &str) -> Option<IpAddr> {
        match self {
            Self::XForwardedFor => address(member.trim()),
            Self::Forwarded => member.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let is_for = name.trim().eq_ignore_ascii_case("for");
                is_for.then(|| address(value.trim().trim_matches('"')))?
            }),
        }
    }
}

/// An address with or without a port, the newer kind with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || {
        text.parse()
            .ok()
            .map(|both: std::net::SocketAddr| both.ip())
    };
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(with_port).or_else(bracketed)
}

/// The home that a request comes from where no proxies are configured: one on this machine or on its own network, such as in
/// front of a container, is believed.
pub(crate) fn supposed_home<F: Fields + ?Sized>(peer: Peer, fields: &F) -> IpAddr {
    let forwarded = || {
        let last = fields.texts(AddressHeader::XForwardedFor.name()).last()?;
        AddressHeader::XForwardedFor.address(last.rsplit(',').next()?)
    };
    let client = peer.0.to_canonical();
    let is_near = client.is_loopback()
        || match client {
            IpAddr::V4(address) => address.is_private(),
            IpAddr::V6(address) => address.is_unique_local(),
        };
    home(
        is_near
            .then(forwarded)
            .flatten()
            .map_or(client, |address| address.to_canonical()),
    )
}

/// The address that stands for a home: an IPv4 address itself, or the IPv6 network that the provider gave the home.
fn home(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(_) => IpNet::new(address, HOME_PREFIX_BITS).map_or(address, |net| net.network()),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{Peer, supposed_home};

    #[test]
    fn where_none_are_configured_proxies_of_the_own_network_are_believed_and_others_are_not() {
        let mut headers = HeaderMap::new();
        let forwarded = HeaderValue::from_static("203.0.113.9, 198.51.100.7");
        headers.insert("x-forwarded-for", forwarded);
        for (peer, home) in [
            ("127.0.0.1", "198.51.100.7"),
            ("172.17.0.1", "198.51.100.7"),
            ("fd00::1", "198.51.100.7"),
            ("192.0.2.3", "192.0.2.3"),
            ("2001:db8::3", "2001:db8::"),
        ] {
            let peer = Peer(peer.parse().expect("an address"));
            assert_eq!(supposed_home(peer, &headers).to_string(), home);
        }
    }
}
