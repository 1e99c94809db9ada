//! The folder of items: whatever people and machines do to its files, and the commands that look at them.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod commands;
mod renames;
mod strangers;
mod strays;
mod waiting_files;
