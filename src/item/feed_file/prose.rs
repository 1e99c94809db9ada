//! The text of an older item as Markdown, with its pictures taken out to be named anew.
//!
//! What Markdown and readers have no place for (players, frames, scripts) is taken out and told; where it had an
//! address, a link to that stays.

mod paragraphs;
mod picture;
mod shortcode;

use dom_query::Document;

use crate::item::html::Url;
use crate::item::markup::{self, EMBEDS, UNSEEN};

use super::{OlderItem, Picture, Prose, Survey};

pub use crate::item::markup::TooDeep;

/// Blocks that Markdown has no mark for.
const BLOCKS: &str = "address, aside, center, dd, details, dl, dt, fieldset, footer, header, hgroup, legend, main, nav, \
                      summary";

const DIGITS: &str = "0123456789+-";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋";

/// Decides what stands for a picture in the text: its name beside the article, an address, or nothing.
pub type PlacePicture<'p> = dyn FnMut(Picture) -> Option<String> + 'p;

/// A text as Markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    pub markdown: String,
    /// What had no place in it.
    pub left_out: Vec<String>,
}

/// Writes the text of `item` as Markdown.
///
/// # Errors
/// If its markup is too deep.
pub fn convert(
    item: &OlderItem,
    survey: &Survey,
    place: &mut PlacePicture<'_>,
) -> Result<Converted, TooDeep> {
    let mut left_out = Vec::new();
    let (html, is_classic) = match &item.prose {
        // A text without a tag has nothing but blank lines to part its paragraphs.
        Prose::Html(html) => (html.clone(), !html.contains('<')),
        Prose::Plain(text) => (
            quick_xml::escape::partial_escape(text.as_str()).into_owned(),
            true,
        ),
        Prose::WordPress(html) => {
            let expanded = shortcode::expand(html, item.number, survey, &mut left_out);
            // Blocks have their paragraphs written out.
            (expanded, !html.contains("<!-- wp:"))
        }
    };
    let document = markup::parsed(&html)?;
    for node in document.select(UNSEEN).nodes() {
        if node.has_name("script") || node.has_name("form") {
            left_out.push(format!("<{}>", node.node_name().unwrap_or_default()));
        }
        node.remove_from_parent();
    }
    if is_classic {
        paragraphs::split(&document);
    }
    plain_blocks(&document, &mut left_out);
    let base = item.base.as_deref().and_then(|base| Url::parse(base).ok());
    replace_embeds(&document, base.as_ref(), &mut left_out);
    picture::take_out(&document, base.as_ref(), survey, &mut left_out, place);
    mend_links(&document, base.as_ref(), survey);
    Ok(Converted {
        markdown: markup::written(&document).trim().to_owned(),
        left_out,
    })
}

/// HTML that was written here as Markdown.
pub fn markdown(html: &str) -> String {
    markup::written(&Document::fragment(html))
}

/// Writes what Markdown has no mark for as what comes nearest to it, so that no words run together and no number changes
/// its meaning.
fn plain_blocks(document: &Document, left_out: &mut Vec<String>) {
    for node in document.select(BLOCKS).nodes() {
        node.rename(if node.has_name("dt") { "p" } else { "div" });
    }
    for node in document.select("sup, sub").nodes() {
        let digits = if node.has_name("sup") {
            RAISED
        } else {
            LOWERED
        };
        let text = node.text();
        let shifted: Option<String> = text
            .chars()
            .map(|c| DIGITS.chars().position(|digit| digit == c))
            .map(|place| digits.chars().nth(place?))
            .collect();
        if let Some(shifted) = shifted.filter(|shifted| !shifted.is_empty()) {
            node.set_text(shifted);
        }
    }
    for node in document.select("s, del, strike").nodes() {
        let name = node.node_name().unwrap_or_default();
        left_out.push(format!(
            "<{name}> (its words stay, without the line through them)"
        ));
    }
}

fn replace_embeds(document: &Document, base: Option<&Url>, left_out: &mut Vec<String>) {
    for node in document.select(EMBEDS).nodes() {
        let name = node.node_name().unwrap_or_default();
        let inner = node.find(&["source"]);
        let address = ["src", "data-src", "data"]
            .iter()
            .find_map(|attribute| node.attr(attribute))
            .or_else(|| inner.first().and_then(|source| source.attr("src")))
            .and_then(|address| absolute(&address, base));
        match address {
            Some(address) => {
                left_out.push(format!("<{name}> (a link to it stays)"));
                node.replace_with_html(link(&address));
            }
            None => {
                left_out.push(format!("<{name}>"));
                node.remove_from_parent();
            }
        }
    }
}

fn link(address: &str) -> String {
    let escaped = quick_xml::escape::escape(address);
    format!("<p><a href=\"{escaped}\">{escaped}</a></p>")
}

/// Relative links are read against the item's old address: at its new one they would lead elsewhere. Those to items that come
/// with it lead to their new addresses.
fn mend_links(document: &Document, base: Option<&Url>, survey: &Survey) {
    for node in document.select("a[href]").nodes() {
        let Some(href) = node.attr("href") else {
            continue;
        };
        if href.starts_with("mailto:") {
            continue;
        }
        match absolute(&href, base) {
            Some(address) => {
                let led = survey.led(&address);
                node.set_attr("href", led.as_ref().unwrap_or(&address));
            }
            None => node.remove_attr("href"),
        }
    }
}

/// The whole address, if it is one that readers can follow.
fn absolute(address: &str, base: Option<&Url>) -> Option<String> {
    let address = address.trim();
    let whole = match base {
        Some(base) => base.join(address).ok()?,
        None => match address.strip_prefix("//") {
            Some(rest) => Url::parse(&format!("https://{rest}")).ok()?,
            None => Url::parse(address).ok()?,
        },
    };
    ["http", "https"]
        .contains(&whole.scheme())
        .then(|| whole.to_string())
}
