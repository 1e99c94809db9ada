//! Where what is shown of an item is found.

use crate::item::{Id, MediaType, Photograph, Rendition};
use crate::resource::{BaseUrl, Resource, Subject};
use crate::store::StoredArticle;

pub fn article_url(stored: &StoredArticle, base: &BaseUrl) -> String {
    base.url(&Resource::Page(Subject::Article(stored.slug.clone())))
}

/// The address at which the notice of an article that was taken away is. Its slug spells its headline, so the page's
/// address is given only where the headline may be shown.
pub fn notice_page(stored: &StoredArticle) -> Resource {
    match stored.state.status.removal() {
        Some(how) if !how.keeps_address() => Resource::Item(stored.state.id),
        _ => Resource::Page(Subject::Article(stored.slug.clone())),
    }
}

/// The place of a part in its article's page.
pub fn part_anchor(id: Id) -> String {
    format!("part-{}", id.bare().get(..8).unwrap_or_default())
}

/// Where the original of a photograph is served.
pub fn photograph_of(photograph: &Photograph, base: &BaseUrl) -> String {
    address(&photograph.original(), base)
}

pub fn address(file: &Rendition, base: &BaseUrl) -> String {
    base.url(&Resource::Media {
        hash: file.hash.clone(),
        kind: MediaType::Photograph(file.kind),
    })
}
