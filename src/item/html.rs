//! The body as HTML that every reader shows: Markdown rendered, then cleaned to the few elements that all keep.

mod cost;

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use comrak::nodes::NodeValue;
use comrak::{Arena, Node, Options};

use super::{
    Caption, Complaint, Markdown,
    complaint::{Bounded, beginning},
    legal::first_illegal,
    legal::legal,
    limits::MAX_PARTS,
};

pub use ammonia::Url;
pub use cost::is_too_costly;

/// What readers keep of a body. Line breaks and the inside of tables belong to `p` and `table`.
const TAGS: &[&str] = &[
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "a",
    "strong",
    "em",
    "figure",
    "figcaption",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "br",
];

/// What goes with all that is in it: none of it is text.
const UNSEEN: [&str; 4] = ["script", "style", "iframe", "object"];

/// The schemes that an address in a body may have: others run something, or lead where readers cannot follow.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// The highest heading a body may have: the headline is the page's only `h1`.
const TOP_HEADING: u8 = 2;
const LOWEST_HEADING: u8 = 4;

/// A titled stretch of an article's text; the first may have no title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedPart {
    pub heading: Option<String>,
    pub heading_html: String,
    pub html: String,
    /// The text of its paragraphs, a line each.
    pub text: String,
}

/// A photograph beside the item, as the body may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub address: String,
    /// The whole figure, with caption and credit.
    pub html: String,
}

/// Renders `body`. `base` is the item's own address, which relative links are read against; `figure` gives the
/// photograph of that name that stands beside the item. One that stands alone in a paragraph becomes the whole figure.
pub fn parts(
    body: &Markdown,
    base: &Url,
    figure: &dyn Fn(&str) -> Option<Figure>,
) -> Vec<RenderedPart> {
    let arena = Arena::new();
    let options = options();
    let root = comrak::parse_document(&arena, body, &options);
    for node in root.descendants() {
        let value = &mut node.data.borrow_mut().value;
        if let NodeValue::Heading(heading) = value {
            heading.level = heading.level.clamp(TOP_HEADING, LOWEST_HEADING);
        }
    }
    let cleaner = cleaner(base);
    let mut parts: Vec<RenderedPart> = Vec::new();
    for node in root.children() {
        let heading = part_heading(node);
        let html = lone_picture(node)
            .and_then(|name| figure(&name))
            .map(|figure| figure.html)
            .unwrap_or_else(|| {
                show_pictures(node, figure);
                rendered(node, &options)
            });
        if let Some(heading) = heading {
            parts.push(RenderedPart {
                heading: Some(heading),
                heading_html: clean(&cleaner, &html),
                html: String::new(),
                text: String::new(),
            });
            continue;
        }
        if parts.is_empty() {
            parts.push(RenderedPart {
                heading: None,
                heading_html: String::new(),
                html: String::new(),
                text: String::new(),
            });
        }
        if let Some(part) = parts.last_mut() {
            part.html.push_str(&html);
            if matches!(node.data.borrow().value, NodeValue::Paragraph) {
                part.text.push_str(plain(node).trim());
                part.text.push('\n');
            }
        }
    }
    for part in &mut parts {
        part.html = clean(&cleaner, &part.html);
    }
    parts
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.cjk_friendly_emphasis = true;
    // Raw HTML passes here because ammonia follows, always.
    options.render.r#unsafe = true;
    options
}

fn cleaner(base: &Url) -> Builder<'static> {
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href"])),
        ("img", HashSet::from(["src", "alt", "width", "height"])),
        ("th", HashSet::from(["colspan", "rowspan"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(HashSet::from(UNSEEN))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["lang", "dir"]))
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::RewriteWithBase(base.clone()))
        .link_rel(None);
    builder
}

/// Also without what XML forbids: a reference such as `&#1;` is only a character once it has been read.
fn clean(cleaner: &Builder<'_>, html: &str) -> String {
    let cleaned = cleaner.clean(html).to_string();
    match first_illegal(&cleaned) {
        None => cleaned,
        Some(_) => legal(&cleaned),
    }
}

