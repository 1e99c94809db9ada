//! The paper's identity in browsers and on telephones: its icon, the colour around its pages, and the manifest.

use maud::{Markup, html};
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use crate::content::{address, direction};
use crate::item::Photograph;
use crate::publication::{Colour, Logo, Publication};
use crate::resource::{BaseUrl, Resource, Subject};

use super::Frame;
use super::style::{DARK_PAPER, PAPER};

pub const MANIFEST_TYPE: &str = "application/manifest+json";

pub const DRAWN_TYPE: &str = "image/svg+xml";

/// Maximum number of bytes of the letter in the drawn icon. One with more has too many combining marks, and stands without
/// them.
const MAX_LETTER_BYTES: usize = 40;

/// The logo, if its file is served here: no page loads anything from another site.
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

/// The paper's colour and one that is seen on it, for what is drawn.
pub(super) fn drawn_colours(publication: &Publication) -> (Colour, Colour) {
    let ground = publication.accent.unwrap_or(DARK_PAPER);
    match ground.contrast(PAPER) >= ground.contrast(DARK_PAPER) {
        true => (ground, PAPER),
        false => (ground, DARK_PAPER),
    }
}

/// The mark of a paper without a logo here: the first letter of its title, on its colour.
pub fn drawn_icon(publication: &Publication) -> Vec<u8> {
    let (ground, ink) = drawn_colours(publication);
    let letter = publication.title.graphemes(true).next().unwrap_or_default();
    let bare = letter.chars().next().map(String::from).unwrap_or_default();
    let letter = match letter.len() <= MAX_LETTER_BYTES {
        true => letter,
        false => &bare,
    };
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" {
            rect width="64" height="64" rx="8" fill=(ground) {}
            text x="32" y="47" font-family="Georgia, serif" font-size="42" font-weight="bold" text-anchor="middle"
                fill=(ink) { (letter) }
        }
    };
    drawn.into_string().into_bytes()
}

/// The web app manifest, by which browsers install the paper beside other applications.
pub fn manifest(publication: &Publication, base: &BaseUrl) -> Vec<u8> {
    let icon = match logo(publication) {
        Some(logo) => {
            let file = logo.display_file();
            json!({
                "src": address(&file, base),
                "sizes": format!("{}x{}", file.width, file.height),
                "type": file.kind.media_type(),
            })
        }
        None => {
            json!({"src": base.url(&Resource::Favicon), "sizes": "any", "type": DRAWN_TYPE})
        }
    };
    let start = Resource::Page(Subject::Publication).to_string();
    let language = &publication.language;
    let theme = publication.accent.unwrap_or(PAPER);
    let mut manifest = json!({
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
        "icons": [icon],
    });
    if let Some(description) = &publication.description {
        manifest["description"] = json!(description);
    }
    manifest.to_string().into_bytes()
}

impl Frame<'_> {
    /// The links to icons and manifest in the head of every page.
    pub(super) fn icons(&self) -> Markup {
        let logo = logo(self.publication);
        let icon = icon(self.publication, self.base);
        html! {
            meta name="theme-color" media="(prefers-color-scheme: light)" content=(PAPER);
            meta name="theme-color" media="(prefers-color-scheme: dark)" content=(DARK_PAPER);
            @match &icon {
                Some(icon) => link rel="icon" href=(icon);,
                None => link rel="icon" type=(DRAWN_TYPE) href=(Resource::Favicon);,
            }
            @if logo.is_some_and(is_square) { link rel="apple-touch-icon" href=[&icon]; }
            link rel="manifest" href=(Resource::Manifest);
        }
    }
}
