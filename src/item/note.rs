//! The public note, which tells readers something about an item beside its text, and the kind of that note.

use serde::{Deserialize, Serialize};

use super::{Complaint, Line, Reader};

/// The kind of a public note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// A fact was wrong, and is corrected.
    #[default]
    Correction,
    /// A text could be misunderstood, and is clarified.
    Clarification,
    /// New facts were added.
    Update,
    /// A remark of the editors about the story, such as how it came about.
    EditorsNote,
}

impl NoteKind {
    pub const ALL: [Self; 4] = [
        Self::Correction,
        Self::Clarification,
        Self::Update,
        Self::EditorsNote,
    ];

    /// The name of the kind in item files, the API and ninjs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Clarification => "clarification",
            Self::Update => "update",
            Self::EditorsNote => "editors-note",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is the default kind: a correction.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what stood there before was wrong, or was understood wrongly.
    pub fn mends(self) -> bool {
        matches!(self, Self::Correction | Self::Clarification)
    }
}

/// A note with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicNote<'a> {
    pub kind: NoteKind,
    pub text: &'a Line,
}

impl<'a> PublicNote<'a> {
    pub(super) fn of(text: Option<&'a Line>, kind: NoteKind) -> Option<Self> {
        text.map(|text| Self { kind, text })
    }

    /// Whether it tells readers something that the note `before` it did not: it is another text, or the same text is a
    /// correction now.
    pub fn is_new(&self, before: Option<PublicNote<'_>>) -> bool {
        before.is_none_or(|before| {
            self.text != before.text || (self.kind.mends() && !before.kind.mends())
        })
    }
}

/// Reads the kind of the public note `note`; a kind without a note draws a complaint.
pub(super) fn note_kind(reader: &mut Reader<'_>, note: Option<&Line>) -> NoteKind {
    const KEY: &str = "public_note_kind";
    let Some(text) = reader.text(KEY) else {
        return NoteKind::default();
    };
    let line = reader.line_of(KEY);
    let Some(kind) = NoteKind::parse(&text) else {
        let names = NoteKind::ALL.map(NoteKind::name).join(", ");
        reader.complain(Complaint::refused(
            line,
            format!("{KEY} to be one of {names}"),
            format!("{:?}", &*text),
            "choose one, or leave it out for a correction",
        ));
        return NoteKind::default();
    };
    if note.is_none() {
        // Otherwise the next note without a kind would get this one.
        reader.complain(Complaint::mended(
            line,
            format!("a public_note beside {KEY}"),
            "none",
            "it is left out; write the note, or take the kind out as well",
        ));
        return NoteKind::default();
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::{NoteKind, PublicNote};
    use crate::item::{Article, Complaint, Severity, file};

    fn read(more: &str) -> (Option<Article>, Vec<Complaint>) {
        file::read_story(&format!("headline = \"The bridge\"\n{more}"))
    }

    #[test]
    fn a_note_has_a_kind_which_is_written_down_where_it_is_no_correction() {
        for kind in NoteKind::ALL {
            let key_line = format!("public_note_kind = \"{}\"\n", kind.name());
            let keys = format!(
                "public_note = \"Of the story.\"\n{key_line}\n[[captions]]\ntext = \"A view.\"\n\
                 public_note = \"Of the photograph.\"\n{key_line}"
            );
            let (article, complaints) = read(&keys);
            assert_eq!(complaints, Vec::new());
            let article = article.unwrap();
            let kind_of = |note: Option<PublicNote<'_>>| note.map(|note| note.kind);
            assert_eq!(kind_of(article.told()), Some(kind));
            assert_eq!(kind_of(article.captions[0].told()), Some(kind));
            let printed = file::print(&article);
            let times = if kind.is_default() { 0 } else { 2 };
            assert_eq!(printed.matches(&key_line).count(), times, "{printed}");
            // A stored article, too, has the form that it had before notes had kinds.
            let stored = serde_json::to_string(&article).unwrap();
            assert_eq!(stored.matches("public_note_kind").count(), times);
            assert_eq!(
                serde_json::from_str::<Article>(&stored).unwrap(),
                article,
                "{stored}"
            );
        }
    }

    #[test]
    fn another_kind_is_refused_with_those_that_there_are() {
        let (article, complaints) =
            read("public_note = \"It was one.\"\npublic_note_kind = \"Korrektur\"\n");
        assert_eq!(article, None);
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].line, Some(5));
        assert_eq!(
            complaints[0].expected,
            "public_note_kind to be one of correction, clarification, update, editors-note"
        );
    }

    #[test]
    fn a_kind_without_a_note_is_told_and_left_out() {
        let (article, complaints) = read("public_note_kind = \"update\"\n");
        assert!(article.unwrap().public_note_kind.is_default());
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].severity, Severity::Mended);
    }
}
