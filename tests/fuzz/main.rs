//! Whatever comes: input and texts made at random, the same at every run.

#[path = "../support/mod.rs"]
mod support;

mod any_text;
mod cases;
mod outside;
mod strict;
