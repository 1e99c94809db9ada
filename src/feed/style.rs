//! The look of a feed in a browser: titles and dates, and a banner that says what this is.
//!
//! CSS alone, since browsers give up XSLT. It can make no links, so the banner names the address of the page for people.

use crate::content::Words;
use crate::publication::Publication;
use crate::resource::{BaseUrl, Resource, Subject};

const RULES: &str = include_str!("feed.css");

/// The stylesheet of a publication's feeds, in its language.
pub fn style(publication: &Publication, base: &BaseUrl) -> Vec<u8> {
    let words = Words::of(&publication.language);
    let page = base.url(&Resource::Page(Subject::Publication));
    let banner = quoted(&format!("{} {page}", words.feed_banner));
    format!("rss::before, feed::before {{ content: {banner}; }}\n{RULES}").into_bytes()
}

/// Text as a CSS string (CSS Syntax 3 §4.3.5).
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\a "),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
