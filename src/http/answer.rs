//! From a request to its response: documents, photographs and recordings, oEmbed, older addresses, and what is not there.

mod absent;
mod at_once;
mod fault;
mod get;
mod media;
mod oembed;
mod opened_feed;
mod redirects;
mod to_response;

pub(crate) use absent::NotFoundCache;
pub use at_once::{AtOnce, KeptBody};
