//! The body as HTML that every reader shows: Markdown rendered, then cleaned to the few elements that all keep.

mod address;
mod allowed;
mod complain;
mod cost;
mod dialect;
pub(crate) mod reduce;
pub(crate) mod seen;

use ammonia::Builder;
use comrak::nodes::NodeValue;
use comrak::{Arena, Node};
use dom_query::Document;

use super::legal::{Markdown, Outline, legal};
use allowed::{clean, cleaner};
use dialect::TOP_HEADING;

pub use ammonia::Url;
pub use complain::complaints;
pub use cost::is_too_costly;

pub(crate) use allowed::cleaned;
pub(crate) use reduce::{absolute, named, reduce, settle_box, top};

/// Inline elements that may be written into Markdown and stand in an article as they are.
const PLAIN_TAGS: &[&str] = &[
    "a", "br", "cite", "code", "del", "em", "ins", "kbd", "mark", "q", "rb", "rp", "rt", "ruby",
    "small", "strong", "sub", "sup",
];

/// A titled stretch of an article's text; the first may have no title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedPart {
    pub heading: Option<String>,
    pub heading_html: String,
    pub html: String,
    /// The text of its paragraphs, a line each.
    pub text: String,
}

impl RenderedPart {
    fn titled(heading: Option<String>, heading_html: String) -> Self {
        Self {
            heading,
            heading_html,
            html: String::new(),
            text: String::new(),
        }
    }
}

/// A photograph beside the item, in the two forms in which the body may show it: by its address, or as a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub address: String,
    /// The whole figure, with caption and credit.
    pub html: String,
}

impl Figure {
    /// The empty figure for a photograph that was taken away: nothing stands in its place, not even its caption.
    pub fn taken_away() -> Self {
        Self {
            address: String::new(),
            html: String::new(),
        }
    }
}

/// The way in which a text shows a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PicturePlacement {
    /// Alone in a paragraph: as a figure, with its caption.
    Whole,
    /// Within a line of text.
    Inline,
}

/// Returns the figure for the picture with this name or address, if a caption has it; called once for each place that
/// shows it, in their order.
pub type FigureOf<'f> = dyn Fn(&str, PicturePlacement) -> Option<Figure> + 'f;

