//! Puts the pieces together as a proposal, once each has its role.

use std::collections::HashSet;

use super::{
    Doubt, Proposal, ProposedCaption, agency, boilerplate, byline,
    credit::Credit,
    glyph, head,
    kind::{LineKind, LinePiece},
    markdown,
    page_note::PageNote,
    people::Byline,
    role::Role,
    seam::{self, Hyphen},
};

const LONGEST_USUAL_CAPTION_COLUMNS: usize = 200;

const IDLE_NOTE: &str =
    "a note on the page's pictures that no caption needs; it is left in the text";

const BARE_NAME_BEHIND: &str =
    "ends with what may be the author's name in brackets; it is left in the text";

enum Block {
    Heading(String),
    Paragraph(String),
}

pub(super) struct Assembly<'a> {
    proposal: Proposal,
    blocks: Vec<Block>,
    /// The piece whose note on the page's pictures is given to the captions.
    note: Option<(usize, PageNote)>,
    words: &'a seam::Words<'a>,
    /// The block of the paragraph with which a joined piece goes on.
    open: Option<usize>,
    known_authors: HashSet<String>,
    /// Whether the page is in Japanese, where a name of four characters is never two names.
    japanese: bool,
}

/// Builds everything of the proposal but the readings and the day.
pub(super) fn assemble(pieces: &[LinePiece], roles: &[Role], words: &seam::Words<'_>) -> Proposal {
    let mut assembly = Assembly {
        proposal: Proposal::default(),
        blocks: Vec::new(),
        note: note_in_use(pieces, roles),
        words,
        open: None,
        known_authors: HashSet::new(),
        japanese: pieces
            .iter()
            .any(|p| p.unit.text.chars().any(glyph::is_kana)),
    };
    for (i, (piece, role)) in pieces.iter().zip(roles).enumerate() {
        assembly.take(i, piece, *role);
    }
    assembly.finish()
}

/// The first note on the page's pictures, if it gives a credit that some caption lacks. Any other note stays in the
/// text, so that no name is lost.
fn note_in_use(pieces: &[LinePiece], roles: &[Role]) -> Option<(usize, PageNote)> {
    let (at, note) = pieces
        .iter()
        .enumerate()
        .find_map(|(i, p)| Some((i, note_of(p)?.clone())))?;
    let lacks = |credit: Option<&Credit>| match (credit, note.credit.photographer.is_some()) {
        (None, _) => true,
        (Some(own), true) => own.photographer.is_none() && own.source.is_none(),
        (Some(own), false) => own.source.is_none(),
    };
    let wanted = pieces.iter().zip(roles).any(|(p, r)| match &p.kind {
        LineKind::Caption { credit, .. } => lacks(credit.as_ref()),
        _ => *r == Role::Caption,
    });
    wanted.then_some((at, note))
}

/// Leaves in the text every line that is a note on the page's pictures, but is not in use.
pub(super) fn leave_idle_notes(pieces: &[LinePiece], roles: &mut [Role]) {
    let used = note_in_use(pieces, roles).map(|(at, _)| at);
    for (i, role) in roles.iter_mut().enumerate() {
        if *role == Role::Note && used != Some(i) {
            *role = Role::Left;
        }
    }
}

fn note_of(piece: &LinePiece) -> Option<&PageNote> {
    match &piece.kind {
        LineKind::Caption { note, .. } => note.as_ref(),
        LineKind::Note(note) | LineKind::Signed(_, note) => Some(note),
        _ => None,
    }
}

