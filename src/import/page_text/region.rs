//! Gives every piece its role from where it stands: above the text, between paragraphs, behind the last one.

use super::{
    Doubt, agency,
    credit::Credit,
    glyph, head,
    kind::{LineKind, LinePiece, too_long_for_heading},
    opening, people,
    role::Role,
    seam,
};

/// Maximum width of a sentence that is a caption because a credit stands below it over a blank line, or because it
/// stands between two headings.
const LONGEST_PARTED_CAPTION_COLUMNS: usize = 50;

/// A Han line without a comma that is narrower is a line of its own.
const WIDEST_WITHOUT_CLAUSES_COLUMNS: usize = 80;

/// A paragraph broken by a column leaves halves at least this wide; a shorter line may be anything.
pub(super) const NARROWEST_HALF_COLUMNS: usize = 40;

const JOINED: &str = "goes on with the paragraph above, over a blank line or what stands between; see whether it does";

/// The roles, one for each piece, and the doubts that the desk should look at.
pub(super) fn roles(pieces: &mut [LinePiece]) -> (Vec<Role>, Vec<Doubt>) {
    let mut doubts = Vec::new();
    attach_credits(pieces);
    settle_rows(pieces, &mut doubts);
    head::settle_placed_headline(pieces);
    head::settle_pairs(pieces, &mut doubts);
    settle_calls(pieces);
    settle_broken_sentences(pieces);
    let start = head::text_start(pieces);
    let mut roles: Vec<Role> = pieces.iter().map(Role::of).collect();
    head::place(pieces, start, &mut roles, &mut doubts);
    text(pieces, start, &mut roles, &mut doubts);
    (roles, doubts)
}

/// Joins a credit on its own line with the line right above it, which is a caption or thereby becomes one. Without such
/// a line it is left in the text.
fn attach_credits(pieces: &mut [LinePiece]) {
    let first_display = pieces.iter().position(|p| p.kind == LineKind::Display);
    for i in 0..pieces.len() {
        let beside = !pieces[i].unit.after_blank;
        let (credit, note) = match pieces[i].kind.clone() {
            LineKind::Credit(credit, note) => (credit, note),
            LineKind::Source(name)
                if beside && agency::whole(&name).is_some() && bears_no_label(&pieces[i]) =>
            {
                (Credit::of_source(&name), None)
            }
            _ => continue,
        };
        let above = i.checked_sub(1);
        let lone = matches!(pieces[i].kind, LineKind::Source(_));
        let fits = above.is_some_and(|a| match &pieces[a].kind {
            LineKind::Sentence => {
                beside || glyph::width(&pieces[a].core) <= LONGEST_PARTED_CAPTION_COLUMNS
            }
            LineKind::Caption {
                credit: None,
                note: None,
                ..
            } => true,
            LineKind::Display => {
                (beside || ends_with_day_and_place(&pieces[a].core)) && first_display != Some(a)
            }
            LineKind::Prose | LineKind::Call => beside && !lone && pieces[a].dateline.is_none(),
            _ => false,
        });
        match above {
            Some(above) if fits => {
                let text = match pieces[above].kind {
                    LineKind::Caption { ref text, .. } => text.clone(),
                    _ => pieces[above].unit.text.clone(),
                };
                pieces[above].kind = LineKind::Caption {
                    text,
                    credit: Some(credit.clone()),
                    note: note.clone(),
                };
                pieces[i].kind = LineKind::Credit(credit, note);
            }
            _ if lone => {}
            _ => pieces[i].kind = LineKind::Rule,
        }
    }
}

/// Whether a line ends with a day and a place, as captions of Japanese papers do: `記者会見する日銀総裁（24日、東京都中央区）`.
fn ends_with_day_and_place(text: &str) -> bool {
    glyph::last_bracket(text).is_some_and(|(_, inner)| inner.contains('日') && inner.contains('、'))
}

/// Whether the line is the name of an agency alone, without `来源：`.
fn bears_no_label(piece: &LinePiece) -> bool {
    agency::whole(glyph::unbracketed(&piece.unit.text)).is_some()
}

/// A point of a list, in scripts with spaces.
const BULLETS: &[char] = &['*', '-'];

