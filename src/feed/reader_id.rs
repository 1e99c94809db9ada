//! The ids by which feed readers recognize an item.

use crate::item::{Article, Id, html::Url};

/// The id of an item in feeds, the same in all formats with one exception: Atom's ids are IRIs (RFC 4287 §4.2.6), and a
/// guid from an older feed may be any text. Where the guid is no IRI, Atom has the item's own id instead; no Atom feed can
/// have had the guid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderId {
    /// The id in RSS and JSON Feed.
    pub guid: String,
    /// The id in Atom, which has to be an IRI.
    pub iri: String,
}

impl ReaderId {
    pub(super) fn of(article: &Article, id: Id) -> Self {
        let Some(guid) = &article.guid else {
            return Self::minted(id);
        };
        Self {
            guid: guid.to_string(),
            iri: if Self::is_iri(guid) {
                guid.to_string()
            } else {
                id.to_string()
            },
        }
    }

    pub(super) fn minted(id: Id) -> Self {
        Self {
            guid: id.to_string(),
            iri: id.to_string(),
        }
    }

    /// Whether `text` is an absolute IRI (RFC 3987 §2.2) as it stands, without the mending that browsers do.
    pub(super) fn is_iri(text: &str) -> bool {
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
        let escaped = text.split('%').skip(1).all(|rest| {
            let digits = rest.get(..2).unwrap_or_default();
            digits.len() == 2 && digits.chars().all(|c| c.is_ascii_hexdigit())
        });
        escaped && !text.contains(forbidden) && Url::parse(text).is_ok()
    }
}
