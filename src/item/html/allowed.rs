//! The HTML that an article may have: elements that feed readers keep, and nothing that runs.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, Url, UrlRelative};

use crate::item::legal::{first_illegal, legal};

/// The elements that a body may have, which feed readers keep. All others are rewritten with these, or reported to the
/// writer.
pub(crate) const TAGS: &[&str] = &[
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "code",
    "kbd",
    "a",
    "strong",
    "em",
    "sup",
    "sub",
    "del",
    "ins",
    "mark",
    "small",
    "q",
    "cite",
    "ruby",
    "rb",
    "rt",
    "rp",
    "figure",
    "figcaption",
    "img",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "br",
    "hr",
];

/// Elements that are removed together with their content, because none of it is text.
const UNSEEN: [&str; 4] = ["script", "style", "iframe", "object"];

/// The schemes that an address in a body may have: others run something, or lead where readers cannot follow.
pub(crate) const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// Whether an article may have this element.
pub(crate) fn is_allowed(name: &str) -> bool {
    TAGS.contains(&name)
}

/// The sanitizer for a body whose relative addresses are resolved against `base`.
pub(crate) fn cleaner(base: &Url) -> Builder<'static> {
    builder(UrlRelative::RewriteWithBase(base.clone()))
}

/// `html` without markup that an article may not have; relative addresses stay, since they name photographs of the
/// item.
pub(crate) fn cleaned(html: &str) -> String {
    clean(&AS_WRITTEN, html)
}

/// Made once: an imported text has many pieces that are cleaned each by itself.
static AS_WRITTEN: LazyLock<Builder<'static>> = LazyLock::new(|| builder(UrlRelative::PassThrough));

fn builder(relative: UrlRelative<'static>) -> Builder<'static> {
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href"])),
        ("img", HashSet::from(["src", "alt", "width", "height"])),
        ("th", HashSet::from(["colspan", "rowspan", "scope"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        // The numbers that readers see.
        ("ol", HashSet::from(["start", "reversed", "type"])),
        ("li", HashSet::from(["value"])),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(HashSet::from(UNSEEN))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["lang", "dir"]))
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(relative)
        .link_rel(None);
    builder
}

/// `html` sanitized, and without characters that XML forbids: a reference such as `&#1;` becomes a character only when
/// it is parsed.
pub(crate) fn clean(cleaner: &Builder<'_>, html: &str) -> String {
    let cleaned = cleaner.clean(html).to_string();
    match first_illegal(&cleaned) {
        None => cleaned,
        Some(_) => legal(&cleaned),
    }
}
