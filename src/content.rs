//! What feeds and pages both say of an item: its text as HTML with figures and credits, what stands in place of what was
//! taken away, its addresses, titles, and the few words that documents say of themselves.

mod address;
mod body;
mod credit;
mod date;
mod figure;
mod notice;
mod openings;
mod title;
mod words;

pub use address::{address, article_url, notice_page, part_anchor, photograph_of};
pub use body::{RenderedBody, article_html, figures_of, note, opening, rendered_parts};
pub use credit::{credited, sourced};
pub use date::{day_in_words, full_day_in_words, has_date_words, moment_in_words, month_in_words};
pub use figure::{Photo, Surface, caption_html, elsewhere, image_html, photo};
pub use notice::Notice;
pub use openings::Openings;
pub use title::{heading, title};
pub use words::{Words, direction, gap};
