//! The names under which touches are kept, beside those of selections. What caches in front are told is made of them, too.

use chrono::NaiveDate;

use crate::item::FormerPath;

use super::fingerprint::Fingerprint;
use super::month::Month;

/// Everything there is.
pub const EVERYTHING: &str = "*";

/// The lists of sections and of named feeds, for what shows them.
pub const LISTS: &str = "sections";

/// Which sites may show cards, for all cards.
pub const CARDS: &str = "cards";

/// The list of months that have articles.
pub const SITEMAP: &str = "sitemap";

/// The articles of the last two days.
pub const NEWS: &str = "news";

/// The articles of a month.
pub fn month(month: Month) -> String {
    format!("{SITEMAP}/{month}")
}

/// The articles of a day.
pub fn day(date: NaiveDate) -> String {
    format!("day/{date}")
}

/// A photograph by its hash: it comes and goes with what shows it.
pub fn media(hash: &str) -> String {
    format!("media/{hash}")
}

/// An address that an article had before, and where it leads.
pub fn former(slug: &str) -> String {
    format!("former/{slug}")
}

/// A path that an article had elsewhere, and where it leads. Paths are long and have all kinds of characters, and this
/// stands in headers; nor does it say a word of what was killed.
pub fn former_path(path: &FormerPath) -> String {
    format!("path/{}", Fingerprint::Former(path.as_str()).print())
}