/// Three or more lines without a full stop directly below each other are a table or a list and no stack of headings,
/// once the text has begun, or if they hold figures in columns.
fn settle_rows(pieces: &mut [LinePiece], doubts: &mut Vec<Doubt>) {
    const MIN_ROWS: usize = 3;
    for piece in pieces.iter_mut() {
        if piece.kind == LineKind::Display
            && piece.core.starts_with(BULLETS)
            && piece.core[1..].contains(' ')
        {
            piece.kind = LineKind::Row;
        }
    }
    let mut text = false;
    let mut from = 0;
    while from < pieces.len() {
        if pieces[from].kind != LineKind::Display {
            text = text || matches!(pieces[from].kind, LineKind::Prose);
            from += 1;
            continue;
        }
        let more = pieces[from + 1..]
            .iter()
            .take_while(|p| p.kind == LineKind::Display && !p.unit.after_blank)
            .count();
        let run = &mut pieces[from..=from + more];
        let length = run.len();
        let tabular = run.iter().filter(|p| is_tabular(&p.unit.text)).count() * 2 > length;
        if length >= MIN_ROWS && (text || tabular) {
            let what = "lines without a full stop directly below each other: a table or a list; each was kept as a paragraph";
            doubts.push(Doubt::new(run[0].unit.line, what));
            for piece in run.iter_mut() {
                piece.kind = LineKind::Row;
            }
        }
        from += length;
    }
}

/// Columns parted by tabs, bars or wide spaces, or several figures.
fn is_tabular(text: &str) -> bool {
    let parted = text.contains('\t') || text.contains("  ") || text.contains(['|', '｜']);
    let figures = text
        .split(|c: char| !c.is_numeric())
        .filter(|n| !n.is_empty())
        .count();
    (parted && figures >= 1) || figures >= 2
}

/// A line that ends in `！` or `？` above the text is a headline where none stands above it or display matter follows.
fn settle_calls(pieces: &mut [LinePiece]) {
    let mut seen_display = false;
    for i in 0..pieces.len() {
        match pieces[i].kind {
            LineKind::Prose => return,
            LineKind::Display => seen_display = true,
            LineKind::Call => {
                let next = pieces.get(i + 1).map(|p| &p.kind);
                let above_display = matches!(
                    next,
                    Some(
                        LineKind::Display
                            | LineKind::Byline(_)
                            | LineKind::Signed(..)
                            | LineKind::Dateline
                    )
                );
                if seen_display && !above_display {
                    return;
                }
                pieces[i].kind = LineKind::Display;
                seen_display = true;
            }
            _ => {}
        }
    }
}

/// A Latin line above one that begins small is the first half of a sentence, not a display line.
fn settle_broken_sentences(pieces: &mut [LinePiece]) {
    for i in 1..pieces.len() {
        let (above, below) = pieces.split_at_mut(i);
        let (Some(above), Some(below)) = (above.last_mut(), below.first()) else {
            continue;
        };
        let text = matches!(
            below.kind,
            LineKind::Display | LineKind::Sentence | LineKind::Call | LineKind::Prose
        );
        let small = below.core.starts_with(|c: char| c.is_lowercase());
        let long = glyph::width(&above.core) >= NARROWEST_HALF_COLUMNS;
        let parted = seam::is_broken_word(&above.core, &below.core)
            || (long && seam::is_broken_number(&above.core, &below.core));
        if text && above.kind == LineKind::Display && ((small && long) || parted) {
            above.kind = LineKind::Prose;
        }
    }
}

