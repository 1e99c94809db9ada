//! The kind of a file, recognised by its beginning: a feed that is read, a document of another kind, which is named, or
//! a page of text.

use std::collections::BTreeSet;
use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::FeedFormat;
use super::xml::{is_atom, is_wordpress};

/// Maximum number of keys of a JSON object that a complaint names.
const MAX_NAMED_KEYS: usize = 8;

/// Every version of JSON Feed has an address with it (<https://jsonfeed.org/version/1.1>).
const JSON_FEED: &str = "jsonfeed.org/version/";

/// Versions that some feeds write in place of that address.
const BARE_VERSIONS: [&str; 3] = ["1", "1.0", "1.1"];

/// Kinds of XML that newsrooms have, by their first element.
const OTHER_XML: &[(&str, &str)] = &[
    ("NewsML", "NewsML 1"),
    ("NewsEnvelope", "NewsML 1"),
    ("newsMessage", "NewsML-G2"),
    ("newsItem", "NewsML-G2"),
    ("packageItem", "NewsML-G2"),
    ("conceptItem", "NewsML-G2"),
    ("knowledgeItem", "NewsML-G2"),
    ("planningItem", "NewsML-G2"),
    ("nitf", "NITF"),
    ("urlset", "a sitemap"),
    ("sitemapindex", "a list of sitemaps"),
    ("opml", "OPML, a list of feeds"),
    ("html", "an HTML page"),
    ("RDF", "RDF that is no RSS 1.0"),
    ("feed", "a <feed> without the namespace of Atom"),
];

#[derive(Debug, PartialEq, Eq)]
pub(super) enum FeedKind {
    Feed(FeedFormat),
    /// XML that is not read, with a description of it.
    OtherXml(String),
    /// JSON that is not read, with a description of it.
    OtherJson(String),
    /// Nothing that marks it as a document for machines.
    Text,
}

/// The kind of a file that begins with `text`, which is the whole file unless it `is_cut`. `ends_in_tag`: the file's
/// last character is `>`.
pub(super) fn of(text: &str, is_cut: bool, ends_in_tag: bool) -> FeedKind {
    match text.trim_start().chars().next() {
        Some('<') => xml(text, ends_in_tag),
        Some('{' | '[') => json(text, is_cut),
        _ => FeedKind::Text,
    }
}

fn xml(text: &str, ends_in_tag: bool) -> FeedKind {
    let says_xml = text.trim_start().starts_with("<?xml");
    let mut reader = Reader::from_str(text.trim_start());
    loop {
        match reader.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                return of_root(&root, text)
                    .filter(|kind| says_xml || ends_in_tag || matches!(kind, FeedKind::Feed(_)))
                    .unwrap_or(FeedKind::Text);
            }
            Ok(Event::Text(text)) if !text.iter().all(u8::is_ascii_whitespace) => break,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    match says_xml {
        true => FeedKind::OtherXml("XML without an element that can be read".to_owned()),
        false => FeedKind::Text,
    }
}

/// The kind of a document with this first element; `None` for a name outside of ASCII, which is a word in brackets.
fn of_root(root: &BytesStart<'_>, text: &str) -> Option<FeedKind> {
    let name = root.local_name();
    let name = std::str::from_utf8(name.as_ref()).ok()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if !name.bytes().all(is_name) {
        return None;
    }
    let has_value = |wanted: &dyn Fn(&str) -> bool| {
        let values = root.html_attributes().flatten();
        values
            .map(|attribute| String::from_utf8_lossy(&attribute.value).into_owned())
            .any(|value| wanted(&value))
    };
    let is_rss_1 = || text.contains("purl.org/rss/1.0") || text.contains("netscape.com/rdf/simple");
    Some(match name {
        "rss" if has_value(&is_wordpress) => FeedKind::Feed(FeedFormat::Wxr),
        "rss" => FeedKind::Feed(FeedFormat::Rss),
        "RDF" if is_rss_1() => FeedKind::Feed(FeedFormat::Rss),
        "feed" if has_value(&|value| is_atom(value.trim())) => FeedKind::Feed(FeedFormat::Atom),
        name => {
            let known = OTHER_XML
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            FeedKind::OtherXml(match known {
                Some((_, what)) => format!("{what} (<{name}>)"),
                None => format!("XML that begins with <{name}>"),
            })
        }
    })
}

/// The contents of the outermost value of a JSON document.
#[derive(Debug, Default)]
struct Outline {
    keys: BTreeSet<String>,
    version: Option<String>,
    has_list_of_items: bool,
    elements: usize,
}

fn json(text: &str, is_cut: bool) -> FeedKind {
    let mut outline = Outline::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Outermost(&mut outline)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    let is_list = text.trim_start().starts_with('[');
    let is_whole = match &parsed {
        Ok(()) => true,
        Err(error) => is_cut && error.is_eof(),
    };
    if is_list {
        return match is_whole && outline.elements > 0 {
            true => FeedKind::OtherJson("a list of JSON".to_owned()),
            false => FeedKind::Text,
        };
    }
    let is_json_feed = match &outline.version {
        Some(version) => {
            version.contains(JSON_FEED)
                || BARE_VERSIONS.contains(&version.as_str()) && outline.has_list_of_items
        }
        // It stands after the items, beyond the head that is read.
        None => is_cut && outline.has_list_of_items,
    };
    match parsed {
        _ if is_json_feed => FeedKind::Feed(FeedFormat::JsonFeed),
        Err(_) if outline.keys.is_empty() && !is_whole => FeedKind::Text,
        Err(error) if !is_whole => FeedKind::OtherJson(format!("JSON that breaks off: {error}")),
        _ => FeedKind::OtherJson(outline.what()),
    }
}

