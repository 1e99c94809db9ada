//! What people see of HTML, by another parser than the program's, and by lists of its own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use lol_html::html_content::TextType;
use lol_html::{HtmlRewriter, Settings, doc_text, element};

/// What runs on with the words beside it.
const RUNS_ON: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "bdi",
    "bdo",
    "big",
    "cite",
    "code",
    "data",
    "del",
    "dfn",
    "em",
    "font",
    "i",
    "ins",
    "kbd",
    "label",
    "mark",
    "math",
    "mi",
    "mn",
    "mo",
    "mrow",
    "ms",
    "mstyle",
    "mtext",
    "nobr",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "semantics",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "time",
    "tspan",
    "tt",
    "u",
    "var",
    "wbr",
];

/// What browsers show nothing of: a player's other content, a formula's source.
const NOT_SHOWN: &[&str] = &[
    "annotation",
    "annotation-xml",
    "audio",
    "canvas",
    "datalist",
    "head",
    "iframe",
    "meter",
    "noembed",
    "noframes",
    "object",
    "progress",
    "script",
    "style",
    "template",
    "title",
    "video",
    "desc",
    "metadata",
    "defs",
];

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// The text that is seen of `html`; blanks stand where something stands apart.
pub fn visible(html: &str) -> String {
    let seen = Rc::new(RefCell::new(String::new()));
    let hidden = Rc::new(Cell::new(0_usize));
    let (in_element, in_text) = (
        (seen.clone(), hidden.clone()),
        (seen.clone(), hidden.clone()),
    );
    let settings = Settings::new()
        .append_element_content_handler(element!("*", move |element| {
            let (seen, hidden) = &in_element;
            let name = element.tag_name();
            let is_apart = !RUNS_ON.contains(&name.as_str());
            let style = element.get_attribute("style").unwrap_or_default();
            let style: String = style
                .to_lowercase()
                .chars()
                .filter(|c| !c.is_whitespace())
                .collect();
            let is_hidden = NOT_SHOWN.contains(&name.as_str())
                || element.has_attribute("hidden")
                || style.contains("display:none")
                || style.contains("visibility:hidden");
            let is_apart = is_apart && !is_hidden && hidden.get() == 0;
            if is_apart {
                seen.borrow_mut().push(' ');
            }
            if VOID.contains(&name.as_str()) {
                return Ok(());
            }
            if is_hidden {
                hidden.set(hidden.get() + 1);
            }
            let (seen, hidden) = (seen.clone(), hidden.clone());
            if let Some(handlers) = element.end_tag_handlers() {
                let end: lol_html::EndTagHandler<'static> = Box::new(move |_| {
                    if is_hidden {
                        hidden.set(hidden.get().saturating_sub(1));
                    }
                    if is_apart {
                        seen.borrow_mut().push(' ');
                    }
                    Ok(())
                });
                handlers.push(end);
            }
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |text| {
            let (seen, hidden) = &in_text;
            let is_code = matches!(text.text_type(), TextType::ScriptData | TextType::RawText);
            if hidden.get() == 0 && !is_code {
                seen.borrow_mut().push_str(text.as_str());
            }
            Ok(())
        }))
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html.as_bytes()).expect("HTML that is read");
    rewriter.end().expect("HTML that is read to its end");
    let seen = seen.borrow();
    decoded(&seen)
}

/// Text with its references as characters.
pub fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(';').filter(|end| *end < 40);
        let meant = end.and_then(|end| {
            let name = &from[1..end];
            let number =
                name.strip_prefix('#')
                    .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok(),
                        None => digits.parse().ok(),
                    });
            match number {
                Some(code) => Some(char::from_u32(code).unwrap_or('\u{fffd}').to_string()),
                None => quick_xml::escape::resolve_html5_entity(name).map(str::to_owned),
            }
        });
        match (meant, end) {
            (Some(meant), Some(end)) => {
                out.push_str(&meant);
                rest = &from[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &from[1..];
            }
        }
    }
    out + rest
}

/// The words of a text in their order: runs of letters and digits, of which raised and lowered ones are like others.
pub fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .chars()
        .map(|c| match c {
            '⁰'..='⁹' if c != '\u{2071}' => digit(c, '⁰'),
            '₀'..='₉' => digit(c, '₀'),
            '¹' => '1',
            '²' => '2',
            '³' => '3',
            'ⁿ' => 'n',
            _ => c,
        })
        .collect();
    let pieces = folded.split(|c: char| !c.is_alphanumeric());
    pieces
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// Words, each as often as it is there.
#[derive(Default)]
pub struct Words(HashMap<String, usize>);

impl Words {
    pub fn of(text: &str) -> Self {
        let mut all = Self::default();
        all.add(text);
        all
    }

    pub fn add(&mut self, text: &str) {
        for word in words(text) {
            *self.0.entry(word).or_default() += 1;
        }
    }

    /// Takes the words away that are here; gives the others.
    pub fn take(&mut self, words: Vec<String>) -> Vec<String> {
        let mut missing = Vec::new();
        for word in words {
            match self.0.get_mut(&word) {
                Some(count) if *count > 0 => *count -= 1,
                _ => missing.push(word),
            }
        }
        missing
    }
}
