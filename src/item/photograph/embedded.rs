//! The metadata in a photograph's file: caption, names and rights, as the agency or the camera wrote them.
//!
//! The desk is offered them as defaults. None of them stays in the published file.

use crate::item::Line;

/// Maximum length of a field in characters: that of a caption in IPTC-IIM, where the other fields are far shorter.
const MAX_CHARACTERS: usize = 2000;

/// The metadata that was found in a photograph's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedMetadata {
    pub caption: Option<Line>,
    /// The photographer; several are joined by commas.
    pub byline: Option<Line>,
    /// The credit line that is to stand beside the photograph, mostly an agency.
    pub credit: Option<Line>,
    /// The notice of who holds the copyright.
    pub copyright: Option<Line>,
    /// The uses of the photograph that are permitted.
    pub usage_terms: Option<Line>,
    /// The alternative text, for people who do not see the photograph.
    pub alt: Option<Line>,
}

/// One of the fields of [`EmbeddedMetadata`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetadataField {
    Caption,
    Byline,
    Credit,
    Copyright,
    UsageTerms,
    Alt,
}

impl EmbeddedMetadata {
    /// Takes `values` for a field, unless it has one already or there is nothing in them.
    pub(super) fn set(&mut self, field: MetadataField, values: &[String]) {
        let slot = match field {
            MetadataField::Caption => &mut self.caption,
            MetadataField::Byline => &mut self.byline,
            MetadataField::Credit => &mut self.credit,
            MetadataField::Copyright => &mut self.copyright,
            MetadataField::UsageTerms => &mut self.usage_terms,
            MetadataField::Alt => &mut self.alt,
        };
        let values: Vec<Line> = values
            .iter()
            .filter_map(|value| Line::parse(value))
            .collect();
        let joined = match (field, values.as_slice()) {
            (MetadataField::Byline, all) => all
                .iter()
                .map(|name| &**name)
                .collect::<Vec<_>>()
                .join(", "),
            (_, all) => all
                .first()
                .map(|first| first.to_string())
                .unwrap_or_default(),
        };
        let cut: String = joined.chars().take(MAX_CHARACTERS).collect();
        if slot.is_none() {
            *slot = Line::parse(&cut);
        }
    }
}
