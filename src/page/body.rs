//! Changes to the HTML of an article's body for pages: pictures of other sites, scrolling by keys, levels of headings.

use dom_query::{Document, NodeRef};
use maud::html;

use super::Frame;

impl Frame<'_> {
    /// HTML of an article's body as a page shows it. `above` is the level of the heading before it, and becomes the level
    /// of the last heading in it.
    pub(super) fn body_html(&self, html: &str, above: &mut u8) -> String {
        if !["<img", "<table", "<pre", "<h"]
            .iter()
            .any(|tag| html.contains(tag))
        {
            return html.to_owned();
        }
        let document = Document::fragment(html);
        let site_root = self.base.at("/");
        for picture in document.select("img").nodes() {
            if !picture
                .attr("src")
                .unwrap_or_default()
                .starts_with(&site_root)
            {
                link_instead(picture);
            }
        }
        // Elements that can be wider than a telephone's screen can be scrolled with keys, too.
        for wide in document.select("table, pre").nodes() {
            wide.set_attr("tabindex", "0");
        }
        for heading in document.select("h2, h3, h4, h5, h6").nodes() {
            let name = heading.node_name().unwrap_or_default();
            let level = name.trim_start_matches('h').parse().unwrap_or(2);
            // A screen reader then announces no level that is missing.
            *above = level.min(*above + 1);
            heading.rename(&format!("h{above}"));
        }
        document.html_root().inner_html().to_string()
    }
}

/// Replaces a picture on another site by a link to it: no page loads anything from another site.
fn link_instead(picture: &NodeRef<'_>) {
    let source = picture.attr("src").unwrap_or_default();
    let alt = picture.attr("alt").unwrap_or_default();
    let text = if alt.trim().is_empty() { &source } else { &alt };
    let around = picture.ancestors(None);
    let is_in_link = around.iter().any(|node| node.has_name("a"));
    let left = match is_in_link {
        true => html! { (&**text) },
        false => html! { a href=(&*source) { (&**text) } },
    };
    picture.replace_with_html(left.into_string());
}
