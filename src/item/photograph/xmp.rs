//! XMP (ISO 16684-1): RDF in XML, read without entities and without any other document.

use std::collections::HashMap;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::embedded::{EmbeddedMetadata, MetadataField};

/// Maximum size of an XMP packet that is read, in bytes: a larger one is an editor's history.
pub(super) const MAX_XMP_BYTES: usize = 1024 * 1024;

const DC: &[u8] = b"http://purl.org/dc/elements/1.1/";
const PHOTOSHOP: &[u8] = b"http://ns.adobe.com/photoshop/1.0/";
const IPTC_CORE: &[u8] = b"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";

const XMP_RIGHTS: &[u8] = b"http://ns.adobe.com/xap/1.0/rights/";

const FIELDS: [(&[u8], &[u8], MetadataField); 6] = [
    (DC, b"description", MetadataField::Caption),
    (DC, b"creator", MetadataField::Byline),
    (PHOTOSHOP, b"Credit", MetadataField::Credit),
    (DC, b"rights", MetadataField::Copyright),
    (XMP_RIGHTS, b"UsageTerms", MetadataField::UsageTerms),
    (IPTC_CORE, b"AltTextAccessibility", MetadataField::Alt),
];

/// Maximum number of namespaces in a packet; each name is looked up in all of them.
const MAX_NAMESPACES: usize = 512;

/// Maximum depth of nested elements; the XML parser counts no further than 65,535.
const MAX_DEPTH: usize = 256;

/// Maximum number of values of a property: a list of photographers, or a caption in many languages.
const MAX_VALUES: usize = 200;

/// The metadata in a packet; of a damaged one, those before the damage.
pub(super) fn read(packet: &[u8]) -> EmbeddedMetadata {
    let mut walk = Walk::default();
    let mut reader = NsReader::from_reader(packet);
    let mut namespaces = 0;
    loop {
        let event = reader.read_event();
        if let Ok(Event::Start(element) | Event::Empty(element)) = &event {
            namespaces += declared(element);
            if namespaces > MAX_NAMESPACES || walk.depth >= MAX_DEPTH {
                break;
            }
        }
        match event {
            Ok(Event::Start(element)) => walk.begin(&reader, &element),
            Ok(Event::Empty(element)) => {
                walk.begin(&reader, &element);
                walk.end();
            }
            Ok(Event::End(_)) => walk.end(),
            Ok(Event::Text(text)) => walk.text(&text.decode().unwrap_or_default()),
            Ok(Event::CData(text)) => walk.text(&text.decode().unwrap_or_default()),
            Ok(Event::GeneralRef(reference)) => walk.text(&referred(&reference)),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    walk.found()
}

#[derive(Default)]
struct Walk {
    depth: usize,
    /// The property within which the reader is, and how deep it lies.
    within: Option<(MetadataField, usize)>,
    /// The values of each property: itself, or one for each `rdf:li`.
    values: HashMap<&'static [u8], Vec<String>>,
    text: String,
    /// Whether the value being read is the one for readers of any language (`x-default`).
    is_default: bool,
}

impl Walk {
    fn begin(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        self.depth += 1;
        if self.within.is_some() {
            self.text.clear();
            self.is_default = is_default(element);
            return;
        }
        let (namespace, local) = reader.resolver().resolve_element(element.name());
        if let Some(field) = field(namespace, local.as_ref()) {
            self.within = Some((field, self.depth));
            self.text.clear();
            return;
        }
        // A simple property may stand as an attribute of the description.
        for attribute in element.attributes().with_checks(false).flatten() {
            let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            if let (Some(field), Ok(value)) = (field(namespace, local.as_ref()), value) {
                self.keep(field, value.into_owned(), false);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.within.is_some() {
            self.text.push_str(text);
        }
    }

    fn end(&mut self) {
        if let Some((field, depth)) = self.within {
            let text = std::mem::take(&mut self.text);
            let is_default = std::mem::take(&mut self.is_default);
            self.keep(field, text, is_default);
            if depth == self.depth {
                self.within = None;
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn keep(&mut self, field: MetadataField, value: String, first: bool) {
        if value.trim().is_empty() {
            return;
        }
        let values = self.values.entry(name_of(field)).or_default();
        if values.len() >= MAX_VALUES {
            return;
        }
        match first {
            true => values.insert(0, value),
            false => values.push(value),
        }
    }

    fn found(self) -> EmbeddedMetadata {
        let mut found = EmbeddedMetadata::default();
        for (_, name, field) in FIELDS {
            if let Some(values) = self.values.get(name) {
                found.set(field, values);
            }
        }
        found
    }
}

fn declared(element: &BytesStart<'_>) -> usize {
    let mut attributes = element.attributes();
    let attributes = attributes.with_checks(false).flatten();
    let is_namespace = |attribute: &Attribute<'_>| attribute.key.as_namespace_binding().is_some();
    attributes.filter(is_namespace).count()
}

fn name_of(wanted: MetadataField) -> &'static [u8] {
    let known = FIELDS.iter().find(|(_, _, field)| *field == wanted);
    known.map_or(&[], |(_, name, _)| name)
}

fn field(namespace: ResolveResult<'_>, local: &[u8]) -> Option<MetadataField> {
    let ResolveResult::Bound(Namespace(namespace)) = namespace else {
        return None;
    };
    let same = |known: &&(&[u8], &[u8], MetadataField)| known.0 == namespace && known.1 == local;
    FIELDS.iter().find(same).map(|(_, _, field)| *field)
}

/// Whether an alternative is for readers of any language.
fn is_default(element: &BytesStart<'_>) -> bool {
    let language = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == b"xml:lang");
    language.is_some_and(|language| &*language.value == b"x-default")
}

/// The text that a character or entity reference stands for; empty for an entity that XML itself does not define.
fn referred(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    resolve_predefined_entity(&name)
        .unwrap_or_default()
        .to_owned()
}
