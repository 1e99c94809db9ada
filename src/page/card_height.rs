//! The height that a card needs, estimated from its texts: the page that shows it reserves that height beforehand, so that
//! nothing moves when it comes. A card that needs more says so.

use unicode_width::UnicodeWidthStr;

use crate::content::Words;
use crate::item::PublicNote;

/// The default width of a card, which is also its maximum, in pixels.
pub(super) const WIDTH: u32 = 600;

/// Widths in pixels that cards stand in: a telephone's, and their own.
const WIDTHS: [u32; 2] = [320, WIDTH];

/// Padding and border of a card, those of two opposite sides together, in pixels, as in the style of cards.
const AROUND: u32 = 34;

/// The height of the line with the paper's name, in pixels.
const PAPER: u32 = 44;

/// The width of the bar beside a note and of the space behind it, in pixels.
const BAR: u32 = 15;

/// Maximum height of a picture in pixels, as in the style of cards.
const PICTURE: u32 = 448;

/// Estimates the height of a card from what stands in it, from top to bottom. All sizes are in pixels.
#[derive(Clone, Debug, Default)]
pub(super) struct CardHeight {
    /// Width and height of the picture.
    picture: Option<(u32, u32)>,
    texts: Vec<Text>,
}

#[derive(Clone, Debug)]
struct Text {
    /// Its width if it stood in one line.
    length: u32,
    /// The width that its lines have less than the card's other lines.
    indent: u32,
    /// The font size.
    letter: u32,
    /// The height of a line, and the margin below the last one.
    line: u32,
    below: u32,
}

impl CardHeight {
    pub(super) fn picture(mut self, width: u32, height: u32) -> Self {
        self.picture = Some((width, height));
        self
    }

    pub(super) fn heading(self, text: &str) -> Self {
        self.text(text, 20, 27, 8)
    }

    pub(super) fn paragraph(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text, 16, 26, 8),
            None => self,
        }
    }

    /// A note behind its bar, with its name, which no language has longer.
    pub(super) fn note(self, note: Option<PublicNote<'_>>) -> Self {
        let Some(note) = note else {
            return self;
        };
        let name = Words::of("en").name_of(note.kind);
        let mut room = self.paragraph(Some(&format!("{name} {}", &**note.text)));
        if let Some(text) = room.texts.last_mut() {
            text.indent = BAR;
        }
        room
    }

    /// Adds a text in small letters, such as a kicker, a credit or a date, if there is one.
    pub(super) fn small(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text, 14, 23, 8),
            None => self,
        }
    }

    /// A list of `count` headlines with their dates, most of which take two lines on a telephone.
    pub(super) fn list(self, count: usize) -> Self {
        let usual = "A headline of a usual length, and its date";
        (0..count).fold(self, |room, _| room.text(usual, 16, 26, 7))
    }

    fn text(mut self, text: &str, letter: u32, line: u32, below: u32) -> Self {
        let halves = u32::try_from(text.width()).unwrap_or(u32::MAX);
        self.texts.push(Text {
            // Most letters are a little wider than half as high.
            length: halves.saturating_mul(letter).saturating_mul(14) / 25,
            indent: 0,
            letter,
            line,
            below,
        });
        self
    }

    /// The height that is enough at the usual widths.
    pub(super) fn height(&self) -> u32 {
        let needed = WIDTHS.map(|width| self.height_at(width));
        needed.into_iter().max().unwrap_or_default()
    }

    /// The height that is enough at one width.
    pub(super) fn height_at(&self, width: u32) -> u32 {
        let picture = self.picture.map_or(0, |(wide, high)| {
            let whole = u64::from(width) * u64::from(high) / u64::from(wide.max(1));
            u32::try_from(whole).unwrap_or(PICTURE).min(PICTURE)
        });
        let texts = self.texts.iter().map(|text| {
            // A word that does not fit any more leaves the end of its line free.
            let around = AROUND + text.indent + 2 * text.letter;
            let usable = width.saturating_sub(around).max(text.letter);
            let lines = text.length.div_ceil(usable).max(1);
            lines * text.line + text.below
        });
        AROUND + picture + texts.sum::<u32>() + PAPER
    }
}

#[cfg(test)]
mod tests {
    use super::CardHeight;
    use crate::item::{Line, NoteKind, PublicNote};

    #[test]
    fn more_text_and_higher_pictures_need_more_room() {
        let short = CardHeight::default().heading("Short").height();
        let long = CardHeight::default().heading(&"Long ".repeat(40)).height();
        // Han letters are twice as wide.
        let han = CardHeight::default().heading(&"长".repeat(100)).height();
        let latin = CardHeight::default().heading(&"l".repeat(100)).height();
        let wide = CardHeight::default()
            .picture(1600, 900)
            .heading("Short")
            .height();
        let high = CardHeight::default()
            .picture(900, 1600)
            .heading("Short")
            .height();
        let note = "l".repeat(21);
        let plain = CardHeight::default().paragraph(Some(&note)).height();
        let correction = PublicNote {
            kind: NoteKind::Correction,
            text: &Line::parse(&note).unwrap(),
        };
        let behind = CardHeight::default().note(Some(correction)).height();
        assert!(plain < behind, "the word and the bar take room, too");
        assert!(short < long && latin < han && short < wide && wide < high);
    }
}
