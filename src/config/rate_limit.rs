//! `[rate_limit]`: how often one reader may fetch a feed whole; nothing is limited where the table is left out.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;

use crate::http::{AddressHeader, RateLimit};
use crate::item::{Complaint, Draft, Reader};

use super::parsed;

/// Default number of times that a reader may fetch a feed whole in a row: one that lost its validators, or is set up anew,
/// does so.
const DEFAULT_BURST: u64 = 5;

/// Default number of seconds after which a reader may fetch a feed whole once more. A feed that did not change costs only a
/// 304.
const DEFAULT_REFILL_SECONDS: u64 = 600;

const A_NETWORK: &str = "addresses or networks, such as 127.0.0.1 or 10.0.0.0/8";

pub(super) fn read(draft: Draft, complaints: &mut Vec<Complaint>) -> RateLimit {
    let mut reader = Reader::new(draft, complaints);
    let burst = reader.number("burst", 1..=10_000).unwrap_or(DEFAULT_BURST);
    let refill = reader
        .number("refill_seconds", 1..=172_800)
        .unwrap_or(DEFAULT_REFILL_SECONDS);
    let line = reader.line_of("trusted_proxies");
    let mut trusted_proxies = Vec::new();
    for text in reader.texts("trusted_proxies") {
        match network(&text) {
            Some(network) => trusted_proxies.push(network),
            None => reader.complain(Complaint::refused(
                line,
                format!("trusted_proxies to be {A_NETWORK}"),
                format!("{:?}", &*text),
                "correct it",
            )),
        }
    }
    let address_header = parsed(
        &mut reader,
        "address_header",
        "X-Forwarded-For or Forwarded",
        |text| {
            let is = |name: &str| text.eq_ignore_ascii_case(name);
            match () {
                () if is("X-Forwarded-For") => Some(AddressHeader::XForwardedFor),
                () if is("Forwarded") => Some(AddressHeader::Forwarded),
                () => None,
            }
        },
    );
    reader.finish();
    let burst = u32::try_from(burst).ok().and_then(NonZeroU32::new);
    RateLimit {
        burst: burst.unwrap_or(NonZeroU32::MIN),
        refill: Duration::from_secs(refill),
        trusted_proxies,
        address_header: address_header.unwrap_or(AddressHeader::XForwardedFor),
    }
}

fn network(text: &str) -> Option<IpNet> {
    let alone = || text.parse().ok().map(|address: IpAddr| address.into());
    text.parse().ok().or_else(alone)
}
