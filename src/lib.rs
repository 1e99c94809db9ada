//! Courant, a syndication server for newsrooms: a feed is a function of a position in the change log.
#![forbid(unsafe_code)]

/// The commands a person types.
pub mod cli;
/// The operator's file, joined from what each room reads.
pub mod config;
/// A selection, cut to its window, rendered as RSS, Atom or JSON Feed.
pub mod feed;
/// The folder of item files: how it differs from the store, and the store written out as such a folder.
pub mod folder;
/// Requests in, responses out: representations, preconditions.
pub mod http;
/// One article or caption as a value that exists only if it is publishable as written.
pub mod item;
/// The human pages.
pub mod page;
/// The paper itself: its title, language and sections, and which items each selection takes.
pub mod publication;
/// Everything that has a URL, and the only spelling of those URLs.
pub mod resource;
/// The running process: listeners, limits, timers, shutdown.
pub mod server;
/// The items as they stand and the log of how they came to stand so; photographs as files named by their hash.
pub mod store;
