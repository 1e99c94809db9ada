//! Pages and cards for people, and the photographs, sound and film on them.

#[path = "../support/mod.rs"]
mod support;

mod article;
mod front;
mod media;
mod memory;
mod older;
mod onward;
mod overview;
mod pages;
mod photographs;
mod recordings;
mod renditions;
