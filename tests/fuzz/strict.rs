//! Readers that forgive nothing: XML, JSON and HTML as their specifications have them.
#![allow(dead_code)]

use std::cell::RefCell;

use courant::resource::Format;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::Value;

/// Text that every format can carry: UTF-8 without what XML 1.0 §2.2 forbids, and without what validators call bad.
pub fn characters(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let bad = |c: char| {
        let code = c as u32;
        (code < 0x20 && !"\t\n\r".contains(c))
            || (0x7f..0xa0).contains(&code)
            || (0xfdd0..0xfdf0).contains(&code)
            || code & 0xfffe == 0xfffe
    };
    match text.char_indices().find(|(_, c)| bad(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(format!("U+{:04X} at {at}", c as u32)),
    }
}

/// A well-formed document in UTF-8.
pub fn xml(bytes: &[u8]) -> Result<(), String> {
    characters(bytes)?;
    let text = String::from_utf8_lossy(bytes);
    if !text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>") {
        return Err("no declaration, or not at the beginning".to_owned());
    }
    let document = roxmltree::Document::parse(&text).map_err(|error| error.to_string())?;
    for node in document.descendants().filter(|node| node.is_element()) {
        let html = match node.tag_name().name() {
            "encoded" => true,
            "content" => node.attribute("type") == Some("html"),
            _ => false,
        };
        if html {
            let pieces = node.children().filter_map(|child| child.text());
            fragment(&pieces.collect::<String>())?;
        }
    }
    Ok(())
}

/// A feed, with the markup of its items.
pub fn feed(format: Format, bytes: &[u8]) -> Result<(), String> {
    match format {
        Format::Rss | Format::Atom => xml(bytes),
        Format::Json => {
            characters(bytes)?;
            let json: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            let items = json["items"].as_array().ok_or("no items")?;
            for item in items {
                let html = item["content_html"].as_str().ok_or("no content_html")?;
                if html.is_empty() {
                    return Err("an empty content_html".to_owned());
                }
                fragment(html)?;
                decoded_characters(item)?;
            }
            Ok(())
        }
    }
}

/// JSON may write any character as an escape; a reader has it all the same.
fn decoded_characters(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => characters(text.as_bytes()),
        Value::Array(values) => values.iter().try_for_each(decoded_characters),
        Value::Object(fields) => fields.values().try_for_each(decoded_characters),
        _ => Ok(()),
    }
}

/// A page.
pub fn html(bytes: &[u8]) -> Result<(), String> {
    characters(bytes)?;
    let text = String::from_utf8_lossy(bytes);
    if !text.starts_with("<!DOCTYPE html>") {
        return Err("no document type".to_owned());
    }
    fragment(&text)
}

/// Markup in which every tag that is opened is closed where it should be, without a parse error (HTML §13.2).
pub fn fragment(html: &str) -> Result<(), String> {
    characters(html.as_bytes())?;
    let tokenizer = Tokenizer::new(Markup::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let markup = &tokenizer.sink;
    let open = markup.open.borrow();
    if let Some(fault) = markup.faults.borrow().first() {
        return Err(format!("{fault} in {html}"));
    }
    match open.last() {
        None => Ok(()),
        Some(tag) => Err(format!("<{tag}> is never closed in {html}")),
    }
}

#[derive(Default)]
struct Markup {
    open: RefCell<Vec<String>>,
    faults: RefCell<Vec<String>>,
}

/// The elements that have no end tag, of those that may stand in a document.
const VOID: [&str; 5] = ["br", "img", "link", "meta", "hr"];

impl TokenSink for Markup {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::ParseError(error) => self.faults.borrow_mut().push(error.into_owned()),
            Token::NullCharacterToken => self.faults.borrow_mut().push("U+0000".to_owned()),
            Token::CommentToken(_) => self.faults.borrow_mut().push("a comment".to_owned()),
            Token::DoctypeToken(_) | Token::CharacterTokens(_) | Token::EOFToken => {}
        }
        TokenSinkResult::Continue
    }
}

impl Markup {
    fn tag(&self, tag: &Tag) {
        let name = tag.name.to_string();
        if VOID.contains(&&*name) {
            return;
        }
        match tag.kind {
            TagKind::StartTag => self.open.borrow_mut().push(name),
            TagKind::EndTag => {
                let open = self.open.borrow_mut().pop();
                if open.as_ref() != Some(&name) {
                    let fault = format!("</{name}> where {open:?} is open");
                    self.faults.borrow_mut().push(fault);
                }
            }
        }
    }
}

#[test]
fn strict_readers_see_what_is_wrong() {
    for good in [
        "<p>a &amp; b<br>c</p>",
        "x",
        "<img src=\"a\" alt=\"\"><p lang=\"en\"></p>",
    ] {
        assert_eq!(fragment(good), Ok(()));
    }
    for bad in [
        "<p>a",
        "<p>a</b></p>",
        "a</p>",
        "<p a=\"1\" a=\"2\"></p>",
        "<p \"></p>",
        "a\u{1}",
        "&#1;",
        "<p",
        "<!-- x -->",
    ] {
        assert!(fragment(bad).is_err(), "{bad}");
    }
    assert!(xml(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a b=\"<\"/>").is_err());
    assert!(xml(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>&#1;</a>").is_err());
    assert!(
        feed(
            Format::Json,
            b"{\"items\":[{\"content_html\":\"\\u0001\"}]}"
        )
        .is_err()
    );
}
