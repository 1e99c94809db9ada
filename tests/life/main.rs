//! A story through its life: after each decision every surface says the same.

#[path = "../support/mod.rs"]
mod support;

mod beginning;
mod decisions;
mod naming;
mod readme;
mod story;
mod taken_away;
mod waiting;
mod walk;
