//! Which of the display lines above the text are kicker, headline, deck and first part heading.
//!
//! The evidence is typographic: order, length, dashes, letter case, slogans of equal length. Where it is thin the usual
//! order is taken and a doubt says so.

use super::glyph;

/// A heading of a part is shorter than what stands above an article.
const WIDEST_FIRST_HEADING_COLUMNS: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Kicker,
    Headline,
    Deck,
    PartHeading,
    /// More display lines than an article has places for.
    Spare,
}

/// Gives each line its place. `above_text`: the last line stands right above the first paragraph.
pub(super) fn places(lines: &[&str], above_text: bool) -> (Vec<Place>, Option<&'static str>) {
    let Some((last, others)) = lines.split_last() else {
        return (Vec::new(), None);
    };
    if above_text && opens_part(last, others) {
        let (mut places, mut doubt) = stack(others);
        places.push(Place::PartHeading);
        if others.len() == 1 {
            doubt = Some(
                "two display lines: the second, being short, is taken for the heading of the first part; it may be the headline or a deck",
            );
        }
        return (places, doubt);
    }
    stack(lines)
}

fn opens_part(last: &str, others: &[&str]) -> bool {
    let widest = others.iter().map(|l| glyph::width(l)).max().unwrap_or(0);
    let lone_kicker = matches!(others, [first] if is_kicker(first));
    let width = glyph::width(last);
    width <= WIDEST_FIRST_HEADING_COLUMNS && width * 2 <= widest && !is_dashed(last) && !lone_kicker
}

fn stack(lines: &[&str]) -> (Vec<Place>, Option<&'static str>) {
    use Place::{Deck, Headline, Kicker, Spare};
    let (mut places, doubt) = match lines {
        [] => (Vec::new(), None),
        [_] => (vec![Headline], None),
        [first, _, ..] if is_kicker(first) => (vec![Kicker, Headline, Deck], None),
        [first, second] => {
            let sure = is_deck(second, first);
            let doubt = "two display lines without a sign which is which: taken for headline and deck; they may be kicker and headline";
            (vec![Headline, Deck], (!sure).then_some(doubt))
        }
        [_, second, ..] if is_dashed(second) => (vec![Headline, Deck], None),
        [first, ..] if glyph::has_han(first) => {
            let doubt = "three display lines without a sign which is which: taken for kicker, headline and deck by their order";
            (vec![Kicker, Headline, Deck], Some(doubt))
        }
        [_, _, ..] => (
            vec![Headline, Deck],
            Some(
                "several display lines without a sign which is which: taken for headline and deck by their order",
            ),
        ),
    };
    places.resize(lines.len(), Spare);
    (places, doubt)
}

/// Slogans of equal length, a bracketed rubric, or a short line in capitals.
fn is_kicker(line: &str) -> bool {
    let slogans: Vec<usize> = line.split_whitespace().map(|s| s.chars().count()).collect();
    let han = glyph::has_han(line);
    let equal = slogans.len() >= 2
        && (3..=8).contains(&slogans[0])
        && slogans.iter().all(|n| *n == slogans[0]);
    let bracketed = glyph::unbracketed(line).len() < line.len();
    let barred = line.ends_with(['|', '｜', '丨']);
    let capitals = glyph::width(line) <= 30
        && line.chars().any(char::is_uppercase)
        && !line.chars().any(char::is_lowercase);
    (han && equal) || bracketed || barred || (!han && capitals)
}

fn is_dashed(line: &str) -> bool {
    line.starts_with(['—', '–', '―']) || line.starts_with("--")
}

/// A dash, two long halves, or clearly more words than the headline.
fn is_deck(line: &str, headline: &str) -> bool {
    let halves: Vec<usize> = line.split_whitespace().map(glyph::width).collect();
    let paired = glyph::has_han(line) && halves.len() == 2 && halves.iter().all(|w| *w > 16);
    is_dashed(line) || paired || glyph::width(line) * 10 >= glyph::width(headline) * 13
}
