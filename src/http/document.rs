//! From a resource to its document, made from the store as it stands.

pub(crate) mod card;
mod catalogue;
pub(crate) mod dependencies;
pub(crate) mod make;
pub(crate) mod rendered;
mod subject;

pub use make::{rendered, rendered_with};
pub(crate) use rendered::Answer;
pub use rendered::{RenderError, Rendered};
