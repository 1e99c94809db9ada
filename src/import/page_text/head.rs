//! The lines above the text: where the text starts, and which lines are kicker, headline, deck and byline.

use super::{
    Doubt,
    display::{self, DisplayRole},
    glyph,
    kind::{LineKind, LinePiece, too_long_for_heading},
    lead::{self, Lead},
    people::{self, Byline, People},
    role::Role,
};

/// Between headline and byline stand at most this many lines of a deck, and this many pieces of whatever kind.
const MAX_DECK_LINES: usize = 3;
const MAX_HEAD_PIECES: usize = 16;
const LONGEST_DECK_COLUMNS: usize = 500;

/// Makes a display line of a headline with its place that stands above all text:
/// `Portneuf. The fish market opens in spring`.
pub(super) fn settle_placed_headline(pieces: &mut [LinePiece]) {
    const WIDEST_COLUMNS: usize = 80;
    let first = pieces
        .iter()
        .take(MAX_HEAD_PIECES)
        .position(|p| matches!(p.kind, LineKind::Prose | LineKind::Sentence | LineKind::Row));
    let Some(i) = first.filter(|i| pieces[*i].kind == LineKind::Prose) else {
        return;
    };
    let short =
        |p: &LinePiece| p.kind != LineKind::Display || p.core.split_whitespace().count() <= 2;
    let text = &pieces[i].core;
    let line = !glyph::is_closed(text)
        && !glyph::has_cjk(text)
        && glyph::stops_inside(text) == 1
        && glyph::width(text) <= WIDEST_COLUMNS
        && pieces[i].unit.text == *text;
    if line && pieces[..i].iter().all(short) {
        pieces[i].kind = LineKind::Display;
    }
}

/// Reads a line right under the headline that gives a place with an author or agency: `London: Jane Doe`, `AFP, Paris`.
pub(super) fn settle_pairs(pieces: &mut [LinePiece], doubts: &mut Vec<Doubt>) {
    let mut headline = false;
    for piece in pieces.iter_mut().take(MAX_HEAD_PIECES) {
        match piece.kind {
            LineKind::Display if headline => {
                let Some(found) = lead::pair(&piece.core).filter(|l| has_room(piece, l)) else {
                    continue;
                };
                let what = "right under the headline: taken for a place with a name or an agency; if it is a deck, move it";
                doubts.push(Doubt::new(piece.unit.line, what));
                piece.dateline = found.dateline;
                // Names that the line was signed with before stay.
                piece.byline = found.byline.or(piece.byline.take());
                piece.core.clear();
                piece.kind = LineKind::Dateline;
                return;
            }
            LineKind::Display => match lead::pair(&piece.core).and_then(|l| l.dateline?.agency) {
                Some(agency) if piece.source.is_none() => set_source_aside(piece, agency),
                _ => headline = true,
            },
            LineKind::Prose => return,
            _ => {}
        }
    }
}

/// Index of the first paragraph.
pub(super) fn text_start(pieces: &[LinePiece]) -> usize {
    let from = spaced_byline(pieces).map_or(0, |(_, byline)| byline + 1);
    let follows = display_follows(pieces);
    let starts = |i: &usize| match pieces[*i].kind {
        LineKind::Prose | LineKind::Call | LineKind::Row => true,
        LineKind::Sentence => !follows[*i] || is_long(&pieces[*i].core),
        _ => false,
    };
    (from..pieces.len()).find(starts).unwrap_or(pieces.len())
}

/// Whether a line that was dated or signed before can take what a place with a name or an agency says as well.
fn has_room(piece: &LinePiece, lead: &Lead) -> bool {
    piece.dateline.is_none() && (piece.byline.is_none() || lead.byline.is_none())
}

