//! Complaints about a body: markup that no feed reader keeps, and addresses that lead nowhere.

use std::collections::HashSet;

use ammonia::Url;
use comrak::nodes::NodeValue;
use comrak::{Arena, Node};
use dom_query::Document;

use super::allowed::{SCHEMES, TAGS, is_allowed};
use super::cost::is_too_costly;
use super::reduce::{RemovedMarkup, reduce};
use super::{
    dialect, is_foreign, is_relative, is_web_address, measured, rendered, seen, tag_name, words_of,
};
use crate::item::alike::missing;
use crate::item::complaint::{Bounded, beginning};
use crate::item::limits::MAX_PARTS;
use crate::item::{Caption, Complaint, Markdown};

/// Maximum number of characters of hidden text that are repeated to the writer.
const MAX_TOLD_CHARS: usize = 2000;

/// Elements that are rewritten with others without a complaint, because no word is lost.
const ALIKE: &[&str] = &[
    "b", "i", "s", "strike", "u", "tt", "h1", "h5", "h6", "div", "span", "section", "article",
    "picture", "source", "noscript", "details", "summary", "abbr", "time", "colgroup", "col",
    "wbr", "font", "center", "address", "header", "footer", "main", "aside", "nav", "bdi", "dfn",
    "var", "samp", "amp-img",
];

/// Elements about which [`of_the_tree`] complains, once the whole body is parsed.
const TOLD_OF_THE_TREE: &[&str] = &[
    "iframe", "frame", "video", "audio", "embed", "object", "input", "select", "option",
    "optgroup", "track", "param",
];

/// All complaints about `body`, which begins on line `first_line` of its file.
pub fn complaints(body: &Markdown, first_line: usize, captions: &[Caption]) -> Vec<Complaint> {
    let arena = Arena::new();
    let root = dialect::read(&arena, body);
    let mut complaints = Bounded::default();
    let html = rendered(root);
    let is_costly = is_too_costly(&html);
    if is_costly {
        complaints.push(Complaint::refused(
            Some(first_line),
            "HTML that is closed where it ends",
            "too many elements that stay open",
            "close them, or write Markdown",
        ));
    }
    if html.matches("<h2").count() > MAX_PARTS {
        // A text that has thousands of them has more to complain of than anybody reads.
        complaints.push(Complaint::refused(
            Some(first_line + line_of_heading(root, MAX_PARTS)),
            format!("at most {MAX_PARTS} headings"),
            "more",
            "make several articles of it, or lower headings (###)",
        ));
        return complaints.finish();
    }
    let beside: HashSet<&str> = captions.iter().filter_map(Caption::picture_name).collect();
    let mut first_foreign = None;
    for node in root.descendants() {
        let data = node.data.borrow();
        let line = Some(first_line + data.sourcepos.start.line.saturating_sub(1));
        match &data.value {
            NodeValue::HtmlBlock(block) => {
                complaints.extend(markup(&block.literal, line, &beside));
                complaints.extend(unclosed(&block.literal, line));
            }
            NodeValue::HtmlInline(html) => complaints.extend(markup(html, line, &beside)),
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
        if first_foreign.is_none() && is_foreign(node) {
            first_foreign = line;
        }
    }
    if let Some(line) = first_foreign.filter(|_| !is_costly) {
        complaints.extend(of_the_tree(root, &html, line));
    }
    if !is_costly {
        // The tree is there already; what is too costly is refused and never rendered.
        body.outline_or(|| measured(root));
    }
    complaints.finish()
}

/// The line of the heading with index `number` (from 0), counted from 0 at the beginning of the body; 0 where the
/// heading is written in HTML, because its line is not known.
fn line_of_heading(root: Node<'_>, number: usize) -> usize {
    let is_heading = |node: &Node<'_>| matches!(node.data.borrow().value, NodeValue::Heading(_));
    let heading = root.children().filter(is_heading).nth(number);
    heading.map_or(0, |node| {
        node.data.borrow().sourcepos.start.line.saturating_sub(1)
    })
}

/// Complaints about elements that were taken out of the body, and about words that HTML hides by mistake.
fn of_the_tree(root: Node<'_>, html: &str, line: usize) -> Vec<Complaint> {
    let document = Document::fragment(html);
    let taken = reduce(&document, None);
    let mut reported_words = String::new();
    let mut complaints = Vec::new();
    for taken in taken {
        let (advice, found) = match taken {
            RemovedMarkup::Linked(what) => ("a link to it stays in its place", what),
            RemovedMarkup::Gone { what, .. } if what == "<script>" => continue,
            RemovedMarkup::Gone { what, words } if words.is_empty() => ("it was taken out", what),
            RemovedMarkup::Gone { what, words } => {
                let found = format!("{what} with the words: {}", cut(&words));
                reported_words.push_str(&words);
                reported_words.push(' ');
                ("they were taken out; write them as text", found)
            }
        };
        complaints.push(Complaint::mended(
            Some(line),
            "text and pictures",
            found,
            advice,
        ));
    }
    let seen = seen::text(&document.root());
    let written = words_of(root, false);
    let there = seen
        .split_whitespace()
        .chain(reported_words.split_whitespace());
    let hidden: Vec<&str> = missing(written.split_whitespace(), there).collect();
    if !hidden.is_empty() {
        let found = format!(
            "a comment or an element that hides the words: {}",
            cut(&hidden.join(" "))
        );
        complaints.push(hiding(found, Some(line)));
    }
    complaints
}

/// Beginnings of markup that hides all text up to its end, each with that end.
const HIDING: &[(&str, &str)] = &[
    ("<!--", "-->"),
    ("<script", "</script"),
    ("<style", "</style"),
    ("<template", "</template"),
    ("<title", "</title"),
];

/// The complaint about a block of HTML that goes on to the end of the text because something in it is never closed.
fn unclosed(html: &str, line: Option<usize>) -> Option<Complaint> {
    let lower = html.to_ascii_lowercase();
    let hidden = HIDING.iter().find_map(|(begin, end)| {
        let at = lower.rfind(begin)?;
        let behind = lower.get(at..)?;
        (!behind.contains(end)).then(|| (begin, html.get(at + begin.len()..).unwrap_or_default()))
    });
    let (begin, words) = hidden?;
    Some(hiding(
        format!(
            "{begin}, which is never closed and hides: {}",
            cut(words.trim())
        ),
        line,
    ))
}

fn hiding(found: String, line: Option<usize>) -> Complaint {
    Complaint::mended(
        line,
        "HTML that is closed where it ends",
        found,
        "close it (-->, or its end tag), or take it out",
    )
}

fn cut(words: &str) -> String {
    match words.char_indices().nth(MAX_TOLD_CHARS) {
        None => words.to_owned(),
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
    }
}

fn picture(url: &str, line: Option<usize>, beside: &HashSet<&str>) -> Option<Complaint> {
    if beside.contains(url) {
        return None;
    }
    if !is_relative(url) && !is_web_address(url) {
        return Some(Complaint::mended(
            line,
            "a picture at an address of http or https",
            format!("the picture {}", beginning(url)),
            "its words stay in its place; upload the photograph and name it",
        ));
    }
    is_relative(url).then(|| {
        Complaint::refused(
            line,
            "a picture with a caption, or an absolute address (https://…)",
            format!("the picture {}", beginning(url)),
            "give it a [[captions]] table with image, or write the whole address",
        )
    })
}

/// Whether `url` is the path of an article: resolved against any page of the site, it leads to the same address.
fn is_of_article(url: &str) -> bool {
    url.starts_with("/articles/")
}

/// Whether a link keeps its address: it can be parsed, and its scheme is one of [`SCHEMES`].
fn is_followed(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| SCHEMES.contains(&url.scheme()))
}

