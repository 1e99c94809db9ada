//! The text of an older item as Markdown, with its pictures taken out to be named anew.
//!
//! Elements for which Markdown and readers have no place (players, frames, scripts) are taken out and reported; where
//! one had an address, a link to that stays.

mod ahead;
mod block;
mod paragraphs;
mod picture;
mod shortcode;

use dom_query::Document;

use crate::item::html::{Url, absolute, named, reduce, seen, top};
use crate::item::{markup, raised};

use super::{OlderItem, Picture, Prose, Survey};

pub use crate::item::markup::TooDeep;

/// Decides by which name the text shows a picture: that of a photograph beside the article, or its address; with
/// `None`, the text does not show it.
pub type PlacePicture<'p> = dyn FnMut(Picture) -> Option<String> + 'p;

/// A text as Markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    pub markdown: String,
    /// The visible text before the conversion, and after it without the captions, which are separate items.
    pub visible_before: String,
    pub visible_after: String,
    /// Parts of the text that had no place in it.
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
        Prose::Plain(text) => (escaped(text), true),
        Prose::WordPress(html) => {
            let whole = block::expand(html, item, survey, &mut left_out);
            let expanded = shortcode::expand(&whole, item.number, survey, &mut left_out);
            // Blocks have their paragraphs written out.
            (expanded, !html.contains("<!-- wp:"))
        }
    };
    let document = markup::parsed(&html)?;
    let visible_before = seen::joined(&seen::text(&top(&document)));
    if is_classic {
        paragraphs::split(&document);
    }
    name_captions(&document);
    let base = item.base.as_deref().and_then(|base| Url::parse(base).ok());
    let taken = reduce(&document, base.as_ref());
    left_out.extend(taken.iter().map(ToString::to_string));
    write_digits(&document);
    picture::take_out(&document, base.as_ref(), survey, &mut left_out, place);
    mend_links(&document, base.as_ref(), survey);
    let written = markup::written(&document);
    Ok(Converted {
        visible_after: written.seen,
        markdown: written.markdown.trim().to_owned(),
        visible_before,
        left_out,
    })
}

/// HTML that was written here as Markdown.
pub fn markdown(html: &str) -> String {
    markup::written(&Document::fragment(html)).markdown
}

/// Text as HTML.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::partial_escape(text).into_owned()
}

/// The picture of that name or address, as HTML.
pub fn shown(name: &str, alt: &str) -> String {
    let attribute = |text: &str| quick_xml::escape::escape(text).into_owned();
    format!(
        "<p><img src=\"{}\" alt=\"{}\"></p>",
        attribute(name),
        attribute(alt)
    )
}

/// Gives captions and credits their own elements, where systems mark them by classes.
fn name_captions(document: &Document) {
    // Most texts have none of these, and selectors take longer than a look.
    if named(document, &["div", "dl", "figcaption"]).is_empty() {
        return;
    }
    for node in document.select("div.wp-caption, dl.gallery-item").nodes() {
        node.rename("figure");
        for inner in dom_query::Selection::from(*node)
            .select("dt, .wp-caption-text, .gallery-caption")
            .nodes()
        {
            inner.rename(if inner.has_name("dt") {
                "div"
            } else {
                "figcaption"
            });
        }
    }
    let credits = "figcaption [class*=\"credit\"], figcaption [class*=\"copyright\"]";
    for node in document.select(credits).nodes() {
        node.rename("cite");
    }
}

/// Writes superscript and subscript numbers with Unicode's characters for them, where it has such.
fn write_digits(document: &Document) {
    for node in named(document, &["sup", "sub"]) {
        let is_raised = node.has_name("sup");
        let is_number = |c: char| c.is_ascii_digit() || c == '+' || c == '-';
        let sign = |c: char| raised::sign(c, is_raised).filter(|_| is_number(c));
        let shifted: Option<String> = node.text().chars().map(sign).collect();
        if let Some(shifted) = shifted.filter(|shifted| !shifted.is_empty()) {
            let text = node.tree.new_text(shifted);
            node.replace_with(&text);
        }
    }
}

/// Resolves relative links against the item's old address: at its new one they would lead elsewhere. Links to items of
/// the same import lead to their new addresses.
fn mend_links(document: &Document, base: Option<&Url>, survey: &Survey) {
    for node in named(document, &["a"]) {
        let Some(href) = node.attr("href") else {
            continue;
        };
        if href.starts_with("mailto:") {
            continue;
        }
        match absolute(&href, base) {
            Some(address) => {
                let new = survey.new_address(&address);
                node.set_attr("href", new.as_ref().unwrap_or(&address));
            }
            None => node.remove_attr("href"),
        }
    }
}
