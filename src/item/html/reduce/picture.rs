//! Pictures in all the spellings that pages have for them: each becomes an element with one address.

use ammonia::Url;
use dom_query::{Document, NodeRef, Selection};

use super::{RemovedMarkup, absolute, elements, replace_with_text, unwrap};

/// Attributes in which pages that load pictures late write the address, the best first.
const LATE: &[&str] = &[
    "data-orig-file",
    "data-full-url",
    "data-large-file",
    "data-src",
    "data-lazy-src",
    "data-lazy",
    "data-original",
    "data-original-src",
    "data-hi-res-src",
    "data-img-src",
    "data-echo",
];

/// Attributes that list the addresses of a picture in several sizes.
const SETS: &[&str] = &[
    "data-srcset",
    "data-lazy-srcset",
    "data-original-set",
    "data-bgset",
    "srcset",
];

/// Words in the file names of stand-ins, the pictures that pages show until the real ones are loaded.
const STAND_INS: &[&str] = &[
    "blank",
    "placeholder",
    "spacer",
    "transparent",
    "pixel",
    "lazy",
    "loading",
    "loader",
    "grey.gif",
    "gray.gif",
    "1x1",
];

/// Sets the address that each picture is shown from; a picture without one is reported in `taken`, and its words stay.
pub(crate) fn settle(document: &Document, base: Option<&Url>, taken: &mut Vec<RemovedMarkup>) {
    for node in elements(document) {
        if node.has_name("amp-img") || node.has_name("amp-anim") || node.has_name("image") {
            node.rename("img");
        }
    }
    for node in elements(document) {
        if node.has_name("noscript") {
            instead_of_a_stand_in(&node, base);
        }
    }
    for node in elements(document) {
        if node.has_name("img") {
            picture(&node, base, taken);
        }
    }
}

/// Unwraps a `noscript`; if it contains a picture, the stand-in beside it is removed.
fn instead_of_a_stand_in(noscript: &NodeRef<'_>, base: Option<&Url>) {
    let has_picture = !Selection::from(*noscript).select("img").is_empty();
    let neighbours = [
        noscript.prev_element_sibling(),
        noscript.next_element_sibling(),
    ];
    if has_picture
        && let Some(stand_in) = neighbours
            .into_iter()
            .flatten()
            .find(|beside| is_stand_in(beside, base))
    {
        stand_in.remove_from_parent();
    }
    noscript.insert_before(&noscript.tree.new_text(" "));
    noscript.insert_after(&noscript.tree.new_text(" "));
    unwrap(noscript);
}

/// Whether the element is, or contains nothing but, a stand-in for a picture that is loaded late.
fn is_stand_in(node: &NodeRef<'_>, base: Option<&Url>) -> bool {
    let inside = Selection::from(*node).select("img");
    let picture = match node.has_name("img") {
        true => Some(*node),
        false => inside.nodes().first().copied(),
    };
    let Some(picture) = picture.filter(|_| node.text().trim().is_empty()) else {
        return false;
    };
    let is_late = LATE
        .iter()
        .chain(SETS)
        .any(|name| name.starts_with("data") && picture.has_attr(name));
    let class = picture.attr("class").unwrap_or_default();
    is_late || class.contains("lazy") || own_source(&picture, base).is_none()
}

fn picture(node: &NodeRef<'_>, base: Option<&Url>, taken: &mut Vec<RemovedMarkup>) {
    let alt = node.attr("alt").unwrap_or_default().trim().to_owned();
    let class = node.attr("class").unwrap_or_default();
    if class.contains("wp-smiley") || class.split_ascii_whitespace().any(|word| word == "emoji") {
        replace_with_text(node, &alt);
        return;
    }
    if let Some(address) = address(node, base) {
        node.set_attr("src", &address);
        return;
    }
    let is_named = node.attr("src").is_some_and(|src| is_name(&src));
    if is_named && base.is_none() {
        return;
    }
    taken.push(RemovedMarkup::gone(
        "picture without an address of its own",
        "",
    ));
    replace_with_text(node, &format!(" {alt} "));
}

/// A name without a scheme, such as that of a photograph beside the item.
fn is_name(src: &str) -> bool {
    matches!(
        Url::parse(src),
        Err(ammonia::url::ParseError::RelativeUrlWithoutBase)
    ) && !src.is_empty()
}