/// Takes the source from such a line where it stands above the headline; the place is left to the dateline.
fn set_source_aside(piece: &mut LinePiece, agency: String) {
    piece.source = Some(agency);
    let mut byline = piece
        .byline
        .take()
        .unwrap_or_else(|| Byline::of(People::default()));
    byline.people.other_words.push(piece.core.clone());
    piece.byline = Some(byline);
    piece.core.clear();
    piece.kind = LineKind::Dateline;
}

/// Whether a text in Han and kana is longer than any caption without a credit.
fn is_long(text: &str) -> bool {
    const WIDEST_CAPTION_COLUMNS: usize = 60;
    glyph::has_cjk(text) && glyph::width(text) > WIDEST_CAPTION_COLUMNS
}

fn is_signature(piece: &LinePiece) -> bool {
    matches!(
        piece.kind,
        LineKind::Byline(_) | LineKind::Signed(..) | LineKind::Dateline
    )
}

/// In scripts with spaces: headline and byline with nothing but a deck between them, and text below.
fn spaced_byline(pieces: &[LinePiece]) -> Option<(usize, usize)> {
    let near = &pieces[..pieces.len().min(MAX_HEAD_PIECES)];
    let headline = near.iter().position(|p| p.kind == LineKind::Display)?;
    let byline = headline + near[headline..].iter().position(is_signature)?;
    let between = || near[headline + 1..byline].iter().filter(|p| is_text(p));
    let fits = between().count() <= MAX_DECK_LINES
        && between().map(|p| glyph::width(&p.core)).sum::<usize>() <= LONGEST_DECK_COLUMNS
        && between().all(|p| p.dateline.is_none() && p.byline.is_none() && p.source.is_none())
        && !near[headline..byline]
            .iter()
            .any(|p| glyph::has_cjk(&p.core));
    let text_below = pieces[byline + 1..].iter().any(is_text);
    (fits && text_below).then_some((headline, byline))
}

fn is_text(piece: &LinePiece) -> bool {
    matches!(
        piece.kind,
        LineKind::Display | LineKind::Sentence | LineKind::Call | LineKind::Prose
    )
}

/// Whether behind each piece, over short sentences, more display matter stands, or a byline with the text behind it.
fn display_follows(pieces: &[LinePiece]) -> Vec<bool> {
    let mut follows = vec![false; pieces.len()];
    // The result for the pieces behind: with no byline before them, and with one.
    let (mut plain, mut signed) = (false, false);
    for (i, piece) in pieces.iter().enumerate().rev() {
        follows[i] = plain;
        (plain, signed) = match piece.kind {
            LineKind::Display => (true, true),
            LineKind::Byline(_) | LineKind::Signed(..) | LineKind::Dateline => (signed, signed),
            LineKind::Prose | LineKind::Call | LineKind::Row => (false, true),
            LineKind::Sentence => (plain, true),
            _ => (plain, signed),
        };
    }
    follows
}

/// Gives the pieces above the text their roles.
pub(super) fn place(
    pieces: &[LinePiece],
    start: usize,
    roles: &mut [Role],
    doubts: &mut Vec<Doubt>,
) {
    let deck = deck_above_byline(pieces, roles);
    let is_display = |i: &usize| pieces[*i].kind == LineKind::Display && !deck.contains(i);
    let signed = (0..start).find(|&i| is_signature(&pieces[i]));
    let mut stack: Vec<usize> = (0..signed.unwrap_or(start)).filter(is_display).collect();
    let mut below: Vec<usize> = (signed.unwrap_or(start)..start)
        .filter(is_display)
        .collect();
    if stack.is_empty() {
        stack = std::mem::take(&mut below);
    }
    set_names_aside(pieces, &mut stack);
    let above_text =
        start < pieces.len() && (signed.is_none_or(|s| stack.last().is_some_and(|l| *l > s)));
    place_stack(pieces, &stack, above_text, roles, doubts);
    for i in below {
        roles[i] = if too_long_for_heading(&pieces[i].core) {
            Role::Left
        } else {
            Role::PartHeading
        };
    }
    place_sentences(pieces, start, &deck, roles, doubts);
}

