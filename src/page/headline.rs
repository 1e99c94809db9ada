//! A headline with the places at which the desk lets it be broken.

use maud::{Markup, html};

use crate::item::Article;

/// Each line stays together where there is room for it, and is broken as any text where there is none.
pub(super) fn broken(article: &Article) -> Markup {
    html! {
        @if article.headline_lines.is_empty() { (&*article.headline) }
        @else {
            @for line in article.lines_of_headline() { (line.gap) span.line { (line.text) } }
        }
    }
}