fn address(node: &NodeRef<'_>, base: Option<&Url>) -> Option<String> {
    let late = LATE
        .iter()
        .filter_map(|name| node.attr(name))
        .find_map(|address| absolute(&address, base));
    let whole = late.or_else(|| own_source(node, base));
    whole
        .or_else(|| SETS.iter().find_map(|set| largest(&node.attr(set)?, base)))
        .or_else(|| of_sources(node, base))
        .or_else(|| other_attribute(node, base))
        .or_else(|| absolute(&node.attr("src")?, base))
}

/// The address in `src`, unless it is that of a stand-in.
fn own_source(node: &NodeRef<'_>, base: Option<&Url>) -> Option<String> {
    let address = absolute(&node.attr("src")?, base)?;
    let name = address.split(['?', '#']).next().unwrap_or_default();
    let name = name
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let has_another =
        SETS.iter().any(|set| node.has_attr(set)) || other_attribute(node, base).is_some();
    let is_stand_in = has_another && STAND_INS.iter().any(|word| name.contains(word));
    (!is_stand_in).then_some(address)
}

/// The address in the `source` elements of the `picture` around it: the largest size of the last that lists any.
fn of_sources(node: &NodeRef<'_>, base: Option<&Url>) -> Option<String> {
    let around = node.parent().filter(|parent| parent.has_name("picture"))?;
    let sources = around.element_children();
    sources.iter().rev().find_map(|source| {
        let sets = SETS.iter().filter_map(|set| source.attr(set));
        sets.into_iter().find_map(|set| largest(&set, base))
    })
}

/// The address in any other `data-` attribute that names a picture: each library uses its own.
fn other_attribute(node: &NodeRef<'_>, base: Option<&Url>) -> Option<String> {
    let attributes = node.attrs();
    let late = attributes.iter().filter(|attribute| {
        let name = &attribute.name.local;
        name.starts_with("data-")
            && ["src", "img", "image", "lazy", "orig"]
                .iter()
                .any(|word| name.contains(word))
    });
    late.into_iter().find_map(|attribute| {
        let value = attribute.value.trim();
        let looks_so = value.contains('/') && !value.starts_with("data:");
        match attribute.name.local.contains("set") {
            true => largest(value, base),
            false => {
                absolute(value, base).filter(|_| looks_so && !value.contains(char::is_whitespace))
            }
        }
    })
}

/// The largest of several sizes: `a.jpg 600w, b.jpg 1200w` or `a.jpg, b.jpg 2x`.
pub(crate) fn largest(set: &str, base: Option<&Url>) -> Option<String> {
    let mut best: Option<(f64, String)> = None;
    let mut rest = set.trim();
    while !rest.is_empty() {
        // An address may hold commas, but no blanks.
        let end = rest
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let (address, behind) = match word.strip_suffix(',') {
            Some(address) => (address, format!(",{behind}")),
            None => (word, behind.to_owned()),
        };
        let (size, next) = behind.split_once(',').unwrap_or((&behind, ""));
        let size = size.trim().trim_end_matches(['w', 'x', 'h']);
        let size = size.parse::<f64>().unwrap_or(1.0);
        if let Some(address) = absolute(address, base)
            && best.as_ref().is_none_or(|(known, _)| size > *known)
        {
            best = Some((size, address));
        }
        let offset = rest.len() - next.trim_start().len();
        rest = rest.get(offset..).unwrap_or_default();
    }
    best.map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::largest;

    #[test]
    fn the_largest_of_several_sizes_is_taken() {
        for (set, address) in [
            (
                "https://a.example/1.jpg 600w, https://a.example/2.jpg 1200w",
                "https://a.example/2.jpg",
            ),
            (
                "https://a.example/1.jpg, https://a.example/2.jpg 2x",
                "https://a.example/2.jpg",
            ),
            (
                "https://a.example/w_9,h_9/1.jpg 2x,https://a.example/2.jpg 1x",
                "https://a.example/w_9,h_9/1.jpg",
            ),
            ("https://a.example/1.jpg", "https://a.example/1.jpg"),
        ] {
            assert_eq!(largest(set, None).as_deref(), Some(address), "{set}");
        }
    }
}