impl Outline {
    fn what(&self) -> String {
        let has = |key: &str| self.keys.contains(key);
        let starts = |start: &str| self.keys.iter().any(|key| key.starts_with(start));
        if has("uri") && (starts("headline") || starts("body") || starts("version")) {
            return "ninjs, which the write API takes (POST /api/v1/articles)".to_owned();
        }
        if let Some(version) = self.version.as_ref().filter(|_| has("items")) {
            return format!("a version {version}");
        }
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let named = keys
            .get(..MAX_NAMED_KEYS.min(keys.len()))
            .unwrap_or_default();
        match named.is_empty() {
            true => "an empty JSON object".to_owned(),
            false => format!("a JSON object with the keys {}", named.join(", ")),
        }
    }
}

/// Fills an outline as far as the text goes; everything before a fault is known.
struct Outermost<'o>(&'o mut Outline);

impl<'de> DeserializeSeed<'de> for Outermost<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Outermost<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let is_version = key == "version";
            let is_items = key == "items";
            self.0.keys.insert(key);
            if is_version {
                self.0.version = match map.next_value::<Value>()? {
                    Value::String(text) => Some(text.trim().to_owned()),
                    other => Some(other.to_string()),
                };
            } else if is_items {
                map.next_value_seed(Items(&mut self.0.has_list_of_items))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.0.elements += 1;
        }
        Ok(())
    }
}

/// Notes that there is a list, before it is known to be whole.
struct Items<'o>(&'o mut bool);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.0 = true;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{FeedFormat, FeedKind, of};

    fn kind(text: &str) -> FeedKind {
        of(text, false, text.trim_end().ends_with('>'))
    }

    fn other(text: &str) -> String {
        match kind(text) {
            FeedKind::OtherXml(what) | FeedKind::OtherJson(what) => what,
            found => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn feeds_are_known_by_their_first_element_or_their_version() {
        for (text, format) in [
            ("<rss version=\"2.0\"><channel/></rss>", FeedFormat::Rss),
            ("\n <?xml version='1.0'?>\n<rss/>", FeedFormat::Rss),
            (
                "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"x\"/>",
                FeedFormat::Rss,
            ),
            (
                "<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\"/>",
                FeedFormat::Atom,
            ),
            (
                "<feed xmlns='http://purl.org/atom/ns#' version='0.3'/>",
                FeedFormat::Atom,
            ),
            (
                "<rss xmlns:wp='http://wordpress.org/export/1.2/'/>",
                FeedFormat::Wxr,
            ),
            (
                "{\"items\":[],\"version\":\"https:\\/\\/jsonfeed.org\\/version\\/1\"}",
                FeedFormat::JsonFeed,
            ),
            ("{\"version\":\"1.1\",\"items\":[{}]}", FeedFormat::JsonFeed),
            ("{\"version\":1.1,\"items\":[]}", FeedFormat::JsonFeed),
        ] {
            assert_eq!(kind(text), FeedKind::Feed(format), "{text}");
        }
    }

    #[test]
    fn a_document_of_another_kind_is_named() {
        for (text, expected) in [
            (
                "<NewsML Version=\"1.2\"><x/></NewsML>",
                "NewsML 1 (<NewsML>)",
            ),
            ("<?xml version='1.0'?><newsItem/>", "NewsML-G2 (<newsItem>)"),
            ("<!DOCTYPE nitf><nitf></nitf>", "NITF (<nitf>)"),
            ("<urlset></urlset>", "a sitemap (<urlset>)"),
            ("<!DOCTYPE html><HTML><p>x</HTML>", "an HTML page (<HTML>)"),
            (
                "<article><p>x</p></article>",
                "XML that begins with <article>",
            ),
            ("<?xml version='1.0'?>", "XML without an element"),
            (
                "<feed><entry/></feed>",
                "a <feed> without the namespace of Atom",
            ),
            ("<RDF><foaf/></RDF>", "RDF that is no RSS 1.0"),
            ("{\"uri\":\"x\",\"headline\":\"y\"}", "ninjs"),
            ("{\"b\":1,\"a\":2}", "the keys a, b"),
            ("{\"version\":\"9\",\"items\":[]}", "a version 9"),
            ("{}", "an empty JSON object"),
            ("[{\"a\":1}]", "a list of JSON"),
            ("{\"a\":1,", "JSON that breaks off"),
        ] {
            let what = other(text);
            assert!(
                what.starts_with(expected) || what.contains(expected),
                "{text}: {what}"
            );
        }
    }

    #[test]
    fn words_in_brackets_are_a_page_of_text() {
        for text in [
            "港口今日大风",
            "<本报讯>港口今日大风。",
            "<b>Storm</b> at the quay",
            "[本报讯] 港口",
            "[1] 港口",
            "[12] [13]",
            "{编者按} 港口",
            "{ a line in braces }",
            "[]",
            "",
        ] {
            assert_eq!(kind(text), FeedKind::Text, "{text}");
        }
    }
}
