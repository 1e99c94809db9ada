//! Gives every piece its role from where it stands: above the text, between paragraphs, behind the last one.

use super::{
    Doubt,
    display::{self, Place},
    glyph,
    kind::{self, Kind, Piece},
    seam,
};

/// A paragraph broken by a column leaves halves at least this wide; a shorter line may be anything.
const NARROWEST_HALF_COLUMNS: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Kicker,
    Headline,
    Deck,
    PartHeading,
    Caption,
    /// Belongs to the caption above.
    Credit,
    Note,
    Byline,
    Source,
    Dateline,
    Paragraph,
    /// Goes on with the paragraph above.
    Joined,
    /// Nothing tells what it is.
    Left,
}

/// Roles, one for each piece, and what the desk should look at.
pub(super) fn roles(pieces: &mut [Piece]) -> (Vec<Role>, Vec<Doubt>) {
    let mut doubts = Vec::new();
    attach_credits(pieces);
    settle_calls(pieces);
    settle_broken_sentences(pieces);
    let start = text_start(pieces);
    let mut roles: Vec<Role> = pieces.iter().map(own_role).collect();
    head(pieces, start, &mut roles, &mut doubts);
    text(pieces, start, &mut roles, &mut doubts);
    (roles, doubts)
}

/// The role that a piece has wherever it stands; display lines and sentences get theirs later.
fn own_role(piece: &Piece) -> Role {
    match piece.kind {
        Kind::Byline(_) | Kind::Signed(..) => Role::Byline,
        Kind::Source(_) => Role::Source,
        Kind::Dateline => Role::Dateline,
        Kind::Caption { .. } => Role::Caption,
        Kind::Credit(..) => Role::Credit,
        Kind::Note(_) => Role::Note,
        Kind::Folio | Kind::Rule | Kind::Display => Role::Left,
        Kind::Call | Kind::Sentence | Kind::Prose => Role::Paragraph,
    }
}

/// A credit on its own line belongs to the caption, or to what thereby is one, right above it. Without such a line it
/// is left in the text.
fn attach_credits(pieces: &mut [Piece]) {
    let first_display = pieces.iter().position(|p| p.kind == Kind::Display);
    for i in 0..pieces.len() {
        let Kind::Credit(credit, note) = pieces[i].kind.clone() else {
            continue;
        };
        let beside = !pieces[i].unit.after_blank;
        let above = i.checked_sub(1);
        let fits = above.is_some_and(|a| match &pieces[a].kind {
            Kind::Sentence => true,
            Kind::Caption {
                credit: None,
                note: None,
                ..
            } => true,
            Kind::Display => beside && first_display != Some(a),
            _ => false,
        });
        match above {
            Some(above) if fits => {
                let text = pieces[above].core.clone();
                pieces[above].kind = Kind::Caption {
                    text,
                    credit: Some(credit),
                    note,
                };
            }
            _ => pieces[i].kind = Kind::Rule,
        }
    }
}

/// A line that ends in `！` or `？` above the text is a headline where none stands above it or display matter follows.
fn settle_calls(pieces: &mut [Piece]) {
    let mut seen_display = false;
    for i in 0..pieces.len() {
        match pieces[i].kind {
            Kind::Prose => return,
            Kind::Display => seen_display = true,
            Kind::Call => {
                let next = pieces.get(i + 1).map(|p| &p.kind);
                let above_display = matches!(
                    next,
                    Some(Kind::Display | Kind::Byline(_) | Kind::Signed(..) | Kind::Dateline)
                );
                if seen_display && !above_display {
                    return;
                }
                pieces[i].kind = Kind::Display;
                seen_display = true;
            }
            _ => {}
        }
    }
}

/// A Latin line above one that begins small is the first half of a sentence, not a display line.
fn settle_broken_sentences(pieces: &mut [Piece]) {
    for i in 1..pieces.len() {
        let (above, below) = pieces.split_at_mut(i);
        let (Some(above), Some(below)) = (above.last_mut(), below.first()) else {
            continue;
        };
        let text = matches!(
            below.kind,
            Kind::Display | Kind::Sentence | Kind::Call | Kind::Prose
        );
        let small = below.core.starts_with(|c: char| c.is_lowercase());
        if text
            && small
            && above.kind == Kind::Display
            && glyph::width(&above.core) >= NARROWEST_HALF_COLUMNS
        {
            above.kind = Kind::Prose;
        }
    }
}

