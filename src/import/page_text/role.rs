//! The roles that pieces of a page may have.

use super::kind::{LineKind, LinePiece};

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
    /// Of unknown role, so that it is left in the text.
    Left,
}

impl Role {
    /// The role that a piece has wherever it stands; display lines and sentences get theirs later.
    pub fn of(piece: &LinePiece) -> Self {
        match piece.kind {
            LineKind::Byline(_) | LineKind::Signed(..) => Self::Byline,
            LineKind::Source(_) => Self::Source,
            LineKind::Dateline => Self::Dateline,
            LineKind::Caption { .. } => Self::Caption,
            LineKind::Credit(..) => Self::Credit,
            LineKind::Note(_) => Self::Note,
            LineKind::Folio(_) | LineKind::Rule | LineKind::Display => Self::Left,
            LineKind::Row | LineKind::Call | LineKind::Sentence | LineKind::Prose => {
                Self::Paragraph
            }
        }
    }
}