impl Assembly<'_> {
    fn take(&mut self, i: usize, piece: &LinePiece, role: Role) {
        for &line in &piece.unit.open_hyphens {
            self.doubt(line, "a word is broken with a hyphen here; it was kept, see whether it belongs to the word");
        }
        match role {
            Role::Kicker => self.proposal.kicker = Some(self.core(piece)),
            Role::Headline => self.proposal.headline = Some(self.core(piece)),
            Role::Deck => self.deck(piece),
            Role::PartHeading => {
                let heading = self.core(piece);
                self.blocks.push(Block::Heading(heading));
            }
            Role::Caption => self.caption(piece),
            Role::Byline | Role::Source => match &piece.kind {
                LineKind::Byline(byline) | LineKind::Signed(byline, _) => {
                    self.byline(piece.unit.line, byline)
                }
                LineKind::Source(source) => self.source_line(piece, source),
                _ => {}
            },
            Role::Dateline | Role::Paragraph => self.paragraph(piece),
            Role::Joined => self.join(piece),
            Role::Left => self.left(piece),
            // Taken with the caption above, and with the captions of the page.
            Role::Credit | Role::Note => {}
        }
        if role != Role::Left
            && let Some(note) = note_of(piece)
            && self.note.as_ref().is_none_or(|(at, _)| *at != i)
        {
            self.doubt(piece.unit.line, IDLE_NOTE);
            self.blocks.push(Block::Paragraph(note.as_set.clone()));
        }
    }

    fn caption(&mut self, piece: &LinePiece) {
        let (text, credit) = match &piece.kind {
            LineKind::Caption { text, credit, .. } => {
                (text.clone(), credit.clone().unwrap_or_default())
            }
            _ => (self.core(piece), Credit::default()),
        };
        let page = self
            .note
            .as_ref()
            .map(|(_, note)| note.credit.clone())
            .unwrap_or_default();
        self.doubt_names(piece.unit.line, &credit.doubtful_names);
        self.doubt_remarks(
            piece.unit.last_line,
            "the picture credit",
            &credit.other_words,
        );
        if credit.lone_agency {
            self.doubt(
                piece.unit.last_line,
                "the agency in brackets is taken for the picture's; if the line is text, it is the article's",
            );
        }
        if glyph::width(&text) > LONGEST_USUAL_CAPTION_COLUMNS {
            self.doubt(
                piece.unit.line,
                "long for a caption; it may be a paragraph that ends in a picture credit",
            );
        }
        // A picture that another house gave was not taken by the page's photographer.
        let of_page = page.photographer.filter(|_| credit.source.is_none());
        let photographer = credit.photographer.or(of_page);
        self.proposal.captions.push(ProposedCaption {
            text,
            role: photographer.as_ref().map(|_| "photographer".to_owned()),
            credit: photographer,
            source: credit.source.or(page.source),
            line: piece.unit.line,
        });
    }

    fn deck(&mut self, piece: &LinePiece) {
        let text = self.core(piece);
        match &mut self.proposal.deck {
            Some(above) => {
                above.push(if glyph::has_cjk(&text) {
                    '\u{3000}'
                } else {
                    ' '
                });
                above.push_str(&text);
            }
            None => self.proposal.deck = Some(text),
        }
    }

    fn doubt_names(&mut self, line: usize, names: &[String]) {
        for name in names
            .iter()
            .filter(|_| !self.japanese)
            .cloned()
            .collect::<Vec<_>>()
        {
            self.doubt(
                line,
                &format!("`{name}` is taken for one name; it may be two"),
            );
        }
    }

    /// Adds a doubt for each remark, word for word, that has no place in the article.
    fn doubt_remarks(&mut self, line: usize, what: &str, remarks: &[String]) {
        for words in remarks {
            self.doubt(
                line,
                &format!("{what} also says `{words}`, which has no place in the article"),
            );
        }
    }

    fn byline(&mut self, line: usize, byline: &Byline) {
        let doubtful: Vec<String> = byline.people.doubtful().cloned().collect();
        self.doubt_names(line, &doubtful);
        self.doubt_remarks(line, "the byline", &byline.people.other_words);
        for names in &byline.people.split_names {
            self.doubt(
                line,
                &format!("`{names}` is taken for two names; see where they part"),
            );
        }
        for name in &byline.people.names {
            if self.known_authors.insert(name.clone()) {
                self.proposal.authors.push(name.clone());
            }
        }
        if let Some(agency) = &byline.people.agency
            && self.proposal.source.as_deref() != Some(agency)
        {
            self.source(line, agency);
        }
        if byline.pictures_too {
            self.doubt(
                line,
                "the byline claims the pictures as well; give the captions their credit by hand",
            );
        }
    }

    fn source_line(&mut self, piece: &LinePiece, source: &str) {
        let taken = self.source(piece.unit.line, source);
        if !taken {
            self.blocks.push(Block::Paragraph(piece.unit.text.clone()));
        }
    }

    /// Takes a source; returns false where the page has named another one before.
    fn source(&mut self, line: usize, source: &str) -> bool {
        let known = self
            .proposal
            .source
            .get_or_insert_with(|| source.to_owned());
        if known == source {
            return true;
        }
        if agency::same(known, source) {
            let what = format!("names `{source}`, which is the same source as `{known}`");
            self.doubt(line, &what);
            return true;
        }
        let what = format!(
            "names `{source}` as a source, but `{known}` was named before; see which holds"
        );
        self.doubt(line, &what);
        false
    }

    /// The text of a piece, after the dateline, byline and source in it are moved to their fields. A second dateline
    /// opens another article, which this proposal is not about, so its piece is left whole.
    fn core(&mut self, piece: &LinePiece) -> String {
        if let (Some(_), Some(_)) = (&piece.dateline, &self.proposal.dateline) {
            self.doubt(
                piece.unit.line,
                "a second dateline: the page may hold another article from here on",
            );
            return piece.unit.text.clone();
        }
        if let Some(dateline) = &piece.dateline {
            self.proposal.dateline = Some(dateline.text.clone());
            if let Some(agency) = &dateline.agency {
                self.source(piece.unit.line, agency);
            }
        }
        if let Some(words) = &piece.desk {
            self.doubt(
                piece.unit.last_line,
                &format!("`{words}` behind the text is the desk's and was taken out"),
            );
        }
        if let Some(byline) = &piece.byline {
            self.byline(piece.unit.line, byline);
        }
        let refused = piece
            .source
            .as_ref()
            .is_some_and(|s| !self.source(piece.unit.last_line, s));
        match glyph::last_bracket(&piece.unit.text) {
            Some((open, _)) if refused => format!("{}{}", piece.core, &piece.unit.text[open..]),
            _ => piece.core.clone(),
        }
    }

    fn paragraph(&mut self, piece: &LinePiece) {
        let text = self.core(piece);
        if text.is_empty() {
            return;
        }
        if holds_credit_words(&text) {
            self.doubt(piece.unit.line, "holds the words of a picture credit, but not where one is read; see whether a caption is in it");
        }
        if byline::ends_with_bare_name(&text) {
            self.doubt(piece.unit.last_line, BARE_NAME_BEHIND);
        }
        if piece.kind != LineKind::Row {
            self.open = Some(self.blocks.len());
        }
        self.blocks.push(Block::Paragraph(text));
    }

    fn join(&mut self, piece: &LinePiece) {
        let text = self.core(piece);
        let words = self.words;
        let open = self.open.and_then(|at| self.blocks.get_mut(at));
        match open.and_then(|block| match block {
            Block::Paragraph(text) => Some(text),
            Block::Heading(_) => None,
        }) {
            Some(above) => {
                if seam::join(above, &text, words) == Hyphen::Open {
                    self.doubt(piece.unit.line, "a word is broken with a hyphen above; it was kept, see whether it belongs to the word");
                }
            }
            None => self.blocks.push(Block::Paragraph(text)),
        }
        if byline::ends_with_bare_name(&piece.core) {
            self.doubt(piece.unit.last_line, BARE_NAME_BEHIND);
        }
    }

    fn left(&mut self, piece: &LinePiece) {
        let text = self.core(piece);
        let what = match piece.kind {
            LineKind::Folio(what) => what,
            LineKind::Note(_) => IDLE_NOTE,
            LineKind::Display if head::is_name(&text, false) => boilerplate::BARE_NAME,
            LineKind::Display => "a line without a full stop that no rule places; see what it is",
            _ if glyph::has_word(&text) => {
                "a picture credit with no caption above it; give it to its caption"
            }
            _ => "a line without words; delete it if it is an ornament",
        };
        self.doubt(piece.unit.line, what);
        self.blocks.push(Block::Paragraph(text));
    }

    fn doubt(&mut self, line: usize, what: &str) {
        self.proposal.doubts.push(Doubt::new(line, what));
    }

    fn finish(mut self) -> Proposal {
        if self.proposal.headline.is_none() {
            let empty = self.blocks.is_empty() && self.proposal.captions.is_empty();
            let what = if empty {
                "the page has no text"
            } else {
                "no headline: no display line stands above the text; give one by hand"
            };
            self.doubt(1, what);
        }
        let blocks: Vec<String> = self
            .blocks
            .iter()
            .map(|b| match b {
                Block::Heading(text) => markdown::heading(text),
                Block::Paragraph(text) => markdown::paragraph(text),
            })
            .collect();
        self.proposal.body = blocks.join("\n\n");
        self.proposal
    }
}

/// Whether words of a picture credit stand anywhere in a text.
fn holds_credit_words(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "摄影：",
        "摄影:",
        "攝影：",
        "/摄",
        "／摄",
        "／攝",
        " 摄）",
        "摄）",
        "攝）",
        "撮影）",
        "Photo:",
        "Photo by",
    ];
    WORDS.iter().any(|w| text.contains(w))
}