/// Index of the first paragraph.
fn text_start(pieces: &[Piece]) -> usize {
    let starts = |i: &usize| match pieces[*i].kind {
        Kind::Prose | Kind::Call => true,
        Kind::Sentence => !display_follows(&pieces[i + 1..]),
        _ => false,
    };
    (0..pieces.len()).find(starts).unwrap_or(pieces.len())
}

/// Behind a run of short sentences more display matter stands, or a byline with the text behind it.
fn display_follows(behind: &[Piece]) -> bool {
    let mut byline = false;
    for piece in behind {
        match piece.kind {
            Kind::Display => return true,
            Kind::Byline(_) | Kind::Signed(..) | Kind::Dateline => byline = true,
            Kind::Prose | Kind::Call => return byline,
            Kind::Sentence if byline => return true,
            _ => {}
        }
    }
    false
}

fn head(pieces: &[Piece], start: usize, roles: &mut [Role], doubts: &mut Vec<Doubt>) {
    let is_display = |i: &usize| pieces[*i].kind == Kind::Display;
    let signed = (0..start).find(|&i| {
        matches!(
            pieces[i].kind,
            Kind::Byline(_) | Kind::Signed(..) | Kind::Dateline
        )
    });
    let mut stack: Vec<usize> = (0..signed.unwrap_or(start)).filter(is_display).collect();
    let mut below: Vec<usize> = (signed.unwrap_or(start)..start)
        .filter(is_display)
        .collect();
    if stack.is_empty() {
        stack = std::mem::take(&mut below);
    }
    let above_text =
        start < pieces.len() && (signed.is_none_or(|s| stack.last().is_some_and(|l| *l > s)));
    let lines: Vec<&str> = stack.iter().map(|&i| pieces[i].core.as_str()).collect();
    let (places, doubt) = display::places(&lines, above_text);
    for (&i, place) in stack.iter().zip(&places) {
        roles[i] = match place {
            Place::Kicker => Role::Kicker,
            Place::Headline => Role::Headline,
            Place::Deck => Role::Deck,
            Place::PartHeading => Role::PartHeading,
            Place::Spare => Role::Left,
        };
    }
    for i in below {
        roles[i] = Role::PartHeading;
    }
    if let (Some(what), Some(&first)) = (doubt, stack.first()) {
        doubts.push(Doubt::new(pieces[first].unit.line, what));
    }
    for i in 0..start {
        if pieces[i].kind == Kind::Sentence {
            roles[i] = Role::Caption;
            doubts.push(Doubt::new(
                pieces[i].unit.line,
                "a sentence among display lines is taken for a caption without a credit; if it is a deck, move it",
            ));
        }
    }
    let above = (0..start)
        .rev()
        .map(|i| roles[i])
        .find(|r| !matches!(r, Role::Caption | Role::Credit | Role::Note));
    if start < pieces.len()
        && pieces[start].kind == Kind::Sentence
        && matches!(above, Some(Role::Headline | Role::Deck))
    {
        doubts.push(Doubt::new(
            pieces[start].unit.line,
            "a short sentence opens the text; it may be a caption or a deck",
        ));
    }
}