fn place_stack(
    pieces: &[LinePiece],
    stack: &[usize],
    above_text: bool,
    roles: &mut [Role],
    doubts: &mut Vec<Doubt>,
) {
    let lines: Vec<&str> = stack.iter().map(|&i| pieces[i].core.as_str()).collect();
    let (places, doubt) = display::places(&lines, above_text);
    for (&i, place) in stack.iter().zip(&places) {
        roles[i] = match place {
            DisplayRole::Kicker => Role::Kicker,
            DisplayRole::Headline => Role::Headline,
            DisplayRole::Deck => Role::Deck,
            DisplayRole::PartHeading => Role::PartHeading,
            DisplayRole::Spare => Role::Left,
        };
    }
    if let (Some(what), Some(&first)) = (doubt, stack.first()) {
        doubts.push(Doubt::new(pieces[first].unit.line, what));
    }
}

/// In scripts with spaces what stands between headline and byline is the deck, sentences included.
fn deck_above_byline(pieces: &[LinePiece], roles: &mut [Role]) -> Vec<usize> {
    let Some((headline, byline)) = spaced_byline(pieces) else {
        return Vec::new();
    };
    let displays: Vec<usize> = (headline..byline)
        .filter(|&i| pieces[i].kind == LineKind::Display)
        .collect();
    // Where there are only display lines, their form decides.
    let sentences: Vec<usize> = (headline + 1..byline)
        .filter(|&i| is_text(&pieces[i]) && pieces[i].kind != LineKind::Display)
        .collect();
    let Some(&first) = sentences.first() else {
        return Vec::new();
    };
    let above = displays.iter().filter(|i| **i < first).count();
    let mut deck = sentences;
    deck.extend(
        displays
            .into_iter()
            .skip(above.max(1))
            .filter(|i| !is_name(&pieces[*i].core, false)),
    );
    deck.sort_unstable();
    for &i in &deck {
        roles[i] = Role::Deck;
    }
    deck
}

/// Removes bare names from the lines that may be the headline, unless all are bare names.
fn set_names_aside(pieces: &[LinePiece], stack: &mut Vec<usize>) {
    let first = stack.first().copied();
    let named = |i: &usize| is_name(&pieces[*i].core, Some(*i) == first);
    if !stack.iter().all(named) {
        stack.retain(|i| !named(i));
    }
}

pub(super) fn is_name(text: &str, first: bool) -> bool {
    if glyph::has_cjk(text) {
        return people::is_bare_name(text);
    }
    let words: Vec<&str> = text.split(' ').collect();
    let lettered = words.iter().all(|w| {
        let mut chars = w.chars();
        chars.next().is_some_and(char::is_uppercase)
            && (chars.clone().any(|c| c.is_lowercase())
                || w.ends_with('.')
                || w.chars().all(|c| c.is_uppercase() || c == '-'))
    });
    !first && (2..=3).contains(&words.len()) && lettered && people::latin_name(text).is_some()
}

fn place_sentences(
    pieces: &[LinePiece],
    start: usize,
    deck: &[usize],
    roles: &mut [Role],
    doubts: &mut Vec<Doubt>,
) {
    for i in (0..start).filter(|i| pieces[*i].kind == LineKind::Sentence && !deck.contains(i)) {
        roles[i] = Role::Caption;
        doubts.push(Doubt::new(
            pieces[i].unit.line,
            "a sentence among display lines is taken for a caption without a credit; if it is a deck, move it",
        ));
    }
    let above = (0..start)
        .rev()
        .map(|i| roles[i])
        .find(|r| !matches!(r, Role::Caption | Role::Credit | Role::Note));
    if start < pieces.len()
        && pieces[start].kind == LineKind::Sentence
        && matches!(above, Some(Role::Headline | Role::Deck))
    {
        doubts.push(Doubt::new(
            pieces[start].unit.line,
            "a short sentence opens the text; it may be a caption or a deck",
        ));
    }
}
