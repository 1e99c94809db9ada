//! The style of all pages, with the paper's colour in it: a page has no style of its own.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::publication::{Colour, Publication};
use crate::resource::Resource;

/// The style sheet of pages, without the paper's own accent colour.
pub const STYLE: &str = include_str!("page.css");

/// The script of pages: its buttons copy addresses.
pub const SCRIPT: &str = include_str!("page.js");

/// The background colours of pages, light and dark, as `page.css` has them.
pub(super) const PAPER: Colour = Colour::new(0xfd, 0xfc, 0xf9);
pub(super) const DARK_PAPER: Colour = Colour::new(0x16, 0x18, 0x1b);

/// Minimum contrast ratio of text (WCAG 2, 1.4.3).
const READABLE: f64 = 4.5;

/// The style sheet of a paper's pages.
pub fn style(publication: &Publication) -> Vec<u8> {
    let mut style = STYLE.to_owned();
    if let Some(accent) = publication.accent {
        let light = variables(accent, PAPER);
        let dark = variables(accent, DARK_PAPER);
        // Writing to a String cannot fail. Print has its own colours.
        let _ = write!(
            style,
            "@media screen {{ :root {{ {light} }} }}\n\
             @media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        );
    }
    style.into_bytes()
}

/// The address of the style sheet as pages name it. It is another whenever the style is: a browser that still has an older
/// style asks for the new one with the first page that needs it.
pub(super) fn address(publication: &Publication) -> String {
    versioned(&Resource::PageStyle, &style(publication))
}

/// The address of the script as pages name it, which is another whenever the script is.
pub(super) fn script_address() -> String {
    versioned(&Resource::PageScript, SCRIPT.as_bytes())
}

fn versioned(resource: &Resource, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let version = hex::encode(digest.get(..4).unwrap_or_default());
    format!("{resource}?{version}")
}

/// CSS variables for the paper's accent colour: lines have it always, text only where it is readable on `ground`.
fn variables(accent: Colour, ground: Colour) -> String {
    match accent.contrast(ground) >= READABLE {
        true => format!("--rule: {accent}; --mark: {accent};"),
        false => format!("--rule: {accent};"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, DARK_PAPER, PAPER, STYLE, address, style};
    use crate::publication::Publication;

    #[test]
    fn the_colours_that_are_counted_with_are_those_of_the_style() {
        assert!(STYLE.contains(&format!("--paper: {PAPER};")));
        assert!(STYLE.contains(&format!("--paper: {DARK_PAPER};")));
    }

    #[test]
    fn another_style_has_another_address() {
        let mut paper = Publication::unnamed();
        let before = address(&paper);
        assert!(before.starts_with("/page.css?"), "{before}");
        assert_eq!(address(&paper), before);
        paper.accent = Colour::parse("#8a1c1c");
        assert_ne!(address(&paper), before);
    }

    #[test]
    fn a_colour_that_cannot_be_read_is_for_rules_alone() {
        let mut paper = Publication::unnamed();
        assert_eq!(style(&paper), STYLE.as_bytes());
        for (accent, light, dark) in [
            ("#8a1c1c", true, false),
            ("#ffd84d", false, true),
            ("#6e6e6e", true, false),
        ] {
            paper.accent = Colour::parse(accent);
            let style = String::from_utf8(style(&paper)).expect("text");
            let (_, added) = style.split_once("@media screen {").expect("a rule");
            let (of_light, of_dark) = added.split_once("@media screen and").expect("another");
            assert_eq!(of_light.contains("--mark"), light, "{accent}");
            assert_eq!(of_dark.contains("--mark"), dark, "{accent}");
            assert_eq!(added.matches(&format!("--rule: {accent}")).count(), 2);
        }
    }
}
