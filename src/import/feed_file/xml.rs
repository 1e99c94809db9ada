//! A feed of XML read record by record: each child of its channel as a small tree, and nothing of the rest kept.
//!
//! Entities that a document declares itself are never expanded, so none can grow or lead to another file. Names are
//! spelled with the prefix that is usual for their namespace, whatever the document calls it.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::decode::utf8;
use super::{FeedFile, FeedFileError, unreadable};

/// The most bytes that one record may take; no newspaper's article has them.
const MAX_RECORD_BYTES: usize = 32 * 1024 * 1024;

/// The most elements that may stand in one another within a record.
const MAX_DEPTH: usize = 200;

/// Namespaces with the prefixes that their names have here, whatever prefix the document gives them.
const NAMESPACES: &[(&str, &str)] = &[
    ("http://purl.org/rss/1.0/modules/content/", "content:"),
    ("http://purl.org/dc/elements/1.1/", "dc:"),
    ("http://purl.org/dc/terms/", "dcterms:"),
    ("http://search.yahoo.com/mrss/", "media:"),
    ("http://search.yahoo.com/mrss", "media:"),
    ("http://www.w3.org/2005/Atom", "atom:"),
    ("http://purl.org/atom/ns#", "atom:"),
    ("http://www.w3.org/2007/app", "app:"),
    ("http://purl.org/atom/app#", "app:"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:"),
    ("http://my.netscape.com/rdf/simple/0.9/", ""),
    ("http://channel.netscape.com/rdf/simple/0.9/", ""),
    ("http://www.w3.org/1999/xhtml", ""),
    ("http://www.w3.org/XML/1998/namespace", "xml:"),
    ("http://purl.org/rss/1.0/", ""),
    ("http://backend.userland.com/rss2", ""),
];

/// Whether a namespace is that of WordPress's exports, each version of which has its own.
pub(super) fn is_wordpress(uri: &str) -> bool {
    uri.contains("wordpress.org/export/")
}

/// Whether a namespace is that of Atom 1.0 or of its forerunner 0.3.
pub(super) fn is_atom(uri: &str) -> bool {
    NAMESPACES.contains(&(uri, "atom:"))
}

/// An element with all that is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: usize,
    attributes: Vec<(String, String)>,
    nodes: Vec<Node>,
    /// Whether a text in it could not be read.
    unreadable: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// Whether all of its text could be read.
    pub(super) fn is_readable(&self) -> bool {
        !self.unreadable
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim())
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(super) fn children<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.elements().filter(move |element| element.name == name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// The text of it and of all in it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self.nodes.as_slice() {
            [] => Cow::Borrowed(""),
            [Node::Text(text)] => Cow::Borrowed(text),
            _ => {
                let mut text = String::new();
                self.gather(&mut text);
                Cow::Owned(text)
            }
        }
    }

    fn gather(&self, text: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.gather(text),
            }
        }
    }

    /// The text of the first child of that name that is not blank, without blanks around it.
    pub(super) fn child_text(&self, name: &str) -> Option<String> {
        self.children(name).find_map(Element::words)
    }

    /// Whether [`Element::child_text`] gives these words.
    pub(super) fn says(&self, name: &str, words: &str) -> bool {
        let mut texts = self.children(name).map(Element::text);
        let text = texts.find(|text| !text.trim().is_empty());
        text.is_some_and(|text| text.trim() == words)
    }

    /// Its text without blanks around it, if there is any.
    pub(super) fn words(&self) -> Option<String> {
        let text = match self.text() {
            Cow::Borrowed(text) => text.trim().to_owned(),
            Cow::Owned(mut text) => {
                text.truncate(text.trim_end().len());
                text.drain(..text.len() - text.trim_start().len());
                text
            }
        };
        (!text.is_empty()).then_some(text)
    }

    /// The content as HTML, whether that stands as text or, against the rules, as elements; `None` where it is blank.
    pub(super) fn html(&self) -> Option<String> {
        match self.elements().next() {
            None => self.words(),
            Some(_) => Some(self.markup()).filter(|html| !html.trim().is_empty()),
        }
    }

    /// The content as HTML, where that stands as markup and not as text.
    pub(super) fn markup(&self) -> String {
        let mut html = String::new();
        self.write_markup(&mut html);
        html
    }

    fn write_markup(&self, html: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(text) => html.push_str(&quick_xml::escape::escape(text.as_str())),
                Node::Element(element) => {
                    html.push('<');
                    html.push_str(&element.name);
                    for (name, value) in &element.attributes {
                        html.push(' ');
                        html.push_str(name);
                        html.push_str("=\"");
                        html.push_str(&quick_xml::escape::escape(value.as_str()));
                        html.push('"');
                    }
                    html.push('>');
                    let is_void = matches!(element.name.as_str(), "br" | "hr" | "img");
                    if !is_void {
                        element.write_markup(html);
                        html.push_str("</");
                        html.push_str(&element.name);
                        html.push('>');
                    }
                }
            }
        }
    }
}

