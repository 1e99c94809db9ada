//! Players and frames: nothing of them runs in an article, and a link to what they show stays.

use ammonia::Url;
use dom_query::{Document, NodeRef, Selection};

use super::{RemovedMarkup, absolute, elements, seen, unwrap};

/// Elements that play or frame something that lies at an address.
const EMBEDS: &[&str] = &[
    "iframe",
    "frame",
    "portal",
    "video",
    "audio",
    "embed",
    "object",
    "amp-iframe",
    "amp-video",
    "amp-audio",
    "amp-youtube",
    "amp-vimeo",
    "amp-twitter",
    "amp-instagram",
    "amp-facebook",
];

/// Attributes with the address of what an element plays or frames; pages that load it late use others than `src`.
const ADDRESSES: &[&str] = &[
    "src",
    "data-src",
    "data-lazy-src",
    "data-litespeed-src",
    "data-url",
    "data-href",
    "data",
];

/// Attributes in which AMP elements name a video or a post, each with the address that the name is appended to.
const NUMBERED: &[(&str, &str)] = &[
    ("data-videoid", "https://www.youtube.com/watch?v="),
    ("data-tweetid", "https://twitter.com/i/status/"),
    ("data-shortcode", "https://www.instagram.com/p/"),
];

/// Whether an element of this name plays or frames something.
pub(crate) fn is_embed(name: &str) -> bool {
    EMBEDS.contains(&name)
}

/// Replaces each player and frame by a link to what it shows.
pub(crate) fn link_instead(
    document: &Document,
    base: Option<&Url>,
    taken: &mut Vec<RemovedMarkup>,
) {
    for node in elements(document) {
        let name = node.node_name().unwrap_or_default();
        let is_within = || {
            let mut around = node.ancestors_it(None);
            around.any(|around| around.has_name("object") || around.has_name("video"))
        };
        if !is_embed(&name) || is_within() {
            continue;
        }
        if let Some(page) = node.attr("srcdoc") {
            taken.push(RemovedMarkup::gone(
                format!("<{name}>"),
                &seen::line_of(&page),
            ));
            node.remove_from_parent();
            continue;
        }
        match address(&node, base) {
            Some(address) => {
                taken.push(RemovedMarkup::Linked(format!("<{name}>")));
                replace_with_link(&node, &address);
            }
            // Without an address, its fallback content stays.
            None => {
                taken.push(RemovedMarkup::gone(format!("<{name}>"), ""));
                node.rename("div");
                unwrap_media(&node);
            }
        }
    }
}

fn unwrap_media(node: &NodeRef<'_>) {
    if node.children_it(false).next().is_none() {
        node.remove_from_parent();
    } else if node.parent().is_some_and(|parent| parent.has_name("p")) {
        unwrap(node);
    }
}

fn address(node: &NodeRef<'_>, base: Option<&Url>) -> Option<String> {
    let own = ADDRESSES
        .iter()
        .filter_map(|name| node.attr(name))
        .find_map(|address| absolute(&address, base));
    let numbered = || {
        NUMBERED.iter().find_map(|(name, before)| {
            let number = node.attr(name)?;
            Some(format!("{before}{}", number.trim()))
        })
    };
    let inner = || {
        let inside =
            Selection::from(*node).select("source[src], embed[src], iframe[src], param[value]");
        inside.nodes().iter().find_map(|inner| {
            let source = inner.attr("src").or_else(|| {
                let name = inner.attr("name").unwrap_or_default().to_ascii_lowercase();
                let is_address = ["movie", "src", "url", "filename"].contains(&name.as_str());
                inner.attr("value").filter(|_| is_address)
            })?;
            absolute(&source, base)
        })
    };
    own.or_else(numbered).or_else(inner)
}

fn replace_with_link(node: &NodeRef<'_>, address: &str) {
    let paragraph = node.tree.new_element("p");
    let link = node.tree.new_element("a");
    link.set_attr("href", address);
    let text = node.tree.new_text(address.to_owned());
    link.append_child(&text);
    paragraph.append_child(&link);
    node.replace_with(&paragraph);
}
