//! A headline with the places at which the desk lets it be broken.

use maud::{Markup, html};

use crate::item::Article;

/// The headline as HTML in which each of the lines that the desk gave stays together where it fits, and is broken like any
/// text where it does not.
pub(super) fn broken(article: &Article) -> Markup {
    html! {
        @if article.headline_lines.is_empty() { (&*article.headline) }
        @else {
            @for line in article.lines_of_headline() { (line.gap) span.line { (line.text) } }
        }
    }
}
