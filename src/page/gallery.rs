//! Photographs in columns, each with its caption.

use maud::{Markup, html};

use crate::content::{credited, direction};
use crate::resource::Resource;
use crate::store::{StoredArticle, StoredCaption};

use super::Frame;
use super::story::Listed;

/// The `sizes` of a photograph in the gallery, whose columns are in `page.css`.
const TILE_SIZES: &str = "(max-width: 38rem) calc(100vw - 2rem), (max-width: 57rem) 50vw, 23rem";

impl Frame<'_> {
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
                    a href=(Resource::CaptionPage(caption.state.id)) {
                        img.u-photo loading="lazy" decoding="async" src=(self.media(narrowest))
                            srcset=[self.srcset(&image.photograph)] sizes=(TILE_SIZES)
                            alt=(details.alt.as_deref().unwrap_or(&details.text))
                            width=(file.width) height=(file.height);
                    }
                }
                figcaption {
                    a.u-url.p-name href=(Resource::CaptionPage(caption.state.id)) { (&*details.text) }
                    @let words = language.map_or_else(|| self.words(), |language| self.words_in(language));
                    @if let Some(credit) = credited(details, words, None) { span.credit { (credit) } }
                }
            }
        }
    }
}
