//! Photographs in columns, each with its caption.

use maud::{Markup, html};

use crate::content::{credited, direction};
use crate::publication::{Kind as PublishedKind, Publication};
use crate::resource::{Resource, Subject};
use crate::store::{StoredArticle, StoredCaption};

use super::Frame;
use super::data::{Picture, picture};
use super::story::Listed;

/// The `sizes` of a photograph in the gallery, whose columns are in `page.css`.
const TILE_SIZES: &str = "(max-width: 38rem) calc(100vw - 2rem), (max-width: 57rem) 50vw, 23rem";

/// Whether all that a list of this subject has are photographs.
pub(super) fn is_of_photographs(publication: &Publication, subject: &Subject) -> bool {
    match subject {
        Subject::Captions => true,
        Subject::Named(name) => {
            let query = publication.query(name);
            query.is_some_and(|query| query.include.kinds == [PublishedKind::Caption])
        }
        _ => false,
    }
}

/// The photograph that previews of a list of photographs show: its first.
pub(super) fn first_picture(items: &[Listed<'_>]) -> Option<Picture> {
    items
        .iter()
        .find_map(|(article, caption)| picture(article, Some((*caption)?)))
}

impl Frame<'_> {
    /// The heading of a list; that of photographs is a word of ours, which may be of another language than the paper.
    pub(super) fn heading_markup(&self, subject: &Subject, heading: &str) -> Markup {
        let words = self.words();
        match subject {
            Subject::Captions => html! { (words.told(words.photographs)) },
            _ => html! { (heading) },
        }
    }

    /// The photographs of captions, as a gallery.
    pub(super) fn gallery(&self, items: &[Listed<'_>]) -> Markup {
        html! {
            div.gallery {
                @for (article, caption) in items {
                    @if let Some(caption) = caption { (self.tile(article, caption)) }
                }
            }
        }
    }

    /// A photograph of the gallery with its caption.
    fn tile(&self, article: &StoredArticle, caption: &StoredCaption) -> Markup {
        let details = &caption.caption;
        let language = article.article.language.as_deref();
        html! {
            figure.h-entry lang=[language] dir=[language.map(direction)] {
                @if let Some(image) = &details.image {
                    @let file = image.photograph.display_file();
                    @let narrowest = image.photograph.thumbnail().unwrap_or(&file);
                    @let srcset = self.srcset(&image.photograph);
                    a href=(Resource::CaptionPage(caption.state.id)) {
                        img.u-photo loading="lazy" decoding="async" src=(self.media(narrowest))
                            srcset=[&srcset] sizes=[srcset.as_ref().map(|_| TILE_SIZES)]
                            alt=(details.alt.as_deref().unwrap_or(&details.text))
                            width=(file.width) height=(file.height);
                    }
                }
                figcaption {
                    a.u-url.p-name href=(Resource::CaptionPage(caption.state.id)) { (&*details.text) }
                    @let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
                    @if let Some(credit) = credited(details, words, None) { span.credit { (credit) } }
                    (self.changed_on(&caption.state, details.told()))
                }
            }
        }
    }
}