/// Whether a picture's name is an address of the web.
pub fn is_web_address(name: &str) -> bool {
    Url::parse(name).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

/// Renders `body` with the photographs beside the item, wherever it shows them; see [`placed_parts`].
pub fn parts(
    body: &Markdown,
    base: &Url,
    figure: &dyn Fn(&str) -> Option<Figure>,
) -> Vec<RenderedPart> {
    placed_parts(body, base, &|name, _| figure(name))
}

/// Renders `body`. `base` is the item's address, against which relative links are resolved. A photograph that stands
/// alone in a paragraph becomes the whole figure.
pub fn placed_parts(body: &Markdown, base: &Url, figure: &FigureOf<'_>) -> Vec<RenderedPart> {
    let arena = Arena::new();
    parts_of(dialect::read(&arena, body), base, figure)
}

fn parts_of(root: Node<'_>, base: &Url, figure: &FigureOf<'_>) -> Vec<RenderedPart> {
    let cleaner = cleaner(base);
    match root.descendants().any(is_foreign) {
        true => parts_of_html(&rendered(root), base, &cleaner, figure),
        false => parts_of_markdown(root, &cleaner, figure),
    }
}

fn parts_of_markdown(
    root: Node<'_>,
    cleaner: &Builder<'_>,
    figure: &FigureOf<'_>,
) -> Vec<RenderedPart> {
    let mut parts: Vec<RenderedPart> = Vec::new();
    for node in root.children() {
        let heading = part_heading(node);
        let html = lone_picture(node)
            .and_then(|name| figure(&name, PicturePlacement::Whole))
            .map(|figure| figure.html)
            .unwrap_or_else(|| {
                show_pictures(node, figure);
                rendered(node)
            });
        if let Some(heading) = heading {
            let html = clean(cleaner, &html);
            parts.push(RenderedPart::titled(Some(heading), html));
            continue;
        }
        let is_paragraph = matches!(node.data.borrow().value, NodeValue::Paragraph);
        add(&mut parts, &html, is_paragraph.then(|| node_text(node)));
    }
    for part in &mut parts {
        part.html = clean(cleaner, &part.html);
    }
    parts
}

/// Adds a block, and its text if it is a paragraph, to the last part, or to a new one without a title if there is none.
fn add(parts: &mut Vec<RenderedPart>, html: &str, line: Option<String>) {
    if parts.is_empty() {
        parts.push(RenderedPart::titled(None, String::new()));
    }
    if let Some(part) = parts.last_mut() {
        part.html.push_str(html);
        if let Some(line) = line {
            part.text.push_str(line.trim());
            part.text.push('\n');
        }
    }
}

/// The parts of a body with HTML in it, which is read as a whole: an element may begin in one block of Markdown and end
/// in another.
fn parts_of_html(
    html: &str,
    base: &Url,
    cleaner: &Builder<'_>,
    figure: &FigureOf<'_>,
) -> Vec<RenderedPart> {
    let document = Document::fragment(html);
    place_figures(&document, figure);
    reduce(&document, Some(base));
    let mut parts: Vec<RenderedPart> = Vec::new();
    for node in top(&document).children() {
        // Words beside blocks stand in paragraphs by now.
        if !node.is_element() {
            continue;
        }
        let html = format!("{}\n", node.html());
        let line = || legal(&seen::line(&node));
        if node.has_name("h2") {
            let html = clean(cleaner, &html);
            parts.push(RenderedPart::titled(Some(line()), html));
            continue;
        }
        let line = node.has_name("p").then(line);
        add(&mut parts, &html, line.filter(|line| !line.is_empty()));
    }
    for part in &mut parts {
        part.html = clean(cleaner, &part.html);
    }
    parts
}

/// Shows the photographs beside the item where HTML names them.
fn place_figures(document: &Document, figure: &FigureOf<'_>) {
    for picture in document.select("img[src]").nodes() {
        let name = picture.attr("src").unwrap_or_default();
        let paragraph = picture.parent().filter(|parent| {
            parent.has_name("p")
                && parent.element_children().len() == 1
                && parent.text().trim().is_empty()
        });
        let way = match paragraph {
            Some(_) => PicturePlacement::Whole,
            None => PicturePlacement::Inline,
        };
        let Some(shown) = figure(&name, way) else {
            // No text is stored that names a photograph which was never there.
            let has_another = picture
                .attrs()
                .iter()
                .any(|attribute| attribute.name.local.starts_with("data-"));
            if is_relative(&name) && !name.contains('/') && !has_another {
                picture.remove_from_parent();
            }
            continue;
        };
        match paragraph {
            Some(paragraph) if shown.html.is_empty() => paragraph.remove_from_parent(),
            Some(paragraph) => paragraph.replace_with_html(shown.html),
            None if shown.address.is_empty() => picture.remove_from_parent(),
            None => picture.set_attr("src", &shown.address),
        }
    }
}

/// Whether a node is HTML that may contain elements that an article cannot have, or blocks that have to be kept apart.
fn is_foreign(node: Node<'_>) -> bool {
    match &node.data.borrow().value {
        NodeValue::HtmlBlock(_) => true,
        NodeValue::HtmlInline(tag) => {
            let name = tag_name(tag);
            let is_plain = PLAIN_TAGS.contains(&name.as_str()) || tag.starts_with("<!--");
            !is_plain || tag.contains("hidden") || tag.contains("style")
        }
        _ => false,
    }
}

/// The name of a tag, opening or closing.
fn tag_name(tag: &str) -> String {
    let name = tag.trim_start_matches('<').trim_start_matches('/');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
    name.to_ascii_lowercase()
}

fn part_heading(node: Node<'_>) -> Option<String> {
    is_part_heading(&node).then(|| node_text(node))
}

fn is_part_heading(node: &Node<'_>) -> bool {
    matches!(node.data.borrow().value, NodeValue::Heading(heading) if heading.level <= TOP_HEADING)
}

/// The address of the picture that is all there is in a paragraph.
fn lone_picture(node: Node<'_>) -> Option<String> {
    if !matches!(node.data.borrow().value, NodeValue::Paragraph) {
        return None;
    }
    let only = node
        .first_child()
        .filter(|first| first.next_sibling().is_none())?;
    match &only.data.borrow().value {
        NodeValue::Image(link) => Some(link.url.clone()),
        _ => None,
    }
}

fn show_pictures(node: Node<'_>, figure: &FigureOf<'_>) {
    let pictures: Vec<Node<'_>> = node.descendants().collect();
    for inner in pictures {
        let mut is_shown = true;
        let mut is_gone = false;
        if let NodeValue::Image(link) = &mut inner.data.borrow_mut().value {
            match figure(&link.url, PicturePlacement::Inline) {
                Some(figure) => {
                    is_gone = figure.address.is_empty();
                    link.url = figure.address;
                }
                // No text is stored that names a photograph which was never there.
                None if is_relative(&link.url) => is_gone = true,
                None => is_shown = is_web_address(&link.url),
            }
        }
        if is_gone {
            inner.detach();
        } else if !is_shown {
            // Its words stay in place of a picture that no reader can fetch.
            let words: Vec<Node<'_>> = inner.children().collect();
            for word in words {
                inner.insert_before(word);
            }
            inner.detach();
        }
    }
}

fn is_relative(address: &str) -> bool {
    matches!(Url::parse(address), Err(error) if error == ammonia::url::ParseError::RelativeUrlWithoutBase)
}

fn rendered(node: Node<'_>) -> String {
    let mut html = String::new();
    // Writing to a String cannot fail.
    let _ = comrak::format_html(node, &dialect::options(), &mut html);
    html
}

/// The text of a body without markup and without the words for its pictures; blanks separate elements that stand apart.
pub(crate) fn words(body: &str) -> String {
    let arena = Arena::new();
    words_of(dialect::read(&arena, body), true)
}

enum Step<'a> {
    Enter(Node<'a>),
    Part,
}

/// The words below `root`; `with_blocks` also those in blocks of HTML.
fn words_of(root: Node<'_>, with_blocks: bool) -> String {
    let mut text = String::new();
    let mut ahead = vec![Step::Enter(root)];
    while let Some(step) = ahead.pop() {
        let Step::Enter(node) = step else {
            text.push(' ');
            continue;
        };
        match &node.data.borrow().value {
            NodeValue::Text(piece) => text.push_str(piece),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(block) => {
                text.push(' ');
                text.push_str(&block.literal);
            }
            NodeValue::HtmlInline(tag) if !seen::is_apart(&tag_name(tag)) => {}
            NodeValue::HtmlBlock(block) => {
                text.push(' ');
                if with_blocks {
                    text.push_str(&seen::text(
                        &Document::fragment(block.literal.as_str()).root(),
                    ));
                }
                text.push(' ');
            }
            NodeValue::Image(_) => {
                text.push(' ');
                continue;
            }
            NodeValue::Emph | NodeValue::Strong | NodeValue::Link(_) | NodeValue::Strikethrough => {
            }
            _ => {
                text.push(' ');
                ahead.push(Step::Part);
            }
        }
        ahead.extend(node.reverse_children().map(Step::Enter));
    }
    text
}

/// The visible text of `node`: without the words for a picture, which are no part of the sentence around it, without
/// struck-out text, and without everything that is removed from the HTML.
fn node_text(node: Node<'_>) -> String {
    let mut text = String::new();
    let mut raw = false;
    let mut inner: Vec<Node<'_>> = vec![node];
    while let Some(node) = inner.pop() {
        match &node.data.borrow().value {
            NodeValue::Text(piece) => text.push_str(piece),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            NodeValue::HtmlInline(_) => raw = true,
            NodeValue::Image(_) | NodeValue::Strikethrough => continue,
            _ => {}
        }
        inner.extend(node.reverse_children());
    }
    if raw {
        text = seen::line_of(&rendered(node));
    }
    legal(&text)
}

/// The text of cleaned HTML.
pub fn without_markup(html: &str) -> String {
    seen::joined(&seen::text(&Document::fragment(html).root()))
}

/// The headings and the size of `body` as HTML. It is rendered for that once, unless [`complaints`] has done so
/// already.
pub fn outline(body: &Markdown) -> &Outline {
    body.outline_or(|| {
        let arena = Arena::new();
        measured(dialect::read(&arena, body))
    })
}

/// Renders a body to measure it.
fn measured(root: Node<'_>) -> Outline {
    let parts = match Url::parse("https://example.org/articles/some-article") {
        Ok(base) => parts_of(root, &base, &|_, _| None),
        Err(_) => Vec::new(),
    };
    let escaped = |html: &str| {
        let marks = html.bytes().filter(|byte| b"<>&\"".contains(byte)).count();
        html.len() + 4 * marks
    };
    Outline {
        bytes: parts
            .iter()
            .map(|part| escaped(&part.heading_html) + escaped(&part.html))
            .sum(),
        headings: parts.into_iter().map(|part| part.heading).collect(),
    }
}
