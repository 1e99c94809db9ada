//! The write API, by those who may, those who may not and those who mean harm.

#[path = "../support/mod.rs"]
mod support;

mod articles;
mod bounds;
mod examples;
mod hostile;
mod leads;
mod life;
mod once;
mod readers;
mod sections;
mod together;
