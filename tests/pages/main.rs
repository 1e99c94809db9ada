//! Pages and cards for people, and the photographs, sound and film on them.

#[path = "../support/mod.rs"]
mod support;

mod article;
mod front;
mod headlines;
mod media;
mod memory;
mod names;
mod notes;
mod older;
mod onward;
mod openings;
mod overview;
mod pages;
mod photographs;
mod recordings;
mod renditions;
