//! Documents: what a resource is rendered to, what it depends on, and the cards and lists beside feeds and pages.

pub(crate) mod card;
mod catalogue;
pub(crate) mod dependencies;
pub(crate) mod make;
pub(crate) mod rendered;
mod subject;
mod text_cache;

pub use make::{rendered, rendered_with};
pub(crate) use rendered::Answer;
pub use rendered::{RenderError, Rendered};
pub use text_cache::TextCache;
