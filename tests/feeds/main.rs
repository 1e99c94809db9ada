//! Feeds and lists for machines, read by other parsers than ours and compared with what they mean.

#[path = "../support/mod.rs"]
mod support;

mod archives;
mod attachments;
mod discovery;
mod everything;
mod golden;
mod named_feeds;
mod ninjs;
mod ninjs_rules;
mod opml;
mod readers;
mod sitemaps;
mod texts;
mod traps;
