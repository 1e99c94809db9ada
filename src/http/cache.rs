//! Answers kept in memory: found by path and coding, made anew when the log has touched what they were made of, and
//! bounded by the memory that they take.

mod kept;
mod key;
mod locks;
mod newest;
mod ready;
mod threads;
mod weight;

pub(crate) use kept::Kept;
pub(crate) use key::{Asked, Key};
pub(crate) use locks::Turns;
pub use ready::{Ready, Whole};
pub(crate) use threads::Press;
pub(crate) use weight::ByMemory;