/// Complaints about raw HTML, from its tags alone: it is cleaned to the same subset as Markdown, but the result is not
/// examined.
fn markup(html: &str, line: Option<usize>, beside: &HashSet<&str>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for rest in html.split('<').skip(1) {
        let written = rest.split('>').next().unwrap_or_default();
        let tag = written.to_ascii_lowercase();
        let name = tag_name(&tag);
        if tag.starts_with('/')
            || tag.starts_with("!--")
            || (name.is_empty() && !tag.starts_with(['!', '?']))
        {
            continue;
        }
        if TOLD_OF_THE_TREE.contains(&name.as_str()) {
            continue;
        }
        if !is_allowed(&name) && !ALIKE.contains(&name.as_str()) {
            complaints.push(removed(&tag, &name, line));
            continue;
        }
        let runs = tag.split_ascii_whitespace().skip(1).any(|piece| {
            piece.starts_with("on") && piece.contains('=') || piece.contains("javascript:")
        });
        if runs {
            let what = "an attribute that runs a script".to_owned();
            complaints.push(not_kept(
                what,
                "it was removed; take it out of the text",
                line,
            ));
        }
        let address = attribute(written, if name == "img" { "src" } else { "href" });
        if let Some(address) = address.filter(|address| is_relative(address)) {
            match name.as_str() {
                "img" if beside.contains(address.as_str()) => {}
                "img" => complaints.push(Complaint::refused(
                    line,
                    "a picture of the item as ![what it shows](name), or an absolute address (https://…)",
                    format!("<img> with {}", beginning(&address)),
                    "write it in Markdown",
                )),
                _ => complaints.push(relative_link(&address, line)),
            }
        }
    }
    complaints
}

fn removed(tag: &str, name: &str, line: Option<usize>) -> Complaint {
    let found: String = tag.chars().take(20).collect();
    let advice = match seen::is_never_seen(name) || name.is_empty() {
        true => "it was removed; take it out of the text",
        false => "the tag was removed, and its words stay; take it out of the text",
    };
    not_kept(format!("<{found}>"), advice, line)
}

fn not_kept(found: String, advice: &str, line: Option<usize>) -> Complaint {
    Complaint::mended(
        line,
        format!(
            "Markdown, or the HTML that readers keep ({})",
            TAGS.join(" ")
        ),
        found,
        advice,
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
    let at = tag.to_ascii_lowercase().find(&format!(" {name}="))?;
    let value = tag.get(at + name.len() + 2..)?;
    let bare = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?,
    };
    Some(bare.to_owned())
}
