//! Courant, a syndication server for newsrooms: a feed is a function of a position in the change log.
//!
//! The modules stand in the order in which data passes through them. A module uses only modules declared above it;
//! `tests/rules/architecture.rs` holds the code to it. (The blank lines keep the formatter from sorting them.)
//!
//! ```text
//! items/*  ─ item::file::parse ─▶ Article ─┐
//! /api/v1  ─ item::json::parse ─▶ Article ─┴ store.apply ─▶ log entry ─▶ the next request
//! GET ─ Resource::parse ─▶ Feed::at(window) ─▶ render ─▶ Representation ─▶ evaluate ─▶ respond
//! ```
#![forbid(unsafe_code)]

/// What a piece of memory takes of the process, for caches that are bounded by it.
pub mod memory;

/// Numbers with the noun that they count, for messages.
pub mod count;

/// Histograms of how long work took, for operators.
pub mod latency;

/// One article or caption as a value that exists only if it is publishable as written.
pub mod item;

/// The paper itself: its title, language and sections, and which items each selection takes.
pub mod publication;

/// The items as they stand and the log of how they came to stand so; photographs as files named by their hash.
pub mod store;

/// The folder of item files: how it differs from the store, and the store written out as such a folder.
pub mod folder;

/// Pages of text, older feeds and exports of other systems, written as a folder of items.
pub mod import;

/// Everything that has a URL, and the only spelling of those URLs.
pub mod resource;

/// What feeds and pages both say of an item: its text as HTML with figures and credits, notices, words of the interface.
pub mod content;

/// A selection, cut to its window, rendered as RSS, Atom or JSON Feed; an article as ninjs; lists of feeds and pages.
pub mod feed;

/// The human pages, and one item made for another site's page.
pub mod page;

/// Requests in, responses out: representations, preconditions, the write API.
pub mod http;

/// The operator's file, joined from what each room reads.
pub mod config;

/// The running process: listeners, limits, timers, shutdown.
pub mod server;

/// The commands a person types.
pub mod cli;
