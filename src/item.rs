//! One article or caption as a value that exists only if it is publishable as written.
//!
//! Every value here comes out of a parser ([`file::parse`](crate::item::file::parse)) or out of the store, which kept what a
//! parser let pass. What would make a feed invalid (no headline, no date, a character that XML forbids) is refused or mended
//! on the way in, so that rendering cannot fail.

pub(crate) mod agencies;
pub mod alike;
mod attachment;
pub mod byline;
pub mod charset;
mod complaint;
mod draft;
pub mod file;
pub mod fingerprint;
mod former;
mod free;
mod headline;
pub mod html;
mod identity;
pub mod json;
mod legal;
pub mod limits;
pub(crate) mod markup;
pub mod ninjs;
mod note;
pub mod part;
mod photograph;
pub(crate) mod raised;
mod recording;
pub mod slug;
pub mod summary;
mod visible;
#[cfg(test)]
pub(crate) mod work;

use std::fmt;

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use attachment::{
    AttachedFile, Attachment, MAX_ATTACHMENTS, known_bytes, known_seconds, media_path,
    type_of as played_type_of,
};
pub use complaint::{Complaint, Severity, is_refused};
pub use draft::{Draft, Reader};
pub use former::{FormerPath, MAX_FORMER, MAX_FORMER_BYTES};
pub use free::first_free;
pub use headline::HeadlineLine;
pub use identity::{KnownCaption, caption_ids};
pub use legal::{Line, Markdown, Outline};
pub use note::{NoteKind, PublicNote};
pub use photograph::{
    Cleaned, DECODING_BYTES, EmbeddedMetadata, FILE_BYTES, MAX_PHOTOGRAPH_BYTES, Photograph,
    PhotographError, PhotographType, RENDITION_WIDTHS, Rendition, RenditionFile, Share,
    clean_photograph, desk_photograph_room, photograph_room, read_photograph,
};
pub use raised::unshifted;
pub use recording::{
    Incoming, MAX_RECORDING_BYTES, MediaType, Recording, RecordingError, RecordingType,
};
pub use visible::{shortened, steers, visible};

/// A moment as a desk wrote it: the offset is part of it, and is printed as it was written.
pub type Moment = DateTime<FixedOffset>;

/// The permanent name of an item: `urn:uuid:` and a lower-case UUID (RFC 9562), minted once and never derived anew.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(not(test), derive(PartialEq))]
#[cfg_attr(
    test,
    expect(clippy::derived_hash_with_manual_eq, reason = "it counts")
)]
#[serde(try_from = "String", into = "String")]
pub struct Id(Uuid);

impl Id {
    /// A new id for something that came into being at `now` (UUID version 7, so that ids sort by age).
    pub fn mint(now: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            seconds,
            now.timestamp_subsec_nanos(),
        )))
    }

    /// The id that follows from something permanent: a parent's id and a name within it (UUID version 5).
    pub fn derive(self, name: &str) -> Self {
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }

    /// Reads `urn:uuid:…`, or a bare UUID as it stands in a path.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
        let uuid = Uuid::try_parse(bare).ok()?;
        // Readers compare ids as strings, so only the one canonical spelling is an id.
        (uuid.as_hyphenated().to_string() == bare).then_some(Self(uuid))
    }

    /// The UUID alone, as it stands in a path.
    pub fn bare(&self) -> String {
        self.0.as_hyphenated().to_string()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:uuid:{}", self.0.as_hyphenated())
    }
}

impl TryFrom<String> for Id {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("expected urn:uuid:…, found {text}"))
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