/// Reads from the first paragraph on, remembering the paragraph that the next line might go on with.
fn text(pieces: &[Piece], start: usize, roles: &mut [Role], doubts: &mut Vec<Doubt>) {
    let indents = pages_indent(pieces);
    let mut above: Option<usize> = None;
    for i in start..pieces.len() {
        let piece = &pieces[i];
        let may_join = !(indents && piece.unit.indented);
        roles[i] = match piece.kind {
            Kind::Prose | Kind::Call | Kind::Sentence if may_join && goes_on(above, pieces, i) => {
                Role::Joined
            }
            Kind::Display if goes_on_in_latin(above, pieces, i) => Role::Joined,
            Kind::Display
                if too_long_for_heading(&piece.core) && may_join && goes_on(above, pieces, i) =>
            {
                Role::Joined
            }
            Kind::Display if too_long_for_heading(&piece.core) => Role::Paragraph,
            Kind::Display if glyph::unbracketed(&piece.core).len() < piece.core.len() => Role::Left,
            Kind::Display => Role::PartHeading,
            Kind::Sentence if stands_among_headings(pieces, roles, i) => {
                let what = "a sentence between two headings is taken for a caption; if it is the text of the part, move it";
                doubts.push(Doubt::new(piece.unit.line, what));
                Role::Caption
            }
            _ => roles[i],
        };
        match roles[i] {
            Role::Joined => above = Some(i),
            Role::Paragraph | Role::PartHeading | Role::Byline | Role::Left => {
                doubts.extend(above.and_then(|a| unfinished(&pieces[a])));
                above = (roles[i] == Role::Paragraph).then_some(i);
            }
            _ => {}
        }
    }
    doubts.extend(above.and_then(|a| unfinished(&pieces[a])));
    doubts.extend((0..pieces.len()).filter(|&i| is_bare_heading(roles, i)).map(|i| {
        Doubt::new(pieces[i].unit.line, "a heading without text: its text may be missing, or it announces another article")
    }));
}

fn pages_indent(pieces: &[Piece]) -> bool {
    let prose = || pieces.iter().filter(|p| p.kind == Kind::Prose);
    prose().filter(|p| p.unit.indented).count() * 2 > prose().count()
}

/// The paragraph above breaks off in a sentence, and both are as long as text.
fn goes_on(above: Option<usize>, pieces: &[Piece], i: usize) -> bool {
    let Some(above) = above else { return false };
    let (head, tail) = (&pieces[above].core, &pieces[i].core);
    let fresh = pieces[i].dateline.is_none();
    let long = |t: &str| glyph::width(t) >= NARROWEST_HALF_COLUMNS;
    goes_on_in_latin(Some(above), pieces, i)
        || (fresh && !glyph::is_closed(head) && long(head) && long(tail))
}

/// A Latin line that begins small goes on with what breaks off above it, however short it is.
fn goes_on_in_latin(above: Option<usize>, pieces: &[Piece], i: usize) -> bool {
    let Some(above) = above else { return false };
    let (head, tail) = (&pieces[above].core, &pieces[i].core);
    let small = tail.starts_with(|c: char| c.is_lowercase()) && !glyph::is_closed(head);
    seam::is_broken_word(head, tail) || (small && glyph::width(head) >= NARROWEST_HALF_COLUMNS)
}

fn too_long_for_heading(text: &str) -> bool {
    glyph::width(text) > kind::WIDEST_HEADING_COLUMNS || glyph::commas(text) > 1
}

fn stands_among_headings(pieces: &[Piece], roles: &[Role], i: usize) -> bool {
    let aside = |r: &Role| matches!(r, Role::Caption | Role::Credit | Role::Note);
    let above = roles[..i].iter().rev().find(|r| !aside(r)) == Some(&Role::PartHeading);
    let below = pieces[i + 1..].iter().find(|p| {
        !matches!(
            p.kind,
            Kind::Caption { .. } | Kind::Credit(..) | Kind::Note(_)
        )
    });
    above && below.is_some_and(|p| p.kind == Kind::Display && !too_long_for_heading(&p.core))
}

fn unfinished(piece: &Piece) -> Option<Doubt> {
    let what = "the paragraph ends without a full stop, and what follows does not read as its end; see whether text is missing";
    (!glyph::is_closed(&piece.core)).then(|| Doubt::new(piece.unit.last_line, what))
}

fn is_bare_heading(roles: &[Role], i: usize) -> bool {
    let next = roles[i + 1..]
        .iter()
        .find(|r| matches!(r, Role::Paragraph | Role::PartHeading | Role::Left));
    roles[i] == Role::PartHeading && next != Some(&Role::Paragraph)
}
