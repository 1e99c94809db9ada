//! What comes from other systems: feeds, exports, agencies' items and pages of text.

#[path = "../support/mod.rs"]
mod support;

mod agency;
mod encodings;
mod feeds;
mod page_text;
mod whole;
mod words;