fn part_heading(node: Node<'_>) -> Option<String> {
    is_part_heading(&node).then(|| plain(node))
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

fn show_pictures(node: Node<'_>, figure: &dyn Fn(&str) -> Option<Figure>) {
    for inner in node.descendants() {
        if let NodeValue::Image(link) = &mut inner.data.borrow_mut().value
            && let Some(figure) = figure(&link.url)
        {
            link.url = figure.address;
        }
    }
}

fn rendered(node: Node<'_>, options: &Options<'_>) -> String {
    let mut html = String::new();
    // Writing to a String cannot fail.
    let _ = comrak::format_html(node, options, &mut html);
    html
}

/// The words of a body without those for its pictures, and every mark that is no markup.
pub fn words(body: &Markdown) -> String {
    let arena = Arena::new();
    let mut text = String::new();
    let mut inner = vec![comrak::parse_document(&arena, body, &options())];
    while let Some(node) = inner.pop() {
        match &node.data.borrow().value {
            NodeValue::Text(piece) => text.push_str(piece),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(block) => text.push_str(&block.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            NodeValue::Image(_) => continue,
            _ => {}
        }
        inner.extend(node.reverse_children());
    }
    text
}

/// What a reader sees of `node` as text: the words for a picture are no part of the sentence it stands in, and what is
/// removed from the HTML is removed here.
fn plain(node: Node<'_>) -> String {
    let mut text = String::new();
    let mut raw = false;
    let mut inner: Vec<Node<'_>> = vec![node];
    while let Some(node) = inner.pop() {
        match &node.data.borrow().value {
            NodeValue::Text(piece) => text.push_str(piece),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            NodeValue::HtmlInline(_) => raw = true,
            NodeValue::Image(_) => continue,
            _ => {}
        }
        inner.extend(node.reverse_children());
    }
    if raw {
        text = without_markup(&rendered(node, &options()));
    }
    legal(&text)
}

/// The text of cleaned HTML.
pub fn without_markup(html: &str) -> String {
    let text = Builder::empty()
        .clean_content_tags(HashSet::from(UNSEEN))
        .clean(html)
        .to_string();
    // The five that HTML is written with.
    text.replace('\n', " ")
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// What has to be mended in `body`, or cannot be: markup that no reader keeps, links that lead nowhere alone.
pub fn complaints(body: &Markdown, first_line: usize, captions: &[Caption]) -> Vec<Complaint> {
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, body, &options());
    let mut complaints = Bounded::default();
    if is_too_costly(&rendered(root, &options())) {
        complaints.push(Complaint::refused(
            Some(first_line),
            "HTML that is closed where it ends",
            "so many elements that stay open that nobody can read them",
            "close them, or write Markdown",
        ));
    }
    let line_of = |node: Node<'_>| {
        let line = node.data.borrow().sourcepos.start.line;
        Some(first_line + line.saturating_sub(1))
    };
    let mut headings = root.children().filter(|node| is_part_heading(node));
    if let Some(first_over) = headings.nth(MAX_PARTS) {
        // A text that has thousands of them has more to complain of than anybody reads.
        complaints.push(Complaint::refused(
            line_of(first_over),
            format!("at most {MAX_PARTS} headings"),
            "more",
            "make several articles of it, or lower headings (###)",
        ));
        return complaints.finish();
    }
    let images = captions.iter().filter_map(|caption| caption.image.as_ref());
    let beside: HashSet<&str> = images.map(|image| image.name.as_str()).collect();
    for node in root.descendants() {
        let data = node.data.borrow();
        let line = line_of(node);
        match &data.value {
            NodeValue::HtmlBlock(block) => complaints.extend(markup(&block.literal, line)),
            NodeValue::HtmlInline(html) => complaints.extend(markup(html, line)),
            NodeValue::Link(link) if is_of_article(&link.url) => {}
            NodeValue::Link(link) if is_relative(&link.url) => {
                complaints.push(relative_link(&link.url, line));
            }
            NodeValue::Link(link) if !is_followed(&link.url) => complaints.push(Complaint::mended(
                line,
                format!("an address of {}", SCHEMES.join(", ")),
                format!("the link {}", beginning(&link.url)),
                "its text stays and leads nowhere; write another address",
            )),
            NodeValue::Image(link) => complaints.extend(picture(&link.url, line, &beside)),
            _ => {}
        }
    }
    complaints.finish()
}

fn picture(url: &str, line: Option<usize>, beside: &HashSet<&str>) -> Option<Complaint> {
    if !is_relative(url) || beside.contains(url) {
        return None;
    }
    Some(Complaint::refused(
        line,
        "a picture with a caption, or an absolute address (https://…)",
        format!("the picture {}", beginning(url)),
        "give it a [[captions]] table with image, or write the whole address",
    ))
}

/// Whether a link keeps its address; what does not read as one is cleaned like any other text.
fn is_followed(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| SCHEMES.contains(&url.scheme()))
}

