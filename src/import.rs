//! Older archives brought in once: pages of text, feeds and exports of other systems, written as a folder of items.

pub mod feed_file;
pub mod page_text;
mod write_folder;

pub use write_folder::{Addresses, FeedImport, ImportError, LeftOut, MediaFolder, Tally};