/// The children of a feed's channel, one after the other.
pub(super) struct Records<'f> {
    file: &'f FeedFile,
    reader: NsReader<Counting>,
    buffer: Vec<u8>,
    /// The elements that are open around the records, by their attributes.
    around: Vec<Element>,
    count: usize,
    bytes: u64,
}

impl<'f> Records<'f> {
    pub(super) fn of(file: &'f FeedFile) -> Result<Self, FeedFileError> {
        let opened = file.open()?;
        let bytes = opened.metadata().map_or(0, |found| found.len());
        let source = utf8(opened, file.encoding).map_err(|error| unreadable(&file.path, &error))?;
        let mut reader = NsReader::from_reader(Counting::of(source));
        let config = reader.config_mut();
        // `Tom & Jerry` is no XML, and stands in feeds all the same.
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Ok(Self {
            file,
            reader,
            buffer: Vec::new(),
            around: Vec::new(),
            count: 0,
            bytes,
        })
    }

    /// Calls `progress` with the number of bytes read so far, and that of the file.
    pub(super) fn tell(&self, progress: &dyn Fn(u64, u64)) {
        // The position is in UTF-8, which may be longer than the file.
        progress(self.reader.buffer_position().min(self.bytes), self.bytes);
    }

    /// The value that the elements around the records have for this attribute; the innermost counts.
    pub(super) fn inherited(&self, attribute: &str) -> Option<&str> {
        let mut around = self.around.iter().rev();
        around.find_map(|element| element.attribute(attribute))
    }

    /// Whether the records stand directly in the first element, as in Atom and RSS 1.0.
    fn is_container(&self) -> bool {
        match self.around.as_slice() {
            [root] => root.name != "rss",
            [_, channel] => channel.name == "channel",
            _ => false,
        }
    }

    /// The next record.
    ///
    /// # Errors
    /// If the file is not well-formed from here on, or ends within a record.
    pub(super) fn next(&mut self) -> Result<Option<Element>, FeedFileError> {
        self.reader.get_mut().begin_record();
        let mut open: Vec<Element> = Vec::new();
        loop {
            self.buffer.clear();
            let begins_record = self.is_container();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.broken(error.to_string())),
            };
            match event {
                Event::Start(start) => {
                    let line = self.reader.get_ref().line;
                    let element = element_of(&self.reader, &start, line);
                    let in_record = !open.is_empty() || begins_record;
                    if open.len() >= MAX_DEPTH {
                        return Err(self.broken(format!("elements {MAX_DEPTH} deep")));
                    }
                    match in_record {
                        true => open.push(element),
                        false => self.around.push(element),
                    }
                }
                Event::End(_) => {
                    let Some(mut element) = open.pop() else {
                        self.around.pop();
                        continue;
                    };
                    let Some(parent) = open.last_mut() else {
                        self.count += usize::from(is_item(&element));
                        return Ok(Some(element));
                    };
                    parent.unreadable |= std::mem::take(&mut element.unreadable);
                    parent.nodes.push(Node::Element(element));
                }
                // Not by the reader's own decoder: it may follow the XML declaration, and the bytes are UTF-8 already.
                Event::Text(text) => add(&mut open, std::str::from_utf8(&text).ok()),
                Event::CData(text) => add(&mut open, std::str::from_utf8(&text).ok()),
                Event::GeneralRef(name) => {
                    let text = std::str::from_utf8(&name).ok().map(reference);
                    add(&mut open, text.as_deref());
                }
                Event::Eof if self.around.is_empty() => return Ok(None),
                Event::Eof => return Err(self.broken("the end of the file within it".to_owned())),
                Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    fn broken(&self, reason: String) -> FeedFileError {
        FeedFileError::Broken {
            path: self.file.path.clone(),
            line: self.reader.get_ref().line,
            reason,
            before: self.count,
        }
    }
}

fn is_item(element: &Element) -> bool {
    element.name == "item" || element.name == "atom:entry"
}

fn add(open: &mut [Element], text: Option<&str>) {
    let Some(element) = open.last_mut() else {
        return;
    };
    match text {
        None => element.unreadable = true,
        Some(text) => match element.nodes.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => element.nodes.push(Node::Text(text.to_owned())),
        },
    }
}