/// An article's address without the site's is the same wherever it is read.
fn is_of_article(url: &str) -> bool {
    url.starts_with("/articles/")
}

fn is_relative(url: &str) -> bool {
    matches!(Url::parse(url), Err(error) if error == ammonia::url::ParseError::RelativeUrlWithoutBase)
}

/// What has to be said of raw HTML: it is cleaned to the same subset, but nobody looks at what it leaves.
fn markup(html: &str, line: Option<usize>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for rest in html.split('<').skip(1) {
        let tag = rest
            .split('>')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let name = tag.get(..end.unwrap_or(tag.len())).unwrap_or_default();
        if tag.starts_with('/')
            || tag.starts_with("!--")
            || (name.is_empty() && !tag.starts_with(['!', '?']))
        {
            continue;
        }
        if name.is_empty() || !TAGS.contains(&name) {
            let found: String = tag.chars().take(20).collect();
            complaints.push(removed(format!("<{found}>"), line));
            continue;
        }
        let runs = tag.split_ascii_whitespace().skip(1).any(|piece| {
            piece.starts_with("on") && piece.contains('=') || piece.contains("javascript:")
        });
        if runs {
            complaints.push(removed("an attribute that runs a script".to_owned(), line));
        }
        let address = attribute(&tag, if name == "img" { "src" } else { "href" });
        if let Some(address) = address.filter(|address| is_relative(address)) {
            complaints.push(match name {
                "img" => Complaint::refused(
                    line,
                    "a picture of the item as ![what it shows](name), or an absolute address (https://…)",
                    format!("<img> with {}", beginning(&address)),
                    "write it in Markdown",
                ),
                _ => relative_link(&address, line),
            });
        }
    }
    complaints
}

fn removed(found: String, line: Option<usize>) -> Complaint {
    Complaint::mended(
        line,
        format!(
            "Markdown, or the HTML that readers keep ({})",
            TAGS.join(" ")
        ),
        found,
        "it was removed; take it out of the text",
    )
}

fn relative_link(address: &str, line: Option<usize>) -> Complaint {
    Complaint::mended(
        line,
        "an absolute address (https://…)",
        format!("the relative link {}", beginning(address)),
        "it is read as standing on the article's page; write the whole address",
    )
}

/// The value of an attribute within a tag, with or without quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}="))?;
    let bare = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?,
    };
    Some(bare.to_owned())
}

/// What the store needs to know of a body without keeping its HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    pub headings: Vec<Option<String>>,
    /// The length of the HTML as it stands escaped in a feed, in bytes.
    pub bytes: usize,
}

/// Renders `body` once to measure it.
pub fn outline(body: &Markdown) -> Outline {
    let parts = match Url::parse("https://example.org/articles/some-article") {
        Ok(base) => parts(body, &base, &|_| None),
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
