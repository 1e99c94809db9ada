//! The server on the wire: addresses, headers, connections, limits, and caches in front of it.

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod aliases;
mod alike;
mod conditions;
mod conversation;
mod letter;
mod limits;
mod moved;
mod nodes;
mod old_addresses;
mod opened_feeds;
mod postgres;
mod protocol;
mod purge;
mod rate_limit;
mod serve;
mod slow;
mod start;
mod steady;
mod together;
mod varnish;