/// Reads from the first paragraph on, remembering the paragraph that the next line might go on with.
fn text(pieces: &[LinePiece], start: usize, roles: &mut [Role], doubts: &mut Vec<Doubt>) {
    let indents = pages_indent(pieces);
    let mut above: Option<usize> = None;
    for i in start..pieces.len() {
        let piece = &pieces[i];
        roles[i] = match piece.kind {
            LineKind::Prose | LineKind::Call | LineKind::Sentence
                if goes_on(above, pieces, i, indents) =>
            {
                Role::Joined
            }
            LineKind::Display if goes_on_in_letters(above, pieces, i) => Role::Joined,
            LineKind::Display
                if (too_long_for_heading(&piece.core) || is_half(&piece.core))
                    && goes_on(above, pieces, i, indents) =>
            {
                Role::Joined
            }
            LineKind::Display if too_long_for_heading(&piece.core) => Role::Paragraph,
            LineKind::Display if glyph::unbracketed(&piece.core).len() < piece.core.len() => {
                Role::Left
            }
            LineKind::Display if piece.core.starts_with('※') => Role::Left,
            LineKind::Display if i + 1 == pieces.len() && people::is_bare_name(&piece.core) => {
                Role::Left
            }
            LineKind::Display => Role::PartHeading,
            LineKind::Sentence
                if glyph::width(&piece.core) <= LONGEST_PARTED_CAPTION_COLUMNS
                    && stands_among_headings(pieces, roles, i) =>
            {
                let what = "a sentence between two headings is taken for a caption; if it is the text of the part, move it";
                doubts.push(Doubt::new(piece.unit.line, what));
                Role::Caption
            }
            _ => roles[i],
        };
        match roles[i] {
            Role::Joined => {
                let parted = piece.unit.after_blank || above != Some(i - 1);
                doubts.extend(parted.then(|| Doubt::new(piece.unit.line, JOINED)));
                above = Some(i);
            }
            // A page's number or header may stand in the middle of a sentence.
            Role::Left if matches!(piece.kind, LineKind::Folio(_)) => {}
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

fn pages_indent(pieces: &[LinePiece]) -> bool {
    let prose = || pieces.iter().filter(|p| p.kind == LineKind::Prose);
    let indented = prose().filter(|p| p.unit.indented).count();
    indented >= 2 && indented * 2 > prose().count()
}

/// Whether the paragraph above goes on here: an indentation is missing, or it breaks off and the next line shows that
/// it is the rest.
fn goes_on(above: Option<usize>, pieces: &[LinePiece], i: usize, indents: bool) -> bool {
    let Some(a) = above else { return false };
    let (head, tail) = (&pieces[a].core, &pieces[i].core);
    let fresh = pieces[i].dateline.is_some() || opening::is_fresh(&pieces[i].unit.text);
    if pieces[a].kind == LineKind::Row || fresh || (indents && pieces[i].unit.indented) {
        return false;
    }
    if goes_on_in_letters(above, pieces, i) {
        return true;
    }
    if opening::is_ended(head) {
        return false;
    }
    let long = |t: &str| glyph::width(t) >= NARROWEST_HALF_COLUMNS;
    if indents && pieces[i].unit.after_blank && pieces[i].kind != LineKind::Display && long(tail) {
        return true;
    }
    let clauses = pieces[a].kind == LineKind::Prose
        || glyph::commas(head) > 0
        || glyph::width(head) >= WIDEST_WITHOUT_CLAUSES_COLUMNS;
    glyph::has_cjk(head)
        && glyph::has_cjk(tail)
        && !glyph::is_closed(head)
        && clauses
        && long(head)
        && long(tail)
}

/// Whether the letters show that the paragraph above goes on here: a word or number is broken, or the line above breaks
/// off at a comma or before a lower-case letter.
fn goes_on_in_letters(above: Option<usize>, pieces: &[LinePiece], i: usize) -> bool {
    let Some(above) = above else { return false };
    let (head, tail) = (&pieces[above].core, &pieces[i].core);
    let prose = matches!(pieces[above].kind, LineKind::Prose | LineKind::Display);
    let long = glyph::width(head) >= NARROWEST_HALF_COLUMNS;
    if prose && long && seam::is_broken_number(head, tail) {
        return true;
    }
    let small = tail.starts_with(|c: char| c.is_lowercase()) && !glyph::is_closed(head);
    let spaced = !glyph::has_cjk(tail) && !opening::is_fresh(tail);
    let open = prose && spaced && (head.ends_with([',', '،']) || seam::ends_in_hyphen(head));
    seam::is_broken_word(head, tail) || (small && long) || (open && long)
}

/// Whether a line is as long as one of running text, and has a comma.
fn is_half(text: &str) -> bool {
    glyph::width(text) >= NARROWEST_HALF_COLUMNS && glyph::commas(text) > 0
}

fn stands_among_headings(pieces: &[LinePiece], roles: &[Role], i: usize) -> bool {
    let aside = |r: &Role| matches!(r, Role::Caption | Role::Credit | Role::Note);
    let above = roles[..i].iter().rev().find(|r| !aside(r)) == Some(&Role::PartHeading);
    let below = pieces[i + 1..].iter().find(|p| {
        !matches!(
            p.kind,
            LineKind::Caption { .. } | LineKind::Credit(..) | LineKind::Note(_)
        )
    });
    above && below.is_some_and(|p| p.kind == LineKind::Display && !too_long_for_heading(&p.core))
}

fn unfinished(piece: &LinePiece) -> Option<Doubt> {
    if piece.kind == LineKind::Row {
        return None;
    }
    let what = "the paragraph ends without a full stop, and what follows does not read as its end; see whether text is missing";
    (!glyph::is_closed(&piece.core)).then(|| Doubt::new(piece.unit.last_line, what))
}

fn is_bare_heading(roles: &[Role], i: usize) -> bool {
    let next = roles[i + 1..]
        .iter()
        .find(|r| matches!(r, Role::Paragraph | Role::PartHeading | Role::Left));
    roles[i] == Role::PartHeading && next != Some(&Role::Paragraph)
}
