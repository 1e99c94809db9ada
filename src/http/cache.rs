//! Answers kept in memory: found by path and coding, made anew when the log has touched what they were made of, and
//! bounded by the memory that they take.

mod cached_answer;
mod key;
mod locks;
mod newest;
mod ready;
mod threads;
mod weight;

pub(crate) use cached_answer::CachedAnswer;
pub(crate) use key::{CacheKey, KeyRef};
pub(crate) use locks::MakeLocks;
pub use ready::{ReadyResponses, Whole};
pub(crate) use threads::RenderThreads;
pub(crate) use weight::ByMemory;
