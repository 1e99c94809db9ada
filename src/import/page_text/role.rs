//! The roles that pieces of a page may have.

use super::kind::{Kind, Piece};

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

impl Role {
    /// The role that a piece has wherever it stands; display lines and sentences get theirs later.
    pub fn of(piece: &Piece) -> Self {
        match piece.kind {
            Kind::Byline(_) | Kind::Signed(..) => Self::Byline,
            Kind::Source(_) => Self::Source,
            Kind::Dateline => Self::Dateline,
            Kind::Caption { .. } => Self::Caption,
            Kind::Credit(..) => Self::Credit,
            Kind::Note(_) => Self::Note,
            Kind::Folio(_) | Kind::Rule | Kind::Display => Self::Left,
            Kind::Row | Kind::Call | Kind::Sentence | Kind::Prose => Self::Paragraph,
        }
    }
}
