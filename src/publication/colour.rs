//! A colour as pages use it, and how well it stands out from another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Red, green and blue of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let is_plain = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let part = |from: usize| {
            let digits = digits.get(from..from + 2).filter(|_| is_plain)?;
            u8::from_str_radix(digits, 16).ok()
        };
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// Red, green and blue.
    pub fn parts(self) -> [u8; 3] {
        self.0
    }

    /// The contrast ratio of WCAG 2, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// WCAG 2, relative luminance.
    fn luminance(self) -> f64 {
        let linear = |part: u8| match f64::from(part) / 255.0 {
            dark if dark <= 0.04045 => dark / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        let [red, green, blue] = self.0;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("expected #rrggbb, found {text}"))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Colour;

    #[test]
    fn a_colour_is_read_as_it_is_spelled() {
        for text in ["#000000", "#8a1c1c", "#ffffff"] {
            assert_eq!(Colour::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(
            Colour::parse("#8A1C1C"),
            Some(Colour::new(0x8a, 0x1c, 0x1c))
        );
        for text in [
            "", "#fff", "8a1c1c", "#8a1c1g", "#8a1c1c0", "red", "#+a1c1c", "#é1c1c",
        ] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_as_the_guidelines_count_it() {
        let (black, white) = (Colour::new(0, 0, 0), Colour::new(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 0.01);
        // The lightest grey that may be read on white.
        let grey = Colour::new(0x76, 0x76, 0x76);
        assert!((4.5..4.6).contains(&grey.contrast(white)));
        assert!((white.contrast(white) - 1.0).abs() < 0.01);
    }
}
