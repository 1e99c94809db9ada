//! What a response consists of: bytes in one coding with their validators, status and headers, and what caches are told.

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
