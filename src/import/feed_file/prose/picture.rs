//! Pictures of a text: each is taken out with the texts of its figure, and replaced as the caller decides.

use std::collections::HashSet;

use dom_query::{Document, NodeId, NodeRef, Selection};

use crate::item::html::{Url, absolute, named, seen, settle_box};

use super::super::{Picture, Survey, size};
use super::{PlacePicture, shown};

/// Elements in a caption that mark the credit of the picture.
const CREDITS: &str = "cite";

/// Maximum width and height in pixels of a picture that is there to count readers.
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
        taken: HashSet::new(),
    };
    for node in named(document, &["figure", "img"]) {
        if !node.has_name("img") {
            taking.figure(&node, place);
        } else if !taking.taken.contains(&node.id) {
            taking.alone(&node, place);
        }
    }
}

struct Taking<'t> {
    base: Option<&'t Url>,
    survey: &'t Survey,
    left_out: &'t mut Vec<String>,
    /// The pictures that were taken with their figures.
    taken: HashSet<NodeId>,
}

impl Taking<'_> {
    fn figure(&mut self, figure: &NodeRef<'_>, place: &mut PlacePicture<'_>) {
        let inside = Selection::from(*figure);
        let pictures = inside.select("img");
        let has_figures = figure.descendants_it().any(|node| node.has_name("figure"));
        if !pictures.is_empty() && !has_figures {
            let figcaption = inside.select("figcaption");
            let figcaption = figcaption.nodes().first();
            let mut caption = figcaption.map(words_and_credit);
            let mut is_used = false;
            for picture in pictures.nodes() {
                self.taken.insert(picture.id);
                let found = self.picture(picture);
                match link_around(picture) {
                    Some(link) => link.remove_from_parent(),
                    None => picture.remove_from_parent(),
                }
                let Some(mut found) = found else {
                    continue;
                };
                if let Some((words, credit)) = caption.take() {
                    found.caption = words;
                    found.credit = credit.or(found.credit);
                    is_used = true;
                }
                let alt = found.alt.clone().unwrap_or_default();
                if let Some(name) = place(found) {
                    figure.before_html(shown(&name, &alt));
                }
            }
            if let Some(figcaption) = figcaption.filter(|_| is_used) {
                figcaption.remove_from_parent();
            }
        }
        // Of a table, a player or a gallery the caption is a paragraph; so are other words.
        for child in figure.children() {
            if child.has_name("figcaption") {
                child.rename("p");
            }
        }
        figure.rename("div");
        settle_box(figure);
    }

    fn alone(&mut self, picture: &NodeRef<'_>, place: &mut PlacePicture<'_>) {
        let Some(found) = self.picture(picture) else {
            picture.remove_from_parent();
            return;
        };
        let alt = found.alt.clone().unwrap_or_default();
        let link = link_around(picture);
        let Some(name) = place(found) else {
            picture.remove_from_parent();
            return;
        };
        picture.remove_all_attrs();
        picture.set_attr("src", &name);
        picture.set_attr("alt", &alt);
        if let Some(link) = link {
            // It led to nothing but the picture itself.
            link.rename("span");
        }
    }

    /// The picture that an element shows, with its texts; `None` where it is no picture for readers.
    fn picture(&mut self, node: &NodeRef<'_>) -> Option<Picture> {
        let attribute = |name: &str| node.attr(name).map(|value| value.trim().to_owned());
        let alt = attribute("alt").filter(|alt| !alt.is_empty());
        let class = attribute("class").unwrap_or_default();
        let side = |name: &str| attribute(name).and_then(|value| value.parse::<u32>().ok());
        let is_tiny = |side: Option<u32>| side.is_some_and(|side| side <= MAX_TRACKING_PIXELS);
        if is_tiny(side("width")) && is_tiny(side("height")) {
            self.left_out.push("picture of one pixel".to_owned());
            return None;
        }
        let address = absolute(&attribute("src")?, self.base)?;
        let number = class
            .split_ascii_whitespace()
            .find_map(|word| word.strip_prefix("wp-image-")?.parse().ok());
        let known = number.and_then(|number| self.survey.site.attachments.get(&number));
        let linked = link_around(node)
            .and_then(|link| link.attr("href"))
            .and_then(|href| absolute(&href, self.base));
        Some(Picture {
            original: known.map(|known| known.address.clone()).or(linked),
            caption: None,
            library: known.and_then(|known| known.library.clone()),
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
    size::has_picture_name(&href).then_some(link)
}

/// The words of a caption without the credit that it marks, and that credit.
fn words_and_credit(caption: &NodeRef<'_>) -> (Option<String>, Option<String>) {
    let words = |node: &NodeRef<'_>| {
        let text = seen::line(node);
        (!text.is_empty()).then_some(text)
    };
    let credit = Selection::from(*caption).select(CREDITS);
    let credit = credit.nodes().first().and_then(|node| {
        let text = words(node);
        node.remove_from_parent();
        text
    });
    (words(caption), credit)
}
