//! The store: what a change touches, what outlives a crash, what is erased, and what comes back from a backup.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod crashes;
mod forgotten;
mod hostile_backup;
mod interrupted;
mod killed;
mod left_over;
mod moved;
mod stopped;
mod touches;
mod window_since;
