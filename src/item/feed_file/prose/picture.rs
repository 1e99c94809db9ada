//! Pictures of a text: each with what its figure says of it, and in its place what the caller decides.

use std::collections::HashSet;

use dom_query::{Document, NodeId, NodeRef, Selection};

use crate::item::html::Url;

use super::super::text::one_line;
use super::super::{Picture, Survey, media};
use super::{PlacePicture, absolute};

/// Pictures, and figures as HTML and WordPress write them.
const PICTURES: &str = "figure, div.wp-caption, img";

const CAPTIONS: &str = "figcaption, .wp-caption-text";

/// Who made a picture, where its caption marks that.
const CREDITS: &str = "cite, [class*=\"credit\"], [class*=\"copyright\"]";

/// A picture of at most so many pixels a side counts readers.
const MAX_TRACKING_PIXELS: u32 = 2;

/// Takes the pictures out in the order of the text.
pub(super) fn take_out(
    document: &Document,
    base: Option<&Url>,
    survey: &Survey,
    left_out: &mut Vec<String>,
    place: &mut PlacePicture<'_>,
) {
    let mut taking = Taking {
        base,
        survey,
        left_out,
        figures: HashSet::new(),
    };
    for node in document.select(PICTURES).nodes() {
        if !node.has_name("img") {
            taking.figure(node, place);
        } else if !taking.went_with_a_figure(node) {
            taking.alone(node, place);
        }
    }
}

struct Taking<'t> {
    base: Option<&'t Url>,
    survey: &'t Survey,
    left_out: &'t mut Vec<String>,
    /// Those that were taken out with all that was in them.
    figures: HashSet<NodeId>,
}

impl Taking<'_> {
    fn went_with_a_figure(&self, picture: &NodeRef<'_>) -> bool {
        let around = picture.ancestors(None);
        around.iter().any(|node| self.figures.contains(&node.id))
    }

    fn figure(&mut self, figure: &NodeRef<'_>, place: &mut PlacePicture<'_>) {
        let inside = Selection::from(*figure);
        let pictures = inside.select("img");
        let has_figures = inside
            .select("figure")
            .nodes()
            .iter()
            .any(|node| node.id != figure.id);
        if pictures.nodes().is_empty() || has_figures {
            // A table, a player or a gallery: its caption is a paragraph behind it.
            for caption in figure.children() {
                if caption.has_name("figcaption") {
                    caption.rename("p");
                }
            }
            figure.rename("div");
            return;
        }
        let said = inside.select(CAPTIONS);
        let mut caption = said.nodes().first().map(words_and_credit);
        let mut html = String::new();
        for picture in pictures.nodes() {
            let Some(mut found) = self.picture(picture) else {
                continue;
            };
            if let Some((words, credit)) = caption.take() {
                found.caption = words.or(found.caption);
                found.credit = credit.or(found.credit);
            }
            let alt = found.alt.clone().unwrap_or_default();
            if let Some(address) = place(found) {
                let address = quick_xml::escape::escape(address.as_str());
                let alt = quick_xml::escape::escape(alt.as_str());
                html.push_str(&format!("<p><img src=\"{address}\" alt=\"{alt}\"></p>"));
            }
        }
        self.figures.insert(figure.id);
        match html.is_empty() {
            true => figure.remove_from_parent(),
            false => figure.replace_with_html(html),
        }
    }

    fn alone(&mut self, picture: &NodeRef<'_>, place: &mut PlacePicture<'_>) {
        let Some(found) = self.picture(picture) else {
            picture.remove_from_parent();
            return;
        };
        let alt = found.alt.clone().unwrap_or_default();
        match place(found) {
            Some(address) => {
                picture.remove_all_attrs();
                picture.set_attr("src", &address);
                picture.set_attr("alt", &alt);
                if let Some(link) = link_around(picture) {
                    // The picture itself is what it led to.
                    link.rename("span");
                }
            }
            None => picture.remove_from_parent(),
        }
    }

    /// What the element says; nothing where it is no picture for readers.
    fn picture(&mut self, node: &NodeRef<'_>) -> Option<Picture> {
        let said = |name: &str| node.attr(name).map(|value| value.trim().to_owned());
        let alt = said("alt").filter(|alt| !alt.is_empty());
        let class = said("class").unwrap_or_default();
        if class.contains("wp-smiley") || class.contains("emoji") {
            if let Some(alt) = alt {
                node.before_html(quick_xml::escape::partial_escape(alt.as_str()).into_owned());
            }
            return None;
        }
        let side = |name: &str| said(name).and_then(|value| value.parse::<u32>().ok());
        let is_tiny = |side: Option<u32>| side.is_some_and(|side| side <= MAX_TRACKING_PIXELS);
        if is_tiny(side("width")) && is_tiny(side("height")) {
            self.left_out.push("picture of one pixel".to_owned());
            return None;
        }
        // Pages that load pictures late write the address beside a stand-in.
        let address = ["data-orig-file", "data-src", "data-lazy-src", "src"]
            .iter()
            .filter_map(|name| said(name))
            .find_map(|address| absolute(&address, self.base));
        let Some(address) = address else {
            self.left_out
                .push("picture without an address of its own".to_owned());
            return None;
        };
        let number = class
            .split_ascii_whitespace()
            .find_map(|word| word.strip_prefix("wp-image-")?.parse().ok());
        let known = number.and_then(|number| self.survey.site.attachments.get(&number));
        let linked = link_around(node)
            .and_then(|link| link.attr("href"))
            .and_then(|href| absolute(&href, self.base));
        Some(Picture {
            original: known.map(|known| known.address.clone()).or(linked),
            caption: known.and_then(|known| known.caption.clone()),
            alt: alt.or_else(|| known.and_then(|known| known.alt.clone())),
            credit: known.and_then(|known| known.credit.clone()),
            role: None,
            address,
        })
    }
}

/// The link around a picture that leads to nothing but the picture.
fn link_around<'n>(picture: &NodeRef<'n>) -> Option<NodeRef<'n>> {
    let link = picture.parent().filter(|parent| parent.has_name("a"))?;
    let href = link.attr("href").unwrap_or_default();
    media::has_picture_name(&href).then_some(link)
}

/// The words of a caption without the credit that it marks, and that.
fn words_and_credit(caption: &NodeRef<'_>) -> (Option<String>, Option<String>) {
    let words = |node: &NodeRef<'_>| {
        let text = one_line(&node.text());
        (!text.is_empty()).then_some(text)
    };
    let credit = Selection::from(*caption).select(CREDITS);
    let credit = credit.nodes().first().and_then(|node| {
        let said = words(node);
        node.remove_from_parent();
        said
    });
    (words(caption), credit)
}