/// The text that a reference stands for: a character by its number, XML's five, HTML's; any other stays as it was
/// written.
fn reference(name: &str) -> String {
    let written = format!("&{name};");
    let resolve = quick_xml::escape::resolve_html5_entity;
    let text = quick_xml::escape::unescape_with(&written, resolve).map(|text| text.into_owned());
    text.unwrap_or(written)
}

fn element_of(reader: &NsReader<Counting>, start: &BytesStart<'_>, line: usize) -> Element {
    let mut element = Element {
        name: name_of(reader, start.name(), true),
        line,
        ..Element::default()
    };
    for attribute in start.html_attributes().flatten() {
        let Ok(value) = std::str::from_utf8(&attribute.value) else {
            element.unreadable = true;
            continue;
        };
        // An entity that the document declares itself stays as it is written.
        let resolve = quick_xml::escape::resolve_html5_entity;
        let value = quick_xml::escape::unescape_with(value, resolve)
            .map_or_else(|_| value.to_owned(), |value| value.into_owned());
        let name = name_of(reader, attribute.key, false);
        element.attributes.push((name, value));
    }
    element
}

fn name_of(reader: &NsReader<Counting>, name: QName<'_>, is_element: bool) -> String {
    let resolver = reader.resolver();
    let (namespace, local) = match is_element {
        true => resolver.resolve_element(name),
        false => resolver.resolve_attribute(name),
    };
    let local = String::from_utf8_lossy(local.as_ref());
    let ResolveResult::Bound(namespace) = namespace else {
        return String::from_utf8_lossy(name.as_ref()).into_owned();
    };
    let uri = String::from_utf8_lossy(namespace.as_ref());
    let uri = uri.trim();
    if is_wordpress(uri) {
        let prefix = match uri.contains("/excerpt") {
            true => "excerpt:",
            false => "wp:",
        };
        return format!("{prefix}{local}");
    }
    let known = NAMESPACES.iter().find(|(known, _)| *known == uri);
    match known {
        Some((_, prefix)) => format!("{prefix}{local}"),
        None => String::from_utf8_lossy(name.as_ref()).into_owned(),
    }
}

/// A source that counts its lines, and fails where one record has more bytes than any article.
struct Counting {
    source: Box<dyn BufRead>,
    line: usize,
    record_bytes: usize,
}

impl Counting {
    fn of(source: Box<dyn BufRead>) -> Self {
        Self {
            source,
            line: 1,
            record_bytes: 0,
        }
    }

    fn begin_record(&mut self) {
        self.record_bytes = 0;
    }
}

impl Read for Counting {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(out.len());
        for (to, from) in out.iter_mut().zip(available) {
            *to = *from;
        }
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Counting {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.record_bytes > MAX_RECORD_BYTES {
            let megabytes = MAX_RECORD_BYTES / 1024 / 1024;
            return Err(io::Error::other(format!(
                "an item of more than {megabytes} MiB"
            )));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(buffer) = self.source.fill_buf() {
            let read = buffer.get(..amount).unwrap_or_default();
            self.line += read.iter().filter(|byte| **byte == b'\n').count();
        }
        self.record_bytes += amount;
        self.source.consume(amount);
    }
}
