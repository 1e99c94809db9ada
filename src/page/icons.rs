//! How browsers and telephones mark the paper: its icon, the colour around its pages, and the manifest.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::content::{address, direction};
use crate::item::Photograph;
use crate::publication::{Logo, Publication};
use crate::resource::{BaseUrl, Resource, Subject};

use super::Frame;
use super::style::{DARK_PAPER, PAPER};

pub const MANIFEST_TYPE: &str = "application/manifest+json";

/// The logo where it is a picture here: one that lies elsewhere would be asked for there.
pub(super) fn logo(publication: &Publication) -> Option<&Photograph> {
    match publication.logo.as_ref()? {
        Logo::Photograph { photograph, .. } => Some(photograph),
        Logo::Address(_) => None,
    }
}

/// Whether it fills a square well enough to stand as an icon.
fn is_square(logo: &Photograph) -> bool {
    let (width, height) = (u64::from(logo.width), u64::from(logo.height));
    width * 4 <= height * 5 && height * 4 <= width * 5
}

/// The address of the picture that stands for the paper in a browser's lists.
pub fn icon(publication: &Publication, base: &BaseUrl) -> Option<String> {
    logo(publication).map(|logo| address(&logo.display_file(), base))
}

/// What browsers that keep the paper among programs are told of it.
pub fn manifest(publication: &Publication, base: &BaseUrl) -> Vec<u8> {
    let icons = logo(publication).into_iter().map(|logo| {
        let file = logo.display_file();
        json!({
            "src": address(&file, base),
            "sizes": format!("{}x{}", file.width, file.height),
            "type": file.kind.media_type(),
        })
    });
    let start = Resource::Page(Subject::Publication).to_string();
    let language = &publication.language;
    let theme = publication.accent.unwrap_or(PAPER);
    let mut said = json!({
        "id": start,
        "name": publication.title,
        "short_name": publication.title,
        "lang": language,
        "dir": direction(language),
        "start_url": start,
        "scope": start,
        "display": "minimal-ui",
        "background_color": PAPER.to_string(),
        "theme_color": theme.to_string(),
        "icons": icons.collect::<Vec<Value>>(),
    });
    if let Some(description) = &publication.description {
        said["description"] = json!(description);
    }
    said.to_string().into_bytes()
}

impl Frame<'_> {
    /// What the head of every page says of them.
    pub(super) fn icons(&self) -> Markup {
        let logo = logo(self.publication);
        let icon = icon(self.publication, self.base);
        html! {
            meta name="theme-color" media="(prefers-color-scheme: light)" content=(PAPER);
            meta name="theme-color" media="(prefers-color-scheme: dark)" content=(DARK_PAPER);
            @if let Some(icon) = &icon { link rel="icon" href=(icon); }
            @if logo.is_some_and(is_square) { link rel="apple-touch-icon" href=[&icon]; }
            link rel="manifest" href=(Resource::Manifest);
        }
    }
}
