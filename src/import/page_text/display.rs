//! Which of the display lines above the text are kicker, headline, deck and first part heading.
//!
//! The evidence is typographic: order, length, dashes, letter case, slogans of equal length. Where it is thin the usual
//! order is taken and a doubt says so.

use super::glyph;

/// In Han a line of so few columns above a longer one is a rubric.
const WIDEST_RUBRIC_COLUMNS: usize = 8;

/// Lines below the headline that make one deck.
const MAX_DECKS: usize = 2;

/// A heading of a part is shorter than what stands above an article.
const WIDEST_FIRST_HEADING_COLUMNS: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DisplayRole {
    Kicker,
    Headline,
    Deck,
    PartHeading,
    /// More display lines than an article has places for.
    Spare,
}

/// Gives each line its place. `above_text`: the last line stands right above the first paragraph.
pub(super) fn places(lines: &[&str], above_text: bool) -> (Vec<DisplayRole>, Option<&'static str>) {
    let Some((last, others)) = lines.split_last() else {
        return (Vec::new(), None);
    };
    if above_text && opens_part(last, others) {
        let (mut places, mut doubt) = stack(others);
        places.push(DisplayRole::PartHeading);
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

fn stack(lines: &[&str]) -> (Vec<DisplayRole>, Option<&'static str>) {
    use DisplayRole::{Deck, Headline, Kicker, Spare};
    let (mut places, doubt) = match lines {
        [] => (Vec::new(), None),
        [_] => (vec![Headline], None),
        [first, second, ..] if is_kicker(first) && is_no_longer(first, second) => {
            (vec![Kicker, Headline, Deck], None)
        }
        [first, second, ..] if is_slogans(first) => {
            let long = !is_no_longer(first, second);
            let doubt = "a kicker of slogans is longer than the headline below it; see which is the headline";
            (vec![Kicker, Headline, Deck], long.then_some(doubt))
        }
        [first, second, ..] if is_rubric(first, second) => {
            let doubt = "a very short line above a longer one is taken for the kicker; it may be a section or the headline";
            (vec![Kicker, Headline, Deck], Some(doubt))
        }
        [first, second] => {
            let sure = is_deck(second, first);
            let doubt = "two display lines without a sign which is which: taken for headline and deck; they may be kicker and headline";
            (vec![Headline, Deck], (!sure).then_some(doubt))
        }
        [_, second, ..] if is_dashed(second) => (vec![Headline, Deck], None),
        [first, second, ..] if glyph::has_cjk(first) && is_no_longer(first, second) => {
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
    places.truncate(lines.len());
    while places.len() < lines.len() {
        let decks = places.iter().filter(|p| **p == Deck).count();
        places.push(if decks < MAX_DECKS { Deck } else { Spare });
    }
    let decks = places.iter().filter(|p| **p == Deck).count();
    let several = "several lines below the headline are taken for one deck; see which of them are";
    (places, doubt.or((decks > 1).then_some(several)))
}

/// A kicker is not longer than its headline.
fn is_no_longer(kicker: &str, headline: &str) -> bool {
    glyph::width(kicker) <= glyph::width(headline)
}

fn is_rubric(first: &str, second: &str) -> bool {
    let width = glyph::width(first);
    let one_word = !glyph::has_cjk(first) && !first.contains(' ') && !first.ends_with(['!', '?']);
    (one_word || (glyph::has_cjk(first) && width <= WIDEST_RUBRIC_COLUMNS))
        && glyph::width(second) > width * 2
        && !is_dashed(second)
}

/// Several slogans of equal length.
fn is_slogans(line: &str) -> bool {
    let slogans: Vec<usize> = line.split_whitespace().map(|s| s.chars().count()).collect();
    glyph::has_han(line)
        && slogans.len() >= 2
        && (3..=8).contains(&slogans[0])
        && slogans.iter().all(|n| *n == slogans[0])
}

/// Slogans, a bracketed rubric, or a few words in capitals.
fn is_kicker(line: &str) -> bool {
    let bracketed = glyph::unbracketed(line).len() < line.len();
    let barred = line.ends_with(['|', '｜', '丨'])
        || line
            .split_once(['｜', '|', '丨'])
            .is_some_and(|(rubric, _)| glyph::width(rubric.trim()) <= WIDEST_RUBRIC_COLUMNS);
    let capitals = glyph::width(line) <= 30
        && line.split_whitespace().count() <= 3
        && line.chars().any(char::is_uppercase)
        && !line.chars().any(char::is_lowercase);
    is_slogans(line) || bracketed || barred || (!glyph::has_cjk(line) && capitals)
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
