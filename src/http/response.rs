//! The parts of a response: bytes in one content coding with their validators, the status, and the header fields, also those
//! for caches.

mod body;
mod cache_policy;
pub(crate) mod coding;
pub(crate) mod content_policy;
mod date;
mod front;
pub(crate) mod representation;
pub(crate) mod respond;
mod wire;

pub use body::Body;
pub use cache_policy::CachePolicy;
pub use coding::{Coding, negotiate};
pub(crate) use front::CacheHeaders;
pub use front::{Front, KeyHeader};
pub use representation::Representation;
pub use wire::write_head;