/// A story of the paper, with the captions that belong to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Absent in a file that has none yet; the store gives one at first sight.
    pub id: Option<Id>,
    /// The id of this story in an older feed, by which readers knew it, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<Line>,
    /// Paths of this site that it had before, as they were written; they lead to it for ever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Line>,
    /// The address at which it was first published, if that was elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<Line>,
    pub headline: Line,
    /// The headline in the lines in which pages may show it; empty where the desk does not divide it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headline_lines: Vec<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kicker: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deck: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Line>,
    pub published: Moment,
    /// Not public before this moment, whatever `published` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_until: Option<Moment>,
    /// Not public at all yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// The desk puts it at the head of the front page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lead: bool,
    /// The last change that the desk calls significant (RFC 4287 §4.2.15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Moment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Line>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Line>,
    /// The desk's own remark, never published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Markdown>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_note: Option<Line>,
    #[serde(default, skip_serializing_if = "NoteKind::is_default")]
    pub public_note_kind: NoteKind,
    pub body: Markdown,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<Caption>,
    /// Sound and film, in the order in which they are offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A photograph's text, an item in its own right; the photograph itself may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Caption {
    pub id: Option<Id>,
    pub text: Line,
    /// The alternative text: a description of the picture for people who do not see it. It is not the caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The address of a picture that is not kept beside the item; the text shows it from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Line>,
    /// The role of the credited person, from the EBU list; none stands for a photographer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Line>,
    /// The notice of who holds the copyright (`dc:rights`), as it is to be printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright: Option<Line>,
    /// The uses of the photograph that are permitted (`xmpRights:UsageTerms`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_ends: Option<Moment>,
    /// The note to readers on a correction of this caption or its photograph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_note: Option<Line>,
    #[serde(default, skip_serializing_if = "NoteKind::is_default")]
    pub public_note_kind: NoteKind,
}

/// The photograph of a caption: the file's name in the item's folder, and the facts of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub name: String,
    pub photograph: Photograph,
}

/// The EBU role that Media RSS credits a person with where the desk names none.
pub const DEFAULT_ROLE: &str = "photographer";

impl Article {
    /// When readers first see it.
    pub fn visible_from(&self) -> Moment {
        self.embargo_until
            .map_or(self.published, |until| until.max(self.published))
    }

    /// The moment that feeds give as `atom:updated`, before ties between items are broken.
    pub fn significant(&self) -> Moment {
        let first = self.visible_from();
        self.updated.map_or(first, |updated| updated.max(first))
    }

    /// The headline as the desk broke it, else as one line.
    pub fn lines_of_headline(&self) -> Vec<HeadlineLine<'_>> {
        let lines = Some(&self.headline_lines).filter(|lines| !lines.is_empty());
        let lines = lines.and_then(|lines| headline::in_lines(&self.headline, lines));
        lines.unwrap_or_else(|| {
            vec![HeadlineLine {
                gap: "",
                text: &self.headline,
            }]
        })
    }

    /// The public note with its kind, if there is one.
    pub fn told(&self) -> Option<PublicNote<'_>> {
        PublicNote::of(self.public_note.as_ref(), self.public_note_kind)
    }

    /// The public note, if it is new beside that of `before`.
    pub fn corrects(&self, before: &Self) -> Option<PublicNote<'_>> {
        self.told().filter(|note| note.is_new(before.told()))
    }
}

impl Caption {
    /// The public note with its kind, if there is one.
    pub fn told(&self) -> Option<PublicNote<'_>> {
        PublicNote::of(self.public_note.as_ref(), self.public_note_kind)
    }

    /// The public note, if it is new beside that of `before`.
    pub fn corrects(&self, before: &Self) -> Option<PublicNote<'_>> {
        self.told().filter(|note| note.is_new(before.told()))
    }

    /// The name by which the text shows its picture: that of the photograph beside the item, or the address.
    pub fn picture_name(&self) -> Option<&str> {
        let name = self.image.as_ref().map(|image| image.name.as_str());
        name.or(self.address.as_deref())
    }

    /// The credited person's role.
    pub fn role(&self) -> &str {
        self.role.as_deref().unwrap_or(DEFAULT_ROLE)
    }

    /// Credit and source in one line, as they stand below a photograph.
    pub fn credit_line(&self) -> Option<String> {
        match (&self.credit, &self.source) {
            (Some(credit), Some(source)) => Some(format!("{credit} / {source}")),
            (Some(one), None) | (None, Some(one)) => Some(one.to_string()),
            (None, None) => None,
        }
    }
}
